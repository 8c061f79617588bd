"""What can go wrong, by what a caller does about it. Each says what is wrong, and what to do."""

from __future__ import annotations

from typing import Any


class HighmarkError(Exception):
    """The root of this package's exceptions: `message`, and a `hint` of what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ConfigError(HighmarkError, ValueError):
    """An argument that means nothing here."""


class BadNumber(ConfigError):
    """An amount or a share that cannot be held exactly, or is none."""


class BadPrice(BadNumber):
    """A price that is none: NaN, infinite, zero, negative, too fine, or no number at all."""


class BadQuantity(BadNumber):
    """A quantity that is none."""


class BadSide(ConfigError):
    """A side that is neither buy nor sell."""


class BadTime(ConfigError):
    """A time without a zone, or out of range."""


class UnknownName(HighmarkError, KeyError):
    """A name that nothing has."""

    __str__ = HighmarkError.__str__


class UnknownStrategy(UnknownName):
    """There is no strategy of this name."""


class UnknownTrade(UnknownName):
    """There is no trade of this id."""


class UnknownService(UnknownName):
    """There is no service of this name."""


class Refused(HighmarkError, ValueError):
    """The engine did not take a command; nothing has changed. `code` is stable, `field` names what is wrong."""

    def __init__(self, message: str, hint: str = "", code: str = "", field: str = "") -> None:
        super().__init__(message, hint)
        self.args = (message, hint, code, field)
        self.code = code
        self.field = field


class WrongSide(Refused):
    """A stop or a target that the market meets already: it would close the trade at once."""


class EntryRefused(Refused):
    """Entries are refused: after a shutdown, a latched limit, a halt or the kill."""


class CannotUndo(Refused):
    """Something that followed depends on it, or it is no command of a person."""


class ForkedError(HighmarkError, RuntimeError):
    """The engine belongs to another process than this one."""


class ClosedError(HighmarkError, RuntimeError):
    """The engine is closed."""


class JournalError(HighmarkError):
    """The journal of an engine with `db=` cannot be used as it is."""


class JournalHeld(JournalError):
    """Another process has it open. One journal has one writer."""


class JournalDamaged(JournalError):
    """What is there is not what was written. Nothing is repaired by guessing."""


class JournalMissing(JournalError, LookupError):
    """There is no journal in this folder."""

    __str__ = HighmarkError.__str__


class JournalStopped(JournalError):
    """The disk refused once. What this call asked for may be there or not; nothing more is taken, and opening
    the folder again brings back all that was answered."""


class ReplayError(HighmarkError):
    """A replay did not come to its end. `code` is that of the command line."""

    def __init__(self, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint)
        self.args = (message, hint, code)
        self.code = code


class ServerError(HighmarkError):
    """A running service refused or could not be asked. `code` is stable, `status` is HTTP's, 0 without an answer."""

    def __init__(self, message: str, hint: str = "", code: str = "", field: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.args = (message, hint, code, field, status)
        self.code = code
        self.field = field
        self.status = status


class Unreachable(ServerError, ConnectionError):
    """No service answers at this address."""

    __str__ = HighmarkError.__str__


class NotAllowed(ServerError, PermissionError):
    """The key opens nothing here, or not this."""

    __str__ = HighmarkError.__str__


class NotFound(ServerError, LookupError):
    """The service has nothing of this name or id."""

    __str__ = HighmarkError.__str__


class ServerRefused(ServerError, ValueError):
    """The service did not do it; nothing has changed."""

    __str__ = HighmarkError.__str__


class OutcomeUnknown(ServerError):
    """It may have been done, or not: look before you ask again."""


class EventsGone(ServerError):
    """Events that were not heard are no longer in the service's journal."""


class NotOffered(ServerError, NotImplementedError):
    """The service's API has no such call; an engine in this process has."""

    __str__ = HighmarkError.__str__


class ServiceError(HighmarkError):
    """A broker's service did not do what it was asked."""


class NotConnected(ServiceError):
    """The connector of this broker is not part of this version."""


class UnknownEndpoint(ServiceError, KeyError):
    """The service has no endpoint of this name."""

    __str__ = HighmarkError.__str__


_BY_CODE: dict[str, type[Refused]] = {
    "WOULD_TRIGGER": WrongSide,
    "KILLED": EntryRefused,
    "HALTED": EntryRefused,
    "ENTRIES_BLOCKED": EntryRefused,
    "CANNOT_UNDO": CannotUndo,
    "NOTHING_TO_UNDO": CannotUndo,
}


def refusal(told: dict[str, Any]) -> Refused:
    """The exception of one of the engine's refusals."""
    kind = _BY_CODE.get(told["code"], Refused)
    return kind(told["message"], told["hint"], told["code"], told["field"])
