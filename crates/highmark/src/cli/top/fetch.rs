//! What is shown, fetched beside the screen, so that a service that is slow to answer does not hold the keys up.

use crate::cli::book::{Page, understood};
use crate::cli::status;
use crate::cli::trade::Seen;
use crate::failure::{Code, Failure};
use highmark_engine::Command;
use highmark_server::look::Status;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Look};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Everything that one screen shows, of about one moment.
pub(super) struct Picture {
    pub status: Status,
    pub trades: Vec<Seen>,
}

pub(super) enum Fetched {
    Picture(Box<Picture>),
    /// What came of something that was asked for.
    Said(String),
    /// The service does not answer.
    Lost(String),
}

pub(super) struct Fetcher {
    asks: Sender<Command>,
    news: Receiver<Fetched>,
}

/// How often the service is looked at.
const PACE: Duration = Duration::from_millis(500);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Open trades that are shown.
const MOST: u32 = 500;

impl Fetcher {
    pub(super) fn start(state: PathBuf) -> Fetcher {
        let (asks, to_ask) = channel();
        let (told, news) = channel();
        // It ends with the screen: nobody hears it any more.
        std::thread::spawn(move || fetch(&state, &to_ask, &told));
        Fetcher { asks, news }
    }

    pub(super) fn news(&self) -> Option<Fetched> {
        self.news.try_recv().ok()
    }

    pub(super) fn ask(&self, command: Command) {
        let _ = self.asks.send(command);
    }
}

fn fetch(state: &Path, to_ask: &Receiver<Command>, told: &Sender<Fetched>) {
    let mut client = None;
    loop {
        let news = match picture(&mut client, state) {
            Ok(picture) => Fetched::Picture(Box::new(picture)),
            Err(failure) => {
                client = None;
                Fetched::Lost(failure.message)
            }
        };
        if told.send(news).is_err() {
            return;
        }
        match to_ask.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(command) => {
                let said = order(&mut client, state, command);
                let said = said.unwrap_or_else(|failure| {
                    [failure.message, failure.hint].join("; ").trim_end_matches("; ").to_owned()
                });
                let _ = told.send(Fetched::Said(said));
            }
        }
    }
}

fn connected<'c>(client: &'c mut Option<Client>, state: &Path) -> Result<&'c mut Client, Failure> {
    if client.is_none() {
        let found = Client::connect(state)?;
        if let Some(found) = &found {
            found.wait_at_most(PATIENCE)?;
        }
        *client = found;
    }
    client.as_mut().ok_or_else(|| Failure::new(Code::Unreachable, "no service runs", ""))
}

fn picture(client: &mut Option<Client>, state: &Path) -> Result<Picture, Failure> {
    let client = connected(client, state)?;
    let status = status::ask(client)?;
    let (mut trades, mut after) = (Vec::new(), None);
    loop {
        let limit = MOST - u32::try_from(trades.len()).unwrap_or(MOST).min(MOST);
        let look = Look::Page { all: false, after, limit };
        let page: Page<Seen> = understood(client.ask(Ask::Look(look))?)?;
        trades.extend(page.trades);
        after = page.next;
        if after.is_none() || trades.len() >= MOST as usize {
            return Ok(Picture { status, trades });
        }
    }
}

/// Asks for something to be done; a sentence of what came of it.
fn order(client: &mut Option<Client>, state: &Path, command: Command) -> Result<String, Failure> {
    let by = crate::cli::book::person::login_name();
    let answer = connected(client, state)?.ask(Ask::Command { by, command: Box::new(command) })?;
    let told: Vec<String> =
        understood(answer.get("told").cloned().unwrap_or_default()).unwrap_or_default();
    Ok(match told.len() {
        0 => "done".to_owned(),
        1 => told.join(""),
        more => format!("{} and {} more", told[0], more - 1),
    })
}
