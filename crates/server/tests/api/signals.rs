//! Signals one after another: which of them come again, what leaves, what turns round, and what goes on after a restart.

use crate::hooks::{hook, open, post, priced, record_with, signal};
use crate::service::{Desk, Reply};
use serde_json::{Value, json};

/// A signal as a line of text.
fn said(desk: &Desk, path: &str, text: &str) -> Reply {
    post(desk, path, "Content-Type: text/plain; charset=utf-8\r\n", text)
}

/// The status of a signal, and how many trades of hooks are open after it.
fn after(desk: &Desk, path: &str, text: &str) -> (u16, usize) {
    (said(desk, path, text).status, open(desk).len())
}

/// Side and open quantity of each trade of a hook.
fn sides(desk: &Desk) -> Vec<(String, String)> {
    let text = |trade: &Value, field: &str| trade[field].as_str().unwrap().to_owned();
    open(desk).iter().map(|trade| (text(trade, "side"), text(trade, "open"))).collect()
}

fn one(side: &str, quantity: &str) -> Vec<(String, String)> {
    vec![(side.to_owned(), quantity.to_owned())]
}

fn told(reply: &Reply) -> Vec<String> {
    serde_json::from_value(reply.body["wishes"][0]["told"].clone()).unwrap()
}

#[test]
fn an_id_is_of_one_word_for_one_symbol() {
    let mut desk = priced("hook-ids");
    let terms = json!({ "source": "tradingview", "quantity": "75", "trades": 2 });
    let path = hook(&desk, "tv", terms);
    assert_eq!(after(&desk, &path, "buy SBIN id=a"), (200, 1));
    assert_eq!(after(&desk, &path, "buy NSE:SBIN 80 id=a"), (200, 1), "it comes again");
    assert_eq!(after(&desk, &path, "buy NIFTY id=a"), (200, 2));
    assert_eq!(after(&desk, &path, "exit SBIN id=a"), (200, 1));
    assert_eq!(after(&desk, &path, "sell NIFTY id=a"), (200, 0));
    desk.start_again();
    for text in ["buy SBIN id=a", "buy NIFTY id=a", "exit SBIN id=a"] {
        assert_eq!(after(&desk, &path, text), (200, 0), "{text} comes again after a restart");
    }
}

#[test]
fn a_text_is_remembered_until_its_symbol_has_another_signal() {
    let mut desk = priced("hook-texts");
    let terms = json!({
        "source": "tradingview", "quantity": "75", "trades": 2, "exit": "strategy",
        "repeat_s": 86_400,
    });
    let path = hook(&desk, "tv", terms);
    assert_eq!(after(&desk, &path, "exit SBIN"), (200, 0));
    assert_eq!(after(&desk, &path, "buy SBIN"), (200, 1));
    // What is of another symbol, and what comes again itself, lets it be.
    assert_eq!(after(&desk, &path, "buy NIFTY"), (200, 2));
    assert_eq!(after(&desk, &path, "buy SBIN"), (200, 2));
    assert_eq!(after(&desk, &path, "exit SBIN"), (200, 1));
    assert_eq!(after(&desk, &path, "exit_all"), (200, 0));
    assert_eq!(after(&desk, &path, "buy SBIN id=a"), (200, 1));
    desk.start_again();
    assert_eq!(after(&desk, &path, "exit_all"), (200, 0), "one with an id came in between");
    assert_eq!(after(&desk, &path, "exit_all"), (200, 0));
    assert_eq!(after(&desk, &path, "buy SBIN"), (200, 1));
    desk.start_again();
    assert_eq!(after(&desk, &path, "buy SBIN"), (200, 1), "it comes again after a restart");
    assert_eq!(after(&desk, &path, "exit SBIN"), (200, 0));
}

