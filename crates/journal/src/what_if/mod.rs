//! What if: the recorded inputs decided again with other parameters.
//!
//! The market is the recorded one. What brokers did then fits only as far as the decisions are the same: news
//! of an order that would not have been sent is dropped, and an order of which there is no news is filled at
//! the mark at once. The report counts both, for they are where a what-if is a guess.

mod change;
mod facts;
mod names;

pub use change::{Change, Changes};

use crate::error::JournalError;
use crate::turn::Turn;
use highmark_engine::*;
use names::Names;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Differences that are kept whole; the rest is counted.
pub const KEPT: usize = 1000;

/// What would have happened.
#[derive(Clone, Debug)]
pub struct WhatIf {
    pub engine: Engine,
    /// The engine as it was in fact.
    pub recorded: Engine,
    /// Inputs that were altered.
    pub altered: u64,
    /// Recorded turns that were decided again.
    pub turns: u64,
    /// Those that were decided otherwise.
    pub differing: u64,
    /// The first [`KEPT`] of them, in order.
    pub differences: Vec<Diverged>,
    /// Recorded news of brokers that no longer fitted.
    pub dropped: u64,
    /// Recorded commands about what would not have been there.
    pub dropped_commands: u64,
    /// Fills that no broker gave and that were made at the mark.
    pub made: u64,
    trades: BTreeMap<TradeId, Option<TradeId>>,
}

impl WhatIf {
    /// What the what-if calls a recorded trade, if it has it.
    pub fn trade(&self, recorded: TradeId) -> Option<TradeId> {
        self.trades.get(&recorded).copied().unwrap_or(Some(recorded))
    }
}

/// One turn that would have gone otherwise: only the facts that differ, under the names that the record has for what it
/// has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diverged {
    /// The number of the recorded turn.
    pub turn: u64,
    /// Happened in fact and not in the what-if.
    pub gone: Vec<Event>,
    /// Happened in the what-if and not in fact.
    pub new: Vec<Event>,
}

/// Lets an engine that begins at `base` decide the inputs of `turns`, each altered by `alter`.
///
/// `alter` says whether it changed the input.
pub fn what_if(
    base: Engine,
    turns: impl IntoIterator<Item = Result<Turn, JournalError>>,
    alter: &mut dyn FnMut(&mut Input) -> bool,
) -> Result<WhatIf, JournalError> {
    let mut run = Run::new(base);
    for turn in turns {
        run.turn(turn?, alter);
    }
    Ok(WhatIf { trades: run.names.into_trades(), ..run.told })
}

/// An order that waits for a fill that nobody recorded.
struct Wanted {
    trade: TradeId,
    side: Side,
    quantity: Quantity,
}

struct Run {
    told: WhatIf,
    /// What the what-if calls what the record has.
    names: Names,
    /// What the record calls what the what-if has.
    back: Names,
    /// The number of the last recorded turn.
    number: u64,
    /// The exit under way of each recorded trade.
    under_way: BTreeMap<TradeId, IntentId>,
    /// Recorded exits that the what-if decided in the same turn, and what it calls them.
    same_exits: BTreeMap<IntentId, IntentId>,
    /// Recorded trades whose entry orders the what-if sends too.
    same_entries: BTreeSet<TradeId>,
    /// Where positions are no longer what they were.
    diverged: BTreeSet<(AccountId, InstrumentId)>,
    wanted: Vec<Wanted>,
}

impl Run {
    fn new(base: Engine) -> Run {
        let told = WhatIf {
            engine: base.clone(),
            recorded: base,
            altered: 0,
            turns: 0,
            differing: 0,
            differences: Vec::new(),
            dropped: 0,
            dropped_commands: 0,
            made: 0,
            trades: BTreeMap::new(),
        };
        let open = told.recorded.state().trade_views();
        // Orders that were under way when the record begins are under way in both.
        let same_entries = open.into_iter().map(|trade| trade.id).collect();
        Run {
            told,
            names: Names::default(),
            back: Names::default(),
            number: 0,
            under_way: BTreeMap::new(),
            same_exits: BTreeMap::new(),
            same_entries,
            diverged: BTreeSet::new(),
            wanted: Vec::new(),
        }
    }

