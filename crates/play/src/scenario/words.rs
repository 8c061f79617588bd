//! A rule as it is written on a command line: `trail by=20 arm_at=110 confirm.wait=5s`, in the words of a
//! scenario and read by its reader, so that what is wrong is told in the same words.

use super::diagnostics::{Diagnostic, Origin, Sources, any_of, suggestion};
use super::node::{Entry, Node, Value};
use super::reader::{Item, Problems};
use super::rules::{NAMES, rule};
use super::{Unusable, set, shape};
use highmark_engine::RuleDraft;

/// Reads a rule; `on_trade` says whether rules on price may stand there.
///
/// The first word is its name. Those after it are `field=value`: fields of the rule itself, or what stands beside
/// it (`action`, `window`, `confirm`, ...), with a dot for a table within. `ladder` has its rungs in its first
/// word, `ladder=[{ at = 10, stop = 0 }]`. One word in braces is the whole rule, as a scenario has it.
pub fn rule_in_words(words: &[String], on_trade: bool) -> Result<RuleDraft, Unusable> {
    let text = words.join(" ");
    let mut sources = Sources::default();
    let source = sources.add("the rule", text.as_str());
    let mut problems = Problems::default();
    let read = document(words, &text, source)
        .map_err(|wrong| problems.0.push(wrong))
        .ok()
        .and_then(|node| rule(&Item { node: &node, path: String::new() }, on_trade, &mut problems));
    match read {
        Some(read) if problems.0.is_empty() => Ok(read.draft),
        Some(_) | None => Err(Unusable { sources, problems: problems.0 }),
    }
}

fn document(words: &[String], text: &str, source: usize) -> Result<Node, Diagnostic> {
    let whole = Origin { source, start: 0, end: text.len() };
    if text.trim_start().starts_with('{') {
        let mut node = set::parse_value(text.trim(), source);
        set::place_all(&mut node, whole);
        return Ok(node);
    }
    let mut root = Node { at: whole, value: Value::Table(Vec::new()) };
    let (mut name, mut seen) = ("", Vec::new());
    let mut start = 0;
    for (index, word) in words.iter().enumerate() {
        let at = Origin { source, start, end: start + word.len() };
        start = at.end + 1;
        let (path, value) = match (index, word.split_once('=')) {
            (0, Some((first, value))) => {
                name = first;
                (first.to_owned(), set::parse_value(value.trim(), source))
            }
            (0, None) => {
                name = word;
                (word.clone(), Node { at, value: Value::Table(Vec::new()) })
            }
            (_, Some((path, value))) => {
                (place_of(path.trim(), name), set::parse_value(value.trim(), source))
            }
            (_, None) => {
                let message = format!("there is no `=` in `{word}`");
                return Err(Diagnostic::new(at, "", message, "write field=value, like by=20"));
            }
        };
        if index == 0 && !NAMES.contains(&name) {
            return Err(unknown(name, at));
        }
        if seen.contains(&path) {
            let message =
                format!("`{}` stands twice", word.split('=').next().unwrap_or(word).trim());
            return Err(Diagnostic::new(
                at,
                "",
                message,
                "say it once: it is not known which is meant",
            ));
        }
        seen.push(path.clone());
        let mut value = value;
        let value_at = Origin { start: at.end - tail(word), ..at };
        set::place_all(&mut value, if index == 0 { at } else { value_at });
        put(&mut root, &path, value, at);
    }
    Ok(root)
}

fn unknown(name: &str, at: Origin) -> Diagnostic {
    let hint = match suggestion(name, NAMES) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("rules are {}", any_of(NAMES)),
    };
    Diagnostic::new(at, "", format!("there is no rule `{name}`"), hint)
}

/// How long the part after the `=` is.
fn tail(word: &str) -> usize {
    word.split_once('=').map_or(word.len(), |(_, value)| value.len())
}

/// What stands beside every rule stays where it is; the rest belongs to the rule that was named.
fn place_of(path: &str, name: &str) -> String {
    let first = path.split('.').next().unwrap_or(path);
    let beside = shape::RULE.field(first).is_some() && !NAMES.contains(&first);
    if beside { path.to_owned() } else { format!("{name}.{path}") }
}

fn put(node: &mut Node, path: &str, value: Node, at: Origin) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Value::Table(entries) = &mut node.value else { return };
    let place = match entries.iter().position(|entry| entry.key == first) {
        Some(place) => place,
        None => {
            let made = Node { at, value: Value::Table(Vec::new()) };
            entries.push(Entry { key: first.to_owned(), key_at: at, node: made });
            entries.len() - 1
        }
    };
    if rest.is_empty() {
        entries[place].node = value;
    } else {
        put(&mut entries[place].node, rest, value, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::rule_words;

    fn read(text: &str, on_trade: bool) -> Result<String, String> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        match rule_in_words(&words, on_trade) {
            Ok(draft) => Ok(rule_words(&draft)),
            Err(unusable) => Err(unusable.sources.render(&unusable.problems)),
        }
    }

    #[test]
    fn rules_are_read_as_a_scenario_reads_them() {
        assert_eq!(
            read("max_loss amount=5000 action=alert", false).unwrap(),
            "max_loss of ₹5,000.00; then an alert"
        );
        assert_eq!(read("trail by=20", true).unwrap(), "trail by 20 points");
        let armed = read("trail by=1% arm_at.profit=10 confirm.wait=5s", true).unwrap();
        assert!(armed.starts_with("trail by 1% of entry"), "{armed}");
        read("ladder=[{at=10,stop=0}]", true).unwrap();
        read("{ trail = { by = 20 } }", true).unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = read("trail bye=20", true).unwrap_err();
        assert!(told.contains("there is no `bye` in trail"), "{told}");
        assert!(told.contains("did you mean `by`?"), "{told}");
        let told = read("trail by=5 by=50", true).unwrap_err();
        assert!(told.contains("`by` stands twice"), "{told}");
        let told = read("max_los amount=5", false).unwrap_err();
        assert!(told.contains("did you mean `max_loss`?"), "{told}");
        let told = read("trail by=20", false).unwrap_err();
        assert!(told.contains("stands on a trade"), "{told}");
        let told = read("trail by", true).unwrap_err();
        assert!(told.contains("field=value"), "{told}");
        assert!(read("max_loss amount=1,000", false).unwrap_err().contains("without commas"));
    }
}
