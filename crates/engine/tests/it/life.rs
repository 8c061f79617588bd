//! A trade's life: what it can become, and what it can't.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_tracked_trade_opens_and_closes_at_once() {
    check(
        "buy 10 X @ 100
         show t0
         X 104
         exit t0 4
         show t0
         X 106
         exit t0
         show t0
         mtm",
        expect![[r#"
            buy 10 X @ 100
            show t0 -> open 10 of 10 entry 100 best 100 stop none mtm 0
            X 104 -> none
            exit t0 4 -> EXIT 4 of t0 by operator at 104
            show t0 -> open 6 of 10 entry 100 best 104 stop none mtm 40 exit by operator
            X 106 -> none
            exit t0 -> EXIT 6 of t0 by operator at 106
            show t0 -> closed 0 of 10 entry 100 best 106 stop none mtm 52 exit by operator
            mtm -> mtm 52 peak 52 floor none
        "#]],
    );
}

#[test]
fn an_ordered_trade_waits_for_its_fills() {
    check(
        "account B orders
         X 100
         buy 10 X @ mark on a1 [trail 5]
         show t0
         X 120
         fill F1 t0 buy 4 101
         show t0
         X 110
         fill F2 t0 buy 6 111
         show t0
         X 105
         show t0
         fill F3 t0 sell 4 104
         show t0
         fill F4 t0 sell 6 104.5
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ mark on a1 [trail 5] -> ENTER 10 of t0
            show t0 -> pending 0 of 10 entry none best none stop none mtm 0
            X 120
            fill F1 t0 buy 4 101
            show t0 -> open 4 of 4 entry 101 best 101 stop 96 mtm 76
            X 110 -> 105
            fill F2 t0 buy 6 111
            show t0 -> open 10 of 10 entry 107 best 110 stop 105 mtm 30
            X 105 -> EXIT 10 of t0 by trail at 105 level 105
            show t0 -> exiting 10 of 10 entry 107 best 110 stop 105 mtm -20 exit by trail
            fill F3 t0 sell 4 104
            show t0 -> exiting 6 of 10 entry 107 best 110 stop 105 mtm -24 exit by trail
            fill F4 t0 sell 6 104.5
            show t0 -> closed 0 of 10 entry 107 best 110 stop 105 mtm -27 exit by trail
        "#]],
    );
}

#[test]
fn what_is_over_stays_over() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         cancel t0
         show t0
         cancel t0
         exit t0
         increase t0 5
         entry_rejected t0
         exit_rejected t0 1
         exit_unknown t0 1
         buy 10 X @ mark on a1
         entry_rejected t1
         show t1
         exit t1
         X 100
         reenter t1 @ mark
         buy 10 X @ 100
         exit t2
         exit t2
         cancel t2
         increase t2 5 100
         rule t2 stop 90",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            cancel t0 -> t0 cancelled: by hand
            show t0 -> cancelled (by hand) 0 of 10 entry none best none stop none mtm 0
            cancel t0 -> refused WrongState: trade t0 is cancelled
            exit t0 -> refused WrongState: trade t0 is cancelled
            increase t0 5 -> refused WrongState: trade t0 is cancelled
            entry_rejected t0 -> refused WrongState: trade t0 is not pending: an entry can't be rejected any more
            exit_rejected t0 1 -> refused WrongState: trade t0 has no such exit under way
            exit_unknown t0 1 -> refused WrongState: trade t0 has no such exit under way
            buy 10 X @ mark on a1 -> ENTER 10 of t1
            entry_rejected t1 -> t1 rejected: margin
            show t1 -> rejected (margin) 0 of 10 entry none best none stop none mtm 0
            exit t1 -> refused WrongState: trade t1 is rejected
            X 100
            reenter t1 @ mark -> refused WrongState: trade t1 is rejected
            buy 10 X @ 100
            exit t2 -> EXIT 10 of t2 by operator at 100
            exit t2 -> refused WrongState: trade t2 is closed
            cancel t2 -> refused WrongState: trade t2 is closed
            increase t2 5 100 -> refused WrongState: trade t2 is closed
            rule t2 stop 90 -> refused WrongState: trade t2 is closed
        "#]],
    );
}

