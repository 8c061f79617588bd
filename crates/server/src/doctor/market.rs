//! The market data: what is known of today, and what of it nobody has verified.

use super::Finding;
use crate::config::Config;
use highmark_engine::Timestamp;
use highmark_market::Trading;
use highmark_play::clock::{day_of, day_text};
use highmark_play::market;
use serde_json::json;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whose lots are looked at: on these most depends.
const INDICES: &[&str] = &["NIFTY", "BANKNIFTY", "SENSEX"];

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "market data";
    let market = match market::with_folder(&config.market.dir) {
        Ok(market) => market,
        Err(error) => {
            return vec![Finding::bad(
                ABOUT,
                error.message,
                "highmark market check tells all that is wrong",
            )];
        }
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_nanos()).unwrap_or(0));
    let (day, shown) = (day_of(now), day_text(day_of(now)));
    let mut unknown = Vec::new();
    let mut unverified = Vec::new();
    for venue in market.venues() {
        match market.trading(&venue.name, day) {
            Ok(Trading::Open(hours)) if !hours.verified => {
                unverified.push(format!("the hours of {}", venue.name));
            }
            Ok(Trading::Open(_) | Trading::Closed(_)) => {}
            Ok(Trading::Unknown(_)) | Err(_) => unknown.push(venue.name.as_str()),
        }
    }
    for name in INDICES {
        match market.lot_size(name, day) {
            Some(lot) if lot.verified => {}
            Some(_) => unverified.push(format!("the lot of {name}")),
            None => unverified.push(format!("the lot of {name}, which is not known")),
        }
    }
    let count = market.venues().len();
    let mut finding = if unknown.is_empty() && unverified.is_empty() {
        Finding::good(ABOUT, format!("{count} venues, with calendar and lots of {shown}"))
    } else if unknown.is_empty() {
        let message = format!("of {shown} is not verified: {}", unverified.join(", "));
        Finding::warn(ABOUT, message, "compare with the exchange before money depends on it")
    } else {
        let message = format!("nobody entered the holidays of {shown} for {}", unknown.join(", "));
        let mut finding = Finding::warn(ABOUT, message, "a weekday counts as a trading day there");
        finding.lines = unverified.iter().map(|what| format!("not verified: {what}")).collect();
        finding
    };
    finding.measured =
        json!({ "venues": count, "without_calendar": unknown, "unverified": unverified });
    let dir = config.market.dir.display().to_string();
    let own = fs::read_dir(&config.market.dir).map(Iterator::count).unwrap_or(0);
    if own > 0 {
        finding.lines.push(format!("{own} files of your own in {dir}"));
    }
    vec![finding]
}
