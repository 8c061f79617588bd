//! The running service on a terminal, room first; redrawn in place.

use crate::cli::status;
use crate::cli::terminal::{self, Look};
use crate::failure::Failure;
use highmark_server::socket::client::Client;
use std::path::{Path, PathBuf};

/// The screen. It sees what any client sees: durable turns alone.
pub(super) struct Screen {
    look: Look,
    state: PathBuf,
    client: Option<Client>,
    drawn: usize,
}

impl Screen {
    pub(super) fn new(look: Look, state: &Path) -> Screen {
        Screen { look, state: state.to_owned(), client: None, drawn: 0 }
    }

    /// Draws what the service answers. A screen that cannot be drawn is drawn later: it must never end what it
    /// shows.
    pub(super) fn draw(&mut self) {
        if let Err(failure) = self.try_draw() {
            tracing::warn!("the screen: {failure}");
            self.client = None;
        }
    }

    fn try_draw(&mut self) -> Result<(), Failure> {
        if self.client.is_none() {
            self.client = Client::connect(&self.state)?;
        }
        let Some(client) = &mut self.client else { return Ok(()) };
        let status = status::ask(client)?;
        let text = status::drawn(&status, self.look);
        let up = match self.drawn {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A\u{1b}[J"),
        };
        self.drawn = text.lines().count();
        terminal::out(&format!("{up}{text}"));
        Ok(())
    }
}
