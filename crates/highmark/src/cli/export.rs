//! `highmark export`: what is there, and what happened, for other programs.

use super::args::Cli;
use super::book::{journal_in, state_folder};
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use crate::record::{self, Record};
use crate::report;
use crate::story;
use crate::summary::{Collector, Frame, Summary, summarise};
use clap::{Args, ValueEnum};
use highmark_engine::{Event, RuleId, State, Tick};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Export {
    #[arg(value_enum, value_name = "WHAT")]
    pub what: What,
    /// json and csv of trades; ndjson and csv of ticks and events; json of the state
    #[arg(short, long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum What {
    /// Scopes, trades, rules and instruments as they stand
    State,
    /// Every price that was taken; `highmark replay` reads it
    Ticks,
    /// Every fact but prices, with its sentence
    Events,
    /// Every trade there was
    Trades,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Csv,
    Json,
    Ndjson,
}

pub(super) fn run(args: &Export, cli: &Cli) -> Result<ExitCode, Failure> {
    let record = record::open(&journal_in(&state_folder(cli)?))?;
    match (args.what, args.format) {
        (What::State, None | Some(Format::Json)) => state(&record),
        (What::Trades, None | Some(Format::Csv)) => {
            terminal::out(&report::csv(&now(&record)?));
            Ok(())
        }
        (What::Trades, Some(Format::Json)) => {
            terminal::out(&format!("{:#}\n", json!(now(&record)?.trades)));
            Ok(())
        }
        (What::Trades, Some(Format::Ndjson)) => {
            for trade in now(&record)?.trades {
                terminal::out(&format!("{}\n", json!(trade)));
            }
            Ok(())
        }
        (What::Ticks, None | Some(Format::Csv)) => ticks(&record, Format::Csv),
        (What::Ticks, Some(Format::Ndjson)) => ticks(&record, Format::Ndjson),
        (What::Events, None | Some(Format::Ndjson)) => events(&record, Format::Ndjson),
        (What::Events, Some(Format::Csv)) => events(&record, Format::Csv),
        (What::State, Some(_)) => Err(no_such("the state is json")),
        (What::Ticks | What::Events, Some(Format::Json)) => {
            Err(no_such("one object a line: ndjson, or csv"))
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn no_such(hint: &str) -> Failure {
    let mut failure = Failure::new(Code::Usage, "it is not written in this format", hint);
    failure.field = "format".into();
    failure
}

fn now(record: &Record) -> Result<Summary, Failure> {
    let engine = record.now()?;
    Ok(summarise(engine.state(), &Collector::default(), Frame::default()))
}

fn state(record: &Record) -> Result<(), Failure> {
    let engine = record.now()?;
    let state = engine.state();
    let summary = summarise(state, &Collector::default(), Frame::default());
    let rules = (0..state.rule_count()).filter_map(|id| state.rule_view(RuleId(id)));
    let instruments = state.instruments().map(|(id, spec)| {
        json!({ "id": id.to_string(), "spec": spec, "mark": state.mark(id), "stale": state.is_stale(id) })
    });
    let whole = json!({
        "turn": state.turn(),
        "at": clock::stamp(state.now()),
        "killed": summary.killed,
        "system": summary.system,
        "accounts": summary.accounts,
        "strategies": summary.strategies,
        "groups": summary.groups,
        "trades": summary.trades,
        "rules": rules.filter(|view| !view.removed).map(|view| json!(view)).collect::<Vec<Value>>(),
        "instruments": instruments.collect::<Vec<Value>>(),
        "state": crate::folder::state_text(state),
    });
    terminal::out(&format!("{whole:#}\n"));
    Ok(())
}

/// Turn by turn, until nobody reads any more.
fn each(
    record: &Record,
    mut tell: impl FnMut(&Event, &State) -> Option<String>,
) -> Result<(), Failure> {
    let mut engine = record.beginning()?;
    for turn in record.turns()? {
        let turn = turn.map_err(|error| record::failed(&error))?;
        turn.events.iter().for_each(|event| engine.apply(event));
        for event in &turn.events {
            if let Some(line) = tell(event, engine.state())
                && !terminal::goes_on(&line)
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn ticks(record: &Record, format: Format) -> Result<(), Failure> {
    if format == Format::Csv {
        terminal::out("time,symbol,last,bid,ask,volume,sequence\n");
    }
    each(record, |event, state| {
        let Event::Marked(tick) = event else { return None };
        let symbol = crate::names::symbol(state, tick.instrument);
        Some(match format {
            Format::Csv => tick_row(tick, &symbol),
            Format::Json | Format::Ndjson => tick_object(tick, &symbol),
        })
    })
}

fn tick_row(tick: &Tick, symbol: &str) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    format!(
        "{},{},{},{},{},{},{}\n",
        tick.at.0,
        report::quoted(symbol),
        text(tick.last.map(|price| price.to_string())),
        text(tick.bid.map(|price| price.to_string())),
        text(tick.ask.map(|price| price.to_string())),
        text(tick.volume.map(|volume| volume.to_string())),
        text(tick.sequence.map(|sequence| sequence.to_string())),
    )
}

/// Without what is not known, as the feeds read it.
fn tick_object(tick: &Tick, symbol: &str) -> String {
    let mut object = serde_json::Map::new();
    object.insert("time".into(), tick.at.0.into());
    object.insert("symbol".into(), symbol.into());
    for (name, price) in [("last", tick.last), ("bid", tick.bid), ("ask", tick.ask)] {
        if let Some(price) = price {
            object.insert(name.into(), price.to_string().into());
        }
    }
    if let Some(volume) = tick.volume {
        object.insert("volume".into(), volume.to_string().into());
    }
    if let Some(sequence) = tick.sequence {
        object.insert("sequence".into(), sequence.into());
    }
    format!("{}\n", Value::Object(object))
}

fn events(record: &Record, format: Format) -> Result<(), Failure> {
    if format == Format::Csv {
        terminal::out("turn,at,event,text\n");
    }
    each(record, |event, state| {
        if let Event::TurnBegan { .. } | Event::Marked(_) | Event::Settled = event {
            return None;
        }
        let told = story::answer(event, state);
        let (turn, at) = (state.turn(), clock::stamp(state.now()));
        Some(match format {
            Format::Csv => format!(
                "{turn},{at},{},{}\n",
                name_of(event),
                report::quoted(&told.unwrap_or_default())
            ),
            Format::Json | Format::Ndjson => {
                format!("{}\n", json!({ "turn": turn, "at": at, "event": event, "told": told }))
            }
        })
    })
}

/// The name under which the journal has it.
fn name_of(event: &Event) -> String {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        Ok(Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}
