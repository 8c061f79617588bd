//! A price from a feed, and why one may be refused.

use crate::ids::{InstrumentId, SourceId};
use crate::money::{Price, Quantity};
use crate::time::Timestamp;
use core::fmt;
use serde::{Deserialize, Serialize};

/// One observation of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub instrument: InstrumentId,
    /// Exchange time.
    pub at: Timestamp,
    pub source: SourceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Quantity>,
    #[serde(default, skip_serializing_if = "TickKind::is_regular")]
    pub kind: TickKind,
}

/// What the feed says of the tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickKind {
    #[default]
    Regular,
    /// Pre-open or auction, indicative: decides nothing.
    Auction,
    /// A test print in a production feed.
    Test,
}

impl TickKind {
    fn is_regular(&self) -> bool {
        *self == TickKind::Regular
    }
}

impl Tick {
    /// A trade price with nothing else known.
    pub fn last(instrument: InstrumentId, at: Timestamp, last: Price) -> Tick {
        Tick {
            instrument,
            at,
            source: SourceId(0),
            sequence: None,
            last: Some(last),
            bid: None,
            ask: None,
            volume: None,
            kind: TickKind::Regular,
        }
    }
}

/// Why a tick changed nothing but a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickRefusal {
    /// A price of zero.
    Zero,
    /// A price below zero on an instrument that has none.
    Negative,
    /// No price at all.
    NoPrice,
    /// Text that is no number: `nan`, `inf`, null.
    NotNumber,
    /// A number too large or too fine.
    Range,
    /// Off the tick size.
    TickSize,
    /// Outside the exchange's price band.
    Band,
    /// Older than the last one from this source.
    OutOfOrder,
    /// The same tick again.
    Duplicate,
    /// The same sequence number with other content.
    SequenceConflict,
    /// Outside the venue's session.
    OutsideSession,
    /// Pre-open or auction.
    Auction,
    /// No such instrument.
    UnknownInstrument,
    /// Marked as a test by the feed.
    Test,
    /// Ahead of the engine's clock.
    Future,
    /// Not a plausible time (1970, year 9999).
    Time,
    /// A time in another unit than the feed's (s, ms, us, ns).
    TimeUnit,
    /// A local time without a zone.
    Zone,
    /// Broken text, wrong type.
    Parse,
    /// The same key twice in one record.
    DuplicateKey,
    /// The instrument waits for a person to accept an overnight gap.
    GapHeld,
}

impl TickRefusal {
    /// The stable code of the refusal.
    pub fn code(self) -> &'static str {
        match self {
            TickRefusal::Zero => "MD_ZERO",
            TickRefusal::Negative => "MD_NEGATIVE",
            TickRefusal::NoPrice => "MD_NO_PRICE",
            TickRefusal::NotNumber => "MD_NOT_NUMBER",
            TickRefusal::Range => "MD_RANGE",
            TickRefusal::TickSize => "MD_TICK",
            TickRefusal::Band => "MD_BAND",
            TickRefusal::OutOfOrder => "MD_OUT_OF_ORDER",
            TickRefusal::Duplicate => "MD_DUPLICATE",
            TickRefusal::SequenceConflict => "MD_SEQ_CONFLICT",
            TickRefusal::OutsideSession => "MD_SESSION",
            TickRefusal::Auction => "MD_AUCTION",
            TickRefusal::UnknownInstrument => "MD_UNKNOWN_INSTRUMENT",
            TickRefusal::Test => "MD_TEST",
            TickRefusal::Future => "MD_FUTURE",
            TickRefusal::Time => "MD_TIME",
            TickRefusal::TimeUnit => "MD_TIME_UNIT",
            TickRefusal::Zone => "MD_ZONE",
            TickRefusal::Parse => "MD_PARSE",
            TickRefusal::DuplicateKey => "MD_DUPKEY",
            TickRefusal::GapHeld => "MD_GAP_HELD",
        }
    }
}

impl fmt::Display for TickRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
