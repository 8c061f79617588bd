"""A paper broker in this process: market orders fill at the last price, limit orders when it reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .. import errors, words
from ..words import Number, Side
from .service import Service, fields

_ENDPOINTS = (
    "place_order", "modify_order", "cancel_order", "order_details", "order_book", "trade_book", "positions", "quote", "set_prices",
)


class PaperService(Service):
    """Orders are taken at once and kept in memory. Prices come by `set_prices`, or with the order itself."""

    name = "paper"

    def __init__(self, prices: Mapping[str, Number] | None = None) -> None:
        self._prices: dict[str, Decimal] = {}
        self._orders: dict[str, dict[str, Any]] = {}
        self._fills: list[dict[str, Any]] = []
        if prices is not None:
            self.set_prices(prices)

    @property
    def endpoints(self) -> tuple[str, ...]:
        return _ENDPOINTS

    async def call_endpoint(
        self, endpoint: str, json_data: Any = None, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if endpoint not in _ENDPOINTS:
            raise errors.UnknownEndpoint(f"paper has no endpoint {endpoint!r}", f"one of {', '.join(_ENDPOINTS)}")
        given = fields(params, "params") | fields(json_data, "json_data")
        return {"status": "success", "data": getattr(self, endpoint)(given)}

    def set_prices(self, prices: Mapping[str, Number]) -> dict[str, float]:
        """The last price of each symbol; orders that wait for it fill."""
        read = {symbol: Decimal(words.price(price, symbol)) for symbol, price in prices.items()}
        self._prices.update(read)
        for order in self._orders.values():
            if order["status"] == "open" and order["symbol"] in read:
                self._match(order)
        return {symbol: float(price) for symbol, price in read.items()}

    def place_order(self, given: Mapping[str, Any]) -> dict[str, Any]:
        symbol = _first(given, "symbol", "tradingsymbol", "trading_symbol", "instrument_token", "instrument_key")
        side = words.side(_first(given, "transaction_type", "trade_type", "side", "action"))
        kind = str(given.get("order_type", "MARKET")).upper()
        if kind not in ("MARKET", "LIMIT"):
            raise errors.ConfigError(f"order_type: {kind!r} is not known here", "MARKET or LIMIT")
        price = given.get("price")
        limit = Decimal(words.price(price, "price")) if price not in (None, 0, 0.0, "") else None
        if kind == "LIMIT" and limit is None:
            raise errors.ConfigError("price: a limit order has one", "give price=")
        order: dict[str, Any] = {
            "order_id": f"paper-{len(self._orders) + 1}",
            "symbol": str(symbol),
            "transaction_type": side.name,
            "quantity": Decimal(words.quantity(_first(given, "quantity", "qty"))),
            "order_type": kind,
            "price": limit,
            "status": "open",
            "average_price": None,
            "filled_quantity": Decimal(0),
            "tag": given.get("tag"),
        }
        if kind == "MARKET" and order["symbol"] not in self._prices and limit is None:
            raise errors.ServiceError(f"{symbol}: no price is known", 'set one: call_endpoint("set_prices", json_data={...})')
        self._orders[order["order_id"]] = order
        self._match(order)
        return _shown(order)

    def modify_order(self, given: Mapping[str, Any]) -> dict[str, Any]:
        order = self._open(given)
        if "price" in given:
            order["price"] = Decimal(words.price(given["price"], "price"))
        if "quantity" in given:
            order["quantity"] = Decimal(words.quantity(given["quantity"]))
        self._match(order)
        return _shown(order)

    def cancel_order(self, given: Mapping[str, Any]) -> dict[str, Any]:
        order = self._open(given)
        order["status"] = "cancelled"
        return _shown(order)

    def order_details(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return _shown(self._order(given))

    def order_book(self, _: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [_shown(order) for order in self._orders.values()]

    def trade_book(self, _: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [_shown(fill) for fill in self._fills]

    def positions(self, _: Mapping[str, Any]) -> list[dict[str, Any]]:
        net: dict[str, Decimal] = {}
        for fill in self._fills:
            signed = fill["quantity"] if fill["transaction_type"] == "BUY" else -fill["quantity"]
            net[fill["symbol"]] = net.get(fill["symbol"], Decimal(0)) + signed
        return [_shown({"symbol": symbol, "quantity": quantity}) for symbol, quantity in net.items()]

    def quote(self, given: Mapping[str, Any]) -> dict[str, Any]:
        symbol = str(_first(given, "symbol", "tradingsymbol", "instrument_key"))
        if symbol not in self._prices:
            raise errors.ServiceError(f"{symbol}: no price is known", "set one with set_prices")
        return {"symbol": symbol, "last_price": float(self._prices[symbol])}

    def _match(self, order: dict[str, Any]) -> None:
        last, limit = self._prices.get(order["symbol"]), order["price"]
        if order["order_type"] == "MARKET":
            price = limit if last is None else last
        elif last is None:
            return
        else:
            is_met = last <= limit if order["transaction_type"] == Side.BUY.name else last >= limit
            price = last if is_met else None
        if price is None:
            return
        order.update(status="complete", average_price=price, filled_quantity=order["quantity"])
        names = ("order_id", "symbol", "transaction_type", "quantity", "average_price")
        self._fills.append({name: order[name] for name in names})

    def _order(self, given: Mapping[str, Any]) -> dict[str, Any]:
        order = self._orders.get(str(given.get("order_id")))
        if order is None:
            raise errors.ServiceError(f"there is no order {given.get('order_id')!r}", 'call_endpoint("order_book") lists them')
        return order

    def _open(self, given: Mapping[str, Any]) -> dict[str, Any]:
        order = self._order(given)
        if order["status"] != "open":
            raise errors.ServiceError(f"{order['order_id']} is {order['status']}", "only what waits can be changed")
        return order


def _first(given: Mapping[str, Any], *names: str) -> Any:
    for name in names:
        if given.get(name) is not None:
            return given[name]
    raise errors.ConfigError(f"{names[0]}: it is missing", f"also taken: {', '.join(names[1:]) or 'nothing else'}")


def _shown(order: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as brokers write them: whole quantities as int, prices as float."""

    def show(value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return int(value) if value == int(value) else float(value)

    prices = {"price", "average_price"}
    return {name: float(value) if name in prices and value is not None else show(value) for name, value in order.items()}
