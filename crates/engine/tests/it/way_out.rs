//! Ways out that were lost or went too far: exits asked for during the exit of a part, entries that went on being
//! filled, attempts that were never forgotten.

use crate::script::check;
use expect_test::expect;

#[test]
fn an_exit_of_all_during_the_exit_of_a_part_was_refused_and_the_rest_stayed() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1
         exit t0 4
         exit t0
         exit t0 2
         fill F1 t0 sell 4 100
         show t0
         fill F2 t0 sell 6 100
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1
            exit t0 4 -> EXIT 4 of t0 by operator at 100
            exit t0 -> t0 exits later
            exit t0 2 -> refused WrongState: trade t0 is exiting
            fill F1 t0 sell 4 100 -> EXIT 6 of t0 by operator at 100
            show t0 -> exiting 6 of 10 entry 100 best 100 stop none mtm 0 exit by operator
            fill F2 t0 sell 6 100
            show t0 -> closed 0 of 10 entry 100 best 100 stop none mtm 0 exit by operator
        "#]],
    );
}

#[test]
fn a_latch_that_blocks_entries_closed_the_trade_that_was_just_being_filled() {
    check(
        "account B orders
         X 100
         rule s0 max_trades 1
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 4 100
         fill F2 t0 buy 6 100
         show t0
         buy 10 X @ mark on a1",
        expect![[r#"
            account B orders
            X 100
            rule s0 max_trades 1
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 4 100 -> BREACH max_trades_per_day 1 <> 1 (BlockEntries)
            fill F2 t0 buy 6 100
            show t0 -> open 10 of 10 entry 100 best 100 stop 90 mtm 0
            buy 10 X @ mark on a1 -> refused EntriesBlocked: max_trades_per_day r0 has fired on s0: no entries
        "#]],
    );
}

#[test]
fn what_was_still_to_be_entered_went_on_working_at_the_broker_while_its_trade_left() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         increase t0 5
         X 89
         fill F1 t0 sell 10 89
         show t0
         fill F2 t0 buy 2 89
         fill F3 t0 sell 2 89
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            increase t0 5 -> ENTER 5 of t0
            X 89 -> t0 enters no more: its trade ends, EXIT 10 of t0 by stop_loss at 89 level 90
            fill F1 t0 sell 10 89
            show t0 -> closed 0 of 10 entry 100 best 100 stop 90 mtm -110 exit by stop_loss
            fill F2 t0 buy 2 89 -> EXIT 2 of t0 by stop_loss at 89
            fill F3 t0 sell 2 89
            show t0 -> closed (filled after it had ended) 0 of 12 entry 98.16666667 best 100 stop 90 mtm -110 exit by stop_loss
        "#]],
    );
}

#[test]
fn a_part_of_an_entry_went_on_being_filled_after_a_kill() {
    check(
        "account B orders
         X 100
         buy 10 X @ mark on a1
         fill F1 t0 buy 4 100
         kill
         fill F2 t0 sell 4 100
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 4 100
            kill -> killed, t0 enters no more: its trade ends, EXIT 4 of t0 by kill at 100
            fill F2 t0 sell 4 100
            show t0 -> closed 0 of 4 entry 100 best 100 stop none mtm 0 exit by kill
        "#]],
    );
}

#[test]
fn five_rejections_over_weeks_left_an_open_trade_with_a_stop_that_never_acted() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         X 89
         exit_rejected t0 1
         X 88
         exit_rejected t0 2
         X 87
         exit_rejected t0 3
         X 86
         exit_rejected t0 4
         X 85
         exit_rejected t0 5
         X 84
         exit t0 4
         fill F1 t0 sell 4 84
         show t0
         X 83",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            exit_rejected t0 1 -> t0x1 rejected
            X 88 -> EXIT 10 of t0 by stop_loss at 88 level 90
            exit_rejected t0 2 -> t0x2 rejected
            X 87 -> EXIT 10 of t0 by stop_loss at 87 level 90
            exit_rejected t0 3 -> t0x3 rejected
            X 86 -> EXIT 10 of t0 by stop_loss at 86 level 90
            exit_rejected t0 4 -> t0x4 rejected
            X 85 -> EXIT 10 of t0 by stop_loss at 85 level 90
            exit_rejected t0 5 -> t0x5 rejected
            X 84 -> 90
            exit t0 4 -> EXIT 4 of t0 by operator at 84
            fill F1 t0 sell 4 84 -> t0 counts rejections anew
            show t0 -> open (margin) 6 of 10 entry 100 best 100 stop 90 mtm -160 exit by operator
            X 83 -> EXIT 6 of t0 by stop_loss at 83 level 90
        "#]],
    );
}

#[test]
fn a_split_left_the_stop_of_an_entry_on_its_way_at_twice_the_price() {
    check(
        "account B orders
         X 1000
         sell 10 X @ mark on a1 [stop 1050]
         adjust X 2 1
         fill F1 t0 sell 10 1000
         increase t0 10
         adjust X 2 1
         fill F2 t0 sell 10 1000
         adjust X 2 1
         show t0",
        expect![[r#"
            account B orders
            X 1000
            sell 10 X @ mark on a1 [stop 1050] -> ENTER 10 of t0
            adjust X 2 1 -> refused WrongState: trade t0 is still being entered
            fill F1 t0 sell 10 1000
            increase t0 10 -> ENTER 10 of t0
            adjust X 2 1 -> refused WrongState: trade t0 is still being entered
            fill F2 t0 sell 10 1000
            adjust X 2 1
            show t0 -> open 40 of 40 entry 500 best 500 stop 525 mtm 0
        "#]],
    );
}
