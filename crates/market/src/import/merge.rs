//! Rows of a list into the file that earlier imports left, and that file as text.

use super::Batch;
use crate::contracts::Contract;
use crate::dates::{dashed, day_of};
use crate::error::RowsError;
use crate::fact::{Hold, Layer, Row};
use crate::rows::{Body, Rows};
use crate::sessions::{Calendar, ClosedDay, Special};
use jiff::ToSpan;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What an import comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    pub added: usize,
    /// Rows that were there already and say the same.
    pub unchanged: usize,
    /// What earlier rows said otherwise for the same days; they end or go, if the import replaces.
    pub overlaps: Vec<String>,
}

impl Batch {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.counts().values().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// With the rows of `earlier`, an imported file by name and text. A contract's earlier row ends the day before
    /// the new one begins, so that what was known of the past stays; a day's goes.
    pub fn merged(self, earlier: Option<(&str, &str)>) -> Result<Merged, RowsError> {
        let mut old = match earlier {
            Some((file, text)) => Rows::read(file, text, Layer::User, &BTreeMap::new())?.rows,
            None => Rows::default(),
        };
        let mut merged = Merged::default();
        merge(&mut old.contract, self.rows.contract, &mut merged);
        merge(&mut old.closed, self.rows.closed, &mut merged);
        merge(&mut old.special, self.rows.special, &mut merged);
        for calendar in self.rows.calendar {
            let is_known = old.calendar.iter().any(|one| {
                calendar.venues.iter().all(|venue| one.venues.contains(venue))
                    && calendar.years.iter().all(|year| one.years.contains(year))
            });
            if !is_known {
                merged.added += 1;
                old.calendar.push(calendar);
            }
        }
        merged.text = text(&old);
        Ok(merged)
    }
}

/// Rows that can be compared by what they say.
fn merge<T: Body + Told>(old: &mut Vec<Row<T>>, new: Vec<Row<T>>, merged: &mut Merged) {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, row) in old.iter().enumerate() {
        for key in row.body.keys() {
            by_key.entry(key).or_default().push(index);
        }
    }
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for row in new {
        let keys = row.body.keys();
        let touched: BTreeSet<usize> =
            keys.iter().filter_map(|key| by_key.get(key)).flatten().copied().collect();
        let of_these = |index: &usize| {
            let hold = &old[*index].hold;
            let begins = row.hold.until.is_none_or(|until| hold.from <= until);
            begins && hold.until.is_none_or(|until| until >= row.hold.from)
        };
        let touched: Vec<usize> = touched.into_iter().filter(of_these).collect();
        let says = row.body.told();
        if touched
            .iter()
            .any(|index| old[*index].body.told() == says && old[*index].hold.from <= row.hold.from)
        {
            merged.unchanged += 1;
            continue;
        }
        for index in touched {
            let earlier = &mut old[index];
            merged.overlaps.push(format!(
                "{} {} from {} ({} line {})",
                T::TABLE,
                earlier.body.keys().join(", "),
                dashed(day_of(earlier.hold.from)),
                earlier.hold.origin.file,
                earlier.hold.origin.line
            ));
            if earlier.hold.from < row.hold.from {
                earlier.hold.until = Some(row.hold.from.saturating_sub(1.day()));
            } else {
                gone.insert(index);
            }
        }
        merged.added += 1;
        // What a list says twice is compared too.
        for key in keys {
            by_key.entry(key).or_default().push(old.len());
        }
        old.push(row);
    }
    let mut index = 0;
    old.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

/// What a row says, as the lines of a file, without its days and source.
trait Told {
    fn told(&self) -> String;
}

const HEAD: &str = "# Written by `highmark market import`. Imports change it; rows of your own go into another file.\n";

fn text(rows: &Rows) -> String {
    let mut out = HEAD.to_owned();
    for Calendar { venues, years } in &rows.calendar {
        let years: Vec<String> = years.iter().map(i16::to_string).collect();
        let _ =
            write!(out, "\n[[calendar]]\n{}years = [{}]\n", venues_line(venues), years.join(", "));
    }
    for row in &rows.closed {
        out.push_str(&row_text(row, true));
    }
    for row in &rows.special {
        out.push_str(&row_text(row, true));
    }
    for row in &rows.contract {
        out.push_str(&row_text(row, false));
    }
    out
}

fn row_text<T: Body + Told>(row: &Row<T>, one_day: bool) -> String {
    let Hold { from, until, verified, source, .. } = &row.hold;
    let mut out = format!("\n[[{}]]\n", T::TABLE);
    if one_day {
        let _ = writeln!(out, "day = {from}");
    } else {
        let _ = writeln!(out, "from = {from}");
        out.extend(until.map(|until| format!("until = {until}\n")));
    }
    out.push_str(&row.body.told());
    let status = if *verified { "verified" } else { "unverified" };
    let _ = write!(out, "status = \"{status}\"\nsource = {}\n", quoted(source));
    out
}

impl Told for ClosedDay {
    fn told(&self) -> String {
        let venues = self.venues.as_ref().map(|venues| venues_line(venues)).unwrap_or_default();
        let mock = if self.mock { "mock = true\n" } else { "" };
        format!("name = {}\n{venues}{mock}", quoted(&self.name))
    }
}

impl Told for Special {
    fn told(&self) -> String {
        let time = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
        let pre_open = self.pre_open.map(|at| format!("pre_open = \"{}\"\n", time(at)));
        format!(
            "name = {}\n{}{}open = \"{}\"\nclose = \"{}\"\n",
            quoted(&self.name),
            venues_line(&self.venues),
            pre_open.unwrap_or_default(),
            time(self.open),
            time(self.close),
        )
    }
}

impl Told for Contract {
    fn told(&self) -> String {
        let one = &self.0;
        let mut out =
            format!("exchange = \"{}\"\nsymbol = {}\n", one.exchange.name(), quoted(&one.symbol));
        let mut line = |key: &str, value: Option<String>| {
            out.extend(value.map(|value| format!("{key} = {value}\n")));
        };
        line("kind", one.kind.map(|kind| quoted(kind.name())));
        line("underlying", one.underlying.as_deref().map(quoted));
        line("tick", one.tick_size.map(|tick| quoted(&tick.to_string())));
        line("lot", one.lot_size.map(|lot| lot.to_string()));
        line("freeze", one.freeze.map(|most| most.to_string()));
        line("expiry", one.expiry.map(dashed));
        line("strike", one.strike.map(|strike| quoted(&strike.to_string())));
        out
    }
}

fn venues_line(venues: &[String]) -> String {
    let venues: Vec<String> = venues.iter().map(|venue| quoted(venue)).collect();
    format!("venues = [{}]\n", venues.join(", "))
}

/// Text in TOML's quotes; control characters were left out when it was read.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
