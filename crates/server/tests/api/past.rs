//! What is told of the past: why and why not, reports, curves, alerts, and jobs that decide it again.

use crate::service::{Desk, Reply};
use serde_json::{Value, json};

fn push(desk: &Desk, nifty: &str, sbin: &str) -> Value {
    let prices = json!({ "prices": [
        { "symbol": "NIFTY", "last": nifty }, { "symbol": "SBIN", "last": sbin },
    ] });
    desk.done("trader", "/api/v1/prices", &prices.to_string())
}

/// A day on which m1 rises, falls through its trail and exits, while c1 stays.
fn day(name: &str) -> (Desk, u64) {
    let desk = Desk::open(name);
    push(&desk, "26000", "800");
    push(&desk, "26100", "800");
    let exited = push(&desk, "26030", "799.5");
    (desk, exited["turn"].as_u64().unwrap())
}

fn look(desk: &Desk, path: &str) -> Reply {
    desk.send("viewer", "GET", path, "")
}

#[test]
fn a_trade_that_has_not_exited_is_told_why_not() {
    let desk = Desk::open("whynot");
    push(&desk, "26000", "800");
    push(&desk, "26000", "800");
    let told = desk.get("/api/v1/explain/m1");
    assert_eq!((&told["subject"], &told["id"]), (&json!("m1"), &json!("t0")));
    let trail = &told["rules"][0];
    assert_eq!((&trail["kind"], &trail["fired"]), (&json!("trail"), &json!(false)));
    assert_eq!(trail["waits_for"], "level");
    assert_eq!(
        trail["sentence"],
        "it fires when the mark reaches 25,940.00; the mark is 26,000.00: 60 points away, ₹4,500.00"
    );
    assert_eq!(trail["compared"]["level"], "25940");
    assert_eq!((&trail["room"], &trail["room_x4"]), (&json!("4500"), &json!(45_000_000)));
    let wider = told["wider"].as_array().unwrap();
    assert_eq!(wider[0]["kind"], "max_loss");
    assert!(told["text"].as_str().unwrap().contains("m1 (t0) at "), "{told}");
    assert!(told["text"].as_str().unwrap().contains("and from farther away"), "{told}");
    // A rule by its id, a strategy by its name with a blank in the address, all of it.
    let id = trail["id"].as_str().unwrap();
    assert_eq!(desk.get(&format!("/api/v1/explain/{id}"))["rules"][0]["id"], trail["id"]);
    assert_eq!(desk.get("/api/v1/explain/Momentum")["scope"]["mtm"], "0");
    assert_eq!(desk.get("/api/v1/explain/system")["id"], "system");
}

