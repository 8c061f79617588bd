//! The API stands still, its one thread in the middle of an answer: everything else goes on.

use crate::service::{Desk, say};
use highmark_engine::Command;
use highmark_server::kill_file;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::Value;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;

fn is_killed(client: &mut Client) -> bool {
    client.ask(Ask::Status).unwrap()["killed"] == Value::Bool(true)
}

#[test]
fn a_kill_by_the_file_and_by_the_socket_needs_no_api() {
    let (stands, stood) = channel();
    let (go_on, waits) = channel::<()>();
    let waits = Mutex::new(waits);
    let desk = Desk::open_with("wedged", |plan| {
        // What is configured is told on the thread of the API.
        plan.configuration = Box::new(move || {
            stands.send(std::thread::current().name().map(str::to_owned)).unwrap();
            waits.lock().unwrap().recv().unwrap();
            Value::Null
        });
    });
    let body = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;
    desk.done("trader", "/api/v1/prices", body);
    let (address, key) = (desk.address, desk.key("admin").to_owned());
    let asked = std::thread::spawn(move || {
        say(
            address,
            &format!(
                "GET /api/v1/config HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
                 Connection: close\r\n\r\n"
            ),
        )
    });
    assert_eq!(stood.recv().unwrap().as_deref(), Some("api"));
    // The system still takes connections; nobody answers them.
    let waiting: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(address).unwrap()).collect();
    kill_file::put(&desk.folder, "the API says nothing").unwrap();
    let mut client = Client::connect(&desk.folder).unwrap().unwrap();
    while kill_file::path(&desk.folder).exists() {
        client.ask(Ask::Status).unwrap();
    }
    assert!(is_killed(&mut client));
    // By the file that a signal puts there, and by the socket that the command asks.
    let mut ask = |command| {
        client.ask(Ask::Command { by: "test".into(), command: Box::new(command) }).unwrap();
        is_killed(&mut client)
    };
    assert!(!ask(Command::Release { reason: "once more".into() }));
    assert!(ask(Command::Kill { reason: "drill".into() }));
    assert!(!asked.is_finished(), "it stood still all the time");
    go_on.send(()).unwrap();
    assert_eq!(asked.join().unwrap().status, 200);
    assert_eq!(desk.get("/api/v1/status")["killed"], true);
    drop(waiting);
}
