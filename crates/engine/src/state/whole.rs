//! A state seen as a whole: written down, compared, and as one number, so that two runs can be compared in one look.

use super::State;
use super::waiting::seat;
use crate::index::Index;
use crate::rules::spec::Window;
use alloc::format;
use core::fmt::{self, Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl State {
    /// This state with nothing trailing behind and nothing left to be computed: what two runs are compared by, and
    /// what is carried over. Costs a copy of all that is remembered.
    pub fn settled(&self) -> State {
        let mut settled = self.without_index();
        for id in self.open_trades() {
            if let Some((best, at)) = self.index.best(seat(self.trade(id))) {
                settled.bring_up(id, best, at);
            }
        }
        for scope in self.index.rows.calm_scopes() {
            for id in &self.book_of(scope).rules {
                let (value, peak) =
                    (self.rule_value(self.rule(*id)), self.rule_peak(self.rule(*id)));
                let mtm = &mut settled.rules[id.index()].mtm;
                mtm.value = value;
                (mtm.peak, mtm.peak_at) = peak;
            }
            for window in [Window::Session, Window::Life] {
                *settled.book(scope).tally_mut(window) = self.tally(scope, window);
            }
        }
        settled
    }

    fn without_index(&self) -> State {
        let State {
            turn,
            now,
            profile,
            instruments,
            accounts,
            strategies,
            groups,
            trades,
            rules,
            books,
            sessions,
            day,
            killed,
            touched,
            asked,
            timers,
            saw_bar,
            deferred,
            confirming,
            held,
            next_bar_end,
            stale_watch,
            candle_rules,
            cooling_rules,
            fills_seen,
            unknown_ticks,
            history,
            turnover,
            index: _,
        } = self;
        State {
            turn: *turn,
            now: *now,
            profile: profile.clone(),
            instruments: instruments.clone(),
            accounts: accounts.clone(),
            strategies: strategies.clone(),
            groups: groups.clone(),
            trades: trades.clone(),
            rules: rules.clone(),
            books: books.clone(),
            sessions: sessions.clone(),
            day: *day,
            killed: killed.clone(),
            touched: touched.clone(),
            asked: asked.clone(),
            timers: timers.clone(),
            saw_bar: saw_bar.clone(),
            deferred: deferred.clone(),
            confirming: confirming.clone(),
            held: held.clone(),
            next_bar_end: *next_bar_end,
            stale_watch: stale_watch.clone(),
            candle_rules: candle_rules.clone(),
            cooling_rules: cooling_rules.clone(),
            fills_seen: fills_seen.clone(),
            unknown_ticks: unknown_ticks.clone(),
            history: history.clone(),
            turnover: *turnover,
            index: Index::default(),
        }
    }

    /// A number that two equal states share, and two different ones almost surely don't.
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // Writing into a hash cannot fail.
        let _ = write!(hash, "{:?}", self.settled());
        hash.0
    }
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        format!("{:?}", self.settled()) == format!("{:?}", other.settled())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.index.is_empty() {
            State::serialize(self, serializer)
        } else {
            State::serialize(&self.settled(), serializer)
        }
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        let mut state = State::deserialize(deserializer)?;
        state.reindex();
        Ok(state)
    }
}

/// FNV-1a (Fowler, Noll, Vo) over the text of the state.
struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}
