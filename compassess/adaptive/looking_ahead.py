"""The next best items in order, so that a hall can go on for a while without the engine.

Nothing is known of the answers to come, so θ stays where it is. What can be foreseen is precision: an item
with information I about its competency, at θ̂, leaves

    1 / SE_b² ← 1 / SE_b² + I_b,      1 / v_c ← 1 / v_c + I,

with I_b what the item tells about its block and v_c = E Var(θ_c | θ_b, answers): the normal approximation
from which criteria compute worths (docs/selection.md). So the list goes from block to block, and from
competency to competency, as a sitting does.

Rules: (1) the list is chosen by the rules of a sitting, every item on it counted as if it had been answered;
(2) stopping rules other than the length are left out, because they need answers; (3) the item that is pending
is the first to be answered, and is not on the list; (4) pilot items are not on it: they come when the engine
is back; (5) in a multistage test the list ends with the module, because routing needs the answers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.choice import decide
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.estimate import Estimate
from compassess.adaptive.plan import Plan
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress, left

if TYPE_CHECKING:
    from compassess.adaptive.sitting import Sitting
    from compassess.adaptive.snapshot import Snapshot

__all__ = ["items_ahead"]


def items_ahead(sitting: Sitting, snapshot: Snapshot, n: int) -> tuple[str, ...]:
    """Up to n items after the pending one; fewer where length or pool end the list.

    References
    ----------
    Luecht & Nungester (1998), Journal of Educational Measurement 35, on units that are assembled ahead of the
    examinee.
    """
    plan = replace(sitting.plan, stops=())
    progress, now = snapshot.progress, sitting.at_hand(snapshot)
    pending = sitting.places.get(snapshot.shown.item) if snapshot.on_screen else None
    found: list[str] = []
    while True:
        if pending is not None:
            place = np.array([pending], dtype=np.intp)
            now = _foreseen(plan.pool, now, place)
            progress = left(plan.pool, progress, place, scores=False, counts=True)
        if len(found) == n:
            break
        decision = decide(plan, progress, now, sitting.seeds)
        if decision.reason[0] or _leaves_module(plan, progress, sitting.seeds, decision.item):
            break
        pending = int(decision.item[0])
        found.append(plan.pool.ids[pending])
    return tuple(found)


def _leaves_module(plan: Plan, progress: Progress, seeds: NDArray[np.uint64], item: NDArray[np.intp]) -> bool:
    """Whether a module ends before this item."""
    if plan.panels is None:
        return False
    panel = plan.panels.drawn(seeds)
    return bool(plan.panels.module_of[panel, item] != plan.panels.present(progress, seeds))


def _foreseen(pool: Pool, now: Estimate, place: NDArray[np.intp]) -> Estimate:
    """The estimate with the precision that one more item is expected to bring."""
    competency, block = pool.competency[place], pool.block[place]
    information = pool.information_at(now.theta)[:, place]
    about_block = information_about_block(information, pool.loading[place], now.spread[:, competency])
    block_se, spread = now.block_se.copy(), now.spread.copy()
    block_se[:, block] = 1.0 / np.sqrt(1.0 / block_se[:, block] ** 2 + about_block)
    spread[:, competency] = spread[:, competency] / (1.0 + spread[:, competency] * information)
    return replace(now, block_se=block_se, spread=spread)
