"""Wald's sequential probability ratio test at every cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import (
    NEAR,
    PreparedClassification,
    Signs,
    band_between,
    bands_leant_to,
)
from compassess.adaptive.stopping.likelihood import LogLikelihoodAt
from compassess.adaptive.stopping.parameters import not_between, not_positive
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import raise_if_any

__all__ = ["CutTests", "LogLikelihoodRatio", "SequentialProbabilityRatio", "by_bounds", "wald_bounds"]

Floats = NDArray[np.float64]


def wald_bounds(alpha: float, beta: float) -> tuple[float, float]:
    """Wald's bounds on the log-likelihood ratio: log (β / (1 − α)) and log ((1 − β) / α).

    With them P("above" | θ = c − δ) ≤ α / (1 − β) and P("below" | θ = c + δ) ≤ β / (1 − α), and the two error
    rates together are at most α + β: Wald (1947), ch. 3, eq. 3:17 and 3:18.
    """
    return float(np.log(beta / (1.0 - alpha))), float(np.log((1.0 - beta) / alpha))


def by_bounds(statistic: Floats, bounds: tuple[float, float]) -> Signs:
    """1 where the statistic has reached the upper bound, −1 where the lower, 0 between."""
    above, below = statistic >= bounds[1] - NEAR, statistic <= bounds[0] + NEAR
    return np.asarray(above.astype(np.int8) - below.astype(np.int8))


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialProbabilityRatio(Classifying):
    """Of every cut c the statistic log L(c + δ) − log L(c − δ), until it reaches one of Wald's bounds.

    "Above" from log ((1 − β) / α) on, "below" at log (β / (1 − α)) or less; a band is decided when the cut
    beneath it was passed and the one above it was missed. δ is half of the indifference region: errors within
    it do not count. ``alpha`` bounds the rate of wrong "above", ``beta`` that of wrong "below", at each cut.

    L is the likelihood of θ of the block from all its items; of a competency with λ < 1 from its own. In the
    literature items are chosen by their information at the cut, and a sitting that reaches its greatest
    length is decided by the sign of the statistic: here that is a leaning, and no decision.

    References
    ----------
    Wald (1947), Sequential analysis, ch. 3; Eggen (1999), Applied Psychological Measurement 23, 249-261, for
    several cuts and adaptive items; Sobel & Wald (1949), Annals of Mathematical Statistics 20, 502-522.
    """

    name: ClassVar[str] = "sprt"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "classified"

    delta: float
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        raise_if_any(
            [
                *cut_problems(self),
                *not_positive(delta=self.delta),
                *not_between(0.0, 0.5, alpha=self.alpha, beta=self.beta),
            ]
        )

    def prepared(self, pool: Pool) -> PreparedClassification:
        """With weights for c − δ and c + δ of every cut."""
        targets = targets_of(self, pool, self.delta)
        ratios = tuple(LogLikelihoodRatio.of(pool, target, self.delta) for target in targets)
        tests = CutTests(ratios, wald_bounds(self.alpha, self.beta))
        return PreparedClassification(targets, pool.lattice.n_blocks, tests)


@dataclass(frozen=True, slots=True)
class LogLikelihoodRatio:
    """log L(c + δ) − log L(c − δ) at every cut of a target."""

    at: LogLikelihoodAt

    @classmethod
    def of(cls, pool: Pool, target: Target, delta: float) -> LogLikelihoodRatio:
        """Laid out for a pool."""
        points = np.concatenate([target.cuts - delta, target.cuts + delta])
        return cls(LogLikelihoodAt.of(pool, target, points))

    def __call__(self, view: View) -> Floats:
        """(n, n_cuts)."""
        below, above = np.split(self.at(view.progress), 2, axis=1)
        return np.asarray(above - below)


@dataclass(frozen=True, slots=True)
class CutTests:
    """One test a cut: the ``statistics`` of every target, (n, n_cuts), held to the same bounds."""

    statistics: tuple[Callable[[View], Floats], ...]
    bounds: tuple[float, float]

    def bands(self, view: View) -> NDArray[np.intp]:
        """(n, n_targets)."""
        return np.stack([band_between(by_bounds(one(view), self.bounds)) for one in self.statistics], axis=1)

    def leanings(self, view: View) -> NDArray[np.intp]:
        """(n, n_targets), by the signs of the statistics."""
        return np.stack([bands_leant_to(one(view)) for one in self.statistics], axis=1)
