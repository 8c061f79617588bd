//! Hooks: addresses that other programs' signals are sent to, each for one strategy and for what it may do. Who knows
//! the address may use it, so it is random and shown once; what is kept is its hash.

pub(super) mod bodies;
mod from;
pub(crate) mod plan;
pub(super) mod seen;
pub(crate) mod signal;

pub use from::Network;

use self::signal::Word;
use super::kept::{self, check_name};
use highmark_engine::{Quantity, Timestamp};
use highmark_play::failure::{Code, Failure};
use highmark_play::scenario::rule_in_words;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// Who sends, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// JSON or a line of text, as a signal's message says it.
    Tradingview,
    /// A scan: many symbols at once, without a word about what to do.
    Chartink,
    /// A query or a form; by GET too, from this machine.
    Amibroker,
}

/// What a word of a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Enters on the side that the word says.
    Open,
    /// Exits what the strategy has open in the symbol on the other side.
    Exit,
    /// Is refused.
    Nothing,
}

/// What may be exited by a signal that asks for an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exits {
    Nothing,
    /// What the strategy has open in the symbol that is named.
    Symbol,
    /// Everything of the strategy, too.
    Strategy,
}

/// What a scan stands for, since it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScanMeans {
    Buy,
    Sell,
    Exit,
}

/// What signals of a hook may do. No signal can release what was killed, resume what was halted, or change a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub source: Source,
    /// The name of the strategy; signals touch no other.
    pub strategy: String,
    /// The name of the account that is entered in.
    pub account: String,
    #[serde(default = "open")]
    pub buy: Does,
    #[serde(default = "exit")]
    pub sell: Does,
    #[serde(default = "symbol")]
    pub exit: Exits,
    #[serde(default = "buy")]
    pub scan: ScanMeans,
    /// Of each entry, whatever the signal says.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub quantity: Option<Quantity>,
    /// What a signal may ask for at most, where it says the quantity itself.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub most: Option<Quantity>,
    /// Of each entry, in the words of a scenario: `trail by=60`.
    #[serde(default)]
    pub rules: Vec<String>,
    /// `THEIRS=OURS`, or a symbol alone; every instrument by its own symbol, when empty.
    #[serde(default)]
    pub symbols: Vec<String>,
    /// Trades of the strategy that may be open in one symbol before a signal is refused.
    #[serde(default = "one")]
    pub trades: u32,
    /// Addresses and networks that it is taken from; from anywhere, when empty.
    #[serde(default)]
    pub from: Vec<Network>,
    /// A signal without an id that comes again within so many seconds is the same one.
    #[serde(default = "while_")]
    pub repeat_s: u32,
}

fn open() -> Does {
    Does::Open
}

fn exit() -> Does {
    Does::Exit
}

fn symbol() -> Exits {
    Exits::Symbol
}

fn buy() -> ScanMeans {
    ScanMeans::Buy
}

fn one() -> u32 {
    1
}

fn while_() -> u32 {
    30
}

/// A hook as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// As it stands in the record: `hook:NAME`.
    pub name: String,
    /// When its address was made, in nanoseconds since 1970.
    pub made: i64,
    /// Who made it.
    pub by: String,
    /// The first letters of its address, to tell one from another.
    pub begins: String,
    /// BLAKE3 of the address, in hexadecimal.
    hash: String,
    pub terms: Terms,
}

/// All hooks of a state folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    hooks: Vec<Hook>,
}

/// How the secret part of each address begins, so that one that leaked can be searched for.
const PREFIX: &str = "hmh_";
/// Random bytes of an address.
const RANDOM: usize = 32;
/// Letters of it that are shown later.
const SHOWN: usize = 8;
/// Hooks of one service.
const MOST: usize = 256;
/// Symbols, rules and networks of one hook.
const MOST_OF_EACH: usize = 256;
const LONGEST_REPEAT_S: u32 = 86_400;

/// Where the hooks of a state folder stand.
pub fn file(state: &Path) -> PathBuf {
    state.join("api-hooks.json")
}

impl Hooks {
    pub fn read(state: &Path) -> Result<Hooks, Failure> {
        kept::read(&file(state))
    }

    /// Makes a hook; gives the path of its address, which nobody can tell again.
    pub fn add(
        state: &Path,
        (name, by): (&str, &str),
        terms: Terms,
        now: Timestamp,
    ) -> Result<String, Failure> {
        check_name(name, "hook")?;
        terms.check()?;
        let (path, begins, hash) = address()?;
        let hook =
            Hook { name: name.to_owned(), made: now.0, by: by.to_owned(), begins, hash, terms };
        kept::change(&file(state), |hooks: &mut Hooks| {
            if hooks.named(name).is_some() {
                let hint = format!("choose another name, or: highmark hook remove {name}");
                return Err(Failure::new(Code::Refused, format!("there is a hook {name}"), hint));
            }
            if hooks.hooks.len() >= MOST {
                let message = format!("there are {MOST} hooks already");
                return Err(Failure::new(Code::Refused, message, "remove those that rest"));
            }
            hooks.hooks.push(hook);
            Ok(())
        })?;
        Ok(path)
    }

