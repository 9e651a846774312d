"""One sitting without I/O: it says which item is pending, takes answers, and keeps the log.

Rules: (1) every change is an event that the transition table allows; (2) an event that cannot happen
raises and changes nothing; (3) the state is a function of the log, so that replay is the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from compassess.adaptive.choice import REASONS, decide
from compassess.adaptive.confirmation import First, log_hash, refuse_unconfirmable
from compassess.adaptive.events import (
    BREAK_OFFS,
    SKIP_REASONS,
    Answered,
    Event,
    Finished,
    Presented,
    Skipped,
    Started,
    checked_break_off,
    checked_elapsed,
    checked_skip,
    event_from,
    to_entry,
)
from compassess.adaptive.header import header_for, refuse_other_files, refuse_other_language
from compassess.adaptive.pending import PendingItem, pending_item, scored_category
from compassess.adaptive.progress import Estimate, Progress, answered, estimate, fresh, going_on, left
from compassess.adaptive.tally import tally
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.errors import InputError, OutOfTurn, Problem, ReplayMismatch
from compassess.scoring import Context, concluded, summary, zoned

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.bank import Unanswered
    from compassess.scoring import Conclusion, Left

__all__ = ["Divergence", "Session"]

_SKIPPED_AS: Final[Mapping[str, Unanswered]] = {code: code for code in SKIP_REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A step at which a replayed log holds something else than the engine would have chosen."""

    step: int
    logged: str
    would_choose: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Snapshot:
    """Everything that changes in a sitting; replaced as a whole, so that a failure changes nothing."""

    state: State
    events: tuple[Event, ...]
    progress: Progress
    now: Estimate


