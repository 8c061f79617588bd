//! The shared data sets, read whole: as many rows, days and symbols as their README says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Price, Timestamp};
use highmark_feeds::{Batch, Feed, FeedError, Files, Filter, Mapping, Row, days_in};
use std::path::{Path, PathBuf};

/// A path in the shared data, `None` (and a word about it) on a machine without them.
fn shared(path: &str) -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        println!("left out: {path} (no shared data here)");
        return None;
    }
    Some(data.join(path))
}

struct Tally {
    rows: u64,
    unreadable: Vec<String>,
    batches: u64,
    symbols: Vec<String>,
    backwards: u64,
    first: Option<Row>,
    final_row: Option<Row>,
}

fn tally(feed: &mut dyn Feed) -> Result<Tally, FeedError> {
    let mut tally = Tally {
        rows: 0,
        unreadable: Vec::new(),
        batches: 0,
        symbols: Vec::new(),
        backwards: 0,
        first: None,
        final_row: None,
    };
    let mut batch = Batch::default();
    let mut before = Timestamp(i64::MIN);
    while feed.fill(&mut batch)? {
        tally.batches += 1;
        tally.backwards += u64::from(batch.at < before);
        before = batch.at;
        for record in &batch.records {
            match record {
                highmark_feeds::Record::Row(row) => {
                    assert_eq!(row.at, batch.at);
                    tally.rows += 1;
                    tally.first.get_or_insert(*row);
                    tally.final_row = Some(*row);
                }
                highmark_feeds::Record::Unreadable(broken) => {
                    tally.unreadable.push(format!("{} {}", broken.refusal, broken.text));
                }
            }
        }
    }
    tally.symbols = feed.symbols().iter().map(|(_, name)| name.to_owned()).collect();
    assert_eq!(feed.progress().rows, tally.rows);
    Ok(tally)
}

fn read(path: &str, preset: &str) -> Option<Tally> {
    let path = shared(path)?;
    let mapping = Mapping::preset(preset).unwrap();
    let mut feed = Files::open(&[path], &mapping, &Filter::default()).unwrap();
    let tally = tally(&mut feed).unwrap();
    let progress = feed.progress();
    assert_eq!(Some(progress.done), progress.total, "{preset}");
    Some(tally)
}

#[test]
fn nse_seconds_have_all_their_rows_and_days() {
    for (name, rows, days) in [
        ("NIFTY", 970_598, 53),
        ("NIFTY_BANK", 962_467, 53),
        ("RELIANCE", 868_865, 52),
        ("SBIN", 848_709, 51),
    ] {
        let path = format!("nse_1s/{name}.parquet");
        let Some(tally) = read(&path, "nse_1s") else { return };
        assert_eq!((tally.rows, tally.unreadable.len(), tally.backwards), (rows, 0, 0), "{name}");
        assert_eq!(tally.symbols, [name]);
        let Some(path) = shared(&path) else { return };
        let found = days_in(&path, &Mapping::preset("nse_1s").unwrap()).unwrap();
        assert_eq!(found.len(), days, "{name}");
    }
}

#[test]
fn a_day_and_a_stretch_of_it_can_be_chosen() {
    let Some(folder) = shared("nse_1s") else { return };
    let mapping = Mapping::preset("nse_1s").unwrap();
    let day = Filter { days: vec![Day(20_210_611)], ..Filter::default() };
    let whole =
        tally(&mut Files::open(std::slice::from_ref(&folder), &mapping, &day).unwrap()).unwrap();
    assert_eq!(whole.symbols, ["NIFTY", "NIFTY_BANK", "RELIANCE", "SBIN"]);
    assert_eq!(whole.backwards, 0);
    let part = Filter {
        from: Some(Timestamp::seconds(1_623_391_200)), // 11:30 IST
        to: Some(Timestamp::seconds(1_623_391_260)),
        symbols: vec!["SBIN".into()],
        ..day
    };
    let part = tally(&mut Files::open(&[folder], &mapping, &part).unwrap()).unwrap();
    assert!(part.rows > 0 && part.rows <= 60 && part.batches == part.rows, "{} rows", part.rows);
    assert_eq!(part.first.unwrap().at.0 / 1_000_000_000, 1_623_391_200);
}

#[test]
fn nse_minutes_come_in_order_of_time() {
    let Some(path) = shared("nse_1m/nse_2021_all_1m.parquet") else { return };
    let mut mapping = Mapping::preset("nse_1m").unwrap();
    if let Some(bars) = &mut mapping.bars {
        bars.order = highmark_feeds::BarOrder::CloseOnly;
    }
    let tally = tally(&mut Files::open(&[path], &mapping, &Filter::default()).unwrap()).unwrap();
    assert_eq!((tally.rows, tally.symbols.len(), tally.unreadable.len()), (713_088, 62, 0));
    assert_eq!(tally.backwards, 0);
}

