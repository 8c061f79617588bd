"""A running service, started here on a free port, by the methods of an engine."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import http.server
import json
import pathlib
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from test_rules import ON_MTM, ON_PRICE

from highmark import (
    ConfigError,
    Engine,
    Event,
    Limit,
    NotAllowed,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    RemoteEngine,
    ServerRefused,
    Trail,
    Unreachable,
    UnknownName,
    UnknownStrategy,
    UnknownTrade,
    connect,
    of_entry,
    ticks,
)
from highmark.replaying import command

SCENARIO = """
name = "desk"
instrument = [{ symbol = "NIFTY", venue = "always", lot = 75 }, { symbol = "SBIN", venue = "always" }]
account = [{ name = "main", mode = "tracking", balance = 1000000 }]
strategy = [{ name = "Carry" }]
"""


class Desk:
    """A service of a test's own."""

    def __init__(self, folder: pathlib.Path, *options: str, scheme: str = "http") -> None:
        self.folder = folder
        self.scheme = scheme
        folder.mkdir()
        scenario = folder / "desk.toml"
        scenario.write_text(SCENARIO, encoding="utf-8")
        self.line = [
            command(), "run", "--state", str(folder / "state"), "--scenario", str(scenario), "--feed", "none",
            "--option", "api.listen=127.0.0.1:0", *options,
        ]  # fmt: skip
        self.keys: dict[str, str] = {}
        self.start()
        for role in ("viewer", "trader", "risk", "admin"):
            told = subprocess.run(
                [command(), "key", "add", role, "--role", role, "--state", str(folder / "state")],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            self.keys[role] = told.stdout.split()[0]

    def start(self) -> None:
        address = self.folder / "state" / "api.address"
        address.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = []
        # It says where the API listens when it does.
        for line in self.process.stderr:
            said.append(line)
            if address.exists():
                break
        assert address.exists(), "".join(said)
        self.drain = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.drain.start()
        self.url = f"{self.scheme}://{address.read_text(encoding='utf-8').strip()}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.drain.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def as_(self, role: str) -> RemoteEngine:
        return connect(self.url, self.keys[role])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("hm") / "d")
    yield made
    made.stop()


def test_a_day_on_a_server(desk: Desk) -> None:
    with desk.as_("risk") as engine:
        assert engine.create_strategy("Index", [Limit.max_loss(5000), Limit.give_back("0.3")], capital=500000) == "Index"
        assert engine.strategies == ("Carry", "Index")
        trade = engine.add_trade("Index", "NIFTY", "BUY", 75, "19500.05", [Trail.stop_loss(19400), Trail.keep("0.3")], name="n1")
        assert (trade.name, trade.side.value, trade.entry_price, trade.strategy) == ("n1", "buy", Decimal("19500.05"), "Index")
        done = engine.update_prices({"NIFTY": "19600.05"})
        assert done.turn > 0
        assert engine.mark("NIFTY") == Decimal("19600.05") and engine.mark("SBIN") is None
        view = engine.trade(trade.trade_id)
        assert (view.mtm, view.stop, view.best) == (7500, Decimal("19530.05"), Decimal("19600.05"))
        strategy = engine.strategy("Index")
        assert (strategy.mtm, strategy.peak, strategy.floor, strategy.room) == (7500, 7500, 5250, 2250)
        assert engine.system().mtm == 7500 and engine.trades("Carry") == []
        told = engine.update_prices({"NIFTY": 19560}).told
        assert any("give_back" in sentence for sentence in told), told
        assert engine.trade("t0").status == "closed" and not engine.strategy("Index").is_active
        assert len(engine.trades_table("Index")) == 1


