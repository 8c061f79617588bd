//! Which trades an event changes, so that they can say anew what they wait for.

use super::State;
use super::undo::Inverse;
use crate::event::Event;
use crate::ids::*;
use crate::input::Command;
use alloc::vec::Vec;

/// Trades that an event changes: mostly none or one.
pub(crate) enum Moved {
    Nobody,
    One(TradeId),
    These(Vec<TradeId>),
}

impl Moved {
    pub(crate) fn trades(&self) -> &[TradeId] {
        match self {
            Moved::Nobody => &[],
            Moved::One(trade) => core::slice::from_ref(trade),
            Moved::These(trades) => trades,
        }
    }
}

impl State {
    /// The trades that an event changes: they leave the index before it and join again after.
    pub(crate) fn moved_by(&self, event: &Event) -> Moved {
        let of_rule = |rule: RuleId| trade_of(self.rule(rule).scope);
        match event {
            Event::Filled(fill) => Moved::One(fill.trade),
            Event::ExitDecided { intent, .. } | Event::ExitRejected { intent, .. } => {
                Moved::One(intent.trade)
            }
            Event::MovedToCost { trade, .. } | Event::RuleSkipped { trade, .. } => {
                Moved::One(*trade)
            }
            // One that is not held stands nowhere yet.
            Event::RuleSet { scope: Scope::Trade(id), .. } if !self.trade(*id).is_held() => {
                Moved::Nobody
            }
            Event::RuleSet { scope, .. } => trade_of(*scope),
            Event::RuleChanged { rule, .. }
            | Event::RuleRemoved { rule, .. }
            | Event::StopLoosened { rule, .. }
            | Event::RuleReset { rule, .. } => of_rule(*rule),
            Event::PriceRuleFired { rule, .. } => trade_of(rule.scope),
            Event::BarClosed { instrument, .. } => Moved::These(self.index.on_bars(*instrument)),
            Event::InstrumentAdjusted { instrument, .. } => Moved::These(self.lookers(*instrument)),
            Event::Accepted { what, .. } => match **what {
                Command::ChangeRule { rule, .. }
                | Command::RemoveRule { rule, .. }
                | Command::LoosenStop { rule, .. } => of_rule(rule),
                Command::ManualMark { instrument, .. } => Moved::These(self.lookers(instrument)),
                _ => Moved::Nobody,
            },
            Event::Undone { command } => self.moved_back_by(*command),
            // A new profile moves all trades, and a mark those that it meets.
            Event::Configured(_) | Event::Marked(_) | Event::Ratcheted { .. } => Moved::Nobody,
            Event::TurnBegan { .. }
            | Event::Refused(_)
            | Event::InstrumentDefined { .. }
            | Event::AccountOpened { .. }
            | Event::MarginSet { .. }
            | Event::StrategyCreated { .. }
            | Event::StrategyEdited { .. }
            | Event::GroupCreated { .. }
            | Event::DayRolled { .. }
            | Event::SessionOpened(_)
            | Event::TickRefused { .. }
            | Event::TickHeld(_)
            | Event::HeldDropped { .. }
            | Event::HeldAccepted { .. }
            | Event::WentStale { .. }
            | Event::PollRequested { .. }
            | Event::BecameFresh { .. }
            | Event::Suspected { .. }
            | Event::GapHeld { .. }
            | Event::GapAccepted { .. }
            | Event::TradeAdded { .. }
            | Event::EntryDecided { .. }
            | Event::TradeCancelled { .. }
            | Event::TradeRejected { .. }
            | Event::EntryEnded { .. }
            | Event::RejectionsForgotten { .. }
            | Event::TradeDegraded { .. }
            | Event::FillRepeated { .. }
            | Event::ExitDeferred { .. }
            | Event::ExitUnknown { .. }
            | Event::Rolled { .. }
            | Event::PositionDiffers { .. }
            | Event::PositionUnknown { .. }
            | Event::StopMoved { .. }
            | Event::MoveToCostSkipped { .. }
            | Event::Touched { .. }
            | Event::Settled
            | Event::CandleClosed { .. }
            | Event::Breached(_)
            | Event::Warned { .. }
            | Event::EntriesBlocked { .. }
            | Event::ShutDown { .. }
            | Event::StrategyReset { .. }
            | Event::Halted { .. }
            | Event::Resumed { .. }
            | Event::Killed { .. }
            | Event::Released { .. }
            | Event::Redone { .. } => Moved::Nobody,
        }
    }

    fn moved_back_by(&self, command: CommandId) -> Moved {
        let done = self.history.done.iter().find(|done| done.command == command);
        let rule = |id: RuleId| trade_of(self.rule(id).scope);
        match done.map(|done| &done.inverse) {
            Some(Inverse::Trade { trade, .. }) => Moved::One(*trade),
            Some(Inverse::RuleSet(id)) => rule(*id),
            Some(Inverse::Rule { before, .. }) => rule(before.id),
            Some(Inverse::Mark(before)) => Moved::These(self.lookers(before.id)),
            Some(
                Inverse::Never
                | Inverse::Strategy(_)
                | Inverse::StrategyEdit(..)
                | Inverse::Group(_)
                | Inverse::Halted(..),
            )
            | None => Moved::Nobody,
        }
    }
}

fn trade_of(scope: Scope) -> Moved {
    match scope {
        Scope::Trade(trade) => Moved::One(trade),
        Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => Moved::Nobody,
    }
}
