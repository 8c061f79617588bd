//! How long files and functions are: a list to look at, which fails nothing.

use super::Tree;
use super::source::{Source, item_end};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const LONG_FILE: usize = 500;
const LONG_FUNCTION: usize = 70;

/// Lines per crate, then the files over 500 lines and the functions over 70.
pub(super) fn report(tree: &Tree) -> String {
    let mut crates: BTreeMap<&str, Totals> = BTreeMap::new();
    let mut long = Vec::new();
    for source in &tree.sources {
        let lines = source.text.lines().count();
        let name = source.path.strip_prefix("crates/").and_then(|path| path.split('/').next());
        let totals = crates.entry(name.unwrap_or("(root)")).or_default();
        totals.files += 1;
        totals.lines += lines;
        totals.test_lines += test_lines(source);
        if lines > LONG_FILE {
            long.push(format!("{}: {lines} lines", source.path));
        }
        for (line, name, length) in functions(source) {
            if length > LONG_FUNCTION {
                long.push(format!("{}:{line}: fn {name} has {length} lines", source.path));
            }
        }
    }
    let mut text = format!("{:<10}{:>7}{:>9}{:>9}", "crate", "files", "lines", "of tests");
    for (name, totals) in crates {
        let Totals { files, lines, test_lines } = totals;
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{name:<10}{files:>7}{lines:>9}{test_lines:>9}");
    }
    for line in long {
        let _ = write!(text, "\nlong: {line}");
    }
    text
}

#[derive(Default)]
struct Totals {
    files: usize,
    lines: usize,
    test_lines: usize,
}

fn test_lines(source: &Source) -> usize {
    let mut offset = 0;
    let lines = source.text.split_inclusive('\n').filter(|line| {
        let at = offset;
        offset += line.len();
        source.in_test(at)
    });
    lines.count()
}

/// The functions with bodies: line, name and how many lines they take.
fn functions(source: &Source) -> Vec<(usize, &str, usize)> {
    let words = source.words();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|((_, keyword), _)| *keyword == "fn")
        .map(|((at, _), (_, name))| {
            let first = source.line(*at);
            (first, *name, source.line(item_end(&source.code, *at) - 1) - first + 1)
        })
        .collect()
}
