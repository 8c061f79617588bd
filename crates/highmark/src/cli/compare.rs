//! What differs between two runs, as text.

use super::terminal::Look;
use crate::report::Table;
use crate::summary::TradeRow;
use crate::text;
use highmark_engine::Money;
use highmark_play::difference::Difference;
use std::fmt::Write as _;

/// By trade and by strategy, and in all.
pub(super) fn text(difference: &Difference) -> String {
    let mut out = format!("as it is, against {}\n\n", difference.sets.join(", "));
    let mut table =
        Table::new(&["TRADE", "AS IT IS", "P&L", "CHANGED", "P&L", "DIFFERENCE"], &[2, 4, 5]);
    for pair in &difference.trades {
        let pnl = |row: &Option<TradeRow>| row.as_ref().map_or(Money::ZERO, |row| row.pnl);
        table.row(vec![
            pair.name.clone().into(),
            end(&pair.before).into(),
            text::signed(pnl(&pair.before)).into(),
            end(&pair.after).into(),
            text::signed(pnl(&pair.after)).into(),
            text::signed(pnl(&pair.after) - pnl(&pair.before)).into(),
        ]);
    }
    for pair in &difference.strategies {
        table.row(vec![
            pair.name.clone().into(),
            pair.before.state.clone().into(),
            text::signed(pair.before.mtm).into(),
            pair.after.state.clone().into(),
            text::signed(pair.after.mtm).into(),
            text::signed(pair.after.mtm - pair.before.mtm).into(),
        ]);
    }
    if difference.trades.is_empty() && difference.strategies.is_empty() {
        out.push_str("nothing differs\n");
    } else {
        let _ = writeln!(out, "{}", table.render(Look { colour: false, live: false }));
    }
    let (before, after) = difference.total;
    let _ = writeln!(
        out,
        "\n{} the same; in all {} against {}, {}",
        text::count(difference.same_trades, "trade"),
        text::signed(before),
        text::signed(after),
        text::signed(after - before)
    );
    out
}

fn end(row: &Option<TradeRow>) -> String {
    let Some(row) = row else { return "never entered".into() };
    let at = row.exited_at.as_deref().and_then(|at| at.get(11..19)).unwrap_or("");
    match &row.reason {
        Some(reason) => format!("{reason} {at}"),
        None => row.status.name().to_owned(),
    }
}
