//! Words that are typed on the screen: a filter, or the words that a person agrees by.

use ratatui::crossterm::event::KeyCode;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed(pub String);

/// The longest that is typed.
const LONGEST: usize = 60;

impl Typed {
    /// Takes a key; true when the words are complete.
    pub(super) fn press(&mut self, code: KeyCode) -> bool {
        match code {
            KeyCode::Char(letter) if self.0.chars().count() < LONGEST => self.0.push(letter),
            KeyCode::Backspace => drop(self.0.pop()),
            KeyCode::Enter => return true,
            _ => {}
        }
        false
    }
}
