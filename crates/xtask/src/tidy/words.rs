//! One word per thing: the names that the glossary rules out, and British spelling.

use super::source::{Source, words};
use super::{Finding, Tree};

/// Words that say nothing of what a thing is.
const EMPTY_WORDS: &[&str] =
    &["manager", "helper", "helpers", "util", "utils", "common", "base", "impl"];

/// Beginnings of function names that say nothing of what it does.
const EMPTY_VERBS: &[&str] = &["handle_", "process_", "do_", "get_"];

/// Names that have another word here: an exit is an `exit`.
const OTHER_WORDS: &[&str] = &["square_off", "flatten"];

/// Folders where names are given by others: the origin's Python names, brokers' own fields.
const NAMED_BY_OTHERS: &[&str] = &["crates/python/", "crates/brokers/"];

/// The page that lists the words not used.
const GLOSSARY: &str = "docs/glossary.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let ours = tree.sources.iter().filter(|source| !is_named_by_others(&source.path));
    let mut findings: Vec<Finding> = ours
        .flat_map(|source| {
            let mut found = declared_names(source);
            found.extend(file_name(source));
            found.extend(spelling_in_code(source));
            found
        })
        .collect();
    for (path, text) in &tree.texts {
        let is_prose = path.ends_with(".md") && path != GLOSSARY;
        if is_prose && !is_named_by_others(path) {
            let bad = words(text).into_iter().filter(|(_, word)| is_american(word));
            findings.extend(bad.map(|(at, word)| {
                let line = text[..at].matches('\n').count() + 1;
                american(path, line, word)
            }));
        }
    }
    findings
}

fn is_named_by_others(path: &str) -> bool {
    NAMED_BY_OTHERS.iter().any(|folder| path.starts_with(folder))
        && (path.starts_with("crates/python/") || path.contains("/wire"))
}

/// Types, functions, modules, constants: what stands behind a declaring keyword.
fn declared_names(source: &Source) -> Vec<Finding> {
    const DECLARING: &[&str] = &[
        "struct",
        "enum",
        "trait",
        "type",
        "union",
        "fn",
        "mod",
        "const",
        "static",
        "macro_rules",
    ];
    let words = source.words();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|((_, keyword), _)| DECLARING.contains(keyword))
        .filter_map(|((_, keyword), (at, name))| {
            let complaint = complaint(name, *keyword == "fn")?;
            Some(finding(source, source.line(*at), complaint))
        })
        .collect()
}

fn complaint(name: &str, is_function: bool) -> Option<String> {
    if let Some(word) = parts(name).into_iter().find(|part| EMPTY_WORDS.contains(&part.as_str())) {
        return Some(format!("`{name}` says `{word}`; name what it is"));
    }
    if let Some(word) = OTHER_WORDS.iter().find(|word| name.to_lowercase().contains(*word)) {
        return Some(format!("`{name}` says `{word}`; the word here is `exit`"));
    }
    let verb = EMPTY_VERBS.iter().find(|verb| is_function && name.starts_with(*verb))?;
    Some(format!("`{name}` begins with `{verb}`; say what it does"))
}

fn file_name(source: &Source) -> Option<Finding> {
    let inside = source.path.strip_prefix("crates/").unwrap_or(&source.path);
    let names = inside.split('/').map(|name| name.trim_end_matches(".rs"));
    let complaint = names.filter_map(|name| complaint(name, false)).next()?;
    Some(finding(source, 1, complaint))
}

/// Names and comments everywhere; literals outside tests, where the keys of published cases stand.
fn spelling_in_code(source: &Source) -> Vec<Finding> {
    let places = [(&source.code, true), (&source.comments, true), (&source.literals, false)];
    let found = places.into_iter().flat_map(|(text, in_tests)| {
        let bad = words(text).into_iter().filter(|(_, word)| is_american(word));
        bad.filter(move |(at, _)| in_tests || !source.in_test(*at))
    });
    found.map(|(at, word)| american(&source.path, source.line(at), word)).collect()
}

/// The letter is not written out beside its neighbours, so that this file does not find itself.
fn is_american(word: &str) -> bool {
    word.to_lowercase().contains(concat!("reali", "zed"))
}

fn american(path: &str, line: usize, word: &str) -> Finding {
    let message = format!("`{word}`: spelled with an s here");
    Finding { path: path.to_owned(), line, rule: "words", message }
}

fn finding(source: &Source, line: usize, message: String) -> Finding {
    Finding { path: source.path.clone(), line, rule: "words", message }
}

/// A name's words in lower case: of `HTTPHelper_forX` http, helper, for, x.
pub(super) fn parts(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut parts = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && letters[index - 1].is_lowercase();
        let before_lower = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        let after_upper = index > 0 && letters[index - 1].is_uppercase();
        let begins = letter.is_uppercase() && (after_lower || (after_upper && before_lower));
        if begins || !letter.is_alphanumeric() {
            parts.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(part) = parts.last_mut()
        {
            part.extend(letter.to_lowercase());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        assert_eq!(parts("HTTPHelper_forX"), ["http", "helper", "for", "x"]);
        assert_eq!(parts("Database"), ["database"]);
        assert_eq!(parts("MAX_BASE"), ["max", "base"]);
    }
}
