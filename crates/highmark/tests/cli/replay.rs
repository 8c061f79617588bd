//! Ticks through a scenario.

use crate::{command, folder, highmark, json, ran, root, sample};
use expect_test::expect_file;
use std::io::Write;
use std::process::Stdio;

#[test]
fn the_sample_day_as_text() {
    let state = folder("replay-text");
    let ran = sample(&state, &state.join("run"), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("ticks in"), "what it cost goes to standard error: {}", ran.err);
    expect_file!["snapshots/sample-day.txt"].assert_eq(&ran.out);
}

#[test]
fn json_has_what_was_promised() {
    let state = folder("replay-json");
    let ran = sample(&state, &state.join("run"), &["--json"]);
    let summary = json(&ran.out);
    let trades = summary["trades"].as_array().unwrap();
    assert_eq!(trades.len(), 6);
    let fields = [
        "id",
        "strategy",
        "account",
        "symbol",
        "side",
        "quantity",
        "entry",
        "exit",
        "entered_at",
        "exited_at",
        "reason",
        "best",
        "stop_at_exit",
        "pnl",
    ];
    for trade in trades {
        for field in fields {
            assert!(trade.get(field).is_some(), "{field} in {trade}");
        }
        assert!(trade["pnl"].is_string(), "money is text on the wire");
    }
    for strategy in summary["strategies"].as_array().unwrap() {
        for field in ["mtm", "realised", "unrealised", "peak", "floor", "room", "state"] {
            assert!(strategy.get(field).is_some(), "{field} in {strategy}");
        }
    }
    assert!(summary["effort"]["ticks_per_second"].as_f64().unwrap() > 0.0);
    let note = &summary["notes"][0];
    assert_eq!(
        (note["about"].as_str(), note["code"].as_str()),
        (Some("h2"), Some("ENTRIES_BLOCKED"))
    );
}

#[test]
fn the_same_run_leaves_the_same_record() {
    let state = folder("replay-same");
    let (one, two) = (state.join("one"), state.join("two"));
    sample(&state, &one, &[]);
    sample(&state, &two, &[]);
    for name in ["events.ndjson", "summary.json", "scenario.toml", "inputs.json", "meta.json"] {
        let read = |dir: &std::path::Path| std::fs::read(dir.join(name)).unwrap();
        assert!(read(&one) == read(&two), "{name}");
    }
    let inputs = json(&std::fs::read_to_string(one.join("inputs.json")).unwrap());
    assert_eq!(inputs["files"][0]["file"], "day.csv");
    assert_eq!(inputs["files"][0]["blake3"].as_str().unwrap().len(), 64);
    assert_eq!(inputs["rows"], 2250);
}

