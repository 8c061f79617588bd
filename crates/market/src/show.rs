//! What is in force on a day, row by row, for a person or a program to look at.

use crate::contracts::End;
use crate::dates::{dashed, date_of, day_of};
use crate::error::MarketError;
use crate::exits::When;
use crate::expiry::Series;
use crate::fact::{Fact, Origin, Row};
use crate::format;
use crate::protection::{Far, Reach};
use crate::rows::{Body, Rows};
use crate::sessions::{Closed, PhaseKind, SessionHours, Trading};
use crate::slices::most_per_order;
use crate::terms::{Exchange, Kind, Rounding, Segment};
use highmark_engine::{Day, Money, Price};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub day: Day,
    /// All when absent, like the segment.
    pub exchange: Option<Exchange>,
    pub segment: Option<Segment>,
    /// Names and symbols; with some, only what is said of them and of where they trade.
    pub symbols: &'a [String],
}

/// One thing that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What sort of thing: `session`, `lot`, `freeze`, `charge`, ...
    pub topic: &'static str,
    /// What it is about: a venue, a name, a broker.
    pub subject: String,
    /// In words, with the row that says it.
    pub fact: Fact<String>,
}

impl Rows {
    /// Everything that is asked for, in a stable order; an error for a symbol that no row names.
    pub(crate) fn shown(&self, wanted: Wanted<'_>) -> Result<Vec<Shown>, MarketError> {
        let date = date_of(wanted.day)?;
        let named: Vec<Exchange> = self.exchanges_of(wanted.symbols, date)?;
        let show = Show { rows: self, wanted, date, named };
        let mut shown = show.sessions();
        shown.extend(show.contracts());
        shown.extend(show.names());
        shown.extend(show.expiries()?);
        shown.extend(show.ticks());
        shown.extend(show.ranges());
        if wanted.symbols.is_empty() {
            shown.extend(show.protections());
            shown.extend(show.auto_exits()?);
            shown.extend(show.levies());
            shown.extend(show.brokerages());
        }
        Ok(shown)
    }

    /// Where the symbols trade.
    fn exchanges_of(&self, symbols: &[String], date: Date) -> Result<Vec<Exchange>, MarketError> {
        let mut found = Vec::new();
        for symbol in symbols {
            let lot = self.lot.iter().filter(|row| row.hold.holds(date));
            let lot = lot.filter(|row| row.body.name == *symbol).map(|row| row.body.exchange);
            let freeze = self.freeze.iter().filter(|row| row.hold.holds(date));
            let freeze = freeze.filter(|row| row.body.name == *symbol).map(|row| row.body.exchange);
            let contract = self.contract(symbol, date).map(|fact| fact.value.exchange);
            let before = found.len();
            found.extend(lot.chain(freeze).chain(contract));
            if found.len() == before {
                let reason = "no row in force on that day names it";
                let hint = "names are written as in the data: NIFTY; import an instrument list for single contracts";
                return Err(MarketError::new(format!("symbol {symbol:?}"), reason, hint));
            }
        }
        Ok(found)
    }
}

struct Show<'r> {
    rows: &'r Rows,
    wanted: Wanted<'r>,
    date: Date,
    /// The exchanges of the symbols that are asked for.
    named: Vec<Exchange>,
}

