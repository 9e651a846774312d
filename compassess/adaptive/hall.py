"""What else may happen in a sitting: looking back, a withdrawn item, another language, a pause.

Rule: like an answer, each of these is an event of the log; one that cannot happen raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from compassess.adaptive.collecting import Collected, after_collection
from compassess.adaptive.events import (
    Changed,
    Finished,
    Paused,
    Resumed,
    Returned,
    Reviewing,
    Switched,
    Withdrawn,
)
from compassess.adaptive.explaining import explained
from compassess.adaptive.handed_in import checked_elapsed, checked_words
from compassess.adaptive.header import checked_switch
from compassess.adaptive.looking_ahead import items_ahead
from compassess.adaptive.pending import PendingItem, pending_item
from compassess.adaptive.replaying import lost
from compassess.adaptive.revising import after_change, after_return, after_withdrawal
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.standing import Standing
from compassess.adaptive.timing import TimeUsed, limit_of, time_used
from compassess.adaptive.transitions import EventKind, State, next_state
from compassess.errors import OutOfTurn
from compassess.scoring import ChoiceExplained, zoned

__all__ = ["Hall"]


class Hall:
    """The part of a session that is about more than the pending item; see :class:`Session`."""

    __slots__ = ("_sitting", "_snapshot")

    _sitting: Sitting
    _snapshot: Snapshot

    # ---- looking back ---------------------------------------------------------------------------

    @property
    def skipped(self) -> tuple[PendingItem, ...]:
        """Omitted items that may be answered now after all, where the blueprint allows it."""
        return self._shown_again(self._sitting.returnable(self._snapshot))

    @property
    def changeable(self) -> tuple[PendingItem, ...]:
        """Answered items whose answers may be changed now, where the blueprint allows it."""
        return self._shown_again(self._sitting.changeable(self._snapshot))

    @property
    def reviewing(self) -> bool:
        """Whether the rules have found the end, and the examinee may look back until :meth:`finish`."""
        return self._snapshot.state is State.REVIEWING

    def answer_skipped(
        self,
        item_id: str,
        response: str | int,
        at: datetime | str | None = None,
        elapsed: float | None = None,
    ) -> None:
        """Answer an item that was omitted before; the pending item stays pending.

        Until then, and if it never comes, the omission scores by the blueprint's policy. θ is computed anew;
        choices made in the meantime stand.

        Raises
        ------
        OutOfTurn : it was not omitted, or the blueprint (``review.returning``) does not allow it.
        InputError : no such option, a time without a zone. Nothing has changed.
        """
        event = Returned(
            step=self._step_of_earlier(item_id, EventKind.RETURNED),
            item=item_id,
            response=response,
            at=zoned(at),
            elapsed=checked_elapsed(elapsed),
        )
        self._snapshot = after_return(self._sitting, self._snapshot, event)

    def change(
        self,
        item_id: str,
        response: str | int,
        at: datetime | str | None = None,
        elapsed: float | None = None,
    ) -> None:
        """Replace the answer to an earlier item; the pending item stays pending.

        Raises
        ------
        OutOfTurn : it was not answered, or the blueprint (``review.changing``) does not allow it.
        InputError : no such option, a time without a zone. Nothing has changed.
        """
        event = Changed(
            step=self._step_of_earlier(item_id, EventKind.CHANGED),
            item=item_id,
            response=response,
            at=zoned(at),
            elapsed=checked_elapsed(elapsed),
        )
        self._snapshot = after_change(self._sitting, self._snapshot, event)

    def finish(self, at: datetime | str | None = None) -> None:
        """End the review, and with it the sitting; OutOfTurn where there is no review."""
        if not self.reviewing:
            next_state(self._snapshot.state, EventKind.RETURNED)  # tells what is legal after the end
            raise OutOfTurn("the rules have not found the end; break_off() ends a sitting before it")
        held = self._snapshot.events
        reason = next(event.reason for event in reversed(held) if isinstance(event, Reviewing))
        event = Finished(reason=reason, at=zoned(at))
        self._snapshot = self._sitting.after_review(self._snapshot, event)

    @property
    def between_modules(self) -> bool:
        """Whether a module has no item left and the examinee may look back until :meth:`next_module`."""
        return self._snapshot.state is State.BETWEEN

    def next_module(self, at: datetime | str | None = None) -> None:
        """Hand the module in and go on with the next; its answers stand from then on.

        Raises
        ------
        OutOfTurn : no module waits to be handed in.
        """
        if not self.between_modules:
            raise OutOfTurn("no module waits to be handed in")
        self._snapshot = self._sitting.advanced(self._snapshot, zoned(at))

    # ---- without the engine ---------------------------------------------------------------------

    def ahead(self, n: int) -> tuple[PendingItem, ...]:
        """The next n items after the pending one, were the engine away; see :mod:`.looking_ahead`.

        Take the list anew after every event: it belongs to this moment. Fewer than n where the greatest
        length or the pool ends it; empty where no item waits.
        """
        if not self._snapshot.waiting:
            return ()
        steps = count(self._snapshot.shown.step + 1)
        names = items_ahead(self._sitting, self._snapshot, n)
        return tuple(
            self._as_shown(name, step, self.language) for name, step in zip(names, steps, strict=False)
        )

    def hand_in(self, collected: Sequence[Collected]) -> None:
        """Take in what was collected for the pending item and the items of :meth:`ahead`, and go on.

        Raises
        ------
        OutOfTurn : no item waits, or an item is not the next of the list. Nothing has changed.
        InputError : an answer, reason or time that is none. Nothing has changed.
        """
        self._snapshot = after_collection(self._sitting, self._snapshot, collected)

    def explain(self, step: int | None = None) -> ChoiceExplained:
        """Why the item of a step (from 1; default the last) was presented.

        What was known of the blocks, the rule that applied, every item that could have come with its worth
        and place, and the draw; ``compassess.report.choice_sentences`` says it in words.

        Raises
        ------
        InputError : there was no such step.
        """
        return explained(self._sitting, self._snapshot, step)

    # ---- the hall -------------------------------------------------------------------------------

    def withdraw(self, item_id: str, reason: str, at: datetime | str | None = None) -> None:
        """Take an item out of this sitting: it is never presented again, and its evidence is taken out.

        The pending item is then technically lost, and another takes its place. An item that was answered
        counts for nothing any more; items chosen because of it stay. ``reason`` is free text for the log.

        Raises
        ------
        OutOfTurn : it was withdrawn before, or no item waits (after the end a correction is for
            :func:`compassess.adaptive.rescore`).
        InputError : no such item, no reason. Nothing has changed.
        """
        event = Withdrawn(item=item_id, reason=checked_words(reason, "reason"), at=zoned(at))
        snapshot = after_withdrawal(self._sitting, self._snapshot, event)
        if snapshot.shown.item == item_id:
            without = self._sitting.after_skip(snapshot, lost(snapshot.shown, event.at))
            snapshot = self._sitting.advanced(without, event.at)
        self._snapshot = snapshot

    def switch_language(self, language: str, at: datetime | str | None = None) -> None:
        """Show items from the next one on in another language of the bank; the pending one stays as it is.

        Raises
        ------
        OutOfTurn : no item waits. InputError : the bank has no texts in it.
        """
        checked_switch(language, self._sitting.assessment.bank.languages)
        self._snapshot = self._snapshot.followed_by(Switched(language=language, at=zoned(at)))

    def pause(self, at: datetime | str | None = None) -> None:
        """Stop the time; the item is covered until :meth:`resume`. OutOfTurn where no item waits."""
        self._snapshot = self._snapshot.followed_by(Paused(at=zoned(at)))

    def resume(self, at: datetime | str | None = None) -> None:
        """Go on after a pause; OutOfTurn where there is none."""
        self._snapshot = self._snapshot.followed_by(Resumed(at=zoned(at)))

    @property
    def paused(self) -> bool:
        """Whether the sitting is paused."""
        return self._snapshot.state is State.PAUSED

    @property
    def language(self) -> str | None:
        """The language in which the next item is shown."""
        return self._snapshot.language(self._sitting.header.language)

    def time(self, at: datetime | str | None = None) -> TimeUsed:
        """The time used up to ``at`` (default: the last event), pauses left out, and what is left."""
        limits = self._sitting.assessment.blueprint.conduct.time_limits
        return time_used(self._snapshot.events, limits, zoned(at))

    # ---- inside ---------------------------------------------------------------------------------

    def _step_of_earlier(self, item_id: str, kind: EventKind) -> int:
        next_state(self._snapshot.state, kind)
        standing = self._snapshot.standings.get(item_id)
        return 0 if standing is None else standing.step

    def _shown_again(self, earlier: tuple[Standing, ...]) -> tuple[PendingItem, ...]:
        """Earlier items in the language that holds now; none in a pause and after the end."""
        if not (self._snapshot.waiting or self.reviewing or self.between_modules):
            return ()
        return tuple(self._as_shown(one.item, one.step, self.language) for one in earlier)

    def _as_shown(self, item_id: str, step: int, language: str | None) -> PendingItem:
        sitting = self._sitting
        conduct = sitting.assessment.blueprint.conduct
        return pending_item(
            sitting.assessment.bank.item(item_id),
            language,
            step,
            sitting.longest(self._snapshot),
            limit_of(conduct.time_limits.item, sitting.header.time_factor),
        )