#[test]
fn a_strategy_that_turns_round_has_one_trade_of_its_new_size() {
    let desk = priced("hook-turns");
    let terms = json!({
        "source": "tradingview", "strategy": "Carry", "quantity": null, "most": "150", "sell": "open",
    });
    let path = hook(&desk, "tv", terms);
    let own = "RSI: order buy @ 150 filled on NIFTY. New strategy position is 75";
    assert_eq!((said(&desk, &path, own).status, sides(&desk)), (200, one("buy", "75")));
    let own = "RSI: order sell @ 150 filled on NIFTY. New strategy position is -75";
    assert_eq!((said(&desk, &path, own).status, sides(&desk)), (200, one("sell", "75")));
    let message = r#"{"action":"buy","ticker":"NSE:NIFTY","contracts":"150","market_position":"long","market_position_size":"75"}"#;
    assert_eq!((signal(&desk, &path, message).status, sides(&desk)), (200, one("buy", "75")));
    // Another buy is refused, and a sell without a word about the position stands beside.
    assert_eq!(said(&desk, &path, "buy NIFTY 75 id=1").text("code"), "ALREADY_OPEN");
    assert_eq!(after(&desk, &path, "sell NIFTY 75 id=2"), (200, 2));
    assert_eq!(after(&desk, &path, "exit NIFTY id=3"), (200, 0));
    // What was on the other side leaves also when nothing may be entered.
    assert_eq!(after(&desk, &path, "buy NIFTY 75 id=4"), (200, 1));
    desk.done("trader", "/api/v1/strategies/1/halt", r#"{"reason":"news"}"#);
    let turned = said(&desk, &path, "sell NIFTY 75 market_position=short id=5");
    assert_eq!((turned.status, open(&desk).len()), (200, 0), "{turned:?}");
    assert_eq!(turned.body["wishes"][0]["refused"]["code"], "HALTED", "{turned:?}");
}

#[test]
fn a_hook_that_may_not_exit_does_not_turn_round() {
    let desk = priced("hook-keeps");
    let terms = json!({ "source": "tradingview", "sell": "open", "exit": "nothing" });
    let path = hook(&desk, "tv", terms);
    assert_eq!(after(&desk, &path, "buy SBIN market_position=long"), (200, 1));
    let turned = said(&desk, &path, "sell SBIN market_position=short");
    assert_eq!((turned.status, turned.text("code")), (403, "HOOK_FORBIDS"), "{turned:?}");
    assert_eq!(sides(&desk), one("buy", "10"));
}

#[test]
fn an_exit_is_of_the_side_and_of_as_much_as_it_says() {
    let desk = priced("hook-part");
    let terms = json!({
        "source": "tradingview", "quantity": null, "most": "100", "trades": 2, "exit": "strategy",
    });
    let path = hook(&desk, "tv", terms);
    assert_eq!(after(&desk, &path, "buy SBIN 75 id=1"), (200, 1));
    for (number, word) in ["cover", "exit_short"].into_iter().enumerate() {
        let reply = said(&desk, &path, &format!("{word} SBIN id=c{number}"));
        assert_eq!((reply.status, sides(&desk)), (200, one("buy", "75")), "{word}: {reply:?}");
        assert!(told(&reply)[0].contains("nothing is open"), "{reply:?}");
    }
    assert_eq!((said(&desk, &path, "exit SBIN 30").status, sides(&desk)), (200, one("buy", "45")));
    assert_eq!(after(&desk, &path, "buy SBIN 10 id=2"), (200, 2));
    let several = said(&desk, &path, "exit SBIN 30 id=3");
    assert_eq!((several.status, several.text("code")), (409, "SEVERAL_OPEN"), "{several:?}");
    let lots = said(&desk, &path, "exit NIFTY 30");
    assert_eq!((lots.status, lots.text("code")), (422, "BAD_QUANTITY"), "{lots:?}");
    // A quantity that says nothing keeps nothing from being exited.
    assert_eq!(after(&desk, &path, "sell SBIN 1,500"), (200, 0));
    assert_eq!(after(&desk, &path, "buy SBIN 10 id=4"), (200, 1));
    assert_eq!(after(&desk, &path, "exit_long SBIN 0"), (200, 0));
    assert_eq!(said(&desk, &path, "buy SBIN 1,500").text("code"), "BAD_SIGNAL");
    // Where the hook has the quantity, that of a signal says nothing.
    let fixed = hook(&desk, "fixed", json!({ "source": "tradingview" }));
    assert_eq!(after(&desk, &fixed, "buy SBIN 1"), (200, 1));
    assert_eq!(after(&desk, &fixed, "sell SBIN 1"), (200, 0));
}

#[test]
fn an_exit_of_all_goes_shorts_first() {
    let desk = priced("hook-order");
    for (side, quantity) in [("buy", "10"), ("sell", "20"), ("buy", "30")] {
        let body = json!({
            "strategy": 1, "account": 0, "instrument": 1, "side": side, "quantity": quantity,
        });
        desk.done("trader", "/api/v1/trades", &body.to_string());
    }
    let terms = json!({ "source": "tradingview", "strategy": "Carry", "exit": "strategy" });
    let path = hook(&desk, "tv", terms);
    let exited = said(&desk, &path, "exit_all");
    assert_eq!(exited.status, 200, "{exited:?}");
    let told = told(&exited);
    let trades = told.iter().filter_map(|line| line.split_once(" exits: a person asked"));
    assert_eq!(trades.map(|(trade, _)| trade).collect::<Vec<_>>(), ["c1", "t3", "t2", "t4"]);
    assert_eq!(desk.get("/api/v1/status")["system"]["open_trades"], 1);
}

#[test]
fn entries_without_end_keep_no_exit_out_and_those_who_may_not_keep_nobody() {
    let desk = priced("hook-burst");
    let path = hook(&desk, "tv", json!({ "source": "tradingview" }));
    let entries = (0..80).map(|number| said(&desk, &path, &format!("buy SBIN id={number}")).status);
    let entries: Vec<u16> = entries.collect();
    assert_eq!(entries[0], 200);
    assert!(entries[1..60].iter().all(|status| *status == 409), "{entries:?}");
    assert!(entries.contains(&429), "{entries:?}");
    assert_eq!(after(&desk, &path, "exit SBIN"), (200, 0));
    let record = record_with(&desk, "tv", "TOO_OFTEN");
    let refused = record.iter().filter(|event| event.contains("TOO_OFTEN")).count();
    assert_eq!(refused, 1, "{record:?}");
    let named = hook(&desk, "named", json!({ "source": "tradingview", "from": ["10.0.0.0/8"] }));
    for _ in 0..80 {
        assert_eq!(said(&desk, &named, "buy SBIN").text("code"), "BAD_SOURCE");
    }
    let theirs = post(&desk, &named, "X-Forwarded-For: 10.1.2.3\r\n", "buy SBIN");
    assert_eq!((theirs.status, open(&desk).len()), (200, 1), "{theirs:?}");
}

#[test]
fn an_exit_that_was_cut_off_is_done_when_it_comes_again() {
    let mut desk = priced("hook-cut");
    let terms =
        json!({ "source": "tradingview", "quantity": null, "most": "10", "exit": "strategy" });
    let path = hook(&desk, "tv", terms);
    for text in
        ["exit SBIN id=exit", "exit_all id=all", "buy SBIN 10 id=buy", "exit SBIN 4 id=part"]
    {
        assert_eq!(said(&desk, &path, text).status, 200, "{text}");
    }
    assert_eq!(sides(&desk), one("buy", "6"));
    desk.stop();
    // As the file is left by a process that ends before it has answered.
    let file = desk.folder.join("api-signals.ndjson");
    let lines = std::fs::read_to_string(&file).unwrap();
    let cut = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        // Or by one whose journal had stopped.
        line["given"] = match line["key"].as_str().unwrap().starts_with("id all") {
            true => json!({ "answer": { "status": 503, "kind": "", "body": "" } }),
            false => json!("nothing"),
        };
        format!("{line}\n")
    });
    std::fs::write(&file, cut.collect::<String>()).unwrap();
    desk.start_again();
    // An entry may have been done, and a part may have left: neither is done a second time.
    for text in ["buy SBIN 10 id=buy", "exit SBIN 4 id=part"] {
        let cut = said(&desk, &path, text);
        assert_eq!((cut.status, cut.text("code")), (503, "CUT_OFF"), "{text}: {cut:?}");
    }
    assert_eq!(sides(&desk), one("buy", "6"));
    let exit = said(&desk, &path, "exit SBIN id=exit");
    assert_eq!((exit.status, open(&desk).len()), (200, 0), "{exit:?}");
    assert_eq!(said(&desk, &path, "exit SBIN id=exit").body, exit.body, "and then no more");
    assert_eq!(said(&desk, &path, "exit_all id=all").status, 200);
    desk.start_again();
    assert_eq!(said(&desk, &path, "exit SBIN id=exit").body, exit.body);
}
