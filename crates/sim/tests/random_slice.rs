//! A short slice of the random comparison, and proof that the comparison can fail.

use highmark_sim::compare::Tally;
use highmark_sim::mirror;
use highmark_sim::oracle::Mistake;
use highmark_sim::random::Features;
use highmark_sim::run::{Settings, play, record};
use highmark_sim::shrink;

fn settings(mistake: Option<Mistake>) -> Settings {
    Settings { features: Features::ALL, every: 20, mistake, alone: false }
}

#[test]
fn engine_and_oracle_say_the_same() {
    let mut tally = Tally::default();
    for seed in 1..=120 {
        match play(seed, settings(None)) {
            Ok(one) => tally.add(one),
            Err(difference) => {
                let small = shrink::shrink(&difference.inputs, settings(None));
                let row = small.map(|(row, _, text)| format!("{}{text}", shrink::tell(&row)));
                panic!("seed {seed} input {}: {}\n{row:?}", difference.input, difference.text);
            }
        }
    }
    assert!(tally.exits > 100 && tally.breaches > 10 && tally.levels > 5_000, "{tally:?}");
    assert!(tally.restarts > 500 && tally.states > 5_000, "{tally:?}");
}

#[test]
fn engines_with_and_without_an_index_say_the_same_where_the_oracle_says_nothing() {
    let alone = Settings { alone: true, ..settings(None) };
    let mut tally = Tally::default();
    for seed in 1..=30 {
        match play(seed, alone) {
            Ok(one) => tally.add(one),
            Err(difference) => {
                let small = shrink::shrink(&difference.inputs, alone);
                let row = small.map(|(row, _, text)| format!("{}{text}", shrink::tell(&row)));
                panic!("seed {seed} input {}: {}\n{row:?}", difference.input, difference.text);
            }
        }
    }
    assert!(tally.alone > 10_000 && tally.restarts > 100, "{tally:?}");
}

#[test]
fn a_short_is_a_long_in_the_mirror() {
    for seed in 1..=12 {
        let inputs = record(seed, mirror::features(settings(None).features));
        if let Err((input, text)) = mirror::play(&inputs) {
            panic!("seed {seed} input {input}: {text}");
        }
    }
}

/// The features in which a mistake of this kind shows soon.
fn shows_in(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::StrictTouch => "stops,targets,max_loss",
        Mistake::BestBeforeEntry => "trails,lag,at_mark",
        Mistake::StepsRoundUp => "steps",
        Mistake::LatePeak => "floors,own_marks,quotes",
        Mistake::TargetFirst => "stops,targets,force",
        Mistake::ForgetRealised => "stops,max_loss",
        Mistake::RatchetLoosens => "trails,other_distances,adds,stops",
        Mistake::WrongAverage => "partials,adds",
    }
}

#[test]
fn every_deliberate_mistake_is_caught() {
    for mistake in Mistake::ALL {
        let features = Features::parse(shows_in(mistake)).expect("known features");
        let with = |mistake| Settings { features, every: 7, mistake, alone: false };
        let caught = (1..=60)
            .any(|seed| play(seed, with(Some(mistake))).is_err() && play(seed, with(None)).is_ok());
        assert!(caught, "{mistake:?} passes 60 seeds");
    }
}
