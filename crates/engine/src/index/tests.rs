//! The index against a list of trades that is looked at whole.

use super::trails::Trail;
use super::*;
use crate::money::Fraction;
use alloc::collections::BTreeMap;

/// A trade as the list knows it.
struct Naive {
    seat: Seat,
    waits: Waits,
    best: i64,
    best_at: Option<Timestamp>,
    opened: Timestamp,
}

impl Naive {
    fn is_met(&self, x: i64) -> bool {
        self.waits.down.is_some_and(|down| x <= down)
            || self.waits.up.is_some_and(|up| x >= up)
            || self.waits.trails().any(|trail| stops(trail, self.best, x))
    }
}

/// Whether a mark at `x` meets a trail, by its definition.
fn stops(trail: Trail, best: i64, x: i64) -> bool {
    let whole = 1_000_000;
    match trail {
        Trail::Behind(distance) => x <= best - distance,
        Trail::OfBest(share) => x * whole <= best * whole - best.abs() * i64::from(share.0),
        Trail::Kept { entry, fraction } => {
            (x - entry) * whole <= (best - entry) * i64::from(fraction.0)
        }
    }
}

/// A small generator for tests (Marsaglia, Xorshift RNGs, 2003).
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(most).unwrap()).unwrap()
    }

    fn waits(&mut self, x: i64) -> Waits {
        let mut waits = Waits::default();
        if self.below(2) == 0 {
            waits.down = Some(x - 1 - self.below(40));
        }
        if self.below(2) == 0 {
            waits.up = Some(x + 1 + self.below(40));
        }
        for _ in 0..self.below(3) {
            let fraction = Fraction(u32::try_from(self.below(4)).unwrap() * 200_000);
            waits.follow(match self.below(3) {
                0 => Trail::Behind(1 + self.below(30)),
                1 => Trail::OfBest(Fraction(1 + u32::try_from(self.below(90_000)).unwrap())),
                _ => Trail::Kept { entry: x - 1 - self.below(20), fraction },
            });
        }
        waits
    }
}

/// Plays one book; the number of marks that meant something to somebody, and of those that meant nothing.
fn play(seed: u64) -> (u32, u32) {
    let mut draw = Draw(seed);
    let (mut index, mut list) = (Index::default(), BTreeMap::<TradeId, Naive>::new());
    index.define();
    let instrument = InstrumentId(0);
    let start = if draw.below(4) == 0 { -1000 } else { 1000 };
    let (mut price, mut next, mut quoted) = (start, 0, Timestamp(0));
    let mut counts = (0, 0);
    for time in 1..400 {
        if draw.below(6) == 0 {
            let side = if draw.below(2) == 0 { Side::Buy } else { Side::Sell };
            let x = price * side.sign();
            let best = x + draw.below(3) * draw.below(15);
            let opened = Timestamp(time - 1 + draw.below(3));
            let seat = Seat { trade: TradeId(next), instrument, side };
            let waits = draw.waits(x);
            next += 1;
            index.wait(seat, waits.clone(), best, opened, quoted);
            list.insert(seat.trade, Naive { seat, waits, best, best_at: None, opened });
        }
        if draw.below(15) == 0 && !list.is_empty() {
            let at = usize::try_from(draw.below(1000)).unwrap() % list.len();
            let gone = list.remove(list.keys().copied().nth(at).as_ref().unwrap()).unwrap();
            let risen = index.leave(gone.seat);
            assert_eq!(risen.map(|(best, _)| best).unwrap_or(gone.best), gone.best);
        }
        price += draw.below(7) - 3;
        quoted = Timestamp(time);
        let marks = [Some(price), Some(-price)];
        let open: Vec<TradeId> = list.keys().copied().collect();
        assert_eq!(index.too_young(instrument, || open.iter().copied(), quoted), []);
        let is_calm = index.is_calm(instrument, marks, quoted);
        let mut met = Vec::new();
        index.meet(instrument, marks, quoted, &mut met);
        let side = |seat: &Seat| price * seat.side.sign();
        let fresh = |naive: &&Naive| naive.opened <= quoted;
        let expected = list.values().filter(fresh).filter(|naive| naive.is_met(side(&naive.seat)));
        for naive in expected {
            assert!(
                met.contains(&naive.seat.trade),
                "seed {seed}: {} is not met",
                naive.seat.trade
            );
        }
        if is_calm {
            counts.1 += 1;
            assert!(met.is_empty(), "seed {seed}: a calm mark means something");
            index.raise_calmly(instrument, [price, -price], quoted);
        } else {
            counts.0 += 1;
        }
        for trade in &met {
            let naive = &list[trade];
            let risen = index.leave(naive.seat).unwrap_or((naive.best, Timestamp(0)));
            assert_eq!(risen.0, naive.best, "seed {seed}: best of {trade}");
        }
        if !is_calm {
            index.raise(instrument, marks, quoted);
        }
        for naive in list.values_mut().filter(|naive| naive.opened <= quoted) {
            let x = price * naive.seat.side.sign();
            if x > naive.best {
                (naive.best, naive.best_at) = (x, Some(quoted));
            }
            if met.contains(&naive.seat.trade) {
                naive.waits = draw.waits(x);
                let waits = naive.waits.clone();
                index.wait(naive.seat, waits, naive.best, naive.opened, quoted);
                naive.best_at = None;
            }
            let known = index.best(naive.seat);
            assert_eq!(known.map(|(_, at)| at), naive.best_at, "seed {seed}: when best was made");
            assert_eq!(known.map_or(naive.best, |(best, _)| best), naive.best);
        }
    }
    counts
}

#[test]
fn the_index_meets_all_that_a_scan_meets_and_knows_every_best() {
    let (mut moved, mut calm) = (0, 0);
    for seed in 1..=300 {
        let counts = play(seed);
        (moved, calm) = (moved + counts.0, calm + counts.1);
    }
    assert!(moved > 10_000 && calm > 10_000, "both kinds are played: {moved} and {calm}");
}