def test_rules_of_each_kind_are_put_into_words(desk: Desk) -> None:
    engine = desk.as_("risk")
    engine.update_prices({"SBIN": 812.4})
    engine.create_strategy(
        "Words",
        [
            Limit.max_loss(50000), Limit.target(90000), Limit.give_back("0.4", arm_at=8000), Limit.gap(500, 6000, 100),
            Limit.lock(6000, 4000), Limit.lock_and_trail(5000, 3000, 500, 250, 20), Limit.trail_loss(5000, 1000, 500, True),
            Limit.daily_loss(60000), Limit.daily_target(70000),
        ],
    )  # fmt: skip
    engine.add_trade(
        "Words", "SBIN", "sell", 100, "812.4",
        [
            Trail.stop_loss(of_entry("0.005")), Trail.target(700), Trail.by(ticks(40), arm_at=5), Trail.keep("0.3", arm_at=3),
            Trail.break_even(10, 1),
        ],
    )  # fmt: skip
    names = json.dumps(engine.rules())
    for name in ("trail_loss", "lock_and_trail", "daily_target", "break_even", '"0.4"', "keep"):
        assert name in names, name
    number = next(rule["rule"]["rule"] if "rule" in rule else rule["id"] for rule in engine.rules() if "max_loss" in json.dumps(rule))
    assert engine.set_rule("max_loss amount=70000", strategy="Words", reason="more room").turn > 0
    with pytest.raises(ServerRefused, match="loosens") as asked:
        engine.remove_rule(number, reason="by mistake")
    assert asked.value.code == "CONFIRM"
    (waits,) = engine.raises()
    with pytest.raises(ServerRefused, match="may not confirm it yet"):
        engine.confirm_raise(waits["id"])
    assert desk.as_("admin").confirm_raise(waits["id"]).turn > 0
    assert engine.raises() == []


MINUTE = dt.timedelta(minutes=1)


class Twins(NamedTuple):
    """A strategy and a trade, on a service and in this process."""

    remote: RemoteEngine
    local: Engine


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    made = Desk(tmp_path_factory.mktemp("hm") / "t")
    both = Twins(made.as_("risk"), Engine())
    both.local.instrument("SBIN")
    for engine in both:
        engine.create_strategy("S", capital=200_000)
        engine.add_trade("S", "SBIN", "BUY", 10, 100)
    yield both
    made.stop()


#: Options of every kind, on a rule on price and on one on mtm.
WITH_OPTIONS = {
    "stop": Trail.stop_loss(90).but(
        strict=True, confirm_ticks=(3, 10), breach_mark="executable", reduce="0.5", then=("strategy", "move_to_cost"), force=True
    ),
    "limit": Limit.gap(500, 6000).but(
        action="alert", window="session", net=True, confirm_seconds="1.5", peak_mark="mid", breach_mark="last", warn=["0.5", "0.25"]
    ),
    "candle": Limit.give_back("0.3", 500).but(candle_close=MINUTE, action="block_entries"),
    "level": Trail.by(5).but(watch_underlying=False, action="alert"),
}


@pytest.mark.parametrize("name", [*ON_PRICE, *ON_MTM, *WITH_OPTIONS])
def test_a_rule_is_the_same_on_a_service_as_in_this_process(twins: Twins, name: str) -> None:
    rule = {**ON_PRICE, **ON_MTM, **WITH_OPTIONS}[name]
    for engine in twins:
        if rule.is_on_price:
            engine.set_rule(rule, trade="t0")
        else:
            engine.set_rule(rule, strategy="S")
    remote, local = twins
    number = remote.rules()[-1]["rule"]["rule"]
    assert remote.rule(number).data["draft"] == local.rule(number).data["draft"]


