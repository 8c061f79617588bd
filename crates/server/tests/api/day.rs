//! A paper day by a program that knows nothing but HTTP.

use crate::service::Desk;
use serde_json::{Value, json};

#[test]
fn a_trade_from_the_first_price_to_its_exit() {
    let desk = Desk::open("day");
    let push = |nifty: &str, sbin: &str| {
        let body = json!({ "prices": [
            { "symbol": "NIFTY", "last": nifty }, { "symbol": "SBIN", "last": sbin },
        ] });
        let pushed = desk.send("trader", "POST", "/api/v1/prices", &body.to_string());
        assert_eq!(pushed.status, 200, "{pushed:?}");
        pushed.body
    };
    push("26000", "800");

    // A trade with a trail.
    let body = json!({
        "name": "d1", "strategy": 1, "account": 0, "instrument": 1, "side": "buy", "quantity": "10",
        "rules": ["trail by=5"],
    });
    let entered = desk.send("trader", "POST", "/api/v1/trades", &body.to_string());
    assert_eq!(entered.status, 200, "{entered:?}");
    let trade = desk.get("/api/v1/trades/2");
    assert_eq!(trade["name"], "d1");
    assert_eq!((&trade["symbol"], &trade["status"]), (&json!("SBIN"), &json!("open")));
    assert_eq!(trade["stop"], "795");

    // The price rises and falls: the trail goes along, and exits.
    push("26010", "810.25");
    let trade = desk.get("/api/v1/trades/2");
    assert_eq!((&trade["stop"], &trade["mtm"]), (&json!("805.25"), &json!("102.5")));
    assert_eq!(trade["mtm_x4"], 1_025_000);
    assert!(trade["opened_at"].as_str().unwrap().ends_with("+05:30"), "{trade}");
    let fallen = push("26010", "805");
    assert!(!fallen["told"].as_array().unwrap().is_empty(), "{fallen}");
    let trade = desk.get("/api/v1/trades/2");
    assert_eq!((&trade["status"], &trade["exit_reason"]), (&json!("closed"), &json!("trail")));

    // Pages: open ones, all of them one by one.
    let open = desk.get("/api/v1/trades");
    assert_eq!(open["trades"].as_array().unwrap().len(), 2, "{open}");
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = desk.get(&format!("/api/v1/trades?all=true&limit=1{after}"));
        seen.extend(page["trades"].as_array().unwrap().iter().map(|trade| trade["id"].clone()));
        let Some(next) = page["next"].as_u64() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, [0, 1, 2]);
}

