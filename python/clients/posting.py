"""A poster like TradingView: it knows an address and a message, asks for nothing and reads no answer but its status."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

# TradingView gives up after so long.
PATIENCE = 3


class Poster:
    """The alert of one chart, with the message that its owner has written."""

    def __init__(self, url: str, path: str) -> None:
        self.address = f"{url}{path}"

    def alert(self, action: str, ticker: str, contracts: int, position: str, order: str) -> int:
        """What it sends when an order of the strategy on the chart is filled."""
        message = {
            "action": action, "symbol": f"NSE:{ticker}", "quantity": str(contracts),
            "market_position": position, "id": order,
        }  # fmt: skip
        return self.post(json.dumps(message), "application/json; charset=utf-8")

    def post(self, message: str, kind: str) -> int:
        headers = {"Content-Type": kind, "User-Agent": "Go-http-client/1.1"}
        request = urllib.request.Request(self.address, message.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
