//! What is known of each instrument's market: quotes, feeds, sessions, bars.

use super::feeds::Feeds;
use super::roster::Roster;
use crate::event::Bar;
use crate::ids::*;
use crate::input::{Session, Side};
use crate::instrument::{InstrumentSpec, MarkKind};
use crate::money::Price;
use crate::rules::bars::{MOST_BARS, StudyState, mid};
use crate::rules::spec::Study;
use crate::tick::{Tick, TickRefusal};
use crate::time::{Span, Timestamp};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// An instrument and its market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instrument {
    pub(crate) spec: InstrumentSpec,
    pub(crate) quote: Quote,
    pub(crate) feeds: Feeds,
    pub(crate) held: Option<Held>,
    /// Since when the mark is stale.
    pub(crate) stale_since: Option<Timestamp>,
    /// The engine's clock at the last accepted tick.
    pub(crate) accepted_at: Option<Timestamp>,
    /// The times of the last refused zero or negative prices.
    pub(crate) bad_prices: Vec<Timestamp>,
    pub(crate) is_suspect: bool,
    /// The next accepted tick is the first of its session.
    pub(crate) expects_open: bool,
    pub(crate) gap_held: bool,
    pub(crate) refusals: BTreeMap<TickRefusal, u64>,
    pub(crate) bars: BTreeMap<Span, BarSeries>,
    /// Trades held in this instrument, by id.
    pub(crate) open_trades: Roster,
    /// Open trades of other instruments with a rule that watches this one.
    pub(crate) watchers: Vec<TradeId>,
}

/// The prices in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(crate) last: Option<Price>,
    pub(crate) bid: Option<Price>,
    pub(crate) ask: Option<Price>,
    pub(crate) at: Timestamp,
    pub(crate) source: SourceId,
}

/// A jump that waits for confirmation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) tick: Tick,
    pub(crate) since: Timestamp,
    pub(crate) agreed: u32,
}

/// Bars of one length: the one that is being built, and the last that closed since a rule first asked for them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BarSeries {
    pub(crate) open: Option<Bar>,
    pub(crate) closed: VecDeque<Bar>,
    /// How many have closed in all.
    count: u64,
}

impl BarSeries {
    /// Keeps a bar that has closed, as long as a study that is set later could ask for it.
    pub(crate) fn push(&mut self, bar: Bar) {
        self.count += 1;
        self.closed.push_back(bar);
        if self.closed.len() > MOST_BARS {
            self.closed.pop_front();
        }
    }
}

impl Instrument {
    pub(crate) fn new(spec: InstrumentSpec) -> Instrument {
        Instrument {
            spec,
            quote: Quote::default(),
            feeds: Feeds::default(),
            held: None,
            stale_since: None,
            accepted_at: None,
            bad_prices: Vec::new(),
            is_suspect: false,
            expects_open: false,
            gap_held: false,
            refusals: BTreeMap::new(),
            bars: BTreeMap::new(),
            open_trades: Roster::default(),
            watchers: Vec::new(),
        }
    }

    /// What a study makes of the bars that are kept, for one side; a parabolic SAR starts with the next bar.
    pub(crate) fn study(&self, study: Study, length: Span, side: Side) -> StudyState {
        let mut state = StudyState::default();
        let series =
            self.bars.get(&length).filter(|_| !matches!(study, Study::ParabolicSar { .. }));
        for bar in series.into_iter().flat_map(|series| &series.closed) {
            state.fold(study, side, bar);
        }
        state
    }

    /// The mark of the instrument's own kind, as a long sees it.
    pub(crate) fn mark(&self) -> Option<Price> {
        self.quote.mark(self.spec.mark, true)
    }

    /// How many bars each series has closed.
    pub(crate) fn closed_bars(&self) -> Vec<(Span, u64)> {
        self.bars.iter().map(|(length, series)| (*length, series.count)).collect()
    }

    pub(crate) fn take(&mut self, tick: &Tick, now: Timestamp) {
        self.quote = self.quote.after(tick);
        self.feeds.remember(tick);
        self.accepted_at = Some(now);
        self.stale_since = None;
        self.expects_open = false;
        self.calm_down();
    }

    /// An accepted price clears the suspicion that refused ones have raised.
    pub(crate) fn calm_down(&mut self) {
        self.is_suspect = false;
        self.bad_prices.clear();
    }

    /// Adds the mark to the bar that is open in each series.
    pub(crate) fn extend_bars(&mut self, now: Timestamp, origin: Timestamp) {
        let kind = match self.spec.mark {
            MarkKind::Executable => MarkKind::Last,
            other => other,
        };
        let Some(price) = self.quote.mark(kind, true) else { return };
        for (length, series) in &mut self.bars {
            let fresh = Bar {
                start: now.floor_to(*length, origin),
                open: price,
                high: price,
                low: price,
                close: price,
            };
            let bar = series.open.get_or_insert(fresh);
            bar.high = bar.high.max(price);
            bar.low = bar.low.min(price);
            bar.close = price;
        }
    }
}

impl Quote {
    /// The quote once `tick` has been taken in.
    pub(crate) fn after(&self, tick: &Tick) -> Quote {
        let has_book = tick.bid.is_some() || tick.ask.is_some();
        Quote {
            last: tick.last.or(self.last),
            bid: if has_book { tick.bid } else { self.bid },
            ask: if has_book { tick.ask } else { self.ask },
            at: tick.at,
            source: tick.source,
        }
    }

    /// The valuation price of `kind`, for a long or a short.
    pub(crate) fn mark(&self, kind: MarkKind, long: bool) -> Option<Price> {
        match (kind, self.bid, self.ask) {
            (MarkKind::Last, ..) => self.last,
            (MarkKind::Mid, Some(bid), Some(ask)) => Some(mid(bid, ask)),
            (MarkKind::Clamped, Some(bid), Some(ask)) => {
                self.last.map(|last| last.clamp(bid, ask.max(bid)))
            }
            (MarkKind::Executable, bid, ask) => if long { bid } else { ask }.or(self.last),
            (MarkKind::Mid | MarkKind::Clamped, ..) => self.last,
        }
    }
}

/// Whether `at` lies in the session, or there is none to lie in.
pub(crate) fn is_in_session(session: Option<&Session>, at: Timestamp) -> bool {
    session.is_none_or(|session| session.open <= at && at < session.close)
}
