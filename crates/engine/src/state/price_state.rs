//! What a price rule remembers: its level, and what few rules have beside.

use crate::rare::{Rare, Usual};
use crate::rules::bars::StudyState;
use crate::rules::level::{Entry, Level};
use crate::rules::spec::Confirm;
use crate::rules::step;
use crate::time::Timestamp;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Levels and bests are in the x-space of what the rule watches.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "written::PriceState", into = "written::PriceState")]
pub(crate) struct PriceState {
    pub(crate) is_armed: bool,
    /// As far as the trade was brought up to date: `State::level` tells what it is.
    pub(in crate::state) level: Option<Level>,
    pub(crate) seldom: Rare<Seldom>,
}

/// What most price rules don't have. To write here takes a place: look first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seldom {
    /// Candidates no tighter than this don't count: the operator has loosened the rule.
    pub(crate) ignored: Option<Level>,
    pub(crate) own_best: Option<i64>,
    pub(crate) own_entry: Rare<Option<Entry>>,
    /// How far a `full_move` step has moved.
    pub(crate) steps: Option<step::Moved>,
    pub(crate) skip: Skip,
    pub(crate) breach: Streak,
    pub(crate) study: Rare<StudyState>,
    pub(crate) due: Option<Timestamp>,
}

/// Whether a break-even found the market already through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Skip {
    #[default]
    No,
    /// To be reported.
    Found(Level),
    Reported,
}

/// How long, and at how many looks in a row, a level has been in breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Streak {
    pub(crate) since: Option<Timestamp>,
    pub(crate) looks: u32,
}

impl PriceState {
    pub(crate) fn forget_breach(&mut self) {
        if !self.seldom.is_usual() {
            self.seldom.breach = Streak::default();
        }
    }
}

impl Usual for Seldom {
    const USUAL: &'static Seldom = &Seldom {
        ignored: None,
        own_best: None,
        own_entry: Rare::USUAL,
        steps: None,
        skip: Skip::No,
        breach: Streak { since: None, looks: 0 },
        study: Rare::USUAL,
        due: None,
    };
}

impl Streak {
    pub(crate) fn look(&mut self, in_breach: bool, counts: bool, now: Timestamp) {
        if in_breach {
            self.since = self.since.or(Some(now));
            self.looks += u32::from(counts);
        } else {
            *self = Streak::default();
        }
    }

    pub(crate) fn confirms(&self, confirm: Option<Confirm>, now: Timestamp) -> bool {
        match (confirm, self.since) {
            (None | Some(Confirm::CandleClose { .. }), _) => true,
            (Some(_), None) => false,
            (Some(Confirm::Ticks { count, within }), Some(since)) => {
                self.looks >= count || now.since(since) >= within
            }
            (Some(Confirm::Seconds { wait }), Some(since)) => now.since(since) >= wait,
        }
    }
}

/// As it is written down and shown: all in one row.
mod written {
    use super::{Entry, Level, Seldom, Skip, Streak, StudyState, Timestamp, step};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) struct PriceState {
        is_armed: bool,
        level: Option<Level>,
        ignored: Option<Level>,
        own_best: Option<i64>,
        own_entry: Option<Entry>,
        steps: Option<step::Moved>,
        skip: Skip,
        breach: Streak,
        study: StudyState,
        due: Option<Timestamp>,
    }

    impl From<super::PriceState> for PriceState {
        fn from(mut state: super::PriceState) -> PriceState {
            let seldom = state.seldom.take();
            PriceState {
                is_armed: state.is_armed,
                level: state.level,
                ignored: seldom.ignored,
                own_best: seldom.own_best,
                own_entry: *seldom.own_entry,
                steps: seldom.steps,
                skip: seldom.skip,
                breach: seldom.breach,
                study: (*seldom.study).clone(),
                due: seldom.due,
            }
        }
    }

    impl From<PriceState> for super::PriceState {
        fn from(state: PriceState) -> super::PriceState {
            let seldom = Seldom {
                ignored: state.ignored,
                own_best: state.own_best,
                own_entry: super::Rare::of(state.own_entry),
                steps: state.steps,
                skip: state.skip,
                breach: state.breach,
                study: super::Rare::of(state.study),
                due: state.due,
            };
            super::PriceState {
                is_armed: state.is_armed,
                level: state.level,
                seldom: super::Rare::of(seldom),
            }
        }
    }
}

impl fmt::Debug for PriceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written::PriceState::from(self.clone()).fmt(f)
    }
}
