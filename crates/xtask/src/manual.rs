//! `cargo xtask docs`: what is printed, and the rule manual, made from the first comments of the rules' own files.

use crate::command::{Workspace, expect_only};
use crate::{Outcome, printed};
use std::fs;

pub(crate) const HELP: &str = "\
Usage: cargo xtask docs [--check]

Writes docs/rules.md from the `//!` text of crates/engine/src/rules/*.rs. A file is a page when its first
line starts with a rule's name in backticks: `name { fields }`: one sentence. Writes the schemas and
docs/configuration.md as `highmark` itself prints them.

  --check   write nothing; fail when one of them is not what would be written";

const RULES: &str = "crates/engine/src/rules";
const MANUAL: &str = "docs/rules.md";

/// The parts of the manual: a title, what it says first, and its pages by file, in order.
const PARTS: &[(&str, &str, &[&str])] = &[
    (
        "Rules on price",
        "They stand on one trade and look at its mark. Levels are given for a long; a short mirrors them.",
        &["stop_loss", "target", "trail", "keep", "step", "break_even", "ladder", "bars", "time"],
    ),
    (
        "Rules on mtm",
        "They stand on a scope (a trade, a group, a strategy, an account, the system). `M` is its mtm in money, `P` the peak of `M`, `F` the floor; the rule breaches when `M <= F` unless it says otherwise, and `F` only rises.",
        &[
            "max_loss",
            "mtm_target",
            "give_back",
            "gap",
            "lock",
            "lock_and_trail",
            "trail_loss",
            "drawdown",
            "daily",
        ],
    ),
];

const HEAD: &str = "\
# The rule manual

Written by `cargo xtask docs` from the engine's own sources; change it there. What all rules share (how numbers are compared, when a best or a peak starts, the order within a tick) stands in [what the engine does where a rule leaves room](semantics.md). The words are those of the [glossary](glossary.md).
";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--check"])?;
    let pages = read_pages(workspace)?;
    let manual = manual(&pages);
    if !arguments.is_empty() {
        let committed = workspace.read(MANUAL).unwrap_or_default();
        if let Some(line) = first_difference(&committed, &manual) {
            return Err(format!(
                "{MANUAL} is not what the sources say, from line {line} on\nhint: run `cargo xtask docs` and commit it"
            ));
        }
        println!("{MANUAL} is up to date: {} pages", pages.len());
        return printed::run(workspace, true);
    }
    fs::write(workspace.root.join(MANUAL), manual)
        .map_err(|error| format!("cannot write {MANUAL}: {error}"))?;
    println!("wrote {MANUAL}: {} pages", pages.len());
    printed::run(workspace, false)
}

/// One rule file: its stem, and its text without the comment marks.
struct Page {
    stem: String,
    text: String,
}

fn read_pages(workspace: &Workspace) -> Result<Vec<Page>, String> {
    let entries = fs::read_dir(workspace.root.join(RULES))
        .map_err(|error| format!("cannot list {RULES}: {error}"))?;
    let mut pages = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".rs") {
            pages.extend(page(stem, &workspace.read(&format!("{RULES}/{name}"))?));
        }
    }
    pages.sort_by(|a, b| a.stem.cmp(&b.stem));
    Ok(pages)
}

/// The page that a source file holds, if its first line begins with a name in backticks.
fn page(stem: &str, source: &str) -> Option<Page> {
    source.strip_prefix("//! `")?;
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    Some(Page { stem: stem.to_owned(), text: lines.join("\n") })
}

impl Page {
    /// The rules' names: the first word of each backticked part before the sentence.
    fn title(&self) -> String {
        let first = self.text.lines().next().unwrap_or_default();
        let head = first.split_once("`: ").map_or(first, |(head, _)| head);
        let names = head.split('`').skip(1).step_by(2);
        let names = names.map(|part| part.split([' ', '{']).next().unwrap_or(part));
        names.collect::<Vec<_>>().join(", ")
    }
}

fn manual(pages: &[Page]) -> String {
    let mut contents = String::new();
    let mut body = String::new();
    let listed = PARTS.iter().flat_map(|(_, _, stems)| stems.iter());
    let listed: Vec<&str> = listed.copied().collect();
    let others: Vec<&str> =
        pages.iter().map(|page| page.stem.as_str()).filter(|stem| !listed.contains(stem)).collect();
    let rest = ("Other rules", "", others.as_slice());
    for (title, intro, stems) in PARTS.iter().copied().chain(std::iter::once(rest)) {
        let part: Vec<&Page> =
            stems.iter().filter_map(|stem| pages.iter().find(|page| page.stem == *stem)).collect();
        if part.is_empty() {
            continue;
        }
        contents.push_str(&format!("\n**{title}**\n\n"));
        body.push_str(&format!("\n## {title}\n"));
        if !intro.is_empty() {
            body.push_str(&format!("\n{intro}\n"));
        }
        for page in part {
            let (name, stem) = (page.title(), &page.stem);
            contents.push_str(&format!("- [{name}](#{stem})\n"));
            body.push_str(&format!(
                "\n<a id=\"{stem}\"></a>\n\n### {name}\n\n{}\n",
                prose(&page.text)
            ));
        }
    }
    format!("{HEAD}{contents}{body}")
}

/// A doc comment as a page's body: one paragraph per line, headings below the page's own, no links into code.
fn prose(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut fenced = false;
    let mut joins = false;
    for line in text.trim_end().lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence || fenced {
            fenced ^= is_fence;
            joins = false;
            // Lines that only the compiler of an example needs are not for readers.
            if !line.starts_with("# ") {
                lines.push(line.to_owned());
            }
            continue;
        }
        let line = without_code_links(line);
        if line.starts_with('#') {
            lines.push(format!("###{line}"));
            joins = false;
        } else if line.trim().is_empty() || line.starts_with('|') {
            lines.push(line.trim_end().to_owned());
            joins = false;
        } else if joins && !is_item(&line) {
            if let Some(last) = lines.last_mut() {
                last.push(' ');
                last.push_str(line.trim());
            }
        } else {
            lines.push(line.trim_end().to_owned());
            joins = true;
        }
    }
    lines.join("\n")
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    line.starts_with("- ")
        || line.starts_with("* ")
        || (digits.len() < line.len() && digits.starts_with(". "))
}

/// A link into the code becomes what stands in its backticks, with or without a target.
fn without_code_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once("[`") {
        text.push_str(before);
        let Some((name, after)) = link.split_once("`]") else {
            text.push_str("[`");
            rest = link;
            continue;
        };
        let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
        match target {
            Some((target, after)) if target.contains("::") => {
                text.push_str(&format!("`{name}`"));
                rest = after;
            }
            Some(_) => {
                text.push_str(&format!("[`{name}`]"));
                rest = after;
            }
            None => {
                text.push_str(&format!("`{name}`"));
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The first line, from 1, in which two texts differ.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return None;
    }
    let same = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIL: &str = "\
//! `trail { by, arm_at? }`: the stop follows `best` at a fixed distance.
//!
//! The level is `best - by`, see [`crate::Price`]
//! and [`Distance`](crate::Distance) and [`here`](#keep).
//!
//! # Example
//!
//! - one
//!   more
//! - two
//!
//! | mark | stop |
//! |---|---|
//! | 110 | 105 |
//!
//! ```
//! # use hidden::Thing;
//! trail by 5
//! ```

use core::fmt;
";

    #[test]
    fn a_page_is_made_of_a_rules_own_words() {
        let page = page("trail", TRAIL).expect("it starts with a name");
        let manual = manual(&[page]);
        let body = manual.split("### trail\n\n").nth(1).expect("the page has its heading");
        assert_eq!(
            body,
            "`trail { by, arm_at? }`: the stop follows `best` at a fixed distance.\n\n\
             The level is `best - by`, see `crate::Price` and `Distance` and [`here`](#keep).\n\n\
             #### Example\n\n- one more\n- two\n\n| mark | stop |\n|---|---|\n| 110 | 105 |\n\n\
             ```\ntrail by 5\n```\n"
        );
        assert!(manual.contains("- [trail](#trail)\n") && manual.contains("## Rules on price"));
    }

    #[test]
    fn pages_stand_in_the_stated_order_and_none_is_lost() {
        let make = |stem: &str| page(stem, &format!("//! `{stem} {{}}`: a rule.\n"));
        let pages: Vec<Page> =
            ["brand_new", "daily", "stop_loss"].into_iter().filter_map(make).collect();
        let manual = manual(&pages);
        let at = |name: &str| manual.find(&format!("### {name}")).expect("it has a page");
        assert!(at("stop_loss") < at("daily") && at("daily") < at("brand_new"));
    }

    #[test]
    fn a_file_without_a_rules_name_is_no_page() {
        assert!(page("mod", "//! The rules, one file each.\n").is_none());
        let two = "//! `daily_loss { amount }`, `daily_target { amount }`: limits of a day.\n";
        assert_eq!(
            page("daily", two).map(|page| page.title()),
            Some("daily_loss, daily_target".to_owned())
        );
    }

    #[test]
    fn a_difference_is_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }
}
