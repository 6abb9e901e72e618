//! The simulators' generator: mulberry32, as in `book/simulators/random.js`.

pub(super) struct Random {
    pub(super) state: u32,
}

impl Random {
    /// A whole number below `count`.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        self.state = self.state.wrapping_add(0x6d2b_79f5);
        let grown = self.state;
        let mut mixed = (grown ^ (grown >> 15)).wrapping_mul(grown | 1);
        mixed ^= mixed.wrapping_add((mixed ^ (mixed >> 7)).wrapping_mul(mixed | 0x3d));
        let drawn = mixed ^ (mixed >> 14);
        u32::try_from((u64::from(drawn) * u64::from(count)) >> 32).expect("it is below the count")
    }
}
