//! Views answer why a rule fired, and what would make it fire, before and after it arms.

use crate::script::Script;
use crate::words::price_rules;
use expect_test::{Expect, expect};
use highmark_engine::*;

/// A rule in one line: its level or floor, its room, what it waits for, and whether it fired.
fn explain(script: &Script, id: u32) -> String {
    let view = script.rule(id);
    let shown = |text: Option<String>| text.unwrap_or("none".into());
    let level = view.level.map(|level| level.to_string());
    let floor = view.floor.map(|floor| floor.to_string());
    let points = view.room_points.map(|points| points.to_string());
    let fired = match &view.fired {
        None => String::new(),
        Some(Fired::Price { cause, .. }) => {
            format!(
                ", fired at {} of {}",
                shown(cause.mark.map(|mark| mark.to_string())),
                shown(cause.level.map(|level| level.to_string()))
            )
        }
        Some(Fired::Mtm { breach, .. }) => {
            format!(", fired at {} of {}", breach.value, breach.level)
        }
    };
    format!(
        "{}: level {} room {} {} waits for {:?}{fired}",
        view.rule.kind,
        shown(level.or(floor)),
        points.map_or(String::new(), |points| format!("{points} points,")),
        shown(view.room.map(|room| room.to_string())),
        view.waits_for
    )
}

/// Each step of a story, and how rule `r0` explains itself after it.
fn check(setup: &str, steps: &[&str], expected: Expect) {
    let mut script = Script::new();
    script.lines(setup);
    let mut told = String::new();
    for step in steps {
        let said = script.line(step);
        assert!(!said.contains("refused"), "{said}");
        told += &format!("{step}\n    {}\n", explain(&script, 0));
    }
    script.assert_replays();
    expected.assert_eq(&told);
}

