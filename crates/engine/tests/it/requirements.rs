//! What other systems got wrong, by the numbers of the study of peers; R10, R15 and R17 to R25 concern feeds and brokers.

use crate::script::{Script, check};
use expect_test::expect;
use highmark_engine::*;

#[test]
fn r01_never_moves_a_stop_away_from_the_market() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 110 106 109 107
         loosen r0 104
         loosen r0 104 results
         X 109 110 111
         sell 10 Y @ 100 [trail 5]
         Y 90 94 91 93",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 110 106 109 107 -> 105 | 105 | 105 | 105
            loosen r0 104 -> refused BadField: this needs a reason
            loosen r0 104 results -> r0 loosened to 104
            X 109 110 111 -> 104 | 104 | 106
            sell 10 Y @ 100 [trail 5]
            Y 90 94 91 93 -> 95 | 95 | 95 | 95
        "#]],
    );
}

#[test]
fn r02_measures_from_the_high_since_entry_not_from_the_entry() {
    check(
        "X 500
         buy 10 X @ 100 [trail 0.05b]
         X 100 200 190.05 190",
        expect![[r#"
            X 500
            buy 10 X @ 100 [trail 0.05b]
            X 100 200 190.05 190 -> 95 | 190 | 190 | EXIT 10 of t0 by trail at 190 level 190
        "#]],
    );
}

#[test]
fn r03_works_for_shorts() {
    check(
        "sell 10 X @ 100 [trail 5]
         X 100 90 94.95 95
         sell 10 Y @ 100 [keep 0.3]
         Y 101 100 80 93.95 94",
        expect![[r#"
            sell 10 X @ 100 [trail 5]
            X 100 90 94.95 95 -> 105 | 95 | 95 | EXIT 10 of t0 by trail at 95 level 95
            sell 10 Y @ 100 [keep 0.3]
            Y 101 100 80 93.95 94 -> none | none | 94 | 94 | EXIT 10 of t1 by keep at 94 level 94
        "#]],
    );
}

#[test]
fn r04_zero_break_even_and_negative_are_values() {
    check(
        "rule s0 lock 500 0
         buy 10 X @ 100 [breakeven 8 0]
         X 107.95 108 100
         rule s0 lock 100 -50, life
         mtm
         buy 10 Y @ 100
         Y 110 100 95
         mtm",
        expect![[r#"
            rule s0 lock 500 0
            buy 10 X @ 100 [breakeven 8 0]
            X 107.95 108 100 -> none | 100 | EXIT 10 of t0 by break_even at 100 level 100
            rule s0 lock 100 -50, life
            mtm -> mtm 0 peak 80 floor none
            buy 10 Y @ 100
            Y 110 100 95 -> none | none | BREACH lock -50 <> -50 (Shutdown), s0 shut down, EXIT 10 of t1 by lock at 95
            mtm -> mtm -50 peak 100 floor none
        "#]],
    );
}

#[test]
fn r05_touch_is_breach_unless_strict() {
    check(
        "buy 10 X @ 100 [stop 95]
         X 95.05 95
         buy 10 X @ 100 [stop 94.9, strict]
         X 94.95 94.9 94.85
         buy 10 Y @ 100 [target 105]
         Y 104.95 105
         buy 10 Z @ 100 [trail 5 arm 110]
         Z 109.95 105 110 105.05 105",
        expect![[r#"
            buy 10 X @ 100 [stop 95]
            X 95.05 95 -> 95 | EXIT 10 of t0 by stop_loss at 95 level 95
            buy 10 X @ 100 [stop 94.9, strict]
            X 94.95 94.9 94.85 -> 94.9 | 94.9 | EXIT 10 of t1 by stop_loss at 94.85 level 94.9
            buy 10 Y @ 100 [target 105]
            Y 104.95 105 -> none | EXIT 10 of t2 by target at 105 level 105
            buy 10 Z @ 100 [trail 5 arm 110]
            Z 109.95 105 110 105.05 105 -> none | none | 105 | 105 | EXIT 10 of t3 by trail at 105 level 105
        "#]],
    );
}

#[test]
fn r06_peak_and_breach_look_at_the_price_they_are_told_to() {
    check(
        "buy 10 X @ 100 [trail 5, peak mid, breach last]
         X 100/100/102 104/103/105 110/103/105 99.05/103/105 99/103/105
         buy 10 Y @ 100 [stop 95, breach executable]
         Y 96/94.9/97
         show t1",
        expect![[r#"
            buy 10 X @ 100 [trail 5, peak mid, breach last]
            X 100/100/102 104/103/105 110/103/105 99.05/103/105 99/103/105 -> 96 | 99 | 99 | 99 | EXIT 10 of t0 by trail at 99 level 99
            buy 10 Y @ 100 [stop 95, breach executable]
            Y 96/94.9/97 -> EXIT 10 of t1 by stop_loss at 94.9 level 95
            show t1 -> closed 0 of 10 entry 100 best 100 stop 95 mtm -51 exit by stop_loss
        "#]],
    );
}

#[test]
fn r07_bad_ticks_decide_nothing() {
    check(
        "buy 10 X @ 100 [stop 90]
         X 100 0 -5 100
         X 100
         X 89",
        expect![[r#"
            buy 10 X @ 100 [stop 90]
            X 100 0 -5 100 -> 90 | tick refused MD_ZERO | tick refused MD_NEGATIVE | 90
            X 100 -> 90
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
        "#]],
    );
}

#[test]
fn r08_nothing_triggers_from_before_the_entry() {
    check(
        "X 85
         buy 10 X @ 100 [stop 90]
         show t0
         wait 1
         X 89",
        expect![[r#"
            X 85
            buy 10 X @ 100 [stop 90]
            show t0 -> open 10 of 10 entry 100 best 100 stop 90 mtm -150
            wait 1
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
        "#]],
    );
}

#[test]
fn r09_a_gap_fills_at_the_market_and_never_at_the_level() {
    check(
        "buy 10 X @ 100 [stop 95]
         X 99 80
         show t0",
        expect![[r#"
            buy 10 X @ 100 [stop 95]
            X 99 80 -> 95 | EXIT 10 of t0 by stop_loss at 80 level 95
            show t0 -> closed 0 of 10 entry 100 best 100 stop 95 mtm -200 exit by stop_loss
        "#]],
    );
}

#[test]
fn r11_a_level_outlives_partial_exits_and_adds() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 120
         exit t0 4
         show t0
         increase t0 10 119
         show t0
         X 116 115
         show t0",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 120 -> 115
            exit t0 4 -> EXIT 4 of t0 by operator at 120
            show t0 -> open 6 of 10 entry 100 best 120 stop 115 mtm 200 exit by operator
            increase t0 10 119
            show t0 -> open 16 of 20 entry 109.5 best 120 stop 115 mtm 210 exit by operator
            X 116 115 -> 115 | EXIT 16 of t0 by trail at 115 level 115
            show t0 -> closed 0 of 20 entry 109.5 best 120 stop 115 mtm 130 exit by trail
        "#]],
    );
}

#[test]
fn r12_a_change_to_an_open_stop_is_explicit() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 110
         change r0 trail 8
         change r0 trail 4
         show t0
         change r0 trail 8, force
         show t0",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 110 -> 105
            change r0 trail 8 -> refused WouldLoosen: rule r0 would become looser
            change r0 trail 4
            show t0 -> open 10 of 10 entry 100 best 110 stop 106 mtm 100
            change r0 trail 8, force
            show t0 -> open 10 of 10 entry 100 best 110 stop 102 mtm 100
        "#]],
    );
}

#[test]
fn r13_stops_are_decided_in_one_order() {
    check(
        "buy 10 X @ 100 [stop 95; stop 96; trail 4]
         buy 10 X @ 100 [stop 96]
         X 100 90",
        expect![[r#"
            buy 10 X @ 100 [stop 95; stop 96; trail 4]
            buy 10 X @ 100 [stop 96]
            X 100 90 -> 96 96 | EXIT 10 of t0 by stop_loss at 90 level 96, EXIT 10 of t1 by stop_loss at 90 level 96
        "#]],
    );
}

#[test]
fn r14_steps_follow_either_brokers_rule_and_a_change_counts_anew() {
    check(
        "buy 10 X @ 100 [step 95 2 2]
         buy 10 X @ 100 [full 95 2]
         X 101.95 103 105.95
         X 106
         change r0 step 101 2 2 from 106
         X 107.95 108 110",
        expect![[r#"
            buy 10 X @ 100 [step 95 2 2]
            buy 10 X @ 100 [full 95 2]
            X 101.95 103 105.95 -> 95 95 | 97 98 | 99 100.95
            X 106 -> 101 100.95
            change r0 step 101 2 2 from 106
            X 107.95 108 110 -> 101 102.95 | 103 102.95 | 105 105
        "#]],
    );
}

#[test]
fn r26_a_limit_closes_and_a_halt_never_blocks_an_exit() {
    check(
        "rule s0 max_loss 100
         buy 10 X @ 100
         halt s0
         halt system
         X 90",
        expect![[r#"
            rule s0 max_loss 100
            buy 10 X @ 100
            halt s0
            halt system
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
        "#]],
    );
}

#[test]
fn r27_a_breach_latches_and_is_not_rebased() {
    check(
        "rule s0 max_loss 100
         buy 10 X @ 100
         X 90 80
         mtm
         wait 86400
         X 70
         buy 1 X @ mark",
        expect![[r#"
            rule s0 max_loss 100
            buy 10 X @ 100
            X 90 80 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90 | 
            mtm -> mtm -100 peak 0 floor none
            wait 86400
            X 70
            buy 1 X @ mark -> refused EntriesBlocked: strategy s0 was shut down: no entries
        "#]],
    );
}

#[test]
fn r28_one_position_does_not_stop_the_book() {
    check(
        "strategy T
         rule s0 max_loss 100
         buy 10 X @ 100
         buy 10 X @ 100 in s1
         X 90
         show t1
         buy 1 X @ mark in s1",
        expect![[r#"
            strategy T
            rule s0 max_loss 100
            buy 10 X @ 100
            buy 10 X @ 100 in s1
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
            show t1 -> open 10 of 10 entry 100 best 100 stop none mtm -100
            buy 1 X @ mark in s1
        "#]],
    );
}

#[test]
fn r29_pending_entries_go_with_the_breach() {
    check(
        "account B orders
         rule s0 max_loss 100
         buy 10 X @ 100
         buy 10 Y @ mark on a1
         X 90
         buy 10 Y @ mark on a1",
        expect![[r#"
            account B orders
            rule s0 max_loss 100
            buy 10 X @ 100
            buy 10 Y @ mark on a1 -> ENTER 10 of t1
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, t1 cancelled: max_loss r0 fired, EXIT 10 of t0 by max_loss at 90
            buy 10 Y @ mark on a1 -> refused EntriesBlocked: strategy s0 was shut down: no entries
        "#]],
    );
}

#[test]
fn r30_a_first_loss_is_a_drawdown() {
    check(
        "rule a0 drawdown 2% intraday
         buy 100 X @ 100
         X 80.01 80",
        expect![[r#"
            rule a0 drawdown 2% intraday
            buy 100 X @ 100
            X 80.01 80 -> warned at 0.5 (room 1), warned at 0.25 (room 1), warned at 0.1 (room 1) | BREACH drawdown 98000 <> 98000 (Exit), EXIT 100 of t0 by drawdown at 80
        "#]],
    );
}

#[test]
fn r31_a_lock_trails() {
    check(
        "rule s0 lock_and_trail 500 300 100 50
         buy 10 X @ 100
         X 150 160 180
         mtm
         X 143",
        expect![[r#"
            rule s0 lock_and_trail 500 300 100 50
            buy 10 X @ 100
            X 150 160 180 -> none | none | none
            mtm -> mtm 800 peak 800 floor 450
            X 143 -> BREACH lock_and_trail 430 <> 450 (Shutdown), s0 shut down, EXIT 10 of t0 by lock_and_trail at 143
        "#]],
    );
}

#[test]
fn r32_a_kill_with_no_trades_is_a_kill() {
    check(
        "kill
         buy 1 X @ 100
         session 0 20260102 0 10
         buy 1 X @ 100",
        expect![[r#"
            kill -> killed
            buy 1 X @ 100 -> refused Killed: the kill switch is engaged: no entries
            session 0 20260102 0 10
            buy 1 X @ 100 -> refused Killed: the kill switch is engaged: no entries
        "#]],
    );
}

#[test]
fn r33_a_half_filled_group_is_measured_as_far_as_it_is_filled() {
    check(
        "account B orders
         group G
         rule g0 max_loss 50
         buy 10 X @ 100 of g0
         sell 10 Y @ mark on a1 of g0
         X 97
         fill F1 t1 sell 4 100
         Y 104
         mtm g0
         Y 106",
        expect![[r#"
            account B orders
            group G
            rule g0 max_loss 50
            buy 10 X @ 100 of g0
            sell 10 Y @ mark on a1 of g0 -> ENTER 10 of t1
            X 97 -> warned at 0.5 (room 20)
            fill F1 t1 sell 4 100
            Y 104 -> warned at 0.25 (room 4), warned at 0.1 (room 4)
            mtm g0 -> mtm -46 peak 0 floor -50
            Y 106 -> BREACH max_loss -54 <> -50 (Exit), t1 enters no more: its trade ends, EXIT 4 of t1 by max_loss at 106, EXIT 10 of t0 by max_loss at 97
        "#]],
    );
}

#[test]
fn r34_profit_comes_from_our_own_fills() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100.05
         X 110
         exit t0
         fill F2 t0 sell 10 109.95
         position a1 X 0
         mtm a1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100.05
            X 110 -> none
            exit t0 -> EXIT 10 of t0 by operator at 110
            fill F2 t0 sell 10 109.95
            position a1 X 0
            mtm a1 -> mtm 99 peak 99.5 floor none
        "#]],
    );
}

#[test]
fn r38_a_missing_mark_is_unknown_and_widens_no_limit() {
    check(
        "rule s0 max_loss 100
         rule s0 give_back 0.5
         buy 10 X @ 100
         buy 10 Y @ 100
         X 130
         mtm
         X 90",
        expect![[r#"
            rule s0 max_loss 100
            rule s0 give_back 0.5
            buy 10 X @ 100
            buy 10 Y @ 100
            X 130 -> none
            mtm -> mtm 300 peak 0 floor -100 uncertain
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90, EXIT 10 of t1 by max_loss at no mark
        "#]],
    );
}

#[test]
fn r35_the_charges_of_a_flip_are_split_by_quantity() {
    let mut script = Script::new();
    script.lines(
        "account B orders
         buy 3 X @ mark on a1
         fill F1 t0 buy 3 100
         X 100
         exit t0
         fill F2 t0 sell 10 100 1",
    );
    let charges = [script.trade(0).charges, script.trade(1).charges];
    assert_eq!(charges.map(|charge| charge.to_string()), ["0.3", "0.7"]);
}

#[test]
fn r36_sums_never_drift() {
    let mut script = Script::new();
    let lot_size = Quantity(1);
    script.define(InstrumentSpec { lot_size, ..InstrumentSpec::new("C") });
    script.line("buy 0.00000003 C @ 0.1");
    for _ in 0..999 {
        script.line("increase t0 0.00000003 0.1");
    }
    script.line("C 0.3");
    assert_eq!(script.trade(0).mtm.to_string(), "0.000006");
    script.line("exit t0 0.00001");
    script.line("exit t0");
    assert_eq!(script.trade(0).realised.to_string(), "0.000006");
}

#[test]
fn r37_lots_and_multipliers_count_everywhere() {
    let mut script = Script::new();
    let (lot_size, multiplier) = (Quantity::whole(5), 10);
    script.define(InstrumentSpec { lot_size, multiplier, ..InstrumentSpec::new("G") });
    script.lines("rule s0 max_loss 500\nrule s0 max_loss 20%p");
    assert_eq!(
        script.line("buy 7 G @ 100"),
        "refused BadQuantity: 7 is not a whole number of lots"
    );
    script.line("buy 10 G @ 100");
    assert_eq!(script.line("G 98"), "none");
    assert_eq!(script.rule(0).value, Some(Money::rupees(-200)));
    assert_eq!(script.rule(1).floor, Some(Money::rupees(-2000)));
    assert!(script.line("G 95").starts_with("BREACH max_loss -500 <> -500"));
}

#[test]
fn r39_profit_survives_a_restart() {
    let mut script = Script::new();
    script.lines("rule s0 daily_loss 100\nbuy 10 X @ 100\nX 95\nexit t0");
    let mut fresh = Engine::new();
    script.journal.iter().for_each(|event| fresh.apply(event));
    script.engine = fresh;
    assert_eq!(script.line("mtm"), "mtm -50 peak 0 floor -100");
    script.line("buy 10 X @ 95");
    assert!(script.line("X 90").starts_with("BREACH daily_loss -100 <> -100"));
}
