//! The demo's market: scripted prices with seeded wiggles, so that the story always happens in the same order.

pub mod hand;
mod stage;

pub use stage::Stage;

use crate::clock;
use highmark_engine::{Day, Price, TimeOfDay};
use std::fmt::Write as _;

/// The scenario of the story.
pub const SCENARIO: &str = include_str!("../../../../scenarios/demo.toml");

/// The desk that the dashboard of the demo shows.
pub const DESK: &str = include_str!("../../../../scenarios/desk.toml");

/// The day of the story; a weekday that is no holiday.
const DAY: Day = Day(20_260_902);
/// Seconds of market time.
const LENGTH: i64 = 900;

/// A path as points to pass: second and price.
struct Path {
    symbol: &'static str,
    points: &'static [(i64, i64)],
    /// The largest wiggle, in ticks of 0.05.
    wiggle: u64,
}

const PATHS: [Path; 3] = [
    Path {
        symbol: "BANKNIFTY",
        points: &[
            (0, 48_000),
            (120, 48_010),
            (300, 48_150),
            (480, 48_300),
            (560, 48_180),
            (700, 48_060),
            (900, 48_110),
        ],
        wiggle: 60,
    },
    Path {
        symbol: "NIFTY",
        points: &[
            (0, 22_500),
            (120, 22_510),
            (300, 22_610),
            (360, 22_595),
            (480, 22_660),
            (560, 22_590),
            (700, 22_560),
            (900, 22_600),
        ],
        wiggle: 30,
    },
    Path {
        symbol: "RELIANCE",
        points: &[
            (0, 2_900),
            (100, 2_900),
            (220, 2_932),
            (300, 2_936),
            (420, 2_912),
            (600, 2_920),
            (900, 2_925),
        ],
        wiggle: 6,
    },
];

/// The ticks of the story as JSON lines, one second apart.
pub fn ticks(seed: u64) -> String {
    let mut out = String::new();
    let open = clock::instant(DAY, TimeOfDay::at(10, 0, 0));
    for second in 0..=LENGTH {
        let at = clock::stamp(open.plus(highmark_engine::Span::seconds(second)));
        for (index, path) in PATHS.iter().enumerate() {
            let price = path.price(second, seed.wrapping_add(index as u64));
            let symbol = path.symbol;
            let _ =
                writeln!(out, "{{\"time\":\"{at}\",\"symbol\":\"{symbol}\",\"last\":\"{price}\"}}");
        }
    }
    out
}

impl Path {
    /// On the straight line between two points, a little off it in between.
    fn price(&self, second: i64, seed: u64) -> Price {
        let after = self.points.iter().position(|(at, _)| *at >= second).unwrap_or(0);
        let (to_at, to) = self.points[after];
        let (from_at, from) = self.points[after.saturating_sub(1)];
        let length = (to_at - from_at).max(1);
        // In ticks of 0.05.
        let straight = (from * (to_at - second) + to * (second - from_at)) * 20 / length;
        let on_point = second == to_at || second == from_at;
        let off = if on_point { 0 } else { wiggle(seed, second, self.wiggle) };
        let ticks = if to_at == from_at { to * 20 } else { straight + off };
        Price(ticks * 5_000_000)
    }
}

/// Between minus and plus `most`, the same for the same seed and second (SplitMix64).
fn wiggle(seed: u64, second: i64, most: u64) -> i64 {
    let mut z = seed ^ second.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    i64::try_from(z % (2 * most + 1)).unwrap_or(0) - i64::try_from(most).unwrap_or(0)
}
