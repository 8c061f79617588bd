//! Rules as a scenario writes them, into rules as the engine takes them.

use super::diagnostics::Origin;
use super::node::Value;
use super::reader::{Fields, Item, Problems};
use super::shape;
use super::values;
use highmark_engine::*;

/// A rule and where it was written.
#[derive(Clone, Debug)]
pub struct Rule {
    pub draft: RuleDraft,
    pub at: Origin,
    pub path: String,
}

/// Every rule by its name, in the order of the manual.
pub const NAMES: [&str; 20] = [
    "stop_loss",
    "target",
    "trail",
    "keep",
    "step",
    "break_even",
    "ladder",
    "bars",
    "time",
    "max_loss",
    "give_back",
    "gap",
    "lock",
    "lock_and_trail",
    "trail_loss",
    "drawdown",
    "daily_loss",
    "daily_target",
    "max_trades_per_day",
    "cooling_off",
];

/// All rules of a list; `on_trade` says whether rules on price may stand there.
pub(super) fn rules(list: Option<Item<'_>>, on_trade: bool, problems: &mut Problems) -> Vec<Rule> {
    let items = problems.list(list);
    items.iter().filter_map(|item| rule(item, on_trade, problems)).collect()
}

pub(super) fn rule(item: &Item<'_>, on_trade: bool, problems: &mut Problems) -> Option<Rule> {
    let fields = problems.fields(item, &shape::RULE)?;
    let (name, inner) = fields.one_of(problems, &NAMES)?;
    let spec = price_rule(name, &inner, problems)
        .or_else(|| Some(mtm_rule(name, &inner, problems)?.map(RuleSpec::Mtm)))??;
    if matches!(spec, RuleSpec::Price(_)) && !on_trade {
        problems.at(
            &inner,
            format!("`{name}` on a price stands on a trade"),
            "move it to the [[trade]], or use a rule on mtm: max_loss, lock, give_back, ...",
        );
        return None;
    }
    let options = options(&fields, problems);
    Some(Rule { draft: RuleDraft { spec, options }, at: inner.node.at, path: inner.path.clone() })
}

/// `None` when `name` is no rule on price; `Some(None)` when it is one and was wrong.
fn price_rule(name: &str, inner: &Item<'_>, p: &mut Problems) -> Option<Option<RuleSpec>> {
    let rule = match name {
        "stop_loss" => p
            .fields(inner, &shape::LEVEL)
            .and_then(|f| Some(PriceRule::StopLoss { at: place(&f, p)? })),
        "target" if inner.node.get("amount").is_some() => return None,
        "target" => p
            .fields(inner, &shape::TARGET)
            .and_then(|f| Some(PriceRule::Target { at: place(&f, p)? })),
        "trail" => p.fields(inner, &shape::TRAIL).and_then(|f| {
            let arm_at = arm_at(f.get("arm_at"), p);
            Some(PriceRule::Trail { by: p.read(f.get("by"), values::distance)?, arm_at })
        }),
        "keep" => p.fields(inner, &shape::KEEP).and_then(|f| {
            let arm_at = arm_at(f.get("arm_at"), p);
            Some(PriceRule::Keep { fraction: p.read(f.get("fraction"), values::share)?, arm_at })
        }),
        "step" => p.fields(inner, &shape::STEP).and_then(|f| step(&f, p)),
        "break_even" => p.fields(inner, &shape::BREAK_EVEN).and_then(|f| {
            let plus = p.read(f.get("plus"), values::price).unwrap_or_default();
            Some(PriceRule::BreakEven { at: p.read(f.get("at"), values::distance)?, plus })
        }),
        "ladder" => Some(PriceRule::Ladder { rungs: rungs(inner, p) }),
        "bars" => p.fields(inner, &shape::BARS).and_then(|f| bars(&f, p)),
        "time" => p.fields(inner, &shape::TIME).and_then(|f| {
            let (word, item) = f.one_of(p, &["at", "after", "before_close"])?;
            let when = match word {
                "at" => When::At(p.read(Some(item), values::clock)?),
                "after" => When::After(p.read(Some(item), values::span)?),
                _ => When::BeforeClose(p.read(Some(item), values::span)?),
            };
            Some(PriceRule::Time { when })
        }),
        _ => return None,
    };
    Some(rule.map(RuleSpec::Price))
}

