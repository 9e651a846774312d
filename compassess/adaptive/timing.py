"""How much time a sitting took and has left, from the times that were handed in; nothing here reads a clock.

Rule: a pause takes no time, and a time factor lengthens every limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

from compassess.adaptive.events import Event, Paused, Resumed, Started
from compassess.adaptive.progress import Progress
from compassess.bank import TimeLimits

__all__ = ["TimeUsed", "limit_of", "time_used", "timed"]

_NO_LIMITS: Final = TimeLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeUsed:
    """Seconds; None where the times that it needs were not handed in.

    Attributes
    ----------
    working : from the start to a moment, pauses left out.
    paused : of all pauses up to it.
    on_items : spent on items, as far as it was told with answers and skips; pilot items too.
    limit : for the whole sitting, the time factor included; None without a limit.
    left : of the limit, 0 or more.
    """

    working: float | None
    paused: float | None
    on_items: float
    limit: float | None

    @property
    def left(self) -> float | None:
        """limit − working, at least 0."""
        if self.limit is None or self.working is None:
            return None
        return max(self.limit - self.working, 0.0)


def limit_of(seconds: float | None, time_factor: float | None) -> float | None:
    """A limit with its factor."""
    return None if seconds is None else seconds * (time_factor or 1.0)


def time_used(events: Sequence[Event], limits: TimeLimits, at: str | None) -> TimeUsed:
    """The time up to ``at``, or up to the last event; ISO 8601 with a zone."""
    header = events[0]
    assert isinstance(header, Started)
    until = at or next((event.at for event in reversed(events) if event.at is not None), None)
    paused = _paused(events, until)
    whole = _between(header.at, until)
    elapsed = [getattr(event, "elapsed", None) or 0.0 for event in events]
    return TimeUsed(
        working=None if whole is None or paused is None else whole - paused,
        paused=paused,
        on_items=sum(elapsed),
        limit=limit_of(limits.sitting, header.time_factor),
    )


def timed(progress: Progress, events: Sequence[Event]) -> Progress:
    """One sitting with the seconds from its start to the last event, where both times were handed in.

    Pauses are left out, and an accommodation counts: seconds over the time factor, as for the time spent on
    items. A time before the latest one changes nothing: a clock that was set back makes no sitting younger.
    """
    header, last = events[0], events[-1]
    assert isinstance(header, Started)
    if header.at is None or last.at is None:
        return progress
    working = time_used(events, _NO_LIMITS, last.at).working
    if working is None:
        return progress
    return replace(progress, elapsed=np.maximum(progress.elapsed, working / (header.time_factor or 1.0)))


def _paused(events: Sequence[Event], until: str | None) -> float | None:
    """All pauses together; one that goes on lasts until now."""
    stops = [event for event in events if isinstance(event, Paused | Resumed)]
    ends: list[str | None] = [event.at for event in stops]
    if stops and isinstance(stops[-1], Paused):
        ends.append(until)
    spans = [_between(start, end) for start, end in list(pairwise(ends))[::2]]
    return None if None in spans else sum(span for span in spans if span is not None)


def _between(start: str | None, end: str | None) -> float | None:
    if start is None or end is None:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
