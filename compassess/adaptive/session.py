"""One sitting without I/O: it says which item is pending, takes answers, and keeps the log.

Rules: (1) every change is an event that the transition table allows; (2) an event that cannot happen
raises and changes nothing; (3) the state is a function of the log, so that replay is the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from compassess.adaptive.choice import REASONS, decide
from compassess.adaptive.draws import checked_seed
from compassess.adaptive.events import (
    LOG_FORMAT,
    Answered,
    Event,
    Finished,
    Presented,
    Started,
    checked_elapsed,
    event_from,
    to_entry,
)
from compassess.adaptive.pending import PendingItem, pending_item, scored_category
from compassess.adaptive.progress import Estimate, Progress, answered, estimate, fresh
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.errors import InputError, OutOfTurn, Problem, ReplayMismatch
from compassess.scoring import Context, concluded, summary, zoned
from compassess.version import engine_version

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.scoring import Conclusion

__all__ = ["Divergence", "Session"]

BROKEN_OFF = "broken_off"


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

    __slots__ = ("_assessment", "_divergences", "_header", "_items", "_snapshot")

    def __init__(self, assessment: Assessment, header: Started) -> None:
        plan = assessment.plan
        start = fresh(plan, np.ones((1, plan.n_items), dtype=bool))
        self._assessment = assessment
        self._header = header
        self._items = {name: index for index, name in enumerate(plan.measurement.items.ids)}
        self._divergences: tuple[Divergence, ...] = ()
        self._snapshot = _Snapshot(
            state=next_state(State.NEW, EventKind.STARTED),
            events=(header,),
            progress=start,
            now=estimate(plan, start),
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
    ) -> Session:
        """A new sitting with its first item presented; see :meth:`Assessment.start`."""
        time = zoned(at)
        header = Started(
            format=LOG_FORMAT,
            engine=engine_version(),
            bank=assessment.bank.content_hash,
            blueprint=assessment.blueprint.content_hash,
            bands=assessment.bands.content_hash,
            strategies=assessment.strategies,
            examinee=_checked_examinee(examinee),
            seed=checked_seed(seed),
            language=_checked_language(language, assessment.bank.languages),
            at=time,
        )
        session = cls(assessment, header)
        session._snapshot = session._advanced(session._snapshot, time)
        return session

    @property
    def pending(self) -> PendingItem | None:
        """The item that waits for an answer, in the sitting's language; None when finished."""
        if not self._waiting:
            return None
        shown = self._last_presented()
        item = self._assessment.bank.item(shown.item)
        plan = self._assessment.plan
        longest = min(plan.longest, plan.n_items)
        return pending_item(item, self._header.language, shown.step, longest)

    @property
    def finished(self) -> bool:
        """Whether the sitting is over."""
        return self._snapshot.state is State.FINISHED

    @property
    def stop_reason(self) -> str | None:
        """Why it is over: "precision", "length", "pool_exhausted", "broken_off"; None before."""
        last = self._snapshot.events[-1]
        return last.reason if isinstance(last, Finished) else None

    @property
    def language(self) -> str | None:
        """The language in which items are shown."""
        return self._header.language

    @property
    def n_answered(self) -> int:
        """Number of answers so far."""
        return int(self._snapshot.progress.length[0])

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

    def break_off(self, at: datetime | str | None = None) -> None:
        """End the sitting now, before its rules would; what was answered can still be concluded on.

        Raises
        ------
        OutOfTurn : the sitting is over already.
        """
        self._snapshot = _appended(self._snapshot, Finished(reason=BROKEN_OFF, at=zoned(at)))

    def conclude(self, at: datetime | str | None = None) -> Conclusion:
        """The conclusion from the answers so far; before the end it carries the flag "incomplete".

        ``at`` is the time of the conclusion; without one ``valid_until`` is None.
        """
        assessment, snapshot = self._assessment, self._snapshot
        context = Context(
            provenance=assessment.provenance,
            examinee=self._header.examinee,
            at=at,
            stop_reason=self.stop_reason,
            flags=self._flags(),
        )
        values = summary(assessment.interpretation, snapshot.now.likelihood, snapshot.now.posterior)
        return concluded(
            assessment.interpretation,
            values,
            0,
            snapshot.progress.by_competency[0].astype(np.intp),
            context,
        )

    # ---- replay ---------------------------------------------------------------------------------

    @classmethod
    def replay(cls, assessment: Assessment, log: Sequence[dict[str, Any]]) -> Session:
        """Rebuild the very same session from what was logged.

        Items are presented as the log says; where the engine would have chosen otherwise,
        ``divergences`` tells. An unfinished log gives a session that can go on.

        Raises
        ------
        ReplayMismatch : the log belongs to other files, or could not have happened.
        """
        events = [event_from(entry, position) for position, entry in enumerate(log)]
        if not events or not isinstance(events[0], Started):
            raise ReplayMismatch("log[0]: expected the event 'started'")
        _refuse_other_files(events[0], assessment)
        _refuse_other_language(events[0], assessment)
        session = cls(assessment, events[0])
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
            elif isinstance(event, Presented | Finished):
                self._compare(event, position)
                self._snapshot = _appended(self._snapshot, event)
            else:
                next_state(self._snapshot.state, event.kind)
        except (OutOfTurn, InputError) as error:
            raise ReplayMismatch(f"log[{position}]: {error}") from error

    def _refuse_other_step(self, event: Answered, position: int) -> None:
        next_state(self._snapshot.state, event.kind)
        shown = self._last_presented()
        if (event.item, event.step) != (shown.item, shown.step):
            raise ReplayMismatch(
                f"log[{position}]: answers {event.item!r} at step {event.step}, but {shown.item!r} was "
                f"pending at step {shown.step}"
            )

    def _compare(self, event: Presented | Finished, position: int) -> None:
        """Refuse what could not have happened; note what the engine would have done otherwise."""
        next_state(self._snapshot.state, event.kind)
        progress = self._snapshot.progress
        step = int(progress.length[0]) + 1
        if isinstance(event, Finished) and event.reason == BROKEN_OFF and self._waiting:
            return
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
            now=estimate(plan, progress),
        )

    def _own_event(self, snapshot: _Snapshot, at: str | None) -> Presented | Finished:
        """What the rules say now: the next item, or the end."""
        plan = self._assessment.plan
        seeds = np.array([self._header.seed], dtype=np.uint64)
        decision = decide(plan, snapshot.progress, snapshot.now, seeds)
        reason = REASONS[int(decision.reason[0])]
        if reason:
            return Finished(reason=reason, at=at)
        item = plan.measurement.items.ids[int(decision.item[0])]
        return Presented(step=int(snapshot.progress.length[0]) + 1, item=item, at=at)

    def _advanced(self, snapshot: _Snapshot, at: str | None) -> _Snapshot:
        return _appended(snapshot, self._own_event(snapshot, at))

    def _flags(self) -> tuple[str, ...]:
        flags = []
        if not self.finished or self.stop_reason == BROKEN_OFF:
            flags.append("incomplete")
        known = self._assessment.plan.stopping.satisfied(
            self._snapshot.now.block_se, self._assessment.plan.targets
        )
        if self.finished and not bool(known.all()):
            flags.append("precision_not_reached")
        return tuple(flags)


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


