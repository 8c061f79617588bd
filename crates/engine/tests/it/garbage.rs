//! Inputs at random: most of them plausible, some at the edges of what a number can hold.

use highmark_engine::*;
use proptest::prelude::*;

const VENUE: VenueId = VenueId(1);

/// A step of time in nanoseconds, or a jump to an instant that no clock shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    On(i64),
    To(i64),
}

/// An engine's life: what is defined at first, and then anything.
pub(crate) fn life(length: usize) -> BoxedStrategy<Vec<Input>> {
    let paced = (pace(), body());
    prop::collection::vec(paced, 1..length).prop_map(|bodies| timed(setup(), bodies)).boxed()
}

/// Setup and bodies on one clock; ticks, fills and sessions follow it unless they say otherwise.
pub(crate) fn timed(setup: Vec<Body>, bodies: Vec<(Pace, Body)>) -> Vec<Input> {
    let mut now = 1_700_000_000 * SECOND;
    let mut inputs: Vec<Input> =
        setup.into_iter().map(|body| Input { at: Timestamp(now), body }).collect();
    for (pace, mut body) in bodies {
        let at = match pace {
            Pace::On(span) => {
                now = now.saturating_add(span);
                now
            }
            Pace::To(at) => at,
        };
        shift(&mut body, at);
        inputs.push(Input { at: Timestamp(at), body });
    }
    inputs
}

/// Times in a body are drawn relative to the input's own; those at the edges stay there.
fn shift(body: &mut Body, now: i64) {
    let moved = |at: &mut Timestamp| {
        if at.0.unsigned_abs() < 1 << 62 {
            at.0 = at.0.saturating_add(now);
        }
    };
    match body {
        Body::Ticks(ticks) => ticks.iter_mut().for_each(|tick| moved(&mut tick.at)),
        Body::Session(session) => {
            moved(&mut session.open);
            moved(&mut session.close);
        }
        Body::Order(OrderNews::Filled(fill)) => moved(&mut fill.at),
        _ => {}
    }
}

fn setup() -> Vec<Body> {
    let account = |name: &str, fills| {
        Command::OpenAccount(AccountSpec {
            name: name.into(),
            fills,
            starting_balance: Money::rupees(100_000),
            external: ExternalPolicy::NewestFirst,
        })
    };
    let plain = InstrumentSpec::new("X");
    let checked = InstrumentSpec {
        venue: VENUE,
        lot_size: Quantity::whole(5),
        multiplier: 10,
        mark: MarkKind::Mid,
        checks: Checks {
            jump: Some(Fraction::percent(5)),
            overnight_gap: Some(Fraction::percent(15)),
            stale_after: Some(Span::seconds(5)),
            stale_policy: StalePolicy::Exit { after: Span::seconds(3) },
            ..Checks::default()
        },
        charges: ChargeRates { per_order: Money::rupees(20), buy_ppb: 30_000, sell_ppb: 1_000_000 },
        ..InstrumentSpec::new("Y")
    };
    let option = InstrumentSpec {
        option: Some(OptionKind::Put),
        underlying: Some(InstrumentId(0)),
        mark: MarkKind::Executable,
        ..InstrumentSpec::new("P")
    };
    let negative = InstrumentSpec {
        checks: Checks { allow_negative: true, ..Checks::default() },
        ..InstrumentSpec::new("N")
    };
    let strategy = |name| Command::CreateStrategy(crate::script::strategy(name));
    let group = Command::CreateGroup { strategy: StrategyId(0), name: "G".into() };
    [
        account("A", FillMode::Tracking),
        account("B", FillMode::Orders),
        Command::DefineInstrument(plain),
        Command::DefineInstrument(checked),
        Command::DefineInstrument(option),
        Command::DefineInstrument(negative),
        strategy("S"),
        strategy("T"),
        group,
    ]
    .map(|command| Body::Command { by: "setup".into(), command })
    .to_vec()
}

fn pace() -> BoxedStrategy<Pace> {
    prop_oneof![
        30 => (0i64..3 * SECOND).prop_map(Pace::On),
        5 => (0i64..100_000 * SECOND).prop_map(Pace::On),
        1 => prop::sample::select(vec![i64::MIN, -1, 0, 1]).prop_map(Pace::To),
        1 => Just(Pace::On(i64::MAX / 1000)),
    ]
    .boxed()
}

/// Relative to the input's own time, or an edge.
fn time() -> BoxedStrategy<Timestamp> {
    prop_oneof![
        20 => Just(Timestamp(0)),
        4 => (-5 * SECOND..5 * SECOND).prop_map(Timestamp),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX]).prop_map(Timestamp),
    ]
    .boxed()
}

