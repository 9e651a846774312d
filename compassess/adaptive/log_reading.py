"""A log as events, for those who read many: checked entry by entry, without being held again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compassess.adaptive.events import Event, Started
from compassess.adaptive.log_entries import event_from
from compassess.errors import ReplayMismatch

__all__ = ["Log", "events_of"]

Log = Sequence[Mapping[str, Any]]


def events_of(log: Log) -> tuple[Started, tuple[Event, ...]]:
    """The header, and all events with it; ReplayMismatch where an entry is none."""
    events = tuple(event_from(entry, position) for position, entry in enumerate(log))
    if not events or not isinstance(events[0], Started):
        raise ReplayMismatch("log[0]: expected the event 'started'")
    return events[0], events
