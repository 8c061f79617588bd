//! Random numbers that depend on the seed and the order alone (SplitMix64).

use highmark_engine::{IntentId, TradeId};

#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64, trade: TradeId, intent: Option<IntentId>) -> Draw {
        let attempt = intent.map_or(0, |intent| u64::from(intent.attempt) + 1);
        let mut draw = Draw(seed ^ (u64::from(trade.0) << 32) ^ attempt.wrapping_mul(0xD1B5_4A32));
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
