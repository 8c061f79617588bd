//! The naive scan: a list of trades for each symbol, all of them looked at on each tick, each adding its move to
//! its strategy. What the rules say, in plain words; so it is also what the others are held against.

use super::closes::{Close, GIVE_BACK, MAX_LOSS, STOP, TARGET};
use super::contest::Contestant;
use super::tape::{Limits, Print, Tape, Terms, Trailing};

pub(crate) struct Naive {
    /// The open trades of each symbol.
    open: Vec<Vec<Open>>,
    last: Vec<i32>,
    strategies: Vec<Strategy>,
}

struct Open {
    terms: Terms,
    /// The most favourable price since the entry, as the trade sees it.
    best: i32,
}

struct Strategy {
    limits: Limits,
    mtm: i64,
    peak: i64,
    has_moved: bool,
    is_over: bool,
}

impl Naive {
    pub(crate) fn new(tape: &Tape) -> Naive {
        let strategy = |limits: &Limits| Strategy {
            limits: *limits,
            mtm: 0,
            peak: 0,
            has_moved: false,
            is_over: false,
        };
        Naive {
            open: tape.first.iter().map(|_| Vec::new()).collect(),
            last: tape.first.clone(),
            strategies: tape.limits.iter().map(strategy).collect(),
        }
    }

    fn close_all_of(&mut self, strategy: u32, tick: u32, reason: u32, closes: &mut Vec<Close>) {
        for (open, price) in self.open.iter_mut().zip(&self.last) {
            let gone = open.extract_if(.., |open| open.terms.strategy == strategy);
            closes.extend(gone.map(|open| Close {
                tick,
                trade: open.terms.id,
                price: *price,
                reason,
            }));
        }
    }
}

impl Contestant for Naive {
    fn open(&mut self, terms: &Terms) -> bool {
        if self.strategies[terms.strategy as usize].is_over {
            return false;
        }
        self.open[terms.symbol as usize].push(Open { terms: *terms, best: terms.x(terms.entry) });
        true
    }

    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>) {
        let symbol = print.symbol as usize;
        let moved = print.price - self.last[symbol];
        self.last[symbol] = print.price;
        let mut touched = Vec::new();
        self.open[symbol].retain_mut(|open| {
            let terms = &open.terms;
            let strategy = &mut self.strategies[terms.strategy as usize];
            strategy.mtm += i64::from(terms.x(moved)) * i64::from(terms.quantity);
            if !strategy.has_moved {
                strategy.has_moved = true;
                touched.push(terms.strategy);
            }
            let reason = open.see(terms.x(print.price));
            if let Some(reason) = reason {
                closes.push(Close { tick, trade: open.terms.id, price: print.price, reason });
            }
            reason.is_none()
        });
        for id in touched {
            let strategy = &mut self.strategies[id as usize];
            strategy.has_moved = false;
            if let Some(reason) = strategy.judge() {
                strategy.is_over = true;
                self.close_all_of(id, tick, reason, closes);
            }
        }
    }
}

impl Open {
    fn see(&mut self, x: i32) -> Option<u32> {
        self.best = self.best.max(x);
        if x >= self.terms.x(self.terms.target) {
            Some(TARGET)
        } else {
            (x <= self.stop()).then_some(STOP)
        }
    }

    /// The highest whole price at or below the level, which is as good as the level: prices are whole.
    fn stop(&self) -> i32 {
        let stop = self.terms.x(self.terms.stop);
        let gain = self.best - self.terms.x(self.terms.entry);
        match self.terms.trailing {
            Trailing::Behind { offset } => stop.max(self.best - offset),
            Trailing::Keep { ppm, arm } if gain >= arm => {
                let kept = i64::from(gain) * i64::from(ppm) / 1_000_000;
                stop.max(self.terms.x(self.terms.entry) + kept as i32)
            }
            Trailing::Keep { .. } => stop,
        }
    }
}

impl Strategy {
    fn judge(&mut self) -> Option<u32> {
        self.peak = self.peak.max(self.mtm);
        let kept = i128::from(self.peak) * i128::from(1_000_000 - self.limits.give_ppm);
        if self.mtm <= -self.limits.max_loss {
            Some(MAX_LOSS)
        } else {
            let gives_back =
                self.peak >= self.limits.arm_at && i128::from(self.mtm) * 1_000_000 <= kept;
            gives_back.then_some(GIVE_BACK)
        }
    }
}
