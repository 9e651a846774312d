"""What the items to come would add to a log-likelihood ratio: its mean and variance given θ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.targets import Target
from compassess.adaptive.view import View
from compassess.errors import Problem
from compassess.irt.read_only import read_only

__all__ = ["Outlook"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Z_j = log P(X_j | c + δ) − log P(X_j | c − δ) of the items that measure a target.

    ``items`` in the order of their information at the cut, the best first; ``mean`` and ``variance`` of Z_j
    (n_own, Q + 2) on the nodes, at c − δ and at c + δ; ``competencies`` are those of the items.
    """

    items: Index
    competencies: Index
    mean: Floats
    variance: Floats

    @staticmethod
    def problems(pool: Pool, target: Target) -> Iterator[Problem]:
        """Whether items' shares of the target's log-likelihood add up: not where they go through messages."""
        items = _items_of(pool, target)
        if bool((np.abs(pool.loading[items]) < 1.0).any()) and not _own_carrier(pool, target):
            yield Problem(
                where=f"{target.kind} {target.name}",
                what="its items measure competencies with λ < 1, and what they say of it does not add up",
                remedy="Decide on the competencies, or use another rule for this block.",
            )

    @classmethod
    def of(cls, pool: Pool, target: Target, cut: float, delta: float) -> Outlook:
        """Laid out for one cut."""
        theta = np.concatenate([pool.lattice.grid.theta, [cut - delta, cut + delta]])
        log_p = pool.measurement.log_probability(theta)
        ratio = log_p[:, -1] - log_p[:, -2]
        own = _items_of(pool, target)
        informative = pool.information[pool.cell_of(np.array([cut]))[0], own]
        items = own[np.argsort(-informative, kind="stable")]
        exists = pool.row_of[items] >= 0
        rows = np.where(exists, pool.row_of[items], 0)  # (n_own, max K)
        p = np.where(exists[..., None], np.exp(log_p[rows]), 0.0)
        mean = np.einsum("jkq,jk->jq", p, ratio[rows])
        second = np.einsum("jkq,jk->jq", p, ratio[rows] ** 2)
        return cls(
            items=read_only(items),
            competencies=read_only(np.unique(pool.competency[items])),
            mean=read_only(mean),
            variance=read_only(np.maximum(second - mean**2, 0.0)),
        )

    def n_presented(self, view: View) -> NDArray[np.int64]:
        """Items of the target so far that count, (n,)."""
        return np.asarray(view.progress.by_competency[:, self.competencies].sum(axis=1))

    def has_items(self, view: View) -> NDArray[np.bool_]:
        """Whether an item is left, (n,)."""
        return np.asarray(view.progress.open_items[:, self.items].any(axis=1))

    def to_come(self, view: View, left: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Mean and SD of the sum of Z over the best ``left`` (n,) open items, (n, Q + 2) each."""
        open_items = view.progress.open_items[:, self.items]
        chosen = open_items & (np.cumsum(open_items, axis=1) <= left[:, None])
        counted = chosen.astype(np.float64)
        return counted @ self.mean, np.sqrt(counted @ self.variance)


def _own_carrier(pool: Pool, target: Target) -> bool:
    """Whether the target is a competency with a likelihood of its own."""
    if target.kind == "block":
        return False
    carrier = int(pool.lattice.carrier_of_competency[target.index])
    return pool.lattice.carriers[carrier].transition is not None


def _items_of(pool: Pool, target: Target) -> Index:
    """The items that the target's likelihood is made of."""
    if _own_carrier(pool, target):
        return np.flatnonzero(pool.competency == target.index)
    return np.flatnonzero(pool.block == target.block)