def test_what_loosens_is_asked_for_and_confirmed(desk: Desk) -> None:
    engine, other = desk.as_("risk"), desk.as_("admin")

    def confirmed(ask: Callable[[], object]) -> None:
        with pytest.raises(ServerRefused, match="only asked for") as asked:
            ask()
        assert asked.value.code == "CONFIRM"
        (waits,) = engine.raises()
        assert other.confirm_raise(waits["id"]).turn > 0

    engine.update_prices({"NIFTY": 19560})
    engine.create_strategy("Loose", [Limit.max_loss(500), Limit.max_loss(300).but(action="alert")])
    engine.add_trade("Loose", "NIFTY", "BUY", 75, 19560, [Trail.stop_loss(19500)])
    warns, stop = (rule["rule"]["rule"] for rule in engine.rules()[-2:])
    confirmed(lambda: engine.loosen_stop(stop, 19400, reason="room"))
    assert engine.rule(stop).level == 19400
    engine.update_prices({"NIFTY": 19555})
    assert engine.rule(warns).has_fired
    engine.update_prices({"NIFTY": 19560})
    confirmed(lambda: engine.reset_rule(warns, reason="once more"))
    assert not engine.rule(warns).has_fired
    engine.update_prices({"NIFTY": 19550})
    assert not engine.strategy("Loose").is_active
    confirmed(lambda: engine.reset_strategy("Loose", reason="tomorrow"))
    assert engine.strategy("Loose").is_active


def test_refusals_are_typed(desk: Desk) -> None:
    engine = desk.as_("trader")
    with pytest.raises(UnknownStrategy, match="known"):
        engine.strategy("Nothing")
    with pytest.raises(UnknownName, match="TCS"):
        engine.add_trade("Carry", "TCS", "BUY", 1)
    with pytest.raises(UnknownTrade):
        engine.trade("kite")
    with pytest.raises(NotFound) as missing:
        engine.trade("t999")
    assert missing.value.code == "NOT_FOUND" and missing.value.status == 404
    with pytest.raises(ServerRefused) as refusal:
        engine.create_strategy("Carry")
    assert refusal.value.status in (409, 422) and refusal.value.code and refusal.value.hint
    with pytest.raises(NotAllowed):
        engine.remove_rule(0)
    with pytest.raises(NotAllowed):
        desk.as_("viewer").kill()
    with pytest.raises(NotAllowed):
        connect(desk.url, "x" * 43)
    with pytest.raises(ConfigError):
        connect("127.0.0.1:8420", "key")
    with pytest.raises(ConfigError):
        connect(desk.url, "")
    for missing_method in ("confirm_exit", "open_session", "tick_clock", "intents"):
        with pytest.raises(NotOffered, match=missing_method):
            getattr(engine, missing_method)
    with pytest.raises(AttributeError):
        _ = engine.nothing_of_the_kind  # type: ignore[attr-defined]


def test_pause_exit_kill(desk: Desk) -> None:
    engine = desk.as_("risk")
    engine.update_prices({"SBIN": 800})
    engine.pause("Carry")
    with pytest.raises(ServerRefused) as refusal:
        engine.add_trade("Carry", "SBIN", "BUY", 1, 800)
    assert refusal.value.code == "HALTED"
    engine.undo()
    engine.redo()
    engine.resume("Carry")
    trades = [engine.add_trade("Carry", "SBIN", side, 10, 800) for side in ("BUY", "SELL")]
    assert engine.exit_trade(trades[0].trade_id, 4).turn > 0
    assert engine.trade(trades[0].trade_id).open_quantity == 6
    told = engine.exit_strategy("Carry").told
    assert sum(" exits" in line for line in told) == 2, told
    assert {trade.status for trade in engine.trades("Carry")} == {"closed"}
    engine.kill("drill")
    assert engine.is_killed
    engine.release("drill over")
    assert not engine.is_killed


