//! `highmark top`: everything open on one screen, least room first, with a hand on the kill switch.

mod draw;
mod fetch;
mod model;
mod typed;

use super::args::Cli;
use super::book::{service, state_folder};
use crate::failure::{Code, Failure};
use fetch::{Fetched, Fetcher};
use model::{Model, Wish};
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// How long a key is waited for before the screen is drawn anew.
const PACE: Duration = Duration::from_millis(100);

pub(super) fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let message = "this needs a terminal";
        return Err(Failure::new(Code::Usage, message, "`highmark status --json` is for programs"));
    }
    // Whoever starts it without a service hears so before the screen is taken.
    drop(service(cli)?);
    let fetcher = Fetcher::start(state_folder(cli)?);
    let has_colour = super::terminal::Look::of_stdout(cli.no_color).colour;
    let mut screen = ratatui::try_init().map_err(failed)?;
    let ended = follow(&mut screen, &fetcher, has_colour);
    ratatui::try_restore().map_err(failed)?;
    ended.map(|()| ExitCode::SUCCESS)
}

/// Draws what is known and obeys keys until somebody has seen enough.
fn follow(
    screen: &mut ratatui::DefaultTerminal,
    fetcher: &Fetcher,
    has_colour: bool,
) -> Result<(), Failure> {
    let mut model = Model::new(has_colour);
    loop {
        while let Some(fetched) = fetcher.news() {
            match fetched {
                Fetched::Picture(picture) => model.see(*picture),
                Fetched::Said(text) => model.hear(text),
                Fetched::Lost(why) => model.lose(why),
            }
        }
        screen.draw(|frame| draw::draw(frame, &model)).map_err(failed)?;
        if !event::poll(PACE).map_err(failed)? {
            continue;
        }
        let Event::Key(key) = event::read().map_err(failed)? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match model.press(key) {
            Some(Wish::Quit) => return Ok(()),
            Some(Wish::Ask(command)) => fetcher.ask(*command),
            None => {}
        }
    }
}

fn failed(error: std::io::Error) -> Failure {
    Failure::new(Code::Failure, format!("the terminal: {error}"), "")
}
