//! Step 6: what a request costs, computed before it is sent.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::boards::Item;

/// A read unit reads so many bytes, a write unit writes so many.
pub const READ_BYTES: usize = 4 * 1024;
/// See [`READ_BYTES`].
pub const WRITE_BYTES: usize = 1024;

/// How much a read has to know of the writes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// The default: a read may miss the latest writes, and costs half.
    Eventual,
    /// A read knows every write before it.
    Strong,
}

/// An item's size in bytes: names and values of all its attributes, the key's too.
pub fn item_bytes(item: &Item) -> usize {
    todo!("step 6: add up names and values")
}

/// A value's size in bytes, by this table (DynamoDB Developer Guide, "DynamoDB item sizes and formats"):
///
/// | type | bytes |
/// |---|---|
/// | S | of its UTF-8 |
/// | N | 1, and 1 for every two significant digits begun; zeros at both ends, sign, point and exponent don't count |
/// | B | its own, not those of the Base64 in which it travels |
/// | BOOL, NULL | 1 |
/// | SS, NS, BS | of its elements |
/// | L | 3, and for each element 1 and its value's |
/// | M | 3, and for each element 1, its name's and its value's |
pub fn value_bytes(value: &AttributeValue) -> usize {
    todo!("step 6: measure the value by the table")
}

/// The units of reading one item of this size; of looking for an item that is not there, with size 0.
pub fn read_units(bytes: usize, consistency: Consistency) -> f64 {
    todo!("step 6: count the blocks of a read")
}

/// The units of a query that looked at items of these sizes, whether it returned them or not. One that looked at
/// nothing costs the smallest amount.
pub fn query_units(sizes: &[usize], consistency: Consistency) -> f64 {
    todo!("step 6: round once, after adding up")
}

/// The units of a batch that reads items of these sizes.
pub fn batch_units(sizes: &[usize], consistency: Consistency) -> f64 {
    todo!("step 6: round each item")
}

/// The units of a write that finds an item of the size `before` and leaves one of the size `after`; `None` is no item. No
/// write costs less than one unit, not even one that finds nothing and leaves nothing.
pub fn write_units(before: Option<usize>, after: Option<usize>) -> f64 {
    todo!("step 6: count the blocks of the larger size")
}
