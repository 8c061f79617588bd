//! People: logging in, what a session may do and from where, and the second factor without which nothing is released.

use crate::service::{Desk, Reply};
use highmark_engine::{Command, Timestamp};
use highmark_server::api::keys::Role;
use highmark_server::api::people::People;
use highmark_server::service::wall;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use hmac::{Hmac, KeyInit, Mac};

const PASSWORD: &str = "correct horse battery staple";

fn with_people(name: &str) -> Desk {
    let desk = Desk::open(name);
    for (name, role) in [("vik", Role::Viewer), ("tara", Role::Trader), ("asha", Role::Risk)] {
        People::add(&desk.folder, (name, role), Some(PASSWORD), Timestamp(1)).unwrap();
    }
    desk
}

/// A request with a session, as a page of this service sends it, or with another origin or none.
fn page(desk: &Desk, (session, origin): (&str, Option<&str>), what: &str, body: &str) -> Reply {
    let origin = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
    desk.say(&format!(
        "{what} HTTP/1.1\r\nHost: {}\r\nCookie: other=1; highmark={session}\r\n{origin}Connection: close\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{body}",
        desk.address,
        desk.number(),
        body.len(),
    ))
}

fn login(desk: &Desk, name: &str, password: &str, code: Option<&str>) -> Reply {
    let code = code.map(|code| format!(r#","code":"{code}""#)).unwrap_or_default();
    let body = format!(r#"{{"name":"{name}","password":"{password}"{code}}}"#);
    desk.say(&format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        desk.address,
        body.len(),
    ))
}

/// The session that an answer sets.
fn session(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    let line = reply.head.lines().find(|line| line.starts_with("set-cookie: highmark=")).unwrap();
    for wanted in ["httponly", "samesite=strict", "path=/"] {
        assert!(line.contains(wanted), "{line}");
    }
    line["set-cookie: highmark=".len()..].split(';').next().unwrap().to_owned()
}

/// What the app of somebody shows so many half minutes from now.
fn code(address: &str, steps: i64) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let secret = address.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let bits: String =
        secret.chars().map(|letter| format!("{:05b}", LETTERS.find(letter).unwrap())).collect();
    let bytes: Vec<u8> = (0..bits.len() / 8)
        .map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap())
        .collect();
    let step = wall().0 / 30_000_000_000 + steps;
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let cut = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", cut % 1_000_000)
}

