//! Prices that walk on a coarse grid, so that touches and ties are frequent, and ticks of them, good and bad.

use super::{Dice, Feature, Features};
use highmark_engine::{InstrumentId, Price, Quantity, SourceId, Tick, TickKind, Timestamp};

/// One step of the grid.
pub(super) const GRID: i64 = 5_000_000;

/// The price of one instrument on its way.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub id: InstrumentId,
    pub steps: i64,
    pub restless: i64,
    pub lowest: i64,
    pub last: Option<Tick>,
    pub sequences: bool,
    pub sequence: u64,
    /// Prices that it comes back to.
    pub turns: Vec<i64>,
    /// The direction in which it goes while there is a trend.
    pub drift: i64,
}

impl Walk {
    pub(super) fn price(&self) -> Price {
        Price(self.steps * GRID)
    }

    /// The next tick of this instrument, received at `now`.
    pub(super) fn tick(&mut self, dice: &mut Dice, on: Features, now: Timestamp) -> Tick {
        self.steps = self.walk(dice, on).clamp(self.lowest, 2400);
        let lag = if on.has(Feature::Lag) { dice.pick(&[0, 0, 5_000_000, 900_000_000]) } else { 0 };
        let after = self.last.as_ref().map_or(0, |tick| tick.at.0 + 1);
        self.sequence += dice.between(1, 2) as u64;
        let mut tick = Tick {
            sequence: self.sequences.then_some(self.sequence),
            ..Tick::last(self.id, Timestamp((now.0 - lag).max(after)), self.price())
        };
        if on.has(Feature::Quotes) && dice.chance(70) {
            self.quote(dice, &mut tick);
        }
        if on.has(Feature::BadTicks) && dice.chance(8) {
            self.spoil(dice, &mut tick);
        } else {
            self.last = Some(tick);
        }
        if on.has(Feature::Jumps) && dice.chance(5) {
            let far = dice.pick(&[-400, -300, 300, 400]);
            tick.last = Some(Price((self.steps + far) * GRID));
            tick.source = SourceId(dice.between(0, 1) as u32);
            if dice.chance(50) {
                self.steps += far;
                self.steps = self.steps.clamp(self.lowest, 2400);
            }
        }
        tick
    }

    /// Where it goes next.
    fn walk(&mut self, dice: &mut Dice, on: Features) -> i64 {
        let wild = dice.chance(2);
        let reach = if wild { self.restless * 5 } else { self.restless };
        if dice.chance(10) {
            self.turns.push(self.steps);
        }
        if on.has(Feature::Still) && dice.chance(30) {
            return self.steps;
        }
        if on.has(Feature::Returns) && dice.chance(25) && !self.turns.is_empty() {
            return dice.pick(&self.turns);
        }
        if on.has(Feature::Leaps) && dice.chance(6) {
            return self.steps + dice.pick(&[-1, 1]) * dice.between(15, 120);
        }
        if on.has(Feature::Trends) && dice.chance(70) {
            if dice.chance(4) || !(self.lowest + 10..2390).contains(&self.steps) {
                self.drift = -self.drift;
            }
            return self.steps + self.drift * dice.between(0, self.restless);
        }
        self.steps + dice.between(-reach, reach)
    }

    fn quote(&self, dice: &mut Dice, tick: &mut Tick) {
        let bid = self.steps - dice.between(0, 3);
        let ask = self.steps + dice.between(0, 3);
        match dice.between(1, 10) {
            1 => tick.bid = Some(Price(bid * GRID)),
            2 => tick.ask = Some(Price(ask * GRID)),
            3 => (tick.bid, tick.ask) = (Some(Price((ask + 1) * GRID)), Some(Price(bid * GRID))),
            _ => (tick.bid, tick.ask) = (Some(Price(bid * GRID)), Some(Price(ask * GRID))),
        }
        if dice.chance(20) {
            // Off the book: a last price outside bid and ask.
            tick.last = Some(Price((self.steps + dice.between(-5, 5)) * GRID));
        } else if dice.chance(20) && (tick.bid.is_some() || tick.ask.is_some()) {
            tick.last = None;
        }
    }

    /// One thing is wrong with the tick.
    fn spoil(&mut self, dice: &mut Dice, tick: &mut Tick) {
        match dice.between(1, 9) {
            1 => tick.last = Some(Price(0)),
            2 => tick.last = Some(Price(-GRID)),
            3 => (tick.last, tick.bid, tick.ask) = (None, None, None),
            4 => {
                if let Some(last) = &self.last {
                    *tick = *last;
                }
            }
            5 => {
                if let Some(last) = &self.last {
                    tick.at = Timestamp(last.at.0 - 1_000_000);
                }
            }
            6 => tick.kind = dice.pick(&[TickKind::Test, TickKind::Auction]),
            7 => tick.instrument = InstrumentId(99),
            8 => tick.last = Some(Price(2_000_000_000 * 100_000_000)),
            _ => {
                if let Some(last) = &self.last {
                    *tick = Tick { volume: Some(Quantity::whole(7)), ..*last };
                }
            }
        }
    }
}
