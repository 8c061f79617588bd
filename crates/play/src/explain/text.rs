//! An explanation as text.

use super::{Explanation, RuleAnswer};
use crate::summary::TradeRow;
use crate::text;
use highmark_engine::*;
use std::fmt::Write as _;

/// The answer as text.
pub fn text_of(explanation: &Explanation) -> String {
    let mut out = String::new();
    let at = explanation.at.get(..19).unwrap_or("").replace('T', " ");
    let _ = writeln!(out, "{} ({}) at {at} IST", explanation.subject, explanation.id);
    if let Some(trade) = &explanation.trade {
        let _ = writeln!(out, "{}", trade_sentence(trade));
    }
    if let Some(scope) = &explanation.scope {
        let floor = scope.floor.map_or_else(|| "none".into(), text::rupees);
        let room = scope.room.map_or_else(|| "none".into(), text::rupees);
        let _ = writeln!(
            out,
            "room {room}   mtm {}   peak {}   floor {floor}   {}",
            text::signed(scope.mtm),
            text::rupees(scope.peak),
            scope.state
        );
    }
    rules_text(&mut out, "rules", &explanation.rules);
    rules_text(&mut out, "and from farther away", &explanation.wider);
    if !explanation.history.is_empty() {
        out.push_str("\nwhat happened\n");
        for row in &explanation.history {
            let _ = writeln!(out, "  {}  {}", row.at.get(11..19).unwrap_or(""), row.text);
        }
    }
    out
}

fn rules_text(out: &mut String, heading: &str, rules: &[RuleAnswer]) {
    if rules.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    for rule in rules {
        let sign = if rule.fired { '*' } else { '-' };
        let by =
            if rule.set_by.is_empty() { String::new() } else { format!(" by {}", rule.set_by) };
        let _ = writeln!(
            out,
            "{sign} {} {} ({}, version {}, set{by} at {})",
            rule.id,
            rule.parameters,
            rule.scope,
            rule.version,
            rule.set_at.get(11..19).unwrap_or("")
        );
        let percent =
            rule.room_percent.as_ref().map_or_else(String::new, |part| format!(" ({part})"));
        let _ = writeln!(out, "    {}{percent}", rule.sentence);
        for line in &rule.followed {
            let _ = writeln!(out, "    {line}");
        }
    }
}

fn trade_sentence(trade: &TradeRow) -> String {
    let side = match trade.side {
        Side::Buy => "long",
        Side::Sell => "short",
    };
    let price = |price: Option<Price>| price.map_or_else(|| "no price".into(), text::price);
    let time =
        |at: &Option<String>| at.as_deref().and_then(|at| at.get(11..19)).unwrap_or("?").to_owned();
    let mut line = format!(
        "{side} {} {} for {} in {}, {}",
        text::quantity(trade.quantity),
        trade.symbol,
        trade.strategy,
        trade.account,
        trade.status
    );
    if trade.entry.is_some() {
        let _ = write!(line, "; entry {} at {}", price(trade.entry), time(&trade.entered_at));
    }
    if trade.best.is_some() {
        let _ = write!(line, "; best {} at {}", price(trade.best), time(&trade.best_at));
    }
    if trade.stop_at_exit.is_some() {
        let _ = write!(line, "; stop {}", price(trade.stop_at_exit));
    }
    if trade.exited_at.is_some() {
        let _ = write!(line, "; exit {} at {}", price(trade.exit), time(&trade.exited_at));
    }
    if let Some(reason) = &trade.reason {
        let _ = write!(line, " by {reason}");
    }
    let _ = write!(line, "; {}", text::signed(trade.pnl));
    line
}
