//! Parquet and zip files that the test writes itself: types, absent values, days, members.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Price};
use highmark_feeds::{BarOrder, Feed, FeedError, Files, Filter, Mapping, Record, days_in};
use parquet::data_type::{ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

enum Column<'a> {
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Double(&'a [f64]),
    Text(&'a [&'a str]),
    /// Which rows have a value, and the values.
    Some(&'a [i16], &'a [i32]),
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// One row group for each of `groups`.
fn written(name: &str, schema: &str, groups: &[&[Column<'_>]]) -> PathBuf {
    let path = path(name);
    let schema = Arc::new(parse_message_type(&format!("message m {{ {schema} }}")).unwrap());
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    for columns in groups {
        let mut group = writer.next_row_group().unwrap();
        for column in *columns {
            let mut open = group.next_column().unwrap().unwrap();
            match column {
                Column::Int32(v) => open.typed::<Int32Type>().write_batch(v, None, None),
                Column::Int64(v) => open.typed::<Int64Type>().write_batch(v, None, None),
                Column::Double(v) => open.typed::<DoubleType>().write_batch(v, None, None),
                Column::Text(v) => {
                    let texts: Vec<_> = v.iter().map(|text| (*text).into()).collect();
                    open.typed::<ByteArrayType>().write_batch(&texts, None, None)
                }
                Column::Some(there, v) => {
                    open.typed::<Int32Type>().write_batch(v, Some(there), None)
                }
            }
            .unwrap();
            open.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    path
}

fn open(path: &PathBuf, mapping: &Mapping, filter: &Filter) -> Result<Files, FeedError> {
    Files::open(std::slice::from_ref(path), mapping, filter)
}

/// Each record as `symbol last` or the code of its refusal.
fn told(path: &PathBuf, mapping: &Mapping, filter: &Filter) -> Vec<String> {
    let mut feed = open(path, mapping, filter).unwrap();
    let mut all = Vec::new();
    while let Some(batch) = feed.next_batch().unwrap() {
        for record in &batch.records {
            all.push(match record {
                Record::Row(row) => {
                    let last = row.last.map_or("-".into(), |last| last.to_string());
                    format!("{} {last}", feed.symbols().name(row.symbol))
                }
                Record::Unreadable(broken) => format!("{}@{}", broken.refusal, broken.line),
            });
        }
    }
    all
}

#[test]
fn days_are_listed_and_chosen_and_absent_prices_stay_absent() {
    // Two days of our own, in the form of the NSE snapshots; the second row has no price.
    let path = written(
        "OWN.parquet",
        "required int32 date; required int32 sec; optional int32 px_paise;",
        &[
            &[
                Column::Int32(&[20_210_610, 20_210_610, 20_210_610]),
                Column::Int32(&[33_300, 33_301, 99_999]),
                Column::Some(&[1, 0, 1], &[1_500_005, 1_500_010]),
            ],
            &[
                Column::Int32(&[20_210_611, 20_210_631]),
                Column::Int32(&[33_300, 33_301]),
                Column::Some(&[1, 1], &[1_600_000, 1_600_000]),
            ],
        ],
    );
    let mapping = Mapping::preset("nse_1s").unwrap();
    let all = ["OWN 15000.05", "OWN -", "MD_TIME_UNIT@3", "OWN 16000", "MD_PARSE@5"];
    assert_eq!(told(&path, &mapping, &Filter::default()), all);
    assert_eq!(days_in(&path, &mapping).unwrap(), [Day(20_210_610), Day(20_210_611)]);
    let second = Filter { days: vec![Day(20_210_611)], ..Filter::default() };
    assert_eq!(told(&path, &mapping, &second), ["OWN 16000", "MD_PARSE@5"]);
    let nobody = Filter { symbols: vec!["OTHER".into()], ..Filter::default() };
    assert_eq!(told(&path, &mapping, &nobody), [""; 0]);
}

#[test]
fn floats_decimals_and_instants_are_read_by_what_the_schema_says() {
    let path = written(
        "types.parquet",
        "required int64 time (TIMESTAMP(MICROS,true)); required binary symbol (UTF8);
         required double last; required int64 bid (DECIMAL(18,2)); required int32 sequence;",
        &[&[
            Column::Int64(&[
                1_600_000_000_000_000,
                1_600_000_001_000_000,
                1_600_000_002_000_000,
                5,
            ]),
            Column::Text(&["A", "B", "A", "A"]),
            Column::Double(&[61_800.2, f64::NAN, 0.1 + 0.2, 1.0]),
            Column::Int64(&[6_180_010, 1, 1, 1]),
            Column::Int32(&[7, 8, 9, 10]),
        ]],
    );
    let mapping = Mapping::default();
    let expected = ["A 61800.2", "MD_NOT_NUMBER@2", "MD_RANGE@3", "MD_TIME@4"];
    assert_eq!(told(&path, &mapping, &Filter::default()), expected);
    let mut feed = open(&path, &mapping, &Filter::default()).unwrap();
    let batch = feed.next_batch().unwrap().unwrap();
    let row = batch.rows().next().unwrap();
    assert_eq!((row.bid, row.sequence), (Some("61800.1".parse::<Price>().unwrap()), Some(7)));
    assert_eq!(row.at.0, 1_600_000_000_000_000_000);
}

#[test]
fn whole_numbers_need_a_declared_unit() {
    // M47: nobody can tell paise from rupees by looking.
    let schema = "required int64 time; required binary symbol (UTF8); required int32 last;";
    let columns =
        [Column::Int64(&[1_600_000_000]), Column::Text(&["A"]), Column::Int32(&[1_953_005])];
    let path = written("whole.parquet", schema, &[&columns]);
    let error = open(&path, &Mapping::default(), &Filter::default()).err().unwrap();
    assert!(error.reason.contains("unit of its prices"), "{error:?}");
    let paise = Mapping::from_toml("price = \"paise\"").unwrap();
    assert_eq!(told(&path, &paise, &Filter::default()), ["A 19530.05"]);
}

#[test]
fn bars_of_many_symbols_are_sorted_by_time() {
    let path = written(
        "minutes.parquet",
        "required binary sym (UTF8); required int32 date; required int32 m;
         required int32 o; required int32 h; required int32 l; required int32 c;",
        &[&[
            Column::Text(&["B", "B", "A", "A"]),
            Column::Int32(&[20_210_611; 4]),
            Column::Int32(&[0, 1, 0, 1]),
            Column::Int32(&[100, 200, 300, 400]),
            Column::Int32(&[150, 250, 350, 450]),
            Column::Int32(&[50, 150, 250, 350]),
            Column::Int32(&[110, 210, 310, 410]),
        ]],
    );
    let mut mapping = Mapping::preset("nse_1m").unwrap();
    if let Some(bars) = &mut mapping.bars {
        bars.order = BarOrder::OpenLowHighClose;
    }
    let minute = |open: [&str; 2]| {
        let [b, a] = open.map(|open| open.parse::<i64>().unwrap());
        [0, -50, 50, 10].map(|step| {
            [("B", b + step), ("A", a + step)].map(|(symbol, paise)| {
                let price = Price(paise * 1_000_000);
                format!("{symbol} {price}")
            })
        })
    };
    let expected: Vec<String> =
        [minute(["100", "300"]), minute(["200", "400"])].into_iter().flatten().flatten().collect();
    assert_eq!(told(&path, &mapping, &Filter::default()), expected);
    // From the half of the first minute on: its high and close, and all of the second.
    let late = Filter {
        from: Some(highmark_engine::Timestamp::seconds(1_623_383_130)),
        ..Filter::default()
    };
    assert_eq!(told(&path, &mapping, &late), expected[4..]);
}

#[test]
fn a_parquet_file_that_is_damaged_inside_is_told_not_played() {
    let schema = "required int64 time; required binary symbol (UTF8); required double last;";
    let times: Vec<i64> = (0..2000).map(|n| 1_600_000_000 + n).collect();
    let prices: Vec<f64> = (0..2000).map(|n| f64::from(n * 7919 % 1000)).collect();
    let columns = [Column::Int64(&times), Column::Text(&["A"; 2000]), Column::Double(&prices)];
    let whole = written("sound.parquet", schema, &[&columns]);
    let bytes = std::fs::read(&whole).unwrap();
    let cut = path("beheaded.parquet");
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let error = open(&cut, &Mapping::default(), &Filter::default()).err().unwrap();
    assert!(error.subject.contains("beheaded.parquet") && !error.hint.is_empty(), "{error:?}");
}

fn zipped(name: &str, members: &[(&str, &str)]) -> PathBuf {
    let path = path(name);
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (number, (member, content)) in members.iter().enumerate() {
        let method = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored][number % 2];
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*member, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    path
}

#[test]
fn members_of_a_zip_are_merged_and_chosen() {
    let path = zipped(
        "20131007_quote.zip",
        &[
            ("20131007_es_minute_quote_201403.csv", "0,,,,,0,1670,1671,1669,1670.5,44\n"),
            (
                "20131007_es_minute_quote_201312.csv",
                "0,1676.5,1677,1676,1676.5,86,1677,1678,1676,1677,9\n",
            ),
            ("20131008_es_minute_quote_201312.csv", "0,1,1,1,1,86,2,2,2,2,9\n"),
        ],
    );
    let mut mapping = Mapping::preset("lean_future_quote_minute").unwrap();
    mapping.members = Some("{0}_*".into());
    let mut feed = open(&path, &mapping, &Filter::default()).unwrap();
    let first = feed.next_batch().unwrap().unwrap();
    let sides: Vec<String> = first
        .rows()
        .map(|row| format!("{} {:?} {:?}", feed.symbols().name(row.symbol), row.bid, row.ask))
        .collect();
    let price = |text: &str| Some(text.parse::<Price>().unwrap());
    assert_eq!(
        sides,
        [
            format!("ES_201312 {:?} {:?}", price("1676.5"), price("1677")),
            format!("ES_201403 {:?} {:?}", None::<Price>, price("1670")),
        ]
    );
    mapping.members = Some("nothing*".into());
    let error = open(&path, &mapping, &Filter::default()).err().unwrap();
    assert!(error.reason.contains("nothing*"), "{error:?}");
}

#[test]
fn a_zip_member_with_a_flipped_bit_is_an_error_at_its_end() {
    let path = zipped(
        "flip.zip",
        &[("", ""), ("a.csv", "time,symbol,last\n1600000000,A,1\n1600000001,A,2\n")],
    );
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|w| w == b"A,2").unwrap();
    bytes[at + 2] = b'9';
    std::fs::write(&path, bytes).unwrap();
    let mapping = Mapping { members: Some("a.csv".into()), ..Mapping::default() };
    let mut feed = open(&path, &mapping, &Filter::default()).unwrap();
    let error = loop {
        match feed.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the flipped bit went unnoticed"),
            Err(error) => break error,
        }
    };
    assert!(error.reason.contains("checksum"), "{error:?}");
}
