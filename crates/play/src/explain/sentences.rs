//! What a rule compared, or waits for, in a sentence.

use crate::{clock, text};
use highmark_engine::*;
use std::fmt::Write as _;

pub(super) fn level_sentence(view: &RuleView) -> String {
    if let Some(level) = view.level {
        let mark = view.mark.map_or_else(|| "unknown".into(), text::price);
        let points =
            view.room_points.map_or_else(String::new, |points| format!(": {points} points away"));
        let room = view.room.map_or_else(String::new, |room| format!(", {}", text::rupees(room)));
        return format!(
            "it fires when the mark reaches {}; the mark is {mark}{points}{room}",
            text::price(level)
        );
    }
    match (view.value, view.floor) {
        (Some(value), Some(floor)) => {
            let room =
                view.room.map_or_else(String::new, |room| format!(": {} away", text::rupees(room)));
            let peak = view
                .peak
                .map_or_else(String::new, |peak| format!(", the peak {}", text::rupees(peak)));
            format!(
                "it fires when its value reaches {}; the value is {}{peak}{room}",
                text::rupees(floor),
                text::signed(value)
            )
        }
        _ => "it has a level that cannot be told yet".into(),
    }
}

pub(super) fn fired_price(at: Timestamp, cause: &Cause) -> String {
    let mut line = format!("it fired at {}", clock::time_text(at));
    if let Some(mark) = cause.mark {
        let _ = write!(line, ": the mark was {}", text::price(mark));
    }
    if let Some(level) = cause.level {
        let _ = write!(line, ", its level {}", text::price(level));
    }
    if let (Some(best), Some(when)) = (cause.best, cause.best_at) {
        let _ =
            write!(line, "; best was {}, made at {}", text::price(best), clock::time_text(when));
    }
    if let Some(mark_at) = cause.mark_at {
        let source =
            cause.source.map_or_else(String::new, |source| format!(" from source {source}"));
        let _ = write!(line, "; the tick was of {}{source}", clock::time_text(mark_at));
    }
    line
}

pub(super) fn fired_mtm(at: Timestamp, breach: &Breach) -> String {
    if let RuleKind::MaxTradesPerDay | RuleKind::CoolingOff = breach.rule.kind {
        let at = clock::time_text(at);
        return format!("it fired at {at}: {} of {}", breach.value, breach.level);
    }
    let target = matches!(breach.rule.kind, RuleKind::MtmTarget | RuleKind::DailyTarget);
    let sign = if target { "\u{2265}" } else { "\u{2264}" };
    let mut line = format!(
        "it fired at {}: {} {sign} {}",
        clock::time_text(at),
        text::signed(breach.value),
        text::rupees(breach.level)
    );
    let _ = write!(line, "; the peak was {}", text::rupees(breach.peak));
    if let Some(when) = breach.peak_at {
        let _ = write!(line, ", made at {}", clock::time_text(when));
    }
    if breach.uncertain {
        line.push_str("; some leg had no fresh mark");
    }
    line
}

/// How much of the way is left: of the mark for a price, of the distance from the floor for mtm.
pub(super) fn room_percent(view: &RuleView) -> Option<String> {
    if let (Some(points), Some(mark)) = (view.room_points, view.mark) {
        return Some(text::percent(i128::from(points.0), i128::from(mark.0.abs())));
    }
    let (room, floor) = (view.room?, view.floor?);
    let whole = if floor.0 < 0 { -floor.0 } else { view.peak?.0 - floor.0 };
    (whole > 0).then(|| text::percent(room.0, whole))
}
