//! Sessions, tick sizes and lots of days that are known, and the formats that all surfaces share.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Money, Price, Quantity, TickKind, Timestamp, VenueId};
use highmark_market::{Closed, Kind, Market, SessionHours, Trading, format};
use serde_json::Value;

fn market() -> Market {
    Market::embedded().unwrap()
}

fn trading(venue: &str, day: u32) -> Trading {
    market().trading(venue, Day(day)).unwrap()
}

fn hours(venue: &str, day: u32) -> SessionHours {
    match trading(venue, day) {
        Trading::Open(hours) => hours,
        other => panic!("{venue} {day}: {other:?}"),
    }
}

/// The phases of a session: `pre 09:00 open 09:15 close 15:30`.
fn told(venue: &str, day: u32) -> String {
    let hours = match trading(venue, day) {
        Trading::Open(hours) | Trading::Unknown(Some(hours)) => hours,
        other => return format!("{other:?}"),
    };
    let time = |at| format::time(at)[..5].to_owned();
    let phases: Vec<String> = hours
        .phases
        .iter()
        .map(|phase| format!("{:?} {}-{}", phase.kind, time(phase.start), time(phase.end)))
        .collect();
    phases.join(", ")
}

#[test]
fn hours_change_with_the_dates() {
    let plain = "PreOpen 09:00-09:15, Continuous 09:15-15:30";
    assert_eq!(told("nse_cash", 20_210_611), plain);
    assert_eq!(told("nse_cash", 20_260_803), plain);
    assert_eq!(told("nse_cash_cas", 20_260_731), plain);
    let auction = "PreOpen 09:00-09:15, Continuous 09:15-15:15, ClosingAuction 15:15-15:35";
    assert_eq!(told("nse_cash_cas", 20_260_803), auction);
    assert_eq!(told("nse_fo", 20_260_731), "Continuous 09:15-15:30");
    assert_eq!(told("nse_fo", 20_260_803), "Continuous 09:15-15:40");
    assert_eq!(told("nse_currency", 20_260_803), "Continuous 09:00-17:00");
    assert!(hours("nse_fo", 20_260_803).verified);
    assert!(!hours("bse_fo", 20_260_803).verified);
    // The close of MCX follows summer time in New York, which ended on 1 November 2026.
    assert_eq!(told("mcx", 20_261_030), "Continuous 09:00-23:30");
    assert_eq!(told("mcx", 20_261_102), "Continuous 09:00-23:55");
}

#[test]
fn a_closed_day_says_why() {
    assert_eq!(trading("nse_fo", 20_210_606), Trading::Closed(Closed::Weekend));
    let holiday = |name: &str| Trading::Closed(Closed::Holiday(name.into()));
    assert_eq!(trading("nse_fo", 20_210_402), holiday("Good Friday"));
    assert_eq!(trading("bse_cash", 20_260_126), holiday("Republic Day"));
    for day in [20_210_501, 20_210_612] {
        assert!(matches!(trading("nse_cash", day), Trading::Closed(Closed::Mock(_))), "{day}");
    }
    // 2024 is not in the calendar, and MCX has holidays of its own.
    assert!(matches!(trading("nse_fo", 20_240_603), Trading::Unknown(Some(_))));
    assert!(matches!(trading("mcx", 20_260_126), Trading::Unknown(Some(_))));
    assert_eq!(trading("nse_fo", 19_990_104), Trading::Unknown(None));
}

#[test]
fn special_sessions_win_over_weekends_and_holidays() {
    assert_eq!(hours("nse_fo", 20_260_201).special.as_deref(), Some("Budget Sunday"));
    assert_eq!(told("nse_cash", 20_211_104), "PreOpen 18:00-18:15, Continuous 18:15-19:15");
}

#[test]
fn what_does_not_exist_is_an_error_with_a_hint() {
    let error = market().trading("nyse", Day(20_210_611)).unwrap_err();
    assert!(error.subject.contains("nyse") && error.hint.contains("nse_fo"), "{error:?}");
    assert!(market().trading("nse_fo", Day(20_210_231)).is_err());
    assert!(market().trading("nse_fo", Day(0)).is_err());
}

