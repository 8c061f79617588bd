//! What the standard streams are, and how much may be drawn on them.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// How standard output may be written to.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub colour: bool,
    /// It can be redrawn in place.
    pub live: bool,
}

impl Look {
    /// By NO_COLOR, CLICOLOR_FORCE, TERM and whether a person reads it.
    pub fn of_stdout(no_color: bool) -> Look {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stdout().is_terminal();
        let forced = std::env::var("CLICOLOR_FORCE").is_ok_and(|value| value != "0");
        let colour = !no_color && !set("NO_COLOR") && (forced || (terminal && !dumb));
        Look { colour, live: terminal && !dumb }
    }

    pub fn paint(self, text: &str, ink: Ink) -> String {
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Warn => "33",
            Ink::Faint => "2",
            Ink::Strong => "1",
        };
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Ink {
    Good,
    Bad,
    Warn,
    Faint,
    Strong,
}

/// Whether a person may watch progress on standard error.
pub fn shows_progress(quiet: bool) -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !quiet && !dumb && std::io::stderr().is_terminal()
}

/// Writes data; a reader that has gone away is no error of ours.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Writes data of which there may be much; false when nobody reads any more.
pub fn goes_on(text: &str) -> bool {
    std::io::stdout().lock().write_all(text.as_bytes()).is_ok()
}

/// Talks to the person.
pub fn say(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// A bar for work of so many turns; hidden where nobody watches.
pub fn bar(quiet: bool, turns: u64) -> ProgressBar {
    if !shows_progress(quiet) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(turns);
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3}% of {len} turns");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
