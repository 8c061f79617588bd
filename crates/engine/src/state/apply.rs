//! The one function that changes the state: a fact goes in, what it means is remembered.

use super::market::{Held, Instrument};
use super::price_state::Skip;
use super::scope::{Block, Book};
use super::trade::{CostStop, InFlight, Trade};
use super::{Deferred, Group, State, Strategy, scopes};
use crate::event::{Event, ExitReason};
use crate::ids::*;
use crate::input::{Command, Entry};
use crate::money::Quantity;
use crate::rare::Shared;
use crate::rules::spec::Action;
use crate::tick::TickRefusal;
use crate::time::{SECOND, Span, Timestamp};
use crate::view::{Fired, TradeStatus};
use alloc::string::ToString;

impl State {
    pub(crate) fn apply(&mut self, event: &Event) {
        if let Event::TurnBegan { .. }
        | Event::Marked(_)
        | Event::Settled
        | Event::TradeAdded { .. } = event
        {
            return self.fold(event);
        }
        self.close_lanes(event);
        let moved = self.moved_by(event);
        moved.trades().iter().for_each(|trade| self.leave(*trade));
        self.wake(event);
        self.fold(event);
        let filled = matches!(event, Event::Filled(_));
        moved.trades().iter().for_each(|trade| self.join(*trade, filled));
    }

    fn fold(&mut self, event: &Event) {
        match event {
            Event::TurnBegan { turn, at } => self.begin(*turn, *at),
            Event::Accepted { command, by, what } => self.note_command(*command, by, what),
            Event::Undone { command } => self.take_back(*command),
            Event::Redone { command } => self.history.redo(*command),
            Event::Configured(profile) => {
                self.unindex();
                self.profile = profile.clone();
                self.reindex();
            }
            Event::InstrumentDefined { instrument, spec } => {
                self.define_instrument(*instrument, (**spec).clone())
            }
            Event::InstrumentAdjusted { instrument, adjustment } => {
                self.adjust(*instrument, *adjustment)
            }
            Event::AccountOpened { spec, .. } => self.accounts.push(spec.clone()),
            Event::MarginSet { scope, margin } => {
                self.open_trade_book(*scope);
                self.book(*scope).margin = *margin;
                self.touch(*scope);
            }
            Event::StrategyCreated { spec, .. } => {
                let created_at = self.now;
                self.strategies.push(Strategy {
                    spec: spec.clone(),
                    is_active: true,
                    is_removed: false,
                    created_at,
                });
            }
            Event::StrategyEdited { strategy, spec } => self.edit_strategy(*strategy, spec.clone()),
            Event::GroupCreated { strategy, name, .. } => {
                self.groups.push(Group {
                    strategy: *strategy,
                    name: name.clone(),
                    is_removed: false,
                });
            }
            Event::DayRolled { day } => self.roll_day(*day),
            Event::SessionOpened(session) => self.open_session(*session),
            Event::Marked(tick) => {
                if !self.mark_quietly(tick, self.now) {
                    self.mark_to(tick);
                }
            }
            Event::TickRefused { instrument, at, refusal, .. } => {
                self.count_refusal(*instrument, *at, *refusal)
            }
            Event::TickHeld(tick) => {
                let (now, instrument) = (self.now, tick.instrument);
                self.held.insert(instrument);
                let instrument = &mut self.instruments[instrument.index()];
                instrument.feeds.remember(tick);
                instrument.hold(Held { tick: *tick, since: now, agreed: 0 });
            }
            Event::HeldDropped { instrument } | Event::HeldAccepted { instrument, .. } => {
                self.held.remove(instrument);
                self.instruments[instrument.index()].held = None;
            }
            Event::Ratcheted { instrument } => self.ratchet(*instrument),
            Event::BarClosed { instrument, length, bar } => {
                self.close_bar(*instrument, *length, *bar)
            }
            Event::WentStale { instrument, since, .. } => {
                self.remark(*instrument, |market| market.stale_since = Some(*since));
                self.touch_holders(*instrument);
            }
            Event::BecameFresh { instrument } => {
                self.remark(*instrument, |market| market.stale_since = None)
            }
            Event::Suspected { instrument } => {
                self.instruments[instrument.index()].is_suspect = true
            }
            Event::GapHeld { instrument, .. } => {
                self.instruments[instrument.index()].gap_held = true
            }
            Event::GapAccepted { instrument } => {
                let instrument = &mut self.instruments[instrument.index()];
                (instrument.gap_held, instrument.expects_open) = (false, false);
            }
            Event::EntryDecided { trade, quantity } => {
                let trade = &mut self.trades[trade.index()];
                if trade.fills > 0 {
                    trade.planned += *quantity;
                }
            }
            Event::PollRequested { .. }
            | Event::Refused(_)
            | Event::FillRepeated { .. }
            | Event::StopMoved { .. }
            | Event::MoveToCostSkipped { .. }
            | Event::PositionDiffers { .. }
            | Event::PositionUnknown { .. }
            | Event::Rolled { .. } => {}
            Event::TradeAdded { trade, new, generation, after } => {
                let multiplier = self.instrument(new.instrument).spec.multiplier;
                self.add_trade(Trade::new(
                    *trade,
                    new.without_rules(),
                    multiplier,
                    *generation,
                    *after,
                ));
            }
            Event::TradeCancelled { trade, reason } => {
                self.end_pending(*trade, TradeStatus::Cancelled, reason)
            }
            Event::TradeRejected { trade, reason } => {
                self.end_pending(*trade, TradeStatus::Rejected, reason)
            }
            Event::EntryEnded { trade, .. } => {
                self.trades[trade.index()].planned = Quantity::ZERO;
            }
            Event::RejectionsForgotten { trade } => {
                self.trades[trade.index()].rejections = 0;
            }
            Event::TradeDegraded { trade, reason } => {
                let trade = &mut self.trades[trade.index()];
                trade.degrade(reason);
            }
            Event::Filled(fill) => self.fill(fill),
            Event::ExitDecided { intent, quantity, cause } => {
                self.begin_exit(*intent, *quantity, cause)
            }
            Event::ExitDeferred { trade, cause } => {
                let (cause, turn) = ((**cause).clone(), self.turn);
                self.deferred.insert(*trade, Deferred { cause, turn });
            }
            Event::ExitRejected { intent, reason } => self.reject_exit(*intent, reason),
            Event::ExitUnknown { intent } => {
                if let Some(exit) = &mut self.trades[intent.trade.index()].exit {
                    exit.is_unknown = true;
                }
            }
            Event::RuleSet { rule, scope, draft, provenance } => {
                self.set_rule(*rule, *scope, draft, provenance)
            }
            Event::RuleChanged { rule, version, draft, provenance } => {
                self.change_rule(*rule, *version, draft, provenance);
            }
            Event::RuleRemoved { rule, provenance } => self.remove_rule(*rule, provenance),
            Event::RuleSkipped { rule, .. } => {
                self.rules[rule.index()].price.seldom.skip = Skip::Reported
            }
            Event::PriceRuleFired { rule, cause } => self.fire(rule.rule, cause),
            Event::StopLoosened { rule, to, provenance, .. } => self.loosen(*rule, *to, provenance),
            Event::MovedToCost { trade, by, .. } => {
                let tick = self.instrument(self.trade(*trade).terms.instrument).spec.tick_size;
                let level = super::rule::cost_level(self.trade(*trade), &self.profile, tick);
                let stop = level.map(|level| CostStop { level, by: *by });
                self.trades[trade.index()].cost_stop.set(stop);
            }
            Event::Touched { scope } => {
                if !self.has_ended(*scope) {
                    self.asked.insert(*scope);
                }
            }
            Event::Settled => self.settle(),
            Event::CandleClosed { length, .. } => self.sample_candles(*length),
            Event::Breached(breach) => self.latch(breach),
            Event::Warned { rule, band, .. } => self.note_warning(rule.rule, *band),
            Event::EntriesBlocked { scope, by, until } => {
                self.book(*scope).blocks.push(Block { by: *by, until: *until });
            }
            Event::ShutDown { strategy, .. } => self.strategies[strategy.index()].is_active = false,
            Event::RuleReset { rule, .. } => self.reset_rule(*rule),
            Event::StrategyReset { strategy, .. } => {
                self.strategies[strategy.index()].is_active = true
            }
            Event::Halted { scope, reason } => self.book(*scope).halted = Some(reason.clone()),
            Event::Resumed { scope, .. } => self.book(*scope).halted = None,
            Event::Killed { reason } => self.killed = Some(reason.clone()),
            Event::Released { .. } => self.killed = None,
        }
    }

