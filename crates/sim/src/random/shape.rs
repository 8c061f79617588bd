//! What kind of book an episode is about, and how a large one comes to be.

use super::episode::Episode;
use super::{Dice, Feature, Features};
use highmark_engine::{Command, Entry, NewTrade, Side};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A few instruments and up to forty open trades.
    Mixed,
    /// One instrument, one strategy and up to three open trades, for a short time.
    Tiny,
    /// Hundreds or thousands of open trades on one or two instruments, and few ticks.
    Crowd,
}

impl Shape {
    pub(super) fn draw(dice: &mut Dice, on: Features) -> Shape {
        // Who names a few features wants the shapes among them.
        let (tiny, crowd) = if on.count() <= 12 { (100, 100) } else { (60, 2) };
        if on.has(Feature::Crowds) && dice.chance(crowd) {
            Shape::Crowd
        } else if on.has(Feature::Tiny) && dice.chance(tiny) {
            Shape::Tiny
        } else {
            Shape::Mixed
        }
    }

    /// The features that fit into such a book.
    pub(super) fn fit(self, on: Features) -> Features {
        let out: &[Feature] = match self {
            Shape::Mixed => &[],
            Shape::Tiny => &[Feature::Instruments, Feature::Strategies, Feature::Underlying],
            // Brokers would answer one order at a time.
            Shape::Crowd => &[Feature::Instruments, Feature::Orders, Feature::Bars],
        };
        out.iter().fold(on, |on, feature| on.without(*feature))
    }

    pub(super) fn length(self, dice: &mut Dice) -> usize {
        match self {
            Shape::Mixed => dice.pick(&[200, 400, 800, 1500]),
            Shape::Tiny => dice.pick(&[40, 80, 160, 300]),
            Shape::Crowd => dice.pick(&[60, 120]),
        }
    }

    pub(super) fn most_trades(self, dice: &mut Dice) -> usize {
        match self {
            Shape::Mixed => dice.pick(&[1, 2, 4, 8, 20, 40]),
            Shape::Tiny => dice.pick(&[1, 1, 2, 3]),
            Shape::Crowd => dice.pick(&[250, 500, 1000, 3000]),
        }
    }

    /// So many trades are added in all.
    pub(super) fn most_added(self) -> usize {
        match self {
            Shape::Mixed => 120,
            Shape::Tiny => 12,
            Shape::Crowd => usize::MAX,
        }
    }
}

impl Episode {
    /// Opens the trades of a crowd: of a few patterns, at one entry or close to it, so that bests, entries and levels are equal.
    pub(super) fn gather(&mut self) {
        for index in 0..self.walks.len() {
            let tick = self.walks[index].tick(&mut self.dice, Features::none(), self.now);
            self.tell(vec![tick]);
        }
        let count = self.dice.between(1, 8) as usize;
        let patterns: Vec<NewTrade> = (0..count).map(|_| self.new_trade()).collect();
        for _ in 0..self.most_trades {
            let mut new = patterns[self.dice.below(count)].clone();
            if self.dice.chance(30) {
                new.entry = self.entry(new.instrument);
            }
            self.ask(Command::AddTrade(new));
            if self.dice.chance(2) {
                self.ticks();
            }
        }
        self.length += self.waiting();
    }

    /// Opens several trades of one pattern at once: at one mark, or at one price.
    pub(super) fn burst(&mut self, room: usize) {
        let pattern = self.new_trade();
        let count = self.dice.between(2, 12).min(room as i64);
        for _ in 0..count {
            let mut new = pattern.clone();
            if self.dice.chance(30) {
                let again = self.new_trade();
                // Levels of another instrument, side or entry would stand anywhere.
                let alike = again.instrument == new.instrument && again.side == new.side;
                if alike
                    && matches!(again.entry, Entry::AtMark) == matches!(new.entry, Entry::AtMark)
                {
                    new.rules = again.rules;
                }
            }
            self.ask(Command::AddTrade(new));
        }
    }

    /// The side of the next trade.
    pub(super) fn side(&mut self) -> Side {
        match self.only_side {
            Some(side) => side,
            None if self.on.has(Feature::Shorts) && self.dice.chance(50) => Side::Sell,
            None => Side::Buy,
        }
    }
}
