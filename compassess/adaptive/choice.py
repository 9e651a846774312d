"""The rules of a sitting: whether it stops, and if not, which item comes next.

Rules, in this order:

1. At the blueprint's greatest length a sitting stops ("length").
2. While a competency has fewer items than its minimum and items left, only such competencies count.
3. Otherwise, from the least length on, a sitting stops when every block is known well enough
   ("precision"); only blocks that are not count.
4. When nothing that counts has an item left, it stops ("pool_exhausted").
5. Of the blocks that count, the one whose SE is the largest multiple of its target is asked; of its
   items the best by the criterion, or one drawn from the ``randomesque`` best.

An item that was omitted or timed out counts like one that was answered; one that was technically lost
counts for neither minimum nor maximum nor length, and never comes back, so that the pool ends every
sitting. Near-ties (a billionth) go to the first in the bank's order. Live sittings and simulations both come
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import uniform
from compassess.adaptive.plan import CELL, Plan
from compassess.adaptive.progress import Estimate, Progress

__all__ = ["REASONS", "Decision", "decide"]

Floats = NDArray[np.float64]

#: Reasons to stop, by code; code 0 means "go on".
REASONS: Final = ("", "length", "precision", "pool_exhausted")
_LENGTH, _PRECISION, _EXHAUSTED = 1, 2, 3
_TIE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """For n sittings: ``item`` (n,) index of the next item, −1 where it stops; ``reason`` (n,) code."""

    item: NDArray[np.intp]
    reason: NDArray[np.int64]


def decide(plan: Plan, progress: Progress, now: Estimate, seeds: NDArray[np.uint64]) -> Decision:
    """Apply the rules to n sittings; a draw hangs on the sitting's seed and the items so far only."""
    n_sittings, n_competencies = progress.by_competency.shape
    below_maximum = progress.by_competency < plan.maximum
    open_items = progress.open_items & below_maximum[:, plan.competency]
    has_items = np.zeros((n_sittings, n_competencies), dtype=bool)
    for competency in range(n_competencies):
        has_items[:, competency] = open_items[:, plan.competency == competency].any(axis=1)
    owed = (progress.by_competency < plan.minimum) & has_items
    owing = np.asarray(owed.any(axis=1))
    known = plan.stopping.satisfied(now.block_se, plan.targets)
    unknown = (~known | (progress.length[:, None] < plan.shortest))[:, plan.lattice.population.block_of]
    counts = np.where(owing[:, None], owed, unknown & has_items)
    reason = np.zeros(n_sittings, dtype=np.int64)
    reason[~counts.any(axis=1)] = _EXHAUSTED
    reason[~owing & known.all(axis=1) & (progress.length >= plan.shortest)] = _PRECISION
    reason[progress.length >= plan.longest] = _LENGTH

    item = np.full(n_sittings, -1, dtype=np.intp)
    going = np.flatnonzero(reason == 0)
    if going.size:
        item[going] = _best_items(plan, progress, now, seeds, open_items, counts, going)
    return Decision(item=item, reason=reason)


def _best_items(
    plan: Plan,
    progress: Progress,
    now: Estimate,
    seeds: NDArray[np.uint64],
    open_items: NDArray[np.bool_],
    counts: NDArray[np.bool_],
    going: NDArray[np.intp],
) -> NDArray[np.intp]:
    """The next item of every sitting that goes on."""
    block = _neediest_block(plan, now.block_se[going], counts[going])
    eligible = open_items[going] & counts[going][:, plan.competency] & (plan.block == block[:, None])
    limit = plan.cells[-1]
    cell = np.rint((np.clip(now.theta[going], -limit, limit) + limit) / CELL).astype(np.intp)
    loading = plan.lattice.population.loadings[plan.competency]
    worth = plan.criterion.worth(
        plan.information[cell[:, plan.competency], np.arange(plan.n_items)],
        np.broadcast_to(loading, (going.size, plan.n_items)),
        now.spread[going][:, plan.competency],
    )
    worth = np.where(eligible, worth, -np.inf)
    if plan.randomesque == 1:
        return _first_best(worth)
    return _one_of_best(worth, plan.randomesque, uniform(seeds[going], progress.presented[going]))


def _neediest_block(plan: Plan, block_se: Floats, counts: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The block with the largest SE relative to its target among those with a competency that counts."""
    counting = np.zeros(block_se.shape, dtype=bool)
    for competency, block in enumerate(plan.lattice.population.block_of):
        counting[:, block] |= counts[:, competency]
    return _first_best(np.where(counting, block_se / plan.targets, -np.inf))


def _first_best(values: Floats) -> NDArray[np.intp]:
    """The first column within a billionth of the row's maximum."""
    best = values.max(axis=1, keepdims=True)
    return np.asarray(np.argmax(values >= best - _TIE * np.abs(best), axis=1))


def _one_of_best(worth: Floats, size: int, draw: Floats) -> NDArray[np.intp]:
    """A column drawn evenly from the ``size`` best eligible ones of each row."""
    worth = worth.copy()
    rows = np.arange(len(worth))
    n_eligible = np.minimum(np.isfinite(worth).sum(axis=1), size)
    rank = np.floor(draw * n_eligible).astype(np.int64)
    chosen = np.zeros(len(worth), dtype=np.intp)
    for place in range(size):
        best = _first_best(worth)
        chosen = np.where(rank == place, best, chosen)
        worth[rows, best] = -np.inf
    return chosen
