//! The same row of inputs seen in a mirror: prices negated, sides turned; every decision must be the same.

use crate::fact::Fact;
use crate::random::{Feature, Features};
use highmark_engine::*;

fn price(given: Price) -> Price {
    Price(-given.0)
}

fn place(given: Place) -> Place {
    match given {
        Place::Price(given) => Place::Price(price(given)),
        Place::FromEntry(distance) => Place::FromEntry(distance),
    }
}

fn arm_at(given: Option<ArmAt>) -> Option<ArmAt> {
    given.map(|given| match given {
        ArmAt::Price(given) => ArmAt::Price(price(given)),
        ArmAt::Profit(distance) => ArmAt::Profit(distance),
    })
}

fn draft(given: &RuleDraft) -> RuleDraft {
    let spec = match &given.spec {
        RuleSpec::Mtm(rule) => RuleSpec::Mtm(rule.clone()),
        RuleSpec::Price(rule) => RuleSpec::Price(match rule.clone() {
            PriceRule::StopLoss { at } => PriceRule::StopLoss { at: place(at) },
            PriceRule::Target { at } => PriceRule::Target { at: place(at) },
            PriceRule::Trail { by, arm_at: armed } => {
                PriceRule::Trail { by, arm_at: arm_at(armed) }
            }
            PriceRule::Keep { fraction, arm_at: armed } => {
                PriceRule::Keep { fraction, arm_at: arm_at(armed) }
            }
            PriceRule::Step { start, every, by, from } => {
                PriceRule::Step { start: place(start), every, by, from: from.map(price) }
            }
            same @ (PriceRule::BreakEven { .. }
            | PriceRule::Ladder { .. }
            | PriceRule::Bars { .. }
            | PriceRule::Time { .. }) => same,
        }),
    };
    RuleDraft { spec, options: given.options.clone() }
}

fn entry(given: Entry) -> Entry {
    match given {
        Entry::Filled { price: given } => Entry::Filled { price: price(given) },
        Entry::Adopted { price: given } => Entry::Adopted { price: price(given) },
        Entry::AtMark => Entry::AtMark,
    }
}

fn command(given: &Command) -> Command {
    let mut turned = given.clone();
    match &mut turned {
        Command::DefineInstrument(spec) => {
            let rates = &mut spec.charges;
            (rates.buy_ppb, rates.sell_ppb) = (rates.sell_ppb, rates.buy_ppb);
        }
        Command::Settle { price: given, .. } | Command::ManualMark { price: given, .. } => {
            *given = price(*given);
        }
        Command::AddTrade(new) => {
            new.side = new.side.opposite();
            new.entry = entry(new.entry);
            new.rules = new.rules.iter().map(draft).collect();
        }
        Command::Increase { price: given, .. } => *given = given.map(price),
        Command::ReEnter { entry: given, .. } | Command::Roll { entry: given, .. } => {
            *given = entry(*given);
        }
        Command::SetRule { draft: given, .. } | Command::ChangeRule { draft: given, .. } => {
            *given = draft(given);
        }
        Command::LoosenStop { to, .. } => *to = price(*to),
        _ => {}
    }
    turned
}

/// The input as the mirror shows it.
pub fn input(given: &Input) -> Input {
    let body = match &given.body {
        Body::Ticks(ticks) => Body::Ticks(ticks.iter().map(tick).collect()),
        Body::Command { by, command: given } => {
            Body::Command { by: by.clone(), command: command(given) }
        }
        Body::Order(OrderNews::Position { account, instrument, net }) => {
            Body::Order(OrderNews::Position {
                account: *account,
                instrument: *instrument,
                net: net.map(|net| Quantity(-net.0)),
            })
        }
        Body::Order(OrderNews::Filled(fill)) => Body::Order(OrderNews::Filled(Fill {
            side: fill.side.opposite(),
            price: price(fill.price),
            ..fill.clone()
        })),
        same => same.clone(),
    };
    Input { at: given.at, body }
}

fn tick(given: &Tick) -> Tick {
    Tick {
        last: given.last.map(price),
        bid: given.ask.map(price),
        ask: given.bid.map(price),
        ..*given
    }
}

/// The fact as the mirror shows it.
pub fn fact(given: Fact) -> Fact {
    match given {
        Fact::Filled { trade, side, quantity, price: given } => {
            Fact::Filled { trade, side: side.opposite(), quantity, price: price(given) }
        }
        Fact::PositionDiffers { account, instrument, ours, theirs } => Fact::PositionDiffers {
            account,
            instrument,
            ours: Quantity(-ours.0),
            theirs: Quantity(-theirs.0),
        },
        Fact::MovedToCost { trade, by, level } => {
            Fact::MovedToCost { trade, by, level: price(level) }
        }
        Fact::BarClosed { instrument, length, start, prices: [open, high, low, close] } => {
            let prices = [price(open), price(low), price(high), price(close)];
            Fact::BarClosed { instrument, length, start, prices }
        }
        same => same,
    }
}

/// The features that a mirror can show: no price is special, no side goes first.
pub fn features(allowed: Features) -> Features {
    [Feature::MarkKinds, Feature::BadTicks, Feature::Gaps, Feature::Jumps, Feature::Percents]
        .into_iter()
        .fold(allowed, Features::without)
}

/// Plays the inputs straight and mirrored through two engines.
pub fn play(inputs: &[Input]) -> Result<(), (usize, String)> {
    let (mut straight, mut mirrored) = (Engine::new(), Engine::new());
    for (number, given) in inputs.iter().enumerate() {
        let facts =
            |events: Vec<Event>| -> Vec<Fact> { events.iter().filter_map(Fact::of).collect() };
        let one: Vec<Fact> = facts(straight.step(given.clone())).into_iter().map(fact).collect();
        let other = facts(mirrored.step(input(given)));
        crate::compare::same_facts(&one, &other)
            .map_err(|text| (number, format!("straight and mirrored differ\n{text}")))?;
    }
    let mtm = |engine: &Engine| -> Vec<Money> {
        engine.state().trade_views().map(|view| view.mtm).collect()
    };
    if mtm(&straight) == mtm(&mirrored) {
        Ok(())
    } else {
        Err((inputs.len() - 1, "mtm differs in the mirror".into()))
    }
}
