//! `daily_loss`, `daily_target`, `max_trades_per_day`, `cooling_off`: limits of one session day.
//!
//! They stand on a strategy or an account, count from the last session roll, and their latches end with the session day: a strategy
//! cannot lose its limit, restart and lose it again, and no person can reset them before.
//!
//! - `daily_loss { amount }`: breach when the day's M <= -amount. `daily_target { amount }`: when M >= amount. Both exit and refuse entries.
//! - `max_trades_per_day { count }`: when the day's count-th trade has been filled, further entries are refused.
//! - `cooling_off { losses, wait }`: after so many losing trades in a row, entries are refused for a while.

use super::spec::MtmRule;

/// Whether the rule's latch ends with the session day.
pub(crate) fn is_daily(rule: &MtmRule) -> bool {
    match rule {
        MtmRule::DailyLoss { .. }
        | MtmRule::DailyTarget { .. }
        | MtmRule::MaxTradesPerDay { .. }
        | MtmRule::CoolingOff { .. } => true,
        MtmRule::MaxLoss { .. }
        | MtmRule::Target { .. }
        | MtmRule::GiveBack { .. }
        | MtmRule::Gap { .. }
        | MtmRule::Lock { .. }
        | MtmRule::LockAndTrail { .. }
        | MtmRule::TrailLoss { .. }
        | MtmRule::Drawdown { .. } => false,
    }
}
