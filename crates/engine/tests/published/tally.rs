//! What became of each case, and the page that says so.

use crate::data;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

/// How far a case is covered by what the engine says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Whole,
    /// It passes, but for what is named here.
    Part(&'static str),
    /// It is not asked of the engine, for this reason.
    Left(&'static str),
}

/// An outcome, or what the engine said instead of what was published.
pub(crate) type Verdict = Result<Outcome, String>;

/// One file of cases.
pub(crate) struct Tally {
    pub(crate) file: &'static str,
    pub(crate) source: &'static str,
    /// The profile and the rule options under which the cases pass.
    pub(crate) profile: &'static str,
    verdicts: Vec<(String, Verdict)>,
}

impl Tally {
    pub(crate) fn new(file: &'static str, source: &'static str, profile: &'static str) -> Tally {
        Tally { file, source, profile, verdicts: Vec::new() }
    }

    /// Runs `judge` on each case.
    pub(crate) fn cases(mut self, cases: &[Value], judge: impl Fn(&Value) -> Verdict) -> Tally {
        self.verdicts.extend(cases.iter().map(|case| (data::id(case), judge(case))));
        self
    }

    pub(crate) fn passed(&self) -> usize {
        self.count(|outcome| !matches!(outcome, Outcome::Left(_)))
    }

    pub(crate) fn in_part(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Part(_)))
    }

    pub(crate) fn left(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Left(_)))
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.verdicts.iter().filter(|(_, verdict)| verdict.as_ref().is_ok_and(&is)).count()
    }

    /// Panics with every case that the engine answers otherwise, and when a case was skipped.
    pub(crate) fn assert_holds(&self, passed: usize, left: usize) {
        let failed: Vec<String> = self
            .verdicts
            .iter()
            .filter_map(|(id, verdict)| Some(format!("{id}: {}", verdict.as_ref().err()?)))
            .collect();
        assert!(failed.is_empty(), "{}:\n{}", self.file, failed.join("\n"));
        assert_eq!(self.passed() + self.left(), data::cases(self.file), "{}: all cases", self.file);
        assert_eq!((self.passed(), self.left()), (passed, left), "{}: passed, left", self.file);
    }

    pub(crate) fn line(&self) -> String {
        let (passed, left) = (self.passed(), self.left());
        let cases = data::cases(self.file);
        format!("{}: {cases} cases, {passed} passed, {left} listed", self.file)
    }

    /// Its row in the page's table.
    pub(crate) fn row(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            self.file.split('_').next().unwrap_or_default(),
            self.source,
            data::cases(self.file),
            self.passed(),
            self.in_part(),
            self.left(),
            self.profile
        )
    }

    /// The reasons for what is left out or covered in part, each with its cases; empty when there are none.
    pub(crate) fn reasons(&self) -> String {
        let mut left: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
        for (id, verdict) in &self.verdicts {
            match verdict {
                Ok(Outcome::Left(reason)) => left.entry((false, reason)).or_default().push(id),
                Ok(Outcome::Part(reason)) => left.entry((true, reason)).or_default().push(id),
                Ok(Outcome::Whole) | Err(_) => {}
            }
        }
        let mut page = String::new();
        for ((passes, reason), ids) in left {
            let word = if passes { "in part" } else { "left out" };
            let file = self.file.split('_').next().unwrap_or_default();
            let _ =
                writeln!(page, "- {file}, {word}: {reason} ({}: {}).", ids.len(), ids.join(", "));
        }
        page
    }
}

/// Compares what the engine says with what was published.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what} is {ours:?}, published is {theirs:?}"))
    }
}

pub(crate) fn holds(what: &str, is_so: bool) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(format!("not so: {what}")) }
}