#[test]
fn rules_are_set_and_removed_and_figures_follow() {
    let desk = Desk::open("rules");
    priced(&desk);
    let body =
        r#"{"on":"trade","id":0,"rule":"stop_loss price=25000","reason":"a floor under it"}"#;
    let set = desk.send("trader", "POST", "/api/v1/rules", body);
    assert_eq!(set.status, 200, "{set:?}");
    let rules = desk.get("/api/v1/trades/0")["rules"].as_array().unwrap().clone();
    assert_eq!(rules.len(), 2);
    let path = format!("/api/v1/rules/{}/remove", rules[1]);
    desk.raised(&path, r#"{"reason":"the trail is enough"}"#);
    let body = r#"{"on":"strategy","id":0,"rule":"max_loss amount=4000","reason":"less"}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/rules", body).status, 200);
    let body = r#"{"on":"system","rule":"max_loss amount=4000","reason":"less"}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/rules", body).status, 403);

    // A strategy of one's own.
    let body = r#"{"name":"Straddle","capital":"750000"}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/strategies", body).status, 200);
    assert_eq!(desk.get("/api/v1/strategies/2")["name"], "Straddle");
    let again = desk.send("trader", "POST", "/api/v1/strategies", body);
    assert_eq!((again.status, again.text("code")), (409, "DUPLICATE_NAME"), "{again:?}");

    // What Prometheus reads.
    let figures = desk.text("/metrics");
    let room = "highmark_strategy_room_rupees{strategy=\"Momentum\"} ";
    assert!(figures.lines().any(|line| line.starts_with(room)), "{figures}");
    assert!(figures.contains("\nhighmark_killed 0\n"), "{figures}");
}

/// One request for each trade ran into the limit of requests, and what was on its way out already broke off the rest.
#[test]
fn all_of_a_strategy_exits_at_once_shorts_first() {
    let desk = Desk::open("exit-all");
    priced(&desk);
    for (side, quantity) in [("buy", "10"), ("sell", "20"), ("buy", "30")] {
        let body = json!({
            "strategy": 1, "account": 0, "instrument": 1, "side": side, "quantity": quantity,
        });
        desk.done("trader", "/api/v1/trades", &body.to_string());
    }
    let (path, body) = ("/api/v1/strategies/1/exit", r#"{"reason":"enough"}"#);
    let exited = desk.send("trader", "POST", path, body);
    assert_eq!(exited.status, 200, "{exited:?}");
    let told: Vec<String> = serde_json::from_value(exited.body["told"].clone()).unwrap();
    let exits = told.iter().filter_map(|line| line.split_once(" exits: a person asked (enough)"));
    assert_eq!(exits.map(|(trade, _)| trade).collect::<Vec<_>>(), ["c1", "t3", "t2", "t4"]);
    let trades = desk.get("/api/v1/trades?all=true")["trades"].as_array().unwrap().clone();
    let theirs: Vec<Value> = trades.into_iter().filter(|one| one["strategy"] == 1).collect();
    assert_eq!(theirs.len(), 4);
    assert!(theirs.iter().all(|one| one["status"] == "closed"), "{theirs:?}");
    // The other strategy goes on; again there is nothing to do, and of what is not there nothing is done.
    assert_eq!(desk.get("/api/v1/status")["system"]["open_trades"], 1);
    assert_eq!(desk.done("trader", path, r#"{"reason":"again"}"#)["told"], json!([]));
    let nothing = desk.send("trader", "POST", "/api/v1/strategies/77/exit", body);
    assert_eq!((nothing.status, nothing.text("field")), (404, "id"));
}

#[test]
fn how_long_an_exit_took_is_told_and_the_board_asks_for_figures_that_there_are() {
    let desk = Desk::open("figures");
    priced(&desk);
    let killed = desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"drill"}"#);
    assert_eq!(killed.status, 200, "{killed:?}");
    let service = &desk.get("/api/v1/status")["service"];
    for quantile in ["p50", "p99", "max"] {
        let told = |of: &str| service[format!("{of}_latency_{quantile}_us")].as_u64().unwrap();
        assert!(0 < told("decision") && told("decision") <= told("exit"), "{service}");
    }
    let figures = desk.text("/metrics");
    let board = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/monitoring/grafana.json");
    let board = std::fs::read_to_string(board).unwrap();
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let asked = board.match_indices("highmark_").map(|(at, _)| {
        let name = board[at..].split(|c| !is_of_a_name(c)).next().unwrap();
        name.strip_suffix("_count").unwrap_or(name)
    });
    let missing = asked.filter(|name| !figures.contains(&format!("# TYPE {name} ")));
    assert_eq!(missing.collect::<Vec<&str>>(), Vec::<&str>::new(), "{figures}");
}

#[test]
fn what_is_halted_resumes_and_what_is_killed_is_released() {
    let mut desk = Desk::open("kill");
    priced(&desk);
    // Pausing and resuming a strategy.
    let body = r#"{"reason":"news at 14:00"}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/strategies/1/halt", body).status, 200);
    assert_eq!(desk.get("/api/v1/strategies/1")["state"], "halted");
    let body = json!({
        "strategy": 1, "account": 0, "instrument": 1, "side": "buy", "quantity": "10",
    });
    let refused = desk.send("trader", "POST", "/api/v1/trades", &body.to_string());
    assert_eq!((refused.status, refused.text("code")), (409, "HALTED"), "{refused:?}");
    let undone = desk.send("risk", "POST", "/api/v1/undo", "{}");
    assert_eq!(undone.status, 200, "{undone:?}");
    assert_eq!(desk.get("/api/v1/strategies/1")["state"], "active");

    // Kill closes all; only risk releases.
    let killed = desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"drill"}"#);
    assert_eq!(killed.status, 200, "{killed:?}");
    let status = desk.get("/api/v1/status");
    assert_eq!((&status["killed"], &status["system"]["open_trades"]), (&json!(true), &json!(0)));
    let again = desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"sure"}"#);
    assert_eq!(again.status, 200, "{again:?}");
    let refused = desk.send("trader", "POST", "/api/v1/trades", &body.to_string());
    assert_eq!((refused.status, refused.text("code")), (409, "KILLED"), "{refused:?}");
    let body = r#"{"reason":"the drill is over","confirm":"release"}"#;
    assert_eq!(desk.send("risk", "POST", "/api/v1/release", body).status, 200);
    assert_eq!(desk.get("/api/v1/status")["killed"], false);
    assert_eq!(desk.get("/api/v1/instruments")["instruments"][1]["mark"], "805");
    assert_eq!(desk.get("/ready")["status"], "ready");
    desk.stop();
}

/// What was asked once is done once, also when the service was started anew in between.
#[test]
fn what_was_answered_before_a_restart_is_answered_so_again() {
    let mut desk = Desk::open("again");
    priced(&desk);
    let exit = |desk: &Desk, quantity: &str| {
        let body = format!(r#"{{"reason":"some of it","quantity":"{quantity}"}}"#);
        desk.say(&format!(
            "POST /api/v1/trades/1/exit HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nIdempotency-Key: tenth\r\nContent-Length: {}\r\n\r\n{body}",
            desk.address,
            desk.key("trader"),
            body.len(),
        ))
    };
    let first = exit(&desk, "10");
    assert_eq!(first.status, 200, "{first:?}");
    let hook = r#"{"name":"tv","terms":{"source":"tradingview","strategy":"Momentum","account":"main","quantity":"10"}}"#;
    let made = |desk: &Desk, key: &str| {
        desk.say(&format!(
            "POST /api/v1/hooks HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{hook}",
            desk.address,
            desk.key("admin"),
            hook.len(),
        ))
    };
    let path = made(&desk, "hook").text("path").to_owned();
    let signal = |desk: &Desk, body: &str| {
        desk.say(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            desk.address,
            body.len()
        ))
    };
    let bought = signal(&desk, "buy SBIN id=7");
    let exited = signal(&desk, "exit SBIN");
    assert_eq!((bought.status, exited.status), (200, 200));
    desk.start_again();
    let again = exit(&desk, "10");
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(exit(&desk, "20").text("code"), "IDEMPOTENCY_MISMATCH");
    assert_eq!(desk.get("/api/v1/trades/1")["open"], "90");
    // A signal too, and what may be shown only once is not shown again.
    let count = desk.get("/api/v1/trades?all=true")["trades"].as_array().unwrap().len();
    assert_eq!(signal(&desk, "buy SBIN id=7").body, bought.body);
    assert_eq!(signal(&desk, "exit SBIN").body, exited.body);
    assert_eq!(desk.get("/api/v1/trades?all=true")["trades"].as_array().unwrap().len(), count);
    let address = made(&desk, "hook");
    assert_eq!((address.status, address.text("code")), (409, "SHOWN_ONCE"), "{address:?}");
}

fn priced(desk: &Desk) {
    let body = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"805"}]}"#;
    assert_eq!(desk.send("trader", "POST", "/api/v1/prices", body).status, 200);
}

/// The key of whoever killed stands in no file of the state folder, the journal among them.
#[test]
fn a_key_stands_nowhere() {
    let mut desk = Desk::open("nowhere");
    let secret = desk.key("trader").to_owned();
    assert_eq!(desk.send("trader", "POST", "/api/v1/kill", r#"{"reason":"drill"}"#).status, 200);
    desk.stop();
    let reader = highmark_journal::Reader::open(&desk.folder.join("journal")).unwrap();
    let engine = reader.engine_before(u64::MAX).unwrap();
    assert!(engine.state().is_killed());
    for entry in walk(&desk.folder) {
        let bytes = std::fs::read(&entry).unwrap();
        let holds = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds, "{} holds a key", entry.display());
    }
}

pub(crate) fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
