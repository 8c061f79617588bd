//! Habits that save the next reader: a first line, no unwrap, nothing left to do, no sleeping tests.

use super::source::{Source, words};
use super::{Finding, Tree};

/// Each Rust file begins with what it is for.
pub(super) fn check_headers(tree: &Tree) -> Vec<Finding> {
    let headless = |source: &&Source| {
        let first = source.text.lines().next().unwrap_or_default();
        first.strip_prefix("//!").is_none_or(|sentence| sentence.trim().is_empty())
    };
    let message = "begin with a `//!` line that says what the file is for";
    let finding = |source: &Source| Finding {
        path: source.path.clone(),
        line: 1,
        rule: "header",
        message: message.to_owned(),
    };
    tree.sources.iter().filter(headless).map(finding).collect()
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tree.sources.iter().flat_map(in_source).collect();
    for (path, text) in &tree.texts {
        findings.extend(left_to_do(text).into_iter().map(|(at, word)| Finding {
            path: path.clone(),
            line: text[..at].matches('\n').count() + 1,
            rule: "habits",
            message: format!("`{word}`: do it, file it, or write down the limit"),
        }));
    }
    findings
}

/// A text to look for in code, whether it is forbidden there, and what to do instead.
struct Habit {
    text: &'static str,
    applies: fn(&Source, usize) -> bool,
    instead: &'static str,
}

const HABITS: &[Habit] = &[
    Habit {
        text: ".unwrap()",
        applies: |source, at| !source.in_test(at),
        instead: "use `?`, or `expect` with why it cannot happen",
    },
    Habit { text: "todo!", applies: |_, _| true, instead: "do it, or leave it out" },
    Habit { text: "unimplemented!", applies: |_, _| true, instead: "do it, or leave it out" },
    Habit { text: "#[ignore", applies: |_, _| true, instead: "assert what happens today" },
    Habit {
        text: "sleep(",
        applies: |source, at| source.in_test(at),
        instead: "time enters a test as data",
    },
];

fn in_source(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |at, message| {
        let line = source.line(at);
        findings.push(Finding { path: source.path.clone(), line, rule: "habits", message });
    };
    for habit in HABITS {
        for (at, text) in source.code.match_indices(habit.text) {
            let before = source.code[..at].chars().next_back().unwrap_or(' ');
            let is_whole = text.starts_with('.') || !(before.is_alphanumeric() || before == '_');
            if is_whole && (habit.applies)(source, at) {
                report(at, format!("`{text}`: {}", habit.instead));
            }
        }
    }
    for (at, word) in left_to_do(&source.comments) {
        report(at, format!("`{word}`: do it, file it, or write down the limit"));
    }
    findings
}

/// The two marks of unfinished work, as words of their own.
fn left_to_do(text: &str) -> Vec<(usize, &str)> {
    let is_mark = |word: &str| word == concat!("TO", "DO") || word == concat!("FIX", "ME");
    words(text).into_iter().filter(|(_, word)| is_mark(word)).collect()
}
