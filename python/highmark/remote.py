"""A running service, asked by its HTTP API with the methods of `Engine`: `connect(url, token)`."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, NoReturn, TypeVar

from . import delivery, errors, events, scenario_words, tables, words
from ._highmark import Table
from .events import Event
from .listening import Listener
from .rules import Rule
from .views import RuleView, ScopeView, TradeView, rule_view
from .words import Moment, Number, Side, exact, when

Json = dict[str, Any]
H = TypeVar("H", bound=Callable[[Event], Any])
#: A rule, or its text in the words of a scenario: `"trail by=60"`.
Words = Rule | str

#: How often a request is sent, and how long the pause before the second time; it doubles.
TRIES = 4
PAUSE = 0.05
#: Nothing was done: it may be sent again.
_AGAIN = frozenset({"BUSY", "STOPPING", "TOO_OFTEN"})
_UNKNOWN = frozenset({"LATE", "NOT_DURABLE"})


@dataclass(frozen=True)
class Done:
    """What was asked was done and is durable: the turn, and what followed, in sentences."""

    turn: int
    told: tuple[str, ...]


def connect(url: str, token: str, *, timeout: float = 12.0, ca: str | None = None) -> RemoteEngine:
    """A service at `url` (`http://127.0.0.1:8420`), with a key of `highmark key add`. It is asked once, so an
    address or a key that is wrong is told here. `ca` is a file of certificates that are trusted for `https`, in
    place of the system's: that of `highmark certificate make`, for one."""
    return RemoteEngine(url, token, timeout=timeout, ca=ca)


