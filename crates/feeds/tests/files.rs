//! Files as a feed: their own format, merging, bombs and damage, units that nobody declared.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Body, InstrumentId, SourceId, TickRefusal, Timestamp};
use highmark_feeds::{Batch, Feed, FeedError, Files, Filter, Grouping, Lines, Mapping, Record};
use std::io::Write;
use std::path::PathBuf;

/// A file of its own for each test.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn open(paths: &[PathBuf], mapping: &Mapping) -> Result<Files, FeedError> {
    Files::open(paths, mapping, &Filter::default())
}

/// `time symbol last`, a line for each batch; refusals by their code.
fn told(feed: &mut dyn Feed) -> Result<Vec<String>, FeedError> {
    let mut lines = Vec::new();
    while let Some(batch) = feed.next_batch()? {
        let mut line = (batch.at.0 / 1_000_000_000 % 1000).to_string();
        for record in &batch.records {
            line += &match record {
                Record::Row(row) => {
                    let price = |name: &str, price: Option<highmark_engine::Price>| {
                        price.map_or(String::new(), |price| format!("{name}{price}"))
                    };
                    let (last, bid, ask) =
                        (price("", row.last), price("b", row.bid), price("a", row.ask));
                    format!(" {} {last}{bid}{ask}", feed.symbols().name(row.symbol))
                }
                Record::Unreadable(broken) => format!(" {}@{}", broken.refusal, broken.line),
            };
        }
        lines.push(line);
    }
    Ok(lines)
}

#[test]
fn files_are_merged_by_time_then_symbol_then_order_given() {
    let first = file(
        "merge_1.csv",
        b"time,symbol,last\n1600000001,SBIN,1\n1600000001,NIFTY,2\n1600000003,SBIN,3\n",
    );
    let second = file("merge_2.csv", b"symbol,ask,bid,time\nRELIANCE,6,5,1600000001\nNIFTY,8,,1600000002\nRELIANCE,1,1,1600000003\n");
    let third = file("merge_3.csv", b"time,symbol,last\n1600000003,SBIN,30\n1600000003,SBIN,31\n");
    let mut feed = open(&[first, second, third], &Mapping::default()).unwrap();
    assert_eq!(
        told(&mut feed).unwrap(),
        ["1 RELIANCE b5a6 SBIN 1 NIFTY 2", "2 NIFTY a8", "3 RELIANCE b1a1 SBIN 3 SBIN 30 SBIN 31",]
    );
}

#[test]
fn rows_that_run_backwards_stay_in_the_order_of_their_file() {
    let path = file(
        "backwards.csv",
        b"time,symbol,last\n1600000005,A,1\n1600000002,A,2\n1600000006,A,3\n",
    );
    let other = file("backwards_2.csv", b"time,symbol,last\n1600000004,B,1\n1600000005,B,2\n");
    let mut feed = open(&[path, other], &Mapping::default()).unwrap();
    assert_eq!(told(&mut feed).unwrap(), ["4 B 1", "5 A 1", "2 A 2", "5 B 2", "6 A 3"]);
}

#[test]
fn what_cannot_be_read_stays_with_the_row_before_it() {
    let path = file(
        "broken.csv",
        b"time,symbol,last\nx,A,1\n1600000001,A,1\n1600000002,A,1,1\n1600000002,A,2\n",
    );
    let mut feed = open(&[path], &Mapping::default()).unwrap();
    assert_eq!(told(&mut feed).unwrap(), ["1 MD_PARSE@2 A 1 MD_PARSE@4", "2 A 2"]);
    assert_eq!((feed.progress().rows, feed.progress().unreadable), (2, 2));
}

