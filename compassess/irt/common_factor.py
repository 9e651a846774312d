r"""Blocks that correlate through one common factor meet by a short sum in the place of a joint grid.

Where R_ij = l_i l_j for i ≠ j, with |l_i| < 1, the blocks are independent given f ~ N(0, 1),

    z_b | f ~ N(l_b f, 1 − l_b²),     z_b = (θ_b − μ_b) / σ_b,

so that with T_b(q | f) = exp(−(z_q − l_b f)² / (2 (1 − l_b²))) and m_b(f) = Σ_q L_b(q) T_b(q | f)

    Z ∝ Σ_f w(f) Π_b m_b(f),     p(θ_b = q) = L_b(q) Σ_f T_b(q | f) w(f) Π_{c ≠ b} m_c(f) / Z.

That is F Q numbers a block in the place of Q^B in all. Every three blocks whose correlations have a positive
product, and none of which explains another beyond 1, are of this kind. On equally spaced nodes of f the sum
is the prior's masses on the joint grid to twelve digits: for every θ the summand is a normal density in f
with variance s² = 1 / (1 + Σ l_b² / (1 − l_b²)), and the sum over nodes h apart errs by 2 exp(−2 π² s² / h²).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.grid import Grid
from compassess.irt.population import Population

__all__ = ["CommonFactor", "common_loadings"]

Floats = NDArray[np.float64]

_FEWEST_BLOCKS: Final = 3  # of two the joint grid is as small
_SPACING: Final = 0.8  # of s: 2 exp(−2 π² / 0.8²) = 8e-14
_TAIL: Final = 7.4  # in s: exp(−7.4² / 2) = 1e-12, at the corners of the grid
_EXACT: Final = 1e-13  # how far a correlation may lie from l_i l_j
_PASSES: Final = 2  # over the nodes of every block, there and back
_FLOOR: Final = 1e-290  # what the product over all blocks keeps, as the joint prior does


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommonFactor:
    """The factor on its nodes.

    Attributes
    ----------
    given : T_b(q | f), (n_blocks, Q, F).
    weights : w(f), (F,), so that masses on the joint grid sum to 1.
    """

    given: Floats
    weights: Floats

    @classmethod
    def create(cls, population: Population, grid: Grid) -> CommonFactor | None:
        """Of the population's blocks on ``grid``; None without such a factor, or without gain."""
        covariance = population.covariance
        sd = np.sqrt(np.diag(covariance))
        loadings = common_loadings(covariance / np.outer(sd, sd))
        if loadings is None:
            return None
        unique = 1.0 - loadings**2
        z = (grid.theta - population.mean[:, None]) / sd[:, None]
        total = 1.0 + np.sum(loadings**2 / unique)
        reach = np.sum(np.abs(loadings) / unique * np.abs(z).max(axis=1)) / total + _TAIL / np.sqrt(total)
        half = ceil(reach * np.sqrt(total) / _SPACING)
        n_blocks = len(loadings)
        if _PASSES * n_blocks * (2 * half + 1) > grid.n_nodes ** (n_blocks - 1):
            return None  # the joint grid is no slower
        factor = np.linspace(-reach, reach, 2 * half + 1)
        distance = (z[:, :, None] - loadings[:, None, None] * factor) ** 2 / unique[:, None, None]
        given = np.maximum(np.exp(-0.5 * distance), _FLOOR ** (1.0 / n_blocks))
        weights = np.exp(-0.5 * factor**2)
        weights /= np.sum(weights * given.sum(axis=1).prod(axis=0))
        for array in (given, weights):
            array.flags.writeable = False
        return cls(given=given, weights=weights)

    def told(self, likelihood: Floats) -> list[Floats]:
        """m_b(f) of every block, (n, F) each."""
        return [likelihood[:, block] @ given for block, given in enumerate(self.given)]

    def evidence(self, likelihood: Floats) -> Floats:
        """Z of block likelihoods (n, n_blocks, Q), of either sign; (n,)."""
        first, *others = self.told(likelihood)
        for other in others:
            first *= other
        return np.asarray(first @ self.weights)

    def meet(self, likelihood: Floats) -> tuple[Floats, Floats]:
        """Z, (n,), and the posterior masses of every block, (n, n_blocks, Q)."""
        return self.masses(likelihood, self.told(likelihood))

    def masses(self, likelihood: Floats, told: Sequence[Floats]) -> tuple[Floats, Floats]:
        """The same from what the blocks told the factor."""
        others = self.others(told)
        evidence = np.einsum("nf,nf->n", others[:, 0], told[0])
        masses = np.empty_like(likelihood)
        for block, given in enumerate(self.given):
            np.multiply(likelihood[:, block], others[:, block] @ given.T, out=masses[:, block])
        masses /= evidence[:, None, None]
        return evidence, masses

    def others(self, told: Sequence[Floats]) -> Floats:
        """w(f) Π_{c ≠ b} m_c(f) for every block b, (n, n_blocks, F), from m_b(f), (n, F) each."""
        # From both ends, so that nothing is divided by what may be 0.
        n_blocks = len(told)
        others = np.empty((len(told[0]), n_blocks, self.weights.size))
        others[:, 0] = self.weights
        for block in range(1, n_blocks):
            np.multiply(others[:, block - 1], told[block - 1], out=others[:, block])
        after = told[-1]
        for block in range(n_blocks - 2, -1, -1):
            others[:, block] *= after
            if block:
                after = after * told[block]
        return others

    def across(self, likelihood: Floats, first: int, second: int, left: Floats, right: Floats) -> Floats:
        """Σ f(θ_first) g(θ_second) L prior, (n, n_left, n_right).

        ``left`` (n, n_left, Q) and ``right`` (n, n_right, Q) are f and g on the nodes.
        """
        others = np.broadcast_to(self.weights, (len(likelihood), self.weights.size)).copy()
        for block, given in enumerate(self.given):
            if block not in (first, second):
                others *= likelihood[:, block] @ given
        f = (left * likelihood[:, first, None]) @ self.given[first]
        g = (right * likelihood[:, second, None]) @ self.given[second]
        return np.asarray((f * others[:, None]) @ g.transpose(0, 2, 1))


