//! Where the rule manual can be read in two ways: engine and oracle read it alike, as `docs/semantics.md` says.

mod desk;
use desk::*;
use expect_test::{Expect, expect};
use highmark_engine::*;

#[track_caller]
fn check(desk: &Desk, expected: &Expect) {
    expected.assert_eq(&desk.text);
}

fn daily_loss(amount: i64) -> RuleDraft {
    MtmRule::DailyLoss { amount: rupees(amount) }.into()
}

#[test]
fn a_limit_that_has_fired_is_changed_by_a_redo() {
    let mut desk = Desk::with_trade(Side::Buy, 1, "100", vec![]);
    desk.set(Scope::Strategy(STRATEGY), daily_loss(50));
    let provenance = Provenance { by: "test".into(), reason: "a reason".into() };
    desk.ask(Command::ChangeRule { rule: RuleId(0), draft: daily_loss(30), provenance });
    desk.ask(Command::Undo { command: None });
    desk.tick("45");
    desk.ask(Command::Redo);
    check(
        &desk,
        &expect![[r#"
            > Buy t0 1 at 100
            > breach r0 -55 against -50
            > exit t0 1 daily_loss
            > Sell t0 1 at 45
            > refused WrongState
        "#]],
    );
}

/// A tick of the second instrument, a tenth of a second later.
fn quote(desk: &mut Desk, last: Option<&str>, book: Option<(&str, &str)>) {
    desk.now = Timestamp(desk.now.0 + SECOND / 10);
    let (bid, ask) = book.map(|(bid, ask)| (price(bid), price(ask))).unzip();
    let tick = Tick::last(InstrumentId(1), desk.now, Price::ZERO);
    desk.step(Body::Ticks(vec![Tick { last: last.map(price), bid, ask, ..tick }]));
}

/// The held tick brings a book of 120 to 160 and no last price: at the old last price of 100 it makes 120, at 160 it makes 160.
#[test]
fn a_held_jump_counts_without_the_mark_set_by_hand_since() {
    let mut desk = Desk::new();
    let mut spec = InstrumentSpec { mark: MarkKind::Clamped, ..InstrumentSpec::new("Y") };
    spec.checks.jump = Some(percent(10));
    desk.ask(Command::DefineInstrument(spec));
    quote(&mut desk, Some("100"), None);
    quote(&mut desk, None, Some(("120", "160")));
    desk.ask(Command::ManualMark { instrument: InstrumentId(1), price: price("160") });
    for _ in 0..3 {
        quote(&mut desk, Some("130"), None);
    }
    check(
        &desk,
        &expect![[r#"
            > held i1
            > held i1
            > held i1
            > accepted i1
        "#]],
    );
}

#[test]
fn a_price_rule_whose_block_was_lifted_by_a_reset_stays_silent() {
    let mut desk = Desk::with_trade(Side::Buy, 1, "100", vec![]);
    let stop = PriceRule::StopLoss { at: Place::Price(price("95")) };
    let then = Then { reach: Reach::Strategy, action: Action::BlockEntries };
    let mut draft = RuleDraft::from(stop);
    (draft.options.action, draft.options.then) = (Some(Action::Alert), Some(then));
    desk.set(Scope::Trade(TradeId(0)), draft);
    for price in ["94", "93"] {
        desk.tick(price);
    }
    desk.ask(Command::ResetStrategy { strategy: StrategyId(0), reason: "again".into() });
    for price in ["92", "91"] {
        desk.tick(price);
    }
    check(
        &desk,
        &expect![[r#"
        > Buy t0 1 at 100
        > fired r0
        > fired r0
    "#]],
    );
}
