//! What one run says of itself: a line of JSON, read into names and values.

use std::collections::BTreeMap;

/// Values by name; inside `latency` they are called `latency.all.p50` and so on. What is null is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    values: BTreeMap<String, String>,
}

impl Record {
    pub(super) fn read(line: &str) -> Result<Record, String> {
        let mut record = Record::default();
        let rest = record.take(line.trim(), "");
        if rest == Some("") { Ok(record) } else { Err(format!("this is no record: {line}")) }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }

    /// Takes an object in, and gives what stands behind it.
    fn take<'a>(&mut self, text: &'a str, prefix: &str) -> Option<&'a str> {
        let mut rest = text.strip_prefix('{')?;
        while !rest.starts_with('}') {
            let (name, after) =
                rest.trim_start_matches(',').strip_prefix('"')?.split_once("\":")?;
            let name = format!("{prefix}{name}");
            rest = if after.starts_with('{') {
                self.take(after, &format!("{name}."))?
            } else {
                self.take_value(after, name)?
            };
        }
        rest.strip_prefix('}')
    }

    fn take_value<'a>(&mut self, text: &'a str, name: String) -> Option<&'a str> {
        let (value, rest) = match text.strip_prefix('"') {
            Some(text) => text.split_once('"')?,
            None => text.split_at(text.find([',', '}'])?),
        };
        if value != "null" {
            self.values.insert(name, value.to_owned());
        }
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_into_names_and_values() {
        let line = r#"{"a":1.5,"b":null,"c":{"d":{"e":2},"f":"x"},"g":"y"}"#;
        let record = Record::read(line).expect("it is well-formed");
        assert_eq!(record.number("a"), Some(1.5));
        assert_eq!(record.text("b"), None);
        assert_eq!(record.number("c.d.e"), Some(2.0));
        assert_eq!((record.text("c.f"), record.text("g")), (Some("x"), Some("y")));
        assert!(Record::read("Usage: tapes").is_err() && Record::read("{\"a\":1").is_err());
    }
}
