//! A made-up market: the same seed gives the same ticks on every machine.
//!
//! Returns come from one market factor and one factor of each instrument's own. Volatility is U-shaped over the
//! session, there are gaps between sessions and halts inside them, and prices stand on the tick size. Floats
//! are only added, multiplied and divided, which every machine does alike; what comes out is exact.
//!
//! Bad ticks are made on request ([`DirtRates`]). Each is what a broken feed would send in place of, or after,
//! a good tick; [`Generator::dirt`] says how many there were, for tests that count what the engine refused.

use crate::Feed;
use crate::batch::{Batch, Progress, Record, Row};
use crate::error::FeedError;
use crate::random::Random;
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{LARGEST, Price, Quantity, Span, TickKind, Timestamp, UNIT};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is made up.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratorSpec {
    pub seed: u64,
    /// When there is trading; nothing is quoted outside.
    pub sessions: Vec<Stretch>,
    /// The time between two ticks of an instrument.
    pub every: Span,
    pub listings: Vec<Listing>,
    /// The typical size of the move between a close and the next open, as a share of the price.
    pub gap: f64,
    /// How many trading halts of `halt_length` a session has on average, for all instruments together.
    pub halts_per_session: f64,
    pub halt_length: Span,
    /// How many ticks in a million are bad, by kind.
    pub dirt: DirtRates,
}

/// A stretch of trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub open: Timestamp,
    /// The first instant after it.
    pub close: Timestamp,
}

/// An instrument of the made-up market.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub symbol: String,
    /// Where its price starts.
    pub start: Price,
    pub tick_size: Price,
    /// The standard deviation of its daily return, as a share: 0.01 is 1 %.
    pub daily_volatility: f64,
    /// Its correlation with the market as a whole, from -1 to 1.
    pub correlation: f64,
    /// From bid to ask, in tick sizes; 0 for an index, which has no book.
    pub spread: u32,
}

/// A kind of bad tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dirt {
    /// A last price of zero.
    Zero,
    /// Ten times or a tenth of the price for one tick, then back.
    Spike,
    /// The tick before once more, behind the one that followed it.
    OutOfOrder,
    /// The same tick twice.
    Duplicate,
    /// Bid above ask.
    Crossed,
    /// The last price repeated for the next 60 ticks, while the market moves on.
    Frozen,
}

/// Bad ticks in a million, by kind; the default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirtRates {
    pub zero: u32,
    pub spike: u32,
    pub out_of_order: u32,
    pub duplicate: u32,
    pub crossed: u32,
    pub frozen: u32,
}

/// The made-up market as a feed.
pub struct Generator {
    spec: GeneratorSpec,
    symbols: Symbols,
    random: Random,
    quotes: Vec<Quote>,
    session: usize,
    /// The time of the next batch.
    at: Timestamp,
    halts: Vec<Stretch>,
    dirt: BTreeMap<Dirt, u64>,
    /// Ticks that come too late, each a batch of its own behind the one that it should have been before.
    late: Vec<Row>,
    done: u64,
    total: u64,
    rows: u64,
}

/// The state of one instrument.
struct Quote {
    symbol: SymbolId,
    /// The exact price, in units; the quoted one is its rounding to the tick size.
    price: f64,
    volume: i64,
    /// Ticks for which the price stays frozen yet, and the price.
    frozen: Option<(u32, Price)>,
    /// The tick before, to be sent again too late.
    before: Option<Row>,
}

const FROZEN_TICKS: u32 = 60;

impl Generator {
    /// Refuses a spec that cannot be played: no listing, a price off its tick size, sessions that overlap.
    pub fn new(spec: GeneratorSpec) -> Result<Generator, FeedError> {
        check(&spec)?;
        let mut symbols = Symbols::default();
        let mut quotes = Vec::new();
        for listing in &spec.listings {
            let symbol = symbols.intern(&listing.symbol).filter(|id| id.0 as usize == quotes.len());
            let Some(symbol) = symbol else {
                return Err(refused(
                    format!("symbol {:?}", listing.symbol),
                    "it is empty or comes twice",
                ));
            };
            quotes.push(Quote {
                symbol,
                price: listing.start.0 as f64,
                volume: 0,
                frozen: None,
                before: None,
            });
        }
        let steps = |stretch: &Stretch| {
            let length = stretch.close.since(stretch.open).0;
            u64::try_from((length - 1) / spec.every.0 + 1).unwrap_or(0)
        };
        let total = spec.sessions.iter().map(steps).sum::<u64>();
        let mut generator = Generator {
            random: Random::new(spec.seed),
            at: spec.sessions.first().map_or(Timestamp::default(), |stretch| stretch.open),
            symbols,
            quotes,
            session: 0,
            halts: Vec::new(),
            dirt: BTreeMap::new(),
            late: Vec::new(),
            done: 0,
            total,
            rows: 0,
            spec,
        };
        generator.plan_halts();
        Ok(generator)
    }

