//! What a reader wants to know of a turn, in words.

use highmark_engine::*;

pub(crate) fn events(events: &[Event]) -> String {
    let lines: Vec<String> = events.iter().filter_map(tell).collect();
    lines.join(", ")
}

/// A trade in one line.
pub(crate) fn trade(trade: &TradeView) -> String {
    let price = |price: Option<Price>| price.map_or("none".into(), |price| price.to_string());
    let reason =
        trade.status_reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    let cause =
        trade.exit_reason().map_or(String::new(), |reason| format!(" exit by {}", reason.name()));
    format!(
        "{}{reason} {} of {} entry {} best {} stop {} mtm {}{cause}",
        trade.status,
        trade.open,
        trade.quantity,
        price(trade.entry),
        price(trade.best),
        price(trade.stop),
        trade.mtm
    )
}

fn tell(event: &Event) -> Option<String> {
    Some(match event {
        Event::Refused(refusal) => format!("refused {:?}: {}", refusal.code, refusal.message),
        Event::TickRefused { refusal, .. } => format!("tick refused {refusal}"),
        Event::TickHeld(_) => "held".into(),
        Event::HeldDropped { .. } => "jump refuted".into(),
        Event::HeldAccepted { because, .. } => format!("jump accepted ({because:?})"),
        Event::GapHeld { close, price, .. } => format!("gap held {close} {price}"),
        Event::WentStale { .. } => "stale".into(),
        Event::BecameFresh { .. } => "fresh".into(),
        Event::PollRequested { .. } => "poll".into(),
        Event::Suspected { .. } => "suspect".into(),
        Event::BarClosed { bar, .. } => {
            format!("bar {} {} {} {}", bar.open, bar.high, bar.low, bar.close)
        }
        Event::CandleClosed { .. } => "candle".into(),
        Event::PositionDiffers { ours, theirs, .. } => format!("position {ours} is {theirs}"),
        Event::PositionUnknown { .. } => "position unknown".into(),
        Event::Undone { command } => format!("undone {command}"),
        Event::Redone { command } => format!("redone {command}"),
        Event::Rolled { from, to } => format!("{from} rolled to {to}"),
        other => return of_trade(other).or_else(|| of_rule(other)),
    })
}

fn of_trade(event: &Event) -> Option<String> {
    Some(match event {
        Event::EntryDecided { trade, quantity } => format!("ENTER {quantity} of {trade}"),
        Event::ExitDecided { intent, quantity, cause } => {
            let level = cause.level.map_or(String::new(), |level| format!(" level {level}"));
            let mark = cause.mark.map_or("no mark".into(), |mark| mark.to_string());
            let name = cause.reason.name();
            format!("EXIT {quantity} of {} by {name} at {mark}{level}", intent.trade)
        }
        Event::ExitDeferred { trade, .. } => format!("{trade} exits later"),
        Event::ExitRejected { intent, .. } => format!("{intent} rejected"),
        Event::ExitUnknown { intent } => format!("{intent} unknown"),
        Event::FillRepeated { id, .. } => format!("{id} again"),
        Event::RejectionsForgotten { trade } => format!("{trade} counts rejections anew"),
        Event::EntryEnded { trade, reason } => format!("{trade} enters no more: {reason}"),
        Event::TradeCancelled { trade, reason } => format!("{trade} cancelled: {reason}"),
        Event::TradeRejected { trade, reason } => format!("{trade} rejected: {reason}"),
        Event::TradeDegraded { trade, reason } => format!("{trade} degraded: {reason}"),
        Event::MovedToCost { trade, level, .. } => format!("{trade} to cost {level}"),
        Event::MoveToCostSkipped { trade, because, .. } => {
            format!("{trade} not to cost ({because:?})")
        }
        _ => return None,
    })
}

fn of_rule(event: &Event) -> Option<String> {
    Some(match event {
        Event::Breached(breach) => {
            let Breach { rule, value, level, action, .. } = breach;
            format!("BREACH {} {value} <> {level} ({action:?})", rule.kind)
        }
        Event::Warned { band, room, .. } => format!("warned at {band} (room {room})"),
        Event::RuleSkipped { level, .. } => format!("skipped {level}"),
        Event::PriceRuleFired { rule, .. } => format!("fired {}", rule.kind),
        Event::ShutDown { strategy, .. } => format!("{strategy} shut down"),
        Event::EntriesBlocked { scope, .. } => format!("{scope} blocked"),
        Event::RuleReset { rule, .. } => format!("{rule} reset"),
        Event::StrategyReset { strategy, .. } => format!("{strategy} reset"),
        Event::StopLoosened { rule, to, .. } => format!("{rule} loosened to {to}"),
        Event::Killed { .. } => "killed".into(),
        Event::Released { .. } => "released".into(),
        _ => return None,
    })
}
