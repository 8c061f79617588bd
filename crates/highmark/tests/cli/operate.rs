//! Strategies, trades and rules, changed by hand while a service runs, and what a person is told.

use crate::desk::Desk;
use crate::{folder, highmark, json};
use expect_test::expect_file;

#[test]
fn a_trade_from_its_entry_to_its_exit() {
    let desk = Desk::open("trade");
    desk.prices("26000", "800");
    let told = desk.transcript(&[
        &["trade", "list"],
        &[
            "trade",
            "add",
            "SBIN",
            "--side",
            "buy",
            "--quantity",
            "50",
            "--strategy",
            "Carry",
            "--name",
            "c2",
            "--rule",
            "trail by=20",
        ],
        &["trade", "stop", "c2", "790"],
        &["trade", "target", "c2", "850"],
        &["trade", "stop", "c2", "700"],
        &["trade", "increase", "c2", "--lots", "50"],
        &["trade", "show", "c2"],
        &["trade", "exit", "c2", "--quantity", "40", "--reason", "half is enough"],
        &["trade", "exit", "c2"],
        &["trade", "exit", "c2"],
        &["trade", "re-enter", "c2"],
        &["trade", "roll", "c2", "--into", "NIFTY"],
        &["trade", "list", "Carry", "--all"],
    ]);
    expect_file!["snapshots/operate-trade.txt"].assert_eq(&told);
}

#[test]
fn rules_are_written_as_in_a_scenario() {
    let desk = Desk::open("rule");
    desk.prices("26000", "800");
    let told = desk.transcript(&[
        &["rule", "add", "Momentum", "give_back", "fraction=30%", "arm_at=5000"],
        &[
            "rule",
            "add",
            "m1",
            "stop_loss",
            "from_entry=1%",
            "confirm.wait=5s",
            "--reason",
            "a floor under it",
        ],
        &["rule", "add", "Momentum", "max_los", "amount=5000"],
        &["rule", "add", "Momentum", "trail", "by=20"],
        &["rule", "add", "Momentm", "max_loss", "amount=5000"],
        &["rule", "change", "r1", "by=40"],
        &["rule", "change", "r1", "by=80"],
        &["rule", "loosen", "trail", "of", "m1", "--to", "25900"],
        &["rule", "loosen", "trail", "of", "m1", "--to", "25900", "--reason", "wide opening"],
        &["rule", "list", "Momentum"],
        &["rule", "show", "trail", "of", "m1"],
        &["rule", "remove", "stop_loss", "of", "m1", "--reason", "the trail is enough"],
        &["undo"],
        &["redo"],
        &["undo", "five"],
        &["rule", "list", "m1", "--plain"],
    ]);
    expect_file!["snapshots/operate-rule.txt"].assert_eq(&told);
}

#[test]
fn strategies_accounts_and_instruments() {
    let desk = Desk::open("strategy");
    desk.prices("26000", "800");
    let told = desk.transcript(&[
        &["strategy", "create", "Straddle", "--capital", "750000"],
        &["strategy", "create", "Straddle"],
        &["strategy", "group", "Straddle", "legs"],
        &["strategy", "edit", "Straddle", "--rename", "Strangle"],
        &["strategy", "edit", "Strangle"],
        &["strategy", "margin", "Strangle", "180000"],
        &["account", "open", "watch", "--mode", "tracking", "--balance", "100000"],
        &["account", "list"],
        &[
            "instrument",
            "define",
            "NIFTY26DEC26000CE",
            "--lot",
            "75",
            "--kind",
            "call",
            "--underlying",
            "NIFTY",
            "--expiry",
            "2026-12-31",
        ],
        &["instrument", "mark", "NIFTY26DEC26000CE", "210.5"],
        &["instrument", "list"],
        &[
            "trade",
            "add",
            "NIFTY26DEC26000CE",
            "--side",
            "sell",
            "--lots",
            "2",
            "--strategy",
            "Strangle",
            "--group",
            "legs",
        ],
        &[
            "trade",
            "add",
            "NIFTY26DEC26000CE",
            "--side",
            "sell",
            "--lots",
            "2",
            "--strategy",
            "Strangle",
            "--group",
            "legs",
            "--account",
            "main",
        ],
        &["strategy", "pause", "Strangle", "--reason", "news at 14:00"],
        &[
            "trade",
            "add",
            "SBIN",
            "--side",
            "buy",
            "--quantity",
            "1",
            "--strategy",
            "Strangle",
            "--account",
            "main",
        ],
        &["strategy", "resume", "Strangle"],
        &["strategy", "show", "Strangle"],
        &["strategy", "list"],
        &["strategy", "list", "--plain"],
        &["strategy", "reset", "Strangle"],
    ]);
    expect_file!["snapshots/operate-strategy.txt"].assert_eq(&told);
}

