//! Charges as the engine reckons them: an amount per order and a share of turnover by side.

use super::{Dealing, InForce};
use crate::error::MarketError;
use crate::rows::Rows;
use crate::terms::{Deal, Rounding};
use highmark_engine::{ChargeRates, Money};

/// Rates for an instrument, and whether all rows behind them are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    pub rates: ChargeRates,
    pub verified: bool,
}

impl Rows {
    pub(crate) fn charge_rates(
        &self,
        dealing: Dealing<'_>,
        order_value: Option<Money>,
    ) -> Result<Rates, MarketError> {
        let rows = self.rows_of(dealing)?;
        let out_of_range = || {
            let reason = "the rates add up to more than the engine can hold";
            MarketError::new(format!("plan {:?}", dealing.plan), reason, "check the rows")
        };
        let gst = rows.gst();
        let brokerage = rows.brokerage_in(order_value);
        let with_gst = |name: &str, amount: i128| {
            let parts = gst.as_ref().filter(|gst| gst.of.iter().any(|of| of == name));
            amount + parts.map_or(0, |gst| div_up(amount * gst.ppb, BILLION))
        };
        let ppb = |deal: Deal| -> Option<u32> {
            let mut sum = with_gst("brokerage", brokerage.ppb);
            for (name, levy) in rows.levies.iter().filter(|(_, levy)| !levy.is_on_charges()) {
                let Some(row) = levy.0.get(&deal) else { continue };
                let per_note = match order_value {
                    Some(value) if value > Money::ZERO => {
                        div_up(row.body.per_note.0 * BILLION, value.0)
                    }
                    Some(_) | None => 0,
                };
                sum += with_gst(name, i128::from(row.body.ppb) + per_note);
            }
            u32::try_from(sum).ok()
        };
        let per_order = Money(with_gst("brokerage", brokerage.flat.0));
        let rates = ChargeRates {
            per_order: super::rounded(per_order, Rounding::Paisa),
            buy_ppb: ppb(Deal::Buy).ok_or_else(out_of_range)?,
            sell_ppb: ppb(Deal::Sell).ok_or_else(out_of_range)?,
        };
        let levies = rows.levies.values().flat_map(|levy| levy.0.iter());
        let used = levies.filter(|(deal, _)| **deal != Deal::Exercise);
        let verified =
            rows.brokerage.hold.verified && used.map(|(_, row)| row).all(|row| row.hold.verified);
        Ok(Rates { rates, verified })
    }
}

const BILLION: i128 = 1_000_000_000;

/// A tax on other charges.
struct Gst<'r> {
    of: &'r [String],
    ppb: i128,
}

/// Brokerage as an amount per order and a share of its value.
struct Linear {
    flat: Money,
    ppb: i128,
}

impl InForce<'_> {
    fn gst(&self) -> Option<Gst<'_>> {
        let levy = self.levies.values().find(|levy| levy.is_on_charges())?;
        let row = levy.0.values().next()?;
        Some(Gst { of: &row.body.of, ppb: row.body.ppb.into() })
    }

    /// A price with a ceiling is taken at the ceiling, unless orders of the usual value stay below it.
    fn brokerage_in(&self, order_value: Option<Money>) -> Linear {
        let row = &self.brokerage.body;
        let is_below = |most: Money| order_value.is_some_and(|value| row.of(value) < most);
        match row.at_most {
            Some(most) if !is_below(most) => Linear { flat: most, ppb: 0 },
            Some(_) | None => Linear { flat: row.per_order, ppb: row.ppb.into() },
        }
    }
}

fn div_up(numerator: i128, denominator: i128) -> i128 {
    (numerator + denominator - 1).div_euclid(denominator)
}
