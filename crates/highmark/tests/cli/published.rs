//! What is committed beside the code is what the code makes. `UPDATE_EXPECT=1` writes it afresh.

use expect_test::expect_file;
use highmark::{clock, scenario};
use highmark_engine::{Day, Price, Span, TimeOfDay};
use highmark_feeds::{DirtRates, Feed, Generator, GeneratorSpec, Listing, Stretch};
use std::fmt::Write as _;

#[test]
fn the_schema_of_scenarios_is_published() {
    let schema = format!("{:#}\n", scenario::schema());
    expect_file!["../../../../docs/scenario.schema.json"].assert_eq(&schema);
}

#[test]
fn the_sample_day_is_made_up_from_its_seed() {
    expect_file!["../../../../samples/day.csv"].assert_eq(&sample_day());
}

fn sample_day() -> String {
    let day = Day(20_260_902);
    let listing = |symbol: &str, start, spread| Listing {
        symbol: symbol.into(),
        start: Price::whole(start),
        tick_size: Price(5_000_000),
        daily_volatility: 0.012,
        correlation: 0.6,
        spread,
    };
    let spec = GeneratorSpec {
        seed: 11,
        sessions: vec![Stretch {
            open: clock::instant(day, TimeOfDay::at(9, 15, 0)),
            close: clock::instant(day, TimeOfDay::at(15, 30, 0)),
        }],
        every: Span::seconds(20),
        listings: vec![listing("SAMPLEX", 20_000, 0), listing("WIDGETS", 1_500, 2)],
        gap: 0.0,
        halts_per_session: 0.0,
        halt_length: Span::ZERO,
        dirt: DirtRates::default(),
    };
    let mut feed = Generator::new(spec).unwrap();
    let mut out = String::from("time,symbol,last,bid,ask\n");
    while let Some(batch) = feed.next_batch().unwrap() {
        for row in batch.rows() {
            let price =
                |price: Option<Price>| price.map_or_else(String::new, |price| price.to_string());
            let symbol = feed.symbols().name(row.symbol);
            let (last, bid, ask) = (price(row.last), price(row.bid), price(row.ask));
            writeln!(out, "{},{symbol},{last},{bid},{ask}", clock::stamp(row.at)).unwrap();
        }
    }
    out
}

#[test]
fn every_committed_scenario_is_good() {
    for name in ["example", "demo", "sample-day", "nse-day"] {
        let path = crate::root().join(format!("scenarios/{name}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(unusable) = scenario::load(name, &text, &[]) {
            panic!("{}", unusable.sources.render(&unusable.problems));
        }
    }
}