#[test]
fn what_cannot_be_taken_back_wants_its_name() {
    let desk = Desk::open("consent");
    desk.prices("26000", "800");
    let told = desk.transcript(&[
        &["strategy", "exit", "Momentum"],
        &["strategy", "exit", "Momentum", "--yes"],
        &["strategy", "exit", "Momentum", "--yes", "--confirm", "Carry"],
        &["strategy", "exit", "Momentum", "--yes", "--confirm", "Momentum", "--reason", "enough"],
        &["strategy", "exit", "Momentum", "--yes", "--confirm", "Momentum"],
        &["trade", "exit", "c1", "m1"],
        &["trade", "exit", "c1", "m1", "--yes", "--confirm", "c1"],
        &["kill", "status"],
        &["kill", "engage", "--reason", "drill"],
        &["kill", "engage", "--reason", "drill", "--yes"],
        &["kill", "status"],
        &["trade", "add", "SBIN", "--side", "buy", "--quantity", "1", "--strategy", "Carry"],
        &["kill", "release", "--reason", "the drill is over", "--yes"],
        &["kill", "release", "--reason", "the drill is over", "--yes", "--confirm", "kill"],
        &["kill", "status"],
        &["kill", "release", "--reason", "the drill is over", "--yes", "--confirm", "release"],
        &["kill", "status"],
    ]);
    expect_file!["snapshots/operate-consent.txt"].assert_eq(&told);
}

#[test]
fn programs_get_the_turn_and_its_events() {
    let desk = Desk::open("programs");
    desk.prices("26000", "800");
    let answer = desk.json(&["strategy", "pause", "Carry", "--reason", "test"]);
    assert!(answer["turn"].as_u64().unwrap() > 0);
    assert_eq!(answer["events"][1]["accepted"]["what"]["halt"]["reason"], "test");
    assert_eq!(answer["told"][0], "a person halts Carry: test");
    let refused = desk.run(&["trade", "exit", "m9", "--json"]);
    let error = &json(&refused.out)["error"];
    assert_eq!((refused.code, error["code"].as_str()), (3, Some("NOT_FOUND")));
    assert_eq!(
        (error["field"].as_str(), error["hint"].as_str()),
        (Some("trade"), Some("did you mean m1?"))
    );
    let halted =
        ["trade", "add", "SBIN", "--side", "buy", "--quantity", "1", "--strategy", "Carry"];
    let refused = desk.run(&[&halted[..], &["--json"]].concat());
    assert_eq!(refused.code, 4, "{}", refused.out);
    let several = desk.run(&["trade", "exit", "c1", "m1", "--yes", "--confirm", "c1", "--json"]);
    let told = json(&several.out);
    assert_eq!((several.code, told["answers"].as_array().map(Vec::len)), (0, Some(2)));
    let trades = desk.json(&["trade", "list", "--all"]);
    assert_eq!(trades[0]["status"], "closed");
}

