//! Mtm over time, with peak and floor, thinned so that no extreme is lost.

use highmark_engine::{Event, Money, Scope, ScopeView, State, StrategyId, Timestamp, Window};
use std::collections::BTreeMap;

/// One strategy's curve.
#[derive(Clone, Debug)]
pub struct Curve {
    pub strategy: StrategyId,
    pub name: String,
    pub columns: Vec<Column>,
    pub marks: Vec<Mark>,
}

/// What happened within one pixel's width of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Column {
    pub seen: bool,
    pub first: Money,
    pub low: Money,
    pub high: Money,
    pub last: Money,
    pub peak: Money,
    pub floor: Option<Money>,
    /// What the session had made before the curve began, and the curve leaves out.
    pub carried: Money,
}

/// An event on the curve.
#[derive(Clone, Debug)]
pub struct Mark {
    pub at: Timestamp,
    pub mtm: Money,
    pub kind: &'static str,
    pub text: String,
}

/// Follows every strategy through a run.
#[derive(Debug)]
pub struct Curves {
    from: Timestamp,
    to: Timestamp,
    columns: usize,
    pub curves: Vec<Curve>,
    /// What strategies had made in their session as the curves began, until the session ends.
    carried: BTreeMap<StrategyId, Carried>,
}

/// A session that began before the curve.
#[derive(Clone, Copy, Debug)]
struct Carried {
    mtm: Money,
    /// The session's peak from before.
    peak: Money,
    /// The highest since.
    highest: Money,
}

impl Curves {
    /// Of this time, in so many columns.
    pub fn new(from: Timestamp, to: Timestamp, columns: usize) -> Curves {
        let to = to.max(Timestamp(from.0 + 1));
        Curves { from, to, columns: columns.max(1), curves: Vec::new(), carried: BTreeMap::new() }
    }

    /// The strategies that were there before, from what they had made by then.
    pub fn begin(&mut self, state: &State) {
        for (strategy, spec) in state.strategies() {
            self.add(strategy, &spec.name);
            let scope = Scope::Strategy(strategy);
            let (mtm, _) = state.mtm_of(scope, Window::Session);
            let peak = state.peak(scope, Window::Session);
            self.carried.insert(strategy, Carried { mtm, peak, highest: Money::ZERO });
        }
    }

    fn add(&mut self, strategy: StrategyId, name: &str) {
        let columns = vec![Column::default(); self.columns];
        self.curves.push(Curve { strategy, name: name.to_owned(), columns, marks: Vec::new() });
    }

    pub fn from(&self) -> Timestamp {
        self.from
    }

    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// The column of an instant.
    pub fn column(&self, at: Timestamp) -> usize {
        let (done, whole) = (at.0.saturating_sub(self.from.0).max(0), self.to.0 - self.from.0);
        let column = i128::from(done) * (self.columns as i128 - 1) / i128::from(whole);
        usize::try_from(column).unwrap_or(0).min(self.columns - 1)
    }

    /// When a column begins.
    pub fn begins(&self, column: usize) -> Timestamp {
        let (whole, columns) = (i128::from(self.to.0 - self.from.0), self.columns as i128 - 1);
        let passed = (column as i128 * whole + columns - 1).div_euclid(columns.max(1));
        Timestamp(self.from.0 + i64::try_from(passed).unwrap_or(0))
    }

    /// The curves go on to the end, where they are as they were left.
    pub fn finish(&mut self, state: &State) {
        for curve in &mut self.curves {
            let scope = Scope::Strategy(curve.strategy);
            if let Some(view) = state.scope_view(scope, Window::Session) {
                let seen = Seen::of(&view, self.carried.get_mut(&curve.strategy));
                curve.columns[self.columns - 1].see(seen);
            }
        }
    }

