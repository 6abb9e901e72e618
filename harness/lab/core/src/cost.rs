//! What a request costs on the service: sizes in bytes and capacity units, by the documentation's rules.
//!
//! Pure. Sources, in the Amazon DynamoDB Developer Guide: sizes are from "DynamoDB item sizes and formats", units from
//! "DynamoDB read and write operations", transactions from "Amazon DynamoDB Transactions: How it works", writes to
//! indexes from "Using Global Secondary Indexes in DynamoDB".

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::Item;

/// A read unit reads so many bytes of an item, strongly consistent.
const READ_BYTES: usize = 4 * 1024;

/// A write unit writes so many bytes of an item.
const WRITE_BYTES: usize = 1024;

/// What a list or a map takes beside its elements, and each element beside its value.
const DOCUMENT_BYTES: usize = 3;
const ELEMENT_BYTES: usize = 1;

/// Capacity units. The smallest amount is a half: an eventually consistent read of up to 4 KB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Units {
    halves: u64,
}

/// How much a read has to know of the writes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Half the price.
    Eventual,
    /// `ConsistentRead`.
    Strong,
    /// Twice the price: prepared, then committed.
    Transactional,
}

/// What one request would consume on the service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Read units, of the table or of the index that was read.
    pub read: Units,
    /// Write units of the table.
    pub write: Units,
    /// Write units of each index that the write reached.
    pub indexes: BTreeMap<String, Units>,
    /// The sizes of the items that were read, in bytes, as the response had them or would have had them unfiltered.
    pub read_bytes: Vec<usize>,
    /// How many of them a filter threw away: they are paid for.
    pub discarded: usize,
}

impl Units {
    /// So many whole units.
    pub const fn whole(units: u64) -> Self {
        Self { halves: units * 2 }
    }

    /// So many halves of a unit.
    pub const fn halves(halves: u64) -> Self {
        Self { halves }
    }

    /// As the service reports them: `ConsumedCapacity.CapacityUnits`.
    #[expect(clippy::cast_precision_loss, reason = "a test consumes less than 2^52 units")]
    pub fn as_f64(self) -> f64 {
        self.halves as f64 / 2.0
    }
}

impl fmt::Display for Units {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.halves / 2, if self.halves % 2 == 1 { ".5" } else { "" })
    }
}

impl Add for Units {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { halves: self.halves + other.halves }
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.halves += other.halves;
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        units.fold(Self::default(), Add::add)
    }
}

impl Cost {
    /// All write units, those of the indexes included.
    pub fn written(&self) -> Units {
        self.write + self.indexes.values().copied().sum()
    }
}

/// As a document has it.
impl From<&Cost> for lab_manifest::trace::Cost {
    fn from(measured: &Cost) -> Self {
        Self {
            read: measured.read.as_f64(),
            write: measured.write.as_f64(),
            indexes: measured.indexes.iter().map(|(name, units)| (name.clone(), units.as_f64())).collect(),
            read_bytes: measured.read_bytes.iter().sum(),
            discarded: measured.discarded,
        }
    }
}

/// An item's size: its attributes' names and values.
pub fn item_bytes(item: &Item) -> usize {
    item.attributes().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// A value's size, without the name of the attribute that has it.
pub fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_bytes(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => {
            DOCUMENT_BYTES + values.iter().map(|value| ELEMENT_BYTES + value_bytes(value)).sum::<usize>()
        }
        AttributeValue::M(values) => {
            let element =
                |(name, value): (&String, &AttributeValue)| ELEMENT_BYTES + name.len() + value_bytes(value);
            DOCUMENT_BYTES + values.iter().map(element).sum::<usize>()
        }
        // A type that this version of the client does not know.
        _ => 0,
    }
}

/// A number's size: a byte for each two significant digits, and one more. The documentation says "approximately"; the
/// service is known to take a byte more for a sign, and to round digits before and after the point apart.
fn number_bytes(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len().div_ceil(2) + 1
}

/// The units of a read of `bytes`: of one item, or of all items that one `Query` or `Scan` has looked at.
pub fn read_units(bytes: usize, consistency: Consistency) -> Units {
    let blocks = bytes.div_ceil(READ_BYTES).max(1) as u64;
    match consistency {
        Consistency::Eventual => Units::halves(blocks),
        Consistency::Strong => Units::whole(blocks),
        Consistency::Transactional => Units::whole(blocks * 2),
    }
}

/// The units of a write of one item, by its size before and after: the larger one counts. `None` is no item.
pub fn write_units(before: Option<usize>, after: Option<usize>, transactional: bool) -> Units {
    let blocks = before.max(after).unwrap_or_default().div_ceil(WRITE_BYTES).max(1) as u64;
    Units::whole(if transactional { blocks * 2 } else { blocks })
}