class RemoteEngine:
    """The methods of `Engine` that the API offers; the others raise `NotOffered`. Safe from any thread.

    Each change has an idempotency key and is sent again when no answer came, as long as it is certain that the
    same service answers; otherwise `OutcomeUnknown` is raised. Where an engine returns events, this returns
    `Done`, for the API tells sentences.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 12.0, ca: str | None = None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise errors.ConfigError(f"url: {url!r} is no address of a service", 'such as "http://127.0.0.1:8420"')
        if not token or not token.isascii() or not token.isprintable():
            raise errors.ConfigError("token: it is no key", "highmark key add NAME --role trader shows one")
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._opener = _opener(ca)
        self._lock = threading.Lock()
        #: Starts of the service on its state folder, as last heard.
        self._starts = 0
        self._delivery = delivery.Delivery()
        self._listener: Listener | None = None
        self._symbols: dict[int, str] = {}
        self.status()

    def __repr__(self) -> str:
        return f"<RemoteEngine {self.url}>"

    def __enter__(self) -> RemoteEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing more is heard of the service, which goes on. Between calls no other connection is kept."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    # What is traded, and by whom

    def create_strategy(self, name: str, rules: Iterable[Words] = (), *, capital: Number = 0) -> str:
        """A strategy, then its limits one by one: a limit that is refused leaves the strategy without it, and
        raises."""
        texts = [scenario_words.of(rule) for rule in rules]
        self._change("/strategies", {"name": name, "capital": words.money(capital, "capital")})
        for text in texts:
            self._set_rule("strategy", self._strategy(name), text, "")
        return str(name)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names, in the order of their making."""
        rows = sorted(self._get("/strategies")["strategies"], key=lambda row: int(row["id"]))
        return tuple(row["name"] for row in rows)

    def add_trade(
        self,
        strategy: str,
        symbol: str,
        side: object,
        quantity: Number,
        entry_price: Number | None = None,
        rules: Iterable[Words] = (),
        *,
        name: str = "",
        account: str | None = None,
    ) -> TradeView:
        """A trade that was filled at `entry_price`, or enters as the account does. The symbol has to be one of
        the service's instruments. One without a name gets one, by which it is found again."""
        own = name or f"py-{uuid.uuid4().hex[:12]}"
        body: Json = {
            "name": own,
            "strategy": self._strategy(strategy),
            "account": self._account(account),
            "instrument": self._instrument(symbol)["id"],
            "side": words.side(side).value,
            "quantity": words.quantity(quantity),
            "rules": [scenario_words.of(rule) for rule in rules],
        }
        if entry_price is not None:
            body["price"] = words.price(entry_price, "entry_price")
        done = self._change("/trades", body)
        try:
            return next(trade for trade in reversed(self.trades(strategy)) if trade.name == own)
        except (errors.ServerError, StopIteration) as fault:
            message = f"{own} is entered, in turn {done.turn}, but how it stands could not be seen"
            raise errors.OutcomeUnknown(message, "do not enter it again: look for this name among the trades", "ENTERED") from fault

    def update_prices(self, prices: Mapping[str, Any], *, at: Moment | None = None) -> Done:
        """One batch of prices, judged together, and durable when this returns."""
        quoted: list[Json] = []
        for symbol, price in prices.items():
            quote: Json = {"symbol": symbol, "last": words.price(price, str(symbol))}
            if at is not None:
                quote["at_ns"] = words.nanoseconds(at)
            quoted.append(quote)
        if not quoted:
            return Done(int(self.status()["service"]["durable_turn"]), ())
        return self._change("/prices", {"prices": quoted})

    def update_price_array(self, ids: Iterable[int], prices: Iterable[float], *, at: Moment | None = None) -> Done:
        """The same from two arrays: numbers of `symbol_id`, and prices. NaN means no price."""
        numbers, values = [int(number) for number in ids], [float(price) for price in prices]
        if len(numbers) != len(values):
            raise errors.ConfigError(f"ids: {len(numbers)} of them with {len(values)} prices", "give as many of each")
        if not self._symbols.keys() >= set(numbers):
            rows = self._get("/instruments")["instruments"]
            self._symbols = {int(row["id"]): row["symbol"] for row in rows}
        batch = {}
        for number, value in zip(numbers, values):
            if number not in self._symbols:
                raise errors.UnknownName(f"the service has no instrument of number {number}", "symbol_id(symbol) tells them")
            if value == value:
                batch[self._symbols[number]] = value
        return self.update_prices(batch, at=at)

    # Rules

    def set_rule(
        self,
        rule: Words,
        *,
        strategy: str | None = None,
        trade: str | None = None,
        account: bool = False,
        system: bool = False,
        reason: str = "",
    ) -> Done:
        """Sets a rule on one scope; on the account or the system the key needs the role `risk`."""
        scopes: list[tuple[str, int | None]] = []
        if strategy is not None:
            scopes.append(("strategy", self._strategy(strategy)))
        if trade is not None:
            scopes.append(("trade", _number(trade)))
        if account:
            scopes.append(("account", self._account(None)))
        if system:
            scopes.append(("system", None))
        if len(scopes) != 1:
            raise errors.ConfigError("a rule stands on one scope", "say strategy=, trade=, account=True or system=True")
        return self._set_rule(*scopes[0], scenario_words.of(rule), reason)

    def change_rule(self, rule_id: int, rule: Words, *, on_trade: bool = True, reason: str = "by hand") -> Done:
        """Other terms for a rule; `on_trade=False` for one on the mtm of another scope. What loosens is only asked for:
        it raises `ServerRefused` with the code `CONFIRM`, and waits for `confirm_raise`."""
        body = {"rule": scenario_words.of(rule), "on_trade": on_trade, "reason": reason}
        return self._change(f"/rules/{int(rule_id)}/change", body)

    def remove_rule(self, rule_id: int, *, reason: str = "by hand") -> Done:
        """Ends a rule; one that protects in two steps, as `change_rule` says."""
        return self._change(f"/rules/{int(rule_id)}/remove", {"reason": reason})

    def loosen_stop(self, rule_id: int, to: Number, *, reason: str) -> Done:
        """Moves one stop away from the market: in two steps, as `change_rule` says."""
        return self._change(f"/rules/{int(rule_id)}/loosen", {"to": words.price(to, "to"), "reason": reason})

    def reset_rule(self, rule_id: int, *, reason: str) -> Done:
        """A rule that has fired watches anew: in two steps, as `change_rule` says."""
        return self._change(f"/rules/{int(rule_id)}/reset", {"reason": reason})

    def raises(self) -> list[Json]:
        """What was asked for and loosens, and waits to be confirmed."""
        return list(self._get("/raises")["raises"])

    def confirm_raise(self, number: int, *, code: str | None = None) -> Done:
        """Does what loosens: with another key at once, with the one that asked after a minute."""
        body = {"confirm": "raise"}
        return self._change(f"/raises/{int(number)}/confirm", body if code is None else {**body, "code": code})

    def rules(self) -> list[Json]:
        """Rules in force, as the journal has them."""
        return self._pages("/rules", "rules")

    def rule(self, rule_id: int) -> RuleView:
        """A rule in force, with its level and how near it is."""
        data = self._get(f"/rules/{int(rule_id)}")
        return rule_view(data, events.rule_name(data["rule"]["kind"]))

    def _set_rule(self, on: str, number: int | None, text: str, reason: str) -> Done:
        body: Json = {"on": on, "rule": text, "reason": reason or "by python"}
        if number is not None:
            body["id"] = number
        return self._change("/rules", body)

    # What a person does

    def exit_trade(self, trade_id: str, quantity: Number | None = None, *, reason: str = "by hand") -> Done:
        body: Json = {"reason": reason}
        if quantity is not None:
            body["quantity"] = words.quantity(quantity)
        return self._change(f"/trades/{_number(trade_id)}/exit", body)

    def exit_strategy(self, strategy: str, *, reason: str = "by hand") -> Done:
        """Exits all open trades of a strategy at once, shorts first, and cancels entries that wait."""
        return self._change(f"/strategies/{self._strategy(strategy)}/exit", {"reason": reason})

    def kill(self, reason: str = "by hand") -> Done:
        return self._change("/kill", {"reason": reason})

    def release(self, reason: str, *, code: str | None = None) -> Done:
        """Accepts entries again; `code` is of the second factor, where somebody has one."""
        body = {"reason": reason, "confirm": "release"}
        return self._change("/release", body if code is None else {**body, "code": code})

    @property
    def is_killed(self) -> bool:
        return bool(self.status()["killed"])

    def pause(self, strategy: str | None = None, *, reason: str = "by hand") -> Done:
        return self._change("/halt" if strategy is None else f"/strategies/{self._strategy(strategy)}/halt", {"reason": reason})

    def resume(self, strategy: str | None = None, *, reason: str = "by hand") -> Done:
        return self._change("/resume" if strategy is None else f"/strategies/{self._strategy(strategy)}/resume", {"reason": reason})

    def reset_strategy(self, strategy: str, *, reason: str) -> Done:
        """A strategy that was shut down may trade again: in two steps, as `change_rule` says."""
        return self._change(f"/strategies/{self._strategy(strategy)}/reset", {"reason": reason})

    def undo(self) -> Done:
        """Takes back the last command of anybody, if it can be."""
        return self._change("/undo", {})

    def redo(self) -> Done:
        return self._change("/redo", {})

    # Looking

    def status(self) -> Json:
        """Everything at a glance, of one turn, as the service says it."""
        found: Json = self._get("/status")
        self._starts = int(found["service"]["starts"])
        return found

    def trade(self, trade_id: str) -> TradeView:
        return _trade(self._get(f"/trades/{_number(trade_id)}"))

    def trades(self, strategy: str | None = None) -> list[TradeView]:
        """All trades, also those that have ended, or those of one strategy."""
        found = [_trade(row) for row in self._pages("/trades?all=true", "trades")]
        return found if strategy is None else [trade for trade in found if trade.strategy == strategy]

    def strategy(self, name: str) -> ScopeView:
        return _scope(self._get(f"/strategies/{self._strategy(name)}"))

    def system(self) -> ScopeView:
        return _scope(self.status()["system"])

    def mark(self, symbol: str) -> Decimal | None:
        return exact(self._instrument(symbol)["mark"])

    def symbol_id(self, symbol: str) -> int:
        return int(self._instrument(symbol)["id"])

    def explain(self, name: str, *, at: str | None = None) -> str:
        """Why a trade (`t0`) or a strategy stands where it does, or left, in the service's words; `at="13:42"` as
        of then."""
        moment = "" if at is None else f"?at={urllib.parse.quote(at, safe='')}"
        return str(self._get(f"/explain/{urllib.parse.quote(name, safe='')}{moment}")["text"])

    def trades_table(self, strategy: str | None = None) -> Table:
        return tables.trades(self.trades(strategy))

    # Listening

    def on(self, *names: str) -> Callable[[H], H]:
        """A decorator: `@engine.on("stop_hit", "near")` above a function, plain or async. It is called on a
        thread of its own with everything that happens from now on, in order and once, also what happened while
        the connection was away. That trades enter and leave, rules and commands is heard; prices are not."""

        def listen(handler: H) -> H:
            self._delivery.add(names, handler)
            self._begin_to_listen()
            return handler

        return listen

    def off(self, handler: Callable[[Event], Any]) -> None:
        """The handler hears no more."""
        self._delivery.remove(handler)

    def events(self) -> delivery.Stream:
        """Events as they happen: `async for event in engine.events()`."""
        stream = self._delivery.stream()
        self._begin_to_listen()
        return stream

    @property
    def handler_failures(self) -> tuple[tuple[Callable[..., Any], BaseException], ...]:
        """Exceptions of handlers, and events that were missed, newest last. They are logged too."""
        return tuple(self._delivery.failures)

    def _begin_to_listen(self) -> None:
        with self._lock:
            if self._listener is None:
                self._listener = Listener(self, self._delivery, int(self.status()["service"]["durable_turn"]))

    # What the API does not offer

    def __getattr__(self, name: str) -> NoReturn:
        from .engine import Engine

        if name.startswith("_") or not hasattr(Engine, name):
            raise AttributeError(f"RemoteEngine has no {name!r}")
        raise errors.NotOffered(
            f"the API of a service has no {name!r}", "an Engine in this process has; `highmark` on the service's machine may", "NOT_OFFERED"
        )

    # The wire

    def _strategy(self, name: str) -> int:
        rows = self._get("/strategies")["strategies"]
        found = next((row for row in rows if row["name"] == name), None)
        if found is None:
            known = ", ".join(row["name"] for row in rows) or "there is none yet"
            raise errors.UnknownStrategy(f"there is no strategy {name!r}", f"known: {known}")
        return int(found["id"])

    def _account(self, name: str | None) -> int:
        rows = self.status()["accounts"]
        found = next((row for row in rows if name is None or row["name"] == name), None)
        if found is None:
            raise errors.UnknownName(f"there is no account {name!r}", f"known: {', '.join(row['name'] for row in rows)}")
        return int(found["id"])

    def _instrument(self, symbol: str) -> Json:
        for row in self._get("/instruments")["instruments"]:
            if row["symbol"] == symbol:
                return dict(row)
        raise errors.UnknownName(f"the service has no instrument {symbol!r}", "define it: highmark instrument define SYMBOL")

    def _pages(self, path: str, name: str) -> list[Json]:
        """All rows of a list that is given a page at a time."""
        rows: list[Json] = []
        after = ""
        while True:
            page = self._get(f"{path}{'&' if '?' in path else '?'}limit=500{after}")
            rows += page[name]
            if page.get("next") is None:
                return rows
            after = f"&after={page['next']}"

    def _get(self, path: str) -> Any:
        for attempt in range(TRIES):
            try:
                return self._send("GET", path, None, None)
            except errors.ServerError as fault:
                has_no_answer = isinstance(fault, (errors.Unreachable, errors.OutcomeUnknown))
                if attempt + 1 == TRIES or not (has_no_answer or fault.code in _AGAIN):
                    raise
            time.sleep(PAUSE * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _change(self, path: str, body: Json) -> Done:
        """Sent with one key until it is answered, or until it cannot be known what became of it."""
        key = str(uuid.uuid4())
        starts = self._starts
        lost: errors.ServerError | None = None
        for attempt in range(TRIES):
            try:
                if lost is not None and not self._is_the_same(starts):
                    break
                done = self._send("POST", path, body, key)
                return Done(int(done["turn"]), tuple(done["told"]))
            except errors.Unreachable as fault:
                if lost is None:
                    raise
                lost = fault
            except errors.OutcomeUnknown as fault:
                lost = fault
            except errors.ServerError as fault:
                if fault.code not in _AGAIN or attempt + 1 == TRIES:
                    raise
            time.sleep(PAUSE * 2**attempt)
        message = f"{path}: no answer came, and it may have been done or not"
        raise errors.OutcomeUnknown(message, "look at the trades and strategies before you ask again", "NO_ANSWER") from lost

    def _is_the_same(self, starts: int) -> bool:
        """A service that was started anew does not know the keys of the one before."""
        return int(self._send("GET", "/status", None, None)["service"]["starts"]) == starts

    def _watch(self, after: int, silence: float) -> IO[bytes]:
        """All that happens after a turn, as server-sent events."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream", "Last-Event-ID": str(after)}
        answer: IO[bytes] = self._open(urllib.request.Request(f"{self.url}/api/v1/events", headers=headers), silence)
        return answer

    def _send(self, method: str, path: str, body: Json | None, key: str | None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
            headers["Idempotency-Key"] = key or ""
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with self._open(asked, self._timeout) as answer:
                return json.load(answer)
        except errors.HighmarkError:
            raise
        except urllib.error.URLError as fault:
            raise errors.OutcomeUnknown(f"{path}: {fault.reason}", "look before you ask again", "NO_ANSWER") from None
        except (http.client.HTTPException, OSError, ValueError) as fault:
            # The connection ended within the answer, or it was no JSON.
            raise errors.OutcomeUnknown(f"{path}: {fault!r}", "look before you ask again", "NO_ANSWER") from None

    def _open(self, asked: urllib.request.Request, timeout: float) -> Any:
        """An answer whose head has come; a refusal is raised."""
        try:
            return self._opener.open(asked, timeout=timeout)
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise _refusal(refusal.code, refusal.read()) from None
        except urllib.error.URLError as fault:
            if isinstance(fault.reason, ssl.SSLCertVerificationError):
                hint = "ca= takes the file of the certificate that highmark certificate make has made"
                raise errors.Unreachable(f"{self.url} is not trusted: {fault.reason.verify_message}", hint) from None
            if isinstance(fault.reason, OSError) and not _was_sent(fault.reason):
                raise errors.Unreachable(f"no service answers at {self.url}: {fault.reason}", "start it: highmark run") from None
            raise


def _opener(ca: str | None) -> urllib.request.OpenerDirector:
    """A proxy of the environment is none of the service's business. Whom to trust is the system's, or this file's."""
    try:
        trust = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as fault:
        raise errors.ConfigError(f"ca: {ca!r} cannot be read: {fault}", "a file of certificates in PEM") from None
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))


