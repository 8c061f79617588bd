//! The cases that other projects have published, played on the engine under named profiles.
//!
//! The data lies outside this repository; where it is absent the cases are left out, and that is said. The page
//! `docs/published-cases.md` is what the last test here prints: `UPDATE_EXPECT=1` rewrites it.

#![allow(clippy::unwrap_used, reason = "a case that cannot be read or played fails its test")]

mod bbgo;
mod data;
mod desk;
mod drawdown;
mod freqtrade_bars;
mod freqtrade_pnl;
mod freqtrade_stops;
mod hummingbot;
mod indian_brokers;
mod lean;
mod nautilus;
mod openalgo;
mod page;
mod position_pnl;
mod profiles;
mod rust_books;
mod stocksharp;
mod tally;
mod vectorbt;
mod vendors;
mod words;

use expect_test::expect_file;
use tally::Tally;

/// One test for each file: how many of its cases pass, and how many are listed with a reason.
macro_rules! files {
    ($($name:ident: $play:path, $passed:literal, $left:literal;)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(tally) = played($play) {
                    tally.assert_holds($passed, $left);
                }
            }
        )*
        const FILES: &[(fn() -> Tally, usize, usize)] = &[$(($play, $passed, $left)),*];
    };
}

files! {
    nautilus_trail_calc: nautilus::trail_calc, 20, 0;
    nautilus_tick_sequences: nautilus::tick_sequences, 28, 0;
    lean_trailing_order: lean::trailing_order, 12, 1;
    lean_risk_models: lean::risk_models, 10, 0;
    freqtrade_backtest_bars: freqtrade_bars::backtest_bars, 17, 10;
    freqtrade_stop_steps: freqtrade_stops::stop_steps, 14, 0;
    freqtrade_profit: freqtrade_pnl::profit, 24, 6;
    drawdowns: drawdown::drawdowns, 3, 1;
    position_profit: position_pnl::positions, 16, 0;
    stocksharp_protection: stocksharp::protection, 9, 0;
    bbgo_trailing: bbgo::trailing, 1, 0;
    vectorbt_bars: vectorbt::bars, 31, 0;
    openalgo_trail: openalgo::scalping, 11, 2;
    rust_books: rust_books::books, 12, 0;
    hummingbot_averaged: hummingbot::averaged, 1, 0;
    vendor_examples: vendors::examples, 2, 0;
    indian_brokers: indian_brokers::brokers, 10, 0;
}

fn played(play: fn() -> Tally) -> Option<Tally> {
    if data::folder().is_none() {
        println!("left out: there is no folder with the published cases");
        return None;
    }
    Some(play())
}

/// Prints what became of each file, and holds the page to it.
#[test]
fn every_case_is_accounted_for_and_the_page_says_so() {
    if data::folder().is_none() {
        println!("left out: there is no folder with the published cases");
        return;
    }
    let tallies: Vec<Tally> = FILES
        .iter()
        .map(|(play, passed, left)| {
            let tally = play();
            tally.assert_holds(*passed, *left);
            println!("{}", tally.line());
            tally
        })
        .collect();
    let known: Vec<&str> = tallies.iter().map(|tally| tally.file).collect();
    let unknown: Vec<String> =
        data::files().into_iter().filter(|file| !known.contains(&file.as_str())).collect();
    assert!(unknown.is_empty(), "files without an adapter: {unknown:?}");
    expect_file!["../../../../docs/published-cases.md"].assert_eq(&page::page(&tallies));
}
