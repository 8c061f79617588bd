//! A mapping laid over the columns that a file really has, and a row of values put together from it.

use crate::batch::Row;
use crate::error::FeedError;
use crate::mapping::{Column, DateFrom, Mapping, PriceUnit, SymbolMapping};
use crate::number::PriceScale;
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Price, Quantity, TickRefusal, Timestamp};
use jiff::civil::Date;

/// One thing read from a file, before bars become ticks.
pub(crate) enum Entry {
    Row(Row),
    Bar(Box<Bar>),
    Unreadable(Box<crate::batch::Unreadable>),
}

/// Open, high, low and close of the last price, the bid and the ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) symbol: SymbolId,
    pub(crate) at: Timestamp,
    pub(crate) volume: Option<Quantity>,
    pub(crate) sides: [Option<[Price; 4]>; 3],
}

/// The places of a row's prices: last, bid, ask, then four of each side's bar.
pub(crate) const SLOTS: usize = 15;
pub(crate) type Prices = [Option<Price>; SLOTS];

/// Where in the columns of one file everything stands.
pub(crate) struct Layout {
    pub(crate) time: usize,
    pub(crate) date: DayFrom,
    pub(crate) symbol: SymbolFrom,
    /// Slot and column of each price.
    pub(crate) prices: Vec<(usize, usize)>,
    pub(crate) volume: Option<usize>,
    pub(crate) sequence: Option<usize>,
    pub(crate) bars: bool,
    /// The unit of prices; `None` in Highmark's own format, where only whole numbers would be doubtful.
    pub(crate) scale: Option<PriceScale>,
}

/// The day that times are counted from.
#[derive(Clone, Copy)]
pub(crate) enum DayFrom {
    /// They say the whole time.
    None,
    Column(usize),
    Fixed(Date),
}

#[derive(Clone, Copy)]
pub(crate) enum SymbolFrom {
    Column(usize),
    Fixed(SymbolId),
}

/// What a row of a file with bars says, for [`Layout::bar`].
pub(crate) struct Values {
    pub(crate) at: Timestamp,
    pub(crate) symbol: SymbolId,
    pub(crate) prices: Prices,
    pub(crate) volume: Option<Quantity>,
}

impl Layout {
    /// `names` are the file's columns; `None` for a headerless file, whose columns go by number. `label` is
    /// what the file is called, `stem` its name without endings.
    pub(crate) fn resolve(
        mapping: &Mapping,
        names: Option<&[String]>,
        label: &str,
        stem: &str,
        symbols: &mut Symbols,
    ) -> Result<Layout, FeedError> {
        let find = Finder { names, label };
        let own = mapping.columns.is_empty();
        let mut prices = Vec::new();
        for (slot, (role, column)) in mapping.columns.prices().into_iter().enumerate() {
            if let Some(at) = find.role(role, column, own)? {
                prices.push((slot, at));
            }
        }
        if prices.is_empty() {
            return Err(FeedError::new(
                label,
                format!("no price column{}", find.seen()),
                "name a column last, bid, ask or open, high, low, close, or give a mapping",
            ));
        }
        let bars = prices.iter().any(|(slot, _)| *slot >= 3);
        if bars && mapping.bars.is_none() {
            return Err(FeedError::new(
                label,
                "its rows are bars of unknown length",
                "say how long with bars = { seconds = 60 }, or use the preset bars_1m or bars_1s",
            ));
        }
        if !own && mapping.price.is_none() {
            return Err(unit_missing(label));
        }
        let time = mapping.time.column.clone().unwrap_or_else(|| Column::Name("time".into()));
        Ok(Layout {
            time: find.column(&time)?,
            date: match &mapping.time.date {
                None => DayFrom::None,
                Some(DateFrom::Column(column)) => DayFrom::Column(find.column(column)?),
                Some(DateFrom::Part(part)) => DayFrom::Fixed(date_part(stem, *part, label)?),
            },
            symbol: match &mapping.symbol {
                SymbolMapping::Own => {
                    SymbolFrom::Column(find.column(&Column::Name("symbol".into()))?)
                }
                SymbolMapping::Column(column) => SymbolFrom::Column(find.column(column)?),
                SymbolMapping::Fixed(name) => fixed(name, label, symbols)?,
                SymbolMapping::File => fixed(stem, label, symbols)?,
                SymbolMapping::Parts(parts) => {
                    fixed(&symbol_of_parts(stem, parts, label)?, label, symbols)?
                }
            },
            volume: find.if_there("volume", mapping.columns.volume.as_ref(), own),
            sequence: find.role("sequence", mapping.columns.sequence.as_ref(), own)?,
            bars,
            prices,
            scale: mapping.price.map(|unit| scale_of(unit, label)).transpose()?,
        })
    }

