"""What every broker's service is: an async context manager with named endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .. import errors


class Service:
    """A broker. Use it as `async with service:` and call its endpoints by name."""

    name = "service"

    async def __aenter__(self) -> Service:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The names that `call_endpoint` takes."""
        return ()

    async def call_endpoint(
        self, endpoint: str, json_data: Any = None, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Calls one endpoint; `json_data` is its body, `params` its query."""
        raise errors.UnknownEndpoint(f"{self.name} has no endpoint {endpoint!r}", "it has none")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def fields(data: Any, what: str) -> dict[str, Any]:
    """The fields of a call; `...` stands for none."""
    if data is None or data is ...:
        return {}
    if not isinstance(data, Mapping):
        raise errors.ConfigError(f"{what}: {type(data).__name__} holds no fields", "give a dictionary")
    return dict(data)