    /// Another address for a hook; the old one is nothing any more.
    pub fn rotate(state: &Path, name: &str, now: Timestamp) -> Result<String, Failure> {
        let (path, begins, hash) = address()?;
        kept::change(&file(state), |hooks: &mut Hooks| {
            let hook = hooks.hooks.iter_mut().find(|hook| hook.name == name);
            let hook = hook.ok_or_else(|| no_hook(name))?;
            (hook.begins, hook.hash, hook.made) = (begins, hash, now.0);
            Ok(())
        })?;
        Ok(path)
    }

    pub fn remove(state: &Path, name: &str) -> Result<(), Failure> {
        kept::change(&file(state), |hooks: &mut Hooks| {
            hooks.named(name).ok_or_else(|| no_hook(name))?;
            hooks.hooks.retain(|hook| hook.name != name);
            Ok(())
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Hook> {
        self.hooks.iter()
    }

    /// The hook of this address. How long it takes tells nothing of any.
    pub(super) fn at(&self, address: &str) -> Option<&Hook> {
        let given = blake3::hash(address.as_bytes());
        let mut found = None;
        for hook in &self.hooks {
            if blake3::Hash::from_hex(&hook.hash).is_ok_and(|kept| kept == given) {
                found = Some(hook);
            }
        }
        found
    }

    fn named(&self, name: &str) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.name == name)
    }
}

impl Hook {
    /// As the record names it.
    pub(super) fn actor(&self) -> String {
        format!("hook:{}", self.name)
    }
}

impl Terms {
    /// Whether they can mean something.
    pub fn check(&self) -> Result<(), Failure> {
        let wrong = |field: &str, message: &str, hint: &str| {
            let mut failure = Failure::new(Code::Usage, message, hint);
            failure.field = field.to_owned();
            Err(failure)
        };
        let opens = match self.source {
            Source::Chartink => self.scan != ScanMeans::Exit,
            Source::Tradingview | Source::Amibroker => {
                self.buy == Does::Open || self.sell == Does::Open
            }
        };
        if opens && self.quantity.is_none() && self.most.is_none() {
            let hint = "say how many each entry has (quantity), or how many a signal may ask for at most (most)";
            return wrong("quantity", "how much is entered is not said", hint);
        }
        if self.source == Source::Chartink && opens && self.quantity.is_none() {
            let hint = "a scan says no quantity: give one";
            return wrong("quantity", "how much is entered is not said", hint);
        }
        for (field, quantity) in [("quantity", self.quantity), ("most", self.most)] {
            if quantity.is_some_and(|quantity| quantity <= Quantity(0)) {
                return wrong(
                    field,
                    "a quantity is above zero",
                    "write it in units, in whole lots",
                );
            }
        }
        if self.quantity.is_some() && self.most.is_some() {
            let hint = "leave one of both out";
            return wrong("most", "each entry has its quantity already", hint);
        }
        if self.trades == 0 {
            return wrong("trades", "no signal could ever enter", "let it be at least 1");
        }
        if self.repeat_s > LONGEST_REPEAT_S {
            return wrong("repeat_s", "that is longer than a day", "write 0 to 86400 seconds");
        }
        let counts = [self.rules.len(), self.symbols.len(), self.from.len()];
        if counts.into_iter().any(|count| count > MOST_OF_EACH) {
            return wrong("symbols", "more than 256 of one kind", "make two hooks of it");
        }
        for rule in &self.rules {
            let words: Vec<String> = rule.split_whitespace().map(str::to_owned).collect();
            if let Err(unusable) = rule_in_words(&words, true) {
                let failure = Failure::from(unusable);
                return wrong("rules", &failure.message, &failure.hint);
            }
        }
        for name in [&self.strategy, &self.account] {
            if name.is_empty() || name.len() > 256 {
                return wrong(
                    "strategy",
                    "strategy and account are named",
                    "see highmark strategy list",
                );
            }
        }
        Ok(())
    }

    /// What a word does.
    pub(super) fn does(&self, word: Word) -> Does {
        match (word, self.exit) {
            (Word::Buy, _) => self.buy,
            (Word::Sell, _) => self.sell,
            (Word::Exit, Exits::Symbol | Exits::Strategy) => Does::Exit,
            (Word::ExitAll, Exits::Strategy) => Does::Exit,
            (Word::Exit, Exits::Nothing) | (Word::ExitAll, Exits::Symbol | Exits::Nothing) => {
                Does::Nothing
            }
        }
    }

    /// Whether the strategy is on either side, so that it may turn round.
    pub(super) fn turns_round(&self) -> bool {
        self.buy == Does::Open && self.sell == Does::Open
    }

