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

/// Bytes that are hard on a reader, put over a place of a good line.
fn broken(line: &[u8], random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    const NASTY: [&[u8]; 24] = [
        b"\"",
        b",",
        b"\\",
        b"{",
        b"}",
        b":",
        b"e",
        b"-",
        b"+",
        b".",
        b"0",
        b"9",
        b"\0",
        b"\xff",
        b"\xc3",
        b" ",
        b"99999999999999999999",
        b"e400",
        b"null",
        b"NaN",
        b"\xef\xbb\xbf",
        b"T",
        b"Z",
        b"1970",
    ];
    let mut bytes = line.to_vec();
    for _ in 0..=random(3) {
        let start = random(bytes.len() + 1);
        let end = (start + random(4)).min(bytes.len());
        bytes.splice(start..end, NASTY[random(NASTY.len())].iter().copied());
    }
    bytes
}

#[test]
fn whatever_a_line_holds_it_is_one_record_and_the_feed_goes_on() {
    let mut state = 20_210_611u64;
    let mut random = |end: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    const LINES: usize = 20_000;
    let mut csv = HEADER.as_bytes().to_vec();
    let mut ndjson = Vec::new();
    for _ in 0..LINES {
        csv.push(b'\n');
        csv.extend(broken(GOOD_CSV.as_bytes(), &mut random));
        ndjson.extend(broken(GOOD_JSON.as_bytes(), &mut random));
        ndjson.push(b'\n');
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whatever.csv");
    std::fs::write(&path, csv).unwrap();
    let files = &mut Files::open(&[path], &Mapping::default(), &Filter::default()).unwrap();
    let lines = &mut Lines::new(&ndjson[..], "-", Grouping::SameTime).unwrap();
    let feeds: [&mut dyn Feed; 2] = [files, lines];
    for feed in feeds {
        let records = all(feed);
        let rows = records.iter().filter(|record| matches!(record, Record::Row(_))).count();
        assert_eq!(records.len(), LINES);
        assert!(rows > LINES / 100 && rows < LINES * 99 / 100, "{rows} rows");
    }
}