def _was_sent(reason: object) -> bool:
    """Whether the request may have left before the connection failed."""
    return not isinstance(reason, (ConnectionRefusedError, FileNotFoundError)) and not (
        isinstance(reason, OSError) and type(reason).__name__ == "gaierror"
    )


def _refusal(status: int, body: bytes) -> errors.ServerError:
    """A problem document as an exception."""
    try:
        told = dict(json.loads(body))
    except (ValueError, TypeError):
        told = {}
    code = str(told.get("code", ""))
    kind: type[errors.ServerError] = errors.ServerRefused
    if status in (401, 403):
        kind = errors.NotAllowed
    elif status == 404:
        kind = errors.NotFound
    elif code in _UNKNOWN or status >= 500 and not code:
        kind = errors.OutcomeUnknown
    elif status >= 500:
        kind = errors.ServerError
    return kind(str(told.get("detail") or f"HTTP {status}"), str(told.get("hint") or ""), code, str(told.get("field") or ""), status)


def _number(trade_id: object) -> int:
    text = trade_id if isinstance(trade_id, str) else getattr(trade_id, "trade_id", "")
    if isinstance(text, str) and text[:1] == "t" and text[1:].isascii() and text[1:].isdigit() and len(text) < 11:
        return int(text[1:])
    raise errors.UnknownTrade(f"there is no trade {trade_id!r}", 'ids are those of the trades, such as "t0"')


