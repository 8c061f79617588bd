//! The shapes of rules and of what stands in them.

use super::{ACTIONS, Kind, MARKS, Shape, may, must, table};

pub(in crate::scenario) static RULE: Shape = table(
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

pub(in crate::scenario) static REDUCE: Shape = table(
    "action",
    "Close a share of each trade, in whole lots.",
    &[must("reduce", Kind::Share, "the share: \"50%\"")],
);
pub(in crate::scenario) static THEN: Shape = table(
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
pub(in crate::scenario) static CONFIRM: Shape = table(
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
pub(in crate::scenario) static LEVEL: Shape = table(
    "stop_loss",
    "A fixed level.",
    &[
        may("price", Kind::Price, "at this price"),
        may("from_entry", Kind::Distance, "so far from the entry"),
    ],
);
pub(in crate::scenario) static TARGET: Shape = table(
    "target",
    "A price on a trade, or an amount of mtm on any scope.",
    &[
        may("price", Kind::Price, "at this price"),
        may("from_entry", Kind::Distance, "so far from the entry"),
        may("amount", Kind::Amount, "at this mtm"),
    ],
);
pub(in crate::scenario) static ARM: Shape = table(
    "arm_at",
    "A profit at which trailing starts.",
    &[must("profit", Kind::Distance, "so far from the entry")],
);
pub(in crate::scenario) static TRAIL: Shape = table(
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
pub(in crate::scenario) static KEEP: Shape = table(
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
pub(in crate::scenario) static STEP: Shape = table(
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
pub(in crate::scenario) static FROM_ENTRY: Shape = table(
    "start",
    "So far from the entry.",
    &[must("from_entry", Kind::Distance, "how far from the entry")],
);
pub(in crate::scenario) static BREAK_EVEN: Shape = table(
    "break_even",
    "At a profit the stop goes to the entry, once.",
    &[
        must("at", Kind::Distance, "the profit"),
        may("plus", Kind::Price, "so many points beyond the entry; 0 when absent"),
    ],
);
pub(in crate::scenario) static RUNG: Shape = table(
    "a rung",
    "At a profit the stop goes somewhere.",
    &[
        must("at", Kind::Distance, "the profit"),
        may("stop", Kind::Price, "so many points of profit; negative is a loss"),
        may("trail", Kind::Distance, "from here on so far behind best"),
        may("steps", Kind::Table(&RUNG_STEPS), "in steps from here on"),
    ],
);
pub(in crate::scenario) static RUNG_STEPS: Shape = table(
    "steps",
    "The profit less `by`, then by `every` for each whole `every`.",
    &[
        must("by", Kind::Distance, "how far behind"),
        must("every", Kind::Distance, "how much at once"),
    ],
);
pub(in crate::scenario) static BARS: Shape = table(
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
pub(in crate::scenario) static TIME: Shape = table(
    "time",
    "Exit at a time.",
    &[
        may("at", Kind::Clock, "at this time of day"),
        may("after", Kind::Span, "after being held so long"),
        may("before_close", Kind::Span, "so long before the session's end"),
    ],
);
pub(in crate::scenario) static AMOUNT: Shape = table(
    "the rule",
    "An amount of mtm.",
    &[must("amount", Kind::Amount, "how much, in rupees or as a percentage")],
);
pub(in crate::scenario) static GIVE_BACK: Shape = table(
    "give_back",
    "Act when a share of the peak is given back.",
    &[
        must("fraction", Kind::Share, "the share"),
        may("arm_at", Kind::Amount, "the peak at which it starts; 0 when absent"),
    ],
);
pub(in crate::scenario) static GAP: Shape = table(
    "gap",
    "Act so far below the peak.",
    &[
        must("amount", Kind::Amount, "how far"),
        must("arm_at", Kind::Amount, "the peak at which it starts"),
        may("floor", Kind::Amount, "the lowest floor"),
    ],
);
pub(in crate::scenario) static LOCK: Shape = table(
    "lock",
    "A floor, once a profit was reached.",
    &[
        must("arm_at", Kind::Amount, "the profit"),
        must("floor", Kind::Amount, "the floor, below it"),
    ],
);
pub(in crate::scenario) static LOCK_AND_TRAIL: Shape = table(
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
pub(in crate::scenario) static TRAIL_LOSS: Shape = table(
    "trail_loss",
    "A loss limit that rises in steps.",
    &[
        must("loss", Kind::Amount, "the loss"),
        must("every", Kind::Amount, "for each so much of peak"),
        must("raise", Kind::Amount, "so much higher"),
        may("cap", Kind::Choice(&["none", "cost"]), "to zero and no farther; none when absent"),
    ],
);
pub(in crate::scenario) static DRAWDOWN: Shape = table(
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
pub(in crate::scenario) static MAX_TRADES: Shape =
    table("max_trades_per_day", "No more entries.", &[must("count", Kind::Count, "after so many")]);
pub(in crate::scenario) static COOLING_OFF: Shape = table(
    "cooling_off",
    "No entries for a while after losses.",
    &[must("losses", Kind::Count, "so many in a row"), must("wait", Kind::Span, "for so long")],
);
