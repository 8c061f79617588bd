//! What an episode may contain; switched on and off by seed and by name.

use super::Dice;

macro_rules! features {
    ($($name:ident $text:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Feature { $($name),* }
        impl Feature {
            pub const ALL: &[Feature] = &[$(Feature::$name),*];
            pub fn name(self) -> &'static str {
                match self { $(Feature::$name => $text),* }
            }
        }
    };
}

features! {
    Shorts "shorts",
    Instruments "instruments",
    Accounts "accounts",
    Strategies "strategies",
    Groups "groups",
    Lots "lots",
    Stops "stops",
    Targets "targets",
    Trails "trails",
    Keeps "keeps",
    Steps "steps",
    BreakEvens "break_evens",
    Ladders "ladders",
    Bars "bars",
    Times "times",
    MaxLoss "max_loss",
    MtmTargets "mtm_targets",
    Floors "floors",
    TrailLoss "trail_loss",
    Drawdowns "drawdowns",
    Daily "daily",
    Cooling "cooling",
    Percents "percents",
    Warnings "warnings",
    Life "life",
    Net "net",
    Sessions "sessions",
    Quotes "quotes",
    MarkKinds "mark_kinds",
    OwnMarks "own_marks",
    Strict "strict",
    Confirm "confirm",
    Candles "candles",
    PriceActions "price_actions",
    Then "then",
    ScopeActions "scope_actions",
    Batches "batches",
    Lag "lag",
    BadTicks "bad_ticks",
    Jumps "jumps",
    Stale "stale",
    Adds "adds",
    Partials "partials",
    Amend "amend",
    Resets "resets",
    Halts "halts",
    Kills "kills",
    ReEntry "re_entry",
    Adopt "adopt",
    Orders "orders",
    Rejects "rejects",
    Underlying "underlying",
    Invalid "invalid",
    LateRules "late_rules",
    Force "force",
    ByIdOrder "by_id_order",
    AtMark "at_mark",
    Negative "negative",
    Gaps "gaps",
    OtherDistances "other_distances",
    Rolls "rolls",
    Settle "settle",
    StepFrom "step_from",
    TradeScopes "trade_scopes",
    Sar "sar",
    ExecutableCandles "executable_candles",
    ReachGroup "reach_group",
    Undos "undos",
    MtmConfirm "mtm_confirm",
    MtmCandles "mtm_candles",
    Restarts "restarts",
    Tiny "tiny",
    Crowds "crowds",
    Smallest "smallest",
    Leaps "leaps",
    Still "still",
    Returns "returns",
    Trends "trends",
    Bursts "bursts",
    OneSided "one_sided",
    UndoNumbers "undo_numbers",
    Edits "edits",
    Positions "positions",
    Marks "marks",
    Dense "dense",
    Profiles "profiles",
    Lates "lates",
}

/// A set of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(u128);

impl Features {
    pub const ALL: Features = Features(u128::MAX);

    pub fn none() -> Features {
        Features(0)
    }

    pub fn has(self, feature: Feature) -> bool {
        self.0 >> (feature as u32) & 1 == 1
    }

    pub fn with(self, feature: Feature) -> Features {
        Features(self.0 | 1 << (feature as u32))
    }

    pub fn without(self, feature: Feature) -> Features {
        Features(self.0 & !(1 << (feature as u32)))
    }

    /// Reads `stops,trails` or, from all, `-bars,-candles`; the name that is none is returned.
    pub fn parse(text: &str) -> Result<Features, String> {
        if text == "all" {
            return Ok(Features::ALL);
        }
        let words: Vec<&str> =
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let from_all = words.iter().all(|word| word.starts_with(['-', '+']));
        let mut set = if from_all { Features::ALL } else { Features::none() };
        for word in words {
            let name = word.trim_start_matches(['-', '+']);
            let Some(feature) = Feature::ALL.iter().find(|feature| feature.name() == name) else {
                return Err(name.to_owned());
            };
            set = if word.starts_with('-') { set.without(*feature) } else { set.with(*feature) };
        }
        Ok(set)
    }

    /// A random part of the allowed features: few, some or most of them.
    pub fn swarm(dice: &mut Dice, allowed: Features) -> Features {
        // Who names a few wants all of them.
        if allowed.count() <= 12 {
            return allowed;
        }
        let share = dice.pick(&[10, 20, 35, 50, 70]);
        let mut set = Features::none();
        for feature in Feature::ALL {
            if dice.chance(share) && allowed.has(*feature) {
                set = set.with(*feature);
            }
        }
        set
    }

    /// How many there are.
    pub fn count(self) -> usize {
        Feature::ALL.iter().filter(|feature| self.has(**feature)).count()
    }

    pub fn names(self) -> String {
        let on = Feature::ALL.iter().filter(|feature| self.has(**feature));
        on.map(|feature| feature.name()).collect::<Vec<_>>().join(",")
    }
}
