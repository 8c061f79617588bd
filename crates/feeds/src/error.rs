//! Why a feed cannot be read at all, and what to do about it.

use std::fmt;
use std::path::Path;

/// A feed cannot be opened or goes no further. What a single record has wrong with it is no error but a
/// [`crate::Record::Unreadable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedError {
    /// The file, mapping or line that it is about.
    pub subject: String,
    /// What is the matter with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl FeedError {
    pub(crate) fn new(
        subject: impl Into<String>,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> FeedError {
        FeedError { subject: subject.into(), reason: reason.into(), hint: hint.into() }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> FeedError {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "make the file readable for this user",
            _ => "check that the file is whole: copy or download it again",
        };
        FeedError::new(path.display().to_string(), error.to_string(), hint)
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl std::error::Error for FeedError {}