impl Show<'_> {
    fn sessions(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        for venue in &self.rows.venue {
            let exchange = Exchange::of_venue(&venue.name);
            let is_of = |segment: Segment| {
                exchange.and_then(|exchange| segment.venue(exchange)).is_some_and(|usual| {
                    venue.name == usual || venue.name.strip_suffix("_cas") == Some(usual)
                })
            };
            if exchange.is_some_and(|one| !self.wants_exchange(&[one]))
                || self.wanted.segment.is_some_and(|segment| !is_of(segment))
            {
                continue;
            }
            let (trading, hold) = self.rows.trading_by(&venue.name, self.date);
            let text = match &trading {
                Trading::Open(hours) => hours_text(hours),
                Trading::Unknown(Some(hours)) => {
                    format!("{}, if it is no holiday: none are entered", hours_text(hours))
                }
                Trading::Unknown(None) => "no hours are known".to_owned(),
                Trading::Closed(Closed::Weekend) => "closed: weekend".to_owned(),
                Trading::Closed(Closed::Holiday(name)) => format!("closed: {name}"),
                Trading::Closed(Closed::Mock(name)) => format!("closed: {name}"),
            };
            let certain = !matches!(trading, Trading::Unknown(_));
            let fact = match hold {
                Some(hold) => {
                    let fact = hold.fact(text);
                    Fact { verified: fact.verified && certain, ..fact }
                }
                None => self.calendar_fact(text, certain),
            };
            shown.push(Shown { topic: "session", subject: venue.name.clone(), fact });
        }
        shown
    }

    fn contracts(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        for row in winners(&self.rows.contract, self.date) {
            let one = &row.body.0;
            let segments = one.kind.map_or(&[][..], Kind::segments);
            let listed = self.wanted.symbols.contains(&one.symbol);
            if !listed || !self.wants_exchange(&[one.exchange]) || !self.wants_segment(segments) {
                continue;
            }
            let mut words = Vec::new();
            words.extend(one.kind.map(|kind| kind.name().replace('_', " ")));
            words.extend(one.underlying.as_ref().map(|name| format!("on {name}")));
            words.extend(one.tick_size.map(|tick| format!("tick {tick}")));
            words.extend(one.lot_size.map(|lot| format!("lot {}", format::quantity(lot))));
            words.extend(one.freeze.map(|most| format!("freeze {}", format::quantity(most))));
            words.extend(one.expiry.map(|day| format!("expires {}", dashed(day))));
            words.extend(one.strike.map(|strike| format!("strike {strike}")));
            let fact = row.hold.fact(words.join(", "));
            shown.push(Shown { topic: "contract", subject: one.symbol.clone(), fact });
        }
        shown
    }

    /// Lots and freeze quantities, and what they come to for one order.
    fn names(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        let derivatives = [Segment::Futures, Segment::Options];
        if !self.wants_segment(&derivatives) {
            return shown;
        }
        let wants =
            |name: &str, exchange| self.wants_name(name) && self.wants_exchange(&[exchange]);
        for row in winners(&self.rows.lot, self.date) {
            if wants(&row.body.name, row.body.exchange) {
                let fact = row.hold.fact(format::quantity(row.body.quantity));
                shown.push(Shown { topic: "lot", subject: row.body.name.clone(), fact });
            }
        }
        for row in winners(&self.rows.freeze, self.date) {
            if !wants(&row.body.name, row.body.exchange) {
                continue;
            }
            let lot = self.rows.lot_size(&row.body.name, self.date);
            let most = lot.as_ref().and_then(|lot| most_per_order(lot.value, row.body.quantity));
            let mut text = format::quantity(row.body.quantity);
            if let (Some(lot), Some(most)) = (lot, most) {
                text = format!("{text}: at most {} an order", format::lots(most, lot.value));
            }
            let subject = row.body.name.clone();
            shown.push(Shown { topic: "freeze", subject, fact: row.hold.fact(text) });
        }
        shown
    }

    fn expiries(&self) -> Result<Vec<Shown>, MarketError> {
        let mut shown = Vec::new();
        if !self.wants_segment(&[Segment::Futures, Segment::Options]) {
            return Ok(shown);
        }
        for row in winners(&self.rows.expiry, self.date) {
            let body = &row.body;
            if !self.wants_exchange(&[body.exchange]) {
                continue;
            }
            let all = vec![String::new()];
            for name in body.names.as_ref().unwrap_or(&all) {
                if !name.is_empty() && !self.wants_name(name) {
                    continue;
                }
                let series =
                    Series { exchange: body.exchange, cycle: body.cycle, underlying: name };
                let next = self.rows.next_expiry(series, day_of(self.date))?;
                let Some(next) = next else { continue };
                let name = if name.is_empty() { body.exchange.name() } else { name };
                let subject = format!("{name} {}", body.cycle.name());
                let weekday = weekday_text(next.value);
                let fact = next.with(format!("{weekday} {}", dashed(next.value)));
                shown.push(Shown { topic: "expiry", subject, fact });
            }
        }
        Ok(shown)
    }

    fn ticks(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        for row in winners(&self.rows.tick_size, self.date) {
            let TickPlace { exchanges, segments } = TickPlace::of(row.body.kind);
            if !self.wants_exchange(exchanges) || !self.wants_segment(segments) {
                continue;
            }
            let bands: Vec<String> = row
                .body
                .bands
                .iter()
                .map(|band| format!("{}{}", band.size, end_text(band.end, row.body.bands.len())))
                .collect();
            let of = if row.body.by_underlying { " by the price of the share" } else { "" };
            let fact = row.hold.fact(format!("{}{of}", bands.join(", ")));
            shown.push(Shown { topic: "tick size", subject: row.body.kind.name().into(), fact });
        }
        shown
    }

    fn ranges(&self) -> Vec<Shown> {
        let wanted = winners(&self.rows.price_range, self.date);
        let wanted = wanted.into_iter().filter(|row| {
            self.wants_exchange(&[row.body.exchange]) && self.wants_kinds(&row.body.kinds)
        });
        wanted
            .map(|row| {
                let kinds: Vec<&str> = row.body.kinds.iter().map(|kind| kind.name()).collect();
                let subject = format!("{} {}", row.body.exchange.name(), kinds.join(", "));
                let fact = row.hold.fact(bands_text(&row.body.bands));
                Shown { topic: "price range", subject, fact }
            })
            .collect()
    }

    fn protections(&self) -> Vec<Shown> {
        let wanted = winners(&self.rows.market_protection, self.date);
        let wanted = wanted.into_iter().filter(|row| self.wants_kinds(&row.body.kinds));
        wanted
            .map(|row| {
                let kinds: Vec<&str> = row.body.kinds.iter().map(|kind| kind.name()).collect();
                let subject = format!("{} {}", row.body.broker, kinds.join(", "));
                let fact = row.hold.fact(bands_text(&row.body.bands));
                Shown { topic: "market protection", subject, fact }
            })
            .collect()
    }

    fn auto_exits(&self) -> Result<Vec<Shown>, MarketError> {
        let mut shown = Vec::new();
        for row in winners(&self.rows.auto_exit, self.date) {
            let body = &row.body;
            if !self.wants_exchange(&body.exchanges) || !self.wants_segment(&body.segments) {
                continue;
            }
            let (Some(&exchange), Some(&segment)) = (body.exchanges.first(), body.segments.first())
            else {
                continue;
            };
            let at = self.rows.auto_exit(&body.broker, exchange, segment, self.wanted.day)?;
            let at = at.map(|fact| format::time(fact.value)[..5].to_owned());
            let text = match (&body.when, at) {
                (When::At { .. }, Some(at)) => at,
                (When::BeforeClose(minutes), Some(at)) => {
                    format!("{at}, {minutes} minutes before the close")
                }
                (When::BeforeClose(minutes), None) => {
                    format!("{minutes} minutes before the close; no session on this day")
                }
                (When::At { .. }, None) => continue,
            };
            let subject =
                format!("{} {}", body.broker, place_text(&body.exchanges, &body.segments));
            shown.push(Shown { topic: "auto exit", subject, fact: row.hold.fact(text) });
        }
        Ok(shown)
    }

    fn levies(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        for row in winners(&self.rows.levy, self.date) {
            let levy = &row.body;
            if !self.wants_exchange(&levy.exchanges) || !self.wants_segment(&levy.segments) {
                continue;
            }
            let mut words = Vec::new();
            if levy.ppb > 0 || levy.per_note == Money::ZERO {
                words.push(percent(levy.ppb));
            }
            if levy.per_note > Money::ZERO {
                words.push(format!("{} a note", format::rupees(levy.per_note)));
            }
            if levy.of.is_empty() {
                let deals: Vec<&str> = levy.deals.iter().map(|deal| deal.name()).collect();
                words.push(format!("on {}", deals.join(" and ")));
            } else {
                words.push(format!("of {}", levy.of.join(", ")));
            }
            words.extend((levy.rounding == Rounding::Rupee).then(|| "to the rupee".to_owned()));
            let plan = levy.plan.as_ref().map(|plan| format!(" {plan}")).unwrap_or_default();
            let place = place_text(&levy.exchanges, &levy.segments);
            let subject = format!("{}{plan} {place}", levy.name);
            let fact = row.hold.fact(words.join(" "));
            shown.push(Shown { topic: "charge", subject, fact });
        }
        shown
    }

    fn brokerages(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        for row in winners(&self.rows.brokerage, self.date) {
            let price = &row.body;
            if !self.wants_exchange(&price.exchanges) || !self.wants_segment(&price.segments) {
                continue;
            }
            let mut words = Vec::new();
            if price.per_order > Money::ZERO || price.ppb == 0 {
                words.push(format!("{} an order", format::rupees(price.per_order)));
            }
            words.extend((price.ppb > 0).then(|| percent(price.ppb)));
            let most = price.at_most.map(|most| format!(", at most {}", format::rupees(most)));
            let subject =
                format!("{} {}", price.plan, place_text(&price.exchanges, &price.segments));
            let text = format!("{}{}", words.join(" and "), most.unwrap_or_default());
            shown.push(Shown { topic: "brokerage", subject, fact: row.hold.fact(text) });
        }
        shown
    }

    fn wants_exchange(&self, exchanges: &[Exchange]) -> bool {
        let asked = self.wanted.exchange.is_none_or(|asked| exchanges.contains(&asked));
        asked && (self.named.is_empty() || self.named.iter().any(|one| exchanges.contains(one)))
    }

    fn wants_segment(&self, segments: &[Segment]) -> bool {
        self.wanted.segment.is_none_or(|asked| segments.contains(&asked))
    }

    fn wants_kinds(&self, kinds: &[Kind]) -> bool {
        let exchanges = kinds.iter().any(|kind| self.wants_exchange(kind.exchanges()));
        exchanges && kinds.iter().any(|kind| self.wants_segment(kind.segments()))
    }

    fn wants_name(&self, name: &str) -> bool {
        self.wanted.symbols.is_empty() || self.wanted.symbols.iter().any(|symbol| symbol == name)
    }

    /// What no row says, but the calendar.
    fn calendar_fact(&self, value: String, verified: bool) -> Fact<String> {
        Fact {
            value,
            verified,
            source: "the calendar".into(),
            origin: Origin { layer: crate::Layer::Embedded, file: "calendar".into(), line: 0 },
            from: day_of(self.date),
            until: None,
        }
    }
}

