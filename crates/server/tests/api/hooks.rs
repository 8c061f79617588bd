//! Signals as TradingView, Chartink and Amibroker send them, to addresses that were made for them.

use crate::service::{Desk, Reply};
use serde_json::{Value, json};

/// Makes a hook by the API; gives the path of its address.
pub(crate) fn hook(desk: &Desk, name: &str, terms: Value) -> String {
    let mut whole = json!({ "strategy": "Momentum", "account": "main", "quantity": "10" });
    for (field, value) in terms.as_object().unwrap() {
        whole[field] = value.clone();
        if value.is_null() {
            whole.as_object_mut().unwrap().remove(field);
        }
    }
    let body = json!({ "name": name, "terms": whole }).to_string();
    let path = desk.done("admin", "/api/v1/hooks", &body)["path"].as_str().unwrap().to_owned();
    assert!(path.starts_with("/hooks/hmh_") && path.len() == "/hooks/hmh_".len() + 64, "{path}");
    path
}

pub(crate) fn post(desk: &Desk, path: &str, more: &str, body: &str) -> Reply {
    desk.say(&format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{more}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        desk.address,
        body.len()
    ))
}

/// As TradingView sends what parses as JSON.
pub(crate) fn signal(desk: &Desk, path: &str, body: &str) -> Reply {
    post(desk, path, "Content-Type: application/json; charset=utf-8\r\n", body)
}

fn get(desk: &Desk, path: &str, more: &str) -> Reply {
    desk.say(&format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\n{more}Connection: close\r\n\r\n",
        desk.address
    ))
}

pub(crate) fn priced(name: &str) -> Desk {
    let desk = Desk::open(name);
    let body = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;
    desk.done("trader", "/api/v1/prices", body);
    desk
}

/// Trades of Momentum in SBIN that are open.
pub(crate) fn open(desk: &Desk) -> Vec<Value> {
    let trades = desk.get("/api/v1/trades")["trades"].as_array().unwrap().clone();
    let ours =
        trades.into_iter().filter(|trade| trade["name"].as_str().unwrap().starts_with("hook "));
    ours.collect()
}

/// What stands in the record under this hook, once this is on the disk too.
pub(crate) fn record_with(desk: &Desk, name: &str, last: &str) -> Vec<String> {
    loop {
        let record = record(desk, name);
        if record.iter().any(|event| event.contains(last)) {
            return record;
        }
        std::thread::yield_now();
    }
}

/// What stands in the record under this hook.
fn record(desk: &Desk, name: &str) -> Vec<String> {
    let audit = desk.get("/api/v1/audit?limit=500");
    let turns = audit["events"].as_array().unwrap().iter();
    let events = turns.flat_map(|turn| turn["events"].as_array().unwrap()).map(Value::to_string);
    events.filter(|event| event.contains(&format!("\"by\":\"hook:{name}\""))).collect()
}