    fn turn(&mut self, turn: Turn, alter: &mut dyn FnMut(&mut Input) -> bool) {
        if let Some(number) = turn.number() {
            self.told.turns += 1;
            self.number = number;
        }
        let mut input = turn.input.clone();
        self.told.altered += u64::from(alter(&mut input));
        let decided = match self.fitting(&turn, input) {
            Some(input) => self.told.engine.step(input),
            // Time passes all the same.
            None => self.told.engine.step(Input { at: turn.input.at, body: Body::Clock }),
        };
        turn.events.iter().for_each(|event| self.told.recorded.apply(event));
        self.names.pair(&turn.events, &decided);
        self.back.pair(&decided, &turn.events);
        self.orders(&turn.events, &decided);
        let mut all = decided;
        let made = self.fill_what_is_wanted(turn.input.at);
        all.extend(made);
        self.compare(turn, all);
    }

    /// The input under the what-if's names, if it still means something.
    fn fitting(&mut self, turn: &Turn, mut input: Input) -> Option<Input> {
        let recorded = &turn.input;
        if let Body::Command { command: Command::Undo { command: last @ None }, .. } =
            &mut input.body
        {
            // The last command may be one that only the what-if has.
            *last = undone(&turn.events);
            if last.is_none() && self.back.has_own_commands() {
                return None;
            }
        }
        let is_named = self.names.rename(&mut input.body);
        match (&recorded.body, &mut input.body) {
            (Body::Order(news), Body::Order(renamed)) => {
                let fits = is_named && self.fits(news, renamed);
                self.told.dropped += u64::from(!fits);
                fits.then_some(input)
            }
            (Body::Command { .. }, _) => {
                self.told.dropped_commands += u64::from(!is_named);
                is_named.then_some(input)
            }
            _ => is_named.then_some(input),
        }
    }

    /// Whether news of a recorded order is news of an order of the what-if.
    fn fits(&self, news: &OrderNews, renamed: &mut OrderNews) -> bool {
        match (news, renamed) {
            (OrderNews::Filled(fill), OrderNews::Filled(renamed)) => {
                let Some(trade) = self.told.recorded.state().trade_view(fill.trade) else {
                    return false;
                };
                if fill.side == trade.side {
                    return self.same_entries.contains(&fill.trade);
                }
                match self.under_way.get(&fill.trade) {
                    Some(intent) => self.same_exits.contains_key(intent),
                    // Closed by other hands: that happens in any case, if there is so much to close.
                    None => {
                        let own = self.told.engine.state().trade_view(renamed.trade);
                        own.is_some_and(|own| own.open >= fill.quantity)
                    }
                }
            }
            (OrderNews::EntryRejected { trade, .. }, _) => self.same_entries.contains(trade),
            (
                OrderNews::ExitRejected { intent, .. } | OrderNews::ExitUnknown { intent },
                OrderNews::ExitRejected { intent: renamed, .. }
                | OrderNews::ExitUnknown { intent: renamed },
            ) => match self.same_exits.get(intent) {
                Some(own) => {
                    *renamed = *own;
                    true
                }
                None => false,
            },
            (OrderNews::Position { account, instrument, .. }, _) => {
                !self.diverged.contains(&(*account, *instrument))
            }
            (
                OrderNews::Filled(_)
                | OrderNews::ExitRejected { .. }
                | OrderNews::ExitUnknown { .. },
                _,
            ) => false,
        }
    }

    /// Which orders of this turn both runs send, and which only the what-if does.
    fn orders(&mut self, recorded: &[Event], decided: &[Event]) {
        let mut entries = Vec::new();
        let mut exits = Vec::new();
        for event in recorded {
            match event {
                Event::EntryDecided { trade, quantity } => entries.push((*trade, *quantity)),
                Event::ExitDecided { intent, quantity, .. } => {
                    exits.push((*intent, *quantity));
                    self.under_way.insert(intent.trade, *intent);
                }
                Event::ExitRejected { intent, .. } => {
                    self.under_way.remove(&intent.trade);
                }
                _ => {}
            }
        }
        for event in decided {
            match event {
                Event::EntryDecided { trade, quantity } => {
                    let same = |(other, so_much): &(TradeId, Quantity)| {
                        self.names.trade(*other) == Some(*trade) && so_much == quantity
                    };
                    match entries.iter().position(same) {
                        Some(place) => {
                            self.same_entries.insert(entries.remove(place).0);
                        }
                        None => self.want(*trade, true, *quantity),
                    }
                }
                Event::ExitDecided { intent, quantity, .. } => {
                    let same = |(other, so_much): &(IntentId, Quantity)| {
                        self.names.trade(other.trade) == Some(intent.trade) && so_much == quantity
                    };
                    match exits.iter().position(same) {
                        Some(place) => {
                            self.same_exits.insert(exits.remove(place).0, *intent);
                        }
                        None => self.want(intent.trade, false, *quantity),
                    }
                }
                _ => {}
            }
        }
        for (trade, _) in entries {
            self.same_entries.remove(&trade);
            self.diverge(trade);
        }
        for (intent, _) in exits {
            self.diverge(intent.trade);
        }
    }

