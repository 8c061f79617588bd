//! The screen, drawn from the model alone.

use super::model::{Deed, Dialog, Model, Which};
use crate::cli::status::{is_near, room_text};
use crate::cli::trade::Seen;
use crate::{clock, text};
use highmark_engine::{Money, Side};
use highmark_server::look::{Row as Scope, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, Clear, Paragraph, Row, Table, TableState, Wrap};

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let alarms = model.picture.as_ref().map_or(0, |picture| picture.status.alarms.len().min(4));
    let parts = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(u16::try_from(alarms).unwrap_or(0)),
        Constraint::Min(3),
        Constraint::Length(2),
    ])
    .split(frame.area());
    let ink = Ink { has_colour: model.has_colour };
    match &model.picture {
        Some(picture) => {
            frame.render_widget(Paragraph::new(head(&picture.status, model, ink)), parts[0]);
            let lines: Vec<Line<'_>> = picture
                .status
                .alarms
                .iter()
                .take(alarms)
                .map(|alarm| {
                    Line::styled(
                        format!("! {}: {} ({})", alarm.code, alarm.message, alarm.hint),
                        ink.bad(),
                    )
                })
                .collect();
            frame.render_widget(Paragraph::new(lines), parts[1]);
        }
        None => frame.render_widget(Paragraph::new("asking the service ..."), parts[0]),
    }
    list(frame, model, ink, parts[2]);
    frame.render_widget(Paragraph::new(foot(model, ink)), parts[3]);
    match &model.dialog {
        Dialog::None | Dialog::Filter => {}
        Dialog::Help => help(frame),
        Dialog::Agree { to, words, typed } => agree(frame, model, to, words, &typed.0),
    }
}

#[derive(Clone, Copy)]
struct Ink {
    has_colour: bool,
}

impl Ink {
    fn of(self, colour: Color) -> Style {
        if self.has_colour { Style::new().fg(colour) } else { Style::new() }
    }

    fn bad(self) -> Style {
        self.of(Color::Red).add_modifier(Modifier::BOLD)
    }

    fn warn(self) -> Style {
        self.of(Color::Yellow)
    }

    fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Gains and losses have their signs beside their colours.
    fn gain(self, amount: Money) -> Style {
        self.of(if amount < Money::ZERO { Color::Red } else { Color::Green })
    }
}

fn head(status: &Status, model: &Model, ink: Ink) -> Vec<Line<'static>> {
    let system = &status.system;
    let mut first = vec![
        Span::styled(format!("{} IST  ", clock::time_text(status.at)), ink.faint()),
        Span::styled("PAPER  ", Style::new().add_modifier(Modifier::BOLD)),
    ];
    if status.killed {
        first.push(Span::styled("KILLED  ", ink.bad()));
    }
    if model.is_paused {
        first.push(Span::styled("PAUSED  ", ink.warn()));
    }
    if let Some(why) = &model.lost {
        first.push(Span::styled(format!("NO ANSWER: {why}  "), ink.bad()));
    }
    if system.uncertain {
        first.push(Span::styled("uncertain: a mark is missing or stale  ", ink.warn()));
    }
    let mut second = vec![
        Span::raw("mtm "),
        Span::styled(text::signed(system.mtm), ink.gain(system.mtm)),
        Span::raw(format!(
            "  realised {}  open {}",
            text::signed(system.realised),
            system.open_trades
        )),
    ];
    if let Some(service) = &status.service {
        let mut told = format!(
            "  {} ticks, turn {} durable",
            text::whole(service.feed.ticks),
            text::whole(service.journal.durable_turn)
        );
        let (decided, durable) = (service.decision_latency, service.exit_latency);
        if durable.count > 0 {
            let (decided, durable) = (decided.p99, durable.p99);
            told.push_str(&format!("; exits p99: decided {decided} µs, durable {durable} µs"));
        }
        second.push(Span::styled(told, ink.faint()));
    }
    vec![Line::from(first), Line::from(second)]
}

fn list(frame: &mut Frame<'_>, model: &Model, ink: Ink, area: Rect) {
    let (headings, widths, rows): (&[&str], &[u16], Vec<Row<'_>>) = match model.list {
        Which::Strategies => (
            &["STRATEGY", "ROOM", "MTM", "PEAK", "FLOOR", "OPEN", "STATE"],
            &[16, 22, 14, 14, 15, 7],
            model.strategies().into_iter().map(|row| strategy(row, ink)).collect(),
        ),
        Which::Trades => (
            &["TRADE", "SYMBOL", "ROOM", "SIDE", "OPEN", "ENTRY", "MARK", "STOP", "MTM", "STATE"],
            &[12, 14, 10, 4, 8, 11, 11, 11, 14],
            model.trades().into_iter().map(|one| trade(one, ink)).collect(),
        ),
    };
    let (shown, other) = match model.list {
        Which::Strategies => ("[s]trategies", "[t]rades"),
        Which::Trades => ("[t]rades", "[s]trategies"),
    };
    let mut title = format!(" {shown} {}   {other} ", rows.len());
    if !model.filter.0.is_empty() {
        title.push_str(&format!("  filter: {} ", model.filter.0));
    }
    let is_empty = rows.is_empty();
    // The last column has what is left.
    let widths = widths.iter().map(|width| Constraint::Length(*width));
    let table = Table::new(rows, widths.chain([Constraint::Fill(1)]))
        .header(Row::new(headings.iter().map(|name| heading(name))).style(ink.faint()))
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED))
        .block(Block::bordered().title(title));
    let mut state = TableState::new().with_selected((!is_empty).then_some(model.at));
    frame.render_stateful_widget(table, area, &mut state);
}

