"""Whole sittings of many people at once, by the very rules of the live sitting.

Rule: nothing here decides; :func:`compassess.adaptive.decide` does, for one row or for thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive import Plan, decide, estimate, fresh
from compassess.adaptive.progress import answer
from compassess.irt.lattice import Lattice
from compassess.simulation.answering import Answers

__all__ = ["Played", "play"]

Floats = NDArray[np.float64]

_MOST: Final = 0.75  # while so many go on, those who have ended stay in the arrays and are passed over


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """Finished sittings of n people.

    Attributes
    ----------
    items : items in the order presented, (n, longest); −1 after the end.
    n_items : (n,); ``by_competency`` (n, n_competencies).
    reason : code of the plan's ``reasons``, (n,).
    log_likelihood : of the answers, by carrier, (n, n_carriers, Q).
    """

    items: NDArray[np.int32]
    n_items: NDArray[np.int64]
    by_competency: NDArray[np.int64]
    reason: NDArray[np.int64]
    log_likelihood: Floats


def play(
    plan: Plan,
    answers: Answers,
    seeds: NDArray[np.uint64],
    ineligible: NDArray[np.bool_] | None = None,
) -> Played:
    """Let everybody sit to the end.

    An item that somebody has no answer to leaves that person's pool. ``seeds`` (n,) as in a live sitting.
    ``ineligible`` (n, n_segments, n_items) are items that an exposure control closes.
    """
    lattice: Lattice = plan.lattice
    available = answers.available()
    n_people = len(available)
    items = np.full((n_people, plan.longest), -1, dtype=np.int32)
    reason = np.zeros(n_people, dtype=np.int64)
    by_competency = np.zeros((n_people, lattice.population.n_competencies), dtype=np.int64)
    log_likelihood = np.zeros((n_people, lattice.n_carriers, lattice.grid.n_nodes))
    sitting = np.arange(n_people)
    over = np.zeros(n_people, dtype=bool)  # of those who are still in the arrays
    progress = fresh(plan.pool, available, counting=plan.content is not None, ineligible=ineligible)
    while sitting.size:
        decision = decide(plan, progress, estimate(plan.pool, progress), seeds[sitting])
        chosen, ending = decision.item, (decision.reason > 0) & ~over
        if ending.any():
            ended = sitting[ending]
            reason[ended] = decision.reason[ending]
            log_likelihood[ended] = progress.log_likelihood[ending]
            by_competency[ended] = progress.by_competency[ending]
            over |= ending
        going: NDArray[np.intp] | None = None
        if over.any():
            going = np.flatnonzero(~over)
            if going.size < _MOST * sitting.size or plan.shortlist is None:
                sitting, progress, chosen = sitting[going], progress.select(going), chosen[going]
                over, going = np.zeros(sitting.size, dtype=bool), None
        who = sitting if going is None else sitting[going]
        if not who.size:
            break
        step = progress.length if going is None else progress.length[going]
        chosen = chosen if going is None else chosen[going]
        items[who, step] = chosen
        answer(plan.pool, progress, chosen, answers.to(who, chosen), rows=going)
    return Played(
        items=items,
        n_items=(items >= 0).sum(axis=1),
        by_competency=by_competency,
        reason=reason,
        log_likelihood=log_likelihood,
    )