    /// Notes an order that only the what-if sends; in a tracking account it is filled already.
    fn want(&mut self, trade: TradeId, is_entry: bool, quantity: Quantity) {
        let state = self.told.engine.state();
        let Some(view) = state.trade_view(trade) else { return };
        let by_orders =
            state.accounts().any(|(id, spec)| id == view.account && spec.fills == FillMode::Orders);
        if by_orders {
            let side = if is_entry { view.side } else { view.side.opposite() };
            self.diverged.insert((view.account, view.instrument));
            self.wanted.push(Wanted { trade, side, quantity });
        }
    }

    /// Notes that the positions behind a recorded trade are no longer what they were.
    fn diverge(&mut self, trade: TradeId) {
        if let Some(view) = self.told.recorded.state().trade_view(trade) {
            self.diverged.insert((view.account, view.instrument));
        }
    }

    /// Fills what nobody will fill, as soon as there is a mark.
    fn fill_what_is_wanted(&mut self, at: Timestamp) -> Vec<Event> {
        let mut happened = Vec::new();
        let mut waiting = Vec::new();
        while !self.wanted.is_empty() {
            for wanted in std::mem::take(&mut self.wanted) {
                let state = self.told.engine.state();
                let view = state.trade_view(wanted.trade);
                let mark = view.and_then(|view| view.mark.or_else(|| state.mark(view.instrument)));
                let Some(price) = mark else {
                    waiting.push(wanted);
                    continue;
                };
                self.told.made += 1;
                let fill = Fill {
                    id: format!("what-if-{}", self.told.made),
                    trade: wanted.trade,
                    side: wanted.side,
                    quantity: wanted.quantity,
                    price,
                    charges: Money::ZERO,
                    at,
                };
                let body = Body::Order(OrderNews::Filled(fill));
                let events = self.told.engine.step(Input { at, body });
                self.orders(&[], &events);
                happened.extend(events);
            }
        }
        self.wanted = waiting;
        happened
    }

    /// Compares under the names of the record. A turn that the record does not have was put in for a trial: what it
    /// sets is no difference, what follows from that is.
    fn compare(&mut self, turn: Turn, decided: Vec<Event>) {
        let is_recorded = turn.number().is_some();
        let was_last = is_undo_of_the_last(&turn.input.body);
        let asks_again = was_last && undone(&turn.events).is_none();
        let skips_refusals = asks_again && self.back.has_own_commands();
        let counts = |event: &Event| {
            let is_plain =
                !matches!(event, Event::TurnBegan { .. } | Event::Marked(_) | Event::Settled);
            let sets = matches!(
                event,
                Event::Accepted { .. } | Event::RuleSet { .. } | Event::Touched { .. }
            );
            let is_refusal = matches!(event, Event::Refused(_));
            is_plain && (is_recorded || !sets) && !(skips_refusals && is_refusal)
        };
        let mut new: Vec<(Event, Option<Event>)> = Vec::new();
        for event in decided.into_iter().filter(counts) {
            let mut renamed = event.clone();
            let is_named = self.back.fact(&mut renamed);
            if was_last && let Event::Accepted { what, .. } = &mut renamed {
                *what = Command::Undo { command: None }.into();
            }
            new.push((event, is_named.then_some(renamed)));
        }
        let mut gone = Vec::new();
        for event in turn.events.into_iter().filter(counts) {
            match new.iter().position(|(_, other)| other.as_ref() == Some(&event)) {
                Some(place) => drop(new.remove(place)),
                None => gone.push(event),
            }
        }
        if gone.is_empty() && new.is_empty() {
            return;
        }
        self.told.differing += 1;
        if self.told.differences.len() < KEPT {
            let new = new.into_iter().map(|(event, renamed)| renamed.unwrap_or(event)).collect();
            self.told.differences.push(Diverged { turn: self.number, gone, new });
        }
    }
}

fn is_undo_of_the_last(body: &Body) -> bool {
    matches!(body, Body::Command { command: Command::Undo { command: None }, .. })
}

/// The command that a turn took back.
fn undone(events: &[Event]) -> Option<CommandId> {
    events.iter().find_map(|event| match event {
        Event::Undone { command } => Some(*command),
        _ => None,
    })
}
