//! The simulated table: a second of traffic at a time.
//!
//! Figures from the Amazon DynamoDB Developer Guide, in copies of 2026: "Burst and adaptive capacity" (1,000 write and
//! 3,000 read units a second for a partition, 300 seconds of unused capacity for bursts, no split within a collection
//! that has a local secondary index or is written at the end of its sort keys) and "On-demand capacity mode" (4,000
//! writes or 12,000 reads a second for a new table: four partitions' worth). That bursts do not lift a partition's limit
//! is said in AWS's Knowledge Center ("spiky workloads in short intervals"), that partitions are split and never merged
//! in the AWS Database Blog ("Scaling DynamoDB", part 3). A minute of heat, the hash and the sixteen are the model's own:
//! the service publishes none of them.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use super::partition::{EIGHTHS, Partition, four, hash};
use super::random::Random;

const BURST_SECONDS: u64 = 300;
const HEAT_SECONDS: u64 = 60;
const PARTITIONS_MAX: usize = 16;
/// A client asks for so many units a second.
const LUMP: u64 = 10;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Second {
    pub(super) asked: u64,
    pub(super) taken: u64,
    pub(super) by_partition: u64,
    pub(super) by_table: u64,
    pub(super) key: String,
    pub(super) key_taken: u64,
}

#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) taken: u64,
    pub(super) refused: u64,
}

pub(super) struct Table {
    pub(super) random: Random,
    pub(super) now: u64,
    keys: u64,
    within: u64,
    index: bool,
    reads: bool,
    rate: u64,
    provisioned: u64,
    pub(super) partitions: Vec<Partition>,
    pub(super) saved: [u64; 2],
    pub(super) last: Second,
    pub(super) total: Total,
    /// For how many seconds on end each task's condition has held.
    stuck: u64,
    over: u64,
    burst: u64,
    pub(super) done: [bool; 3],
}

impl Table {
    pub(super) fn new(seed: u32) -> Self {
        Self {
            random: Random { state: seed },
            now: 0,
            keys: 0,
            within: 0,
            index: false,
            reads: false,
            rate: 0,
            provisioned: 0,
            partitions: four(),
            saved: [0, 0],
            last: Second::default(),
            total: Total::default(),
            stuck: 0,
            over: 0,
            burst: 0,
            done: [false; 3],
        }
    }

    /// An event in the letters of the simulator's address.
    pub(super) fn event(&mut self, token: &str) {
        let (letter, number) = token.split_at(1);
        let value: u64 = number.parse().unwrap();
        match letter {
            "t" => (0..value).for_each(|_| self.second()),
            "m" => self.reads = value == 1,
            "r" => self.rate = value,
            "c" => {
                self.provisioned = value;
                self.saved = self.saved.map(|units| units.min(BURST_SECONDS * value));
            }
            "k" | "w" | "i" => {
                match letter {
                    "k" => self.keys = value,
                    "w" => self.within = value,
                    _ => self.index = value == 1,
                }
                // A table is made with its keys and indexes: this is another table.
                self.partitions = four();
                self.saved = [0, 0];
                self.last = Second::default();
                (self.stuck, self.over, self.burst) = (0, 0, 0);
            }
            other => panic!("there is no event {other}"),
        }
    }

    fn key(&mut self) -> String {
        match self.keys {
            0 => format!("board-{}", self.random.below(200)),
            1 => format!("board-{}", self.random.below(400).saturating_sub(200)),
            2 => match self.random.below(10) {
                0..6 => "country-us".to_owned(),
                6..9 => "country-de".to_owned(),
                _ => "country-fj".to_owned(),
            },
            3 => {
                self.random.below(1);
                "today".to_owned()
            }
            _ => format!("today#{}", self.random.below(10)),
        }
    }

    fn requests(&mut self) -> Vec<(String, u32)> {
        (0..self.rate / LUMP)
            .map(|_| {
                let key = self.key();
                let anywhere = self.random.below(EIGHTHS);
                let eighth = [anywhere, EIGHTHS - 1, 3][usize::try_from(self.within).unwrap()];
                let at = hash(&key) * EIGHTHS + eighth;
                (key, at)
            })
            .collect()
    }

