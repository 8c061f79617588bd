//! `--set KEY=VALUE`: a scenario with other values, by the path of the field.
//!
//! A path names tables by their keys and parts of lists by name, symbol, rule or number:
//! `strategy.Momentum.rule.max_loss.amount=3000`, `trade.t1.rule.trail.by=8`, `seed=7`.

use super::diagnostics::{Diagnostic, Origin, any_of, suggestion};
use super::node::{Entry, Node, Value};

/// Puts the value of `assignment` where its path leads.
pub(super) fn apply(
    document: &mut Node,
    assignment: &str,
    source: usize,
) -> Result<(), Diagnostic> {
    let Some((path, value)) = assignment.split_once('=') else {
        let whole = Origin { source, start: 0, end: assignment.len() };
        let hint = "for example: --set strategy.Momentum.rule.max_loss.amount=3000";
        return Err(Diagnostic::new(whole, "", "there is no `=` in it", hint));
    };
    let value_at = Origin { source, start: path.len() + 1, end: assignment.len() };
    let mut value = parse_value(value.trim(), source);
    place_all(&mut value, value_at);
    let path_at = Origin { source, start: 0, end: path.len() };
    let parts: Vec<&str> = path.trim().split('.').map(str::trim).collect();
    put(document, &parts, path, value, path_at)
}

/// A TOML value, or a plain word as text.
pub(super) fn parse_value(text: &str, source: usize) -> Node {
    let at = Origin { source, start: 0, end: text.len() };
    let plain = Node { at, value: Value::Text(text.to_owned()) };
    match Node::document(&format!("value = {text}"), source) {
        Ok(document) => document.get("value").cloned().unwrap_or(plain),
        Err(_) => plain,
    }
}

pub(super) fn place_all(node: &mut Node, at: Origin) {
    node.at = at;
    match &mut node.value {
        Value::List(nodes) => nodes.iter_mut().for_each(|node| place_all(node, at)),
        Value::Table(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_at = at;
            place_all(&mut entry.node, at);
        }),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Flag(_)
        | Value::Moment(_) => {}
    }
}

fn put(
    node: &mut Node,
    parts: &[&str],
    path: &str,
    value: Node,
    at: Origin,
) -> Result<(), Diagnostic> {
    let Some((first, rest)) = parts.split_first() else {
        *node = value;
        return Ok(());
    };
    match &mut node.value {
        Value::Table(entries) => {
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *first) {
                return put(&mut entry.node, rest, path, value, at);
            }
            // New fields are made; the reader knows whether they may stand there.
            let mut made = Node { at, value: Value::Table(Vec::new()) };
            put(&mut made, rest, path, value, at)?;
            entries.push(Entry { key: (*first).to_owned(), key_at: at, node: made });
            Ok(())
        }
        Value::List(nodes) => {
            let labels: Vec<String> = nodes.iter().map(label).collect();
            match position(nodes, first) {
                Some((index, Named::ByPart)) => put(&mut nodes[index], rest, path, value, at),
                Some((index, Named::ByKey)) => put(&mut nodes[index], parts, path, value, at),
                None => {
                    let known = labels.iter().map(String::as_str);
                    let hint = match suggestion(first, known.clone()) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => format!("there is {}, or a number from 1", any_of(known.take(12))),
                    };
                    Err(Diagnostic::new(
                        at,
                        path,
                        format!("there is no `{first}` in this list"),
                        hint,
                    ))
                }
            }
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Flag(_)
        | Value::Moment(_) => {
            let message = format!("`{first}` leads into a single value");
            Err(Diagnostic::new(at, path, message, "end the path before it"))
        }
    }
}

/// How a part of a list was named: by what it is, or by a key that it has (a rule).
enum Named {
    ByPart,
    ByKey,
}

fn position(nodes: &[Node], word: &str) -> Option<(usize, Named)> {
    let at = |found: Option<usize>, named| found.map(|index| (index, named));
    let by_name = nodes.iter().position(|node| names_itself(node) == Some(word));
    let by_key = || nodes.iter().position(|node| node.get(word).is_some());
    let number = || word.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < nodes.len());
    at(by_name, Named::ByPart)
        .or_else(|| at(by_key(), Named::ByKey))
        .or_else(|| at(number(), Named::ByPart))
}

fn names_itself(node: &Node) -> Option<&str> {
    ["name", "symbol", "time", "file"].iter().find_map(|key| node.get(key).and_then(Node::text))
}

/// What a part of a list is called: its name, its symbol, its time, or the rule that it is.
fn label(node: &Node) -> String {
    if let Some(name) = names_itself(node) {
        return name.to_owned();
    }
    match &node.value {
        Value::Table(entries) => {
            entries.first().map_or_else(String::new, |entry| entry.key.clone())
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Flag(_)
        | Value::Moment(_)
        | Value::List(_) => String::new(),
    }
}
