//! The screen as it is drawn, and keys as they are pressed.

use super::super::fetch::Picture;
use super::super::model::{Model, Wish};
use super::draw;
use crate::cli::trade::Seen;
use expect_test::{Expect, expect};
use highmark_engine::*;
use highmark_server::look::status_of;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A small desk: two strategies, one of them near its floor, and three trades, one without a stop.
fn desk() -> Picture {
    let mut engine = Engine::new();
    let at = Timestamp::seconds(1_794_000_000);
    let mut ask = |command| {
        let body = Body::Command { by: "test".into(), command };
        let events = engine.step(Input { at, body });
        assert!(!events.iter().any(|event| matches!(event, Event::Refused(_))), "{events:?}");
    };
    ask(Command::OpenAccount(AccountSpec {
        name: "main".into(),
        fills: FillMode::Tracking,
        starting_balance: Money::rupees(1_000_000),
        external: ExternalPolicy::default(),
    }));
    ask(Command::DefineInstrument(InstrumentSpec::new("NIFTY")));
    for name in ["Calm", "Near"] {
        let spec = StrategySpec {
            name: name.into(),
            capital: Money::ZERO,
            exit_order: ExitOrder::default(),
        };
        ask(Command::CreateStrategy(spec));
    }
    for (strategy, loss) in [(0, 1_000_000), (1, 5_000)] {
        let rule = MtmRule::MaxLoss { amount: Amount::Money(Money::rupees(loss)) };
        let (scope, provenance) = (Scope::Strategy(StrategyId(strategy)), Provenance::default());
        ask(Command::SetRule { scope, draft: rule.into(), provenance });
    }
    for (name, strategy, stop) in
        [("far", 0, Some(25_000)), ("bare", 0, None), ("close", 1, Some(25_900))]
    {
        let stops =
            stop.map(|stop| PriceRule::StopLoss { at: Place::Price(Price::whole(stop)) }.into());
        ask(Command::AddTrade(NewTrade {
            name: name.into(),
            strategy: StrategyId(strategy),
            account: AccountId(0),
            group: None,
            instrument: InstrumentId(0),
            side: Side::Buy,
            quantity: Quantity::whole(75),
            entry: Entry::Filled { price: Price::whole(26_000) },
            rules: stops.into_iter().collect(),
        }));
    }
    let tick = Tick::last(InstrumentId(0), at, Price::whole(25_940));
    engine.step(Input { at, body: Body::Ticks(vec![tick]) });
    let state = engine.state();
    let trades = state.trade_views().map(|view| Seen {
        view,
        strategy_name: "Calm".into(),
        account_name: "main".into(),
        symbol: "NIFTY".into(),
    });
    Picture { status: status_of(state, None), trades: trades.collect() }
}

fn model() -> Model {
    let mut model = Model::new(false);
    model.see(desk());
    model
}

fn press(model: &mut Model, keys: &str) -> Option<Wish> {
    keys.chars()
        .filter_map(|key| {
            let code = if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) };
            model.press(KeyEvent::new(code, KeyModifiers::NONE))
        })
        .last()
}

fn shows(model: &Model, (width, height): (u16, u16), expected: &Expect) {
    let mut screen = Terminal::new(TestBackend::new(width, height)).unwrap();
    screen.draw(|frame| draw(frame, model)).unwrap();
    let buffer = screen.backend().buffer();
    let lines: Vec<String> = (0..height)
        .map(|y| {
            let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        })
        .collect();
    expected.assert_eq(&format!("{}\n", lines.join("\n")));
}

