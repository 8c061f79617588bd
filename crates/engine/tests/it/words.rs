//! The words of rules, scopes and entries in scripts.

use highmark_engine::*;

pub(crate) fn scope(text: &str) -> Option<Scope> {
    if text == "system" {
        return Some(Scope::System);
    }
    let number = text.get(1..)?.parse().ok()?;
    match text.as_bytes()[0] {
        b't' => Some(Scope::Trade(TradeId(number))),
        b'g' => Some(Scope::Group(GroupId(number))),
        b's' => Some(Scope::Strategy(StrategyId(number))),
        b'a' => Some(Scope::Account(AccountId(number))),
        _ => None,
    }
}

/// `PRICE`, `mark` or `adopt PRICE`.
pub(crate) fn entry(words: &[&str]) -> Entry {
    match words {
        ["mark", ..] => Entry::AtMark,
        ["adopt", price, ..] => Entry::Adopted { price: price.parse().unwrap() },
        [price, ..] => Entry::Filled { price: price.parse().unwrap() },
        [] => panic!("an entry has a price"),
    }
}

pub(crate) fn price_rules(text: &str) -> Vec<RuleDraft> {
    text.split(';').filter(|rule| !rule.trim().is_empty()).map(draft).collect()
}

/// A rule and, behind commas, its options.
pub(crate) fn draft(text: &str) -> RuleDraft {
    let mut parts = text.split(',').map(str::trim);
    let words: Vec<&str> = parts.next().unwrap().split_whitespace().collect();
    let spec = price_spec(&words)
        .map(RuleSpec::Price)
        .or_else(|| mtm_spec(&words).map(RuleSpec::Mtm))
        .unwrap_or_else(|| panic!("no such rule: {text}"));
    let mut options = RuleOptions::default();
    for part in parts {
        option(&mut options, part);
    }
    RuleDraft { spec, options }
}

pub(crate) fn mtm_rule(text: &str) -> RuleDraft {
    draft(&text.replacen("target", "mtm_target", 1))
}

/// `strict`, `force`, `life`, `net`, `do ACTION`, `then REACH ACTION`, `ticks N W`, `seconds W`, `candle L`, `peak KIND`, `breach KIND`,
/// `underlying`, `warn SHARE...`.
fn option(options: &mut RuleOptions, text: &str) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let seconds = |text: &str| Span::seconds(text.parse().unwrap());
    match words.as_slice() {
        ["strict"] => options.strict = true,
        ["force"] => options.force = true,
        ["life"] => options.window = Window::Life,
        ["net"] => options.valuation = Valuation::Net,
        ["underlying"] => options.watch = Watch::Underlying,
        ["do", rest @ ..] => options.action = Some(action(rest)),
        ["then", reach, rest @ ..] => {
            let reach = match *reach {
                "group" => Reach::Group,
                "strategy" => Reach::Strategy,
                "account" => Reach::Account,
                _ => Reach::System,
            };
            options.then = Some(Then { reach, action: action(rest) });
        }
        ["ticks", count, within] => {
            options.confirm =
                Some(Confirm::Ticks { count: count.parse().unwrap(), within: seconds(within) })
        }
        ["seconds", wait] => options.confirm = Some(Confirm::Seconds { wait: seconds(wait) }),
        ["candle", length] => {
            options.confirm = Some(Confirm::CandleClose { length: seconds(length) })
        }
        ["peak", kind] => options.peak_mark = Some(mark_kind(kind)),
        ["breach", kind] => options.breach_mark = Some(mark_kind(kind)),
        ["warn", bands @ ..] => {
            options.warn = Some(bands.iter().map(|band| band.parse().unwrap()).collect())
        }
        other => panic!("no such option: {other:?}"),
    }
}

fn action(words: &[&str]) -> Action {
    match words {
        ["alert"] => Action::Alert,
        ["exit"] => Action::Exit,
        ["shutdown"] => Action::Shutdown,
        ["block"] => Action::BlockEntries,
        ["exit_losers"] => Action::ExitLosers,
        ["reduce", share] => Action::Reduce(share.parse().unwrap()),
        ["move_to_cost"] => Action::MoveToCost,
        other => panic!("no such action: {other:?}"),
    }
}

