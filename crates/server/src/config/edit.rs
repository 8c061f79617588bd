//! One key set in the text of a file, with its comments and its order kept.
//!
//! The place is found by the spans that the parser gives. The result is parsed again and must differ from
//! what was there in that key alone, or the edit is refused.

use highmark_play::scenario::node::{Node, Value};
use std::collections::BTreeMap;

/// Puts `path = value` into `text`; `value` is written in TOML. `None` when the text is laid out in a way that
/// leaves no safe place: it is then for a person to edit.
pub fn set(text: &str, path: &str, value: &str) -> Option<String> {
    let document = Node::document(text, 0).ok()?;
    let edited = match find(&document, path) {
        Some(node) => {
            let (start, end) = (node.at.start, node.at.end);
            format!("{}{value}{}", text.get(..start)?, text.get(end..)?)
        }
        None => {
            inline(text, &document, path, value).or_else(|| add(text, &document, path, value))?
        }
    };
    let mut wanted = leaves(&document);
    wanted.insert(path.to_owned(), leaf(&Node::document(&format!("x = {value}"), 0).ok()?, "x")?);
    (leaves(&Node::document(&edited, 0).ok()?) == wanted).then_some(edited)
}

fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    match path.split_once('.') {
        Some((first, rest)) => find(node.get(first)?, rest),
        None => node.get(path),
    }
}

/// Adds to a table that is written as `{ ... }`.
fn inline(text: &str, document: &Node, path: &str, value: &str) -> Option<String> {
    let (table, name) = path.rsplit_once('.')?;
    let at = find(document, table)?.at;
    let written = text.get(at.start..at.end)?;
    let inside = written.strip_prefix('{')?.strip_suffix('}')?;
    let inside = inside.trim().trim_end_matches(',');
    let made = if inside.is_empty() {
        format!("{{ {name} = {value} }}")
    } else {
        format!("{{ {inside}, {name} = {value} }}")
    };
    Some(format!("{}{made}{}", &text[..at.start], &text[at.end..]))
}

/// Adds a line: in the table that is there, or above all tables, or in a new table at the end.
fn add(text: &str, document: &Node, path: &str, value: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut above = path;
    while let Some((table, _)) = above.rsplit_once('.') {
        if let Some(header) = lines.iter().position(|line| header(line) == Some(table)) {
            let name = &path[table.len() + 1..];
            return Some(insert(&lines, header + 1, &format!("{name} = {value}\n"), name));
        }
        above = table;
    }
    let top = path.split_once('.').map(|(table, _)| table);
    match top {
        // A table that is made of dotted keys cannot be opened again.
        Some(table) if document.get(table).is_none() => {
            let name = &path[table.len() + 1..];
            let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            Some(format!("{text}{end}{gap}[{table}]\n{name} = {value}\n"))
        }
        Some(_) | None => Some(insert(&lines, 0, &format!("{path} = {value}\n"), path)),
    }
}

/// Puts `new` into the part that begins with the line `from`: behind its commented default, or behind the last
/// value, or first.
fn insert(lines: &[&str], from: usize, new: &str, name: &str) -> String {
    let until = lines[from..].iter().position(|line| header(line).is_some());
    let until = until.map_or(lines.len(), |count| from + count);
    let part = &lines[from..until];
    let is_default = |line: &&str| {
        let rest = line.trim_start().strip_prefix('#').unwrap_or("").trim_start();
        rest.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let is_value = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let behind = part.iter().position(is_default);
    let behind = behind.or_else(|| part.iter().rposition(is_value));
    let at = behind.map_or(from, |index| from + index + 1);
    let mut out: String = lines[..at].concat();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(new);
    out.push_str(&lines[at..].concat());
    out
}

/// The path of `[path]`.
pub(super) fn header(line: &str) -> Option<&str> {
    let line = line.split_once('#').map_or(line, |(line, _)| line).trim();
    let path = line.strip_prefix('[')?.strip_suffix(']')?;
    (!path.starts_with('[')).then(|| path.trim())
}

fn leaf(node: &Node, path: &str) -> Option<String> {
    leaves(node).remove(path)
}

/// Every value by its path, without its place.
fn leaves(node: &Node) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    collect(node, "", &mut all);
    all
}

fn collect(node: &Node, path: &str, all: &mut BTreeMap<String, String>) {
    let text = match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                let dot = if path.is_empty() { "" } else { "." };
                collect(&entry.node, &format!("{path}{dot}{}", entry.key), all);
            }
            return;
        }
        // A list is one value.
        Value::List(nodes) => nodes.iter().map(|node| format!("{:?},", leaves(node))).collect(),
        Value::Text(text) => format!("text {text}"),
        Value::Integer(text) | Value::Float(text) | Value::Moment(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
    };
    all.insert(path.to_owned(), text);
}

#[cfg(test)]
mod tests {
    use super::set;
    use crate::config::keys::KEYS;
    use crate::config::template::template;
    use expect_test::expect;

    #[test]
    fn a_value_is_changed_where_it_stands() {
        let text =
            "# mine\n[feed] # prices\nkind   = \"none\" # for now\nfiles = [\n  \"a\", # one\n]\n";
        expect![[r##"
            # mine
            [feed] # prices
            kind   = "stdin" # for now
            files = [
              "a", # one
            ]
        "##]]
        .assert_eq(&set(text, "feed.kind", "\"stdin\"").unwrap_or_default());
        expect![[r##"
            # mine
            [feed] # prices
            kind   = "none" # for now
            files = []
            seed = 5
        "##]]
        .assert_eq(
            &set(&set(text, "feed.files", "[]").unwrap_or_default(), "feed.seed", "5")
                .unwrap_or_default(),
        );
    }

    #[test]
    fn a_new_value_finds_its_table() {
        let cases = [
            ("", "feed.seed", "\n[feed]\nseed = 5\n"),
            ("a = 1", "b", "a = 1\nb = 5\n"),
            ("[x]\n", "b", "b = 5\n[x]\n"),
            (
                "feed.kind = \"none\"\n[x]\n",
                "feed.seed",
                "feed.kind = \"none\"\nfeed.seed = 5\n[x]\n",
            ),
            ("[j]\nb = { every = 1, }\n", "j.b.keep", "[j]\nb = { every = 1, keep = 5 }\n"),
            ("[j]\nb = {}\n", "j.b.keep", "[j]\nb = { keep = 5 }\n"),
            ("[j.b]\nevery = 1\n", "j.b.keep", "[j.b]\nevery = 1\nkeep = 5\n"),
            ("[j]\n#k = 1\n\n#l = 1\n", "j.k", "[j]\n#k = 1\nk = 5\n\n#l = 1\n"),
        ];
        for (text, path, wanted) in cases {
            let edited = set(text, path, "5");
            assert_eq!(edited.as_deref().map(str::trim_start), Some(wanted.trim_start()), "{text}");
        }
    }

    #[test]
    fn a_layout_that_would_be_broken_is_left_to_a_person() {
        assert_eq!(set("x = '''\n[feed]\n'''\nfeed.kind = 1\n", "feed.seed", "5"), None);
        assert_eq!(set("not toml", "a", "1"), None);
    }

    #[test]
    fn every_key_of_the_template_can_be_set() {
        for key in KEYS {
            let edited = set(&template(), key.path, key.example);
            let lines = edited.unwrap_or_default().lines().count();
            let more = if key.path == "config_version" { 0 } else { 1 };
            assert_eq!(lines, template().lines().count() + more, "{}", key.path);
        }
    }
}
