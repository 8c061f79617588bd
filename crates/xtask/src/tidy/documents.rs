//! Documents stay true: every crate has its row, every glossary word is in use, no path of one machine.

use super::source::words;
use super::words::parts;
use super::{Finding, Tree};
use std::collections::BTreeSet;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// The heading of the crates that are not there yet.
const CRATES_TO_COME: &str = "### To come";
const GLOSSARY: &str = "docs/glossary.md";
/// The heading of the words that wait for their code.
const TO_COME: &str = "## Words to come";
/// The heading of the words that are not used.
const NOT_USED: &str = "## Words not used";

/// First folders of absolute paths on people's and builders' machines.
const MACHINES: &[&str] = &["work", "home", "root"];

/// Every crate has its row in ARCHITECTURE.md, and none that is here is said to be to come.
pub(super) fn check_crates(tree: &Tree) -> Vec<Finding> {
    let text = tree.text(ARCHITECTURE).unwrap_or_default();
    let (here, to_come) = text.split_once(CRATES_TO_COME).unwrap_or((text, ""));
    let mut findings = Vec::new();
    for (name, _, _) in tree.manifests() {
        let row = format!("| `{name}` |");
        let message = if to_come.contains(&row) {
            format!("crate `{name}` is here now: move its row up")
        } else if !here.contains(&row) {
            format!("crate `{name}` has no row in the table of what is here")
        } else {
            continue;
        };
        let path = ARCHITECTURE.to_owned();
        findings.push(Finding { path, line: 1, rule: "documents", message });
    }
    findings
}

/// Every word of the glossary is in use, and none that waits is.
pub(super) fn check_glossary(tree: &Tree) -> Vec<Finding> {
    let Some(glossary) = tree.text(GLOSSARY) else {
        let message = "there is no glossary".to_owned();
        return vec![Finding { path: GLOSSARY.to_owned(), line: 1, rule: "documents", message }];
    };
    let used = words_in_use(tree);
    let mut section = "";
    let mut findings = Vec::new();
    for (index, line) in glossary.lines().enumerate() {
        if line.starts_with("## ") {
            section = line;
        }
        if section.starts_with(NOT_USED) {
            continue;
        }
        let waits = section.starts_with(TO_COME);
        for word in entries(line).filter(|word| used.contains(&plain(word)) == waits) {
            let message = if waits {
                format!("`{word}` is in use now: move its row up")
            } else {
                format!("`{word}` is used nowhere: drop it or move it to the words to come")
            };
            let path = GLOSSARY.to_owned();
            findings.push(Finding { path, line: index + 1, rule: "documents", message });
        }
    }
    findings
}

/// The backticked words in the first cell of a table row.
fn entries(line: &str) -> impl Iterator<Item = &str> {
    let cell = line.strip_prefix('|').and_then(|row| row.split('|').next()).unwrap_or_default();
    cell.split('`').skip(1).step_by(2)
}

/// Every name of the sources, and every run of up to three words in names and comments, all plain.
fn words_in_use(tree: &Tree) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for source in tree.sources.iter().filter(|source| !source.path.starts_with("crates/xtask/")) {
        for line in source.text.lines() {
            let names: Vec<&str> = words(line).into_iter().map(|(_, name)| name).collect();
            used.extend(names.iter().map(|name| plain(name)));
            let parts: Vec<String> = names.into_iter().flat_map(parts).collect();
            for run in 1..=3 {
                used.extend(parts.windows(run).map(|parts| plain(&parts.concat())));
            }
        }
    }
    used
}

/// Without case, gaps and a plural's s, so that `TickSize`, `tick_size` and "tick sizes" are one.
fn plain(word: &str) -> String {
    let letters = word.chars().filter(|letter| letter.is_alphanumeric());
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    lower.strip_suffix('s').map(str::to_owned).unwrap_or(lower)
}

/// No file holds an absolute path of the machine that it was written on.
pub(super) fn check_paths(tree: &Tree) -> Vec<Finding> {
    let sources = tree.sources.iter().map(|source| (&source.path, &source.text));
    let texts = tree.texts.iter().map(|(path, text)| (path, text));
    let mut findings = Vec::new();
    for (path, text) in sources.chain(texts) {
        for (index, line) in text.lines().enumerate() {
            if let Some(machine) = MACHINES.iter().find(|folder| has_absolute(line, folder)) {
                findings.push(Finding {
                    path: path.clone(),
                    line: index + 1,
                    rule: "documents",
                    message: format!("an absolute path (/ {machine}) of one machine"),
                });
            }
        }
    }
    findings
}

fn has_absolute(line: &str, folder: &str) -> bool {
    let pattern = format!("/{folder}");
    line.match_indices(&pattern).any(|(at, _)| {
        let before = line[..at].chars().next_back().unwrap_or(' ');
        let after = line[at + pattern.len()..].chars().next().unwrap_or(' ');
        let is_first = !(before.is_alphanumeric() || "._-~}*".contains(before));
        is_first && !(after.is_alphanumeric() || "_-".contains(after))
    })
}
