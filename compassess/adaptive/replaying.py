"""A log happens again, event by event: what could not have happened is refused, other choices are noted.

Rule: items are presented as the log says, so that an appeal sees the sitting that was held, whatever the
engine would choose today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compassess.adaptive.events import (
    BREAK_OFFS,
    Answered,
    Event,
    Finished,
    Presented,
    Skipped,
    checked_skip,
)
from compassess.adaptive.sitting import Sitting, Snapshot
from compassess.adaptive.transitions import State, next_state
from compassess.errors import InputError, OutOfTurn, ReplayMismatch

__all__ = ["Divergence", "replayed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A step at which a replayed log holds something else than the engine would have chosen."""

    step: int
    logged: str
    would_choose: str


def replayed(sitting: Sitting, events: Sequence[Event]) -> tuple[Snapshot, tuple[Divergence, ...]]:
    """The snapshot after ``events``, those behind the header; an unfinished log goes on to its next item.

    Raises
    ------
    ReplayMismatch : the place of the first event that could not have happened, and why.
    """
    snapshot = sitting.opening()
    divergences: list[Divergence] = []
    for position, event in enumerate(events, start=1):
        try:
            if isinstance(event, Presented | Finished) and not _breaks_off(snapshot, event):
                divergences += _compared(sitting, snapshot, event, position)
            snapshot = _after(sitting, snapshot, event, position)
        except (OutOfTurn, InputError) as error:
            raise ReplayMismatch(f"log[{position}]: {error}") from error
    if snapshot.state is State.CHOOSING:
        snapshot = sitting.advanced(snapshot, None)
    return snapshot, tuple(divergences)


def _breaks_off(snapshot: Snapshot, event: Event) -> bool:
    return isinstance(event, Finished) and event.reason in BREAK_OFFS and snapshot.waiting


def _after(sitting: Sitting, snapshot: Snapshot, event: Event, position: int) -> Snapshot:
    """The snapshot after one logged event."""
    if isinstance(event, Answered):
        _refuse_other_step(snapshot, event, position)
        return sitting.after_answer(snapshot, event)
    if isinstance(event, Skipped):
        _refuse_other_step(snapshot, event, position)
        checked_skip(event.reason)
        return sitting.after_skip(snapshot, event)
    if isinstance(event, Finished) and _breaks_off(snapshot, event):
        return sitting.after_break_off(snapshot, event)
    if isinstance(event, Presented | Finished):
        return snapshot.followed_by(event)
    next_state(snapshot.state, event.kind)  # a second header is legal nowhere
    raise AssertionError(event)  # pragma: no cover


def _refuse_other_step(snapshot: Snapshot, event: Answered | Skipped, position: int) -> None:
    next_state(snapshot.state, event.kind)
    shown = snapshot.shown
    if (event.item, event.step) != (shown.item, shown.step):
        raise ReplayMismatch(
            f"log[{position}]: {event.kind.value} {event.item!r} at step {event.step}, "
            f"but {shown.item!r} was pending at step {shown.step}"
        )


def _compared(
    sitting: Sitting, snapshot: Snapshot, event: Presented | Finished, position: int
) -> list[Divergence]:
    """Refuse what could not have happened; note what the engine would have done otherwise."""
    next_state(snapshot.state, event.kind)
    step = int(snapshot.progress.presented[0]) + 1
    if isinstance(event, Presented):
        if event.step != step or not _could_be_presented(sitting, snapshot, event.item):
            raise ReplayMismatch(
                f"log[{position}]: item {event.item!r} could not be presented at step {event.step}: "
                "it is not operational in this bank, was presented before, is more than the blueprint "
                "allows, or the step is wrong"
            )
    elif not _could_end(sitting, snapshot, event.reason):
        raise ReplayMismatch(f"log[{position}]: {event.reason!r} could not have ended this sitting")
    logged, chosen = _words(event), _words(sitting.own_event(snapshot, None))
    return [] if logged == chosen else [Divergence(step=step, logged=logged, would_choose=chosen)]


def _could_be_presented(sitting: Sitting, snapshot: Snapshot, item: str) -> bool:
    """Whether bank, blueprint and the items before allow it, however good the item was."""
    plan, progress = sitting.plan, snapshot.progress
    place = sitting.places.get(item)
    if place is None or not progress.open_items[0, place] or progress.length[0] >= plan.longest:
        return False
    competency = plan.pool.competency[place]
    return bool(progress.by_competency[0, competency] < plan.maximum[competency])


def _could_end(sitting: Sitting, snapshot: Snapshot, reason: str) -> bool:
    """Whether a rule gives this reason here; at the greatest length, and only there, "length" does."""
    at_greatest_length = bool(snapshot.progress.length[0] >= sitting.plan.longest)
    reasons = sitting.plan.reasons[1:]
    return not snapshot.waiting and reason in reasons and (reason == reasons[0]) is at_greatest_length


def _words(event: Presented | Finished) -> str:
    return event.item if isinstance(event, Presented) else f"finish ({event.reason})"
