//! One JSON object as a row, its numbers read from their text and never through a float.

use crate::batch::Row;
use crate::clock::Clock;
use crate::number::{self, PriceScale};
use crate::plain_json::Plain;
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Price, TickKind, TickRefusal};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Reads `{"time":..,"symbol":..,"last":..,"bid":..,"ask":..,"volume":..,"sequence":..}`. Other keys are left
/// alone; a key that comes twice is not.
pub(crate) fn row(
    line: &[u8],
    scale: &PriceScale,
    clock: &mut Clock,
    symbols: &mut Symbols,
) -> Result<Row, (Option<SymbolId>, TickRefusal)> {
    match Plain::of(line) {
        Some(plain) => plain.row(scale, clock, symbols),
        None => any_row(line, scale, clock, symbols),
    }
}

fn any_row(
    line: &[u8],
    scale: &PriceScale,
    clock: &mut Clock,
    symbols: &mut Symbols,
) -> Result<Row, (Option<SymbolId>, TickRefusal)> {
    let nobody = |refusal| (None, refusal);
    let text = std::str::from_utf8(line).map_err(|_| nobody(TickRefusal::Parse))?;
    let object: Object<'_> =
        serde_json::from_str(text).map_err(|_| nobody(refusal_of_broken(text)))?;
    if object.repeated {
        return Err(nobody(TickRefusal::DuplicateKey));
    }
    let name = object.value(Key::Symbol).ok_or(nobody(TickRefusal::Parse))?;
    let name = string(name).ok_or(nobody(TickRefusal::Parse))?;
    let symbol = symbols.recall(name.as_bytes()).ok_or(nobody(TickRefusal::Parse))?;
    let mut read = || -> Result<Row, TickRefusal> {
        let time = scalar(object.value(Key::Time).ok_or(TickRefusal::Time)?);
        let time = time.map_err(|refusal| match refusal {
            TickRefusal::NotNumber => TickRefusal::Time,
            other => other,
        })?;
        let price = |key| -> Result<Option<Price>, TickRefusal> {
            let Some(value) = object.value(key) else { return Ok(None) };
            let text = scalar(value)?;
            // An empty text is no price that is absent: the key would be.
            scale.text(text.as_bytes())?.ok_or(TickRefusal::Parse).map(Some)
        };
        Ok(Row {
            symbol,
            at: clock.text(time.as_bytes())?,
            sequence: match object.value(Key::Sequence) {
                Some(value) => crate::csv::sequence(value.as_bytes())?,
                None => None,
            },
            last: price(Key::Last)?,
            bid: price(Key::Bid)?,
            ask: price(Key::Ask)?,
            volume: match object.value(Key::Volume) {
                Some(value) => number::quantity(scalar(value)?.as_bytes())?,
                None => None,
            },
            kind: TickKind::Regular,
        })
    };
    read().map_err(|refusal| (Some(symbol), refusal))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Time,
    Symbol,
    Last,
    Bid,
    Ask,
    Volume,
    Sequence,
}

/// The raw text of each known key's value.
#[derive(Default)]
struct Object<'a> {
    values: [Option<&'a RawValue>; 7],
    repeated: bool,
}

impl<'a> Object<'a> {
    fn value(&self, key: Key) -> Option<&'a str> {
        self.values[key as usize].map(RawValue::get)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

/// Keys that mean nothing here and are still looked at for repetition.
const MOST_OTHER_KEYS: usize = 64;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with time, symbol and last")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::default();
        let mut others: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let key = match &*name {
                "time" => Key::Time,
                "symbol" => Key::Symbol,
                "last" => Key::Last,
                "bid" => Key::Bid,
                "ask" => Key::Ask,
                "volume" => Key::Volume,
                "sequence" => Key::Sequence,
                _ => {
                    if others.len() == MOST_OTHER_KEYS {
                        return Err(serde::de::Error::custom("too many keys"));
                    }
                    object.repeated |= others.contains(&name);
                    others.push(name);
                    continue;
                }
            };
            object.repeated |= object.values[key as usize].replace(value).is_some();
        }
        Ok(object)
    }
}

/// A string, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The text of a number, or of a string: both are ways to write a price.
fn scalar(raw: &str) -> Result<Cow<'_, str>, TickRefusal> {
    match raw.as_bytes().first() {
        Some(b'0'..=b'9' | b'-') => Ok(Cow::Borrowed(raw)),
        Some(b'"') => string(raw).ok_or(TickRefusal::Parse),
        Some(b'n') => Err(TickRefusal::NotNumber),
        _ => Err(TickRefusal::Parse),
    }
}

fn string(raw: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw).ok().map(|text| text.0)
}

/// Python and JavaScript write `NaN` and `Infinity` where JSON has no word for them.
fn refusal_of_broken(text: &str) -> TickRefusal {
    let says_no_number = text.split(':').skip(1).any(|value| {
        let value = value.trim_start().trim_start_matches(['-', '+']).to_ascii_lowercase();
        ["nan", "inf"].iter().any(|word| value.starts_with(word))
    });
    if says_no_number { TickRefusal::NotNumber } else { TickRefusal::Parse }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::TimeMapping;
    use crate::number::RUPEES;

    type Read = Result<Row, (Option<SymbolId>, TickRefusal)>;

    fn read(
        how: impl Fn(&[u8], &PriceScale, &mut Clock, &mut Symbols) -> Read,
        line: &[u8],
    ) -> Read {
        let mut clock = Clock::new(&TimeMapping::default()).unwrap();
        how(line, &RUPEES, &mut clock, &mut Symbols::default())
    }

    #[test]
    fn a_plain_line_says_the_same_to_both_readers() {
        const LINES: [&str; 6] = [
            r#"{"time":"2021-06-11T09:15:02+05:30","symbol":"NIFTY","last":99.5}"#,
            r#"{"symbol": "A", "time": 1623383100000, "last": "0.05", "sequence": 17}"#,
            r#"{ "time" : 1623383100.25 , "symbol":"A B","bid":-1,"ask":0,"volume":100 }"#,
            r#"{"time":"2021-06-11T09:15:02Z","symbol":"N","last":1e2,"other":[1,{"a":null}]}"#,
            r#"{"time":"1623383100","symbol":"N","last":"","volume":"","sequence":"3"}"#,
            r#"{"time":1623383100,"symbol":"N","last":1,"last":1,"bid":01,"ask":-,"volume":1.}"#,
        ];
        const NASTY: [&str; 24] = [
            "",
            "\"",
            ",",
            "{",
            "}",
            ":",
            "-",
            "+",
            ".",
            "0",
            "1",
            "e",
            " ",
            "\t",
            "\\",
            "\\u0041",
            "null",
            "NaN",
            "last",
            "99999999999999999999",
            "\u{7f}",
            "\u{e9}",
            "[",
            "\r",
        ];
        let mut seed = 7u64;
        let mut draw = |most: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % most as u64).unwrap()
        };
        let mut plain = 0;
        for number in 0..60_000 {
            let mut line = LINES[draw(LINES.len())].as_bytes().to_vec();
            for _ in 0..number % 3 {
                let start = draw(line.len() + 1);
                let end = (start + draw(4)).min(line.len());
                line.splice(start..end, NASTY[draw(NASTY.len())].bytes());
            }
            plain += usize::from(Plain::of(&line).is_some());
            let text = String::from_utf8_lossy(&line);
            assert_eq!(read(row, &line), read(any_row, &line), "{text}");
        }
        assert!((10_000..50_000).contains(&plain), "{plain}");
    }
}
