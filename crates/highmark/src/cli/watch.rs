//! `highmark watch`: every durable turn as it comes.

use super::args::Cli;
use super::book::{journal_in, service, state_folder};
use super::terminal::{self, Ink, Look};
use crate::clock;
use crate::failure::{Code, Failure};
use crate::record::{self, Record};
use crate::story::{Line, Weight, tell};
use clap::Args;
use highmark_engine::Engine;
use highmark_server::socket::protocol::{Ask, Durable, Said};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Watch {
    /// Details too: sessions, and what else nobody has to act on
    #[arg(long)]
    pub all: bool,
    /// End after so many sentences; with --json after so many turns
    #[arg(long, value_name = "COUNT")]
    pub count: Option<u64>,
}

pub(super) fn run(args: &Watch, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut client = service(cli)?;
    client.be_patient()?;
    client.send(Ask::Watch)?;
    let mut told = Told {
        follower: if cli.json { None } else { Some(Follower::start(cli)?) },
        look: Look::of_stdout(cli.no_color),
        least: if args.all { Weight::Detail } else { Weight::Fact },
        left: args.count,
    };
    terminal::say(cli.quiet || cli.json, "watching; Ctrl-C ends it");
    while told.left != Some(0) {
        match client.hear()?.map(|response| response.what) {
            Some(Said::Turn(turn)) => told.tell(&turn)?,
            Some(Said::Error(problem)) => {
                return Err(Failure::new(Code::Refused, problem.message, problem.hint));
            }
            Some(Said::Ok(_) | Said::Done(_)) => {}
            None => {
                let message = "the service ended the watch: it stopped, or this reads too slowly";
                return Err(Failure::new(Code::Unreachable, message, "`highmark status`"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Told {
    /// Sentences need the state that they are about; JSON does not.
    follower: Option<Follower>,
    look: Look,
    least: Weight,
    left: Option<u64>,
}

impl Told {
    fn tell(&mut self, turn: &Durable) -> Result<(), Failure> {
        let Some(follower) = &mut self.follower else {
            terminal::out(&format!("{}\n", serde_json::to_string(turn).unwrap_or_default()));
            self.left = self.left.map(|left| left.saturating_sub(1));
            return Ok(());
        };
        for line in follower.lines(turn)? {
            if line.weight >= self.least && self.left != Some(0) {
                let ink = if line.weight == Weight::Act { Ink::Strong } else { Ink::Faint };
                let at = self.look.paint(&clock::time_text(line.at), Ink::Faint);
                terminal::out(&format!("{at}  {}\n", self.look.paint(&line.text, ink)));
                self.left = self.left.map(|left| left.saturating_sub(1));
            }
        }
        Ok(())
    }
}

/// The state as of the last turn that was heard: from the journal, then by every turn.
struct Follower {
    record: Record,
    engine: Engine,
}

impl Follower {
    fn start(cli: &Cli) -> Result<Follower, Failure> {
        let record = record::open(&journal_in(&state_folder(cli)?))?;
        let engine = record.now()?;
        Ok(Follower { record, engine })
    }

    fn lines(&mut self, turn: &Durable) -> Result<Vec<Line>, Failure> {
        let stands = self.engine.state().turn();
        // The fold was ahead of the first turns that were heard; or it is behind, and catches up.
        if turn.turn > stands + 1 {
            for missed in self.record.turns_from(stands + 1)? {
                let missed = missed.map_err(|error| record::failed(&error))?;
                if missed.number().is_none_or(|number| number >= turn.turn) {
                    break;
                }
                missed.events.iter().for_each(|event| self.engine.apply(event));
            }
        }
        if turn.turn > stands {
            turn.events.iter().for_each(|event| self.engine.apply(event));
        }
        let state = self.engine.state();
        Ok(turn.events.iter().filter_map(|event| tell(event, state)).collect())
    }
}
