"""One sitting without I/O: it says which item is pending, takes answers, and keeps the log.

Rules: (1) every change is an event that the transition table allows; (2) an event that cannot happen
raises and changes nothing; (3) the state is a function of the log, so that replay is the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compassess.adaptive.confirmation import First, first_again, first_of, log_hash
from compassess.adaptive.events import Answered, Finished, Skipped, Started
from compassess.adaptive.exposing import exposure_of
from compassess.adaptive.hall import Hall
from compassess.adaptive.handed_in import checked_break_off, checked_elapsed, checked_skip
from compassess.adaptive.header import (
    header_for,
    refuse_other_blocks,
    refuse_other_exposure,
    refuse_other_files,
    refuse_other_language,
)
from compassess.adaptive.log_entries import to_entry
from compassess.adaptive.log_reading import events_of
from compassess.adaptive.outcome import conclusion_at, quality_at
from compassess.adaptive.pending import PendingItem
from compassess.adaptive.replaying import Divergence, replayed
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.stopping import Decisions
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.errors import OutOfTurn
from compassess.scoring import zoned

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.adaptive.exposure import ExposureRecord, SittingExposure
    from compassess.scoring import Conclusion
    from compassess.scoring.quality import QualityRules, ResponseQuality, TimeModel

__all__ = ["Session"]


class Session(Hall):
    """A sitting. Use it from one thread; start it with :meth:`Assessment.start`.

    ``pending`` is the item that waits for an answer, None when the sitting is over. ``log`` is the
    append-only record. ``divergences`` is empty but after a replay that met other choices.
    """

    __slots__ = ("_divergences",)

    def __init__(
        self, sitting: Sitting, snapshot: Snapshot, divergences: tuple[Divergence, ...] = ()
    ) -> None:
        self._sitting = sitting
        self._snapshot = snapshot
        self._divergences = divergences

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
        time_factor: float | None = None,
        prior: Mapping[str, Sequence[float]] | None = None,
        exposure: ExposureRecord | None = None,
    ) -> Session:
        """A new sitting with its first item presented; see :meth:`Assessment.start`."""
        time = zoned(at)
        first = None if confirms is None else first_of(assessment, confirms, examinee, cls.replay)
        header = header_for(
            assessment,
            examinee=examinee if first is None else first.examinee,
            seed=seed,
            language=language,
            at=time,
            confirms=None if first is None else first.log_hash,
            time_factor=time_factor,
            prior=prior,
            exposure=exposure,
        )
        sitting = Sitting.of(assessment, header, first)
        return cls(sitting, sitting.advanced(sitting.opening(), time))

    @property
    def pending(self) -> PendingItem | None:
        """The item that waits for an answer, in the sitting's language; None at the end, and in a pause."""
        if not self._snapshot.waiting:
            return None
        shown = self._snapshot.shown
        language = self._snapshot.language(self._sitting.header.language, pending=True)
        return self._as_shown(shown.item, shown.step, language)

    @property
    def finished(self) -> bool:
        """Whether the sitting is over."""
        return self._snapshot.state is State.FINISHED

    @property
    def stop_reason(self) -> str | None:
        """Why it is over: "precision", "length", "pool_exhausted", or how it was broken off; None before."""
        return self._snapshot.stop_reason

    @property
    def n_answered(self) -> int:
        """Number of answers so far that count: pilot items and items withdrawn do not."""
        return len(self._snapshot.answers)

    @property
    def log(self) -> tuple[dict[str, Any], ...]:
        """What happened, as new plain JSON dicts; the first names engine, files by hash, and seed."""
        return tuple(to_entry(event) for event in self._snapshot.events)

    @property
    def decisions(self) -> tuple[Decisions, ...]:
        """What the classification rules of the blueprint have decided so far, one a rule."""
        return self._sitting.decisions(self._snapshot)

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
        self._snapshot = self._sitting.advanced(self._sitting.after_answer(self._snapshot, event), event.at)

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
        self._snapshot = self._sitting.advanced(self._sitting.after_skip(self._snapshot, event), event.at)

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
        self._snapshot = self._sitting.after_break_off(self._snapshot, event)

    def conclude(
        self, at: datetime | str | None = None, *, quality: ResponseQuality | None = None
    ) -> Conclusion:
        """The conclusion from the answers so far; before the end it carries the flag "incomplete".

        A second sitting concludes from both. ``at`` is the time of the conclusion; without one
        ``valid_until`` is None. Validity is counted from the time at which the sitting began, where that
        was handed in, however late the conclusion is drawn. ``quality``, what :meth:`response_quality` found,
        adds its flags and changes nothing else.
        """
        return conclusion_at(self._sitting, self._snapshot, at, quality)

    def response_quality(
        self,
        *,
        rules: QualityRules | None = None,
        time_thresholds: float | Mapping[str, float] | None = None,
        time_model: TimeModel | None = None,
    ) -> ResponseQuality:
        """Signs that the answers may not mean what they usually mean; they change no score.

        Of this sitting's own answers: whether they fit together, runs and patterns of positions, and, where
        times were handed in and there is something to judge them by, haste and unusual times.

        Parameters
        ----------
        time_thresholds : seconds below which an answer is rapid, one for all items or by item.
        time_model : known items of the lognormal model.

        Raises
        ------
        InputError : nothing was answered; thresholds that are not positive.
        """
        return quality_at(
            self._sitting,
            self._snapshot,
            rules=rules,
            time_thresholds=time_thresholds,
            time_model=time_model,
        )

    def exposure(self) -> SittingExposure:
        """What this sitting adds to an exposure record, once it is over.

        Raises
        ------
        OutOfTurn : the sitting goes on.
        InputError : the blueprint's exposure control draws from no record.
        """
        if not self.finished:
            raise OutOfTurn("a sitting is counted in an exposure record when it is over; this one goes on")
        return exposure_of(self._sitting, self._snapshot)

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
        header, events = events_of(log)
        refuse_other_files(header, assessment)
        refuse_other_language(header, assessment)
        refuse_other_blocks(header, assessment)
        refuse_other_exposure(header, assessment)
        first = first_again(assessment, header, confirms, cls.replay)
        sitting = Sitting.of(assessment, header, first)
        return cls(sitting, *replayed(sitting, events[1:]))

    # ---- inside ---------------------------------------------------------------------------------

    def _step_of(self, item_id: str) -> int:
        """The step at which ``item_id`` is pending; OutOfTurn if it is not."""
        next_state(self._snapshot.state, EventKind.ANSWERED)
        shown = self._snapshot.shown
        if item_id != shown.item:
            raise OutOfTurn(f"item {item_id!r} is not pending; {shown.item!r} is, at step {shown.step}")
        return shown.step

    @property
    def header(self) -> Started:
        """What the sitting stands on: the first entry of its log."""
        return self._sitting.header

    def as_first(self) -> First:
        """What a second sitting takes over from this one."""
        return First(
            log_hash=log_hash(self.log),
            examinee=self._sitting.header.examinee,
            progress=self._snapshot.progress,
            left=self._sitting.left(self._snapshot),
            pilots=self._snapshot.pilots,
        )
