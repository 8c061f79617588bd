//! Help, versions, colours, exit codes.

use crate::{command, folder, highmark, json, ran};
use expect_test::expect_file;
use std::io::{BufRead, Read};

#[test]
fn help_has_examples() {
    let state = folder("help");
    let mut all = String::new();
    let verbs = [
        "",
        "demo",
        "run",
        "status",
        "watch",
        "strategy",
        "trade",
        "rule",
        "account",
        "instrument",
        "price",
        "kill",
        "undo",
        "redo",
        "journal",
        "export",
        "import",
        "replay",
        "report",
        "explain",
        "scenario",
        "init",
        "config",
        "doctor",
        "market",
        "service",
        "watchdog",
        "top",
        "completions",
        "man",
    ];
    for verb in verbs {
        let arguments: Vec<&str> =
            [verb, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = highmark(&state, &arguments);
        assert_eq!(help.code, 0);
        assert!(help.out.contains("highmark "), "{verb}");
        all.push_str(&help.out);
        all.push_str("----\n");
    }
    expect_file!["snapshots/help.txt"].assert_eq(&all);
}

#[test]
fn every_verb_of_a_noun_has_an_example() {
    let state = folder("examples");
    let nouns = [
        "strategy",
        "trade",
        "rule",
        "account",
        "instrument",
        "price",
        "kill",
        "journal",
        "import",
    ];
    for noun in nouns {
        let help = highmark(&state, &[noun, "--help"]).out;
        let verbs =
            help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
        let begins = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
        let verbs = verbs.lines().filter(begins).filter_map(|line| line.split_whitespace().next());
        for verb in verbs.filter(|verb| *verb != "help") {
            let told = highmark(&state, &[noun, verb, "--help"]).out;
            let example = told.split("Example").nth(1).unwrap_or_default();
            assert!(example.contains(&format!("highmark {noun} {verb}")), "{noun} {verb}: {told}");
        }
    }
}

#[test]
fn the_version_is_told() {
    let version = highmark(&folder("version"), &["--version"]);
    assert!(version.out.starts_with("highmark 0."), "{}", version.out);
}

#[test]
fn completions_and_manual_pages_are_made() {
    let state = folder("pages");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(highmark(&state, &["completions", shell]).out.contains("highmark"), "{shell}");
    }
    assert!(highmark(&state, &["man"]).out.starts_with(".ie"));
    let pages = state.join("man1");
    assert_eq!(highmark(&state, &["man", "--dir", pages.to_str().unwrap()]).code, 0);
    assert!(pages.join("highmark-replay.1").exists());
}

#[test]
fn exit_codes_and_json_errors() {
    let state = folder("codes");
    let code = |arguments: &[&str]| highmark(&state, arguments).code;
    assert_eq!(code(&[]), 0, "a first look is no error");
    assert_eq!(code(&["fly"]), 2);
    assert_eq!(code(&["replay", "samples/day.csv"]), 2);
    assert_eq!(code(&["replay", "samples/day.csv", "--scenario", "none.toml"]), 3);
    assert_eq!(
        code(&["replay", "none.csv", "--scenario", "scenarios/sample-day.toml", "--no-record"]),
        3
    );
    assert_eq!(code(&["explain", "x"]), 3);
    assert_eq!(code(&["demo", "--speed", "fast"]), 2);
    let full = state.join("full");
    std::fs::create_dir_all(&full).unwrap();
    std::fs::write(full.join("thesis.txt"), "x").unwrap();
    let refused = crate::sample(&state, &full, &["--json"]);
    assert_eq!(refused.code, 4);
    let told = full.to_str().unwrap();
    assert_eq!(code(&["demo", "--speed", "max", "--out", told]), 4);
    assert_eq!(std::fs::read_dir(&full).unwrap().count(), 1, "a stranger's folder is left alone");
    let error = &json(&refused.out)["error"];
    assert_eq!(error["code"], "REFUSED");
    for field in ["code", "message", "hint", "field"] {
        assert!(error[field].is_string(), "{field}");
    }
    let misused = highmark(&state, &["replay", "--json"]);
    assert_eq!((misused.code, json(&misused.out)["error"]["code"].as_str()), (2, Some("USAGE")));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let state = folder("colours");
    let plain = |name: &str, value: &str| {
        let mut command = command(&state);
        command.args(["demo", "--speed", "max"]).env(name, value);
        ran(command.output().unwrap()).out
    };
    assert!(!plain("TERM", "xterm").contains('\u{1b}'));
    assert!(plain("CLICOLOR_FORCE", "1").contains("\u{1b}[32m"));
    let mut both = command(&state);
    both.args(["demo", "--speed", "max"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!ran(both.output().unwrap()).out.contains('\u{1b}'));
}

/// Ctrl-C ends a run in order: a valid record that says so, and 130.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_a_valid_record() {
    let state = folder("interrupted");
    let run = state.join("run");
    let mut child = command(&state)
        .args(["demo", "--speed", "1", "--out", run.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // With its first sentence it is under way.
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    out.read_to_string(&mut String::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let told = highmark(&state, &["report", run.to_str().unwrap(), "--json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(json(&told.out)["interrupted"], true);
}
