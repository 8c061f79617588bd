//! Lists: a table for a person, tabs for a script, JSON for a program.

use crate::cli::args::Cli;
use crate::cli::terminal::{self, Ink, Look};
use crate::report;
use crate::text;
use highmark_engine::{Money, Price, Quantity};
use serde_json::Value;

/// A list with stable columns.
pub(crate) struct List {
    headings: &'static [&'static str],
    right: &'static [usize],
    rows: Vec<Vec<Field>>,
}

/// What stands in a column: as a person reads it and as a script does.
pub(crate) struct Field {
    shown: String,
    plain: String,
    ink: Option<Ink>,
}

impl List {
    /// `right` are the columns that stand to the right.
    pub(crate) fn new(headings: &'static [&'static str], right: &'static [usize]) -> List {
        List { headings, right, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, fields: Vec<Field>) {
        debug_assert_eq!(fields.len(), self.headings.len());
        self.rows.push(fields);
    }

    /// Prints it as the flags say; `whole` is what a program gets. `none` is said when it is empty.
    pub(crate) fn print(self, whole: &Value, none: &str, cli: &Cli) {
        if cli.json {
            terminal::out(&format!("{whole:#}\n"));
        } else if cli.plain {
            terminal::out(&self.tabbed());
        } else if self.rows.is_empty() {
            terminal::say(cli.quiet, none);
        } else {
            terminal::out(&format!("{}\n", self.table(Look::of_stdout(cli.no_color))));
        }
    }

    fn tabbed(&self) -> String {
        let line = |row: &Vec<Field>| {
            let fields = row.iter().map(|field| field.plain.replace(['\t', '\n'], " "));
            fields.collect::<Vec<_>>().join("\t") + "\n"
        };
        self.rows.iter().map(line).collect()
    }

    pub(crate) fn table(self, look: Look) -> String {
        let mut table = report::Table::new(self.headings, self.right);
        for row in self.rows {
            let cell = |field: Field| match field.ink {
                Some(ink) => report::Cell::painted(field.shown, ink),
                None => field.shown.into(),
            };
            table.row(row.into_iter().map(cell).collect());
        }
        table.render(look)
    }
}

impl From<String> for Field {
    fn from(text: String) -> Field {
        Field { shown: text.clone(), plain: text, ink: None }
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Field {
        text.to_owned().into()
    }
}

impl Field {
    fn of(shown: String, plain: String) -> Field {
        Field { shown, plain, ink: None }
    }

    fn none() -> Field {
        Field::of("\u{2013}".into(), String::new())
    }

    /// A profit or loss.
    pub(crate) fn pnl(amount: Money) -> Field {
        let ink = if amount < Money::ZERO { Ink::Bad } else { Ink::Good };
        Field { ink: Some(ink), ..Field::of(text::signed(amount), amount.to_string()) }
    }

    pub(crate) fn money(amount: Option<Money>) -> Field {
        amount
            .map_or_else(Field::none, |amount| Field::of(text::rupees(amount), amount.to_string()))
    }

    pub(crate) fn price(price: Option<Price>) -> Field {
        price.map_or_else(Field::none, |price| {
            Field::of(text::short_price(price), price.to_string())
        })
    }

    pub(crate) fn quantity(quantity: Quantity) -> Field {
        Field::of(text::quantity(quantity), quantity.to_string())
    }

    pub(crate) fn maybe(text: Option<String>) -> Field {
        text.map_or_else(Field::none, Field::from)
    }
}
