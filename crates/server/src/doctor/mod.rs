//! Whether all is well where the service is to run: each finding with what to do about it.

mod api;
mod clock;
mod folder;
mod inputs;
mod journal;
mod market;

use crate::config::{Layers, Loaded, Origin, Unusable, load};
use serde::Serialize;
use serde_json::{Value, json};

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub about: &'static str,
    pub level: Level,
    pub message: String,
    /// Empty when there is nothing to do.
    pub hint: String,
    /// More for a person to read, in lines.
    #[serde(skip)]
    pub lines: Vec<String>,
    /// What was measured, for programs.
    pub measured: Value,
}

/// The later are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Good,
    Warn,
    Bad,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Good => "good",
            Level::Warn => "warn",
            Level::Bad => "bad",
        }
    }
}

impl Finding {
    fn new(
        about: &'static str,
        level: Level,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        let (message, hint) = (message.into(), hint.into());
        Finding { about, level, message, hint, lines: Vec::new(), measured: Value::Null }
    }

    fn good(about: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(about, Level::Good, message, "")
    }

    fn warn(about: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding::new(about, Level::Warn, message, hint)
    }

    fn bad(about: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding::new(about, Level::Bad, message, hint)
    }
}

/// Looks at everything that the configuration leads to. Without one that can be used there is nowhere to look.
pub fn examine(layers: &Layers) -> Result<Vec<Finding>, Unusable> {
    let loaded = load(layers)?;
    let mut findings = vec![configuration(layers, &loaded)];
    findings.extend(inputs::examine(&loaded.config));
    findings.extend(folder::examine(&loaded.config));
    findings.extend(journal::examine(&loaded.config));
    findings.extend(api::examine(&loaded.config));
    findings.extend(clock::examine());
    findings.extend(market::examine(&loaded.config));
    Ok(findings)
}

fn configuration(layers: &Layers, loaded: &Loaded) -> Finding {
    let files: Vec<String> =
        layers.files.iter().map(|file| file.path.display().to_string()).collect();
    let set = loaded.settings.iter().filter(|setting| setting.origin != Origin::Default).count();
    let from = if files.is_empty() { "no file".into() } else { files.join(", ") };
    let mut finding = Finding::good("configuration", format!("{from}; {set} keys are set"));
    finding.measured = json!({ "files": files, "keys_set": set });
    finding
}
