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
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
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
    let document = |elements: usize, bytes: usize| 3 + elements + bytes;
    match value {
        AttributeValue::S(text) => text.chars().count(),
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_bytes(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        AttributeValue::L(values) => document(values.len(), values.iter().map(value_bytes).sum()),
        AttributeValue::M(values) => document(values.len(), item_bytes(values)),
        // BOOL and NULL; the client knows no other type.
        _ => 1,
    }
}

fn number_bytes(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    1 + digits.trim_matches('0').len().div_ceil(2)
}

/// The units of reading one item of this size; of looking for an item that is not there, with size 0.
pub fn read_units(bytes: usize, consistency: Consistency) -> f64 {
    let units = blocks(bytes, READ_BYTES);
    match consistency {
        Consistency::Eventual => units / 2.0,
        Consistency::Strong => units,
    }
}

/// The units of a query that looked at items of these sizes, whether it returned them or not. One that looked at
/// nothing costs the smallest amount.
pub fn query_units(sizes: &[usize], consistency: Consistency) -> f64 {
    read_units(sizes.iter().sum(), consistency)
}

/// The units of a batch that reads items of these sizes.
pub fn batch_units(sizes: &[usize], consistency: Consistency) -> f64 {
    sizes.iter().map(|bytes| read_units(*bytes, consistency)).sum()
}

/// The units of a write that finds an item of the size `before` and leaves one of the size `after`; `None` is no item. No
/// write costs less than one unit, not even one that finds nothing and leaves nothing.
pub fn write_units(before: Option<usize>, after: Option<usize>) -> f64 {
    blocks(before.max(after).unwrap_or_default(), WRITE_BYTES)
}

/// How many blocks are begun: at least one.
fn blocks(bytes: usize, block: usize) -> f64 {
    let blocks = u32::try_from(bytes.div_ceil(block).max(1)).expect("no request touches so many bytes");
    f64::from(blocks)
}
