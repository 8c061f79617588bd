"""The engine in Python's words: exact numbers, names in place of ids, exceptions in place of refusals."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from . import delivery, durable, errors, events, tables, words
from ._highmark import Core, Table
from .events import Event
from .rules import Rule
from .tables import Recorder
from .views import Intent, RuleView, ScopeView, TradeView, rule_view, scope_view, trade_view
from .words import Clock, Moment, Number, Side

Json = dict[str, Any]
H = TypeVar("H", bound=Callable[[Event], Any])

_ACCOUNT = 0
_BAD_HINT = "a price is a number above zero; the last good price stays"


@dataclass(frozen=True)
class Update:
    """What a batch of prices led to."""

    events: tuple[Event, ...] = ()
    #: Prices that were not taken: symbol, the engine's code, how the price looked.
    refused: tuple[tuple[str, str, str], ...] = ()

    @property
    def intents(self) -> tuple[Event, ...]:
        """The exits that were decided."""
        return tuple(event for event in self.events if event.kind == "exit_decided")


@dataclass
class _Operation:
    """What one call asked for: the commands that an undo takes back together."""

    what: str
    #: Asks for the same anew, by names; without it, the engine's own redo does.
    again: Callable[[_Operation], object] | None = None
    commands: list[int] = field(default_factory=list)


class Engine:
    """One engine in this process. Safe from any thread: each call is whole.

    Nothing is on a disk, unless `db` names a folder: then a call returns when what it did is durable there, and
    an engine on the same folder goes on where the last one ended, however that ended. One process at a time has
    a folder. `group=50` lets up to 50 batches of prices from which nothing follows wait for the disk; a decision
    takes them with it. What may be lost by a crash is then those marks, never a decision that was told.

    `orders=True` is for people who send orders themselves: exits then wait as intents until they are
    confirmed or rejected; otherwise an exit fills at the price that caused it. `stop_moves=True` tells of
    every stop that moves.
    """

    def __init__(
        self,
        *,
        db: str | os.PathLike[str] | None = None,
        group: int = 1,
        clock: Clock = time.time_ns,
        orders: bool = False,
        starting_balance: Number = 0,
        stop_moves: bool = False,
    ) -> None:
        if isinstance(group, bool) or not isinstance(group, int) or not 1 <= group <= 4096:
            raise errors.ConfigError(f"group: {group!r} is not between 1 and 4096", "1 makes each call durable by itself")
        balance = words.money(starting_balance, "starting_balance")
        if db is not None and not (isinstance(db, (str, os.PathLike)) and os.fspath(db)):
            raise errors.ConfigError(f"db: {db!r} is no folder", "give its path, or leave it out for an engine in memory")
        if db is not None and os.path.exists(os.path.join(db, "scenario.toml")):
            message = f"db: {os.fspath(db)} is the folder of a service, which goes on with what it left itself"
            raise errors.ConfigError(message, "connect(url, key) asks it, replay(folder) reads it, another folder is yours")
        self._begin(Core(db, group) if db is not None else Core(), clock, orders)
        try:
            if db is not None:
                durable.watch(self)
            self._open("orders" if orders else "tracking", balance, stop_moves)
        except BaseException:
            self._core.close()
            raise

    @classmethod
    def _around(cls, core: Core, clock: Clock = time.time_ns) -> Engine:
        """An engine that stands somewhere already."""
        made = cls.__new__(cls)
        account = json.loads(core.terms()[0])
        made._begin(core, clock, account is not None and account["fills"] == "orders")
        return made

    def _begin(self, core: Core, clock: Clock, orders: bool) -> None:
        self._core = core
        self._clock = clock
        self._orders = orders
        self._delivery = delivery.Delivery()
        self._strategies: dict[str, int] = {name: number for number, name in core.strategies()}
        self._trades: dict[int, tuple[str, str]] = {}
        self._symbols: list[str] = []
        self._done: list[_Operation] = []
        self._undone: list[_Operation] = []
        self._fills = 0
        self._recorders: list[Recorder] = []

    def _open(self, fills: str, balance: str, stop_moves: bool) -> None:
        """Opens the account, or looks whether the one that was recorded is as it is asked for."""
        told, is_dense = self._core.terms()
        if stop_moves and not is_dense:
            self._command({"configure": {"dense": True}})
        account = json.loads(told)
        if account is None:
            self._command({"open_account": {"name": "default", "fills": fills, "starting_balance": balance}})
            return
        if account["fills"] != fills:
            recorded = account["fills"] == "orders"
            raise errors.ConfigError(f"orders: this folder was begun with orders={recorded}", "say the same, or name another folder")
        if Decimal(balance) not in (0, Decimal(account["starting_balance"])):
            message = f"starting_balance: this folder was begun with {account['starting_balance']}"
            raise errors.ConfigError(message, "leave it out, or name another folder")

    def close(self) -> None:
        """Makes durable what is not, signs the end of the journal and lets its folder go. Every later call
        raises `ClosedError`."""
        self._core.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("an engine cannot be pickled or copied: send its views, or open its db folder elsewhere")

    @property
    def start_notes(self) -> tuple[str, ...]:
        """What opening the folder found that a person should know, such as a start after a crash."""
        return tuple(self._core.found()[1])

    # What is traded, and by whom

    def instrument(
        self,
        symbol: str,
        *,
        lot_size: Number = 1,
        tick_size: Number = "0.05",
        multiplier: int = 1,
        mark: str = "last",
        option: str | None = None,
        underlying: str | None = None,
        allow_negative: bool = False,
        check_tick_size: bool = False,
        jump: Number | None = None,
        stale_after: words.Number | None = None,
    ) -> int:
        """Says the terms of an instrument before its first price or trade; returns its number for
        `update_price_array`."""
        checks: Json = {
            "allow_negative": allow_negative,
            "on_tick_size": check_tick_size,
            "band": None,
            "jump": None if jump is None else words.fraction(jump, "jump"),
            "overnight_gap": None,
            "stale_after": None if stale_after is None else words.span(stale_after, "stale_after"),
            "stale_policy": "hold",
            "future_after": None,
        }
        spec = {
            "symbol": _name(symbol, "symbol"),
            "venue": 0,
            "tick_size": words.price(tick_size, "tick_size"),
            "lot_size": words.quantity(lot_size, "lot_size"),
            "multiplier": words.whole(multiplier, "multiplier", 1),
            "mark": mark,
            "option": option,
            "underlying": None if underlying is None else self.symbol_id(underlying),
            "expiry": None,
            "checks": checks,
            "charges": {"per_order": "0", "buy_ppb": 0, "sell_ppb": 0},
        }
        self._command({"define_instrument": spec})
        return self.symbol_id(symbol)

    def symbol_id(self, symbol: str) -> int:
        """The number of an instrument; one that is new gets lots of 1 and steps of 0.05."""
        number = self._core.instrument(_name(symbol, "symbol"))
        return self.instrument(symbol) if number is None else number

    def create_strategy(self, name: str, rules: Iterable[Rule] = (), *, capital: Number = 0) -> str:
        """A strategy with its limits; returns its name."""
        spec = {"name": _name(name, "strategy_name"), "capital": words.money(capital, "capital")}
        drafts = [rule.draft() for rule in rules]

        def create(done: _Operation) -> None:
            self._command({"create_strategy": spec}, done=done)
            scope = {"Strategy": self._strategies[str(name)]}
            try:
                for draft in drafts:
                    self._command(_set_rule(scope, draft, ""), done=done)
            except errors.HighmarkError:
                self._take_back(done)
                raise

        self._do(_Operation(f"create strategy {name}", create))
        return str(name)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The names of all strategies, in the order of their making."""
        return tuple(name for _, name in self._core.strategies())

    def add_trade(
        self,
        strategy: str,
        symbol: str,
        side: object,
        quantity: Number,
        entry_price: Number | None = None,
        rules: Iterable[Rule] = (),
        *,
        name: str = "",
        adopted: bool = False,
        at: Moment | None = None,
    ) -> TradeView:
        """A trade that was filled at `entry_price`, or enters at the mark when there is none. `adopted`:
        it was open before, and its best begins now."""
        self._strategy(strategy)
        entry: Any = "at_mark"
        if entry_price is not None:
            entry = {"adopted" if adopted else "filled": {"price": words.price(entry_price, "entry_price")}}
        new = {
            "name": name,
            "account": _ACCOUNT,
            "side": words.side(side).value,
            "quantity": words.quantity(quantity),
            "entry": entry,
            "rules": [rule.draft() for rule in rules],
        }
        # The instrument is met last: what is refused above has changed nothing.
        new["instrument"] = self.symbol_id(symbol)

        def add(done: _Operation) -> tuple[Event, ...]:
            terms = {**new, "strategy": self._strategy(strategy)}
            return self._command({"add_trade": terms}, done=done, at=at)

        made = self._do(_Operation(f"add trade {symbol}", add))
        return self.trade(next(event for event in made if event.kind == "trade_added").trade_id or "")

    # Prices and time

    def update_prices(self, prices: Mapping[str, Any], *, at: Moment | None = None) -> Update:
        """One batch of prices: applied one by one, judged once. A price that is none raises, and nothing
        has changed."""
        batch = dict(prices)
        bad = self._core.odd_prices(batch)
        if bad:
            symbol, code, shown = bad[0]
            raise errors.BadPrice(f"{symbol}: {shown} is no price ({code})", _BAD_HINT)
        told, refused = self._core.prices(batch, self._now(at))
        return self._updated(told, refused)

    def update_price_array(self, ids: Any, prices: Any, *, at: Moment | None = None) -> Update:
        """The same from two arrays: numbers of `symbol_id` as 32-bit integers, prices as 64-bit floats. Any
        object with the buffer protocol will do: numpy, `array.array`, memoryview. NaN means no price."""
        told, refused = self._core.price_array(_buffer(ids, "ids"), _buffer(prices, "prices"), self._now(at))
        return self._updated(told, refused)

    def tick_clock(self, *, at: Moment | None = None) -> tuple[Event, ...]:
        """Time has passed: what waits for it happens."""
        return self._publish(self._core.clock(self._now(at)))

    def open_session(self, opens: Moment, closes: Moment, *, day: int | None = None) -> tuple[Event, ...]:
        """Says when this day's trading begins and ends. Without any, trading never stops. With one, prices
        outside it are not taken, limits of a day start afresh, and `Trail.before_close` knows the close.
        `day` is the session day as 20261120, that of the opening in IST unless it is given."""
        start, end = words.nanoseconds(opens), words.nanoseconds(closes)
        if end <= start:
            raise errors.BadTime("closes: it is not after the opening", "give both with their zone")
        local = words.when(start)
        number = day if day is not None or local is None else int(f"{local:%Y%m%d}")
        session = {"venue": 0, "day": number, "open": start, "close": end}
        return self._publish(self._core.session(json.dumps(session), min(self._now(None), start)))

    def _updated(self, told: str | None, refused: Any) -> Update:
        made = () if told is None else self._publish(told)
        self._recorded()
        return Update(made, tuple(refused or ()))

    def _recorded(self) -> None:
        for recorder in self._recorders:
            recorder.sample()

    # Rules

    def set_rule(
        self,
        rule: Rule,
        *,
        strategy: str | None = None,
        trade: str | None = None,
        account: bool = False,
        system: bool = False,
        reason: str = "",
    ) -> int:
        """Sets a rule on one scope; returns its number."""
        draft = rule.draft()

        def set_it(done: _Operation) -> tuple[Event, ...]:
            scope = self._scope(strategy, trade, account, system)
            return self._command(_set_rule(scope, draft, reason), done=done)

        made = self._do(_Operation(f"set {rule.name}", set_it))
        return int(next(event for event in made if event.kind == "rule_set").data["rule"])

    def change_rule(self, rule_id: int, rule: Rule, *, reason: str = "") -> None:
        done = _Operation(f"change rule {rule_id}")
        provenance = {"by": "python", "reason": reason}
        change = {"rule": rule_id, "draft": rule.draft(), "provenance": provenance}
        self._command({"change_rule": change}, done=done)
        self._remember(done)

    def remove_rule(self, rule_id: int, *, reason: str = "by hand") -> None:
        done = _Operation(f"remove rule {rule_id}")
        removal = {"rule": rule_id, "provenance": {"by": "python", "reason": reason}}
        self._command({"remove_rule": removal}, done=done)
        self._remember(done)

    def loosen_stop(self, rule_id: int, to: Number, *, reason: str) -> None:
        """Moves one stop away from the market, for a reason that is kept."""
        done = _Operation(f"loosen rule {rule_id}")
        provenance = {"by": "python", "reason": reason}
        loosen = {"rule": rule_id, "to": words.price(to, "to"), "provenance": provenance}
        self._command({"loosen_stop": loosen}, done=done)
        self._remember(done)

    def reset_rule(self, rule_id: int, *, reason: str) -> tuple[Event, ...]:
        """A rule that has fired watches anew, with a new peak and floor."""
        return self._command({"reset_rule": {"rule": rule_id, "reason": reason}})

    # What a person does

    def exit_trade(self, trade_id: str, quantity: Number | None = None, *, reason: str = "by hand") -> tuple[Event, ...]:
        amount = None if quantity is None else words.quantity(quantity)
        return self._command({"exit_trade": {"trade": _trade_number(trade_id), "quantity": amount, "reason": reason}})

    def exit_strategy(self, strategy: str, *, reason: str = "by hand") -> tuple[Event, ...]:
        """Exits all open trades of a strategy, shorts first."""
        open_trades = [trade for trade in self.trades(strategy) if trade.status in ("open", "degraded")]
        open_trades.sort(key=lambda trade: trade.side is Side.BUY)
        made: list[Event] = []
        for trade in open_trades:
            made += self.exit_trade(trade.trade_id, reason=reason)
        return tuple(made)

    def kill(self, reason: str = "by hand") -> tuple[Event, ...]:
        """Closes everything and refuses entries until `release`."""
        return self._command({"kill": {"reason": reason}})

    def release(self, reason: str) -> tuple[Event, ...]:
        return self._command({"release": {"reason": reason}})

    @property
    def is_killed(self) -> bool:
        return bool(self._core.state()[2])

    def pause(self, strategy: str | None = None, *, reason: str = "by hand") -> tuple[Event, ...]:
        """Refuses entries into a strategy, or into everything; protection goes on."""
        return self._halting("halt", strategy, reason)

    def resume(self, strategy: str | None = None, *, reason: str = "by hand") -> tuple[Event, ...]:
        return self._halting("resume", strategy, reason)

    def reset_strategy(self, strategy: str, *, reason: str) -> tuple[Event, ...]:
        """A strategy that was shut down may trade again, with new peaks and floors."""
        return self._command({"reset_strategy": {"strategy": self._strategy(strategy), "reason": reason}})

    def _halting(self, verb: str, strategy: str | None, reason: str) -> tuple[Event, ...]:
        done = _Operation(verb)
        scope: Any = "System" if strategy is None else {"Strategy": self._strategy(strategy)}
        made = self._command({verb: {"scope": scope, "reason": reason}}, done=done)
        self._remember(done)
        return made

    def undo(self) -> str:
        """Takes back the last call that can be, whole or not at all; returns what it was."""
        if not self._done:
            raise errors.CannotUndo("there is nothing to undo", "", "NOTHING_TO_UNDO")
        last = self._done[-1]
        self._take_back(last)
        self._done.pop()
        self._undone.append(last)
        return last.what

    def redo(self) -> str:
        """Does again what was undone last; returns what it was. What is made again has a new number."""
        if not self._undone:
            raise errors.CannotUndo("there is nothing to redo", "", "NOTHING_TO_UNDO")
        last = self._undone[-1]
        again = _Operation(last.what, last.again)
        if last.again is not None:
            last.again(again)
        else:
            for _ in last.commands:
                self._command("redo", done=again)
        self._undone.pop()
        self._done.append(again)
        return last.what

    def _do(self, done: _Operation) -> Any:
        """An operation that can be asked for again."""
        made = done.again(done) if done.again is not None else None
        self._remember(done)
        return made

    def _take_back(self, done: _Operation) -> None:
        taken = 0
        try:
            for command in reversed(done.commands):
                self._command({"undo": {"command": command}})
                taken += 1
        except errors.HighmarkError:
            # What follows from a rule of a strategy keeps the strategy: only its last rules were taken back.
            kept = done.commands[: len(done.commands) - taken]
            again = _Operation(done.what)
            for _ in range(taken):
                self._command("redo", done=again)
            done.commands = kept + again.commands
            raise

    def _remember(self, done: _Operation) -> None:
        self._done.append(done)
        self._undone.clear()

    # Orders that you send yourself

    def intents(self) -> list[Intent]:
        """Exits that were decided and are not wholly filled (`orders=True`)."""
        found = []
        for order in json.loads(self._core.orders()):
            if order["intent"] is None:
                continue
            trade = self.trade(f"t{order['trade']}")
            side = Side.SELL if trade.side is Side.BUY else Side.BUY
            found.append(
                Intent(
                    id=events.intent_text(order["intent"]),
                    trade_id=trade.trade_id,
                    strategy=trade.strategy,
                    symbol=trade.symbol,
                    side=side,
                    quantity=Decimal(order["leaves"]),
                    reason=trade.exit_reason or "",
                    is_unknown=order["is_unknown"],
                )
            )
        return found

    def confirm_exit(
        self, intent_id: str, price: Number, quantity: Number | None = None, *, charges: Number = 0,
        fill_id: str | None = None, at: Moment | None = None,
    ) -> tuple[Event, ...]:
        """The exit was filled, all of it or `quantity`. The same `fill_id` counts once."""
        number, _ = _intent_number(intent_id)
        intent = next((found for found in self.intents() if found.id == intent_id), None)
        if intent is None and fill_id is None:
            raise errors.Refused(f"no exit {intent_id} is under way", "engine.intents() lists them", "NOT_FOUND", "intent_id")
        trade = self.trade(f"t{number}")
        side = Side.SELL if trade.side is Side.BUY else Side.BUY
        left = quantity if quantity is not None or intent is None else intent.quantity
        return self.fill(trade.trade_id, side, trade.open_quantity if left is None else left, price,
                         charges=charges, fill_id=fill_id, at=at)

    def confirm_entry(self, trade_id: str, price: Number, quantity: Number | None = None, *,
                      charges: Number = 0, fill_id: str | None = None, at: Moment | None = None) -> tuple[Event, ...]:
        """The entry was filled, all of it or `quantity` (`orders=True`)."""
        trade = self.trade(trade_id)
        return self.fill(trade_id, trade.side, trade.quantity if quantity is None else quantity, price,
                         charges=charges, fill_id=fill_id, at=at)

    def fill(self, trade_id: str, side: object, quantity: Number, price: Number, *,
             charges: Number = 0, fill_id: str | None = None, at: Moment | None = None) -> tuple[Event, ...]:
        """An execution of one of the trade's orders, as the broker states it."""
        now = self._now(at)
        if fill_id is None:
            self._fills += 1
            # With the turn, so that a clock that is data gives no id twice after the folder was opened again.
            fill_id = f"python-{now}-{self._core.state()[1]}-{self._fills}"
        fill = {
            "id": fill_id,
            "trade": _trade_number(trade_id),
            "side": words.side(side).value,
            "quantity": words.quantity(quantity),
            "price": words.price(price),
            "charges": words.money(charges, "charges"),
            "at": max(now, self._core.state()[0]),
        }
        return self._order({"filled": fill}, now)

    def reject_exit(self, intent_id: str, reason: str) -> tuple[Event, ...]:
        """The broker refused the exit: the trade's protection stays, and it is decided again."""
        trade, attempt = _intent_number(intent_id)
        return self._order({"exit_rejected": {"intent": {"trade": trade, "attempt": attempt}, "reason": reason}})

    def exit_unknown(self, intent_id: str) -> tuple[Event, ...]:
        """The broker does not answer: neither filled nor failed, and nothing else is sent."""
        trade, attempt = _intent_number(intent_id)
        return self._order({"exit_unknown": {"intent": {"trade": trade, "attempt": attempt}}})

    # Looking

    def trade(self, trade_id: str) -> TradeView:
        data = json.loads(self._core.trade(_trade_number(trade_id)))
        if data is None:
            raise errors.UnknownTrade(f"there is no trade {trade_id!r}", "engine.trades() lists them")
        return self._trade_view(data)

    def trades(self, strategy: str | None = None) -> list[TradeView]:
        number = None if strategy is None else self._strategy(strategy)
        return [self._trade_view(data) for data in json.loads(self._core.trades(number))]

    def strategy(self, name: str, *, window: str = "life") -> ScopeView:
        """How a strategy stands."""
        scope = json.dumps({"Strategy": self._strategy(name)})
        return scope_view(json.loads(self._core.scope(scope, window)), name)

    def system(self, *, window: str = "life") -> ScopeView:
        """How everything stands."""
        return scope_view(json.loads(self._core.scope('"System"', window)), "system")

    def rule(self, rule_id: int) -> RuleView:
        data = json.loads(self._core.rule(rule_id))
        if data is None:
            raise errors.UnknownName(f"there is no rule {rule_id}", "the views of trades and strategies list them")
        return rule_view(data, events.rule_name(data["rule"]["kind"]))

    def mark(self, symbol: str) -> Decimal | None:
        """The last good price of a symbol."""
        number = self._core.instrument(symbol)
        return None if number is None else words.exact(self._core.mark(number))

    def bad_ticks(self, symbol: str | None = None) -> dict[str, int]:
        """How many prices were not taken, by the engine's code: of one symbol, or of all."""
        numbers: list[int | None] = [None, *range(len(self._core.symbols()))]
        if symbol is not None:
            number = self._core.instrument(symbol)
            numbers = [] if number is None else [number]
        counts: dict[str, int] = {}
        for number in numbers:
            for code, count in self._core.refusals(number):
                counts[code] = counts.get(code, 0) + count
        return counts

    def explain(self, name: str) -> str:
        """Why a trade (`t0`) or a strategy stands where it does, with the numbers that are compared."""
        from .explain import explain

        return explain(self, name)

    def fingerprint(self) -> int:
        """A number that is the same for two engines in the same state."""
        return self._core.fingerprint()

    # Tables, which pandas, polars and pyarrow take as they are

    def trades_table(self, strategy: str | None = None) -> Table:
        """All trades, with prices and money as exact decimals: `polars.DataFrame(engine.trades_table())`,
        `pyarrow.table(...)`, `pandas.DataFrame.from_arrow(...)`."""
        return tables.trades(self.trades(strategy))

    def record(self) -> Recorder:
        """Keeps events and the mtm of strategies from here on, for tables: `with engine.record() as record:`."""
        return Recorder(self)

    # Listening

    def on(self, *names: str) -> Callable[[H], H]:
        """A decorator: `@engine.on("stop_hit", "near")` above a function, plain or async."""

        def listen(handler: H) -> H:
            self._delivery.add(names, handler)
            return handler

        return listen

    def off(self, handler: Callable[[Event], Any]) -> None:
        """The handler hears no more."""
        self._delivery.remove(handler)

    def events(self) -> delivery.Stream:
        """Events as they happen: `async for event in engine.events()`."""
        return self._delivery.stream()

    @property
    def handler_failures(self) -> tuple[tuple[Callable[..., Any], BaseException], ...]:
        """Exceptions of handlers, newest last. They are logged, and do not reach the caller of an update."""
        return tuple(self._delivery.failures)

    # The names of numbers, for events

    def strategy_name(self, number: int) -> str | None:
        for name, known in self._strategies.items():
            if known == number:
                return name
        return dict(self._core.strategies()).get(number)

    def trade_names(self, number: int) -> tuple[str | None, str | None]:
        names = self._trades.get(number)
        if names is None:
            data = json.loads(self._core.trade(number))
            if data is None:
                return (None, None)
            names = (self.strategy_name(data["strategy"]) or "", self.symbol(data["instrument"]))
            self._trades[number] = names
        return names

    def symbol(self, number: int) -> str:
        if number >= len(self._symbols):
            self._symbols = self._core.symbols()
        return self._symbols[number]

    def rule_name(self, number: int) -> str | None:
        data = json.loads(self._core.rule(number))
        return None if data is None else events.rule_name(data["rule"]["kind"])

    # The border

    def _now(self, at: Moment | None) -> int:
        if at is None:
            at = self._clock()
            if type(at) is int and 0 <= at <= words.LAST:
                return at
        return words.nanoseconds(at, self._clock)

    def _strategy(self, name: object) -> int:
        number = self._strategies.get(str(name)) if isinstance(name, str) else None
        if number is None:
            known = ", ".join(self._strategies) or "there is none yet"
            raise errors.UnknownStrategy(f"there is no strategy {name!r}", f"known: {known}")
        return number

    def _scope(self, strategy: str | None, trade: str | None, account: bool, system: bool) -> Any:
        scopes: list[Any] = []
        if strategy is not None:
            scopes.append({"Strategy": self._strategy(strategy)})
        if trade is not None:
            scopes.append({"Trade": _trade_number(trade)})
        if account:
            scopes.append({"Account": _ACCOUNT})
        if system:
            scopes.append("System")
        if len(scopes) != 1:
            raise errors.ConfigError("a rule stands on one scope", "say strategy=, trade=, account=True or system=True")
        return scopes[0]

    def _trade_view(self, data: Json) -> TradeView:
        cause = data["cause"]
        reason = None if cause is None else events.reason_name(cause["reason"])
        strategy = self.strategy_name(data["strategy"]) or ""
        return trade_view(data, strategy, self.symbol(data["instrument"]), reason)

    def _command(self, command: Any, *, done: _Operation | None = None, at: Moment | None = None) -> tuple[Event, ...]:
        """One command; a refusal is raised."""
        facts = json.loads(self._core.command("python", json.dumps(command), self._now(at)))
        for fact in facts:
            kind: str
            data: Json
            kind, data = (fact, {}) if isinstance(fact, str) else next(iter(fact.items()))
            if kind == "refused":
                raise errors.refusal(data)
            if kind == "accepted" and done is not None:
                done.commands.append(data["command"])
            elif kind == "strategy_created":
                self._strategies[data["spec"]["name"]] = data["strategy"]
        if isinstance(command, dict) and "undo" in command or command == "redo":
            self._strategies = {name: number for number, name in self._core.strategies()}
        return self._publish_facts(facts)

    def _order(self, news: Json, at: int | None = None) -> tuple[Event, ...]:
        told = self._core.order(json.dumps(news), self._now(at))
        for fact in json.loads(told):
            if isinstance(fact, dict) and "refused" in fact:
                raise errors.refusal(fact["refused"])
        return self._publish(told)

    def _events(self, told: str) -> tuple[Event, ...]:
        return self._made(json.loads(told))

    def _made(self, facts: list[Any]) -> tuple[Event, ...]:
        if not facts:
            return ()
        at = words.when(self._core.state()[0])
        return tuple(events.made(fact, at, self) for fact in facts if not (isinstance(fact, dict) and "accepted" in fact))

    def _publish(self, told: str) -> tuple[Event, ...]:
        return self._publish_facts(json.loads(told))

    def _publish_facts(self, facts: list[Any]) -> tuple[Event, ...]:
        made = self._made(facts)
        if made and not self._delivery.is_idle:
            self._delivery.hand_over(self._delivery.parcels(made))
        return made


