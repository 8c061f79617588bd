//! The page that shows the API: from this service alone, and nothing runs that stands inline.

use crate::service::{Desk, Reply};

fn ask(desk: &Desk, path: &str) -> Reply {
    let raw = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", desk.address);
    desk.say(&raw)
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_runs_nothing_inline() {
    let desk = Desk::open("viewer");
    let page = ask(&desk, "/api/docs");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.head.contains("content-type: text/html"), "{page:?}");
    let policy = page.head.lines().find(|line| line.starts_with("content-security-policy"));
    let policy = policy.unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for tag in page.raw.split('<').filter(|tag| tag.starts_with("script")) {
        assert!(tag.contains("src=\"/api/docs/"), "{tag}");
    }
    for inline in ["<style", " style=", " onclick", " onload", "javascript:"] {
        assert!(!page.raw.contains(inline), "{inline}");
    }
    for (file, kind) in [("viewer.js", "text/javascript"), ("viewer.css", "text/css")] {
        assert!(page.raw.contains(&format!("\"/api/docs/{file}\"")), "{file}");
        let part = ask(&desk, &format!("/api/docs/{file}"));
        assert_eq!(part.status, 200);
        assert!(part.head.contains(&format!("content-type: {kind}")), "{part:?}");
        for other in ["http://", "https://", "innerHTML", "eval(", "url("] {
            assert!(!part.raw.contains(other), "{file} has {other}");
        }
    }
    // What is no page may do nothing at all.
    let live = ask(&desk, "/live");
    assert!(live.head.contains("default-src 'none'; frame-ancestors 'none'"), "{live:?}");
    assert!(!live.head.contains("script-src"), "{live:?}");
}
