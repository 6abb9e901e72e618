//! What an operation costs, and why: the documentation's rule with this operation's figures in it.

use lab_manifest::console::Answer;
use lab_manifest::effect::{Change, Stored};

use crate::console::line::Asked;

/// A read unit reads so many bytes of an item.
const READ_BYTES: usize = 4 * 1024;

/// `1,234`.
pub(super) fn bytes(number: usize) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// `0.5 read units and 2 write units`; none where it costs nothing.
pub(super) fn units(answer: &Answer) -> Option<String> {
    let cost = answer.cost.as_ref()?;
    let (read, written) = (cost.read, cost.written());
    let parts: Vec<String> = [(read, "read"), (written, "write")]
        .into_iter()
        .filter(|(units, _)| *units > 0.0)
        .map(|(units, what)| counted(units, what))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

fn counted(units: f64, what: &str) -> String {
    let plural = if (units - 1.0).abs() < f64::EPSILON { "" } else { "s" };
    format!("{units} {what} unit{plural}")
}

/// How it comes to that.
pub(super) fn why(asked: &Asked, answer: &Answer) -> String {
    let Some(cost) = &answer.cost else {
        return match answer.status {
            200 => "Nothing: it looks at no item.".into(),
            _ => "Nothing: it was refused before an item was looked at.".into(),
        };
    };
    if cost.written() > 0.0 { of_write(asked, answer) } else { of_read(asked, answer) }
}

fn of_read(asked: &Asked, answer: &Answer) -> String {
    let looked_at = answer.effect.as_ref().map(|effect| effect.looked_at.as_slice()).unwrap_or_default();
    let sizes: Vec<usize> = looked_at.iter().map(|looked| looked.stored.bytes).collect();
    let all: usize = sizes.iter().sum();
    let name = asked.operation.name;
    let blocks = |bytes: usize| {
        let blocks = bytes.div_ceil(READ_BYTES).max(1);
        if blocks == 1 { "one block of 4 KB".to_owned() } else { format!("{blocks} blocks of 4 KB") }
    };
    let rule = match (name, sizes.len()) {
        ("BatchGetItem" | "TransactGetItems", _) => {
            "Each item is rounded up to blocks of 4 KB by itself, also one that is not there".to_owned()
        }
        (_, 0) => {
            "Nothing was found, and looking is paid as the smallest amount: one block of 4 KB".to_owned()
        }
        (_, 1) => format!("The item has {} bytes: {}", bytes(all), blocks(all)),
        (_, count) => {
            format!(
                "The {count} items that were looked at have {} bytes together: {}",
                bytes(all),
                blocks(all)
            )
        }
    };
    let price = match (name, is_strong(asked)) {
        ("TransactGetItems", _) => "A transaction pays double: two units a block.",
        (_, true) => "A strongly consistent read pays a unit a block.",
        (_, false) => "An eventually consistent read pays half a unit a block.",
    };
    format!("{rule}. {price}")
}

fn is_strong(asked: &Asked) -> bool {
    let strong = |value: &serde_json::Value| value["ConsistentRead"] == true;
    let tables = asked.body["RequestItems"].as_object();
    strong(&asked.body) || tables.is_some_and(|tables| tables.values().any(strong))
}

fn of_write(asked: &Asked, answer: &Answer) -> String {
    let changes = answer.effect.as_ref().map(|effect| effect.changes.as_slice()).unwrap_or_default();
    let size = |stored: &Option<Stored>| match stored {
        Some(stored) => format!("{} bytes", bytes(stored.bytes)),
        None => "no item".to_owned(),
    };
    let rule = match changes {
        _ if answer.status != 200 => {
            "A write that fails on its condition is paid as if it had not: by the larger of what is there and what was tried, in \
             blocks of 1 KB."
                .to_owned()
        }
        [Change { before, after, .. }] => {
            format!("Before {}, after {}: the larger one counts, in blocks of 1 KB.", size(before), size(after))
        }
        _ => "Of each item the larger of before and after counts, in blocks of 1 KB.".to_owned(),
    };
    let double =
        if asked.operation.name == "TransactWriteItems" { " A transaction pays double." } else { "" };
    let indexes = answer.cost.iter().flat_map(|cost| &cost.indexes);
    let indexes: Vec<String> = indexes
        .map(|(name, units)| format!(" {} of it for the index {name}.", counted(*units, "write")))
        .collect();
    format!("{rule}{double}{}", indexes.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_as_a_person_reads_them() {
        for (number, told) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(bytes(number), told);
        }
        assert_eq!(
            (counted(1.0, "read"), counted(0.5, "read")),
            ("1 read unit".into(), "0.5 read units".into())
        );
    }
}
