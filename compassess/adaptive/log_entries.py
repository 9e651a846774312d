"""Events as the plain JSON of a log, and back.

Rule: an entry that this engine could not have written is refused, with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from compassess.adaptive.draws import checked_seed
from compassess.adaptive.events import (
    CHOICES,
    Answered,
    Changed,
    Event,
    Finished,
    ModuleDone,
    Paused,
    Presented,
    Prior,
    Resumed,
    Returned,
    Reviewing,
    Skipped,
    Started,
    Switched,
    Withdrawn,
)
from compassess.adaptive.handed_in import checked_elapsed, checked_factor, checked_prior
from compassess.adaptive.transitions import EventKind
from compassess.errors import InputError, ReplayMismatch
from compassess.scoring import zoned

__all__ = ["CLASSES", "event_from", "to_entry"]

#: The kinds of entries.
CLASSES: Final[Mapping[str, type[Event]]] = {
    EventKind.STARTED.value: Started,
    EventKind.PRESENTED.value: Presented,
    EventKind.ANSWERED.value: Answered,
    EventKind.SKIPPED.value: Skipped,
    EventKind.RETURNED.value: Returned,
    EventKind.CHANGED.value: Changed,
    EventKind.WITHDRAWN.value: Withdrawn,
    EventKind.SWITCHED.value: Switched,
    EventKind.PAUSED.value: Paused,
    EventKind.RESUMED.value: Resumed,
    EventKind.MODULE_DONE.value: ModuleDone,
    EventKind.REVIEWING.value: Reviewing,
    EventKind.FINISHED.value: Finished,
}
#: Fields that an entry has only where they say something.
_OPTIONAL: Final = frozenset({"confirms", "by", "draw", "time_factor", "prior", "ineligible"})


def to_entry(event: Event) -> dict[str, Any]:
    """The event as a new dict of plain JSON types."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    plain = {
        name: _plain(name, value)
        for name, value in values.items()
        if name not in _OPTIONAL or value is not None
    }
    return {"event": event.kind.value, **plain}


def _plain(name: str, value: object) -> object:
    if name == "prior" and isinstance(value, tuple):
        return {block: [mean, sd] for block, mean, sd in value}
    if name == "ineligible" and isinstance(value, tuple):
        return [list(segment) for segment in value]
    return list(value) if isinstance(value, tuple) else value


def event_from(entry: object, position: int) -> Event:
    """The event that a log's entry tells of.

    Raises
    ------
    ReplayMismatch : it is no entry that this engine writes; the message says where and why.
    """
    where = f"log[{position}]"
    if not isinstance(entry, Mapping):
        raise ReplayMismatch(f"{where}: expected an object, got {type(entry).__name__}")
    cls = CLASSES.get(str(entry.get("event")))
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
    if name == "prior":
        return _prior_from(value, where)
    if name == "ineligible":
        return _ineligible_from(value, where)
    if name in ("step", "seed"):
        kinds = (int,)
    elif name == "elapsed":
        kinds = (int, float, type(None))
    elif name == "response":
        kinds = (str, int)
    elif name in ("examinee", "language", "at"):
        kinds = (str, type(None))
    elif name in ("draw", "time_factor"):
        kinds = (int, float)
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
        if name == "draw":
            return bool(0 <= value < 1)
        if name == "time_factor":
            return checked_factor(value) == value
        if name == "by":
            return value in CHOICES
        return name != "at" or zoned(value) == value
    except InputError:
        return False


def _ineligible_from(value: object, where: str) -> tuple[tuple[str, ...], ...]:
    if isinstance(value, list | tuple) and value and all(isinstance(one, list | tuple) for one in value):
        names = [name for one in value for name in one]
        if all(isinstance(name, str) for name in names):
            return tuple(tuple(one) for one in value)
    raise ReplayMismatch(f"{where}.ineligible: expected a list of items by segment, got {value!r}")


def _prior_from(value: object, where: str) -> Prior | None:
    try:
        if isinstance(value, Mapping) and value:
            return checked_prior(value, tuple(map(str, value)))
    except InputError as error:
        raise ReplayMismatch(f"{where}.prior: {error}") from error
    raise ReplayMismatch(f"{where}.prior: unexpected value {value!r}")