#[test]
fn a_file_of_the_wrong_shape_is_refused_with_a_hint() {
    for (name, content, reason) in [
        ("empty.csv", &b""[..], "no header"),
        ("unnamed.csv", b"a,b,c\n1,2,3\n", "no price column (there are: a, b, c)"),
        ("no_symbol.csv", b"time,last\n", "no column \"symbol\""),
        ("twice.csv", b"time,time,symbol,last\n", "two columns are called \"time\""),
        ("bars.csv", b"time,symbol,open,high,low,close\n", "bars of unknown length"),
        ("what.dat", b"time,symbol,last\n", "its name does not say what it is"),
    ] {
        let error = open(&[file(name, content)], &Mapping::default()).err().unwrap();
        assert!(error.reason.contains(reason), "{name}: {error}");
        assert!(error.subject.contains(name) && !error.hint.is_empty(), "{name}: {error:?}");
    }
    assert_eq!(
        open(&["/no/such/file.csv".into()], &Mapping::default()).err().unwrap().hint,
        "check the path"
    );
}

#[test]
fn a_unit_of_prices_that_nobody_declared_is_not_guessed() {
    // M47: paise read as rupees are wrong by a hundred.
    let path = file("unit.csv", b"time,symbol,p\n1600000001,A,1953005\n");
    let mapping = Mapping::from_toml("columns = { last = \"p\" }").unwrap();
    let error = open(std::slice::from_ref(&path), &mapping).err().unwrap();
    assert!(
        error.reason.contains("unit of its prices") && error.hint.contains("paise"),
        "{error:?}"
    );
    let declared = Mapping::from_toml("price = \"paise\"\ncolumns = { last = \"p\" }").unwrap();
    assert_eq!(told(&mut open(&[path], &declared).unwrap()).unwrap(), ["1 A 19530.05"]);
}

