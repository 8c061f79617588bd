//! Exits that a broker rejects: what is decided again, and what is armed again.

use crate::script::Script;
use expect_test::{Expect, expect};

/// Account `a1` takes orders.
fn check(script: &str, expected: Expect) {
    let mut desk = Script::new();
    desk.line("account B orders");
    expected.assert_eq(&desk.told(script));
}

#[test]
fn a_trade_that_its_own_then_took_is_forgotten_after_the_second_rejection() {
    check(
        "X 100
         buy 10 X @ 100 on a1 [stop 95, then strategy exit]
         buy 10 X @ 100 on a1
         X 94
         exit_rejected t0 1
         exit_rejected t1 1
         X 97
         exit_rejected t0 2
         exit_rejected t1 2
         X 98
         X 99",
        expect![[r#"
            X 100
            buy 10 X @ 100 on a1 [stop 95, then strategy exit]
            buy 10 X @ 100 on a1
            X 94 -> EXIT 10 of t0 by stop_loss at 94 level 95, s0 blocked, t0 exits later, EXIT 10 of t1 by stop_loss at 94
            exit_rejected t0 1 -> t0x1 rejected
            exit_rejected t1 1 -> t1x1 rejected, t1 exits later, EXIT 10 of t0 by stop_loss at 94
            X 97 -> EXIT 10 of t1 by stop_loss at 97
            exit_rejected t0 2 -> t0x2 rejected, t0 exits later
            exit_rejected t1 2 -> t1x2 rejected, t1 exits later, EXIT 10 of t0 by stop_loss at 97
            X 98 -> EXIT 10 of t1 by stop_loss at 98
            X 99 -> 95 none
        "#]],
    );
}

#[test]
fn an_alert_whose_then_exits_its_own_trade_forgets_it_and_alerts_again() {
    check(
        "X 100
         buy 10 X @ 100 on a1 [stop 95, do alert, then strategy exit]
         X 94
         exit_rejected t0 1
         X 97
         X 94
         wait 1",
        expect![[r#"
            X 100
            buy 10 X @ 100 on a1 [stop 95, do alert, then strategy exit]
            X 94 -> fired stop_loss, s0 blocked, EXIT 10 of t0 by stop_loss at 94
            exit_rejected t0 1 -> t0x1 rejected, t0 exits later
            X 97 -> EXIT 10 of t0 by stop_loss at 97
            X 94 -> none
            wait 1
        "#]],
    );
}

#[test]
fn a_stop_without_then_waits_for_its_next_breach() {
    check(
        "X 100
         buy 10 X @ 100 on a1 [stop 95, then strategy block]
         X 94
         exit_rejected t0 1
         X 97
         X 94",
        expect![[r#"
            X 100
            buy 10 X @ 100 on a1 [stop 95, then strategy block]
            X 94 -> EXIT 10 of t0 by stop_loss at 94 level 95, s0 blocked
            exit_rejected t0 1 -> t0x1 rejected
            X 97 -> 95
            X 94 -> EXIT 10 of t0 by stop_loss at 94 level 95, s0 blocked
        "#]],
    );
}
