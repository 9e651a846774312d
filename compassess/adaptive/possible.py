"""Whether bank, blueprint and what came before allow what a log says that the engine did."""

from __future__ import annotations

from compassess.adaptive.events import Finished, Presented, Reviewing
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.errors import ReplayMismatch

__all__ = ["refuse_impossible_end", "refuse_impossible_item"]


def refuse_impossible_item(sitting: Sitting, snapshot: Snapshot, event: Presented, step: int) -> None:
    """ReplayMismatch where the item could not have been presented, or not with this draw."""
    could = _pilot_could if event.by == "pilot" else _could
    if event.step != step or not could(sitting, snapshot, event.item):
        raise ReplayMismatch(
            f"item {event.item!r} could not be presented at step {event.step}: "
            "it is not operational in this bank, was presented before, is more than the blueprint "
            "allows, or the step is wrong"
        )
    draw = sitting.draw(snapshot.progress, snapshot.now, first=step == 1)
    if event.draw is not None and event.draw != draw:
        raise ReplayMismatch(f"the draw of step {event.step} is {draw!r}, not {event.draw!r}")


def refuse_impossible_end(sitting: Sitting, snapshot: Snapshot, event: Reviewing | Finished) -> None:
    """ReplayMismatch where no rule gives this reason here.

    At the greatest length, and only there, "length" does; in a multistage test "path_complete", where no item
    is left; a review opens where the blueprint has one.
    """
    at_greatest_length = bool(snapshot.progress.length[0] >= sitting.plan.longest)
    reasons = sitting.plan.reasons[1:]
    given = event.reason in reasons and (event.reason == reasons[0]) is at_greatest_length
    panels = sitting.plan.panels
    if panels is not None:
        over = bool(panels.next_items(sitting.view(snapshot.progress, sitting.at_hand(snapshot)))[0] < 0)
        given = event.reason == "path_complete" and over
    looks_back = sitting.assessment.blueprint.conduct.review.allowed or isinstance(event, Finished)
    if snapshot.waiting or not given or not looks_back:
        raise ReplayMismatch(f"{event.reason!r} could not have ended this sitting")


def _could(sitting: Sitting, snapshot: Snapshot, item: str) -> bool:
    """Whether an item that counts may come now, however good it was."""
    plan, progress = sitting.plan, snapshot.progress
    place = sitting.places.get(item)
    if place is None or not progress.open_items[0, place] or progress.length[0] >= plan.longest:
        return False
    if plan.panels is not None and plan.panels.module_of[plan.panels.drawn(sitting.seeds)[0], place] < 0:
        return False
    competency = plan.pool.competency[place]
    return bool(progress.by_competency[0, competency] < plan.maximum[competency])


def _pilot_could(sitting: Sitting, snapshot: Snapshot, item: str) -> bool:
    """Whether a pilot item may come now: the blueprint has some, and not so many were presented."""
    rule, seen = sitting.assessment.blueprint.conduct.pilot, (*snapshot.pilots, *sitting.pilots_before)
    known = {one.id for one in sitting.assessment.bank.items if one.status == "pilot"}
    gone = snapshot.seen.withdrawn
    few = rule is not None and len(snapshot.pilots) < rule.count
    return few and item in known and item not in seen and item not in gone