struct TickPlace {
    exchanges: &'static [Exchange],
    segments: &'static [Segment],
}

impl TickPlace {
    fn of(kind: Kind) -> TickPlace {
        TickPlace { exchanges: kind.exchanges(), segments: kind.segments() }
    }
}

/// The rows that count on a day for at least one of the things that they are about, in order.
fn winners<T: Body>(rows: &[Row<T>], day: Date) -> Vec<&Row<T>> {
    let mut best: BTreeMap<String, (usize, &Row<T>)> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.hold.holds(day)) {
        let weight = |row: &Row<T>| (row.hold.origin.layer, row.hold.from);
        for key in row.body.keys() {
            let held = best.entry(key).or_insert((index, row));
            if weight(row) >= weight(held.1) {
                *held = (index, row);
            }
        }
    }
    let mut winners: Vec<(usize, &Row<T>)> = best.into_values().collect();
    winners.sort_by_key(|(index, _)| *index);
    winners.dedup_by_key(|(index, _)| *index);
    winners.into_iter().map(|(_, row)| row).collect()
}

fn hours_text(hours: &SessionHours) -> String {
    let time = |at| format::time(at)[..5].to_owned();
    let phases: Vec<String> = hours
        .phases
        .iter()
        .map(|phase| {
            let name = match phase.kind {
                PhaseKind::PreOpen => "pre-open ",
                PhaseKind::Continuous => "",
                PhaseKind::ClosingAuction => "closing auction ",
            };
            format!("{name}{}-{}", time(phase.start), time(phase.end))
        })
        .collect();
    let special = hours.special.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{}{special}", phases.join(", "))
}