#[test]
fn what_does_not_exist_is_refused() {
    check(
        "cancel t7
         exit t7
         increase t7 1 1
         reenter t7 @ 5
         roll t7 X @ 5
         fill F t7 buy 1 1
         entry_rejected t7
         exit_rejected t7 1
         position a9 X 5
         rule t7 stop 5
         rule s9 max_loss 5
         change r9 stop 5
         remove r9
         loosen r9 5 why
         reset r9
         reset s9
         halt g3
         buy 1 X @ 5 on a9
         buy 1 X @ 5 in s9
         buy 1 X @ 5 of g9
         undo c99",
        expect![[r#"
            cancel t7 -> refused NotFound: there is no t7
            exit t7 -> refused NotFound: there is no t7
            increase t7 1 1 -> refused NotFound: there is no t7
            reenter t7 @ 5 -> refused NotFound: there is no t7
            roll t7 X @ 5 -> refused NotFound: there is no t7
            fill F t7 buy 1 1 -> refused NotFound: there is no trade t7
            entry_rejected t7 -> refused WrongState: trade t7 is not pending: an entry can't be rejected any more
            exit_rejected t7 1 -> refused WrongState: trade t7 has no such exit under way
            position a9 X 5 -> refused NotFound: no such account or instrument
            rule t7 stop 5 -> refused NotFound: there is no t7
            rule s9 max_loss 5 -> refused NotFound: there is no s9
            change r9 stop 5 -> refused NotFound: there is no rule r9
            remove r9 -> refused NotFound: there is no rule r9
            loosen r9 5 why -> refused NotFound: there is no rule r9
            reset r9 -> refused NotFound: there is no rule r9
            reset s9 -> refused NotFound: there is no s9
            halt g3 -> refused NotFound: there is no g3
            buy 1 X @ 5 on a9 -> refused NotFound: there is no a9
            buy 1 X @ 5 in s9 -> refused NotFound: there is no s9
            buy 1 X @ 5 of g9 -> refused NotFound: there is no g9
            undo c99 -> refused NothingToUndo: there is nothing to undo or redo
        "#]],
    );
}

#[test]
fn a_repeated_fill_counts_once() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100
         fill F1 t0 buy 10 100
         show t0
         X 100
         exit t0
         fill F2 t0 sell 6 100
         fill F2 t0 sell 6 100
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            fill F1 t0 buy 10 100 -> F1 again
            show t0 -> open 10 of 10 entry 100 best 100 stop none mtm 0
            X 100 -> none
            exit t0 -> EXIT 10 of t0 by operator at 100
            fill F2 t0 sell 6 100
            fill F2 t0 sell 6 100 -> F2 again
            show t0 -> exiting 4 of 10 entry 100 best 100 stop none mtm 0 exit by operator
        "#]],
    );
}

#[test]
fn a_late_fill_after_cancelling_is_a_fact_and_degrades() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         cancel t0
         fill F1 t0 buy 3 100
         show t0
         X 95 90
         fill F2 t0 sell 3 90
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            cancel t0 -> t0 cancelled: by hand
            fill F1 t0 buy 3 100 -> t0 enters no more: its trade ends, t0 degraded: filled after it had ended
            show t0 -> degraded (filled after it had ended) 3 of 3 entry 100 best 100 stop 90 mtm 0
            X 95 90 -> 90 | EXIT 3 of t0 by stop_loss at 90 level 90
            fill F2 t0 sell 3 90
            show t0 -> closed (filled after it had ended) 0 of 3 entry 100 best 100 stop 90 mtm -30 exit by stop_loss
        "#]],
    );
}

#[test]
fn a_late_fill_into_a_killed_book_is_exited() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         kill
         fill F1 t0 buy 10 100
         show t0
         fill F2 t0 sell 10 99
         show t0
         mtm a1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            kill -> killed, t0 cancelled: the kill switch was engaged
            fill F1 t0 buy 10 100 -> EXIT 10 of t0 by entered_while_closed at no mark
            show t0 -> exiting (filled after it had ended) 10 of 10 entry 100 best 100 stop none mtm 0 exit by entered_while_closed
            fill F2 t0 sell 10 99
            show t0 -> closed (filled after it had ended) 0 of 10 entry 100 best 100 stop none mtm -10 exit by entered_while_closed
            mtm a1 -> mtm -10 peak 0 floor none
        "#]],
    );
}

