//! How much of its room a scope has left.

use highmark_engine::{ScopeView, State};

/// Room to the nearest floor, as a share of the way there from the peak of that floor's own rule, in parts per million;
/// `None` where there is no such way. Value, floor and peak of a rule are of one kind: a drawdown's are equity.
pub fn share(state: &State, view: &ScopeView) -> Option<i64> {
    let rule = state.rule_view(view.nearest?)?;
    let way = rule.peak?.0.checked_sub(view.floor?.0)?;
    if way <= 0 {
        return None;
    }
    // Both are far below the largest i128 divided by a million.
    i64::try_from(view.room?.0.checked_mul(1_000_000)? / way).ok()
}
