//! From one picture to the next: a merge patch (RFC 7396) that holds what changed and nothing else. What is sent has
//! no `null` but for what has gone, so that a patch says exactly what it means.

use serde_json::{Map, Value};

pub(super) type Fields = Map<String, Value>;

/// What turns `from` into `to`; empty when nothing has changed.
pub(super) fn patch(from: &Fields, to: &Fields) -> Fields {
    let mut patch = Fields::new();
    for (name, after) in to {
        match (from.get(name), after) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(name.clone(), Value::Object(self::patch(before, after)));
            }
            (_, after) => {
                patch.insert(name.clone(), after.clone());
            }
        }
    }
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch
}

/// A value without fields that are `null`: absent is absent.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(all) => all.into_iter().map(without_nulls).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The algorithm of RFC 7396, section 2, word for word.
    fn merge(target: Value, patch: &Value) -> Value {
        let Value::Object(fields) = patch else { return patch.clone() };
        let Value::Object(mut target) = (match target {
            Value::Object(_) => target,
            _ => Value::Object(Fields::new()),
        }) else {
            unreachable!()
        };
        for (name, value) in fields {
            if value.is_null() {
                target.remove(name);
            } else {
                let before = target.remove(name).unwrap_or(Value::Null);
                target.insert(name.clone(), merge(before, value));
            }
        }
        Value::Object(target)
    }

    fn documents() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        let nested = plain.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..5)
                    .prop_map(|fields| fields.into_iter().collect::<Value>()),
            ]
        });
        prop::collection::btree_map("[a-d]", nested, 0..5)
            .prop_map(|fields| fields.into_iter().collect::<Value>())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

        /// However many pictures lie between, what was sent first and all patches since are what is sent now.
        #[test]
        fn a_snapshot_and_its_deltas_are_the_next_snapshot(
            pictures in prop::collection::vec(documents(), 1..6)
        ) {
            let mut held = pictures[0].clone();
            for pair in pictures.windows(2) {
                let (Value::Object(from), Value::Object(to)) = (&pair[0], &pair[1]) else { unreachable!() };
                let patch = patch(from, to);
                prop_assert_eq!(patch.is_empty(), from == to);
                held = merge(held, &Value::Object(patch));
                prop_assert_eq!(&held, &pair[1]);
            }
        }
    }

    #[test]
    fn what_is_absent_is_not_sent() {
        let value =
            serde_json::json!({ "a": null, "b": [{ "c": null, "d": 1 }], "e": { "f": null } });
        let expected = serde_json::json!({ "b": [{ "d": 1 }], "e": {} });
        assert_eq!(without_nulls(value), expected);
    }
}