def test_handlers_hear_what_happens_in_order_and_once(desk: Desk) -> None:
    engine = desk.as_("trader")
    engine.create_strategy("Heard")
    heard: queue.Queue[Event] = queue.Queue()

    @engine.on("exit", "filled", "kill", "rule_set")
    def tell(event: Event) -> None:
        heard.put(event)

    @engine.on("exit")
    def ask_back(event: Event) -> None:
        heard.put(event)
        assert engine.trade(event.trade_id or "").name == "h1"
        raise RuntimeError("a handler of a user's")

    engine.update_prices({"SBIN": 800})
    trade = engine.add_trade("Heard", "SBIN", "BUY", 10, 800, [Trail.stop_loss(790)], name="h1")
    numbers = [engine.symbol_id("SBIN")]
    assert engine.update_price_array(numbers, [float("nan")]).told == ()
    engine.update_price_array(numbers, [789.5])
    events = [heard.get(timeout=30) for _ in range(5)]
    assert [event.kind for event in events] == ["rule_set", "filled", "exit_decided", "exit_decided", "filled"]
    assert events[2] == events[3] and events[2].names >= {"exit", "stop_hit"}
    assert (events[2].strategy, events[2].symbol, events[2].trade_id) == ("Heard", "SBIN", trade.trade_id)
    assert (events[2].price, events[2].level, events[2].rule) == (Decimal("789.5"), 790, "stop_loss")
    assert events[2].at is not None and "by stop_loss" in events[2].message
    engine.off(ask_back)
    assert "stop_loss" in engine.explain(trade.trade_id) and "789.5" in engine.explain(trade.trade_id)
    assert "Heard" in engine.explain("Heard")
    with pytest.raises(NotFound):
        engine.explain("nobody/else?")
    engine.close()
    ((handler, fault),) = engine.handler_failures
    assert handler is ask_back and isinstance(fault, RuntimeError)
    with pytest.raises(ConfigError, match="no event is called"):
        engine.on("stops")(tell)


def test_what_happened_while_nobody_was_heard_is_heard_after(tmp_path: pathlib.Path) -> None:
    desk = Desk(tmp_path / "d")
    lossy = Lossy(desk.url, drops=0)
    engine = connect(lossy.url, desk.keys["trader"])
    heard: queue.Queue[Event] = queue.Queue()
    engine.on("halted", "resumed")(heard.put)
    engine.pause("Carry", reason="first")
    assert heard.get(timeout=30).data["reason"] == "first"
    desk.stop()
    desk.start()
    with desk.as_("trader") as other:
        other.resume("Carry", reason="second")
        other.pause("Carry", reason="third")
    lossy.behind = desk.url
    assert [heard.get(timeout=60).data["reason"] for _ in range(2)] == ["second", "third"]
    assert heard.empty() and engine.handler_failures == ()
    engine.close()
    lossy.shutdown()
    lossy.server_close()
    desk.stop()


def test_events_of_a_service_are_a_stream(desk: Desk) -> None:
    async def listen() -> list[str]:
        with desk.as_("trader") as engine:
            async with engine.events() as stream:
                await asyncio.to_thread(engine.pause, "Carry")
                await asyncio.to_thread(engine.resume, "Carry")
                return [(await asyncio.wait_for(anext(stream), 30)).kind for _ in range(2)]

    assert asyncio.run(listen()) == ["halted", "resumed"]


