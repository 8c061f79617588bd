//! Days of a service's journal: what was made from the first to the last of them.

use super::record::{Record, failed};
use highmark_engine::*;
use highmark_play::clock;
use highmark_play::curves::Curves;
use highmark_play::failure::{Code, Failure};
use highmark_play::refusals::refusals;
use highmark_play::summary::{Collector, Frame, NoteRow, ScopeRow, Summary, summarise};
use std::collections::{BTreeMap, BTreeSet};

/// What was made on some days.
pub struct Days {
    pub summary: Summary,
    pub curves: Curves,
    /// Events within the days, and the hash of the state to which all of them fold.
    pub events: u64,
    pub state: u64,
}

/// All of these days that the journal has; curves with so many columns, if any. `narrow` may leave some of it out.
pub fn over(
    record: &Record,
    (first, last): (Day, Day),
    columns: Option<usize>,
    narrow: impl FnOnce(&State, &mut Summary),
) -> Result<Days, Failure> {
    if first > last {
        let message = "the first day is after the last";
        return Err(Failure::new(Code::Usage, message, "highmark report range FROM TO"));
    }
    let name = match first == last {
        true => clock::day_text(first),
        false => format!("{} to {}", clock::day_text(first), clock::day_text(last)),
    };
    let part = within(record, first, last)?.ok_or_else(|| {
        let hint = "`highmark journal stats` shows when it was begun";
        Failure::new(Code::NotFound, format!("the journal has nothing of {name}"), hint)
    })?;
    Stretch::new(part, columns).over(record, name, narrow)
}

/// What of the journal lies within the days.
struct Part {
    first_turn: u64,
    from: Timestamp,
    to: Timestamp,
}

fn within(record: &Record, first: Day, last: Day) -> Result<Option<Part>, Failure> {
    let mut found: Option<Part> = None;
    let start = record.start_before(clock::hours_of(first).start)?;
    for turn in record.waited(start.state().turn() + 1)? {
        let turn = turn.map_err(|error| failed(&error))?;
        let (at, number) = (turn.at(), turn.number().unwrap_or_default());
        let day = clock::day_of(at);
        if day > last {
            break;
        }
        if day >= first {
            found.get_or_insert(Part { first_turn: number, from: at, to: at }).to = at;
        }
    }
    record.wanted()?;
    Ok(found)
}

/// What is collected of it.
struct Stretch {
    part: Part,
    collector: Collector,
    curves: Option<Curves>,
    notes: Vec<NoteRow>,
    /// Each scope's mtm and realised as it began.
    before: BTreeMap<Scope, (Money, Money)>,
    /// Each trade's mtm and charges as it began.
    trades_before: BTreeMap<TradeId, (Money, Money)>,
    peaks: BTreeMap<Scope, Peak>,
    /// Scopes whose session began before, with its peak as the stretch began: what they make is looked at turn by turn
    /// for as long as that peak stands.
    carried: BTreeMap<Scope, Money>,
    /// Trades that were asked for within.
    asked: BTreeSet<TradeId>,
    events: u64,
}

#[derive(Clone, Copy, Default)]
struct Peak {
    mtm: Money,
    at: Option<Timestamp>,
}

impl Stretch {
    fn new(part: Part, columns: Option<usize>) -> Stretch {
        Stretch {
            collector: Collector::default(),
            curves: columns.map(|columns| Curves::new(part.from, part.to, columns)),
            part,
            notes: Vec::new(),
            before: BTreeMap::new(),
            trades_before: BTreeMap::new(),
            peaks: BTreeMap::new(),
            carried: BTreeMap::new(),
            asked: BTreeSet::new(),
            events: 0,
        }
    }

    fn over(
        mut self,
        record: &Record,
        name: String,
        narrow: impl FnOnce(&State, &mut Summary),
    ) -> Result<Days, Failure> {
        let mut engine = record.before(self.part.first_turn)?;
        self.before = standing(engine.state());
        self.trades_before = trades(engine.state()).collect();
        let peak = |scope| (scope, engine.state().peak(scope, Window::Session));
        self.carried = scopes(engine.state()).into_iter().map(peak).collect();
        if let Some(curves) = &mut self.curves {
            curves.begin(engine.state());
        }
        for turn in record.waited(self.part.first_turn)? {
            let turn = turn.map_err(|error| failed(&error))?;
            if turn.at() > self.part.to {
                break;
            }
            if turn.events.iter().any(|event| matches!(event, Event::DayRolled { .. })) {
                self.see_peaks(engine.state());
                self.carried.clear();
            }
            turn.events.iter().for_each(|event| engine.apply(event));
            self.take(&turn.events, engine.state());
        }
        record.wanted()?;
        self.see_peaks(engine.state());
        let mut days = self.whole(engine.state(), name);
        narrow(engine.state(), &mut days.summary);
        Ok(days)
    }