#[test]
fn a_mapping_with_a_key_that_nobody_knows_is_refused() {
    let error = Mapping::from_toml("prices = \"paise\"").unwrap_err();
    assert!(error.reason.contains("prices"), "{error:?}");
    assert!(Mapping::from_toml("columns = { lastt = 1 }").is_err());
    assert_eq!(
        Mapping::from_toml("preset = \"nse_1s\"").unwrap(),
        Mapping::preset("nse_1s").unwrap()
    );
    let text = "preset = \"nse_1s\"\nsymbol = { fixed = \"NIFTY\" }";
    let changed = Mapping::from_toml(text).unwrap();
    let fixed = highmark_feeds::SymbolMapping::Fixed("NIFTY".into());
    assert_eq!(changed, Mapping { symbol: fixed, ..Mapping::preset("nse_1s").unwrap() });
    assert!(Mapping::from_toml("preset = \"nse_1s\"\nsymbl = 1").is_err());
    assert!(Mapping::preset("nse").unwrap_err().hint.contains("nse_1s"));
    for (name, about) in Mapping::presets().unwrap() {
        let mapping = Mapping::preset(&name).unwrap();
        assert!(!about.is_empty(), "{name}");
        assert_eq!(Mapping::from_toml(&mapping.to_toml()), Ok(mapping), "{name}");
    }
    let mapping = Mapping::from_toml("time = { zone = \"Asia/Nowhere\" }").unwrap();
    let error = open(&[file("zone.csv", b"time,symbol,last\n")], &mapping).err().unwrap();
    assert!(error.subject.contains("Asia/Nowhere"), "{error:?}");
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_file_cut_short_gives_the_rows_before_and_then_an_error() {
    // M43: nothing is invented, nothing is lost before the cut.
    let mut text = b"time,symbol,last\n".to_vec();
    for second in 0..5000 {
        writeln!(text, "{},A,{}", 1_600_000_000 + second, second * 7919 % 1000).unwrap();
    }
    let packed = gz(&text);
    let whole =
        told(&mut open(&[file("whole.csv.gz", &packed)], &Mapping::default()).unwrap()).unwrap();
    assert_eq!(whole.len(), 5000);
    let mut feed =
        open(&[file("cut.csv.gz", &packed[..packed.len() / 2])], &Mapping::default()).unwrap();
    let mut rows = 0;
    let error = loop {
        match feed.next_batch() {
            Ok(Some(batch)) => rows += batch.records.len(),
            Ok(None) => panic!("the cut went unnoticed after {rows} rows"),
            Err(error) => break error,
        }
    };
    assert!(rows > 1000 && rows < 5000, "{rows}");
    assert!(error.subject.contains("cut.csv.gz") && error.hint.contains("whole"), "{error:?}");
}

#[test]
fn archives_and_parquet_that_are_damaged_are_refused() {
    for (name, content) in [
        ("damaged.zip", &b"PK\x03\x04 and then nothing"[..]),
        ("damaged.parquet", b"PAR1\xff\xff\xff\x7fPAR1"),
        ("short.parquet", b"PAR1"),
        ("none.parquet", b""),
    ] {
        let error = open(&[file(name, content)], &Mapping::default()).err().unwrap();
        assert!(error.subject.contains(name) && error.hint.contains("whole"), "{name}: {error:?}");
    }
}

#[test]
fn a_bomb_is_refused() {
    // M42: 64 MiB of blanks in a few KiB.
    let mut text = b"time,symbol,last\n".to_vec();
    text.resize(64 << 20, b'\n');
    let mut feed = open(&[file("bomb.csv.gz", &gz(&text))], &Mapping::default());
    let error = match &mut feed {
        Ok(feed) => feed.next_batch().unwrap_err(),
        Err(error) => error.clone(),
    };
    assert!(error.reason.contains("bomb"), "{error:?}");
}

#[test]
fn a_batch_becomes_inputs_of_the_engine() {
    let path =
        file("inputs.csv", b"time,symbol,last\n1600000001,A,1\n1600000001,B,2\n1600000001,A,nan\n");
    let mut feed = open(&[path], &Mapping::default()).unwrap();
    let mut batch = Batch::default();
    assert!(feed.fill(&mut batch).unwrap());
    let known = feed.symbols().id("A");
    let inputs =
        batch.inputs(SourceId(3), |symbol| (Some(symbol) == known).then_some(InstrumentId(7)));
    assert!(inputs.iter().all(|input| input.at == Timestamp::seconds(1_600_000_001)));
    let bodies: Vec<&Body> = inputs.iter().map(|input| &input.body).collect();
    let refused =
        |instrument, refusal| Body::Unreadable { source: SourceId(3), instrument, refusal };
    assert_eq!(*bodies[0], refused(None, TickRefusal::UnknownInstrument));
    assert_eq!(*bodies[1], refused(Some(InstrumentId(7)), TickRefusal::NotNumber));
    let Body::Ticks(ticks) = bodies[2] else { panic!("{bodies:?}") };
    assert_eq!(
        (ticks.len(), ticks[0].instrument, ticks[0].source),
        (1, InstrumentId(7), SourceId(3))
    );
}

#[test]
fn lines_are_batches_at_once_or_by_time() {
    let text = br#"{"time":1600000001,"symbol":"A","last":"1.50","sequence":9}
{"time":1600000001,"symbol":"B","bid":2,"ask":3,"volume":4}
broken
{"time":"2020-09-13T12:26:42Z","symbol":"A","last":1e1,"extra":{"a":[1]}}
"#;
    let each = &mut Lines::new(&text[..], "-", Grouping::EachLine).unwrap();
    assert_eq!(told(each).unwrap(), ["1 A 1.5", "1 B b2a3", "1 MD_PARSE@3", "2 A 10"]);
    let grouped = &mut Lines::new(&text[..], "-", Grouping::SameTime).unwrap();
    assert_eq!(told(grouped).unwrap(), ["1 A 1.5 B b2a3 MD_PARSE@3", "2 A 10"]);
    let same = &mut open(&[file("same.ndjson", text)], &Mapping::default()).unwrap();
    assert_eq!(told(same).unwrap(), ["1 A 1.5 B b2a3 MD_PARSE@3", "2 A 10"]);
}