class Session:
    """A sitting. Use it from one thread; start it with :meth:`Assessment.start`.

    ``pending`` is the item that waits for an answer, None when the sitting is over. ``log`` is the
    append-only record. ``divergences`` is empty but after a replay that met other choices.
    """

    __slots__ = ("_assessment", "_divergences", "_first", "_header", "_items", "_snapshot")

    def __init__(self, assessment: Assessment, header: Started, first: First | None = None) -> None:
        plan = assessment.plan
        everything = fresh(plan, np.ones((1, plan.n_items), dtype=bool))
        start = everything if first is None else going_on(plan, first.progress)
        self._assessment = assessment
        self._first = first
        self._header = header
        self._items = {name: index for index, name in enumerate(plan.measurement.items.ids)}
        self._divergences: tuple[Divergence, ...] = ()
        self._snapshot = _Snapshot(
            state=next_state(State.NEW, EventKind.STARTED),
            events=(header,),
            progress=start,
            now=self._estimate(start),
        )

    # ---- living ---------------------------------------------------------------------------------

    @classmethod
    def begin(
        cls,
        assessment: Assessment,
        *,
        examinee: str | None,
        seed: int,
        language: str | None,
        at: datetime | str | None,
        confirms: Session | Sequence[dict[str, Any]] | None = None,
    ) -> Session:
        """A new sitting with its first item presented; see :meth:`Assessment.start`."""
        time = zoned(at)
        first = None if confirms is None else _first_of(assessment, confirms, examinee)
        header = header_for(
            assessment,
            examinee=examinee if first is None else first.examinee,
            seed=seed,
            language=language,
            at=time,
            confirms=None if first is None else first.log_hash,
        )
        session = cls(assessment, header, first)
        session._snapshot = session._advanced(session._snapshot, time)
        return session

    @property
    def pending(self) -> PendingItem | None:
        """The item that waits for an answer, in the sitting's language; None when finished."""
        if not self._waiting:
            return None
        shown = self._last_presented()
        item = self._assessment.bank.item(shown.item)
        plan, progress = self._assessment.plan, self._snapshot.progress
        lost = int(progress.presented[0] - progress.length[0])
        longest = min(plan.longest + lost, int(progress.presented[0] + progress.open_items.sum()))
        return pending_item(item, self._header.language, shown.step, longest)

    @property
    def finished(self) -> bool:
        """Whether the sitting is over."""
        return self._snapshot.state is State.FINISHED

    @property
    def stop_reason(self) -> str | None:
        """Why it is over: "precision", "length", "pool_exhausted", or how it was broken off; None before."""
        last = self._snapshot.events[-1]
        return last.reason if isinstance(last, Finished) else None

    @property
    def language(self) -> str | None:
        """The language in which items are shown."""
        return self._header.language

    @property
    def n_answered(self) -> int:
        """Number of answers so far."""
        return sum(isinstance(event, Answered) for event in self._snapshot.events)

    @property
    def log(self) -> tuple[dict[str, Any], ...]:
        """What happened, as new plain JSON dicts; the first names engine, files by hash, and seed."""
        return tuple(to_entry(event) for event in self._snapshot.events)

    @property
    def divergences(self) -> tuple[Divergence, ...]:
        """Where a replayed log holds other items than the engine would have chosen."""
        return self._divergences

    def answer(
        self,
        item_id: str,
        response: str | int,
        at: datetime | str | None = None,
        elapsed: float | None = None,
    ) -> None:
        """Take the answer to the pending item and go on: present the next, or finish.

        Parameters
        ----------
        item_id : the pending item's id, so that a late double click cannot answer the next item.
        response : an option's id; for an item without options the scored category, counted from 0.
        at, elapsed : the time with its zone, and seconds spent; both only kept in the log.

        Raises
        ------
        OutOfTurn : the item is not pending, or the sitting is over. Nothing has changed.
        InputError : no such option or category, a time without a zone. Nothing has changed.
        """
        event = Answered(
            step=self._step_of(item_id),
            item=item_id,
            response=response,
            at=zoned(at),
            elapsed=checked_elapsed(elapsed),
        )
        self._snapshot = self._advanced(self._after_answer(self._snapshot, event), event.at)

    def skip(
        self,
        item_id: str,
        reason: str = "omitted",
        at: datetime | str | None = None,
        elapsed: float | None = None,
    ) -> None:
        """Leave the pending item without an answer and go on; it is never presented again.

        Parameters
        ----------
        item_id : the pending item's id.
        reason : "omitted" by the examinee; "timed_out", a limit of time on the item; "technically_lost", the
            hall's fault: the item then counts for neither coverage nor length, and another takes its place.
            What each scores is the blueprint's policy.
        at, elapsed : as for :meth:`answer`.

        Raises
        ------
        OutOfTurn : the item is not pending, or the sitting is over. Nothing has changed.
        InputError : an unknown reason, a time without a zone. Nothing has changed.
        """
        event = Skipped(
            step=self._step_of(item_id),
            item=item_id,
            reason=checked_skip(reason),
            at=zoned(at),
            elapsed=checked_elapsed(elapsed),
        )
        self._snapshot = self._advanced(self._after_skip(self._snapshot, event), event.at)

    def break_off(self, at: datetime | str | None = None, reason: str = "broken_off") -> None:
        """End the sitting now, before its rules would.

        ``reason`` is "time_is_up", "examinee_left", "technical" or "broken_off". The item on the screen was
        not reached, or is technically lost where the reason is technical. What an incomplete sitting is
        worth is the blueprint's policy; by default no verdict is given.

        Raises
        ------
        OutOfTurn : the sitting is over already.
        InputError : an unknown reason, a time without a zone. Nothing has changed.
        """
        event = Finished(reason=checked_break_off(reason), at=zoned(at))
        self._snapshot = self._after_break_off(self._snapshot, event)

    def conclude(self, at: datetime | str | None = None) -> Conclusion:
        """The conclusion from the answers so far; before the end it carries the flag "incomplete".

        A second sitting concludes from both. ``at`` is the time of the conclusion; without one
        ``valid_until`` is None. Validity is counted from the time at which the sitting began, where that
        was handed in, however late the conclusion is drawn.
        """
        assessment, now = self._assessment, self._snapshot.now
        context = Context(
            provenance=assessment.provenance,
            examinee=self._header.examinee,
            at=at,
            stop_reason=self.stop_reason,
            flags=self._flags(),
            policy=assessment.blueprint.unanswered,
            incomplete=self._incomplete,
            tested_at=self._header.at,
        )
        values = summary(assessment.interpretation, now.likelihood, now.posterior)
        return concluded(assessment.interpretation, values, 0, self._left, context)

    # ---- replay ---------------------------------------------------------------------------------

    @classmethod
    def replay(
        cls,
        assessment: Assessment,
        log: Sequence[dict[str, Any]],
        *,
        confirms: Session | Sequence[dict[str, Any]] | None = None,
    ) -> Session:
        """Rebuild the very same session from what was logged.

        Items are presented as the log says; where the engine would have chosen otherwise,
        ``divergences`` tells. An unfinished log gives a session that can go on. A second sitting is
        replayed with the log of the first, ``confirms``, which its header names by hash.

        Raises
        ------
        ReplayMismatch : the log belongs to other files, or could not have happened.
        """
        events = [event_from(entry, position) for position, entry in enumerate(log)]
        if not events or not isinstance(events[0], Started):
            raise ReplayMismatch("log[0]: expected the event 'started'")
        refuse_other_files(events[0], assessment)
        refuse_other_language(events[0], assessment)
        session = cls(assessment, events[0], _first_again(assessment, events[0], confirms))
        for position, event in enumerate(events[1:], start=1):
            session._take(event, position)
        if session._snapshot.state is State.CHOOSING:
            session._snapshot = session._advanced(session._snapshot, None)
        return session

    def _take(self, event: Event, position: int) -> None:
        """Let a logged event happen again."""
        try:
            if isinstance(event, Answered):
                self._refuse_other_step(event, position)
                self._snapshot = self._after_answer(self._snapshot, event)
            elif isinstance(event, Skipped):
                self._refuse_other_step(event, position)
                checked_skip(event.reason)
                self._snapshot = self._after_skip(self._snapshot, event)
            elif isinstance(event, Finished) and event.reason in BREAK_OFFS and self._waiting:
                self._snapshot = self._after_break_off(self._snapshot, event)
            elif isinstance(event, Presented | Finished):
                self._compare(event, position)
                self._snapshot = _appended(self._snapshot, event)
            else:
                next_state(self._snapshot.state, event.kind)
        except (OutOfTurn, InputError) as error:
            raise ReplayMismatch(f"log[{position}]: {error}") from error

    def _refuse_other_step(self, event: Answered | Skipped, position: int) -> None:
        next_state(self._snapshot.state, event.kind)
        shown = self._last_presented()
        if (event.item, event.step) != (shown.item, shown.step):
            raise ReplayMismatch(
                f"log[{position}]: {event.kind.value} {event.item!r} at step {event.step}, "
                f"but {shown.item!r} was pending at step {shown.step}"
            )

    def _compare(self, event: Presented | Finished, position: int) -> None:
        """Refuse what could not have happened; note what the engine would have done otherwise."""
        next_state(self._snapshot.state, event.kind)
        progress = self._snapshot.progress
        step = int(progress.presented[0]) + 1
        if isinstance(event, Presented):
            if event.step != step or not self._could_be_presented(event.item):
                raise ReplayMismatch(
                    f"log[{position}]: item {event.item!r} could not be presented at step {event.step}: "
                    "it is not operational in this bank, was presented before, is more than the blueprint "
                    "allows, or the step is wrong"
                )
        elif not self._could_end(event.reason):
            raise ReplayMismatch(f"log[{position}]: {event.reason!r} could not have ended this sitting")
        own = self._own_event(self._snapshot, None)
        logged, chosen = _words(event), _words(own)
        if logged != chosen:
            note = Divergence(step=step, logged=logged, would_choose=chosen)
            self._divergences = (*self._divergences, note)

    def _could_be_presented(self, item_id: str) -> bool:
        """Whether bank, blueprint and the items before allow it, however good the item was."""
        plan, progress = self._assessment.plan, self._snapshot.progress
        place = self._items.get(item_id)
        if place is None or not progress.open_items[0, place] or progress.length[0] >= plan.longest:
            return False
        competency = plan.competency[place]
        return bool(progress.by_competency[0, competency] < plan.maximum[competency])

    def _could_end(self, reason: str) -> bool:
        """Whether a rule gives this reason here; at the greatest length, and only there, "length" does."""
        at_greatest_length = bool(self._snapshot.progress.length[0] >= self._assessment.plan.longest)
        return not self._waiting and reason in REASONS[1:] and (reason == REASONS[1]) is at_greatest_length

    # ---- inside ---------------------------------------------------------------------------------

    @property
    def _waiting(self) -> bool:
        return self._snapshot.state is State.WAITING

    def _last_presented(self) -> Presented:
        last = self._snapshot.events[-1]
        assert isinstance(last, Presented)
        return last

    def _step_of(self, item_id: str) -> int:
        """The step at which ``item_id`` is pending; OutOfTurn if it is not."""
        next_state(self._snapshot.state, EventKind.ANSWERED)
        shown = self._last_presented()
        if item_id != shown.item:
            raise OutOfTurn(f"item {item_id!r} is not pending; {shown.item!r} is, at step {shown.step}")
        return shown.step

    def _after_answer(self, snapshot: _Snapshot, event: Answered) -> _Snapshot:
        """The snapshot with the answer scored; raises before anything is changed."""
        item = self._assessment.bank.item(event.item)
        code = scored_category(item, event.response)
        plan = self._assessment.plan
        places = np.array([self._items[event.item]], dtype=np.intp)
        progress = answered(plan, snapshot.progress, places, np.array([code]))
        return _Snapshot(
            state=next_state(snapshot.state, event.kind),
            events=(*snapshot.events, event),
            progress=progress,
            now=self._estimate(progress),
        )

    def _after_skip(self, snapshot: _Snapshot, event: Skipped) -> _Snapshot:
        """The snapshot with the pending item left."""
        state = next_state(snapshot.state, event.kind)
        return self._without_answer(snapshot, event, state, _SKIPPED_AS[event.reason])

    def _after_break_off(self, snapshot: _Snapshot, event: Finished) -> _Snapshot:
        """The snapshot at the end, with the item on the screen left."""
        state = next_state(snapshot.state, event.kind)
        return self._without_answer(snapshot, event, state, BREAK_OFFS[event.reason])

    def _without_answer(
        self, snapshot: _Snapshot, event: Skipped | Finished, state: State, code: Unanswered
    ) -> _Snapshot:
        """The snapshot in which the item presented last has a code instead of an answer."""
        shown = snapshot.events[-1]
        assert isinstance(shown, Presented)
        progress = left(
            self._assessment.plan,
            snapshot.progress,
            np.array([self._items[shown.item]], dtype=np.intp),
            scores=self._assessment.blueprint.unanswered.scores_lowest(code),
            counts=code != "technically_lost",
        )
        return _Snapshot(
            state=state,
            events=(*snapshot.events, event),
            progress=progress,
            now=self._estimate(progress),
        )

    def _estimate(self, progress: Progress) -> Estimate:
        """What the answers say, those of the sitting that this one confirms included."""
        plan = self._assessment.plan
        return estimate(plan, progress) if self._first is None else self._first.together(plan, progress)

    def _own_event(self, snapshot: _Snapshot, at: str | None) -> Presented | Finished:
        """What the rules say now: the next item, or the end."""
        plan, progress, now = self._assessment.plan, snapshot.progress, snapshot.now
        if self._first is not None:
            now = self._first.for_choosing(plan, progress, now)
        seeds = np.array([self._header.seed], dtype=np.uint64)
        decision = decide(plan, progress, now, seeds)
        reason = REASONS[int(decision.reason[0])]
        if reason:
            return Finished(reason=reason, at=at)
        item = plan.measurement.items.ids[int(decision.item[0])]
        return Presented(step=int(progress.presented[0]) + 1, item=item, at=at)

    def _advanced(self, snapshot: _Snapshot, at: str | None) -> _Snapshot:
        return _appended(snapshot, self._own_event(snapshot, at))

    @property
    def _incomplete(self) -> bool:
        """Whether the rules have not ended this sitting."""
        return not self.finished or self.stop_reason in BREAK_OFFS

    @property
    def _left(self) -> Left:
        """What was answered and what was not, in the first sitting too where this one confirms it."""
        own = tally(self._assessment.plan, self._items, self._snapshot.events)
        return own if self._first is None else self._first.left + own

    def _flags(self) -> tuple[str, ...]:
        flags = []
        known = self._assessment.plan.stopping.satisfied(
            self._snapshot.now.block_se, self._assessment.plan.targets
        )
        if self.finished and not bool(known.all()):
            flags.append("precision_not_reached")
        if self._first is not None and not self._incomplete:
            flags.append("confirmed_by_second_sitting")
        return tuple(flags)

    def _as_first(self) -> First:
        """What a second sitting takes over from this one."""
        return First(
            log_hash=log_hash(self.log),
            examinee=self._header.examinee,
            progress=self._snapshot.progress,
            left=self._left,
        )


