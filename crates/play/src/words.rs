//! A rule with its parameters, in words.

use crate::text;
use highmark_engine::*;

/// `trail by 5 points, armed at 14,500.00; only an alert`.
pub fn rule_words(draft: &RuleDraft) -> String {
    let core = match &draft.spec {
        RuleSpec::Price(rule) => price_words(rule),
        RuleSpec::Mtm(rule) => mtm_words(rule),
    };
    let mut words = vec![format!("{} {core}", draft.spec.kind())];
    words.extend(option_words(&draft.options));
    words.join("; ")
}

fn price_words(rule: &PriceRule) -> String {
    match rule {
        PriceRule::StopLoss { at } | PriceRule::Target { at } => place(*at),
        PriceRule::Trail { by, arm_at } => format!("by {}{}", distance(*by), armed(*arm_at)),
        PriceRule::Keep { fraction, arm_at } => {
            format!("{} of the best profit{}", share(*fraction), armed(*arm_at))
        }
        PriceRule::Step { start, every, by, from } => {
            let by = match by {
                StepBy::WholeSteps { r#move } => format!("by {}", distance(*r#move)),
                StepBy::FullMove => "by the whole move".into(),
            };
            let from = from
                .map_or_else(String::new, |from| format!(", counted from {}", text::price(from)));
            format!("from {}, for every {} {by}{from}", place(*start), distance(*every))
        }
        PriceRule::BreakEven { at, plus } => {
            format!("at a profit of {} to the entry plus {}", distance(*at), text::price(*plus))
        }
        PriceRule::Ladder { rungs } => rungs.iter().map(rung).collect::<Vec<_>>().join(", "),
        PriceRule::Bars { study, length } => {
            format!("{} on bars of {}", study_words(*study), text::span(*length))
        }
        PriceRule::Time { when } => match when {
            When::At(time) => format!("at {}", time_of_day(*time)),
            When::After(span) => format!("after {}", text::span(*span)),
            When::BeforeClose(span) => format!("{} before the close", text::span(*span)),
        },
    }
}

fn rung(rung: &Rung) -> String {
    let stop = match rung.stop {
        RungStop::Profit(profit) => format!("the stop at {} points of profit", text::price(profit)),
        RungStop::Trail { by } => format!("a trail by {}", distance(by)),
        RungStop::Steps { by, every } => {
            format!("steps of {}, {} behind", distance(every), distance(by))
        }
    };
    format!("at {} {stop}", distance(rung.at))
}

fn study_words(study: Study) -> String {
    // A multiple of 3 is 3,000,000 parts per million.
    let times = |multiple: Fraction| multiple.to_string();
    match study {
        Study::Chandelier { period, multiple } => {
            format!("chandelier {period} x {}", times(multiple))
        }
        Study::Atr { period, multiple } => format!("atr {period} x {}", times(multiple)),
        Study::Supertrend { period, multiple } => {
            format!("supertrend {period} x {}", times(multiple))
        }
        Study::Donchian { period } => format!("donchian {period}"),
        Study::ParabolicSar { step, most } => format!("parabolic_sar {step} up to {most}"),
    }
}

fn mtm_words(rule: &MtmRule) -> String {
    match rule {
        MtmRule::MaxLoss { amount: a }
        | MtmRule::Target { amount: a }
        | MtmRule::DailyLoss { amount: a }
        | MtmRule::DailyTarget { amount: a } => format!("of {}", amount(*a)),
        MtmRule::GiveBack { fraction, arm_at } => {
            format!("{} of the peak, from {} on", share(*fraction), amount(*arm_at))
        }
        MtmRule::Gap { amount: a, arm_at, floor } => {
            let floor =
                floor.map_or_else(String::new, |floor| format!(", not below {}", amount(floor)));
            format!("{} below the peak, from {} on{floor}", amount(*a), amount(*arm_at))
        }
        MtmRule::Lock { arm_at, floor } => {
            format!("{} once {} was reached", amount(*floor), amount(*arm_at))
        }
        MtmRule::LockAndTrail { arm_at, floor, every, raise, max_steps } => {
            let most =
                max_steps.map_or_else(String::new, |steps| format!(", at most {steps} times"));
            format!(
                "{} once {} was reached, {} more for every {}{most}",
                amount(*floor),
                amount(*arm_at),
                amount(*raise),
                amount(*every)
            )
        }
        MtmRule::TrailLoss { loss, every, raise, cap } => {
            let cap = match cap {
                Cap::None => "",
                Cap::Cost => ", up to zero",
            };
            format!(
                "of {}, {} less for every {} of peak{cap}",
                amount(*loss),
                amount(*raise),
                amount(*every)
            )
        }
        MtmRule::Drawdown { distance, basis, lock_at } => {
            let distance = match distance {
                DrawdownDistance::Money(money) => text::rupees(*money),
                DrawdownDistance::OfBalance(part) => format!("{} of the balance", share(*part)),
            };
            let basis = match basis {
                DrawdownBasis::Intraday => "the highest equity",
                DrawdownBasis::EndOfDay => "the highest equity at a day's end",
                DrawdownBasis::Realised => "the highest realised balance",
            };
            let lock =
                lock_at.map_or_else(String::new, |at| format!(", not above {}", text::rupees(at)));
            format!("{distance} below {basis}{lock}")
        }
        MtmRule::MaxTradesPerDay { count } => format!("{count}"),
        MtmRule::CoolingOff { losses, wait } => {
            format!("of {} after {losses} losses in a row", text::span(*wait))
        }
    }
}

fn option_words(options: &RuleOptions) -> Vec<String> {
    let mut words = Vec::new();
    if options.strict {
        words.push("touching is no breach".to_owned());
    }
    if let Some(confirm) = options.confirm {
        words.push(match confirm {
            Confirm::Ticks { count, within } => {
                format!("confirmed by {count} ticks or {}", text::span(within))
            }
            Confirm::Seconds { wait } => format!("confirmed after {}", text::span(wait)),
            Confirm::CandleClose { length } => format!("looked at every {}", text::span(length)),
        });
    }
    if options.watch == Watch::Underlying {
        words.push("on the underlying's price".into());
    }
    if options.window == Window::Life {
        words.push("over its whole life".into());
    }
    if options.valuation == Valuation::Net {
        words.push("net of charges".into());
    }
    if let Some(action) = options.action {
        words.push(format!("then {}", action_words(action)));
    }
    if let Some(then) = options.then {
        let reach = match then.reach {
            Reach::Group => "group",
            Reach::Strategy => "strategy",
            Reach::Account => "account",
            Reach::System => "whole system",
        };
        words.push(format!("and for its {reach} {}", action_words(then.action)));
    }
    words
}

fn action_words(action: Action) -> String {
    match action {
        Action::Alert => "an alert".into(),
        Action::Exit => "exit".into(),
        Action::Shutdown => "shutdown".into(),
        Action::BlockEntries => "no entries".into(),
        Action::ExitLosers => "the losers exit".into(),
        Action::Reduce(part) => format!("{} less", share(part)),
        Action::MoveToCost => "stops to the entries".into(),
    }
}

fn armed(arm_at: Option<ArmAt>) -> String {
    match arm_at {
        None => String::new(),
        Some(ArmAt::Price(price)) => format!(", once best reaches {}", text::price(price)),
        Some(ArmAt::Profit(profit)) => format!(", once the profit reaches {}", distance(profit)),
    }
}

fn place(place: Place) -> String {
    match place {
        Place::Price(price) => text::price(price),
        Place::FromEntry(far) => format!("{} from the entry", distance(far)),
    }
}

pub fn distance(distance: Distance) -> String {
    match distance {
        Distance::Points(points) => format!("{points} points"),
        Distance::Ticks(ticks) => format!("{ticks} ticks"),
        Distance::BasisPoints(points) => format!("{points} bps"),
        Distance::OfEntry(part) => format!("{} of entry", share(part)),
        Distance::OfBest(part) => format!("{} of best", share(part)),
        Distance::OfPremium(part) => format!("{} of premium", share(part)),
    }
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Money(money) => text::rupees(money),
        Amount::OfCapital(part) => format!("{} of capital", share(part)),
        Amount::OfMargin(part) => format!("{} of margin", share(part)),
        Amount::OfPremium(part) => format!("{} of premium", share(part)),
    }
}

/// 0.015 as 1.5%, exactly.
fn share(part: Fraction) -> String {
    let (whole, rest) = (part.0 / 10_000, part.0 % 10_000);
    if rest == 0 {
        return format!("{whole}%");
    }
    let tail = format!("{rest:04}");
    format!("{whole}.{}%", tail.trim_end_matches('0'))
}

fn time_of_day(time: TimeOfDay) -> String {
    let seconds = time.0 / SECOND;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
