//! What is wrong with a configuration: a stable code, the place, the field, and what to do.

use highmark_play::failure::{Code, Failure};
use highmark_play::scenario::{Diagnostic, Origin, Sources};
use serde_json::json;
use std::fmt::Write as _;

/// What kind of wrong it is. The names are stable: scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Syntax,
    DuplicateKey,
    UnknownKey,
    Type,
    Unit,
    Range,
    Negative,
    Fraction,
    Choice,
    Version,
    Conflict,
    Missing,
    Secret,
    Untrusted,
    Unreadable,
}

impl Fault {
    pub const ALL: [Fault; 15] = [
        Fault::Syntax,
        Fault::DuplicateKey,
        Fault::UnknownKey,
        Fault::Type,
        Fault::Unit,
        Fault::Range,
        Fault::Negative,
        Fault::Fraction,
        Fault::Choice,
        Fault::Version,
        Fault::Conflict,
        Fault::Missing,
        Fault::Secret,
        Fault::Untrusted,
        Fault::Unreadable,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Fault::Syntax => "CONFIG_SYNTAX",
            Fault::DuplicateKey => "CONFIG_DUPLICATE_KEY",
            Fault::UnknownKey => "CONFIG_UNKNOWN_KEY",
            Fault::Type => "CONFIG_TYPE",
            Fault::Unit => "CONFIG_UNIT",
            Fault::Range => "CONFIG_RANGE",
            Fault::Negative => "CONFIG_NEGATIVE",
            Fault::Fraction => "CONFIG_FRACTION",
            Fault::Choice => "CONFIG_CHOICE",
            Fault::Version => "CONFIG_VERSION",
            Fault::Conflict => "CONFIG_CONFLICT",
            Fault::Missing => "CONFIG_MISSING",
            Fault::Secret => "CONFIG_SECRET",
            Fault::Untrusted => "CONFIG_UNTRUSTED",
            Fault::Unreadable => "CONFIG_UNREADABLE",
        }
    }

    /// What it means, for the manual.
    pub fn words(self) -> &'static str {
        match self {
            Fault::Syntax => "the file is not TOML",
            Fault::DuplicateKey => "a key or a table stands twice",
            Fault::UnknownKey => "nothing uses this key",
            Fault::Type => "text where a number belongs, and the like",
            Fault::Unit => {
                "a length of time without its unit, or a number with a unit that its name has"
            }
            Fault::Range => "too small or too large",
            Fault::Negative => "a sign where there is none",
            Fault::Fraction => "0.2 where 20 is meant",
            Fault::Choice => "a word that is none of the choices",
            Fault::Version => "written for another version of Highmark",
            Fault::Conflict => "two values that contradict each other",
            Fault::Missing => "a value without which another means nothing",
            Fault::Secret => "a secret in a file that others may read",
            Fault::Untrusted => "a command in a file that others may write",
            Fault::Unreadable => "the file cannot be read",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub fault: Fault,
    pub told: Diagnostic,
}

impl Problem {
    pub fn new(
        fault: Fault,
        at: Origin,
        field: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Problem {
        Problem { fault, told: Diagnostic::new(at, field, message, hint) }
    }
}

/// All that is wrong, and the texts that it is wrong in. Secrets are blotted out of them.
#[derive(Clone, Debug)]
pub struct Unusable {
    pub sources: Sources,
    pub problems: Vec<Problem>,
}

impl Unusable {
    /// For a person: each with its line and a mark under what is wrong.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            let kind = format!("error[{}]", problem.fault.name());
            self.sources.render_one(&mut out, &kind, &problem.told);
        }
        let count = self.problems.len();
        let noun = if count == 1 { "error" } else { "errors" };
        let _ =
            writeln!(out, "{count} {noun} in the configuration; nothing was changed or started");
        out
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Failure {
        let problems = unusable.problems.iter().map(|problem| {
            let (line, column) = unusable.sources.line_column(problem.told.at);
            json!({
                "code": problem.fault.name(),
                "file": unusable.sources.name(problem.told.at.source),
                "line": line,
                "column": column,
                "field": problem.told.field,
                "message": problem.told.message,
                "hint": problem.told.hint,
            })
        });
        let problems = problems.collect();
        let first = unusable.problems.first().map(|problem| problem.told.clone());
        let first = first.unwrap_or_else(|| Diagnostic::new(Origin::default(), "", "", ""));
        Failure {
            code: Code::Configuration,
            message: first.message,
            hint: first.hint,
            field: first.field,
            detail: unusable.render(),
            problems,
        }
    }
}