#[test]
fn an_exit_is_told_with_the_numbers_that_were_compared() {
    let (desk, exit) = day("why");
    let told = desk.get("/api/v1/explain/t0");
    let trail = &told["rules"][0];
    assert_eq!(trail["fired"], true, "{told}");
    let compared = &trail["compared"];
    assert_eq!(
        (&compared["mark"], &compared["level"], &compared["best"]),
        (&json!("26030"), &json!("26040"), &json!("26100"))
    );
    assert_eq!(told["trade"]["reason"], "trail");
    assert_eq!(told["trade"]["pnl"], "2250");
    let kinds: Vec<&str> = told["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"exit"), "{told}");

    // The same by the turn in which it was decided.
    let turn = desk.get(&format!("/api/v1/events/{exit}/explain"));
    assert_eq!(turn["seq"], exit);
    assert!(turn["told"].to_string().contains("m1 exits: trail at 26,040.00"), "{turn}");
    assert_eq!(turn["about"][0]["id"], "t0");
    assert_eq!(turn["about"][0]["rules"][0]["fired"], true);
    let decided =
        turn["events"].as_array().unwrap().iter().find(|one| one["exit_decided"].is_object());
    assert_eq!(decided.unwrap()["exit_decided"]["cause"]["level"], "26040");
}

#[test]
fn what_cannot_be_explained_is_refused_with_a_hint() {
    let (desk, _) = day("unexplained");
    for (path, status, code, field) in [
        ("/api/v1/explain/Momentun", 404, "NOT_FOUND", "about"),
        ("/api/v1/explain/t99", 404, "NOT_FOUND", "about"),
        ("/api/v1/explain/m1?at=25:00", 422, "BAD_FIELD", "at"),
        ("/api/v1/explain/m1?when=13:00", 422, "BAD_FIELD", "when"),
        ("/api/v1/explain/m1?at=13:00&at=13:00", 422, "BAD_FIELD", "at"),
        ("/api/v1/events/999999/explain", 404, "NOT_FOUND", "seq"),
        ("/api/v1/events/0/explain", 404, "NOT_FOUND", "seq"),
        ("/api/v1/events/-1/explain", 404, "NOT_FOUND", "seq"),
        ("/api/v1/reports/yesterday", 422, "BAD_FIELD", "day"),
        ("/api/v1/reports/1999-01-01", 404, "NOT_FOUND", "day"),
        ("/api/v1/reports/today?format=xml", 422, "BAD_FIELD", "format"),
        ("/api/v1/strategies/9/curve", 404, "NOT_FOUND", "id"),
        ("/api/v1/strategies/0/curve?columns=1", 422, "BAD_FIELD", "columns"),
        ("/api/v1/rules/preview?on=strategy&id=0", 422, "BAD_FIELD", "rule"),
        ("/api/v1/rules/preview?on=desk&rule=max_loss%20amount=1", 422, "BAD_FIELD", "on"),
        (
            "/api/v1/rules/preview?on=strategy&id=0&rule=max_los%20amount=1",
            422,
            "BAD_FIELD",
            "rule",
        ),
        ("/api/v1/alerts?after=99999999", 422, "BAD_FIELD", "after"),
        ("/api/v1/jobs/7", 404, "NOT_FOUND", "id"),
    ] {
        let reply = look(&desk, path);
        let told = (reply.status, reply.text("code"), reply.text("field"));
        assert_eq!(told, (status, code, field), "{path}: {reply:?}");
        assert!(!reply.text("hint").is_empty(), "{path}");
    }
    let near = look(&desk, "/api/v1/explain/Momentun");
    assert_eq!(near.text("hint"), "did you mean Momentum?");
}

#[test]
fn a_rule_is_looked_at_before_it_is_set() {
    let desk = Desk::open("preview");
    push(&desk, "26000", "800");
    let before = asked_for(&desk);
    let ask = |query: &str| desk.get(&format!("/api/v1/rules/preview?{query}"));
    let trail = ask("on=trade&id=0&rule=trail+by=40");
    assert_eq!((&trail["valid"], &trail["scope"]), (&json!(true), &json!("m1")), "{trail}");
    assert_eq!(trail["words"], "trail by 40 points");
    assert_eq!(trail["rule"]["compared"]["level"], "25960");
    let warnings = trail["warnings"].to_string();
    assert!(warnings.contains("stands there too: trail by 60 points"), "{trail}");
    assert!(warnings.contains("the price that is got may be worse"), "{trail}");
    // What the engine would refuse, with its code.
    let through = ask("on=trade&id=0&rule=stop_loss%20price=26500");
    assert_eq!((&through["valid"], &through["rule"]), (&json!(false), &json!(null)), "{through}");
    assert_eq!(through["refusal"]["code"], "WOULD_TRIGGER");
    let alert = ask("on=strategy&id=0&rule=give_back+fraction=30%25+arm_at=5000+action=alert");
    assert!(alert["warnings"].to_string().contains("it only alerts"), "{alert}");
    assert!(alert["warnings"].to_string().contains("it protects nothing yet"), "{alert}");
    assert_eq!(alert["rule"]["waits_for"], "arming_money");
    // Nothing was changed by looking.
    assert_eq!(asked_for(&desk), before);
    assert_eq!(desk.get("/api/v1/trades/0")["rules"].as_array().unwrap().len(), 1);
}

#[test]
fn a_day_is_told_as_a_report_and_as_a_curve() {
    let (desk, _) = day("report");
    let report = desk.get("/api/v1/reports/today");
    assert_eq!(report["strategies"][0]["mtm"], "2250", "{report}");
    assert_eq!(report["strategies"][0]["mtm_x4"], 22_500_000);
    assert_eq!(report["trades"].as_array().unwrap().len(), 2);
    assert_eq!(report["ticks"], 6);
    let date = report["from"].as_str().unwrap().get(..10).unwrap();
    let named = desk.get(&format!("/api/v1/reports/{date}"));
    assert_eq!(named["trades"], report["trades"]);
    let csv = look(&desk, "/api/v1/reports/today?format=csv");
    assert!(csv.head.contains("content-type: text/csv"), "{csv:?}");
    assert!(csv.raw.starts_with("id,name,generation,"), "{csv:?}");
    assert!(csv.raw.lines().any(|line| line.starts_with("t0,m1,") && line.contains(",2250,")));

    let curve = desk.get("/api/v1/strategies/0/curve?columns=50");
    let list = |name: &str| {
        let all = curve[name].as_array().unwrap().iter().map(Value::as_i64);
        all.collect::<Vec<_>>()
    };
    // The highest and the last are there, however few columns there are.
    assert_eq!(list("high_x4").into_iter().max(), Some(Some(75_000_000)), "{curve}");
    assert_eq!(list("last_x4").last(), Some(&Some(22_500_000)));
    assert_eq!(list("peak_x4").last(), Some(&Some(75_000_000)));
    assert_eq!(list("floor_x4").last(), Some(&Some(-150_000_000)));
    let columns = list("at_ns");
    assert!(columns.len() <= 50 && columns.is_sorted(), "{curve}");
    for name in ["first_x4", "low_x4", "high_x4", "last_x4", "peak_x4", "floor_x4", "carried_x4"] {
        assert_eq!(list(name).len(), columns.len(), "{name}");
    }
    assert!(curve["marks"].to_string().contains("m1 exits"), "{curve}");
}

#[test]
fn alerts_are_told_and_what_came_after() {
    let desk = Desk::open("alerts");
    push(&desk, "26000", "800");
    assert_eq!(desk.get("/api/v1/alerts")["alerts"], json!([]));
    let killed = desk.done("trader", "/api/v1/kill", r#"{"reason":"drill"}"#);
    // A kill is answered before it is on the disk, and told of after.
    let alerts = loop {
        let alerts = desk.get("/api/v1/alerts");
        if alerts["alerts"] != json!([]) {
            break alerts;
        }
        std::thread::yield_now();
    };
    let last = alerts["alerts"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["seq"]), (&json!("kill"), &killed["turn"]), "{alerts}");
    assert_eq!(last["scope"], "system");
    let seq = killed["turn"].as_u64().unwrap();
    let later = desk.get(&format!("/api/v1/alerts?after={seq}"));
    assert_eq!(later["alerts"], json!([]));
    let same = desk.get(&format!("/api/v1/alerts?after={}", seq - 1));
    assert_eq!(same["alerts"], alerts["alerts"]);
    assert!(later["alarms"].is_array());
}

/// What anybody asked for. Turns come with time as well.
fn asked_for(desk: &Desk) -> Value {
    desk.get("/api/v1/audit?limit=500")["events"].take()
}

/// Starts a job and asks until it has ended.
fn job(desk: &Desk, body: Value) -> Value {
    let started = desk.send("trader", "POST", "/api/v1/jobs", &body.to_string());
    assert_eq!(started.status, 202, "{body}: {started:?}");
    loop {
        let job = desk.get(&format!("/api/v1/jobs/{}", started.body["id"]));
        if job["state"] != "running" {
            return job;
        }
        std::thread::yield_now();
    }
}

#[test]
fn jobs_decide_the_record_again_and_change_nothing() {
    let (desk, exit) = day("jobs");
    let stood = (desk.standing(), asked_for(&desk));
    let replayed = job(&desk, json!({ "job": "replay" }));
    assert_eq!((&replayed["state"], &replayed["found"]["same"]), (&json!("done"), &json!(true)));
    assert!(replayed["found"]["turns"].as_u64().unwrap() >= exit, "{replayed}");

    // With a wider trail m1 would still be open.
    let wider = job(&desk, json!({ "job": "what_if", "sets": ["trail.by.points=80"] }));
    let found = &wider["found"];
    assert_eq!((&wider["state"], &found["altered"]), (&json!("done"), &json!(1)), "{wider}");
    let trade = &found["difference"]["trades"][0];
    assert_eq!(trade["before"]["reason"], "trail");
    assert_eq!(
        (&trade["after"]["status"], &trade["after"]["exit"]),
        (&json!("open"), &json!(null))
    );
    assert!(found["first"].to_string().contains("exit_decided"), "{found}");

    // With a tighter limit c1 would have left.
    let rule = json!({ "job": "rule", "on": "strategy", "id": 1, "rule": "target amount=40" });
    let tried = job(&desk, rule);
    assert_eq!(tried["found"]["rule"]["fired"], true, "{tried}");
    assert_eq!(tried["found"]["difference"]["trades"][0]["name"], "c1");

    let nothing = job(&desk, json!({ "job": "what_if", "sets": ["ladder.rungs=3"] }));
    assert_eq!(
        (&nothing["state"], &nothing["problem"]["code"]),
        (&json!("failed"), &json!("NOT_FOUND"))
    );
    let all = desk.get("/api/v1/jobs");
    assert_eq!(all["jobs"].as_array().unwrap().len(), 4, "{all}");
    let ended = desk.done("trader", "/api/v1/jobs/1/cancel", "{}");
    assert_eq!(ended["state"], "done", "what has ended stays as it is");
    for wrong in [
        json!({ "job": "replay", "sets": ["trail.by.points=80"] }),
        json!({ "job": "what_if" }),
        json!({ "job": "rule", "on": "system", "id": 3, "rule": "max_loss amount=5" }),
        json!({ "job": "sweep" }),
    ] {
        let refused = desk.send("trader", "POST", "/api/v1/jobs", &wrong.to_string());
        assert_eq!((refused.status, refused.text("code")), (422, "BAD_FIELD"), "{wrong}");
    }
    assert_eq!(stood, (desk.standing(), asked_for(&desk)));
}
