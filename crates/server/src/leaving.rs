//! How trades are brought to an end: what is held exits, what waits to be entered is cancelled.

use crate::socket::protocol::Outcome;
use highmark_engine::{Command, Scope, State, TradeId, TradeStatus, TradeView};
use std::collections::VecDeque;
use std::iter;

/// Everything of a scope, in the order in which it leaves: entries that wait first, so that none is filled meanwhile.
pub(crate) fn all(state: &State, scope: Scope, reason: &str) -> Vec<Command> {
    let mut rest = Rest::of(state, scope);
    iter::from_fn(|| rest.next(state, reason)).collect()
}

/// Trades that have still to leave, and what came of those before them.
#[derive(Debug)]
pub struct Rest {
    trades: VecDeque<TradeId>,
    pub(crate) outcome: Outcome,
}

impl Rest {
    pub(crate) fn of(state: &State, scope: Scope) -> Rest {
        let is_pending = |id: &TradeId| {
            state.trade_view(*id).is_some_and(|trade| trade.status == TradeStatus::Pending)
        };
        let pending = state.live_trades(scope).filter(is_pending);
        let trades = pending.chain(state.leaving(scope)).collect();
        Rest { trades, outcome: Outcome { turn: state.turn(), ..Outcome::default() } }
    }

    /// What ends the next of them, as it stands by now.
    pub(crate) fn next(&mut self, state: &State, reason: &str) -> Option<Command> {
        iter::from_fn(|| self.trades.pop_front())
            .find_map(|id| one(state, &state.trade_view(id)?, reason))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.trades.is_empty()
    }
}

/// One trade. What leaves already is let be; the rest of one of which a part leaves follows it.
pub(crate) fn one(state: &State, trade: &TradeView, reason: &str) -> Option<Command> {
    let (id, reason) = (trade.id, reason.to_owned());
    match trade.status {
        TradeStatus::Pending => Some(Command::CancelTrade { trade: id, reason }),
        TradeStatus::Open | TradeStatus::Degraded | TradeStatus::Exiting => (!state
            .leaves_whole(id))
        .then_some(Command::ExitTrade { trade: id, quantity: None, reason }),
        TradeStatus::Closed | TradeStatus::Cancelled | TradeStatus::Rejected => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::*;

    #[test]
    fn what_a_part_left_behind_stayed_when_all_was_to_leave() {
        let mut engine = Engine::new();
        let mut ask = |command: Command| {
            let body = Body::Command { by: "test".into(), command };
            let events = engine.step(Input { at: Timestamp::seconds(1), body });
            assert!(!events.iter().any(|event| matches!(event, Event::Refused(_))), "{events:?}");
            engine.state().clone()
        };
        ask(Command::DefineInstrument(InstrumentSpec::new("X")));
        ask(Command::OpenAccount(AccountSpec {
            name: "a".into(),
            fills: FillMode::Orders,
            starting_balance: Money::rupees(10_000),
            external: ExternalPolicy::NewestFirst,
        }));
        ask(Command::CreateStrategy(StrategySpec {
            name: "s".into(),
            capital: Money::rupees(10_000),
            exit_order: ExitOrder::ShortsFirst,
        }));
        let state = ask(Command::AddTrade(NewTrade {
            name: "t".into(),
            strategy: StrategyId(0),
            account: AccountId(0),
            group: None,
            instrument: InstrumentId(0),
            side: Side::Buy,
            quantity: Quantity::whole(10),
            entry: Entry::Filled { price: Price::whole(100) },
            rules: Vec::new(),
        }));
        let leave = |state: &State| all(state, Scope::Strategy(StrategyId(0)), "out");
        let of =
            |quantity| Command::ExitTrade { trade: TradeId(0), quantity, reason: "out".into() };
        assert_eq!(leave(&state), [of(None)]);
        let state = ask(of(Some(Quantity::whole(4))));
        assert_eq!(leave(&state), [of(None)]);
        ask(of(None));
    }
}
