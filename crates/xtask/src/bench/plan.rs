//! What is measured: which engines on which tapes, and on how much of each.

use std::time::Duration;

/// Engines on one tape, run in turns over the same ticks.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) part: Part,
    pub(super) tape: String,
    /// Only so many ticks, where a scan is slow.
    pub(super) ticks: Option<u32>,
    pub(super) engines: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The tapes side by side.
    Tapes,
    /// One symbol and ever more trades.
    Scale,
    /// The same on 200 symbols.
    Spread,
    /// A clock at each tick.
    Latency,
}

/// The engine itself; the others are what it is compared with.
pub(super) const OURS: &str = "highmark";

const ALL: &[&str] = &["naive", "scan", "floor", OURS];
const DECIDING: &[&str] = &["naive", "scan", OURS];
const FAST: &[&str] = &["scan", "floor", OURS];
const TIMED: &[&str] = &["scan", OURS];

/// Sizes of the curves, and the ticks over which scans are compared there.
pub(super) const SIZES: &[(u32, u32)] =
    &[(1_000, 100_000), (10_000, 20_000), (100_000, 2_000), (1_000_000, 500)];
/// A leg that has run for so long is slow, and runs no oftener than it has to.
pub(super) const SLOW: Duration = Duration::from_secs(60);
/// All ticks of a tape of the curves.
pub(super) const CURVE_TICKS: u32 = 100_000;

const TAPES: &[(&str, Option<u32>, &[&str])] = &[
    ("small", None, ALL),
    ("medium", None, ALL),
    ("large", None, ALL),
    ("largechurn", None, ALL),
    ("largewide", None, ALL),
    ("hot", Some(2_000), DECIDING),
    ("hot", None, FAST),
    ("hotchurn", Some(2_000), DECIDING),
    ("hotchurn", None, FAST),
];

const LATENCIES: &[(&str, &[&str])] = &[
    ("small", DECIDING),
    ("medium", DECIDING),
    ("large", TIMED),
    ("largechurn", TIMED),
    ("hot", TIMED),
    ("hotchurn", TIMED),
];

/// The legs in the order in which they run; `only` names tapes or parts.
pub(super) fn legs(only: &[String]) -> Vec<Leg> {
    let tapes = TAPES.iter().map(|(tape, ticks, engines)| Leg {
        part: Part::Tapes,
        tape: (*tape).to_owned(),
        ticks: *ticks,
        engines,
    });
    let latencies = LATENCIES.iter().map(|(tape, engines)| Leg {
        part: Part::Latency,
        tape: (*tape).to_owned(),
        ticks: None,
        engines,
    });
    let curves = curve(Part::Scale).chain(curve(Part::Spread));
    let all = tapes.chain(curves).chain(latencies);
    all.filter(|leg| only.is_empty() || only.iter().any(|name| leg.is_called(name))).collect()
}

fn curve(part: Part) -> impl Iterator<Item = Leg> {
    SIZES.iter().flat_map(move |(trades, ticks)| {
        let tape = format!("{}-{trades}", part.name());
        let whole = Leg { part, tape: tape.clone(), ticks: None, engines: &[OURS] };
        let compared = Leg { part, tape, ticks: Some(*ticks), engines: DECIDING };
        std::iter::once(compared).chain((*ticks < CURVE_TICKS).then_some(whole))
    })
}

impl Part {
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Tapes => "tapes",
            Part::Scale => "scale",
            Part::Spread => "spread",
            Part::Latency => "latency",
        }
    }
}

impl Leg {
    /// A tape's name means the comparison on it, a part's all of the part.
    fn is_called(&self, name: &str) -> bool {
        let is_tape = self.part != Part::Latency && self.tape == name;
        is_tape || (self.part != Part::Tapes && self.part.name() == name)
    }

    /// How often it runs when `rounds` are asked for: at least, where it is slow, and at most.
    pub(super) fn rounds(&self, rounds: usize) -> (usize, usize) {
        match self.part {
            Part::Tapes => (rounds.min(3), rounds),
            Part::Scale | Part::Spread => (1, rounds.min(3)),
            Part::Latency => (1, 1),
        }
    }

    pub(super) fn arguments(&self, engine: &str) -> Vec<String> {
        let mut words = vec!["--tape", &self.tape, "--engine", engine];
        let ticks = self.ticks.map(|ticks| ticks.to_string());
        if let Some(ticks) = &ticks {
            words.extend(["--ticks", ticks]);
        }
        if self.part == Part::Latency {
            words.push("--latency");
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_legs_can_be_chosen() {
        let named = |name: &str| legs(&[name.to_owned()]);
        assert!(named("hot").iter().all(|leg| leg.tape == "hot" && leg.part == Part::Tapes));
        assert_eq!(named("scale").len(), 7);
        assert_eq!(named("scale-1000").len(), 1);
        assert_eq!(named("latency").len(), LATENCIES.len());
        assert!(named("nothing").is_empty());
    }
}
