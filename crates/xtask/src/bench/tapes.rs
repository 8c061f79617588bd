//! `cargo xtask bench tapes`: runs the legs of the plan, holds closes against each other, and tells.

use super::plan::{Leg, OURS, SLOW, legs};
use super::program::Program;
use super::record::Record;
use super::spread::{Spread, figure};
use super::{chart, page, tables};
use crate::Outcome;
use crate::command::{Workspace, expect_only, option};
use std::time::Instant;

/// A leg that has run.
pub(super) struct Measured {
    pub(super) leg: Leg,
    /// For each round what each engine said, in the order of the leg.
    rounds: Vec<Vec<Record>>,
}

pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--rounds=", "--only=", "--write"])?;
    let rounds = option(arguments, "--rounds")?.map_or(Ok(5), |text| text.parse());
    let rounds: usize = rounds.ok().filter(|rounds| *rounds > 0).ok_or("--rounds is 1 or more")?;
    let only = option(arguments, "--only")?.unwrap_or_default();
    let only: Vec<String> =
        only.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let writes = arguments.iter().any(|word| word == "--write");
    if writes && !only.is_empty() {
        return Err("--write is for all of it\nhint: leave --only out".to_owned());
    }
    let legs = legs(&only);
    if legs.is_empty() {
        return Err(format!("no tape and no part is called {}", only.join(" or ")));
    }
    let program = Program::build(workspace)?;
    // Before the run: the tree may change while it lasts.
    let facts = page::Facts::gather(workspace, &program, rounds);
    let begun = Instant::now();
    let measured: Vec<Measured> = legs
        .into_iter()
        .map(|leg| Measured::of(leg, rounds, &program))
        .collect::<Result<_, _>>()?;
    let seconds = begun.elapsed().as_secs();
    println!("\n{}\nmeasured in {seconds} s", tables::all(&measured));
    if writes {
        write(workspace, "docs/speed.md", &page::page(&facts, &measured))?;
        write(workspace, "docs/speed.svg", &chart::chart(&measured))?;
    }
    Ok(())
}

fn write(workspace: &Workspace, path: &str, text: &str) -> Outcome {
    let written = std::fs::write(workspace.root.join(path), text);
    written.map_err(|error| format!("cannot write {path}: {error}"))?;
    println!("wrote {path}");
    Ok(())
}

impl Measured {
    /// Each round runs every engine once, so that what else the machine does meets them alike.
    fn of(leg: Leg, rounds: usize, program: &Program) -> Result<Measured, String> {
        let (least, most) = leg.rounds(rounds);
        let mut measured = Measured { leg, rounds: Vec::new() };
        let begun = Instant::now();
        for round in 1..=most {
            if round > least && begun.elapsed() > SLOW {
                break;
            }
            let mut records = Vec::new();
            for engine in measured.leg.engines {
                let arguments = measured.leg.arguments(engine);
                let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let record = program.measure(&words)?;
                let told = |name| record.number(name).map_or("-".to_owned(), figure);
                eprintln!(
                    "{} {round} {engine}: {} ns a tick over {} ticks, {} by the wall",
                    measured.leg.tape,
                    told("ns_per_tick"),
                    told("ticks"),
                    told("wall_ns_per_tick"),
                );
                records.push(record);
            }
            measured.rounds.push(records);
        }
        measured.check()?;
        Ok(measured)
    }

    /// Whoever decides must have closed the same.
    fn check(&self) -> Outcome {
        let records = self.rounds.iter().flatten();
        let mut hashes: Vec<&str> = records.filter_map(|record| record.text("hash")).collect();
        hashes.sort_unstable();
        hashes.dedup();
        if hashes.len() == 1 {
            return Ok(());
        }
        let said = self.rounds.iter().flatten().map(|record| {
            let text = |name| record.text(name).unwrap_or("-");
            format!("{}: {} closes, hash {}", text("engine"), text("closes"), text("hash"))
        });
        let said: Vec<String> = said.collect();
        Err(format!("{}: closes differ\n{}", self.leg.tape, said.join("\n")))
    }

    pub(super) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// What an engine said of one thing, over the rounds.
    pub(super) fn of_engine(&self, engine: &str, name: &str) -> Option<Spread> {
        let at = self.place(engine)?;
        Spread::of(self.rounds.iter().filter_map(|records| records[at].number(name)))
    }

    /// The engine's time over ours, round by round.
    pub(super) fn against(&self, engine: &str) -> Option<Spread> {
        let (theirs, ours) = (self.place(engine)?, self.place(OURS)?);
        Spread::of(self.rounds.iter().filter_map(|records| {
            let time = |at: usize| records[at].number("ns_per_tick");
            Some(time(theirs)? / time(ours)?)
        }))
    }

    fn place(&self, engine: &str) -> Option<usize> {
        self.leg.engines.iter().position(|name| *name == engine)
    }
}
