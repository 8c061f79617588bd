//! One open trade a line: symbol, side, quantity, price, and perhaps strategy, account, name.

use super::sheet::Sheet;
use super::{Open, Wrong};
use crate::cli::values;

pub(super) fn open(sheet: &Sheet, wrong: &mut Vec<Wrong>) -> Vec<Open> {
    if !sheet.needs(&["symbol", "side", "quantity", "price"], wrong) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for row in sheet.rows() {
        if !sheet.is_whole(row, wrong) {
            continue;
        }
        let mut needed = |column: &'static str| {
            let field = sheet.field(row, column);
            if field.is_none() {
                wrong.push(Wrong::new(row.line, column, "it is empty", ""));
            }
            field.unwrap_or_default()
        };
        let (symbol, side) = (needed("symbol"), needed("side"));
        let (quantity, price) = (needed("quantity"), needed("price"));
        let mut read = |column, result: Result<(), String>| {
            if let Err(why) = result {
                wrong.push(Wrong::new(row.line, column, why, ""));
            }
        };
        let (mut parsed_side, mut parsed_quantity, mut parsed_price) = (None, None, None);
        if !side.is_empty() {
            read("side", values::side(side).map(|side| parsed_side = Some(side)));
        }
        if !quantity.is_empty() {
            read("quantity", values::quantity(quantity).map(|units| parsed_quantity = Some(units)));
        }
        if !price.is_empty() {
            read("price", values::price(price).map(|price| parsed_price = Some(price)));
        }
        if let (Some(side), Some(quantity), Some(price)) =
            (parsed_side, parsed_quantity, parsed_price)
        {
            let text = |column| sheet.field(row, column).map(str::to_owned);
            all.push(Open {
                line: row.line,
                name: text("name").unwrap_or_default(),
                symbol: symbol.to_owned(),
                side,
                quantity,
                price,
                strategy: text("strategy"),
                account: text("account"),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_told_at_once() {
        let text = "symbol,side,quantity,price\nNIFTY,buy,75,26000\nSBIN,hold,x,\n,sell,10,1,000\n";
        let sheet = Sheet::read(text).unwrap();
        let mut wrong = Vec::new();
        let open = open(&sheet, &mut wrong);
        assert_eq!(open.len(), 1);
        let told: Vec<(usize, &str)> = wrong.iter().map(|one| (one.line, one.field)).collect();
        assert_eq!(told, [(3, "price"), (3, "side"), (3, "quantity"), (4, "line")]);
    }

    #[test]
    fn missing_columns_are_named() {
        let sheet = Sheet::read("symbol,qty\nNIFTY,75\n").unwrap();
        let mut wrong = Vec::new();
        assert!(open(&sheet, &mut wrong).is_empty());
        assert_eq!(
            wrong.iter().map(|one| one.field).collect::<Vec<_>>(),
            ["side", "quantity", "price"]
        );
    }
}
