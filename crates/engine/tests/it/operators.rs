//! What a person can do, take back and do again, and what they are refused.

use crate::script::{Script, check};
use expect_test::expect;
use highmark_engine::{Command, Event, InstrumentSpec, OptionKind, Scope};

#[test]
fn each_command_is_taken_back_and_done_again() {
    check(
        "strategy T
         undo
         redo
         group G
         undo
         redo
         buy 10 X @ 100 of g1 [trail 5]
         undo
         mtm
         redo
         show t1
         rule t1 stop 90
         undo
         redo
         show t1
         change r3 stop 97
         undo
         show t1
         redo
         show t1
         remove r3
         show t1
         undo
         show t1
         halt s0
         buy 1 X @ 100
         undo
         redo
         resume s0
         undo
         buy 1 X @ 100",
        expect![[r#"
            strategy T
            undo -> undone c2
            redo -> redone c2
            group G
            undo -> undone c4
            redo -> redone c4
            buy 10 X @ 100 of g1 [trail 5]
            undo -> undone c7
            mtm -> mtm 0 peak 0 floor none
            redo -> redone c7
            show t1 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            rule t1 stop 90
            undo -> undone c9
            redo -> redone c9
            show t1 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            change r3 stop 97
            undo -> undone c11
            show t1 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            redo -> redone c11
            show t1 -> open 10 of 10 entry 100 best 100 stop 97 mtm 0
            remove r3
            show t1 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            undo -> undone c13
            show t1 -> open 10 of 10 entry 100 best 100 stop 97 mtm 0
            halt s0
            buy 1 X @ 100 -> refused Halted: s0 is halted: no entries
            undo -> undone c14
            redo -> redone c14
            resume s0
            undo -> undone c16
            buy 1 X @ 100 -> refused Halted: s0 is halted: no entries
        "#]],
    );
}

#[test]
fn a_loosened_stop_comes_back() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 110
         loosen r0 101
         loosen r0 101 news
         show t0
         X 109 110
         undo
         show t0
         redo
         X 104",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 110 -> 105
            loosen r0 101 -> refused BadField: this needs a reason
            loosen r0 101 news -> r0 loosened to 101
            show t0 -> open 10 of 10 entry 100 best 110 stop 101 mtm 100
            X 109 110 -> 101 | 101
            undo -> undone c4
            show t0 -> open 10 of 10 entry 100 best 110 stop 105 mtm 100
            redo -> redone c4, r0 loosened to 101
            X 104 -> 101
        "#]],
    );
}

#[test]
fn a_manual_mark_is_taken_back() {
    check(
        "buy 10 X @ 100 [trail 5]
         X 100
         mark X 120
         show t0
         mtm
         undo
         show t0
         mtm
         redo
         X 121
         undo",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            X 100 -> 95
            mark X 120
            show t0 -> open 10 of 10 entry 100 best 120 stop 115 mtm 200
            mtm -> mtm 200 peak 200 floor none
            undo -> undone c4
            show t0 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            mtm -> mtm 0 peak 0 floor none
            redo -> redone c4
            X 121 -> 116
            undo -> refused CannotUndo: command c5: the market has moved on, or something was decided since
        "#]],
    );
}

