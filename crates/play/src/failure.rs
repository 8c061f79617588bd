//! What can go wrong for a person at a command line: what happened, what to do, and the exit code.

use serde_json::{Value, json};
use std::fmt;

/// The exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Failure,
    Usage,
    NotFound,
    Refused,
    Scenario,
    Configuration,
    /// No service answers.
    Unreachable,
    /// Some of it was done, some not.
    Partial,
    /// Rows of market data.
    Market,
    /// A limit is breached.
    Breached,
    /// A limit is near.
    Near,
    Interrupted,
}

impl Code {
    /// With what a process ends.
    pub fn exit(self) -> u8 {
        match self {
            Code::Failure => 1,
            Code::Usage => 2,
            Code::NotFound => 3,
            Code::Refused => 4,
            Code::Unreachable => 6,
            Code::Partial => 8,
            Code::Scenario | Code::Configuration | Code::Market => 5,
            Code::Breached => 10,
            Code::Near => 11,
            Code::Interrupted => 130,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Code::Failure => "FAILURE",
            Code::Usage => "USAGE",
            Code::NotFound => "NOT_FOUND",
            Code::Refused => "REFUSED",
            Code::Scenario => "SCENARIO_INVALID",
            Code::Configuration => "CONFIG_INVALID",
            Code::Unreachable => "UNREACHABLE",
            Code::Partial => "PARTIAL",
            Code::Market => "MARKET_INVALID",
            Code::Breached => "BREACHED",
            Code::Near => "NEAR",
            Code::Interrupted => "INTERRUPTED",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
    pub hint: String,
    pub field: String,
    /// More for a person to read: a scenario's errors, drawn.
    pub detail: String,
    /// More for a program to read.
    pub problems: Vec<Value>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            hint: hint.into(),
            field: String::new(),
            detail: String::new(),
            problems: Vec::new(),
        }
    }

    /// A file that cannot be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Failure {
        use std::io::ErrorKind;
        let code = match error.kind() {
            ErrorKind::NotFound => Code::NotFound,
            _ => Code::Failure,
        };
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "check whose it is and its rights: ls -ld",
            ErrorKind::ReadOnlyFilesystem => {
                "mount its file system for writing, or name another place"
            }
            ErrorKind::StorageFull => "make room on its disk, or name another place",
            _ => "check the path",
        };
        Failure::new(code, format!("{}: {error}", path.display()), hint)
    }

    pub fn json(&self) -> Value {
        let mut error = json!({
            "code": self.code.name(),
            "message": self.message,
            "hint": self.hint,
            "field": self.field,
        });
        if !self.problems.is_empty() {
            error["problems"] = Value::Array(self.problems.clone());
        }
        json!({ "error": error })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.detail.is_empty() {
            return f.write_str(self.detail.trim_end());
        }
        write!(f, "error: {}", self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n  help: {}", self.hint) }
    }
}

impl std::error::Error for Failure {}

impl From<highmark_feeds::FeedError> for Failure {
    fn from(error: highmark_feeds::FeedError) -> Failure {
        let code =
            if error.reason.contains("No such file") { Code::NotFound } else { Code::Failure };
        Failure::new(code, format!("{}: {}", error.subject, error.reason), error.hint)
    }
}

impl From<crate::scenario::Unusable> for Failure {
    fn from(unusable: crate::scenario::Unusable) -> Failure {
        let sources = &unusable.sources;
        let problems = unusable.problems.iter().map(|problem| {
            let (line, column) = sources.line_column(problem.at);
            json!({
                "file": sources.name(problem.at.source),
                "line": line,
                "column": column,
                "field": problem.field,
                "message": problem.message,
                "hint": problem.hint,
            })
        });
        let first = unusable.problems.first();
        Failure {
            code: Code::Scenario,
            message: first.map_or_else(String::new, |problem| problem.message.clone()),
            hint: first.map_or_else(String::new, |problem| problem.hint.clone()),
            field: first.map_or_else(String::new, |problem| problem.field.clone()),
            detail: sources.render(&unusable.problems),
            problems: problems.collect(),
        }
    }
}
