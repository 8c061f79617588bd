//! How the columns of a file become ticks; as TOML, or by the name of a preset.

use crate::error::FeedError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the columns of a file mean. The default is Highmark's own format: a header, and the columns
/// `time,symbol,last[,bid,ask,volume,sequence]` in any order, times in RFC 3339 or as an epoch.
///
/// ```toml
/// price = "paise"
/// symbol = { from = "file" }
/// time = { column = "sec", unit = "seconds", date = { column = "date" }, zone = "+05:30" }
/// columns = { last = "px_paise", volume = "cum_vol" }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// What the file is; told by its name when absent.
    pub format: Option<Format>,
    /// CSV: the first line names no columns, so that they are given by number (the first is 0).
    pub headerless: bool,
    /// The unit of its prices. Must be given where the columns are; whole numbers say nothing of themselves.
    pub price: Option<PriceUnit>,
    pub time: TimeMapping,
    pub symbol: SymbolMapping,
    pub columns: Columns,
    /// What the rows are when they are bars (with columns `open`, `high`, `low`, `close`).
    pub bars: Option<Bars>,
    /// Zip: which members, with `*` for anything and `{0}`, `{1}`, .. for the parts of the zip's own name
    /// between `_`; all when absent.
    pub members: Option<String>,
    /// The file is not in order of time (one symbol after another, say): read whole and sorted, keeping the
    /// order of rows with the same time.
    pub sort: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Parquet,
    /// One JSON object a line.
    Ndjson,
}

/// The unit of the prices of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceUnit {
    /// As they are traded: rupees, dollars, points.
    Rupees,
    /// Hundredths of that.
    Paise,
    /// So many to one: `{ scale = 10000 }`.
    Scale(u32),
}

/// A column by its name, or by its number from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    Number(usize),
    Name(String),
}

/// Which column holds what. A column that is not named is not read, except that in Highmark's own format
/// every column has the name of what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    pub last: Option<Column>,
    pub bid: Option<Column>,
    pub ask: Option<Column>,
    /// Left out where the file has no such column: an index has no volume.
    pub volume: Option<Column>,
    pub sequence: Option<Column>,
    pub open: Option<Column>,
    pub high: Option<Column>,
    pub low: Option<Column>,
    pub close: Option<Column>,
    pub bid_open: Option<Column>,
    pub bid_high: Option<Column>,
    pub bid_low: Option<Column>,
    pub bid_close: Option<Column>,
    pub ask_open: Option<Column>,
    pub ask_high: Option<Column>,
    pub ask_low: Option<Column>,
    pub ask_close: Option<Column>,
}

/// Where the time of a row comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeMapping {
    /// The column; `time` when absent.
    pub column: Option<Column>,
    /// What a number in it counts. Without a date it counts from 1970 (and may be absent: told by its size);
    /// with one it counts from local midnight.
    pub unit: Option<TimeUnit>,
    /// The day that the column counts from.
    pub date: Option<DateFrom>,
    /// With a date: what the count starts at, `09:15`; local midnight when absent.
    pub start: Option<String>,
    /// The zone of times that do not name one: `+05:30`, `UTC`, `America/New_York`.
    pub zone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// The day of a time that is counted from midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFrom {
    /// `{ column = "date" }`: yyyymmdd or yyyy-mm-dd.
    Column(Column),
    /// `{ part = 0 }`: that part, between `_`, of the name of the file (of the member in a zip).
    Part(usize),
}

/// Whose price it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SymbolMapping {
    /// `"own"`: the column `symbol`.
    #[default]
    Own,
    /// `{ column = "sym" }`
    Column(Column),
    /// `{ fixed = "NIFTY" }`
    Fixed(String),
    /// `"file"`: the name of the file without its endings.
    File,
    /// `{ parts = [1, 4] }`: these parts, between `_`, of the name of the file (of the member in a zip), in
    /// capitals, joined by `_`.
    Parts(Vec<usize>),
}