def _buffer(array: Any, what: str) -> tuple[bytes, str]:
    try:
        view = memoryview(array)
    except TypeError:
        raise errors.ConfigError(f"{what}: {type(array).__name__} is no array", "give a numpy array or array.array") from None
    return view.tobytes(), view.format


def _set_rule(scope: Any, draft: Json, reason: str) -> Json:
    return {"set_rule": {"scope": scope, "draft": draft, "provenance": {"by": "python", "reason": reason}}}


def _name(given: object, what: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise errors.ConfigError(f"{what}: {given!r} is no name", "give text")
    return str(given)


def _trade_number(trade_id: object) -> int:
    text = trade_id if isinstance(trade_id, str) else getattr(trade_id, "trade_id", None)
    if isinstance(text, str) and text[:1] == "t" and text[1:].isascii() and text[1:].isdigit() and len(text) < 11:
        return int(text[1:])
    raise errors.UnknownTrade(f"there is no trade {trade_id!r}", 'ids are those of the trades, such as "t0"')


def _intent_number(intent_id: object) -> tuple[int, int]:
    if isinstance(intent_id, Intent):
        intent_id = intent_id.id
    head, _, tail = str(intent_id).partition("x")
    if not (tail.isascii() and tail.isdigit() and len(tail) < 10):
        raise errors.Refused(f"there is no exit {intent_id!r}", "engine.intents() lists them", "NOT_FOUND", "intent_id")
    return _trade_number(head), int(tail)


__all__ = ["Engine", "Update"]
