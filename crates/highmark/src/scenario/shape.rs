//! The shape of every table of a scenario: what the reader accepts and the JSON Schema publishes.

/// A table with named fields.
#[derive(Debug)]
pub(super) struct Shape {
    /// What messages call it.
    pub name: &'static str,
    pub doc: &'static str,
    pub fields: &'static [Field],
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub doc: &'static str,
}

/// What may stand in a field.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    Count,
    Price,
    Money,
    Quantity,
    Share,
    Multiple,
    Amount,
    Distance,
    Span,
    Clock,
    Day,
    /// A list of shares.
    Bands,
    Choice(&'static [&'static str]),
    Table(&'static Shape),
    /// A list of tables.
    Tables(&'static Shape),
    Either(&'static [Kind]),
}

impl Shape {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, required: true, doc }
}
const fn may(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, required: false, doc }
}
const fn table(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, doc, fields }
}

pub(super) const SIDES: &[&str] = &["buy", "sell"];
pub(super) const MARKS: &[&str] = &["last", "mid", "executable", "clamped"];
pub(super) const MODES: &[&str] = &["tracking", "paper"];
pub(super) const ACTIONS: &[&str] =
    &["alert", "exit", "shutdown", "block_entries", "exit_losers", "move_to_cost"];

pub(super) static SCENARIO: Shape = table(
    "the scenario",
    "A day of trading: who trades what, under which rules, and what a person does meanwhile.",
    &[
        may("$schema", Kind::Text, "where this schema is, for editors"),
        may("name", Kind::Text, "a short name, used for the run folder"),
        may("description", Kind::Text, "what it shows"),
        may("seed", Kind::Count, "the seed of the paper broker; 1 when absent"),
        may(
            "profile",
            Kind::Table(&PROFILE),
            "how prices decide, when another system is to be reproduced",
        ),
        may("paper", Kind::Table(&PAPER), "how paper accounts are filled"),
        may("source", Kind::Tables(&SOURCE), "how the files are to be read"),
        must("instrument", Kind::Tables(&INSTRUMENT), "at least one [[instrument]]"),
        must("account", Kind::Tables(&ACCOUNT), "at least one [[account]]"),
        must("strategy", Kind::Tables(&STRATEGY), "at least one [[strategy]]"),
        may("trade", Kind::Tables(&TRADE), "the trades of the day"),
        may("system", Kind::Table(&SYSTEM), "rules over everything"),
        may("at", Kind::Tables(&AT), "what a person does, and when"),
    ],
);

pub(super) static PROFILE: Shape = table(
    "[profile]",
    "How a price decides; the defaults are Highmark's own meaning.",
    &[
        may("strict", Kind::Flag, "touching a level is no breach"),
        may("strict_arming", Kind::Flag, "reaching arm_at exactly does not arm"),
        may(
            "order",
            Kind::Choice(&["ratchet_then_test", "test_then_ratchet"]),
            "what a tick does first",
        ),
        may(
            "rounding",
            Kind::Choice(&[
                "exact",
                "tick_half_even",
                "tick_toward_market",
                "tick_away_from_market",
            ]),
            "how levels are rounded",
        ),
        may("best_from_first_mark", Kind::Flag, "best starts at the first mark, not at the entry"),
        may("target_first", Kind::Flag, "a target beats a stop on one tick"),
    ],
);

pub(super) static PAPER: Shape = table(
    "[paper]",
    "The small market that fills orders of paper accounts.",
    &[
        may(
            "spread",
            Kind::Count,
            "ticks between bid and ask where the feed has no book; 2 when absent",
        ),
        may("slippage", Kind::Count, "at most so many ticks worse than the touch; 1 when absent"),
        may(
            "latency",
            Kind::Span,
            "from the order to its first fill, in market time; 250ms when absent",
        ),
        may("jitter", Kind::Span, "at most so much more; 250ms when absent"),
        may("largest_fill", Kind::Count, "lots in one fill at most; 0 fills whole"),
        may("rejects", Kind::Share, "the share of orders that is rejected; none when absent"),
    ],
);

