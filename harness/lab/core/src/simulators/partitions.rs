//! `book/simulators/partitions.model.js`, the same rules a second time. Figures and their sources are named there.

use serde::Deserialize;

use super::table::{Second, Table, Total};

const CASES: &str = include_str!("../../../../../book/simulators/partitions.cases.json");

#[derive(Deserialize)]
struct Case {
    why: String,
    seed: u32,
    events: String,
    expect: Outcome,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Outcome {
    seed: u32,
    now: u64,
    /// Where each begins, what it was asked for and took, and for how long it has been hot.
    partitions: Vec<(u32, u64, u64, u64)>,
    saved: [u64; 2],
    last: Second,
    total: Total,
    done: Vec<String>,
}

fn outcome(table: Table) -> Outcome {
    let done = ["stuck", "over", "burst"].into_iter().zip(table.done).filter(|(_, done)| *done);
    Outcome {
        seed: table.random.state,
        now: table.now,
        partitions: (table.partitions.iter())
            .map(|each| (each.range.start, each.asked, each.taken, each.heat))
            .collect(),
        saved: table.saved,
        last: table.last,
        total: table.total,
        done: done.map(|(task, _)| task.to_owned()).collect(),
    }
}

#[test]
fn the_simulator_of_partitions_follows_its_rules() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() > 15, "{} cases", cases.len());
    for case in cases {
        let mut table = Table::new(case.seed);
        case.events.split('.').for_each(|token| table.event(token));
        assert_eq!(outcome(table), case.expect, "{}: {}", case.why, case.events);
    }
}