    fn take(&mut self, events: &[Event], state: &State) {
        self.events += events.len() as u64;
        self.collector.take(events, state);
        self.notes.extend(refusals(events, state));
        if let Some(curves) = &mut self.curves {
            curves.take(events, state);
        }
        if events.iter().any(|event| matches!(event, Event::Settled | Event::Filled(_))) {
            self.see_carried(state);
        }
        for event in events {
            if let Event::TradeAdded { trade, .. } = event {
                self.asked.insert(*trade);
            }
        }
    }

    /// What was made since the stretch began, where the session has a peak from before. A higher one is the session's
    /// own again.
    fn see_carried(&mut self, state: &State) {
        self.carried.retain(|scope, peak| state.peak(*scope, Window::Session) == *peak);
        for scope in self.carried.keys() {
            let (mtm, is_uncertain) = state.mtm_of(*scope, Window::Life);
            let made = mtm - self.before.get(scope).copied().unwrap_or_default().0;
            let peak = self.peaks.entry(*scope).or_default();
            if !is_uncertain && made > peak.mtm {
                *peak = Peak { mtm: made, at: Some(state.now()) };
            }
        }
    }

    /// The peaks of the session that stands, counted from where the stretch began.
    fn see_peaks(&mut self, state: &State) {
        for scope in scopes(state) {
            let session = state.scope_view(scope, Window::Session);
            let life = state.scope_view(scope, Window::Life);
            let (Some(session), Some(life)) = (session, life) else { continue };
            if session.peak_at.is_none_or(|at| at < self.part.from) {
                continue;
            }
            let made = life.mtm - session.mtm - self.began(scope).0 + session.peak;
            let peak = self.peaks.entry(scope).or_default();
            if made > peak.mtm {
                *peak = Peak { mtm: made, at: session.peak_at };
            }
        }
    }

    fn whole(mut self, state: &State, name: String) -> Days {
        let frame = Frame {
            name,
            from: Some(clock::stamp(self.part.from)),
            to: Some(clock::stamp(self.part.to)),
            interrupted: false,
            notes: std::mem::take(&mut self.notes),
        };
        let mut summary = summarise(state, &self.collector, frame);
        self.narrow(&mut summary, state);
        let mut curves =
            self.curves.unwrap_or_else(|| Curves::new(self.part.from, self.part.to, 1));
        curves.finish(state);
        Days { summary, curves, events: self.events, state: state.hash() }
    }

    fn began(&self, scope: Scope) -> (Money, Money) {
        self.before.get(&scope).copied().unwrap_or_default()
    }

    /// Only what was made within the stretch, and only the trades that lived in it or made something.
    fn narrow(&self, summary: &mut Summary, state: &State) {
        let rows = summary.strategies.iter_mut().chain(&mut summary.accounts);
        for row in rows.chain(&mut summary.groups).chain(&mut summary.system) {
            self.narrow_row(row, state);
        }
        let lived = |view: &TradeView| match (view.opened_at, view.closed_at) {
            (_, Some(closed)) => closed >= self.part.from,
            (Some(_), None) => true,
            (None, None) => view.status == TradeStatus::Pending || self.asked.contains(&view.id),
        };
        let made = |view: TradeView| {
            let (mtm, charges) = self.trades_before.get(&view.id).copied().unwrap_or_default();
            let made = (view.mtm - mtm, view.charges - charges);
            (lived(&view) || made != Default::default()).then(|| (view.id.to_string(), made))
        };
        let made: BTreeMap<String, (Money, Money)> = state.trade_views().filter_map(made).collect();
        summary.trades.retain_mut(|row| match made.get(&row.id) {
            Some((pnl, charges)) => {
                (row.pnl, row.charges) = (*pnl, *charges);
                true
            }
            None => false,
        });
    }

    fn narrow_row(&self, row: &mut ScopeRow, state: &State) {
        let all = scopes(state);
        let Some(scope) = all.into_iter().find(|scope| scope.to_string() == row.id) else { return };
        let (mtm, realised) = self.began(scope);
        let peak = self.peaks.get(&scope).copied().unwrap_or_default();
        row.mtm -= mtm;
        row.realised -= realised;
        row.unrealised = row.mtm - row.realised;
        row.peak = peak.mtm;
        row.peak_at = peak.at.map(clock::stamp);
    }
}

fn scopes(state: &State) -> Vec<Scope> {
    let mut scopes = vec![Scope::System];
    scopes.extend(state.accounts().map(|(id, _)| Scope::Account(id)));
    scopes.extend(state.strategies().map(|(id, _)| Scope::Strategy(id)));
    scopes.extend(state.groups().map(|(id, _, _)| Scope::Group(id)));
    scopes
}

/// Mtm and realised of every scope since the beginning.
fn standing(state: &State) -> BTreeMap<Scope, (Money, Money)> {
    let row = |scope| {
        let view = state.scope_view(scope, Window::Life)?;
        Some((scope, (view.mtm, view.realised)))
    };
    scopes(state).into_iter().filter_map(row).collect()
}

/// Mtm and charges of every trade that has any, since the beginning.
fn trades(state: &State) -> impl Iterator<Item = (TradeId, (Money, Money))> + '_ {
    let rows = state.trade_views().map(|view| (view.id, (view.mtm, view.charges)));
    rows.filter(|(_, made)| *made != Default::default())
}