pub(super) static SOURCE: Shape = table(
    "[[source]]",
    "How a file is read: a preset, or a mapping of one's own.",
    &[
        may("file", Kind::Text, "the name of the file, with * for anything; all files when absent"),
        may("preset", Kind::Text, "the name of a format: highmark, nse_1s, ..."),
        may("mapping", Kind::Text, "a TOML file that maps columns, beside the scenario"),
        may("instrument", Kind::Text, "whose prices the file has, when it does not say"),
    ],
);

pub(super) static INSTRUMENT: Shape = table(
    "[[instrument]]",
    "What is traded.",
    &[
        must("symbol", Kind::Text, "the symbol that the feed uses"),
        may(
            "venue",
            Kind::Text,
            "whose sessions it follows: nse_cash, nse_fo, mcx, ...; nse_cash when absent, \"always\" for around the clock",
        ),
        may("tick", Kind::Price, "the smallest step of a price; 0.05 when absent"),
        may("lot", Kind::Quantity, "the lot size; 1 when absent"),
        may("multiplier", Kind::Count, "units of the underlying in one; 1 when absent"),
        may("mark", Kind::Choice(MARKS), "which price values a holding; last when absent"),
        may("option", Kind::Choice(&["call", "put"]), "what kind of option it is"),
        may("underlying", Kind::Text, "the symbol of what it is written on; must stand above"),
        may("expiry", Kind::Day, "the day on which the contract ends"),
        may("checks", Kind::Table(&CHECKS), "which ticks are refused or held"),
        may("charges", Kind::Table(&CHARGES), "what an order costs, for net mtm"),
    ],
);

pub(super) static CHECKS: Shape = table(
    "checks",
    "Which ticks are refused, held or missed. Nothing but the sign is checked by default.",
    &[
        may("allow_negative", Kind::Flag, "prices at and below zero are real"),
        may("on_tick", Kind::Flag, "prices off the tick size are refused"),
        may("band", Kind::Table(&BAND), "the exchange's price band"),
        may("jump", Kind::Share, "a jump beyond this share is held until confirmed"),
        may(
            "overnight_gap",
            Kind::Share,
            "an opening farther from the last close than this holds the instrument",
        ),
        may("stale_after", Kind::Span, "without a tick for this long a mark is stale"),
        may("stale_exit_after", Kind::Span, "exit when it stays stale for this much longer"),
        may("stale_poll", Kind::Flag, "ask the feed for a price when it is stale"),
        may("future_after", Kind::Span, "ticks farther ahead of the clock are refused"),
    ],
);

pub(super) static BAND: Shape = table(
    "band",
    "A lowest and a highest price, both allowed.",
    &[must("low", Kind::Price, "the lowest price"), must("high", Kind::Price, "the highest price")],
);

pub(super) static CHARGES: Shape = table(
    "charges",
    "The cost of one order.",
    &[
        may("per_order", Kind::Money, "rupees an order"),
        may("buy", Kind::Share, "the share of turnover on buys: \"0.02%\""),
        may("sell", Kind::Share, "the share of turnover on sells"),
    ],
);

pub(super) static ACCOUNT: Shape = table(
    "[[account]]",
    "Where money and positions are held.",
    &[
        must("name", Kind::Text, "a name for it"),
        may(
            "mode",
            Kind::Choice(MODES),
            "tracking fills at the mark, paper through a small market; tracking when absent",
        ),
        may("balance", Kind::Money, "the balance at the start; 0 when absent"),
        may("margin", Kind::Money, "the margin in use, for amounts as a percentage of it"),
        may("rule", Kind::Tables(&RULE), "rules on its mtm"),
    ],
);

