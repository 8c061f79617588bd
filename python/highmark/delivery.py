"""Hands events to handlers, observers and streams: in order, outside the engine's lock, whatever they do."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import Any, TypeVar

from .errors import ConfigError
from .events import KINDS, NAMES, Event

log = logging.getLogger("highmark")

Handler = Callable[[Any], Any]
H = TypeVar("H", bound=Handler)
#: Something to hand over, and to whom.
Parcel = tuple[Handler, Any]

#: The most events that a stream holds for a reader that does not come.
STREAM_LIMIT = 10_000


class _Round:
    """One delivery under way: what a handler causes meanwhile is handed over after it, not inside it."""

    def __init__(self) -> None:
        self.queue: deque[Parcel] = deque()
        self.is_over = False


_round: ContextVar[_Round | None] = ContextVar("highmark_round", default=None)


class Delivery:
    """Handlers by the names that they listen for, and open streams."""

    def __init__(self) -> None:
        self._handlers: list[tuple[frozenset[str], Handler]] = []
        self._streams: list[Stream] = []
        self._lock = threading.Lock()
        self._tasks: set[Any] = set()
        #: Exceptions that handlers raised, newest last: each is logged, none reaches the caller.
        self.failures: deque[tuple[Handler, BaseException]] = deque(maxlen=100)

    def add(self, names: Iterable[str], handler: Handler) -> None:
        wanted = frozenset(names) or frozenset({"any"})
        unknown = wanted - set(NAMES) - set(KINDS)
        if unknown:
            raise ConfigError(f"no event is called {sorted(unknown)[0]!r}", f"one of {', '.join(NAMES)}")
        with self._lock:
            self._handlers = [*self._handlers, (wanted, handler)]

    def remove(self, handler: Handler) -> None:
        with self._lock:
            self._handlers = [kept for kept in self._handlers if kept[1] is not handler]

    @property
    def is_idle(self) -> bool:
        """Nobody listens."""
        return not self._handlers and not self._streams

    def parcels(self, events: Iterable[Event]) -> list[Parcel]:
        """Who gets what; streams get theirs at once."""
        found: list[Parcel] = []
        handlers, streams = self._handlers, list(self._streams)
        for event in events:
            names = event.names if handlers else frozenset()
            found.extend((handler, event) for wanted, handler in handlers if wanted & names)
            for stream in streams:
                stream.put(event)
        return found

    def hand_over(self, parcels: Iterable[Parcel]) -> None:
        """From a call that is not awaited, in any thread."""
        outer = _round.get()
        if outer is not None and not outer.is_over:
            outer.queue.extend(parcels)
            return
        here = _Round()
        here.queue.extend(parcels)
        token = _round.set(here)
        try:
            while here.queue:
                handler, what = here.queue.popleft()
                try:
                    answer = handler(what)
                    if inspect.isawaitable(answer):
                        self._finish(handler, answer)
                except Exception as fault:
                    self._failed(handler, fault)
        finally:
            here.is_over = True
            _round.reset(token)

    async def hand_over_async(self, parcels: Iterable[Parcel]) -> None:
        """From a call that is awaited: each handler is done before the next begins."""
        outer = _round.get()
        if outer is not None and not outer.is_over:
            outer.queue.extend(parcels)
            return
        here = _Round()
        here.queue.extend(parcels)
        token = _round.set(here)
        try:
            while here.queue:
                handler, what = here.queue.popleft()
                try:
                    answer = handler(what)
                    if inspect.isawaitable(answer):
                        await answer
                except Exception as fault:
                    self._failed(handler, fault)
        finally:
            here.is_over = True
            _round.reset(token)

    def _finish(self, handler: Handler, answer: Awaitable[Any]) -> None:
        """Runs what an async handler gave: on the loop of this thread as a task, else here and now."""

        async def finish() -> None:
            try:
                await answer
            except Exception as fault:
                self._failed(handler, fault)

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(finish())
            return
        task = loop.create_task(finish())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _failed(self, handler: Handler, fault: Exception) -> None:
        self.failures.append((handler, fault))
        name = getattr(handler, "__qualname__", repr(handler))
        log.error("the handler %s raised; the engine goes on", name, exc_info=fault)

    def stream(self) -> Stream:
        stream = Stream(self)
        with self._lock:
            self._streams = [*self._streams, stream]
        return stream

    def close(self, stream: Stream) -> None:
        with self._lock:
            self._streams = [kept for kept in self._streams if kept is not stream]


class Stream(AsyncIterator[Event]):
    """Events as they happen: `async for event in engine.events()`. Ends when it is closed."""

    def __init__(self, owner: Delivery) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Event] = deque(maxlen=STREAM_LIMIT)
        self._come = asyncio.Event()
        self._is_closed = False
        #: How many events a slow reader has lost.
        self.missed = 0

    def put(self, event: Event) -> None:
        """From any thread."""
        if self._is_closed:
            return
        if len(self._waiting) == STREAM_LIMIT:
            self.missed += 1
        self._waiting.append(event)
        try:
            self._loop.call_soon_threadsafe(self._come.set)
        except RuntimeError:
            self.close()

    def close(self) -> None:
        self._is_closed = True
        self._owner.close(self)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._come.set)

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            self._come.clear()
            await self._come.wait()
        return self._waiting.popleft()

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
