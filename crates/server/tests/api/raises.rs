//! What loosens is done in two steps: asked for by one, confirmed by another.

use crate::service::Desk;
use serde_json::{Value, json};

const CONFIRM: &str = r#"{"confirm":"raise"}"#;

fn priced(name: &str) -> Desk {
    let desk = Desk::open(name);
    let body = r#"{"prices":[{"symbol":"NIFTY","last":"26000"},{"symbol":"SBIN","last":"800"}]}"#;
    desk.done("trader", "/api/v1/prices", body);
    desk
}

fn limit(desk: &Desk) -> String {
    desk.get("/api/v1/rules/0")["draft"].to_string()
}

#[test]
fn a_limit_is_lowered_at_once_and_raised_by_two() {
    let desk = priced("raise");
    let change = |amount: u32| {
        let body = json!({ "rule": format!("max_loss amount={amount} force=true"), "on_trade": false, "reason": "so" });
        desk.send("risk", "POST", "/api/v1/rules/0/change", &body.to_string())
    };
    assert_eq!(change(14_000).status, 200);
    let stood = (desk.standing(), limit(&desk));
    let asked = change(20_000);
    assert_eq!(
        (asked.status, asked.text("code"), &asked.body["raise"]),
        (409, "CONFIRM", &json!(1))
    );
    assert_eq!(stood, (desk.standing(), limit(&desk)), "what was only asked for was done");
    let raises = desk.get("/api/v1/raises")["raises"].clone();
    let what = raises[0]["what"].as_str().unwrap();
    assert!(
        what.contains("14,000") && what.contains("20,000") && what.contains("Momentum"),
        "{what}"
    );
    assert_eq!((&raises[0]["by"], &raises[0]["reason"]), (&json!("api:risk"), &json!("so")));
    let confirm = |role: &str, body: &str| {
        let reply = desk.send(role, "POST", "/api/v1/raises/1/confirm", body);
        (reply.status, reply.text("code").to_owned(), reply.text("field").to_owned())
    };
    let refused =
        |status: u16, code: &str, field: &str| (status, code.to_owned(), field.to_owned());
    assert_eq!(confirm("trader", CONFIRM), refused(403, "FORBIDDEN", "Authorization"));
    assert_eq!(confirm("risk", CONFIRM), refused(409, "TOO_SOON", "id"));
    assert_eq!(confirm("admin", r#"{"confirm":"yes"}"#), refused(422, "BAD_FIELD", "confirm"));
    assert_eq!(stood.1, limit(&desk));
    assert_eq!(confirm("admin", CONFIRM), refused(200, "", ""));
    assert!(limit(&desk).contains("20000"));
    assert_eq!(confirm("admin", CONFIRM), refused(404, "NOT_FOUND", "id"));
    let audit = desk.get("/api/v1/audit?limit=500").to_string();
    for said in ["raise 1 is asked for", "raise 1, asked for by api:risk, is confirmed", "20,000"] {
        assert!(audit.contains(said), "{said}: {audit}");
    }
}

/// It was refused with `WOULD_LOOSEN`, and the hint to force what nobody could force but by words of the rule.
#[test]
fn a_change_that_loosens_is_refused_for_want_of_force() {
    let desk = priced("raise-forced");
    let change = |amount: u32, reason: &str| {
        let rule = format!("max_loss amount={amount}");
        let body = json!({ "rule": rule, "on_trade": false, "reason": reason });
        desk.send("risk", "POST", "/api/v1/rules/0/change", &body.to_string())
    };
    let stood = limit(&desk);
    assert_ne!(change(20_000, "").status, 200, "it is loosened without a reason");
    assert_eq!(change(20_000, "so").text("code"), "CONFIRM");
    assert_eq!(stood, limit(&desk));
    desk.done("admin", "/api/v1/raises/1/confirm", CONFIRM);
    assert!(limit(&desk).contains("20000"));
    assert_eq!(change(19_000, "so").status, 200);
}

#[test]
fn a_raise_of_what_was_changed_since_is_not_done_and_one_that_is_given_up_is_gone() {
    let desk = priced("raise-late");
    let change = |amount: u32| {
        let body = json!({ "rule": format!("max_loss amount={amount} force=true"), "on_trade": false, "reason": "so" });
        desk.send("risk", "POST", "/api/v1/rules/0/change", &body.to_string())
    };
    assert_eq!(change(20_000).text("code"), "CONFIRM");
    assert_eq!(change(9_000).status, 200, "it was tightened meanwhile");
    let late = desk.send("admin", "POST", "/api/v1/raises/1/confirm", CONFIRM);
    assert_eq!((late.status, late.text("code")), (412, "CHANGED"), "{late:?}");
    assert!(limit(&desk).contains("9000"));
    assert_eq!(change(10_000).body["raise"], 2);
    desk.done("risk", "/api/v1/raises/2/cancel", "{}");
    assert_eq!(desk.send("admin", "POST", "/api/v1/raises/2/confirm", CONFIRM).status, 404);
    assert_eq!(desk.get("/api/v1/raises")["raises"], json!([]));
    assert!(limit(&desk).contains("9000"));
}

/// Whatever comes to the same is a raise too: an undo of what tightened, a removal, a larger capital.
#[test]
fn no_way_around_loosens_at_once() {
    let desk = priced("raise-around");
    let rule = |body: Value| desk.done("trader", "/api/v1/rules", &body.to_string());
    let code = |path: &str, body: Value| {
        let reply = desk.send("risk", "POST", path, &body.to_string());
        (reply.status, reply.text("code").to_owned())
    };
    let asks = (409, "CONFIRM".to_owned());
    rule(json!({ "on": "strategy", "id": 1, "rule": "max_loss amount=5000", "reason": "so" }));
    assert_eq!(code("/api/v1/undo", json!({})), asks);
    rule(
        json!({ "on": "strategy", "id": 0, "rule": "{ max_loss = { amount = \"2% of capital\" } }", "reason": "so" }),
    );
    assert_eq!(code("/api/v1/strategies/0/edit", json!({ "capital": "600000" })), asks);
    assert_eq!(code("/api/v1/strategies/0/edit", json!({ "name": "Other" })), (200, String::new()));
    // The stop of the first trade, which trails by 60.
    let stop = desk.get("/api/v1/trades/0")["rules"][0].clone();
    assert_eq!(desk.get("/api/v1/trades/0")["stop"], "25940");
    assert_eq!(code(&format!("/api/v1/rules/{stop}/remove"), json!({ "reason": "so" })), asks);
    let loosen = format!("/api/v1/rules/{stop}/loosen");
    assert_eq!(
        code(&loosen, json!({ "to": "25990", "reason": "so" })).0,
        422,
        "that would tighten"
    );
    assert_eq!(desk.get("/api/v1/trades/0")["stop"], "25940");
    desk.raised(&loosen, r#"{"to":"25900","reason":"news"}"#);
    assert_eq!(desk.get("/api/v1/trades/0")["stop"], "25900");
    // A target protects nothing, and an alert neither.
    for words in ["target amount=90000", "max_loss amount=4000 action=alert"] {
        rule(json!({ "on": "strategy", "id": 1, "rule": words, "reason": "so" }));
        let rules = desk.get("/api/v1/rules?limit=500")["rules"].clone();
        let last = rules.as_array().unwrap().last().unwrap()["rule"]["rule"].clone();
        let removed = code(&format!("/api/v1/rules/{last}/remove"), json!({ "reason": "so" }));
        assert_eq!(removed, (200, String::new()), "{words}");
    }
}

#[test]
fn a_strategy_that_was_shut_down_trades_again_when_two_want_it() {
    let desk = priced("raise-reset");
    let body = json!({ "on": "strategy", "id": 1, "rule": "max_loss amount=500", "reason": "so" });
    desk.done("trader", "/api/v1/rules", &body.to_string());
    let early = desk.send("risk", "POST", "/api/v1/strategies/1/reset", r#"{"reason":"so"}"#);
    assert_eq!(early.status, 409, "{early:?}");
    assert_ne!(early.text("code"), "CONFIRM", "there is nothing to reset");
    // A short of 100 SBIN loses 1,000.
    desk.done("trader", "/api/v1/prices", r#"{"prices":[{"symbol":"SBIN","last":"810"}]}"#);
    let state = || desk.get("/api/v1/strategies/1")["state"].as_str().unwrap().to_owned();
    let enter =
        json!({ "strategy": 1, "account": 0, "instrument": 1, "side": "buy", "quantity": "1" });
    let enters = || desk.send("trader", "POST", "/api/v1/trades", &enter.to_string()).status;
    assert_ne!(state(), "active");
    assert_eq!(enters(), 409);
    desk.raised("/api/v1/strategies/1/reset", r#"{"reason":"it was the feed"}"#);
    assert_eq!(state(), "active");
    assert_eq!(enters(), 200);
}

/// It was forgotten by a restart, and had to be asked for again.
#[test]
fn what_was_asked_for_is_still_there_after_a_restart() {
    let mut desk = priced("raise-kept");
    let asked = |desk: &Desk, amount: u32| {
        let rule = format!("max_loss amount={amount} force=true");
        let body = json!({ "rule": rule, "on_trade": false, "reason": "so" }).to_string();
        let asked = desk.send("risk", "POST", "/api/v1/rules/0/change", &body);
        assert_eq!((asked.status, asked.text("code")), (409, "CONFIRM"), "{asked:?}");
        asked.body["raise"].clone()
    };
    assert_eq!(asked(&desk, 20_000), json!(1));
    assert_eq!(asked(&desk, 30_000), json!(2));
    desk.done("risk", "/api/v1/raises/2/cancel", "{}");
    let (stood, waits) = (limit(&desk), desk.get("/api/v1/raises"));
    desk.start_again();
    assert_eq!((&stood, &waits), (&limit(&desk), &desk.get("/api/v1/raises")));
    let confirm = |role: &str, id: u32| {
        desk.send(role, "POST", &format!("/api/v1/raises/{id}/confirm"), CONFIRM).status
    };
    assert_eq!((confirm("risk", 1), confirm("admin", 2)), (409, 404));
    assert_eq!(confirm("admin", 1), 200);
    assert!(limit(&desk).contains("20000"));
    assert_eq!(asked(&desk, 40_000), json!(3));
    desk.start_again();
    assert_eq!(desk.get("/api/v1/raises")["raises"].as_array().unwrap().len(), 1);
}
