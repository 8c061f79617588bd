//! The table of bad configurations: each is answered with the codes, places, fields and hints that it names.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use highmark_server::config::layers::FileText;
use highmark_server::config::{Assignment, Fault, Layers, Surroundings, load, reload};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    what: String,
    system: Option<String>,
    user: Option<String>,
    /// Of the project.
    file: Option<String>,
    /// Of all files.
    #[serde(default = "owners_only")]
    mode: String,
    /// Why the project's file cannot be read.
    unreadable: Option<String>,
    #[serde(default = "yes")]
    home: bool,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    flags: Vec<String>,
    told: Vec<Told>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Told {
    code: String,
    /// File or variable or flag, and line.
    at: String,
    field: String,
    hint: String,
}

fn owners_only() -> String {
    "600".into()
}

fn yes() -> bool {
    true
}

const USER: &str = "/people/asha/.config/highmark/highmark.toml";
const PROJECT: &str = "/desk/highmark.toml";

fn cases() -> Vec<Case> {
    toml::from_str::<Table>(include_str!("cases/configuration.toml")).unwrap().case
}

fn layers(case: &Case) -> Layers {
    let mode = u32::from_str_radix(&case.mode, 8).unwrap();
    let file = |path: &str, text: Result<String, String>| FileText {
        path: path.into(),
        text,
        others_read: mode & 0o077 != 0,
        others_write: mode & 0o002 != 0,
    };
    let system = case.system.clone().map(|text| file("/etc/highmark/highmark.toml", Ok(text)));
    let user = case.user.clone().map(|text| file(USER, Ok(text)));
    let project = case.file.clone().map(|text| file(PROJECT, Ok(text)));
    let unreadable = case.unreadable.clone().map(|reason| file(PROJECT, Err(reason)));
    let home = |path: &str| case.home.then(|| PathBuf::from(path));
    Layers {
        surroundings: Surroundings {
            system: "/etc/highmark/highmark.toml".into(),
            home: home("/people/asha"),
            config_home: home("/people/asha/.config"),
            state_home: home("/people/asha/.local/state"),
            here: "/desk".into(),
            variables: case.variables.clone().into_iter().collect(),
        },
        files: [system, user, project, unreadable].into_iter().flatten().collect(),
        flags: case.flags.iter().map(|flag| Assignment::option(flag)).collect(),
        named: None,
    }
}

/// What is told of a case, and how a person reads it.
fn told(layers: &Layers) -> (Vec<Told>, String) {
    let Err(unusable) = load(layers) else { return (Vec::new(), String::new()) };
    let told = unusable.problems.iter().map(|problem| {
        let place = problem.told.at;
        let (line, _) = unusable.sources.line_column(place);
        let name = unusable.sources.name(place.source);
        let name = name.rsplit('/').next().unwrap_or(name);
        Told {
            code: problem.fault.name().into(),
            at: format!("{name}:{line}"),
            field: problem.told.field.clone(),
            hint: problem.told.hint.clone(),
        }
    });
    (told.collect(), unusable.render())
}

#[test]
fn every_case_is_answered_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (told, shown) = told(&layers(&case));
        if told != case.told {
            wrong.push(format!("{} ({}):\n{told:#?}\n{shown}", case.id, case.what));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let cases = cases();
    let seen: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.told).map(|told| told.code.as_str()).collect();
    for fault in Fault::ALL {
        assert!(seen.contains(fault.name()), "{}", fault.name());
    }
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "ids are unique");
}

#[test]
fn nothing_secret_is_shown() {
    for case in cases() {
        let (_, shown) = told(&layers(&case));
        assert!(!shown.contains("s3cr3t"), "{}: {shown}", case.id);
        if let Ok(loaded) = load(&layers(&case)) {
            for setting in loaded.settings.iter() {
                let shown = loaded.settings.shown(setting).to_string();
                assert!(!shown.contains("s3cr3t"), "{}: {shown}", case.id);
            }
        }
    }
}

/// Of a bad configuration a running service takes nothing; of a good one all.
#[test]
fn a_reload_is_whole_or_nothing() {
    let cases = cases();
    let named = |id: &str| cases.iter().find(|case| case.id == id).map(layers).unwrap();
    let running = load(&named("defaults")).unwrap();
    for case in &cases {
        let reloaded = reload(&running, &layers(case));
        assert_eq!(reloaded.is_ok(), case.told.is_empty(), "{}", case.id);
    }
    let changes = reload(&running, &named("good")).unwrap();
    let at_once: Vec<String> = changes.at_once().map(ToString::to_string).collect();
    expect_test::expect![[r#"
        journal.checkpoint_every: "1m" -> "1m30s", at once (/desk/highmark.toml:3)
        journal.backup.every: "15m" -> "1h", at once (/desk/highmark.toml:4)
        journal.backup.keep: 96 -> 24, at once (/desk/highmark.toml:4)
        journal.backup.dir: "" -> "/people/asha/copies", at once (/desk/highmark.toml:4)
        disk.warn_free_pct: 20 -> 1, at once (/desk/highmark.toml:10)
        disk.block_free_pct: 10 -> 0, at once (/desk/highmark.toml:11)"#]]
    .assert_eq(&at_once.join("\n"));
    let waiting: Vec<String> = changes.waiting().map(ToString::to_string).collect();
    expect_test::expect![[r#"
        feed.kind: "generator" -> "replay", with the next start (/desk/highmark.toml:6)
        feed.files: [] -> ["/desk/day.csv"], with the next start (/desk/highmark.toml:7)
        feed.speed: 1 -> "max", with the next start (/desk/highmark.toml:8)"#]]
    .assert_eq(&waiting.join("\n"));
    assert!(reload(&changes.next, &named("good")).unwrap().changes.is_empty());
}
