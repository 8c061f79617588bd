//! The second factor: what was killed is released with a code of somebody who has enrolled, whichever way it is asked.

use super::kept::Kept;
use super::keys::Role;
use super::people::{self, People, Person};
use super::totp;
use crate::service::wall;
use crate::socket::protocol::Problem;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Wrong codes that are taken within a while.
const MOST_WRONG: u32 = 10;
/// How long that while is, in seconds.
const WHILE: u64 = 300;

/// The second factors of a state folder.
#[derive(Debug)]
pub struct SecondFactor {
    people: Kept<People>,
    seen: Mutex<Seen>,
}

/// What was tried since the service started.
#[derive(Debug, Default)]
struct Seen {
    /// The last step of each that was used: a code counts once.
    used: BTreeMap<String, u64>,
    /// Wrong codes, and since when they are counted.
    wrong: (u32, u64),
}

impl SecondFactor {
    pub(crate) fn new(state: &Path) -> SecondFactor {
        SecondFactor { people: Kept::new(people::file(state)), seen: Mutex::default() }
    }

    pub(super) fn people(&self) -> &Kept<People> {
        &self.people
    }

    /// Whether what was killed may be released: with a code, once anybody who may release has enrolled.
    pub(crate) fn may_release(&self, code: Option<&str>) -> Result<(), Problem> {
        let may = |person: &&Person| {
            person.role >= Role::Risk && person.accounts.is_empty() && person.has_second_factor()
        };
        let enrolled: Vec<Person> =
            self.people.now(|people| people.iter().filter(may).cloned().collect());
        if enrolled.is_empty() { Ok(()) } else { self.check(&enrolled, code) }
    }

    /// Whether this is a code of one of these people that was not used yet.
    pub(super) fn check(&self, enrolled: &[Person], code: Option<&str>) -> Result<(), Problem> {
        let Some(code) = code else {
            let hint = "send the six digits that the app of an enrolled person shows now";
            let problem =
                Problem::new("SECOND_FACTOR", "this wants a code of the second factor", hint);
            return Err(Problem { field: "code".into(), ..problem });
        };
        let seconds = u64::try_from(wall().0 / 1_000_000_000).unwrap_or(0);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seconds.saturating_sub(seen.wrong.1) > WHILE {
            seen.wrong = (0, seconds);
        }
        if seen.wrong.0 >= MOST_WRONG {
            let hint = "wait five minutes; killing is possible meanwhile";
            return Err(Problem::new("TOO_OFTEN", "too many wrong codes", hint));
        }
        let found = enrolled.iter().find_map(|person| {
            let used = seen.used.get(&person.name).copied().unwrap_or(0);
            let step = totp::step_of(&person.secret()?, code, seconds, used)?;
            Some((person.name.clone(), step))
        });
        match found {
            Some((name, step)) => {
                seen.used.insert(name, step);
                Ok(())
            }
            None => {
                seen.wrong.0 += 1;
                let hint = "send the six digits that the app shows now; each counts once";
                let problem = Problem::new("SECOND_FACTOR", "this is no code of now", hint);
                Err(Problem { field: "code".into(), ..problem })
            }
        }
    }
}
