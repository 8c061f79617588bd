//! A million ticks of ten symbols over one day, and the ways in which they are written down.

use parquet::data_type::{ByteArrayType, DoubleType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

pub(crate) const TICKS: usize = 1_000_000;
/// A quarter past nine on 11 June 2021 in India, in milliseconds.
const OPEN: i64 = 1_623_383_100_000;
const STEP: i64 = 22;

#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// RFC 3339 with milliseconds, the last price.
    Csv,
    /// The same with bid, ask and volume.
    CsvQuotes,
    /// The last price, and an epoch in milliseconds.
    CsvEpoch,
    /// RFC 3339 in whole seconds, so that some 45 ticks are one batch.
    CsvSeconds,
    Ndjson,
    /// Times as INT64, prices as DOUBLE.
    Parquet,
}

impl Form {
    pub(crate) const ALL: [Form; 6] =
        [Form::Csv, Form::CsvQuotes, Form::CsvEpoch, Form::CsvSeconds, Form::Ndjson, Form::Parquet];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::CsvQuotes => "csv-quotes",
            Form::CsvEpoch => "csv-epoch",
            Form::CsvSeconds => "csv-seconds",
            Form::Ndjson => "ndjson",
            Form::Parquet => "parquet",
        }
    }

    pub(crate) fn file(self) -> String {
        let ending = match self {
            Form::Csv | Form::CsvQuotes | Form::CsvEpoch | Form::CsvSeconds => "csv",
            Form::Ndjson => "ndjson",
            Form::Parquet => "parquet",
        };
        format!("decode-{}.{ending}", self.name())
    }
}

pub(crate) struct Tape(Vec<(i64, String, i64)>);

impl Tape {
    /// Prices walk by up to three ticks of 0.05 around 1,000.
    pub(crate) fn new() -> Tape {
        let mut seed = 7u64;
        let mut draw = |most: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            i64::try_from(seed % most).unwrap()
        };
        let mut prices = [100_000i64; 10];
        let tick = |number: usize| {
            let symbol = usize::try_from(draw(10)).unwrap();
            prices[symbol] += 5 * (draw(7) - 3);
            let at = OPEN + STEP * i64::try_from(number).unwrap();
            (at, format!("SYMBOL{symbol}"), prices[symbol])
        };
        Tape((0..TICKS).map(tick).collect())
    }

    pub(crate) fn write(&self, form: Form, path: &Path) {
        match form {
            Form::Parquet => self.parquet(path),
            Form::Csv | Form::CsvQuotes | Form::CsvEpoch | Form::CsvSeconds | Form::Ndjson => {
                std::fs::write(path, self.text(form)).unwrap();
            }
        }
    }

    fn text(&self, form: Form) -> String {
        let mut text = String::from(match form {
            Form::CsvQuotes => "time,symbol,last,bid,ask,volume\n",
            Form::Csv | Form::CsvEpoch | Form::CsvSeconds => "time,symbol,last\n",
            Form::Ndjson | Form::Parquet => "",
        });
        for (number, (at, symbol, price)) in self.0.iter().enumerate() {
            let (last, bid, ask) = (rupees(*price), rupees(price - 5), rupees(price + 5));
            let time = clock(*at);
            let whole = clock(at - at % 1_000).replace(".000", "");
            let written = match form {
                Form::Csv => writeln!(text, "{time},{symbol},{last}"),
                Form::CsvQuotes => {
                    writeln!(text, "{time},{symbol},{last},{bid},{ask},{}", 50 * number)
                }
                Form::CsvEpoch => writeln!(text, "{at},{symbol},{last}"),
                Form::CsvSeconds => writeln!(text, "{whole},{symbol},{last}"),
                Form::Ndjson | Form::Parquet => {
                    writeln!(text, r#"{{"time":"{time}","symbol":"{symbol}","last":{last}}}"#)
                }
            };
            written.unwrap();
        }
        text
    }

    fn parquet(&self, path: &Path) {
        let schema = "message m { required int64 time; required binary symbol (UTF8); required double last; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = std::fs::File::create(path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        for rows in self.0.chunks(1 << 17) {
            let times: Vec<i64> = rows.iter().map(|(at, _, _)| *at).collect();
            let symbols: Vec<_> = rows.iter().map(|(_, name, _)| name.as_str().into()).collect();
            let prices: Vec<f64> = rows.iter().map(|(_, _, price)| *price as f64 / 100.0).collect();
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&symbols, None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<DoubleType>().write_batch(&prices, None, None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
    }
}

fn rupees(paise: i64) -> String {
    format!("{}.{:02}", paise / 100, paise % 100)
}

/// RFC 3339 in Indian time, on the tape's one day.
fn clock(at: i64) -> String {
    let of_day = at - OPEN + (9 * 60 + 15) * 60_000;
    let (seconds, part) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("2021-06-11T{hour:02}:{minute:02}:{second:02}.{part:03}+05:30")
}
