"""Tables that pandas, polars and pyarrow take as they are, exactly; simulation, sweep, and brokers' callbacks."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import pickle
from decimal import Decimal
from typing import Any

import pytest
from conftest import counting_clock

from highmark import IST, BadTime, ConfigError, Engine, Limit, Trail, simulate, sweep
from mtm_trailing_system import StrategyLevelMTMTrailer

pyarrow = pytest.importorskip("pyarrow")
polars = pytest.importorskip("polars")
pandas = pytest.importorskip("pandas")


@pytest.fixture
def engine() -> Engine:
    engine = Engine(clock=counting_clock())
    engine.create_strategy("S", [Limit.give_back("0.3")])
    engine.add_trade("S", "A", "BUY", 3, "100.05", [Trail.keep("0.333333")])
    engine.add_trade("S", "B", "SELL", 7, "0.00000001")
    engine.update_prices({"A": "110.07", "B": "0.00000002"})
    return engine


def test_money_makes_the_round_trip_exactly(engine: Engine) -> None:
    table = engine.trades_table()
    exact = [trade.mtm for trade in engine.trades()]
    assert exact == [Decimal("30.06"), Decimal("-0.00000007")]
    assert pyarrow.table(table).column("mtm").to_pylist() == exact
    assert polars.DataFrame(table)["mtm"].to_list() == exact
    frame = pandas.DataFrame.from_arrow(table) if hasattr(pandas.DataFrame, "from_arrow") else pyarrow.table(table).to_pandas()
    assert [Decimal(value) for value in frame["mtm"]] == exact
    read = pyarrow.table(table)
    assert read.schema.field("mtm").type == pyarrow.decimal128(38, 16)
    assert read.schema.field("stop").type == pyarrow.decimal128(38, 8)
    assert read.schema.field("opened_at").type == pyarrow.timestamp("ns", "Asia/Kolkata")
    assert read.column("stop").to_pylist() == [engine.trade("t0").stop, None]
    assert read.column("side").to_pylist() == ["buy", "sell"]
    assert (len(table), table.num_rows, table.column_names[0]) == (2, 2, "trade_id")


def test_a_table_is_read_without_a_copy(engine: Engine) -> None:
    table = engine.trades_table()
    first, second = pyarrow.table(table), pyarrow.table(table)
    address = [read.column("mtm").chunk(0).buffers()[1].address for read in (first, second)]
    assert address[0] == address[1]
    del table
    assert first.column("mtm").to_pylist()[0] == Decimal("30.06")


def test_a_stream_that_nobody_reads_is_released(engine: Engine) -> None:
    import gc

    table = engine.trades_table()
    for _ in range(1000):
        table.__arrow_c_stream__()
        pyarrow.table(table)
    gc.collect()
    assert pyarrow.total_allocated_bytes() >= 0 and len(table) == 2


def test_an_empty_table_has_its_columns() -> None:
    read = pyarrow.table(Engine().trades_table())
    assert read.num_rows == 0 and "mtm" in read.column_names


def test_a_record_keeps_events_and_curves(engine: Engine) -> None:
    with engine.record() as record:
        for price in (111, 112, 103):
            engine.update_prices({"A": price})
    engine.update_prices({"A": 104})
    curve = pyarrow.table(record.curve("S"))
    assert curve.column("peak").to_pylist()[-1] == max(curve.column("mtm").to_pylist())
    assert curve.num_rows == 3 and curve.column("is_active").to_pylist() == [True, True, False]
    told = polars.DataFrame(record.events_table())
    assert "breached" in told["kind"].to_list() and "exit_decided" in told["kind"].to_list()
    assert len(record.events) == told.height
    assert record.curve("nobody").num_rows == 0


PATH = [100, 104, 110, 108, 106, 103, 120]


def test_simulate_is_one_call() -> None:
    outcome = simulate(PATH, Trail.keep("0.5"), quantity=10)
    assert (outcome.exit_reason, outcome.trade.exit_price, outcome.mtm) == ("keep", 103, 30)
    assert pyarrow.table(outcome).column("mtm").to_pylist() == [0, 40, 100, 80, 60, 30, 30]
    assert "₹30.00" in outcome._repr_html_() and "exit of 10" in outcome._repr_html_()
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    short = simulate(PATH, Trail.stop_loss(109), side="SELL")
    assert (short.exit_reason, short.mtm) == ("stop_loss", -10)
    limited = simulate(PATH, limits=[Limit.give_back("0.3")], quantity=10)
    assert (limited.exit_reason, limited.mtm) == ("give_back", 60)
    assert simulate(PATH).exit_reason is None


def test_a_path_may_have_times() -> None:
    start = dt.datetime(2026, 11, 20, 9, 15, tzinfo=IST)
    moments = [start + dt.timedelta(minutes=number) for number in range(len(PATH))]
    rule = Trail.time_after(dt.timedelta(minutes=3))
    outcome = simulate(zip(moments, PATH), rule)
    assert (outcome.exit_reason, outcome.trade.closed_at) == ("time", start + dt.timedelta(minutes=3))
    index = pandas.DatetimeIndex(moments)
    assert simulate(pandas.Series([float(price) for price in PATH], index=index), rule).trade.closed_at == outcome.trade.closed_at
    assert simulate(pandas.Series(PATH), Trail.keep("0.5")).mtm == 3
    with pytest.raises(BadTime):
        simulate([(moments[0].replace(tzinfo=None), 100)])
    with pytest.raises(ConfigError):
        simulate([])


def test_sweep_tries_every_combination() -> None:
    trials = sweep(
        PATH, lambda share, quantity: {"trail": Trail.keep(share), "quantity": quantity}, share=["0.3", "0.5", "0.9"], quantity=[1, 10]
    )
    assert [(trial.given["share"], trial.given["quantity"], trial.mtm) for trial in trials] == [
        ("0.3", 10, 30), ("0.5", 10, 30), ("0.9", 10, 80), ("0.3", 1, 3), ("0.5", 1, 3), ("0.9", 1, 8),
    ][2:3] + [("0.3", 10, 30), ("0.5", 10, 30), ("0.9", 1, 8), ("0.3", 1, 3), ("0.5", 1, 3)]
    assert "₹80.00, keep" in repr(trials[0])
    with pytest.raises(ConfigError):
        sweep(PATH, lambda: {})


@pytest.fixture
def tracker() -> StrategyLevelMTMTrailer:
    tracker = StrategyLevelMTMTrailer(clock=counting_clock())
    tracker.create_strategy("S")
    tracker.add_trade("S", "RELIANCE", 10, 2500.0, "BUY")
    return tracker


def mark(tracker: StrategyLevelMTMTrailer) -> Decimal | None:
    return tracker.engine.mark("RELIANCE")


def test_kites_ticks(tracker: StrategyLevelMTMTrailer, caplog: pytest.LogCaptureFixture) -> None:
    on_ticks = tracker.kite_on_ticks({738561: "RELIANCE"})
    on_ticks(None, [{"instrument_token": 738561, "last_price": 2510.5}, {"instrument_token": 1, "last_price": 5}])
    assert mark(tracker) == Decimal("2510.5")
    with caplog.at_level(logging.WARNING, "highmark"):
        for odd in ([{"instrument_token": 738561}], [None], None, 5, [{"instrument_token": 738561, "last_price": None}], []):
            on_ticks(None, odd)
    assert mark(tracker) == Decimal("2510.5")
    assert "left out" in caplog.text


def test_upstoxs_feeds(tracker: StrategyLevelMTMTrailer) -> None:
    on_message = tracker.upstox_on_message({"NSE_EQ|INE002A01018": "RELIANCE"})
    shapes: list[Any] = [
        {"ltpc": {"ltp": 2501.0}}, {"fullFeed": {"marketFF": {"ltpc": {"ltp": 2502.0}}}},
        {"fullFeed": {"indexFF": {"ltpc": {"ltp": 2503.0}}}}, {"firstLevelWithGreeks": {"ltpc": {"ltp": 2504.0}}},
    ]
    for feed, price in zip(shapes, (2501, 2502, 2503, 2504)):
        on_message({"type": "live_feed", "feeds": {"NSE_EQ|INE002A01018": feed}})
        assert mark(tracker) == price
    for odd in ({"type": "market_info"}, None, {"feeds": {"NSE_EQ|INE002A01018": {}}}, {"feeds": None}):
        on_message(odd)
    assert mark(tracker) == 2504


def test_openalgos_data(tracker: StrategyLevelMTMTrailer) -> None:
    tracker.openalgo_on_data()({"type": "market_data", "symbol": "RELIANCE", "exchange": "NSE", "data": {"ltp": 2511.0}})
    assert mark(tracker) == 2511
    tracker.openalgo_on_data({"RIL": "RELIANCE"})({"symbol": "RIL", "data": {"ltp": 2512.0}})
    tracker.openalgo_on_data()({"type": "pong"})
    assert mark(tracker) == 2512


def test_a_strict_trackers_callback_does_not_raise_into_the_socket(caplog: pytest.LogCaptureFixture) -> None:
    tracker = StrategyLevelMTMTrailer(strict=True)
    with caplog.at_level(logging.ERROR, "highmark"):
        tracker.kite_on_ticks({1: "A"})(None, [{"instrument_token": 1, "last_price": 0.0}])
    assert "were not taken" in caplog.text


def test_services_by_name() -> None:
    from highmark import NotConnected, ServiceError
    from highmark.errors import UnknownEndpoint, UnknownService
    from network_test.services import PaperService, ServiceFactory

    async def play() -> None:
        async with ServiceFactory.create_service("paper", prices={"A": 100}) as paper:
            order = {"symbol": "A", "quantity": 5, "transaction_type": "BUY"}
            bought = (await paper.call_endpoint("place_order", json_data=order))["data"]
            assert (bought["status"], bought["average_price"], bought["filled_quantity"]) == ("complete", 100.0, 5)
            waits = {**order, "transaction_type": "SELL", "order_type": "LIMIT", "price": 105}
            resting = (await paper.call_endpoint("place_order", json_data=waits))["data"]
            assert resting["status"] == "open"
            await paper.call_endpoint("set_prices", json_data={"A": 106})
            filled = await paper.call_endpoint("order_details", params={"order_id": resting["order_id"]})
            assert (filled["data"]["status"], filled["data"]["average_price"]) == ("complete", 106.0)
            assert (await paper.call_endpoint("positions"))["data"] == [{"symbol": "A", "quantity": 0}]
            assert len((await paper.call_endpoint("trade_book"))["data"]) == 2
            with pytest.raises(ServiceError):
                await paper.call_endpoint("cancel_order", params={"order_id": resting["order_id"]})
            with pytest.raises(ServiceError):
                await paper.call_endpoint("place_order", json_data={**order, "symbol": "NEW"})
            with pytest.raises(UnknownEndpoint):
                await paper.call_endpoint("buy")
        secret = "token-of-mine"
        async with ServiceFactory.create_service("upstox", access_token=secret) as upstox:
            assert secret not in repr(upstox)
            with pytest.raises(NotConnected) as caught:
                await upstox.call_endpoint("place_order", json_data={})
            assert secret not in str(caught.value) and caught.value.hint

    asyncio.run(play())
    assert isinstance(ServiceFactory.create_service("PAPER"), PaperService)
    for name in ServiceFactory.names()[1:]:
        with pytest.raises(ConfigError):
            ServiceFactory.create_service(name)
        ServiceFactory.create_service(name, ...)
    with pytest.raises(UnknownService):
        ServiceFactory.create_service("nobody")
