//! Lists of others as rows: instruments of Kite and Upstox, holidays of Upstox or in a plain table.

mod holidays;
mod instruments;
mod merge;
mod table;

pub use merge::Merged;

use crate::dates::dashed;
use crate::error::{Problem, RowsError};
use crate::fact::{Hold, Layer, Origin};
use crate::rows::Rows;
use highmark_engine::Day;
use jiff::civil::Date;

/// A list whose form was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows in our own form.
    Rows,
    /// The CSV of `GET /instruments` of Kite Connect.
    KiteInstruments,
    /// The JSON list of instruments that Upstox publishes.
    UpstoxInstruments,
    /// A table: `date,name`, and perhaps `venues`, `open`, `close`.
    Holidays,
    /// The JSON answer of Upstox's `/v2/market/holidays`.
    UpstoxHolidays,
}

/// What is to be read, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the list is called in sources and errors.
    pub file: &'a str,
    pub text: &'a str,
    /// The first day on which its contracts hold.
    pub day: Day,
    /// Of a list of instruments only these symbols, and contracts on these underlyings; all when empty.
    pub symbols: &'a [String],
    /// A list of holidays has all of the years that it speaks of.
    pub complete: bool,
}

/// A list as rows.
#[derive(Clone, Debug)]
pub struct Batch {
    pub format: Format,
    /// Entries that are of no use here: other exchanges, other symbols, settlement holidays.
    pub left_out: usize,
    rows: Rows,
}

impl Format {
    /// What a text looks like; `None` when it is none of these.
    pub fn of(text: &str) -> Option<Format> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let head: String = text.chars().take(4_000).collect();
        if head.starts_with('[') && !head.starts_with("[[") && head.contains("\"instrument_key\"") {
            return Some(Format::UpstoxInstruments);
        }
        if head.starts_with('{') && head.contains("\"holiday_type\"") {
            return Some(Format::UpstoxHolidays);
        }
        let first = head.lines().next().unwrap_or_default();
        let columns: Vec<&str> = first.split(',').map(str::trim).collect();
        if columns.contains(&"tradingsymbol") && columns.contains(&"instrument_token") {
            return Some(Format::KiteInstruments);
        }
        if columns.contains(&"date") && columns.contains(&"name") {
            return Some(Format::Holidays);
        }
        head.lines().any(|line| line.trim_start().starts_with("[[")).then_some(Format::Rows)
    }

    /// What it is, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Format::Rows => "rows",
            Format::KiteInstruments => "Kite's list of instruments",
            Format::UpstoxInstruments => "Upstox's list of instruments",
            Format::Holidays => "a table of holidays",
            Format::UpstoxHolidays => "Upstox's list of holidays",
        }
    }
}

impl Batch {
    /// Reads a list of another's making; everything that is wrong with it is told at once. Rows of our own form
    /// need no import: they are an error here.
    pub fn read(request: Request<'_>) -> Result<Batch, RowsError> {
        let text = request.text.trim_start_matches('\u{feff}');
        let request = Request { text, ..request };
        let format = Format::of(text);
        let mut list = List::new(request, format.unwrap_or(Format::Rows));
        match format {
            Some(Format::KiteInstruments) => instruments::kite(&mut list),
            Some(Format::UpstoxInstruments) => instruments::upstox(&mut list),
            Some(Format::Holidays) => holidays::table(&mut list),
            Some(Format::UpstoxHolidays) => holidays::upstox(&mut list),
            Some(Format::Rows) | None => {
                let hint = "lists of instruments and holidays are described in docs/market.md";
                list.wrong(0..0, "", "the form of this list is not known", hint);
            }
        }
        list.finish()
    }
}

/// A list that is being read.
struct List<'a> {
    request: Request<'a>,
    format: Format,
    rows: Rows,
    left_out: usize,
    problems: Vec<Problem>,
}

impl<'a> List<'a> {
    fn new(request: Request<'a>, format: Format) -> List<'a> {
        let (rows, problems) = (Rows::default(), Vec::new());
        List { request, format, rows, left_out: 0, problems }
    }

    fn wrong(&mut self, span: std::ops::Range<usize>, field: &str, message: &str, hint: &str) {
        let problem = Problem::new(self.request.text, span, field, message, hint);
        self.problems.push(problem);
    }

    /// A row of the list: verified, since the list is its source.
    fn hold(&self, from: Date, until: Option<Date>) -> Hold {
        let file = self.request.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let source =
            format!("{} in {file}, imported for {}", self.format.words(), dashed(self.request.day));
        let origin = Origin { layer: Layer::User, file: self.request.file.into(), line: 0 };
        Hold { origin, from, until, verified: true, source }
    }

    fn wants(&self, symbol: &str, underlying: Option<&str>) -> bool {
        let symbols = self.request.symbols;
        symbols.is_empty()
            || symbols.iter().any(|one| one == symbol || underlying == Some(one.as_str()))
    }

    fn finish(self) -> Result<Batch, RowsError> {
        if self.problems.is_empty() {
            let List { format, left_out, rows, .. } = self;
            return Ok(Batch { format, left_out, rows });
        }
        Err(RowsError { file: self.request.file.to_owned(), problems: self.problems })
    }
}
