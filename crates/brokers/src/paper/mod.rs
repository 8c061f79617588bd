//! A small seeded market that fills the orders of paper accounts.
//!
//! [`Paper`] takes what the engine decided and answers, after a latency in market time, with what a broker
//! would say. A buy fills at the ask and a sell at the bid; where the feed has no book, half a spread from the
//! last price; then up to a few ticks worse. Large orders fill in parts, in whole lots, and never beyond what
//! was asked. Every draw depends on the seed and on the order alone, so the same run has the same fills.

mod draw;

use draw::Draw;
use highmark_engine::{
    Body, ChargeRates, Event, Fill, Fraction, Input, InstrumentId, IntentId, MILLION, Money,
    OrderNews, OrderView, Price, Quantity, Side, Span, State, Tick, Timestamp, TradeId,
    TradeStatus, TradeView,
};

/// How the market behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperSpec {
    pub seed: u64,
    /// Ticks between bid and ask where the feed has no book.
    pub spread_ticks: u32,
    /// At most so many ticks worse than the touch.
    pub slippage_ticks: u32,
    /// From the order to its first fill.
    pub latency: Span,
    /// At most so much more.
    pub jitter: Span,
    /// Lots in one fill at most; 0 fills whole.
    pub largest_fill_lots: u32,
    /// The share of orders that is rejected.
    pub rejects: Fraction,
}

impl Default for PaperSpec {
    fn default() -> PaperSpec {
        PaperSpec {
            seed: 1,
            spread_ticks: 2,
            slippage_ticks: 1,
            latency: Span(250_000_000),
            jitter: Span(250_000_000),
            largest_fill_lots: 0,
            rejects: Fraction(0),
        }
    }
}

/// What the feed last said of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    pub last: Option<Price>,
    pub bid: Option<Price>,
    pub ask: Option<Price>,
}

impl Quote {
    /// Takes in what a tick says.
    pub fn see(&mut self, tick: &Tick) {
        if tick.last.is_some() {
            self.last = tick.last;
        }
        if tick.bid.is_some() || tick.ask.is_some() {
            (self.bid, self.ask) = (tick.bid, tick.ask);
        }
    }
}

/// What the paper market is told, all that it has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    Place(Placement),
    /// The entry of this trade is no longer wanted.
    CancelEntry(TradeId),
    /// The trade is over: no order of it is wanted.
    Cancel(TradeId),
}

/// An order to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub trade: TradeId,
    /// The exit that it is of; an entry when absent.
    pub intent: Option<IntentId>,
    pub instrument: InstrumentId,
    pub side: Side,
    pub quantity: Quantity,
    lot: Quantity,
    tick: Price,
    multiplier: u32,
    rates: ChargeRates,
    /// What the draws depend on, besides the seed.
    name: String,
}

/// The orders that are on their way.
#[derive(Clone, Debug)]
pub struct Paper {
    spec: PaperSpec,
    /// Begins the id of each fill.
    prefix: String,
    /// In the order in which they came.
    orders: Vec<Order>,
    fills: u64,
}

#[derive(Clone, Debug)]
struct Order {
    trade: TradeId,
    /// The exit that it is of; an entry when absent.
    intent: Option<IntentId>,
    instrument: InstrumentId,
    side: Side,
    leaves: Quantity,
    lot: Quantity,
    tick: Price,
    multiplier: u32,
    /// What it costs; the amount per order goes with the first fill.
    rates: ChargeRates,
    due: Timestamp,
    rejected: bool,
    draw: Draw,
}

impl Paper {
    pub fn new(spec: PaperSpec) -> Paper {
        Paper::named(spec, "paper")
    }

    /// One whose fills have ids that begin with `prefix`: ids are unique within it, so a market that is started
    /// again needs another.
    pub fn named(spec: PaperSpec, prefix: &str) -> Paper {
        Paper { spec, prefix: prefix.to_owned(), orders: Vec::new(), fills: 0 }
    }

