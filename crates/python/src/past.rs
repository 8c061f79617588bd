//! What was recorded, read again: of a state folder's journal, beside its writer too, or of the folder of a run.

use crate::border::error;
use crate::durable::{journal_in, raised};
use crate::inner::is_quiet;
use highmark_engine::*;
use highmark_journal::what_if::{self as otherwise, Change, Changes};
use highmark_journal::{JournalError, Reader, rerun as again};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// What can be wrong with a record.
enum Fault {
    Journal(JournalError),
    Run(String),
}

/// When something happened, and what.
type Told = (i64, Vec<Event>);

/// Folds what was recorded up to `until`; returns the engine, and all that is news.
pub(crate) fn read(
    py: Python<'_>,
    folder: &Path,
    until: Option<i64>,
) -> PyResult<(Engine, Vec<Told>)> {
    let mut told = Vec::new();
    let engine = fold(py, folder, until, |events, state| {
        let news: Vec<Event> = events.iter().filter(|event| !is_quiet(event)).cloned().collect();
        if !news.is_empty() {
            told.push((state.now().0, news));
        }
    })?;
    Ok((engine, told))
}

/// How a strategy stood whenever its mtm had changed.
pub(crate) fn curve(
    py: Python<'_>,
    folder: &Path,
    until: Option<i64>,
    strategy: StrategyId,
) -> PyResult<Vec<(i64, ScopeView)>> {
    let mut points = Vec::new();
    let mut last = None;
    fold(py, folder, until, |_, state| {
        let scope = Scope::Strategy(strategy);
        if !state.exists(scope) || last == Some(state.mtm_of(scope, Window::Life)) {
            return;
        }
        last = Some(state.mtm_of(scope, Window::Life));
        points.extend(state.scope_view(scope, Window::Life).map(|view| (state.now().0, view)));
    })?;
    Ok(points)
}

/// Decides the recorded inputs again.
pub(crate) fn rerun(py: Python<'_>, folder: &Path) -> PyResult<(u64, u64, bool)> {
    let work = || {
        let reader = Reader::open(&journal_in(folder))?;
        again::rerun(reader.beginning()?, reader.turns()?)
    };
    let told = py.detach(work).map_err(|fault| raised(py, &fault))?;
    Ok((told.turns, told.differing, told.is_same()))
}

/// Decides the recorded inputs with other parameters; returns the engine as it was, and as it would have been.
pub(crate) fn what_if(
    py: Python<'_>,
    folder: &Path,
    changes: &[String],
) -> PyResult<(Engine, Engine, Value)> {
    let wrong = |why: String| {
        error(
            py,
            "ConfigError",
            &why,
            "a change is a path and a value, as {\"trail.by.points\": 15}",
        )
    };
    let read: Result<Vec<Change>, String> = changes.iter().map(|change| change.parse()).collect();
    let mut changes = Changes::new(read.map_err(wrong)?);
    let work = || {
        let reader = Reader::open(&journal_in(folder))?;
        let (base, turns) = (reader.beginning()?, reader.turns()?);
        let told = otherwise::what_if(base, turns, &mut |input| changes.alter(input))?;
        Ok((told, changes))
    };
    let (told, changes) = py.detach(work).map_err(|fault: JournalError| raised(py, &fault))?;
    if let Some(why) = changes.refused().first() {
        return Err(wrong(why.clone()));
    }
    if let Some((change, _)) = changes.made().find(|(_, times)| *times == 0) {
        return Err(wrong(format!("{change}: nothing recorded has this parameter")));
    }
    let counts = json!({
        "turns": told.turns, "altered": told.altered, "differing": told.differing,
        "dropped": told.dropped, "dropped_commands": told.dropped_commands, "made": told.made,
        "differences": told.differences,
    });
    Ok((told.recorded, told.engine, counts))
}

fn fold(
    py: Python<'_>,
    folder: &Path,
    until: Option<i64>,
    mut each: impl FnMut(&[Event], &State) + Send,
) -> PyResult<Engine> {
    let is_run = folder.join("events.ndjson").exists();
    let work = || match is_run {
        true => of_run(&folder.join("events.ndjson"), until, &mut each).map_err(Fault::Run),
        false => of_journal(&journal_in(folder), until, &mut each).map_err(Fault::Journal),
    };
    py.detach(work).map_err(|fault| match fault {
        Fault::Journal(fault) => raised(py, &fault),
        Fault::Run(what) => {
            error(py, "JournalDamaged", &what, "the record of this run is damaged; play it afresh")
        }
    })
}

fn of_journal(
    dir: &Path,
    until: Option<i64>,
    each: &mut dyn FnMut(&[Event], &State),
) -> Result<Engine, JournalError> {
    let reader = Reader::open(dir)?;
    let mut engine = reader.beginning()?;
    for turn in reader.turns()? {
        let turn = turn?;
        if until.is_some_and(|until| turn.at().0 > until) {
            break;
        }
        turn.events.iter().for_each(|event| engine.apply(event));
        each(&turn.events, engine.state());
    }
    Ok(engine)
}

/// The events of a run, one a line; a turn begins with `TurnBegan`.
fn of_run(
    path: &Path,
    until: Option<i64>,
    each: &mut dyn FnMut(&[Event], &State),
) -> Result<Engine, String> {
    let failed = |fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
    let file = File::open(path).map_err(|fault| failed(&fault))?;
    let mut engine = Engine::new();
    let mut turn = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|fault| failed(&fault))?;
        let event: Event = serde_json::from_str(&line).map_err(|fault| failed(&fault))?;
        if let Event::TurnBegan { at, .. } = event {
            if !turn.is_empty() {
                each(&turn, engine.state());
                turn.clear();
            }
            if until.is_some_and(|until| at.0 > until) {
                return Ok(engine);
            }
        }
        engine.apply(&event);
        turn.push(event);
    }
    each(&turn, engine.state());
    Ok(engine)
}
