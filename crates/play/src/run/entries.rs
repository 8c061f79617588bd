//! Trades on their way into the market: first entries and re-entries.

use super::signals::{Verdict, Watch};
use super::{Runner, note, setup};
use crate::clock;
use crate::failure::Failure;
use crate::scenario::Scenario;
use highmark_engine::*;

/// The trades of a scenario that have not been entered, or may be entered again.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    trades: Vec<Waiting>,
    /// No trade waits for anything: a batch need not look at them.
    none_waits: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    stage: Stage,
    /// The trade's latest generation.
    id: Option<TradeId>,
    re_entries_left: u32,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Not announced to a day yet.
    Later,
    Watching(Box<Watch>),
    /// In the market, or through with it.
    Done,
    /// Closed, and to be entered again; at its entry price when there is one.
    Again {
        at_cost: Option<AtCost>,
    },
}

/// The price to come back to, and the side it is looked at from.
#[derive(Clone, Copy, Debug)]
struct AtCost {
    price: Price,
    from_below: bool,
}

impl Entries {
    pub(super) fn new(scenario: &Scenario) -> Entries {
        let trades = scenario.trades.iter().map(|trade| Waiting {
            stage: Stage::Later,
            id: None,
            re_entries_left: trade.re_entry.map_or(0, |again| again.times),
        });
        Entries { trades: trades.collect(), none_waits: false }
    }

    /// Who was entered before a restart is not entered again.
    pub(super) fn resume(&mut self, scenario: &Scenario, state: &State) {
        for (waiting, trade) in self.trades.iter_mut().zip(&scenario.trades) {
            let strategy = &scenario.strategies[trade.strategy].spec.name;
            let of = |id| state.strategies().any(|(one, spec)| one == id && spec.name == *strategy);
            let named = |view: &TradeView| view.name == trade.name && of(view.strategy);
            let Some(latest) = state.trade_views().filter(named).max_by_key(|view| view.generation)
            else {
                continue;
            };
            waiting.id = Some(latest.id);
            waiting.re_entries_left = waiting.re_entries_left.saturating_sub(latest.generation);
            let again = latest.status == TradeStatus::Closed && waiting.re_entries_left > 0;
            waiting.stage = if again { Stage::Again { at_cost: None } } else { Stage::Done };
        }
        self.none_waits = false;
    }

    /// The latest generation of a trade of the scenario.
    pub(super) fn id(&self, trade: usize) -> Option<TradeId> {
        self.trades.get(trade)?.id
    }

    pub(super) fn new_day(&mut self, scenario: &Scenario, day: Day, opens: Timestamp) {
        for (waiting, trade) in self.trades.iter_mut().zip(&scenario.trades) {
            if let Stage::Later | Stage::Watching(_) = waiting.stage {
                let watch = Watch::new(&trade.enter, opens, |time| clock::instant(day, time));
                waiting.stage = Stage::Watching(Box::new(watch));
            }
        }
        self.none_waits = false;
    }

    /// A fill may have closed a trade that is to be entered again.
    pub(super) fn filled(&mut self, trade: TradeId, state: &State) {
        let Some(waiting) = self.trades.iter_mut().find(|waiting| waiting.id == Some(trade)) else {
            return;
        };
        if waiting.re_entries_left == 0 {
            return;
        }
        if state.trade_view(trade).is_some_and(|view| view.status == TradeStatus::Closed) {
            waiting.stage = Stage::Again { at_cost: None };
            self.none_waits = false;
        }
    }

    /// The trades that never were entered, with what they waited for.
    pub(super) fn never_came(&self, scenario: &Scenario) -> Vec<(String, String)> {
        let waiting = self.trades.iter().zip(&scenario.trades);
        waiting
            .filter(|(waiting, _)| waiting.id.is_none())
            .filter(|(waiting, _)| matches!(waiting.stage, Stage::Later | Stage::Watching(_)))
            .map(|(_, trade)| (trade.name.clone(), format!("`{}` was never entered", trade.name)))
            .collect()
    }
}

