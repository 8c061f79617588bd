"""`TradeWiseMTMTrailer`: single trades, each with its stop, its target and a kept share of its best profit."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from .. import errors
from ..words import Clock, Moment, Number
from .model import Trade
from .trailer import ACTIONS, StrategyLevelMTMTrailer, _share

_ALL = "trades"


class Answer(dict[str, Any]):
    """A dictionary that may be awaited as well, so that a call reads the same in plain and in async code."""

    def __await__(self) -> Generator[Any, None, Answer]:
        return self
        yield  # makes this a generator


class TradeWiseMTMTrailer:
    """Trades on their own: `stop = entry + (best - entry) x trailing_percentage` per unit, mirrored for a
    SELL, once there is a profit."""

    def __init__(self, trailing_percentage: Number = 0.3, *, exact: bool = False, clock: Clock = time.time_ns) -> None:
        self._share = _share(trailing_percentage)
        if self._share >= 1:
            raise errors.ConfigError("trailing_percentage: 1 would leave at the first step back", "keep less than all")
        self.trailing_percentage = self._share if exact else float(self._share)
        self._trailer = StrategyLevelMTMTrailer(exact=exact, clock=clock)
        self._trailer.create_strategy(_ALL, None, self._share, trail=None)

    @property
    def engine(self) -> Any:
        return self._trailer.engine

    @property
    def trades(self) -> list[Trade]:
        return self._trailer.get_trades()

    def add_trade(
        self, symbol: str, quantity: Number, entry_price: Number, trade_type: object,
        stop_loss: Number | None = None, target: Number | None = None, *, allow_wrong_side: bool = False,
    ) -> Trade:
        return self._trailer.add_trade(
            _ALL, symbol, quantity, entry_price, trade_type, stop_loss, target, allow_wrong_side=allow_wrong_side
        )

    def update_trade_price(self, trade: Trade, new_price: Number, *, at: Moment | None = None) -> Answer:
        """A price of the trade's symbol. A `Trade` that was made by hand is taken up with its first price.
        All trades of that symbol are marked; the answer is of this one, and may be awaited."""
        mine = self._mine(trade)
        old, old_pnl = mine.current_price, mine.pnl
        update = self.engine.update_prices({mine.symbol: new_price}, at=at)
        if update.refused:
            symbol, code, shown = update.refused[0]
            raise errors.BadPrice(f"{symbol}: {shown} is no price ({code})", "the last good price stays")
        own = [event for event in update.events if event.trade_id == mine._engine_id]
        return Answer(
            mine.as_dict(),
            old_price=old,
            new_price=mine.current_price,
            pnl_change=mine.pnl - old_pnl,
            actions=[event.message for event in own if event.kind in ACTIONS],
            events=own,
        )

    def _mine(self, trade: Trade) -> Trade:
        if not isinstance(trade, Trade):
            raise errors.UnknownTrade(f"{trade!r} is no Trade", "give what add_trade returned, or a Trade(...)")
        if trade._source is self._trailer:
            return trade
        if trade._source is not None:
            raise errors.UnknownTrade(f"{trade!r} is another trailer's", "give what add_trade returned")
        added = self.add_trade(
            trade.symbol, trade._quantity, trade._entry, trade.trade_type, trade._stop_loss, trade._target
        )
        # What was made by hand shows from here on how the engine's trade stands.
        trade._belongs(self._trailer, added._engine_id)
        self._trailer._trades[added._engine_id] = trade
        return trade
