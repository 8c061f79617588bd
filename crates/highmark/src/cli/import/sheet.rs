//! A CSV file as rows whose columns have names; fields in quotes may hold commas, quotes and line ends.

use super::Wrong;

#[derive(Debug)]
pub(super) struct Sheet {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub line: usize,
    fields: Vec<String>,
}

impl Sheet {
    pub(super) fn read(text: &str) -> Result<Sheet, Wrong> {
        let mut rows = rows(text.strip_prefix('\u{feff}').unwrap_or(text));
        if rows.is_empty() {
            return Err(Wrong::new(
                1,
                "header",
                "the file is empty",
                "its first line names columns",
            ));
        }
        let name = |field: &String| field.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let columns = rows.remove(0).fields.iter().map(name).collect();
        Ok(Sheet { columns, rows })
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Tells of each column that has to be there and is not.
    pub(super) fn needs(&self, columns: &[&'static str], wrong: &mut Vec<Wrong>) -> bool {
        let missing: Vec<&&str> =
            columns.iter().filter(|name| !self.columns.iter().any(|one| one == **name)).collect();
        for name in &missing {
            let hint = format!("there is {}", self.columns.join(", "));
            wrong.push(Wrong::new(1, name, format!("there is no column {name}"), hint));
        }
        missing.is_empty()
    }

    /// A field that is there and not empty.
    pub(super) fn field<'s>(&self, row: &'s Row, column: &str) -> Option<&'s str> {
        let index = self.columns.iter().position(|name| name == column)?;
        row.fields.get(index).map(|field| field.trim()).filter(|field| !field.is_empty())
    }

    /// Tells of a row with more or fewer fields than the header: a number may have fallen apart.
    pub(super) fn is_whole(&self, row: &Row, wrong: &mut Vec<Wrong>) -> bool {
        let (found, needed) = (row.fields.len(), self.columns.len());
        if found != needed {
            let message = format!("{found} fields, and the header has {needed}");
            wrong.push(Wrong::new(row.line, "line", message, "write numbers without commas"));
        }
        found == needed
    }
}

fn rows(text: &str) -> Vec<Row> {
    let (mut all, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut begun) = (false, 1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', true) if letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            ('"', _) => quoted = !quoted,
            (',', false) => fields.push(std::mem::take(&mut field)),
            ('\n', false) => {
                end(&mut all, &mut fields, &mut field, begun);
                line += 1;
                begun = line;
            }
            ('\r', false) => {}
            ('\n', true) => {
                line += 1;
                field.push('\n');
            }
            (letter, _) => field.push(letter),
        }
    }
    end(&mut all, &mut fields, &mut field, begun);
    all
}

fn end(all: &mut Vec<Row>, fields: &mut Vec<String>, field: &mut String, line: usize) {
    fields.push(std::mem::take(field));
    let fields = std::mem::take(fields);
    if fields.iter().any(|field| !field.trim().is_empty()) {
        all.push(Row { line, fields });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let sheet =
            Sheet::read("Symbol,Trade Type\r\n\"A,B\",\"say \"\"x\"\"\"\r\n\nC,\"two\nlines\"\n")
                .unwrap();
        let rows = sheet.rows();
        assert_eq!(sheet.field(&rows[0], "symbol"), Some("A,B"));
        assert_eq!(sheet.field(&rows[0], "trade_type"), Some("say \"x\""));
        assert_eq!((rows[1].line, sheet.field(&rows[1], "trade_type")), (4, Some("two\nlines")));
    }
}
