//! What trading costs, to the paisa: taxes, fees and brokerage by exchange, segment, plan and date.
//!
//! Every charge is a rate on the value of an order (price times quantity; the premium, for an option), summed
//! over the orders of one contract note and then rounded, halves up: the securities and commodities transaction
//! taxes to the rupee, the others to the paisa. GST is on the charges that its row names, as they were rounded.
//! Brokers round the notes of a day, so what is reckoned here for open trades is an estimate.

mod rates;
mod rows;

pub use rates::Rates;
pub(crate) use rows::{Brokerage, Levy};

use crate::dates::{dashed, date_of};
use crate::error::MarketError;
use crate::fact::{Fact, Row};
use crate::rows::Rows;
use crate::terms::{Deal, Exchange, Rounding, Segment};
use highmark_engine::{Day, Money, Price, Quantity, RUPEE, Side};
use std::collections::BTreeMap;

/// Whose charges are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Dealing<'a> {
    pub exchange: Exchange,
    pub segment: Segment,
    /// The broker's price list: the `plan` of `brokerage` rows.
    pub plan: &'a str,
    pub day: Day,
}

/// One order of a contract note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub deal: Deal,
    /// Price times quantity times multiplier, not negative; of an exercised option the intrinsic value.
    pub value: Money,
}

/// One line of a contract note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// `brokerage`, `stt`, `transaction`, ...
    pub name: String,
    pub amount: Fact<Money>,
}

/// All lines of a contract note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// Brokerage, then the levies by name, GST last.
    pub lines: Vec<Charge>,
    pub total: Money,
    /// All lines are.
    pub verified: bool,
}

/// A trade from its entry to an exit that may only be projected.
#[derive(Clone, Copy, Debug)]
pub struct RoundTrip {
    /// The side of the entry.
    pub side: Side,
    pub quantity: Quantity,
    pub multiplier: u32,
    pub entry: Price,
    pub exit: Price,
}

/// What a round trip makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    pub gross: Money,
    pub charges: Charges,
    /// `gross` less the charges of both orders.
    pub net: Money,
}

impl Rows {
    pub(crate) fn charges(
        &self,
        dealing: Dealing<'_>,
        orders: &[Order],
    ) -> Result<Charges, MarketError> {
        let rows = self.rows_of(dealing)?;
        let mut lines = vec![Charge { name: "brokerage".into(), amount: rows.brokerage(orders) }];
        for (name, rows) in rows.levies.iter().filter(|(_, rows)| !rows.is_on_charges()) {
            if let Some(amount) = rows.amount(orders) {
                lines.push(Charge { name: (*name).to_owned(), amount });
            }
        }
        for (name, rows) in rows.levies.iter().filter(|(_, rows)| rows.is_on_charges()) {
            if let Some(amount) = rows.on_charges(&lines) {
                lines.push(Charge { name: (*name).to_owned(), amount });
            }
        }
        let total = lines.iter().map(|line| line.amount.value).sum();
        let verified = lines.iter().all(|line| line.amount.verified);
        Ok(Charges { lines, total, verified })
    }

    pub(crate) fn round_trip(
        &self,
        dealing: Dealing<'_>,
        trip: RoundTrip,
    ) -> Result<Net, MarketError> {
        let value = |price: Price| trip.quantity.value(price, trip.multiplier).abs();
        let (bought, sold) = match trip.side {
            Side::Buy => (trip.entry, trip.exit),
            Side::Sell => (trip.exit, trip.entry),
        };
        let orders = [
            Order { deal: Deal::Buy, value: value(bought) },
            Order { deal: Deal::Sell, value: value(sold) },
        ];
        let charges = self.charges(dealing, &orders)?;
        let gross = trip.quantity.value(sold, trip.multiplier)
            - trip.quantity.value(bought, trip.multiplier);
        let net = gross - charges.total;
        Ok(Net { gross, charges, net })
    }