#[test]
fn an_overfill_is_split_and_its_charges_too() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100 5
         X 102
         exit t0
         fill F2 t0 sell 15 103 3
         show t0
         show t1
         fill F2 t0 sell 15 103 3
         X 105
         mtm a1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100 5
            X 102 -> none
            exit t0 -> EXIT 10 of t0 by operator at 102
            fill F2 t0 sell 15 103 3 -> t1 degraded: an exit filled for more than was open: this is the rest, unprotected
            show t0 -> closed 0 of 10 entry 100 best 102 stop none mtm 30 exit by operator
            show t1 -> degraded (an exit filled for more than was open: this is the rest, unprotected) 5 of 5 entry 103 best 103 stop none mtm 5
            fill F2 t0 sell 15 103 3 -> F2 again
            X 105 -> none
            mtm a1 -> mtm 20 peak 35 floor none
        "#]],
    );
}

#[test]
fn a_closing_fill_of_a_trade_that_holds_nothing_counts_once() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 sell 4 100
         fill F1 t0 sell 4 100
         show t0
         show t1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 sell 4 100 -> t1 degraded: an exit filled for more than was open: this is the rest, unprotected
            fill F1 t0 sell 4 100 -> F1 again
            show t0 -> pending 0 of 10 entry none best none stop none mtm 0
            show t1 -> degraded (an exit filled for more than was open: this is the rest, unprotected) 4 of 4 entry 100 best 100 stop none mtm 0
        "#]],
    );
}

#[test]
fn the_rest_of_an_overfill_leaves_a_killed_book() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100
         X 100
         kill
         fill F2 t0 sell 12 100
         show t1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 100 -> none
            kill -> killed, EXIT 10 of t0 by kill at 100
            fill F2 t0 sell 12 100 -> t1 degraded: an exit filled for more than was open: this is the rest, unprotected, EXIT 2 of t1 by entered_while_closed at 100
            show t1 -> exiting (an exit filled for more than was open: this is the rest, unprotected) 2 of 2 entry 100 best 100 stop none mtm 0 exit by entered_while_closed
        "#]],
    );
}

#[test]
fn a_rejected_exit_leaves_protection_armed_five_times() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 10 100
         X 89
         X 88
         exit_rejected t0 1
         show t0
         X 95
         X 90
         exit_rejected t0 2
         X 90
         exit_rejected t0 3
         X 90
         exit_rejected t0 4
         X 90
         exit_rejected t0 5
         X 80 70
         show t0
         exit t0
         fill F2 t0 sell 10 70
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            X 88 -> 90
            exit_rejected t0 1 -> t0x1 rejected
            show t0 -> degraded (margin) 10 of 10 entry 100 best 100 stop 90 mtm -120 exit by stop_loss
            X 95 -> 90
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            exit_rejected t0 2 -> t0x2 rejected
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            exit_rejected t0 3 -> t0x3 rejected
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            exit_rejected t0 4 -> t0x4 rejected
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            exit_rejected t0 5 -> t0x5 rejected
            X 80 70 -> 90 | 90
            show t0 -> degraded (margin) 10 of 10 entry 100 best 100 stop 90 mtm -300 exit by stop_loss
            exit t0 -> EXIT 10 of t0 by operator at 70
            fill F2 t0 sell 10 70 -> t0 counts rejections anew
            show t0 -> closed (margin) 0 of 10 entry 100 best 100 stop 90 mtm -300 exit by operator
        "#]],
    );
}