    /// Takes what the engine decided, and what was filled, for an account whose orders are ours; `state` is the one
    /// after the turn. Other events are not ours.
    pub fn submit(&mut self, event: &Event, state: &State, now: Timestamp) {
        if let Some(instruction) = Instruction::of(event, state) {
            self.accept(instruction, now);
        }
    }

    pub fn accept(&mut self, instruction: Instruction, now: Timestamp) {
        let placement = match instruction {
            Instruction::Place(placement) => placement,
            Instruction::CancelEntry(trade) => {
                self.orders.retain(|order| order.trade != trade || order.intent.is_some());
                return;
            }
            Instruction::Cancel(trade) => {
                self.orders.retain(|order| order.trade != trade);
                return;
            }
        };
        let mut draw = Draw::new(self.spec.seed, &placement.name);
        let jitter = draw.below(u64::try_from(self.spec.jitter.0).unwrap_or(0) + 1);
        let wait = Span(self.spec.latency.0.saturating_add(i64::try_from(jitter).unwrap_or(0)));
        let rejected = draw.below(MILLION.unsigned_abs()) < u64::from(self.spec.rejects.0);
        self.orders.push(Order {
            trade: placement.trade,
            intent: placement.intent,
            instrument: placement.instrument,
            side: placement.side,
            leaves: placement.quantity,
            lot: placement.lot,
            tick: placement.tick,
            multiplier: placement.multiplier,
            rates: placement.rates,
            due: now.plus(wait),
            rejected,
            draw,
        });
    }

    /// What the broker says by `now`: the news whose time has come, in the order in which the orders came.
    pub fn due(
        &mut self,
        now: Timestamp,
        book: impl Fn(InstrumentId) -> Option<Quote>,
    ) -> Vec<Input> {
        let mut news = Vec::new();
        for order in &mut self.orders {
            if order.due > now {
                continue;
            }
            if order.rejected {
                order.leaves = Quantity::ZERO;
                news.push(Input { at: now, body: Body::Order(order.rejection()) });
                continue;
            }
            // Without a price there is no market to fill in; the order waits.
            let Some(touch) =
                book(order.instrument).and_then(|quote| touch(order, quote, self.spec))
            else {
                continue;
            };
            self.fills += 1;
            let id = format!("{}-{}", self.prefix, self.fills);
            let fill = order.fill(touch, self.spec, id, now);
            news.push(Input { at: now, body: Body::Order(OrderNews::Filled(fill)) });
        }
        self.orders.retain(|order| order.leaves > Quantity::ZERO);
        news
    }

    /// When the next news is due, if any order is on its way.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.orders.iter().map(|order| order.due).min()
    }

    pub fn is_idle(&self) -> bool {
        self.orders.is_empty()
    }
}

impl Instruction {
    /// What an event means for a broker, if anything; `state` is the one after the whole turn. An exit that the engine
    /// has filled itself, at a settlement or because other hands have closed, is no order; and what closes a trade calls
    /// its orders back.
    pub fn of(event: &Event, state: &State) -> Option<Instruction> {
        match event {
            Event::EntryDecided { trade, quantity } => Self::place(state, *trade, None, *quantity),
            Event::ExitDecided { intent, quantity, .. } => {
                match state.exit_in_flight(intent.trade) {
                    Some(under_way) if under_way == *intent => {
                        Self::place(state, intent.trade, Some(*intent), *quantity)
                    }
                    Some(_) | None => Self::cancel_if_closed(state, intent.trade),
                }
            }
            Event::Filled(fill) => Self::cancel_if_closed(state, fill.trade),
            Event::TradeCancelled { trade, .. } | Event::EntryEnded { trade, .. } => {
                Some(Instruction::CancelEntry(*trade))
            }
            _ => None,
        }
    }

