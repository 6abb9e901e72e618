//! One partition of the simulated table, and the line of hashes that all of them share.

use std::collections::BTreeMap;
use std::ops::Range;

/// Sixteen bits of hash, and eighths of an item collection behind each.
pub(super) const EIGHTHS: u32 = 8;
const HASHES: u32 = 1 << 16;

pub(super) struct Partition {
    pub(super) range: Range<u32>,
    pub(super) asked: u64,
    pub(super) taken: u64,
    pub(super) heat: u64,
}

pub(super) fn hash(key: &str) -> u32 {
    let mut value =
        key.bytes().fold(0x811c_9dc5_u32, |value, byte| (value ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    value = (value ^ (value >> 16)).wrapping_mul(0x85eb_ca6b);
    value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
    (value ^ (value >> 16)) >> 16
}

/// What every table begins with.
pub(super) fn four() -> Vec<Partition> {
    let quarter = HASHES / 4 * EIGHTHS;
    (0..4).map(|place| Partition::new(place * quarter..(place + 1) * quarter)).collect()
}

impl Partition {
    pub(super) fn new(range: Range<u32>) -> Self {
        Self { range, asked: 0, taken: 0, heat: 0 }
    }

    /// Where to divide this partition so that its load is halved as well as can be.
    pub(super) fn cut(&self, load: &BTreeMap<u32, u64>, whole_collections: bool) -> Option<u32> {
        let edge = |at: u32| if whole_collections { at / EIGHTHS * EIGHTHS } else { at };
        let units = |range: Range<u32>| load.range(range).map(|(_, units)| units).sum::<u64>();
        let all = units(self.range.clone());
        load.range(self.range.clone())
            .map(|(at, _)| edge(*at))
            .filter(|cut| *cut > self.range.start)
            .map(|cut| (units(self.range.start..cut), cut))
            .filter(|(left, _)| *left > 0)
            .min_by_key(|(left, cut)| (all.abs_diff(2 * left), *cut))
            .map(|(_, cut)| cut)
    }
}
