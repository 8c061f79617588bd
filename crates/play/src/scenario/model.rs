//! A scenario that has been read: names are indices, numbers are exact, every part knows its place.

use super::charges::MarketCharges;
use super::diagnostics::Origin;
use super::rules::Rule;
use highmark_brokers::paper::PaperSpec;
use highmark_engine::*;

/// All of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    pub description: String,
    pub seed: u64,
    pub profile: Option<Profile>,
    pub paper: PaperSpec,
    pub sources: Vec<Source>,
    pub instruments: Vec<Instrument>,
    pub accounts: Vec<Account>,
    pub strategies: Vec<Strategy>,
    pub trades: Vec<Trade>,
    pub system_rules: Vec<Rule>,
    /// In order of time, then as written.
    pub schedule: Vec<Scheduled>,
}

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct Source {
    pub file: Option<String>,
    pub preset: Option<String>,
    pub mapping: Option<String>,
    /// The symbol that the file is of.
    pub instrument: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Instrument {
    /// Its venue is the index of `venue` among the venues of the scenario.
    pub spec: InstrumentSpec,
    pub venue: String,
    /// Charges that the market's rules know: they become those of `spec` on the day of a run.
    pub charges: Option<MarketCharges>,
    pub at: Origin,
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub spec: AccountSpec,
    pub margin: Option<Money>,
    pub rules: Vec<Rule>,
    pub at: Origin,
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct Strategy {
    pub spec: StrategySpec,
    pub margin: Option<Money>,
    pub rules: Vec<Rule>,
    pub groups: Vec<Group>,
    pub at: Origin,
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub margin: Option<Money>,
    pub rules: Vec<Rule>,
    pub at: Origin,
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct Trade {
    pub name: String,
    pub strategy: usize,
    pub account: usize,
    /// An index into the groups of its strategy.
    pub group: Option<usize>,
    pub instrument: usize,
    pub side: Side,
    pub quantity: Quantity,
    pub enter: Enter,
    pub filled: Option<Price>,
    pub re_entry: Option<ReEntry>,
    pub rules: Vec<Rule>,
    pub at: Origin,
    pub path: String,
}

/// When a trade is entered: at the first price when nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enter {
    pub from: Option<TimeOfDay>,
    pub until: Option<TimeOfDay>,
    pub signal: Option<Signal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Above(Price),
    Below(Price),
    /// The first `length` of the session make a range, left upwards or downwards.
    Range {
        length: Span,
        up: bool,
    },
    Momentum {
        points: Price,
        within: Span,
        up: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReEntry {
    pub at_cost: bool,
    pub times: u32,
    pub after_stop: bool,
    pub after_target: bool,
}

/// What a person does at a time of day.
#[derive(Clone, Debug)]
pub struct Scheduled {
    pub time: TimeOfDay,
    pub order: Order,
    pub reason: String,
    pub text: String,
    pub at: Origin,
    pub path: String,
}

#[derive(Clone, Debug)]
pub enum Order {
    Halt(Target),
    Resume(Target),
    Kill,
    Release,
    Exit { target: Target, quantity: Option<Quantity> },
    Cancel(usize),
    Increase { trade: usize, quantity: Quantity, price: Option<Price> },
    Roll { trade: usize, into: usize },
    Reset(Target),
    ResetRule { rule: String, target: Target },
    AddRule { target: Target, rule: Rule },
    ChangeRule { rule: String, target: Target, draft: Rule },
    RemoveRule { rule: String, target: Target },
    Loosen { rule: String, target: Target, to: Price },
    Margin { target: Target, amount: Money },
    Mark { instrument: usize, price: Price },
    Settle { instrument: usize, price: Price },
    Adjust { instrument: usize, adjustment: Adjustment },
    AcceptGap(usize),
    Undo,
    Redo,
}

/// What an order is about, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Trade(usize),
    /// A strategy and one of its groups.
    Group(usize, usize),
    Strategy(usize),
    Account(usize),
    System,
}

impl Scenario {
    /// The venues that its instruments follow, in order of first mention; the index is the engine's id.
    pub fn venues(&self) -> Vec<&str> {
        let mut venues: Vec<&str> = Vec::new();
        for instrument in &self.instruments {
            if !venues.contains(&instrument.venue.as_str()) {
                venues.push(&instrument.venue);
            }
        }
        venues
    }
}
