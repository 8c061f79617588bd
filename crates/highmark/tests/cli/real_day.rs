//! A real day, when the shared data is there.

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