#[test]
fn a_signal_of_tradingview_enters_once_however_often_it_comes() {
    let desk = priced("hook-tv");
    let path = hook(&desk, "tv", json!({ "source": "tradingview", "rules": ["trail by=5"] }));
    let buy = r#"{"action":"buy","ticker":"NSE:SBIN","contracts":99,"price":800.25,"market_position":"long"}"#;
    let first = signal(&desk, &path, buy);
    assert_eq!((first.status, first.text("status")), (200, "done"), "{first:?}");
    let again = signal(&desk, &path, buy);
    assert_eq!((again.status, &again.body), (200, &first.body));
    let trades = open(&desk);
    assert_eq!(trades.len(), 1, "{trades:?}");
    let trade = &trades[0];
    assert_eq!(
        (&trade["side"], &trade["open"], &trade["strategy_name"], &trade["stop"]),
        (&json!("buy"), &json!("10"), &json!("Momentum"), &json!("795")),
        "{trade}"
    );
    // Another text is another signal, and one trade in the symbol is enough; an id that was refused is so again.
    let refused = signal(&desk, &path, r#"{"action":"buy","ticker":"SBIN","id":"a"}"#);
    assert_eq!((refused.status, refused.text("code")), (409, "ALREADY_OPEN"), "{refused:?}");
    let same = signal(&desk, &path, r#"{"action":"buy","ticker":"SBIN","price":801,"id":"a"}"#);
    assert_eq!((same.status, &same.body), (409, &refused.body));
    let exit = signal(&desk, &path, r#"{"action":"exit","ticker":"SBIN","id":"a"}"#);
    assert_eq!((exit.status, open(&desk).len()), (200, 0), "{exit:?}");
    // As text, and the strategy's own message.
    let own = "RSI: order buy @ 10 filled on SBIN. New strategy position is 10";
    assert_eq!((post(&desk, &path, "", own).status, open(&desk).len()), (200, 1));
    let own = "RSI: order sell @ 10 filled on SBIN. New strategy position is 0";
    assert_eq!((post(&desk, &path, "", own).status, open(&desk).len()), (200, 0));
    let nothing = signal(&desk, &path, r#"{"action":"exit","ticker":"SBIN"}"#);
    assert_eq!(nothing.status, 200);
    let told = nothing.body["wishes"][0]["told"][0].as_str().unwrap();
    assert!(told.contains("nothing is open"), "{nothing:?}");
    let record = record_with(&desk, "tv", "nothing is open");
    assert!(record.iter().filter(|event| event.contains("add_trade")).count() == 2, "{record:?}");
    assert!(record.iter().any(|event| event.contains("ALREADY_OPEN")), "{record:?}");
}

#[test]
fn a_scan_of_chartink_enters_each_of_its_symbols_by_itself() {
    let desk = priced("hook-scan");
    let terms = json!({ "source": "chartink", "symbols": ["SBIN", "BANK=SBIN", "NIFTY", "LOST"] });
    let path = hook(&desk, "scan", terms);
    let body = json!({
        "stocks": "SBIN, LOST,NIFTY,OTHER",
        "trigger_prices": "800.5,1,26000.1,2",
        "triggered_at": "2:34 pm",
        "scan_name": "Short term breakouts",
        "scan_url": "short-term-breakouts",
        "alert_name": "Alert for Short term breakouts",
        "webhook_url": format!("https://desk.example.org{path}"),
    });
    let reply = signal(&desk, &path, &body.to_string());
    assert_eq!(reply.status, 200, "{reply:?}");
    let codes: Vec<&str> = reply.body["wishes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wish| wish["refused"]["code"].as_str().unwrap_or("done"))
        .collect();
    // 10 is no lot of NIFTY, and Momentum has one open in it.
    assert_eq!(codes, ["done", "NOT_FOUND", "ALREADY_OPEN", "HOOK_FORBIDS"], "{reply:?}");
    assert_eq!(open(&desk).len(), 1);
    let none = signal(&desk, &path, r#"{"stocks":"OTHER","scan_name":"x"}"#);
    assert_eq!((none.status, none.text("code")), (403, "HOOK_FORBIDS"), "{none:?}");
}

#[test]
fn amibroker_asks_by_get_from_this_machine_alone() {
    let desk = priced("hook-afl");
    let path =
        hook(&desk, "afl", json!({ "source": "amibroker", "sell": "open", "exit": "strategy" }));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let query = format!("{path}?action=SELL&symbol=SBIN&qty=10");
    let outside = get(&desk, &query, "X-Forwarded-For: 52.89.214.238\r\n");
    assert_eq!((outside.status, outside.text("code")), (405, "NO_METHOD"), "{outside:?}");
    assert_eq!(
        (get(&desk, &query, "").status, open(&desk)[0]["side"].as_str()),
        (200, Some("sell"))
    );
    let all = post(&desk, &path, form, "action=exit_all");
    assert_eq!(all.status, 200, "{all:?}");
    let rows = desk.get("/api/v1/strategies");
    let open_trades = |name: &str| {
        let rows = rows["strategies"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap()["open_trades"].clone()
    };
    assert_eq!((open_trades("Momentum"), open_trades("Carry")), (json!(0), json!(1)));
    let other = hook(&desk, "tv", json!({ "source": "tradingview" }));
    assert_eq!(get(&desk, &format!("{other}?action=buy&symbol=SBIN"), "").status, 405);
    let named = hook(
        &desk,
        "named",
        json!({ "source": "tradingview", "from": ["52.89.214.238", "10.0.0.0/8"] }),
    );
    let refused = signal(&desk, &named, "{}");
    assert_eq!((refused.status, refused.text("code")), (403, "BAD_SOURCE"), "{refused:?}");
    let by_proxy = post(&desk, &named, "X-Forwarded-For: 127.0.0.1, 10.1.2.3\r\n", "exit SBIN");
    assert_eq!(by_proxy.status, 200, "{by_proxy:?}");
}

#[test]
fn no_signal_does_what_its_hook_may_not_or_what_nobody_may_now() {
    let desk = priced("hook-limits");
    let path = hook(
        &desk,
        "most",
        json!({ "source": "tradingview", "quantity": null, "most": "20", "sell": "nothing", "exit": "nothing" }),
    );
    let code = |body: &str| {
        let reply = signal(&desk, &path, body);
        (reply.status, reply.text("code").to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let before = desk.standing();
    assert_eq!(code("buy SBIN 21"), refused(422, "BAD_QUANTITY"));
    assert_eq!(code("buy SBIN"), refused(422, "BAD_QUANTITY"));
    assert_eq!(code("buy LOST 5"), refused(404, "NOT_FOUND"));
    assert_eq!(code("buy NIFTY 20"), refused(409, "ALREADY_OPEN"));
    assert_eq!(code("sell SBIN 5"), refused(403, "HOOK_FORBIDS"));
    assert_eq!(code("exit NIFTY"), refused(403, "HOOK_FORBIDS"));
    assert_eq!(code("exit_all"), refused(403, "HOOK_FORBIDS"));
    for word in ["release", "resume", "undo", "kill"] {
        assert_eq!(code(word), refused(422, "BAD_SIGNAL"), "{word}");
    }
    assert_eq!(code("{\"action\":\"buy\""), refused(422, "BAD_SIGNAL"));
    assert_eq!(code(&"x".repeat(16_385)), refused(413, "TOO_LONG"));
    assert_eq!(before, desk.standing(), "a refused signal has changed something");
    desk.done("trader", "/api/v1/kill", r#"{"reason":"drill"}"#);
    assert_eq!(code("buy SBIN 5 id=1"), refused(409, "KILLED"));
    assert_eq!(desk.get("/api/v1/status")["killed"], true);
    let record = record_with(&desk, "most", "KILLED");
    for code in ["BAD_QUANTITY", "HOOK_FORBIDS", "BAD_SIGNAL", "TOO_LONG", "KILLED", "ALREADY_OPEN"]
    {
        assert!(record.iter().any(|event| event.contains(code)), "{code}: {record:?}");
    }
}

#[test]
fn an_address_that_was_rotated_or_removed_is_nothing_and_none_is_told_twice() {
    let mut desk = priced("hook-secret");
    let first = hook(&desk, "tv", json!({ "source": "tradingview" }));
    let canary = "sesame-8f2c";
    let odd = format!("{{\"passphrase\":\"{canary}\",\"action\":\"{canary}\"}}");
    assert_eq!(signal(&desk, &first, &odd).text("code"), "BAD_SIGNAL");
    let chart = format!("buy SBIN passphrase={canary}");
    assert_eq!(post(&desk, &first, "", &chart).status, 200);
    let rotated = desk.done("admin", "/api/v1/hooks/tv/rotate", "{}");
    let second = rotated["path"].as_str().unwrap().to_owned();
    assert_eq!((signal(&desk, &first, "exit SBIN").status, open(&desk).len()), (404, 1));
    assert_eq!((signal(&desk, &second, "exit SBIN").status, open(&desk).len()), (200, 0));
    let listed = desk.send("admin", "GET", "/api/v1/hooks", "").raw;
    for role in ["viewer", "trader", "risk"] {
        assert_eq!(desk.send(role, "GET", "/api/v1/hooks", "").status, 403, "{role}");
    }
    desk.done("admin", "/api/v1/hooks/tv/remove", "{}");
    assert_eq!(signal(&desk, &second, "buy SBIN").status, 404);
    for verb in ["rotate", "remove"] {
        let reply = desk.send("admin", "POST", &format!("/api/v1/hooks/tv/{verb}"), "{}");
        assert_eq!((reply.status, reply.text("field")), (404, "name"), "{reply:?}");
    }
    let twice = json!({ "name": "a/b", "terms": { "source": "tradingview", "strategy": "x", "account": "y", "quantity": "1" } });
    assert_eq!(desk.send("admin", "POST", "/api/v1/hooks", &twice.to_string()).status, 422);
    let audit = desk.send("viewer", "GET", "/api/v1/audit?limit=500", "").raw;
    desk.stop();
    let secrets = [&first["/hooks/hmh_".len() + 8..], &second["/hooks/hmh_".len() + 8..], canary];
    for secret in secrets {
        assert!(!listed.contains(secret) && !audit.contains(secret), "{secret}");
        for path in crate::day::walk(&desk.folder) {
            let bytes = std::fs::read(&path).unwrap();
            let holds = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!holds, "{} holds {secret}", path.display());
        }
    }
}

#[test]
fn a_hook_that_is_asked_without_end_is_slowed_down_and_no_other_is() {
    let desk = priced("hook-rate");
    let path = hook(&desk, "tv", json!({ "source": "tradingview" }));
    let other = hook(&desk, "other", json!({ "source": "tradingview" }));
    let statuses: Vec<u16> = (0..80).map(|_| signal(&desk, &path, "buy SBIN").status).collect();
    assert!(statuses[..60].iter().all(|status| *status == 200), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(signal(&desk, &other, "exit SBIN").status, 200);
    let record = record(&desk, "tv");
    assert_eq!(record.len(), 2, "what comes again is not done again, and refused once: {record:?}");
}
