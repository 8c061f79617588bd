//! Positions that were held before the engine heard of them.

use crate::script::{Script, price_rule};
use highmark_engine::*;

#[test]
fn an_adopted_short_began_its_best_at_the_bid() {
    let mut script = Script::new();
    let spec = InstrumentSpec { mark: MarkKind::Executable, ..InstrumentSpec::new("X") };
    script.command(Command::DefineInstrument(spec));
    let quote = Tick {
        last: None,
        bid: Some(Price::whole(13)),
        ask: Some(Price::whole(14)),
        ..Tick::last(InstrumentId(0), Timestamp::seconds(script.at), Price::ZERO)
    };
    script.step(Body::Ticks(vec![quote]));
    script.command(Command::AddTrade(NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(0),
        side: Side::Sell,
        quantity: Quantity::whole(1),
        entry: Entry::Adopted { price: Price::whole(14) },
        rules: vec![price_rule("trail 1")],
    }));
    let trade = script.engine.state().trade_view(TradeId(0)).unwrap();
    assert_eq!((trade.best, trade.stop), (Some(Price::whole(14)), Some(Price::whole(15))));
    script.assert_replays();
}
