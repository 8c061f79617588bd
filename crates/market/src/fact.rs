//! A value with where it is from, and the row in force on a day.

use crate::dates::day_of;
use highmark_engine::Day;
use jiff::civil::Date;
use std::sync::Arc;

/// A value with where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    pub value: T,
    /// False when it is from memory or from one doubtful source: check it before money depends on it.
    pub verified: bool,
    pub source: String,
    pub origin: Origin,
    /// The first day on which its row holds.
    pub from: Day,
    /// The last day, where the row names one.
    pub until: Option<Day>,
}

/// The row that a fact stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub layer: Layer,
    /// The name of the text: a path for a user's file.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
}

/// Whose row it is. A user's row wins over every embedded one from its first day to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Embedded,
    User,
}

impl Layer {
    /// `embedded` or `user`.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Embedded => "embedded",
            Layer::User => "user",
        }
    }
}

/// From when to when a row holds, and why it should be believed.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub origin: Origin,
    pub from: Date,
    pub until: Option<Date>,
    pub verified: bool,
    pub source: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    pub hold: Hold,
    pub body: T,
}

impl Hold {
    pub(crate) fn holds(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    pub(crate) fn fact<T>(&self, value: T) -> Fact<T> {
        Fact {
            value,
            verified: self.verified,
            source: self.source.clone(),
            origin: self.origin.clone(),
            from: day_of(self.from),
            until: self.until.map(day_of),
        }
    }
}

impl<T> Fact<T> {
    /// The same, of another value.
    pub(crate) fn with<U>(&self, value: U) -> Fact<U> {
        Fact {
            value,
            verified: self.verified,
            source: self.source.clone(),
            origin: self.origin.clone(),
            from: self.from,
            until: self.until,
        }
    }
}

/// The row that counts on a day: the user's before the embedded, then the newest, then the last.
pub(crate) fn in_force<T>(
    rows: &[Row<T>],
    day: Date,
    about: impl Fn(&T) -> bool,
) -> Option<&Row<T>> {
    rows.iter()
        .filter(|row| row.hold.holds(day) && about(&row.body))
        .max_by_key(|row| (row.hold.origin.layer, row.hold.from))
}