#[test]
fn a_rejected_exit_of_a_latched_scope_is_decided_again() {
    check(
        "account B orders
         rule s0 max_loss 100
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100
         X 90
         exit_rejected t0 1
         wait 1
         exit_rejected t0 2
         X 91
         exit_rejected t0 3
         wait 1
         exit_rejected t0 4
         wait 1
         exit_rejected t0 5
         wait 1
         X 80
         show t0",
        expect![[r#"
            account B orders
            rule s0 max_loss 100
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 90 -> BREACH max_loss -100 <> -100 (Shutdown), s0 shut down, EXIT 10 of t0 by max_loss at 90
            exit_rejected t0 1 -> t0x1 rejected, t0 exits later
            wait 1 -> EXIT 10 of t0 by max_loss at 90
            exit_rejected t0 2 -> t0x2 rejected, t0 exits later
            X 91 -> EXIT 10 of t0 by max_loss at 91
            exit_rejected t0 3 -> t0x3 rejected, t0 exits later
            wait 1 -> EXIT 10 of t0 by max_loss at 91
            exit_rejected t0 4 -> t0x4 rejected, t0 exits later
            wait 1 -> EXIT 10 of t0 by max_loss at 91
            exit_rejected t0 5 -> t0x5 rejected
            wait 1
            X 80 -> none
            show t0 -> degraded (margin) 10 of 10 entry 100 best 100 stop none mtm -200 exit by max_loss
        "#]],
    );
}

#[test]
fn a_rejected_exit_of_a_kill_is_decided_again() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 10 100
         X 100
         kill
         exit_rejected t0 1
         X 100
         fill F2 t0 sell 10 99
         show t0
         X 98",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 100 -> none
            kill -> killed, EXIT 10 of t0 by kill at 100
            exit_rejected t0 1 -> t0x1 rejected, t0 exits later
            X 100 -> EXIT 10 of t0 by kill at 100
            fill F2 t0 sell 10 99 -> t0 counts rejections anew
            show t0 -> closed (margin) 0 of 10 entry 100 best 100 stop none mtm -10 exit by kill
            X 98
        "#]],
    );
}

#[test]
fn an_unknown_exit_sends_nothing_more() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 10 100
         X 90
         exit_unknown t0 1
         X 80
         kill
         exit t0
         exit_unknown t0 2
         show t0
         fill F2 t0 sell 10 90
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            exit_unknown t0 1 -> t0x1 unknown
            X 80 -> 90
            kill -> killed, t0 exits later
            exit t0 -> refused WrongState: trade t0 is exiting
            exit_unknown t0 2 -> refused WrongState: trade t0 has no such exit under way
            show t0 -> exiting 10 of 10 entry 100 best 100 stop 90 mtm -200 exit by stop_loss
            fill F2 t0 sell 10 90
            show t0 -> closed 0 of 10 entry 100 best 100 stop 90 mtm -100 exit by stop_loss
        "#]],
    );
}

#[test]
fn a_partial_exit_leaves_protection_for_the_rest() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 10 100
         X 90
         fill F2 t0 sell 4 90
         show t0
         exit_rejected t0 1
         X 89
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 10 100
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            fill F2 t0 sell 4 90
            show t0 -> exiting 6 of 10 entry 100 best 100 stop 90 mtm -100 exit by stop_loss
            exit_rejected t0 1 -> t0x1 rejected
            X 89 -> EXIT 6 of t0 by stop_loss at 89 level 90
            show t0 -> exiting (margin) 6 of 10 entry 100 best 100 stop 90 mtm -106 exit by stop_loss
        "#]],
    );
}

#[test]
fn what_closes_without_a_mark_was_filled_at_an_entry_of_which_a_part_had_left() {
    check(
        "buy 6 X @ 100
         exit t0 4
         increase t0 2 110
         exit t0
         show t0
         buy 6 Y @ 100
         exit t1 4
         increase t1 2 110
         position a0 Y 0
         show t1",
        expect![[r#"
            buy 6 X @ 100
            exit t0 4 -> EXIT 4 of t0 by operator at no mark
            increase t0 2 110
            exit t0 -> EXIT 4 of t0 by operator at no mark
            show t0 -> closed 0 of 8 entry 102.5 best 100 stop none mtm 0 exit by operator
            buy 6 Y @ 100
            exit t1 4 -> EXIT 4 of t1 by operator at no mark
            increase t1 2 110
            position a0 Y 0 -> position 4 is 0, EXIT 4 of t1 by external at no mark
            show t1 -> closed 0 of 8 entry 102.5 best 100 stop none mtm 0 exit by external
        "#]],
    );
}
