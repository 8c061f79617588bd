//! A new configuration in the place of the one that runs: whole, or not at all.

use super::keys::{Effect, Key};
use super::layers::Layers;
use super::settings::Origin;
use super::{Loaded, Unusable, load};
use std::fmt;

/// One key with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub key: &'static Key,
    /// As they would be written in a file; what looks like a secret is hidden.
    pub from: String,
    pub to: String,
    pub origin: Origin,
}

/// What a reload comes to.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The configuration that replaces the running one.
    pub next: Loaded,
    /// In the order of the table of keys.
    pub changes: Vec<Change>,
}

/// Reads the layers again. With anything wrong in them nothing changes, and everything wrong is told.
pub fn reload(running: &Loaded, layers: &Layers) -> Result<Changes, Unusable> {
    let next = load(layers)?;
    let changes = next.settings.iter().filter_map(|setting| {
        let before = running.settings.setting(setting.key.path)?;
        let differs = running.settings.effective(before) != next.settings.effective(setting);
        differs.then(|| Change {
            key: setting.key,
            from: running.settings.shown(before).to_string(),
            to: next.settings.shown(setting).to_string(),
            origin: setting.origin.clone(),
        })
    });
    let changes = changes.collect();
    Ok(Changes { next, changes })
}

impl Changes {
    /// Those that are in force with the reload.
    pub fn at_once(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.key.effect == Effect::AtOnce)
    }

    /// Those that wait for a start.
    pub fn waiting(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.key.effect != Effect::AtOnce)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { key, from, to, origin } = self;
        write!(f, "{}: {from} -> {to}, {} ({origin})", key.path, key.effect.words())
    }
}
