//! Kills at random moments under load.

use crate::client::{self, Random, Seen};
use crate::life::{self, Folder, Life};
use highmark_engine::{Engine, Event};
use highmark_journal::Reader;
use highmark_server::socket::client::Client;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Under load: ticks come faster than a person can look, and a trader trades.
pub(crate) const LOAD: [&str; 4] =
    ["--option", "feed.ticks_per_second=5000", "--option", "paper.latency_ms=5"];

/// A journal that grows is folded anew at each start, so after so many kills another one is begun.
const KILLS_OF_ONE: u64 = 40;

#[test]
fn a_killed_service_loses_nothing_that_was_acknowledged_or_shown() {
    let kills = std::env::var("HIGHMARK_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u64 = kills.unwrap_or(200);
    let (mut acknowledged, mut shown, mut turns) = (0, 0, 0);
    for desk in 0..kills.div_ceil(KILLS_OF_ONE) {
        let left = kills - desk * KILLS_OF_ONE;
        let fold = kill_one(desk, left.min(KILLS_OF_ONE));
        acknowledged += fold.acknowledged;
        shown += fold.shown;
        turns += fold.turns;
    }
    println!(
        "{kills} kills; {acknowledged} commands acknowledged, {shown} turns shown, 0 lost; {turns} turns journaled"
    );
    assert!(acknowledged > 0 && shown > 0);
}

/// Starts a service, trades, kills it, and looks for what is gone, again and again.
fn kill_one(desk: u64, kills: u64) -> Fold {
    let folder = Folder::new(&format!("kills-{desk}"));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut fold = Fold::default();
    let mut random = Random(7 + desk);
    for kill in 0..kills {
        let life = life::start(&folder.0, &LOAD, None).unwrap();
        fold.check(&folder.0, &life, &seen);
        let watcher = client::watch(&folder.0, &seen);
        let mut trader = life.client(&folder.0).unwrap();
        assert!(client::look(&mut trader, &seen), "the service died by itself at kill {kill}");
        let steps = 1 + random.below(12);
        if random.below(3) == 0 {
            // In the middle of a request.
            let state = folder.0.clone();
            let (shared, seed) = (Arc::clone(&seen), random.below(u64::MAX));
            let busy = std::thread::spawn(move || {
                let Ok(Some(mut other)) = Client::connect(&state) else { return };
                client::press(&mut other, &shared, &mut Random(seed));
            });
            let lived = client::trade(&mut trader, &seen, &mut random, steps);
            assert!(lived, "the service died by itself at kill {kill}");
            life.kill();
            busy.join().unwrap();
        } else {
            let lived = client::trade(&mut trader, &seen, &mut random, steps);
            assert!(lived, "the service died by itself at kill {kill}");
            life.kill();
        }
        watcher.join().unwrap();
    }
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    fold.check(&folder.0, &life, &seen);
    life.kill();
    let verdict = highmark_journal::verify(&folder.0.join("journal"), &mut |_| {}).unwrap();
    assert!(verdict.is_sound(), "{verdict:?}");
    assert!(!seen.lock().unwrap().stops.is_empty());
    fold
}

/// The journal folded beside the service, a life at a time.
#[derive(Default)]
pub(crate) struct Fold {
    engine: Engine,
    turns: u64,
    pub acknowledged: u64,
    pub shown: u64,
}

impl Fold {
    /// What a service found when it started is what the journal says, and what was ever seen is in it.
    pub(crate) fn check(&mut self, state: &Path, life: &Life, seen: &Arc<Mutex<Seen>>) {
        let card = &life.card;
        let recovered = card["turn"].as_u64().unwrap();
        let reader = Reader::open(&state.join("journal")).unwrap();
        let mut seen = seen.lock().unwrap();
        if self.turns == 0 {
            // Old segments may have been removed; what was in them cannot be looked up any more.
            self.engine = reader.beginning().unwrap();
            self.turns = self.engine.state().turn();
            seen.turns.retain(|turn, _| *turn > self.turns);
        }
        for turn in reader.turns_from(self.turns + 1).unwrap() {
            let turn = turn.unwrap();
            let number = turn.number().unwrap();
            if number > recovered {
                break;
            }
            assert_eq!(number, self.turns + 1, "a turn is missing");
            self.turns = number;
            for event in &turn.events {
                self.engine.apply(event);
                forget_stops(&mut seen, event);
            }
            if let Some(shown) = seen.turns.remove(&number) {
                assert_eq!(shown, turn.events, "turn {number} was shown otherwise");
                self.shown += 1;
            }
        }
        assert!(seen.turns.is_empty(), "shown and lost: {:?}", seen.turns.keys());
        for turn in std::mem::take(&mut seen.acknowledged) {
            assert!(
                turn <= recovered,
                "turn {turn} was acknowledged and is lost; {recovered} is the last"
            );
            self.acknowledged += 1;
        }
        let hash = format!("{:016x}", self.engine.state().hash());
        assert_eq!(card["state"], hash.as_str(), "the recovered state is not the fold");
    }
}

/// Where a person may loosen a stop, or a trade's rules change, its stop may move back.
fn forget_stops(seen: &mut Seen, event: &Event) {
    match event {
        Event::StopLoosened { .. } | Event::RuleRemoved { .. } | Event::RuleChanged { .. } => {
            seen.stops.clear();
        }
        _ => {}
    }
}
