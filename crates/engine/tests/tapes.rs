//! The standard tapes in small: the engine closes what the scans close, when they do and for the same reason.

use std::collections::BTreeMap;

#[expect(dead_code, reason = "the program around it is the benchmark's")]
#[path = "../benches/tapes/main.rs"]
mod tapes;

use tapes::closes::{Close, GIVE_BACK, MAX_LOSS, STOP, TARGET, hash};
use tapes::contest::run;
use tapes::file;
use tapes::generate::generate;
use tapes::highmark::Highmark;
use tapes::naive::Naive;
use tapes::preset::Preset;
use tapes::scan::Scan;
use tapes::tape::Tape;

/// A hundredth of trades and ticks, a tenth of symbols and strategies.
fn shrunk(preset: Preset) -> Preset {
    Preset {
        symbols: (preset.symbols / 10).max(1),
        trades: (preset.trades / 100).max(10),
        strategies: (preset.strategies / 10).max(1),
        ticks: preset.ticks / 100,
        basket: preset.basket.div_ceil(10),
        ..preset
    }
}

/// Limits of strategies so near that they are often met to the last step.
fn tight() -> Preset {
    let small = Preset::named("small").expect("it is a standard one");
    Preset { name: "tight".into(), symbols: 2, trades: 20, ticks: 300, lim: 1, ..small }
}

fn tapes() -> impl Iterator<Item = (String, Tape)> {
    let standard = Preset::all().map(|preset| (shrunk(preset), 1..=2));
    standard.chain([(tight(), 1..=200)]).flat_map(|(preset, seeds)| {
        seeds.map(move |seed| (format!("{} {seed}", preset.name), generate(&preset, seed)))
    })
}

#[test]
fn the_engine_closes_what_a_naive_scan_closes() {
    let mut reasons = BTreeMap::new();
    for (name, tape) in tapes() {
        let naive = run(&tape, usize::MAX, false, Naive::new);
        let engine = run(&tape, usize::MAX, false, Highmark::new);
        if let Some(difference) = difference(&naive.closes, &engine.closes) {
            panic!("{name}: {difference}");
        }
        assert_eq!(naive.opened_later, engine.opened_later, "{name}");
        for close in &naive.closes {
            *reasons.entry(close.reason).or_insert(0) += 1;
        }
    }
    // Each reason has to be seen often, or nothing is shown.
    for reason in [STOP, TARGET, MAX_LOSS, GIVE_BACK] {
        assert!(reasons.get(&reason).is_some_and(|seen| *seen >= 100), "{reasons:?}");
    }
}

#[test]
fn the_best_scan_closes_what_a_naive_scan_closes() {
    for (name, tape) in tapes() {
        let naive = run(&tape, usize::MAX, false, Naive::new);
        let scan = run(&tape, usize::MAX, false, Scan::new);
        if let Some(difference) = difference(&naive.closes, &scan.closes) {
            panic!("{name}: {difference}");
        }
        assert!((naive.holders - scan.holders).abs() < 1e-9, "{name}");
    }
}

#[test]
fn a_tape_is_the_same_from_a_file() {
    for (name, tape) in tapes() {
        let mut bytes = Vec::new();
        file::write_to(&tape, &mut bytes).expect("memory takes it");
        assert_eq!(&bytes[..8], b"HMTAPE1\0");
        let read = file::read_from(&mut bytes.as_slice()).expect("it was just written");
        assert!(tape == read, "{name}");
        file::read_from(&mut &bytes[..bytes.len() - 1]).expect_err("a cut file is none");
    }
}

/// The maker of tapes draws the same for ever, or figures of different days say nothing of each other.
#[test]
fn a_tape_does_not_change() {
    let preset = Preset::named("medium").expect("it is a standard one");
    let mut bytes = Vec::new();
    file::write_to(&generate(&shrunk(preset), 42), &mut bytes).expect("memory takes it");
    let sum =
        bytes.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    assert_eq!((bytes.len(), sum), (167_544, 15_175_947_976_002_966_519));
}

#[test]
fn a_hash_is_of_sorted_numbers() {
    // FNV-1a of no bytes is its offset.
    assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
    let close = Close { tick: 1, trade: 2, price: 3, reason: 4 };
    assert_ne!(hash(&[close]), hash(&[Close { reason: 3, ..close }]));
}

fn difference(ours: &[Close], theirs: &[Close]) -> Option<String> {
    let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at))?;
    let counts = (ours.len(), theirs.len());
    Some(format!("{counts:?} closes, first {:?} and {:?}", ours.get(at), theirs.get(at)))
}