    /// How many bad ticks of each kind it has given out so far.
    pub fn dirt(&self) -> &BTreeMap<Dirt, u64> {
        &self.dirt
    }

    /// The stretches of the current session in which nothing is quoted.
    pub fn halts(&self) -> &[Stretch] {
        &self.halts
    }

    fn plan_halts(&mut self) {
        self.halts.clear();
        let Some(stretch) = self.spec.sessions.get(self.session) else { return };
        let length = stretch.close.since(stretch.open).0;
        let mut expected = self.spec.halts_per_session;
        while expected > 0.0 {
            if self.random.unit() < expected {
                let into = self.random.below(length.unsigned_abs());
                let open = stretch.open.plus(Span(i64::try_from(into).unwrap_or(0)));
                self.halts.push(Stretch { open, close: open.plus(self.spec.halt_length) });
            }
            expected -= 1.0;
        }
    }

    /// Goes on to the next session when this one is over; false after the last.
    fn enter_session(&mut self) -> bool {
        while let Some(stretch) = self.spec.sessions.get(self.session) {
            if self.at < stretch.close {
                return true;
            }
            self.session += 1;
            let Some(next) = self.spec.sessions.get(self.session) else { return false };
            self.at = next.open;
            self.plan_halts();
            self.gap();
        }
        false
    }

    /// Every price moves between two sessions, together and each by itself.
    fn gap(&mut self) {
        let market = self.random.normal();
        for (quote, listing) in self.quotes.iter_mut().zip(&self.spec.listings) {
            let shock = mixed(listing.correlation, market, self.random.normal());
            quote.moved(self.spec.gap * shock, listing);
            (quote.volume, quote.frozen, quote.before) = (0, None, None);
        }
    }

    /// The deviation of one step, for a daily deviation of 1, at this place of the session: high at both ends.
    fn step_deviation(&self) -> f64 {
        let Some(stretch) = self.spec.sessions.get(self.session) else { return 0.0 };
        let length = stretch.close.since(stretch.open).0 as f64;
        let place = 2.0 * self.at.since(stretch.open).0 as f64 / length - 1.0;
        // The shape's mean square over the session is 1: the mean of (0.6 + 1.2 x^2)^2 is 1.128.
        let shape = (0.6 + 1.2 * place * place) / 1.128f64.sqrt();
        shape * (self.spec.every.0 as f64 / length).sqrt()
    }

    /// Moves every price one step and gives out the ticks of this instant.
    fn quote_all(&mut self, batch: &mut Batch) {
        let deviation = self.step_deviation();
        let market = self.random.normal();
        for index in 0..self.quotes.len() {
            let own = self.random.normal();
            let traded = 1 + self.random.below(200);
            let listing = &self.spec.listings[index];
            let quote = &mut self.quotes[index];
            let shock = mixed(listing.correlation, market, own);
            quote.moved(listing.daily_volatility * deviation * shock, listing);
            let traded = i64::try_from(traded).unwrap_or(0);
            quote.volume = (quote.volume + traded).min(LARGEST / UNIT);
            let row = quote.row(self.at, listing);
            self.send(index, row, batch);
        }
    }

    /// Gives out a good tick, or what a broken feed makes of it.
    fn send(&mut self, index: usize, good: Row, batch: &mut Batch) {
        let rates = self.spec.dirt;
        let spread = self.spec.listings[index].spread;
        let mut row = good;
        let before = self.quotes[index].before.replace(good);
        let mut made = |kind| *self.dirt.entry(kind).or_default() += 1;
        if let Some((left, price)) = self.quotes[index].frozen {
            (row.last, row.bid, row.ask) = (Some(price), None, None);
            self.quotes[index].frozen = (left > 1).then_some((left - 1, price));
        } else if self.random.per_million(rates.zero) {
            made(Dirt::Zero);
            row.last = Some(Price::ZERO);
        } else if self.random.per_million(rates.spike) {
            made(Dirt::Spike);
            let tenfold = self.random.below(2) == 0;
            row.last = row.last.map(|price| spiked(price, tenfold, &self.spec.listings[index]));
            (row.bid, row.ask) = (None, None);
        } else if spread > 0 && self.random.per_million(rates.crossed) {
            made(Dirt::Crossed);
            (row.bid, row.ask) = (row.ask, row.bid);
        } else if self.random.per_million(rates.frozen) {
            made(Dirt::Frozen);
            self.quotes[index].frozen = row.last.map(|price| (FROZEN_TICKS, price));
        } else if self.random.per_million(rates.duplicate) {
            made(Dirt::Duplicate);
            batch.records.push(Record::Row(row));
        } else if let Some(late) = before
            && self.random.per_million(rates.out_of_order)
        {
            made(Dirt::OutOfOrder);
            self.late.push(late);
        }
        batch.records.push(Record::Row(row));
    }
}

