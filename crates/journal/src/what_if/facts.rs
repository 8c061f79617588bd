//! Facts under other names: what one run decided, as the other would have said it.

use super::names::Names;
use highmark_engine::*;

impl Names {
    /// Puts the names into a fact; false when it is about what the other run does not have.
    pub(super) fn fact(&self, event: &mut Event) -> bool {
        match event {
            Event::TurnBegan { .. }
            | Event::Configured(_)
            | Event::DayRolled { .. }
            | Event::SessionOpened(_)
            | Event::Settled
            | Event::CandleClosed { .. }
            | Event::Killed { .. }
            | Event::Released { .. } => true,
            Event::Accepted { command, what, .. } => {
                let mut renamed = Command::clone(what);
                let is_named = self.order(command) && self.command(&mut renamed);
                *what = renamed.into();
                is_named
            }
            Event::Undone { command } | Event::Redone { command } => self.order(command),
            Event::Refused(refusal) => refusal.what.as_mut().is_none_or(|what| self.command(what)),
            Event::InstrumentDefined { instrument, spec } => {
                self.instrument(instrument)
                    && spec.underlying.as_mut().is_none_or(|id| self.instrument(id))
            }
            Event::InstrumentAdjusted { instrument, .. }
            | Event::HeldDropped { instrument }
            | Event::HeldAccepted { instrument, .. }
            | Event::Ratcheted { instrument }
            | Event::BarClosed { instrument, .. }
            | Event::WentStale { instrument, .. }
            | Event::PollRequested { instrument }
            | Event::BecameFresh { instrument }
            | Event::Suspected { instrument }
            | Event::GapHeld { instrument, .. }
            | Event::GapAccepted { instrument } => self.instrument(instrument),
            Event::Marked(tick) | Event::TickHeld(tick) => self.instrument(&mut tick.instrument),
            Event::TickRefused { instrument, .. } => {
                instrument.as_mut().is_none_or(|id| self.instrument(id))
            }
            Event::AccountOpened { account, .. } => self.account(account),
            Event::PositionDiffers { account, instrument, .. }
            | Event::PositionUnknown { account, instrument } => {
                self.account(account) && self.instrument(instrument)
            }
            Event::StrategyCreated { strategy, .. }
            | Event::StrategyEdited { strategy, .. }
            | Event::StrategyReset { strategy, .. } => self.strategy(strategy),
            Event::ShutDown { strategy, by } => self.strategy(strategy) && self.cited(by),
            Event::GroupCreated { group, strategy, .. } => {
                self.group(group) && self.strategy(strategy)
            }
            Event::MarginSet { scope, .. }
            | Event::Touched { scope }
            | Event::Halted { scope, .. }
            | Event::Resumed { scope, .. } => self.scope(scope),
            Event::EntriesBlocked { scope, by, .. } => self.scope(scope) && self.cited(by),
            Event::TradeAdded { trade, new, after, .. } => {
                self.put_trade(trade)
                    && self.terms(new)
                    && after.as_mut().is_none_or(|after| self.put_trade(after))
            }
            Event::EntryDecided { trade, .. }
            | Event::TradeCancelled { trade, .. }
            | Event::TradeRejected { trade, .. }
            | Event::EntryEnded { trade, .. }
            | Event::RejectionsForgotten { trade }
            | Event::TradeDegraded { trade, .. }
            | Event::FillRepeated { trade, .. } => self.put_trade(trade),
            Event::Filled(fill) => self.put_trade(&mut fill.trade),
            Event::ExitDecided { intent, cause, .. } => {
                self.put_trade(&mut intent.trade) && self.cause(cause)
            }
            Event::ExitDeferred { trade, cause } => self.put_trade(trade) && self.cause(cause),
            Event::ExitRejected { intent, .. } | Event::ExitUnknown { intent } => {
                self.put_trade(&mut intent.trade)
            }
            Event::Rolled { from, to } => self.put_trade(from) && self.put_trade(to),
            Event::RuleSet { rule, scope, .. } => self.rule(rule) && self.scope(scope),
            Event::RuleChanged { rule, .. }
            | Event::RuleRemoved { rule, .. }
            | Event::StopLoosened { rule, .. }
            | Event::RuleReset { rule, .. } => self.rule(rule),
            Event::RuleSkipped { rule, trade, .. } | Event::StopMoved { rule, trade, .. } => {
                self.rule(rule) && self.put_trade(trade)
            }
            Event::PriceRuleFired { rule, cause } => self.cited(rule) && self.cause(cause),
            Event::MovedToCost { trade, by, .. } | Event::MoveToCostSkipped { trade, by, .. } => {
                self.put_trade(trade) && self.cited(by)
            }
            Event::Breached(breach) => self.cited(&mut breach.rule),
            Event::Warned { rule, .. } => self.cited(rule),
        }
    }

    fn cited(&self, rule: &mut RuleRef) -> bool {
        self.rule(&mut rule.rule) && self.scope(&mut rule.scope)
    }

    fn cause(&self, cause: &mut Cause) -> bool {
        match &mut cause.reason {
            ExitReason::Rule(rule) | ExitReason::MovedToCost { by: rule } => self.cited(rule),
            ExitReason::EnteredWhileClosed { by } => by.as_mut().is_none_or(|by| self.cited(by)),
            ExitReason::Operator { .. }
            | ExitReason::Kill
            | ExitReason::Stale
            | ExitReason::Settlement
            | ExitReason::Roll
            | ExitReason::External => true,
        }
    }
}
