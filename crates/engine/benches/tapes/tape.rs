//! A tape: a book, what opens in it later, and the ticks that it sees. All of it in whole numbers.

/// Prices are counted in steps of 0.05 rupees, money in such a step times a quantity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tape {
    /// The first price of each symbol.
    pub(crate) first: Vec<i32>,
    pub(crate) limits: Vec<Limits>,
    /// In the order in which they open.
    pub(crate) trades: Vec<Terms>,
    pub(crate) prints: Vec<Print>,
}

/// What a strategy may lose, and give back of its peak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_loss: i64,
    /// The peak from which on profit may not be given back.
    pub(crate) arm_at: i64,
    /// How much of the peak may be, in parts per million.
    pub(crate) give_ppm: i64,
}

/// A trade as it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) id: u32,
    pub(crate) symbol: u32,
    pub(crate) strategy: u32,
    /// 1 for a long, -1 for a short.
    pub(crate) side: i32,
    pub(crate) quantity: i32,
    pub(crate) entry: i32,
    pub(crate) stop: i32,
    pub(crate) target: i32,
    pub(crate) trailing: Trailing,
    /// It opens just before this tick; 0 is in the book at the start.
    pub(crate) open_at: u32,
}

/// How a stop follows best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trailing {
    Behind {
        offset: i32,
    },
    /// `ppm` of the best profit is kept, once that is `arm` or more.
    Keep {
        ppm: i32,
        arm: i32,
    },
}

/// One price of one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    pub(crate) at: u64,
    pub(crate) symbol: u32,
    pub(crate) price: i32,
}

/// So far from the entry that it is never met: no stop, no target.
pub(crate) const FAR: i32 = 1 << 28;
/// So much money that it is never met: no limit.
pub(crate) const NEVER: i64 = 1 << 60;

impl Limits {
    pub(crate) const NONE: Limits = Limits { max_loss: NEVER, arm_at: NEVER, give_ppm: 0 };
}

impl Terms {
    /// A price as the trade sees it: up is good.
    pub(crate) fn x(&self, price: i32) -> i32 {
        self.side * price
    }
    pub(crate) fn has_stop(&self) -> bool {
        self.stop != self.entry - self.side * FAR
    }
    pub(crate) fn has_target(&self) -> bool {
        self.target != self.entry + self.side * FAR
    }
}

impl Tape {
    /// How many trades are open before the first tick.
    pub(crate) fn at_start(&self) -> usize {
        self.trades.partition_point(|terms| terms.open_at == 0)
    }
}
