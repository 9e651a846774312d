"""What one sitting is at a moment.

Rule: a snapshot is never changed: a step gives a new one or raises.
"""

from __future__ import annotations

from dataclasses import dataclass

from compassess.adaptive.estimate import Estimate
from compassess.adaptive.events import (
    BREAK_OFFS,
    Event,
    Finished,
    Paused,
    Presented,
    Resumed,
    Reviewing,
    Switched,
)
from compassess.adaptive.progress import Progress
from compassess.adaptive.standing import Standing, counting_answers, standings
from compassess.adaptive.transitions import State, next_state

__all__ = ["Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Everything that changes in a sitting; replaced as a whole, so that a failure changes nothing."""

    state: State
    events: tuple[Event, ...]
    progress: Progress
    now: Estimate

    @property
    def waiting(self) -> bool:
        """Whether an item waits for an answer."""
        return self.state is State.WAITING

    @property
    def on_screen(self) -> bool:
        """Whether an item waits, or would but for a pause."""
        return self.state in (State.WAITING, State.PAUSED)

    @property
    def shown(self) -> Presented:
        """The event that put the pending item on the screen; only while :attr:`on_screen`."""
        return next(event for event in reversed(self.events) if isinstance(event, Presented))

    @property
    def presented(self) -> tuple[Presented, ...]:
        """Every item so far, pilot items included."""
        return tuple(event for event in self.events if isinstance(event, Presented))

    @property
    def pilots(self) -> tuple[str, ...]:
        """Pilot items so far."""
        return tuple(event.item for event in self.presented if event.by == "pilot")

    @property
    def standings(self) -> dict[str, Standing]:
        """What every item so far stands at."""
        return standings(self.events)

    @property
    def answers(self) -> dict[str, str | int]:
        """The responses that count, by item."""
        return counting_answers(self.events)

    @property
    def stop_reason(self) -> str | None:
        """Why the sitting is over; None before."""
        last = self.events[-1]
        return last.reason if isinstance(last, Finished) else None

    @property
    def incomplete(self) -> bool:
        """Whether the rules have not ended the sitting."""
        if self.state is State.REVIEWING:
            return False
        return self.stop_reason is None or self.stop_reason in BREAK_OFFS

    def followed_by(self, event: Presented | Finished | Paused | Resumed | Reviewing | Switched) -> Snapshot:
        """With an event that moves no number."""
        return Snapshot(
            state=next_state(self.state, event.kind),
            events=(*self.events, event),
            progress=self.progress,
            now=self.now,
        )

    def language(self, first: str | None, *, pending: bool = False) -> str | None:
        """The language that holds now, after ``first``; with ``pending`` that of the item on the screen."""
        events = self.events
        if pending:
            events = events[: events.index(self.shown)]
        switched = [event.language for event in events if isinstance(event, Switched)]
        return switched[-1] if switched else first
