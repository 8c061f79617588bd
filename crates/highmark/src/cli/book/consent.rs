//! Before something that cannot be taken back: what will be done is told, and the name of it has to be typed.

use crate::cli::args::Cli;
use crate::cli::terminal;
use crate::failure::{Code, Failure};
use std::io::{BufRead, IsTerminal, Write};

/// What a command is about to do, and the word that a person types for it.
pub(crate) struct Plan {
    /// In a sentence: `exits 3 trades of Momentum`.
    pub says: String,
    pub steps: Vec<String>,
    /// To be typed, or given with `--confirm`.
    pub name: String,
    /// `--yes` is enough: it takes risk away, and may have to be quick.
    pub yes_is_enough: bool,
}

impl Plan {
    /// Goes on only when a person typed the name, or a script said `--yes --confirm NAME`.
    pub(crate) fn agreed(&self, confirm: Option<&str>, cli: &Cli) -> Result<(), Failure> {
        match (cli.yes, confirm) {
            (true, None) if self.yes_is_enough => return Ok(()),
            (true, Some(name)) if name == self.name => return Ok(()),
            (_, Some(name)) if name != self.name => {
                let message = format!("--confirm says {name}, and this is about {}", self.name);
                return Err(self.refused(message));
            }
            (true | false, _) => {}
        }
        if cli.yes || !std::io::stdin().is_terminal() {
            let message = format!("this {}: it wants to be confirmed", self.says);
            return Err(self.refused(message));
        }
        terminal::say(false, &self.told());
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "type {} to go on: ", self.name);
        let _ = stderr.flush();
        let mut typed = String::new();
        let _ = std::io::stdin().lock().read_line(&mut typed);
        if typed.trim() == self.name {
            return Ok(());
        }
        Err(Failure::new(Code::Refused, "nothing was done", "the name was not typed"))
    }

    fn told(&self) -> String {
        let mut text = format!("this {}:", self.says);
        for step in &self.steps {
            text.push_str(&format!("\n  {step}"));
        }
        text
    }

    fn refused(&self, message: String) -> Failure {
        let confirm = if self.yes_is_enough {
            "--yes".to_owned()
        } else {
            format!("--yes --confirm {}", self.name)
        };
        let mut failure = Failure::new(
            Code::Refused,
            message,
            format!("at a terminal the name is asked for; in a script add {confirm}"),
        );
        failure.field = "confirm".into();
        failure
    }
}
