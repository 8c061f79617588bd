//! What an entry order still brings while its trade leaves, and after it has left.

use crate::script::check;
use expect_test::expect;

#[test]
fn the_rest_of_an_entry_that_came_during_an_exit_stood_with_a_stop_that_had_fired() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100.05 on a1 [stop 90]
         increase t0 10
         X 89
         fill F1 t0 buy 10 89.5
         show t0
         fill F2 t0 sell 10 89
         show t0
         X 70
         fill F3 t0 sell 10 70
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100.05 on a1 [stop 90]
            increase t0 10 -> ENTER 10 of t0
            X 89 -> t0 enters no more: its trade ends, EXIT 10 of t0 by stop_loss at 89 level 90
            fill F1 t0 buy 10 89.5 -> t0 exits later
            show t0 -> exiting 20 of 20 entry 94.775 best 100.05 stop 90 mtm -115.5 exit by stop_loss
            fill F2 t0 sell 10 89 -> EXIT 10 of t0 by stop_loss at 89
            show t0 -> exiting 10 of 20 entry 94.775 best 100.05 stop 90 mtm -115.5 exit by stop_loss
            X 70 -> 90
            fill F3 t0 sell 10 70
            show t0 -> closed 0 of 20 entry 94.775 best 100.05 stop 90 mtm -305.5 exit by stop_loss
        "#]],
    );
}

#[test]
fn half_an_entry_that_came_during_an_exit_stood_with_a_stop_that_had_fired() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 4 100
         X 90
         fill F2 t0 buy 3 91
         fill F3 t0 sell 2 90
         fill F4 t0 buy 3 91
         fill F5 t0 sell 2 90
         fill F6 t0 sell 6 90
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 4 100
            X 90 -> t0 enters no more: its trade ends, EXIT 4 of t0 by stop_loss at 90 level 90
            fill F2 t0 buy 3 91 -> t0 exits later
            fill F3 t0 sell 2 90
            fill F4 t0 buy 3 91
            fill F5 t0 sell 2 90 -> EXIT 6 of t0 by stop_loss at 90
            fill F6 t0 sell 6 90
            show t0 -> closed 0 of 10 entry 94.6 best 100 stop 90 mtm -46 exit by stop_loss
        "#]],
    );
}

#[test]
fn an_entry_that_came_after_the_exit_stood_with_a_stop_that_had_fired() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90; target 120]
         increase t0 10
         X 89
         fill F1 t0 sell 10 89
         fill F2 t0 buy 10 89.5
         show t0
         exit_rejected t0 2
         X 95 88
         fill F3 t0 sell 10 88
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90; target 120]
            increase t0 10 -> ENTER 10 of t0
            X 89 -> t0 enters no more: its trade ends, EXIT 10 of t0 by stop_loss at 89 level 90
            fill F1 t0 sell 10 89
            fill F2 t0 buy 10 89.5 -> EXIT 10 of t0 by stop_loss at 89
            show t0 -> exiting (filled after it had ended) 10 of 20 entry 94.75 best 100 stop 90 mtm -115 exit by stop_loss
            exit_rejected t0 2 -> t0x2 rejected
            X 95 88 -> 90 | EXIT 10 of t0 by stop_loss at 88 level 90
            fill F3 t0 sell 10 88 -> t0 counts rejections anew
            show t0 -> closed (margin) 0 of 20 entry 94.75 best 100 stop 90 mtm -125 exit by stop_loss
        "#]],
    );
}

#[test]
fn a_whole_exit_by_hand_left_behind_what_came_meanwhile() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         increase t0 10
         exit t0
         fill F1 t0 buy 10 100
         fill F2 t0 sell 10 100
         fill F3 t0 sell 10 100
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            increase t0 10 -> ENTER 10 of t0
            exit t0 -> t0 enters no more: its trade ends, EXIT 10 of t0 by operator at 100
            fill F1 t0 buy 10 100 -> t0 exits later
            fill F2 t0 sell 10 100 -> EXIT 10 of t0 by operator at 100
            fill F3 t0 sell 10 100
            show t0 -> closed 0 of 20 entry 100 best 100 stop 90 mtm 0 exit by operator
        "#]],
    );
}

