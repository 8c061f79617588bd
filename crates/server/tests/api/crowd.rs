//! Many at once: what all of them ask for is done once, and nobody is held up by those who say nothing.

use crate::service::{Desk, Reply, say};
use std::net::TcpStream;
use std::thread::scope;

const MANY: usize = 40;

/// As many at the same time, each with an idempotency key of its own, or all with the same.
fn at_once(
    desk: &Desk,
    path: &str,
    body: &str,
    key: impl Fn(usize) -> String + Sync,
) -> Vec<Reply> {
    let (address, secret, key) = (desk.address, desk.key("trader"), &key);
    scope(|scope| {
        let asking = (0..MANY).map(|number| {
            let raw = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\
                 Connection: close\r\nContent-Type: application/json\r\nIdempotency-Key: {}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                key(number),
                body.len(),
            );
            scope.spawn(move || say(address, &raw))
        });
        let asking: Vec<_> = asking.collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn priced(desk: &Desk) {
    let body = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/prices", body).status, 200);
}

#[test]
fn one_request_sent_by_many_is_done_once() {
    let desk = Desk::open("same");
    priced(&desk);
    let body = r#"{"quantity":"10","reason":"a tenth"}"#;
    let replies = at_once(&desk, "/api/v1/trades/1/exit", body, |_| "tenth".to_owned());
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert!(replies.iter().all(|reply| reply.body == replies[0].body), "{replies:?}");
    assert_eq!(desk.get("/api/v1/trades/1")["open"], "90");
}

#[test]
fn many_exits_of_one_trade_are_one_exit() {
    let desk = Desk::open("exits");
    priced(&desk);
    let body = r#"{"reason":"out"}"#;
    let replies = at_once(&desk, "/api/v1/trades/1/exit", body, |number| format!("many-{number}"));
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    let late = |reply: &&Reply| reply.body["told"][0] == "trade 1 had ended already";
    assert_eq!(replies.iter().filter(late).count(), MANY - 1, "{replies:?}");
    let trade = desk.get("/api/v1/trades/1");
    assert_eq!((trade["status"].as_str(), trade["open"].as_str()), (Some("closed"), Some("0")));
}

#[test]
fn a_kill_goes_by_those_who_say_nothing() {
    let desk = Desk::open("stalled");
    priced(&desk);
    let silent: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(desk.address).unwrap()).collect();
    let killed = desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"drill"}"#);
    assert_eq!(killed.status, 200, "{killed:?}");
    assert_eq!(desk.get("/api/v1/status")["killed"], true);
    drop(silent);
}
