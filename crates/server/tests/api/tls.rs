//! The API by TLS: who may listen where, what a client is shown, and what it costs whoever shakes no hands.

use crate::service::{Desk, Reply, folder, plan, reply};
use highmark_engine::Timestamp;
use highmark_play::failure::Code;
use highmark_server::api::Listen;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::api::people::People;
use highmark_server::api::tls::{Files, make::make};
use highmark_server::service::{Service, wall};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tungstenite::Message;
use tungstenite::client::IntoClientRequest;

type Secret = StreamOwned<ClientConnection, TcpStream>;

fn pair(folder: &Path) -> Files {
    make(folder, &["localhost".into(), "127.0.0.1".into(), "desk.local".into()], 30, wall())
        .unwrap()
}

fn open(name: &str) -> (Desk, Files) {
    let folder = folder(&format!("pair-{name}"));
    let files = pair(&folder);
    let tls = files.clone();
    let desk = Desk::open_with(name, |plan| {
        let policy = plan.policy.clone();
        plan.reload = Box::new(move || Ok((policy.clone(), Value::Null)));
        plan.api = Some(Listen { tls: Some(tls), ..plan.api.take().unwrap() });
    });
    (desk, files)
}

/// A connection of somebody who trusts this certificate alone; why there is none.
fn connect(address: SocketAddr, trusted: &[u8], name: &str) -> Result<Secret, String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = name.to_owned().try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut secret = StreamOwned::new(connection, stream);
    while secret.conn.is_handshaking() {
        secret.conn.complete_io(&mut secret.sock).map_err(|error| error.to_string())?;
    }
    Ok(secret)
}

fn trusted(files: &Files) -> Vec<u8> {
    std::fs::read(&files.certificate).unwrap()
}

fn say(desk: &Desk, files: &Files, raw: &str) -> Reply {
    let mut secret = connect(desk.address, &trusted(files), "localhost").unwrap();
    secret.write_all(raw.as_bytes()).unwrap();
    let mut said = Vec::new();
    let _ = secret.read_to_end(&mut said);
    reply(&String::from_utf8(said).unwrap())
}

fn get(desk: &Desk, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        desk.address,
        desk.key("viewer")
    )
}

#[test]
fn by_tls_the_api_answers_whoever_trusts_its_certificate() {
    let (desk, files) = open("trusted");
    let status = say(&desk, &files, &get(&desk, "/api/v1/status"));
    assert_eq!(status.status, 200, "{status:?}");
    assert!(status.head.contains("strict-transport-security: max-age=31536000"), "{}", status.head);
    let plain = desk.say(&get(&desk, "/api/v1/status"));
    assert_eq!((plain.status, plain.text("code")), (400, "NOT_ENCRYPTED"), "{plain:?}");

    // Another name, another authority: the client goes away, and the service goes on.
    let refused = connect(desk.address, &trusted(&files), "other.local").err().unwrap();
    assert!(refused.contains("not valid for name"), "{refused}");
    let others = folder("pair-others");
    let other = trusted(&pair(&others));
    let refused = connect(desk.address, &other, "localhost").err().unwrap();
    assert!(refused.contains("certificate"), "{refused}");
    // A name of the certificate is a name of the service, whatever the port; others are not.
    let named = get(&desk, "/live").replace(&desk.address.to_string(), "desk.local");
    assert_eq!(say(&desk, &files, &named).status, 200);
    let unnamed = get(&desk, "/live").replace(&desk.address.to_string(), "evil.example");
    assert_eq!(say(&desk, &files, &unnamed).text("code"), "BAD_HOST");
    std::fs::remove_dir_all(others).unwrap();
}

#[test]
fn a_cookie_of_tls_is_sent_by_tls_alone() {
    let (desk, files) = open("cookie");
    let password = People::add(&desk.folder, ("asha", Role::Trader), None, Timestamp(1)).unwrap();
    let post = |path: &str, more: &str, body: &str| {
        say(
            &desk,
            &files,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\n{more}Connection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                desk.address,
                body.len()
            ),
        )
    };
    let body = format!("{{\"name\":\"asha\",\"password\":\"{password}\"}}");
    let login = post("/api/v1/login", "", &body);
    assert_eq!(login.status, 200, "{login:?}");
    let cookie = login.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.starts_with("__host-highmark=hms_") && cookie.ends_with("; secure"), "{cookie}");
    let session = cookie.split(';').next().unwrap().replace("__host-", "__Host-");
    let halt = |cookie: &str, origin: &str| {
        let more = format!(
            "Cookie: {cookie}\r\nOrigin: {origin}://{}\r\nIdempotency-Key: {}\r\n",
            desk.address,
            desk.number()
        );
        post("/api/v1/halt", &more, "{\"reason\":\"news\"}")
    };
    assert_eq!(halt(&session, "https").status, 200);
    assert_eq!(halt(&session, "http").text("code"), "BAD_ORIGIN");
    assert_eq!(halt(&session.replace("__Host-", ""), "https").status, 401);
}

