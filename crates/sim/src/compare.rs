//! The first difference between what the engine and the oracle say: of one input, and of all that stands.

use crate::fact::Fact;
use crate::oracle::{Oracle, RuleFigures, ScopeFigures, TradeFigures};
use highmark_engine::{Engine, RuleId, Scope, State, TradeId, TradeStatus, Waits, Window};

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub seeds: u64,
    pub inputs: u64,
    pub ticks: u64,
    pub facts: u64,
    pub exits: u64,
    pub breaches: u64,
    pub levels: u64,
    pub figures: u64,
    pub states: u64,
    pub mirrored: u64,
    pub restarts: u64,
    /// Inputs that only the engines were compared in.
    pub alone: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.seeds += other.seeds;
        self.inputs += other.inputs;
        self.ticks += other.ticks;
        self.facts += other.facts;
        self.exits += other.exits;
        self.breaches += other.breaches;
        self.levels += other.levels;
        self.figures += other.figures;
        self.states += other.states;
        self.mirrored += other.mirrored;
        self.restarts += other.restarts;
        self.alone += other.alone;
    }
}

/// Facts of one input, topic by topic, in order within a topic.
pub fn same_facts(engine: &[Fact], oracle: &[Fact]) -> Result<(), String> {
    if engine == oracle {
        return Ok(());
    }
    for topic in 0..=16 {
        let of = |facts: &[Fact]| -> Vec<Fact> {
            facts.iter().filter(|fact| fact.topic() == topic).cloned().collect()
        };
        let (engine, oracle) = (of(engine), of(oracle));
        if engine != oracle {
            return Err(format!("engine says {engine:?}\noracle says {oracle:?}"));
        }
    }
    Ok(())
}

/// All figures of all trades, scopes and rules.
pub fn same_views(engine: &Engine, oracle: &Oracle, tally: &mut Tally) -> Result<(), String> {
    let state = engine.state();
    for id in (0..oracle.trades()).map(|id| TradeId(id as u32)) {
        let (mut theirs, mut ours) = (trade(state, id), oracle.trade_figures(id));
        if ours.status != TradeStatus::Open {
            // What a stop does while its trade leaves is nobody's decision any more.
            ours.stop = None;
            theirs = theirs.map(|figures| TradeFigures { stop: None, ..figures });
        }
        tally.figures += 6;
        tally.levels += u64::from(ours.stop.is_some());
        same(&format!("trade {id}"), theirs, ours)?;
    }
    for at in oracle.scopes() {
        if matches!(at, Scope::Trade(_)) {
            continue;
        }
        for window in [Window::Session, Window::Life] {
            let (theirs, ours) = (scope(state, at, window), oracle.scope_figures(at, window));
            tally.figures += 4;
            same(&format!("scope {at} {window:?}"), theirs, ours)?;
        }
    }
    for id in (0..oracle.rules()).map(|id| RuleId(id as u32)) {
        let ours = oracle.rule_figures(id);
        let Some(view) = state.rule_view(id) else { return Err(format!("rule {id}: engine none")) };
        let over = view.removed || view.fired.is_some() || view.waits_for == Waits::Nothing;
        let theirs = RuleFigures {
            removed: view.removed,
            fired: view.fired.is_some(),
            level: view.level,
            floor: view.floor,
            value: view.value,
            // A drawdown's high is seen in its floor.
            peak: ours.peak.and(view.peak),
        };
        tally.levels += u64::from(ours.level.is_some() || ours.floor.is_some());
        if over || oracle.is_over(id) {
            continue;
        }
        let what = format!("rule {id} on {} {:?}", view.rule.scope, view.draft);
        same(&what, Some(theirs), ours)?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    engine: Option<T>,
    oracle: T,
) -> Result<(), String> {
    if engine.as_ref() == Some(&oracle) {
        return Ok(());
    }
    Err(format!("{what}\nengine {engine:?}\noracle {oracle:?}"))
}

fn trade(state: &State, id: TradeId) -> Option<TradeFigures> {
    let view = state.trade_view(id)?;
    Some(TradeFigures {
        status: view.status,
        open: view.open,
        best: view.best,
        stop: view.stop,
        realised: view.realised,
        unrealised: view.unrealised,
        mtm: view.mtm,
        charges: view.charges,
    })
}

fn scope(state: &State, scope: Scope, window: Window) -> Option<ScopeFigures> {
    let view = state.scope_view(scope, window)?;
    Some(ScopeFigures {
        mtm: view.mtm,
        realised: view.realised,
        peak: view.peak,
        uncertain: view.uncertain,
    })
}
