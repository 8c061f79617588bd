//! Why a question about a market has no answer, and what to do about it.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketError {
    /// The file, venue or day that it is about.
    pub subject: String,
    /// What is the matter with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
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

impl fmt::Display for MarketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl std::error::Error for MarketError {}
