"""Steps that reach back: an omitted item answered after all, an answer changed, an item withdrawn.

Rules: (1) θ is computed anew from what every item then stands at; (2) choices that were made already stand;
(3) a pilot item may be returned to and changed like any other, because nobody can tell it from the others.
"""

from __future__ import annotations

from compassess.adaptive.events import Changed, Event, Returned, Withdrawn
from compassess.adaptive.pending import scored_category
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.standing import Standing, standings
from compassess.adaptive.transitions import State, next_state
from compassess.errors import InputError, OutOfTurn, Problem

__all__ = ["after_change", "after_return", "after_withdrawal"]


def after_return(sitting: Sitting, snapshot: Snapshot, event: Returned) -> Snapshot:
    """With an answer where there was an omission; OutOfTurn where there was none, or none may be mended."""
    state = next_state(snapshot.state, event.kind)
    _refuse_unless(event, sitting.returnable(snapshot), "was not omitted, or may not be returned to")
    return _anew(sitting, snapshot, event, state)


def after_change(sitting: Sitting, snapshot: Snapshot, event: Changed) -> Snapshot:
    """With another answer; OutOfTurn where there was none, or none may be changed."""
    state = next_state(snapshot.state, event.kind)
    _refuse_unless(event, sitting.changeable(snapshot), "was not answered, or may not be changed")
    return _anew(sitting, snapshot, event, state)


def after_withdrawal(sitting: Sitting, snapshot: Snapshot, event: Withdrawn) -> Snapshot:
    """Without an item's evidence; InputError where no sitting presents it, OutOfTurn the second time."""
    state = next_state(snapshot.state, event.kind)
    if sitting.assessment.bank.item(event.item).status not in ("operational", "pilot"):
        raise InputError(
            Problem(
                where=f"item {event.item!r}", what="no sitting presents it", expected="operational or pilot"
            )
        )
    if event.item in snapshot.seen.withdrawn:
        raise OutOfTurn(f"item {event.item!r} was withdrawn before")
    return _anew(sitting, snapshot, event, state)


def _anew(
    sitting: Sitting, snapshot: Snapshot, event: Returned | Changed | Withdrawn, state: State
) -> Snapshot:
    """With everything that every item stands at added up again; the response is checked here."""
    if not isinstance(event, Withdrawn):
        scored_category(sitting.assessment.bank.item(event.item), event.response)
    events: tuple[Event, ...] = (*snapshot.events, event)
    progress = sitting.evidence.anew(
        sitting.fresh_progress(), standings(events).values(), snapshot.seen.with_event(event).withdrawn
    )
    return sitting.moved(snapshot, event, state, progress)


def _refuse_unless(event: Returned | Changed, allowed: tuple[Standing, ...], why: str) -> None:
    if (event.item, event.step) not in [(one.item, one.step) for one in allowed]:
        raise OutOfTurn(f"item {event.item!r} {why}")
