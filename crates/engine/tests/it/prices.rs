//! Price rules as the manual states them.

use crate::script::check;
use expect_test::expect;

#[test]
fn trail_follows_best_and_exits_on_touch() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 100 110 106 105",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 100 110 106 105 -> 95 | 105 | 105 | EXIT 10 of t0 by trail at 105 level 105
        "#]],
    );
}

#[test]
fn keep_has_no_level_until_there_is_profit() {
    check(
        "buy 100 NIFTY @ 19500 [keep 0.3]
         NIFTY 19500 19400 19600 19530
         mtm",
        expect![[r#"
            buy 100 NIFTY @ 19500 [keep 0.3]
            NIFTY 19500 19400 19600 19530 -> none | none | 19530 | EXIT 100 of t0 by keep at 19530 level 19530
            mtm -> mtm 3000 peak 10000 floor none
        "#]],
    );
}

#[test]
fn steps_move_whole_or_in_full() {
    check(
        "sell 1 A @ 100 [step 120 10 5]
         A 95 90 84 80 50
         sell 1 D @ 100 [step 105 2 2]
         D 99 98 95 99 95 90
         buy 1 K @ 100 [full 95 2]
         K 101 103
         buy 1 W @ 100 [step 95 2 2]
         W 103",
        expect![[r#"
            sell 1 A @ 100 [step 120 10 5]
            A 95 90 84 80 50 -> 120 | 115 | 115 | 110 | 95
            sell 1 D @ 100 [step 105 2 2]
            D 99 98 95 99 95 90 -> 105 | 103 | 101 | 101 | 101 | 95
            buy 1 K @ 100 [full 95 2]
            K 101 103 -> 95 | 98
            buy 1 W @ 100 [step 95 2 2]
            W 103 -> 97
        "#]],
    );
}

#[test]
fn locks_and_losses_of_a_strategy() {
    check(
        "rule max_loss 5000
         rule lock 5000 3000
         buy 100 X @ 100
         X 149 120 150 138 130
         mtm
         buy 1 X @ 100",
        expect![[r#"
            rule max_loss 5000
            rule lock 5000 3000
            buy 100 X @ 100
            X 149 120 150 138 130 -> none | none | none | warned at 0.5 (room 800) | BREACH lock 3000 <> 3000 (Shutdown), s0 shut down, EXIT 100 of t0 by lock at 130
            mtm -> mtm 3000 peak 5000 floor -5000
            buy 1 X @ 100 -> refused EntriesBlocked: strategy s0 was shut down: no entries
        "#]],
    );
}

#[test]
fn folding_the_journal_gives_the_live_state() {
    let mut script = crate::script::Script::new();
    for price in ["100", "101", "99", "104"] {
        script.tick("X", price);
    }
    assert_eq!(script.engine.state().trade_views().count(), 0);
    script.assert_replays();
}

#[test]
fn a_part_exited_by_hand_made_the_engine_forget_the_whole_exit_that_waited() {
    check(
        "rule s0 daily_target 50, do reduce 0.5
         rule s0 mtm_target 50
         buy 10 X @ 100
         X 105
         exit t0 1
         X 104
         X 104",
        expect![[r#"
            rule s0 daily_target 50, do reduce 0.5
            rule s0 mtm_target 50
            buy 10 X @ 100
            X 105 -> BREACH daily_target 50 <> 50 (Reduce(Fraction(500000))), EXIT 5 of t0 by daily_target at 105, BREACH target 50 <> 50 (Shutdown), s0 shut down, t0 exits later
            exit t0 1 -> EXIT 1 of t0 by operator at 105
            X 104 -> EXIT 4 of t0 by target at 104
            X 104
        "#]],
    );
}
