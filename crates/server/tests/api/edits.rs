//! What two people edit at once, what is looked at a page at a time, and how often somebody may ask.

use crate::service::{Desk, Reply, say};
use std::io::{Read, Write};
use std::net::TcpStream;

/// A request with a tag that must still stand.
fn given(desk: &Desk, (path, tag): (&str, &str), key: &str, body: &str) -> Reply {
    say(
        desk.address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\nIf-Match: {tag}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
            desk.address,
            desk.key("risk"),
            body.len(),
        ),
    )
}

/// The tag that an answer came with.
fn tag(reply: &Reply) -> String {
    let line = reply.head.lines().find(|line| line.starts_with("etag: ")).unwrap();
    line["etag: ".len()..].to_owned()
}

#[test]
fn whoever_has_looked_before_another_changed_it_is_refused() {
    let desk = Desk::open("tags");
    let seen = desk.send("viewer", "GET", "/api/v1/rules/0", "");
    assert_eq!(tag(&seen), "\"1\"");
    let body =
        |amount| format!(r#"{{"rule":"max_loss amount={amount}","on_trade":false,"reason":"so"}}"#);
    let change = ("/api/v1/rules/0/change", "\"1\"");
    assert_eq!(given(&desk, change, "one", &body(14_000)).status, 200);
    let late = given(&desk, change, "two", &body(13_000));
    assert_eq!((late.status, late.text("code"), late.text("field")), (412, "CHANGED", "If-Match"));
    let seen = desk.send("viewer", "GET", "/api/v1/rules/0", "");
    assert!(seen.raw.contains("14000") && tag(&seen) == "\"2\"", "{seen:?}");
    let asked = given(&desk, ("/api/v1/rules/0/remove", "*"), "three", r#"{"reason":"so"}"#);
    assert_eq!((asked.status, asked.text("code")), (409, "CONFIRM"), "{asked:?}");
    desk.done("admin", "/api/v1/raises/1/confirm", r#"{"confirm":"raise"}"#);
    assert_eq!(desk.send("viewer", "GET", "/api/v1/rules/0", "").status, 404);
    for wrong in ["1", "W/\"1\"", "\"1\", \"2\"", "\"one\""] {
        let refused = given(&desk, ("/api/v1/rules/0/change", wrong), wrong, &body(1));
        assert_eq!((refused.status, refused.text("field")), (422, "If-Match"), "{wrong}");
    }

    let terms = "/api/v1/strategies/1/terms";
    let seen = desk.send("viewer", "GET", terms, "");
    assert_eq!(seen.body["name"], "Carry");
    let edit = ("/api/v1/strategies/1/edit", &*tag(&seen));
    assert_eq!(given(&desk, edit, "four", r#"{"capital":"250000"}"#).status, 200);
    let late = given(&desk, edit, "five", r#"{"name":"Other"}"#);
    assert_eq!((late.status, late.text("code")), (412, "CHANGED"));
    let after = desk.send("viewer", "GET", terms, "");
    assert_eq!((after.text("name"), after.text("capital")), ("Carry", "250000"));
    desk.done("risk", "/api/v1/strategies/1/edit", r#"{"name":"Other"}"#);
    let after = desk.send("viewer", "GET", terms, "");
    assert_eq!((after.text("name"), after.text("capital")), ("Other", "250000"));
}

#[test]
fn rules_come_a_page_at_a_time() {
    let desk = Desk::open("pages");
    for amount in 0..12 {
        let body = format!(
            r#"{{"on":"strategy","id":1,"rule":"max_loss amount={}","reason":"so"}}"#,
            9_000 - amount
        );
        desk.done("trader", "/api/v1/rules", &body);
    }
    desk.raised("/api/v1/rules/3/remove", r#"{"reason":"so"}"#);
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let page = desk.get(&format!("/api/v1/rules?limit=5{after}"));
        let rules = page["rules"].as_array().unwrap();
        assert!(rules.len() <= 5);
        ids.extend(rules.iter().map(|rule| rule["rule"]["rule"].as_u64().unwrap()));
        match page["next"].as_u64() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let all = desk.get("/api/v1/rules?limit=500");
    let all: Vec<u64> = all["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["rule"]["rule"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, all);
    assert!(!ids.contains(&3) && ids.len() >= 12, "{ids:?}");
}

#[test]
fn the_configuration_is_shown() {
    let desk = Desk::open("config");
    assert_eq!(desk.get("/api/v1/config")["api.listen"], "127.0.0.1:0");
}

/// More than may be asked at once comes on one line; whoever asks so much can still kill.
#[test]
fn whoever_asks_too_often_waits_and_can_still_kill() {
    let desk = Desk::open("often");
    let one = format!(
        "GET /api/v1/instruments HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        desk.address,
        desk.key("trader")
    );
    let stream = TcpStream::connect(desk.address).unwrap();
    let mut out = stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        for _ in 0..20_000 {
            if out.write_all(one.as_bytes()).is_err() {
                return;
            }
        }
    });
    let mut said = String::new();
    let mut bytes = [0; 8_192];
    while !said.contains("\"code\":\"TOO_OFTEN\"") {
        let count = (&stream).read(&mut bytes).unwrap();
        assert!(count > 0, "the line ended");
        said.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(said.contains("HTTP/1.1 429") && said.contains("retry-after: 1"));
    let kill = desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"drill"}"#);
    assert_eq!(kill.status, 200, "{kill:?}");
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    sending.join().unwrap();
    assert_eq!(desk.get("/api/v1/status")["killed"], true);
}
