//! One table of a text, read field by field: what is wrong is noted with its place, and reading goes on.

use crate::error::Problem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why a value cannot be what the field wants.
pub(crate) struct Wrong(pub String, pub &'static str);

pub(crate) type Read<T> = Result<T, Wrong>;

/// The fields of one row, and what was found wrong with them so far.
pub(crate) struct Fields<'t> {
    text: &'t str,
    /// What messages call the table.
    table: &'static str,
    path: String,
    heading: Range<usize>,
    entries: &'t DeTable<'t>,
    asked: Vec<&'static str>,
    pub problems: Vec<Problem>,
}

impl<'t> Fields<'t> {
    pub(crate) fn new(
        text: &'t str,
        table: &'static str,
        path: String,
        at: Range<usize>,
        entries: &'t DeTable<'t>,
    ) -> Fields<'t> {
        // A row may be long: what is wrong with the whole of it is shown at its first line.
        let end = text[at.start..at.end].find('\n').map_or(at.end, |end| at.start + end);
        let heading = at.start..end;
        Fields { text, table, path, heading, entries, asked: Vec::new(), problems: Vec::new() }
    }

    /// The field, if it is there.
    pub(crate) fn may<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&DeValue<'_>) -> Read<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        match read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(Wrong(message, hint)) => {
                self.note(value.span(), key, message, hint);
                None
            }
        }
    }

    /// The field, which must be there; `hint` says what to write.
    pub(crate) fn must<T>(
        &mut self,
        key: &'static str,
        hint: &str,
        read: impl Fn(&DeValue<'_>) -> Read<T>,
    ) -> Option<T> {
        if self.value(key).is_none() {
            let message = format!("`{key}` is missing in [[{}]]", self.table);
            self.note(self.heading.clone(), key, message, hint);
            return None;
        }
        self.may(key, read)
    }

    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Something is wrong with the value of a field, or with the row where it has none.
    pub(crate) fn wrong(&mut self, key: &'static str, message: impl Into<String>, hint: &str) {
        let span = self.value(key).map_or_else(|| self.heading.clone(), Spanned::span);
        self.note(span, key, message.into(), hint);
    }

    /// Tells of every key that no one asked for.
    pub(crate) fn finish(&mut self) {
        let strange = self.entries.iter().map(|(key, _)| (key.get_ref().to_string(), key.span()));
        let strange: Vec<_> =
            strange.filter(|(key, _)| !self.asked.contains(&key.as_str())).collect();
        for (key, span) in strange {
            let message = format!("there is no `{key}` in [[{}]]", self.table);
            let hint = format!("it has {}", self.asked.join(", "));
            let field = format!("{}.{key}", self.path);
            self.problems.push(Problem::new(self.text, span, field, message, hint));
        }
    }

    pub(crate) fn heading(&self) -> Range<usize> {
        self.heading.clone()
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn note(&mut self, span: Range<usize>, key: &str, message: String, hint: &str) {
        let field = format!("{}.{key}", self.path);
        self.problems.push(Problem::new(self.text, span, field, message, hint));
    }
}
