"""The sitting as a state machine: which event is legal in which state, as data.

Rules of this file: (1) a (state, event) pair that is not in the table is illegal and changes nothing;
(2) the table is the only place that says what follows what.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from compassess.errors import OutOfTurn

__all__ = ["TRANSITIONS", "EventKind", "State", "next_state"]


class State(Enum):
    """Where a sitting is."""

    NEW = "new"
    CHOOSING = "choosing"
    WAITING = "waiting"
    PAUSED = "paused"
    BETWEEN = "between_modules"
    REVIEWING = "reviewing"
    FINISHED = "finished"


class EventKind(Enum):
    """What can happen to it."""

    STARTED = "started"
    PRESENTED = "presented"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    RETURNED = "returned"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    SWITCHED = "language_switched"
    PAUSED = "paused"
    RESUMED = "resumed"
    MODULE_DONE = "module_done"
    REVIEWING = "reviewing"
    FINISHED = "finished"


TRANSITIONS: Final[Mapping[tuple[State, EventKind], State]] = MappingProxyType(
    {
        (State.NEW, EventKind.STARTED): State.CHOOSING,
        (State.CHOOSING, EventKind.PRESENTED): State.WAITING,
        (State.WAITING, EventKind.ANSWERED): State.CHOOSING,
        (State.WAITING, EventKind.SKIPPED): State.CHOOSING,
        (State.WAITING, EventKind.RETURNED): State.WAITING,
        (State.WAITING, EventKind.CHANGED): State.WAITING,
        (State.WAITING, EventKind.WITHDRAWN): State.WAITING,
        (State.WAITING, EventKind.SWITCHED): State.WAITING,
        (State.WAITING, EventKind.PAUSED): State.PAUSED,
        (State.PAUSED, EventKind.RESUMED): State.WAITING,
        (State.CHOOSING, EventKind.MODULE_DONE): State.BETWEEN,
        (State.BETWEEN, EventKind.RETURNED): State.BETWEEN,
        (State.BETWEEN, EventKind.CHANGED): State.BETWEEN,
        (State.BETWEEN, EventKind.PRESENTED): State.WAITING,
        (State.BETWEEN, EventKind.REVIEWING): State.REVIEWING,  # where all that would follow was withdrawn
        (State.CHOOSING, EventKind.REVIEWING): State.REVIEWING,
        (State.REVIEWING, EventKind.RETURNED): State.REVIEWING,
        (State.REVIEWING, EventKind.CHANGED): State.REVIEWING,
        (State.CHOOSING, EventKind.FINISHED): State.FINISHED,
        (State.WAITING, EventKind.FINISHED): State.FINISHED,  # broken off with an item on the screen
        (State.PAUSED, EventKind.FINISHED): State.FINISHED,  # and during a pause
        (State.BETWEEN, EventKind.FINISHED): State.FINISHED,  # and between two modules
        (State.REVIEWING, EventKind.FINISHED): State.FINISHED,
    }
)


def next_state(state: State, event: EventKind) -> State:
    """The state after ``event``.

    Raises
    ------
    OutOfTurn : the event is not legal in this state; the message says what is.
    """
    following = TRANSITIONS.get((state, event))
    if following is None:
        legal = " or ".join(repr(e.value) for s, e in TRANSITIONS if s is state) or "nothing"
        raise OutOfTurn(
            f"{event.value!r} cannot happen while the sitting is {state.value}; legal now: {legal}"
        )
    return following