    /// Splits what has been hot for long enough, and says whether there was any.
    fn split(&mut self, load: &BTreeMap<u32, u64>) -> bool {
        let before = self.partitions.len();
        let mut count = before;
        for partition in std::mem::take(&mut self.partitions) {
            let cut = (partition.heat >= HEAT_SECONDS).then(|| partition.cut(load, self.index)).flatten();
            match cut.filter(|_| count < PARTITIONS_MAX) {
                Some(cut) => {
                    count += 1;
                    let Range { start, end } = partition.range;
                    self.partitions.extend([Partition::new(start..cut), Partition::new(cut..end)]);
                }
                None => self.partitions.push(Partition { asked: 0, taken: 0, ..partition }),
            }
        }
        count > before
    }

    fn second(&mut self) {
        self.now += 1000;
        let ceiling = if self.reads { 3000 } else { 1000 };
        let kind = usize::from(self.reads);
        let requests = self.requests();
        let mut load = BTreeMap::new();
        for (_, at) in &requests {
            *load.entry(*at).or_default() += LUMP;
        }
        let split = self.split(&load);

        let allowed = if self.provisioned == 0 { u64::MAX } else { self.provisioned + self.saved[kind] };
        let mut second = Second::default();
        let mut refusing = vec![false; self.partitions.len()];
        let mut order: Vec<(String, u64)> = Vec::new();
        for (key, at) in requests {
            let place = self.partitions.iter().position(|each| each.range.contains(&at)).unwrap();
            let partition = &mut self.partitions[place];
            second.asked += LUMP;
            partition.asked += LUMP;
            if partition.taken + LUMP > ceiling {
                refusing[place] = true;
                second.by_partition += LUMP;
            } else if second.taken + LUMP > allowed {
                second.by_table += LUMP;
            } else {
                partition.taken += LUMP;
                second.taken += LUMP;
                match order.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, taken)) => *taken += LUMP,
                    None => order.push((key, LUMP)),
                }
            }
        }
        // Of equals, the one that came first.
        if let Some((key, taken)) = order.into_iter().rev().max_by_key(|(_, taken)| *taken) {
            (second.key, second.key_taken) = (key, taken);
        }
        for (partition, refused) in self.partitions.iter_mut().zip(refusing) {
            let hot = refused || partition.taken * 10 >= ceiling * 9;
            partition.heat =
                if hot { HEAT_SECONDS.min(partition.heat + 1) } else { partition.heat.saturating_sub(1) };
        }
        for (each, saved) in self.saved.iter_mut().enumerate() {
            let used = if each == kind { second.taken } else { 0 };
            let most = BURST_SECONDS * self.provisioned;
            *saved = (*saved + self.provisioned).saturating_sub(used).min(most);
        }
        self.judge(second, ceiling, split);
    }

    /// Which of the simulator's tasks this second brings about.
    fn judge(&mut self, second: Second, ceiling: u64, split: bool) {
        let able = ceiling * self.partitions.len() as u64;
        let stuck = second.by_partition > 0 && !split && second.taken * 2 <= able;
        let over = second.key_taken > ceiling && second.taken == second.asked;
        let burst = self.provisioned > 0 && second.taken > self.provisioned && second.by_table == 0;
        let lasted = self.burst;
        let count = |seconds: u64, holds: bool| if holds { seconds + 1 } else { 0 };
        (self.stuck, self.over, self.burst) =
            (count(self.stuck, stuck), count(self.over, over), count(self.burst, burst));
        self.done[0] |= self.stuck >= 180;
        self.done[1] |= self.over >= 30;
        self.done[2] |= second.by_table > 0 && lasted >= 60;
        self.total.taken += second.taken;
        self.total.refused += second.by_partition + second.by_table;
        self.last = second;
    }
}
