//! The layers folded into one value for each key, each with its origin.

use super::edit;
use super::keys::{self, KEYS, Key, Kind};
use super::layers::{Assignment, FileText, Layers, PREFIX, Surroundings, key_of_variable};
use super::problem::{Fault, Problem};
use super::secret;
use super::value::{self, Value};
use highmark_engine::Span;
use highmark_play::scenario::diagnostics::{any_of, suggestion};
use highmark_play::scenario::node::{Entry, Node, Value as Written};
use highmark_play::scenario::{Diagnostic, Origin as Spot, Sources};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The value of a key.
#[derive(Clone, Debug)]
pub struct Setting {
    pub key: &'static Key,
    /// As it was written; paths may be relative.
    pub value: Value,
    pub origin: Origin,
    /// What a relative path is relative to.
    base: PathBuf,
    spot: Spot,
}

/// Every key has one.
#[derive(Clone, Debug)]
pub struct Settings {
    all: BTreeMap<&'static str, Setting>,
    surroundings: Surroundings,
}

/// Reads all layers, the weakest first; what is wrong in any of them is collected.
pub(super) fn gather(layers: &Layers) -> (Settings, Sources, Vec<Problem>) {
    let mut sources = Sources::default();
    let mut reading = Reading {
        settings: Settings { all: BTreeMap::new(), surroundings: layers.surroundings.clone() },
        problems: Vec::new(),
    };
    let here = &layers.surroundings.here;
    for key in KEYS {
        let source = sources.add("default", key.default);
        let node = value_node(key.default, source);
        reading.take(key, &node, Origin::Default, here);
    }
    for file in &layers.files {
        reading.file(file, &mut sources);
    }
    for (name, said) in &layers.surroundings.variables {
        let source = sources.add(name, blotted(name, said));
        match key_of_variable(name) {
            Some(key) => {
                let node = value::plain(key.kind, said, source);
                reading.take(key, &node, Origin::Variable(name.clone()), here);
            }
            None => reading.unknown_variable(name, said, source),
        }
    }
    for assignment in &layers.flags {
        reading.flag(assignment, &mut sources, here);
    }
    (reading.settings, sources, reading.problems)
}

struct Reading {
    settings: Settings,
    problems: Vec<Problem>,
}

impl Reading {
    fn take(&mut self, key: &'static Key, node: &Node, origin: Origin, base: &Path) {
        match value::read(key.kind, node) {
            Ok(value) => {
                let base = base.to_owned();
                let setting = Setting { key, value, origin, base, spot: node.at };
                self.settings.all.insert(key.path, setting);
            }
            Err(wrong) => {
                let problem =
                    Problem::new(wrong.fault, node.at, key.path, wrong.message, wrong.hint);
                self.problems.push(problem);
            }
        }
    }

    fn file(&mut self, file: &FileText, sources: &mut Sources) {
        let name = file.path.display().to_string();
        let text = match &file.text {
            Ok(text) => text,
            Err(reason) => {
                let source = sources.add(name, "");
                let at = Spot { source, start: 0, end: 0 };
                let hint = "check the path and its rights; `highmark config path` lists the files";
                self.problems.push(Problem::new(Fault::Unreadable, at, "", reason, hint));
                return;
            }
        };
        let source = sources.add(name, secret::blot(text));
        let (document, errors) = Node::recovered(text, source);
        let errors: Vec<Problem> = errors.into_iter().map(|error| not_toml(error, text)).collect();
        // Of what is no TOML nothing is certain; a key that stands twice leaves the rest as it is.
        let is_read = errors.iter().all(|error| error.fault == Fault::DuplicateKey);
        self.problems.extend(errors);
        if is_read && self.is_of_this_version(&document) {
            self.table(&document, "", file, sources);
        }
    }

    /// What another version means by its keys is not known, so no more is said of them.
    fn is_of_this_version(&mut self, document: &Node) -> bool {
        let Some(node) = document.get("config_version") else { return true };
        let Written::Integer(digits) = &node.value else { return true };
        let is_this = digits.parse() == Ok(keys::VERSION);
        if !is_this {
            self.problems.push(Problem::new(
                Fault::Version,
                node.at,
                "config_version",
                format!("this Highmark reads version {}, not {digits}", keys::VERSION),
                "use the Highmark that the file was written for, or write it anew: highmark init",
            ));
        }
        is_this
    }

    fn table(&mut self, node: &Node, path: &str, file: &FileText, sources: &Sources) {
        let Written::Table(entries) = &node.value else {
            let message = format!("expected a table, found {}", node.what());
            let hint = format!("write it under [{path}]");
            self.problems.push(Problem::new(Fault::Type, node.at, path, message, hint));
            return;
        };
        for entry in entries {
            let path = join(path, &entry.key);
            self.exposed(&path, entry, file);
            if let Some(key) = keys::key_of(&path) {
                self.key(key, entry, file, sources);
            } else if KEYS.iter().any(|key| key.path.starts_with(&format!("{path}."))) {
                self.table(&entry.node, &path, file, sources);
            } else {
                let (message, hint) = unknown(&path);
                self.problems.push(Problem::new(
                    Fault::UnknownKey,
                    entry.key_at,
                    path,
                    message,
                    hint,
                ));
            }
        }
    }

