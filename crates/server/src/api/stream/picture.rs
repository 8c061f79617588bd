//! What there is at one turn, in parts that are compared by their names.

use super::frames;
use super::patch::{Fields, patch, without_nulls};
use super::topics::{Topic, Topics};
use crate::api::own::Placed;
use crate::api::wire;
use crate::behind::Spell;
use crate::look::{Facts, status_of};
use axum::body::Bytes;
use highmark_engine::*;
use highmark_play::clock::stamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// A part of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Status,
    System,
    Account(u32),
    Strategy(u32),
    Trade(u32),
    Price(u32),
}

impl Part {
    fn name(self) -> String {
        match self {
            Part::Status => "status".to_owned(),
            Part::System => "system".to_owned(),
            Part::Account(id) => format!("account:{id}"),
            Part::Strategy(id) => format!("strategy:{id}"),
            Part::Trade(id) => format!("trade:{id}"),
            Part::Price(id) => format!("price:{id}"),
        }
    }
}

/// Trades that are shown; the status says when there are more.
const MOST_TRADES: usize = 2_000;
/// Trades that are drawn before it is looked whether others are to have the processor.
const CHUNK: usize = 4;
/// Deltas to this picture, and snapshots of it, that are kept for others that need the same.
const MOST_KEPT: usize = 64;

/// Deltas by the number of the picture that they lead from, and the topics.
type Deltas = BTreeMap<(u64, Topics), Option<Bytes>>;

/// Everything that is shown, of one turn.
#[derive(Debug, Default)]
pub(in crate::api) struct Picture {
    /// Pictures are numbered.
    number: u64,
    pub turn: u64,
    at: Timestamp,
    parts: BTreeMap<Part, Arc<Fields>>,
    whose: Whose,
    /// What was already made for somebody who came from that picture with those topics, and for somebody who came.
    deltas: Mutex<Deltas>,
    snapshots: Mutex<BTreeMap<Topics, Bytes>>,
}

/// Whose its parts are, for those who are bound to accounts.
#[derive(Debug, Default)]
struct Whose {
    accounts: BTreeMap<AccountId, String>,
    trades: BTreeMap<u32, AccountId>,
    placed: Arc<Placed>,
}

impl Whose {
    fn of(state: &State, last: &Whose) -> Whose {
        let mut placed = Arc::clone(&last.placed);
        if !placed.is_up_to_date(state) {
            Arc::make_mut(&mut placed).catch_up(state);
        }
        Whose {
            accounts: state.accounts().map(|(id, spec)| (id, spec.name.clone())).collect(),
            trades: BTreeMap::new(),
            placed,
        }
    }

    fn has(&self, names: &[String], part: Part) -> bool {
        let named = |id| self.accounts.get(&id).is_some_and(|name| names.contains(name));
        match part {
            Part::Status | Part::Price(_) => true,
            Part::System => false,
            Part::Account(id) => named(AccountId(id)),
            Part::Strategy(id) => self.placed.accounts(StrategyId(id)).all(named),
            Part::Trade(id) => self.trades.get(&id).is_some_and(|account| named(*account)),
        }
    }
}

#[derive(Serialize)]
struct Sent<'f> {
    #[serde(rename = "type")]
    kind: &'f str,
    seq: u64,
    at: String,
    at_ns: i64,
    items: Items<'f>,
}

/// Parts by their names: nothing is copied to be sent but what has changed in a part.
struct Items<'p>(Vec<(Part, Change<'p>)>);

#[derive(Serialize)]
#[serde(untagged)]
enum Change<'p> {
    Whole(&'p Fields),
    Patch(Fields),
    Gone(()),
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(part, change)| (part.name(), change)))
    }
}

impl Picture {
    /// The picture of a state. What stands in the last one as it is now is not made again.
    pub(super) fn of(state: &State, facts: &Facts, last: &Picture) -> Picture {
        let mut parts = BTreeMap::new();
        let mut add = |part: Part, value: Value| {
            let Value::Object(fields) = without_nulls(value) else { return };
            let same = last.parts.get(&part).filter(|before| ***before == fields);
            parts.insert(part, same.cloned().unwrap_or_else(|| Arc::new(fields)));
        };
        let rows = status_of(state, None);
        let is_cut = state.live_trades(Scope::System).nth(MOST_TRADES).is_some();
        add(Part::Status, service(state, facts, is_cut));
        let all = rows.accounts.into_iter().chain(rows.strategies).chain([rows.system]);
        for row in all {
            let part = match row.scope {
                Scope::System => Part::System,
                Scope::Account(id) => Part::Account(id.0),
                Scope::Strategy(id) => Part::Strategy(id.0),
                Scope::Trade(_) | Scope::Group(_) => continue,
            };
            add(part, value(&wire::Row::of(row)));
        }
        let mut spell = Spell::begin();
        let mut whose = Whose::of(state, &last.whose);
        let names = Names::of(state);
        for (place, id) in state.live_trades(Scope::System).take(MOST_TRADES).enumerate() {
            let Some(view) = state.trade_view(id) else { continue };
            whose.trades.insert(id.0, view.account);
            add(Part::Trade(id.0), value(&names.named(view)));
            if place.is_multiple_of(CHUNK) {
                spell.rest();
            }
        }
        for (id, spec) in state.instruments() {
            let mark = state.mark(id).map(|mark| mark.to_string());
            let price = json!({ "id": id.0, "symbol": spec.symbol, "mark": mark, "stale": state.is_stale(id) });
            add(Part::Price(id.0), price);
        }
        let (turn, at, number) = (state.turn(), state.now(), last.number + 1);
        Picture { number, turn, at, parts, whose, ..Picture::default() }
    }

