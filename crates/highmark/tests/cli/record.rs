//! The journal from the command line: proved, copied, put back, folded, decided again, exported, explained.

use crate::desk::Desk;
use crate::json;
use expect_test::expect_file;

/// A small day: prices that rise and fall, a rule that fires.
fn day(name: &str) -> Desk {
    let desk = Desk::open(name);
    for (nifty, sbin) in [("26000", "800"), ("26100", "790"), ("26050", "805"), ("26030", "810")] {
        desk.prices(nifty, sbin);
    }
    desk
}

#[test]
fn a_journal_is_proved_copied_and_put_back() {
    let mut desk = day("copies");
    let to = desk.folder.join("copy");
    let to = to.to_str().unwrap();
    assert_eq!(desk.run(&["journal", "checkpoint"]).code, 0);
    let beside = desk.run(&["journal", "verify"]);
    assert!(beside.code == 0 && beside.out.starts_with("sound"), "{}{}", beside.out, beside.err);
    let backup = desk.json(&["journal", "backup", to]);
    assert!(backup["backup"]["head"]["turns"].as_u64().unwrap() > 0, "{backup}");
    assert_eq!(
        desk.run(&["journal", "backup", to]).code,
        4,
        "a folder that is not empty is left alone"
    );
    assert_eq!(desk.run(&["journal", "verify", to]).code, 0);
    assert_eq!(desk.run(&["journal", "restore", to]).code, 4, "a service runs on it");
    desk.stop();
    assert_eq!(desk.run(&["journal", "restore", to]).code, 4, "there is a journal already");
    let other = desk.folder.join("other");
    let other = other.to_str().unwrap();
    let state = desk.folder.clone();
    let restored = crate::highmark(&state, &["journal", "restore", to, "--state", other]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    assert!(desk.folder.join("other/scenario.toml").exists());
    let hash = |place: &str| {
        let ran = crate::highmark(&state, &["journal", "replay", "--state", place, "--json"]);
        json(&ran.out)["state"].clone()
    };
    let trades = |place: &str| {
        crate::highmark(&state, &["trade", "list", "--all", "--plain", "--state", place]).out
    };
    assert_eq!(trades(other), trades(desk.state().to_str().unwrap()));
    assert!(hash(other).is_string());
}

#[test]
fn damage_is_told_with_its_place() {
    let mut desk = day("damage");
    desk.stop();
    let journal = desk.state().join("journal");
    let file = std::fs::read_dir(&journal)
        .unwrap()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "journal"))
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap_or_else(|| panic!("no segment in {}", journal.display()));
    let mut bytes = std::fs::read(&file).unwrap();
    let from = bytes.len() / 2;
    bytes[from..from + 4096].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let told = desk.run(&["journal", "verify"]);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains("help:"), "{all}");
    assert_eq!(desk.run(&["journal", "verify", "--json"]).code, 1);
}

#[test]
fn the_record_is_folded_and_decided_again() {
    let mut desk = day("again");
    desk.stop();
    let replay = desk.json(&["journal", "replay", "--every", "10"]);
    assert!(replay["hashes"].as_array().unwrap().len() > 1, "{replay}");
    let rerun = desk.run(&["journal", "rerun"]);
    assert!(rerun.code == 0 && rerun.out.starts_with("the same"), "{}{}", rerun.out, rerun.err);
    let told = desk.transcript(&[
        &["journal", "rerun", "--set", "trail.by.points=100"],
        &["journal", "rerun", "--set", "trail.buy.points=100"],
        &["journal", "rerun", "--set", "trail"],
        &["rule", "test", "Carry", "max_loss", "amount=500"],
        &["rule", "test", "m1", "target", "price=26080"],
        &["rule", "test", "m1", "target", "price=much"],
        &["rule", "test", "m7", "target", "price=1"],
    ]);
    expect_file!["snapshots/record-again.txt"].assert_eq(&told);
    let stats = desk.json(&["journal", "stats"]);
    assert_eq!(stats["segments"][0]["segment"], 1, "{stats}");
    let turns = desk.run(&["journal", "export", "--from", "2", "--to", "3"]);
    let lines: Vec<_> = turns.out.lines().map(json).collect();
    assert_eq!(lines.len(), 2, "{}", turns.out);
    assert!(lines[0]["input"]["body"].is_object() && lines[0]["events"].is_array());
}

