"""Hears what happens in a running service, on a thread of its own, and hands it to handlers and streams."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from . import errors, events
from .delivery import Delivery
from .words import when

if TYPE_CHECKING:
    from .remote import RemoteEngine

log = logging.getLogger("highmark")

#: The service says something at least every five seconds; one that is silent for so many is asked anew.
SILENCE = 20.0
#: Seconds before it is asked again; they double up to the last one.
PAUSES = (0.1, 10.0)


class Names:
    """What numbers in events are called. Who asks for one that is not known yet asks the service."""

    def __init__(self, service: RemoteEngine) -> None:
        self._service = service
        self._strategies: dict[int, str] = {}
        self._symbols: dict[int, str] = {}
        self._trades: dict[int, tuple[str | None, str | None]] = {}
        self._rules: dict[int, str] = {}

    def strategy_name(self, number: int) -> str | None:
        if number not in self._strategies:
            rows = self._service._get("/strategies")["strategies"]
            self._strategies = {int(row["id"]): row["name"] for row in rows}
        return self._strategies.get(number)

    def symbol(self, number: int) -> str:
        if number not in self._symbols:
            rows = self._service._get("/instruments")["instruments"]
            self._symbols = {int(row["id"]): row["symbol"] for row in rows}
        return self._symbols.get(number, f"instrument {number}")

    def trade_names(self, number: int) -> tuple[str | None, str | None]:
        if number not in self._trades:
            try:
                row = self._service._get(f"/trades/{number}")
            except errors.NotFound:
                return (None, None)
            self._trades[number] = (row["strategy_name"], row["symbol"])
        return self._trades[number]

    def rule_name(self, number: int) -> str | None:
        if number not in self._rules:
            try:
                row = self._service._get(f"/rules/{number}")
            except errors.NotFound:
                return None
            self._rules[number] = events.rule_name(row["rule"]["kind"])
        return self._rules[number]

    def forget(self) -> None:
        """Names can be given anew by a person."""
        self._strategies.clear()


class Listener:
    """One connection to `/events`, kept up for as long as anybody listens. What happened while it was away is
    heard after it is back, in order and once."""

    def __init__(self, service: RemoteEngine, delivery: Delivery, after: int) -> None:
        self._service = service
        self._delivery = delivery
        self._names = Names(service)
        self._after = after
        self._is_over = threading.Event()
        self._answer: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="highmark-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nothing more is heard, once this returns; a handler may call it too."""
        self._is_over.set()
        with self._lock:
            if self._answer is not None:
                _cut(self._answer)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _listen(self) -> None:
        pause = PAUSES[0]
        while not self._is_over.is_set():
            try:
                with self._service._watch(self._after, SILENCE) as answer:
                    with self._lock:
                        self._answer = answer
                    for told in _messages(answer):
                        pause = PAUSES[0]
                        self._hear(told)
            except (errors.NotAllowed, errors.NotOffered) as fault:
                log.error("the service at %s lets nobody listen with this key: %s", self._service.url, fault)
                self._delivery.failures.append((self._hear, fault))
                return
            except (errors.HighmarkError, http.client.HTTPException, OSError, ValueError) as fault:
                if not self._is_over.is_set():
                    log.warning("the service at %s is not heard: %s; it is asked again", self._service.url, fault)
            finally:
                with self._lock:
                    self._answer = None
            self._is_over.wait(pause)
            pause = min(2 * pause, PAUSES[1])

    def _hear(self, told: dict[str, Any]) -> None:
        if self._is_over.is_set():
            return
        if told["type"] == "resync":
            log.error("what happened after turn %s is no longer known to the service: listening goes on", self._after)
            self._delivery.failures.append((self._hear, errors.EventsGone(f"events after turn {self._after} are gone")))
        else:
            facts = [fact for fact in told["events"] if not (isinstance(fact, dict) and "accepted" in fact)]
            if any(isinstance(fact, dict) and "strategy_edited" in fact for fact in facts):
                self._names.forget()
            at = when(told["at_ns"])
            made = [events.made(fact, at, self._names) for fact in facts]
            self._delivery.hand_over(self._delivery.parcels(made))
        # Only now: what fails above is heard again.
        self._after = int(told["seq"])


def _messages(lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The messages of server-sent events, each with its data in one line, as the service sends them."""
    for line in lines:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def _cut(answer: IO[bytes]) -> None:
    """Ends the wait of another thread on this answer."""
    reader: Any = answer
    for part in ("fp", "raw", "_sock"):
        reader = getattr(reader, part, None)
    if isinstance(reader, socket.socket):
        try:
            reader.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It was over already.
            pass


__all__ = ["Listener", "Names"]