def common_loadings(correlation: Floats) -> Floats | None:
    """l with R_ij = l_i l_j for all i ≠ j and |l_i| < 1, (n_blocks,); None where there is none.

    From triads: l_i² = R_ij R_ik / R_jk, with j and k the two others of the largest |R_jk|. The first
    loading that is not 0 is positive. Of fewer than three blocks there are many, and None is given.

    References
    ----------
    Spearman (1904), American Journal of Psychology 15; Harman (1976), Modern factor analysis, ch. 7.
    """
    n_blocks = len(correlation)
    if n_blocks < _FEWEST_BLOCKS:
        return None
    off = np.abs(correlation - np.diag(np.diag(correlation)))
    if not off.any():
        return np.zeros(n_blocks)
    loadings = np.zeros(n_blocks)
    anchor = int(np.argmax(off.sum(axis=1)))  # whose loading is not 0 where any is not
    others = np.delete(np.arange(n_blocks), anchor)
    among = off[np.ix_(others, others)]
    j, k = (int(others[place]) for place in np.unravel_index(np.argmax(among), among.shape))
    if correlation[j, k] == 0.0:
        return None
    square = correlation[anchor, j] * correlation[anchor, k] / correlation[j, k]
    if not 0.0 < square < 1.0:
        return None
    loadings[anchor] = np.sqrt(square)
    loadings[others] = correlation[anchor, others] / loadings[anchor]
    product = np.outer(loadings, loadings)
    np.fill_diagonal(product, np.diag(correlation))
    if np.abs(loadings).max() >= 1.0 or np.abs(product - correlation).max() > _EXACT:
        return None
    return np.asarray(loadings * np.sign(loadings[np.flatnonzero(loadings)[0]]))
