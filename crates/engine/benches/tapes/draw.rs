//! Numbers drawn from a seed: the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn seeded(seed: u64) -> Draw {
        Draw(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `most` - 1, each about as often.
    pub(crate) fn below(&mut self, most: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(most)) >> 32) as u32
    }

    /// From `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    /// How many of `coins` fall on heads; at most 64 of them.
    pub(crate) fn heads(&mut self, coins: u32) -> u32 {
        (self.bits() >> (64 - coins)).count_ones()
    }
}
