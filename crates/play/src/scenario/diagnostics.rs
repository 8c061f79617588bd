//! What is wrong in a file, told like a compiler: place, line, field, and what to do.

use std::fmt::Write as _;

/// A stretch of one of the texts that make a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Which text: 0 is the file, the others are `--set` arguments.
    pub source: usize,
    pub start: usize,
    pub end: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub at: Origin,
    /// The path of the field: `strategy[1].rule[0].lock.floor`.
    pub field: String,
    pub message: String,
    pub hint: String,
}

impl Diagnostic {
    pub fn new(
        at: Origin,
        field: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { at, field: field.into(), message: message.into(), hint: hint.into() }
    }
}

/// The texts that a scenario was read from, with their names.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: Vec<(String, String)>,
}

impl Sources {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.texts.push((name.into(), text.into()));
        self.texts.len() - 1
    }

    pub fn text(&self, source: usize) -> &str {
        self.texts.get(source).map_or("", |(_, text)| text)
    }

    pub fn name(&self, source: usize) -> &str {
        self.texts.get(source).map_or("", |(name, _)| name)
    }

    /// Line and column of the start, from 1; columns count characters.
    pub fn line_column(&self, at: Origin) -> (usize, usize) {
        let before = &self.text(at.source)[..floor_boundary(self.text(at.source), at.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }

    /// All of them in order of place, each with its line and a mark under what is wrong.
    pub fn render(&self, problems: &[Diagnostic]) -> String {
        let mut out = String::new();
        for problem in problems {
            self.render_one(&mut out, "error", problem);
        }
        let count = problems.len();
        let _ = writeln!(
            out,
            "{count} error{} in {}; nothing was run",
            if count == 1 { "" } else { "s" },
            self.name(0)
        );
        out
    }

    /// One of them; `kind` is the word it begins with.
    pub fn render_one(&self, out: &mut String, kind: &str, problem: &Diagnostic) {
        let (line, column) = self.line_column(problem.at);
        let text = self.text(problem.at.source).lines().nth(line - 1).unwrap_or("");
        let left = line.to_string().len();
        let rest = text.chars().count().saturating_sub(column - 1);
        let carets = (problem.at.end.saturating_sub(problem.at.start)).clamp(1, rest.max(1));
        let field =
            if problem.field.is_empty() { String::new() } else { format!("{}: ", problem.field) };
        let _ = writeln!(out, "{kind}: {field}{}", problem.message);
        let _ = writeln!(out, "{:left$}--> {}:{line}:{column}", "", self.name(problem.at.source));
        let _ = writeln!(out, "{:left$} |", "");
        let _ = writeln!(out, "{line} | {text}");
        let _ = writeln!(out, "{:left$} | {:pad$}{}", "", "", "^".repeat(carets), pad = column - 1);
        if !problem.hint.is_empty() {
            let _ = writeln!(out, "{:left$} = help: {}", "", problem.hint);
        }
        out.push('\n');
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `; did you mean ...?` when one of the known words is close.
pub fn suggestion<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A list of names as a sentence part: `a, b or c`.
pub fn any_of<'w>(names: impl IntoIterator<Item = &'w str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        None => "none".into(),
        Some((last, [])) => (*last).into(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
    }
}