#[test]
fn whoever_has_logged_in_does_what_their_role_may_and_only_from_a_page_of_this_service() {
    let desk = with_people("people");
    let ours = format!("http://{}", desk.address);
    let trader = session(&login(&desk, "tara", PASSWORD, None));
    let me = page(&desk, (&trader, None), "GET /api/v1/me", "");
    assert_eq!((me.text("by"), me.text("role")), ("user:tara", "trader"));
    let kill = ("POST /api/v1/kill", r#"{"reason":"drill"}"#);
    let from = |session: &str, origin| page(&desk, (session, origin), kill.0, kill.1);
    assert_eq!(from(&trader, None).text("code"), "BAD_ORIGIN");
    assert_eq!(from(&trader, Some("http://evil.example")).text("code"), "BAD_ORIGIN");
    assert_eq!(from(&trader, Some("null")).text("code"), "BAD_ORIGIN");
    let viewer = session(&login(&desk, "vik", PASSWORD, None));
    assert_eq!(from(&viewer, Some(&ours)).status, 403);
    assert_eq!(desk.get("/api/v1/status")["killed"], false);
    assert_eq!(from(&trader, Some(&ours)).status, 200);
    let release = r#"{"reason":"over","confirm":"release"}"#;
    let release = page(&desk, (&trader, Some(&ours)), "POST /api/v1/release", release);
    assert_eq!(release.text("code"), "FORBIDDEN");
    let audit = desk.get("/api/v1/audit?limit=500");
    assert!(audit.to_string().contains(r#""by":"user:tara""#), "{audit}");
    assert_eq!(page(&desk, (&trader, None), "POST /api/v1/logout", "").status, 204);
    assert_eq!(page(&desk, (&trader, None), "GET /api/v1/me", "").status, 401);
    People::remove(&desk.folder, "vik").unwrap();
    assert_eq!(page(&desk, (&viewer, None), "GET /api/v1/me", "").status, 401);
    let both = format!("{viewer}; highmark={viewer}");
    assert_eq!(page(&desk, (&both, None), "GET /api/v1/me", "").status, 401);
}

#[test]
fn whoever_guesses_is_slowed_down_and_nobody_cannot_be_told_from_somebody() {
    let desk = with_people("guess");
    let wrong = login(&desk, "asha", "wrong horse battery staple", None);
    let nobody = login(&desk, "nobody", "wrong horse battery staple", None);
    assert_eq!((wrong.status, &wrong.body), (401, &nobody.body));
    assert!(!wrong.head.contains("set-cookie"));
    // Each takes its time, and there are five in five seconds: all of a burst are not let through.
    let refused = (0..40).any(|_| login(&desk, "asha", "wrong", None).text("code") == "TOO_OFTEN");
    assert!(refused);
    desk.done("trader", "/api/v1/kill", r#"{"reason":"drill"}"#);
}

#[test]
fn with_a_second_factor_nothing_is_released_without_its_code() {
    let mut desk = with_people("factor");
    let kill = r#"{"reason":"drill"}"#;
    let release = |code: &str| format!(r#"{{"reason":"over","confirm":"release"{code}}}"#);
    desk.done("trader", "/api/v1/kill", kill);
    desk.done("risk", "/api/v1/release", &release(""));
    let address = People::enrol(&desk.folder, "asha").unwrap();

    let without = login(&desk, "asha", PASSWORD, None);
    assert_eq!((without.status, without.text("code")), (403, "SECOND_FACTOR"));
    session(&login(&desk, "asha", PASSWORD, Some(&code(&address, -1))));

    desk.done("trader", "/api/v1/kill", kill);
    let missing = desk.send("risk", "POST", "/api/v1/release", &release(""));
    assert_eq!((missing.status, missing.text("field")), (403, "code"));
    let used = format!(r#","code":"{}""#, code(&address, -1));
    assert_eq!(desk.send("risk", "POST", "/api/v1/release", &release(&used)).status, 403);
    let mut client = Client::connect(&desk.folder).unwrap().unwrap();
    let command = Box::new(Command::Release { reason: "over".into() });
    let bare = client.ask(Ask::Command { by: "owner".into(), command }).unwrap_err();
    assert!(bare.message.contains("second factor"), "{bare:?}");
    assert_eq!(desk.get("/api/v1/status")["killed"], true);
    let ask = |code| Ask::Release { by: "owner".into(), reason: "over".into(), code };
    assert!(client.ask(ask(Some("000000".into()))).is_err());
    client.ask(ask(Some(code(&address, 0)))).unwrap();
    assert_eq!(desk.get("/api/v1/status")["killed"], false);

    // A new start remembers who has enrolled.
    desk.done("trader", "/api/v1/kill", kill);
    desk.start_again();
    assert_eq!(desk.send("risk", "POST", "/api/v1/release", &release("")).status, 403);
    let next = format!(r#","code":"{}""#, code(&address, 1));
    desk.done("risk", "/api/v1/release", &release(&next));
    desk.done("trader", "/api/v1/kill", kill);
    for _ in 0..10 {
        let wrong = release(r#","code":"000000""#);
        desk.send("risk", "POST", "/api/v1/release", &wrong);
    }
    let many = desk.send("risk", "POST", "/api/v1/release", &release(&next));
    assert_eq!((many.status, many.text("code")), (429, "TOO_OFTEN"));
    desk.done("trader", "/api/v1/kill", kill);
}

/// A password, a session, a key and a second factor stand nowhere but where they have to.
#[test]
fn secrets_of_people_stand_nowhere() {
    let mut desk = with_people("canary");
    let address = People::enrol(&desk.folder, "asha").unwrap();
    let secret = address.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let session = session(&login(&desk, "asha", PASSWORD, Some(&code(&address, 0))));
    login(&desk, "asha", "canary horse battery staple", None);
    desk.done("trader", "/api/v1/kill", r#"{"reason":"drill"}"#);
    let used = code(&address, 1);
    let release = format!(r#"{{"reason":"over","confirm":"release","code":"{used}"}}"#);
    desk.done("risk", "/api/v1/release", &release);
    let key = desk.key("risk").to_owned();
    let canaries = [PASSWORD, "canary horse", &secret, &session, &key, &format!("\"{used}\"")];
    let description = desk.get("/api/v1/openapi.json");
    for path in description["paths"].as_object().unwrap().keys() {
        let path = path.replace("{id}", "1");
        let said = desk.send("admin", "GET", &path, "");
        for canary in canaries {
            assert!(!said.raw.contains(canary) && !said.head.contains(canary), "{path}: {canary}");
        }
    }
    desk.stop();
    let mut folders = vec![desk.folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            for canary in canaries {
                let holds = bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!holds, "{}: {canary}", path.display());
            }
        }
    }
}