    /// Looks at the state after a turn.
    pub fn take(&mut self, events: &[Event], state: &State) {
        for event in events {
            match event {
                Event::StrategyCreated { strategy, spec } => self.add(*strategy, &spec.name),
                Event::DayRolled { .. } => self.carried.clear(),
                _ => {}
            }
        }
        let moved = events.iter().any(|event| {
            matches!(
                event,
                Event::Settled | Event::Filled(_) | Event::RuleSet { .. } | Event::RuleReset { .. }
            )
        });
        if !moved || state.now() < self.from {
            return;
        }
        let column = self.column(state.now());
        for curve in &mut self.curves {
            let Some(view) = state.scope_view(Scope::Strategy(curve.strategy), Window::Session)
            else {
                continue;
            };
            let seen = Seen::of(&view, self.carried.get_mut(&curve.strategy));
            curve.columns[column].see(seen);
            curve.marks.extend(marks(events, state, curve.strategy, seen.mtm));
        }
    }
}

/// A strategy at one moment, counted from where its curve or its session began, whichever is later.
#[derive(Clone, Copy)]
struct Seen {
    mtm: Money,
    peak: Money,
    floor: Option<Money>,
    carried: Money,
}

impl Seen {
    fn of(view: &ScopeView, carried: Option<&mut Carried>) -> Seen {
        let Some(carried) = carried else {
            let (mtm, peak, floor) = (view.mtm, view.peak, view.floor);
            return Seen { mtm, peak, floor, carried: Money::ZERO };
        };
        let mtm = view.mtm - carried.mtm;
        carried.highest = carried.highest.max(mtm);
        let peak = if view.peak > carried.peak { view.peak - carried.mtm } else { carried.highest };
        let floor = view.floor.map(|floor| floor - carried.mtm);
        Seen { mtm, peak, floor, carried: carried.mtm }
    }
}

impl Column {
    fn see(&mut self, Seen { mtm, peak, floor, carried }: Seen) {
        if !self.seen {
            *self = Column { seen: true, first: mtm, low: mtm, high: mtm, ..*self };
        }
        self.low = self.low.min(mtm);
        self.high = self.high.max(mtm);
        self.last = mtm;
        self.peak = peak;
        self.floor = floor;
        self.carried = carried;
    }
}

/// What of a turn belongs on the strategy's curve.
fn marks(events: &[Event], state: &State, strategy: StrategyId, mtm: Money) -> Vec<Mark> {
    let lines = events.iter().filter_map(|event| crate::story::tell(event, state));
    let ours = lines.filter(|line| {
        line.scope.is_some_and(|scope| belongs(state, scope, strategy))
            && matches!(
                line.kind,
                "exit"
                    | "entry"
                    | "breach"
                    | "shutdown"
                    | "fired"
                    | "halt"
                    | "resume"
                    | "kill"
                    | "moved_to_cost"
            )
    });
    ours.map(|line| Mark { at: line.at, mtm, kind: line.kind, text: line.text }).collect()
}

fn belongs(state: &State, scope: Scope, strategy: StrategyId) -> bool {
    match scope {
        Scope::Trade(trade) => {
            state.trade_view(trade).is_some_and(|view| view.strategy == strategy)
        }
        Scope::Group(group) => {
            state.groups().any(|(id, owner, _)| id == group && owner == strategy)
        }
        Scope::Strategy(id) => id == strategy,
        Scope::Account(_) => false,
        Scope::System => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::{Body, Command, Engine, ExitOrder, Input, StrategySpec};

    #[test]
    fn a_strategy_of_an_earlier_day_has_a_curve_too() {
        let mut engine = Engine::new();
        let (name, exit_order) = ("Momentum".into(), ExitOrder::default());
        let spec = StrategySpec { name, capital: Money::ZERO, exit_order };
        let body = Body::Command { by: "test".into(), command: Command::CreateStrategy(spec) };
        engine.step(Input { at: Timestamp(1), body });
        let mut curves = Curves::new(Timestamp(2), Timestamp(102), 4);
        curves.begin(engine.state());
        let events = engine.step(Input { at: Timestamp(30), body: Body::Clock });
        curves.take(&events, engine.state());
        curves.finish(engine.state());
        let curve = &curves.curves[0];
        assert_eq!((&*curve.name, curve.columns.len()), ("Momentum", 4));
        assert!(curve.columns[3].seen);
        assert_eq!([2, 35, 101, 999].map(|at| curves.column(Timestamp(at))), [0, 0, 2, 3]);
        assert_eq!([0, 1, 3].map(|at| curves.begins(at).0), [2, 36, 102]);
    }
}
