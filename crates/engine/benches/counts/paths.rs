//! The paths that are counted, by name: the rows of `docs/counts.toml`.

use super::meter::counted;
use super::{commands, looks, ticks};

/// One thing that the engine does often.
pub(crate) struct Path {
    pub(crate) name: &'static str,
    /// What one operation is.
    pub(crate) what: &'static str,
    /// Open trades before the first operation.
    pub(crate) trades: u32,
    pub(crate) operations: u32,
    run: fn(u32, u32),
}

impl Path {
    pub(crate) fn all() -> &'static [Path] {
        PATHS
    }

    /// Makes a book of so many trades, then does so many operations.
    pub(crate) fn run(&self, trades: u32, operations: u32) {
        (self.run)(trades, operations);
    }
}

const fn path(
    name: &'static str,
    what: &'static str,
    (trades, operations): (u32, u32),
    run: fn(u32, u32),
) -> Path {
    Path { name, what, trades, operations, run }
}

/// The least number of scopes that hold a trade is three: its strategy, its account and the system.
const PATHS: &[Path] = &[
    path("nothing", "what counting itself adds to each figure", (0, 1_000), nothing),
    path(
        "quiet-3-1k",
        "a quiet tick: 3 scopes hold 1,000 trades",
        (1_000, 10_000),
        |trades, times| ticks::quiet(trades, 1, times),
    ),
    path(
        "quiet-12-1k",
        "a quiet tick: 12 scopes hold 1,000 trades",
        (1_000, 10_000),
        |trades, times| ticks::quiet(trades, 10, times),
    ),
    path(
        "quiet-3-100k",
        "a quiet tick: 3 scopes hold 100,000 trades",
        (100_000, 10_000),
        |trades, times| ticks::quiet(trades, 1, times),
    ),
    path(
        "quiet-12-100k",
        "a quiet tick: 12 scopes hold 100,000 trades",
        (100_000, 10_000),
        |trades, times| ticks::quiet(trades, 10, times),
    ),
    path(
        "best",
        "a tick that moves the trailing stops of 1,000 trades",
        (1_000, 1_000),
        ticks::best,
    ),
    path(
        "best-and-floor",
        "the same, moving the floor of their strategy too",
        (1_000, 1_000),
        ticks::best_and_floor,
    ),
    path("close", "a tick that closes one trade of 1,000", (1_000, 500), ticks::close),
    path("batch-100", "an input of 100 quiet ticks of 100 instruments", (1_000, 100), ticks::batch),
    path("fold", "the facts of a quiet turn, folded", (1_000, 10_000), ticks::fold),
    path("open-0", "opening a trade without rules", (1_000, 1_000), commands::open_bare),
    path("open-3", "opening a trade with 3 rules", (1_000, 1_000), commands::open),
    path("open-3-tick", "the quiet tick after that", (1_000, 1_000), commands::tick_after_open),
    path("part-close", "closing a part of a trade", (1_000, 1_000), commands::part_close),
    path(
        "part-close-tick",
        "the quiet tick after that",
        (1_000, 1_000),
        commands::tick_after_part_close,
    ),
    path("change-rule", "changing the stop of a trade", (1_000, 1_000), commands::change),
    path(
        "change-rule-tick",
        "the quiet tick after that",
        (1_000, 1_000),
        commands::tick_after_change,
    ),
    path("undo-change", "taking a changed stop back", (1_000, 1_000), commands::undo_change),
    path(
        "undo-open",
        "taking an opened trade with 3 rules back",
        (1_000, 1_000),
        commands::undo_open,
    ),
    path("level", "the view of a trailing stop, with its level", (1_000, 1_000), looks::level),
    path("trade-view", "the view of a trade, with its stop", (1_000, 1_000), looks::trade),
    path("scope-view", "the view of a strategy, with its floor", (1_000, 1_000), looks::scope),
];

fn nothing(_: u32, times: u32) {
    for _ in 0..times {
        counted(&mut || {});
    }
}