#[test]
fn prices_come_as_arguments_and_as_streams() {
    use std::io::Write as _;
    let desk = Desk::open("prices");
    let stream = |text: &str| {
        let mut command = desk.command(&["price", "push", "-", "--json"]);
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        crate::ran(child.wait_with_output().unwrap())
    };
    let good = stream(
        "{\"symbol\":\"SBIN\",\"last\":\"800\"}\n{\"symbol\":\"NIFTY\",\"last\":\"26000.05\",\"bid\":\"26000\"}\n",
    );
    assert_eq!((good.code, json(&good.out)["taken"].as_u64()), (0, Some(2)), "{}", good.err);
    let csv = stream("symbol,last,bid,ask\nSBIN,801,,\nSBIN,eight,,\nSBN,1,,\n");
    assert_eq!((csv.code, json(&csv.out)["refused"].as_u64()), (8, Some(2)), "{}", csv.err);
    assert!(csv.err.contains("line 3: last: `eight`"), "{}", csv.err);
    let marks = desk.json(&["instrument", "list"]);
    assert_eq!(marks[1]["mark"], "801");
    assert_eq!(desk.run(&["price", "push", "SBIN"]).code, 2);
    assert_eq!(desk.run(&["price", "push", "SBI=1"]).code, 3);
}

#[test]
fn a_watch_tells_turns_as_they_become_durable() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::open("watch");
    desk.prices("26000", "800");
    let mut child = desk
        .command(&["watch", "--count", "1"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("watching"), "{line}");
    assert_eq!(desk.run(&["strategy", "pause", "Carry", "--reason", "seen by the watch"]).code, 0);
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("a person halts Carry: seen by the watch"), "{text}");
    let turns = desk.run(&["watch", "--json", "--count", "1"]);
    let turn = json(&turns.out);
    assert!(turn["turn"].is_u64() && turn["events"].is_array(), "{}", turns.out);
}

#[test]
fn without_a_service_nothing_changes_and_lists_are_of_the_journal() {
    let mut desk = Desk::open("alone");
    desk.prices("26000", "800");
    desk.stop();
    let told = desk.transcript(&[
        &["trade", "exit", "m1"],
        &["kill", "engage", "--reason", "x", "--yes"],
        &["strategy", "list"],
        &["trade", "show", "m1"],
        &["kill", "status"],
        &["watch"],
    ]);
    expect_file!["snapshots/operate-alone.txt"].assert_eq(&told);
    let nothing = folder("operate-nothing");
    let state = nothing.join("state");
    let none = highmark(&nothing, &["trade", "list", "--state", state.to_str().unwrap()]);
    assert_eq!(none.code, 3, "{}", none.err);
    assert!(none.err.contains("highmark run"), "{}", none.err);
}

/// A service that dies between a command and its answer leaves nobody in doubt about the doubt.
#[test]
fn an_answer_that_does_not_come_is_told_as_unknown() {
    use std::io::{BufRead, BufReader, Write as _};
    let dir = std::env::temp_dir().join(format!("hm-gone-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let _ = std::fs::remove_file(dir.join("socket"));
    let listener = std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
    let names = "{\"id\":1,\"ok\":{\"instruments\":[],\"accounts\":[],\"strategies\":[{\"id\":0,\"name\":\"X\"}],\"groups\":[],\"trades\":[],\"rules\":[]}}\n";
    let service = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        reader.read_line(&mut String::new()).unwrap();
        (&stream).write_all(names.as_bytes()).unwrap();
        let mut asked = String::new();
        reader.read_line(&mut asked).unwrap();
        asked
    });
    let state = dir.to_str().unwrap();
    let ran = highmark(&dir, &["strategy", "pause", "X", "--state", state]);
    let asked = service.join().unwrap();
    assert!(asked.contains("\"halt\""), "{asked}");
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(ran.err.contains("may have been done, or not"), "{}", ran.err);
    assert!(ran.err.contains("look before you ask again"), "{}", ran.err);
    std::fs::remove_dir_all(&dir).unwrap();
}
