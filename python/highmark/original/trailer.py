"""`StrategyLevelMTMTrailer`: strategies with a loss limit and a share to give back, trades with stops."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from .. import adapters, delivery, errors, words
from .._highmark import Table
from ..engine import Engine, Update
from ..events import Event
from ..rules import Limit, Rule, Trail
from ..tables import Recorder
from ..views import Intent, TradeView
from ..words import Clock, Moment, Number
from .model import Figure, MTMEvent, MTMEventType, StrategyMTM, Trade, observed

H = TypeVar("H", bound=Callable[[Event], Any])
Prices = Mapping[str, Any]
Updates = dict[str, dict[str, Any]]

#: Events whose sentence stands among a strategy's actions.
ACTIONS = frozenset({"exit_decided", "breached", "shut_down", "stop_moved", "price_rule_fired", "warned", "killed"})

_SAME: Any = object()


class StrategyLevelMTMTrailer:
    """Strategies whose profit is protected as a whole, with trades that are protected one by one.

    A strategy closes when its mtm falls to `max_drawdown_limit`, or has given back `trailing_percentage` of
    its peak; a trade by its stop, its target, or when it would keep less than that share of its best profit.

    With `db="folder"` a call returns when what it did is durable there, and a trailer on the same folder goes on
    where the last one ended; `group` is that of `highmark.Engine`.

    `trade_trailing=None` leaves trades with their stop and target alone. `strict=True` raises for what the
    original overlooked: unknown strategies, prices that are none. `exact=True` answers with `Decimal` in
    place of floats. `orders=True` is for those who send orders themselves: see `intents`. `stop_moves=True`
    tells of every stop that moves, which costs more than all the rest.
    """

    def __init__(
        self,
        *,
        db: str | os.PathLike[str] | None = None,
        group: int = 1,
        strict: bool = False,
        exact: bool = False,
        trade_trailing: str | None = "keep",
        orders: bool = False,
        stop_moves: bool = False,
        clock: Clock = time.time_ns,
    ) -> None:
        if trade_trailing not in ("keep", None):
            raise errors.ConfigError(f"trade_trailing: {trade_trailing!r} is not known", '"keep" or None')
        self.strict = strict
        self.exact = exact
        self.trade_trailing = trade_trailing
        self.engine = Engine(db=db, group=group, clock=clock, orders=orders, stop_moves=stop_moves)
        self._quick = self.engine._core.update
        #: The machine's clock tells the time, which the Rust half reads itself.
        self._is_timed = clock is time.time_ns
        self._strategies: dict[str, StrategyMTM] = {}
        self._floors: dict[str, int | None] = {}
        self._trades: dict[str, Trade] = {}
        self._own_ids: dict[str, str] = {}
        #: What was undone, for a redo.
        self._gone: dict[str, StrategyMTM] = {}
        self._gone_trades: list[Trade] = []
        self._observers: list[tuple[Any, Callable[[Event], Any]]] = []
        self._warned: set[str] = set()
        self._recall()

    def close(self) -> None:
        """Lets the folder of `db` go; every later call raises `ClosedError`."""
        self.engine.close()

    def __enter__(self) -> StrategyLevelMTMTrailer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Strategies and trades

    def create_strategy(
        self,
        strategy_name: str,
        max_drawdown_limit: Number | None = -10000.0,
        trailing_percentage: Number | None = 0.5,
        *,
        arm_at: Number = 0,
        trail: Rule | Iterable[Rule] | None = _SAME,
        capital: Number = 0,
    ) -> StrategyMTM:
        """A strategy. The limit is a loss, whatever its sign; the percentage is the share of the peak that may
        be given back (0.3: peak 6000, floor 4200), from a peak of `arm_at` on. `trail` puts other limits in
        its place."""
        limit = None if max_drawdown_limit is None else Decimal(words.magnitude(max_drawdown_limit, "max_drawdown_limit"))
        share = None if trailing_percentage is None else _share(trailing_percentage)
        if limit == 0:
            raise errors.ConfigError("max_drawdown_limit: 0 would close it at once", "give a loss, or None for no limit")
        rules = [] if limit is None else [Limit.max_loss(limit)]
        if trail is _SAME:
            if share is not None:
                rules.append(Limit.give_back(share, arm_at=arm_at))
        elif trail is not None:
            rules += [trail] if isinstance(trail, Rule) else list(trail)
        if limit is not None and not words.money(max_drawdown_limit, "max_drawdown_limit").startswith("-"):
            self._warn("sign", "max_drawdown_limit is a loss: it is taken without its sign (write it below zero)")
        self.engine.create_strategy(strategy_name, [rule.but(window="life") for rule in rules], capital=capital)
        name = str(strategy_name)
        strategy = StrategyMTM(self, name, limit, share)
        self._strategies[name] = strategy
        self._refresh()
        return strategy

    def add_trade(
        self,
        strategy_name: str,
        symbol: str,
        quantity: Number,
        entry_price: Number,
        trade_type: object,
        stop_loss: Number | None = None,
        target: Number | None = None,
        *,
        trail: Rule | Iterable[Rule] | None = _SAME,
        allow_wrong_side: bool = False,
        trade_id: str | None = None,
        at: Moment | None = None,
    ) -> Trade:
        """A trade that was filled at `entry_price`. `trail` puts other rules in place of the strategy's share;
        a stop on the wrong side of the entry is refused unless it is allowed; the same `trade_id` again gives
        the trade that has it."""
        if trade_id is not None and trade_id in self._own_ids:
            return self._trades[self._own_ids[trade_id]]
        side, amount = words.side(trade_type), words.quantity(quantity)
        entry = words.price(entry_price, "entry_price")
        stop = None if stop_loss is None else words.price(stop_loss, "stop_loss")
        goal = None if target is None else words.price(target, "target")
        if strategy_name not in self._strategies:
            if self.strict or not isinstance(strategy_name, str):
                self._strategy(strategy_name)
            self._warn("strategy", f"there was no strategy {strategy_name!r}: it is made with -10000 and 0.5")
            self.create_strategy(strategy_name)
        rules = []
        if stop is not None:
            rules.append(Trail.stop_loss(stop))
        if goal is not None:
            rules.append(Trail.target(goal))
        if allow_wrong_side:
            rules = [rule.but(force=True) for rule in rules]
        if trail is not _SAME:
            rules += [] if trail is None else [trail] if isinstance(trail, Rule) else list(trail)
        elif self.trade_trailing == "keep":
            share = self._strategies[strategy_name]._share
            if share is not None and share < 1:
                rules.append(Trail.keep(share))
        view = self.engine.add_trade(strategy_name, symbol, side, amount, entry, rules, name=trade_id or "", at=at)
        if view.mark is None and not allow_wrong_side:
            # Until the market speaks, the entry is the last price, or a strategy with one leg that has not
            # been quoted would have no certain mtm, and would not trail.
            self.engine.update_prices({view.symbol: entry}, at=at)
        trade = Trade._of(self, view, stop, goal)
        self._trades[view.trade_id] = trade
        if trade_id is not None:
            self._own_ids[trade_id] = view.trade_id
        return trade

    def get_trades(self, strategy_name: str | None = None) -> list[Trade]:
        """The trades of one strategy, or of all; those that were undone are cancelled and not among them."""
        views = self.engine.trades(strategy_name)
        return [self._trades[view.trade_id] for view in views if self._stands(view)]

    def _stands(self, view: TradeView) -> bool:
        trade = self._trades.get(view.trade_id)
        is_undone = view.status == "cancelled" and trade is not None and trade in self._gone_trades
        return trade is not None and trade._engine_id == view.trade_id and not is_undone

    # Prices

    async def update_market_prices(self, price_updates: Prices, *, at: Moment | None = None) -> Updates:
        """One batch of prices; returns what it came to, strategy by strategy, all of them always."""
        made = None
        if type(price_updates) is dict and at is None and self._is_timed and not self.strict and not self.exact:
            made = self._quick(price_updates)
            if type(made) is dict and not self._observers and not self.engine._recorders:
                return made
        updates, parcels = self._update(price_updates, at, made)
        await self.engine._delivery.hand_over_async(parcels)
        return updates

    def update_prices(self, price_updates: Prices, *, at: Moment | None = None) -> Updates:
        """The same without waiting, from any thread: for a broker's callback."""
        made = None
        if type(price_updates) is dict and at is None and self._is_timed and not self.strict and not self.exact:
            made = self._quick(price_updates)
            if type(made) is dict and not self._observers and not self.engine._recorders:
                return made
        updates, parcels = self._update(price_updates, at, made)
        self.engine._delivery.hand_over(parcels)
        return updates

    def update_price_array(self, ids: Any, prices: Any, *, at: Moment | None = None) -> Update:
        """Prices from two arrays, for those who have many: numbers of `symbol_id` and float64."""
        return self.engine.update_price_array(ids, prices, at=at)

    def symbol_id(self, symbol: str) -> int:
        return self.engine.symbol_id(symbol)

    def _update(self, given: Prices, at: Moment | None, made: Any) -> tuple[Updates, list[delivery.Parcel]]:
        """All but the usual, which its caller has returned already: one more call would be felt. `made` is the answer, if
        it is there."""
        engine = self.engine
        if made is None:
            made = self._told(given, at)
        updates, told, refused = (made, None, None) if type(made) is dict else made
        made = () if told is None else engine._events(told)
        engine._recorded()
        if refused:
            for symbol, code, shown in refused:
                self._warn(f"price {code}", f"{symbol}: {shown} is no price ({code}); the last good one stays", 4)
        for event in made:
            row = updates.get(event.strategy or "")
            if row is not None and event.kind != "filled":
                row["events"] += (event,)
                if event.kind in ACTIONS:
                    row["actions"].append(event.message)
                if event.kind == "exit_decided":
                    row["intents"] += (event,)
        if engine._delivery.is_idle and not self._observers:
            return updates, []
        parcels = engine._delivery.parcels(made)
        if self._observers:
            parcels = self._price_updates(updates) + parcels
        return updates, parcels

    def _told(self, given: Prices, at: Moment | None) -> Any:
        prices = given if type(given) is dict else _prices(given)
        if self.strict:
            bad = self.engine._core.odd_prices(prices)
            if bad:
                symbol, code, shown = bad[0]
                raise errors.BadPrice(f"{symbol}: {shown} is no price ({code})", "the last good price stays")
        now = None if at is None and self._is_timed else self.engine._now(at)
        return self.engine._core.update(prices, now, self.exact)

    def _price_updates(self, updates: Updates) -> list[delivery.Parcel]:
        at = words.when(self.engine._core.state()[0])
        found: list[delivery.Parcel] = []
        for name, row in updates.items():
            if not row["open_trades"] and not row["mtm_change"]:
                continue
            event = MTMEvent(MTMEventType.PRICE_UPDATE, name, message=f"{name}: mtm {row['new_mtm']}", timestamp=at, data=row)
            found += [(observer.on_mtm_event, event) for observer, _ in self._observers]
        return found

    # Looking

    def get_strategy_summary(self, strategy_name: str) -> dict[str, Any]:
        """How a strategy stands, with its trades. Of one that is not known, `{"error": ...}`, unless strict."""
        if strategy_name not in self._strategies:
            if self.strict:
                self._strategy(strategy_name)
            return {"error": f"there is no strategy {strategy_name!r}"}
        view = self.engine.strategy(strategy_name)
        strategy = self._strategies[strategy_name]
        return {
            "strategy_name": strategy_name,
            "total_mtm": self._figure(view.mtm),
            "realized_pnl": self._figure(view.realised),
            "unrealized_pnl": self._figure(view.unrealised),
            "peak_mtm": self._figure(view.peak),
            "current_trailing_stop": self._figure(self._floor(strategy_name)),
            "max_drawdown_limit": strategy.max_drawdown_limit,
            "open_trades": view.open_trades,
            "total_trades": view.total_trades,
            "is_active": view.is_active and view.closed_to_entries is None,
            "created_at": self._created_at(strategy_name),
            "trades": [trade.as_dict() for trade in self.get_trades(strategy_name)],
            "room": self._figure(view.room),
            "is_uncertain": view.is_uncertain,
        }

    def get_all_strategies_summary(self) -> dict[str, Any]:
        """All strategies, and their sums."""
        each = {name: self.get_strategy_summary(name) for name in self._strategies}
        zero = Decimal(0)
        total = sum((self.engine.strategy(name).mtm for name in self._strategies), zero)
        return {
            "total_strategies": len(each),
            "active_strategies": sum(summary["is_active"] for summary in each.values()),
            "total_mtm": self._figure(total),
            "total_open_trades": sum(summary["open_trades"] for summary in each.values()),
            "strategies": each,
        }

    @property
    def strategies(self) -> dict[str, StrategyMTM]:
        return dict(self._strategies)

    @property
    def bad_ticks(self) -> dict[str, int]:
        """Prices that were not taken, by the engine's code."""
        return self.engine.bad_ticks()

    def explain(self, name: str) -> str:
        """Why a strategy or a trade stands where it does, with the arithmetic."""
        return self.engine.explain(name)

    # Tables and adapters

    def trades_table(self, strategy_name: str | None = None) -> Table:
        """All trades as an Arrow table with exact decimals, for pandas, polars and pyarrow."""
        return self.engine.trades_table(strategy_name)

    def record(self) -> Recorder:
        """Keeps events and curves from here on: `with tracker.record() as record:`."""
        return self.engine.record()

    def kite_on_ticks(self, symbols: Mapping[int, str]) -> Callable[[Any, Any], None]:
        """For `KiteTicker.on_ticks`: instrument tokens by symbol."""
        return adapters.kite(self.update_prices, symbols)

    def upstox_on_message(self, symbols: Mapping[str, str]) -> Callable[[Any], None]:
        """For Upstox's `streamer.on("message", ...)`: instrument keys by symbol."""
        return adapters.upstox(self.update_prices, symbols)

    def openalgo_on_data(self, symbols: Mapping[str, str] | None = None) -> Callable[[Any], None]:
        """For OpenAlgo's `on_data_received`; `symbols` names those that are called otherwise here."""
        return adapters.openalgo(self.update_prices, symbols)

    # What a person does

    def close_trade(self, trade: Trade | str, *, reason: str = "by hand") -> None:
        """Closes one trade at its last price."""
        self.engine.exit_trade(self._engine_id(trade), reason=reason)

    def stop(self, strategy_name: str, *, reason: str = "by hand") -> None:
        """Closes all trades of a strategy and takes no more."""
        self._strategy(strategy_name)
        if self.engine.strategy(strategy_name).closed_to_entries is None:
            self.engine.pause(strategy_name, reason=reason)
        self.engine.exit_strategy(strategy_name, reason=reason)

    def resume(self, strategy_name: str, *, reason: str = "by hand") -> None:
        """Takes trades again after a stop or a shutdown; after a shutdown with a new peak and floor."""
        self._strategy(strategy_name)
        if not self.engine.strategy(strategy_name).is_active:
            self.engine.reset_strategy(strategy_name, reason=reason)
        if self.engine.strategy(strategy_name).closed_to_entries == "halted":
            self.engine.resume(strategy_name, reason=reason)

    def kill(self, reason: str = "by hand") -> None:
        """The system's emergency stop: closes everything, takes nothing until `release`."""
        self.engine.kill(reason)

    emergency_stop = kill

    def release(self, reason: str) -> None:
        self.engine.release(reason)

    def undo(self) -> str:
        """Takes back the last strategy, trade, pause or rule, unless something followed from it."""
        before = {view.trade_id for view in self.engine.trades() if view.status != "cancelled"}
        what = self.engine.undo()
        gone = [view.trade_id for view in self.engine.trades() if view.status == "cancelled" and view.trade_id in before]
        self._gone_trades += [self._trades[trade] for trade in gone if trade in self._trades]
        self._refresh()
        return what

    def redo(self) -> str:
        """Does again what was undone last. A `Trade` that was undone stands again."""
        before = len(self.engine.trades())
        what = self.engine.redo()
        for view in self.engine.trades()[before:]:
            trade = self._gone_trades.pop() if self._gone_trades else None
            if trade is not None:
                trade._belongs(self, view.trade_id)
                self._trades[view.trade_id] = trade
        self._refresh()
        return what

    # Orders that you send yourself

    def intents(self) -> list[Intent]:
        return self.engine.intents()

    def confirm_exit(self, intent_id: str, price: Number, quantity: Number | None = None, **more: Any) -> None:
        self.engine.confirm_exit(intent_id, price, quantity, **more)

    def confirm_entry(self, trade_id: str, price: Number, quantity: Number | None = None, **more: Any) -> None:
        self.engine.confirm_entry(self._engine_id(trade_id), price, quantity, **more)

    def reject_exit(self, intent_id: str, reason: str) -> None:
        self.engine.reject_exit(intent_id, reason)

    # Listening

    def subscribe(self, observer: Any) -> None:
        """Whatever has an `on_mtm_event(event)`, async or not."""
        if not callable(getattr(observer, "on_mtm_event", None)):
            raise errors.ConfigError(f"{observer!r} has no on_mtm_event", "derive it from MTMObserver")

        def tell(event: Event) -> Any:
            told = observed(event, self)
            return None if told is None else observer.on_mtm_event(told)

        self._observers.append((observer, tell))
        self.engine._delivery.add((), tell)

    def unsubscribe(self, observer: Any) -> None:
        for kept, tell in self._observers:
            if kept is observer:
                self.engine._delivery.remove(tell)
        self._observers = [pair for pair in self._observers if pair[0] is not observer]

    def on(self, *names: str) -> Callable[[H], H]:
        """`@tracker.on("stop_hit", "strategy_floor", "near")` above a function, plain or async."""
        return self.engine.on(*names)

    def events(self) -> AsyncIterator[Event]:
        """`async for event in tracker.events()`."""
        return self.engine.events()

    # Within

    def _figure(self, value: Decimal | None) -> Figure | None:
        return None if value is None else value if self.exact else float(value)

    def _strategy(self, name: object) -> StrategyMTM:
        found = self._strategies.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(self._strategies) or "there is none yet"
            raise errors.UnknownStrategy(f"there is no strategy {name!r}", f"known: {known}")
        return found

    def _engine_id(self, trade: Trade | str) -> str:
        return trade._engine_id if isinstance(trade, Trade) else self._own_ids.get(trade, trade)

    def _shown_id(self, engine_id: str) -> str:
        trade = self._trades.get(engine_id)
        return engine_id if trade is None else trade.trade_id

    def _floor(self, name: str) -> Decimal | None:
        number = self._floors.get(name)
        return None if number is None else self.engine.rule(number).floor

    def _created_at(self, name: str) -> dt.datetime | None:
        return words.when(self.engine._core.created_at(self.engine._strategies[name]))

    def _recall(self) -> None:
        """What the folder holds, under the original's names."""
        for name in self.engine.strategies:
            drafts = self._drafts(self.engine.strategy(name).data["rules"])
            limit, share = drafts.get("max_loss"), drafts.get("give_back")
            self._strategies[name] = StrategyMTM(
                self,
                name,
                None if limit is None else words.exact(limit["amount"].get("money")),
                None if share is None else words.exact(share["fraction"]),
            )
        for view in self.engine.trades():
            drafts = self._drafts(view.data["rules"])
            stop, target = drafts.get("stop_loss"), drafts.get("target")
            trade = Trade._of(self, view, _placed(stop), _placed(target))
            self._trades[view.trade_id] = trade
            if view.name:
                self._own_ids[view.name] = view.trade_id
        if self._strategies:
            self._refresh()

    def _drafts(self, rules: list[int]) -> dict[str, Any]:
        """The terms of rules by their names; of two with one name, the first."""
        found: dict[str, Any] = {}
        for number in rules:
            ((name, terms),) = next(iter(self.engine.rule(number).data["draft"]["spec"].values())).items()
            found.setdefault(name, terms)
        return found

    def _refresh(self) -> None:
        """After strategies came or went: which there are, and which rule's floor each one shows."""
        core = self.engine._core
        known = dict(self._strategies)
        self._strategies = {}
        for name in self.engine.strategies:
            strategy = known.pop(name, None) or self._gone.pop(name, None)
            if strategy is None:
                continue
            self._strategies[name] = strategy
            number = self.engine._strategies[name]
            scope = json.loads(core.scope(json.dumps({"Strategy": number}), "life"))
            floors = [rule for rule in scope["rules"] if self.engine.rule(rule).data["rule"]["kind"] not in _NO_FLOOR]
            self._floors[name] = floors[0] if floors else None
            core.show(name, number, self._floors[name])
        self._gone.update(known)

    def _warn(self, cause: str, message: str, depth: int = 3) -> None:
        """Once for each cause, at the caller's line."""
        if cause not in self._warned:
            self._warned.add(cause)
            warnings.warn(message, UserWarning, stacklevel=depth)


#: Limits whose level is no trailing stop.
_NO_FLOOR = frozenset({"max_loss", "mtm_target", "daily_loss", "daily_target", "max_trades_per_day", "cooling_off"})


def _placed(terms: Any) -> str | None:
    """The price at which a stop or a target was set."""
    at = None if terms is None else terms.get("at")
    return at.get("price") if isinstance(at, dict) else None


def _share(given: Number) -> Decimal:
    share = Decimal(words.fraction(given, "trailing_percentage"))
    if not 0 < share <= 1:
        raise errors.ConfigError(f"trailing_percentage: {share} is no share of a peak", "30 % is 0.3; None for no trailing")
    return share


def _prices(given: Any) -> dict[str, Any]:
    try:
        return dict(given)
    except (TypeError, ValueError):
        raise errors.ConfigError(f"{type(given).__name__} holds no prices", "give {symbol: price}") from None
