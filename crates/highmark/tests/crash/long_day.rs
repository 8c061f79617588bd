//! A day that is longer than what a start is to fold.

use crate::life::{self, Folder};
use highmark_journal::Reader;
use std::fmt::Write as _;
use std::fs;
use std::process::Command as Process;

const DESK: &str = r#"
[[instrument]]
symbol = "SBIN"
venue = "always"

[[account]]
name = "main"
balance = 1000000

[[strategy]]
name = "Only"

[[trade]]
name = "one"
strategy = "Only"
instrument = "SBIN"
side = "buy"
quantity = 1
rule = [{ trail = { by = 500 } }]
"#;

/// Each tick is a turn of three events.
const TICKS: u64 = 100_000;

#[test]
fn a_start_after_a_long_day_folds_a_part_of_it() {
    let folder = Folder::new("long");
    let mut ticks = "time,symbol,last\n".to_owned();
    for number in 0..TICKS {
        let (second, part) = (number / 10, number % 10);
        let (hour, minute) = (10 + second / 3_600, second / 60 % 60);
        let price = 800 + number % 7;
        writeln!(
            ticks,
            "2026-09-02T{hour}:{minute:02}:{:02}.{part}00+05:30,SBIN,{price}",
            second % 60
        )
        .unwrap();
    }
    let (file, scenario) = (folder.0.join("day.csv"), folder.0.join("desk.toml"));
    fs::write(&file, ticks).unwrap();
    fs::write(&scenario, DESK).unwrap();
    let state = folder.0.join("state");
    let ran = Process::new(env!("CARGO_BIN_EXE_highmark"))
        .args(["run", "--quiet", "--to-end", "--option", "feed.speed=max", "--state"])
        .arg(&state)
        .arg("--scenario")
        .arg(&scenario)
        .arg(&file)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let reader = Reader::open(&state.join("journal")).unwrap();
    let stats = reader.stats().unwrap();
    assert!(stats.head.events > 3 * TICKS, "{stats:?}");
    assert_eq!(stats.segments.len(), 2, "{stats:?}");
    let heads = reader.heads().unwrap();
    assert!(heads[1].within_day, "{:?}", heads[1]);

    let life = life::start(&state, &["--feed", "none"], None).unwrap();
    assert_eq!(life.card["from_carried"], true, "{}", life.card);
    assert_eq!(life.card["turn"], stats.head.turns);
    let folded = life.card["events"].as_u64().unwrap();
    assert_eq!(folded, stats.segments[1].events);
    assert!(folded < TICKS, "{folded}");
    life.kill();
    let verdict = highmark_journal::verify(&state.join("journal"), &mut |_| {}).unwrap();
    assert!(verdict.is_sound(), "{verdict:?}");
}
