//! Reading tables by their shapes: unknown, missing and wrong fields are collected, never stopped at.

use super::diagnostics::{Diagnostic, Origin, any_of, suggestion};
use super::node::{Entry, Node, Value};
use super::shape::{Field, Shape};
use super::values::{self, Wrong};

/// A value on its way to becoming part of a scenario, with the path that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Item<'n> {
    pub node: &'n Node,
    pub path: String,
}

/// The fields of a table whose keys are all known.
pub(super) struct Fields<'n> {
    pub at: Origin,
    pub path: String,
    shape: &'static Shape,
    entries: &'n [Entry],
}

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems(pub Vec<Diagnostic>);

impl Problems {
    pub(super) fn at(
        &mut self,
        item: &Item<'_>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.0.push(Diagnostic::new(item.node.at, item.path.clone(), message, hint));
    }

    /// The table's fields, after telling of every key that the shape does not know or misses.
    pub(super) fn fields<'n>(
        &mut self,
        item: &Item<'n>,
        shape: &'static Shape,
    ) -> Option<Fields<'n>> {
        let Value::Table(entries) = &item.node.value else {
            let keys = any_of(shape.fields.iter().take(4).map(|field| field.name));
            let message = format!("expected a table, found {}", item.node.what());
            self.at(item, message, format!("write {{ ... }} with {keys}"));
            return None;
        };
        for entry in entries {
            if shape.field(&entry.key).is_none() {
                self.unknown(entry, &item.path, shape);
            }
        }
        let fields = Fields { at: item.node.at, path: item.path.clone(), shape, entries };
        for field in shape.fields.iter().filter(|field| field.required) {
            if fields.get(field.name).is_none() {
                self.missing(&fields, field);
            }
        }
        Some(fields)
    }

    /// The items of a list; a lone table counts as a list of one.
    pub(super) fn list<'n>(&mut self, item: Option<Item<'n>>) -> Vec<Item<'n>> {
        let Some(item) = item else { return Vec::new() };
        match &item.node.value {
            Value::List(nodes) => nodes
                .iter()
                .enumerate()
                .map(|(index, node)| Item { node, path: format!("{}[{index}]", item.path) })
                .collect(),
            Value::Table(_)
            | Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Flag(_)
            | Value::Moment(_) => vec![item],
        }
    }

    /// The value read by `read`; what is wrong with it is noted.
    pub(super) fn read<T>(
        &mut self,
        item: Option<Item<'_>>,
        read: fn(&Node) -> Result<T, Wrong>,
    ) -> Option<T> {
        let item = item?;
        match read(item.node) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.at(&item, wrong.message, wrong.hint);
                None
            }
        }
    }

    /// One of the named choices.
    pub(super) fn choice<T: Copy>(
        &mut self,
        item: Option<Item<'_>>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let item = item?;
        let word = self.read(Some(item.clone()), values::text)?;
        match choices.iter().find(|(name, _)| *name == word) {
            Some((_, value)) => Some(*value),
            None => {
                let names = choices.iter().map(|(name, _)| *name);
                let hint = match suggestion(&word, names.clone()) {
                    Some(close) => format!("did you mean \"{close}\"?"),
                    None => format!("choose {}", any_of(names)),
                };
                self.at(&item, format!("\"{word}\" is not known here"), hint);
                None
            }
        }
    }

    fn unknown(&mut self, entry: &Entry, path: &str, shape: &'static Shape) {
        let names = shape.fields.iter().map(|field| field.name);
        let hint = match suggestion(&entry.key, names.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("{} has {}", shape.name, any_of(names)),
        };
        let message = format!("there is no `{}` in {}", entry.key, shape.name);
        self.0.push(Diagnostic::new(entry.key_at, join(path, &entry.key), message, hint));
    }

    fn missing(&mut self, fields: &Fields<'_>, field: &Field) {
        self.0.push(Diagnostic::new(
            fields.heading(),
            join(&fields.path, field.name),
            format!("`{}` is missing in {}", field.name, fields.shape.name),
            field.doc,
        ));
    }
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, name: &str) -> Option<Item<'n>> {
        debug_assert!(self.shape.field(name).is_some(), "{name} is not in {}", self.shape.name);
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        Some(Item { node: &entry.node, path: join(&self.path, name) })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The table itself, for what is wrong with it as a whole.
    pub(super) fn heading(&self) -> Origin {
        match self.entries.first() {
            Some(first) if self.at.end.saturating_sub(self.at.start) > 200 => first.key_at,
            _ => self.at,
        }
    }

    /// Tells what is wrong with the table as a whole.
    pub(super) fn wrong(
        &self,
        problems: &mut Problems,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        problems.0.push(Diagnostic::new(self.heading(), self.path.clone(), message, hint));
    }

    /// The only one of `names` that is there; more than one, or none, is wrong.
    pub(super) fn one_of(
        &self,
        problems: &mut Problems,
        names: &[&'static str],
    ) -> Option<(&'static str, Item<'n>)> {
        let there: Vec<_> =
            names.iter().filter_map(|name| Some((*name, self.get(name)?))).collect();
        match there.as_slice() {
            [one] => Some(one.clone()),
            [] => {
                let message = format!("one of {} is needed", any_of(names.iter().copied()));
                self.wrong(problems, message, "");
                None
            }
            [_, second, ..] => {
                let names = any_of(there.iter().map(|(name, _)| *name));
                problems.at(&second.1, format!("only one of {names} may stand here"), "remove one");
                None
            }
        }
    }
}

pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