#[test]
fn hours_become_a_session_and_tell_what_a_tick_is() {
    let hours = hours("nse_cash_cas", 20_260_803);
    let session = hours.session(VenueId(4));
    assert_eq!((session.venue, session.day), (VenueId(4), Day(20_260_803)));
    // 09:15 and 15:15 in India are 03:45 and 09:45 UTC.
    assert_eq!(session.open, Timestamp::seconds(1_785_728_700));
    assert_eq!(session.close.since(session.open).0, 6 * 3600 * 1_000_000_000);
    let kind = |minutes: i64| hours.tick_kind(Timestamp::seconds(1_785_728_700 + minutes * 60));
    assert_eq!(kind(-16), None);
    assert_eq!(kind(-15), Some(TickKind::Auction));
    assert_eq!(kind(0), Some(TickKind::Regular));
    assert_eq!(kind(360), Some(TickKind::Auction));
    assert_eq!(kind(380), None);
}

#[test]
fn tick_sizes_follow_kind_price_and_date() {
    let market = market();
    let size = |kind, price: &str, day| {
        let fact = market.tick_size(kind, price.parse().unwrap(), Day(day)).unwrap();
        fact.value.to_string()
    };
    for (price, expected) in [
        ("249.99", "0.01"),
        ("250", "0.05"),
        ("1000", "0.05"),
        ("1000.1", "0.1"),
        ("5000", "0.1"),
        ("10000", "0.5"),
        ("20000", "1"),
        ("20001", "5"),
    ] {
        assert_eq!(size(Kind::Share, price, 20_261_102), expected, "{price}");
    }
    assert_eq!(size(Kind::Share, "100", 20_210_611), "0.05");
    assert_eq!(size(Kind::IndexFuture, "24000", 20_261_102), "0.1");
    assert_eq!(size(Kind::IndexOption, "24000", 20_261_102), "0.05");
    assert_eq!(size(Kind::StockOption, "100", 20_251_102), "0.05");
    assert_eq!(size(Kind::StockOption, "100", 20_251_103), "0.01");
    assert!(market.tick_size(Kind::Share, Price::whole(1), Day(19_990_101)).is_none());
}

#[test]
fn lots_follow_the_date_and_say_how_sure_they_are() {
    let lot =
        |name: &str, day| market().lot_size(name, Day(day)).map(|fact| (fact.value, fact.verified));
    assert_eq!(lot("NIFTY", 20_210_611), Some((Quantity::whole(75), false)));
    assert_eq!(lot("NIFTY", 20_210_702), Some((Quantity::whole(50), false)));
    assert_eq!(lot("BANKNIFTY", 20_210_611), Some((Quantity::whole(25), false)));
    assert_eq!(lot("NIFTY", 20_261_122), Some((Quantity::whole(65), true)));
    assert_eq!(lot("SENSEX", 20_261_122), Some((Quantity::whole(20), false)));
    assert_eq!(lot("RELIANCE", 20_261_122), None);
}

#[test]
fn formats_are_those_of_the_shared_cases() {
    let cases: Value = serde_json::from_str(include_str!("../testdata/format.json")).unwrap();
    let mut count = 0;
    for (name, cases) in cases.as_object().unwrap() {
        for case in cases.as_array().unwrap() {
            let case = case.as_array().unwrap();
            let text = |index: usize| case[index].as_str().unwrap();
            let money = || text(0).parse::<Money>().unwrap();
            let price = |index| text(index).parse::<Price>().unwrap();
            let formatted = match name.as_str() {
                "rupees" => format::rupees(money()),
                "pnl" => format::pnl(money()),
                "short" => format::short(money()),
                "price" => format::price(price(0), price(1)),
                "lots" => format::lots(text(0).parse().unwrap(), text(1).parse().unwrap()),
                "quantity" => format::quantity(text(0).parse().unwrap()),
                "moment" => format::moment(Timestamp(case[0].as_i64().unwrap())),
                other => panic!("no such format: {other}"),
            };
            assert_eq!(formatted, case.last().unwrap().as_str().unwrap(), "{name} {}", case[0]);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} cases");
}