#[test]
fn standard_input_is_a_feed_too() {
    let state = folder("replay-stdin");
    let demo = state.join("demo");
    highmark(&state, &["demo", "--speed", "max", "--out", demo.to_str().unwrap()]);
    let ticks = std::fs::read(demo.join("ticks.ndjson")).unwrap();
    let mut child = command(&state)
        .args(["replay", "-", "--scenario", "scenarios/demo.toml", "--no-record", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&ticks).unwrap();
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!(json(&ran.out)["trades"].as_array().unwrap().len(), 7, "{}", ran.err);
}

#[test]
fn a_what_if_shows_what_differs() {
    let state = folder("replay-compare");
    let arguments = [
        "replay",
        "samples/day.csv",
        "--scenario",
        "scenarios/sample-day.toml",
        "--compare",
        "--set",
        "strategy.Faller.rule.lock.floor=3500",
    ];
    let ran = highmark(&state, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    expect_file!["snapshots/compare.txt"].assert_eq(&ran.out);
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let difference = json(&highmark(&state, &arguments).out);
    assert_eq!(difference["trades"].as_array().unwrap().len(), 2);
    assert_eq!(difference["same_trades"], 4);
    let nothing = highmark(
        &state,
        &["replay", "samples/day.csv", "--scenario", "scenarios/sample-day.toml", "--compare"],
    );
    assert_eq!(nothing.code, 2);
}

#[test]
fn sets_are_noted_in_the_record() {
    let state = folder("replay-sets");
    let run = state.join("run");
    sample(&state, &run, &["--set", "seed=9", "--set", "trade.f1.rule.trail.by=\"0.5%\""]);
    let scenario = std::fs::read_to_string(run.join("scenario.toml")).unwrap();
    assert!(
        scenario.starts_with("# run with --set seed=9\n# run with --set trade.f1"),
        "{scenario}"
    );
    let meta = json(&std::fs::read_to_string(run.join("meta.json")).unwrap());
    assert_eq!(meta["sets"].as_array().unwrap().len(), 2);
}

#[test]
fn only_a_part_of_the_day_when_asked() {
    let state = folder("replay-part");
    let ran = sample(
        &state,
        &state.join("run"),
        &["--day", "2026-09-02", "--from", "09:15", "--to", "09:48", "--json"],
    );
    let summary = json(&ran.out);
    assert_eq!(summary["trades"].as_array().unwrap().len(), 1);
    assert!(summary["notes"].as_array().unwrap().iter().any(|note| note["code"] == "NOT_ENTERED"));
}

/// The commands of a script on the sample, every kind of order among them, end as they should.
#[test]
fn a_person_can_do_everything_from_the_schedule() {
    let state = folder("replay-orders");
    let file = state.join("orders.toml");
    std::fs::write(&file, ORDERS).unwrap();
    let ran = highmark(
        &state,
        &["replay", "samples/day.csv", "--scenario", file.to_str().unwrap(), "--no-record"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    expect_file!["snapshots/orders.txt"].assert_eq(&ran.out);
    assert!(root().join("samples/day.csv").exists());
}

const ORDERS: &str = r#"
name = "orders"
[[instrument]]
symbol = "SAMPLEX"
lot = 50
[[instrument]]
symbol = "WIDGETS"
[[account]]
name = "main"
balance = 100000
[[strategy]]
name = "A"
rule = [{ max_loss = { amount = "10% of margin" } }]
[[trade]]
name = "a"
strategy = "A"
instrument = "SAMPLEX"
side = "sell"
lots = 2
enter = { at = "09:30" }
rule = [{ trail = { by = 300 } }]
[[trade]]
name = "b"
strategy = "A"
instrument = "WIDGETS"
side = "buy"
quantity = 25
enter = { at = "09:31" }
[[trade]]
name = "late"
strategy = "A"
instrument = "WIDGETS"
side = "buy"
quantity = 10
enter = { at = "10:05" }
[[at]]
time = "09:35"
do = "margin of strategy A"
amount = 200000
[[at]]
time = "09:40"
do = "increase trade a"
quantity = 50
[[at]]
time = "09:45"
do = "change trail of trade a"
rule = { trail = { by = 250 } }
[[at]]
time = "09:46"
do = "loosen trail of trade a"
to = 20300
reason = "room"
[[at]]
time = "09:50"
do = "add rule to trade b"
rule = { stop_loss = { from_entry = "5%" } }
[[at]]
time = "09:51"
do = "undo"
[[at]]
time = "09:52"
do = "redo"
[[at]]
time = "09:53"
do = "remove stop_loss of trade b"
[[at]]
time = "10:00"
do = "halt strategy A"
reason = "lunch"
[[at]]
time = "10:10"
do = "resume strategy A"
[[at]]
time = "10:20"
do = "exit trade a"
quantity = 50
[[at]]
time = "10:30"
do = "adjust WIDGETS"
new = 2
old = 1
[[at]]
time = "10:40"
do = "roll trade b into SAMPLEX"
[[at]]
time = "11:00"
do = "mark SAMPLEX"
price = 19700
[[at]]
time = "12:00"
do = "reset strategy A"
[[at]]
time = "14:00"
do = "settle SAMPLEX"
price = 19750
[[at]]
time = "15:00"
do = "kill"
[[at]]
time = "15:05"
do = "release"
"#;