    pub(crate) fn book(&mut self, scope: Scope) -> &mut Book {
        self.books.of(scope, Book::default)
    }

    /// The book of a scope that has one.
    pub(crate) fn book_of(&self, scope: Scope) -> &Book {
        self.books.get(scope).expect("the scope has a book")
    }

    fn begin(&mut self, turn: u64, at: Timestamp) {
        (self.turn, self.now) = (turn, at);
        self.index.rows.is_settled = false;
        if !self.saw_bar.is_empty() {
            self.saw_bar.clear();
        }
        if self.touched.is_empty() && self.cooling_rules.is_empty() {
            return;
        }
        // A trade that closed after the last settlement is over: nothing of its own is judged any more.
        let trades = &self.trades;
        let is_past = |scope: Scope| matches!(scope, Scope::Trade(id) if trades[id.index()].closed_at.is_some());
        self.touched.retain(|scope| !is_past(scope));
        self.end_cooling();
    }

    fn note_command(&mut self, command: CommandId, by: &str, what: &Shared<Command>) {
        match &**what {
            Command::Note { .. } => {
                self.history.next = command.0 + 1;
                return;
            }
            Command::AddTrade(new) => {
                scopes(new, None).for_each(|scope| self.bring_peaks_up(scope));
            }
            _ => {}
        }
        let inverse = self.inverse_of(what);
        self.history.note(command, by.to_string(), what.clone(), inverse);
    }

