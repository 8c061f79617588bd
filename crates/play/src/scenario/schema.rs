//! The JSON Schema of a scenario, made from the shapes that the reader reads by.

use super::shape::{Field, Kind, SCENARIO, Shape};
use serde_json::{Map, Value, json};

/// The whole schema, as it is published in `docs/scenario.schema.json`.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let mut root = table(&SCENARIO, &mut definitions);
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("Highmark scenario"));
        root.insert("$defs".into(), Value::Object(definitions));
    }
    root
}

fn table(shape: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        properties.insert(field.name.into(), property(field, definitions));
    }
    let required: Vec<&str> =
        shape.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": shape.doc,
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn property(field: &'static Field, definitions: &mut Map<String, Value>) -> Value {
    let mut value = kind(&field.kind, definitions);
    if let Value::Object(value) = &mut value {
        value.insert("description".into(), json!(field.doc));
    }
    value
}

fn kind(kind: &'static Kind, definitions: &mut Map<String, Value>) -> Value {
    let number = json!({ "type": ["number", "string"] });
    match kind {
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Price | Kind::Money | Kind::Quantity | Kind::Multiple => number,
        Kind::Share => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string", "pattern": "^[0-9.]+ *%?$" }] })
        }
        Kind::Amount => {
            json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^-?[0-9.]+( *% of (capital|margin|premium))?$" }] })
        }
        Kind::Distance => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9.]+ *(points|pts|ticks?|bps?|%( of (entry|best|premium))?)?$" }] })
        }
        Kind::Span => {
            json!({ "type": "string", "pattern": "^([0-9]+ *(ns|us|ms|s|sec|m|min|h|d))+$" })
        }
        Kind::Clock => {
            json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$" })
        }
        Kind::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-?[0-9]{2}-?[0-9]{2}$" }),
        Kind::Bands => json!({ "type": "array", "items": number }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Table(shape) => reference(shape, definitions),
        Kind::Tables(shape) => {
            json!({ "type": "array", "items": reference(shape, definitions) })
        }
        Kind::Either(kinds) => {
            let any: Vec<Value> = kinds.iter().map(|one| self::kind(one, definitions)).collect();
            json!({ "anyOf": any })
        }
    }
}

fn reference(shape: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    let name = definition_name(shape);
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let made = table(shape, definitions);
        definitions.insert(name.clone(), made);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn definition_name(shape: &Shape) -> String {
    let name: String =
        shape.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    name.trim_matches('_').trim_start_matches("a_").to_owned()
}
