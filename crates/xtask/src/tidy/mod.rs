//! `cargo xtask tidy`: the rules of the house, checked on every file that is or would be committed.

mod documents;
mod exact;
mod habits;
mod layers;
mod sizes;
mod source;
mod words;

use crate::Outcome;
use crate::command::{Workspace, expect_only};
use source::Source;
use std::fmt;
use std::process::{Command, Stdio};

pub(crate) const HELP: &str = "\
Usage: cargo xtask tidy

Checks every file that git knows or would take:
  layers      who may depend on whom, and which outside crates
  versions    versions and paths of dependencies stand in the root manifest only
  header      each Rust file begins with a `//!` line that says what it is for
  words       the names that the glossary rules out, and British spelling
  exact       the engine: no floats, narrowing casts, std, unordered maps, printing
  habits      no unwrap outside tests, nothing left to do, nothing ignored, no sleeping tests
  documents   every crate has its row in ARCHITECTURE.md, every glossary word in use, no path of one machine
Then lists long files and functions; that list fails nothing.";

/// Something that breaks a rule, and where.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

/// Every file under rule: Rust sources cut into parts, other texts whole.
pub(crate) struct Tree {
    pub(crate) sources: Vec<Source>,
    pub(crate) texts: Vec<(String, String)>,
}

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: &[Check] = &[
    layers::check,
    layers::check_versions,
    habits::check_headers,
    words::check,
    exact::check,
    habits::check,
    documents::check_crates,
    documents::check_glossary,
    documents::check_paths,
];

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &[])?;
    let tree = Tree::read(workspace)?;
    let findings = findings(&tree);
    println!("{}", sizes::report(&tree));
    for finding in &findings {
        println!("{finding}");
    }
    let files = tree.sources.len() + tree.texts.len();
    println!("tidy: {files} files, {} findings", findings.len());
    if findings.is_empty() { Ok(()) } else { Err(format!("{} findings", findings.len())) }
}

fn findings(tree: &Tree) -> Vec<Finding> {
    let mut all: Vec<Finding> = CHECKS.iter().flat_map(|check| check(tree)).collect();
    all.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    all
}

impl Tree {
    fn read(workspace: &Workspace) -> Result<Tree, String> {
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(&workspace.root)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start git: {error}\nhint: install git"))?;
        if !listed.status.success() {
            let reason = String::from_utf8_lossy(&listed.stderr).into_owned();
            return Err(format!("git cannot list the files: {reason}"));
        }
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        // A file that is deleted but not yet committed is listed and cannot be read; so can no binary.
        let read = |name: &str| {
            let text = std::fs::read_to_string(workspace.root.join(name)).ok()?;
            Some((name.to_owned(), text))
        };
        Ok(Tree::new(names.split('\0').filter_map(read)))
    }

    fn new(files: impl Iterator<Item = (String, String)>) -> Tree {
        let (mut sources, mut texts) = (Vec::new(), Vec::new());
        for (path, text) in files {
            if path.ends_with(".rs") {
                sources.push(Source::parse(&path, &text));
            } else {
                texts.push((path, text));
            }
        }
        mark_test_files(&mut sources);
        Tree { sources, texts }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }

    /// Each crate's folder name with its manifest's path and text.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.texts.iter().filter_map(|(path, text)| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            Some((name, path.as_str(), text.as_str()))
        })
    }
}

/// `#[cfg(test)] mod name;` makes test code of the file that it names.
fn mark_test_files(sources: &mut [Source]) {
    let mut named = Vec::new();
    for source in sources.iter() {
        let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let stem = source.path.strip_suffix(".rs").unwrap_or(&source.path);
        for module in source.test_modules() {
            named.extend([format!("{folder}/{module}"), format!("{stem}/{module}")]);
        }
    }
    for source in sources {
        let inside = |name: &String| {
            let rest = source.path.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        source.is_test |= named.iter().any(inside);
    }
}

#[cfg(test)]
mod tests;