fn span() -> BoxedStrategy<Span> {
    prop_oneof![
        10 => (0i64..100).prop_map(Span::seconds),
        1 => prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX]).prop_map(Span),
    ]
    .boxed()
}

pub(crate) fn price() -> BoxedStrategy<Price> {
    prop_oneof![
        40 => (1900i64..2100).prop_map(|steps| Price(steps * 5_000_000)),
        3 => (1i64..300_00000000).prop_map(Price),
        1 => prop::sample::select(vec![0, 1, -1, LARGEST, -LARGEST, LARGEST + 1, i64::MAX, i64::MIN])
            .prop_map(Price),
    ].boxed()
}

fn quantity() -> BoxedStrategy<Quantity> {
    prop_oneof![
        30 => (1i64..6).prop_map(|lots| Quantity::whole(lots * 5)),
        2 => (1i64..300_00000000).prop_map(Quantity),
        1 => prop::sample::select(vec![0, 1, -1, LARGEST, 10 * LARGEST, i64::MAX, i64::MIN])
            .prop_map(Quantity),
    ]
    .boxed()
}

fn money() -> BoxedStrategy<Money> {
    prop_oneof![
        20 => (1i64..2000).prop_map(Money::rupees),
        1 => prop::sample::select(vec![0, 1, -1, i128::MAX / 4, i128::MAX, i128::MIN]).prop_map(Money),
    ].boxed()
}

fn fraction() -> BoxedStrategy<Fraction> {
    prop_oneof![
        20 => (1u32..100).prop_map(Fraction::percent),
        1 => prop::sample::select(vec![0, 1, 999_999, 1_000_000, u32::MAX]).prop_map(Fraction),
    ]
    .boxed()
}

fn small() -> BoxedStrategy<u32> {
    prop_oneof![20 => 0u32..3, 2 => 0u32..12, 1 => Just(u32::MAX)].boxed()
}

fn instrument() -> BoxedStrategy<InstrumentId> {
    prop_oneof![20 => 0u32..4, 1 => Just(u32::MAX)].prop_map(InstrumentId).boxed()
}

fn trade() -> BoxedStrategy<TradeId> {
    prop_oneof![20 => 0u32..8, 1 => Just(u32::MAX)].prop_map(TradeId).boxed()
}

fn rule() -> BoxedStrategy<RuleId> {
    prop_oneof![20 => 0u32..12, 1 => Just(u32::MAX)].prop_map(RuleId).boxed()
}

fn scope() -> BoxedStrategy<Scope> {
    prop_oneof![
        trade().prop_map(Scope::Trade),
        small().prop_map(|id| Scope::Group(GroupId(id))),
        small().prop_map(|id| Scope::Strategy(StrategyId(id))),
        small().prop_map(|id| Scope::Account(AccountId(id))),
        Just(Scope::System),
    ]
    .boxed()
}

fn side() -> BoxedStrategy<Side> {
    prop::sample::select(vec![Side::Buy, Side::Sell]).boxed()
}

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

fn price_draft() -> BoxedStrategy<RuleDraft> {
    (price_rule(), some_options())
        .prop_map(|(rule, options)| RuleDraft { spec: RuleSpec::Price(rule), options })
        .boxed()
}

fn entry() -> BoxedStrategy<Entry> {
    prop_oneof![
        4 => price().prop_map(|price| Entry::Filled { price }),
        3 => Just(Entry::AtMark),
        1 => price().prop_map(|price| Entry::Adopted { price }),
    ]
    .boxed()
}

pub(crate) fn new_trade() -> BoxedStrategy<NewTrade> {
    (
        (small(), small(), prop::option::weighted(0.3, small())),
        instrument(),
        side(),
        quantity(),
        entry(),
        prop::collection::vec(price_draft(), 0..3),
    )
        .prop_map(|((strategy, account, group), instrument, side, quantity, entry, rules)| {
            NewTrade {
                name: String::new(),
                strategy: StrategyId(strategy),
                account: AccountId(account),
                group: group.map(GroupId),
                instrument,
                side,
                quantity,
                entry,
                rules,
            }
        })
        .boxed()
}