    /// Whether nothing was ever shown.
    pub(super) fn is_blank(&self) -> bool {
        self.number == 0
    }

    /// All that these topics show.
    pub(super) fn snapshot(&self, topics: &Topics) -> Bytes {
        let mut made = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = made.get(topics) {
            return snapshot.clone();
        }
        let all = self.seen(topics).map(|(part, fields)| (*part, Change::Whole(fields)));
        let snapshot = self.sent("snapshot", Items(all.collect()));
        if made.len() < MOST_KEPT {
            made.insert(topics.clone(), snapshot.clone());
        }
        snapshot
    }

    /// What has changed since another picture; `None` when nothing has.
    pub(super) fn delta(&self, from: &Picture, topics: &Topics) -> Option<Bytes> {
        let name = (from.number, topics.clone());
        let mut made = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(delta) = made.get(&name) {
            return delta.clone();
        }
        let delta = self.changes(from, topics);
        if made.len() < MOST_KEPT {
            made.insert(name, delta.clone());
        }
        delta
    }

    fn changes(&self, from: &Picture, topics: &Topics) -> Option<Bytes> {
        let theirs = |part: &Part| from.parts.get(part).filter(|_| from.shows(*part, topics));
        let mut changes: Vec<(Part, Change<'_>)> = Vec::new();
        for (part, fields) in self.seen(topics) {
            match theirs(part) {
                Some(before) if Arc::ptr_eq(before, fields) => {}
                Some(before) => {
                    let patch = patch(before, fields);
                    if !patch.is_empty() {
                        changes.push((*part, Change::Patch(patch)));
                    }
                }
                None => changes.push((*part, Change::Whole(fields))),
            }
        }
        let is_gone = |part: &&Part| !self.parts.contains_key(part) || !self.shows(**part, topics);
        let gone = from.seen(topics).map(|(part, _)| part).filter(is_gone);
        changes.extend(gone.map(|part| (*part, Change::Gone(()))));
        (!changes.is_empty()).then(|| self.sent("delta", Items(changes)))
    }

    fn seen(&self, topics: &Topics) -> impl Iterator<Item = (&Part, &Arc<Fields>)> {
        self.parts.iter().filter(|(part, _)| self.shows(**part, topics))
    }

    fn shows(&self, part: Part, topics: &Topics) -> bool {
        let is_theirs = |names: &Arc<[String]>| self.whose.has(names, part);
        topics.show(topic(part)) && topics.bound().as_ref().is_none_or(is_theirs)
    }

    fn sent(&self, kind: &str, items: Items<'_>) -> Bytes {
        let (seq, at, at_ns) = (self.turn, stamp(self.at), self.at.0);
        // Texts and numbers alone: it can be written.
        let text = serde_json::to_string(&Sent { kind, seq, at, at_ns, items });
        frames::text(&text.unwrap_or_default())
    }
}

fn topic(part: Part) -> Topic {
    match part {
        Part::Status | Part::System => Topic::Status,
        Part::Account(id) => Topic::Account(id),
        Part::Strategy(id) => Topic::Strategy(id),
        Part::Trade(id) => Topic::Trade(id),
        Part::Price(id) => Topic::Price(id),
    }
}

fn service(state: &State, facts: &Facts, trades_cut: bool) -> Value {
    let health = &facts.health;
    let alarms = health.alarms().into_iter().map(|alarm| value(&wire::Alarm::of(alarm)));
    json!({
        // Every account of this version is on paper; a broker of the day will say otherwise.
        "mode": "paper",
        "killed": state.is_killed(),
        "stopping": health.stopping.load(Ordering::Relaxed),
        "journal_lost": health.has_lost_its_journal(),
        "alarms": alarms.collect::<Vec<Value>>(),
        "trades_cut": trades_cut,
    })
}

/// The names that a person knows things by.
struct Names {
    strategies: BTreeMap<StrategyId, String>,
    accounts: BTreeMap<AccountId, String>,
    /// Symbols and multipliers.
    instruments: BTreeMap<InstrumentId, (String, u32)>,
}

impl Names {
    fn of(state: &State) -> Names {
        Names {
            strategies: state.strategies().map(|(id, spec)| (id, spec.name.clone())).collect(),
            accounts: state.accounts().map(|(id, spec)| (id, spec.name.clone())).collect(),
            instruments: state
                .instruments()
                .map(|(id, spec)| (id, (spec.symbol.clone(), spec.multiplier)))
                .collect(),
        }
    }

    fn named(&self, view: TradeView) -> wire::Trade {
        let strategy = self.strategies.get(&view.strategy).cloned().unwrap_or_default();
        let account = self.accounts.get(&view.account).cloned().unwrap_or_default();
        let instrument = self.instruments.get(&view.instrument).cloned().unwrap_or_default();
        wire::Trade::of(wire::Named::new(view, strategy, account, instrument))
    }
}

fn value(of: &impl Serialize) -> Value {
    // Plain data: it can be written.
    serde_json::to_value(of).unwrap_or_default()
}