    /// The columns of the file that are read at all.
    pub(crate) fn columns(&self) -> Vec<usize> {
        let mut columns = vec![self.time];
        if let DayFrom::Column(column) = self.date {
            columns.push(column);
        }
        if let SymbolFrom::Column(column) = self.symbol {
            columns.push(column);
        }
        columns.extend(self.prices.iter().map(|(_, column)| *column));
        columns.extend(self.volume);
        columns.extend(self.sequence);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// A bar of these values; a side of it is there whole or not at all.
    pub(crate) fn bar(&self, values: &Values) -> Result<Entry, TickRefusal> {
        let Values { at, symbol, prices, volume } = values;
        let side = |first: usize| match prices[first..first + 4] {
            [Some(open), Some(high), Some(low), Some(close)] => Ok(Some([open, high, low, close])),
            [None, None, None, None] => Ok(None),
            _ => Err(TickRefusal::NoPrice),
        };
        let sides = [side(3)?, side(7)?, side(11)?];
        if sides.iter().all(Option::is_none) {
            return Err(TickRefusal::NoPrice);
        }
        Ok(Entry::Bar(Box::new(Bar { symbol: *symbol, at: *at, volume: *volume, sides })))
    }
}

/// Whole numbers and no word on what they count.
pub(crate) fn unit_missing(label: &str) -> FeedError {
    FeedError::new(
        label,
        "the unit of its prices is not declared",
        "say price = \"rupees\", price = \"paise\" or price = { scale = 10000 } in the mapping",
    )
}

struct Finder<'a> {
    names: Option<&'a [String]>,
    label: &'a str,
}

impl Finder<'_> {
    /// The column that the mapping gives to a role, or in Highmark's own format the one called like it.
    fn role(
        &self,
        role: &str,
        column: Option<&Column>,
        own: bool,
    ) -> Result<Option<usize>, FeedError> {
        match column {
            Some(column) => self.column(column).map(Some),
            None if own => {
                Ok(self.names.and_then(|names| names.iter().position(|name| name == role)))
            }
            None => Ok(None),
        }
    }

    fn if_there(&self, role: &str, column: Option<&Column>, own: bool) -> Option<usize> {
        self.role(role, column, own).ok().flatten()
    }

    fn column(&self, column: &Column) -> Result<usize, FeedError> {
        let missing = |reason: String| {
            let hint = "correct the header, or name the column in the mapping";
            Err(FeedError::new(self.label, reason, hint))
        };
        match (column, self.names) {
            (Column::Number(at), Some(names)) if *at >= names.len() => {
                missing(format!("no column number {at}{}", self.seen()))
            }
            (Column::Number(at), _) => Ok(*at),
            (Column::Name(name), None) => {
                missing(format!("column {name:?} is asked for by name, but the file has no header"))
            }
            (Column::Name(name), Some(names)) => {
                let mut places = (0..names.len()).filter(|at| names[*at] == *name);
                match (places.next(), places.next()) {
                    (Some(at), None) => Ok(at),
                    (Some(_), Some(_)) => missing(format!("two columns are called {name:?}")),
                    (None, _) => missing(format!("no column {name:?}{}", self.seen())),
                }
            }
        }
    }

    fn seen(&self) -> String {
        match self.names {
            Some(names) => format!(" (there are: {})", names.join(", ")),
            None => String::new(),
        }
    }
}

fn fixed(name: &str, label: &str, symbols: &mut Symbols) -> Result<SymbolFrom, FeedError> {
    symbols.intern(name).map(SymbolFrom::Fixed).ok_or_else(|| {
        FeedError::new(
            label,
            format!("{name:?} cannot be a symbol"),
            "name the symbol in the mapping",
        )
    })
}

fn part<'a>(stem: &'a str, part: usize, label: &str) -> Result<&'a str, FeedError> {
    stem.split('_').nth(part).ok_or_else(|| {
        let reason = format!("its name has no part {part} (parts stand between _, the first is 0)");
        FeedError::new(label, reason, "keep the file's original name, or change the mapping")
    })
}

fn date_part(stem: &str, number: usize, label: &str) -> Result<Date, FeedError> {
    let text = part(stem, number, label)?;
    crate::clock::date_text(text.as_bytes()).ok_or_else(|| {
        let reason = format!("part {number} of its name, {text:?}, is no date");
        FeedError::new(label, reason, "keep the file's original name, or change the mapping")
    })
}

fn symbol_of_parts(stem: &str, parts: &[usize], label: &str) -> Result<String, FeedError> {
    let parts: Result<Vec<&str>, FeedError> =
        parts.iter().map(|number| part(stem, *number, label)).collect();
    Ok(parts?.join("_").to_uppercase())
}

fn scale_of(unit: PriceUnit, label: &str) -> Result<PriceScale, FeedError> {
    PriceScale::new(unit)
        .ok_or_else(|| FeedError::new(label, "price = { scale = 0 }", "a scale is 1 or more"))
}
