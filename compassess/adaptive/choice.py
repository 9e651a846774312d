"""The rules of a sitting: whether it stops, and if not, which item comes next.

Rules, in this order:

1. At the blueprint's greatest length a sitting stops ("length").
2. While a competency has fewer items than its minimum and items left, only such competencies count.
3. Otherwise, from the least length on, a sitting stops when its stopping rules call every block known well
   enough: a block is known when any rule says so, and the reason is that of the first rule with which all
   are ("precision" for the standard error). Only blocks that are not known count.
4. When nothing that counts has an item left, it stops ("pool_exhausted").
   With a content section no rule but the greatest length stops a sitting before its items satisfy every hard
   constraint; where nothing counts any more, what that still needs is asked.
5. Of the blocks that count, the one whose SE is the largest multiple of its target is asked, unless the
   criterion compares items of all blocks; of the items left the exposure control picks one by their worths.
   With a content section it picks among those with which the test can be completed.
6. Where items that share a stimulus come together, the present set goes on before anything else is asked, and
   no rule but the greatest length stops within it (:mod:`.item_sets`).

In a multistage test none of this holds: items come from a panel's modules until its path is complete
(:mod:`.panels`).

An item that was omitted or timed out counts like one that was answered; one that was technically lost
counts for neither minimum nor maximum nor length, and never comes back, so that the pool ends every
sitting. Near-ties (a billionth) go to the first in the bank's order. Live sittings and simulations both come
here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.estimate import Estimate
from compassess.adaptive.exposure.holding import without_held
from compassess.adaptive.item_sets import ItemSets
from compassess.adaptive.order import first_best
from compassess.adaptive.panels import Panels
from compassess.adaptive.plan import Plan
from compassess.adaptive.progress import Progress
from compassess.adaptive.shortlist import Shortlisted
from compassess.adaptive.view import View

__all__ = ["Decision", "decide", "judged"]

Floats = NDArray[np.float64]

_LENGTH: Final = 1  # codes of compassess.adaptive.plan.REASONS
_EXHAUSTED: Final = 3
_PATH_COMPLETE: Final = 4
_MOST: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """For n sittings: ``item`` (n,) index of the next item, −1 where it stops; ``reason`` (n,) code.

    ``owing`` (n,) tells whether only competencies below their minimum counted.
    """

    item: NDArray[np.intp]
    reason: NDArray[np.int64]
    owing: NDArray[np.bool_]


def decide(
    plan: Plan,
    progress: Progress,
    now: Estimate,
    seeds: NDArray[np.uint64],
    own: Estimate | None = None,
) -> Decision:
    """Apply the rules to n sittings; a draw hangs on the sitting's seed and the items so far only.

    ``own`` is what the stopping rules see in the place of ``now``: of a second sitting its own answers.
    """
    view = View(pool=plan.pool, progress=progress, now=now, seeds=seeds)
    if plan.panels is not None:
        return _by_panel(plan.panels, view)
    has_items = (progress.n_open > 0) & (progress.by_competency < plan.maximum)
    owed = (progress.by_competency < plan.minimum) & has_items
    owing = np.asarray(owed.any(axis=1))
    known, why = judged(plan, view if own is None else replace(view, now=own))
    long_enough = progress.length >= plan.shortest
    unknown = (~known | ~long_enough[:, None])[:, plan.lattice.population.block_of]
    counts = np.where(owing[:, None], owed, unknown & has_items)
    exhausted, enough = ~counts.any(axis=1), ~owing & (why > 0) & long_enough
    if plan.content is not None:
        may_stop = plan.content.may_stop(view)
        exhausted, enough = exhausted & may_stop, enough & may_stop
    if plan.pool.sets is not None:
        counts = _outside_left_sets(plan, plan.pool.sets, progress, counts)
        elsewhere = ~_going_on_with(plan, plan.pool.sets, progress).any(axis=1)
        exhausted, enough, owing = exhausted & elsewhere, enough & elsewhere, owing & elsewhere
    reason = np.where(exhausted, _EXHAUSTED, 0)
    np.copyto(reason, why, where=enough)
    np.copyto(reason, _LENGTH, where=progress.length >= plan.longest)

    going = reason == 0
    item = _next_items(plan, view, counts, going)
    np.copyto(reason, _EXHAUSTED, where=going & (item < 0))
    return Decision(item=item, reason=reason, owing=owing)


def _by_panel(panels: Panels, view: View) -> Decision:
    item = panels.next_items(view)
    reason = np.where(item < 0, _PATH_COMPLETE, 0)
    return Decision(item=item, reason=reason, owing=np.zeros(len(item), dtype=bool))


def _next_items(
    plan: Plan, view: View, counts: NDArray[np.bool_], going: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The next item of those that are ``going`` on, −1 of the others and where nothing is left; (n,)."""
    n_going = int(np.count_nonzero(going))
    if n_going == len(going):
        return _best_items(plan, view, counts)
    item = np.full(len(going), -1, dtype=np.intp)
    if n_going >= _MOST * len(going) and plan.shortlist is not None:  # cheaper than to take them apart
        item[going] = _best_items(plan, view, counts)[going]
    elif n_going:
        rows = np.flatnonzero(going)
        item[rows] = _best_items(plan, view.select(rows), counts[rows])
    return item


