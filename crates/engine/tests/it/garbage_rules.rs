//! Rules at random, for inputs at random.

use crate::garbage::{fraction, money, price, small, span};
use highmark_engine::*;
use proptest::prelude::*;

fn distance() -> BoxedStrategy<Distance> {
    prop_oneof![
        10 => (1i64..200).prop_map(|steps| Distance::Points(Price(steps * 5_000_000))),
        1 => price().prop_map(Distance::Points),
        2 => prop_oneof![1u32..100, Just(u32::MAX)].prop_map(Distance::Ticks),
        2 => prop_oneof![1u32..1000, Just(u32::MAX)].prop_map(Distance::BasisPoints),
        2 => fraction().prop_map(Distance::OfEntry),
        2 => fraction().prop_map(Distance::OfBest),
        2 => fraction().prop_map(Distance::OfPremium),
    ]
    .boxed()
}

fn place() -> BoxedStrategy<Place> {
    prop_oneof![price().prop_map(Place::Price), distance().prop_map(Place::FromEntry)].boxed()
}

fn arm_at() -> BoxedStrategy<Option<ArmAt>> {
    prop::option::of(prop_oneof![
        price().prop_map(ArmAt::Price),
        distance().prop_map(ArmAt::Profit)
    ])
    .boxed()
}

fn study() -> BoxedStrategy<Study> {
    let period = || prop_oneof![10 => 1u32..4, 1 => Just(0u32), 1 => Just(u32::MAX)];
    prop_oneof![
        (period(), fraction())
            .prop_map(|(period, multiple)| Study::Chandelier { period, multiple }),
        (period(), fraction()).prop_map(|(period, multiple)| Study::Atr { period, multiple }),
        (period(), fraction())
            .prop_map(|(period, multiple)| Study::Supertrend { period, multiple }),
        period().prop_map(|period| Study::Donchian { period }),
        (fraction(), fraction()).prop_map(|(step, most)| Study::ParabolicSar { step, most }),
    ]
    .boxed()
}

fn rung() -> BoxedStrategy<Rung> {
    let stop = prop_oneof![
        price().prop_map(RungStop::Profit),
        (1i64..100).prop_map(|points| RungStop::Profit(Price(points * 5_000_000))),
        distance().prop_map(|by| RungStop::Trail { by }),
        (distance(), distance()).prop_map(|(by, every)| RungStop::Steps { by, every }),
    ];
    (distance(), stop).prop_map(|(at, stop)| Rung { at, stop }).boxed()
}

