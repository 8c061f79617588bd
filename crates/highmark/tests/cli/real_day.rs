//! A real day, when the shared data is there: every rule at work, and the service's journal of it decided again.

use crate::{folder, highmark, json, root};
use std::collections::BTreeSet;

#[test]
fn every_rule_is_shown_on_a_real_day() {
    let data = root().join("../shared/data/nse_1s");
    if !data.exists() {
        eprintln!("left out: {} is not there", data.display());
        return;
    }
    let state = folder("real-day");
    let run = state.join("run");
    let files = ["NIFTY", "NIFTY_BANK", "RELIANCE", "SBIN"]
        .map(|name| data.join(format!("{name}.parquet")).to_str().unwrap().to_owned());
    let mut arguments = vec!["replay"];
    arguments.extend(files.iter().map(String::as_str));
    let run = run.to_str().unwrap();
    arguments.extend([
        "--scenario",
        "scenarios/nse-day.toml",
        "--day",
        "2021-04-15",
        "--out",
        run,
        "--json",
    ]);
    let ran = highmark(&state, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let summary = json(&ran.out);
    let trades = summary["trades"].as_array().unwrap();
    assert!(summary["strategies"].as_array().unwrap().len() >= 5);
    assert!(trades.len() >= 40, "{}", trades.len());

    let texts = |rows: &serde_json::Value, field: &str| -> BTreeSet<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.filter_map(|row| row[field].as_str().map(str::to_owned)).collect()
    };
    let mut shown = texts(&summary["trades"], "reason");
    shown.extend(texts(&summary["actions"], "rule"));
    for rule in highmark::scenario::RULE_NAMES {
        assert!(shown.contains(rule), "{rule} is not shown: {shown:?}");
    }
    assert!(shown.contains("moved_to_cost"));
    assert!(trades.iter().any(|trade| trade["generation"] == 1), "a re-entry");
    let refused = texts(&summary["notes"], "about");
    for trade in ["guard-2", "careful-2", "patient-3", "calm-3", "door-2"] {
        assert!(refused.contains(trade), "{trade} is refused: {refused:?}");
    }
    assert_eq!(summary["ticks"]["accepted"], 82_249);
    assert_eq!(highmark(&state, &["report", run, "--format", "html"]).code, 0);
}

/// The day as a service lives through it: each decision is made again from the journal, and with other parameters
/// the journal tells what would have been.
#[cfg(unix)]
#[test]
fn a_real_day_of_the_service_is_decided_again() {
    let data = root().join("../shared/data/nse_1s");
    if !data.exists() {
        eprintln!("left out: {} is not there", data.display());
        return;
    }
    // A socket's path may not be long.
    let state = std::env::temp_dir().join(format!("hm-real-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&state);
    std::fs::create_dir_all(&state).unwrap();
    let ticks = state.join("day.csv");
    let rows = write_day(&data, &ticks);
    let place = state.join("state");
    let (ticks, place) = (ticks.to_str().unwrap(), place.to_str().unwrap());
    let scenario = ["--scenario", "scenarios/nse-day.toml", "--option", "feed.speed=max"];
    let run = [&["run", ticks, "--to-end", "--quiet", "--state", place], &scenario[..]].concat();
    let ran = highmark(&state, &run);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);

    let ask = |arguments: &[&str]| {
        let ran = highmark(&state, &[arguments, &["--state", place, "--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        json(&ran.out)
    };
    let trades = ask(&["trade", "list", "--all"]);
    let exited = trades.as_array().unwrap().iter().filter(|trade| trade["open"] == "0").count();
    assert!(exited >= 20, "{exited} trades are over: {trades}");
    let again = ask(&["journal", "rerun"]);
    assert_eq!(again["same"], true, "{again}");
    assert!(again["turns"].as_u64().unwrap() > 20_000, "{rows} rows: {}", again["turns"]);
    let folded = ask(&["journal", "replay"]);
    assert_eq!(folded["turns"], again["turns"]);
    assert_eq!(folded["events"], again["events"]);

    let other = ask(&["journal", "rerun", "--set", "trail.by.points=1"]);
    assert!(other["altered"].as_u64().unwrap() > 0, "{}", other["altered"]);
    assert!(other["differing"].as_u64().unwrap() > 0, "{}", other["differing"]);
    println!("{rows} rows, {} turns, {} trades over", again["turns"], exited);
    std::fs::remove_dir_all(&state).unwrap();
}

/// The same day in a file of our own, which a service plays whole.
#[cfg(unix)]
fn write_day(data: &std::path::Path, to: &std::path::Path) -> usize {
    use highmark_feeds::{Batch, Feed, Files, Filter, Mapping, Record};
    use std::fmt::Write as _;
    let files: Vec<_> = ["NIFTY", "NIFTY_BANK", "RELIANCE", "SBIN"]
        .map(|name| data.join(format!("{name}.parquet")))
        .to_vec();
    let filter = Filter { days: vec![highmark_engine::Day(20_210_415)], ..Filter::default() };
    let mut feed = Files::open(&files, &Mapping::preset("nse_1s").unwrap(), &filter).unwrap();
    let (mut batch, mut text, mut rows) = (Batch::default(), "time,symbol,last\n".to_owned(), 0);
    while feed.fill(&mut batch).unwrap() {
        for record in &batch.records {
            let Record::Row(row) = record else { continue };
            let (at, symbol) = (highmark::clock::stamp(row.at), feed.symbols().name(row.symbol));
            writeln!(text, "{at},{symbol},{}", row.last.unwrap()).unwrap();
            rows += 1;
        }
    }
    std::fs::write(to, text).unwrap();
    rows
}