def _appended(snapshot: _Snapshot, event: Presented | Finished) -> _Snapshot:
    """The snapshot with an event that moves no number."""
    return _Snapshot(
        state=next_state(snapshot.state, event.kind),
        events=(*snapshot.events, event),
        progress=snapshot.progress,
        now=snapshot.now,
    )


def _words(event: Presented | Finished) -> str:
    return event.item if isinstance(event, Presented) else f"finish ({event.reason})"


def _first_of(
    assessment: Assessment, confirms: Session | Sequence[dict[str, Any]], examinee: str | None
) -> First:
    """The sitting that is to be confirmed; InputError where it cannot be, with what to do."""
    try:
        first = confirms if isinstance(confirms, Session) else Session.replay(assessment, confirms)
    except ReplayMismatch as error:
        what = "no log of a first sitting of this assessment"
        raise InputError(Problem(where="confirms", what=what, got=str(error))) from error
    refuse_unconfirmable(assessment, first._header, first.stop_reason, examinee)
    return first._as_first()


def _first_again(
    assessment: Assessment, header: Started, confirms: Session | Sequence[dict[str, Any]] | None
) -> First | None:
    """The first sitting of a log that is replayed; ReplayMismatch where the header names another."""
    if header.confirms is None and confirms is None:
        return None
    if confirms is None:
        raise ReplayMismatch(
            "log[0].confirms: this is a second sitting; "
            f"hand over the log of the first, {header.confirms}, as confirms"
        )
    log = confirms.log if isinstance(confirms, Session) else confirms
    if header.confirms != log_hash(log):
        raise ReplayMismatch(f"log[0].confirms: log {header.confirms!r}, but confirms is {log_hash(log)}")
    try:
        return _first_of(assessment, confirms, header.examinee)
    except InputError as error:
        raise ReplayMismatch(f"log[0].confirms: {error}") from error
