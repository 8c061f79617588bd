"""The whole: orders through a service, marks, exits that are sent and confirmed, alerts, the emergency stop."""

import asyncio

from highmark import EntryRefused
from highmark.original.demo import story_clock
from mtm_trailing_system import MTMAlertManager, MTMRiskManager, StrategyLevelMTMTrailer
from network_test.services import ServiceFactory


class TradingApp:
    """Places orders at a broker, tracks what was filled, and sends the exits that are decided."""

    def __init__(self) -> None:
        self.mtm_tracker = StrategyLevelMTMTrailer(orders=True, clock=story_clock())
        self.service = ServiceFactory.create_service("paper")
        self.alerts, self.risk = MTMAlertManager(), MTMRiskManager()
        self.mtm_tracker.subscribe(self.alerts)
        self.mtm_tracker.subscribe(self.risk)

    async def place_order_with_mtm(self, strategy_name: str, symbol: str, quantity: int, price: float) -> None:
        order = {"symbol": symbol, "quantity": quantity, "transaction_type": "BUY", "price": price}
        placed = await self.service.call_endpoint("place_order", json_data=order)
        filled = placed["data"]["average_price"]
        trade = self.mtm_tracker.add_trade(
            strategy_name, symbol, quantity, filled, "BUY", stop_loss=filled * 0.98, target=filled * 1.04,
            trade_id=placed["data"]["order_id"],
        )
        print(f"   {trade.trade_id}: bought {quantity} {symbol} at {filled}")

    async def see(self, prices: dict[str, float]) -> None:
        await self.service.call_endpoint("set_prices", json_data=prices)
        updates = await self.mtm_tracker.update_market_prices(prices)
        for name, update in updates.items():
            print(f"   {name}: mtm {update['new_mtm']:,.2f} ({update['mtm_change']:+,.2f}), floor {update['trailing_stop']}")
            for action in update["actions"]:
                print(f"     - {action}")
        await self.send_exits()

    async def send_exits(self) -> None:
        for intent in self.mtm_tracker.intents():
            order = {"symbol": intent.symbol, "quantity": intent.quantity, "transaction_type": intent.side, "tag": intent.id}
            sent = await self.service.call_endpoint("place_order", json_data=order)
            self.mtm_tracker.confirm_exit(intent.id, sent["data"]["average_price"], fill_id=sent["data"]["order_id"])
            print(f"     > {intent.id}: {intent.side.value} {intent.quantity} {intent.symbol} sent for {intent.reason} and filled")


async def main() -> None:
    app = TradingApp()
    app.mtm_tracker.create_strategy("Live_Trading", max_drawdown_limit=-10000.0, trailing_percentage=0.4)
    async with app.service:
        print("1. Orders through the paper service")
        await app.place_order_with_mtm("Live_Trading", "RELIANCE", 100, 2500.0)
        await app.place_order_with_mtm("Live_Trading", "TCS", 50, 3200.0)
        print("2. The market goes our way")
        await app.see({"RELIANCE": 2560.0, "TCS": 3250.0})
        print("3. One of them falls through its stop")
        await app.see({"RELIANCE": 2590.0, "TCS": 3215.0})
        print("4. The emergency stop: everything is closed, nothing is taken")
        app.mtm_tracker.emergency_stop("end of the demo")
        await app.send_exits()
        try:
            app.mtm_tracker.add_trade("Live_Trading", "INFY", 10, 1500.0, "BUY")
        except EntryRefused as refusal:
            print(f"   {refusal.message}")
        held = await app.service.call_endpoint("positions")
    summary = app.mtm_tracker.get_all_strategies_summary()
    print("5. At the end")
    print(f"   mtm {summary['total_mtm']:,.2f}, {summary['total_open_trades']} trades open, the broker holds {held['data']}")
    print(f"   {len(app.alerts.alert_history)} alerts, {len(app.risk.risk_actions)} risk actions")


if __name__ == "__main__":
    asyncio.run(main())
