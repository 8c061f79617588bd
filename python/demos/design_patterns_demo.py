"""Each design pattern of the original at work: observer, strategy, factory, command, state."""

import asyncio

from highmark import CannotUndo, NotConnected, Trail
from highmark.original.demo import story_clock
from mtm_trailing_system import MTMEvent, MTMObserver, StrategyLevelMTMTrailer
from network_test.services import ServiceFactory


class Printer(MTMObserver):
    """Says what it is told."""

    async def on_mtm_event(self, event: MTMEvent) -> None:
        print(f"   told: {event.event_type.value}: {event.message}")


async def observer() -> None:
    print("Observer: whoever subscribes is told")
    tracker = StrategyLevelMTMTrailer(clock=story_clock())
    tracker.subscribe(Printer())
    tracker.create_strategy("Observed", max_drawdown_limit=-5000.0, trailing_percentage=0.3)
    tracker.add_trade("Observed", "NIFTY", 100, 19500.0, "BUY", stop_loss=19400.0, target=19700.0)

    @tracker.on("shutdown")
    def closed(event: object) -> None:
        print("   and a handler of its own heard of the shutdown")

    await tracker.update_market_prices({"NIFTY": 19600.0})
    await tracker.update_market_prices({"NIFTY": 19565.0})


async def strategy() -> None:
    print("\nStrategy: one trade, other ways of trailing it")
    ways = {
        "keep 30 % of the best profit": Trail.keep("0.3"),
        "40 points behind the best": Trail.by(40),
        "10 points for each whole 25": Trail.step(19450, every=25, move=10),
        "to cost after 50 points": Trail.break_even(50),
    }
    for what, rule in ways.items():
        tracker = StrategyLevelMTMTrailer(clock=story_clock())
        tracker.create_strategy("One", None, None)
        trade = tracker.add_trade("One", "NIFTY", 100, 19500.0, "BUY", trail=rule)
        await tracker.update_market_prices({"NIFTY": 19600.0})
        print(f"   {what:<30} stop {trade.trailing_stop}")


async def factory() -> None:
    print("\nFactory: services by name")
    for name, credentials in {"paper": {}, "upstox": {"access_token": "..."}}.items():
        async with ServiceFactory.create_service(name, **credentials) as service:
            try:
                order = {"symbol": "RELIANCE", "quantity": 10, "transaction_type": "BUY", "price": 2500.0}
                answer = await service.call_endpoint("place_order", json_data=order)
                print(f"   {name}: {answer['data']['order_id']} {answer['data']['status']}")
            except NotConnected as refusal:
                print(f"   {name}: {refusal.message}")


async def command() -> None:
    print("\nCommand: what a person did can be undone and redone, until something followed from it")
    tracker = StrategyLevelMTMTrailer(clock=story_clock())
    tracker.create_strategy("Undone", max_drawdown_limit=-5000.0)

    def trades() -> int:
        return int(tracker.get_strategy_summary("Undone")["total_trades"])

    tracker.add_trade("Undone", "TCS", 50, 3200.0, "BUY", stop_loss=3150.0)
    print(f"   added: {trades()} trade")
    print(f"   undid {tracker.undo()!r}: {trades()} trades")
    print(f"   redid {tracker.redo()!r}: {trades()} trade")
    await tracker.update_market_prices({"TCS": 3140.0})
    try:
        tracker.undo()
    except CannotUndo as refusal:
        print(f"   after its stop: {refusal.message}")


async def state() -> None:
    print("\nState: a trade's life, with orders that we send ourselves")
    tracker = StrategyLevelMTMTrailer(clock=story_clock(), orders=True)
    tracker.create_strategy("Lives", max_drawdown_limit=-5000.0)
    trade = tracker.add_trade("Lives", "INFY", 80, 1500.0, "SELL", stop_loss=1540.0)
    print(f"   {trade.status.value} ({trade.exact_status})")
    await tracker.update_market_prices({"INFY": 1541.0})
    print(f"   {trade.status.value} ({trade.exact_status}): the stop was met, an exit is decided")
    (intent,) = tracker.intents()
    tracker.confirm_exit(intent.id, 1541.5)
    print(f"   {trade.status.value} ({trade.exact_status}) at {trade.exit_price}, pnl {trade.pnl}")


async def main() -> None:
    for pattern in (observer, strategy, factory, command, state):
        await pattern()


if __name__ == "__main__":
    asyncio.run(main())
