//! A line of a journal: a record with its number and a checksum over it and everything before it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::record::Record;
use crate::hexadecimal;

/// The version of the journal's form.
pub const FORMAT: u32 = 1;

/// A journal's state after its last whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many records there are.
    pub count: u64,
    /// The last one's checksum: 64 hexadecimal digits.
    pub sum: String,
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is no line of a journal, or half of one.
    #[error("it is no line of a journal")]
    Torn,
    /// It is whole, and not what was written there.
    #[error("it is not what was written there, or a line before it is gone")]
    Altered,
    /// It was written by another version.
    #[error("it has form {0}; this program reads form {FORMAT}")]
    Format(u32),
    /// It is what was written there, and says what nobody here understands.
    #[error("its record can't be read: {0}")]
    Record(String),
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    seq: u64,
    at: &'a str,
    sum: &'a str,
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Read<'a> {
    v: u32,
    seq: u64,
    at: String,
    sum: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Default for Head {
    fn default() -> Self {
        Self { count: 0, sum: "0".repeat(64) }
    }
}

/// The record of a line, without its end, that is known to be what was written.
pub fn record(line: &str) -> Result<Record, LineError> {
    serde_json::from_str::<Read<'_>>(line).map_err(|_| LineError::Torn)?.record()
}

impl Read<'_> {
    fn record(&self) -> Result<Record, LineError> {
        serde_json::from_str(self.data.get()).map_err(|error| LineError::Record(error.to_string()))
    }
}

impl Head {
    /// The line of `record`, with its end, and the head after it. `at` is a wall clock's word and orders nothing.
    pub fn line(&self, at: &str, record: &Record) -> (String, Self) {
        let data = serde_json::value::to_raw_value(record).expect("a record has only text keys");
        let seq = self.count + 1;
        let sum = self.sum_of(seq, at, data.get());
        let written = Written { v: FORMAT, seq, at, sum: &sum, data: &data };
        let mut line = serde_json::to_string(&written).expect("a line has only text keys");
        line.push('\n');
        (line, Self { count: seq, sum })
    }

    /// Reads a line, without its end, that follows this head.
    pub fn follow(&self, line: &str) -> Result<(Record, Self), LineError> {
        let read: Read<'_> = serde_json::from_str(line).map_err(|_| LineError::Torn)?;
        if read.v != FORMAT {
            return Err(LineError::Format(read.v));
        }
        let sum = self.sum_of(read.seq, &read.at, read.data.get());
        if read.seq != self.count + 1 || read.sum != sum {
            return Err(LineError::Altered);
        }
        Ok((read.record()?, Self { count: read.seq, sum }))
    }

    fn sum_of(&self, seq: u64, at: &str, data: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.sum.as_bytes(), &seq.to_be_bytes(), at.as_bytes(), data.as_bytes()] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hexadecimal::digits(&hash.finalize())
    }
}
