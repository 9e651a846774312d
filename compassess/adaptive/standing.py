"""What every item of a sitting stands at, after all that happened to it.

Rule: the last word counts. An answer that was changed is the new one, an omitted item that was answered after
all is answered, an item that was withdrawn is as if it had been lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from compassess.adaptive.events import (
    BREAK_OFFS,
    Answered,
    Changed,
    Event,
    Finished,
    ModuleDone,
    Presented,
    Returned,
    Skipped,
    Withdrawn,
)
from compassess.bank import Unanswered

__all__ = ["Standing", "counting_answers", "modules_done", "standings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item that was presented.

    Attributes
    ----------
    response : what it was answered with; None where it was not.
    left : why it was not answered; None where it was, or while it is pending.
    seconds : time spent on it; None where none was handed in.
    pilot, withdrawn : whether it is not scored, and why.
    """

    item: str
    step: int
    pilot: bool
    response: str | int | None = None
    left: Unanswered | None = None
    seconds: float | None = None
    withdrawn: bool = False

    @property
    def is_scored(self) -> bool:
        """Whether its answer counts."""
        return self.response is not None and not self.pilot and not self.withdrawn


def standings(events: Sequence[Event]) -> dict[str, Standing]:
    """By item, in the order in which they were presented."""
    found: dict[str, Standing] = {}
    shown = ""
    for event in events:
        if isinstance(event, Presented):
            shown = event.item
            found[shown] = Standing(item=shown, step=event.step, pilot=event.by == "pilot")
        elif isinstance(event, Answered | Returned | Changed):
            before = found[event.item]
            seconds = _together(before.seconds, event.elapsed)
            found[event.item] = replace(before, response=event.response, left=None, seconds=seconds)
        elif isinstance(event, Skipped):
            left = cast("Unanswered", event.reason)
            found[event.item] = replace(found[event.item], left=left, seconds=event.elapsed)
        elif isinstance(event, Finished) and event.reason in BREAK_OFFS:
            if found[shown].response is None and found[shown].left is None:  # nothing waits between modules
                found[shown] = replace(found[shown], left=BREAK_OFFS[event.reason])
        elif isinstance(event, Withdrawn) and event.item in found:
            found[event.item] = replace(found[event.item], withdrawn=True)
    return found


def modules_done(events: Sequence[Event]) -> frozenset[str]:
    """Modules whose end was told, so that they could be looked back at."""
    return frozenset(event.module for event in events if isinstance(event, ModuleDone))


def counting_answers(events: Sequence[Event]) -> dict[str, str | int]:
    """Responses by item that are scored, in the order in which the items were presented."""
    return {
        name: one.response
        for name, one in standings(events).items()
        if one.is_scored and one.response is not None
    }


def _together(before: float | None, more: float | None) -> float | None:
    return before if more is None else (before or 0.0) + more
