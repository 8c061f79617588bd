//! A run in rows: trades, scopes, what was refused and what acted; read from the engine's views alone.

use crate::clock;
use crate::failure::Failure;
use crate::run::{Note, Witness};
use crate::story::{self, Line, Weight};
use highmark_engine::*;
use serde::{Deserialize, Serialize};

/// What a run came to. Money, prices and quantities are decimal text; times are RFC 3339 in Indian time.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub interrupted: bool,
    pub killed: bool,
    pub system: Option<ScopeRow>,
    pub accounts: Vec<ScopeRow>,
    pub strategies: Vec<ScopeRow>,
    pub groups: Vec<ScopeRow>,
    pub trades: Vec<TradeRow>,
    pub actions: Vec<ActionRow>,
    pub notes: Vec<NoteRow>,
    pub ticks: TickCounts,
}

#[derive(Clone, Debug, Serialize)]
pub struct TradeRow {
    pub id: String,
    pub name: String,
    pub strategy: String,
    pub account: String,
    pub group: Option<String>,
    pub symbol: String,
    pub side: Side,
    pub quantity: Quantity,
    pub generation: u32,
    pub status: TradeStatus,
    pub entry: Option<Price>,
    pub entered_at: Option<String>,
    pub exit: Option<Price>,
    pub exited_at: Option<String>,
    /// The rule or what else ended it, in one word.
    pub reason: Option<String>,
    pub rule: Option<String>,
    pub best: Option<Price>,
    pub best_at: Option<String>,
    /// The tightest stop, as it stood at the exit.
    pub stop_at_exit: Option<Price>,
    /// Since the entry; in a report of days, what it made and cost within them.
    pub pnl: Money,
    pub charges: Money,
}

#[derive(Clone, Debug, Serialize)]
pub struct ScopeRow {
    pub id: String,
    pub name: String,
    pub mtm: Money,
    pub realised: Money,
    pub unrealised: Money,
    pub peak: Money,
    pub peak_at: Option<String>,
    pub floor: Option<Money>,
    pub room: Option<Money>,
    /// Room as a share of the way from the peak of the nearest rule to its floor, in parts per million.
    #[serde(skip)]
    pub room_share: Option<i64>,
    /// The rule whose floor is nearest.
    pub nearest: Option<String>,
    pub state: String,
    pub open_trades: u32,
    pub total_trades: u32,
    pub uncertain: bool,
}

/// Something that a rule or a person did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActionRow {
    pub at: String,
    pub kind: String,
    pub scope: String,
    pub rule: Option<String>,
    pub text: String,
}

/// Something that could not be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteRow {
    pub at: String,
    pub about: String,
    pub code: String,
    pub message: String,
    pub hint: String,
    /// The command that was refused, if it was one: whose it is, is seen from it.
    #[serde(skip)]
    pub command: Option<Box<Command>>,
}

/// How many ticks were taken, and how many of each refusal were not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TickCounts {
    pub accepted: u64,
    pub refused: std::collections::BTreeMap<String, u64>,
}

/// Witnesses a run and keeps what a person wants to know of it.
#[derive(Debug, Default)]
pub struct Collector {
    pub lines: Vec<Line>,
    pub ticks: TickCounts,
}

impl Witness for Collector {
    fn saw(&mut self, events: &[Event], state: &State) -> Result<(), Failure> {
        self.take(events, state);
        Ok(())
    }
}

impl Collector {
    pub fn take(&mut self, events: &[Event], state: &State) {
        for event in events {
            match event {
                Event::Marked(_) => self.ticks.accepted += 1,
                Event::TickRefused { refusal, .. } => {
                    *self.ticks.refused.entry(refusal.code().to_owned()).or_default() += 1;
                }
                Event::TurnBegan { .. } | Event::Settled => {}
                _ => self.lines.extend(story::tell(event, state)),
            }
        }
    }

    fn actions(&self) -> Vec<ActionRow> {
        let acts = self.lines.iter().filter(|line| line.weight == Weight::Act);
        let row = |line: &Line| ActionRow {
            at: clock::stamp(line.at),
            kind: line.kind.to_owned(),
            scope: line.scope.map_or_else(String::new, |scope| scope.to_string()),
            rule: line.rule.map(|rule| rule.kind.name().to_owned()),
            text: line.text.clone(),
        };
        acts.map(row).collect()
    }
}

