//! Lists of holidays: Upstox's JSON, and a plain table.

use super::instruments::offset;
use super::{List, table};
use crate::dates::time_of_milliseconds;
use crate::fact::Row;
use crate::sessions::{Calendar, ClosedDay, Special};
use jiff::civil::{Date, Time};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Columns: date (2026-01-26 or 26-Jan-2026), name, and if there are, venues (with spaces between), open, close.
pub(super) fn table(list: &mut List<'_>) {
    let mut spoken = Spoken::default();
    for line in table::lines(list) {
        let date = line.get("date").and_then(day);
        let name = line.get("name");
        let (Some(date), Some(name)) = (date, name) else {
            let hint = "write 2026-01-26,Republic Day";
            list.wrong(line.span.clone(), "date", "a line needs a day and a name", hint);
            continue;
        };
        let venues: Option<Vec<String>> =
            line.get("venues").map(|venues| venues.split_whitespace().map(str::to_owned).collect());
        let time = |column: &str| line.get(column).map(|text| text.parse::<Time>());
        match (time("open"), time("close")) {
            (None, None) => spoken.close(list, date, name, venues),
            (Some(Ok(open)), Some(Ok(close))) if open < close => match venues {
                Some(venues) => spoken.open(list, date, name, venues, open, close),
                None => {
                    let hint = "name the venues that are open: nse_fo bse_fo";
                    list.wrong(line.span.clone(), "venues", "a session needs venues", hint);
                }
            },
            _ => {
                let hint = "write both as 18:00,19:00, or neither";
                list.wrong(line.span.clone(), "open", "these are no hours", hint);
            }
        }
    }
    spoken.finish(list);
}

#[derive(Deserialize)]
struct UpstoxHolidays {
    data: Vec<UpstoxHoliday>,
}

#[derive(Deserialize)]
struct UpstoxHoliday {
    date: String,
    #[serde(default)]
    description: String,
    holiday_type: String,
    #[serde(default)]
    closed_exchanges: Vec<String>,
    #[serde(default)]
    open_exchanges: Vec<UpstoxHours>,
}

#[derive(Deserialize)]
struct UpstoxHours {
    exchange: String,
    /// Milliseconds since 1970, like the end.
    start_time: i64,
    end_time: i64,
}

/// Exchanges that are closed, and those that are open at hours of their own.
pub(super) fn upstox(list: &mut List<'_>) {
    let holidays: UpstoxHolidays = match serde_json::from_str(list.request.text) {
        Ok(holidays) => holidays,
        Err(error) => {
            let at = offset(list.request.text, error.line());
            let message = format!("this is not Upstox's list: {error}");
            list.wrong(at..at, "", &message, "take a fresh answer from the broker");
            return;
        }
    };
    let mut spoken = Spoken::default();
    for (index, one) in holidays.data.iter().enumerate() {
        let Some(date) = day(one.date.get(..10).unwrap_or(&one.date)) else {
            let field = format!("data[{index}].date");
            let message = format!("`{}` is not a day", one.date);
            list.wrong(0..0, &field, &message, "take a fresh answer from the broker");
            continue;
        };
        if one.holiday_type == "SETTLEMENT_HOLIDAY" {
            list.left_out += 1;
            continue;
        }
        let name = if one.description.trim().is_empty() { "holiday" } else { &one.description };
        let closed = one.closed_exchanges.iter().flat_map(|exchange| venues(exchange));
        let closed: Vec<String> = closed.map(|venue| (*venue).to_owned()).collect();
        if !closed.is_empty() {
            spoken.close(list, date, name, Some(closed));
        }
        for hours in &one.open_exchanges {
            let venues: Vec<String> =
                venues(&hours.exchange).iter().map(|venue| (*venue).to_owned()).collect();
            let times =
                (time_of_milliseconds(hours.start_time), time_of_milliseconds(hours.end_time));
            match times {
                _ if venues.is_empty() => list.left_out += 1,
                (Some(open), Some(close)) if open < close => {
                    spoken.open(list, date, name, venues, open, close);
                }
                _ => {
                    let field = format!("data[{index}].open_exchanges");
                    let message = format!("{} closes before it opens", hours.exchange);
                    list.wrong(0..0, &field, &message, "take a fresh answer from the broker");
                }
            }
        }
    }
    spoken.finish(list);
}

/// What a list has spoken of, for those that are complete.
#[derive(Default)]
struct Spoken {
    years: BTreeSet<i16>,
    venues: BTreeSet<String>,
}

/// All venues with holidays, for a list that names none.
const VENUES: &[&str] = &["nse_cash", "nse_cash_cas", "nse_fo", "bse_cash", "bse_fo"];

impl Spoken {
    fn close(&mut self, list: &mut List<'_>, date: Date, name: &str, venues: Option<Vec<String>>) {
        self.years.insert(date.year());
        match &venues {
            Some(venues) => self.venues.extend(venues.iter().cloned()),
            None => self.venues.extend(VENUES.iter().map(|venue| (*venue).to_owned())),
        }
        let hold = list.hold(date, Some(date));
        let body = ClosedDay { name: plain(name), venues, mock: false };
        list.rows.closed.push(Row { hold, body });
    }

    fn open(
        &mut self,
        list: &mut List<'_>,
        date: Date,
        name: &str,
        venues: Vec<String>,
        open: Time,
        close: Time,
    ) {
        self.years.insert(date.year());
        self.venues.extend(venues.iter().cloned());
        let hold = list.hold(date, Some(date));
        let body = Special { venues, name: plain(name), pre_open: None, open, close };
        list.rows.special.push(Row { hold, body });
    }

    fn finish(self, list: &mut List<'_>) {
        if list.request.complete && !self.years.is_empty() {
            let venues = self.venues.into_iter().collect();
            list.rows.calendar.push(Calendar { venues, years: self.years.into_iter().collect() });
        }
    }
}

fn plain(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).collect()
}

/// Our venues of an exchange as Upstox names it.
fn venues(exchange: &str) -> &'static [&'static str] {
    match exchange {
        "NSE" => &["nse_cash", "nse_cash_cas"],
        "NFO" => &["nse_fo"],
        "CDS" => &["nse_currency"],
        "BSE" => &["bse_cash"],
        "BFO" => &["bse_fo"],
        "MCX" => &["mcx"],
        _ => &[],
    }
}

/// `2026-01-26` or `26-Jan-2026`.
fn day(text: &str) -> Option<Date> {
    let date: Option<Date> = text.parse().ok();
    let date = date.or_else(|| Date::strptime("%d-%b-%Y", text).ok());
    date.filter(|date| (1990..2200).contains(&date.year()))
}
