//! A table of text with commas, its first line naming the columns.

use super::List;
use std::ops::Range;

/// A line of a table, by the names of its columns.
pub(super) struct Line<'t> {
    pub span: Range<usize>,
    columns: Vec<&'t str>,
    cells: Vec<String>,
}

impl Line<'_> {
    /// A cell without the space around it; `None` when it is empty or there is no such column.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        let index = self.columns.iter().position(|name| *name == column)?;
        self.cells.get(index).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
}

/// The lines below the first; one with another number of cells is noted.
pub(super) fn lines<'t>(list: &mut List<'t>) -> Vec<Line<'t>> {
    let text = list.request.text;
    let mut lines = Vec::new();
    let mut columns: Vec<&str> = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end_matches(['\n', '\r']);
        let span = start..start + line.len();
        start += raw.len();
        if line.trim().is_empty() {
            continue;
        }
        if columns.is_empty() {
            columns = line.split(',').map(str::trim).collect();
            continue;
        }
        let cells = cells(line);
        if cells.len() != columns.len() {
            let message =
                format!("{} cells where there are {} columns", cells.len(), columns.len());
            list.wrong(span, "", &message, "put cells with commas into double quotes");
            continue;
        }
        lines.push(Line { span, columns: columns.clone(), cells });
    }
    lines
}

/// The cells of a line; quotes hold commas together, two of them are one.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => push(&mut cells, letter),
        }
    }
    cells
}

fn push(cells: &mut [String], letter: char) {
    if let Some(last) = cells.last_mut() {
        last.push(letter);
    }
}