pub(super) static STRATEGY: Shape = table(
    "[[strategy]]",
    "An owner of trades.",
    &[
        must("name", Kind::Text, "a name for it"),
        may("capital", Kind::Money, "what percentages of capital are of"),
        may("margin", Kind::Money, "the margin in use, for amounts as a percentage of it"),
        may(
            "exit_order",
            Kind::Choice(&["shorts_first", "by_id"]),
            "in which order its legs leave; shorts_first when absent",
        ),
        may("rule", Kind::Tables(&RULE), "rules on its mtm"),
        may("group", Kind::Tables(&GROUP), "named legs that are judged together"),
    ],
);

pub(super) static GROUP: Shape = table(
    "[[strategy.group]]",
    "Legs of a strategy that are judged together.",
    &[
        must("name", Kind::Text, "a name for it"),
        may("margin", Kind::Money, "the margin in use, for amounts as a percentage of it"),
        may("rule", Kind::Tables(&RULE), "rules on its mtm"),
    ],
);

pub(super) static SYSTEM: Shape = table(
    "[system]",
    "All accounts and strategies together.",
    &[may("rule", Kind::Tables(&RULE), "rules on the mtm of everything")],
);

pub(super) static TRADE: Shape = table(
    "[[trade]]",
    "One round trip on one instrument.",
    &[
        must("name", Kind::Text, "a name of its own; `explain` takes it"),
        must("strategy", Kind::Text, "the name of its strategy"),
        may("account", Kind::Text, "the name of its account; the first one when absent"),
        may("group", Kind::Text, "the name of its group in the strategy"),
        must("instrument", Kind::Text, "the symbol"),
        must("side", Kind::Choice(SIDES), "buy or sell"),
        may("lots", Kind::Count, "how many lots"),
        may("quantity", Kind::Quantity, "how many units, instead of lots"),
        may(
            "enter",
            Kind::Either(&[Kind::Choice(&["at once"]), Kind::Table(&ENTER)]),
            "when: \"at once\" (the first price), or { at = \"09:20\" }, { breakout = ... }, { momentum = ... }",
        ),
        may("filled", Kind::Price, "the price at which it was filled; at the mark when absent"),
        may("re_entry", Kind::Table(&RE_ENTRY), "enter again after a stop"),
        may("rule", Kind::Tables(&RULE), "its rules"),
    ],
);

pub(super) static ENTER: Shape = table(
    "enter",
    "When a trade is entered; after the time as well as on the signal when both are given.",
    &[
        may("at", Kind::Clock, "at this time of day, or from it on with a signal"),
        may("until", Kind::Clock, "not after this time of day"),
        may("breakout", Kind::Table(&BREAKOUT), "when the price leaves a level"),
        may("momentum", Kind::Table(&MOMENTUM), "when the price has moved so far in so long"),
    ],
);

pub(super) static BREAKOUT: Shape = table(
    "breakout",
    "The price reaches a level, or leaves the range of the session's first minutes.",
    &[
        may("above", Kind::Price, "at or above this price"),
        may("below", Kind::Price, "at or below this price"),
        may("range", Kind::Span, "the first so long of the session make the range"),
        may(
            "side",
            Kind::Choice(&["up", "down"]),
            "which way the range must be left; with the trade's side when absent",
        ),
    ],
);

pub(super) static MOMENTUM: Shape = table(
    "momentum",
    "The price has moved with the trade's side by so many points in so long.",
    &[
        must("points", Kind::Price, "so many points"),
        must("within", Kind::Span, "in at most so long"),
    ],
);

pub(super) static RE_ENTRY: Shape = table(
    "re_entry",
    "A closed trade is entered again, as its next generation.",
    &[
        must(
            "kind",
            Kind::Choice(&["asap", "at_cost"]),
            "with the next price, or when the price is back at the entry",
        ),
        may("times", Kind::Count, "how often at most; 1 when absent"),
        may(
            "after",
            Kind::Choice(&["stop", "target", "either"]),
            "after what kind of exit; stop when absent",
        ),
    ],
);

