//! The configuration: one TOML file, or several in layers, checked whole before anything starts.
//!
//! Flags are stronger than the environment, that than the project's file, that than the user's, that than the
//! system's, that than the defaults. Every value knows where it comes from. Everything that is wrong in any
//! layer is told at once, and then nothing is loaded. [`Layers::read`] looks at the machine; [`load`] and
//! what follows from it do not.

pub mod edit;
pub mod keys;
pub mod layers;
pub mod model;
pub mod page;
pub mod problem;
mod reload;
mod save;
mod schema;
mod secret;
mod settings;
mod template;
#[cfg(test)]
mod tests;
pub mod value;

pub use keys::Key;
pub use layers::{Assignment, Layers, Surroundings};
pub use model::*;
pub use problem::{Fault, Problem, Unusable};
pub use reload::{Change, Changes, reload};
pub use save::save;
pub use schema::schema;
pub use settings::{Origin, Setting, Settings};
pub use template::template;
pub use value::Value;

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// Every key with its value and its origin.
    pub settings: Settings,
}

/// Reads one value for one key, as it may be said on a command line.
pub fn fitting(key: &str, said: &str) -> Result<(&'static Key, Value), Unusable> {
    let surroundings = Surroundings::default();
    let flag = Assignment { flag: "config set".into(), key: key.into(), value: said.into() };
    let layers = Layers { surroundings, files: Vec::new(), flags: vec![flag], named: None };
    let (settings, sources, problems) = settings::gather(&layers);
    match settings.setting(key) {
        Some(setting) if problems.is_empty() => Ok((setting.key, setting.value.clone())),
        Some(_) | None => Err(Unusable { sources, problems }),
    }
}

/// Makes a configuration of its layers, or tells everything that is wrong with them.
pub fn load(layers: &Layers) -> Result<Loaded, Unusable> {
    let (settings, sources, mut problems) = settings::gather(layers);
    let config = model::assemble(&settings, &mut problems);
    if problems.is_empty() {
        return Ok(Loaded { config, settings });
    }
    problems.sort_by_key(|problem| problem.told.at);
    problems.dedup();
    Err(Unusable { sources, problems })
}