fn tick() -> BoxedStrategy<Tick> {
    let kind = prop_oneof![20 => Just(TickKind::Regular), 1 => Just(TickKind::Auction), 1 => Just(TickKind::Test)];
    (
        (instrument(), time(), small()),
        prop::option::weighted(0.2, prop_oneof![0u64..20, Just(u64::MAX)]),
        (
            prop::option::weighted(0.9, price()),
            prop::option::of(price()),
            prop::option::of(price()),
        ),
        prop::option::weighted(0.1, quantity()),
        kind,
    )
        .prop_map(|((instrument, at, source), sequence, (last, bid, ask), volume, kind)| Tick {
            instrument,
            at,
            source: SourceId(source),
            sequence,
            last,
            bid,
            ask,
            volume,
            kind,
        })
        .boxed()
}

fn order() -> BoxedStrategy<OrderNews> {
    let fill = (0u32..30, trade(), side(), quantity(), price(), money(), time()).prop_map(
        |(id, trade, side, quantity, price, charges, at)| {
            OrderNews::Filled(Fill {
                id: id.to_string(),
                trade,
                side,
                quantity,
                price,
                charges,
                at,
            })
        },
    );
    let intent = || (trade(), 0u32..5).prop_map(|(trade, attempt)| IntentId { trade, attempt });
    prop_oneof![
        5 => fill,
        1 => trade().prop_map(|trade| OrderNews::EntryRejected { trade, reason: "no".into() }),
        2 => intent().prop_map(|intent| OrderNews::ExitRejected { intent, reason: "no".into() }),
        1 => intent().prop_map(|intent| OrderNews::ExitUnknown { intent }),
        2 => (small(), instrument(), prop::option::of(quantity()))
            .prop_map(|(account, instrument, net)| OrderNews::Position { account: AccountId(account), instrument, net }),
    ].boxed()
}

fn session() -> BoxedStrategy<Session> {
    let edge = |edges: Vec<i64>| prop::sample::select(edges);
    let close =
        prop_oneof![5 => (-5i64..20_000).prop_map(|s| s * SECOND), 1 => edge(vec![i64::MAX])];
    let open = prop_oneof![5 => (-5i64..5).prop_map(|s| s * SECOND), 1 => edge(vec![i64::MIN])];
    (0u32..5, small(), open, close)
        .prop_map(|(day, venue, open, close)| Session {
            venue: VenueId(venue),
            day: Day(20_260_101 + day),
            open: Timestamp(open),
            close: Timestamp(close),
        })
        .boxed()
}

fn definition() -> BoxedStrategy<Command> {
    let spec = (price(), quantity(), small(), money(), prop::option::of((price(), price())))
        .prop_map(|(tick_size, lot_size, multiplier, per_order, band)| {
            let mut spec = InstrumentSpec::new(format!("{tick_size}{lot_size}"));
            (spec.tick_size, spec.lot_size, spec.multiplier) = (tick_size, lot_size, multiplier);
            (spec.charges.per_order, spec.checks.band) = (per_order, band);
            spec
        });
    let profile = (
        any::<[bool; 5]>(),
        span(),
        prop::sample::select(vec![
            LevelRounding::Exact,
            LevelRounding::TickHalfEven,
            LevelRounding::TickTowardMarket,
            LevelRounding::TickAwayFromMarket,
        ]),
    )
        .prop_map(|(bits, utc_offset, rounding)| Profile {
            strict: bits[0],
            strict_arming: bits[1],
            order: if bits[2] { TickOrder::TestThenRatchet } else { TickOrder::RatchetThenTest },
            rounding,
            best_from_first_mark: bits[3],
            target_first: bits[4],
            utc_offset,
            dense: bits[0] != bits[1],
        });
    let account = (0u32..3, money(), any::<bool>()).prop_map(|(name, balance, orders)| {
        Command::OpenAccount(AccountSpec {
            name: name.to_string(),
            fills: if orders { FillMode::Orders } else { FillMode::Tracking },
            starting_balance: balance,
            external: ExternalPolicy::OldestFirst,
        })
    });
    let strategy = || {
        (0u32..3, money(), any::<bool>()).prop_map(|(name, capital, by_id)| StrategySpec {
            name: name.to_string(),
            capital,
            exit_order: if by_id { ExitOrder::ById } else { ExitOrder::ShortsFirst },
        })
    };
    prop_oneof![
        spec.prop_map(Command::DefineInstrument),
        profile.prop_map(Command::Configure),
        account,
        strategy().prop_map(Command::CreateStrategy),
        (small(), strategy())
            .prop_map(|(id, spec)| Command::EditStrategy { strategy: StrategyId(id), spec }),
        (small(), 0u32..3).prop_map(|(id, name)| Command::CreateGroup {
            strategy: StrategyId(id),
            name: name.to_string()
        }),
        (scope(), money()).prop_map(|(scope, margin)| Command::SetMargin { scope, margin }),
    ]
    .boxed()
}

