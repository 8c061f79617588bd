//! The engine stays exact and closed: no floats, no narrowing casts, nothing of `std`, no unordered maps.

use super::source::Source;
use super::{Finding, Tree};

const ENGINE: &str = "crates/engine/src/";

/// Words that would let the world, chance or inexact numbers in.
const CLOSED: &[(&str, &str)] = &[
    ("f32", "floats are not exact"),
    ("f64", "floats are not exact"),
    ("std", "the engine is no_std: clocks, files and threads stay outside"),
    ("HashMap", "its order is random: use BTreeMap"),
    ("HashSet", "its order is random: use BTreeSet"),
    ("thread", "one thread owns the engine"),
    ("println", "the engine says what it says in events"),
    ("eprintln", "the engine says what it says in events"),
    ("print", "the engine says what it says in events"),
];

/// Casts to these may lose something; to 128 bits they cannot, here.
const NARROW: &[&str] = &["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];

/// A cast that cannot lose anything: the file, the line's own words, and why.
struct Allowed {
    file: &'static str,
    cast: &'static str,
    because: &'static str,
}

const ALLOWED: &[Allowed] = &[
    Allowed { file: "ids.rs", cast: "self.0 as usize", because: "an id is 32 bits wide" },
    Allowed { file: "decimal.rs", cast: "places as usize", because: "places are 6, 8 or 16" },
    Allowed { file: "decimal.rs", cast: "(left % 10) as u8", because: "a digit is below 10" },
    Allowed { file: "index/heap.rs", cast: "node as usize", because: "a node is 32 bits wide" },
    Allowed { file: "rules/bars.rs", cast: "period as usize", because: "a period is 32 bits wide" },
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let engine = tree.sources.iter().filter(|source| source.path.starts_with(ENGINE));
    engine
        .flat_map(|source| {
            [closed_words(source), floats(source), casts(source)].into_iter().flatten()
        })
        .collect()
}

fn closed_words(source: &Source) -> Vec<Finding> {
    let found = source.words().into_iter().filter(|(at, _)| !source.in_test(*at));
    found
        .filter_map(|(at, word)| {
            let (_, reason) = CLOSED.iter().find(|(closed, _)| *closed == word)?;
            Some(finding(source, at, format!("`{word}`: {reason}")))
        })
        .collect()
}

/// Float literals, with or without their type.
fn floats(source: &Source) -> Vec<Finding> {
    let bytes = source.code.as_bytes();
    let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
    let mut findings = Vec::new();
    for (at, word) in source.words() {
        let is_decimal = word.starts_with(|letter: char| letter.is_ascii_digit())
            && !word.starts_with("0x")
            && byte(at.checked_sub(1)) != b'.';
        let end = at + word.len();
        let has_point = byte(Some(end)) == b'.' && byte(Some(end + 1)).is_ascii_digit();
        let has_type = word.contains("f32") || word.contains("f64");
        let has_exponent = word.contains(['e', 'E']) && !word.contains("size");
        let is_float = is_decimal && (has_point || has_type || has_exponent);
        if is_float && !source.in_test(at) {
            findings.push(finding(source, at, format!("`{word}`: a float literal")));
        }
    }
    findings
}

fn casts(source: &Source) -> Vec<Finding> {
    let words = source.words();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|((at, word), (_, target))| {
            *word == "as" && NARROW.contains(target) && !source.in_test(*at)
        })
        .filter(|((at, _), _)| !is_allowed(source, *at))
        .map(|((at, _), (_, target))| {
            let message = format!(
                "`as {target}` may lose something: use From or TryFrom, or say in ALLOWED (tidy/exact.rs) why it cannot"
            );
            finding(source, *at, message)
        })
        .collect()
}

fn is_allowed(source: &Source, at: usize) -> bool {
    let text = source.line_text(source.line(at));
    ALLOWED.iter().any(|allowed| {
        let same_file = source.path.strip_prefix(ENGINE) == Some(allowed.file);
        same_file && text.contains(allowed.cast) && !allowed.because.is_empty()
    })
}

fn finding(source: &Source, at: usize, message: String) -> Finding {
    Finding { path: source.path.clone(), line: source.line(at), rule: "exact", message }
}