    /// A secret may stand only where nobody else reads it.
    fn exposed(&mut self, path: &str, entry: &Entry, file: &FileText) {
        let is_secret = entry.node.text().is_some_and(|text| secret::is_one(&entry.key, text));
        if is_secret && file.others_read {
            let shown = file.path.display();
            let hint = format!("chmod 600 {shown}, or keep it in a file of its own and name that");
            let message = "a secret in a file that others may read";
            self.problems.push(Problem::new(Fault::Secret, entry.key_at, path, message, hint));
        }
    }

    fn key(&mut self, key: &'static Key, entry: &Entry, file: &FileText, sources: &Sources) {
        let (line, _) = sources.line_column(entry.key_at);
        let base = file.path.parent().unwrap_or(Path::new("."));
        if key.kind == Kind::Command && file.others_write && entry.node.text() != Some("") {
            let hint = format!("chown it to yourself and chmod o-w {}", file.path.display());
            self.problems.push(Problem::new(
                Fault::Untrusted,
                entry.key_at,
                key.path,
                "a command in a file that others may write",
                hint,
            ));
        }
        let origin = Origin::File { path: file.path.clone(), line };
        self.take(key, &entry.node, origin, base);
    }

    fn flag(&mut self, assignment: &Assignment, sources: &mut Sources, here: &Path) {
        let Assignment { flag, key, value } = assignment;
        let source = sources.add(format!("{flag} {key}"), blotted(key, value));
        match keys::key_of(key) {
            Some(key) => {
                let node = value::plain(key.kind, value, source);
                self.take(key, &node, Origin::Flag(flag.clone()), here);
            }
            None => {
                let (message, hint) = unknown(key);
                let at = Spot { source, start: 0, end: value.len() };
                self.problems.push(Problem::new(
                    Fault::UnknownKey,
                    at,
                    key.as_str(),
                    message,
                    hint,
                ));
            }
        }
    }

    fn unknown_variable(&mut self, name: &str, said: &str, source: usize) {
        let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
        let upper = name.to_uppercase();
        let hint = match suggestion(&upper, known.iter().map(String::as_str)) {
            Some(close) => format!("did you mean {close}?"),
            None => format!("variables are named {PREFIX}SECTION__KEY, as the keys are"),
        };
        let at = Spot { source, start: 0, end: said.len() };
        let message = format!("no key has the variable {name}");
        self.problems.push(Problem::new(Fault::UnknownKey, at, name, message, hint));
    }
}

fn not_toml(error: Diagnostic, text: &str) -> Problem {
    if !error.message.contains("duplicate key") {
        let hint = "a table begins with [name], a value is key = value; `highmark init` writes a file to start from";
        return Problem::new(Fault::Syntax, error.at, error.field, error.message, hint);
    }
    let name = text.get(error.at.start..error.at.end).unwrap_or("");
    let above = text.get(..error.at.start).unwrap_or("");
    // Of a table the line that it stands on is its own header, which is cut off there.
    let table = above.lines().rev().find_map(edit::header);
    let is_table = above.ends_with('[');
    let field = join(table.filter(|_| !is_table).unwrap_or(""), name);
    let message = format!("`{name}` stands twice");
    Problem::new(Fault::DuplicateKey, error.at, field, message, "keep one of them")
}

/// A value as it may be shown in a message.
fn blotted(name: &str, said: &str) -> String {
    if secret::is_one(name, said) { "*".repeat(said.len()) } else { said.to_owned() }
}

fn value_node(text: &str, source: usize) -> Node {
    let document = Node::document(&format!("value = {text}"), source).ok();
    let node = document.and_then(|document| document.get("value").cloned());
    let at = Spot { source, start: 0, end: text.len() };
    node.map_or(Node { at, value: Written::Text(text.to_owned()) }, |node| Node { at, ..node })
}

/// What is said of a path that no key has.
fn unknown(path: &str) -> (String, String) {
    let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
    let place = if table.is_empty() { "the configuration".into() } else { format!("[{table}]") };
    let message = format!("there is no `{name}` in {place}");
    // The parts that may follow the table, at its own level.
    let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
    let mut siblings: Vec<&str> = Vec::new();
    for key in KEYS {
        if let Some(rest) = key.path.strip_prefix(prefix.as_str()) {
            let part = rest.split_once('.').map_or(rest, |(part, _)| part);
            if !siblings.contains(&part) {
                siblings.push(part);
            }
        }
    }
    if let Some(close) = suggestion(name, siblings.iter().copied()) {
        return (message, format!("did you mean `{}`?", join(table, close)));
    }
    let ends = |key: &&Key| key.path.rsplit('.').next() == Some(name);
    if let Some(elsewhere) = KEYS.iter().find(ends) {
        return (message, format!("did you mean `{}`?", elsewhere.path));
    }
    if ["account", "strategy", "defaults", "rule", "trade"].contains(&name) {
        return (message, "rules and limits are set by a scenario or a command, not here".into());
    }
    if siblings.is_empty() {
        return (message, "`highmark config schema` lists all keys".into());
    }
    (message, format!("{place} has {}", any_of(siblings)))
}

