//! A TOML document as a tree that remembers where each value stands and how each number was written.

use super::diagnostics::{Diagnostic, Origin};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub at: Origin,
    pub value: Value,
}

/// Numbers stay text, so that no amount passes through binary floating point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Integer(String),
    Float(String),
    Flag(bool),
    /// A TOML date or time.
    Moment(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_at: Origin,
    pub node: Node,
}

impl Node {
    /// Parses a whole document; every syntax error is told.
    pub fn document(text: &str, source: usize) -> Result<Node, Vec<Diagnostic>> {
        let (node, errors) = Node::recovered(text, source);
        if errors.is_empty() { Ok(node) } else { Err(errors) }
    }

    /// What could be read of a document, and every syntax error.
    pub fn recovered(text: &str, source: usize) -> (Node, Vec<Diagnostic>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let errors = errors.iter().map(|error| syntax(error, source)).collect();
        (convert(&DeValue::Table(table.get_ref().clone()), 0..text.len(), source), errors)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => {
                entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
            }
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Flag(_)
            | Value::Moment(_)
            | Value::List(_) => None,
        }
    }

    /// The text of a scalar that names something.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Flag(_)
            | Value::Moment(_)
            | Value::List(_)
            | Value::Table(_) => None,
        }
    }

    /// What it is, for messages.
    pub fn what(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::Moment(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

fn syntax(error: &toml::de::Error, source: usize) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    Diagnostic::new(
        Origin { source, start: span.start, end: span.end },
        "",
        format!("this is not TOML: {}", error.message()),
        "compare with `highmark scenario example`",
    )
}

fn convert(value: &DeValue<'_>, span: Range<usize>, source: usize) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => {
            Value::Integer(number.as_str().to_owned())
        }
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => Value::List(
            items.iter().map(|item| convert(item.get_ref(), item.span(), source)).collect(),
        ),
        DeValue::Table(table) => {
            let mut entries: Vec<Entry> = table
                .iter()
                .map(|(key, item)| Entry {
                    key: key.get_ref().to_string(),
                    key_at: Origin { source, start: key.span().start, end: key.span().end },
                    node: convert(item.get_ref(), item.span(), source),
                })
                .collect();
            entries.sort_by_key(|entry| entry.key_at.start);
            Value::Table(entries)
        }
    };
    Node { at: Origin { source, start: span.start, end: span.end }, value }
}