fn mtm_rule(name: &str, inner: &Item<'_>, p: &mut Problems) -> Option<Option<MtmRule>> {
    let rule = match name {
        "max_loss" => one_amount(inner, p).map(|amount| MtmRule::MaxLoss { amount }),
        "daily_loss" => one_amount(inner, p).map(|amount| MtmRule::DailyLoss { amount }),
        "daily_target" => one_amount(inner, p).map(|amount| MtmRule::DailyTarget { amount }),
        "target" => p.fields(inner, &shape::TARGET).and_then(|f| {
            let (_, amount) = f.one_of(p, &["amount", "price", "from_entry"])?;
            Some(MtmRule::Target { amount: p.read(Some(amount), values::amount)? })
        }),
        "give_back" => p.fields(inner, &shape::GIVE_BACK).and_then(|f| {
            let arm_at = p.read(f.get("arm_at"), values::amount);
            let fraction = p.read(f.get("fraction"), values::share)?;
            Some(MtmRule::GiveBack {
                fraction,
                arm_at: arm_at.unwrap_or(Amount::Money(Money::ZERO)),
            })
        }),
        "gap" => p.fields(inner, &shape::GAP).and_then(|f| {
            let [amount, arm_at] = amounts(&f, ["amount", "arm_at"], p)?;
            Some(MtmRule::Gap { amount, arm_at, floor: p.read(f.get("floor"), values::amount) })
        }),
        "lock" => p.fields(inner, &shape::LOCK).and_then(|f| {
            let [arm_at, floor] = amounts(&f, ["arm_at", "floor"], p)?;
            Some(MtmRule::Lock { arm_at, floor })
        }),
        "lock_and_trail" => p.fields(inner, &shape::LOCK_AND_TRAIL).and_then(|f| {
            let max_steps = p.read(f.get("max_steps"), values::count);
            let [arm_at, floor, every, raise] =
                amounts(&f, ["arm_at", "floor", "every", "raise"], p)?;
            Some(MtmRule::LockAndTrail { arm_at, floor, every, raise, max_steps })
        }),
        "trail_loss" => p.fields(inner, &shape::TRAIL_LOSS).and_then(|f| {
            let cap = p.choice(f.get("cap"), &[("none", Cap::None), ("cost", Cap::Cost)]);
            let [loss, every, raise] = amounts(&f, ["loss", "every", "raise"], p)?;
            Some(MtmRule::TrailLoss { loss, every, raise, cap: cap.unwrap_or(Cap::None) })
        }),
        "drawdown" => p.fields(inner, &shape::DRAWDOWN).and_then(|f| drawdown(&f, p)),
        "max_trades_per_day" => p.fields(inner, &shape::MAX_TRADES).and_then(|f| {
            Some(MtmRule::MaxTradesPerDay { count: p.read(f.get("count"), values::count)? })
        }),
        "cooling_off" => p.fields(inner, &shape::COOLING_OFF).and_then(|f| {
            let wait = p.read(f.get("wait"), values::span);
            let losses = p.read(f.get("losses"), values::count)?;
            Some(MtmRule::CoolingOff { losses, wait: wait? })
        }),
        _ => return None,
    };
    Some(rule)
}

fn one_amount(inner: &Item<'_>, p: &mut Problems) -> Option<Amount> {
    let fields = p.fields(inner, &shape::AMOUNT)?;
    p.read(fields.get("amount"), values::amount)
}

/// All the named amounts, each wrong one told.
fn amounts<const N: usize>(
    fields: &Fields<'_>,
    names: [&str; N],
    p: &mut Problems,
) -> Option<[Amount; N]> {
    let read = names.map(|name| p.read(fields.get(name), values::amount));
    let mut all = [Amount::Money(Money::ZERO); N];
    for (slot, amount) in all.iter_mut().zip(read) {
        *slot = amount?;
    }
    Some(all)
}

fn place(fields: &Fields<'_>, p: &mut Problems) -> Option<Place> {
    let (word, item) = fields.one_of(p, &["price", "from_entry"])?;
    match word {
        "price" => p.read(Some(item), values::price).map(Place::Price),
        _ => p.read(Some(item), values::distance).map(Place::FromEntry),
    }
}

