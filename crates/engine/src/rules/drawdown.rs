//! `drawdown { amount | percent, basis, lock_at? }`: equity may fall so far below its high.
//!
//! Equity E = starting balance + mtm. F = H - d, where d is an amount or a percentage of the starting balance and H starts at the
//! starting balance. Breach when E <= F, always live. `basis` says what moves H: `intraday` the highest equity, `end_of_day` the
//! highest equity at the end of a session day, `realised` the highest balance plus realised profit. `lock_at` is the highest value
//! that F may take. These are the rules of the proprietary trading firms.
//!
//! Examples: 50,000 with 2500 `intraday` and `lock_at` 50,100: equity 51,500 -> F 49,000; 52,600 and above -> 50,100. 50,000 with 2000
//! `end_of_day` and `lock_at` 50,000: day ends at 50,500 -> 48,500; at 52,500 -> 50,000 and stays.

use crate::money::Money;

pub(crate) fn floor(high: Money, distance: Money, lock_at: Option<Money>) -> Money {
    let floor = high - distance;
    lock_at.map_or(floor, |most| floor.min(most))
}
