//! Events: those that follow from a quiet tick as small numbers, all others as JSON.

use super::CodecError;
use super::columns::{Columns, Cursors, Which};
use highmark_engine::{Event, Tick};

/// No more events in this turn.
const END: u128 = 0;
/// One event as JSON.
const JSON: u128 = 1;
const SETTLED: u128 = 2;
/// This and above: so many of the input's next ticks were marked, less this, plus one.
const MARKED: u128 = 3;

/// Writes what followed; `batch` are the input's ticks.
pub(super) fn write(
    columns: &mut Columns,
    batch: &[Tick],
    events: &[Event],
) -> Result<(), CodecError> {
    let mut batch = batch.iter();
    let mut marked = 0u128;
    for event in events {
        if let Event::Marked(tick) = event
            && batch.as_slice().first() == Some(tick)
        {
            batch.next();
            marked += 1;
            continue;
        }
        close_run(columns, &mut marked);
        match event {
            Event::Settled => columns.put(Which::Events, SETTLED),
            // A tick that was not taken; those after it may be.
            Event::TickRefused { .. } | Event::TickHeld(_) => {
                batch.next();
                columns.put(Which::Events, JSON);
                columns.json(event)?;
            }
            event => {
                columns.put(Which::Events, JSON);
                columns.json(event)?;
            }
        }
    }
    close_run(columns, &mut marked);
    columns.put(Which::Events, END);
    Ok(())
}

fn close_run(columns: &mut Columns, marked: &mut u128) {
    if *marked > 0 {
        columns.put(Which::Events, MARKED + *marked - 1);
        *marked = 0;
    }
}

pub(super) fn read(
    columns: &mut Cursors<'_>,
    batch: &[Tick],
    events: &mut Vec<Event>,
) -> Result<(), CodecError> {
    let mut batch = batch.iter();
    loop {
        match columns.take(Which::Events)? {
            END => return Ok(()),
            JSON => {
                let event = columns.json()?;
                if matches!(event, Event::TickRefused { .. } | Event::TickHeld(_)) {
                    batch.next();
                }
                events.push(event);
            }
            SETTLED => events.push(Event::Settled),
            run => {
                for _ in 0..=run - MARKED {
                    let tick = batch.next().ok_or(CodecError("a mark without its tick"))?;
                    events.push(Event::Marked(*tick));
                }
            }
        }
    }
}
