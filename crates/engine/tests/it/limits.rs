//! How a scope is measured: windows, days, shares of an amount, confirmation, missing marks, charges.

use crate::script::{Script, check};
use expect_test::expect;
use highmark_engine::*;

#[test]
fn warnings_sound_once_and_re_arm_above_their_band() {
    check(
        "rule s0 max_loss 1000
         buy 10 X @ 100
         X 51 50 49 48
         X 54.99 50
         X 55 50
         X 20
         X 31 20
         X 10",
        expect![[r#"
            rule s0 max_loss 1000
            buy 10 X @ 100
            X 51 50 49 48 -> none | warned at 0.5 (room 500) | none | none
            X 54.99 50 -> none | none
            X 55 50 -> none | warned at 0.5 (room 500)
            X 20 -> warned at 0.25 (room 200)
            X 31 20 -> none | warned at 0.25 (room 200)
            X 10 -> warned at 0.1 (room 100)
        "#]],
    );
}

#[test]
fn a_missing_mark_widens_no_limit() {
    check(
        "rule s0 mtm_target 100
         rule s0 max_loss 100
         rule s0 give_back 0.5
         buy 10 Y @ 100
         buy 10 X @ 100
         X 105
         mtm
         X 120
         mtm
         X 88 85",
        expect![[r#"
            rule s0 mtm_target 100
            rule s0 max_loss 100
            rule s0 give_back 0.5
            buy 10 Y @ 100
            buy 10 X @ 100
            X 105 -> none
            mtm -> mtm 50 peak 0 floor -100 uncertain
            X 120 -> none
            mtm -> mtm 200 peak 0 floor -100 uncertain
            X 88 85 -> BREACH max_loss -120 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at no mark, EXIT 10 of t1 by max_loss at 88 | 
        "#]],
    );
}

#[test]
fn net_counts_the_charges_paid_and_those_of_closing() {
    let mut script = Script::new();
    let charges = ChargeRates { per_order: Money::rupees(20), buy_ppb: 0, sell_ppb: 10_000_000 };
    script.define(InstrumentSpec { charges, ..InstrumentSpec::new("X") });
    script.lines("rule s0 max_loss 100, net, do alert\nrule s0 max_loss 100, do alert");
    // 20 to buy; closing costs 20 and 1 % of 10 x mark.
    assert_eq!(script.line("buy 10 X @ 100"), "warned at 0.5 (room 50)");
    assert_eq!(script.line("X 100"), "none");
    assert_eq!(script.rule(0).value, Some(Money::rupees(-50)));
    assert_eq!(script.rule(1).value, Some(Money::ZERO));
    let said = script.line("X 94.44444444");
    assert_eq!(
        said,
        "BREACH max_loss -105.000000044 <> -100 (Alert), warned at 0.5 (room 44.4444444)"
    );
    script.assert_replays();
}

#[test]
fn percent_amounts_are_of_what_they_say() {
    check(
        "rule s0 max_loss 10%m
         rule s0 max_loss 2%
         rule s0 max_loss 10%p
         mtm
         buy 10 X @ 100
         mtm
         margin s0 500
         mtm
         X 95",
        expect![[r#"
            rule s0 max_loss 10%m
            rule s0 max_loss 2%
            rule s0 max_loss 10%p
            mtm -> mtm 0 peak 0 floor -2000
            buy 10 X @ 100
            mtm -> mtm 0 peak 0 floor -100 uncertain
            margin s0 500
            mtm -> mtm 0 peak 0 floor -50 uncertain
            X 95 -> BREACH max_loss -50 <> -50 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 95, warned at 0.5 (room 50)
        "#]],
    );
}

#[test]
fn an_account_percent_is_of_its_balance() {
    check(
        "rule a0 daily_loss 1%
         buy 100 X @ 100
         X 90.01 90
         buy 1 X @ mark",
        expect![[r#"
            rule a0 daily_loss 1%
            buy 100 X @ 100
            X 90.01 90 -> warned at 0.5 (room 1), warned at 0.25 (room 1), warned at 0.1 (room 1) | BREACH daily_loss -1000 <> -1000 (Exit), EXIT 100 of t0 by daily_loss at 90
            buy 1 X @ mark -> refused EntriesBlocked: daily_loss r0 has fired on a0: no entries
        "#]],
    );
}

#[test]
fn a_margin_on_a_trade_alone_opens_its_book_with_what_it_holds() {
    check(
        "buy 10 X @ 100
         margin t0 1000
         X 110
         mtm t0
         rule t0 max_loss 10%m
         X 90.5 90
         mtm t0",
        expect![[r#"
            buy 10 X @ 100
            margin t0 1000
            X 110 -> none
            mtm t0 -> mtm 100 peak 100 floor none
            rule t0 max_loss 10%m
            X 90.5 90 -> warned at 0.5 (room 5), warned at 0.25 (room 5), warned at 0.1 (room 5) | BREACH max_loss -100 <> -100 (Exit), EXIT 10 of t0 by max_loss at 90
            mtm t0 -> mtm -100 peak 100 floor none
        "#]],
    );
}

#[test]
fn confirmation_by_ticks_by_time_and_by_candle() {
    check(
        "strategy T
         strategy U
         rule s0 max_loss 100, ticks 3 60
         rule s1 max_loss 100, seconds 5
         rule s2 max_loss 100, candle 60
         buy 10 X @ 100
         buy 10 X @ 100 in s1
         buy 10 X @ 100 in s2
         X 90 91 90 90
         wait 2
         X 90
         wait 4
         X 89
         wait 40
         wait 60",
        expect![[r#"
            strategy T
            strategy U
            rule s0 max_loss 100, ticks 3 60
            rule s1 max_loss 100, seconds 5
            rule s2 max_loss 100, candle 60
            buy 10 X @ 100
            buy 10 X @ 100 in s1
            buy 10 X @ 100 in s2
            X 90 91 90 90 -> warned at 0.5 (room 0), warned at 0.25 (room 0), warned at 0.1 (room 0), warned at 0.5 (room 0), warned at 0.25 (room 0), warned at 0.1 (room 0) | none none none | none none none | none none none
            wait 2
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
            wait 4 -> BREACH max_loss -100 <> -100 (Shutdown), s1 shut down, EXIT 10 of t1 by max_loss at 90
            X 89 -> none
            wait 40 -> candle, BREACH max_loss -110 <> -100 (Shutdown), s2 shut down, EXIT 10 of t2 by max_loss at 89
            wait 60 -> candle
        "#]],
    );
}

#[test]
fn a_confirmation_by_ticks_is_bounded_in_time() {
    check(
        "rule s0 max_loss 100, ticks 100 10
         buy 10 X @ 100
         X 90
         wait 9
         wait 1",
        expect![[r#"
            rule s0 max_loss 100, ticks 100 10
            buy 10 X @ 100
            X 90 -> warned at 0.5 (room 0), warned at 0.25 (room 0), warned at 0.1 (room 0)
            wait 9
            wait 1 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
        "#]],
    );
}

#[test]
fn a_session_window_restarts_and_a_life_goes_on() {
    check(
        "session 0 20260101 0 100
         rule s0 give_back 0.5, do alert
         rule s0 give_back 0.5, life, do alert
         buy 10 X @ 100
         X 120
         mtm
         mtm s0 life
         session 0 20260102 0 100
         mtm
         mtm s0 life
         X 121
         mtm
         mtm s0 life
         X 110
         exit t0
         mtm
         mtm s0 life",
        expect![[r#"
            session 0 20260101 0 100
            rule s0 give_back 0.5, do alert
            rule s0 give_back 0.5, life, do alert
            buy 10 X @ 100
            X 120 -> none
            mtm -> mtm 200 peak 200 floor 100
            mtm s0 life -> mtm 200 peak 200 floor 100
            session 0 20260102 0 100
            mtm -> mtm 0 peak 0 floor 100
            mtm s0 life -> mtm 200 peak 200 floor 100
            X 121 -> none
            mtm -> mtm 10 peak 10 floor 5
            mtm s0 life -> mtm 210 peak 210 floor 5
            X 110 -> BREACH give_back -100 <> 5 (Alert), BREACH give_back 100 <> 105 (Alert)
            exit t0 -> EXIT 10 of t0 by operator at 110
            mtm -> mtm -100 peak 10 floor none
            mtm s0 life -> mtm 100 peak 210 floor none
        "#]],
    );
}

#[test]
fn daily_limits_hold_until_the_day_ends() {
    check(
        "session 0 20260101 0 100
         rule s0 daily_loss 100
         rule s0 max_trades 3
         rule a0 cooling_off 2 30
         buy 10 X @ 100
         X 90
         buy 1 X @ mark
         reset r0
         reset s0
         session 0 20260102 0 1000
         buy 1 X @ mark
         X 89
         exit t1
         buy 1 X @ mark
         X 88
         exit t2
         buy 1 X @ mark
         wait 29
         buy 1 X @ mark
         wait 1
         buy 1 X @ mark
         buy 1 X @ mark",
        expect![[r#"
            session 0 20260101 0 100
            rule s0 daily_loss 100
            rule s0 max_trades 3
            rule a0 cooling_off 2 30
            buy 10 X @ 100
            X 90 -> BREACH daily_loss -100 <> -100 (Exit), EXIT 10 of t0 by daily_loss at 90
            buy 1 X @ mark -> refused EntriesBlocked: daily_loss r0 has fired on s0: no entries
            reset r0 -> refused WrongState: daily_loss holds until the session day ends
            reset s0 -> refused WrongState: strategy s0 is active and none of its rules has fired
            session 0 20260102 0 1000
            buy 1 X @ mark
            X 89 -> none
            exit t1 -> EXIT 1 of t1 by operator at 89
            buy 1 X @ mark
            X 88 -> none
            exit t2 -> EXIT 1 of t2 by operator at 88, BREACH cooling_off 2 <> 2 (BlockEntries)
            buy 1 X @ mark -> refused EntriesBlocked: cooling_off r2 has fired on a0: no entries
            wait 29
            buy 1 X @ mark -> refused EntriesBlocked: cooling_off r2 has fired on a0: no entries
            wait 1
            buy 1 X @ mark -> BREACH max_trades_per_day 3 <> 3 (BlockEntries)
            buy 1 X @ mark -> refused EntriesBlocked: max_trades_per_day r1 has fired on s0: no entries
        "#]],
    );
}

#[test]
fn drawdowns_follow_equity() {
    check(
        "rule a0 drawdown 2500 intraday 100100
         buy 100 X @ 100
         X 115
         mtm a0
         X 126
         mtm a0
         X 130
         mtm a0
         X 101",
        expect![[r#"
            rule a0 drawdown 2500 intraday 100100
            buy 100 X @ 100
            X 115 -> none
            mtm a0 -> mtm 1500 peak 1500 floor 99000
            X 126 -> none
            mtm a0 -> mtm 2600 peak 2600 floor 100100
            X 130 -> none
            mtm a0 -> mtm 3000 peak 3000 floor 100100
            X 101 -> BREACH drawdown 100100 <> 100100 (Exit), EXIT 100 of t0 by drawdown at 101
        "#]],
    );
}

#[test]
fn a_drawdown_at_the_days_end_looks_once_a_day() {
    check(
        "session 0 20260101 0 100
         rule a0 drawdown 2000 end_of_day 100000
         rule a0 drawdown 2000 realised
         buy 100 X @ 100
         X 130
         mtm a0
         X 105
         mtm a0
         session 0 20260102 0 100
         X 106
         mtm a0",
        expect![[r#"
            session 0 20260101 0 100
            rule a0 drawdown 2000 end_of_day 100000
            rule a0 drawdown 2000 realised
            buy 100 X @ 100
            X 130 -> none
            mtm a0 -> mtm 3000 peak 3000 floor 98000
            X 105 -> none
            mtm a0 -> mtm 500 peak 3000 floor 98000
            session 0 20260102 0 100
            X 106 -> none
            mtm a0 -> mtm 100 peak 100 floor 98500
        "#]],
    );
}
