//! Changes of parameters, as a person types them: `trail.by.points=15`, `stop_loss.at.from_entry={"ticks":40}`.

use highmark_engine::{Body, Command, Input, Profile, RuleDraft};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// One parameter set otherwise, wherever a recorded command sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it stands in a rule, its options or the profile: `trail.by.points`, `options.strict`, `profile.order`.
    path: Vec<String>,
    value: String,
}

/// Changes to be made, how often each was, and what could not be.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    changes: Vec<Change>,
    made: Vec<u64>,
    refused: Vec<String>,
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Change, String> {
        let wrong =
            || format!("expected a path and a value like `trail.by.points=15`, not `{text}`");
        let (path, value) = text.split_once('=').ok_or_else(wrong)?;
        let path: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) || path.len() < 2 {
            return Err(wrong());
        }
        Ok(Change { path, value: value.trim().to_owned() })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path.join("."), self.value)
    }
}

impl Changes {
    pub fn new(changes: Vec<Change>) -> Changes {
        Changes { made: vec![0; changes.len()], changes, refused: Vec::new() }
    }

    /// Makes the changes in one input; says whether there were any.
    pub fn alter(&mut self, input: &mut Input) -> bool {
        let Body::Command { command, .. } = &mut input.body else { return false };
        match command {
            Command::SetRule { draft, .. } | Command::ChangeRule { draft, .. } => self.draft(draft),
            Command::AddTrade(new) => {
                let mut altered = false;
                for draft in &mut new.rules {
                    altered |= self.draft(draft);
                }
                altered
            }
            Command::Configure(profile) => self.profile(profile),
            _ => false,
        }
    }

    /// Each change with how often it was made; one that was never made is most likely mistyped.
    pub fn made(&self) -> impl Iterator<Item = (&Change, u64)> {
        self.changes.iter().zip(self.made.iter().copied())
    }

    /// What could not be changed, and why.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    fn draft(&mut self, draft: &mut RuleDraft) -> bool {
        self.all(draft, &[&["spec", "price"], &["spec", "mtm"], &["spec"], &[]], None)
    }

    fn profile(&mut self, profile: &mut Profile) -> bool {
        self.all(profile, &[&[]], Some("profile"))
    }

    /// Makes each change that has a place below one of `roots`; `prefix` is what its path begins with.
    fn all<T>(&mut self, target: &mut T, roots: &[&[&str]], prefix: Option<&str>) -> bool
    where
        T: Serialize + DeserializeOwned + PartialEq,
    {
        let mut altered = false;
        for (place, change) in self.changes.iter().enumerate() {
            let path = match prefix {
                Some(prefix) if change.path[0] == prefix => &change.path[1..],
                Some(_) => continue,
                None => &change.path[..],
            };
            match changed(target, roots, path, &change.value) {
                Ok(None) => {}
                Ok(Some(new)) => {
                    self.made[place] += 1;
                    altered |= *target != new;
                    *target = new;
                }
                Err(why) => self.refused.push(format!("{change}: {why}")),
            }
        }
        altered
    }
}

/// The target with one value set, `None` when it has no such place.
fn changed<T>(
    target: &T,
    roots: &[&[&str]],
    path: &[String],
    value: &str,
) -> Result<Option<T>, String>
where
    T: Serialize + DeserializeOwned,
{
    let whole = serde_json::to_value(target).map_err(|error| error.to_string())?;
    for root in roots {
        let full: Vec<&str> = root.iter().copied().chain(path.iter().map(String::as_str)).collect();
        let mut why = None;
        for value in readings(value) {
            let mut new = whole.clone();
            let Some(place) = find(&mut new, &full) else { break };
            *place = value;
            match serde_json::from_value(new) {
                Ok(new) => return Ok(Some(new)),
                Err(error) => why = Some(error.to_string()),
            }
        }
        if let Some(why) = why {
            return Err(why);
        }
    }
    Ok(None)
}

fn find<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, name| value.get_mut(*name))
}

/// What a person may mean: JSON, or, as decimals are text, the text itself.
fn readings(text: &str) -> impl Iterator<Item = Value> {
    let json = serde_json::from_str(text).ok();
    json.into_iter().chain([Value::from(text)])
}
