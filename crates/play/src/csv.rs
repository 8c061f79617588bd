//! The trades as CSV, one a line.

use crate::summary::{Summary, TradeRow};
use std::fmt::Write as _;

/// RFC 4180, with a header.
pub fn csv(summary: &Summary) -> String {
    let mut out = String::from(
        "id,name,generation,strategy,account,group,symbol,side,quantity,status,entry,entered_at,exit,exited_at,reason,rule,best,best_at,stop_at_exit,pnl,charges\r\n",
    );
    for row in &summary.trades {
        let fields = fields(row);
        let quoted: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        let _ = write!(out, "{}\r\n", quoted.join(","));
    }
    out
}

fn fields(row: &TradeRow) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let price = |value: Option<highmark_engine::Price>| {
        value.map_or_else(String::new, |price| price.to_string())
    };
    let side = match row.side {
        highmark_engine::Side::Buy => "buy",
        highmark_engine::Side::Sell => "sell",
    };
    vec![
        row.id.clone(),
        row.name.clone(),
        row.generation.to_string(),
        row.strategy.clone(),
        row.account.clone(),
        text(&row.group),
        row.symbol.clone(),
        side.to_owned(),
        row.quantity.to_string(),
        row.status.name().to_owned(),
        price(row.entry),
        text(&row.entered_at),
        price(row.exit),
        text(&row.exited_at),
        text(&row.reason),
        text(&row.rule),
        price(row.best),
        text(&row.best_at),
        price(row.stop_at_exit),
        row.pnl.to_string(),
        row.charges.to_string(),
    ]
}

/// Quoted where it must be; a text that a spreadsheet would compute is kept from it.
pub fn quoted(field: &str) -> String {
    let is_number = field.parse::<highmark_engine::Money>().is_ok();
    let computes = !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if computes { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
