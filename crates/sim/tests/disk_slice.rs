//! Short slices of what is shown on the simulated disk, and proof that each can fail.

use highmark_sim::disk::{Mistake, Settings, damage, power, storage, twice, visible};

fn with(mistake: Mistake) -> Settings {
    Settings { most: usize::MAX, mistake: Some(mistake) }
}

#[test]
fn nothing_acknowledged_is_lost_with_the_power() {
    let mut tally = power::Tally::default();
    for seed in 1..=60 {
        match power::play(seed, Settings::default()) {
            Ok(one) => tally.add(one),
            Err(text) => panic!("seed {seed}: {text}"),
        }
    }
    assert!(tally.losses > 100 && tally.in_recovery > 20 && tally.rolls > 20, "{tally:?}");
    assert!(tally.untold > 10 && tally.gone > 10, "cuts came at no interesting moment: {tally:?}");
}

#[test]
fn lost_turns_are_noticed() {
    for mistake in [Mistake::DriveLies, Mistake::AcknowledgesFirst] {
        let caught = (1..=40).filter(|seed| power::play(*seed, with(mistake)).is_err()).count();
        assert!(caught >= 5, "{mistake:?} was noticed in {caught} of 40 episodes");
    }
}

#[test]
fn a_journal_whose_storage_fails_stops() {
    let tally = storage::play(1, 9).unwrap_or_else(|text| panic!("{text}"));
    assert!(tally.at_start > 20 && tally.at_work > 40, "{tally:?}");
}

#[test]
fn damage_is_found_and_named() {
    let mut tally = damage::Tally::default();
    // At 2862 a flipped bit turns the order of two rows round, and a walk once went on for ever.
    for seed in (1..=150).chain([2862]) {
        match damage::play(seed) {
            Ok(one) => tally.add(one),
            Err(text) => panic!("seed {seed}: {text}"),
        }
    }
    assert!(tally.found() > 90 && tally.harmless() < 50, "{tally:?}");
    assert_eq!(tally.kinds.len(), 12, "{tally:?}");
}

#[test]
fn no_level_that_a_client_saw_moves_back() {
    let mut tally = visible::Tally::default();
    for seed in 1..=20 {
        match visible::play(seed, Settings::default()) {
            Ok(one) => tally.add(one),
            Err(text) => panic!("seed {seed}: {text}"),
        }
    }
    assert!(tally.cycles > 150 && tally.intents > 50 && tally.levels > 5_000, "{tally:?}");
    assert!(tally.in_commit > 5 && tally.before_release > 20 && tally.in_release > 20, "{tally:?}");
}

#[test]
fn what_is_shown_too_early_is_noticed() {
    for mistake in [Mistake::ShowsFirst, Mistake::LevelsSlip] {
        let caught = (1..=30).filter(|seed| visible::play(*seed, with(mistake)).is_err()).count();
        assert!(caught >= 3, "{mistake:?} was noticed in {caught} of 30 services");
    }
}

#[test]
fn the_same_seed_twice_gives_the_same_trace() {
    let traces: Vec<u64> = (1..=60)
        .map(|seed| twice::play(seed).unwrap_or_else(|text| panic!("seed {seed}: {text}")).trace)
        .collect();
    let mut others = traces.clone();
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), traces.len(), "two seeds have one trace: it says too little");
}