pub(super) static AT: Shape = table(
    "[[at]]",
    "What a person does at a time of day.",
    &[
        must("time", Kind::Clock, "when"),
        must(
            "do",
            Kind::Text,
            "what: \"halt strategy X\", \"kill\", \"loosen trail of trade Y\", ... (`highmark scenario example` shows all)",
        ),
        may("reason", Kind::Text, "why; loosening needs one"),
        may("quantity", Kind::Quantity, "how much, for exit and increase"),
        may("price", Kind::Price, "for mark, settle, increase"),
        may("to", Kind::Price, "the new level, for loosen"),
        may("amount", Kind::Money, "for margin"),
        may("new", Kind::Count, "for adjust: so many new units"),
        may("old", Kind::Count, "for adjust: for so many old ones"),
        may("dividend", Kind::Price, "for adjust: paid per unit"),
        may("rule", Kind::Table(&RULE), "the rule, for change and add"),
    ],
);

pub(super) static RULE: Shape = table(
    "a rule",
    "One rule by its name, with what else it does.",
    &[
        may("stop_loss", Kind::Table(&LEVEL), "exit at a price against the trade"),
        may("target", Kind::Table(&TARGET), "exit at a price, or at an mtm, for the trade"),
        may("trail", Kind::Table(&TRAIL), "a stop so far behind the best price"),
        may("keep", Kind::Table(&KEEP), "a stop that keeps a share of the best profit"),
        may("step", Kind::Table(&STEP), "a stop that moves in steps"),
        may("break_even", Kind::Table(&BREAK_EVEN), "at a profit the stop goes to the entry, once"),
        may("ladder", Kind::Tables(&RUNG), "a stop for each profit reached"),
        may("bars", Kind::Table(&BARS), "a stop from an indicator on bars"),
        may("time", Kind::Table(&TIME), "exit at a time"),
        may("max_loss", Kind::Table(&AMOUNT), "act at so large a loss"),
        may("give_back", Kind::Table(&GIVE_BACK), "act when a share of the peak is given back"),
        may("gap", Kind::Table(&GAP), "act so far below the peak"),
        may("lock", Kind::Table(&LOCK), "act at a floor, once a profit was reached"),
        may("lock_and_trail", Kind::Table(&LOCK_AND_TRAIL), "a floor that rises in steps"),
        may("trail_loss", Kind::Table(&TRAIL_LOSS), "a loss limit that rises in steps"),
        may("drawdown", Kind::Table(&DRAWDOWN), "act so far below the highest equity"),
        may("daily_loss", Kind::Table(&AMOUNT), "act at so large a loss in a day"),
        may("daily_target", Kind::Table(&AMOUNT), "act at so large a profit in a day"),
        may("max_trades_per_day", Kind::Table(&MAX_TRADES), "no more entries after so many"),
        may("cooling_off", Kind::Table(&COOLING_OFF), "no entries for a while after losses"),
        may("strict", Kind::Flag, "touching the level is no breach"),
        may("confirm", Kind::Table(&CONFIRM), "wait until the breach is confirmed"),
        may("peak_mark", Kind::Choice(MARKS), "which price moves best or peak"),
        may("breach_mark", Kind::Choice(MARKS), "which price is compared with the level"),
        may("watch", Kind::Choice(&["own", "underlying"]), "whose price is followed"),
        may(
            "window",
            Kind::Choice(&["session", "life"]),
            "what part of the life counts; session when absent",
        ),
        may(
            "valuation",
            Kind::Choice(&["gross", "net"]),
            "before or after charges; gross when absent",
        ),
        may(
            "action",
            Kind::Either(&[Kind::Choice(ACTIONS), Kind::Table(&REDUCE)]),
            "what a breach does",
        ),
        may("then", Kind::Table(&THEN), "what else it does, to a wider scope"),
        may("warn", Kind::Bands, "bands of room at which to warn: [\"50%\", \"25%\"]"),
        may("force", Kind::Flag, "accept what would be refused"),
    ],
);