def judged(plan: Plan, view: View) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which blocks are known, (n, n_blocks), and the reason to stop once all are, (n,); 0 before."""
    known = np.zeros(view.now.block_se.shape, dtype=bool)
    why = np.zeros(len(known), dtype=np.int64)
    for stop in plan.stops:
        known |= stop.rule.satisfied(view)
        why[(why == 0) & known.all(axis=1)] = stop.reason
    return known, why


def _best_items(plan: Plan, view: View, counts: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The next item of sittings that go on; −1 where content leaves none."""
    asked = counts
    if not plan.criterion.across_blocks and plan.lattice.n_blocks > 1:
        block = _neediest_block(plan, view.now.block_se, counts)
        asked = counts & (plan.lattice.population.block_of == block[:, None])
    if plan.shortlist is None:
        return _judging_all(plan, view, asked)
    few = plan.shortlist.of(view, asked)
    item = _of_few(plan, few, view)
    if few.doubtful.any():
        rows = np.flatnonzero(few.doubtful)
        item[rows] = _judging_all(plan, view.select(rows), asked[rows])
    return item


def _of_few(plan: Plan, few: Shortlisted, view: View) -> NDArray[np.intp]:
    """Which of a short list it is; −1 where there is none."""
    if few.worth is None:
        return few.items[:, 0]
    if few.is_ranked and plan.placing is not None:
        column = plan.placing.place(view, np.isfinite(few.worth).sum(axis=1))
    else:
        column = plan.exposure.chosen(few.worth, view)
    return np.asarray(few.items[np.arange(len(column)), column])


def _judging_all(plan: Plan, view: View, asked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The same from the worths of all items."""
    pool, progress = plan.pool, view.progress
    eligible = progress.open_items & asked[:, pool.competency]
    worth = plan.criterion.worth(view)
    held = None if plan.holding is None else plan.holding.held_back(view)
    if pool.sets is not None:
        within = _going_on_with(plan, pool.sets, progress)
        eligible = np.where(within.any(axis=1, keepdims=True), within, eligible)
        held = pool.sets.left(progress) if held is None else held | pool.sets.left(progress)
    if plan.content is None:
        return plan.exposure.chosen(np.where(without_held(eligible, held), worth, -np.inf), view)
    open_items = progress.open_items & (progress.by_competency < plan.maximum)[:, pool.competency]
    worth = plan.content.adjusted(worth, eligible, open_items, view, held)
    item = np.full(len(worth), -1, dtype=np.intp)
    going = np.flatnonzero(np.isfinite(worth).any(axis=1))
    if going.size:
        item[going] = plan.exposure.chosen(worth[going], view.select(going))
    return item


def _outside_left_sets(
    plan: Plan, sets: ItemSets, progress: Progress, counts: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Competencies that count and have an item outside the sets that were left, where there are any."""
    fresh = progress.open_items & ~sets.left(progress)
    competency = plan.pool.competency
    has = [fresh[:, competency == c].any(axis=1) for c in range(counts.shape[1])]
    preferred = counts & np.stack(has, axis=1)
    return np.where(preferred.any(axis=1, keepdims=True), preferred, counts)


def _going_on_with(plan: Plan, sets: ItemSets, progress: Progress) -> NDArray[np.bool_]:
    """Items with which the present set goes on, (n, n_items)."""
    below = (progress.by_competency < plan.maximum)[:, plan.pool.competency]
    return sets.open_now(progress, progress.open_items & below)


def _neediest_block(plan: Plan, block_se: Floats, counts: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The block with the largest SE relative to its target among those with a competency that counts."""
    counting = counts @ plan.members > 0
    return first_best(np.where(counting, block_se / plan.targets, -np.inf))