#[test]
fn a_part_that_leaves_takes_nothing_with_it_that_comes_meanwhile() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         increase t0 10
         exit t0 4
         fill F1 t0 buy 10 100
         fill F2 t0 sell 4 100
         show t0
         X 90",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            increase t0 10 -> ENTER 10 of t0
            exit t0 4 -> EXIT 4 of t0 by operator at 100
            fill F1 t0 buy 10 100
            fill F2 t0 sell 4 100
            show t0 -> open 16 of 20 entry 100 best 100 stop 90 mtm 0 exit by operator
            X 90 -> EXIT 16 of t0 by stop_loss at 90 level 90
        "#]],
    );
}

#[test]
fn what_comes_after_a_person_has_closed_a_trade_stands_with_its_stop_and_an_alarm() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         increase t0 10
         exit t0
         fill F1 t0 sell 10 100
         fill F2 t0 buy 10 100
         show t0
         X 90",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            increase t0 10 -> ENTER 10 of t0
            exit t0 -> t0 enters no more: its trade ends, EXIT 10 of t0 by operator at 100
            fill F1 t0 sell 10 100
            fill F2 t0 buy 10 100 -> t0 degraded: filled after it had ended
            show t0 -> degraded (filled after it had ended) 10 of 20 entry 100 best 100 stop 90 mtm 0 exit by operator
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
        "#]],
    );
}

#[test]
fn an_exit_that_is_rejected_after_more_was_filled_is_decided_again_for_all_of_it() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         increase t0 10
         X 89
         fill F1 t0 buy 10 89
         exit_rejected t0 1
         X 91
         fill F2 t0 sell 20 91
         show t0",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            increase t0 10 -> ENTER 10 of t0
            X 89 -> t0 enters no more: its trade ends, EXIT 10 of t0 by stop_loss at 89 level 90
            fill F1 t0 buy 10 89 -> t0 exits later
            exit_rejected t0 1 -> t0x1 rejected
            X 91 -> EXIT 20 of t0 by stop_loss at 91
            fill F2 t0 sell 20 91 -> t0 counts rejections anew
            show t0 -> closed (margin) 0 of 20 entry 94.5 best 100 stop 90 mtm -70 exit by stop_loss
        "#]],
    );
}

#[test]
fn a_kill_that_waited_for_an_exit_by_hand_was_lost_when_that_was_the_sixth_rejected() {
    check(
        "account B orders
         X 100
         buy 10 X @ 100 on a1 [stop 90]
         X 89
         exit_rejected t0 1
         X 89
         exit_rejected t0 2
         X 89
         exit_rejected t0 3
         X 89
         exit_rejected t0 4
         exit t0 4
         X 89
         exit_rejected t0 5
         X 89
         exit t0 4
         kill
         exit_rejected t0 6
         X 89
         fill F1 t0 sell 10 89",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ 100 on a1 [stop 90]
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            exit_rejected t0 1 -> t0x1 rejected
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            exit_rejected t0 2 -> t0x2 rejected
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            exit_rejected t0 3 -> t0x3 rejected
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90
            exit_rejected t0 4 -> t0x4 rejected
            exit t0 4 -> EXIT 4 of t0 by operator at 89
            X 89 -> t0 exits later
            exit_rejected t0 5 -> t0x5 rejected
            X 89 -> 90
            exit t0 4 -> EXIT 4 of t0 by operator at 89
            kill -> killed, t0 exits later
            exit_rejected t0 6 -> t0x6 rejected
            X 89 -> EXIT 10 of t0 by kill at 89
            fill F1 t0 sell 10 89 -> t0 counts rejections anew
        "#]],
    );
}