impl Runner<'_> {
    /// Enters every trade whose time or signal has come with this batch.
    pub(super) fn enter(&mut self, now: Timestamp) -> Result<(), Failure> {
        if self.entries.none_waits {
            return Ok(());
        }
        for index in 0..self.entries.trades.len() {
            match &self.entries.trades[index].stage {
                Stage::Done | Stage::Later => {}
                Stage::Watching(_) => self.watch_trade(index, now)?,
                Stage::Again { .. } => self.enter_again(index, now)?,
            }
        }
        let waits = |one: &Waiting| matches!(one.stage, Stage::Watching(_) | Stage::Again { .. });
        self.entries.none_waits = !self.entries.trades.iter().any(waits);
        Ok(())
    }

    fn watch_trade(&mut self, index: usize, now: Timestamp) -> Result<(), Failure> {
        let trade = &self.scenario.trades[index];
        let Some(mark) = self.engine.state().mark(self.ids.instruments[trade.instrument]) else {
            return Ok(());
        };
        let Stage::Watching(watch) = &mut self.entries.trades[index].stage else { return Ok(()) };
        match watch.see(now, mark) {
            Verdict::Wait => return Ok(()),
            Verdict::TooLate => {
                self.entries.trades[index].stage = Stage::Done;
                self.notes.push(super::Note {
                    at: now,
                    about: trade.name.clone(),
                    code: "NOT_ENTERED".into(),
                    message: format!("`{}` was not entered in its time", trade.name),
                    hint: "its signal did not come before `until`".into(),
                });
                return Ok(());
            }
            Verdict::Enter => {}
        }
        let entry = trade.filled.map_or(Entry::AtMark, |price| Entry::Filled { price });
        let by = self.scenario.strategies[trade.strategy].spec.name.clone();
        let command = Command::AddTrade(setup::new_trade(trade, &self.ids, entry));
        self.add(index, Input { at: now, body: Body::Command { by, command } })
    }

    fn enter_again(&mut self, index: usize, now: Timestamp) -> Result<(), Failure> {
        let trade = &self.scenario.trades[index];
        let waiting = &self.entries.trades[index];
        let (Some(id), Some(terms)) = (waiting.id, trade.re_entry) else { return Ok(()) };
        let state = self.engine.state();
        let (Some(view), Some(mark)) =
            (state.trade_view(id), state.mark(self.ids.instruments[trade.instrument]))
        else {
            return Ok(());
        };
        if !may_follow(&view, terms.after_stop, terms.after_target) {
            self.entries.trades[index].stage = Stage::Done;
            return Ok(());
        }
        if let (true, Some(price)) = (terms.at_cost, view.entry) {
            let Stage::Again { at_cost } = &mut self.entries.trades[index].stage else {
                return Ok(());
            };
            let cost = *at_cost.get_or_insert(AtCost { price, from_below: mark < price });
            let back = if cost.from_below { mark >= cost.price } else { mark <= cost.price };
            if !back || view.closed_at.is_some_and(|closed| now <= closed) {
                return Ok(());
            }
        } else if view.closed_at.is_some_and(|closed| now <= closed) {
            // The next price, not the one that closed it.
            return Ok(());
        }
        self.entries.trades[index].re_entries_left -= 1;
        let by = self.scenario.strategies[trade.strategy].spec.name.clone();
        let command = Command::ReEnter { trade: id, entry: Entry::AtMark };
        self.add(index, Input { at: now, body: Body::Command { by, command } })
    }

    fn add(&mut self, index: usize, input: Input) -> Result<(), Failure> {
        let now = input.at;
        self.entries.trades[index].stage = Stage::Done;
        let events = self.turn(input)?;
        for event in &events {
            match event {
                Event::TradeAdded { trade, .. } => self.entries.trades[index].id = Some(*trade),
                Event::Refused(refusal) => {
                    let name = &self.scenario.trades[index].name;
                    self.notes.push(note(now, name, refusal));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether the way a trade ended lets it be entered again.
fn may_follow(view: &TradeView, after_stop: bool, after_target: bool) -> bool {
    match view.exit_reason() {
        Some(ExitReason::Rule(rule)) => match rule.kind {
            RuleKind::StopLoss
            | RuleKind::Trail
            | RuleKind::Keep
            | RuleKind::Step
            | RuleKind::BreakEven
            | RuleKind::Ladder
            | RuleKind::Bars => after_stop,
            RuleKind::PriceTarget => after_target,
            RuleKind::Time
            | RuleKind::MaxLoss
            | RuleKind::MtmTarget
            | RuleKind::GiveBack
            | RuleKind::Gap
            | RuleKind::Lock
            | RuleKind::LockAndTrail
            | RuleKind::TrailLoss
            | RuleKind::Drawdown
            | RuleKind::DailyLoss
            | RuleKind::DailyTarget
            | RuleKind::MaxTradesPerDay
            | RuleKind::CoolingOff => false,
        },
        Some(ExitReason::MovedToCost { .. }) => after_stop,
        Some(
            ExitReason::Operator { .. }
            | ExitReason::Kill
            | ExitReason::EnteredWhileClosed { .. }
            | ExitReason::Stale
            | ExitReason::Settlement
            | ExitReason::Roll
            | ExitReason::External,
        )
        | None => false,
    }
}