    /// The rows in force; an error when a plan or the exchange's own charge is not known.
    fn rows_of(&self, dealing: Dealing<'_>) -> Result<InForce<'_>, MarketError> {
        let Dealing { exchange, segment, plan, day } = dealing;
        let date = date_of(day)?;
        let newest = |row: &&Row<Brokerage>| (row.hold.origin.layer, row.hold.from);
        let brokerage = self
            .brokerage
            .iter()
            .filter(|row| row.hold.holds(date) && row.body.is_for(plan, exchange, segment))
            .max_by_key(newest);
        let Some(brokerage) = brokerage else {
            let mut plans: Vec<&str> =
                self.brokerage.iter().map(|row| row.body.plan.as_str()).collect();
            plans.sort_unstable();
            plans.dedup();
            let reason = format!(
                "no row of it for {} on {} on {}",
                segment.name(),
                exchange.name(),
                dashed(day)
            );
            let hint =
                format!("plans are {}; add a [[brokerage]] row of your own", plans.join(", "));
            return Err(MarketError::new(format!("plan {plan:?}"), reason, hint));
        };
        let mut levies: BTreeMap<&str, LevyRows<'_>> = BTreeMap::new();
        for &(_, deal) in Deal::WORDS {
            let mut of_deal: BTreeMap<&str, &Row<Levy>> = BTreeMap::new();
            let rows = self.levy.iter().filter(|row| {
                row.hold.holds(date) && row.body.is_for(plan, exchange, segment, deal)
            });
            for row in rows {
                let weight = |row: &Row<Levy>| (row.hold.origin.layer, row.hold.from);
                let held = of_deal.entry(&row.body.name).or_insert(row);
                if weight(row) >= weight(held) {
                    *held = row;
                }
            }
            for (name, row) in of_deal {
                levies.entry(name).or_default().0.insert(deal, row);
            }
        }
        if !levies.contains_key("transaction") {
            let subject = format!("charges of {} on {}", segment.name(), exchange.name());
            let reason = format!("no row says what the exchange took on {}", dashed(day));
            let hint = "add [[levy]] rows of your own for that day: see docs/market.md";
            return Err(MarketError::new(subject, reason, hint));
        }
        Ok(InForce { brokerage, levies })
    }
}

/// The rows that make a contract note.
struct InForce<'r> {
    brokerage: &'r Row<Brokerage>,
    levies: BTreeMap<&'r str, LevyRows<'r>>,
}

/// The rows of one levy, by what is done.
#[derive(Default)]
struct LevyRows<'r>(BTreeMap<Deal, &'r Row<Levy>>);

impl InForce<'_> {
    fn brokerage(&self, orders: &[Order]) -> Fact<Money> {
        let row = &self.brokerage.body;
        let each = orders.iter().map(|order| match order.deal {
            Deal::Buy | Deal::Sell => rounded(row.of(order.value), Rounding::Paisa),
            Deal::Exercise => Money::ZERO,
        });
        self.brokerage.hold.fact(each.sum())
    }
}

impl LevyRows<'_> {
    /// Whether it is a levy on other charges, like GST.
    fn is_on_charges(&self) -> bool {
        self.0.values().any(|row| !row.body.of.is_empty())
    }

    /// What the levy takes of a note; `None` when it takes nothing from such orders at all.
    fn amount(&self, orders: &[Order]) -> Option<Fact<Money>> {
        let mut sum: Option<Fact<Money>> = None;
        let mut rounding = Rounding::Paisa;
        for (deal, row) in &self.0 {
            let of_deal = || orders.iter().filter(|order| order.deal == *deal);
            if of_deal().next().is_none() {
                continue;
            }
            let levy = &row.body;
            let turnover: Money = of_deal().map(|order| order.value.abs()).sum();
            let amount = levy.of_value(turnover) + levy.per_note;
            rounding = levy.rounding;
            sum = Some(match sum {
                None => row.hold.fact(amount),
                Some(before) => {
                    let verified = before.verified && row.hold.verified;
                    Fact { verified, ..before.with(before.value + amount) }
                }
            });
        }
        sum.map(|fact| fact.with(rounded(fact.value, rounding)))
    }

    fn on_charges(&self, lines: &[Charge]) -> Option<Fact<Money>> {
        let row = self.0.values().next()?;
        let of = lines.iter().filter(|line| row.body.of.contains(&line.name));
        let sum: Money = of.map(|line| line.amount.value).sum();
        Some(row.hold.fact(rounded(row.body.of_value(sum), row.body.rounding)))
    }
}

/// To the paisa or the rupee, halves away from zero.
pub(crate) fn rounded(amount: Money, rounding: Rounding) -> Money {
    let unit = match rounding {
        Rounding::Paisa => RUPEE / 100,
        Rounding::Rupee => RUPEE,
    };
    let magnitude = (amount.0.abs() + unit / 2) / unit * unit;
    Money(magnitude * amount.0.signum())
}
