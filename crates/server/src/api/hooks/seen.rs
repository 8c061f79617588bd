//! Signals that have come: what comes again is known by its id, or, when it has none, by its text for a while, and both
//! for what it wants of which symbols. A text is forgotten when its symbols have another signal.

use super::Terms;
use super::signal::Wish;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Signals without an id that are known at once; the oldest go first.
const MOST: usize = 4_096;
/// Stands for every symbol.
const EVERY: &str = "*";

/// Signals without ids, by hook and text.
#[derive(Debug, Default)]
pub(in crate::api) struct Seen(Mutex<Texts>);

type Texts = HashMap<(String, blake3::Hash), Text>;

#[derive(Debug)]
struct Text {
    /// When it came first, in nanoseconds since 1970.
    first: i64,
    /// What it is about.
    about: String,
}

/// What a signal is about, as it stands in its name: a word and the hash of a symbol for each of its wishes.
pub(in crate::api) fn about(wishes: &[Wish], terms: &Terms) -> String {
    let each = wishes.iter().map(|wish| {
        let symbol = wish.symbol.as_deref().map(|theirs| {
            let ours = terms.symbol(theirs).unwrap_or_else(|| theirs.to_owned());
            blake3::hash(ours.as_bytes()).to_hex()[..16].to_owned()
        });
        format!("\t{} {}", wish.called(), symbol.as_deref().unwrap_or(EVERY))
    });
    each.collect()
}

/// Whether two signals are about one symbol.
fn meet(one: &str, other: &str) -> bool {
    let symbols = |about: &str| -> Vec<String> {
        let each = about.split('\t').filter_map(|wish| wish.split_once(' '));
        each.map(|(_, symbol)| symbol.to_owned()).collect()
    };
    let (one, other) = (symbols(one), symbols(other));
    let is_met = |symbol: &String| symbol == EVERY || other.contains(symbol);
    one.iter().any(is_met) || other.iter().any(|symbol| symbol == EVERY)
}

impl Seen {
    /// Those among the names of signals that are known, in the order in which they came.
    pub(in crate::api) fn among<'n>(known: impl Iterator<Item = &'n (String, String)>) -> Seen {
        let mut texts = Texts::new();
        for (by, name) in known {
            let (Some(hook), Some((head, about))) = (by.strip_prefix("hook:"), cut(name)) else {
                continue;
            };
            let text = text_of(head);
            forget(&mut texts, hook, text.map(|(_, text)| text), about);
            if let Some((first, text)) = text {
                texts.insert((hook.to_owned(), text), Text { first, about: about.to_owned() });
            }
        }
        Seen(Mutex::new(texts))
    }

    /// Under which name a text is known that came first then.
    pub(in crate::api) fn name(first: i64, text: blake3::Hash, about: &str) -> String {
        format!("at {first} {}{about}", text.to_hex())
    }

    /// When this text came first within the last `while_s` seconds; now, when it did not.
    pub(in crate::api) fn first(
        &self,
        (hook, text): (&str, blake3::Hash),
        about: &str,
        while_s: u32,
        now: i64,
    ) -> i64 {
        let length = i64::from(while_s) * 1_000_000_000;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            let oldest = seen.iter().min_by_key(|(_, text)| text.first);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                seen.remove(&oldest);
            }
        }
        let new = || Text { first: now, about: about.to_owned() };
        let known = seen.entry((hook.to_owned(), text)).or_insert_with(new);
        // A clock that was set back makes it a new one, too.
        if !(0..length).contains(&now.saturating_sub(known.first)) {
            known.first = now;
        }
        known.first
    }

    /// A signal is done for the first time: what came before for its symbols is no more what comes again.
    pub(in crate::api) fn done(&self, hook: &str, text: Option<blake3::Hash>, about: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut seen, hook, text, about);
    }
}

fn forget(texts: &mut Texts, hook: &str, but: Option<blake3::Hash>, about: &str) {
    texts
        .retain(|(of, text), known| of != hook || Some(*text) == but || !meet(&known.about, about));
}

/// A name in two: what it is known by, and what it is about.
fn cut(name: &str) -> Option<(&str, &str)> {
    name.find('\t').map(|at| name.split_at(at))
}

fn text_of(head: &str) -> Option<(i64, blake3::Hash)> {
    let (first, text) = head.strip_prefix("at ")?.split_once(' ')?;
    Some((first.parse().ok()?, blake3::Hash::from_hex(text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn hash(text: &str) -> blake3::Hash {
        blake3::hash(text.as_bytes())
    }

    #[test]
    fn a_text_is_the_same_for_a_while_and_then_a_new_one() {
        let (seen, about) = (Seen::default(), "\tbuy 1");
        let text = hash("buy NIFTY");
        let first = |hook: &str, at: i64| seen.first((hook, text), about, 30, at * SECOND) / SECOND;
        assert_eq!((first("tv", 100), first("tv", 129), first("tv", 130)), (100, 100, 130));
        assert_eq!((first("tv", 131), first("other", 131), first("tv", 90)), (130, 131, 90));
        for at in 0..2 * MOST as i64 {
            seen.first(("tv", blake3::hash(&at.to_le_bytes())), about, 30, at);
        }
        assert!(seen.0.lock().unwrap().len() <= MOST);
        let none = seen.first(("tv", text), about, 0, 7);
        assert_eq!(none, 7, "without a while nothing comes again");
    }

    #[test]
    fn a_text_is_forgotten_when_its_symbol_has_another_signal_also_after_a_restart() {
        let exit = hash("exit NIFTY");
        let after = |others: &[(&str, String)]| {
            let mut known = vec![("hook:tv".to_owned(), Seen::name(100, exit, "\texit 1"))];
            known.extend(others.iter().map(|(by, name)| ((*by).to_owned(), name.clone())));
            let again = Seen::among(known.iter());
            again.first(("tv", exit), "\texit 1", 30, 200)
        };
        let named = |about: &str| format!("id 7{about}");
        let text = |text: &str, about: &str| Seen::name(150, hash(text), about);
        assert_eq!(after(&[]), 100);
        assert_eq!(after(&[("hook:tv", named("\tbuy 2")), ("hook:tv", text("x", "\tbuy 3"))]), 100);
        assert_eq!(after(&[("hook:other", named("\tbuy 1"))]), 100);
        assert_eq!(after(&[("hook:tv", named("\tbuy 1"))]), 200);
        assert_eq!(after(&[("hook:tv", text("scan", "\tbuy 2\tbuy 1"))]), 200);
        assert_eq!(after(&[("hook:tv", text("exit_all", "\texit_all *"))]), 200);
        assert_eq!(after(&[("hook:tv", Seen::name(150, exit, "\texit 1"))]), 150);
    }
}