def _refuse_other_files(header: Started, assessment: Assessment) -> None:
    """Every part of the header that belongs to something else, in one message."""
    own = {
        "format": LOG_FORMAT,
        "bank": assessment.bank.content_hash,
        "blueprint": assessment.blueprint.content_hash,
        "bands": assessment.bands.content_hash,
        "strategies": assessment.strategies,
    }
    differing = [name for name, value in own.items() if getattr(header, name) != value]
    if differing:
        told = "; ".join(f"{n}: log {getattr(header, n)!r}, here {own[n]!r}" for n in differing)
        raise ReplayMismatch(f"log[0]: the log belongs to other files ({told})")


def _refuse_other_language(header: Started, assessment: Assessment) -> None:
    try:
        own = _checked_language(header.language, assessment.bank.languages)
    except InputError as error:
        raise ReplayMismatch(f"log[0]: {error}") from error
    if own != header.language:
        raise ReplayMismatch(f"log[0].language: log {header.language!r}, but a sitting is in {own!r}")


def _checked_examinee(examinee: str | None) -> str | None:
    if examinee is not None and not isinstance(examinee, str):
        raise InputError(
            Problem(where="examinee", what="not a pseudonym", got=repr(examinee), expected="text or None")
        )
    return examinee


def _checked_language(language: str | None, languages: Sequence[str]) -> str | None:
    if language is None:
        return languages[0] if languages else None
    if language not in languages:
        raise InputError(
            Problem(
                where="language",
                what="the bank has no texts in it",
                got=repr(language),
                expected=" or ".join(languages) or "None: this bank has no texts",
            )
        )
    return language
