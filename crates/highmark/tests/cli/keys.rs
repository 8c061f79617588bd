//! Keys of the API: made, listed, used on a running service, removed.

use crate::desk::Desk;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn a_key_opens_the_service_until_it_is_removed() {
    let desk = Desk::open_with("keys", &["--option", "api.listen=127.0.0.1:0"]);
    let made = desk.run(&["key", "add", "grafana", "--role", "viewer"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let key = made.out.trim();
    assert!(key.starts_with("hmk_") && key.len() == 68, "{key}");
    assert!(made.err.contains("shown this once"), "{}", made.err);
    let listed = desk.json(&["key", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["role"]), (&"grafana".into(), &"viewer".into()));
    assert!(!listed.to_string().contains(key));

    let address = std::fs::read_to_string(desk.state().join("api.address")).unwrap();
    let status = || asked(address.trim(), key);
    assert!(status().starts_with("HTTP/1.1 200"), "{}", status());
    assert!(status().contains("\"name\":\"Momentum\""), "{}", status());
    let again = desk.run(&["key", "add", "grafana", "--role", "admin"]);
    assert_eq!(again.code, 4, "{}", again.err);
    assert_eq!(desk.run(&["key", "remove", "grafana"]).code, 0);
    assert!(status().starts_with("HTTP/1.1 401"), "{}", status());
    assert_eq!(desk.run(&["key", "remove", "grafana"]).code, 3);
}

fn asked(address: &str, key: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET /api/v1/status HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

#[test]
fn a_certificate_is_made_shown_and_not_written_over() {
    let desk = Desk::open_with("certificates", &["--option", "api.listen=127.0.0.1:0"]);
    let made = desk.json(&["certificate", "make", "desk.local", "192.168.1.20", "--days", "90"]);
    assert_eq!(made["names"], serde_json::json!(["desk.local", "192.168.1.20"]));
    let again = desk.run(&["certificate", "make", "desk.local"]);
    assert_eq!((again.code, again.err.contains("--force")), (4, true), "{}", again.err);
    assert_eq!(desk.run(&["certificate", "make", "desk.local", "--force"]).code, 0);
    assert_eq!(desk.run(&["certificate", "make", "desk.local:8420", "--force"]).code, 2);
    assert_eq!(desk.run(&["certificate", "show"]).code, 3);
    let option = format!("api.tls.certificate={}", made["certificate"].as_str().unwrap());
    let shown = desk.json(&["certificate", "show", "--option", &option]);
    assert_eq!(shown["names"], serde_json::json!(["desk.local"]));
}