/// How a bar becomes ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bars {
    /// The length of a bar in seconds.
    pub seconds: u32,
    /// The time of a row is the bar's end, not its start.
    #[serde(default)]
    pub ends: bool,
    #[serde(default)]
    pub order: BarOrder,
}

/// In which order the prices of a bar are played: at its start, after a quarter, after a half, and at its last
/// nanosecond. A bar does not say which came first, its high or its low; each answer is an assumption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarOrder {
    /// The extreme nearer to the open first; at the same distance the one against the bar's direction. The
    /// default, because it is the only order here that does not favour one side of the market.
    #[default]
    NearestFirst,
    OpenHighLowClose,
    OpenLowHighClose,
    /// The close alone, at the bar's last nanosecond: invents nothing, and hides what was touched inside.
    CloseOnly,
}

impl Columns {
    /// The price columns with the names of their roles, by slot: last, bid, ask, then the bars.
    pub(crate) fn prices(&self) -> [(&'static str, Option<&Column>); 15] {
        [
            ("last", self.last.as_ref()),
            ("bid", self.bid.as_ref()),
            ("ask", self.ask.as_ref()),
            ("open", self.open.as_ref()),
            ("high", self.high.as_ref()),
            ("low", self.low.as_ref()),
            ("close", self.close.as_ref()),
            ("bid_open", self.bid_open.as_ref()),
            ("bid_high", self.bid_high.as_ref()),
            ("bid_low", self.bid_low.as_ref()),
            ("bid_close", self.bid_close.as_ref()),
            ("ask_open", self.ask_open.as_ref()),
            ("ask_high", self.ask_high.as_ref()),
            ("ask_low", self.ask_low.as_ref()),
            ("ask_close", self.ask_close.as_ref()),
        ]
    }

    /// Whether the mapping names no column: the file is in Highmark's own format.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Columns::default()
    }
}

impl Mapping {
    /// A mapping that comes with Highmark; [`Mapping::presets`] has their names.
    pub fn preset(name: &str) -> Result<Mapping, FeedError> {
        let mut presets = embedded()?;
        presets.remove(name).map(|preset| preset.mapping).ok_or_else(|| {
            let names: Vec<&str> = presets.keys().map(String::as_str).collect();
            FeedError::new(
                format!("preset {name:?}"),
                "no such preset",
                format!("choose one of: {}", names.join(", ")),
            )
        })
    }

    /// The names of the presets in order, each with a line that says what it reads.
    pub fn presets() -> Result<Vec<(String, String)>, FeedError> {
        Ok(embedded()?.into_iter().map(|(name, preset)| (name, preset.about)).collect())
    }

    /// Reads a mapping from TOML; unknown keys are refused. With `preset = "nse_1s"` in it, the other keys are
    /// laid over that preset, each in place of the preset's whole value.
    pub fn from_toml(text: &str) -> Result<Mapping, FeedError> {
        let mut table: toml::Table = toml::from_str(text).map_err(|error| refused(&error))?;
        let Some(preset) = table.remove("preset") else {
            return toml::from_str(text).map_err(|error| refused(&error));
        };
        let preset = Mapping::preset(preset.as_str().unwrap_or("(not a text)"))?;
        let mut laid: toml::Table =
            toml::from_str(&preset.to_toml()).map_err(|error| refused(&error))?;
        laid.extend(table);
        laid.try_into().map_err(|error| refused(&error))
    }

    /// The mapping as TOML, to start one's own from.
    pub fn to_toml(&self) -> String {
        // Every mapping has a form in TOML: a test writes and reads all presets.
        toml::to_string(self).unwrap_or_default()
    }
}

fn refused(error: &toml::de::Error) -> FeedError {
    let hint = "correct the key or value that it points at; a preset shows how each is written";
    FeedError::new("mapping", error.to_string().trim_end(), hint)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    about: String,
    mapping: Mapping,
}

fn embedded() -> Result<BTreeMap<String, Preset>, FeedError> {
    toml::from_str(include_str!("presets.toml")).map_err(|error| {
        FeedError::new("presets", error.to_string(), "this build is broken: install Highmark again")
    })
}
