//! The shape of every table of a scenario: what the reader accepts and the JSON Schema publishes.

mod rule;

pub(in crate::scenario) use rule::*;

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
        may(
            "charges",
            Kind::Either(&[Kind::Choice(&["market"]), Kind::Table(&CHARGES)]),
            "what an order costs, for net mtm: \"market\", or { plan = \"zerodha\" }, or rates of one's own",
        ),
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
    "The cost of one order: by the market's rules of the run's first day, with a plan; or by rates of one's own.",
    &[
        may(
            "plan",
            Kind::Text,
            "a broker's price list: discount, zerodha, none, or one of your own rows",
        ),
        may(
            "exchange",
            Kind::Choice(&["nse", "bse", "mcx"]),
            "with a plan: that of the venue when absent",
        ),
        may(
            "segment",
            Kind::Choice(&["delivery", "intraday", "futures", "options"]),
            "with a plan; by venue and kind of option when absent: intraday, futures or options",
        ),
        may(
            "order_value",
            Kind::Money,
            "with a plan: what an order is usually worth, for brokerage with a ceiling",
        ),
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
