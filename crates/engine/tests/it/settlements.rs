//! When a scope is settled, what counts as a look at it, and what a rule shows between its looks.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_day_roll_judges_a_trade_that_is_over() {
    check(
        "session 0 20260101 0 100
         X 100
         rule s0 max_loss 100, do exit, warn
         buy 10 X @ 100
         rule t0 max_loss 50, breach mid, life, then system exit
         X 80/99/101
         session 0 20260102 0 100",
        expect![[r#"
            session 0 20260101 0 100
            X 100
            rule s0 max_loss 100, do exit, warn
            buy 10 X @ 100
            rule t0 max_loss 50, breach mid, life, then system exit
            X 80/99/101 -> BREACH max_loss -200 <> -100 (Exit), EXIT 10 of t0 by max_loss at 80
            session 0 20260102 0 100
        "#]],
    );
}

#[test]
fn a_clock_input_counts_as_a_tick_of_an_mtm_rule() {
    check(
        "rule s0 max_loss 100, ticks 3 60, warn
         buy 10 X @ 100
         X 90
         wait 1
         wait 1
         wait 1
         X 90
         wait 1
         X 90",
        expect![[r#"
            rule s0 max_loss 100, ticks 3 60, warn
            buy 10 X @ 100
            X 90 -> none
            wait 1
            wait 1
            wait 1
            X 90 -> none
            wait 1
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
        "#]],
    );
}

#[test]
fn a_candle_judges_a_trade_that_is_over() {
    check(
        "X 100
         buy 10 X @ 100
         rule t0 max_loss 50, candle 60, warn, then system exit
         rule s0 max_loss 100, do exit, warn
         X 90
         wait 60",
        expect![[r#"
            X 100
            buy 10 X @ 100
            rule t0 max_loss 50, candle 60, warn, then system exit
            rule s0 max_loss 100, do exit, warn
            X 90 -> BREACH max_loss -100 <> -100 (Exit), EXIT 10 of t0 by max_loss at 90
            wait 60 -> candle
        "#]],
    );
}

#[test]
fn candles_that_end_together_are_judged_one_after_the_other() {
    check(
        "X 100
         buy 10 X @ 100
         rule s0 max_loss 40, candle 10, warn, do exit, net
         rule t0 max_loss 50, candle 20, warn
         X 90
         wait 60",
        expect![[r#"
            X 100
            buy 10 X @ 100
            rule s0 max_loss 40, candle 10, warn, do exit, net
            rule t0 max_loss 50, candle 20, warn
            X 90 -> none
            wait 60 -> candle, candle, BREACH max_loss -100 <> -50 (Exit), EXIT 10 of t0 by max_loss at 90, BREACH max_loss -100 <> -40 (Exit)
        "#]],
    );
}

#[test]
fn a_floor_that_is_judged_at_candles_is_not_shown_before_the_first() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100
         X 110
         rule s0 gap 50 100, candle 600, warn
         mtm s0
         change r0 gap 40 100, candle 600, warn
         mtm s0
         session 0 20260102 0 1000
         mtm s0",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100
            X 110 -> none
            rule s0 gap 50 100, candle 600, warn
            mtm s0 -> mtm 100 peak 100 floor 50
            change r0 gap 40 100, candle 600, warn
            mtm s0 -> mtm 100 peak 100 floor 60
            session 0 20260102 0 1000
            mtm s0 -> mtm 0 peak 0 floor none
        "#]],
    );
}

#[test]
fn a_loss_that_the_same_settlement_makes_prolongs_a_cooling_off() {
    check(
        "rule s0 max_loss 100, do exit_losers, warn
         rule s0 cooling_off 1 60, seconds 10, warn
         buy 10 X @ 100 [stop 99]
         X 99
         buy 10 X @ 99
         wait 9
         X 80
         wait 50
         buy 10 X @ 80",
        expect![[r#"
            rule s0 max_loss 100, do exit_losers, warn
            rule s0 cooling_off 1 60, seconds 10, warn
            buy 10 X @ 100 [stop 99]
            X 99 -> EXIT 10 of t0 by stop_loss at 99 level 99
            buy 10 X @ 99
            wait 9
            X 80 -> BREACH max_loss -200 <> -100 (ExitLosers), EXIT 10 of t1 by max_loss at 80, BREACH cooling_off 1 <> 1 (BlockEntries)
            wait 50
            buy 10 X @ 80
        "#]],
    );
}
