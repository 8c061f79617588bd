//! Whose is what: every route that the description names, by somebody who is bound to an account, on what is theirs and
//! on what is another's. A route that says nothing of it, and one that this table has no address for, fails.

use crate::service::{Desk, Reply};
use crate::watcher::{connect, request};
use highmark_engine::Timestamp;
use highmark_play::scenario;
use highmark_server::api::keys::{Grant, Keys, Role};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use tungstenite::Message;

/// Two accounts with a strategy and a trade each. Whatever is another's has `zebra` in its name or reason.
const BOOK: &str = "\
name = \"desk\"
instrument = [{ symbol = \"SBIN\", venue = \"always\" }]
account = [{ name = \"main\", balance = 1000000 }, { name = \"zebra-account\", balance = 1000000 }]
strategy = [
    { name = \"Momentum\", rule = [{ max_loss = { amount = 15000 } }] },
    { name = \"zebra-strategy\", rule = [{ max_loss = { amount = 7777 } }] },
]

[[trade]]
name = \"m1\"
strategy = \"Momentum\"
account = \"main\"
instrument = \"SBIN\"
side = \"buy\"
quantity = 100
rule = [{ trail = { by = 60 } }]

[[trade]]
name = \"zebra-trade\"
strategy = \"zebra-strategy\"
account = \"zebra-account\"
instrument = \"SBIN\"
side = \"sell\"
quantity = 100
rule = [{ trail = { by = 50 } }]
";

const ROLES: [Role; 4] = Role::ALL;

struct Shared {
    desk: Desk,
    /// Keys of each role that are bound to the account `main`.
    bound: BTreeMap<&'static str, String>,
}

/// A service with this book, and keys that are bound to `main`.
fn with_book(name: &str, book: &str) -> Shared {
    let desk = Desk::open_with(name, |plan| {
        let loaded = scenario::load("desk", book, &[]).unwrap();
        plan.paper = loaded.scenario.paper;
        plan.scenario = loaded;
    });
    let mut bound = BTreeMap::new();
    for role in ROLES {
        let grant = Grant { role, accounts: vec!["main".into()] };
        let name = format!("bound-{}", role.name());
        let key = Keys::add(&desk.folder, &name, grant, Timestamp(1)).unwrap();
        bound.insert(role.name(), key);
    }
    Shared { desk, bound }
}

fn shared(name: &str) -> Shared {
    let Shared { desk, bound } = with_book(name, BOOK);
    let push = |last: &str| {
        let body = format!(r#"{{"prices":[{{"symbol":"SBIN","last":"{last}"}}]}}"#);
        desk.done("trader", "/api/v1/prices", &body);
    };
    push("800");
    push("805");
    // Something of each kind happens to the other: a rule, an edit, a halt, a second strategy, a trade that exits, a
    // refusal, what was taken back.
    let zebra = |path: &str, body: Value| desk.done("risk", path, &body.to_string());
    zebra(
        "/api/v1/rules",
        json!({ "on": "account", "id": 1, "rule": "max_loss amount=9999", "reason": "zebra" }),
    );
    zebra(
        "/api/v1/rules",
        json!({ "on": "system", "rule": "max_loss amount=88888", "reason": "zebra" }),
    );
    zebra("/api/v1/strategies", json!({ "name": "zebra-second" }));
    zebra(
        "/api/v1/trades",
        json!({
            "name": "zebra-more", "strategy": 2, "account": 1, "instrument": 0, "side": "buy", "quantity": "10",
        }),
    );
    zebra("/api/v1/trades/2/exit", json!({ "reason": "zebra" }));
    zebra("/api/v1/strategies/2/halt", json!({ "reason": "zebra" }));
    zebra("/api/v1/undo", json!({}));
    zebra("/api/v1/strategies/1/edit", json!({ "name": "zebra-strategy-2" }));
    let refused =
        desk.send("risk", "POST", "/api/v1/trades/2/exit", r#"{"reason":"zebra","quantity":"5"}"#);
    assert!(refused.status >= 400, "{refused:?}");
    zebra(
        "/api/v1/rules",
        json!({ "on": "trade", "id": 0, "rule": "stop_loss price=700", "reason": "a floor" }),
    );
    let asked = desk.send("risk", "POST", "/api/v1/rules/1/remove", r#"{"reason":"so"}"#);
    assert_eq!(asked.body["raise"], 1, "{asked:?}");
    Shared { desk, bound }
}

impl Shared {
    fn send(&self, role: &str, method: &str, path: &str, more: &str, body: &str) -> Reply {
        self.desk.say(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n{more}\
             Content-Type: application/json\r\nIdempotency-Key: bound-{}\r\nContent-Length: {}\r\n\r\n{body}",
            self.desk.address,
            self.bound[role],
            self.desk.number(),
            body.len(),
        ))
    }

    fn get(&self, path: &str) -> Reply {
        let reply = self.send("viewer", "GET", path, "", "");
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply
    }
}

/// A route as it is described.
struct Route {
    method: String,
    path: String,
    of: String,
    role: String,
}

fn routes(desk: &Desk) -> Vec<Route> {
    let description = desk.get("/api/v1/openapi.json");
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(need) = operation["security"].as_array().unwrap().first() else { continue };
            let of = operation["x-of"].as_str();
            let of = of.unwrap_or_else(|| panic!("{method} {path} does not say whose it is"));
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                of: of.to_owned(),
                role: need["key"][0].as_str().unwrap().to_owned(),
            });
        }
    }
    routes
}

/// Ids of what is theirs, of what is another's, and of what is not there.
fn ids(of: &str) -> [&'static str; 3] {
    match of {
        "trade" => ["0", "1", "99"],
        "strategy" => ["0", "1", "99"],
        // 0 is of Momentum, 1 of the other strategy.
        "rule" => ["0", "1", "99"],
        other => panic!("there are no ids of `{other}`"),
    }
}

#[test]
fn what_is_anothers_is_not_there_on_any_route_for_any_role() {
    let shared = shared("own-routes");
    let before = shared.desk.standing();
    let mut seen = BTreeMap::<String, usize>::new();
    for Route { method, path, of, role } in routes(&shared.desk) {
        *seen.entry(of.clone()).or_default() += 1;
        let least = ROLES.iter().position(|one| one.name() == role).unwrap();
        for (level, bound) in ROLES.iter().enumerate() {
            let send = |path: &str| shared.send(bound.name(), &method, path, "", "[0]");
            let told = format!("{method} {path} as {}", bound.name());
            match of.as_str() {
                _ if level < least => {
                    let reply = send(&path.replace("{id}", "0"));
                    assert_eq!((reply.status, reply.text("code")), (403, "FORBIDDEN"), "{told}");
                }
                "trade" | "strategy" | "rule" => {
                    let [own, foreign, none] = ids(&of).map(|id| send(&path.replace("{id}", id)));
                    assert_eq!(
                        (foreign.status, foreign.text("code")),
                        (404, "NOT_FOUND"),
                        "{told}"
                    );
                    assert_eq!(foreign, none, "{told}: what is another's can be told from nothing");
                    // As the role allows: a look is answered, and a change gets as far as its body.
                    let expected = if method == "GET" { 200 } else { 422 };
                    assert_eq!(own.status, expected, "{told}: {own:?}");
                    assert!(!own.raw.contains("zebra"), "{told}: {own:?}");
                }
                "book" => {
                    let reply = send(&path.replace("{id}", "0").replace("{name}", "zebra"));
                    assert_eq!((reply.status, reply.text("code")), (403, "BOUND"), "{told}");
                }
                "everybody" | "part" if method == "GET" => {
                    let part = part(&path);
                    let reply = shared.send(bound.name(), "GET", &part, "", "");
                    assert!([200, 400].contains(&reply.status), "{told}: {reply:?}");
                    for canary in ["zebra", "9999", "88888", "7777"] {
                        assert!(!reply.raw.contains(canary), "{told} tells {canary}: {reply:?}");
                    }
                    let all = shared.desk.send("viewer", "GET", &part, "").raw;
                    let has_names = !["/api/v1/me", "/api/v1/instruments", "/api/v1/stream"]
                        .contains(&path.as_str())
                        && !path.contains("explain")
                        && !path.contains("preview");
                    let alerts = path.ends_with("/alerts");
                    assert_eq!(all.contains("zebra"), has_names && !alerts, "{told}: {all}");
                }
                "everybody" | "part" => {
                    // Below, each by itself.
                    let known = [
                        "/api/v1/kill",
                        "/api/v1/strategies",
                        "/api/v1/trades",
                        "/api/v1/rules",
                        "/api/v1/raises/{id}/confirm",
                        "/api/v1/raises/{id}/cancel",
                    ];
                    assert!(known.contains(&path.as_str()), "{told} has no test of its own");
                }
                other => panic!("{told}: nobody knows what `{other}` is"),
            }
        }
    }
    assert_eq!(before, shared.desk.standing(), "a refused request has changed something");
    let kinds: Vec<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["book", "everybody", "part", "rule", "strategy", "trade"]);
    println!("{seen:?}");
}

/// An address under which a part of the book is told.
fn part(path: &str) -> String {
    match path {
        "/api/v1/trades" => "/api/v1/trades?all=true".to_owned(),
        "/api/v1/explain/{about}" => "/api/v1/explain/t0".to_owned(),
        "/api/v1/events/{seq}/explain" => "/api/v1/events/2/explain".to_owned(),
        "/api/v1/reports/{day}" => "/api/v1/reports/today".to_owned(),
        "/api/v1/rules/preview" => {
            "/api/v1/rules/preview?on=strategy&id=0&rule=max_loss+amount=5000".to_owned()
        }
        "/api/v1/events" | "/api/v1/audit" => format!("{path}?limit=500"),
        other => {
            assert!(!other.contains('{'), "{other} has no address here");
            other.to_owned()
        }
    }
}

#[test]
fn whoever_is_bound_enters_and_limits_in_their_accounts_alone() {
    let shared = shared("own-acts");
    let act = |path: &str, body: Value| shared.send("risk", "POST", path, "", &body.to_string());
    let enter = |strategy: u32, account: u32| {
        act(
            "/api/v1/trades",
            json!({
                "name": "mine", "strategy": strategy, "account": account, "instrument": 0, "side": "buy", "quantity": "10",
            }),
        )
    };
    let not_there = |reply: Reply, field: &str| {
        assert_eq!(
            (reply.status, reply.text("code"), reply.text("field")),
            (404, "NOT_FOUND", field)
        );
    };
    not_there(enter(1, 1), "strategy");
    not_there(enter(1, 0), "strategy");
    not_there(enter(0, 1), "account");
    not_there(enter(99, 0), "strategy");
    assert_eq!(enter(0, 0).status, 200);
    let rule = |on: &str, id: u32| {
        act(
            "/api/v1/rules",
            json!({ "on": on, "id": id, "rule": "max_loss amount=20000", "reason": "so" }),
        )
    };
    for on in ["strategy", "account"] {
        assert_eq!(rule(on, 0).status, 200, "{on}");
        not_there(rule(on, 1), "id");
        not_there(rule(on, 99), "id");
    }
    let system = act(
        "/api/v1/rules",
        json!({ "on": "system", "rule": "max_loss amount=1", "reason": "so" }),
    );
    assert_eq!((system.status, system.text("code")), (403, "BOUND"));
    for about in [
        "t1",
        "s1",
        "a1",
        "r1",
        "zebra-trade",
        "zebra-strategy-2",
        "zebra-account",
        "system",
        "t99",
    ] {
        let reply = shared.send("viewer", "GET", &format!("/api/v1/explain/{about}"), "", "");
        not_there(reply, "about");
    }
    for id in ["1", "99"] {
        let path = format!("/api/v1/rules/preview?on=strategy&id={id}&rule=max_loss+amount=5000");
        not_there(shared.send("viewer", "GET", &path, "", ""), "id");
    }
    for (verb, body) in [("confirm", json!({ "confirm": "raise" })), ("cancel", json!({}))] {
        not_there(act(&format!("/api/v1/raises/1/{verb}"), body.clone()), "id");
        not_there(act(&format!("/api/v1/raises/99/{verb}"), body), "id");
    }
    // A new strategy is everybody's, until a trade is in it.
    assert_eq!(act("/api/v1/strategies", json!({ "name": "Fresh" })).status, 200);
    let rows = shared.get("/api/v1/strategies").body["strategies"].clone();
    let names: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{names:?}");
    let body =
        json!({ "strategy": 3, "account": 1, "instrument": 0, "side": "buy", "quantity": "1" });
    shared.desk.done("trader", "/api/v1/trades", &body.to_string());
    not_there(shared.send("viewer", "GET", "/api/v1/strategies/3", "", ""), "id");
    // Killing is open to all who trade; releasing is not to whoever is bound.
    let killed = act("/api/v1/kill", json!({ "reason": "drill" }));
    assert_eq!(killed.status, 200);
    let told = killed.body["told"].to_string();
    assert!(told.contains("exits: kill") && !killed.raw.contains("zebra"), "{killed:?}");
    let release = act("/api/v1/release", json!({ "reason": "over", "confirm": "release" }));
    assert_eq!((release.status, release.text("code")), (403, "BOUND"));
    let me = shared.get("/api/v1/me").body;
    assert_eq!(me["accounts"], json!(["main"]));
}

#[test]
fn whoever_is_bound_watches_their_part_alone() {
    let shared = shared("own-stream");
    let mut asked = request(&shared.desk, "nobody", "?since=0");
    let key = format!("Bearer {}", shared.bound["viewer"]);
    asked.headers_mut().insert("Authorization", key.parse().unwrap());
    let mut socket = connect(&shared.desk, asked).unwrap();
    let mut sse = TcpStream::connect(shared.desk.address).unwrap();
    write!(
        sse,
        "GET /api/v1/events?after=0 HTTP/1.1\r\nHost: {}\r\nAuthorization: {key}\r\nAccept: text/event-stream\r\n\r\n",
        shared.desk.address
    )
    .unwrap();
    let mut said = Vec::new();
    let mut hear = |until: &str| loop {
        if let Message::Text(text) = socket.read().unwrap() {
            let text = text.as_str().to_owned();
            said.push(text.clone());
            if text.contains(until) {
                return text;
            }
        }
    };
    let snapshot: Value = serde_json::from_str(&hear("\"snapshot\"")).unwrap();
    let items: Vec<&String> = snapshot["items"].as_object().unwrap().keys().collect();
    assert_eq!(items, ["account:0", "price:0", "status", "strategy:0", "trade:0"]);
    // The strategy appears while it has no trade, and is gone once another has one in it.
    shared.desk.done("trader", "/api/v1/strategies", r#"{"name":"Fresh"}"#);
    hear("\"strategy:3\":{");
    let body = json!({ "name": "zebra-new", "strategy": 3, "account": 1, "instrument": 0, "side": "buy", "quantity": "1" });
    shared.desk.done("trader", "/api/v1/trades", &body.to_string());
    hear("\"strategy:3\":null");
    shared.desk.done("trader", "/api/v1/trades/1/exit", r#"{"reason":"zebra"}"#);
    shared.desk.done("trader", "/api/v1/trades/0/exit", r#"{"reason":"the last"}"#);
    hear("the last");
    let all = said.join("\n");
    assert!(!all.contains("zebra"), "{all}");
    assert!(all.contains("\"m1\"") && all.contains("a floor"), "{all}");
    let mut lines = BufReader::new(sse).lines();
    let heard: Vec<String> = std::iter::from_fn(|| lines.next()?.ok())
        .take_while(|line| !line.contains("the last"))
        .collect();
    assert!(!heard.join("\n").contains("zebra"), "{heard:?}");
    assert!(heard.iter().any(|line| line.contains("a floor")), "{heard:?}");
    // Whoever has the whole book hears of both.
    let whole = shared.desk.send("viewer", "GET", "/api/v1/events?limit=500", "").raw;
    assert!(whole.contains("zebra-new"));
    let csv = shared.get("/api/v1/reports/today?format=csv");
    assert!(csv.raw.contains("m1") && !csv.raw.contains("zebra"), "{csv:?}");
}

#[test]
fn a_report_has_what_of_theirs_was_refused_and_nothing_of_another_of_the_same_name() {
    let shared = shared("own-notes");
    let halt = |id: u32| {
        let path = format!("/api/v1/strategies/{id}/halt");
        shared.desk.done("risk", &path, r#"{"reason":"enough"}"#);
    };
    halt(0);
    halt(1);
    // The other's trade has the name of mine.
    for (name, side) in [("m1", 1), ("late", 0)] {
        let body = json!({
            "name": name, "strategy": side, "account": side, "instrument": 0, "side": "buy", "quantity": "10",
        });
        let refused = shared.desk.send("trader", "POST", "/api/v1/trades", &body.to_string());
        assert!(refused.status >= 400, "{refused:?}");
    }
    let notes = |report: &Value| -> Vec<String> {
        let notes = report["notes"].as_array().unwrap().iter();
        notes.map(|note| note["about"].as_str().unwrap().to_owned()).collect()
    };
    let whole = notes(&shared.desk.get("/api/v1/reports/today"));
    assert!(whole.contains(&"m1".to_owned()) && whole.contains(&"late".to_owned()), "{whole:?}");
    assert_eq!(notes(&shared.get("/api/v1/reports/today").body), ["late"]);
}

#[test]
fn what_is_asked_for_by_its_id_is_never_what_another_has_named_so() {
    let book = "\
name = \"desk\"
instrument = [{ symbol = \"SBIN\", venue = \"always\" }]
account = [{ name = \"zebra-account\", balance = 1000000 }, { name = \"main\", balance = 1000000 }]
strategy = [
    { name = \"s1\", rule = [{ max_loss = { amount = 7777 } }] },
    { name = \"Momentum\", rule = [{ max_loss = { amount = 15000 } }] },
]

[[trade]]
name = \"t1\"
strategy = \"s1\"
account = \"zebra-account\"
instrument = \"SBIN\"
side = \"sell\"
quantity = 100

[[trade]]
name = \"m1\"
strategy = \"Momentum\"
account = \"main\"
instrument = \"SBIN\"
side = \"buy\"
quantity = 100
";
    let shared = with_book("own-names", book);
    let push = |last: &str| {
        let body = format!(r#"{{"prices":[{{"symbol":"SBIN","last":"{last}"}}]}}"#);
        shared.desk.done("trader", "/api/v1/prices", &body);
    };
    push("800");
    push("805");
    for (about, id, subject) in [
        ("Momentum", "s1", "Momentum"),
        ("s1", "s1", "Momentum"),
        ("m1", "t1", "m1"),
        ("t1", "t1", "m1"),
    ] {
        let path = format!("/api/v1/explain/{about}");
        for told in [shared.get(&path).body, shared.desk.get(&path)] {
            assert_eq!((&told["id"], &told["subject"]), (&json!(id), &json!(subject)), "{about}");
            assert!(!told.to_string().contains("7,777"), "{about}: {told}");
        }
    }
    let exited = shared.desk.done("trader", "/api/v1/trades/1/exit", r#"{"reason":"enough"}"#);
    let turn = shared.get(&format!("/api/v1/events/{}/explain", exited["turn"])).body;
    assert_eq!(turn["about"][0]["subject"], "m1", "{turn}");
    // As of a time at which it was not there yet, nobody is told of what another had named so.
    let early =
        shared.send("viewer", "GET", "/api/v1/explain/s1?at=2026-01-01T09:00:00%2B05:30", "", "");
    assert_eq!((early.status, early.text("code")), (404, "NOT_FOUND"), "{early:?}");
    assert!(!early.raw.contains("zebra") && !early.raw.contains("t1"), "{early:?}");
}
