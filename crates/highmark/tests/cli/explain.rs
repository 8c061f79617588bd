//! Why it fired, and why it has not.

use crate::{folder, highmark, json, sample};
use expect_test::expect_file;

#[test]
fn a_trade_that_a_stop_ended() {
    let state = folder("explain-fired");
    sample(&state, &state.join("run"), &[]);
    let ran = highmark(&state, &["explain", "t1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    expect_file!["snapshots/explain-stop.txt"].assert_eq(&ran.out);
}

#[test]
fn a_strategy_that_its_floor_closed() {
    let state = folder("explain-floor");
    sample(&state, &state.join("run"), &[]);
    expect_file!["snapshots/explain-floor.txt"]
        .assert_eq(&highmark(&state, &["explain", "Faller"]).out);
}

#[test]
fn what_has_not_fired_says_how_far_away_it_is() {
    let state = folder("explain-not");
    sample(&state, &state.join("run"), &[]);
    let ran = highmark(&state, &["explain", "f1", "--at", "10:30"]);
    expect_file!["snapshots/explain-not-fired.txt"].assert_eq(&ran.out);
    let answer = json(&highmark(&state, &["explain", "f1", "--at", "10:30", "--json"]).out);
    let rule = &answer["rules"][0];
    assert_eq!((rule["kind"].as_str(), rule["fired"].as_bool()), (Some("trail"), Some(false)));
    for room in ["room", "room_points", "room_percent"] {
        assert!(rule[room].is_string(), "{room} in {rule}");
    }
}

#[test]
fn a_refusal_and_everything_else_that_has_a_name() {
    let state = folder("explain-names");
    sample(&state, &state.join("run"), &[]);
    let refused = highmark(&state, &["explain", "h2"]);
    assert!(refused.out.contains("was shut down: no entries"), "{}", refused.out);
    for name in ["system", "main", "s1", "a0", "t0", "r1"] {
        assert_eq!(highmark(&state, &["explain", name]).code, 0, "{name}");
    }
    let again = highmark(&state, &["explain", "w1#2"]);
    assert!(again.out.contains("w1#2"), "{}{}", again.out, again.err);
    let unknown = highmark(&state, &["explain", "Fallr"]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.err.contains("did you mean Faller?"), "{}", unknown.err);
    assert_eq!(highmark(&state, &["explain", "f1", "--at", "noon"]).code, 2);
}
