//! The best scan: arrays of 32-bit numbers for each symbol, side and kind of trailing, whose loops the compiler turns
//! into vector instructions; strategies move by their net exposure in the symbol.

mod lanes;

use super::closes::{Close, GIVE_BACK, MAX_LOSS, STOP, TARGET};
use super::contest::Contestant;
use super::tape::{Limits, Print, Tape, Terms, Trailing};
use lanes::Lanes;
use std::collections::HashMap;

pub(crate) struct Scan {
    symbols: Vec<Symbol>,
    strategies: Vec<Strategy>,
    /// Where a strategy's row stands, by symbol and strategy.
    rows: HashMap<(u32, u32), u32>,
}

struct Symbol {
    last: i32,
    /// Longs, then shorts; of each those that trail at an offset, then those that keep a share.
    lanes: [Lanes; 4],
    rows: Vec<Row>,
}

/// What a strategy holds of a symbol, net.
struct Row {
    strategy: u32,
    net: i64,
}

struct Strategy {
    limits: Limits,
    mtm: i64,
    peak: i64,
    /// At or below this mtm it is over.
    floor: i64,
    is_over: bool,
    symbols: Vec<u32>,
}

impl Scan {
    pub(crate) fn new(tape: &Tape) -> Scan {
        let symbol =
            |last: &i32| Symbol { last: *last, lanes: Default::default(), rows: Vec::new() };
        let strategy = |limits: &Limits| Strategy {
            limits: *limits,
            mtm: 0,
            peak: 0,
            floor: -limits.max_loss,
            is_over: false,
            symbols: Vec::new(),
        };
        Scan {
            symbols: tape.first.iter().map(symbol).collect(),
            strategies: tape.limits.iter().map(strategy).collect(),
            rows: HashMap::new(),
        }
    }

    fn row(&mut self, terms: &Terms) -> u32 {
        let rows = &mut self.symbols[terms.symbol as usize].rows;
        *self.rows.entry((terms.symbol, terms.strategy)).or_insert_with(|| {
            rows.push(Row { strategy: terms.strategy, net: 0 });
            self.strategies[terms.strategy as usize].symbols.push(terms.symbol);
            rows.len() as u32 - 1
        })
    }

    fn judge(&mut self, symbol: usize, tick: u32, closes: &mut Vec<Close>) {
        for at in 0..self.symbols[symbol].rows.len() {
            let id = self.symbols[symbol].rows[at].strategy;
            let strategy = &mut self.strategies[id as usize];
            if strategy.mtm > strategy.peak {
                strategy.raise();
            }
            if strategy.mtm <= strategy.floor && !strategy.is_over {
                strategy.is_over = true;
                let is_lost = strategy.mtm <= -strategy.limits.max_loss;
                let reason = if is_lost { MAX_LOSS } else { GIVE_BACK };
                for held in std::mem::take(&mut strategy.symbols) {
                    self.symbols[held as usize].close_all_of(id, tick, reason, closes);
                }
            }
        }
    }
}

impl Contestant for Scan {
    fn open(&mut self, terms: &Terms) -> bool {
        if self.strategies[terms.strategy as usize].is_over {
            return false;
        }
        let row = self.row(terms);
        let symbol = &mut self.symbols[terms.symbol as usize];
        symbol.rows[row as usize].net += i64::from(terms.side * terms.quantity);
        let keeps = matches!(terms.trailing, Trailing::Keep { .. });
        symbol.lanes[usize::from(terms.side < 0) * 2 + usize::from(keeps)].push(terms, row);
        true
    }

    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>) {
        let symbol = &mut self.symbols[print.symbol as usize];
        let moved = i64::from(print.price - symbol.last);
        symbol.last = print.price;
        for row in &symbol.rows {
            self.strategies[row.strategy as usize].mtm += row.net * moved;
        }
        symbol.close_met(tick, closes);
        self.judge(print.symbol as usize, tick, closes);
    }
}

impl Symbol {
    fn close_met(&mut self, tick: u32, closes: &mut Vec<Close>) {
        for (at, lanes) in self.lanes.iter_mut().enumerate() {
            let (side, price) = (if at < 2 { 1 } else { -1 }, self.last);
            lanes.see(at % 2 == 1, side * price, |met| {
                let reason = if met.reaches_target { TARGET } else { STOP };
                closes.push(Close { tick, trade: met.trade, price, reason });
                self.rows[met.row as usize].net -= i64::from(side * met.quantity);
            });
        }
    }

    fn close_all_of(&mut self, strategy: u32, tick: u32, reason: u32, closes: &mut Vec<Close>) {
        let price = self.last;
        let Some(row) = self.rows.iter().position(|row| row.strategy == strategy) else { return };
        self.rows[row].net = 0;
        for lanes in &mut self.lanes {
            lanes.remove_of(row as u32, |trade| closes.push(Close { tick, trade, price, reason }));
        }
    }
}

impl Strategy {
    fn raise(&mut self) {
        self.peak = self.mtm;
        if self.peak >= self.limits.arm_at {
            // Split at a million, so that the product fits.
            let kept = 1_000_000 - self.limits.give_ppm;
            let (millions, rest) = (self.peak / 1_000_000, self.peak % 1_000_000);
            self.floor = (millions * kept + rest * kept / 1_000_000).max(-self.limits.max_loss);
        }
    }
}
