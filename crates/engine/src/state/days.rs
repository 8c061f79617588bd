//! Session days: what restarts at a roll, and what a session's opening changes.

use super::State;
use super::scope::{Share, Tally};
use crate::ids::*;
use crate::input::Session;
use crate::money::Money;
use crate::rules::daily::is_daily;
use crate::rules::spec::{DrawdownBasis, MtmRule, Window};
use crate::time::Day;
use crate::view::TradeStatus;
use alloc::vec::Vec;

impl State {
    pub(crate) fn open_session(&mut self, session: Session) {
        self.sessions.insert(session.venue, session);
        let mut trades = Vec::new();
        for instrument in
            self.instruments.iter_mut().filter(|instrument| instrument.spec.venue == session.venue)
        {
            instrument.expects_open = instrument.quote.mark(instrument.spec.mark, true).is_some();
            trades.extend(instrument.open_trades.iter());
        }
        for trade in trades {
            for at in 0..self.trade(trade).rules.len() {
                self.set_timer(self.trade(trade).rules[at], trade);
            }
        }
    }

    /// Starts a new session day: `session` windows restart, valued at the last marks; daily latches end.
    pub(crate) fn roll_day(&mut self, day: Day) {
        self.day = Some(day);
        self.note_day_close();
        for index in 0..self.trades.len() {
            self.rebase_trade(index);
        }
        for book in self.books.values_mut() {
            book.session =
                Tally { realised: Money::ZERO, charges: Money::ZERO, ..Tally::default() };
            book.opened_today = 0;
        }
        self.rebase_rules();
        self.fills_seen.swap(0, 1);
        self.fills_seen[0].clear();
        for id in self.candle_rules.clone() {
            self.restate(id);
        }
        for scope in self.books.scopes().collect::<Vec<_>>() {
            self.touch(scope);
        }
    }

    /// Gives the highest equity at a day's end its look at the day that ends.
    fn note_day_close(&mut self) {
        for index in 0..self.rules.len() {
            if let Some(MtmRule::Drawdown { basis: DrawdownBasis::EndOfDay, .. }) =
                self.rules[index].mtm_rule()
                && self.rules[index].is_live()
            {
                let rule = &self.rules[index];
                let (mtm, is_uncertain) = self.rule_mtm(rule, true);
                let equity = self.capital(rule.scope) + mtm - rule.mtm.peak_origin;
                let high = &mut self.rules[index].mtm.high;
                if !is_uncertain {
                    *high = (*high).max(equity);
                }
            }
        }
    }

    fn rebase_trade(&mut self, index: usize) {
        let trade = &self.trades[index];
        let (id, instrument) = (trade.id, trade.terms.instrument);
        let before = Share::of(trade);
        let mark = self.trade_mark(trade, None);
        let trade = &mut self.trades[index];
        if trade.status == TradeStatus::Pending || trade.opened_at.is_none() {
            return;
        }
        trade.session.realised = Money::ZERO;
        trade.session.charges = Money::ZERO;
        if let Some(mark) = mark {
            trade.session.cost = trade.open.value(mark, trade.multiplier);
        }
        let share = Share::of(trade).since(&before);
        let more = self.change(instrument, share);
        for scope in self.scopes_of(id) {
            self.shift(scope, &more);
        }
    }

    fn rebase_rules(&mut self) {
        let mut ended = Vec::new();
        for rule in &mut self.rules {
            let Some(spec) = rule.mtm_rule() else { continue };
            let (daily, window) = (is_daily(spec), super::sample::window(rule));
            if window == Window::Session {
                (rule.mtm.origin, rule.mtm.peak_origin) = (Money::ZERO, Money::ZERO);
                rule.mtm.peak = Money::ZERO;
                rule.mtm.peak_at = None;
                rule.mtm.breach = Default::default();
                rule.mtm.is_sampled = false;
                rule.mtm.warned.clear();
            }
            if daily {
                rule.fired.set(None);
                rule.mtm.is_latched = false;
                rule.mtm.until = None;
                rule.mtm.losses = 0;
                ended.push(rule.id);
            }
        }
        for book in self.books.values_mut() {
            book.blocks.retain(|block| !ended.contains(&block.by.rule));
        }
    }

    /// Lets cooling-off rules count afresh when their wait is over.
    pub(crate) fn end_cooling(&mut self) {
        for id in self.cooling_rules.clone() {
            let rule = self.rule(id);
            if rule.mtm.until.is_some_and(|until| until <= self.now) {
                // While it had fired it saw no peaks.
                let scope: Scope = rule.scope;
                self.wake_one(scope);
                let rule = &mut self.rules[id.index()];
                rule.fired.set(None);
                rule.mtm.is_latched = false;
                rule.mtm.until = None;
                rule.mtm.losses = 0;
                rule.mtm.value = Money::ZERO;
                self.book(scope).blocks.retain(|block| block.by.rule != id);
            }
        }
    }
}
