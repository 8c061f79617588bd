//! Damaged journals: a real one on the real file system is changed behind its back, and verification must see it.

mod harm;
mod sample;

use super::desk::describe;
use crate::random::Dice;
use harm::{Harm, Place};
use highmark_engine::Timestamp;
use highmark_journal::{About, Journal, Reader, Turn, verify};
use sample::{Copy, Sample};
use std::collections::BTreeMap;

/// What damages came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub damages: u64,
    /// By kind: found, and without any effect on what is read.
    pub kinds: BTreeMap<&'static str, (u64, u64)>,
    /// Found ones on which it was also tried to open the journal, and how often that was refused: opening reads
    /// the active segment and what the others carry into it, verification reads everything.
    pub opened: u64,
    pub refused: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.damages += other.damages;
        self.opened += other.opened;
        self.refused += other.refused;
        for (kind, (found, harmless)) in other.kinds {
            let sum = self.kinds.entry(kind).or_default();
            sum.0 += found;
            sum.1 += harmless;
        }
    }

    pub fn found(&self) -> u64 {
        self.kinds.values().map(|(found, _)| found).sum()
    }

    pub fn harmless(&self) -> u64 {
        self.kinds.values().map(|(_, harmless)| harmless).sum()
    }
}

/// Damages a journal as the seed says and looks whether that is found.
pub fn play(seed: u64) -> Result<Tally, String> {
    let mut dice = Dice::new(seed ^ 0x64_61_6d);
    let sample = Sample::of(seed % sample::SAMPLES)?;
    let harm = Harm::draw(&sample, &mut dice);
    let copy = sample.copy().map_err(|error| error.to_string())?;
    let place = harm.apply(&copy, &mut dice).map_err(|text| format!("{harm:?}: {text}"))?;
    let mut tally = judge(&sample, &copy, &harm, &place)
        .map_err(|text| format!("{harm:?} in {place:?}: {text}"))?;
    // Opening syncs, which takes longer than all the rest.
    if tally.found() > 0 && seed.is_multiple_of(8) {
        tally.opened = 1;
        tally.refused = u64::from(open(&copy).is_err());
    }
    Ok(tally)
}

fn judge(sample: &Sample, copy: &Copy, harm: &Harm, place: &Place) -> Result<Tally, String> {
    let mut tally = Tally { damages: 1, ..Tally::default() };
    let mut count = |found: bool| {
        tally.kinds.insert(harm.name(), (u64::from(found), u64::from(!found)));
    };
    let told = match verify(copy.dir(), &mut |_| {}) {
        // What stands beside the segments may be lost in a crash: it is told, and the journal goes on.
        Ok(verdict) if verdict.is_sound() && matches!(place, Place::File(_)) => {
            same(sample, copy)?;
            let told = verdict.notes.join("; ");
            (!told.is_empty()).then_some(told)
        }
        Ok(verdict) if verdict.is_sound() => None,
        Ok(verdict) => {
            if verdict.damages.iter().any(|damage| damage.remedy.is_empty()) {
                return Err(format!("verify does not say what to do: {:?}", verdict.damages));
            }
            let damages = verdict.damages.iter().map(ToString::to_string);
            Some(damages.collect::<Vec<_>>().join("; "))
        }
        Err(error) if error.hint().is_empty() => {
            return Err(format!("verify does not say what to do: {error}"));
        }
        Err(error) => Some(describe(&error)),
    };
    let Some(told) = told else {
        if !harm.may_mean_nothing() {
            return Err("verify finds nothing".to_owned());
        }
        same(sample, copy).map_err(|text| format!("verify finds nothing, and {text}"))?;
        count(false);
        return Ok(tally);
    };
    if !place.is_named_in(&told) {
        return Err(format!("verify does not name the place: {told}"));
    }
    count(true);
    Ok(tally)
}

/// What is read, and what it folds to, is as it was before the damage.
fn same(sample: &Sample, copy: &Copy) -> Result<(), String> {
    let reader = Reader::open(copy.dir()).map_err(|error| describe(&error))?;
    let turns: Result<Vec<Turn>, _> = reader.turns().map_err(|error| describe(&error))?.collect();
    if turns.map_err(|error| describe(&error))? != sample.turns {
        return Err("its turns are others".to_owned());
    }
    let hash = open(copy)?;
    if hash == sample.state { Ok(()) } else { Err("its state is another".to_owned()) }
}

/// The hash of the state that a service would go on from.
fn open(copy: &Copy) -> Result<u64, String> {
    let opened = Journal::open(copy.dir(), &About::new("sim"), Timestamp::seconds(1_900_000_000));
    let (_, recovered) = opened.map_err(|error| describe(&error))?;
    Ok(recovered.engine.state().hash())
}