pub(super) static REDUCE: Shape = table(
    "action",
    "Close a share of each trade, in whole lots.",
    &[must("reduce", Kind::Share, "the share: \"50%\"")],
);
pub(super) static THEN: Shape = table(
    "then",
    "An action on the group, strategy, account or system of the trade.",
    &[
        may(
            "group",
            Kind::Either(&[Kind::Choice(ACTIONS), Kind::Table(&REDUCE)]),
            "an action on its group",
        ),
        may(
            "strategy",
            Kind::Either(&[Kind::Choice(ACTIONS), Kind::Table(&REDUCE)]),
            "an action on its strategy",
        ),
        may(
            "account",
            Kind::Either(&[Kind::Choice(ACTIONS), Kind::Table(&REDUCE)]),
            "an action on its account",
        ),
        may(
            "system",
            Kind::Either(&[Kind::Choice(ACTIONS), Kind::Table(&REDUCE)]),
            "an action on everything",
        ),
    ],
);
pub(super) static CONFIRM: Shape = table(
    "confirm",
    "How a breach is confirmed; always bounded in time.",
    &[
        may("ticks", Kind::Count, "so many ticks in a row"),
        may("within", Kind::Span, "with ticks: or this long after the first"),
        may("wait", Kind::Span, "in breach for this long"),
        may(
            "candle_close",
            Kind::Span,
            "looked at only at the close of each stretch of this length",
        ),
    ],
);
pub(super) static LEVEL: Shape = table(
    "stop_loss",
    "A fixed level.",
    &[
        may("price", Kind::Price, "at this price"),
        may("from_entry", Kind::Distance, "so far from the entry"),
    ],
);
pub(super) static TARGET: Shape = table(
    "target",
    "A price on a trade, or an amount of mtm on any scope.",
    &[
        may("price", Kind::Price, "at this price"),
        may("from_entry", Kind::Distance, "so far from the entry"),
        may("amount", Kind::Amount, "at this mtm"),
    ],
);
pub(super) static ARM: Shape = table(
    "arm_at",
    "A profit at which trailing starts.",
    &[must("profit", Kind::Distance, "so far from the entry")],
);
pub(super) static TRAIL: Shape = table(
    "trail",
    "A stop so far behind the best price.",
    &[
        must("by", Kind::Distance, "how far behind"),
        may(
            "arm_at",
            Kind::Either(&[Kind::Price, Kind::Table(&ARM)]),
            "a price, or { profit = \"1%\" }, at which it starts",
        ),
    ],
);
pub(super) static KEEP: Shape = table(
    "keep",
    "A stop that keeps a share of the best profit.",
    &[
        must("fraction", Kind::Share, "the share that is kept, below 1"),
        may(
            "arm_at",
            Kind::Either(&[Kind::Price, Kind::Table(&ARM)]),
            "a price, or { profit = \"1%\" }, at which it starts",
        ),
    ],
);
pub(super) static STEP: Shape = table(
    "step",
    "A stop that moves in steps.",
    &[
        must(
            "start",
            Kind::Either(&[Kind::Price, Kind::Table(&FROM_ENTRY)]),
            "the first stop: a price, or { from_entry = \"1%\" }",
        ),
        must("every", Kind::Distance, "for each so much of profit"),
        may("move", Kind::Distance, "so far; by the whole move when absent (full move)"),
        may("from", Kind::Price, "count from this price instead of the entry"),
    ],
);
pub(super) static FROM_ENTRY: Shape = table(
    "start",
    "So far from the entry.",
    &[must("from_entry", Kind::Distance, "how far from the entry")],
);
pub(super) static BREAK_EVEN: Shape = table(
    "break_even",
    "At a profit the stop goes to the entry, once.",
    &[
        must("at", Kind::Distance, "the profit"),
        may("plus", Kind::Price, "so many points beyond the entry; 0 when absent"),
    ],
);
pub(super) static RUNG: Shape = table(
    "a rung",
    "At a profit the stop goes somewhere.",
    &[
        must("at", Kind::Distance, "the profit"),
        may("stop", Kind::Price, "so many points of profit; negative is a loss"),
        may("trail", Kind::Distance, "from here on so far behind best"),
        may("steps", Kind::Table(&RUNG_STEPS), "in steps from here on"),
    ],
);
pub(super) static RUNG_STEPS: Shape = table(
    "steps",
    "The profit less `by`, then by `every` for each whole `every`.",
    &[
        must("by", Kind::Distance, "how far behind"),
        must("every", Kind::Distance, "how much at once"),
    ],
);
pub(super) static BARS: Shape = table(
    "bars",
    "A stop from an indicator, moved when a bar closes.",
    &[
        must(
            "study",
            Kind::Choice(&["chandelier", "atr", "supertrend", "donchian", "parabolic_sar"]),
            "which indicator",
        ),
        must("length", Kind::Span, "of a bar"),
        may("period", Kind::Count, "so many bars"),
        may("multiple", Kind::Multiple, "times the ATR"),
        may("step", Kind::Share, "parabolic_sar: 0.02 when absent"),
        may("most", Kind::Share, "parabolic_sar: 0.2 when absent"),
    ],
);
pub(super) static TIME: Shape = table(
    "time",
    "Exit at a time.",
    &[
        may("at", Kind::Clock, "at this time of day"),
        may("after", Kind::Span, "after being held so long"),
        may("before_close", Kind::Span, "so long before the session's end"),
    ],
);
pub(super) static AMOUNT: Shape = table(
    "the rule",
    "An amount of mtm.",
    &[must("amount", Kind::Amount, "how much, in rupees or as a percentage")],
);
pub(super) static GIVE_BACK: Shape = table(
    "give_back",
    "Act when a share of the peak is given back.",
    &[
        must("fraction", Kind::Share, "the share"),
        may("arm_at", Kind::Amount, "the peak at which it starts; 0 when absent"),
    ],
);
pub(super) static GAP: Shape = table(
    "gap",
    "Act so far below the peak.",
    &[
        must("amount", Kind::Amount, "how far"),
        must("arm_at", Kind::Amount, "the peak at which it starts"),
        may("floor", Kind::Amount, "the lowest floor"),
    ],
);
pub(super) static LOCK: Shape = table(
    "lock",
    "A floor, once a profit was reached.",
    &[
        must("arm_at", Kind::Amount, "the profit"),
        must("floor", Kind::Amount, "the floor, below it"),
    ],
);
pub(super) static LOCK_AND_TRAIL: Shape = table(
    "lock_and_trail",
    "A floor that rises in steps.",
    &[
        must("arm_at", Kind::Amount, "the profit"),
        must("floor", Kind::Amount, "the floor, below it"),
        must("every", Kind::Amount, "for each so much more"),
        must("raise", Kind::Amount, "so much higher, at most every"),
        may("max_steps", Kind::Count, "at most so many times"),
    ],
);
pub(super) static TRAIL_LOSS: Shape = table(
    "trail_loss",
    "A loss limit that rises in steps.",
    &[
        must("loss", Kind::Amount, "the loss"),
        must("every", Kind::Amount, "for each so much of peak"),
        must("raise", Kind::Amount, "so much higher"),
        may("cap", Kind::Choice(&["none", "cost"]), "to zero and no farther; none when absent"),
    ],
);
pub(super) static DRAWDOWN: Shape = table(
    "drawdown",
    "Act so far below the highest equity.",
    &[
        may("amount", Kind::Money, "so much"),
        may("percent", Kind::Share, "so much of the starting balance: \"4%\""),
        may(
            "basis",
            Kind::Choice(&["intraday", "end_of_day", "realised"]),
            "what the highest is looked for in; intraday when absent",
        ),
        may("lock_at", Kind::Money, "the highest value that the floor may take"),
    ],
);
pub(super) static MAX_TRADES: Shape =
    table("max_trades_per_day", "No more entries.", &[must("count", Kind::Count, "after so many")]);
pub(super) static COOLING_OFF: Shape = table(
    "cooling_off",
    "No entries for a while after losses.",
    &[must("losses", Kind::Count, "so many in a row"), must("wait", Kind::Span, "for so long")],
);