#[test]
fn a_pending_trade_waits_for_its_entry_and_then_for_a_mark() {
    check(
        "account B orders",
        &["buy 10 X @ mark on a1 [stop 90]", "fill F t0 buy 10 100", "X 95", "X 90"],
        expect![[r#"
            buy 10 X @ mark on a1 [stop 90]
                stop_loss: level none room  none waits for Entry
            fill F t0 buy 10 100
                stop_loss: level 90 room  none waits for Mark
            X 95
                stop_loss: level 90 room 5 points, 50 waits for Level
            X 90
                stop_loss: level 90 room 0 points, 0 waits for Nothing, fired at 90 of 90
        "#]],
    );
}

#[test]
fn a_target_says_how_far_it_is() {
    check(
        "",
        &["sell 10 X @ 100 [target 90]", "X 95", "X 90"],
        expect![[r#"
        sell 10 X @ 100 [target 90]
            target: level 90 room  none waits for Mark
        X 95
            target: level 90 room 5 points, 50 waits for Level
        X 90
            target: level 90 room 0 points, 0 waits for Nothing, fired at 90 of 90
    "#]],
    );
}

#[test]
fn a_trail_waits_to_arm() {
    check(
        "",
        &["buy 10 X @ 100 [trail 5 arm +10]", "X 105", "X 110", "X 107", "X 105"],
        expect![[r#"
            buy 10 X @ 100 [trail 5 arm +10]
                trail: level none room  none waits for Mark
            X 105
                trail: level none room  none waits for ArmingPrice(Price(11000000000))
            X 110
                trail: level 105 room 5 points, 50 waits for Level
            X 107
                trail: level 105 room 2 points, 20 waits for Level
            X 105
                trail: level 105 room 0 points, 0 waits for Nothing, fired at 105 of 105
        "#]],
    );
}

#[test]
fn a_short_keep_waits_for_profit() {
    check(
        "",
        &["sell 10 X @ 100 [keep 0.5]", "X 101", "X 90", "X 95"],
        expect![[r#"
        sell 10 X @ 100 [keep 0.5]
            keep: level none room  none waits for Mark
        X 101
            keep: level none room  none waits for Profit
        X 90
            keep: level 95 room 5 points, 50 waits for Level
        X 95
            keep: level 95 room 0 points, 0 waits for Nothing, fired at 95 of 95
    "#]],
    );
}

#[test]
fn a_keep_waits_to_arm_at_a_price() {
    check(
        "",
        &["buy 10 X @ 100 [keep 0.5 arm 120]", "X 110", "X 120", "X 110"],
        expect![[r#"
        buy 10 X @ 100 [keep 0.5 arm 120]
            keep: level none room  none waits for Mark
        X 110
            keep: level none room  none waits for ArmingPrice(Price(12000000000))
        X 120
            keep: level 110 room 10 points, 100 waits for Level
        X 110
            keep: level 110 room 0 points, 0 waits for Nothing, fired at 110 of 110
    "#]],
    );
}

#[test]
fn a_step_shows_its_level() {
    check(
        "",
        &["buy 10 X @ 100 [step 95 2 2]", "X 103", "X 97"],
        expect![[r#"
        buy 10 X @ 100 [step 95 2 2]
            step: level 95 room  none waits for Mark
        X 103
            step: level 97 room 6 points, 60 waits for Level
        X 97
            step: level 97 room 0 points, 0 waits for Nothing, fired at 97 of 97
    "#]],
    );
}

#[test]
fn a_break_even_waits_for_its_profit_or_was_skipped() {
    check(
        "",
        &["buy 10 X @ 100 [breakeven 8 1]", "X 105", "X 108", "X 101"],
        expect![[r#"
        buy 10 X @ 100 [breakeven 8 1]
            break_even: level none room  none waits for Mark
        X 105
            break_even: level none room  none waits for ArmingPrice(Price(10800000000))
        X 108
            break_even: level 101 room 7 points, 70 waits for Level
        X 101
            break_even: level 101 room 0 points, 0 waits for Nothing, fired at 101 of 101
    "#]],
    );
    check(
        "",
        &["buy 10 X @ 100 [breakeven 5 6, force]", "X 102", "X 105"],
        expect![[r#"
            buy 10 X @ 100 [breakeven 5 6, force]
                break_even: level none room  none waits for Mark
            X 102
                break_even: level none room  none waits for ArmingPrice(Price(10500000000))
            X 105
                break_even: level none room  none waits for Nothing
        "#]],
    );
}

#[test]
fn a_ladder_waits_for_its_first_rung() {
    check(
        "",
        &["buy 10 X @ 100 [ladder 5=-2 10=3]", "X 104", "X 105", "X 98"],
        expect![[r#"
        buy 10 X @ 100 [ladder 5=-2 10=3]
            ladder: level none room  none waits for Mark
        X 104
            ladder: level none room  none waits for ArmingPrice(Price(10500000000))
        X 105
            ladder: level 98 room 7 points, 70 waits for Level
        X 98
            ladder: level 98 room 0 points, 0 waits for Nothing, fired at 98 of 98
    "#]],
    );
}

#[test]
fn bars_say_how_many_are_missing() {
    check(
        "session 0 20260101 0 1000",
        &["buy 10 X @ 100 [bars 10 donchian 2]", "X 99", "wait 10", "X 101", "wait 10", "X 99"],
        expect![[r#"
            buy 10 X @ 100 [bars 10 donchian 2]
                bars: level none room  none waits for Mark
            X 99
                bars: level none room  none waits for Bars { have: 0, need: 2 }
            wait 10
                bars: level none room  none waits for Bars { have: 1, need: 2 }
            X 101
                bars: level none room  none waits for Bars { have: 1, need: 2 }
            wait 10
                bars: level 99 room 2 points, 20 waits for Level
            X 99
                bars: level 99 room 0 points, 0 waits for Nothing, fired at 99 of 99
        "#]],
    );
}

#[test]
fn time_says_when_and_waits_for_a_session() {
    check(
        "",
        &["buy 10 X @ 100 [time before_close 100]", "X 100", "session 0 20260101 0 150", "wait 50"],
        expect![[r#"
            buy 10 X @ 100 [time before_close 100]
                time: level none room  none waits for Session
            X 100
                time: level none room  none waits for Session
            session 0 20260101 0 150
                time: level none room  none waits for Until(Timestamp(1000051000000000))
            wait 50
                time: level none room  none waits for Nothing, fired at 100 of none
        "#]],
    );
    check(
        "",
        &["buy 10 X @ 100 [time after 60]", "X 100", "wait 60"],
        expect![[r#"
            buy 10 X @ 100 [time after 60]
                time: level none room  none waits for Until(Timestamp(1000060000000000))
            X 100
                time: level none room  none waits for Until(Timestamp(1000060000000000))
            wait 60
                time: level none room  none waits for Nothing, fired at 100 of none
        "#]],
    );
}

#[test]
fn a_breach_that_waits_for_confirmation_says_so() {
    check(
        "",
        &["buy 10 X @ 100 [stop 95, ticks 2 60]", "X 94", "X 96", "X 94", "X 95"],
        expect![[r#"
            buy 10 X @ 100 [stop 95, ticks 2 60]
                stop_loss: level 95 room  none waits for Mark
            X 94
                stop_loss: level 95 room -1 points, -10 waits for Confirmation { since: Timestamp(1000001000000000), ticks: 1 }
            X 96
                stop_loss: level 95 room 1 points, 10 waits for Level
            X 94
                stop_loss: level 95 room -1 points, -10 waits for Confirmation { since: Timestamp(1000003000000000), ticks: 1 }
            X 95
                stop_loss: level 95 room 0 points, 0 waits for Nothing, fired at 95 of 95
        "#]],
    );
}

#[test]
fn losses_and_targets_of_a_scope() {
    check(
        "rule s0 max_loss 100",
        &["buy 10 X @ 100", "X 95", "X 90"],
        expect![[r#"
        buy 10 X @ 100
            max_loss: level -100 room  100 waits for Level
        X 95
            max_loss: level -100 room  50 waits for Level
        X 90
            max_loss: level -100 room  0 waits for Nothing, fired at -100 of -100
    "#]],
    );
    check(
        "rule s0 mtm_target 100",
        &["buy 10 X @ 100", "X 95", "X 110"],
        expect![[r#"
        buy 10 X @ 100
            target: level 100 room  100 waits for Level
        X 95
            target: level 100 room  150 waits for Level
        X 110
            target: level 100 room  0 waits for Nothing, fired at 100 of 100
    "#]],
    );
    check(
        "rule s0 daily_loss 100",
        &["buy 10 X @ 100", "X 95", "X 90"],
        expect![[r#"
        buy 10 X @ 100
            daily_loss: level -100 room  100 waits for Level
        X 95
            daily_loss: level -100 room  50 waits for Level
        X 90
            daily_loss: level -100 room  0 waits for Nothing, fired at -100 of -100
    "#]],
    );
    check(
        "rule s0 daily_target 100",
        &["buy 10 X @ 100", "X 95", "X 110"],
        expect![[r#"
        buy 10 X @ 100
            daily_target: level 100 room  100 waits for Level
        X 95
            daily_target: level 100 room  150 waits for Level
        X 110
            daily_target: level 100 room  0 waits for Nothing, fired at 100 of 100
    "#]],
    );
}

#[test]
fn floors_wait_for_their_peak() {
    let steps = ["buy 10 X @ 100", "X 109", "X 120", "X 105"];
    check(
        "rule s0 lock 100 50",
        &steps,
        expect![[r#"
        buy 10 X @ 100
            lock: level none room  none waits for ArmingMoney(Money(1000000000000000000))
        X 109
            lock: level none room  none waits for ArmingMoney(Money(1000000000000000000))
        X 120
            lock: level 50 room  150 waits for Level
        X 105
            lock: level 50 room  0 waits for Nothing, fired at 50 of 50
    "#]],
    );
    check(
        "rule s0 give_back 0.5",
        &steps,
        expect![[r#"
            buy 10 X @ 100
                give_back: level none room  none waits for Profit
            X 109
                give_back: level 45 room  45 waits for Level
            X 120
                give_back: level 100 room  100 waits for Level
            X 105
                give_back: level 100 room  -50 waits for Nothing, fired at 50 of 100
        "#]],
    );
    check(
        "rule s0 give_back 0.5 150",
        &steps,
        expect![[r#"
        buy 10 X @ 100
            give_back: level none room  none waits for ArmingMoney(Money(1500000000000000000))
        X 109
            give_back: level none room  none waits for ArmingMoney(Money(1500000000000000000))
        X 120
            give_back: level 100 room  100 waits for Level
        X 105
            give_back: level 100 room  -50 waits for Nothing, fired at 50 of 100
    "#]],
    );
    check(
        "rule s0 gap 100 150",
        &steps,
        expect![[r#"
        buy 10 X @ 100
            gap: level none room  none waits for ArmingMoney(Money(1500000000000000000))
        X 109
            gap: level none room  none waits for ArmingMoney(Money(1500000000000000000))
        X 120
            gap: level 100 room  100 waits for Level
        X 105
            gap: level 100 room  -50 waits for Nothing, fired at 50 of 100
    "#]],
    );
    check(
        "rule s0 lock_and_trail 100 50 50 25",
        &steps,
        expect![[r#"
        buy 10 X @ 100
            lock_and_trail: level none room  none waits for ArmingMoney(Money(1000000000000000000))
        X 109
            lock_and_trail: level none room  none waits for ArmingMoney(Money(1000000000000000000))
        X 120
            lock_and_trail: level 100 room  100 waits for Level
        X 105
            lock_and_trail: level 100 room  -50 waits for Nothing, fired at 50 of 100
    "#]],
    );
    check(
        "rule s0 trail_loss 100 100 50",
        &["buy 10 X @ 100", "X 120", "X 100"],
        expect![[r#"
        buy 10 X @ 100
            trail_loss: level -100 room  100 waits for Level
        X 120
            trail_loss: level 0 room  200 waits for Level
        X 100
            trail_loss: level 0 room  0 waits for Nothing, fired at 0 of 0
    "#]],
    );
    check(
        "rule a0 drawdown 100 intraday",
        &["buy 10 X @ 100", "X 120", "X 110"],
        expect![[r#"
        buy 10 X @ 100
            drawdown: level 99900 room  100 waits for Level
        X 120
            drawdown: level 100100 room  100 waits for Level
        X 110
            drawdown: level 100100 room  0 waits for Nothing, fired at 100100 of 100100
    "#]],
    );
}

#[test]
fn a_share_of_nothing_waits_for_something_to_be_of() {
    check(
        "rule s0 max_loss 10%m",
        &["buy 10 X @ 100", "margin s0 1000"],
        expect![[r#"
        buy 10 X @ 100
            max_loss: level none room  none waits for Whole
        margin s0 1000
            max_loss: level -100 room  100 waits for Level
    "#]],
    );
}

#[test]
fn counts_of_a_day() {
    check(
        "rule s0 max_trades 2",
        &["buy 10 X @ 100", "buy 10 X @ 100"],
        expect![[r#"
        buy 10 X @ 100
            max_trades_per_day: level 2 room  1 waits for Level
        buy 10 X @ 100
            max_trades_per_day: level 2 room  0 waits for Nothing, fired at 2 of 2
    "#]],
    );
    check(
        "rule s0 cooling_off 1 60",
        &["buy 10 X @ 100", "X 95", "exit t0", "wait 60"],
        expect![[r#"
            buy 10 X @ 100
                cooling_off: level 1 room  1 waits for Level
            X 95
                cooling_off: level 1 room  1 waits for Level
            exit t0
                cooling_off: level 1 room  0 waits for Nothing, fired at 1 of 1
            wait 60
                cooling_off: level 1 room  1 waits for Level
        "#]],
    );
}

#[test]
fn an_exit_tells_its_tick_its_best_and_its_rule() {
    let mut script = Script::new();
    script.lines("buy 10 X @ 100 [trail 5]\nX 110\nX 108\nX 104");
    let cause = script.trade(0).cause.unwrap();
    let start = 1_000_000;
    assert_eq!(cause.mark, Some(Price::whole(104)));
    assert_eq!(cause.mark_at, Some(Timestamp::seconds(start + 3)));
    assert_eq!(cause.source, Some(SourceId(0)));
    assert_eq!(cause.level, Some(Price::whole(105)));
    assert_eq!(cause.best, Some(Price::whole(110)));
    assert_eq!(cause.best_at, Some(Timestamp::seconds(start + 1)));
    let rule = cause.reason.rule().unwrap();
    assert_eq!((rule.rule, rule.version, rule.kind), (RuleId(0), 1, RuleKind::Trail));
    assert_eq!(script.rule(0).draft, price_rules("trail 5")[0]);
}

#[test]
fn a_breach_tells_its_peak_and_when_it_was_made() {
    let mut script = Script::new();
    script.lines("rule s0 give_back 0.5\nbuy 10 X @ 100\nX 110\nX 108\nX 104");
    let Some(Fired::Mtm { at, breach }) = script.rule(0).fired else { panic!("it has fired") };
    assert_eq!(at, Timestamp::seconds(1_000_003));
    assert_eq!((breach.value, breach.level), (Money::rupees(40), Money::rupees(50)));
    assert_eq!(
        (breach.peak, breach.peak_at),
        (Money::rupees(100), Some(Timestamp::seconds(1_000_001)))
    );
    assert!(!breach.uncertain);
}
