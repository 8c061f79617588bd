//! The market's rules with a user's own, which lie as files of rows in one folder.

use crate::failure::{Code, Failure};
use crate::scenario::{Diagnostic, Origin, Sources};
use highmark_market::{Market, RowsError};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The largest file of rows that is read: a whole list of instruments is a fifth of it.
const LARGEST_FILE: u64 = 128 << 20;

/// The embedded rules with the rows of every `.toml` file in `folder`, in the order of their names.
///
/// A folder that does not exist holds none; everything that is wrong in any file is told at once.
pub fn with_folder(folder: &Path) -> Result<Market, Failure> {
    let mut wrong = Wrong::default();
    let mut market = Market::embedded()?;
    for file in files(folder)? {
        let name = file.display().to_string();
        let text = read(&file)?;
        if let Err(error) = market.add_rows(&name, &text) {
            wrong.add(&text, error);
        }
    }
    wrong.none().map(|()| market)
}

/// The files of rows in a folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::file(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file of rows.
pub fn read(path: &Path) -> Result<String, Failure> {
    let told = |error| Failure::file(path, &error);
    let size = fs::metadata(path).map_err(told)?.len();
    if size > LARGEST_FILE {
        let message = format!("{} is larger than {} MiB", path.display(), LARGEST_FILE >> 20);
        return Err(Failure::new(Code::Failure, message, "import only the symbols that you need"));
    }
    let bytes = fs::read(path).map_err(told)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let message = format!("{} is packed", path.display());
        return Err(Failure::new(Code::Failure, message, "unpack it first: gunzip FILE"));
    }
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("{} is not text in UTF-8", path.display());
        Failure::new(Code::Failure, message, "save it as UTF-8")
    })
}

/// What is wrong with files of rows, gathered.
#[derive(Default)]
pub struct Wrong {
    sources: Sources,
    problems: Vec<Diagnostic>,
}

impl Wrong {
    pub fn add(&mut self, text: &str, error: RowsError) {
        let source = self.sources.add(error.file, text);
        for problem in error.problems {
            let at = Origin { source, start: problem.span.start, end: problem.span.end };
            let told = Diagnostic::new(at, problem.field, problem.message, problem.hint);
            self.problems.push(told);
        }
    }

    /// An error with all of it, if there is any.
    pub fn none(self) -> Result<(), Failure> {
        let Some(first) = self.problems.first() else { return Ok(()) };
        let mut detail = String::new();
        for problem in &self.problems {
            self.sources.render_one(&mut detail, "error", problem);
        }
        let count = crate::text::count(self.problems.len(), "error");
        let _ = writeln!(detail, "{count} in the market's rows; nothing was taken");
        let problems = self.problems.iter().map(|problem| {
            let (line, column) = self.sources.line_column(problem.at);
            json!({
                "file": self.sources.name(problem.at.source),
                "line": line,
                "column": column,
                "field": problem.field,
                "message": problem.message,
                "hint": problem.hint,
            })
        });
        Err(Failure {
            code: Code::Market,
            message: first.message.clone(),
            hint: first.hint.clone(),
            field: first.field.clone(),
            problems: problems.collect(),
            detail,
        })
    }
}
