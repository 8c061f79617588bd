//! The story is always the same story.

use crate::{folder, highmark, json};
use expect_test::expect_file;

#[test]
fn the_story_in_plain_text() {
    let state = folder("demo-plain");
    let ran = highmark(&state, &["demo", "--speed", "max"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains('\u{1b}'), "no colours into a pipe");
    expect_file!["snapshots/demo.txt"].assert_eq(&ran.out);
}

#[test]
fn another_seed_tells_the_same_story() {
    let state = folder("demo-seeds");
    for seed in ["1", "2", "3", "99", "12345"] {
        let ran = highmark(&state, &["demo", "--speed", "max", "--seed", seed, "--json"]);
        let summary = json(&ran.out);
        let ends: Vec<String> = summary["trades"]
            .as_array()
            .unwrap()
            .iter()
            .map(|trade| {
                format!("{} {}", trade["name"].as_str().unwrap(), trade["reason"].as_str().unwrap())
            })
            .collect();
        let story = [
            "m1 trail",
            "m2 lock_and_trail",
            "r1 stop_loss",
            "r2 max_loss",
            "r3 max_loss",
            "c1 kill",
            "c2 kill",
        ];
        assert_eq!(ends, story, "seed {seed}");
    }
}

#[test]
fn it_leaves_nothing_unless_asked() {
    let state = folder("demo-nothing");
    assert_eq!(highmark(&state, &["demo", "--speed", "max"]).code, 0);
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 0);
    let ran = highmark(&state, &["report"]);
    assert_eq!(ran.code, 3);
}

#[test]
fn what_it_leaves_can_be_played_again() {
    let state = folder("demo-again");
    let (first, second) = (state.join("first"), state.join("second"));
    let (one, two) = (first.to_str().unwrap(), second.to_str().unwrap());
    assert_eq!(highmark(&state, &["demo", "--speed", "max", "--out", one]).code, 0);
    let (ticks, scenario) = (format!("{one}/ticks.ndjson"), format!("{one}/scenario.toml"));
    let ran = highmark(&state, &["replay", &ticks, "--scenario", &scenario, "--out", two]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let events = |dir: &std::path::Path| std::fs::read(dir.join("events.ndjson")).unwrap();
    assert!(events(&first) == events(&second));
}
