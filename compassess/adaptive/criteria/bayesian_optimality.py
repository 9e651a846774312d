"""What an item takes from the joint posterior covariance of the blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.dimensions import dimension_of_competency
from compassess.irt.moments import dimension_moments
from compassess.irt.options import refuse_unknown

__all__ = ["OPTIMALITIES", "BayesianOptimality", "a_gain", "c_gain", "d_gain"]

Floats = NDArray[np.float64]


def d_gain(information: Floats, variance: Floats, cross: Floats, covariance: Floats) -> Floats:
    """log det Σ − log det Σ′ = −log(1 − I sᵀ Σ⁻¹ s / (1 + I v)), D-optimality.

    Σ is the blocks' posterior covariance, v the variance of the item's competency, s its covariances with the
    blocks, and I the item's information about it. An answer counts as a normal observation of θ_c with
    variance 1 / I, after which Σ′ = Σ − s sᵀ I / (1 + I v); the determinant follows from the matrix
    determinant lemma.

    Shapes: ``information`` and ``variance`` (n, m), ``cross`` (n, m, n_blocks), ``covariance``
    (n, n_blocks, n_blocks). Limits: for a competency that is its block log(1 + I v); sᵀ Σ⁻¹ s ≤ v, so that
    it is finite and 0 or more.

    References
    ----------
    Segall (1996), Psychometrika 61, eq. 13; Mulder & van der Linden (2009), Psychometrika 74.
    """
    solved = np.linalg.solve(covariance[:, None], cross[..., None])[..., 0]
    explained = np.einsum("nmb,nmb->nm", cross, solved)
    return np.asarray(-np.log1p(-information * explained / (1.0 + information * variance)))


def a_gain(information: Floats, variance: Floats, cross: Floats, _covariance: Floats) -> Floats:
    """tr Σ − tr Σ′ = I sᵀ s / (1 + I v), A-optimality: the sum of variances. As :func:`d_gain`."""
    return np.asarray(information * np.einsum("nmb,nmb->nm", cross, cross) / (1.0 + information * variance))


def c_gain(information: Floats, variance: Floats, cross: Floats, weights: Floats) -> Floats:
    """wᵀ Σ w − wᵀ Σ′ w = I (wᵀ s)² / (1 + I v), c-optimality: the variance of one sum. As :func:`d_gain`.

    ``weights`` (n_blocks,) are those of the sum; their scale does not matter for a choice.
    """
    return np.asarray(information * (cross @ weights) ** 2 / (1.0 + information * variance))


#: Which part of the covariance has to become small.
OPTIMALITIES: Final[Mapping[str, Callable[[Floats, Floats, Floats, Floats], Floats]]] = MappingProxyType(
    {"D": d_gain, "A": a_gain, "c": c_gain}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianOptimality:
    """Items of all blocks compared by what they take from the blocks' joint posterior covariance.

    ``optimality``: "D" its determinant, "A" its trace, "c" the variance of Σ ``weights`` θ_b, weights by
    block (those that are not named weigh 0; without any all weigh the same). E-optimality, the greatest
    eigenvalue, is not there: which eigenvector has it changes from answer to answer, and choices with it.

    References
    ----------
    Segall (1996), Psychometrika 61; van der Linden (1999), Journal of Educational and Behavioral Statistics
    24 (c); Mulder & van der Linden (2009), Psychometrika 74 (A, D and the failure of E).
    """

    name: ClassVar[str] = "bayesian_optimality"
    version: ClassVar[int] = 1

    optimality: str = "D"
    weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unknown(optimality=(self.optimality, OPTIMALITIES))
        problems = [
            Problem(
                where=f"weights.{name}", what="not a weight", got=repr(weight), expected="a finite number"
            )
            for name, weight in self.weights.items()
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not np.isfinite(weight)
        ]
        if self.weights and not problems and not any(self.weights.values()):
            problems.append(
                Problem(where="weights", what="every block weighs 0", expected="one that does not")
            )
        if self.weights and self.optimality != "c":
            problems.append(
                Problem(where="weights", what="only c-optimality weighs blocks", got=repr(self.optimality))
            )
        raise_if_any(problems)

    def prepared(self, pool: Pool) -> PreparedBayesianOptimality:
        """Over a pool; InputError for weights of blocks that are none."""
        blocks = pool.lattice.population.blocks
        strangers = [name for name in self.weights if name not in blocks]
        raise_if_any(
            [
                Problem(where=f"weights.{name}", what="no such block", expected=" or ".join(blocks))
                for name in strangers
            ]
        )
        weights = np.array([self.weights.get(name, 0.0) if self.weights else 1.0 for name in blocks])
        return PreparedBayesianOptimality(pool, self.optimality, weights)


@dataclass(frozen=True, slots=True)
class PreparedBayesianOptimality:
    """Over a pool; ``weights`` (n_blocks,)."""

    pool: Pool
    optimality: str
    weights: Floats
    across_blocks: ClassVar[bool] = True

    def worth(self, view: View) -> Floats:
        """(n, n_items), with information at the cells of the posterior means."""
        pool, now = self.pool, view.now
        n_blocks = pool.lattice.n_blocks
        moments = dimension_moments(pool.lattice, now.likelihood, now.posterior, now.masses)
        own = dimension_of_competency(pool.lattice)  # of each competency, among the moments
        cross = moments.covariance[:, own, :n_blocks]
        variance = moments.covariance[:, own, own]
        covariance = moments.covariance[:, :n_blocks, :n_blocks]
        information = pool.information_at(now.theta)
        if self.optimality == "c":
            gain = c_gain(information, variance[:, pool.competency], cross[:, pool.competency], self.weights)
        else:
            function = OPTIMALITIES[self.optimality]
            gain = function(information, variance[:, pool.competency], cross[:, pool.competency], covariance)
        return gain
