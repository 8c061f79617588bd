//! The table of keys agrees with what is made of it, and the layers with what is promised of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use super::keys::{KEYS, SECTIONS, key_of};
use super::layers::{FileText, Layers};
use super::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A machine of the test's own.
fn surroundings() -> Surroundings {
    Surroundings {
        system: "/etc/highmark/highmark.toml".into(),
        home: Some("/people/asha".into()),
        config_home: Some("/people/asha/.config".into()),
        state_home: Some("/people/asha/.local/state".into()),
        here: "/desk".into(),
        variables: Vec::new(),
    }
}

fn file(path: &str, text: &str) -> FileText {
    let text = Ok(text.to_owned());
    FileText { path: path.into(), text, others_read: false, others_write: false }
}

fn layers(files: Vec<FileText>) -> Layers {
    Layers { surroundings: surroundings(), files, flags: Vec::new(), named: None }
}

fn with(key: &str, value: &str) -> Layers {
    let line = format!("{key} = {value}\n");
    layers(vec![file("/desk/highmark.toml", &line)])
}

#[test]
fn defaults_fit_and_are_what_the_manual_says() {
    let loaded = load(&layers(Vec::new())).unwrap_or_else(|error| panic!("{}", error.render()));
    assert_eq!(loaded.settings.iter().count(), KEYS.len());
    for setting in loaded.settings.iter() {
        assert_eq!(setting.value.to_string(), setting.key.default, "{}", setting.key.path);
        assert_eq!(setting.origin, Origin::Default);
    }
    let config = loaded.config;
    assert_eq!(config.state.dir, PathBuf::from("/people/asha/.local/state/highmark"));
    assert_eq!(config.market.dir, PathBuf::from("/people/asha/.config/highmark/market"));
    assert_eq!((config.journal.backup, config.feed.kind), (None, FeedKind::Generator));
}

/// Nobody reads a key that changes nothing.
#[test]
fn every_key_is_used() {
    let plain = load(&layers(Vec::new())).unwrap().config;
    for key in KEYS.iter().filter(|key| key.path != "config_version") {
        let mut text = format!("{} = {}\n", key.path, key.example);
        // Alone, these two mean nothing.
        if key.path.starts_with("journal.backup.") && key.path != "journal.backup.dir" {
            text.push_str("journal.backup.dir = \"/mnt/backup/highmark\"\n");
        }
        if key.path == "api.tls.key" {
            text.push_str("api.tls.certificate = \"/etc/highmark/certificate.pem\"\n");
        }
        let loaded = load(&layers(vec![file("/desk/highmark.toml", &text)]));
        let config = loaded.unwrap_or_else(|error| panic!("{}", error.render())).config;
        assert_ne!(config, plain, "{}", key.path);
    }
}

#[test]
fn every_key_stands_in_a_section_once() {
    let paths: BTreeSet<&str> = KEYS.iter().map(|key| key.path).collect();
    assert_eq!(paths.len(), KEYS.len());
    for key in KEYS {
        assert!(SECTIONS.iter().any(|(section, _)| *section == key.section()), "{}", key.path);
        assert!(key_of(key.path).is_some());
    }
}

#[test]
fn the_stronger_layer_wins_and_says_so() {
    let mut layers = layers(vec![
        file(
            "/etc/highmark/highmark.toml",
            "feed.seed = 1\nfeed.kind = \"none\"\npaper.seed = 1\n",
        ),
        file("/people/asha/.config/highmark/highmark.toml", "[feed]\nseed = 2\n"),
        file(
            "/desk/highmark.toml",
            "\n[feed]\nseed = 3\nfiles = [\"a.csv\", \"/b.csv\", \"~/c.csv\"]\n",
        ),
    ]);
    let origin = |layers: &Layers, key: &str| {
        let loaded = load(layers).unwrap_or_else(|error| panic!("{}", error.render()));
        let setting = loaded.settings.setting(key).unwrap();
        format!("{} from {}", setting.value, setting.origin)
    };
    assert_eq!(origin(&layers, "feed.seed"), "3 from /desk/highmark.toml:3");
    assert_eq!(origin(&layers, "feed.kind"), "\"none\" from /etc/highmark/highmark.toml:2");
    let files = load(&layers).unwrap().config.feed.files;
    assert_eq!(files, ["/desk/a.csv", "/b.csv", "/people/asha/c.csv"].map(PathBuf::from));
    layers.surroundings.variables = vec![("HIGHMARK__FEED__SEED".into(), "4".into())];
    assert_eq!(origin(&layers, "feed.seed"), "4 from HIGHMARK__FEED__SEED");
    layers.flags = vec![Assignment::option("feed.seed=5")];
    assert_eq!(origin(&layers, "feed.seed"), "5 from --option");
    assert_eq!(origin(&layers, "paper.seed"), "1 from /etc/highmark/highmark.toml:3");
}

/// What a variable or a flag says needs no quotes.
#[test]
fn every_key_can_be_set_without_a_file() {
    for key in KEYS {
        for said in [key.example, key.example.trim_matches('"')] {
            let mut layers = layers(Vec::new());
            layers.surroundings.variables = vec![(key.variable(), said.into())];
            layers.flags = vec![Assignment::option("feed.files=one.csv")];
            if key.path == "api.tls.key" {
                layers.flags.push(Assignment::option("api.tls.certificate=certificate.pem"));
            }
            let loaded = load(&layers).unwrap_or_else(|error| panic!("{}", error.render()));
            let setting = loaded.settings.setting(key.path).unwrap();
            if key.path != "feed.files" {
                assert_eq!(setting.value.to_string(), key.example, "{}", key.path);
            }
        }
    }
}

/// A replay needs files, so nothing that a table of values says of `feed.kind` is left out by `with`.
#[test]
fn a_replay_needs_files() {
    let error = load(&with("feed.kind", "\"replay\"")).unwrap_err();
    assert_eq!(error.problems.len(), 1);
    assert_eq!(error.problems[0].fault, Fault::Missing);
}