impl Feed for Generator {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        batch.records.clear();
        if let Some(row) = self.late.pop() {
            batch.at = row.at;
            batch.records.push(Record::Row(row));
        }
        while batch.records.is_empty() {
            if !self.enter_session() {
                return Ok(false);
            }
            let at = self.at;
            batch.at = at;
            let halted = self.halts.iter().any(|halt| (halt.open..halt.close).contains(&at));
            if !halted {
                self.quote_all(batch);
            }
            self.done += 1;
            self.at = at.plus(self.spec.every);
        }
        self.rows += batch.records.len() as u64;
        Ok(true)
    }

    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, total: Some(self.total), rows: self.rows, unreadable: 0 }
    }
}

impl Quote {
    fn moved(&mut self, share: f64, listing: &Listing) {
        // A price stays within what the engine can hold and above its smallest step.
        let lowest = listing.tick_size.0 as f64;
        self.price = (self.price * (1.0 + share.max(-0.9))).clamp(lowest, LARGEST as f64 / 20.0);
    }

    fn row(&self, at: Timestamp, listing: &Listing) -> Row {
        let step = listing.tick_size.0;
        let last = Price(on_tick(self.price, step));
        let spread = i64::from(listing.spread);
        let (below, above) = (spread / 2, spread - spread / 2);
        let side = |price: i64| (spread > 0 && price > 0).then_some(Price(price));
        Row {
            symbol: self.symbol,
            at,
            sequence: None,
            last: Some(last),
            bid: side(last.0 - below * step),
            ask: side(last.0 + above * step),
            volume: (spread > 0).then_some(Quantity(self.volume * UNIT)),
            kind: TickKind::Regular,
        }
    }
}

/// Ten times the price or a tenth of it, on the tick size.
fn spiked(price: Price, tenfold: bool, listing: &Listing) -> Price {
    let step = listing.tick_size.0;
    let spike = if tenfold { price.0.saturating_mul(10) } else { price.0 / 10 };
    Price((spike / step).max(1) * step)
}

fn on_tick(price: f64, step: i64) -> i64 {
    let steps = (price / step as f64 + 0.5).floor() as i64;
    steps.max(1) * step
}

/// A shock of deviation 1 that has this correlation with the market's.
fn mixed(correlation: f64, market: f64, own: f64) -> f64 {
    correlation * market + (1.0 - correlation * correlation).max(0.0).sqrt() * own
}

fn refused(subject: impl Into<String>, reason: &str) -> FeedError {
    FeedError::new(subject, reason, "correct the description of the made-up market")
}

fn check(spec: &GeneratorSpec) -> Result<(), FeedError> {
    if spec.listings.is_empty() || spec.sessions.is_empty() {
        return Err(refused("made-up market", "it has no listing or no session"));
    }
    if spec.every.0 <= 0 || spec.halt_length.0 < 0 {
        return Err(refused("made-up market", "its steps and halts must take time"));
    }
    let mut end = Timestamp(i64::MIN);
    for stretch in &spec.sessions {
        if stretch.open >= stretch.close || stretch.open < end {
            return Err(refused("made-up market", "its sessions overlap or end before they start"));
        }
        end = stretch.close;
    }
    if !(0.0..=0.5).contains(&spec.gap) || !(0.0..=100.0).contains(&spec.halts_per_session) {
        return Err(refused("made-up market", "its gap is 0 to 0.5, its halts 0 to 100 a session"));
    }
    for listing in &spec.listings {
        let name = format!("symbol {:?}", listing.symbol);
        let step = listing.tick_size.0;
        if step <= 0 || listing.start.0 <= 0 || listing.start.0 % step != 0 {
            return Err(refused(name, "it starts at a price that is not on its tick size"));
        }
        if listing.start.0 > LARGEST / 20 {
            return Err(refused(name, "it starts at a price above 50,000,000"));
        }
        let deviation = (0.0..=1.0).contains(&listing.daily_volatility);
        if !deviation || !(-1.0..=1.0).contains(&listing.correlation) {
            return Err(refused(name, "its volatility is 0 to 1 and its correlation -1 to 1"));
        }
    }
    Ok(())
}
