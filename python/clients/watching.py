"""A WebSocket client that puts a snapshot and its deltas together, and keeps all events that it hears."""

from __future__ import annotations

import json
from typing import Any

from websockets.sync.client import connect

PATIENCE = 60


class Watcher:
    """One client. `items` is what it has put together."""

    def __init__(self, host: str, key: str, query: str = "") -> None:
        address = f"ws://{host}/api/v1/stream{query}"
        self.socket = connect(address, additional_headers={"Authorization": f"Bearer {key}"}, max_size=None)
        self.items: dict[str, Any] = {}
        self.shown = 0
        self.events: list[dict[str, Any]] = []
        self.deltas = 0
        self.hear()

    def hear(self) -> None:
        """Takes one message in."""
        message = json.loads(self.socket.recv(timeout=PATIENCE))
        match message["type"]:
            case "snapshot":
                self.items, self.shown = message["items"], message["seq"]
            case "delta":
                self.items, self.shown = merged(self.items, message["items"]), message["seq"]
                self.deltas += 1
            case "event":
                self.events.append(message)
            case "heartbeat":
                self.shown = message["shown"]
            case other:
                raise AssertionError(f"{other}: {message}")

    def until(self, turn: int) -> None:
        """Hears until all is shown up to that turn."""
        while self.shown < turn:
            self.hear()

    def item(self, name: str, field: str, wanted: Any) -> dict[str, Any]:
        """Hears until an item has a value."""
        while self.items.get(name, {}).get(field) != wanted:
            self.hear()
        return dict(self.items[name])

    def close(self) -> None:
        self.socket.close()


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target
