"""The factory: a service by its broker's name."""

from __future__ import annotations

from typing import Any

from .. import errors
from .live import CREDENTIALS, LiveService
from .paper import PaperService
from .service import Service

_OTHER_NAMES = {"zerodha": "kite", "angel": "angelone", "angel_one": "angelone"}


class ServiceFactory:
    """Makes a broker's service."""

    @staticmethod
    def create_service(name: str, settings: Any = None, **credentials: Any) -> Service:
        """`paper` works at once; a live broker is made with its credentials and says when it is used that its
        connector is to come. `settings` may be a dictionary of credentials; `...` leaves them out."""
        if not isinstance(name, str):
            raise errors.UnknownService(f"there is no service {name!r}", f"one of {', '.join(ServiceFactory.names())}")
        given = {} if settings is None or settings is ... else dict(settings)
        given.update(credentials)
        key = _OTHER_NAMES.get(name.lower(), name.lower())
        if key == "paper":
            return PaperService(**given)
        needed = CREDENTIALS.get(key)
        if needed is None:
            raise errors.UnknownService(f"there is no service {name!r}", f"one of {', '.join(ServiceFactory.names())}")
        missing = [field for field in needed if field not in given]
        if missing and settings is not ...:
            raise errors.ConfigError(f"{key} needs {', '.join(missing)}", f'create_service("{key}", {missing[0]}="...")')
        return LiveService(key, given)

    @staticmethod
    def names() -> tuple[str, ...]:
        """The brokers that a service can be made of."""
        return ("paper", *CREDENTIALS)
