"""Sittings in the middle of things, as stopping rules see them, and whole ones with their decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import banks
import numpy as np
from numpy.typing import NDArray

from compassess import Assessment, ItemBank
from compassess.adaptive import SHIPPED, Plan, Pool, View, answered, estimate, fresh
from compassess.adaptive.draws import uniform
from compassess.simulation.answering import KnownAnswers
from compassess.simulation.playing import Played, play

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


def view_of(pool: Pool, items: Index, codes: Index) -> View:
    """n sittings that answered ``items`` (n, m) with ``codes`` (n, m), in this order."""
    progress = fresh(pool, np.ones((len(items), pool.n_items), dtype=bool))
    for step in range(items.shape[1]):
        progress = answered(pool, progress, items[:, step], codes[:, step])
    seeds = np.arange(len(items), dtype=np.uint64)
    return View(pool=pool, progress=progress, now=estimate(pool, progress), seeds=seeds)


def random_view(pool: Pool, n_sittings: int, n_items: int, seed: int = 0) -> View:
    """Sittings that answered random items at random."""
    rng = np.random.default_rng(seed)
    items = np.stack([rng.permutation(pool.n_items)[:n_items] for _ in range(n_sittings)])
    n_codes = (pool.row_of >= 0).sum(axis=1)
    return view_of(pool, items, rng.integers(0, n_codes[items]))


def answers(plan: Plan, theta: Floats, seed: int) -> NDArray[np.int16]:
    """Answers of people with ``theta`` (n,) to all items of a bank of one dimension and two categories."""
    pool = plan.pool
    chance = np.exp(pool.measurement.log_probability(np.unique(theta)))
    place = np.searchsorted(np.unique(theta), theta)
    right = chance[pool.row_of[:, 1]][:, place].T
    drawn = np.random.default_rng(seed).random(right.shape)
    return (drawn < right).astype(np.int16)


def played(plan: Plan, codes: NDArray[np.int16], seed: int = 1, chunk: int = 500) -> tuple[Played, View]:
    """Everybody's sitting, and the view at its end."""
    seeds = (uniform(seed, np.arange(len(codes))) * 2.0**53).astype(np.uint64)
    parts = [
        play(plan, KnownAnswers(codes[at : at + chunk]), seeds[at : at + chunk])
        for at in range(0, len(codes), chunk)
    ]
    names = ("items", "n_items", "by_competency", "reason", "log_likelihood")
    whole = Played(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    return whole, view_at_end(plan, whole, seeds)


def view_at_end(plan: Plan, whole: Played, seeds: NDArray[np.uint64]) -> View:
    """What the rules see when sittings are over."""
    progress = fresh(plan.pool, np.ones((len(seeds), plan.n_items), dtype=bool))
    for step in range(whole.items.shape[1]):
        there = np.flatnonzero(whole.items[:, step] >= 0)
        progress.open_items[there, whole.items[there, step]] = False
    progress = replace(
        progress,
        log_likelihood=whole.log_likelihood,
        by_competency=whole.by_competency,
        length=whole.n_items,
        presented=whole.n_items,
    )
    return View(pool=plan.pool, progress=progress, now=estimate(plan.pool, progress), seeds=seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationAt:
    """A criterion of these tests: information at one point, the same for everybody."""

    name: ClassVar[str] = "information_at"
    version: ClassVar[int] = 1
    across_blocks: ClassVar[bool] = False

    cut: float = 0.0
    worths: Sequence[float] = ()

    def prepared(self, pool: Pool, /) -> InformationAt:
        """With the information at the cut's cell."""
        return replace(self, worths=tuple(pool.information[pool.cell_of(np.array([self.cut]))[0]].tolist()))

    def worth(self, view: View, /) -> Floats:
        """(n, n_items)."""
        return np.broadcast_to(np.array(self.worths), (len(view.seeds), len(self.worths)))


def at_the_cut(bank: ItemBank, cut: float = 0.0, **changes: Any) -> Assessment:
    """An assessment that chooses items by their information at a cut, without minima."""
    registry = SHIPPED.with_own(criteria={"information_at": InformationAt})
    blueprint = banks.blueprint(
        bank, criterion="information_at", parameters={"cut": cut}, limits=(0, None), **changes
    )
    return Assessment.create(bank, blueprint, registry=registry)
