//! Tables of what was measured, as they stand on the page and are printed.

use super::plan::{OURS, Part, SIZES};
use super::spread::{Spread, figure, grouped};
use super::tapes::Measured;

/// All tables that have rows, each under its name.
pub(super) fn all(measured: &[Measured]) -> String {
    let tables = [
        ("Tapes", tapes(measured)),
        ("One symbol, ever more trades", curve(measured, Part::Scale)),
        ("200 symbols, ever more trades", curve(measured, Part::Spread)),
        ("Latency", latencies(measured)),
        ("What a trade costs", trades(measured)),
    ];
    let told = tables.into_iter().filter_map(|(name, table)| Some(format!("{name}\n\n{}", table?)));
    told.collect::<Vec<_>>().join("\n")
}

pub(super) fn tapes(measured: &[Measured]) -> Option<String> {
    let head = [
        "tape",
        "ticks",
        "rounds",
        "symbols",
        "trades",
        "opened later",
        "closes a tick",
        "holders",
        "floor loop",
        "naive scan",
        "best scan",
        "Highmark",
        "naive / ours",
        "best scan / ours",
        "ours / floor",
    ];
    let rows = of(measured, Part::Tapes).map(|leg| {
        let ours = |name| leg.of_engine(OURS, name).map(|spread| figure(spread.median));
        let count = |name| leg.of_engine(OURS, name).map(|spread| grouped(spread.median));
        let time = |engine| leg.of_engine(engine, "ns_per_tick").map(|spread| spread.told());
        let ratio = |engine| leg.against(engine).map(|spread| spread.as_ratio());
        let above_floor = leg.against("floor").map(|spread| Spread {
            least: 1.0 / spread.most,
            median: 1.0 / spread.median,
            most: 1.0 / spread.least,
        });
        row([
            Some(leg.leg.tape.clone()),
            count("ticks"),
            Some(leg.rounds().to_string()),
            count("symbols"),
            count("trades"),
            count("opened_later"),
            ours("closes_per_tick"),
            ours("holders"),
            time("floor"),
            time("naive"),
            time("scan"),
            time(OURS),
            ratio("naive"),
            ratio("scan"),
            above_floor.map(|spread| spread.as_ratio()),
        ])
    });
    table(&head, rows)
}

pub(super) fn curve(measured: &[Measured], part: Part) -> Option<String> {
    let head = [
        "trades",
        "ticks compared",
        "rounds",
        "naive scan",
        "best scan",
        "Highmark",
        "best scan / ours",
        "Highmark, all ticks",
        "closes a tick there",
    ];
    let rows = SIZES.iter().filter_map(|(trades, ticks)| {
        let legs =
            || of(measured, part).filter(|leg| leg.leg.tape.ends_with(&format!("-{trades}")));
        let compared = legs().find(|leg| leg.leg.ticks.is_some())?;
        let whole = legs().find(|leg| leg.leg.ticks.is_none()).unwrap_or(compared);
        let time = |leg: &Measured, engine| {
            leg.of_engine(engine, "ns_per_tick").map(|spread| spread.told())
        };
        let closes = whole.of_engine(OURS, "closes_per_tick").map(|spread| figure(spread.median));
        Some(row([
            Some(grouped(f64::from(*trades))),
            Some(grouped(f64::from(*ticks))),
            Some(compared.rounds().to_string()),
            time(compared, "naive"),
            time(compared, "scan"),
            time(compared, OURS),
            compared.against("scan").map(|spread| spread.as_ratio()),
            time(whole, OURS),
            closes,
        ]))
    });
    table(&head, rows)
}

pub(super) fn latencies(measured: &[Measured]) -> Option<String> {
    let head = [
        "tape",
        "engine",
        "p50",
        "p99",
        "p99.9",
        "most",
        "ticks that close",
        "their p50",
        "p99",
        "p99.9",
        "most",
        "most closes of one",
        "its time",
        "beyond 5 µs + 1 µs a close",
    ];
    let engines = of(measured, Part::Latency)
        .flat_map(|leg| leg.leg.engines.iter().map(move |engine| (leg, engine)));
    let rows = engines.map(|(leg, engine)| {
        let count = |name: &str| {
            leg.of_engine(engine, &format!("latency.{name}")).map(|spread| grouped(spread.median))
        };
        row([
            Some(leg.leg.tape.clone()),
            Some((*engine).to_owned()),
            count("all.p50"),
            count("all.p99"),
            count("all.p99_9"),
            count("all.max"),
            count("closing.ticks"),
            count("closing.p50"),
            count("closing.p99"),
            count("closing.p99_9"),
            count("closing.max"),
            count("most_closes"),
            count("most_closes_ns"),
            count("late"),
        ])
    });
    table(&head, rows)
}

/// What it takes to load a book, to keep it, to open one more and to close one.
pub(super) fn trades(measured: &[Measured]) -> Option<String> {
    let head = [
        "tape",
        "engine",
        "trades",
        "load, s",
        "ns each",
        "bytes each",
        "ns to open",
        "ns to close",
    ];
    let legs = of(measured, Part::Tapes).filter(|leg| leg.leg.ticks.is_none());
    let engines = legs.flat_map(|leg| leg.leg.engines.iter().map(move |engine| (leg, *engine)));
    let rows = engines.filter(|(_, engine)| *engine != "floor").map(|(leg, engine)| {
        let figure_of = |name| leg.of_engine(engine, name).map(|spread| figure(spread.median));
        let trades = leg.of_engine(engine, "trades").map_or(0.0, |spread| spread.median);
        let timed = of(measured, Part::Latency).find(|timed| timed.leg.tape == leg.leg.tape);
        let timed = |name| timed?.of_engine(engine, name).map(|spread| figure(spread.median));
        row([
            Some(leg.leg.tape.clone()),
            Some(engine.to_owned()),
            Some(grouped(trades)),
            figure_of("load_s"),
            figure_of("load_ns_per_trade"),
            // Memory comes in pages: a small book says nothing.
            figure_of("bytes_per_trade").filter(|_| trades >= 10_000.0),
            timed("latency.ns_per_open"),
            timed("latency.ns_per_close"),
        ])
    });
    table(&head, rows)
}

pub(super) fn of(measured: &[Measured], part: Part) -> impl Iterator<Item = &Measured> {
    measured.iter().filter(move |leg| leg.leg.part == part)
}

fn table(head: &[&str], rows: impl Iterator<Item = String>) -> Option<String> {
    let rows: Vec<String> = rows.collect();
    let line = "---|".repeat(head.len());
    (!rows.is_empty()).then(|| format!("| {} |\n|{line}\n{}\n", head.join(" | "), rows.join("\n")))
}

fn row<const N: usize>(cells: [Option<String>; N]) -> String {
    let cells = cells.map(|cell| cell.unwrap_or_else(|| "-".to_owned()));
    format!("| {} |", cells.join(" | "))
}
