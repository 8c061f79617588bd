//! Random numbers that depend on the seed and the order alone (SplitMix64).

#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    /// `order` names the order by what it is of, so that another trade more or less changes nothing for it.
    pub(super) fn new(seed: u64, order: &str) -> Draw {
        // FNV-1a.
        let named = order.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let mut draw = Draw(seed ^ named);
        draw.next();
        draw
    }

    /// Below `bound`, which is above zero.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
