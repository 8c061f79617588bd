//! Rules on mtm at every scope: what they watch, what they do, and what they leave alone.

use crate::script::{Script, check};
use expect_test::expect;
use highmark_engine::*;

#[test]
fn every_floor_stands_where_the_manual_says() {
    check(
        "strategy T
         strategy U
         rule s0 lock_and_trail 5000 3000 500 250
         rule s1 trail_loss 5000 1000 500
         rule s2 trail_loss 5000 1000 500 cost
         buy 100 X @ 100 in s0
         buy 100 X @ 100 in s1
         buy 100 X @ 100 in s2
         X 149.99
         mtm s0
         X 150
         mtm s0
         X 154.99
         mtm s0
         X 155
         mtm s0
         mtm s1
         X 161
         mtm s0
         mtm s1
         X 180
         mtm s0
         X 220
         mtm s1
         mtm s2
         X 100",
        expect![[r#"
            strategy T
            strategy U
            rule s0 lock_and_trail 5000 3000 500 250
            rule s1 trail_loss 5000 1000 500
            rule s2 trail_loss 5000 1000 500 cost
            buy 100 X @ 100 in s0
            buy 100 X @ 100 in s1
            buy 100 X @ 100 in s2
            X 149.99 -> none none none
            mtm s0 -> mtm 4999 peak 4999 floor none
            X 150 -> none none none
            mtm s0 -> mtm 5000 peak 5000 floor 3000
            X 154.99 -> none none none
            mtm s0 -> mtm 5499 peak 5499 floor 3000
            X 155 -> none none none
            mtm s0 -> mtm 5500 peak 5500 floor 3250
            mtm s1 -> mtm 5500 peak 5500 floor -2500
            X 161 -> none none none
            mtm s0 -> mtm 6100 peak 6100 floor 3500
            mtm s1 -> mtm 6100 peak 6100 floor -2000
            X 180 -> none none none
            mtm s0 -> mtm 8000 peak 8000 floor 4500
            X 220 -> none none none
            mtm s1 -> mtm 12000 peak 12000 floor 1000
            mtm s2 -> mtm 12000 peak 12000 floor 0
            X 100 -> BREACH lock_and_trail 0 <> 6500 (Shutdown), s0 shut down, EXIT 100 of t0 by lock_and_trail at 100, BREACH trail_loss 0 <> 1000 (Shutdown), s1 shut down, EXIT 100 of t1 by trail_loss at 100, BREACH trail_loss 0 <> 0 (Shutdown), s2 shut down, EXIT 100 of t2 by trail_loss at 100
        "#]],
    );
}

#[test]
fn a_gap_follows_the_peak_and_its_floor_holds() {
    check(
        "rule s0 gap 100 1500 1450
         buy 100 X @ 100
         X 114.99
         mtm
         X 115
         mtm
         X 116
         mtm
         X 115",
        expect![[r#"
            rule s0 gap 100 1500 1450
            buy 100 X @ 100
            X 114.99 -> none
            mtm -> mtm 1499 peak 1499 floor none
            X 115 -> none
            mtm -> mtm 1500 peak 1500 floor 1450
            X 116 -> none
            mtm -> mtm 1600 peak 1600 floor 1500
            X 115 -> BREACH gap 1500 <> 1500 (Shutdown), s0 shut down, EXIT 100 of t0 by gap at 115
        "#]],
    );
}

#[test]
fn give_back_keeps_a_share_of_the_peak() {
    check(
        "rule s0 give_back 0.3
         buy 100 X @ 100
         X 99
         mtm
         X 160
         mtm
         X 142.01 142",
        expect![[r#"
            rule s0 give_back 0.3
            buy 100 X @ 100
            X 99 -> none
            mtm -> mtm -100 peak 0 floor none
            X 160 -> none
            mtm -> mtm 6000 peak 6000 floor 4200
            X 142.01 142 -> warned at 0.5 (room 1), warned at 0.25 (room 1), warned at 0.1 (room 1) | BREACH give_back 4200 <> 4200 (Shutdown), s0 shut down, EXIT 100 of t0 by give_back at 142
        "#]],
    );
}

#[test]
fn a_loss_breaches_at_the_amount_and_not_before() {
    check(
        "rule s0 max_loss 5000
         buy 100 X @ 100
         X 50.0005 50
         show t0
         buy 1 X @ mark",
        expect![[r#"
            rule s0 max_loss 5000
            buy 100 X @ 100
            X 50.0005 50 -> warned at 0.5 (room 0.05), warned at 0.25 (room 0.05), warned at 0.1 (room 0.05) | BREACH max_loss -5000 <> -5000 (Shutdown), s0 shut down, EXIT 100 of t0 by max_loss at 50
            show t0 -> closed 0 of 100 entry 100 best 100 stop none mtm -5000 exit by max_loss
            buy 1 X @ mark -> refused EntriesBlocked: strategy s0 was shut down: no entries
        "#]],
    );
}

#[test]
fn each_scope_leaves_what_is_not_its_own() {
    check(
        "account B
         strategy T
         group G
         buy 10 X @ 100 of g0
         buy 10 X @ 100
         buy 10 X @ 100 in s1
         buy 10 X @ 100 on a1
         rule t0 max_loss 100
         rule g0 max_loss 200
         X 90
         mtm t0
         buy 10 X @ 100 of g0
         X 80
         buy 1 X @ mark of g0
         rule a1 max_loss 300
         X 70
         buy 1 X @ mark on a1
         buy 1 X @ mark
         rule system max_loss 1500
         X 40
         buy 1 X @ mark in s1",
        expect![[r#"
            account B
            strategy T
            group G
            buy 10 X @ 100 of g0
            buy 10 X @ 100
            buy 10 X @ 100 in s1
            buy 10 X @ 100 on a1
            rule t0 max_loss 100
            rule g0 max_loss 200
            X 90 -> BREACH max_loss -100 <> -100 (Exit), EXIT 10 of t0 by max_loss at 90, warned at 0.5 (room 100)
            mtm t0 -> mtm -100 peak 0 floor none
            buy 10 X @ 100 of g0 -> BREACH max_loss -200 <> -200 (Exit), EXIT 10 of t4 by max_loss at 90
            X 80 -> none none none
            buy 1 X @ mark of g0 -> refused EntriesBlocked: max_loss r1 has fired on g0: no entries
            rule a1 max_loss 300 -> warned at 0.5 (room 100)
            X 70 -> BREACH max_loss -300 <> -300 (Exit), EXIT 10 of t3 by max_loss at 70
            buy 1 X @ mark on a1 -> refused EntriesBlocked: max_loss r2 has fired on a1: no entries
            buy 1 X @ mark
            rule system max_loss 1500 -> warned at 0.5 (room 400)
            X 40 -> BREACH max_loss -1730 <> -1500 (Exit), EXIT 10 of t1 by max_loss at 40, EXIT 10 of t2 by max_loss at 40, EXIT 1 of t5 by max_loss at 40
            buy 1 X @ mark in s1 -> refused EntriesBlocked: max_loss r3 has fired on system: no entries
        "#]],
    );
}

#[test]
fn a_system_target_closes_everything() {
    check(
        "account B
         strategy T
         rule system mtm_target 300
         sell 10 X @ 100
         buy 10 Y @ 100 in s1 on a1
         batch X=90 Y=115
         X 95 85
         batch X=80 Y=115",
        expect![[r#"
            account B
            strategy T
            rule system mtm_target 300
            sell 10 X @ 100
            buy 10 Y @ 100 in s1 on a1
            batch X=90 Y=115
            X 95 85 -> none | BREACH target 300 <> 300 (Exit), EXIT 10 of t0 by target at 85, EXIT 10 of t1 by target at 115
            batch X=80 Y=115
        "#]],
    );
}

#[test]
fn actions_do_what_they_say() {
    check(
        "group G
         rule g0 max_loss 100, do alert
         rule g0 max_loss 150, do exit_losers
         rule g0 max_loss 200, do reduce 0.5
         rule g0 max_loss 250, do block
         rule g0 max_loss 280, do move_to_cost
         buy 20 X @ 100 of g0 [stop 50]
         buy 20 Y @ 100 of g0
         sell 5 Z @ 100 of g0
         Y 101
         X 94
         Z 100
         X 92.5
         buy 1 X @ mark of g0
         Y 95
         Y 90
         Y 86
         buy 1 X @ mark of g0
         buy 1 X @ mark",
        expect![[r#"
            group G
            rule g0 max_loss 100, do alert
            rule g0 max_loss 150, do exit_losers
            rule g0 max_loss 200, do reduce 0.5
            rule g0 max_loss 250, do block
            rule g0 max_loss 280, do move_to_cost
            buy 20 X @ 100 of g0 [stop 50]
            buy 20 Y @ 100 of g0
            sell 5 Z @ 100 of g0
            Y 101 -> none
            X 94 -> BREACH max_loss -100 <> -100 (Alert), warned at 0.5 (room 50), warned at 0.5 (room 100)
            Z 100 -> none
            X 92.5 -> warned at 0.25 (room 20), warned at 0.5 (room 120)
            buy 1 X @ mark of g0
            Y 95 -> BREACH max_loss -250 <> -150 (ExitLosers), EXIT 20 of t0 by max_loss at 92.5, EXIT 20 of t1 by max_loss at 95, BREACH max_loss -250 <> -200 (Reduce(Fraction(500000))), EXIT 3 of t2 by max_loss at 100, EXIT 1 of t3 by max_loss at 92.5, BREACH max_loss -250 <> -250 (BlockEntries), warned at 0.5 (room 30), warned at 0.25 (room 30)
            Y 90
            Y 86
            buy 1 X @ mark of g0 -> refused EntriesBlocked: max_loss r3 has fired on g0: no entries
            buy 1 X @ mark
        "#]],
    );
}

#[test]
fn losers_leave_and_winners_stay() {
    check(
        "rule s0 max_loss 100, do exit_losers
         buy 10 X @ 100
         buy 10 Y @ 100
         sell 10 Z @ 100
         batch X=110 Y=85 Z=108
         show t0
         show t1
         show t2",
        expect![[r#"
            rule s0 max_loss 100, do exit_losers
            buy 10 X @ 100
            buy 10 Y @ 100
            sell 10 Z @ 100
            batch X=110 Y=85 Z=108 -> BREACH max_loss -130 <> -100 (ExitLosers), EXIT 10 of t2 by max_loss at 108, EXIT 10 of t1 by max_loss at 85
            show t0 -> open 10 of 10 entry 100 best 110 stop none mtm 100
            show t1 -> closed 0 of 10 entry 100 best 100 stop none mtm -150 exit by max_loss
            show t2 -> closed 0 of 10 entry 100 best 100 stop none mtm -80 exit by max_loss
        "#]],
    );
}

#[test]
fn shutdown_stays_until_a_person_resets() {
    check(
        "rule s0 mtm_target 100
         buy 10 X @ 100
         X 110
         buy 10 X @ mark
         rule s0 max_loss 50
         reset s0
         buy 10 X @ mark
         X 119.99 120",
        expect![[r#"
            rule s0 mtm_target 100
            buy 10 X @ 100
            X 110 -> BREACH target 100 <> 100 (Shutdown), s0 shut down, EXIT 10 of t0 by target at 110
            buy 10 X @ mark -> refused EntriesBlocked: strategy s0 was shut down: no entries
            rule s0 max_loss 50
            reset s0 -> r0 reset, s0 reset
            buy 10 X @ mark
            X 119.99 120 -> none | BREACH target 100 <> 100 (Shutdown), s0 shut down, EXIT 10 of t1 by target at 120
        "#]],
    );
}

#[test]
fn shorts_leave_before_the_longs_that_hedge_them() {
    check(
        "rule s0 max_loss 100
         buy 10 H @ 100
         sell 10 X @ 100
         buy 10 I @ 100
         sell 10 Y @ 100
         batch H=100 X=106 I=100 Y=104",
        expect![[r#"
            rule s0 max_loss 100
            buy 10 H @ 100
            sell 10 X @ 100
            buy 10 I @ 100
            sell 10 Y @ 100
            batch H=100 X=106 I=100 Y=104 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t1 by max_loss at 106, EXIT 10 of t3 by max_loss at 104, EXIT 10 of t0 by max_loss at 100, EXIT 10 of t2 by max_loss at 100
        "#]],
    );
}

#[test]
fn pending_entries_are_cancelled_on_a_breach() {
    check(
        "account B orders
         rule s0 max_loss 100
         buy 10 X @ 100
         buy 10 X @ mark on a1
         X 90
         show t1
         fill F t1 buy 10 90
         show t1",
        expect![[r#"
            account B orders
            rule s0 max_loss 100
            buy 10 X @ 100
            buy 10 X @ mark on a1 -> ENTER 10 of t1
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, t1 cancelled: max_loss r0 fired, EXIT 10 of t0 by max_loss at 90
            show t1 -> cancelled (max_loss r0 fired) 0 of 10 entry none best none stop none mtm 0
            fill F t1 buy 10 90 -> EXIT 10 of t1 by entered_while_closed at 90
            show t1 -> exiting (filled after it had ended) 10 of 10 entry 90 best 90 stop none mtm 0 exit by entered_while_closed
        "#]],
    );
}

#[test]
fn then_reaches_wider_and_skips_what_it_must() {
    check(
        "group G
         buy 10 X @ 100 of g0 [stop 90, then group move_to_cost]
         buy 10 Y @ 100 of g0
         sell 10 Z @ 100 of g0 [stop 120]
         buy 10 W @ 100 of g0 [stop 101, force]
         buy 10 V @ 100 of g0
         buy 10 U @ 100 of g0
         W 105
         Y 110
         Z 95
         V 99
         X 90
         show t1
         Y 100
         Z 100",
        expect![[r#"
            group G
            buy 10 X @ 100 of g0 [stop 90, then group move_to_cost]
            buy 10 Y @ 100 of g0
            sell 10 Z @ 100 of g0 [stop 120]
            buy 10 W @ 100 of g0 [stop 101, force]
            buy 10 V @ 100 of g0
            buy 10 U @ 100 of g0
            W 105 -> 101
            Y 110 -> none
            Z 95 -> 120
            V 99 -> none
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90, t1 to cost 100, t2 to cost 100, t3 not to cost (NotTighter), t4 not to cost (ThroughMarket), t5 not to cost (NoMark)
            show t1 -> open 10 of 10 entry 100 best 110 stop 100 mtm 100
            Y 100 -> EXIT 10 of t1 by moved_to_cost at 100 level 100
            Z 100 -> EXIT 10 of t2 by moved_to_cost at 100 level 100
        "#]],
    );
}

#[test]
fn then_closes_the_account() {
    check(
        "account B
         buy 10 X @ 100 on a1 [stop 90, then account exit]
         buy 10 Y @ 100 on a1
         buy 10 Y @ 100
         Y 101
         X 90
         buy 1 Y @ mark on a1
         reset r0
         buy 1 Y @ mark on a1",
        expect![[r#"
            account B
            buy 10 X @ 100 on a1 [stop 90, then account exit]
            buy 10 Y @ 100 on a1
            buy 10 Y @ 100
            Y 101 -> none none
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90, a1 blocked, EXIT 10 of t1 by stop_loss at 101
            buy 1 Y @ mark on a1 -> refused EntriesBlocked: stop_loss r0 has fired on a1: no entries
            reset r0 -> r0 reset
            buy 1 Y @ mark on a1
        "#]],
    );
}

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
            wait 2 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
            X 90 -> none none
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

#[test]
fn a_batch_is_judged_once_when_it_is_complete() {
    check(
        "rule s0 max_loss 100
         buy 10 X @ 100
         sell 10 Y @ 100
         batch X=80 Y=85
         batch X=80 Y=95",
        expect![[r#"
            rule s0 max_loss 100
            buy 10 X @ 100
            sell 10 Y @ 100
            batch X=80 Y=85 -> warned at 0.5 (room 50)
            batch X=80 Y=95 -> BREACH max_loss -150 <> -100 (Shutdown), s0 shut down, EXIT 10 of t1 by max_loss at 95, EXIT 10 of t0 by max_loss at 80
        "#]],
    );
}

#[test]
fn a_reset_starts_a_new_peak_and_a_new_floor() {
    check(
        "rule s0 give_back 0.5, do alert
         buy 10 X @ 100
         X 120
         X 110
         X 105
         reset r0
         mtm
         X 110
         mtm
         X 107.5",
        expect![[r#"
            rule s0 give_back 0.5, do alert
            buy 10 X @ 100
            X 120 -> none
            X 110 -> BREACH give_back 100 <> 100 (Alert)
            X 105 -> none
            reset r0 -> r0 reset
            mtm -> mtm 50 peak 200 floor none
            X 110 -> none
            mtm -> mtm 100 peak 200 floor 25
            X 107.5 -> BREACH give_back 25 <> 25 (Alert)
        "#]],
    );
}
