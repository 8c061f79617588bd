//! Where the API listens, and what a client can hold up: nothing.

use crate::service::{Desk, folder, plan, say};
use highmark_server::api::address_file;
use highmark_server::service::Service;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn only_this_machine_is_listened_to() {
    for (address, says) in [
        ("0.0.0.0:0", "other machines"),
        ("[::]:0", "other machines"),
        ("192.0.2.1:8420", "other machines"),
    ] {
        let state = folder("outside");
        let refused = Service::start(plan(state.clone(), Some(address))).err().unwrap();
        assert!(refused.message.contains(says), "{address}: {refused}");
        assert!(refused.hint.contains("127.0.0.1"), "{refused}");
        assert!(!state.join("journal").exists(), "nothing was begun");
        std::fs::remove_dir_all(state).unwrap();
    }
}

#[test]
fn an_address_that_another_has_is_told() {
    let desk = Desk::open("taken");
    let state = folder("second");
    let address = desk.address.to_string();
    let refused = Service::start(plan(state.clone(), Some(&address))).err().unwrap();
    assert!(refused.message.contains(&address), "{refused}");
    assert!(refused.hint.contains("api.listen"), "{refused}");
    std::fs::remove_dir_all(state).unwrap();
}

#[test]
fn without_an_address_there_is_no_api() {
    let state = folder("off");
    let (service, card) = Service::start(plan(state.clone(), None)).unwrap();
    assert_eq!(card.api, None);
    assert!(!address_file(&state).exists());
    service.stop().unwrap();
    std::fs::remove_dir_all(state).unwrap();
}

#[test]
fn the_address_stands_in_a_file_while_it_is_served() {
    let mut desk = Desk::open("file");
    let file = address_file(&desk.folder);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{}\n", desk.address));
    desk.stop();
    assert!(!file.exists());
    assert!(TcpStream::connect(desk.address).is_err());
}

/// As many as may be open say nothing; the service goes on, and they are let go.
#[test]
fn clients_that_say_nothing_are_let_go() {
    let desk = Desk::open("silent");
    let silent: Vec<TcpStream> =
        (0..300).map(|_| TcpStream::connect(desk.address).unwrap()).collect();
    let mut let_go = 0;
    for stream in &silent {
        let mut stream = stream;
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.write_all(b"GET /live HTTP/1.1\r\nHost");
        let mut said = String::new();
        // An end, whether in order or not.
        let _ = stream.read_to_string(&mut said);
        let_go += 1;
    }
    assert_eq!(let_go, silent.len());
    let live = format!("GET /live HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", desk.address);
    assert_eq!(say(desk.address, &live).status, 200);
}

#[test]
fn a_head_without_end_is_refused() {
    let desk = Desk::open("head");
    let many = "X-More: more\r\n".repeat(10_000);
    let raw = format!("GET /live HTTP/1.1\r\nHost: {}\r\n{many}\r\n", desk.address);
    let status = desk.say(&raw).status;
    // The answer is lost when the client is still writing as the connection ends.
    assert!(status == 431 || status == 0, "{status}");
    let smuggled = format!(
        "POST /api/v1/kill HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{{}}",
        desk.address
    );
    assert_eq!(desk.say(&smuggled).status, 400);
}
