"""What a hall collected while the engine was away, taken in as one: all of it, or nothing.

Rule: the log says of every item of the list that it came from there, so that replay makes the list again and
compares with that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compassess.adaptive.events import Answered, Presented, Skipped
from compassess.adaptive.handed_in import checked_elapsed, checked_skip
from compassess.adaptive.looking_ahead import items_ahead
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.transitions import EventKind, next_state
from compassess.errors import InputError, OutOfTurn, Problem
from compassess.scoring import zoned

__all__ = ["Collected", "after_collection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """An item that a hall presented: its answer, or why there is none."""

    item: str
    response: str | int | None = None
    skipped: str | None = None
    at: datetime | str | None = None
    elapsed: float | None = None


def after_collection(sitting: Sitting, snapshot: Snapshot, collected: Sequence[Collected]) -> Snapshot:
    """The pending item and those of the list, in order, answered or left; the next item is then chosen.

    Raises
    ------
    OutOfTurn : nothing is pending, or an item is not the next of the list.
    InputError : nothing was collected, neither or both of answer and reason, or what an answer may not be.
    """
    if not collected:
        raise InputError(Problem(where="collected", what="nothing", expected="the pending item at least"))
    next_state(snapshot.state, EventKind.ANSWERED)
    expected = (snapshot.shown.item, *items_ahead(sitting, snapshot, len(collected) - 1))
    for index, one in enumerate(collected):
        if index >= len(expected) or one.item != expected[index]:
            due = repr(expected[index]) if index < len(expected) else "the end"
            raise OutOfTurn(f"collected[{index}]: item {one.item!r}, but the list has {due} here")
        if index:
            step, at = len(snapshot.presented) + 1, zoned(collected[index - 1].at)
            snapshot = snapshot.followed_by(Presented(step=step, item=one.item, at=at, by="ahead"))
        snapshot = _taken(sitting, snapshot, one, f"collected[{index}]")
    return sitting.advanced(snapshot, zoned(collected[-1].at))


def _taken(sitting: Sitting, snapshot: Snapshot, one: Collected, where: str) -> Snapshot:
    step, at, elapsed = snapshot.shown.step, zoned(one.at), checked_elapsed(one.elapsed)
    if (one.response is None) is (one.skipped is None):
        raise InputError(
            Problem(where=where, what="neither or both", expected="a response, or why there is none")
        )
    if one.response is not None:
        answer = Answered(step=step, item=one.item, response=one.response, at=at, elapsed=elapsed)
        return sitting.after_answer(snapshot, answer)
    reason = checked_skip(one.skipped or "")
    return sitting.after_skip(
        snapshot, Skipped(step=step, item=one.item, reason=reason, at=at, elapsed=elapsed)
    )
