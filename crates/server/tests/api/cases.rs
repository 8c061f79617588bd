//! What may be asked wrongly: each case of the table is sent to a real service and answered as it says, and whatever
//! is refused leaves everything as it was.

use crate::service::{Desk, Reply};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
    elsewhere: Vec<Elsewhere>,
}

/// A case that is no single request: the file and the test that show it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    id: String,
    what: String,
    file: String,
    test: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    what: String,
    #[serde(flatten)]
    sent: Sent,
    /// Sent first, and done.
    #[serde(default)]
    before: Vec<Sent>,
    status: u16,
    #[serde(default)]
    code: String,
    #[serde(default)]
    field: String,
    /// It is refused before there is anybody to write a document.
    #[serde(default)]
    bare: bool,
    /// The answer is that of the last that was sent before.
    #[serde(default)]
    same: bool,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default = "post")]
    method: String,
    path: String,
    /// Whose key; `nobody` has none.
    #[serde(default = "trader")]
    role: String,
    /// The whole header, instead of one with a key of that role.
    authorization: Option<String>,
    host: Option<String>,
    #[serde(default = "json")]
    kind: String,
    /// Idempotency-Key: the case's id when absent, none when empty.
    key: Option<String>,
    #[serde(default)]
    more: Vec<String>,
    #[serde(default)]
    body: String,
    /// Stands `times` times where path or body have a `~`.
    #[serde(default)]
    fill: String,
    #[serde(default)]
    times: usize,
}

fn post() -> String {
    "POST".into()
}

fn trader() -> String {
    "trader".into()
}

fn json() -> String {
    "application/json".into()
}

/// The catalogue's cases of the API.
const CATALOGUE: usize = 36;

fn table() -> Table {
    toml::from_str(include_str!("cases.toml")).unwrap()
}

fn cases() -> Vec<Case> {
    table().case
}

fn send(desk: &Desk, id: &str, sent: &Sent) -> Reply {
    let key = sent.key.as_deref().unwrap_or(id);
    let filled = |text: &str| text.replace('~', &sent.fill.repeat(sent.times));
    let body = filled(&sent.body);
    let mut head = format!("{} {} HTTP/1.1\r\n", sent.method, filled(&sent.path));
    let host = sent.host.clone().unwrap_or_else(|| desk.address.to_string());
    head.push_str(&format!("Host: {host}\r\nConnection: close\r\n"));
    match &sent.authorization {
        Some(text) => head.push_str(&format!("Authorization: {text}\r\n")),
        None if sent.role == "nobody" => {}
        None => head.push_str(&format!("Authorization: Bearer {}\r\n", desk.key(&sent.role))),
    }
    if !key.is_empty() {
        head.push_str(&format!("Idempotency-Key: {key}\r\n"));
    }
    if !sent.kind.is_empty() {
        head.push_str(&format!("Content-Type: {}\r\n", sent.kind));
    }
    for line in &sent.more {
        head.push_str(&format!("{}\r\n", filled(line)));
    }
    desk.say(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
}

#[test]
fn every_case_is_answered_as_the_table_says() {
    let shared = Desk::open("cases");
    let push = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;
    let before = shared.send("trader", "POST", "/api/v1/prices", push);
    assert_eq!(before.status, 200, "{before:?}");
    let stood = shared.standing();
    let mut wrong = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        // What changes something has a service of its own.
        let own = (!case.before.is_empty()).then(|| Desk::open(&format!("case{number}")));
        let desk = own.as_ref().unwrap_or(&shared);
        let mut last = None;
        if own.is_some() {
            assert_eq!(desk.send("trader", "POST", "/api/v1/prices", push).status, 200);
        }
        for sent in &case.before {
            let reply = send(desk, &case.id, sent);
            assert_eq!(reply.status, 200, "{}: {reply:?}", case.id);
            last = Some(reply);
        }
        let stood_here = own.is_some().then(|| desk.standing());
        let reply = send(desk, &case.id, &case.sent);
        let is_problem = reply.status < 400
            || case.bare
            || reply.head.contains("content-type: application/problem+json")
                && !reply.text("detail").is_empty()
                && !reply.text("hint").is_empty();
        let is_right = reply.status == case.status
            && reply.text("code") == case.code
            && reply.text("field") == case.field
            && is_problem
            && (!case.same || last.as_ref().is_some_and(|last| last.body == reply.body));
        if !is_right {
            wrong.push(format!("{} ({}): {reply:?}", case.id, case.what));
        }
        if let Some(stood) = stood_here {
            assert_eq!(stood, desk.standing(), "{} has changed something", case.id);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stood, shared.standing(), "a refused request has changed something");
}

#[test]
fn no_case_is_forgotten() {
    let cases = cases();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "ids are unique");
    let table = table();
    let others = table.elsewhere.iter().map(|one| one.id.as_str());
    let numbers: BTreeSet<&str> = ids.iter().map(|id| &id[..3]).chain(others).collect();
    let expected: Vec<String> = (1..=CATALOGUE).map(|number| format!("A{number:02}")).collect();
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), expected);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for Elsewhere { id, what, file, test } in &table.elsewhere {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let is_there = ["fn", "def"].iter().any(|word| text.contains(&format!("{word} {test}(")));
        assert!(is_there, "{id} ({what}): {file} has no {test}");
    }
    let catalogue = root.join("../shared/reference/reliability.md");
    let Ok(catalogue) = std::fs::read_to_string(&catalogue) else {
        return eprintln!("left out: {} is not there", catalogue.display());
    };
    let rows = catalogue.lines().filter_map(|line| line.strip_prefix("| A")?.split(' ').next());
    let rows: BTreeSet<String> = rows
        .filter(|number| number.parse::<u32>().is_ok())
        .map(|number| format!("A{number}"))
        .collect();
    assert_eq!(rows, expected.into_iter().collect(), "the catalogue has other cases");
}