    /// Our symbol for theirs; `None` when this hook is not for it.
    pub(super) fn symbol(&self, theirs: &str) -> Option<String> {
        // TradingView puts the exchange before it.
        let bare = theirs.rsplit(':').next().unwrap_or(theirs);
        if self.symbols.is_empty() {
            return Some(bare.to_owned());
        }
        self.symbols.iter().find_map(|pair| {
            let (from, to) = pair.split_once('=').unwrap_or((pair, pair));
            (from == theirs || from == bare).then(|| to.to_owned())
        })
    }
}

/// A new address: its path, what is shown of it later, and its hash.
fn address() -> Result<(String, String, String), Failure> {
    let secret = format!("{PREFIX}{}", kept::random(RANDOM)?);
    let hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
    Ok((format!("/hooks/{secret}"), secret[..SHOWN].to_owned(), hash))
}

fn no_hook(name: &str) -> Failure {
    Failure::new(Code::NotFound, format!("there is no hook {name}"), "highmark hook list")
}

#[cfg(test)]
pub(super) fn some(source: Source) -> Terms {
    Terms {
        source,
        strategy: "Momentum".into(),
        account: "main".into(),
        buy: Does::Open,
        sell: Does::Exit,
        exit: Exits::Symbol,
        scan: ScanMeans::Buy,
        quantity: Some("75".parse().unwrap()),
        most: None,
        rules: vec!["trail by=60".into()],
        symbols: Vec::new(),
        trades: 1,
        from: Vec::new(),
        repeat_s: 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::folder;
    use std::fs;

    #[test]
    fn an_address_is_shown_once_rotated_and_removed() {
        let state = folder("hooks");
        let add = |name: &str, terms: Terms| Hooks::add(&state, (name, "ops"), terms, Timestamp(1));
        let first = add("tv", some(Source::Tradingview)).unwrap();
        let secret = first.strip_prefix("/hooks/").unwrap();
        assert_eq!(secret.len(), PREFIX.len() + 64, "256 bits");
        let kept = fs::read_to_string(file(&state)).unwrap();
        assert!(!kept.contains(&secret[SHOWN..]), "{kept}");
        let at = |secret: &str| Hooks::read(&state).unwrap().at(secret).map(Hook::actor);
        assert_eq!(at(secret).as_deref(), Some("hook:tv"));
        assert_eq!(at(&secret.to_uppercase()), None);
        assert_eq!(add("tv", some(Source::Chartink)).unwrap_err().code, Code::Refused);
        let second = Hooks::rotate(&state, "tv", Timestamp(2)).unwrap();
        assert!(at(secret).is_none() && at(second.strip_prefix("/hooks/").unwrap()).is_some());
        Hooks::remove(&state, "tv").unwrap();
        assert_eq!(at(second.strip_prefix("/hooks/").unwrap()), None);
        assert_eq!(Hooks::remove(&state, "tv").unwrap_err().code, Code::NotFound);
        assert_eq!(Hooks::rotate(&state, "tv", Timestamp(3)).unwrap_err().code, Code::NotFound);
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn terms_that_can_mean_nothing_are_refused_by_field() {
        let good = some(Source::Tradingview);
        good.check().unwrap();
        let wrong = |change: &dyn Fn(&mut Terms), field: &str| {
            let mut terms = good.clone();
            change(&mut terms);
            assert_eq!(terms.check().unwrap_err().field, field, "{terms:?}");
        };
        wrong(&|terms| terms.quantity = None, "quantity");
        wrong(&|terms| terms.quantity = Some(Quantity(0)), "quantity");
        wrong(&|terms| terms.most = Some(Quantity(1)), "most");
        wrong(&|terms| terms.trades = 0, "trades");
        wrong(&|terms| terms.repeat_s = 86_401, "repeat_s");
        wrong(&|terms| terms.rules = vec!["trial by=60".into()], "rules");
        wrong(&|terms| terms.strategy = String::new(), "strategy");
        let mut scan = some(Source::Chartink);
        (scan.quantity, scan.most) = (None, Some(Quantity(1)));
        assert_eq!(scan.check().unwrap_err().field, "quantity");
        scan.scan = ScanMeans::Exit;
        scan.check().unwrap();
    }

    #[test]
    fn a_symbol_is_ours_by_its_name_or_by_what_the_hook_says() {
        let mut terms = some(Source::Tradingview);
        assert_eq!(terms.symbol("NSE:NIFTY").as_deref(), Some("NIFTY"));
        terms.symbols = vec!["NIFTY1!=NIFTY-FUT".into(), "SBIN".into()];
        assert_eq!(terms.symbol("NSE:NIFTY1!").as_deref(), Some("NIFTY-FUT"));
        assert_eq!(terms.symbol("SBIN").as_deref(), Some("SBIN"));
        assert_eq!(terms.symbol("NIFTY"), None);
    }
}
