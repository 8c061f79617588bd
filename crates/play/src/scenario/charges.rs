//! What an order on an instrument costs: rates of one's own, or the market's rules on the day of a run.

use super::model::Scenario;
use super::reader::{Fields, Item, Problems};
use super::{shape, values};
use crate::failure::{Code, Failure};
use highmark_engine::{ChargeRates, Day, Fraction, InstrumentSpec, Money};
use highmark_market::{Dealing, Exchange, Market, Segment};

/// Charges that are asked of the market's rules when the day is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketCharges {
    pub exchange: Exchange,
    pub segment: Segment,
    pub plan: String,
    /// What an order is usually worth.
    pub order_value: Option<Money>,
}

pub(super) enum Charges {
    Given(ChargeRates),
    OfMarket(MarketCharges),
}

/// The price list when none is named.
const USUAL_PLAN: &str = "discount";

impl Scenario {
    /// The scenario with the charges that the market's rules know on a day; one without them is as it was.
    ///
    /// # Errors
    /// When no row says what something costs on that day.
    pub fn priced(&self, market: &Market, day: Day) -> Result<Scenario, Failure> {
        let mut priced = self.clone();
        for instrument in &mut priced.instruments {
            let Some(charges) = &instrument.charges else { continue };
            let MarketCharges { exchange, segment, plan, order_value } = charges;
            let dealing = Dealing { exchange: *exchange, segment: *segment, plan, day };
            let rates = market.charge_rates(dealing, *order_value).map_err(|error| {
                let symbol = &instrument.spec.symbol;
                let message = format!("charges of {symbol}: {error}");
                let mut failure = Failure::new(Code::Market, message, error.hint);
                failure.field = format!("{}.charges", instrument.path);
                failure
            })?;
            instrument.spec.charges = rates.rates;
        }
        Ok(priced)
    }
}

/// Reads `charges` of an instrument on `venue`.
pub(super) fn charges(
    item: &Item<'_>,
    spec: &InstrumentSpec,
    venue: &str,
    market: &Market,
    p: &mut Problems,
) -> Option<Charges> {
    if item.node.text().is_some() {
        p.choice(Some(item.clone()), &[("market", ())])?;
        return of_market(item, None, spec, venue, market, p);
    }
    let f = p.fields(item, &shape::CHARGES)?;
    let (of_own, with_plan) = (
        ["per_order", "buy", "sell"].iter().find(|name| f.has(name)),
        ["plan", "exchange", "segment", "order_value"].iter().find(|name| f.has(name)),
    );
    match (of_own, with_plan) {
        (Some(own), Some(plan)) => {
            let message = format!("`{own}` and `{plan}` do not stand together");
            f.wrong(p, message, "charges are rates of one's own, or those of a plan");
            None
        }
        (_, Some(_)) => of_market(item, Some(&f), spec, venue, market, p),
        (_, None) => {
            let ppb =
                |share: Option<Fraction>| share.map_or(0, |share| share.0.saturating_mul(1_000));
            Some(Charges::Given(ChargeRates {
                per_order: p.read(f.get("per_order"), values::money).unwrap_or_default(),
                buy_ppb: ppb(p.read(f.get("buy"), values::share)),
                sell_ppb: ppb(p.read(f.get("sell"), values::share)),
            }))
        }
    }
}

fn of_market(
    item: &Item<'_>,
    fields: Option<&Fields<'_>>,
    spec: &InstrumentSpec,
    venue: &str,
    market: &Market,
    p: &mut Problems,
) -> Option<Charges> {
    let field = |name| fields.and_then(|fields| fields.get(name));
    let plans: Vec<(&str, &str)> = market.plans().into_iter().map(|plan| (plan, plan)).collect();
    let plan = match field("plan") {
        Some(plan) => p.choice(Some(plan), &plans)?,
        None => USUAL_PLAN,
    };
    let exchange = match field("exchange") {
        Some(exchange) => p.choice(Some(exchange), Exchange::WORDS)?,
        None => match Exchange::of_venue(venue) {
            Some(exchange) => exchange,
            None => {
                let hint = "write charges = { plan = \"discount\", exchange = \"nse\" }";
                p.at(item, format!("the venue {venue} names no exchange"), hint);
                return None;
            }
        },
    };
    let segment = match field("segment") {
        Some(segment) => p.choice(Some(segment), Segment::WORDS)?,
        None if spec.option.is_some() => Segment::Options,
        None if venue.contains("cash") => Segment::Intraday,
        None => Segment::Futures,
    };
    let order_value = p.read(field("order_value"), values::money);
    Some(Charges::OfMarket(MarketCharges { exchange, segment, plan: plan.to_owned(), order_value }))
}
