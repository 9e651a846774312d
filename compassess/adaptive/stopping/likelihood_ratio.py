"""The generalised likelihood ratio at every cut: the best θ above it against the best one below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import PreparedClassification
from compassess.adaptive.stopping.likelihood import LogLikelihoodAt
from compassess.adaptive.stopping.parameters import not_between, not_positive
from compassess.adaptive.stopping.sprt import CutTests, wald_bounds
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["GeneralisedLikelihoodRatio", "greatest_between"]

Floats = NDArray[np.float64]

#: Points of each cell of the grid among which a maximum is looked for; a parabola does the rest.
_FINER: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralisedLikelihoodRatio(Classifying):
    """Of every cut c max_{θ ≥ c + δ} log L(θ) − max_{θ ≤ c − δ} log L(θ), held to Wald's bounds.

    Parameters and bounds are those of the rule ``sprt``. The statistic is never nearer to 0 than that of
    ``sprt`` where log L has one maximum: if the maximum lies outside of the indifference region, it stands in
    the place of the region's edge. So the rule never stops later, with the price that Wald's bounds do not
    bound its errors: they were made for two fixed hypotheses. What it errs by has to be simulated.

    References
    ----------
    Thompson (2009), Proceedings of the GMAC conference on computerized adaptive testing; Bartroff, Finkelman
    & Lai (2008), Psychometrika 73, 473-486.
    """

    name: ClassVar[str] = "generalised_likelihood_ratio"
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
        """With weights for a fine row of points."""
        targets = targets_of(self, pool, self.delta)
        suprema = tuple(_Suprema.of(pool, target, self.delta) for target in targets)
        tests = CutTests(suprema, wald_bounds(self.alpha, self.beta))
        return PreparedClassification(targets, pool.lattice.n_blocks, tests)


def greatest_between(values: Floats, points: Floats, low: float, high: float) -> Floats:
    """The maximum over [low, high] of functions known at equally spaced points, (n,).

    The parabola through the greatest of the values within [low, high] and its two neighbours, which may lie
    without; its vertex is taken, held to [low, high]. ``values`` (n, m), ``points`` (m,).
    """
    spacing = points[1] - points[0]
    inside = (points >= low) & (points <= high)
    inside[[0, -1]] = False  # they lack a neighbour
    if not inside.any():  # the interval is narrower than a step: its own end is nearest
        inside[np.argmin(np.abs(points[1:-1] - 0.5 * (low + high))) + 1] = True
    rows = np.arange(len(values))
    top = np.argmax(np.where(inside, values, -np.inf), axis=1)
    left, middle, right = (values[rows, top + step] for step in (-1, 0, 1))
    slope, curvature = 0.5 * (right - left), left - 2.0 * middle + right
    limits = (low - points[top]) / spacing, (high - points[top]) / spacing
    vertex = np.where(curvature < 0, -slope / np.where(curvature < 0, curvature, -1.0), np.sign(slope))
    move = np.clip(np.clip(vertex, -1.0, 1.0), *limits)
    return np.asarray(middle + slope * move + 0.5 * curvature * move**2)


@dataclass(frozen=True, slots=True)
class _Suprema:
    """The statistic at every cut of a target, (n, n_cuts)."""

    at: LogLikelihoodAt
    points: Floats
    cuts: Floats
    delta: float

    @classmethod
    def of(cls, pool: Pool, target: Target, delta: float) -> _Suprema:
        grid = pool.lattice.grid
        points = read_only(np.linspace(grid.theta[0], grid.theta[-1], _FINER * (grid.n_nodes - 1) + 1))
        return cls(LogLikelihoodAt.of(pool, target, points), points, target.cuts, delta)

    def __call__(self, view: View) -> Floats:
        values, points, delta = self.at(view.progress), self.points, self.delta
        statistics = [
            greatest_between(values, points, cut + delta, float(points[-1]))
            - greatest_between(values, points, float(points[0]), cut - delta)
            for cut in self.cuts.tolist()
        ]
        return np.stack(statistics, axis=1)
