//! People who may log in: each has a name, a role, a password that is kept as Argon2id, and may have a second factor.

use super::kept::{self, check_name};
use super::keys::{Grant, Role};
use super::totp;
use argon2::{Algorithm, Argon2, Params, Version};
use highmark_engine::Timestamp;
use highmark_play::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Somebody as they are kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub role: Role,
    /// The names of the accounts that they are bound to; the whole book, when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// When they were added, in nanoseconds since 1970.
    pub made: i64,
    password: Password,
    /// The secret of the second factor, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Person")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish()
    }
}

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    hash: String,
}

/// All who may log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    people: Vec<Person>,
}

/// OWASP's least for Argon2id.
const MEMORY_KIB: u32 = 19 << 10;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH: usize = 32;
/// Letters of a password.
const SHORTEST: usize = 12;
const LONGEST: usize = 256;
/// Random bytes of a second factor: as many as SHA-1 has.
const SECOND: usize = 20;

/// Where the people of a state folder stand.
pub fn file(state: &Path) -> PathBuf {
    state.join("api-people.json")
}

impl People {
    pub fn read(state: &Path) -> Result<People, Failure> {
        kept::read(&file(state))
    }

    /// Adds somebody. Without a password they get a random one, which is given back and never shown again.
    pub fn add(
        state: &Path,
        (name, grant): (&str, impl Into<Grant>),
        password: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Failure> {
        check_name(name, "person")?;
        let grant = grant.into();
        grant.check()?;
        let password = match password {
            Some(password) => password.to_owned(),
            None => kept::random(12)?,
        };
        let letters = password.chars().count();
        if !(SHORTEST..=LONGEST).contains(&letters) {
            let message = format!("a password has {SHORTEST} to {LONGEST} letters");
            return Err(Failure::new(Code::Usage, message, "a few words are a good one"));
        }
        let person = Person {
            name: name.to_owned(),
            role: grant.role,
            accounts: grant.accounts,
            made: now.0,
            password: Password::of(&password)?,
            second: None,
        };
        kept::change(&file(state), |people: &mut People| {
            if people.named(name).is_some() {
                let hint = format!("choose another name, or: highmark user remove {name}");
                return Err(Failure::new(Code::Refused, format!("there is a user {name}"), hint));
            }
            people.people.push(person);
            Ok(password)
        })
    }

    /// Takes somebody out: with their next request they are refused.
    pub fn remove(state: &Path, name: &str) -> Result<(), Failure> {
        kept::change(&file(state), |people: &mut People| {
            people.named(name).ok_or_else(|| nobody(name))?;
            people.people.retain(|person| person.name != name);
            Ok(())
        })
    }

    /// Gives somebody a new second factor; the address is what an app reads, and never shown again.
    pub fn enrol(state: &Path, name: &str) -> Result<String, Failure> {
        let mut secret = [0; SECOND];
        getrandom::fill(&mut secret).map_err(|error| {
            Failure::new(Code::Failure, format!("no random bytes: {error}"), "try again")
        })?;
        kept::change(&file(state), |people: &mut People| {
            let person = people.people.iter_mut().find(|person| person.name == name);
            person.ok_or_else(|| nobody(name))?.second = Some(kept::hex(&secret));
            let text = totp::base32(&secret);
            Ok(format!("otpauth://totp/Highmark:{name}?secret={text}&issuer=Highmark"))
        })
    }

    /// Takes somebody's second factor away.
    pub fn withdraw(state: &Path, name: &str) -> Result<(), Failure> {
        kept::change(&file(state), |people: &mut People| {
            let person = people.people.iter_mut().find(|person| person.name == name);
            person.ok_or_else(|| nobody(name))?.second = None;
            Ok(())
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }
}

impl Person {
    pub fn has_second_factor(&self) -> bool {
        self.second.is_some()
    }

    pub(super) fn secret(&self) -> Option<Vec<u8>> {
        unhex(self.second.as_deref()?)
    }

    pub(super) fn password(&self) -> &Password {
        &self.password
    }
}

impl Password {
    fn of(password: &str) -> Result<Password, Failure> {
        let salt = kept::random(16)?;
        let mut made = Password {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt,
            hash: String::new(),
        };
        let hash = made.hash_of(password).ok_or_else(|| {
            Failure::new(Code::Failure, "the password could not be hashed", "try again")
        })?;
        made.hash = kept::hex(&hash);
        Ok(made)
    }

    /// What nobody's password is, to take as long over somebody who does not exist.
    pub(super) fn of_nobody() -> Password {
        let (salt, hash) = ("00".repeat(16), String::new());
        Password { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt, hash }
    }

    /// Takes its time, and its memory.
    pub(super) fn is(&self, password: &str) -> bool {
        let given = if password.chars().count() > LONGEST { "" } else { password };
        let hash = self.hash_of(given).map(|hash| kept::hex(&hash)).unwrap_or_default();
        // Hashes of hashes are compared, in constant time.
        blake3::hash(hash.as_bytes()) == blake3::hash(self.hash.as_bytes()) && !hash.is_empty()
    }

    fn hash_of(&self, password: &str) -> Option<[u8; HASH]> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH)).ok()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = [0; HASH];
        argon.hash_password_into(password.as_bytes(), &unhex(&self.salt)?, &mut hash).ok()?;
        Some(hash)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

fn nobody(name: &str) -> Failure {
    Failure::new(Code::NotFound, format!("there is no user {name}"), "highmark user list")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_password_is_kept_as_its_hash_and_known_again() {
        let state = std::env::temp_dir().join(format!("hm-people-{}", std::process::id()));
        let _ = fs::remove_dir_all(&state);
        fs::create_dir_all(&state).unwrap();
        let made = People::add(&state, ("asha", Role::Risk), None, Timestamp(1)).unwrap();
        People::add(&state, ("dev", Role::Viewer), Some("correct horse battery"), Timestamp(1))
            .unwrap();
        let people = People::read(&state).unwrap();
        let is = |name: &str, password: &str| people.named(name).unwrap().password().is(password);
        assert!(is("asha", &made) && is("dev", "correct horse battery"));
        assert!(!is("dev", &made) && !is("dev", "") && !is("dev", "Correct horse battery"));
        assert!(!Password::of_nobody().is(""));
        let address = People::enrol(&state, "asha").unwrap();
        let kept = fs::read_to_string(file(&state)).unwrap();
        assert!(!kept.contains(&made) && !kept.contains("correct horse"), "{kept}");
        assert!(address.starts_with("otpauth://totp/Highmark:asha?secret="), "{address}");
        assert!(!format!("{:?}", People::read(&state).unwrap()).contains("hash"));
        assert!(People::read(&state).unwrap().named("asha").unwrap().has_second_factor());
        People::withdraw(&state, "asha").unwrap();
        assert!(!People::read(&state).unwrap().named("asha").unwrap().has_second_factor());
        let short = People::add(&state, ("eve", Role::Viewer), Some("short"), Timestamp(1));
        assert_eq!(short.unwrap_err().code, Code::Usage);
        let twice = People::add(&state, ("dev", Role::Admin), None, Timestamp(1));
        assert_eq!(twice.unwrap_err().code, Code::Refused);
        People::remove(&state, "dev").unwrap();
        assert_eq!(People::remove(&state, "dev").unwrap_err().code, Code::NotFound);
        fs::remove_dir_all(state).unwrap();
    }
}