def _trade(row: Json) -> TradeView:
    return TradeView(
        trade_id=f"t{row['id']}",
        name=row["name"],
        strategy=row["strategy_name"],
        symbol=row["symbol"],
        side=Side(row["side"]),
        status=row["status"],
        quantity=Decimal(row["quantity"]),
        open_quantity=Decimal(row["open"]),
        entry_price=exact(row["entry"]),
        exit_price=exact(row["exit"]),
        mark=exact(row["mark"]),
        best=exact(row["best"]),
        stop=exact(row["stop"]),
        target=exact(row["target"]),
        realised=Decimal(row["realised"]),
        unrealised=exact(row["unrealised"]),
        mtm=Decimal(row["mtm"]),
        charges=Decimal(row["charges"]),
        opened_at=when(row["opened_at_ns"]),
        closed_at=when(row["closed_at_ns"]),
        exit_reason=row["exit_reason"],
        data=row,
    )


def _scope(row: Json) -> ScopeView:
    return ScopeView(
        name=row["name"],
        mtm=Decimal(row["mtm"]),
        realised=Decimal(row["realised"]),
        unrealised=Decimal(row["unrealised"]),
        peak=Decimal(row["peak"]),
        floor=exact(row["floor"]),
        room=exact(row["room"]),
        open_trades=row["open_trades"],
        total_trades=row["total_trades"],
        is_active=row["state"] == "active",
        is_uncertain=row["uncertain"],
        closed_to_entries=None if row["state"] == "active" else row["state"],
        data=row,
    )
