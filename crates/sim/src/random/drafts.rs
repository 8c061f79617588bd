//! Random rules: levels close to the market, thresholds on the grid, edge values included.

use super::tape::GRID;
use super::{Dice, Feature, Features};
use highmark_engine::*;

/// What a price rule is drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    /// The entry or the present mark, in steps of the grid.
    pub steps: i64,
    pub side: Side,
    pub is_option: bool,
    pub has_underlying: bool,
}

pub(super) struct Drafts<'a> {
    pub dice: &'a mut Dice,
    pub on: Features,
    /// The level stands on the wrong side, so it must be forced.
    pub wrong: bool,
}

impl Drafts<'_> {
    /// Now and then a threshold is as small as it can be.
    fn smallest(&mut self) -> Option<i64> {
        let is_small = self.on.has(Feature::Smallest) && self.dice.chance(40);
        is_small.then(|| self.dice.between(1, 2))
    }

    fn grid(&mut self, low: i64, high: i64) -> Price {
        Price(self.dice.between(low, high) * GRID)
    }

    fn distance(&mut self, low: i64, high: i64) -> Distance {
        if let Some(units) = self.smallest() {
            return Distance::Points(Price(units));
        }
        let steps = self.dice.between(low, high);
        if !self.on.has(Feature::OtherDistances) {
            return Distance::Points(Price(steps * GRID));
        }
        let parts = Fraction((steps * 500) as u32);
        match self.dice.between(1, 6) {
            1 => Distance::Ticks(steps as u32),
            2 => Distance::BasisPoints((steps * 5) as u32),
            3 => Distance::OfEntry(parts),
            4 => Distance::OfBest(parts),
            _ => Distance::Points(Price(steps * GRID)),
        }
    }

    fn arm_at(&mut self, stand: Stand) -> Option<ArmAt> {
        match self.dice.between(1, 4) {
            1 => Some(ArmAt::Profit(self.distance(1, 12))),
            2 => {
                let away = self.dice.between(0, 12) * stand.side.sign();
                Some(ArmAt::Price(Price((stand.steps + away) * GRID)))
            }
            _ => None,
        }
    }

    /// A fixed level so many steps with the trade (negative: against it).
    fn at(&mut self, stand: Stand, low: i64, high: i64) -> Place {
        let wrong = self.on.has(Feature::Force) && self.dice.chance(20);
        self.wrong |= wrong;
        let away = self.dice.between(low, high) * if wrong { -1 } else { 1 };
        if self.dice.chance(40) {
            Place::FromEntry(self.distance(away.abs().max(1), away.abs().max(1)))
        } else {
            Place::Price(Price((stand.steps + away * stand.side.sign()) * GRID))
        }
    }

    pub(super) fn price_rule(&mut self, stand: Stand) -> Option<RuleDraft> {
        let kinds = [
            Feature::Stops,
            Feature::Targets,
            Feature::Trails,
            Feature::Keeps,
            Feature::Steps,
            Feature::BreakEvens,
            Feature::Ladders,
            Feature::Bars,
            Feature::Times,
        ];
        let kinds: Vec<Feature> = kinds.into_iter().filter(|kind| self.on.has(*kind)).collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = self.dice.pick(&kinds);
        let rule = match kind {
            Feature::Stops => PriceRule::StopLoss { at: self.at(stand, -20, -1) },
            Feature::Targets => PriceRule::Target { at: self.at(stand, 1, 20) },
            Feature::Trails => {
                let arm_at = self.arm_at(stand);
                PriceRule::Trail { by: self.distance(1, 15), arm_at }
            }
            Feature::Keeps => {
                let fraction = self.dice.pick(&[0, 1, 250_000, 300_000, 333_333, 500_000, 999_999]);
                PriceRule::Keep { fraction: Fraction(fraction), arm_at: self.arm_at(stand) }
            }
            Feature::Steps => self.step(stand),
            Feature::BreakEvens => {
                let steps = self.dice.between(1, 10);
                let plus = self.grid(-3, steps.min(5) - 1);
                PriceRule::BreakEven { at: Distance::Points(Price(steps * GRID)), plus }
            }
            Feature::Ladders => self.ladder(),
            Feature::Bars => self.bars(),
            _ => self.time(),
        };
        let options = self.price_options(kind, stand);
        Some(RuleDraft { spec: RuleSpec::Price(rule), options })
    }

    fn step(&mut self, stand: Stand) -> PriceRule {
        let away = self.dice.between(1, 20);
        let start = if self.dice.chance(40) {
            Place::FromEntry(Distance::Points(Price(away * GRID)))
        } else {
            Place::Price(Price((stand.steps - away * stand.side.sign()) * GRID))
        };
        let every = self.dice.between(1, 8);
        let by = if self.dice.chance(35) {
            StepBy::FullMove
        } else {
            let moved = if self.dice.chance(30) { every } else { self.dice.between(1, every) };
            StepBy::WholeSteps { r#move: Distance::Points(Price(moved * GRID)) }
        };
        let from = (self.on.has(Feature::StepFrom) && self.dice.chance(30)).then(|| {
            let away = self.dice.between(0, 5) * stand.side.sign();
            Price((stand.steps + away) * GRID)
        });
        PriceRule::Step { start, every: Distance::Points(Price(every * GRID)), by, from }
    }

    fn ladder(&mut self) -> PriceRule {
        let mut at = 0;
        let count = self.dice.between(1, 3);
        let rungs = (0..count)
            .map(|_| {
                at += self.dice.between(1, 6);
                let stop = match self.dice.between(1, 3) {
                    1 => RungStop::Profit(self.grid(-4, at - 1)),
                    2 => RungStop::Trail { by: self.distance(1, 8) },
                    _ => RungStop::Steps { by: self.distance(1, 8), every: self.distance(1, 3) },
                };
                Rung { at: Distance::Points(Price(at * GRID)), stop }
            })
            .collect();
        PriceRule::Ladder { rungs }
    }

    fn bars(&mut self) -> PriceRule {
        let period = self.dice.between(1, 5) as u32;
        let multiple = Fraction(self.dice.pick(&[500_000, 1_000_000, 1_500_000, 2_333_333]));
        let kinds = if self.on.has(Feature::Sar) { 5 } else { 4 };
        let study = match self.dice.between(1, kinds) {
            1 => Study::Chandelier { period, multiple },
            2 => Study::Atr { period, multiple },
            3 => Study::Supertrend { period, multiple },
            4 => Study::Donchian { period },
            _ => Study::ParabolicSar { step: Fraction(20_000), most: Fraction(200_000) },
        };
        PriceRule::Bars { study, length: Span::seconds(self.dice.pick(&[5, 10, 30])) }
    }

    fn time(&mut self) -> PriceRule {
        let when = match self.dice.between(1, 3) {
            1 => When::After(Span::seconds(self.dice.between(1, 120))),
            2 => When::BeforeClose(Span::seconds(self.dice.between(1, 60))),
            _ => When::At(TimeOfDay(self.dice.between(0, 86_399) * SECOND)),
        };
        PriceRule::Time { when }
    }

    fn price_options(&mut self, kind: Feature, stand: Stand) -> RuleOptions {
        let strict = self.on.has(Feature::Strict) && self.dice.chance(25);
        let mut options = RuleOptions { strict, ..RuleOptions::default() };
        let timed = kind == Feature::Times;
        if self.on.has(Feature::OwnMarks) && self.dice.chance(30) && !timed {
            options.peak_mark = self.dice.chance(50).then(|| self.mark_kind());
            options.breach_mark = self.dice.chance(50).then(|| self.mark_kind());
        }
        if self.on.has(Feature::Confirm) && self.dice.chance(35) && !timed {
            options.confirm = Some(if self.dice.chance(50) {
                let count = self.dice.between(1, 4) as u32;
                Confirm::Ticks { count, within: Span::seconds(self.dice.between(1, 20)) }
            } else {
                Confirm::Seconds { wait: Span::seconds(self.dice.between(1, 8)) }
            });
        } else if self.on.has(Feature::Candles)
            && self.dice.chance(30)
            && !timed
            && kind != Feature::Bars
        {
            let length = Span::seconds(self.dice.pick(&[5, 15]));
            options.confirm = Some(Confirm::CandleClose { length });
        }
        if self.on.has(Feature::PriceActions) && self.dice.chance(25) {
            options.action = Some(match self.dice.between(1, 2) {
                1 => Action::Alert,
                _ => Action::Reduce(Fraction(
                    self.dice.pick(&[1, 250_000, 333_333, 500_000, 999_999]),
                )),
            });
        }
        if self.on.has(Feature::Then) && self.dice.chance(25) {
            let reach =
                self.dice.pick(&[Reach::Group, Reach::Strategy, Reach::Account, Reach::System]);
            let action = self.dice.pick(&[Action::MoveToCost, Action::MoveToCost, Action::Exit]);
            options.then = Some(Then { reach, action });
        }
        let fits = !matches!(kind, Feature::Bars | Feature::Times) && stand.is_option;
        if self.on.has(Feature::Underlying) && stand.has_underlying && fits && self.dice.chance(40)
        {
            options.watch = Watch::Underlying;
            (options.peak_mark, options.breach_mark) = (None, None);
        }
        options.force = self.on.has(Feature::Force) && (self.wrong || self.dice.chance(20));
        options
    }

    fn mark_kind(&mut self) -> MarkKind {
        self.dice.pick(&[MarkKind::Last, MarkKind::Mid, MarkKind::Executable, MarkKind::Clamped])
    }

    fn amount(&mut self, low: i64, high: i64) -> Amount {
        if let Some(units) = self.smallest() {
            return Amount::Money(Money(i128::from(units)));
        }
        if self.on.has(Feature::Percents) && self.dice.chance(25) {
            let part = Fraction((self.dice.between(low.max(1), high) * 200) as u32);
            return match self.dice.between(1, 3) {
                1 => Amount::OfCapital(part),
                2 => Amount::OfMargin(part),
                _ => Amount::OfPremium(part),
            };
        }
        Amount::Money(Money(i128::from(self.dice.between(low, high)) * RUPEE / 4))
    }

    pub(super) fn mtm_rule(&mut self, scope: Scope) -> Option<RuleDraft> {
        let owner = matches!(scope, Scope::Strategy(_) | Scope::Account(_));
        let kinds = [
            Feature::MaxLoss,
            Feature::MtmTargets,
            Feature::Floors,
            Feature::TrailLoss,
            Feature::Drawdowns,
            Feature::Daily,
            Feature::Cooling,
        ];
        let kinds: Vec<Feature> = kinds
            .into_iter()
            .filter(|kind| self.on.has(*kind))
            .filter(|kind| owner || !matches!(kind, Feature::Daily | Feature::Cooling))
            .filter(|kind| {
                let balanced = owner || scope == Scope::System;
                balanced || *kind != Feature::Drawdowns
            })
            .collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = self.dice.pick(&kinds);
        let rule = match kind {
            Feature::MaxLoss => MtmRule::MaxLoss { amount: self.amount(1, 60) },
            Feature::MtmTargets => MtmRule::Target { amount: self.amount(1, 80) },
            Feature::Floors => self.floor(),
            Feature::TrailLoss => MtmRule::TrailLoss {
                loss: self.amount(1, 60),
                every: Amount::Money(Money::rupees(self.dice.between(1, 3))),
                raise: Amount::Money(Money(RUPEE / i128::from(self.dice.between(1, 3)))),
                cap: self.dice.pick(&[Cap::None, Cap::Cost]),
            },
            Feature::Drawdowns => self.drawdown(),
            Feature::Daily => match self.dice.between(1, 3) {
                1 => MtmRule::DailyLoss { amount: self.amount(1, 60) },
                2 => MtmRule::DailyTarget { amount: self.amount(1, 60) },
                _ => MtmRule::MaxTradesPerDay { count: self.dice.between(1, 12) as u32 },
            },
            _ => MtmRule::CoolingOff {
                losses: self.dice.between(1, 3) as u32,
                wait: Span::seconds(self.dice.between(1, 60)),
            },
        };
        let options = self.mtm_options(kind, scope);
        Some(RuleDraft { spec: RuleSpec::Mtm(rule), options })
    }

    fn floor(&mut self) -> MtmRule {
        let unit = if self.smallest().is_some() { 1 } else { RUPEE / 4 };
        let money = |count: i64| Amount::Money(Money(i128::from(count) * unit));
        let arm = self.dice.between(0, 30);
        let floor = arm - self.dice.between(1, 20);
        match self.dice.between(1, 4) {
            1 => MtmRule::GiveBack {
                fraction: Fraction(self.dice.pick(&[1, 100_000, 300_000, 333_333, 1_000_000])),
                arm_at: self.amount(0, 20),
            },
            2 => MtmRule::Gap {
                amount: self.amount(1, 20),
                arm_at: money(arm),
                floor: self.dice.chance(50).then(|| money(floor)),
            },
            3 => MtmRule::Lock { arm_at: money(arm), floor: money(floor) },
            _ => {
                let every = self.dice.between(1, 8);
                MtmRule::LockAndTrail {
                    arm_at: money(arm),
                    floor: money(floor),
                    every: money(every),
                    raise: money(self.dice.between(1, every)),
                    max_steps: self.dice.chance(30).then(|| self.dice.between(0, 4) as u32),
                }
            }
        }
    }

    fn drawdown(&mut self) -> MtmRule {
        let basis = [DrawdownBasis::Intraday, DrawdownBasis::EndOfDay, DrawdownBasis::Realised];
        let distance = if self.on.has(Feature::Percents) && self.dice.chance(40) {
            DrawdownDistance::OfBalance(Fraction(self.dice.between(1, 30) as u32 * 100))
        } else {
            DrawdownDistance::Money(Money(i128::from(self.dice.between(1, 60)) * RUPEE / 4))
        };
        let lock = 10_000 + self.dice.between(-8, 8);
        let lock_at = self.dice.chance(40).then(|| Money::rupees(lock));
        MtmRule::Drawdown { distance, basis: self.dice.pick(&basis), lock_at }
    }

    fn mtm_options(&mut self, kind: Feature, scope: Scope) -> RuleOptions {
        let mut options = RuleOptions::default();
        let life = self.on.has(Feature::Life) && self.dice.chance(50);
        if life || kind == Feature::Drawdowns {
            options.window = Window::Life;
        }
        options.strict = self.on.has(Feature::Strict) && self.dice.chance(25);
        if self.on.has(Feature::Net) && self.dice.chance(40) {
            options.valuation = Valuation::Net;
        }
        if self.on.has(Feature::OwnMarks) && self.dice.chance(40) {
            options.peak_mark = self.dice.chance(50).then(|| self.mark_kind());
            options.breach_mark = self.dice.chance(50).then(|| self.mark_kind());
        }
        if self.on.has(Feature::MtmConfirm) && self.dice.chance(35) {
            let (count, within) = (self.dice.between(1, 4) as u32, self.dice.between(1, 20));
            options.confirm = Some(match self.dice.between(1, 2) {
                1 => Confirm::Ticks { count, within: Span::seconds(within) },
                _ => Confirm::Seconds { wait: Span::seconds(within) },
            });
        } else if self.on.has(Feature::MtmCandles) && self.dice.chance(35) {
            let length = Span::seconds(self.dice.pick(&[5, 15]));
            options.confirm = Some(Confirm::CandleClose { length });
        }
        let counts = kind == Feature::Cooling;
        if self.on.has(Feature::ScopeActions) && self.dice.chance(50) && !counts {
            let half = Action::Reduce(Fraction::percent(50));
            let mut actions = vec![
                Action::Alert,
                Action::Exit,
                Action::BlockEntries,
                Action::ExitLosers,
                half,
                Action::MoveToCost,
            ];
            if matches!(scope, Scope::Strategy(_)) {
                actions.push(Action::Shutdown);
            }
            options.action = Some(self.dice.pick(&actions));
        }
        if self.on.has(Feature::Warnings) && self.dice.chance(40) {
            options.warn = Some(vec![Fraction::percent(60), Fraction::percent(10)]);
        } else if !self.on.has(Feature::Warnings) {
            options.warn = Some(Vec::new());
        }
        options
    }
}
