//! Rows of one's own: how they win, and how every error in them is told.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Quantity};
use highmark_market::{Closed, Exchange, Layer, Market, Segment, Trading, Wanted};

fn market() -> Market {
    Market::embedded().unwrap()
}

const LOT: &str = r#"
[[lot]]
exchange = "nse"
name = "NIFTY"
from = 2026-06-01
until = 2026-06-30
quantity = 70
status = "verified"
source = "mine"
"#;

#[test]
fn rows_of_ones_own_win_from_their_first_day_to_their_last() {
    let mine = market().with_rows("mine.toml", LOT).unwrap();
    let lot = |day| mine.lot_size("NIFTY", Day(day)).unwrap();
    assert_eq!(lot(20_260_531).value, Quantity::whole(65));
    assert_eq!(lot(20_260_601).value, Quantity::whole(70));
    assert_eq!(lot(20_260_630).value, Quantity::whole(70));
    assert_eq!(lot(20_260_701).value, Quantity::whole(65));
    let origin = lot(20_260_601).origin;
    assert_eq!((origin.layer, &*origin.file, origin.line), (Layer::User, "mine.toml", 2));
    assert_eq!(lot(20_260_601).until, Some(Day(20_260_630)));
}

#[test]
fn an_old_row_of_ones_own_wins_over_a_newer_embedded_one() {
    let text = LOT.replace("2026-06-01", "2020-01-01").replace("until = 2026-06-30", "");
    let mine = market().with_rows("mine.toml", &text).unwrap();
    assert_eq!(mine.lot_size("NIFTY", Day(20_261_122)).unwrap().value, Quantity::whole(70));
}

#[test]
fn a_day_of_ones_own_is_closed_or_open() {
    let text = r#"
        [[closed]]
        day = 2026-11-23
        name = "Bandh"
        venues = ["nse_fo"]
        status = "verified"
        source = "mine"

        [[closed]]
        day = 2026-02-01
        name = "no budget"
        venues = ["nse_fo"]
        status = "verified"
        source = "mine"

        [[closed]]
        day = 2026-12-01
        name = "MCX is closed"
        venues = ["mcx"]
        status = "verified"
        source = "mine"

        [[special]]
        day = 2026-11-24
        name = "Open after all"
        venues = ["nse_fo"]
        open = "09:15"
        close = "15:40"
        status = "verified"
        source = "mine"
    "#;
    let mine = market().with_rows("days.toml", text).unwrap();
    let trading = |venue, day| mine.trading(venue, Day(day)).unwrap();
    let closed = |name: &str| Trading::Closed(Closed::Holiday(name.into()));
    assert_eq!(trading("nse_fo", 20_261_123), closed("Bandh"));
    assert!(matches!(trading("bse_fo", 20_261_123), Trading::Open(_)));
    assert_eq!(trading("nse_fo", 20_260_201), closed("no budget"));
    assert!(matches!(trading("bse_fo", 20_260_201), Trading::Open(_)));
    assert_eq!(trading("mcx", 20_261_201), closed("MCX is closed"));
    assert!(matches!(trading("nse_fo", 20_261_124), Trading::Open(_)));
    assert!(matches!(trading("bse_fo", 20_261_124), Trading::Closed(_)));
}