fn join(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

impl Settings {
    /// In the order of the table of keys.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        KEYS.iter().filter_map(|key| self.all.get(key.path))
    }

    pub fn setting(&self, path: &str) -> Option<&Setting> {
        self.all.get(path)
    }

    /// The value as it is used: paths whole, and those that are empty for a reason filled in.
    pub fn effective(&self, setting: &Setting) -> Value {
        match setting.key.kind {
            Kind::Path => {
                let path = self.path(setting.key.path).unwrap_or_default();
                Value::Text(path.to_string_lossy().into_owned())
            }
            Kind::Paths => {
                let paths = self.paths(setting.key.path);
                Value::List(paths.iter().map(|path| path.to_string_lossy().into_owned()).collect())
            }
            Kind::Whole(..)
            | Kind::Percent(..)
            | Kind::Length(..)
            | Kind::Flag
            | Kind::Word(_)
            | Kind::Speed
            | Kind::Text
            | Kind::Command
            | Kind::Hosts => setting.value.clone(),
        }
    }

    /// The value as a person may see it: what looks like a secret is hidden.
    pub fn shown(&self, setting: &Setting) -> Value {
        let value = self.effective(setting);
        match &value {
            Value::Text(text) if secret::holds_one(text) => Value::Text(secret::HIDDEN.into()),
            Value::Text(_)
            | Value::Whole(_)
            | Value::Length(_)
            | Value::Flag(_)
            | Value::List(_) => value,
        }
    }

    pub(super) fn value(&self, path: &str) -> &Value {
        let setting = self.all.get(path);
        &setting.expect("every key of the table has a default that fits it").value
    }

    pub(super) fn whole(&self, path: &str) -> u64 {
        match self.value(path) {
            Value::Whole(number) => *number,
            Value::Length(_) | Value::Flag(_) | Value::Text(_) | Value::List(_) => 0,
        }
    }

    /// The range of the key keeps it within 32 bits.
    pub(super) fn count(&self, path: &str) -> u32 {
        u32::try_from(self.whole(path)).unwrap_or(u32::MAX)
    }

    pub(super) fn size(&self, path: &str) -> usize {
        usize::try_from(self.whole(path)).unwrap_or(usize::MAX)
    }

    pub(super) fn span(&self, path: &str) -> Span {
        match self.value(path) {
            Value::Length(span) => *span,
            Value::Whole(_) | Value::Flag(_) | Value::Text(_) | Value::List(_) => Span::ZERO,
        }
    }

    pub(super) fn duration(&self, path: &str) -> Duration {
        Duration::from_nanos(u64::try_from(self.span(path).0).unwrap_or(0))
    }

    pub(super) fn text(&self, path: &str) -> &str {
        match self.value(path) {
            Value::Text(text) => text,
            Value::Whole(_) | Value::Length(_) | Value::Flag(_) | Value::List(_) => "",
        }
    }

    /// A path made whole; `None` when it is empty and nothing stands for that.
    pub(super) fn path(&self, path: &str) -> Option<PathBuf> {
        let setting = self.all.get(path)?;
        let text = self.text(path);
        if !text.is_empty() {
            return Some(self.made_whole(text, &setting.base));
        }
        let around = &self.surroundings;
        match path {
            "state.dir" => around.state_home.as_ref().map(|home| home.join("highmark")),
            "market.dir" => around.config_home.as_ref().map(|home| home.join("highmark/market")),
            _ => None,
        }
    }

    pub(super) fn paths(&self, path: &str) -> Vec<PathBuf> {
        match (self.all.get(path), self.value(path)) {
            (Some(setting), Value::List(texts)) => {
                texts.iter().map(|text| self.made_whole(text, &setting.base)).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        match self.value(path) {
            Value::List(texts) => texts.clone(),
            Value::Whole(_) | Value::Length(_) | Value::Flag(_) | Value::Text(_) => Vec::new(),
        }
    }

    fn made_whole(&self, text: &str, base: &Path) -> PathBuf {
        match (text.strip_prefix("~/"), &self.surroundings.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => base.join(text),
        }
    }

    pub(super) fn spot(&self, path: &str) -> Spot {
        self.all.get(path).map_or_else(Spot::default, |setting| setting.spot)
    }

    /// The one of two keys that was set last, to be told of when they contradict each other.
    pub(super) fn strongest(&self, paths: &[&'static str]) -> &'static str {
        let strongest = paths.iter().copied().max_by_key(|path| self.spot(path));
        strongest.unwrap_or("")
    }
}
