//! The trade book of Kite (`tradebook-XX.csv`): fills, of which what was not closed again is open.

use super::sheet::Sheet;
use super::{Open, Wrong};
use crate::cli::values;
use highmark_engine::{Price, Quantity, Side};
use std::collections::{BTreeMap, VecDeque};

/// Fills of a symbol that are not closed yet, the oldest first; all of one side.
#[derive(Default)]
struct Held {
    side: Option<Side>,
    lots: VecDeque<(Quantity, Price)>,
    line: usize,
}

pub(super) fn open(sheet: &Sheet, wrong: &mut Vec<Wrong>) -> Vec<Open> {
    if !sheet.needs(&["symbol", "trade_type", "quantity", "price"], wrong) {
        return Vec::new();
    }
    let mut fills = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for row in sheet.rows() {
        if !sheet.is_whole(row, wrong) {
            continue;
        }
        let mut read = |column: &'static str| {
            sheet.field(row, column).unwrap_or_else(|| {
                wrong.push(Wrong::new(row.line, column, "it is empty", ""));
                ""
            })
        };
        let (symbol, side) = (read("symbol"), read("trade_type"));
        let (quantity, price) = (read("quantity"), read("price"));
        // A trade that stands in two exports is one trade.
        let id = sheet.field(row, "trade_id").unwrap_or_default();
        if !id.is_empty() && seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let parsed = (values::side(side), values::quantity(quantity), values::price(price));
        let columns = ["trade_type", "quantity", "price"];
        let told = [parsed.0.clone().err(), parsed.1.clone().err(), parsed.2.clone().err()];
        for ((column, why), text) in columns.into_iter().zip(told).zip([side, quantity, price]) {
            if let Some(why) = why.filter(|_| !text.is_empty()) {
                wrong.push(Wrong::new(row.line, column, why, ""));
            }
        }
        if let (Ok(side), Ok(quantity), Ok(price)) = parsed {
            let at = sheet.field(row, "order_execution_time").or(sheet.field(row, "trade_date"));
            fills.push((at.unwrap_or_default(), row.line, symbol, side, quantity, price));
        }
    }
    // Times are written so that they sort; rows of one time stay as they are.
    fills.sort_by_key(|(at, line, ..)| (*at, *line));
    let mut held: BTreeMap<&str, Held> = BTreeMap::new();
    for (_, line, symbol, side, quantity, price) in fills {
        held.entry(symbol).or_default().fill(side, quantity, price, line);
    }
    held.into_iter().filter_map(|(symbol, held)| held.open(symbol)).collect()
}

impl Held {
    fn fill(&mut self, side: Side, quantity: Quantity, price: Price, line: usize) {
        let mut left = quantity.0;
        while left > 0 && self.side.is_some_and(|held| held != side) {
            let Some((oldest, _)) = self.lots.front_mut() else { break };
            let closed = oldest.0.min(left);
            oldest.0 -= closed;
            left -= closed;
            if oldest.0 == 0 {
                self.lots.pop_front();
            }
            if self.lots.is_empty() {
                self.side = None;
            }
        }
        if left > 0 {
            self.side = Some(side);
            self.lots.push_back((Quantity(left), price));
            self.line = line;
        }
    }

    /// What is left, at its average price; half to even at the smallest step of a price.
    fn open(&self, symbol: &str) -> Option<Open> {
        let side = self.side?;
        let units: i128 = self.lots.iter().map(|(quantity, _)| i128::from(quantity.0)).sum();
        let cost: i128 =
            self.lots.iter().map(|(units, price)| i128::from(units.0) * i128::from(price.0)).sum();
        let (whole, rest) = (cost.div_euclid(units), cost.rem_euclid(units));
        let up = rest * 2 > units || (rest * 2 == units && whole % 2 != 0);
        Some(Open {
            line: self.line,
            name: String::new(),
            symbol: symbol.to_owned(),
            side,
            quantity: Quantity(i64::try_from(units).ok()?),
            price: Price(i64::try_from(whole + i128::from(up)).ok()?),
            strategy: None,
            account: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = "\
symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
SBIN,INE062A01020,2026-11-20,NSE,EQ,EQ,buy,false,100.000000,800.000000,1,11,2026-11-20T09:20:00
SBIN,INE062A01020,2026-11-20,NSE,EQ,EQ,buy,false,50.000000,830.000000,2,12,2026-11-20T10:20:00
SBIN,INE062A01020,2026-11-20,NSE,EQ,EQ,sell,false,80.000000,840.000000,3,13,2026-11-20T11:20:00
ITC,INE154A01025,2026-11-20,NSE,EQ,EQ,sell,false,10.000000,400.000000,4,14,2026-11-20T11:20:00
ITC,INE154A01025,2026-11-20,NSE,EQ,EQ,buy,false,10.000000,390.000000,5,15,2026-11-20T12:20:00
TCS,INE467B01029,2026-11-20,NSE,EQ,EQ,sell,false,5.000000,3000.000000,6,16,2026-11-20T12:30:00
TCS,INE467B01029,2026-11-20,NSE,EQ,EQ,sell,false,5.000000,3000.000000,6,16,2026-11-20T12:30:00
";

    #[test]
    fn what_was_not_closed_is_open_at_its_average() {
        let sheet = Sheet::read(BOOK).unwrap();
        let mut wrong = Vec::new();
        let open = open(&sheet, &mut wrong);
        assert_eq!(wrong, []);
        let told: Vec<String> = open
            .iter()
            .map(|one| format!("{} {:?} {} at {}", one.symbol, one.side, one.quantity, one.price))
            .collect();
        // Of SBIN 20 are left of the first 100, and the 50.
        assert_eq!(told, ["SBIN Buy 70 at 821.42857143", "TCS Sell 5 at 3000"]);
    }
}
