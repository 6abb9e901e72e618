//! `book/simulators/capacity.model.js` computes a bill in one formula. Here it is added up page by page, with the price
//! list that the recorder uses.

use serde::Deserialize;

use crate::cost::{Consistency, Units, read_units, write_units};

const CASES: &str = include_str!("../../../../../book/simulators/capacity.cases.json");

const MB: usize = 1024 * 1024;

/// Millionths of a dollar for a million units: us-east-1, on demand, as quoted in 2026.
const READ_PRICE: u64 = 125_000;
const WRITE_PRICE: u64 = 625_000;

#[derive(Deserialize)]
struct Case {
    why: String,
    operation: String,
    bytes: usize,
    items: usize,
    /// 0 is none.
    limit: usize,
    pages: Pages,
    strong: bool,
    /// What a filter keeps, of a thousand.
    kept: usize,
    expect: Bill,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Pages {
    All,
    First,
}

#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
struct Bill {
    requests: usize,
    examined: usize,
    returned: usize,
    bytes: usize,
    read: String,
    write: String,
    million_microdollars: u64,
}

/// What was consumed so far.
#[derive(Default)]
struct Meter {
    requests: usize,
    examined: usize,
    read: Units,
    write: Units,
}

impl Case {
    fn consistency(&self) -> Consistency {
        if self.strong { Consistency::Strong } else { Consistency::Eventual }
    }

    fn query(&self, meter: &mut Meter) {
        let mut left = self.items;
        loop {
            let (mut page, mut size) = (0, 0);
            let full = |page: usize| self.limit > 0 && page == self.limit;
            while left > 0 && !full(page) && (page == 0 || size + self.bytes <= MB) {
                (page, size, left) = (page + 1, size + self.bytes, left - 1);
            }
            meter.requests += 1;
            meter.examined += page;
            meter.read += read_units(size, self.consistency());
            // Only a page that its Limit did not end knows that nothing follows.
            if self.pages == Pages::First || (left == 0 && !full(page)) {
                break;
            }
        }
    }

    /// Requests of at most so many items and bytes each.
    fn envelopes(&self, most: usize, room: usize) -> usize {
        let mut envelopes = 0;
        let (mut count, mut size) = (most, room);
        for _ in 0..self.items {
            if count == most || size + self.bytes > room {
                (envelopes, count, size) = (envelopes + 1, 0, 0);
            }
            (count, size) = (count + 1, size + self.bytes);
        }
        envelopes
    }

    fn bill(&self) -> Bill {
        let mut meter = Meter { examined: self.items, ..Meter::default() };
        let reads =
            |consistency| -> Units { (0..self.items).map(|_| read_units(self.bytes, consistency)).sum() };
        let writes =
            |double| -> Units { (0..self.items).map(|_| write_units(None, Some(self.bytes), double)).sum() };
        match self.operation.as_str() {
            "Query" => {
                meter.examined = 0;
                self.query(&mut meter);
            }
            "GetItem" => (meter.requests, meter.read) = (self.items, reads(self.consistency())),
            "BatchGetItem" => {
                (meter.requests, meter.read) = (self.envelopes(100, 16 * MB), reads(self.consistency()));
            }
            "TransactGetItems" => {
                (meter.requests, meter.read) =
                    (self.envelopes(100, 4 * MB), reads(Consistency::Transactional));
            }
            "PutItem" => (meter.requests, meter.write) = (self.items, writes(false)),
            "BatchWriteItem" => (meter.requests, meter.write) = (self.envelopes(25, 16 * MB), writes(false)),
            "TransactWriteItems" => {
                (meter.requests, meter.write) = (self.envelopes(100, 4 * MB), writes(true));
            }
            other => panic!("{}: there is no operation {other}", self.why),
        }
        let returned = match self.operation.as_str() {
            "Query" => meter.examined * self.kept / 1000,
            _ if meter.write == Units::default() => meter.examined,
            _ => 0,
        };
        Bill {
            requests: meter.requests,
            examined: meter.examined,
            returned,
            bytes: meter.examined * self.bytes,
            read: meter.read.to_string(),
            write: meter.write.to_string(),
            million_microdollars: price(meter.read, READ_PRICE) + price(meter.write, WRITE_PRICE),
        }
    }
}

/// So many units, a million times.
fn price(units: Units, of_a_million: u64) -> u64 {
    let mut halves = 0;
    while Units::halves(halves) < units {
        halves += 1;
    }
    halves * of_a_million / 2
}

#[test]
fn the_simulator_of_capacity_bills_as_the_lab_does() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() > 30, "{} cases", cases.len());
    for case in cases {
        assert_eq!(case.bill(), case.expect, "{}", case.why);
    }
}