/// File or folder, preset, rows (0: not stated), ticks from a row, symbols (0: not stated). The README counts
/// line ends, and most LEAN files have none behind their last row: `+ 1` for each of those.
const SETS: [(&str, &str, u64, u64, usize); 26] = [
    ("lean/equity/usa/tick/spy/20131007_trade.zip", "lean_trade_tick", 250_600 + 1, 1, 1),
    ("lean/equity/usa/minute/aapl/20140605_trade.zip", "lean_trade_minute", 0, 4, 1),
    ("lean/equity/usa/minute/aapl/20140605_quote.zip", "lean_quote_minute", 0, 4, 1),
    ("lean/equity/usa/hour/spy.zip", "lean_trade_hour", 40_831 + 1, 4, 1),
    ("lean/equity/india/minute/yesbank/20190709_trade.zip", "lean_india_minute", 0, 4, 1),
    ("lean/index/india/minute/nifty50/20190101_trade.zip", "lean_india_index_minute", 0, 4, 1),
    ("lean/index/usa/minute/spx/20210104_trade.zip", "lean_usa_index_minute", 411, 4, 1),
    ("lean/forex/fxcm/tick/eurusd", "lean_quote_tick", 147_457 + 2, 1, 1),
    ("lean/forex/oanda/hour/eurusd.zip", "lean_quote_hour", 74_438 + 1, 4, 1),
    ("lean/cfd/oanda/hour/xauusd.zip", "lean_quote_hour", 76_498 + 1, 4, 1),
    ("lean/cfd/oanda/tick/xauusd", "lean_quote_tick", 464_136 + 2, 1, 1),
    ("lean/future/cme/minute/es/20131007_trade.zip", "lean_future_trade_minute", 0, 4, 3),
    ("lean/future/cme/minute/es/20131007_quote.zip", "lean_future_quote_minute", 0, 4, 5),
    (
        "lean/indexoption/usa/minute/spxw/20210106_quote_european.zip",
        "lean_option_quote_minute",
        0,
        4,
        16,
    ),
    (
        "lean/indexoption/usa/minute/spxw/20210104_trade_european.zip.zip",
        "lean_option_trade_minute",
        0,
        4,
        12,
    ),
    ("nautilus/gbpusd-m1-bid-2012.csv.gz", "nautilus_bid_1m", 0, 4, 1),
    ("nautilus/usdjpy-m1-ask-2013.csv.gz", "nautilus_ask_1m", 0, 4, 1),
    ("nautilus/btc-perp-20211231-20220201_1m.csv.gz", "nautilus_bars_1m", 0, 4, 1),
    ("nautilus/6EH4.XCME_1min_bars_20240101_20240131.csv.gz", "nautilus_futures_1m", 0, 4, 1),
    ("nautilus/quote_tick_data.csv.gz", "nautilus_quote_tick", 0, 1, 1),
    ("hft/btcusdt_20240808_bbo.parquet", "hft_bbo", 66_089, 1, 1),
    ("hft/btcusdt_20240808_trades.parquet", "hft_trades", 21_313, 1, 1),
    ("optionvault_format/index_1sec__NIFTY50.csv", "optionvault_1s", 50, 4, 1),
    (
        "optionvault_format/derivatives__options__NIFTY23JUN2214000CE.csv",
        "optionvault_1m",
        50,
        4,
        1,
    ),
    (
        "optionvault_format/market_depth__tick_data__combined_indices_tick.csv",
        "optionvault_tick",
        75,
        1,
        5,
    ),
    ("optionvault_format/market_depth__level2__NIFTY_level2.csv", "optionvault_level2", 50, 1, 0),
];

#[test]
fn every_foreign_format_is_read_without_a_loss() {
    for (path, preset, rows, ticks, symbols) in SETS {
        let Some(tally) = read(path, preset) else { return };
        assert_eq!(tally.unreadable, [""; 0], "{path}");
        assert!(tally.rows > 0, "{path}");
        println!(
            "{path}: {} rows, {} backwards, {:?}",
            tally.rows / ticks,
            tally.backwards,
            tally.symbols
        );
        if rows > 0 {
            assert_eq!(tally.rows, rows * ticks, "{path}");
        }
        if symbols > 0 {
            assert_eq!(tally.symbols.len(), symbols, "{path}: {:?}", tally.symbols);
        }
    }
}

#[test]
fn scaled_prices_and_local_times_come_out_right() {
    let Some(spy) = read("lean/equity/usa/tick/spy/20131007_trade.zip", "lean_trade_tick") else {
        return;
    };
    let first = spy.first.unwrap();
    assert_eq!(first.last, Some(Price(16_741_000_000)));
    // 04:00:00.464 in New York in October is 08:00:00.464 UTC.
    assert_eq!(first.at, Timestamp(1_381_132_800_464_000_000));
    assert_eq!(spy.symbols, ["SPY"]);
}

#[test]
fn the_market_calendar_agrees_with_the_days_on_which_nifty_was_recorded() {
    use highmark_market::{Closed, Market, Trading};
    let Some(path) = shared("nse_1s/NIFTY.parquet") else { return };
    let found = days_in(&path, &Mapping::preset("nse_1s").unwrap()).unwrap();
    let market = Market::embedded().unwrap();
    let all = (20_210_326..=20_210_612)
        .map(Day)
        .filter_map(|day| Some((day, market.trading("nse_cash", day).ok()?)));
    for (day, trading) in all {
        let expected = match trading {
            Trading::Open(_) | Trading::Closed(Closed::Mock(_)) => true,
            Trading::Closed(Closed::Weekend | Closed::Holiday(_)) => false,
            Trading::Unknown(_) => panic!("{day:?} is not in the calendar"),
        };
        assert_eq!(found.contains(&day), expected, "{day:?}");
    }
}
