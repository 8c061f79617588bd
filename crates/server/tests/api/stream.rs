//! Watching: what is put together from a snapshot and its deltas is the next snapshot, whoever comes back misses
//! nothing, and whoever does not read holds nobody up.

use crate::service::{Desk, say};
use crate::watcher::{Watcher, connect, request};
use highmark_engine::{Command, Scope, StrategyId};
use highmark_journal::Reader;
use highmark_server::api::keys::Keys;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use tungstenite::Message;

/// A day of one's own from a seed: prices, trades, exits, rules, halts.
struct Driver(u64);

impl Driver {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn act(&mut self, desk: &Desk) {
        let (path, body) = match self.next(8) {
            0..4 => {
                let (symbol, base, range) =
                    [("NIFTY", 25_000, 2_000), ("SBIN", 780, 60)][self.next(2) as usize];
                let last = base + self.next(range);
                (
                    "/api/v1/prices".to_owned(),
                    format!(r#"{{"prices":[{{"symbol":"{symbol}","last":"{last}"}}]}}"#),
                )
            }
            4 => {
                let (strategy, side) = (self.next(2), ["buy", "sell"][self.next(2) as usize]);
                let body = format!(
                    r#"{{"strategy":{strategy},"account":0,"instrument":1,"side":"{side}","quantity":"10","rules":["trail by=9"]}}"#
                );
                ("/api/v1/trades".to_owned(), body)
            }
            5 => (
                format!("/api/v1/trades/{}/exit", self.next(20)),
                r#"{"reason":"enough"}"#.to_owned(),
            ),
            6 => {
                let word = ["halt", "resume"][self.next(2) as usize];
                (
                    format!("/api/v1/strategies/{}/{word}", self.next(2)),
                    r#"{"reason":"so"}"#.to_owned(),
                )
            }
            _ => {
                let amount = 1_000 + self.next(9_000);
                let body = format!(
                    r#"{{"on":"strategy","id":1,"rule":"max_loss amount={amount}","reason":"so"}}"#
                );
                ("/api/v1/rules".to_owned(), body)
            }
        };
        // Some of it is refused, which is part of the day.
        let reply = desk.send("trader", "POST", &path, &body);
        assert!(reply.status < 500, "{path} {body}: {reply:?}");
    }
}

const PUSH: &str =
    r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;

fn turn(desk: &Desk) -> u64 {
    desk.get("/api/v1/status")["turn"].as_u64().unwrap()
}

#[test]
fn a_snapshot_and_its_deltas_are_the_next_snapshot() {
    let desk = Desk::open("deltas");
    let mut driver = Driver(7);
    let mut all = Watcher::open(&desk, "");
    let mut some = Watcher::open(&desk, "?sub=strategies,trade:1,price:1&hz=1");
    for _ in 0..6 {
        for _ in 0..40 {
            driver.act(&desk);
        }
        let mut fresh = Watcher::open(&desk, "");
        assert_eq!(fresh.hear().unwrap(), "snapshot");
        all.until(fresh.seq);
        assert_eq!(all.items, fresh.items);
    }
    assert!(all.deltas >= 6, "{}", all.deltas);
    let mut fresh = Watcher::open(&desk, "?sub=strategies,trade:1,price:1");
    assert_eq!(fresh.hear().unwrap(), "snapshot");
    some.until(fresh.seq);
    assert_eq!(some.items, fresh.items);
    let names: Vec<&String> = some.items.as_object().unwrap().keys().collect();
    assert!(
        names.iter().all(|name| !name.starts_with("account") && *name != "price:0"),
        "{names:?}"
    );
    assert!(some.events.is_empty());
    // What stands in the picture is what a look gives.
    let looked = desk.get("/api/v1/strategies/1");
    for (name, value) in all.items["strategy:1"].as_object().unwrap() {
        assert_eq!(&looked[name], value, "{name}");
    }
}

/// All that happened, as the journal has it, without what only follows prices.
fn recorded(desk: &Desk, after: u64) -> Vec<(u64, Value)> {
    const QUIET: [&str; 6] =
        ["turn_began", "marked", "settled", "bar_closed", "stop_moved", "tick_refused"];
    let reader = Reader::open(&desk.folder.join("journal")).unwrap();
    let mut happened = Vec::new();
    for turn in reader.turns_from(after + 1).unwrap() {
        let turn = turn.unwrap();
        let events = turn.events.iter().map(|event| serde_json::to_value(event).unwrap());
        let name = |event: &Value| match event {
            Value::String(name) => name.clone(),
            other => other.as_object().unwrap().keys().next().unwrap().clone(),
        };
        let news: Vec<Value> =
            events.filter(|event| !QUIET.contains(&name(event).as_str())).collect();
        if !news.is_empty() {
            happened.push((turn.number().unwrap(), news.into()));
        }
    }
    happened
}

#[test]
fn whoever_comes_back_misses_nothing() {
    let mut desk = Desk::open("resume");
    let mut driver = Driver(11);
    desk.done("trader", "/api/v1/prices", PUSH);
    let mut first = Watcher::open(&desk, "?sub=events");
    assert_eq!(first.hear().unwrap(), "snapshot");
    let (begun, mut seq) = (first.seq, first.seq);
    let mut heard = first.events;
    for round in 0..9 {
        if round % 3 == 2 {
            // What the ring remembered is gone with it: what was missed is read from the journal.
            desk.start_again();
        }
        for _ in 0..20 {
            driver.act(&desk);
        }
        let mut watcher = Watcher::open(&desk, &format!("?sub=events,prices&since={seq}"));
        watcher.seq = seq;
        for _ in 0..driver.next(12) {
            watcher.hear().unwrap();
        }
        (seq, heard) = (watcher.seq, [heard, watcher.events].concat());
    }
    let last = turn(&desk);
    let mut watcher = Watcher::open(&desk, &format!("?since={seq}"));
    watcher.until(last);
    assert_eq!(watcher.resyncs, 0);
    heard.extend(watcher.events);
    let recorded = recorded(&desk, begun);
    assert!(recorded.len() > 50, "{}", recorded.len());
    heard.retain(|(seq, _)| *seq <= last);
    assert_eq!(heard, recorded.into_iter().filter(|(seq, _)| *seq <= last).collect::<Vec<_>>());
}

#[test]
fn whoever_does_not_read_is_let_go_and_comes_back() {
    let desk = Desk::open("slow");
    let mut idle = Watcher::open(&desk, "?sub=events");
    assert_eq!(idle.hear().unwrap(), "snapshot");
    let begun = idle.seq;
    let mut other = Watcher::open(&desk, "?sub=prices");
    let mut client = Client::connect(&desk.folder).unwrap().unwrap();
    for round in 0..60 {
        // The API takes no such reason.
        let reason = format!("{round}{}", "x".repeat(16_000));
        let command = Command::Halt { scope: Scope::Strategy(StrategyId(0)), reason };
        client.ask(Ask::Command { by: "test".into(), command: Box::new(command) }).unwrap();
        desk.done("trader", "/api/v1/strategies/0/resume", r#"{"reason":"so"}"#);
    }
    for price in 1.. {
        if desk.text("/metrics").contains("highmark_stream_slow_total 1\n") {
            break;
        }
        let push = format!(r#"{{"prices":[{{"symbol":"SBIN","last":"{price}"}}]}}"#);
        desk.done("trader", "/api/v1/prices", &push);
        other.hear().unwrap();
    }
    let code = loop {
        if let Err(code) = idle.hear() {
            break code;
        }
    };
    assert_eq!(code, 1013);
    let mut back = Watcher::open(&desk, &format!("?sub=events&since={}", idle.seq));
    back.until(turn(&desk));
    let heard = [idle.events, back.events].concat();
    assert!(heard.len() >= 120, "{}", heard.len());
    assert_eq!(heard, recorded(&desk, begun));
}

#[test]
fn who_may_not_watch_is_told_so() {
    let desk = Desk::open("refused");
    assert_eq!(connect(&desk, request(&desk, "nobody", "")).err(), Some(401));
    let with = |name: &'static str, value: &str| {
        let mut request = request(&desk, "viewer", "");
        request.headers_mut().insert(name, value.parse().unwrap());
        connect(&desk, request).err()
    };
    assert_eq!(with("Origin", "http://evil.example"), Some(403));
    assert_eq!(with("Host", "evil.example"), Some(403));
    assert_eq!(with("Sec-WebSocket-Protocol", "graphql-ws"), Some(400));
    assert_eq!(with("Origin", &format!("http://{}", desk.address)), None);
    for query in ["?sub=all", "?sub=", "?hz=0", "?hz=50", "?since=-1", "?key=hmk_1"] {
        assert_eq!(connect(&desk, request(&desk, "viewer", query)).err(), Some(422), "{query}");
    }
    let plain = desk.send("viewer", "GET", "/api/v1/stream", "");
    assert_eq!((plain.status, plain.text("code")), (400, "NOT_WEBSOCKET"));
}

#[test]
fn whoever_says_what_may_not_be_said_is_let_go() {
    let mut desk = Desk::open("said");
    let ahead = turn(&desk) + 1_000_000;
    assert_eq!(Watcher::open(&desk, &format!("?since={ahead}")).end(), 4409);
    let said = |message: Message| {
        let mut watcher = Watcher::open(&desk, "");
        watcher.say(message);
        watcher.end()
    };
    assert_eq!(said(Message::binary(vec![1, 2, 3])), 1003);
    assert_eq!(said(Message::text("x".repeat(70_000))), 1009);
    let mut flood = Watcher::open(&desk, "?sub=prices");
    while flood.say(Message::Ping(vec![].into())) {}
    assert!([0, 1008].contains(&flood.end()));
    // What is no choice is said to be none, and nothing else follows from it.
    let mut chooser = Watcher::open(&desk, "");
    assert_eq!(chooser.hear().unwrap(), "snapshot");
    for wrong in [
        "{",
        "[]",
        r#"{"sub":["all"]}"#,
        r#"{"sub":["status"],"hz":9}"#,
        r#"{"sub":["trade:1"],"x":1}"#,
    ] {
        chooser.say(Message::text(wrong));
        while chooser.hear().unwrap() != "problem" {}
    }
    chooser.say(Message::text(r#"{"sub":["trade:1","system"],"hz":1}"#));
    while chooser.hear().unwrap() != "problem" {}
    chooser.say(Message::text(r#"{"sub":["price:1"],"hz":1}"#));
    while chooser.hear().unwrap() != "snapshot" {}
    assert_eq!(chooser.items.as_object().unwrap().keys().collect::<Vec<_>>(), ["price:1"]);
    Keys::remove(&desk.folder, "viewer").unwrap();
    assert_eq!(chooser.end(), 4401);
    let mut last = connect(&desk, request(&desk, "trader", "")).unwrap();
    assert!(last.read().unwrap().is_text());
    desk.stop();
    let code = loop {
        match last.read() {
            Ok(Message::Close(frame)) => break u16::from(frame.unwrap().code),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(code, 1001);
}

/// The next of server-sent events: id and data.
fn next(lines: &mut impl Iterator<Item = String>) -> (u64, Value) {
    let mut id = 0;
    for line in lines {
        if let Some(text) = line.strip_prefix("id: ") {
            id = text.parse().unwrap();
        } else if let Some(text) = line.strip_prefix("data: ") {
            return (id, serde_json::from_str(text).unwrap());
        }
    }
    panic!("the line ended")
}

/// Whoever does not read server-sent events held one of their places for ever.
#[test]
fn whoever_does_not_read_server_sent_events_is_let_go() {
    let desk = Desk::open("slow-sse");
    let mut stream = TcpStream::connect(desk.address).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 16 << 10).unwrap();
    write!(
        stream,
        "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n\r\n",
        desk.address,
        desk.key("viewer")
    )
    .unwrap();
    let watching = |count: u32| {
        desk.text("/metrics").contains(&format!("\nhighmark_stream_clients {count}\n"))
    };
    while !watching(1) {}
    let mut client = Client::connect(&desk.folder).unwrap().unwrap();
    let mut say = |reason: String| {
        let command = Command::Halt { scope: Scope::Strategy(StrategyId(0)), reason };
        client.ask(Ask::Command { by: "test".into(), command: Box::new(command) }).unwrap();
    };
    // More than the line takes; then something whenever it is looked.
    for round in 0..60 {
        say(format!("{round}{}", "x".repeat(16_000)));
    }
    let mut other = Watcher::open(&desk, "?sub=prices");
    other.hear().unwrap();
    for price in 1.. {
        say(format!("once more {price}"));
        if watching(1) {
            break;
        }
        let push = format!(r#"{{"prices":[{{"symbol":"SBIN","last":"{price}"}}]}}"#);
        desk.done("trader", "/api/v1/prices", &push);
        other.hear().unwrap();
    }
}

#[test]
fn events_are_sent_as_they_happen_and_a_page_at_a_time() {
    let mut desk = Desk::open("events");
    let begun = turn(&desk);
    let mut driver = Driver(5);
    desk.done("trader", "/api/v1/prices", PUSH);
    (0..40).for_each(|_| driver.act(&desk));
    desk.start_again();
    let mut stream = TcpStream::connect(desk.address).unwrap();
    let head = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n\
         Last-Event-ID: {begun}\r\n\r\n",
        desk.address,
        desk.key("viewer")
    );
    stream.write_all(head.as_bytes()).unwrap();
    (0..20).for_each(|_| driver.act(&desk));
    let recorded = recorded(&desk, begun);
    let mut lines = BufReader::new(&stream).lines().map(Result::unwrap);
    for (seq, events) in &recorded {
        let (id, data) = next(&mut lines);
        assert_eq!((id, &data["seq"], &data["events"]), (*seq, &Value::from(*seq), events));
    }
    let mut after = begun;
    let mut paged = Vec::new();
    loop {
        let page = desk.get(&format!("/api/v1/events?after={after}&limit=7"));
        let events = page["events"].as_array().unwrap();
        paged
            .extend(events.iter().map(|one| (one["seq"].as_u64().unwrap(), one["events"].clone())));
        let next = page["next"].as_u64().unwrap();
        assert!(next >= after && events.len() <= 7);
        after = next;
        if events.len() < 7 {
            break;
        }
    }
    assert_eq!(paged, recorded);
    let audit = desk.get(&format!("/api/v1/audit?after={begun}&limit=500"));
    let asked = audit["events"].as_array().unwrap();
    assert!(asked.len() > 10 && asked.len() < recorded.len() + 1);
    let says = |event: &Value| event["accepted"].is_object() || event["refused"].is_object();
    assert!(asked.iter().all(|one| one["events"].as_array().unwrap().iter().any(says)));
    assert!(audit.to_string().contains(r#""by":"api:trader""#));
    let ahead = desk.send("viewer", "GET", "/api/v1/events?after=99999999", "");
    assert_eq!((ahead.status, ahead.text("field")), (422, "after"));
}

#[test]
fn without_a_key_nothing_is_sent() {
    let desk = Desk::open("keyless");
    for accept in ["application/json", "text/event-stream"] {
        let raw = format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n",
            desk.address
        );
        assert_eq!(say(desk.address, &raw).status, 401);
    }
}

#[test]
fn a_last_event_id_that_is_no_number_is_not_let_be_where_a_page_is_asked_for() {
    let desk = Desk::open("last");
    for accept in ["application/json", "text/event-stream"] {
        let raw = format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: {accept}\r\n\
             Last-Event-ID: {{}}\r\nConnection: close\r\n\r\n",
            desk.address,
            desk.key("viewer")
        );
        let reply = say(desk.address, &raw);
        assert_eq!((reply.status, reply.text("field")), (422, "Last-Event-ID"));
    }
}
