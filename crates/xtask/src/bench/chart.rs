//! The curve over the size of the book as a picture: both axes in powers of ten, light and dark alike.

use super::plan::{OURS, Part, SIZES};
use super::spread::figure;
use super::tables::of;
use super::tapes::Measured;
use std::fmt::Write as _;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 460.0;
/// The corners of the field that the lines are drawn in.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 392.0;

/// The powers of ten at the ends of the axes: 1,000 to 1,000,000 trades, 1 ns to 100 ms.
const TRADES: (i32, i32) = (3, 6);
const NANOS: (i32, i32) = (0, 8);

struct Line {
    name: &'static str,
    class: &'static str,
    /// Trades and nanoseconds.
    points: Vec<(f64, f64)>,
}

pub(super) fn chart(measured: &[Measured]) -> String {
    let lines = [
        Line { name: "naive scan", class: "naive", points: points(measured, "naive", false) },
        Line { name: "best scan", class: "scan", points: points(measured, "scan", false) },
        Line { name: "Highmark", class: "ours", points: points(measured, OURS, true) },
    ];
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"title told\">\n\
         <title id=\"title\">Time of a tick over the number of open trades</title>\n\
         <desc id=\"told\">{}</desc>\n{STYLE}\n\
         <text class=\"head\" x=\"{LEFT}\" y=\"28\">Time of a tick on one instrument, by how many trades are open in it</text>\n",
        told(&lines)
    );
    text.push_str(&axes());
    for line in &lines {
        text.push_str(&drawn(line));
    }
    text.push_str("</svg>\n");
    text
}

const STYLE: &str = "<style>\n\
    text { font: 13px system-ui, sans-serif; fill: #333 }\n\
    .head { font-size: 15px; font-weight: 600 }\n\
    .grid { stroke: #8884; stroke-width: 1 }\n\
    .edge { stroke: #888; stroke-width: 1 }\n\
    .line { fill: none; stroke-width: 2.5 }\n\
    .naive { stroke: #b7791f } .scan { stroke: #2b6cb0 } .ours { stroke: #2f855a }\n\
    circle.naive { fill: #b7791f } circle.scan { fill: #2b6cb0 } circle.ours { fill: #2f855a }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #ddd }\n\
    .naive { stroke: #f6ad55 } .scan { stroke: #63b3ed } .ours { stroke: #68d391 }\n\
    circle.naive { fill: #f6ad55 } circle.scan { fill: #63b3ed } circle.ours { fill: #68d391 }\n\
    }\n\
    </style>";

/// The engine's time at each size: over all ticks where it has run them, else over those compared.
fn points(measured: &[Measured], engine: &str, over_all: bool) -> Vec<(f64, f64)> {
    let point = |(trades, _): &(u32, u32)| {
        let tape = format!("{}-{trades}", Part::Scale.name());
        let legs = || of(measured, Part::Scale).filter(|leg| leg.leg.tape == tape);
        let whole = legs().find(|leg| leg.leg.ticks.is_none() && over_all);
        let leg = whole.or_else(|| legs().find(|leg| leg.leg.ticks.is_some()))?;
        let time = leg.of_engine(engine, "ns_per_tick")?.median;
        Some((f64::from(*trades), time))
    };
    SIZES.iter().filter_map(point).collect()
}

/// The picture in words, for those who don't see it.
fn told(lines: &[Line]) -> String {
    let line = |line: &Line| {
        let points: Vec<String> = line
            .points
            .iter()
            .map(|(trades, nanos)| format!("{} ns with {} trades", figure(*nanos), figure(*trades)))
            .collect();
        format!("{}: {}.", line.name, points.join(", "))
    };
    lines.iter().map(line).collect::<Vec<_>>().join(" ")
}

fn axes() -> String {
    let mut text = String::new();
    for power in TRADES.0..=TRADES.1 {
        let x = across(10f64.powi(power));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>"
        );
        let label = figure(10f64.powi(power));
        let _ = writeln!(
            text,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            BOTTOM + 20.0
        );
    }
    for power in NANOS.0..=NANOS.1 {
        let y = up(10f64.powi(power));
        let _ = writeln!(
            text,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\"/>"
        );
        let label = time(power);
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
    let _ =
        writeln!(text, "<path class=\"edge\" fill=\"none\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>");
    let middle = f64::midpoint(LEFT, RIGHT);
    let _ = writeln!(
        text,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">open trades</text>",
        BOTTOM + 44.0
    );
    let middle = f64::midpoint(TOP, BOTTOM);
    let _ = writeln!(
        text,
        "<text x=\"20\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 20 {middle})\">processor time of a tick</text>"
    );
    text
}

fn drawn(line: &Line) -> String {
    let Line { name, class, points } = line;
    let places: Vec<(f64, f64)> =
        points.iter().map(|(trades, nanos)| (across(*trades), up(*nanos))).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut text = format!("<polyline class=\"line {class}\" points=\"{}\"/>\n", path.join(" "));
    for (x, y) in &places {
        let _ = writeln!(text, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
    }
    if let (Some((x, y)), Some((_, nanos))) = (places.last(), points.last()) {
        let (x, y) = (x + 10.0, y + 4.0);
        let _ =
            writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\">{name}: {} ns</text>", figure(*nanos));
    }
    text
}

fn across(trades: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * share(trades, TRADES)
}

fn up(nanos: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * share(nanos, NANOS)
}

/// Where a number stands between two powers of ten, kept inside.
fn share(number: f64, (least, most): (i32, i32)) -> f64 {
    ((number.log10() - f64::from(least)) / f64::from(most - least)).clamp(0.0, 1.0)
}

fn time(power: i32) -> &'static str {
    const NAMES: [&str; 9] =
        ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"];
    usize::try_from(power).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_stand_at_equal_distances() {
        assert!((across(1_000.0) - LEFT).abs() < 1e-9 && (across(1e6) - RIGHT).abs() < 1e-9);
        let step = up(1.0) - up(10.0);
        assert!((up(10.0) - up(100.0) - step).abs() < 1e-9 && step > 0.0);
        assert_eq!((time(NANOS.0), time(NANOS.1)), ("1 ns", "100 ms"));
    }
}