fn strategy(row: &Scope, ink: Ink) -> Row<'static> {
    let amount = |amount: Option<Money>| amount.map_or("–".to_owned(), text::rupees);
    let room = row.room.map_or("–".to_owned(), |room| room_text(row, room));
    Row::new([
        Cell::from(row.name.clone()),
        number(room).style(if is_near(row) { ink.warn() } else { Style::new() }),
        number(text::signed(row.mtm)).style(ink.gain(row.mtm)),
        number(text::rupees(row.peak)),
        number(amount(row.floor)),
        number(format!("{}/{}", row.open_trades, row.total_trades)),
        Cell::from(row.state.clone()).style(if row.state == "active" {
            ink.faint()
        } else {
            ink.warn()
        }),
    ])
}

fn trade(seen: &Seen, ink: Ink) -> Row<'static> {
    let view = &seen.view;
    let price = |price| Option::map_or(price, "–".to_owned(), text::price);
    let has_no_stop = view.stop.is_none() && view.status.is_held();
    Row::new([
        Cell::from(seen.shown()),
        Cell::from(seen.symbol.clone()),
        number(price(seen.room())),
        Cell::from(if view.side == Side::Buy { "buy" } else { "sell" }),
        number(text::quantity(view.open)),
        number(price(view.open_entry.or(view.entry))),
        number(price(view.mark)),
        number(price(view.stop)).style(if has_no_stop { ink.warn() } else { Style::new() }),
        number(text::signed(view.mtm)).style(ink.gain(view.mtm)),
        Cell::from(view.status.name()),
    ])
}

/// Over numbers, headings end where they do.
fn heading(name: &'static str) -> Cell<'static> {
    match name {
        "STRATEGY" | "TRADE" | "SYMBOL" | "SIDE" | "STATE" => Cell::from(name),
        _ => number(name.to_owned()),
    }
}

/// Numbers stand under each other by their last digits.
fn number(text: String) -> Cell<'static> {
    Cell::from(Line::from(text).right_aligned())
}

fn foot(model: &Model, ink: Ink) -> Vec<Line<'static>> {
    let first = match (&model.dialog, &model.said) {
        (Dialog::Filter, _) => {
            Line::from(format!("/{}▏  Enter keeps it, Esc clears it", model.filter.0))
        }
        (_, Some(said)) => Line::styled(said.clone(), ink.warn()),
        (_, None) => Line::default(),
    };
    let keys = "? help   / filter   j k move   Tab list   x exit   p pause   . stand still   K kill   q quit";
    vec![first, Line::styled(keys, ink.faint())]
}

const HELP: &str = "\
s t Tab    strategies, trades, the other of the two
j k        down, up (also the arrows, Home, End)
/          show only what has these letters; Esc shows all
.          let the screen stand still, or go on
x          exit the trade in this line
p          pause the strategy in this line, or let it go on
K          close everything, refuse entries until released
q          leave; the service goes on

Exits, pauses and the kill ask for words to be typed first.";

fn help(frame: &mut Frame<'_>) {
    over(frame, " Keys ", HELP.lines().map(Line::from).collect());
}

fn agree(frame: &mut Frame<'_>, model: &Model, deed: &Deed, words: &str, typed: &str) {
    let lines = vec![
        Line::from(model.says(deed)),
        Line::default(),
        Line::from(format!("Type {words} and Enter to do it; Esc leaves it.")),
        Line::from(format!("> {typed}▏")),
    ];
    over(frame, " Sure? ", lines);
}

fn over(frame: &mut Frame<'_>, title: &'static str, lines: Vec<Line<'_>>) {
    let whole = frame.area();
    let width = whole.width.min(72);
    let inside = usize::from(width.saturating_sub(2)).max(1);
    let high: usize = lines.iter().map(|line| line.width().div_ceil(inside).max(1)).sum();
    let height = whole.height.min(u16::try_from(high).unwrap_or(u16::MAX).saturating_add(2));
    let area = Rect {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(text.block(Block::bordered().title(title)), area);
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
