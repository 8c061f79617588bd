//! The rows that charges are made of: levies and brokers' prices.

use crate::rows::{Body, Fields, values};
use crate::terms::{Deal, Exchange, Rounding, Segment};
use highmark_engine::Money;

/// A tax or a fee.
#[derive(Clone, Debug)]
pub(crate) struct Levy {
    pub name: String,
    /// Of one broker's price list; of all when absent.
    pub plan: Option<String>,
    pub exchanges: Vec<Exchange>,
    pub segments: Vec<Segment>,
    pub deals: Vec<Deal>,
    /// Parts per billion of the value, or of the charges in `of`.
    pub ppb: u32,
    pub per_note: Money,
    /// The charges that it is on, instead of the value.
    pub of: Vec<String>,
    pub rounding: Rounding,
}

/// What a broker asks for an order.
#[derive(Clone, Debug)]
pub(crate) struct Brokerage {
    pub plan: String,
    pub exchanges: Vec<Exchange>,
    pub segments: Vec<Segment>,
    pub per_order: Money,
    /// Parts per billion of the value.
    pub ppb: u32,
    /// The most that an order costs.
    pub at_most: Option<Money>,
}

impl Levy {
    pub(crate) fn is_for(
        &self,
        plan: &str,
        exchange: Exchange,
        segment: Segment,
        deal: Deal,
    ) -> bool {
        self.plan.as_ref().is_none_or(|own| own == plan)
            && self.exchanges.contains(&exchange)
            && self.segments.contains(&segment)
            && self.deals.contains(&deal)
    }

    /// The share of an amount, exact to 1e-16.
    pub(crate) fn of_value(&self, value: Money) -> Money {
        value.scaled(i128::from(self.ppb), 1_000_000_000)
    }
}

impl Brokerage {
    pub(crate) fn is_for(&self, plan: &str, exchange: Exchange, segment: Segment) -> bool {
        self.plan == plan && self.exchanges.contains(&exchange) && self.segments.contains(&segment)
    }

    /// For one order, exact.
    pub(crate) fn of(&self, value: Money) -> Money {
        let share = value.abs().scaled(i128::from(self.ppb), 1_000_000_000);
        let sum = self.per_order + share;
        self.at_most.map_or(sum, |most| sum.min(most))
    }
}

impl Body for Levy {
    const TABLE: &'static str = "levy";

    fn read(fields: &mut Fields<'_>) -> Option<Levy> {
        let name = fields.must("name", "write name = \"stt\"", values::text);
        let plan = fields.may("plan", values::text);
        let (exchanges, segments) = where_charged(fields);
        let deals = fields.may("deals", values::words(Deal::WORDS));
        let ppb = fields.may("rate", values::share);
        let per_note = fields.may("per_note", values::money);
        let of = fields.may("of", values::names).unwrap_or_default();
        let rounding = fields.may("rounding", values::word(Rounding::WORDS));
        if ppb.is_none() && per_note.is_none() && !fields.has("rate") && !fields.has("per_note") {
            fields.wrong(
                "rate",
                "a levy has a rate, or an amount per_note",
                "write rate = \"0.15%\"",
            );
        }
        Some(Levy {
            name: name?,
            plan,
            exchanges: exchanges?,
            segments: segments?,
            deals: deals.unwrap_or_else(|| vec![Deal::Buy, Deal::Sell]),
            ppb: ppb.unwrap_or(0),
            per_note: per_note.unwrap_or_default(),
            of,
            rounding: rounding.unwrap_or(Rounding::Paisa),
        })
    }

    fn keys(&self) -> Vec<String> {
        let plan = self.plan.as_deref().unwrap_or("all plans");
        let mut keys = Vec::new();
        for deal in &self.deals {
            for place in places(&self.exchanges, &self.segments) {
                keys.push(format!("{} {place} {} {plan}", self.name, deal.name()));
            }
        }
        keys
    }
}

impl Body for Brokerage {
    const TABLE: &'static str = "brokerage";

    fn read(fields: &mut Fields<'_>) -> Option<Brokerage> {
        let plan = fields.must("plan", "write plan = \"zerodha\"", values::text);
        let (exchanges, segments) = where_charged(fields);
        let per_order = fields.may("per_order", values::money).unwrap_or_default();
        let ppb = fields.may("rate", values::share).unwrap_or(0);
        let at_most = fields.may("at_most", values::money);
        Some(Brokerage {
            plan: plan?,
            exchanges: exchanges?,
            segments: segments?,
            per_order,
            ppb,
            at_most,
        })
    }

    fn keys(&self) -> Vec<String> {
        let places = places(&self.exchanges, &self.segments);
        places.into_iter().map(|place| format!("{} {place}", self.plan)).collect()
    }
}

/// On which exchanges and in which segments; everywhere when a field is left out.
fn where_charged(fields: &mut Fields<'_>) -> (Option<Vec<Exchange>>, Option<Vec<Segment>>) {
    let exchanges = match fields.has("exchanges") {
        true => fields.may("exchanges", values::words(Exchange::WORDS)),
        false => Some(Exchange::WORDS.iter().map(|(_, one)| *one).collect()),
    };
    let segments = match fields.has("segments") {
        true => fields.may("segments", values::words(Segment::WORDS)),
        false => Some(Segment::WORDS.iter().map(|(_, one)| *one).collect()),
    };
    (exchanges, segments)
}

fn places(exchanges: &[Exchange], segments: &[Segment]) -> Vec<String> {
    let mut places = Vec::new();
    for exchange in exchanges {
        for segment in segments {
            places.push(format!("{} {}", exchange.name(), segment.name()));
        }
    }
    places
}