class Lossy(http.server.ThreadingHTTPServer):
    """Hands requests on to a service, and drops the connection of some answers."""

    daemon_threads = True

    def __init__(self, behind: str, drops: int) -> None:
        super().__init__(("127.0.0.1", 0), Between)
        self.behind = behind
        self.drops = drops
        #: Answers that end in their middle.
        self.halves = 0
        #: Looks that are refused for want of patience.
        self.busy = 0
        self.keys: list[str | None] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Between(http.server.BaseHTTPRequestHandler):
    server: Lossy

    def do_GET(self) -> None:
        self._pass(None)

    def do_POST(self) -> None:
        self._pass(self.rfile.read(int(self.headers["Content-Length"])))

    def _pass(self, body: bytes | None) -> None:
        import urllib.request

        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
        asked = urllib.request.Request(self.server.behind + self.path, body, headers, method=self.command)
        if "text/event-stream" in headers.get("Accept", ""):
            self._pass_on(asked)
            return
        if body is None and self.server.busy and "/trades" in self.path:
            self.server.busy -= 1
            told = b'{"code": "TOO_OFTEN", "detail": "too much is asked for"}'
            self.send_response(429)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)
            return
        with urllib.request.urlopen(asked) as answer:
            status, told = answer.status, answer.read()
        if body is not None:
            self.server.keys.append(self.headers["Idempotency-Key"])
            if self.server.drops:
                self.server.drops -= 1
                self.close_connection = True
                return
            if self.server.halves:
                self.server.halves -= 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told[: len(told) // 2])
                self.close_connection = True
                return
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def _pass_on(self, asked: Any) -> None:
        """Line by line, for as long as there are any."""
        import urllib.error
        import urllib.request

        try:
            with urllib.request.urlopen(asked) as answer:
                self.send_response(answer.status)
                self.end_headers()
                for line in answer:
                    self.wfile.write(line)
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_an_answer_that_is_lost_is_asked_for_again_and_done_once(desk: Desk) -> None:
    before = len(desk.as_("viewer").trades())
    lossy = Lossy(desk.url, drops=2)
    engine = connect(lossy.url, desk.keys["trader"])
    engine.add_trade("Carry", "SBIN", "BUY", 1, 800)
    assert len(lossy.keys) == 3 and len(set(lossy.keys)) == 1
    assert len(engine.trades()) == before + 1
    lossy.halves = 1
    engine.add_trade("Carry", "SBIN", "BUY", 1, 800)
    assert len(lossy.keys) == 5 and len(engine.trades()) == before + 2
    lossy.drops = 100
    with pytest.raises(OutcomeUnknown, match="done or not"):
        engine.pause("Carry")
    lossy.drops = 0
    engine.resume("Carry")
    lossy.shutdown()
    lossy.server_close()


def test_another_start_of_the_service_is_no_second_chance(tmp_path: pathlib.Path) -> None:
    desk = Desk(tmp_path / "d")
    engine = desk.as_("trader")
    lossy = Lossy(desk.url, drops=1)
    through = connect(lossy.url, desk.keys["trader"])
    desk.stop()
    with pytest.raises(Unreachable):
        engine.trades()
    with pytest.raises(Unreachable):
        engine.pause("Carry")
    desk.start()
    lossy.behind = desk.url
    # The answer is lost, and the service is another start than the one that was heard last.
    with pytest.raises(OutcomeUnknown):
        through.pause("Carry")
    assert len(lossy.keys) == 1
    assert desk.as_("viewer").strategies == ("Carry",)
    lossy.shutdown()
    lossy.server_close()
    desk.stop()


def test_a_service_that_speaks_tls_is_asked_by_whoever_trusts_its_certificate(tmp_path: pathlib.Path) -> None:
    subprocess.run([command(), "certificate", "make", "127.0.0.1", "--dir", str(tmp_path)], capture_output=True, check=True)
    certificate = tmp_path / "certificate.pem"
    pair = [f"api.tls.certificate={certificate}", f"api.tls.key={tmp_path / 'key.pem'}"]
    options = [word for option in pair for word in ("--option", option)]
    desk = Desk(tmp_path / "d", *options, scheme="https")
    try:
        with connect(desk.url, desk.keys["viewer"], ca=str(certificate)) as engine:
            assert engine.strategies == ("Carry",)
        with pytest.raises(Unreachable, match="not trusted"):
            connect(desk.url, desk.keys["viewer"])
        with pytest.raises(ConfigError, match="ca"):
            connect(desk.url, desk.keys["viewer"], ca=str(tmp_path / "none.pem"))
    finally:
        desk.stop()


def test_a_trade_that_was_entered_is_not_said_to_be_refused(desk: Desk) -> None:
    """The look at it was refused after it was done, and the caller entered it again."""
    desk.as_("trader").update_prices({"SBIN": 800})
    between = Lossy(desk.url, 0)
    engine = connect(between.url, desk.keys["trader"])
    between.busy = 2
    assert engine.add_trade("Carry", "SBIN", "BUY", 10, 800, name="once").open_quantity == 10
    between.busy = 100
    with pytest.raises(OutcomeUnknown, match="mine is entered") as told:
        engine.add_trade("Carry", "SBIN", "BUY", 10, 800, name="mine")
    assert told.value.code == "ENTERED"
    between.busy = 0
    assert [trade.name for trade in engine.trades("Carry")][-2:] == ["once", "mine"]
    between.shutdown()