fn mark_kind(text: &str) -> MarkKind {
    match text {
        "last" => MarkKind::Last,
        "mid" => MarkKind::Mid,
        "executable" => MarkKind::Executable,
        _ => MarkKind::Clamped,
    }
}

/// `5` points, `5t` ticks, `5bp`, `0.5e` of entry, `0.5b` of best, `0.5p` of premium.
pub(crate) fn distance(text: &str) -> Distance {
    let cut = |letters: &str| text.strip_suffix(letters);
    if let Some(points) = cut("bp") {
        Distance::BasisPoints(points.parse().unwrap())
    } else if let Some(ticks) = cut("t") {
        Distance::Ticks(ticks.parse().unwrap())
    } else if let Some(share) = cut("e") {
        Distance::OfEntry(share.parse().unwrap())
    } else if let Some(share) = cut("b") {
        Distance::OfBest(share.parse().unwrap())
    } else if let Some(share) = cut("p") {
        Distance::OfPremium(share.parse().unwrap())
    } else {
        Distance::Points(text.parse().unwrap())
    }
}

/// `100` is a price, `~5` a distance from the entry.
fn place(text: &str) -> Place {
    match text.strip_prefix('~') {
        Some(far) => Place::FromEntry(distance(far)),
        None => Place::Price(text.parse().unwrap()),
    }
}

fn arm_at(text: &str) -> ArmAt {
    match text.strip_prefix('+') {
        Some(profit) => ArmAt::Profit(distance(profit)),
        None => ArmAt::Price(text.parse().unwrap()),
    }
}

