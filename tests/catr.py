"""catR's conventions, so that its values can be made by our functions: 33 nodes on ±4 with the trapezoidal rule.

Nothing is normalised there: likelihoods are products of probabilities, posteriors those times the density of
N(0, 1). θ̂ is whatever is handed in, BM (the MAP) where single states are asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from compassess.irt import Items, probability
from compassess.irt.curves import log_probability

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

NODES = np.linspace(-4.0, 4.0, 33)
TRAPEZOID = np.full(33, 0.25)
TRAPEZOID[[0, -1]] = 0.125
PRIOR = stats.norm.pdf(NODES)


@dataclass(frozen=True)
class Rows:
    """The categories of items in one column: log P on the nodes (rows, 33), and where each item begins."""

    item: Index
    code: Index
    starts: Index
    log_probability: Floats

    @classmethod
    def of(cls, items: Items) -> Rows:
        """All categories of all items."""
        counts = items.n_categories
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        item = np.repeat(np.arange(items.n_items), counts)
        code = np.arange(item.size) - starts[item]
        return cls(item, code, starts, log_probability(items, NODES)[item, code])

    @property
    def probability(self) -> Floats:
        """(rows, 33)."""
        return np.exp(self.log_probability)


def rows_at(items: Items, rows: Rows, theta: float) -> Floats:
    """P of every row at one θ, (1, rows)."""
    return probability(items, theta)[rows.item, rows.code, 0][None]


def likelihood(rows: Rows, presented: Index, codes: Index) -> Floats:
    """L on the nodes of answers to items by place, (1, 33)."""
    return np.exp(rows.log_probability[rows.starts[presented] + codes].sum(axis=0))[None]


def eap(weights: Floats) -> tuple[float, float]:
    """catR's EAP and its SE from L times the prior on the nodes, (1, 33)."""
    masses = (weights * TRAPEZOID)[0]
    mean = float(masses @ NODES / masses.sum())
    return mean, float(np.sqrt(masses @ (NODES - mean) ** 2 / masses.sum()))
