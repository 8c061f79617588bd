"""Brokers whose connector is to come: they can be named and configured, and say so when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors
from .service import Service

#: What each broker's service is made with.
CREDENTIALS: dict[str, tuple[str, ...]] = {
    "upstox": ("access_token",),
    "kite": ("api_key", "access_token"),
    "dhan": ("client_id", "access_token"),
    "angelone": ("api_key", "client_code", "access_token"),
    "fyers": ("client_id", "access_token"),
    "openalgo": ("api_key",),
}

ENDPOINTS = ("place_order", "modify_order", "cancel_order", "order_book", "trade_book", "positions", "quote")


class LiveService(Service):
    """A live broker, configured and not connected: every endpoint raises `NotConnected`. No order leaves."""

    def __init__(self, name: str, credentials: Mapping[str, Any]) -> None:
        self.name = name
        self._credentials = dict(credentials)

    @property
    def endpoints(self) -> tuple[str, ...]:
        return ENDPOINTS

    async def call_endpoint(
        self, endpoint: str, json_data: Any = None, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if endpoint not in ENDPOINTS:
            raise errors.UnknownEndpoint(f"{self.name} has no endpoint {endpoint!r}", f"one of {', '.join(ENDPOINTS)}")
        raise errors.NotConnected(
            f"{self.name}: {endpoint} was not sent, because this version has no connector to {self.name}",
            'ServiceFactory.create_service("paper") works now, with the same endpoints',
        )
