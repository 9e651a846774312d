"""What one sitting is at a moment, and every step from one moment to the next.

Rules: (1) a snapshot is never changed: a step gives a new one or raises; (2) a step asks the transition table
before anything else; (3) what is presented next hangs on the snapshot and the seed only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.choice import decide
from compassess.adaptive.confirmation import First
from compassess.adaptive.events import (
    BREAK_OFFS,
    SKIP_REASONS,
    Answered,
    Event,
    Finished,
    Presented,
    Skipped,
    Started,
)
from compassess.adaptive.outcome import decisions, shortfalls
from compassess.adaptive.pending import scored_category
from compassess.adaptive.plan import Plan
from compassess.adaptive.progress import Estimate, Progress, answered, estimate, fresh, going_on, left
from compassess.adaptive.stopping import Decisions
from compassess.adaptive.tally import tally
from compassess.adaptive.timing import timed
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.adaptive.view import View
from compassess.scoring import Left

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.bank import Unanswered

__all__ = ["Sitting", "Snapshot"]

_SKIPPED_AS: Final[Mapping[str, Unanswered]] = {code: code for code in SKIP_REASONS}


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
    def shown(self) -> Presented:
        """The event that put the pending item on the screen; only while :attr:`waiting`."""
        last = self.events[-1]
        assert isinstance(last, Presented)
        return last

    @property
    def stop_reason(self) -> str | None:
        """Why the sitting is over; None before."""
        last = self.events[-1]
        return last.reason if isinstance(last, Finished) else None

    @property
    def incomplete(self) -> bool:
        """Whether the rules have not ended the sitting."""
        return self.stop_reason is None or self.stop_reason in BREAK_OFFS

    def followed_by(self, event: Presented | Finished) -> Snapshot:
        """With an event that moves no number."""
        return Snapshot(
            state=next_state(self.state, event.kind),
            events=(*self.events, event),
            progress=self.progress,
            now=self.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sitting:
    """What stays the same from the first item to the last, and the steps that it allows."""

    assessment: Assessment
    header: Started
    first: First | None
    places: Mapping[str, int]

    @classmethod
    def of(cls, assessment: Assessment, header: Started, first: First | None) -> Sitting:
        """A sitting with this header, the second one where there is a ``first``."""
        names = assessment.plan.measurement.items.ids
        places = {name: index for index, name in enumerate(names)}
        return cls(assessment=assessment, header=header, first=first, places=places)

    @property
    def plan(self) -> Plan:
        """The blueprint over the operational items."""
        return self.assessment.plan

    def opening(self) -> Snapshot:
        """Before the first item: what a first sitting presented stays closed."""
        plan = self.plan
        everything = fresh(plan.pool, np.ones((1, plan.n_items), dtype=bool))
        progress = everything if self.first is None else going_on(plan.pool, self.first.progress)
        state = next_state(State.NEW, EventKind.STARTED)
        return Snapshot(state=state, events=(self.header,), progress=progress, now=self._estimate(progress))

    def after_answer(self, snapshot: Snapshot, event: Answered) -> Snapshot:
        """With the answer scored; raises where the item has no such option."""
        state = next_state(snapshot.state, event.kind)
        code = scored_category(self.assessment.bank.item(event.item), event.response)
        progress = answered(
            self.plan.pool,
            snapshot.progress,
            self._place(event.item),
            np.array([code]),
            event.elapsed or 0.0,
        )
        return self._moved(snapshot, event, state, progress)

    def after_skip(self, snapshot: Snapshot, event: Skipped) -> Snapshot:
        """With the pending item left."""
        state = next_state(snapshot.state, event.kind)
        return self._without_answer(snapshot, event, state, _SKIPPED_AS[event.reason], event.elapsed or 0.0)

    def after_break_off(self, snapshot: Snapshot, event: Finished) -> Snapshot:
        """At the end, with the item on the screen left."""
        state = next_state(snapshot.state, event.kind)
        return self._without_answer(snapshot, event, state, BREAK_OFFS[event.reason])

    def advanced(self, snapshot: Snapshot, at: str | None) -> Snapshot:
        """With what the rules say now: the next item, or the end."""
        return snapshot.followed_by(self.own_event(snapshot, at))

    def own_event(self, snapshot: Snapshot, at: str | None) -> Presented | Finished:
        """What the rules say now."""
        plan, progress, now, own = self.plan, snapshot.progress, snapshot.now, None
        if self.first is not None:
            now = self.first.for_choosing(plan.pool, progress, now)
            own = estimate(plan.pool, progress)
        decision = decide(plan, progress, now, np.array([self.header.seed], dtype=np.uint64), own)
        reason = plan.reasons[int(decision.reason[0])]
        if reason:
            return Finished(reason=reason, at=at)
        item = plan.measurement.items.ids[int(decision.item[0])]
        return Presented(step=int(progress.presented[0]) + 1, item=item, at=at)

    def longest(self, snapshot: Snapshot) -> int:
        """The most items that can be presented: losses are made good, and no item comes twice."""
        progress = snapshot.progress
        lost = int(progress.presented[0] - progress.length[0])
        return min(self.plan.longest + lost, int(progress.presented[0] + progress.open_items.sum()))

    def left(self, snapshot: Snapshot) -> Left:
        """What was answered and what was not, in the first sitting too where this one confirms it."""
        own = tally(self.plan.pool, self.places, snapshot.events)
        return own if self.first is None else self.first.left + own

    def flags(self, snapshot: Snapshot) -> tuple[str, ...]:
        """What a conclusion has to say of how this sitting went."""
        flags: list[str] = []
        if snapshot.stop_reason is not None:
            flags += shortfalls(self.plan, self._view(snapshot))
        if self.first is not None and not snapshot.incomplete:
            flags.append("confirmed_by_second_sitting")
        return tuple(flags)

    def decisions(self, snapshot: Snapshot) -> tuple[Decisions, ...]:
        """What the classification rules have decided so far, in a second sitting from its own answers."""
        view = self._view(snapshot)
        if self.first is not None:
            view = replace(view, now=estimate(self.plan.pool, snapshot.progress))
        return decisions(self.plan, view)

    def _without_answer(
        self,
        snapshot: Snapshot,
        event: Skipped | Finished,
        state: State,
        code: Unanswered,
        seconds: float = 0.0,
    ) -> Snapshot:
        """The snapshot in which the pending item has a code instead of an answer."""
        progress = left(
            self.plan.pool,
            snapshot.progress,
            self._place(snapshot.shown.item),
            scores=self.assessment.blueprint.unanswered.scores_lowest(code),
            counts=code != "technically_lost",
            seconds=seconds,
        )
        return self._moved(snapshot, event, state, progress)

    def _moved(
        self, snapshot: Snapshot, event: Answered | Skipped | Finished, state: State, progress: Progress
    ) -> Snapshot:
        progress = timed(progress, self.header.at, event.at)
        return Snapshot(
            state=state,
            events=(*snapshot.events, event),
            progress=progress,
            now=self._estimate(progress),
        )

    def _estimate(self, progress: Progress) -> Estimate:
        """What the answers say, those of the sitting that this one confirms included."""
        return (
            estimate(self.plan.pool, progress)
            if self.first is None
            else self.first.together(self.plan.pool, progress)
        )

    def _view(self, snapshot: Snapshot) -> View:
        seeds = np.array([self.header.seed], dtype=np.uint64)
        return View(pool=self.plan.pool, progress=snapshot.progress, now=snapshot.now, seeds=seeds)

    def _place(self, item: str) -> NDArray[np.intp]:
        return np.array([self.places[item]], dtype=np.intp)
