//! The maker of tapes: a seed and a preset give the same bytes everywhere.

use super::draw::Draw;
use super::preset::Preset;
use super::tape::{FAR, Limits, Print, Tape, Terms, Trailing};

/// The first tick is of this moment, and each later one a millisecond after the last.
const BEGIN: u64 = 1_700_000_000_000_000_000;
const STEP: u64 = 1_000_000;
/// Prices walk above this.
const LOWEST: i32 = 100;

pub(crate) fn generate(preset: &Preset, seed: u64) -> Tape {
    // Each sort of thing is drawn from its own seed, so that one does not move the others.
    let draw = |sort: u64| Draw::seeded(seed.wrapping_mul(1_000_003).wrapping_add(sort));
    let mut prices = draw(1);
    let first: Vec<i32> =
        (0..preset.symbols).map(|_| 4_000 + prices.below(36_000) as i32).collect();
    let prints = walk(preset, &first, &mut draw(2));
    let trades = Terms::all(preset, &first, &prints, &mut draw(3), seed);
    let limits = limits(preset, &mut draw(4));
    Tape { first, limits, trades, prints }
}

/// Ticks of symbols at random, each up to three steps from the last of its symbol.
fn walk(preset: &Preset, first: &[i32], draw: &mut Draw) -> Vec<Print> {
    let mut last = first.to_vec();
    let mut print = |index: u32| {
        let symbol = draw.below(preset.symbols);
        let price = &mut last[symbol as usize];
        *price = (*price + draw.heads(6) as i32 - 3).max(LOWEST);
        Print { at: BEGIN + u64::from(index) * STEP, symbol, price: *price }
    };
    (0..preset.ticks).map(&mut print).collect()
}

impl Preset {
    /// How far a symbol may be expected to walk: the root of its ticks, each of variance 3/2.
    fn reach(&self) -> i64 {
        let variance = u64::from(self.ticks) * 3 / 2 / u64::from(self.symbols);
        variance.max(16).isqrt() as i64
    }

    fn later(&self) -> u32 {
        (u64::from(self.trades) * u64::from(self.churn) / 100) as u32
    }

    /// One of the symbols that a strategy trades.
    fn symbol_of(&self, strategy: u32, draw: &mut Draw, seed: u64) -> u32 {
        if self.basket == 0 || self.basket >= self.symbols {
            return draw.below(self.symbols);
        }
        let slot = draw.below(self.basket);
        let place = u64::from(strategy) << 32 | u64::from(slot);
        Draw::seeded(seed ^ place).below(self.symbols)
    }
}

impl Terms {
    fn all(
        preset: &Preset,
        first: &[i32],
        prints: &[Print],
        draw: &mut Draw,
        seed: u64,
    ) -> Vec<Terms> {
        let mut opens: Vec<u32> =
            (0..preset.later()).map(|_| draw.between(1, preset.ticks - 1)).collect();
        opens.sort_unstable();
        let at_start = (0..preset.trades).map(|_| 0);
        let mut prices = first.to_vec();
        let mut seen = 0;
        let terms = |(id, open_at): (usize, u32)| {
            for print in &prints[seen..open_at as usize] {
                prices[print.symbol as usize] = print.price;
            }
            seen = open_at as usize;
            let strategy = draw.below(preset.strategies);
            let symbol = preset.symbol_of(strategy, draw, seed);
            let at = (id as u32, symbol, strategy, prices[symbol as usize], open_at);
            Terms::drawn(preset, at, draw)
        };
        at_start.chain(opens).enumerate().map(terms).collect()
    }

    fn drawn(preset: &Preset, at: (u32, u32, u32, i32, u32), draw: &mut Draw) -> Terms {
        let (id, symbol, strategy, entry, open_at) = at;
        let side = if draw.below(2) == 0 { 1 } else { -1 };
        let quantity = draw.between(1, 100) as i32;
        let [offset, stop, target] = [(); 3].map(|()| distance(preset, draw));
        let keeps = draw.below(100) < 40;
        let ppm = 250_000 * draw.between(1, 3) as i32;
        let soonest = preset.reach() / 2 * preset.wide / 100;
        let arm = 1 + draw.below(soonest.max(1) as u32) as i32;
        let trailing = if keeps && !preset.plain {
            Trailing::Keep { ppm, arm }
        } else {
            Trailing::Behind { offset }
        };
        // A level below the least price is never met, and a price is above zero.
        let [stop, target] = if preset.plain {
            [entry - side * FAR, entry + side * FAR]
        } else {
            [(entry - side * stop).max(1), (entry + side * target).max(1)]
        };
        Terms { id, symbol, strategy, side, quantity, entry, stop, target, trailing, open_at }
    }
}

/// From half of the reach to eight times it, twice in the middle and in half powers of two around that.
fn distance(preset: &Preset, draw: &mut Draw) -> i32 {
    let halves = draw.heads(8);
    let root = if halves % 2 == 1 { 1_414 } else { 1_000 };
    let about = preset.reach() * root * (1 << (halves / 2)) / 2_000;
    let spread = i64::from(draw.between(900, 1_100));
    (about * spread / 1_000 * preset.wide / 100).max(2) as i32
}

/// Limits at some deviations of what a strategy's trades make together, were they to drift on their own.
fn limits(preset: &Preset, draw: &mut Draw) -> Vec<Limits> {
    let each = u64::from((preset.trades / preset.strategies).max(1));
    // Quantities are even from 1 to 100, whose root mean square is 58.
    let deviation = (each * 58 * 58).isqrt() as i64 * preset.reach() * preset.lim / 100;
    let mut share = |least: u32, most: u32| i64::from(draw.between(least, most));
    let mut limits = || Limits {
        max_loss: deviation * share(200, 400) / 100,
        arm_at: deviation * share(100, 200) / 100,
        give_ppm: share(300, 600) * 1_000,
    };
    (0..preset.strategies).map(|_| if preset.plain { Limits::NONE } else { limits() }).collect()
}