#[test]
fn a_stream_and_server_sent_events_go_by_tls() {
    let (desk, files) = open("streams");
    let secret = connect(desk.address, &trusted(&files), "localhost").unwrap();
    let mut request =
        format!("wss://{}/api/v1/stream", desk.address).into_client_request().unwrap();
    let key = format!("Bearer {}", desk.key("viewer"));
    request.headers_mut().insert("Authorization", key.parse().unwrap());
    let (mut socket, _) = tungstenite::client(request, secret).unwrap();
    let mut next = |wanted: &str| loop {
        if let Message::Text(text) = socket.read().unwrap() {
            let said: Value = serde_json::from_str(text.as_str()).unwrap();
            if said["type"] == wanted {
                return said;
            }
        }
    };
    assert_eq!(next("snapshot")["items"]["status"]["killed"], false);

    let mut events = connect(desk.address, &trusted(&files), "localhost").unwrap();
    let head = get(&desk, "/api/v1/events")
        .replace("Connection", "Accept: text/event-stream\r\nConnection");
    events.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(events).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("retry:")).unwrap();

    let body = "{\"reason\":\"drill\"}";
    let kill = format!(
        "POST /api/v1/kill HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: k\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        desk.address,
        desk.key("trader"),
        body.len()
    );
    assert_eq!(say(&desk, &files, &kill).status, 200);
    assert!(next("event")["events"].to_string().contains("killed"));
    let told = lines.find(|line| line.starts_with("data:")).unwrap();
    assert!(told.contains("killed"), "{told}");
}

#[test]
fn whoever_shakes_no_hands_holds_no_place_of_those_who_speak() {
    let (desk, files) = open("silent");
    let mut before = connect(desk.address, &trusted(&files), "localhost").unwrap();
    let mut silent: Vec<TcpStream> =
        (0..64).map(|_| TcpStream::connect(desk.address).unwrap()).collect();
    // Half of them begin with something like a handshake, and leave it at that.
    for stream in silent.iter_mut().step_by(2) {
        stream.write_all(&[0x16, 3, 1]).unwrap();
    }
    before.write_all(get(&desk, "/api/v1/status").as_bytes()).unwrap();
    let mut said = String::new();
    let _ = before.read_to_string(&mut said);
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    for stream in &mut silent {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut rest = Vec::new();
        // Ended, or cut off: it is let go.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it is still held");
        }
    }
    assert_eq!(say(&desk, &files, &get(&desk, "/live")).status, 200);
}

#[test]
fn a_new_certificate_is_shown_after_a_reload_and_a_broken_one_never() {
    let (desk, files) = open("renewed");
    let old = trusted(&files);
    let beside = folder("pair-beside");
    let new = pair(&beside);
    std::fs::copy(&new.certificate, &files.certificate).unwrap();
    let refused = desk.service().reload().unwrap_err();
    assert!(refused.message.contains("is not the key of"), "{refused:?}");
    assert!(connect(desk.address, &old, "localhost").is_ok());
    std::fs::copy(&new.key, &files.key).unwrap();
    assert!(connect(desk.address, &old, "localhost").is_ok(), "nobody has asked for it yet");
    desk.service().reload().unwrap();
    assert!(connect(desk.address, &old, "localhost").is_err());
    assert_eq!(say(&desk, &files, &get(&desk, "/live")).status, 200);
    std::fs::remove_dir_all(beside).unwrap();
}

#[test]
fn what_other_machines_can_reach_is_encrypted_and_knows_whom_it_lets_in() {
    let folder = folder("binds");
    let files = pair(&folder);
    let started = |address: &str, tls: Option<Files>| {
        let mut plan = plan(folder.join("state"), Some(address));
        plan.api = Some(Listen { tls, ..plan.api.take().unwrap() });
        Service::start(plan).map(|(service, card)| {
            service.stop().unwrap();
            card.api.unwrap()
        })
    };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = started(address, None).unwrap_err();
        assert!(refused.code == Code::Refused && refused.message.contains("nothing is encrypted"));
        let refused = started(address, Some(files.clone())).unwrap_err();
        assert!(refused.message.contains("nobody has a key"), "{address}: {refused:?}");
    }
    for address in ["127.0.0.1:0", "[::1]:0"] {
        started(address, None).unwrap();
        started(address, Some(files.clone())).unwrap();
    }
    Keys::add(&folder.join("state"), "desk", Role::Viewer, Timestamp(1)).unwrap();
    assert!(started("0.0.0.0:0", Some(files.clone())).unwrap().ip().is_unspecified());
    let none = Files { certificate: folder.join("none.pem"), ..files };
    assert_eq!(started("0.0.0.0:0", Some(none)).unwrap_err().code, Code::NotFound);
    std::fs::remove_dir_all(folder).unwrap();
}
