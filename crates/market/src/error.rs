//! Why a question about a market has no answer, and what is wrong with rows of data.

use std::fmt;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketError {
    /// The venue, symbol, plan or day that it is about.
    pub subject: String,
    /// What is the matter with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// One thing that is wrong with a text of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The path of the field: `lot[2].quantity`.
    pub field: String,
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Everything that is wrong with one text of rows; none of its rows was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsError {
    /// What the text was called.
    pub file: String,
    /// In order of place; never empty.
    pub problems: Vec<Problem>,
}

impl MarketError {
    pub(crate) fn new(
        subject: impl Into<String>,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> MarketError {
        MarketError { subject: subject.into(), reason: reason.into(), hint: hint.into() }
    }
}

impl Problem {
    /// About `span` of `text`.
    pub(crate) fn new(
        text: &str,
        span: Range<usize>,
        field: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Problem {
        let (line, column) = line_column(text, span.start);
        let (field, message, hint) = (field.into(), message.into(), hint.into());
        Problem { span, line, column, field, message, hint }
    }
}

/// Line and column of a byte, from 1; columns count characters.
pub(crate) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1)
}

impl fmt::Display for MarketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            let Problem { line, column, field, message, .. } = problem;
            let dot = if field.is_empty() { "" } else { ": " };
            write!(f, "{gap}{}:{line}:{column}: {field}{dot}{message}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for MarketError {}
impl std::error::Error for RowsError {}
