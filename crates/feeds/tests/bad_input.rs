//! Every broken line of `testdata/bad_input.toml` is refused with its code, and the feed goes on behind it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_feeds::{Feed, Files, Filter, Grouping, Lines, Mapping, Record};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    about: String,
    format: String,
    input: Option<String>,
    hex: Option<String>,
    repeat: Option<usize>,
    first: Option<String>,
    zone: Option<String>,
    expect: String,
}

const HEADER: &str = "time,symbol,last,bid,ask,volume";
const GOOD_CSV: &str = "2021-06-11T09:15:02+05:30,NIFTY,99.5,,,";
const GOOD_JSON: &str = r#"{"time":"2021-06-11T09:15:02+05:30","symbol":"NIFTY","last":99.5}"#;

impl Case {
    fn bytes(&self) -> Vec<u8> {
        match (&self.input, &self.hex) {
            (Some(text), None) => {
                text.replace("REPEAT", &"x".repeat(self.repeat.unwrap_or(0))).into_bytes()
            }
            (None, Some(hex)) => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect(),
            _ => panic!("{}: input or hex", self.id),
        }
    }

    /// The whole stream: header, the line before, the broken line, the good line.
    fn stream(&self) -> Vec<u8> {
        let csv = self.format == "csv";
        let mut stream = Vec::new();
        let mut line = |bytes: &[u8]| {
            stream.extend_from_slice(bytes);
            stream.push(b'\n');
        };
        if csv {
            line(HEADER.as_bytes());
        }
        if let Some(first) = &self.first {
            line(first.as_bytes());
        }
        line(&self.bytes());
        line(if csv { GOOD_CSV } else { GOOD_JSON }.as_bytes());
        stream
    }

    fn records(&self) -> Vec<Record> {
        let stream = self.stream();
        if self.format == "ndjson" {
            return all(&mut Lines::new(&stream[..], "-", Grouping::EachLine).unwrap());
        }
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.csv", self.id));
        std::fs::write(&path, stream).unwrap();
        let mut mapping = Mapping::default();
        mapping.time.zone.clone_from(&self.zone);
        all(&mut Files::open(&[path], &mapping, &Filter::default()).unwrap())
    }
}

fn all(feed: &mut dyn Feed) -> Vec<Record> {
    std::iter::from_fn(|| feed.next_batch().unwrap()).flat_map(|batch| batch.records).collect()
}

fn said(record: &Record) -> String {
    match record {
        Record::Row(row) => format!("row {}", row.last.unwrap()),
        Record::Unreadable(broken) => broken.refusal.to_string(),
    }
}

#[test]
fn every_broken_line_is_refused_with_its_code_and_the_feed_goes_on() {
    let table: Table = toml::from_str(include_str!("../testdata/bad_input.toml")).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let records = case.records();
        let first = usize::from(case.first.is_some());
        let said: Vec<String> = records.iter().skip(first).map(said).collect();
        if said != [case.expect.as_str(), "row 99.5"] {
            wrong.push(format!(
                "{} ({}): expected {}, got {said:?}",
                case.id, case.about, case.expect
            ));
        }
        if let Some(Record::Unreadable(broken)) = records.get(first) {
            let line = 1 + first as u64 + u64::from(case.format == "csv");
            assert_eq!(broken.line, line, "{}", case.id);
            assert!(broken.text.len() <= 400, "{}", case.id);
        }
    }
    assert!(table.case.len() > 100, "only {} cases", table.case.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