pub(crate) fn price_rule() -> BoxedStrategy<PriceRule> {
    let step_by = prop_oneof![
        distance().prop_map(|r#move| StepBy::WholeSteps { r#move }),
        Just(StepBy::FullMove)
    ];
    let when = prop_oneof![
        (0i64..24, 0i64..60).prop_map(|(hour, minute)| When::At(TimeOfDay::at(hour, minute, 0))),
        prop::sample::select(vec![i64::MIN, i64::MAX]).prop_map(|at| When::At(TimeOfDay(at))),
        span().prop_map(When::After),
        span().prop_map(When::BeforeClose),
    ];
    prop_oneof![
        place().prop_map(|at| PriceRule::StopLoss { at }),
        place().prop_map(|at| PriceRule::Target { at }),
        (distance(), arm_at()).prop_map(|(by, arm_at)| PriceRule::Trail { by, arm_at }),
        (fraction(), arm_at()).prop_map(|(fraction, arm_at)| PriceRule::Keep { fraction, arm_at }),
        (place(), distance(), step_by, prop::option::of(price()))
            .prop_map(|(start, every, by, from)| PriceRule::Step { start, every, by, from }),
        (distance(), price()).prop_map(|(at, plus)| PriceRule::BreakEven { at, plus }),
        prop::collection::vec(rung(), 0..3).prop_map(|rungs| PriceRule::Ladder { rungs }),
        (study(), span()).prop_map(|(study, length)| PriceRule::Bars { study, length }),
        when.prop_map(|when| PriceRule::Time { when }),
    ]
    .boxed()
}

fn amount() -> BoxedStrategy<Amount> {
    prop_oneof![
        10 => money().prop_map(Amount::Money),
        1 => fraction().prop_map(Amount::OfCapital),
        1 => fraction().prop_map(Amount::OfMargin),
        1 => fraction().prop_map(Amount::OfPremium),
    ]
    .boxed()
}

pub(crate) fn mtm_rule() -> BoxedStrategy<MtmRule> {
    let basis = prop::sample::select(vec![
        DrawdownBasis::Intraday,
        DrawdownBasis::EndOfDay,
        DrawdownBasis::Realised,
    ]);
    let far = prop_oneof![
        money().prop_map(DrawdownDistance::Money),
        fraction().prop_map(DrawdownDistance::OfBalance)
    ];
    prop_oneof![
        amount().prop_map(|amount| MtmRule::MaxLoss { amount }),
        amount().prop_map(|amount| MtmRule::Target { amount }),
        (fraction(), amount())
            .prop_map(|(fraction, arm_at)| MtmRule::GiveBack { fraction, arm_at }),
        (amount(), amount(), prop::option::of(amount()))
            .prop_map(|(amount, arm_at, floor)| MtmRule::Gap { amount, arm_at, floor }),
        (amount(), amount()).prop_map(|(arm_at, floor)| MtmRule::Lock { arm_at, floor }),
        (amount(), amount(), amount(), amount(), prop::option::of(small())).prop_map(
            |(arm_at, floor, every, raise, max_steps)| MtmRule::LockAndTrail {
                arm_at,
                floor,
                every,
                raise,
                max_steps
            }
        ),
        (amount(), amount(), amount(), prop::sample::select(vec![Cap::None, Cap::Cost]))
            .prop_map(|(loss, every, raise, cap)| MtmRule::TrailLoss { loss, every, raise, cap }),
        (far, basis, prop::option::of(money())).prop_map(|(distance, basis, lock_at)| {
            MtmRule::Drawdown { distance, basis, lock_at }
        }),
        amount().prop_map(|amount| MtmRule::DailyLoss { amount }),
        amount().prop_map(|amount| MtmRule::DailyTarget { amount }),
        small().prop_map(|count| MtmRule::MaxTradesPerDay { count }),
        (small(), span()).prop_map(|(losses, wait)| MtmRule::CoolingOff { losses, wait }),
    ]
    .boxed()
}

fn action() -> BoxedStrategy<Action> {
    prop_oneof![
        prop::sample::select(vec![
            Action::Alert,
            Action::Exit,
            Action::Shutdown,
            Action::BlockEntries,
            Action::ExitLosers,
            Action::MoveToCost,
        ]),
        fraction().prop_map(Action::Reduce),
    ]
    .boxed()
}

fn options() -> BoxedStrategy<RuleOptions> {
    let kind = || {
        prop::option::weighted(
            0.2,
            prop::sample::select(vec![
                MarkKind::Last,
                MarkKind::Mid,
                MarkKind::Executable,
                MarkKind::Clamped,
            ]),
        )
    };
    let confirm = prop_oneof![
        (small(), span()).prop_map(|(count, within)| Confirm::Ticks { count, within }),
        span().prop_map(|wait| Confirm::Seconds { wait }),
        span().prop_map(|length| Confirm::CandleClose { length }),
    ];
    let reach =
        prop::sample::select(vec![Reach::Group, Reach::Strategy, Reach::Account, Reach::System]);
    let then = (reach, action()).prop_map(|(reach, action)| Then { reach, action });
    (
        (any::<bool>(), prop::option::weighted(0.25, confirm), kind(), kind()),
        prop::option::weighted(0.2, Just(Watch::Underlying)),
        prop::sample::select(vec![Window::Session, Window::Life]),
        prop::sample::select(vec![Valuation::Gross, Valuation::Net]),
        prop::option::weighted(0.3, action()),
        prop::option::weighted(0.3, then),
        prop::option::weighted(0.1, prop::collection::vec(fraction(), 0..3)),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(
                (strict, confirm, peak_mark, breach_mark),
                watch,
                window,
                valuation,
                action,
                then,
                warn,
                force,
            )| {
                RuleOptions {
                    strict,
                    confirm,
                    peak_mark,
                    breach_mark,
                    watch: watch.unwrap_or_default(),
                    window,
                    valuation,
                    action,
                    then,
                    warn,
                    force,
                }
            },
        )
        .boxed()
}

fn some_options() -> BoxedStrategy<RuleOptions> {
    prop_oneof![Just(RuleOptions::default()), options()].boxed()
}

pub(crate) fn draft() -> BoxedStrategy<RuleDraft> {
    let spec =
        prop_oneof![price_rule().prop_map(RuleSpec::Price), mtm_rule().prop_map(RuleSpec::Mtm)];
    (spec, some_options()).prop_map(|(spec, options)| RuleDraft { spec, options }).boxed()
}

pub(crate) fn price_draft() -> BoxedStrategy<RuleDraft> {
    (price_rule(), some_options())
        .prop_map(|(rule, options)| RuleDraft { spec: RuleSpec::Price(rule), options })
        .boxed()
}