/// What surrounds a run and is not in its state.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub interrupted: bool,
    pub notes: Vec<NoteRow>,
}

/// The summary of a state.
pub fn summarise(state: &State, collector: &Collector, frame: Frame) -> Summary {
    let scopes =
        |all: Vec<Scope>| all.into_iter().filter_map(|scope| scope_row(state, scope)).collect();
    Summary {
        name: frame.name,
        from: frame.from,
        to: frame.to,
        interrupted: frame.interrupted,
        killed: state.is_killed(),
        system: scope_row(state, Scope::System),
        accounts: scopes(state.accounts().map(|(id, _)| Scope::Account(id)).collect()),
        strategies: scopes(state.strategies().map(|(id, _)| Scope::Strategy(id)).collect()),
        groups: scopes(state.groups().map(|(id, _, _)| Scope::Group(id)).collect()),
        trades: trade_rows(state),
        actions: collector.actions(),
        notes: frame.notes,
        ticks: collector.ticks.clone(),
    }
}

pub use rows::{note_rows, scope_row, trade_row, trade_rows};

mod rows {
    //! The rows, from the views.

    use super::*;
    use crate::{clock, room};

    pub fn trade_rows(state: &State) -> Vec<TradeRow> {
        state.trade_views().map(|view| trade_row(&view, state)).collect()
    }

    pub fn trade_row(view: &TradeView, state: &State) -> TradeRow {
        let group = view.group.and_then(|id| state.groups().find(|(group, _, _)| *group == id));
        TradeRow {
            id: view.id.to_string(),
            name: view.name.clone(),
            strategy: crate::names::strategy(state, view.strategy),
            account: crate::names::account(state, view.account),
            group: group.map(|(_, _, name)| name.to_owned()),
            symbol: crate::names::symbol(state, view.instrument),
            side: view.side,
            quantity: view.quantity,
            generation: view.generation,
            status: view.status,
            entry: view.entry,
            entered_at: view.opened_at.map(clock::stamp),
            exit: view.exit,
            exited_at: view.closed_at.map(clock::stamp),
            reason: view.exit_reason().map(|reason| reason.name().to_owned()),
            rule: view.exit_reason().and_then(ExitReason::rule).map(|rule| rule.rule.to_string()),
            best: view.best,
            best_at: view.best_at.map(clock::stamp),
            stop_at_exit: view.stop,
            pnl: view.mtm,
            charges: view.charges,
        }
    }

    /// A scope in both of its windows: money since the beginning, the nearest floor of either.
    pub fn scope_row(state: &State, scope: Scope) -> Option<ScopeRow> {
        let life = state.scope_view(scope, Window::Life)?;
        let session = state.scope_view(scope, Window::Session)?;
        let nearest = [&session, &life]
            .into_iter()
            .filter(|view| view.room.is_some())
            .min_by_key(|view| view.room);
        Some(ScopeRow {
            id: scope.to_string(),
            name: crate::names::scope(state, scope),
            mtm: life.mtm,
            realised: life.realised,
            unrealised: life.unrealised,
            peak: life.peak,
            peak_at: life.peak_at.map(clock::stamp),
            floor: nearest.and_then(|view| view.floor),
            room: nearest.and_then(|view| view.room),
            room_share: nearest.and_then(|view| room::share(state, view)),
            nearest: nearest
                .and_then(|view| view.nearest)
                .and_then(|rule| state.rule_view(rule))
                .map(|rule| rule.rule.kind.name().to_owned()),
            state: standing(&life),
            open_trades: life.open_trades,
            total_trades: life.total_trades,
            uncertain: life.uncertain,
        })
    }

    fn standing(view: &ScopeView) -> String {
        if !view.is_active {
            return "shut down".into();
        }
        match view.closed_to_entries {
            Some(Closed::Killed) => "killed".into(),
            Some(Closed::Halted) => "halted".into(),
            Some(Closed::ShutDown) => "shut down".into(),
            Some(Closed::Latched(rule)) => format!("no entries: {}", rule.kind),
            None if view.open_trades > 0 => "active".into(),
            None => "flat".into(),
        }
    }

    pub fn note_rows(notes: &[Note]) -> Vec<NoteRow> {
        let row = |note: &Note| NoteRow {
            at: clock::stamp(note.at),
            about: note.about.clone(),
            code: note.code.clone(),
            message: note.message.clone(),
            hint: note.hint.clone(),
            command: None,
        };
        notes.iter().map(row).collect()
    }
}