#[test]
fn every_error_is_told_with_its_place() {
    let text = r#"
[[lot]]
exchange = "nsee"
name = "NIFTY"
from = 2026-06-01
quantity = 0
status = "sure"
source = ""
sauce = 1

[[tick_size]]
kind = "share"
from = 2026-06-01
bands = [{ below = "250", size = "0.01" }, { to = "100", size = "0.05" }]
status = "verified"
source = "mine"

[[levy]]
name = "stt"
from = 2026-06-01
until = 2026-05-01
rate = "0.123456789%"
status = "verified"
source = "mine"

[[hours]]
venues = ["nse_fo"]
from = "2026-02-30"
open = "10:00"
close = "09:00"
status = "verified"
source = "mine"

[[lots]]
name = "x"
"#;
    let error = market().with_rows("mine.toml", text).unwrap_err();
    let told: Vec<String> = error
        .problems
        .iter()
        .map(|problem| {
            format!("{}:{} {} | {}", problem.line, problem.column, problem.field, problem.message)
        })
        .collect();
    expect_test::expect![[r#"
        3:12 lot[0].exchange | "nsee" is none of nse, bse, mcx
        6:12 lot[0].quantity | `0` is not a whole number from 1 to 1000000000
        7:10 lot[0].status | "sure" is none of verified, unverified
        8:10 lot[0].source | this is empty or has control characters
        9:1 lot[0].sauce | there is no `sauce` in [[lot]]
        14:9 tick_size[0].bands | this band is never reached
        21:9 levy[0].until | 2026-05-01 is before 2026-06-01
        22:8 levy[0].rate | `0.123456789%` has more decimals than can be held exactly
        28:8 hours[0].from | `2026-02-30` is not a day from 1990 on
        30:9 hours[0].close | 09:00:00 is not after 10:00:00
        34:3 lots | there is no table [[lots]]"#]]
    .assert_eq(&told.join("\n"));
    assert!(error.problems.iter().all(|problem| !problem.hint.is_empty()));
    assert!(error.to_string().starts_with("mine.toml:"));
}

#[test]
fn two_rows_about_the_same_from_one_day_are_an_error() {
    let twice = format!("{LOT}{LOT}");
    let error = market().with_rows("mine.toml", &twice).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    assert_eq!(error.problems[0].line, 11);
    assert!(error.problems[0].message.contains("mine.toml line 2"), "{error}");
    let mut mine = market().with_rows("one.toml", LOT).unwrap();
    let error = mine.add_rows("two.toml", LOT).unwrap_err();
    assert!(error.problems[0].message.contains("one.toml line 2"), "{error}");
    // Nothing of a text with an error is taken, and an embedded row is no obstacle.
    assert!(mine.add_rows("three.toml", &LOT.replace("2026-06", "2026-01")).is_ok());
}

#[test]
fn text_that_is_no_toml_is_told() {
    let error = market().with_rows("mine.toml", "[[lot]\nname = ").unwrap_err();
    assert!(error.problems[0].message.contains("not TOML"), "{error}");
    let error = market().with_rows("mine.toml", "lot = 5").unwrap_err();
    assert!(error.problems[0].message.contains("not a list of rows"), "{error}");
}

#[test]
fn what_is_in_force_is_shown_with_its_origin() {
    let mine = market().with_rows("mine.toml", LOT).unwrap();
    let symbols = ["NIFTY".to_owned()];
    let wanted = Wanted { day: Day(20_260_615), exchange: None, segment: None, symbols: &symbols };
    let shown = mine.shown(wanted).unwrap();
    let of = |topic: &str, subject: &str| {
        shown.iter().find(|row| row.topic == topic && row.subject == subject).unwrap()
    };
    assert_eq!(of("lot", "NIFTY").fact.value, "70");
    assert_eq!(of("lot", "NIFTY").fact.origin.layer, Layer::User);
    assert_eq!(of("freeze", "NIFTY").fact.value, "1,800: at most 25 lots (1,750) an order");
    assert!(!of("freeze", "NIFTY").fact.verified);
    assert_eq!(of("expiry", "NIFTY weekly").fact.value, "Tue 2026-06-16");
    assert!(shown.iter().all(|row| row.subject != "BANKNIFTY" && row.topic != "charge"));
    let strange = ["NIFTTY".to_owned()];
    assert!(mine.shown(Wanted { symbols: &strange, ..wanted }).is_err());
    let exchange = Some(Exchange::Mcx);
    let segment = Some(Segment::Futures);
    let shown = mine.shown(Wanted { exchange, segment, symbols: &[], ..wanted }).unwrap();
    assert!(shown.iter().any(|row| row.topic == "session" && row.subject == "mcx"));
    assert!(shown.iter().all(|row| !row.subject.contains("nse")), "{shown:#?}");
}

#[test]
fn every_embedded_row_has_a_source_and_is_shown_on_some_day() {
    let market = market();
    for day in [20_210_611, 20_250_901, 20_260_202, 20_260_731, 20_260_803, 20_261_120] {
        let wanted = Wanted { day: Day(day), exchange: None, segment: None, symbols: &[] };
        let shown = market.shown(wanted).unwrap();
        assert!(shown.len() > 15, "{day}: {}", shown.len());
        assert!(shown.iter().all(|row| !row.fact.source.is_empty()));
    }
}