fn price_spec(words: &[&str]) -> Option<PriceRule> {
    Some(match words {
        ["stop", at] => PriceRule::StopLoss { at: place(at) },
        ["target", at] => PriceRule::Target { at: place(at) },
        ["trail", by] => PriceRule::Trail { by: distance(by), arm_at: None },
        ["trail", by, "arm", at] => PriceRule::Trail { by: distance(by), arm_at: Some(arm_at(at)) },
        ["keep", fraction] => PriceRule::Keep { fraction: fraction.parse().unwrap(), arm_at: None },
        ["keep", fraction, "arm", at] => {
            PriceRule::Keep { fraction: fraction.parse().unwrap(), arm_at: Some(arm_at(at)) }
        }
        ["step", start, every, r#move] => PriceRule::Step {
            start: place(start),
            every: distance(every),
            by: StepBy::WholeSteps { r#move: distance(r#move) },
            from: None,
        },
        ["step", start, every, r#move, "from", from] => PriceRule::Step {
            start: place(start),
            every: distance(every),
            by: StepBy::WholeSteps { r#move: distance(r#move) },
            from: Some(from.parse().unwrap()),
        },
        ["full", start, every] => PriceRule::Step {
            start: place(start),
            every: distance(every),
            by: StepBy::FullMove,
            from: None,
        },
        ["breakeven", at, plus] => {
            PriceRule::BreakEven { at: distance(at), plus: plus.parse().unwrap() }
        }
        ["ladder", rungs @ ..] => PriceRule::Ladder { rungs: rungs.iter().map(rung).collect() },
        ["bars", length, study @ ..] => PriceRule::Bars {
            study: self::study(study),
            length: Span::seconds(length.parse().unwrap()),
        },
        ["time", "after", seconds] => {
            PriceRule::Time { when: When::After(Span::seconds(seconds.parse().unwrap())) }
        }
        ["time", "before_close", seconds] => {
            PriceRule::Time { when: When::BeforeClose(Span::seconds(seconds.parse().unwrap())) }
        }
        ["time", "at", at] => {
            let (hour, minute) = at.split_once(':').unwrap();
            let at = TimeOfDay::at(hour.parse().unwrap(), minute.parse().unwrap(), 0);
            PriceRule::Time { when: When::At(at) }
        }
        _ => return None,
    })
}

/// `AT=PROFIT` or `AT=trail:BY` or `AT=steps:BY:EVERY`.
fn rung(text: &&str) -> Rung {
    let (at, stop) = text.split_once('=').unwrap();
    let stop = match stop.split(':').collect::<Vec<_>>().as_slice() {
        ["trail", by] => RungStop::Trail { by: distance(by) },
        ["steps", by, every] => RungStop::Steps { by: distance(by), every: distance(every) },
        [profit] => RungStop::Profit(profit.parse().unwrap()),
        other => panic!("no such rung: {other:?}"),
    };
    Rung { at: distance(at), stop }
}

fn study(words: &[&str]) -> Study {
    match words {
        ["sar", step, most] => {
            Study::ParabolicSar { step: step.parse().unwrap(), most: most.parse().unwrap() }
        }
        ["donchian", period] => Study::Donchian { period: period.parse().unwrap() },
        [name, period, multiple] => {
            let (period, multiple) = (period.parse().unwrap(), multiple.parse().unwrap());
            match *name {
                "chandelier" => Study::Chandelier { period, multiple },
                "supertrend" => Study::Supertrend { period, multiple },
                _ => Study::Atr { period, multiple },
            }
        }
        other => panic!("no such study: {other:?}"),
    }
}

/// `5000` is money, `5%` of capital, `5%m` of margin, `5%p` of premium.
pub(crate) fn amount(text: &str) -> Amount {
    let share = |text: &str| -> Fraction { Fraction(text.parse::<u32>().unwrap() * 10_000) };
    if let Some(text) = text.strip_suffix("%m") {
        Amount::OfMargin(share(text))
    } else if let Some(text) = text.strip_suffix("%p") {
        Amount::OfPremium(share(text))
    } else if let Some(text) = text.strip_suffix('%') {
        Amount::OfCapital(share(text))
    } else {
        Amount::Money(text.parse().unwrap())
    }
}

fn mtm_spec(words: &[&str]) -> Option<MtmRule> {
    Some(match words {
        ["max_loss", most] => MtmRule::MaxLoss { amount: amount(most) },
        ["mtm_target", goal] => MtmRule::Target { amount: amount(goal) },
        ["give_back", fraction] => {
            MtmRule::GiveBack { fraction: fraction.parse().unwrap(), arm_at: amount("0") }
        }
        ["give_back", fraction, at] => {
            MtmRule::GiveBack { fraction: fraction.parse().unwrap(), arm_at: amount(at) }
        }
        ["gap", gap, at, floor @ ..] => MtmRule::Gap {
            amount: amount(gap),
            arm_at: amount(at),
            floor: floor.first().map(|floor| amount(floor)),
        },
        ["lock", at, floor] => MtmRule::Lock { arm_at: amount(at), floor: amount(floor) },
        ["lock_and_trail", at, floor, every, raise, most @ ..] => MtmRule::LockAndTrail {
            arm_at: amount(at),
            floor: amount(floor),
            every: amount(every),
            raise: amount(raise),
            max_steps: most.first().map(|most| most.parse().unwrap()),
        },
        ["trail_loss", loss, every, raise, cap @ ..] => MtmRule::TrailLoss {
            loss: amount(loss),
            every: amount(every),
            raise: amount(raise),
            cap: if cap.is_empty() { Cap::None } else { Cap::Cost },
        },
        ["drawdown", far, basis, lock_at @ ..] => MtmRule::Drawdown {
            distance: match amount(far) {
                Amount::OfCapital(share) => DrawdownDistance::OfBalance(share),
                _ => DrawdownDistance::Money(far.parse().unwrap()),
            },
            basis: match *basis {
                "intraday" => DrawdownBasis::Intraday,
                "end_of_day" => DrawdownBasis::EndOfDay,
                _ => DrawdownBasis::Realised,
            },
            lock_at: lock_at.first().map(|at| at.parse().unwrap()),
        },
        ["daily_loss", most] => MtmRule::DailyLoss { amount: amount(most) },
        ["daily_target", goal] => MtmRule::DailyTarget { amount: amount(goal) },
        ["max_trades", count] => MtmRule::MaxTradesPerDay { count: count.parse().unwrap() },
        ["cooling_off", losses, wait] => MtmRule::CoolingOff {
            losses: losses.parse().unwrap(),
            wait: Span::seconds(wait.parse().unwrap()),
        },
        _ => return None,
    })
}