    fn define_instrument(&mut self, id: InstrumentId, spec: crate::instrument::InstrumentSpec) {
        if spec.checks.stale_after.is_some() {
            self.stale_watch.insert(id);
        }
        self.instruments.push(Instrument::new(spec));
        self.index.define();
    }

    fn count_refusal(
        &mut self,
        instrument: Option<InstrumentId>,
        at: Timestamp,
        refusal: TickRefusal,
    ) {
        let counts = match instrument {
            Some(id) => {
                let instrument = &mut self.instruments[id.index()];
                if matches!(refusal, TickRefusal::Zero | TickRefusal::Negative) {
                    instrument.bad_prices.retain(|time| at.since(*time) <= Span(10 * SECOND));
                    instrument.bad_prices.push(at);
                }
                &mut instrument.refusals
            }
            None => &mut self.unknown_ticks,
        };
        *counts.entry(refusal).or_default() += 1;
    }

    fn add_trade(&mut self, trade: Trade) {
        let id = trade.id;
        for scope in scopes(&trade.terms, None) {
            let book = self.book(scope);
            book.total_trades += 1;
            book.live.insert(id);
        }
        self.trades.push(trade);
    }

    fn end_pending(&mut self, id: TradeId, status: TradeStatus, reason: &str) {
        let now = self.now;
        let trade = &mut self.trades[id.index()];
        (trade.status, trade.closed_at) = (status, Some(now));
        trade.status_reason.set(Some(reason.to_string()));
        for scope in self.scopes_of(id) {
            self.book(scope).live.remove(id);
        }
    }

    fn begin_exit(
        &mut self,
        intent: IntentId,
        quantity: crate::money::Quantity,
        cause: &crate::event::Cause,
    ) {
        let stop = self.effective_stop(intent.trade).map(|stop| stop.price);
        let at = self.now;
        if quantity == self.trade(intent.trade).open {
            self.deferred.remove(&intent.trade);
        }
        let trade = &mut self.trades[intent.trade.index()];
        assert!(trade.exit.is_none(), "one exit in flight per trade");
        assert!(quantity <= trade.open, "an exit never exceeds the open quantity");
        trade.exit = Some(InFlight { intent, remaining: quantity, is_unknown: false });
        trade.attempts = intent.attempt;
        trade.status = TradeStatus::Exiting;
        trade.cause.set(Some(cause.clone()));
        trade.stop_at_exit = stop;
        let is_whole = quantity == trade.open;
        if let ExitReason::Rule(rule) = &cause.reason
            && is_whole
            && rule.scope == Scope::Trade(intent.trade)
            && self.rule(rule.rule).price_rule().is_some()
        {
            let fired = &mut self.rules[rule.rule.index()].fired;
            fired.set(Some(Fired::Price { at, cause: cause.clone() }));
        }
    }

    /// A rule that acts once and does not close its trade has acted; its clock need not strike again.
    fn fire(&mut self, id: RuleId, cause: &crate::event::Cause) {
        let at = self.now;
        let rule = &mut self.rules[id.index()];
        rule.fired.set(Some(Fired::Price { at, cause: cause.clone() }));
        if let (Some(due), Scope::Trade(trade)) = (rule.price.seldom.due, rule.scope) {
            self.timers.remove(&(due, trade, id));
        }
    }

    /// The exit did not happen: protection is armed again, and a person should look. What fires once does not fire again
    /// when not its own part but what its `then` decided was rejected.
    fn reject_exit(&mut self, intent: IntentId, reason: &str) {
        let trade = &mut self.trades[intent.trade.index()];
        let was_whole = trade.leaves_whole();
        trade.exit = None;
        trade.rejections += 1;
        trade.degrade(reason);
        let rule = trade.cause.as_ref().and_then(|cause| cause.reason.rule());
        if let Some(rule) = rule
            && rule.scope == Scope::Trade(intent.trade)
            && self.rule(rule.rule).price_rule().is_some()
            && self.rule(rule.rule).is_armed_again(was_whole)
        {
            self.rules[rule.rule.index()].fired.set(None);
            self.set_timer(rule.rule, intent.trade);
        }
    }

    fn latch(&mut self, breach: &crate::event::Breach) {
        let at = self.now;
        let rule = &mut self.rules[breach.rule.rule.index()];
        rule.fired.set(Some(Fired::Mtm { at, breach: breach.clone() }));
        rule.mtm.is_latched = true;
        rule.mtm.until = super::sample::cooling_until(rule);
        let (scope, until) = (rule.scope, rule.mtm.until);
        match breach.action {
            Action::Exit | Action::Shutdown | Action::BlockEntries => {
                self.book(scope).blocks.push(Block { by: breach.rule, until });
            }
            Action::Alert | Action::ExitLosers | Action::Reduce(_) | Action::MoveToCost => {}
        }
    }
}

/// The entry of a trade that was open before.
pub(crate) fn is_adopted(entry: &Entry) -> bool {
    match entry {
        Entry::Adopted { .. } => true,
        Entry::Filled { .. } | Entry::AtMark => false,
    }
}
