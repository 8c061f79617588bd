"""Callbacks for brokers' sockets: their messages become batches of prices, in their own threads.

A callback never raises into the socket that calls it: what cannot be read is logged and left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

log = logging.getLogger("highmark")

Update = Callable[[dict[str, Any]], Any]


def kite(update: Update, symbols: Mapping[int, str]) -> Callable[[Any, Any], None]:
    """`ticker.on_ticks = ...`: a list of ticks with `instrument_token` and `last_price`."""

    def on_ticks(_: Any, ticks: Any) -> None:
        _feed(update, symbols, _read(ticks, lambda tick: (tick["instrument_token"], tick["last_price"])))

    return on_ticks


def upstox(update: Update, symbols: Mapping[str, str]) -> Callable[[Any], None]:
    """`streamer.on("message", ...)`: feeds by instrument key, each with an `ltpc` somewhere within."""

    def on_message(message: Any) -> None:
        feeds = message.get("feeds") if isinstance(message, Mapping) else None
        _feed(update, symbols, _read((feeds or {}).items(), lambda feed: (feed[0], _ltpc(feed[1])["ltp"])))

    return on_message


def openalgo(update: Update, symbols: Mapping[str, str] | None = None) -> Callable[[Any], None]:
    """`client.subscribe_ltp(..., on_data_received=...)`: a symbol and the `ltp` in its `data`."""

    def on_data(data: Any) -> None:
        pairs = _read([data], lambda data: (data["symbol"], data["data"]["ltp"]))
        _feed(update, symbols if symbols is not None else {symbol: symbol for symbol, _ in pairs}, pairs)

    return on_data


def _ltpc(feed: Any) -> Any:
    """The last trade within one of the feeds of Upstox's version 3."""
    if "ltpc" in feed:
        return feed["ltpc"]
    full = feed.get("fullFeed") or feed.get("firstLevelWithGreeks") or {}
    return (full.get("marketFF") or full.get("indexFF") or full)["ltpc"]


def _read(rows: Iterable[Any], read: Callable[[Any], tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    found = []
    try:
        for row in rows:
            try:
                found.append(read(row))
            except (KeyError, TypeError, AttributeError, IndexError):
                log.warning("a message without a price was left out: %.200r", row)
    except TypeError:
        log.warning("a message that holds no prices was left out: %.200r", rows)
    return found


def _feed(update: Update, symbols: Mapping[Any, str], pairs: list[tuple[Any, Any]]) -> None:
    prices = {symbols[key]: price for key, price in pairs if key in symbols}
    if not prices:
        return
    try:
        update(prices)
    except Exception:
        log.exception("the prices of %d symbols were not taken", len(prices))
