//! Why something fired, or what would make it fire and how far away that is; from the record alone.

mod sentences;
mod text;

pub use crate::words::rule_words;
pub use text::text_of;

use self::sentences::{fired_mtm, fired_price, level_sentence, room_percent};
use crate::failure::{Code, Failure};
use crate::names::{self, Subject};
use crate::story::Line;
use crate::summary::{ActionRow, NoteRow, ScopeRow, TradeRow, scope_row, trade_row};
use crate::{clock, text as format};
use highmark_engine::*;
use serde::Serialize;

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    pub subject: String,
    pub id: String,
    /// The time as of which it is answered.
    pub at: String,
    pub trade: Option<TradeRow>,
    pub scope: Option<ScopeRow>,
    /// The rules of the subject itself.
    pub rules: Vec<RuleAnswer>,
    /// The rules of wider scopes that may act on it.
    pub wider: Vec<RuleAnswer>,
    /// What was told of it, in order.
    pub history: Vec<ActionRow>,
}

/// One rule: fired, with the numbers that were compared, or not, with what is missing.
#[derive(Clone, Debug, Serialize)]
pub struct RuleAnswer {
    pub id: String,
    pub kind: String,
    pub scope: String,
    pub version: u32,
    pub parameters: String,
    pub set_by: String,
    pub set_at: String,
    pub fired: bool,
    /// What it waits for, in a word: `level`, `arming_price`, `mark` and so on.
    pub waits_for: String,
    pub sentence: String,
    pub compared: Compared,
    pub room: Option<Money>,
    pub room_points: Option<Price>,
    pub room_percent: Option<String>,
    pub followed: Vec<String>,
}

/// The past up to a state: what happened, and what could not be done.
#[derive(Clone, Debug)]
pub struct Told<'r> {
    pub state: &'r State,
    pub lines: &'r [Line],
    pub notes: Vec<NoteRow>,
}

/// The numbers behind a rule's sentence: what was compared as it fired, or else what is compared now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// When it fired.
    pub at: Option<String>,
    pub mark: Option<Price>,
    pub level: Option<Price>,
    pub best: Option<Price>,
    pub best_at: Option<String>,
    pub value: Option<Money>,
    pub floor: Option<Money>,
    pub peak: Option<Money>,
    pub peak_at: Option<String>,
    /// Some leg had no fresh mark.
    pub uncertain: bool,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub enum About<'n> {
    /// What is called so, or else has this id.
    Called(&'n str),
    /// This and nothing else, whatever else is called so.
    This(Subject),
}

/// Answers for what is asked about.
pub fn explain(told: Told<'_>, about: About<'_>) -> Result<Explanation, Failure> {
    let Told { state, lines, notes } = told;
    let subject = match about {
        About::Called(name) => match names::find(state, name) {
            Some(subject) => subject,
            None => return refused(notes, name, state).ok_or_else(|| unknown(name, state)),
        },
        About::This(subject) if names::is_there(state, subject) => subject,
        About::This(subject) => {
            let message = format!("nothing has the id {subject} at that time");
            return Err(Failure::new(Code::NotFound, message, "ask as of a later time"));
        }
    };
    let asked = Asked { state, lines };
    Ok(match subject {
        Subject::Rule(rule) => asked.rule(rule),
        Subject::Scope(scope) => asked.scope(scope),
    })
}

/// A rule as a state has it, without what followed.
pub fn rule_answer(state: &State, rule: RuleId) -> Option<RuleAnswer> {
    let view = state.rule_view(rule)?;
    Some(Asked { state, lines: &[] }.answer(&view))
}

/// A trade that the engine refused, or whose time never came, is no part of the state.
fn refused(notes: Vec<NoteRow>, name: &str, state: &State) -> Option<Explanation> {
    let now = clock::stamp(state.now());
    let about = notes.into_iter().filter(|note| note.about == name && note.at <= now);
    let history: Vec<ActionRow> = about
        .map(|note| ActionRow {
            at: note.at,
            kind: note.code.to_lowercase(),
            scope: String::new(),
            rule: None,
            text: format!(
                "{} was not done: {}; {} ({})",
                note.about, note.message, note.hint, note.code
            ),
        })
        .collect();
    let last = history.last()?.at.clone();
    Some(Explanation {
        subject: name.to_owned(),
        id: "not entered".into(),
        at: last,
        trade: None,
        scope: None,
        rules: Vec::new(),
        wider: Vec::new(),
        history,
    })
}

fn unknown(name: &str, state: &State) -> Failure {
    let all = names::all(state);
    let close = all
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .min();
    let hint = match close {
        Some((_, known)) => format!("did you mean {known}?"),
        None => format!("there is {}", all.iter().take(12).cloned().collect::<Vec<_>>().join(", ")),
    };
    Failure::new(Code::NotFound, format!("nothing is called {name} at that time"), hint)
}

struct Asked<'r> {
    state: &'r State,
    lines: &'r [Line],
}

