//! What the person sees of the story: a table redrawn in place and the last sentences, or plain lines.

use crate::cli::terminal::{self, Ink, Look};
use crate::failure::Failure;
use crate::report;
use crate::run::Witness;
use crate::story::{self, Weight};
use crate::summary::{ScopeRow, scope_row};
use crate::{clock, names, text};
use highmark_engine::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Sentences that stay on the screen under the table.
const KEPT: usize = 8;
/// How often a stop or a floor that moves is told of.
const PACE: Span = Span::seconds(60);

/// The screen.
pub struct Stage {
    look: Look,
    silent: bool,
    kept: Vec<String>,
    drawn: usize,
    told: BTreeMap<Scope, (Timestamp, String)>,
}

impl Stage {
    pub fn new(look: Look, silent: bool) -> Stage {
        Stage { look, silent, kept: Vec::new(), drawn: 0, told: BTreeMap::new() }
    }

    /// Tells of the stops and floors that moved, now and then.
    pub fn look_around(&mut self, state: &State) {
        for view in state.trade_views().filter(|view| view.status == TradeStatus::Open) {
            let (Some(stop), Some(best)) = (view.stop, view.best) else { continue };
            let line = format!(
                "{} trails: best {}, its stop is now {}",
                names::trade(state, view.id),
                text::price(best),
                text::price(stop)
            );
            self.tell_sometimes(Scope::Trade(view.id), &text::price(stop), line, state.now());
        }
        for (id, _) in state.strategies() {
            let Some(row) = scope_row(state, Scope::Strategy(id)) else { continue };
            let (Some(floor), Some(room)) = (row.floor, row.room) else { continue };
            if row.nearest.as_deref() == Some("lock_and_trail") {
                let line = format!(
                    "{} has locked {}; room to it is {}",
                    row.name,
                    text::rupees(floor),
                    text::rupees(room)
                );
                self.tell_sometimes(Scope::Strategy(id), &text::rupees(floor), line, state.now());
            }
        }
    }

    fn tell_sometimes(&mut self, scope: Scope, what: &str, line: String, now: Timestamp) {
        // The first look only remembers where things stand, except a floor, which is news.
        let news = match self.told.get(&scope) {
            None => matches!(scope, Scope::Strategy(_)),
            Some((at, before)) => now.since(*at) >= PACE && before != what,
        };
        if news {
            self.say(now, Ink::Faint, &line);
        }
        if news || !self.told.contains_key(&scope) {
            self.told.insert(scope, (now, what.to_owned()));
        }
    }

    fn say(&mut self, at: Timestamp, ink: Ink, line: &str) {
        if self.silent {
            return;
        }
        let line = format!("{}  {}", clock::time_text(at), self.look.paint(line, ink));
        if self.look.live {
            self.kept.push(line);
            let extra = self.kept.len().saturating_sub(KEPT);
            self.kept.drain(..extra);
        } else {
            terminal::out(&format!("{line}\n"));
        }
    }

    /// Draws the table and the last sentences over what was drawn before.
    pub fn draw(&mut self, state: &State) {
        if !self.look.live || self.silent {
            return;
        }
        let mut screen = String::new();
        let rows: Vec<ScopeRow> = state
            .strategies()
            .filter_map(|(id, _)| scope_row(state, Scope::Strategy(id)))
            .collect();
        let _ = writeln!(screen, "{}  PAPER, made-up prices", clock::time_text(state.now()));
        let _ = writeln!(screen, "{}\n", report::scopes("STRATEGY", &rows, self.look));
        for view in state.trade_views().filter(|view| view.status.is_held()) {
            let stop = view.stop.map_or_else(|| "\u{2013}".into(), text::price);
            let _ = writeln!(
                screen,
                "  {:<4} {:<10} mark {:>10}  best {:>10}  stop {:>10}  {}",
                names::trade(state, view.id),
                names::symbol(state, view.instrument),
                view.mark.map_or_else(String::new, text::price),
                view.best.map_or_else(String::new, text::price),
                stop,
                text::signed(view.mtm)
            );
        }
        screen.push('\n');
        for line in &self.kept {
            let _ = writeln!(screen, "{line}");
        }
        let mut out = String::new();
        if self.drawn > 0 {
            // Up over the last drawing, and clear from there.
            let _ = write!(out, "\u{1b}[{}A\u{1b}[J", self.drawn);
        }
        self.drawn = screen.lines().count();
        // Long lines are cut at the edge: a line that wraps would be two to go up over.
        let _ = write!(out, "\u{1b}[?7l{screen}\u{1b}[?7h");
        terminal::out(&out);
    }
}

impl Witness for Stage {
    fn saw(&mut self, events: &[Event], state: &State) -> Result<(), Failure> {
        for event in events {
            let Some(line) = story::tell(event, state) else { continue };
            let ink = match (line.weight, line.kind) {
                (Weight::Detail, _) => continue,
                (Weight::Act, "kill" | "breach") => Ink::Bad,
                (Weight::Act, _) => Ink::Strong,
                (Weight::Fact, "warning") => Ink::Warn,
                (Weight::Fact, _) => Ink::Good,
            };
            self.say(line.at, ink, &line.text);
        }
        Ok(())
    }
}