fn ratio() -> BoxedStrategy<u32> {
    prop_oneof![10 => 1u32..4, 1 => Just(0u32), 1 => Just(u32::MAX)].boxed()
}

fn adjustment() -> BoxedStrategy<Command> {
    let dividend =
        prop_oneof![5 => Just(Price::ZERO), 5 => (0i64..10).prop_map(Price::whole), 1 => price()];
    (instrument(), ratio(), ratio(), dividend)
        .prop_map(|(instrument, new, old, dividend)| Command::AdjustInstrument {
            instrument,
            adjustment: Adjustment { new, old, dividend },
        })
        .boxed()
}

fn control() -> BoxedStrategy<Command> {
    let reason = || prop_oneof![4 => Just(String::from("why")), 1 => Just(String::new())];
    let provenance = || reason().prop_map(|reason| Provenance { by: String::new(), reason });
    prop_oneof![
        6 => (scope(), draft(), provenance()).prop_map(|(scope, draft, provenance)| Command::SetRule { scope, draft, provenance }),
        3 => (trade(), price_draft(), provenance()).prop_map(|(trade, draft, provenance)| Command::SetRule { scope: Scope::Trade(trade), draft, provenance }),
        2 => (rule(), draft(), provenance()).prop_map(|(rule, draft, provenance)| Command::ChangeRule { rule, draft, provenance }),
        1 => (rule(), provenance()).prop_map(|(rule, provenance)| Command::RemoveRule { rule, provenance }),
        1 => (rule(), price(), provenance()).prop_map(|(rule, to, provenance)| Command::LoosenStop { rule, to, provenance }),
        1 => (rule(), reason()).prop_map(|(rule, reason)| Command::ResetRule { rule, reason }),
        1 => (small(), reason()).prop_map(|(id, reason)| Command::ResetStrategy { strategy: StrategyId(id), reason }),
        1 => (scope(), reason()).prop_map(|(scope, reason)| Command::Halt { scope, reason }),
        1 => (scope(), reason()).prop_map(|(scope, reason)| Command::Resume { scope, reason }),
        1 => reason().prop_map(|reason| Command::Kill { reason }),
        2 => reason().prop_map(|reason| Command::Release { reason }),
        2 => (instrument(), price()).prop_map(|(instrument, price)| Command::ManualMark { instrument, price }),
        4 => prop::option::weighted(0.3, 0u32..40).prop_map(|command| Command::Undo { command: command.map(CommandId) }),
        2 => Just(Command::Redo),
        1 => instrument().prop_map(|instrument| Command::AcceptGap { instrument }),
    ].boxed()
}

fn trading() -> BoxedStrategy<Command> {
    prop_oneof![
        8 => new_trade().prop_map(Command::AddTrade),
        2 => (trade(), quantity(), prop::option::of(price())).prop_map(|(trade, quantity, price)| Command::Increase { trade, quantity, price }),
        1 => trade().prop_map(|trade| Command::CancelTrade { trade, reason: "no".into() }),
        2 => (trade(), prop::option::of(quantity())).prop_map(|(trade, quantity)| Command::ExitTrade { trade, quantity, reason: "no".into() }),
        2 => (trade(), entry()).prop_map(|(trade, entry)| Command::ReEnter { trade, entry }),
        1 => (trade(), instrument(), entry()).prop_map(|(trade, into, entry)| Command::Roll { trade, into, entry }),
        1 => (instrument(), price()).prop_map(|(instrument, price)| Command::Settle { instrument, price }),
    ].boxed()
}

pub(crate) fn command() -> BoxedStrategy<Command> {
    prop_oneof![8 => trading(), 7 => control(), 2 => definition(), 1 => adjustment()].boxed()
}

pub(crate) fn body() -> BoxedStrategy<Body> {
    let unreadable = (small(), prop::option::of(instrument())).prop_map(|(source, instrument)| {
        Body::Unreadable { source: SourceId(source), instrument, refusal: TickRefusal::Parse }
    });
    prop_oneof![
        20 => prop::collection::vec(tick(), 1..4).prop_map(Body::Ticks),
        16 => command().prop_map(|command| Body::Command { by: "op".into(), command }),
        5 => order().prop_map(Body::Order),
        2 => session().prop_map(Body::Session),
        3 => Just(Body::Clock),
        1 => unreadable,
    ]
    .boxed()
}