fn arm_at(item: Option<Item<'_>>, p: &mut Problems) -> Option<ArmAt> {
    let item = item?;
    if let Value::Table(_) = item.node.value {
        let fields = p.fields(&item, &shape::ARM)?;
        return p.read(fields.get("profit"), values::distance).map(ArmAt::Profit);
    }
    p.read(Some(item), values::price).map(ArmAt::Price)
}

fn step(fields: &Fields<'_>, p: &mut Problems) -> Option<PriceRule> {
    let from = p.read(fields.get("from"), values::price);
    let every = p.read(fields.get("every"), values::distance);
    let by = match fields.get("move") {
        Some(item) => {
            p.read(Some(item), values::distance).map(|r#move| StepBy::WholeSteps { r#move })
        }
        None => Some(StepBy::FullMove),
    };
    let start = fields.get("start")?;
    let start = if let Value::Table(_) = start.node.value {
        let inner = p.fields(&start, &shape::FROM_ENTRY)?;
        Place::FromEntry(p.read(inner.get("from_entry"), values::distance)?)
    } else {
        Place::Price(p.read(Some(start), values::price)?)
    };
    Some(PriceRule::Step { start, every: every?, by: by?, from })
}

fn rungs(inner: &Item<'_>, p: &mut Problems) -> Vec<Rung> {
    let items = p.list(Some(inner.clone()));
    items.iter().filter_map(|item| rung(item, p)).collect()
}

fn rung(item: &Item<'_>, p: &mut Problems) -> Option<Rung> {
    let fields = p.fields(item, &shape::RUNG)?;
    let at = p.read(fields.get("at"), values::distance);
    let (word, place) = fields.one_of(p, &["stop", "trail", "steps"])?;
    let stop = match word {
        "stop" => RungStop::Profit(p.read(Some(place), values::price)?),
        "trail" => RungStop::Trail { by: p.read(Some(place), values::distance)? },
        _ => {
            let steps = p.fields(&place, &shape::RUNG_STEPS)?;
            let by = p.read(steps.get("by"), values::distance);
            RungStop::Steps { every: p.read(steps.get("every"), values::distance)?, by: by? }
        }
    };
    Some(Rung { at: at?, stop })
}

#[derive(Clone, Copy)]
enum StudyName {
    Chandelier,
    Atr,
    Supertrend,
    Donchian,
    ParabolicSar,
}

const STUDIES: [(&str, StudyName); 5] = [
    ("chandelier", StudyName::Chandelier),
    ("atr", StudyName::Atr),
    ("supertrend", StudyName::Supertrend),
    ("donchian", StudyName::Donchian),
    ("parabolic_sar", StudyName::ParabolicSar),
];

fn bars(fields: &Fields<'_>, p: &mut Problems) -> Option<PriceRule> {
    let length = p.read(fields.get("length"), values::span);
    let name = p.choice(fields.get("study"), &STUDIES)?;
    let period = p.read(fields.get("period"), values::count);
    let multiple = p.read(fields.get("multiple"), values::fraction);
    let mut needed = |field: &str, hint: &str| {
        if !fields.has(field) {
            fields.wrong(p, format!("`{field}` is missing in bars"), hint);
        }
    };
    match name {
        StudyName::ParabolicSar => {}
        StudyName::Donchian => needed("period", "so many bars: 14"),
        StudyName::Chandelier | StudyName::Atr | StudyName::Supertrend => {
            needed("period", "so many bars: 14");
            needed("multiple", "times the ATR: 3");
        }
    }
    let study = match name {
        StudyName::Chandelier => Study::Chandelier { period: period?, multiple: multiple? },
        StudyName::Atr => Study::Atr { period: period?, multiple: multiple? },
        StudyName::Supertrend => Study::Supertrend { period: period?, multiple: multiple? },
        StudyName::Donchian => Study::Donchian { period: period? },
        StudyName::ParabolicSar => Study::ParabolicSar {
            step: p.read(fields.get("step"), values::share).unwrap_or(Fraction(20_000)),
            most: p.read(fields.get("most"), values::share).unwrap_or(Fraction(200_000)),
        },
    };
    Some(PriceRule::Bars { study, length: length? })
}

fn drawdown(fields: &Fields<'_>, p: &mut Problems) -> Option<MtmRule> {
    let basis = p.choice(
        fields.get("basis"),
        &[
            ("intraday", DrawdownBasis::Intraday),
            ("end_of_day", DrawdownBasis::EndOfDay),
            ("realised", DrawdownBasis::Realised),
        ],
    );
    let lock_at = p.read(fields.get("lock_at"), values::money);
    let (word, item) = fields.one_of(p, &["amount", "percent"])?;
    let distance = match word {
        "amount" => DrawdownDistance::Money(p.read(Some(item), values::money)?),
        _ => DrawdownDistance::OfBalance(p.read(Some(item), values::share)?),
    };
    Some(MtmRule::Drawdown { distance, basis: basis.unwrap_or(DrawdownBasis::Intraday), lock_at })
}

pub(crate) const MARK_KINDS: [(&str, MarkKind); 4] = [
    ("last", MarkKind::Last),
    ("mid", MarkKind::Mid),
    ("executable", MarkKind::Executable),
    ("clamped", MarkKind::Clamped),
];

fn options(fields: &Fields<'_>, p: &mut Problems) -> RuleOptions {
    RuleOptions {
        strict: p.read(fields.get("strict"), values::flag).unwrap_or(false),
        confirm: fields.get("confirm").and_then(|item| confirm(&item, p)),
        peak_mark: p.choice(fields.get("peak_mark"), &MARK_KINDS),
        breach_mark: p.choice(fields.get("breach_mark"), &MARK_KINDS),
        watch: p
            .choice(fields.get("watch"), &[("own", Watch::Own), ("underlying", Watch::Underlying)])
            .unwrap_or_default(),
        window: p
            .choice(fields.get("window"), &[("session", Window::Session), ("life", Window::Life)])
            .unwrap_or_default(),
        valuation: p
            .choice(
                fields.get("valuation"),
                &[("gross", Valuation::Gross), ("net", Valuation::Net)],
            )
            .unwrap_or_default(),
        action: fields.get("action").and_then(|item| action(&item, p)),
        then: fields.get("then").and_then(|item| then(&item, p)),
        warn: fields.get("warn").map(|item| {
            let items = p.list(Some(item));
            items.into_iter().filter_map(|item| p.read(Some(item), values::share)).collect()
        }),
        force: p.read(fields.get("force"), values::flag).unwrap_or(false),
    }
}

fn confirm(item: &Item<'_>, p: &mut Problems) -> Option<Confirm> {
    let fields = p.fields(item, &shape::CONFIRM)?;
    let (word, first) = fields.one_of(p, &["ticks", "wait", "candle_close"])?;
    match word {
        "ticks" => {
            let count = p.read(Some(first), values::count);
            if !fields.has("within") {
                fields.wrong(
                    p,
                    "`within` is missing in confirm",
                    "a wait is bounded: within = \"2s\"",
                );
            }
            let within = p.read(fields.get("within"), values::span)?;
            Some(Confirm::Ticks { count: count?, within })
        }
        "wait" => p.read(Some(first), values::span).map(|wait| Confirm::Seconds { wait }),
        _ => p.read(Some(first), values::span).map(|length| Confirm::CandleClose { length }),
    }
}

fn action(item: &Item<'_>, p: &mut Problems) -> Option<Action> {
    if let Value::Table(_) = item.node.value {
        let fields = p.fields(item, &shape::REDUCE)?;
        return p.read(fields.get("reduce"), values::share).map(Action::Reduce);
    }
    p.choice(
        Some(item.clone()),
        &[
            ("alert", Action::Alert),
            ("exit", Action::Exit),
            ("shutdown", Action::Shutdown),
            ("block_entries", Action::BlockEntries),
            ("exit_losers", Action::ExitLosers),
            ("move_to_cost", Action::MoveToCost),
        ],
    )
}

fn then(item: &Item<'_>, p: &mut Problems) -> Option<Then> {
    let fields = p.fields(item, &shape::THEN)?;
    let (word, item) = fields.one_of(p, &["group", "strategy", "account", "system"])?;
    let reach = match word {
        "group" => Reach::Group,
        "strategy" => Reach::Strategy,
        "account" => Reach::Account,
        _ => Reach::System,
    };
    Some(Then { reach, action: action(&item, p)? })
}
