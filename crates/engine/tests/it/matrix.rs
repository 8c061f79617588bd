//! Every rule on mtm, and every action, at every scope.

use crate::script::Script;

const SCOPES: [&str; 5] = ["t0", "g0", "s0", "a0", "system"];

/// A script with one trade of 10 from 100, in every scope.
fn one_trade() -> Script {
    let mut script = Script::new();
    script.lines("session 0 20260101 0 1000\ngroup G\nbuy 10 X @ 100 of g0\nX 100");
    script
}

#[test]
fn each_rule_breaches_at_each_scope() {
    let rules = [
        ("max_loss 100", "X 90.05", "X 90", "max_loss -100 <> -100"),
        ("mtm_target 100", "X 109.95", "X 110", "target 100 <> 100"),
        ("give_back 0.5", "X 120 110.05", "X 110", "give_back 100 <> 100"),
        ("gap 50 100", "X 110 105.05", "X 105", "gap 50 <> 50"),
        ("lock 100 30", "X 110 103.05", "X 103", "lock 30 <> 30"),
        ("lock_and_trail 100 50 50 25", "X 115 107.55", "X 107.5", "lock_and_trail 75 <> 75"),
        ("trail_loss 100 50 50", "X 105 95.05", "X 95", "trail_loss -50 <> -50"),
    ];
    for (rule, holds, breaches, told) in rules {
        for scope in SCOPES {
            let mut script = one_trade();
            assert_eq!(script.line(&format!("rule {scope} {rule}")), "", "{scope} {rule}");
            assert!(!script.line(holds).contains("BREACH"), "{scope} {rule}");
            let said = script.line(breaches);
            assert!(said.contains(&format!("BREACH {told}")), "{scope} {rule}: {said}");
            assert!(said.contains("EXIT 10 of t0"), "{scope} {rule}: {said}");
            let shuts_down = said.contains("s0 shut down");
            assert_eq!(shuts_down, scope == "s0", "only a strategy is shut down unasked: {said}");
            script.assert_replays();
        }
    }
}

#[test]
fn each_drawdown_breaches_at_each_scope() {
    for scope in SCOPES {
        for (basis, path, told) in [
            ("intraday", "X 110 100.05", "100000 <> 100000"),
            ("end_of_day", "X 110 90.05", "99900 <> 99900"),
            ("realised", "X 110 90.05", "99900 <> 99900"),
        ] {
            let mut script = one_trade();
            script.line(&format!("rule {scope} drawdown 100 {basis}"));
            assert!(!script.line(path).contains("BREACH"), "{scope} {basis}");
            let last = if basis == "intraday" { "X 100" } else { "X 90" };
            let said = script.line(last);
            assert!(said.contains(&format!("BREACH drawdown {told}")), "{scope} {basis}: {said}");
            script.assert_replays();
        }
    }
}

#[test]
fn daily_rules_stand_on_strategies_and_accounts_alone() {
    for rule in ["daily_loss 100", "daily_target 100", "max_trades 5", "cooling_off 2 60"] {
        for scope in SCOPES {
            let said = one_trade().line(&format!("rule {scope} {rule}"));
            let stands = matches!(scope, "s0" | "a0");
            assert_eq!(said.is_empty(), stands, "{scope} {rule}: {said}");
        }
    }
}

#[test]
fn each_action_acts_at_each_scope() {
    for scope in SCOPES {
        let breach = |action: &str| {
            let mut script = one_trade();
            assert_eq!(script.line(&format!("rule {scope} max_loss 100, do {action}")), "");
            let said = script.line("X 90");
            assert!(said.contains("BREACH max_loss"), "{scope} {action}: {said}");
            let show = script.line("show t0");
            let entry = script.line("buy 1 X @ 90 of g0");
            script.assert_replays();
            (said, show, entry.contains("EntriesBlocked"))
        };
        let blocks = scope != "t0";
        let (_, show, refused) = breach("alert");
        assert!(show.starts_with("open 10 of 10") && !refused, "{scope} {show}");
        for action in ["exit", "shutdown"] {
            let (said, show, refused) = breach(action);
            assert!(show.starts_with("closed 0 of 10") && refused == blocks, "{scope} {show}");
            let deactivates = action == "shutdown" && matches!(scope, "s0" | "system");
            assert_eq!(said.contains("s0 shut down"), deactivates, "{scope}: {said}");
        }
        let (_, show, refused) = breach("block");
        assert!(show.starts_with("open 10 of 10") && refused == blocks, "{scope} {show}");
        let (_, show, refused) = breach("exit_losers");
        assert!(show.starts_with("closed 0 of 10") && !refused, "{scope} {show}");
        let (_, show, refused) = breach("reduce 0.25");
        assert!(show.starts_with("open 7 of 10") && !refused, "{scope} {show}");
        let (said, show, _) = breach("move_to_cost");
        assert!(said.contains("t0 not to cost (ThroughMarket)"), "{scope}: {said}");
        assert!(show.starts_with("open 10 of 10"), "{scope} {show}");
    }
}