    fn cancel_if_closed(state: &State, trade: TradeId) -> Option<Instruction> {
        let is_closed = state.trade_view(trade)?.status == TradeStatus::Closed;
        is_closed.then_some(Instruction::Cancel(trade))
    }

    /// An order that was decided and not wholly filled before a restart, once more.
    pub fn again(state: &State, order: &OrderView) -> Option<Instruction> {
        Self::place(state, order.trade, order.intent, order.leaves)
    }

    fn place(
        state: &State,
        trade: TradeId,
        intent: Option<IntentId>,
        quantity: Quantity,
    ) -> Option<Instruction> {
        let view = state.trade_view(trade)?;
        let (_, spec) = state.instruments().find(|(id, _)| *id == view.instrument)?;
        Some(Instruction::Place(Placement {
            trade,
            intent,
            instrument: view.instrument,
            side: if intent.is_some() { view.side.opposite() } else { view.side },
            quantity,
            lot: spec.lot_size,
            tick: spec.tick_size,
            multiplier: spec.multiplier,
            rates: spec.charges,
            name: order_name(&view, intent),
        }))
    }
}

fn order_name(view: &TradeView, intent: Option<IntentId>) -> String {
    let name = if view.name.is_empty() { view.id.to_string() } else { view.name.clone() };
    let exit = intent.map_or_else(String::new, |intent| format!("x{}", intent.attempt));
    format!("{name}#{}{exit}", view.generation)
}

/// The price that the order meets first.
fn touch(order: &Order, quote: Quote, spec: PaperSpec) -> Option<Price> {
    let (own, sign) = match order.side {
        Side::Buy => (quote.ask, 1),
        Side::Sell => (quote.bid, -1),
    };
    own.or_else(|| {
        // Half the spread, rounded up to a whole tick.
        let half = i64::from(spec.spread_ticks.div_ceil(2)).checked_mul(order.tick.0)?;
        Some(Price(quote.last?.0.checked_add(sign * half)?))
    })
}

impl Order {
    fn fill(&mut self, touch: Price, spec: PaperSpec, id: String, now: Timestamp) -> Fill {
        let worse = self.draw.below(u64::from(spec.slippage_ticks) + 1);
        let slip = i64::try_from(worse).unwrap_or(0).saturating_mul(self.tick.0);
        let price = match self.side {
            Side::Buy => Price(touch.0.saturating_add(slip)),
            // Nobody pays less than one tick.
            Side::Sell => Price(touch.0.saturating_sub(slip).max(self.tick.0.min(touch.0))),
        };
        let most = match spec.largest_fill_lots {
            0 => self.leaves,
            lots => {
                let part = 1 + self.draw.below(u64::from(lots));
                Quantity(self.lot.0.saturating_mul(i64::try_from(part).unwrap_or(1)))
            }
        };
        let quantity = most.min(self.leaves);
        self.leaves -= quantity;
        assert!(self.leaves >= Quantity::ZERO, "a paper order never fills beyond what was asked");
        self.due = now.plus(spec.latency);
        Fill {
            id,
            trade: self.trade,
            side: self.side,
            quantity,
            price,
            charges: self.charges(quantity, price),
            at: now,
        }
    }

    /// By the rates of the instrument, as the engine reckons them for fills of its own.
    fn charges(&mut self, quantity: Quantity, price: Price) -> Money {
        let ppb = match self.side {
            Side::Buy => self.rates.buy_ppb,
            Side::Sell => self.rates.sell_ppb,
        };
        let value = quantity.value(price, self.multiplier).abs();
        std::mem::take(&mut self.rates.per_order) + value.scaled(ppb.into(), 1_000_000_000)
    }

    fn rejection(&self) -> OrderNews {
        let reason = "rejected by the paper market".to_owned();
        match self.intent {
            Some(intent) => OrderNews::ExitRejected { intent, reason },
            None => OrderNews::EntryRejected { trade: self.trade, reason },
        }
    }
}

#[cfg(test)]
mod tests;
