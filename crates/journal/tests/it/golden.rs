//! Golden journals: what any version wrote is read by this one. They are never written anew.

use crate::books::*;
use highmark_journal::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// All golden journals, of each format.
fn golden() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/golden");
    let within = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    within(&root).iter().flat_map(|format| within(format)).collect()
}

#[test]
fn every_golden_journal_opens_folds_and_goes_on() {
    let found = golden();
    assert!(!found.is_empty());
    for path in found {
        let name = path.display().to_string();
        let room = Room::new();
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), room.path().join(entry.file_name())).unwrap();
        }
        let page = path.join("expected.json");
        let mut expected: Value = serde_json::from_slice(&fs::read(&page).unwrap()).unwrap();
        assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![], "{name}");

        let reader = Reader::open(room.path()).unwrap();
        let stats = reader.stats().unwrap();
        assert_eq!(expected["turns"], stats.head.turns, "{name}");
        assert_eq!(expected["events"], stats.head.events, "{name}");
        assert_eq!(expected["chain"], stats.head.hash.to_string(), "{name}");
        let folded =
            replay::fold(reader.beginning().unwrap(), reader.turns().unwrap(), None).unwrap();
        // The state's own form may grow with the engine; `UPDATE_EXPECT=1` writes down how it looks now.
        let state = format!("{:016x}", folded.engine.state().hash());
        if std::env::var_os("UPDATE_EXPECT").is_some() && expected["state"] != state {
            expected["state"] = state.clone().into();
            fs::write(&page, serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
        }
        assert_eq!(expected["state"], state, "{name}");

        let (mut journal, recovered) = Journal::open(room.path(), &about(), at(99_000)).unwrap();
        assert!(recovered.engine.state() == folded.engine.state(), "{name}");
        let mut engine = recovered.engine;
        let clock = highmark_engine::Input { at: at(99_000), body: highmark_engine::Body::Clock };
        journal.append(&turns(&mut engine, vec![clock])).unwrap();
        assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![], "{name}");
    }
}
