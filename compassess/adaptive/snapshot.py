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
    ModuleDone,
    Paused,
    Presented,
    Resumed,
    Reviewing,
    Switched,
)
from compassess.adaptive.progress import Progress
from compassess.adaptive.seen import Seen
from compassess.adaptive.standing import Standing, counting_answers, standings
from compassess.adaptive.transitions import State, next_state

__all__ = ["Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Everything that changes in a sitting; replaced as a whole, so that a failure changes nothing."""

    state: State
    events: tuple[Event, ...]
    seen: Seen
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
        return self.seen.presented[-1]

    @property
    def presented(self) -> tuple[Presented, ...]:
        """Every item so far, pilot items included."""
        return self.seen.presented

    @property
    def pilots(self) -> tuple[str, ...]:
        """Pilot items so far."""
        return self.seen.pilots

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

    def followed_by(
        self, event: Presented | Finished | Paused | Resumed | ModuleDone | Reviewing | Switched
    ) -> Snapshot:
        """With an event that moves no number."""
        return self.after(event, next_state(self.state, event.kind), self.progress, self.now)

    def after(self, event: Event, state: State, progress: Progress, now: Estimate) -> Snapshot:
        """With an event and what it moved."""
        return Snapshot(
            state=state,
            events=(*self.events, event),
            seen=self.seen.with_event(event),
            progress=progress,
            now=now,
        )

    def language(self, first: str | None, *, pending: bool = False) -> str | None:
        """The language that holds now, after ``first``; with ``pending`` that of the item on the screen."""
        return (self.seen.shown_in if pending else self.seen.language) or first
