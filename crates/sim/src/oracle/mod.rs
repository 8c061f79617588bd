//! A naive oracle: every level, every mtm and every decision from scratch, in the stated order.
//!
//! Written from the rule manual and `docs/semantics.md` alone. It takes the engine's words as its input
//! language and shares nothing else with it.

mod bars;
mod book;
mod commands;
mod judge;
mod life;
mod market;
mod mtm;
mod positions;
mod price;
mod ratio;
mod settle;
mod shared;
mod terms;
mod undo;
mod view;

use crate::fact::Fact;
use book::Book;
use highmark_engine::{Body, Input, RuleId, TradeId};
pub use view::{Order, RuleFigures, ScopeFigures, TradeFigures};

/// A deliberate mistake, to prove that the comparison can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Touching a level is no breach.
    StrictTouch,
    /// Best also counts ticks from before the entry.
    BestBeforeEntry,
    /// Steps are counted up, not down.
    StepsRoundUp,
    /// Peaks move after the floors were judged.
    LatePeak,
    /// A target beats a stop on the same tick.
    TargetFirst,
    /// Realised profit of closed trades is left out of their scopes.
    ForgetRealised,
    /// A stop follows its candidate down again.
    RatchetLoosens,
    /// A partial exit takes the first price instead of the average cost.
    WrongAverage,
}

impl Mistake {
    pub const ALL: [Mistake; 8] = [
        Mistake::StrictTouch,
        Mistake::BestBeforeEntry,
        Mistake::StepsRoundUp,
        Mistake::LatePeak,
        Mistake::TargetFirst,
        Mistake::ForgetRealised,
        Mistake::RatchetLoosens,
        Mistake::WrongAverage,
    ];
}

/// The oracle: a book and what was found in the present input.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    book: Book,
    said: Vec<Fact>,
    mistake: Option<Mistake>,
    /// Rows of bars that closed in this input.
    closed_bars: Vec<(highmark_engine::InstrumentId, highmark_engine::Span)>,
    /// Scopes that are settled in this input because something moved, and whether it is a clock input.
    settled: std::collections::BTreeSet<highmark_engine::Scope>,
    by_clock: bool,
    /// Rules whose clock had struck or whose bars had closed when this input came, and those that a clock confirms.
    late: Vec<RuleId>,
}

/// What makes prices be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A tick of this instrument, with its exchange time.
    Tick(highmark_engine::InstrumentId, highmark_engine::Timestamp),
    /// The input is over: what was late when it came is judged by the current marks.
    Late,
    /// One rule was set by force.
    Forced(RuleId),
    /// A candle ended: its rules are judged by the last marks before its end.
    Candle,
}

impl Oracle {
    pub fn new() -> Oracle {
        Oracle::default()
    }

    pub fn with_mistake(mistake: Option<Mistake>) -> Oracle {
        Oracle { mistake, ..Oracle::default() }
    }

    /// Answers one input with everything that follows from it.
    pub fn step(&mut self, input: &Input) -> Vec<Fact> {
        self.book.turn += 1;
        self.book.now = self.book.now.max(input.at);
        self.time_passes();
        self.late = self.struck_by_now();
        self.by_clock = matches!(input.body, Body::Clock);
        match &input.body {
            Body::Ticks(ticks) => {
                for tick in ticks {
                    self.tick(tick);
                }
            }
            Body::Unreadable { instrument, refusal, .. } => {
                self.say(Fact::TickRefused(*instrument, *refusal));
            }
            Body::Clock => self.late.extend(self.unconfirmed()),
            Body::Session(session) => {
                self.judge_late();
                self.late.clear();
                self.session(*session);
            }
            Body::Command { command, .. } => self.command(command),
            Body::Order(news) => self.news(news),
        }
        self.judge_late();
        self.exit_deferred();
        self.settle();
        self.closed_bars.clear();
        std::mem::take(&mut self.said)
    }

    fn say(&mut self, fact: Fact) {
        self.said.push(fact);
    }

    fn time_passes(&mut self) {
        self.end_blocks();
        self.accept_ripe();
        self.close_bars(None);
        self.end_candles();
        self.end_scope_candles();
        self.notice_stale();
    }

    fn close_bars(&mut self, all_of: Option<highmark_engine::VenueId>) {
        for (instrument, length, bar) in bars::close(&mut self.book, all_of) {
            let prices = [bar.open, bar.high, bar.low, bar.close];
            self.say(Fact::BarClosed { instrument, length, start: bar.start, prices });
            self.closed_bars.push((instrument, length));
            bars::ratchet(&mut self.book, instrument, length);
        }
    }

    fn trade_ids(&self) -> Vec<TradeId> {
        self.book.trades.iter().map(|trade| trade.id).collect()
    }

    fn rule(&self, id: RuleId) -> &book::Rule {
        &self.book.rules[id.0 as usize]
    }
}