#[test]
fn the_journal_is_explained_and_reported() {
    let desk = day("explained");
    let told = desk.transcript(&[
        &["explain", "m1"],
        &["explain", "Momentum"],
        &["explain", "Momentm"],
        &["report", "day"],
        &["report", "day", "1999-01-01"],
        &["report", "range", "2026-02-01", "2026-01-01"],
    ]);
    let today = regex_free_day(&told);
    expect_file!["snapshots/record-explained.txt"].assert_eq(&today);
    let page = desk.run(&["report", "day", "--format", "html"]);
    assert!(page.code == 0 && page.out.starts_with("<!doctype html>"), "{}", page.err);
    let csv = desk.run(&["report", "day", "--format", "csv"]);
    assert_eq!(csv.out.lines().count(), 3, "{}", csv.out);
}

/// The heading of a report is today's date.
fn regex_free_day(text: &str) -> String {
    let is_heading = |line: &str| line.contains("  PAPER  ");
    let line = |line: &str| match line.split_once("  PAPER  ") {
        Some((_, rest)) if is_heading(line) => format!("TODAY  PAPER  {rest}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn exports_are_read_by_others() {
    let desk = day("exports");
    let state = desk.json(&["export", "state"]);
    assert_eq!(state["strategies"][0]["name"], "Momentum");
    let ticks = desk.run(&["export", "ticks"]);
    assert_eq!(ticks.out.lines().count(), 9, "{}", ticks.out);
    assert!(ticks.out.starts_with("time,symbol,last"), "{}", ticks.out);
    let lines = desk.run(&["export", "ticks", "--format", "ndjson"]);
    assert_eq!(json(lines.out.lines().next().unwrap())["symbol"], "NIFTY");
    // What was exported can be played again.
    let file = desk.folder.join("ticks.csv");
    std::fs::write(&file, &ticks.out).unwrap();
    let scenario = desk.folder.join("desk.toml");
    let (file, scenario) = (file.to_str().unwrap(), scenario.to_str().unwrap());
    let again = ["replay", file, "--scenario", scenario, "--no-record", "--json"];
    let again = crate::highmark(&desk.folder, &again);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(json(&again.out)["ticks"]["accepted"], 8);
    let trades = desk.run(&["export", "trades"]);
    assert!(trades.out.starts_with("id,name,"), "{}", trades.out);
    let events = desk.run(&["export", "events"]);
    assert!(events.out.lines().all(|line| json(line)["event"] != serde_json::Value::Null));
    let wrong = desk.run(&["export", "state", "--format", "csv"]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn a_drawdown_that_is_near_is_told_by_both_checks() {
    let desk = Desk::open("drawdown");
    desk.prices("26000", "800");
    let set = desk.run(&["rule", "add", "main", "drawdown", "amount=50000", "basis=intraday"]);
    assert_eq!(set.code, 0, "{}", set.err);
    let checks = || {
        let report = desk.run(&["report", "day", "--check"]);
        (report.code, desk.run(&["status", "--check"]).code)
    };
    assert_eq!(checks(), (0, 0));
    // c1 is short: 49,000 are lost, and 1,000 are left.
    for price in ["900", "1000", "1100", "1200", "1290", "1290"] {
        desk.prices("26000", price);
    }
    let row = desk.json(&["status"])["accounts"][0].take();
    assert_eq!((&row["room"], &row["room_share"]), (&"1000".into(), &20_000.into()), "{row}");
    assert_eq!(checks(), (11, 11));
}
