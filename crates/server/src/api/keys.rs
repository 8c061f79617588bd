//! Keys of programs: each has a name, a role, and is shown once. What is kept is its hash.

use super::kept::{self, check_name};
use highmark_engine::Timestamp;
use highmark_play::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What somebody may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Enters and exits, pauses, kills.
    Trader,
    /// Releases what was killed, takes back.
    Risk,
    /// All that there is.
    Admin,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Trader, Role::Risk, Role::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Trader => "trader",
            Role::Risk => "risk",
            Role::Admin => "admin",
        }
    }
}

/// What somebody may do, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub role: Role,
    /// The names of the accounts that they are bound to; the whole book, when empty.
    pub accounts: Vec<String>,
}

/// In the whole book.
impl From<Role> for Grant {
    fn from(role: Role) -> Grant {
        Grant { role, accounts: Vec::new() }
    }
}

impl Grant {
    pub(super) fn check(&self) -> Result<(), Failure> {
        const MOST: usize = 64;
        let is_odd = |name: &String| name.is_empty() || name.len() > 256;
        if self.accounts.len() > MOST || self.accounts.iter().any(is_odd) {
            let hint = "see highmark account list";
            let message = format!("at most {MOST} accounts are named");
            return Err(Failure::new(Code::Usage, message, hint));
        }
        Ok(())
    }
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub name: String,
    pub role: Role,
    /// Those that it is bound to; the whole book, when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// When it was made, in nanoseconds since 1970.
    pub made: i64,
    /// BLAKE3 of the key, in hexadecimal.
    hash: String,
}

/// All keys of a state folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    keys: Vec<Key>,
}

/// How every key begins, so that one that leaked can be searched for.
pub const PREFIX: &str = "hmk_";
/// Random bytes in a key.
const RANDOM: usize = 32;

/// Where the keys of a state folder stand.
pub fn file(state: &Path) -> PathBuf {
    state.join("api-keys.json")
}

impl Keys {
    /// Those of a state folder; none when there is no file.
    pub fn read(state: &Path) -> Result<Keys, Failure> {
        kept::read(&file(state))
    }

    /// Makes a key in the file of a state folder and gives it; nobody can tell it again.
    pub fn add(
        state: &Path,
        name: &str,
        grant: impl Into<Grant>,
        now: Timestamp,
    ) -> Result<String, Failure> {
        check_name(name, "key")?;
        let grant = grant.into();
        grant.check()?;
        let digits = kept::random(RANDOM)?;
        let text = format!("{PREFIX}{digits}");
        let Grant { role, accounts } = grant;
        let (name, hash) = (name.to_owned(), hash(&text));
        let key = Key { name, role, accounts, made: now.0, hash };
        kept::change(&file(state), |keys: &mut Keys| {
            let name = &key.name;
            if keys.named(name).is_some() {
                let hint = format!("choose another, or: highmark key remove {name}");
                let message = format!("there is a key with the name {name}");
                return Err(Failure::new(Code::Refused, message, hint));
            }
            keys.keys.push(key);
            Ok(())
        })?;
        Ok(text)
    }

    /// Takes a key out of the file: with its next request whoever has it is refused.
    pub fn remove(state: &Path, name: &str) -> Result<(), Failure> {
        kept::change(&file(state), |keys: &mut Keys| {
            if keys.named(name).is_none() {
                let message = format!("there is no key with the name {name}");
                return Err(Failure::new(Code::NotFound, message, "highmark key list"));
            }
            keys.keys.retain(|key| key.name != name);
            Ok(())
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Whether this key is still there, as it was.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    fn named(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key that this text is. How long it takes tells nothing of a key.
    pub fn holder(&self, text: &str) -> Option<&Key> {
        let given = blake3::hash(text.as_bytes());
        let mut found = None;
        for key in &self.keys {
            // Hashes are compared in constant time, and all of them.
            if blake3::Hash::from_hex(&key.hash).is_ok_and(|kept| kept == given) {
                found = Some(key);
            }
        }
        found
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kept::Kept;
    use crate::scratch::folder;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn a_key_is_shown_once_and_kept_as_its_hash() {
        let state = folder("keys-once");
        let text = Keys::add(&state, "desk", Role::Trader, Timestamp(7)).unwrap();
        assert_eq!((text.len(), text.starts_with(PREFIX)), (PREFIX.len() + 64, true));
        let kept = fs::read_to_string(file(&state)).unwrap();
        assert!(!kept.contains(&text[PREFIX.len()..]), "{kept}");
        assert_eq!(fs::metadata(file(&state)).unwrap().mode() & 0o777, 0o600);
        let keys = Keys::read(&state).unwrap();
        assert_eq!(keys.holder(&text).unwrap().role, Role::Trader);
        assert_eq!(keys.holder(&text.to_uppercase()), None);
        assert_eq!(keys.holder(""), None);
        let again = Keys::add(&state, "desk", Role::Viewer, Timestamp(8)).unwrap_err();
        assert_eq!(again.code, Code::Refused);
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn a_key_that_was_removed_opens_nothing_any_more() {
        let state = folder("keys-removed");
        let ring = Kept::<Keys>::new(file(&state));
        let holder = |text: &str| ring.now(|keys| keys.holder(text).cloned());
        assert_eq!(holder("hmk_00"), None);
        let text = Keys::add(&state, "desk", Role::Risk, Timestamp(7)).unwrap();
        assert_eq!(holder(&text).unwrap().name, "desk");
        Keys::remove(&state, "desk").unwrap();
        assert_eq!(holder(&text), None);
        assert_eq!(Keys::remove(&state, "desk").unwrap_err().code, Code::NotFound);
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn keys_that_others_may_read_open_nothing() {
        let state = folder("keys-others");
        let text = Keys::add(&state, "desk", Role::Risk, Timestamp(7)).unwrap();
        fs::set_permissions(file(&state), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Keys::read(&state).unwrap_err().code, Code::Refused);
        let ring = Kept::<Keys>::new(file(&state));
        assert!(ring.now(|keys| keys.holder(&text).is_none()));
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn names_are_plain() {
        let state = folder("keys-names");
        for name in ["", "a b", "../x", "é", &"x".repeat(65)] {
            let refused = Keys::add(&state, name, Role::Viewer, Timestamp(7)).unwrap_err();
            assert_eq!(refused.code, Code::Usage, "{name}");
        }
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        assert!(Role::ALL.is_sorted());
    }
}
