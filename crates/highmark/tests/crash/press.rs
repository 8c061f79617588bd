//! A kill that is pressed over HTTP while the process dies, at every point of its way to the disk: it is there whole or
//! not at all, and never gone once it was answered.

use crate::life::{self, Folder};
use crate::trouble::{add, quiet, trades};
use highmark_engine::{ExitReason, Price, TradeStatus};
use highmark_journal::Reader;
use highmark_server::api::address_file;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::service::wall;
use highmark_server::socket::protocol::{Ask, Pushed};
use std::io::{Read, Write};
use std::net::TcpStream;

const OPTIONS: [&str; 6] =
    ["--feed", "none", "--option", "api.listen=127.0.0.1:0", "--option", "paper.latency_ms=5"];
const TRADES: usize = 5;
const POINTS: [&str; 8] = [
    "service.before_commit",
    "append.before",
    "append.began",
    "append.inserted",
    "append.committed",
    "append.head_written",
    "service.before_release",
    "service.after_release",
];

/// What became of a kill.
#[derive(Default)]
struct Told {
    answered: usize,
    done_and_not_answered: usize,
    not_done: usize,
}

#[test]
fn a_kill_is_there_whole_or_not_at_all() {
    if !cfg!(debug_assertions) {
        // A release build has no such points.
        return;
    }
    let mut told = Told::default();
    for point in POINTS {
        for hit in 1..=6 {
            press(point, hit, &mut told);
        }
    }
    let Told { answered, done_and_not_answered, not_done } = told;
    println!(
        "{} deaths around a kill: {answered} answered and there, {done_and_not_answered} there and not answered, \
         {not_done} not begun; none by half",
        POINTS.len() * 6
    );
    assert!(answered > 0 && done_and_not_answered > 0 && not_done > 0);
}

fn press(point: &str, hit: u32, told: &mut Told) {
    let folder = Folder::new(&format!("press-{}-{hit}", point.replace('.', "-")));
    let options = quiet(&folder, &OPTIONS);
    let life = life::start(&folder.0, &options, None).unwrap();
    let key = Keys::add(&folder.0, "desk", Role::Trader, wall()).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    let price =
        Pushed { symbol: "SBIN".into(), last: Some(Price::whole(800)), ..Pushed::default() };
    client.ask(Ask::Push(vec![price])).unwrap();
    (0..TRADES).for_each(|_| drop(add(&mut client).unwrap()));
    let is_open = |trade: &serde_json::Value| trade["status"] == "open";
    while trades(&mut client, false).iter().filter(|trade| is_open(trade)).count() < TRADES {}
    drop(client);
    life.kill();

    let is_answered = match life::start(&folder.0, &options, Some(&format!("{point}:{hit}"))) {
        // It died before anybody could ask.
        None => false,
        Some(life) => {
            let answered = kill(&folder, &key);
            life.kill();
            answered
        }
    };
    let reader = Reader::open(&folder.0.join("journal")).unwrap();
    let engine = reader.engine_before(u64::MAX).unwrap();
    let state = engine.state();
    let at = format!("{point}, hit {hit}");
    let leaves = state.trade_views().filter(|trade| {
        trade.exit_reason() == Some(&ExitReason::Kill) || trade.status == TradeStatus::Exiting
    });
    let leaving = if state.is_killed() { TRADES } else { 0 };
    assert_eq!(leaves.count(), leaving, "{at}: a kill by half");
    assert!(state.is_killed() || !is_answered, "{at}: a kill that was answered is lost");
    match (is_answered, state.is_killed()) {
        (true, _) => told.answered += 1,
        (false, true) => told.done_and_not_answered += 1,
        (false, false) => told.not_done += 1,
    }
    // The next start goes on from there.
    let life = life::start(&folder.0, &options, None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    assert_eq!(client.ask(Ask::Status).unwrap()["killed"], state.is_killed(), "{at}");
    assert!(!state.is_killed() || add(&mut client).is_err(), "{at}: the gate is open");
}

/// Whether the kill was answered as done.
fn kill(folder: &Folder, key: &str) -> bool {
    let body = r#"{"reason":"drill"}"#;
    let ask = || -> std::io::Result<String> {
        let address = std::fs::read_to_string(address_file(&folder.0))?;
        let address = address.trim();
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /api/v1/kill HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nIdempotency-Key: press\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    };
    ask().is_ok_and(|said| said.starts_with("HTTP/1.1 200"))
}
