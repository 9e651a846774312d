"""What a sitting's log amounts to for its next step, kept as the log grows.

Rule: it is a function of the events, and one event more costs the same at the end as at the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from compassess.adaptive.events import Event, Presented, Switched, Withdrawn

__all__ = ["Seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The items so far, and the language.

    Attributes
    ----------
    presented : every item so far, pilot items included; ``pilots`` are those.
    withdrawn : items that were withdrawn, presented or not.
    language : the language that was switched to last; None before. ``shown_in`` is that of the last item.
    """

    presented: tuple[Presented, ...] = ()
    pilots: tuple[str, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    language: str | None = None
    shown_in: str | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Seen:
        """From the first event on."""
        return reduce(cls.with_event, events, cls())

    def with_event(self, event: Event) -> Seen:
        """One event further."""
        if isinstance(event, Presented):
            pilots = (*self.pilots, event.item) if event.by == "pilot" else self.pilots
            return Seen(
                presented=(*self.presented, event),
                pilots=pilots,
                withdrawn=self.withdrawn,
                language=self.language,
                shown_in=self.language,
            )
        if isinstance(event, Withdrawn):
            return replace(self, withdrawn=self.withdrawn | {event.item})
        if isinstance(event, Switched):
            return replace(self, language=event.language)
        return self
