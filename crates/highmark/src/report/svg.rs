//! Curves as inline SVG, written by hand: no scripts, no fonts, colours from the page.

use crate::curves::{Column, Curve, Curves};
use crate::{clock, text};
use highmark_engine::{Money, RUPEE, SECOND, Timestamp};
use std::fmt::Write as _;

/// Columns of a curve: as many as a page has pixels for.
pub const COLUMNS: usize = 800;

const WIDTH: usize = COLUMNS + 100;
const HEIGHT: i128 = 260;
const LEFT: usize = 90;
const TOP: i128 = 12;
const BOTTOM: i128 = 28;

/// The chart of one strategy.
pub(super) fn chart(curve: &Curve, curves: &Curves) -> String {
    let scale = Scale::of(curve);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"mtm of {} over time, with its peak and its floor\">",
        escaped(&curve.name)
    );
    grid(&mut out, &scale, curves);
    let _ = write!(
        out,
        "<path class=\"peak\" d=\"{}\"/>",
        steps(curve, &scale, |column| Some(column.peak))
    );
    let _ = write!(
        out,
        "<path class=\"floor\" d=\"{}\"/>",
        steps(curve, &scale, |column| column.floor)
    );
    let _ = write!(out, "<path class=\"mtm\" d=\"{}\"/>", line(curve, &scale));
    for mark in &curve.marks {
        let (x, y) = (LEFT + curves.column(mark.at), scale.y(mark.mtm));
        let _ = write!(
            out,
            "<circle class=\"{}\" cx=\"{x}\" cy=\"{y}\" r=\"4\"><title>{} {}</title></circle>",
            mark.kind,
            clock::time_text(mark.at),
            escaped(&mark.text)
        );
    }
    out.push_str("</svg>");
    out
}

/// From money to the height on the page, exactly.
struct Scale {
    low: i128,
    high: i128,
}

impl Scale {
    fn of(curve: &Curve) -> Scale {
        let seen = || curve.columns.iter().filter(|column| column.seen);
        let lows = seen().flat_map(|column| [Some(column.low), column.floor]).flatten();
        let highs = seen().flat_map(|column| [column.high, column.peak]);
        let low = lows.map(|money| money.0).min().unwrap_or(0).min(0);
        let high = highs.map(|money| money.0).max().unwrap_or(0).max(0);
        let room = ((high - low) / 20).max(RUPEE);
        Scale { low: low - room, high: high + room }
    }

    fn y(&self, money: Money) -> i128 {
        let inner = HEIGHT - TOP - BOTTOM;
        TOP + inner - (money.0 - self.low) * inner / (self.high - self.low)
    }
}

fn grid(out: &mut String, scale: &Scale, curves: &Curves) {
    for level in levels(scale) {
        let y = scale.y(level);
        let class = if level == Money::ZERO { "zero" } else { "grid" };
        let _ = write!(
            out,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
            LEFT + COLUMNS
        );
        let label = text::rupees(level);
        let label = label.strip_suffix(".00").unwrap_or(&label);
        let _ = write!(
            out,
            "<text class=\"label end\" x=\"{}\" y=\"{}\">{label}</text>",
            LEFT - 6,
            y + 4
        );
    }
    for at in moments(curves) {
        let x = LEFT + curves.column(at);
        let _ = write!(
            out,
            "<text class=\"label middle\" x=\"{x}\" y=\"{}\">{}</text>",
            HEIGHT - 8,
            &clock::time_text(at)[..5]
        );
    }
}

/// Round times of day within the chart, about eight of them.
fn moments(curves: &Curves) -> Vec<Timestamp> {
    const MINUTE: i64 = 60 * SECOND;
    let (from, to) = (curves.from().0, curves.to().0);
    let steps = [1, 2, 5, 10, 15, 30, 60, 120, 240, 1_440].map(|minutes| minutes * MINUTE);
    let step = steps.into_iter().find(|step| (to - from) / step <= 9).unwrap_or((to - from) / 9);
    // Round in Indian time, not in UTC.
    let local = from + clock::IST.0;
    let first = from + (step - local.rem_euclid(step)) % step;
    (0..10).map(|count| Timestamp(first + count * step)).take_while(|at| at.0 <= to).collect()
}

/// Round amounts within the scale, about five of them.
fn levels(scale: &Scale) -> Vec<Money> {
    let span = scale.high - scale.low;
    let mut step = RUPEE;
    while span / step > 6 {
        let next = [2, 5, 10].into_iter().map(|factor| step * factor).find(|next| span / next <= 6);
        step = next.unwrap_or(step * 10);
    }
    let first = scale.low.div_euclid(step) + 1;
    (first..).map(|count| Money(count * step)).take_while(|money| money.0 <= scale.high).collect()
}

/// Every column's first, lowest, highest and last value: what the eye would see of all of them.
fn line(curve: &Curve, scale: &Scale) -> String {
    let mut path = String::new();
    let mut last: Option<(usize, i128)> = None;
    let mut flat_to = None;
    for (x, column) in curve.columns.iter().enumerate().filter(|(_, column)| column.seen) {
        let x = LEFT + x;
        let values = [column.first, column.low, column.high, column.last];
        for y in values.map(|money| scale.y(money)) {
            match last {
                Some((_, before)) if before == y => flat_to = Some(x),
                Some(_) => {
                    if let Some(end) = flat_to.take() {
                        let _ = write!(path, "H{end}");
                    }
                    let _ = write!(path, "L{x} {y}");
                }
                None => {
                    let _ = write!(path, "M{x} {y}");
                }
            }
            last = Some((x, y));
        }
    }
    if let Some(end) = flat_to {
        let _ = write!(path, "H{end}");
    }
    path
}

/// A step line: flat until it changes, broken where there is none.
fn steps(curve: &Curve, scale: &Scale, value: impl Fn(&Column) -> Option<Money>) -> String {
    let mut path = String::new();
    let mut last: Option<(usize, i128)> = None;
    for (x, column) in curve.columns.iter().enumerate().filter(|(_, column)| column.seen) {
        let x = LEFT + x;
        let now = value(column).map(|money| scale.y(money));
        match (last, now) {
            (Some((_, before)), Some(y)) if before == y => {}
            (Some(_), Some(y)) => {
                let _ = write!(path, "H{x}V{y}");
            }
            (None, Some(y)) => {
                let _ = write!(path, "M{x} {y}");
            }
            (Some((end, _)), None) => {
                let _ = write!(path, "H{end}");
            }
            (None, None) => {}
        }
        last = now.map(|y| (x, y));
    }
    if let Some((end, _)) = last {
        let _ = write!(path, "H{end}");
    }
    path
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
