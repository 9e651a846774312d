"""One sitting: what stays the same from the first item to the last, and every step that leads on.

Rules: (1) a step asks the transition table before anything else, and gives a new snapshot or raises; (2)
what is presented next hangs on the snapshot and the seed only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.attainment import decisions, shortfalls
from compassess.adaptive.choice import Decision, decide
from compassess.adaptive.choosing_prior import pool_from_prior
from compassess.adaptive.confirmation import First
from compassess.adaptive.estimate import Estimate, estimate
from compassess.adaptive.events import (
    BREAK_OFFS,
    SKIP_REASONS,
    Answered,
    Event,
    Finished,
    ModuleDone,
    OwnEvent,
    Presented,
    Reviewing,
    Skipped,
    Started,
)
from compassess.adaptive.evidence import Evidence
from compassess.adaptive.exposing import closed_by
from compassess.adaptive.pending import scored_category
from compassess.adaptive.plan import Plan
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress, fresh, going_on
from compassess.adaptive.seeding import Seeding
from compassess.adaptive.seen import Seen
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.standing import Standing, modules_done
from compassess.adaptive.starting import Opening
from compassess.adaptive.stopping import Decisions
from compassess.adaptive.tally import tally
from compassess.adaptive.timing import timed
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.adaptive.view import View
from compassess.errors import OutOfTurn
from compassess.scoring import Left

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.bank import Unanswered

__all__ = ["Sitting"]

_SKIPPED_AS: Final[Mapping[str, Unanswered]] = {code: code for code in SKIP_REASONS}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sitting:
    """The assessment, the header, a first sitting where there was one, the draw of pilot items.

    ``choosing`` is the pool under the prior from which items are chosen, where one was handed in.
    """

    assessment: Assessment
    header: Started
    first: First | None
    evidence: Evidence
    seeding: Seeding
    choosing: Pool | None

    @classmethod
    def of(cls, assessment: Assessment, header: Started, first: First | None) -> Sitting:
        """A sitting with this header, the second one where there is a ``first``."""
        names = assessment.plan.measurement.items.ids
        evidence = Evidence(
            pool=assessment.plan.pool,
            places={name: index for index, name in enumerate(names)},
            bank=assessment.bank,
            policy=assessment.blueprint.unanswered,
            time_factor=header.time_factor or 1.0,
        )
        rule = assessment.blueprint.conduct.pilot
        return cls(
            assessment=assessment,
            header=header,
            first=first,
            evidence=evidence,
            choosing=None if header.prior is None else pool_from_prior(assessment.plan.pool, header.prior),
            seeding=Seeding.drawn(rule, assessment.bank, header.seed, first.pilots if first else ()),
        )

    @property
    def plan(self) -> Plan:
        """The blueprint over the operational items."""
        return self.assessment.plan

    @property
    def places(self) -> Mapping[str, int]:
        """Where the operational items stand in the pool."""
        return self.evidence.places

    @property
    def pilots_before(self) -> tuple[str, ...]:
        """Pilot items of the first sitting."""
        return () if self.first is None else self.first.pilots

    @property
    def ineligible(self) -> NDArray[np.bool_] | None:
        """What the header closes to this sitting, (1, n_segments, n_items)."""
        return closed_by(self.header.ineligible, self.places)

    # ---- steps ----------------------------------------------------------------------------------

    def opening(self) -> Snapshot:
        """Before the first item: what a first sitting presented stays closed."""
        progress = self.fresh_progress()
        state = next_state(State.NEW, EventKind.STARTED)
        return Snapshot(
            state=state,
            events=(self.header,),
            seen=Seen(),
            progress=progress,
            now=self.estimated(progress),
        )

    def after_answer(self, snapshot: Snapshot, event: Answered) -> Snapshot:
        """With the answer scored; raises where the item has no such option."""
        state = next_state(snapshot.state, event.kind)
        if event.item in snapshot.seen.withdrawn:
            raise OutOfTurn(f"item {event.item!r} was withdrawn; it is not answered any more")
        progress = snapshot.progress
        if event.item in self.places:
            progress = self.evidence.with_answer(progress, event.item, event.response, event.elapsed or 0.0)
        else:  # a pilot item is checked, and moves nothing
            scored_category(self.assessment.bank.item(event.item), event.response)
        return self.moved(snapshot, event, state, progress)

    def after_skip(self, snapshot: Snapshot, event: Skipped) -> Snapshot:
        """With the pending item left."""
        state = next_state(snapshot.state, event.kind)
        return self._without_answer(snapshot, event, state, _SKIPPED_AS[event.reason], event.elapsed or 0.0)

    def after_break_off(self, snapshot: Snapshot, event: Finished) -> Snapshot:
        """At the end, with the item on the screen left; OutOfTurn where there is none but between modules."""
        state = next_state(snapshot.state, event.kind)
        if snapshot.state is State.BETWEEN:
            return snapshot.followed_by(event)
        if not snapshot.on_screen:
            raise OutOfTurn("the rules have found the end; finish() ends the review")
        return self._without_answer(snapshot, event, state, BREAK_OFFS[event.reason])

    def after_review(self, snapshot: Snapshot, event: Finished) -> Snapshot:
        """At the end that the rules had found; OutOfTurn for another reason than theirs."""
        next_state(snapshot.state, event.kind)
        held = next(one for one in reversed(snapshot.events) if isinstance(one, Reviewing))
        if event.reason != held.reason:
            raise OutOfTurn(f"the sitting ends with {held.reason!r} after this review, not {event.reason!r}")
        return snapshot.followed_by(event)

    def advanced(self, snapshot: Snapshot, at: str | None) -> Snapshot:
        """With what the rules say now: the next item, or the end."""
        return snapshot.followed_by(self.own_event(snapshot, at))

    def own_event(self, snapshot: Snapshot, at: str | None) -> OwnEvent:
        """What the rules say now."""
        plan, progress = self.plan, snapshot.progress
        decision = self.decision(snapshot)
        reason = plan.reasons[int(decision.reason[0])]
        if reason:
            ending = Reviewing if self.returnable(snapshot) or self.changeable(snapshot) else Finished
            return ending(reason=reason, at=at)
        done = self._module_done(snapshot, int(decision.item[0]))
        if done is not None:
            return ModuleDone(module=done, at=at)
        step = len(snapshot.presented) + 1
        pilot = self.seeding.due(step, snapshot.pilots, snapshot.seen.withdrawn)
        if pilot is not None and not self._within_set(progress, int(decision.item[0])):
            return Presented(step=step, item=pilot, at=at, by="pilot")
        return Presented(
            step=step,
            item=plan.measurement.items.ids[int(decision.item[0])],
            at=at,
            by=self._reason(progress, owing=bool(decision.owing[0])),
            draw=self.draw(progress, snapshot.now, first=step == 1),
        )

    def decision(self, snapshot: Snapshot, plan: Plan | None = None) -> Decision:
        """What the rules of choice say now, pilot items apart; by another ``plan``, if there is one."""
        plan, progress = plan or self.plan, snapshot.progress
        own = None if self.first is None else estimate(self.plan.pool, progress)
        stands = decide(plan, progress, self.for_stops(snapshot), self.seeds, own)
        if self.choosing is None or stands.reason[0]:
            return stands
        informed = decide(plan, progress, self.informed(self.choosing, snapshot), self.seeds, own)
        return stands if informed.reason[0] else informed

    def at_hand(self, snapshot: Snapshot) -> Estimate:
        """The estimate from which items are chosen."""
        return self.for_stops(snapshot) if self.choosing is None else self.informed(self.choosing, snapshot)

    def returnable(self, snapshot: Snapshot) -> tuple[Standing, ...]:
        """Items that the examinee omitted and may answer after all."""
        review = self.assessment.blueprint.conduct.review
        if not (review.returning or review.within_set):
            return ()
        return tuple(
            one
            for one in snapshot.standings.values()
            if one.left == "omitted"
            and not one.withdrawn
            and (review.returning or self._in_present_set(snapshot, one.item))
        )

    def changeable(self, snapshot: Snapshot) -> tuple[Standing, ...]:
        """Items whose answers the examinee may change."""
        review = self.assessment.blueprint.conduct.review
        if not (review.changing or review.within_set):
            return ()
        return tuple(
            one
            for one in snapshot.standings.values()
            if one.response is not None
            and not one.withdrawn
            and (review.changing or self._in_present_set(snapshot, one.item))
        )

    def _in_present_set(self, snapshot: Snapshot, item: str) -> bool:
        """Whether an item belongs to the set, or the module, of the last item that was answered or left."""
        sets, panels, place = self.plan.pool.sets, self.plan.panels, self.places.get(item)
        if place is None:
            return False
        if panels is not None:
            if snapshot.state is not State.BETWEEN and self._present_module(snapshot) in modules_done(
                snapshot.events
            ):
                return False  # it was handed in
            return bool(panels.items_of_present(snapshot.progress, self.seeds)[0, place])
        return sets is not None and bool(sets.present(snapshot.progress)[0, place])

    def _present_module(self, snapshot: Snapshot) -> str | None:
        """The module of the last item that was answered or left; None of another test."""
        panels = self.plan.panels
        if panels is None:
            return None
        return panels.names[int(panels.present(snapshot.progress, self.seeds)[0])][1]

    def _module_done(self, snapshot: Snapshot, place: int) -> str | None:
        """The module that can be looked back at now, before an item of another one comes; None for none."""
        panels, review = self.plan.panels, self.assessment.blueprint.conduct.review
        if panels is None or not review.before_next_module or snapshot.state is State.BETWEEN:
            return None
        present = panels.present(snapshot.progress, self.seeds)[0]
        name = panels.names[int(present)][1]
        goes_on = panels.module_of[panels.drawn(self.seeds)[0], place] == present
        if goes_on or name in modules_done(snapshot.events):
            return None
        return name if self.returnable(snapshot) or self.changeable(snapshot) else None

    def _within_set(self, progress: Progress, place: int) -> bool:
        """Whether the item at ``place`` goes on with the present set."""
        sets = self.plan.pool.sets
        return sets is not None and bool(sets.present(progress)[0, place])

    # ---- what it amounts to ---------------------------------------------------------------------

    @property
    def seeds(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """The sitting's seed, (1,)."""
        return np.array([self.header.seed], dtype=np.uint64)

    def for_stops(self, snapshot: Snapshot) -> Estimate:
        """The estimate that the rules see: a second sitting is judged by its own errors."""
        if self.first is None:
            return snapshot.now
        return self.first.for_choosing(self.plan.pool, snapshot.progress, snapshot.now)

    def informed(self, pool: Pool, snapshot: Snapshot) -> Estimate:
        """The estimate under the prior for choosing, with the errors that the rules see."""
        own = snapshot.progress
        now = estimate(pool, own) if self.first is None else self.first.together(pool, own)
        return replace(now, block_se=self.for_stops(snapshot).block_se)

    def longest(self, snapshot: Snapshot) -> int:
        """The most items that can be presented: losses are made good, no item comes twice, pilots add."""
        progress = snapshot.progress
        lost = int(progress.presented[0] - progress.length[0])
        counting = min(self.plan.longest + lost, int(progress.presented[0] + progress.n_open.sum()))
        return counting + max(self.seeding.within(counting), len(snapshot.pilots))

    def left(self, snapshot: Snapshot) -> Left:
        """What was answered and what was not, in the first sitting too where this one confirms it."""
        own = tally(self.plan.pool, self.places, snapshot.events)
        return own if self.first is None else self.first.left + own

    def flags(self, snapshot: Snapshot) -> tuple[str, ...]:
        """What a conclusion has to say of how this sitting went."""
        flags: list[str] = []
        if snapshot.stop_reason is not None:
            flags += shortfalls(self.plan, self.view(snapshot.progress, snapshot.now))
        if self.first is not None and not snapshot.incomplete:
            flags.append("confirmed_by_second_sitting")
        return tuple(flags)

    def decisions(self, snapshot: Snapshot) -> tuple[Decisions, ...]:
        """What the classification rules have decided so far, in a second sitting from its own answers."""
        progress = snapshot.progress
        now = snapshot.now if self.first is None else estimate(self.plan.pool, progress)
        return decisions(self.plan, self.view(progress, now))

    def fresh_progress(self) -> Progress:
        """Before the first item."""
        if self.first is not None:
            return going_on(self.plan.pool, self.first.progress, self.ineligible)
        return fresh(self.plan.pool, np.ones((1, self.plan.n_items), dtype=bool), ineligible=self.ineligible)

    def estimated(self, progress: Progress) -> Estimate:
        """What the answers say, those of the sitting that this one confirms included."""
        return (
            estimate(self.plan.pool, progress)
            if self.first is None
            else self.first.together(self.plan.pool, progress)
        )

    def view(self, progress: Progress, now: Estimate) -> View:
        """What strategies may look at."""
        return View(pool=self.plan.pool, progress=progress, now=now, seeds=self.seeds)

    def moved(self, snapshot: Snapshot, event: Event, state: State, progress: Progress) -> Snapshot:
        """With an event and the progress after it; the same progress is not estimated again."""
        now = snapshot.now if progress is snapshot.progress else self.estimated(progress)
        if event.at is not None:
            progress = timed(progress, (*snapshot.events, event))
        return snapshot.after(event, state, progress, now)

    def draw(self, progress: Progress, now: Estimate, *, first: bool) -> float | None:
        """The number that a choice was made with; with panels that of the panel, at the first item."""
        if self.plan.panels is None:
            return float(self.view(progress, now).draw()[0])
        return float(self.plan.panels.draw(self.seeds)[0]) if first else None

    def _reason(self, progress: Progress, *, owing: bool) -> str:
        """What brings the next item: the start, a minimum, or the criterion."""
        if self.plan.panels is not None:
            return "module"
        opening = self.plan.exposure
        if isinstance(opening, Opening) and bool(opening.applies(progress)[0]):
            return "start"
        return "minimum" if owing else "criterion"

    def _without_answer(
        self,
        snapshot: Snapshot,
        event: Skipped | Finished,
        state: State,
        code: Unanswered,
        seconds: float = 0.0,
    ) -> Snapshot:
        """The snapshot in which the pending item has a code instead of an answer."""
        item, progress = snapshot.shown.item, snapshot.progress
        if item in self.places:
            gone = item in snapshot.seen.withdrawn
            progress = self.evidence.without_answer(progress, item, code, seconds, withdrawn=gone)
        return self.moved(snapshot, event, state, progress)