/// The units of the writes that an item's change makes in one index, by the index's entry for it before and after.
/// `moved` says that the entry has another key than before: then it is removed from one place and put into another.
pub fn index_units(before: Option<&Item>, after: Option<&Item>, moved: bool) -> Units {
    let one = |entry: &Item| write_units(Some(item_bytes(entry)), None, false);
    match (before, after) {
        (None, None) => Units::default(),
        (Some(entry), None) | (None, Some(entry)) => one(entry),
        (Some(before), Some(after)) if moved => one(before) + one(after),
        (Some(before), Some(after)) if before == after => Units::default(),
        (Some(before), Some(after)) => one(before).max(one(after)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KB: usize = 1024;

    fn bytes(item: &serde_json::Value) -> usize {
        item_bytes(&Item::from_wire(item).unwrap())
    }

    #[test]
    fn every_type_has_the_size_that_the_documentation_gives() {
        let table = [
            (json!({"name": {"S": "héllo"}}), 4 + 6),
            (json!({"n": {"N": "0"}}), 1 + 1),
            (json!({"n": {"N": "27"}}), 1 + 2),
            (json!({"n": {"N": "00270"}}), 1 + 2),
            (json!({"n": {"N": "123"}}), 1 + 3),
            (json!({"n": {"N": "1.5E+20"}}), 1 + 2),
            (json!({"n": {"N": "12345678901234567890123456789012345678"}}), 1 + 20),
            (json!({"b": {"B": "AQIDBA=="}}), 1 + 4),
            (json!({"t": {"BOOL": false}, "z": {"NULL": true}}), 2 + 2),
            (
                json!({"ss": {"SS": ["a", "bc"]}, "ns": {"NS": ["1", "234"]}, "bs": {"BS": ["AQI="]}}),
                6 + 3 + 5 + 2,
            ),
            (json!({"l": {"L": []}, "m": {"M": {}}}), 2 + 6),
            (json!({"l": {"L": [{"S": "ab"}, {"N": "1"}]}}), 1 + 3 + (1 + 2) + (1 + 2)),
            (json!({"m": {"M": {"key": {"L": [{"NULL": true}]}}}}), 1 + 3 + (1 + 3 + 3 + (1 + 1))),
        ];
        for (item, expected) in table {
            assert_eq!(bytes(&item), expected, "{item}");
        }
    }

    #[test]
    fn the_worked_examples_of_reads_hold() {
        assert_eq!(read_units(3_500, Consistency::Strong), Units::whole(1));
        assert_eq!(read_units(8 * KB, Consistency::Strong), Units::whole(2));
        assert_eq!(read_units(8 * KB, Consistency::Eventual), Units::whole(1));
        assert_eq!(read_units(8 * KB, Consistency::Transactional), Units::whole(4));
        assert_eq!(read_units(10 * KB, Consistency::Strong), Units::whole(12 / 4));
        // Query: 10 items of 40.8 KB together are 44 KB; 1,500 items of 64 bytes are 96 KB.
        assert_eq!(read_units(40 * KB + 819, Consistency::Strong), Units::whole(44 / 4));
        assert_eq!(read_units(1_500 * 64, Consistency::Strong), Units::whole(96 / 4));
        // BatchGetItem: items of 1.5 KB and 6.5 KB are 12 KB.
        let batch: Units =
            [3 * KB / 2, 13 * KB / 2].map(|bytes| read_units(bytes, Consistency::Strong)).into_iter().sum();
        assert_eq!(batch, Units::whole(12 / 4));
        // A query of an index: eight entries of 2,000 bytes.
        assert_eq!(read_units(8 * 2_000, Consistency::Eventual), Units::whole(2));
        // An item that is not there is read all the same.
        assert_eq!(read_units(0, Consistency::Eventual).to_string(), "0.5");
    }

    #[test]
    fn the_worked_examples_of_writes_hold() {
        assert_eq!(write_units(None, Some(500), false), Units::whole(1));
        assert_eq!(write_units(None, Some(2 * KB), false), Units::whole(2));
        assert_eq!(write_units(None, Some(2 * KB), true), Units::whole(4));
        assert_eq!(write_units(None, Some(1_639), false), Units::whole(2));
        // BatchWriteItem: 500 bytes and 3.5 KB are 5 KB.
        assert_eq!(
            write_units(None, Some(500), false) + write_units(None, Some(7 * KB / 2), false),
            Units::whole(5)
        );
        // The larger of before and after, also where a condition fails: 300 KB there, 310 KB tried.
        assert_eq!(write_units(Some(300 * KB), Some(310 * KB), false), Units::whole(310));
        assert_eq!(write_units(Some(310 * KB), None, false), Units::whole(310));
        assert_eq!(write_units(None, None, false), Units::whole(1));
    }

    #[test]
    fn an_index_is_written_where_its_entry_changes() {
        let entry = |value: &str| Item::from_wire(&json!({"k": {"S": value}})).unwrap();
        let (a, b) = (entry("a"), entry("b"));
        assert_eq!(index_units(None, None, false), Units::default());
        assert_eq!(index_units(None, Some(&a), false), Units::whole(1));
        assert_eq!(index_units(Some(&a), None, false), Units::whole(1));
        assert_eq!(index_units(Some(&a), Some(&a), false), Units::default());
        assert_eq!(index_units(Some(&a), Some(&b), true), Units::whole(2));
        assert_eq!(index_units(Some(&a), Some(&b), false), Units::whole(1));
    }

    #[test]
    fn units_are_told_with_their_half() {
        assert_eq!(Units::halves(5).to_string(), "2.5");
        assert_eq!(Units::whole(3).to_string(), "3");
        assert!((Units::halves(5).as_f64() - 2.5).abs() < f64::EPSILON);
    }
}
