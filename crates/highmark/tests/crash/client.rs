//! What outside clients saw of a service: acknowledged commands, durable turns, stops.

use highmark_engine::*;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Look, Said};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// All that was ever seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Turns that a watcher was shown, with their events.
    pub turns: BTreeMap<u64, Vec<Event>>,
    /// Turns whose commands were acknowledged.
    pub acknowledged: Vec<u64>,
    /// The last stop seen of each trade.
    pub stops: BTreeMap<u32, Price>,
}

/// Watches until the service dies.
pub(crate) fn watch(state: &Path, seen: &Arc<Mutex<Seen>>) -> JoinHandle<()> {
    let seen = Arc::clone(seen);
    let connected = Client::connect(state);
    std::thread::spawn(move || {
        let Ok(Some(mut client)) = connected else { return };
        if client.send(Ask::Watch).is_err() {
            return;
        }
        while let Ok(Some(response)) = client.hear() {
            if let Said::Turn(durable) = response.what {
                let mut seen = seen.lock().unwrap();
                let before = seen.turns.insert(durable.turn, durable.events.clone());
                assert!(
                    before.is_none_or(|events| events == durable.events),
                    "a turn was shown twice"
                );
            }
        }
    })
}

/// Does `steps` things that a trader does, each answered before the next, and looks now and then; ends early,
/// with false, when the service dies.
pub(crate) fn trade(
    client: &mut Client,
    seen: &Arc<Mutex<Seen>>,
    random: &mut Random,
    steps: u64,
) -> bool {
    for _ in 0..steps {
        if !act(client, seen, random) || random.below(4) == 0 && !look(client, seen) {
            return false;
        }
    }
    true
}

/// Does such things until the service dies.
pub(crate) fn press(client: &mut Client, seen: &Arc<Mutex<Seen>>, random: &mut Random) {
    while act(client, seen, random) {}
}

fn act(client: &mut Client, seen: &Arc<Mutex<Seen>>, random: &mut Random) -> bool {
    let command = match random.below(4) {
        0 | 1 => add(random),
        2 => exit(random),
        _ => set_rule(random),
    };
    match client.ask(Ask::Command { by: "test".into(), command: Box::new(command) }) {
        Ok(answer) => {
            let turn = answer["turn"].as_u64().unwrap();
            seen.lock().unwrap().acknowledged.push(turn);
            true
        }
        // A refusal is an answer as well; a broken connection is the death.
        Err(failure) => failure.code != highmark::failure::Code::Unreachable,
    }
}

/// Looks at the stops of all open trades: none may be looser than it was ever seen.
pub(crate) fn look(client: &mut Client, seen: &Arc<Mutex<Seen>>) -> bool {
    let Ok(trades) = client.ask(Ask::Look(Look::Open)) else { return false };
    let mut seen = seen.lock().unwrap();
    for trade in trades.as_array().unwrap() {
        let Some(stop) = trade["stop"].as_str() else { continue };
        let stop: Price = stop.parse().unwrap();
        let id = u32::try_from(trade["id"].as_u64().unwrap()).unwrap();
        let is_long = trade["side"] == "buy";
        let before = *seen.stops.get(&id).unwrap_or(&stop);
        let moved_back = if is_long { stop < before } else { stop > before };
        assert!(!moved_back, "the stop of t{id} was shown at {before} and is {stop} now");
        seen.stops.insert(id, stop);
    }
    true
}

fn add(random: &mut Random) -> Command {
    let rule = trail(random);
    let instrument = InstrumentId(u32::try_from(random.below(4)).unwrap());
    let lot = [75, 35, 1, 1][instrument.0 as usize];
    Command::AddTrade(NewTrade {
        name: String::new(),
        strategy: StrategyId(u32::try_from(random.below(3)).unwrap()),
        account: AccountId(0),
        group: None,
        instrument,
        side: if random.below(2) == 0 { Side::Buy } else { Side::Sell },
        quantity: Quantity::whole(lot),
        entry: Entry::AtMark,
        rules: vec![rule],
    })
}

fn trail(random: &mut Random) -> RuleDraft {
    let by = Price::whole(5 + i64::try_from(random.below(400)).unwrap());
    let rule = PriceRule::Trail { by: Distance::Points(by), arm_at: None };
    RuleDraft { spec: RuleSpec::Price(rule), options: RuleOptions::default() }
}

fn exit(random: &mut Random) -> Command {
    Command::ExitTrade {
        trade: TradeId(u32::try_from(random.below(400)).unwrap()),
        quantity: None,
        reason: "test".into(),
    }
}

fn set_rule(random: &mut Random) -> Command {
    Command::SetRule {
        scope: Scope::Trade(TradeId(u32::try_from(random.below(400)).unwrap())),
        draft: trail(random),
        provenance: Provenance { by: "test".into(), reason: String::new() },
    }
}

/// A small generator of numbers (splitmix64, Steele, Lea and Flood 2014).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}
