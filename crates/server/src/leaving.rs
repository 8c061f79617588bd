//! How trades are brought to an end: what is held exits, what waits to be entered is cancelled.

use highmark_engine::{Command, Scope, State, TradeStatus, TradeView};

/// Everything of a scope, in the order in which it leaves: entries that wait first, so that none is filled meanwhile.
pub(crate) fn all(state: &State, scope: Scope, reason: &str) -> Vec<Command> {
    let view = |id| state.trade_view(id);
    let live = state.live_trades(scope).filter_map(view);
    let pending = live.filter(|trade| trade.status == TradeStatus::Pending);
    let held = state.leaving(scope).into_iter().filter_map(view);
    pending.chain(held).filter_map(|trade| one(&trade, reason)).collect()
}

/// One trade. What is leaving already is let be.
pub(crate) fn one(trade: &TradeView, reason: &str) -> Option<Command> {
    let (id, reason) = (trade.id, reason.to_owned());
    match trade.status {
        TradeStatus::Pending => Some(Command::CancelTrade { trade: id, reason }),
        TradeStatus::Open | TradeStatus::Degraded => {
            Some(Command::ExitTrade { trade: id, quantity: None, reason })
        }
        TradeStatus::Exiting
        | TradeStatus::Closed
        | TradeStatus::Cancelled
        | TradeStatus::Rejected => None,
    }
}
