//! The cases that other projects have published, played on the engine under named profiles.
//!
//! The data lies outside this repository; where it is absent the cases are left out, and that is said. The page
//! `docs/published-cases.md` is what the last test here prints: `UPDATE_EXPECT=1` rewrites it.

mod bbgo;
mod data;
mod desk;
mod drawdown;
mod freqtrade_bars;
mod freqtrade_pnl;
mod freqtrade_stops;
mod lean;
mod nautilus;
mod position_pnl;
mod profiles;
mod stocksharp;
mod tally;
mod vectorbt;

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
    freqtrade_backtest_bars: freqtrade_bars::backtest_bars, 16, 11;
    freqtrade_stop_steps: freqtrade_stops::stop_steps, 14, 0;
    freqtrade_profit: freqtrade_pnl::profit, 24, 6;
    drawdowns: drawdown::drawdowns, 3, 1;
    position_profit: position_pnl::positions, 16, 0;
    stocksharp_protection: stocksharp::protection, 9, 0;
    bbgo_trailing: bbgo::trailing, 1, 0;
    vectorbt_bars: vectorbt::bars, 31, 0;
}

fn played(play: fn() -> Tally) -> Option<Tally> {
    if data::folder().is_none() {
        println!("left out: there is no folder with the published cases");
        return None;
    }
    Some(play())
}