impl Asked<'_> {
    fn scope(&self, scope: Scope) -> Explanation {
        let (trade, rules, wider) = match scope {
            Scope::Trade(id) => match self.state.trade_view(id) {
                Some(view) => {
                    let wider = self.wider(&view);
                    (Some(trade_row(&view, self.state)), view.rules, wider)
                }
                None => (None, Vec::new(), Vec::new()),
            },
            Scope::Group(_) | Scope::Account(_) | Scope::System => {
                (None, self.rules_of(scope), Vec::new())
            }
            Scope::Strategy(owner) => {
                let groups = self.state.groups().filter(|(_, strategy, _)| *strategy == owner);
                let within = groups.flat_map(|(id, _, _)| self.rules_of(Scope::Group(id)));
                let mut rules = self.rules_of(scope);
                rules.extend(within);
                (None, rules, self.rules_of(Scope::System))
            }
        };
        let row = if trade.is_some() { None } else { scope_row(self.state, scope) };
        Explanation {
            subject: names::scope(self.state, scope),
            id: scope.to_string(),
            at: clock::stamp(self.state.now()),
            trade,
            scope: row,
            rules: self.answers(&rules),
            wider: self.answers(&wider),
            history: self.history(|line| line.scope.is_some_and(|of| self.is_part(of, scope))),
        }
    }

    fn rule(&self, id: RuleId) -> Explanation {
        let answers = self.answers(&[id]);
        let scope = self.state.rule_view(id).map(|view| view.rule.scope);
        let subject = answers
            .first()
            .map_or_else(String::new, |answer| format!("{} of {}", answer.kind, answer.scope));
        Explanation {
            subject,
            id: id.to_string(),
            at: clock::stamp(self.state.now()),
            trade: None,
            scope: scope.and_then(|scope| scope_row(self.state, scope)),
            rules: answers,
            wider: Vec::new(),
            history: self.history(|line| line.rule.is_some_and(|rule| rule.rule == id)),
        }
    }

    /// Whether what was told of one scope belongs to the story of another.
    fn is_part(&self, part: Scope, whole: Scope) -> bool {
        if part == whole {
            return true;
        }
        match (part, whole) {
            (Scope::Trade(trade), _) => {
                self.state.trade_view(trade).is_some_and(|view| match whole {
                    Scope::Group(id) => view.group == Some(id),
                    Scope::Strategy(id) => view.strategy == id,
                    Scope::Account(id) => view.account == id,
                    Scope::Trade(_) | Scope::System => false,
                })
            }
            (Scope::Group(group), Scope::Strategy(owner)) => {
                self.state.groups().any(|(id, strategy, _)| id == group && strategy == owner)
            }
            (Scope::System, _) => true,
            (Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_), _) => false,
        }
    }

    fn rules_of(&self, scope: Scope) -> Vec<RuleId> {
        let view = self.state.scope_view(scope, Window::Session);
        view.map(|view| view.rules).unwrap_or_default()
    }

    /// The rules that look at the trade from farther away.
    fn wider(&self, view: &TradeView) -> Vec<RuleId> {
        let mut scopes: Vec<Scope> = view.group.map(Scope::Group).into_iter().collect();
        scopes.extend([
            Scope::Strategy(view.strategy),
            Scope::Account(view.account),
            Scope::System,
        ]);
        scopes.into_iter().flat_map(|scope| self.rules_of(scope)).collect()
    }

    fn history(&self, wanted: impl Fn(&Line) -> bool) -> Vec<ActionRow> {
        let row = |line: &Line| ActionRow {
            at: clock::stamp(line.at),
            kind: line.kind.to_owned(),
            scope: line.scope.map_or_else(String::new, |scope| scope.to_string()),
            rule: line.rule.map(|rule| rule.kind.name().to_owned()),
            text: line.text.clone(),
        };
        self.lines.iter().filter(|line| wanted(line)).map(row).collect()
    }

    fn answers(&self, rules: &[RuleId]) -> Vec<RuleAnswer> {
        let views = rules.iter().filter_map(|rule| self.state.rule_view(*rule));
        views.map(|view| self.answer(&view)).collect()
    }

    fn answer(&self, view: &RuleView) -> RuleAnswer {
        let followed = match &view.fired {
            Some(Fired::Price { at, .. } | Fired::Mtm { at, .. }) => self.followed(view, *at),
            None => Vec::new(),
        };
        RuleAnswer {
            id: view.rule.rule.to_string(),
            kind: view.rule.kind.name().to_owned(),
            scope: names::scope(self.state, view.rule.scope),
            version: view.rule.version,
            parameters: rule_words(&view.draft),
            set_by: view.provenance.by.clone(),
            set_at: clock::stamp(view.set_at),
            fired: view.fired.is_some(),
            waits_for: waits_for(view),
            sentence: self.sentence(view),
            compared: self.compared(view),
            room: view.room,
            room_points: view.room_points,
            room_percent: match (&view.fired, &view.waits_for) {
                (None, Waits::Level) => room_percent(view),
                _ => None,
            },
            followed,
        }
    }

    fn compared(&self, view: &RuleView) -> Compared {
        match &view.fired {
            Some(Fired::Price { at, cause }) => Compared {
                at: Some(clock::stamp(*at)),
                mark: cause.mark,
                level: cause.level,
                best: cause.best,
                best_at: cause.best_at.map(clock::stamp),
                ..Compared::default()
            },
            Some(Fired::Mtm { at, breach }) => Compared {
                at: Some(clock::stamp(*at)),
                value: Some(breach.value),
                floor: Some(breach.level),
                peak: Some(breach.peak),
                peak_at: breach.peak_at.map(clock::stamp),
                uncertain: breach.uncertain,
                ..Compared::default()
            },
            None => Compared {
                mark: view.mark,
                level: view.level,
                best: view.best,
                best_at: view.best_at.map(clock::stamp),
                value: view.value,
                floor: view.floor,
                peak: view.peak,
                peak_at: view.peak_at.map(clock::stamp),
                ..Compared::default()
            },
        }
    }

    /// What was told from that moment on and came of this rule.
    fn followed(&self, view: &RuleView, at: Timestamp) -> Vec<String> {
        let id = view.rule.rule;
        let direct = |line: &&Line| line.at >= at && line.rule.is_some_and(|rule| rule.rule == id);
        let mut trades: Vec<Scope> = Vec::new();
        let mut told = Vec::new();
        for line in self.lines.iter().filter(|line| line.at >= at) {
            let of_trade =
                line.scope.is_some_and(|scope| trades.contains(&scope)) && line.kind == "exit";
            if direct(&line) || of_trade {
                told.push(format!("{}  {}", clock::time_text(line.at), line.text));
            }
            if let (true, Some(scope @ Scope::Trade(_))) = (direct(&line), line.scope) {
                trades.push(scope);
            }
        }
        told
    }

    fn sentence(&self, view: &RuleView) -> String {
        match &view.fired {
            Some(Fired::Price { at, cause }) => fired_price(*at, cause),
            Some(Fired::Mtm { at, breach }) => fired_mtm(*at, breach),
            None if view.removed => "it was removed".into(),
            None => self.waiting(view),
        }
    }

    fn waiting(&self, view: &RuleView) -> String {
        match &view.waits_for {
            Waits::Level => level_sentence(view),
            Waits::Entry => "it waits for the trade's first fill".into(),
            Waits::Mark => "it waits for a price".into(),
            Waits::ArmingPrice(price) => match view.best {
                Some(best) => format!(
                    "it has no level until best reaches {}; best is {}, {} points away",
                    format::price(*price),
                    format::price(best),
                    Price((price.0 - best.0).abs())
                ),
                None => format!("it has no level until best reaches {}", format::price(*price)),
            },
            Waits::ArmingMoney(amount) => {
                let peak = view.peak.unwrap_or_default();
                format!(
                    "it has no floor until the peak reaches {}; the peak is {}, {} away",
                    format::rupees(*amount),
                    format::rupees(peak),
                    format::rupees(*amount - peak)
                )
            }
            Waits::Profit => match view.draft.spec {
                RuleSpec::Price(_) => "it has no level until best is better than the entry".into(),
                RuleSpec::Mtm(_) => "it has no floor until the peak is above zero".into(),
            },
            Waits::Whole => {
                "it has no level: what its percentage is of (capital, margin or premium) is still zero".into()
            }
            Waits::Bars { have, need } => format!("it has {have} of the {need} bars that it needs"),
            Waits::Session => "it waits for a session whose end is known".into(),
            Waits::Until(at) => format!(
                "it acts at {}, {} from now",
                clock::time_text(*at),
                format::span(at.since(self.state.now()))
            ),
            Waits::Confirmation { since, ticks } => format!(
                "it is in breach since {} ({}) and not yet confirmed",
                clock::time_text(*since),
                format::count(*ticks as usize, "tick")
            ),
            Waits::Nothing => {
                "it waits for nothing any more: its trade or scope ended, or it was skipped".into()
            }
        }
    }
}

/// In one word what keeps a rule from acting; empty once it has fired or was removed.
fn waits_for(view: &RuleView) -> String {
    if view.fired.is_some() || view.removed {
        return String::new();
    }
    let word = match &view.waits_for {
        Waits::Level => "level",
        Waits::Entry => "entry",
        Waits::Mark => "mark",
        Waits::ArmingPrice(_) => "arming_price",
        Waits::ArmingMoney(_) => "arming_money",
        Waits::Profit => "profit",
        Waits::Whole => "whole",
        Waits::Bars { .. } => "bars",
        Waits::Session => "session",
        Waits::Until(_) => "until",
        Waits::Confirmation { .. } => "confirmation",
        Waits::Nothing => "nothing",
    };
    word.to_owned()
}

#[cfg(test)]
mod tests;
