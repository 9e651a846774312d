"""A log happens again, event by event: what could not have happened is refused, other choices are noted.

Rule: items are presented as the log says, so that an appeal sees the sitting that was held, whatever the
engine would choose today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from compassess.adaptive.events import (
    BREAK_OFFS,
    Answered,
    Changed,
    Event,
    Finished,
    ModuleDone,
    OwnEvent,
    Paused,
    Presented,
    Resumed,
    Returned,
    Reviewing,
    Skipped,
    Switched,
    Withdrawn,
)
from compassess.adaptive.handed_in import checked_skip, checked_words
from compassess.adaptive.header import checked_switch
from compassess.adaptive.looking_ahead import items_ahead
from compassess.adaptive.possible import refuse_impossible_end, refuse_impossible_item
from compassess.adaptive.revising import after_change, after_return, after_withdrawal
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.transitions import State, next_state
from compassess.errors import InputError, OutOfTurn, ReplayMismatch

__all__ = ["Divergence", "before_step", "lost", "replayed"]


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
    snapshot = anchor = sitting.opening()
    divergences: list[Divergence] = []
    for position, event in enumerate(events, start=1):
        try:
            if isinstance(event, OwnEvent) and not _by_hand(snapshot, event):
                divergences += _compared(sitting, snapshot, event, anchor)
            snapshot = _after(sitting, snapshot, event)
            if snapshot.waiting and snapshot.shown.by != "ahead":
                anchor = snapshot
        except ReplayMismatch as error:
            raise ReplayMismatch(f"log[{position}]: {error}") from None
        except (OutOfTurn, InputError) as error:
            raise ReplayMismatch(f"log[{position}]: {error}") from error
    return _gone_on(sitting, snapshot), tuple(divergences)


def before_step(sitting: Sitting, events: Sequence[Event], shown: Presented) -> Snapshot:
    """The snapshot at the moment when an item of the log was chosen."""
    snapshot = sitting.opening()
    for event in events[1:]:
        if event == shown:
            return snapshot
        snapshot = _after(sitting, snapshot, event)
    raise AssertionError(shown)  # pragma: no cover


def _gone_on(sitting: Sitting, snapshot: Snapshot) -> Snapshot:
    """Where power failed between two entries that belong together, the second follows now."""
    if snapshot.waiting and snapshot.shown.item in snapshot.seen.withdrawn:
        snapshot = sitting.after_skip(snapshot, lost(snapshot.shown, None))
    return sitting.advanced(snapshot, None) if snapshot.state is State.CHOOSING else snapshot


def lost(shown: Presented, at: str | None) -> Skipped:
    """The pending item is technically lost: what follows its withdrawal."""
    return Skipped(step=shown.step, item=shown.item, reason="technically_lost", at=at, elapsed=None)


def _by_hand(snapshot: Snapshot, event: Event) -> bool:
    """Whether the event ends a sitting from outside: broken off, or after a review."""
    if not isinstance(event, Finished):
        return False
    if snapshot.state is State.REVIEWING:
        return True
    return event.reason in BREAK_OFFS and _breakable(snapshot)


def _breakable(snapshot: Snapshot) -> bool:
    """Whether a sitting can be broken off now."""
    return snapshot.on_screen or snapshot.state is State.BETWEEN


def _after(sitting: Sitting, snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after one logged event."""
    if isinstance(event, Answered):
        _refuse_other_step(snapshot, event)
        return sitting.after_answer(snapshot, event)
    if isinstance(event, Skipped):
        _refuse_other_step(snapshot, event)
        checked_skip(event.reason)
        return sitting.after_skip(snapshot, event)
    if isinstance(event, Returned):
        return after_return(sitting, snapshot, event)
    if isinstance(event, Changed):
        return after_change(sitting, snapshot, event)
    if isinstance(event, Withdrawn):
        checked_words(event.reason, "reason")
        return after_withdrawal(sitting, snapshot, event)
    if isinstance(event, Switched):
        checked_switch(event.language, sitting.assessment.bank.languages)
        return snapshot.followed_by(event)
    if isinstance(event, Finished) and event.reason in BREAK_OFFS and _breakable(snapshot):
        return sitting.after_break_off(snapshot, event)
    if isinstance(event, Finished) and snapshot.state is State.REVIEWING:
        return sitting.after_review(snapshot, event)
    if isinstance(event, OwnEvent | Paused | Resumed):
        return snapshot.followed_by(event)
    next_state(snapshot.state, event.kind)  # a second header is legal nowhere
    raise AssertionError(event)  # pragma: no cover


def _refuse_other_step(snapshot: Snapshot, event: Answered | Skipped) -> None:
    next_state(snapshot.state, event.kind)
    shown = snapshot.shown
    if (event.item, event.step) != (shown.item, shown.step):
        raise ReplayMismatch(
            f"{event.kind.value} {event.item!r} at step {event.step}, "
            f"but {shown.item!r} was pending at step {shown.step}"
        )


def _compared(sitting: Sitting, snapshot: Snapshot, event: OwnEvent, anchor: Snapshot) -> list[Divergence]:
    """Refuse what could not have happened; note what the engine would have done otherwise.

    ``anchor`` is the last moment at which an item waited that was of no list for a hall without the engine.
    """
    next_state(snapshot.state, event.kind)
    step = len(snapshot.presented) + 1
    own = _own(sitting, snapshot, event, anchor)
    if isinstance(event, Presented):
        refuse_impossible_item(sitting, snapshot, event, step)
        if isinstance(own, Presented) and own.item == event.item and event.by not in (None, own.by):
            raise ReplayMismatch(f"item {event.item!r} was chosen by {own.by!r}, not by {event.by!r}")
    elif isinstance(event, ModuleDone):
        if own != replace(event, at=None):
            raise ReplayMismatch(f"the module {event.module!r} could not have been handed in here")
    else:
        refuse_impossible_end(sitting, snapshot, event)
    logged, chosen = _words(event), _words(own)
    return [] if logged == chosen else [Divergence(step=step, logged=logged, would_choose=chosen)]


def _own(sitting: Sitting, snapshot: Snapshot, event: Event, anchor: Snapshot) -> OwnEvent:
    """What the engine does here, or had put on its list."""
    if not isinstance(event, Presented) or event.by != "ahead" or not anchor.waiting:
        return sitting.own_event(snapshot, None)
    n = len(snapshot.presented) - len(anchor.presented) + 1
    listed = items_ahead(sitting, anchor, n)
    if len(listed) < n:
        return sitting.own_event(snapshot, None)
    return Presented(step=event.step, item=listed[n - 1], at=None, by="ahead")


def _words(event: OwnEvent) -> str:
    if isinstance(event, Presented):
        return event.item
    if isinstance(event, ModuleDone):
        return f"hand in {event.module}"
    return f"{'review' if isinstance(event, Reviewing) else 'finish'} ({event.reason})"