fn bands_text(bands: &[Reach]) -> String {
    let told: Vec<String> = bands
        .iter()
        .map(|band| {
            let far = match band.far {
                Far::Points(points) => points.to_string(),
                Far::Share(ppb) => percent(ppb),
            };
            format!("{far}{}", end_text(band.end, bands.len()))
        })
        .collect();
    told.join(", ")
}

/// Where a band ends, after its size; nothing for one that is alone.
fn end_text(end: End, bands: usize) -> String {
    match end {
        End::Never if bands == 1 => String::new(),
        End::Before(price) => format!(" below {price}"),
        End::With(price) => format!(" up to {price}"),
        End::Never => " above".to_owned(),
    }
}

fn place_text(exchanges: &[Exchange], segments: &[Segment]) -> String {
    let all = |count: usize, of: usize| count == of;
    let exchanges = match all(exchanges.len(), Exchange::WORDS.len()) {
        true => "everywhere".to_owned(),
        false => exchanges.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
    };
    match all(segments.len(), Segment::WORDS.len()) {
        true => exchanges,
        false => {
            let segments: Vec<&str> = segments.iter().map(|one| one.name()).collect();
            format!("{exchanges} {}", segments.join(", "))
        }
    }
}

/// Parts per billion as a percentage: 355,300 is `0.03553%`.
fn percent(ppb: u32) -> String {
    format!("{}%", Price(i64::from(ppb) * 10))
}

fn weekday_text(day: Day) -> &'static str {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let date = date_of(day).map(|date| date.weekday().to_monday_zero_offset());
    date.ok().and_then(|at| NAMES.get(usize::try_from(at).ok()?).copied()).unwrap_or("?")
}