#[test]
fn an_undone_manual_mark_leaves_alone_what_came_after() {
    check(
        "buy 10 X @ 100
         X 100
         mark X 101
         buy 10 Y @ 100
         Y 90
         undo c4
         halt s0
         undo c4
         mtm",
        expect![[r#"
            buy 10 X @ 100
            X 100 -> none
            mark X 101
            buy 10 Y @ 100
            Y 90 -> none
            undo c4 -> refused CannotUndo: command c4: the market has moved on, or something was decided since
            halt s0
            undo c4 -> refused CannotUndo: command c4: the market has moved on, or something was decided since
            mtm -> mtm -90 peak 10 floor none
        "#]],
    );
}

#[test]
fn what_others_depend_on_is_not_taken_back() {
    check(
        "strategy T
         buy 10 X @ 100 in s1 [trail 5]
         X 100
         undo c2
         X 101
         undo
         rule t0 stop 90
         undo c4
         change r1 stop 95
         undo c5
         X 95
         undo
         undo c4
         undo c3",
        expect![[r#"
            strategy T
            buy 10 X @ 100 in s1 [trail 5]
            X 100 -> 95
            undo c2 -> refused CannotUndo: command c2: something stands on it since
            X 101 -> 96
            undo -> refused CannotUndo: command c4: s1 has made a new peak with this trade in it
            rule t0 stop 90
            undo c4 -> refused CannotUndo: command c4: s1 has made a new peak with this trade in it
            change r1 stop 95
            undo c5 -> refused CannotUndo: command c5: the rule has been changed since
            X 95 -> EXIT 10 of t0 by trail at 95 level 96
            undo -> refused CannotUndo: command c6: its trade has ended
            undo c4 -> refused CannotUndo: command c4: the trade has been added to, exited or ended since
            undo c3 -> refused CannotUndo: command c3: it cannot be taken back
        "#]],
    );
}

#[test]
fn a_limit_that_is_a_share_of_capital_did_not_follow_the_capital() {
    check(
        "rule s0 max_loss 2%
         buy 100 X @ 100
         X 90
         mtm
         capital s0 40000
         buy 1 Y @ 10
         X 100",
        expect![[r#"
            rule s0 max_loss 2%
            buy 100 X @ 100
            X 90 -> warned at 0.5 (room 1000)
            mtm -> mtm -1000 peak 0 floor -2000
            capital s0 40000 -> BREACH max_loss -1000 <> -800 (Shutdown), s0 shut down, EXIT 100 of t0 by max_loss at 90
            buy 1 Y @ 10 -> refused EntriesBlocked: strategy s0 was shut down: no entries
            X 100
        "#]],
    );
}

#[test]
fn money_paid_out_of_a_strategy_was_a_drawdown() {
    check(
        "rule s0 drawdown 2500 intraday
         buy 100 X @ 100
         X 101
         capital s0 50000
         X 100
         X 76",
        expect![[r#"
            rule s0 drawdown 2500 intraday
            buy 100 X @ 100
            X 101 -> none
            capital s0 50000
            X 100 -> none
            X 76 -> BREACH drawdown 47600 <> 47600 (Exit), EXIT 100 of t0 by drawdown at 76
        "#]],
    );
}

#[test]
fn a_strategy_was_taken_back_past_its_edit_and_a_rule_past_its_removal() {
    check(
        "strategy T
         capital s1 5000
         undo c2
         undo
         undo c2
         buy 1 X @ 100 [stop 90]
         rule t0 stop 95
         remove r1
         undo c6
         undo
         undo c6",
        expect![[r#"
            strategy T
            capital s1 5000
            undo c2 -> refused CannotUndo: command c2: a later command changed the same
            undo -> undone c3
            undo c2 -> undone c2
            buy 1 X @ 100 [stop 90]
            rule t0 stop 95
            remove r1
            undo c6 -> refused CannotUndo: command c6: the rule has been removed since
            undo -> undone c7
            undo c6 -> undone c6
        "#]],
    );
}

#[test]
fn an_undo_does_not_reach_past_a_later_command() {
    check(
        "buy 10 X @ 100 [stop 90]
         halt s0
         resume s0
         halt s0
         undo c4
         undo
         undo
         undo
         buy 1 X @ 100
         change r0 stop 92
         remove r0
         undo c8
         undo c9
         undo c8",
        expect![[r#"
            buy 10 X @ 100 [stop 90]
            halt s0
            resume s0
            halt s0
            undo c4 -> refused CannotUndo: command c4: a later command changed the same
            undo -> undone c6
            undo -> undone c5
            undo -> undone c4
            buy 1 X @ 100
            change r0 stop 92
            remove r0
            undo c8 -> refused CannotUndo: command c8: the rule has been removed since
            undo c9 -> undone c9
            undo c8 -> undone c8
        "#]],
    );
}

#[test]
fn what_the_market_did_is_not_undone() {
    check(
        "buy 10 X @ 100
         X 90
         exit t0
         undo
         undo c4
         kill
         undo
         release
         account C
         undo",
        expect![[r#"
            buy 10 X @ 100
            X 90 -> none
            exit t0 -> EXIT 10 of t0 by operator at 90
            undo -> refused CannotUndo: command c3: the trade has been added to, exited or ended since
            undo c4 -> refused CannotUndo: command c4: it cannot be taken back
            kill -> killed
            undo -> refused CannotUndo: command c3: the trade has been added to, exited or ended since
            release -> released
            account C
            undo -> refused CannotUndo: command c3: the trade has been added to, exited or ended since
        "#]],
    );
}

#[test]
fn kill_is_latched() {
    check(
        "account B orders
         buy 10 X @ 100
         sell 10 Y @ 100
         buy 10 X @ 100 on a1
         buy 10 X @ mark on a1
         batch X=100 Y=100
         kill
         kill
         buy 1 X @ 100
         X 101
         increase t2 5
         session 0 20260102 0 100
         buy 1 X @ 100
         reset s0
         release
         release
         buy 1 X @ 100",
        expect![[r#"
            account B orders
            buy 10 X @ 100
            sell 10 Y @ 100
            buy 10 X @ 100 on a1
            buy 10 X @ mark on a1 -> ENTER 10 of t3
            batch X=100 Y=100
            kill -> killed, t3 cancelled: the kill switch was engaged, EXIT 10 of t1 by kill at 100, EXIT 10 of t0 by kill at 100, EXIT 10 of t2 by kill at 100
            kill -> t2 exits later
            buy 1 X @ 100 -> refused Killed: the kill switch is engaged: no entries
            X 101 -> none
            increase t2 5 -> refused WrongState: trade t2 is exiting
            session 0 20260102 0 100
            buy 1 X @ 100 -> refused Killed: the kill switch is engaged: no entries
            reset s0 -> refused WrongState: strategy s0 is active and none of its rules has fired
            release -> released
            release -> refused WrongState: the kill switch is not engaged
            buy 1 X @ 100
        "#]],
    );
}

#[test]
fn a_halt_refuses_entries_and_protects_on() {
    check(
        "buy 10 X @ 100 [stop 90]
         halt a0
         buy 1 X @ 100
         increase t0 1 100
         reenter t0 @ 100
         halt t0
         X 90
         resume a0
         reenter t0 @ 100
         resume s9",
        expect![[r#"
            buy 10 X @ 100 [stop 90]
            halt a0
            buy 1 X @ 100 -> refused Halted: a0 is halted: no entries
            increase t0 1 100 -> refused Halted: a0 is halted: no entries
            reenter t0 @ 100 -> refused WrongState: trade t0 is open
            halt t0 -> refused BadField: a single trade can't be halted
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
            resume a0
            reenter t0 @ 100
            resume s9 -> refused NotFound: there is no s9
        "#]],
    );
}

#[test]
fn a_trade_of_an_earlier_day_is_not_taken_back() {
    check(
        "session 0 20260101 0 100
         rule s0 max_trades 1
         buy 1 X @ 100
         session 0 20260102 0 100
         buy 1 Y @ 100
         undo c4
         buy 1 Y @ 100",
        expect![[r#"
            session 0 20260101 0 100
            rule s0 max_trades 1
            buy 1 X @ 100 -> BREACH max_trades_per_day 1 <> 1 (BlockEntries)
            session 0 20260102 0 100
            buy 1 Y @ 100 -> BREACH max_trades_per_day 1 <> 1 (BlockEntries)
            undo c4 -> refused CannotUndo: command c4: a session day has ended with the trade in it
            buy 1 Y @ 100 -> refused EntriesBlocked: max_trades_per_day r0 has fired on s0: no entries
        "#]],
    );
}

#[test]
fn a_limit_is_set_on_a_trade_that_is_over() {
    check(
        "buy 10 X @ 100 [stop 95]
         X 100
         rule t0 max_loss 60
         undo
         X 95
         redo
         rule t0 max_loss 60",
        expect![[r#"
            buy 10 X @ 100 [stop 95]
            X 100 -> 95
            rule t0 max_loss 60
            undo -> undone c4
            X 95 -> EXIT 10 of t0 by stop_loss at 95 level 95
            redo -> refused WrongState: trade t0 is closed
            rule t0 max_loss 60 -> refused WrongState: trade t0 is closed
        "#]],
    );
}

#[test]
fn a_limit_that_comes_back_brings_back_the_peak_of_yesterday() {
    check(
        "session 0 20260101 0 100
         buy 10 X @ 100
         X 100
         rule s0 give_back 0.6 10
         X 110
         change r0 give_back 0.5 10
         session 0 20260102 1 200
         wait 5
         X 108
         undo
         mtm",
        expect![[r#"
            session 0 20260101 0 100
            buy 10 X @ 100
            X 100 -> none
            rule s0 give_back 0.6 10
            X 110 -> none
            change r0 give_back 0.5 10
            session 0 20260102 1 200
            wait 5
            X 108 -> none
            undo -> undone c5
            mtm -> mtm -20 peak 0 floor none
        "#]],
    );
}

#[test]
fn a_rule_on_the_underlying_that_comes_back_has_lost_its_entry() {
    let mut script = Script::new();
    script.line("account B orders");
    let underlying = Some(script.instrument("U"));
    let option = Some(OptionKind::Call);
    script.define(InstrumentSpec { option, underlying, ..InstrumentSpec::new("C") });
    script.lines(
        "U 1000
         buy 10 C @ mark on a1 [keep 0.5, underlying]
         change r0 keep 0.6, underlying
         fill f1 t0 buy 10 100
         U 1100",
    );
    assert_eq!(script.rule(0).level, "1060".parse().ok());
    script.line("undo");
    assert_eq!(script.rule(0).level, "1050".parse().ok());
}

#[test]
fn a_note_stands_in_the_record_and_what_can_be_undone_stays_as_it_is() {
    let mut script = Script::new();
    script.command(Command::Halt { scope: Scope::System, reason: "news".into() });
    let note = |text: &str| Command::Note { text: text.into() };
    let noted = script.command(note("an alert was refused"));
    assert!(matches!(&noted[1], Event::Accepted { .. }), "{noted:?}");
    assert!(!noted.iter().any(|event| matches!(event, Event::Refused(_))));
    script.command(Command::Undo { command: None });
    script.command(note("another"));
    let again = script.command(Command::Redo);
    assert!(again.iter().any(|event| matches!(event, Event::Halted { .. })), "{again:?}");
    for text in ["", " ", &"x".repeat(2_049)] {
        let refused = script.command(note(text));
        assert!(refused.iter().any(|event| matches!(event, Event::Refused(_))), "{text}");
    }
    script.assert_replays();
}

#[test]
fn an_ordered_trade_was_taken_back_and_filled_without_its_rules() {
    check(
        "account B orders
         X 100
         buy 10 X @ mark on a1 [stop 90]
         undo
         fill F1 t0 buy 10 100
         undo
         show t0
         X 90",
        expect![[r#"
            account B orders
            X 100
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            undo -> refused CannotUndo: command c4: its entry order may be on its way
            fill F1 t0 buy 10 100
            undo -> refused CannotUndo: command c4: a broker has filled its entry
            show t0 -> open 10 of 10 entry 100 best 100 stop 90 mtm 0
            X 90 -> EXIT 10 of t0 by stop_loss at 90 level 90
        "#]],
    );
}

#[test]
fn a_trade_that_a_broker_holds_was_taken_back() {
    check(
        "account B orders
         buy 10 X @ mark on a1 [stop 90]
         fill F1 t0 buy 4 100
         entry_rejected t0
         undo
         show t0
         buy 10 X @ 100 on a1 [stop 90]
         undo
         show t1",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 [stop 90] -> ENTER 10 of t0
            fill F1 t0 buy 4 100
            entry_rejected t0 -> t0 enters no more: margin
            undo -> refused CannotUndo: command c4: a broker has filled its entry
            show t0 -> open 4 of 4 entry 100 best 100 stop 90 mtm 0
            buy 10 X @ 100 on a1 [stop 90]
            undo -> undone c5
            show t1 -> cancelled (undone) 0 of 10 entry none best none stop none mtm 0
        "#]],
    );
}
