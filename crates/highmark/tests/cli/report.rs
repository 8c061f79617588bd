//! The report in all its forms, and the proof of its record.

use crate::{folder, highmark, json, sample};

#[test]
fn text_and_json_are_those_of_the_run() {
    let state = folder("report-same");
    let run = state.join("run");
    let played = sample(&state, &run, &[]);
    // The last run is remembered.
    let told = highmark(&state, &["report"]);
    assert_eq!(told.out, played.out);
    let summary = json(&std::fs::read_to_string(run.join("summary.json")).unwrap());
    assert_eq!(json(&highmark(&state, &["report", "--format", "json"]).out), summary);
}

#[test]
fn csv_has_a_line_for_each_trade() {
    let state = folder("report-csv");
    sample(&state, &state.join("run"), &[]);
    let ran = highmark(&state, &["report", "--format", "csv"]);
    let lines: Vec<&str> = ran.out.split("\r\n").collect();
    assert_eq!(lines.len(), 8, "{}", ran.out);
    assert!(lines[0].starts_with("id,name,generation,strategy"));
    assert!(lines[1].starts_with("t0,f1,0,Faller,main,,SAMPLEX,sell,50,closed,19900.4,"));
    let columns = lines[0].split(',').count();
    assert!(lines[1..7].iter().all(|line| line.split(',').count() == columns));
}

#[test]
fn html_needs_nothing_else() {
    let state = folder("report-html");
    let run = state.join("run");
    sample(&state, &run, &[]);
    let page = state.join("day.html");
    let ran = highmark(&state, &["report", "-f", "html", "-o", page.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let html = std::fs::read_to_string(page).unwrap();
    for outside in ["http://", "https://", "src=", "<link", "<script", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<svg").count(), 3, "a curve for each strategy");
    assert!(html.contains("prefers-color-scheme: dark"));
    assert!(html.contains("<path class=\"mtm\" d=\"M"));
    assert!(html.contains("<path class=\"floor\" d=\"M"));
    assert!(html.contains("<title>10:38:00 Faller meets its lock"), "events have titles");
    assert!(html.contains("h2"), "what was not done is told");
}

#[test]
fn names_from_a_scenario_cannot_write_into_the_page() {
    let state = folder("report-escape");
    let file = state.join("evil.toml");
    let text = std::fs::read_to_string(crate::root().join("scenarios/sample-day.toml")).unwrap();
    std::fs::write(&file, text.replace("\"Faller\"", "\"<script>alert(1)</script>\"")).unwrap();
    let run = state.join("run");
    let (file, run) = (file.to_str().unwrap(), run.to_str().unwrap());
    let ran = highmark(&state, &["replay", "samples/day.csv", "--scenario", file, "--out", run]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let html = highmark(&state, &["report", "--format", "html"]).out;
    assert!(html.contains("&lt;script&gt;"));
    assert!(!html.contains("<script"));
}

#[test]
fn a_changed_record_is_found_out() {
    let state = folder("report-changed");
    let run = state.join("run");
    sample(&state, &run, &[]);
    let events = run.join("events.ndjson");
    let text = std::fs::read_to_string(&events).unwrap();
    std::fs::write(&events, text.replace("19900.4", "19900.45")).unwrap();
    let ran = highmark(&state, &["report"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("is not what the run wrote"), "{}", ran.err);
    // Even with a digest that fits, the state does not.
    let meta = run.join("meta.json");
    let mut value = json(&std::fs::read_to_string(&meta).unwrap());
    let digest = blake3::hash(&std::fs::read(&events).unwrap()).to_hex().to_string();
    value["events_blake3"] = digest.into();
    std::fs::write(&meta, value.to_string()).unwrap();
    let ran = highmark(&state, &["report"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("do not fold to the state"), "{}", ran.err);
}

#[test]
fn the_check_ends_with_what_a_monitor_wants() {
    let state = folder("report-check");
    sample(&state, &state.join("run"), &[]);
    assert_eq!(highmark(&state, &["report", "--check"]).code, 10);
    let far = ["--day", "2026-09-02", "--from", "09:15", "--to", "09:46"];
    sample(&state, &state.join("calm"), &far);
    assert_eq!(highmark(&state, &["report", "--check"]).code, 0);
}
