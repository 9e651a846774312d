"""What happened in a sitting, as frozen values, and as the plain JSON of its log.

Rules: (1) an event holds what happened (items presented, answers, times handed in) and no derived value;
θ is recomputed from it. (2) The format grows only by entries and keys that a sitting without the new thing
does not have, so that the log of such a sitting is what it always was.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from compassess.adaptive.draws import checked_seed
from compassess.adaptive.transitions import EventKind
from compassess.bank import Unanswered
from compassess.errors import InputError, Problem, ReplayMismatch
from compassess.scoring import zoned

__all__ = [
    "BREAK_OFFS",
    "LOG_FORMAT",
    "SKIP_REASONS",
    "Answered",
    "Event",
    "Finished",
    "Presented",
    "Skipped",
    "Started",
    "checked_break_off",
    "checked_elapsed",
    "checked_skip",
    "event_from",
    "to_entry",
]

LOG_FORMAT: Final = "compassess/log/1"

#: Why a pending item was left: by the examinee, by a limit of time on the item, by the hall's fault.
SKIP_REASONS: Final[tuple[Unanswered, ...]] = ("omitted", "timed_out", "technically_lost")
#: Why a sitting was broken off, and what becomes of the item that was on the screen.
BREAK_OFFS: Final[Mapping[str, Unanswered]] = MappingProxyType(
    {
        "broken_off": "not_reached",
        "time_is_up": "not_reached",
        "examinee_left": "not_reached",
        "technical": "technically_lost",
    }
)
#: Fields that an entry has only where they say something.
_OPTIONAL: Final = frozenset({"confirms"})
_LONGEST: Final = sys.float_info.max  # of a duration: an int may be too large to become a float


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The header: what the sitting stands on.

    ``confirms`` is there in a second sitting only: the content hash of the log of the first, with whose
    posterior this sitting began and is concluded on.
    """

    format: str
    engine: str
    bank: str
    blueprint: str
    bands: str
    strategies: tuple[str, ...]
    examinee: str | None
    seed: int
    language: str | None
    at: str | None
    confirms: str | None = None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """An item was put before the examinee; ``step`` counts from 1."""

    step: int
    item: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.PRESENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer: an option's id, or the scored category; ``elapsed`` in seconds."""

    step: int
    item: str
    response: str | int
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The pending item was left without an answer, and why; ``elapsed`` in seconds."""

    step: int
    item: str
    reason: str
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end and its reason."""

    reason: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.FINISHED


Event = Started | Presented | Answered | Skipped | Finished
_CLASSES: Final[Mapping[str, type[Event]]] = {
    EventKind.STARTED.value: Started,
    EventKind.PRESENTED.value: Presented,
    EventKind.ANSWERED.value: Answered,
    EventKind.SKIPPED.value: Skipped,
    EventKind.FINISHED.value: Finished,
}


def to_entry(event: Event) -> dict[str, Any]:
    """The event as a new dict of plain JSON types."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    plain = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in _OPTIONAL or value is not None
    }
    return {"event": event.kind.value, **plain}


def checked_elapsed(elapsed: float | None) -> float | None:
    """Seconds as a float; InputError where they are no duration."""
    if elapsed is None:
        return None
    if isinstance(elapsed, bool) or not isinstance(elapsed, int | float) or not 0 <= elapsed <= _LONGEST:
        raise InputError(
            Problem(where="elapsed", what="not a duration", got=repr(elapsed), expected="seconds, 0 or more")
        )
    return float(elapsed)


def checked_skip(reason: str) -> str:
    """The reason for leaving an item; InputError where it is none."""
    return _one_of(SKIP_REASONS, reason)


def checked_break_off(reason: str) -> str:
    """The reason for breaking off; InputError where it is none."""
    return _one_of(tuple(BREAK_OFFS), reason)


def _one_of(known: tuple[str, ...], reason: object) -> str:
    if isinstance(reason, str) and reason in known:
        return reason
    raise InputError(
        Problem(where="reason", what="unknown reason", got=repr(reason), expected=" or ".join(known))
    )


def event_from(entry: object, position: int) -> Event:
    """The event that a log's entry tells of.

    Raises
    ------
    ReplayMismatch : it is no entry that this engine writes; the message says where and why.
    """
    where = f"log[{position}]"
    if not isinstance(entry, Mapping):
        raise ReplayMismatch(f"{where}: expected an object, got {type(entry).__name__}")
    cls = _CLASSES.get(str(entry.get("event")))
    if cls is None:
        raise ReplayMismatch(f"{where}: unknown event {entry.get('event')!r}")
    expected = {field.name for field in fields(cls)}
    given = set(entry) - {"event"}
    missing, extra = sorted(expected - given - _OPTIONAL), sorted(map(str, given - expected))
    if missing or extra:
        raise ReplayMismatch(f"{where}: missing {missing}, unknown {extra}")
    values = {name: _thawed(name, entry[name], where) for name in expected & given}
    return cls(**values)


def _thawed(name: str, value: object, where: str) -> Any:
    """A value of an entry, checked for the type that its name has everywhere in a log."""
    kinds: tuple[type, ...]
    if name == "strategies":
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise ReplayMismatch(f"{where}.{name}: expected a list of names, got {value!r}")
    if name in ("step", "seed"):
        kinds = (int,)
    elif name == "elapsed":
        kinds = (int, float, type(None))
    elif name == "response":
        kinds = (str, int)
    elif name in ("examinee", "language", "at"):
        kinds = (str, type(None))
    else:
        kinds = (str,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not _possible(name, value):
        raise ReplayMismatch(f"{where}.{name}: unexpected value {value!r}")
    return value


def _possible(name: str, value: Any) -> bool:
    """Whether a sitting could have logged this value of the right type."""
    try:
        if name == "elapsed":
            return checked_elapsed(value) == value
        if name == "seed":
            return checked_seed(value) == value
        return name != "at" or zoned(value) == value
    except InputError:
        return False
