//! The dashboard: its pages are there for anybody, what they show is not; a link opens it once.

use crate::service::{Desk, Reply};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;

fn follow(desk: &Desk, token: &str) -> Reply {
    let body = format!(r#"{{"token":"{token}"}}"#);
    desk.say(&format!(
        "POST /api/v1/open HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        desk.address,
        body.len(),
    ))
}

fn page(desk: &Desk, path: &str, lines: &str) -> Reply {
    desk.say(&format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{lines}\r\n",
        desk.address
    ))
}

#[test]
fn pages_are_served_with_a_policy_and_files_for_good() {
    let desk = Desk::open("pages");
    for path in ["/", "/strategies/1", "/positions", "/settings"] {
        let page = page(&desk, path, "");
        assert_eq!(page.status, 200, "{path}: {page:?}");
        assert!(page.raw.contains("<div id=\"app\">"), "{path}");
        assert!(page.head.contains("content-security-policy: default-src 'self'"), "{page:?}");
        assert!(page.head.contains("cache-control: no-cache"), "{page:?}");
        assert!(page.head.contains("x-content-type-options: nosniff"), "{page:?}");
    }
    // Nothing is written into a page, so its policy needs no exception.
    let index = page(&desk, "/", "").raw;
    assert!(!index.contains("<style") && !index.contains("<script>") && !index.contains(" style="));
    let script = index.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let file = page(&desk, script, "");
    assert_eq!(file.status, 200, "{script}");
    assert!(file.head.contains("content-type: text/javascript"), "{}", file.head);
    assert!(file.head.contains("immutable") && file.head.contains("vary: accept-encoding"));
    for path in ["/nothing", "/assets/nothing.js", "/api/v1/nothing", "/strategies/a.js"] {
        let missing = page(&desk, path, "");
        assert_eq!((missing.status, missing.text("code")), (404, "NO_ROUTE"), "{path}");
        assert!(missing.head.contains("default-src 'none'"), "{path}: {}", missing.head);
    }
    assert_eq!(page(&desk, "/", "Origin: http://evil.example\r\n").status, 403);
}

#[test]
fn a_link_of_the_owner_opens_the_dashboard_once_and_all_may_be_done_then() {
    let desk = Desk::open("link");
    let mut client = Client::connect(&desk.folder).unwrap().unwrap();
    let answer = client.ask(Ask::Open).unwrap();
    let link = answer["link"].as_str().unwrap();
    let (address, token) = link.split_once("/#open=").unwrap();
    assert_eq!(address, format!("http://{}", desk.address));
    assert_eq!(follow(&desk, "hmo_0").text("code"), "BAD_LINK");
    let opened = follow(&desk, token);
    assert_eq!((opened.status, opened.text("by"), opened.text("role")), (200, "owner", "admin"));
    let cookie = opened.head.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    for wanted in ["httponly", "samesite=strict"] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    let session = cookie["set-cookie: ".len()..].split(';').next().unwrap();
    let cookie = format!("Cookie: {session}\r\n");
    assert_eq!(page(&desk, "/api/v1/me", &cookie).text("by"), "owner");
    assert_eq!(page(&desk, "/api/v1/me", "").status, 401);
    let again = follow(&desk, token);
    assert_eq!((again.status, again.text("code")), (401, "BAD_LINK"));
    assert!(!again.head.contains("set-cookie"));
}
