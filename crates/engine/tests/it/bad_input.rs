//! Bad market data, case by case from `tests/bad_input.json`: what is said to each input, and the mark it leaves.
//!
//! The numbers are those of the catalogue of bad input; each is in the table or listed with the reason why it belongs elsewhere.

use crate::script::Script;
use crate::tell::events;
use highmark_engine::*;
use serde_json::Value;
use std::collections::BTreeSet;

const CASES: &str = include_str!("../bad_input.json");
/// The catalogue counts from M01 to this.
const LAST: u32 = 47;

fn table() -> Value {
    serde_json::from_str(CASES).unwrap()
}

#[test]
fn each_case_gets_its_answer() {
    let mut wrong = Vec::new();
    for case in table()["cases"].as_array().unwrap() {
        let (said, mark, counts) = answers(case);
        let expected: Vec<&str> =
            case["said"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let right_counts = case["counts"].as_object().is_none_or(|wanted| {
            wanted.iter().all(|(code, count)| {
                counts
                    .iter()
                    .any(|(reason, times)| reason == code && Some(*times) == count.as_u64())
            })
        });
        if said != expected || mark.as_deref() != case["mark"].as_str() || !right_counts {
            wrong.push(format!(
                "{} {}: {said:?} mark {mark:?} {counts:?}",
                case["id"], case["what"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_number_is_in_the_table_or_belongs_elsewhere() {
    let table = table();
    let here = table["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap());
    let here: BTreeSet<&str> = here.collect();
    for number in 1..=LAST {
        let id = format!("M{number:02}");
        let reason = table["elsewhere"][&id].as_str();
        assert!(here.contains(id.as_str()) != reason.is_some(), "{id}");
    }
}

/// What was said to each input of a case, the mark at the end, and the refusals that were counted.
fn answers(case: &Value) -> (Vec<String>, Option<String>, Vec<(String, u64)>) {
    let mut script = Script::new();
    let checks = match &case["checks"] {
        Value::Null => Checks::default(),
        checks => serde_json::from_value(checks.clone()).unwrap(),
    };
    let id = script.define(InstrumentSpec { checks, ..InstrumentSpec::new("X") });
    for line in case["setup"].as_array().unwrap() {
        assert_eq!(script.line(line.as_str().unwrap()), "", "a setup is accepted");
    }
    let start = Timestamp::seconds(script.at);
    let inputs = case["ticks"].as_array().unwrap();
    let said = inputs.iter().map(|input| answer(&mut script, input, start, id)).collect();
    let state = script.engine.state();
    let mark = state.mark(id).map(|mark| mark.to_string());
    let counts = state.refusals(Some(id)).map(|(reason, count)| (reason.code().into(), count));
    let counts = counts.collect();
    script.assert_replays();
    (said, mark, counts)
}

fn answer(script: &mut Script, input: &Value, start: Timestamp, id: InstrumentId) -> String {
    if let Some(line) = input["line"].as_str() {
        return script.line(line);
    }
    if let Value::Array(session) = &input["session"] {
        let at = |index: usize| start.plus(seconds(&session[index]));
        let day = Day(u32::try_from(session[0].as_u64().unwrap()).unwrap());
        let session = Session { venue: VenueId(0), day, open: at(1), close: at(2) };
        return events(&script.step(Body::Session(session)));
    }
    if let Value::String(_) = &input["unreadable"] {
        let refusal = serde_json::from_value(input["unreadable"].clone()).unwrap();
        let body = Body::Unreadable { source: SourceId(0), instrument: Some(id), refusal };
        return events(&script.step(body));
    }
    let at = start.plus(seconds(input.get("clock").unwrap_or(&input["after"])));
    let body =
        if input["clock"].is_null() { Body::Ticks(ticks(input, at, id)) } else { Body::Clock };
    let is_tick = input["clock"].is_null();
    let turn = script.engine.step(Input { at, body });
    let told = events(&turn);
    script.journal.extend(turn);
    if told.is_empty() && is_tick { script.stops("X") } else { told }
}

fn seconds(value: &Value) -> Span {
    let text = value.to_string();
    Span(text.parse::<Quantity>().unwrap().0 * 10)
}

fn ticks(input: &Value, now: Timestamp, id: InstrumentId) -> Vec<Tick> {
    let price = |name: &str| -> Option<Price> { Some(input[name].as_str()?.parse().unwrap()) };
    let at = match (&input["at"], &input["ahead"]) {
        (Value::Null, Value::Null) => now,
        (Value::Null, ahead) => now.plus(seconds(ahead)),
        (at, _) => Timestamp::seconds(at.as_i64().unwrap()),
    };
    let number = |name: &str| input[name].as_u64().map(|number| u32::try_from(number).unwrap());
    let tick = Tick {
        instrument: number("instrument").map_or(id, InstrumentId),
        source: SourceId(number("source").unwrap_or(0)),
        sequence: input["sequence"].as_u64(),
        last: price("last").or(input["units"].as_i64().map(Price)),
        bid: price("bid"),
        ask: price("ask"),
        volume: input["volume"].as_str().map(|volume| volume.parse().unwrap()),
        kind: match &input["kind"] {
            Value::Null => TickKind::Regular,
            kind => serde_json::from_value(kind.clone()).unwrap(),
        },
        ..Tick::last(id, at, Price::ZERO)
    };
    match input["batch"].as_array() {
        None => vec![tick],
        Some(prices) => {
            let last = |text: &Value| Some(text.as_str().unwrap().parse().unwrap());
            prices.iter().map(|text| Tick { last: last(text), ..tick }).collect()
        }
    }
}
