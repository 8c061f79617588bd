//! The JSON Schema of a configuration, made from the table of keys.

use super::keys::{KEYS, Key, Kind, SECTIONS};
use super::value;
use serde_json::{Map, Value, json};

/// The whole schema, as it is published in `docs/config.schema.json`.
pub fn schema() -> Value {
    let mut root = table("Highmark's configuration.");
    for key in KEYS {
        place(&mut root, key.path, "", key);
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Highmark configuration");
    root
}

fn table(doc: &str) -> Value {
    json!({
        "type": "object",
        "description": doc,
        "additionalProperties": false,
        "properties": Map::new(),
    })
}

/// Puts a key into the tables of its path.
fn place(into: &mut Value, path: &str, above: &str, key: &Key) {
    let Some((first, rest)) = path.split_once('.') else {
        into["properties"][path] = property(key);
        return;
    };
    let here = if above.is_empty() { first.to_owned() } else { format!("{above}.{first}") };
    let inner = &mut into["properties"][first];
    if inner.is_null() {
        let doc = SECTIONS.iter().find(|(name, _)| *name == here).map_or("", |(_, doc)| doc);
        *inner = table(doc);
    }
    place(inner, rest, &here, key);
}

fn property(key: &Key) -> Value {
    let mut property = kind(key.kind);
    property["description"] = json!(key.doc);
    property["default"] = value::as_json(key.default);
    property
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Whole(low, high) | Kind::Percent(low, high) => {
            json!({ "type": "integer", "minimum": low, "maximum": high })
        }
        Kind::Length(..) => {
            json!({ "type": "string", "pattern": "^([0-9]+ *(ns|us|ms|s|sec|m|min|h|d))+$" })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Speed => {
            json!({ "anyOf": [{ "const": "max" }, { "type": "integer", "minimum": 1, "maximum": 100_000 }] })
        }
        Kind::Text | Kind::Command | Kind::Path => json!({ "type": "string" }),
        Kind::Hosts => json!({
            "type": "array",
            "maxItems": 32,
            "items": { "type": "string", "pattern": "^[A-Za-z0-9.-]+$" },
        }),
        Kind::Paths => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
    }
}
