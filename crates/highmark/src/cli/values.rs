//! Values of arguments, read exactly and refused with a hint.

use highmark_engine::{Money, Price, Quantity, Side};

pub(super) fn price(text: &str) -> Result<Price, String> {
    text.parse().map_err(|error| wrong(text, error, "write 14500.05"))
}

pub(super) fn money(text: &str) -> Result<Money, String> {
    text.parse().map_err(|error| wrong(text, error, "write 5000 or 5000.50, in rupees"))
}

pub(super) fn quantity(text: &str) -> Result<Quantity, String> {
    match text.parse::<Quantity>() {
        Ok(quantity) if quantity > Quantity::ZERO => Ok(quantity),
        Ok(_) => Err("a quantity is above zero; the side says buy or sell".into()),
        Err(error) => Err(wrong(text, error, "write 75")),
    }
}

pub(super) fn side(text: &str) -> Result<Side, String> {
    match text.to_ascii_lowercase().as_str() {
        "buy" | "b" | "long" => Ok(Side::Buy),
        "sell" | "s" | "short" => Ok(Side::Sell),
        _ => Err("write buy or sell".into()),
    }
}

fn wrong(text: &str, error: impl std::fmt::Display, hint: &str) -> String {
    let hint = if text.contains(',') { "write it without commas" } else { hint };
    format!("{error}; {hint}").replace("is more", "has more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_exactly_or_not_at_all() {
        assert_eq!(price("14500.05").unwrap().to_string(), "14500.05");
        assert!(money("1,00,000").unwrap_err().contains("without commas"));
        assert!(quantity("0").is_err() && quantity("-5").is_err());
        assert_eq!(side("Sell"), Ok(Side::Sell));
    }
}
