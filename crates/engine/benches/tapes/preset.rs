//! The standard tapes by name.

/// What a tape is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preset {
    pub(crate) name: String,
    pub(crate) symbols: u32,
    /// Open at the start.
    pub(crate) trades: u32,
    pub(crate) strategies: u32,
    pub(crate) ticks: u32,
    /// On how many symbols a strategy trades; 0 is all.
    pub(crate) basket: u32,
    /// Trades that open during the tape, in percent of those at the start.
    pub(crate) churn: u32,
    /// How far stops and targets stand, in percent of the usual.
    pub(crate) wide: i64,
    /// How far the limits of strategies stand, in percent of the usual.
    pub(crate) lim: i64,
    /// Only trailing stops at an offset: all that some peers know.
    pub(crate) plain: bool,
}

const MILLION: u32 = 1_000_000;
const HUNDRED: u32 = 100_000;

type Row = (&'static str, u32, u32, u32, u32, u32, u32, i64, i64, bool);

/// Name, symbols, trades, strategies, ticks, basket, churn, wide, lim, plain.
const ROWS: &[Row] = &[
    ("small", 10, 100, 10, MILLION, 0, 100, 100, 100, false),
    ("medium", 200, 10_000, 100, MILLION, 20, 50, 100, 100, false),
    ("large", 2000, MILLION, 1000, MILLION, 50, 2, 400, 1000, false),
    ("largechurn", 2000, MILLION, 1000, MILLION, 50, 20, 100, 100, false),
    ("largewide", 2000, MILLION, 1000, MILLION, 0, 2, 400, 1000, false),
    ("hot", 1, HUNDRED, 50, HUNDRED, 0, 5, 400, 400, false),
    ("hotchurn", 1, HUNDRED, 50, HUNDRED, 0, 20, 100, 100, false),
    ("p-small", 10, 100, 10, MILLION, 0, 100, 100, 100, true),
    ("p-medium", 200, 10_000, 100, MILLION, 20, 50, 100, 100, true),
    ("h-10", 1, 10, 1, HUNDRED, 0, 0, 100, 100, true),
    ("h-100", 1, 100, 1, HUNDRED, 0, 0, 100, 100, true),
    ("h-1000", 1, 1000, 1, HUNDRED, 0, 0, 100, 100, true),
    ("scale-1000", 1, 1000, 50, HUNDRED, 0, 0, 400, 400, false),
    ("scale-10000", 1, 10_000, 50, HUNDRED, 0, 0, 400, 400, false),
    ("scale-100000", 1, HUNDRED, 50, HUNDRED, 0, 0, 400, 400, false),
    ("scale-1000000", 1, MILLION, 50, HUNDRED, 0, 0, 400, 400, false),
    ("spread-1000", 200, 1000, 100, HUNDRED, 0, 0, 400, 400, false),
    ("spread-10000", 200, 10_000, 100, HUNDRED, 0, 0, 400, 400, false),
    ("spread-100000", 200, HUNDRED, 100, HUNDRED, 0, 0, 400, 400, false),
    ("spread-1000000", 200, MILLION, 100, HUNDRED, 0, 0, 400, 400, false),
];

impl Preset {
    pub(crate) fn all() -> impl Iterator<Item = Preset> {
        ROWS.iter().map(Preset::of)
    }

    pub(crate) fn named(name: &str) -> Option<Preset> {
        ROWS.iter().find(|row| row.0 == name).map(Preset::of)
    }

    fn of(row: &Row) -> Preset {
        let &(name, symbols, trades, strategies, ticks, basket, churn, wide, lim, plain) = row;
        let name = name.to_owned();
        Preset { name, symbols, trades, strategies, ticks, basket, churn, wide, lim, plain }
    }
}