#[test]
fn strategies_stand_with_the_least_room_first() {
    shows(
        &model(),
        (112, 9),
        &expect![[r#"
            02:50:00 IST  PAPER
            mtm −₹13,500.00  realised ₹0.00  open 3
            ┌ [s]trategies 2   [t]rades ───────────────────────────────────────────────────────────────────────────────────┐
            │STRATEGY                           ROOM            MTM           PEAK           FLOOR    OPEN STATE           │
            │Near                    ₹500.00 (10.0%)     −₹4,500.00          ₹0.00      −₹5,000.00     1/1 active          │
            │Calm               ₹9,91,000.00 (99.1%)     −₹9,000.00          ₹0.00  −₹10,00,000.00     2/2 active          │
            └──────────────────────────────────────────────────────────────────────────────────────────────────────────────┘

            ? help   / filter   j k move   Tab list   x exit   p pause   . stand still   K kill   q quit
        "#]],
    );
}

#[test]
fn trades_stand_with_the_nearest_stop_first_and_those_without_last() {
    let mut model = model();
    press(&mut model, "tj");
    shows(
        &model,
        (112, 10),
        &expect![[r#"
            02:50:00 IST  PAPER
            mtm −₹13,500.00  realised ₹0.00  open 3
            ┌ [t]rades 3   [s]trategies ───────────────────────────────────────────────────────────────────────────────────┐
            │TRADE        SYMBOL               ROOM SIDE     OPEN       ENTRY        MARK        STOP            MTM STATE │
            │close        NIFTY               40.00 buy        75   26,000.00   25,940.00   25,900.00     −₹4,500.00 open  │
            │far          NIFTY              940.00 buy        75   26,000.00   25,940.00   25,000.00     −₹4,500.00 open  │
            │bare         NIFTY                   – buy        75   26,000.00   25,940.00           –     −₹4,500.00 open  │
            └──────────────────────────────────────────────────────────────────────────────────────────────────────────────┘

            ? help   / filter   j k move   Tab list   x exit   p pause   . stand still   K kill   q quit
        "#]],
    );
    press(&mut model, "/clo\n");
    assert_eq!(model.trades().len(), 1);
}

#[test]
fn a_kill_asks_for_the_count_of_what_it_exits() {
    let mut model = model();
    assert!(press(&mut model, "Kyes\n").is_none());
    assert!(model.said.as_ref().is_some_and(|said| said.starts_with("nothing was done")));
    assert!(press(&mut model, "K").is_none());
    shows(
        &model,
        (80, 12),
        &expect![[r#"
            02:50:00 IST  PAPER
            mtm −₹13,500.00  realised ₹0.00  open 3
            ┌ [s┌ Sure? ───────────────────────────────────────────────────────────────┐───┐
            │STR│Kill: exits 3 trades, cancels what waits, refuses entries until       │EN │
            │Nea│released.                                                             │/1 │
            │Cal│                                                                      │/2 │
            │   │Type EXIT 3 and Enter to do it; Esc leaves it.                        │   │
            │   │> ▏                                                                   │   │
            │   └──────────────────────────────────────────────────────────────────────┘   │
            └──────────────────────────────────────────────────────────────────────────────┘

            ? help   / filter   j k move   Tab list   x exit   p pause   . stand still   K k
        "#]],
    );
    let Some(Wish::Ask(command)) = press(&mut model, "EXIT 3\n") else {
        panic!("it was agreed to")
    };
    assert!(matches!(*command, Command::Kill { .. }));
}

#[test]
fn an_exit_is_of_the_trade_under_the_hand_also_when_the_list_moves() {
    let mut model = model();
    press(&mut model, "tx");
    let nearest = model.trades()[0].view.id;
    // While it is typed the order changes: what was asked for stays what it was.
    let mut later = desk();
    later.trades.reverse();
    model.see(later);
    let Some(Wish::Ask(command)) = press(&mut model, "close\n") else { panic!("it was agreed to") };
    assert_eq!(
        *command,
        Command::ExitTrade {
            trade: nearest,
            quantity: None,
            reason: "on the screen of highmark top".into()
        }
    );
}

#[test]
fn a_screen_that_stands_still_keeps_its_picture_and_a_small_one_is_drawn_too() {
    let mut model = model();
    press(&mut model, ".");
    let mut later = desk();
    later.trades.clear();
    model.see(later);
    press(&mut model, "t");
    assert_eq!(model.trades().len(), 3);
    model.lose("no service runs".into());
    press(&mut model, "?");
    for size in [(20, 4), (1, 1), (60, 20), (300, 60)] {
        Terminal::new(TestBackend::new(size.0, size.1))
            .unwrap()
            .draw(|frame| draw(frame, &model))
            .unwrap();
    }
    assert!(
        matches!(press(&mut model, "qq"), Some(Wish::Quit)),
        "the first key only closes the help"
    );
}
