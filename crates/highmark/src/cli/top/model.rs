//! What the screen shows and what keys do to it. It touches neither the terminal nor the service.

use super::fetch::Picture;
use super::typed::Typed;
use crate::cli::trade::Seen;
use crate::text;
use highmark_engine::{Command, Scope, TradeId};
use highmark_server::look::Row;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub(super) struct Model {
    pub has_colour: bool,
    pub picture: Option<Picture>,
    pub list: Which,
    /// The line under the hand, of the list that is shown.
    pub at: usize,
    pub filter: Typed,
    pub dialog: Dialog,
    /// New pictures are kept back.
    pub is_paused: bool,
    /// What came of the last thing that was asked for.
    pub said: Option<String>,
    /// Why nothing new comes.
    pub lost: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Strategies,
    Trades,
}

/// What lies over the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dialog {
    None,
    Help,
    Filter,
    /// Something that cannot be taken back: the words that agree to it are typed.
    Agree {
        to: Deed,
        words: String,
        typed: Typed,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Kill,
    Exit(TradeId),
    Pause(Scope),
    Resume(Scope),
}

pub(super) enum Wish {
    Quit,
    Ask(Box<Command>),
}

const REASON: &str = "on the screen of highmark top";

impl Model {
    pub(super) fn new(has_colour: bool) -> Model {
        Model {
            has_colour,
            picture: None,
            list: Which::Strategies,
            at: 0,
            filter: Typed::default(),
            dialog: Dialog::None,
            is_paused: false,
            said: None,
            lost: None,
        }
    }

    pub(super) fn see(&mut self, picture: Picture) {
        self.lost = None;
        if !self.is_paused {
            self.picture = Some(picture);
            self.stay_inside();
        }
    }

    pub(super) fn hear(&mut self, said: String) {
        self.said = Some(said);
    }

    pub(super) fn lose(&mut self, why: String) {
        self.lost = Some(why);
    }

    /// The strategies that the filter lets through, least room first, as they come.
    pub(super) fn strategies(&self) -> Vec<&Row> {
        let all = self.picture.iter().flat_map(|picture| &picture.status.strategies);
        all.filter(|row| self.is_wanted(&[&row.name])).collect()
    }

    /// The trades that the filter lets through, nearest to their stops first.
    pub(super) fn trades(&self) -> Vec<&Seen> {
        let all = self.picture.iter().flat_map(|picture| &picture.trades);
        let mut wanted: Vec<&Seen> = all
            .filter(|trade| self.is_wanted(&[&trade.shown(), &trade.symbol, &trade.strategy_name]))
            .collect();
        wanted.sort_by_key(|trade| {
            let room = trade.room().map(|room| room.0);
            (room.is_none(), room, trade.view.id)
        });
        wanted
    }

    fn is_wanted(&self, words: &[&str]) -> bool {
        let wanted = self.filter.0.to_lowercase();
        words.iter().any(|word| word.to_lowercase().contains(&wanted))
    }

    fn length(&self) -> usize {
        match self.list {
            Which::Strategies => self.strategies().len(),
            Which::Trades => self.trades().len(),
        }
    }

    fn stay_inside(&mut self) {
        self.at = self.at.min(self.length().saturating_sub(1));
    }

    /// What a key does.
    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Wish> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Some(Wish::Quit);
        }
        match std::mem::replace(&mut self.dialog, Dialog::None) {
            Dialog::None => self.press_freely(key.code),
            Dialog::Help => None,
            Dialog::Filter => {
                if key.code == KeyCode::Esc {
                    self.filter = Typed::default();
                } else if !self.filter.press(key.code) {
                    self.dialog = Dialog::Filter;
                }
                self.stay_inside();
                None
            }
            Dialog::Agree { to, words, mut typed } => {
                if key.code == KeyCode::Esc {
                    return None;
                }
                if !typed.press(key.code) {
                    self.dialog = Dialog::Agree { to, words, typed };
                    return None;
                }
                if typed.0 == words {
                    self.said = Some("asked; waiting for the answer".to_owned());
                    return Some(Wish::Ask(Box::new(to.command())));
                }
                self.said = Some(format!("nothing was done: `{}` is not `{words}`", typed.0));
                None
            }
        }
    }

    fn press_freely(&mut self, code: KeyCode) -> Option<Wish> {
        match code {
            KeyCode::Char('q') => return Some(Wish::Quit),
            KeyCode::Char('?') => self.dialog = Dialog::Help,
            KeyCode::Char('/') => self.dialog = Dialog::Filter,
            KeyCode::Char('.') => self.is_paused = !self.is_paused,
            KeyCode::Esc => self.filter = Typed::default(),
            KeyCode::Tab => self.turn_to(match self.list {
                Which::Strategies => Which::Trades,
                Which::Trades => Which::Strategies,
            }),
            KeyCode::Char('s') => self.turn_to(Which::Strategies),
            KeyCode::Char('t') => self.turn_to(Which::Trades),
            KeyCode::Char('j') | KeyCode::Down => self.at += 1,
            KeyCode::Char('k') | KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = usize::MAX,
            KeyCode::Char('K') => {
                let open = self.picture.as_ref().map(|picture| picture.status.system.open_trades);
                self.ask_for(Deed::Kill, format!("EXIT {}", open.unwrap_or(0)));
            }
            KeyCode::Char('x') if self.list == Which::Trades => {
                let trade = self.trades().get(self.at).map(|one| (one.view.id, one.shown()));
                if let Some((id, name)) = trade {
                    self.ask_for(Deed::Exit(id), name);
                }
            }
            KeyCode::Char('p') if self.list == Which::Strategies => {
                let row = self.strategies().get(self.at).map(|row| {
                    let is_halted = row.state.contains("halted");
                    (row.scope, row.name.clone(), is_halted)
                });
                if let Some((scope, name, is_halted)) = row {
                    let deed = if is_halted { Deed::Resume(scope) } else { Deed::Pause(scope) };
                    self.ask_for(deed, name);
                }
            }
            _ => {}
        }
        self.stay_inside();
        None
    }

    fn turn_to(&mut self, list: Which) {
        (self.list, self.at) = (list, 0);
    }

    fn ask_for(&mut self, to: Deed, words: String) {
        self.said = None;
        self.dialog = Dialog::Agree { to, words, typed: Typed::default() };
    }

    /// What a deed would do, in a sentence.
    pub(super) fn says(&self, deed: &Deed) -> String {
        match deed {
            Deed::Kill => {
                let open = self.picture.as_ref().map_or(0, |one| one.status.system.open_trades);
                let count = text::count(open as usize, "trade");
                format!("Kill: exits {count}, cancels what waits, refuses entries until released.")
            }
            Deed::Exit(_) => "Exits this trade at the market.".to_owned(),
            Deed::Pause(_) => "Refuses entries into this strategy; protection goes on.".to_owned(),
            Deed::Resume(_) => "Accepts entries into this strategy again.".to_owned(),
        }
    }
}

impl Deed {
    fn command(self) -> Command {
        let reason = REASON.to_owned();
        match self {
            Deed::Kill => Command::Kill { reason },
            Deed::Exit(trade) => Command::ExitTrade { trade, quantity: None, reason },
            Deed::Pause(scope) => Command::Halt { scope, reason },
            Deed::Resume(scope) => Command::Resume { scope, reason },
        }
    }
}
