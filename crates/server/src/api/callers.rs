//! Whoever asks: a program by its key, or a person by a session.

use super::kept::Kept;
use super::keys::{self, Key, Keys, Role};
use super::own::Bound;
use super::people::Person;
use super::problem::Problem;
use super::second::SecondFactor;
use super::sessions::Sessions;
use axum::http::{HeaderMap, StatusCode, header};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The name of the cookie. It is this service's alone: a page of another origin gets it nowhere.
const COOKIE: &str = "highmark";
/// Under TLS: a browser takes it from this host alone, and sends it encrypted alone.
const SECRET_COOKIE: &str = "__Host-highmark";

/// All who may be let in.
#[derive(Debug)]
pub(super) struct Callers {
    keys: Kept<Keys>,
    pub sessions: Sessions,
    pub second: Arc<SecondFactor>,
    /// The name of the cookie.
    pub cookie: &'static str,
}

/// Whoever asks.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    Program(Key),
    Session {
        who: Who,
        /// The text of the session.
        session: Arc<str>,
    },
}

/// Who has begun a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Somebody with a name and a password.
    Person(Person),
    /// Whoever owns the state folder, by a link of this service. They may do all that the local socket lets them do.
    Owner,
}

impl Who {
    pub(super) fn role(&self) -> Role {
        match self {
            Who::Person(person) => person.role,
            Who::Owner => Role::Admin,
        }
    }

    /// The accounts that they are bound to; the whole book, when empty.
    pub(super) fn accounts(&self) -> &[String] {
        match self {
            Who::Person(person) => &person.accounts,
            Who::Owner => &[],
        }
    }

    pub(super) fn by(&self) -> String {
        match self {
            Who::Person(person) => format!("user:{}", person.name),
            Who::Owner => "owner".to_owned(),
        }
    }
}

impl Caller {
    pub(super) fn role(&self) -> Role {
        match self {
            Caller::Program(key) => key.role,
            Caller::Session { who, .. } => who.role(),
        }
    }

    /// The accounts that they are bound to.
    pub(super) fn bound(&self) -> Bound {
        let accounts = match self {
            Caller::Program(key) => &*key.accounts,
            Caller::Session { who, .. } => who.accounts(),
        };
        (!accounts.is_empty()).then(|| accounts.to_vec().into())
    }

    /// As the record names them.
    pub(super) fn by(&self) -> String {
        match self {
            Caller::Program(key) => format!("api:{}", key.name),
            Caller::Session { who, .. } => who.by(),
        }
    }

    /// For what depends on the object as well as on the route.
    pub(super) fn must_be(&self, role: Role) -> Result<(), Problem> {
        if self.role() >= role { Ok(()) } else { Err(forbidden(self.role(), role)) }
    }
}

impl Callers {
    pub(super) fn new(state: &Path, second: Arc<SecondFactor>, is_secret: bool) -> Callers {
        let cookie = if is_secret { SECRET_COOKIE } else { COOKIE };
        let keys = Kept::new(keys::file(state));
        Callers { keys, sessions: Sessions::default(), second, cookie }
    }

    /// Whether all that is said here is encrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.cookie == SECRET_COOKIE
    }

    /// Who sends this. A session counts only together with where its page is from, when something is to be changed.
    pub(super) fn of(&self, headers: &HeaderMap, changes: bool) -> Result<Caller, Problem> {
        if headers.contains_key(header::AUTHORIZATION) {
            let found =
                bearer(headers).and_then(|text| self.keys.now(|keys| keys.holder(text).cloned()));
            return found.map(Caller::Program).ok_or_else(unknown);
        }
        let session = self.session(headers).ok_or_else(unknown)?;
        let who = self.sessions.holder(session, Instant::now()).ok_or_else(unknown)?;
        let caller = Caller::Session { who, session: session.into() };
        if !self.has(&caller) {
            return Err(unknown());
        }
        // The door has looked at it: whatever stands there is ours.
        if changes && !headers.contains_key(header::ORIGIN) {
            let detail = "a session changes something only from a page of this service";
            let hint = "send Origin, or use a key: `highmark key add`";
            return Err(
                Problem::new(StatusCode::FORBIDDEN, "BAD_ORIGIN", detail, hint).on("Origin")
            );
        }
        Ok(caller)
    }

    /// The session that was sent; one and no more.
    pub(super) fn session<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs =
            lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut given = pairs.filter(|(name, _)| *name == self.cookie).map(|(_, value)| value);
        let session = given.next()?;
        given.next().is_none().then_some(session)
    }

    /// Whether they may still come in.
    pub(super) fn has(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Program(key) => self.keys.now(|keys| keys.has(key)),
            Caller::Session { who, session } => {
                let is_there = match who {
                    Who::Person(person) => {
                        self.second.people().now(|people| people.iter().any(|one| one == person))
                    }
                    Who::Owner => true,
                };
                is_there && self.sessions.is_open(session, Instant::now())
            }
        }
    }
}

/// The key that was sent; only in the one header, never in an address.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let text = given.next()?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    (given.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(key)
}

fn unknown() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "NO_KEY",
        "there is no key or session, or none that opens this service",
        "send `Authorization: Bearer KEY`; `highmark key add NAME --role ROLE` makes one",
    )
    .on("Authorization")
}

fn forbidden(has: Role, needs: Role) -> Problem {
    let (has, needs) = (has.name(), needs.name());
    Problem::new(
        StatusCode::FORBIDDEN,
        "FORBIDDEN",
        format!("the role {has} may not do this"),
        format!("it takes the role {needs} or a higher one"),
    )
    .on("Authorization")
}
