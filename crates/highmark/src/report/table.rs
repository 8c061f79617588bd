//! Tables of text: columns as wide as their content, no lines, no blanks at the ends.

use crate::cli::terminal::{Ink, Look};

/// A table that is filled row by row.
pub struct Table {
    rows: Vec<Vec<Cell>>,
    /// Columns whose content stands to the right.
    right: &'static [usize],
}

/// A text and how it is painted.
pub struct Cell {
    text: String,
    ink: Option<Ink>,
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, ink: None }
    }
}

impl Cell {
    pub fn painted(text: String, ink: Ink) -> Cell {
        Cell { text, ink: Some(ink) }
    }
}

impl Table {
    pub fn new(headings: &[&str], right: &'static [usize]) -> Table {
        let heading = |text: &&str| Cell::from((*text).to_owned());
        Table { rows: vec![headings.iter().map(heading).collect()], right }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines of the table, the last one without its end.
    pub fn render(&self, look: Look) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let lines: Vec<String> =
            self.rows.iter().map(|row| self.line(row, &widths, look)).collect();
        lines.join("\n")
    }

    fn line(&self, row: &[Cell], widths: &[usize], look: Look) -> String {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let blanks = " ".repeat(width - cell.text.chars().count());
            let text = match cell.ink {
                Some(ink) => look.paint(&cell.text, ink),
                None => cell.text.clone(),
            };
            let (before, after) = if self.right.contains(&column) {
                (blanks, String::new())
            } else {
                (String::new(), blanks)
            };
            line.push_str(&before);
            line.push_str(&text);
            line.push_str(&after);
            line.push_str("  ");
        }
        line.trim_end().to_owned()
    }
}
