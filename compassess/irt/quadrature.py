"""What a sum over equally spaced nodes is worth for a posterior, told from the sum itself.

Letters. p masses on nodes h apart, m and σ their mean and SD, κ = 2π / h, F the Fourier transform of the
posterior density about its mean. The sum takes F(κ) and what lies beyond for nothing (Poisson), so that the
mean is off by about 2 |F′(κ)| and the variance by 2 |F″(κ)|; for a normal density |F(κ)| = exp(−κ² σ² / 2).

- *Halves.* Every second node is a grid too, which errs by F(κ / 2), and the alternating sums Σ (−1)^q p and
  Σ (−1)^q (θ_q − m) p tell its size. Where it exceeds that of a normal density, something sharp (a steep
  item, an asymptote) decides, whose transform falls off like exp(−κ π / a) instead, so that
  |F(κ)| ≈ |F(κ / 2)|².
- *Pairs.* On a joint grid there is F(κ, −κ) too, which hangs on the variance of the difference of two
  dimensions. It is told from both SDs and the prior: the answers to the one say nothing of the other.
- *Ends.* A normal density that is cut off at k SD has the height φ(k) there, and its mean errs by as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.population import Population

__all__ = ["COARSE", "SHORT", "WHOLE", "Pair", "Worth", "moment_functions", "pairs_of", "worth"]

Floats = NDArray[np.float64]

COARSE: Final = (
    3e-3  # an estimate that may err by more of its SD is told: at 1.5 SD a normal one errs by that
)
FINE: Final = (
    2.5e-4  # errors by sharp items or pairs beyond this are mended: a quarter of what scores promise
)
NEAR: Final = 1.05  # SD between nodes, beyond which they are laid denser: posteriors are not quite normal
_NEARER: Final = 0.9  # SD between the nodes that are wished for then
SHORT: Final = 1e-3  # height at an end, in units of 1 / SD, beyond which an estimate is told
WHOLE: Final = 5e-5  # the same beyond which the grid is widened: a density cut off at 4.2 SD
_ORDINARY: Final = 1.5  # what halves of skewed posteriors of ordinary slopes differ more than normal ones


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two dimensions with the element of their joint prior's precision that ties them."""

    first: int
    second: int
    tie: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worth:
    """By person: mean and SD of every dimension, (n, n_dimensions), and what they are worth, (n,).

    ``error`` as a part of the SD, of the worst dimension; ``spacing`` that would mend it, ∞ where it is fine;
    ``end`` the density at an end of the grid, in units of 1 / SD.
    """

    mean: Floats
    sd: Floats
    error: Floats
    spacing: Floats
    end: Floats


def moment_functions(theta: Floats) -> Floats:
    """Functions whose sums over masses :func:`worth` takes, (n_nodes, 6)."""
    sign = np.where(np.arange(theta.size) % 2, -1.0, 1.0)
    ends = np.zeros(theta.size)
    ends[[0, -1]] = 1.0
    return np.stack([np.ones(theta.size), theta, theta**2, sign, sign * theta, ends], axis=1)


def worth(sums: Floats, spacing: float, pairs: Sequence[Pair]) -> Worth:
    """From the sums of :func:`moment_functions` over each person's masses, (n, n_dimensions, 6)."""
    total = sums[..., 0]
    mean, square, level, tilt, end = (sums[..., k] / total for k in range(1, 6))
    variance = np.maximum(square - mean**2, (1e-6 * spacing) ** 2)
    sd = np.sqrt(variance)
    x = variance * (2 * np.pi / spacing) ** 2
    half = np.hypot(level, (tilt - mean * level) / (variance * (np.pi / spacing))) / 2
    sharp = np.maximum(half - _ORDINARY * np.exp(-x / 8), 0.0)
    smooth, steep = np.maximum(x, 2) * np.exp(-x / 2), 4 * sharp**2
    error = (smooth + steep).max(axis=1, initial=0)
    mended = np.where(spacing > NEAR * sd, _NEARER * sd, np.inf)
    mended = np.where(steep > FINE, np.minimum(mended, spacing / 2), mended)
    wanted = mended.min(axis=1, initial=np.inf)
    for pair in pairs:
        off, apart = _pair_error(sd[:, pair.first], sd[:, pair.second], pair.tie, spacing)
        error = np.maximum(error, off)
        wanted = np.where(off > FINE, np.minimum(wanted, apart), wanted)
    return Worth(
        mean=mean, sd=sd, error=error, spacing=wanted, end=(end * sd).max(axis=1, initial=0) / spacing
    )


def pairs_of(population: Population, carriers: Sequence[tuple[int, int]]) -> tuple[Pair, ...]:
    """Blocks by twos, and every carrier of its own, (block, competency), with its block.

    Dimensions are the blocks, then the carriers in their order; (block, −1) is a block itself.
    """
    n_blocks = population.n_blocks
    pairs = []
    for first in range(n_blocks):
        for second in range(first + 1, n_blocks):
            both = np.ix_([first, second], [first, second])
            tie = float(np.linalg.inv(population.covariance[both])[0, 1])
            pairs.append(Pair(first=first, second=second, tie=tie))
    for place, (block, competency) in enumerate(carriers, start=n_blocks):
        if competency >= 0:
            loading = float(population.loadings[competency])
            pairs.append(Pair(first=block, second=place, tie=loading / (1 - loading**2)))
    return tuple(pair for pair in pairs if pair.tie != 0)


def _pair_error(first: Floats, second: Floats, tie: float, spacing: float) -> tuple[Floats, Floats]:
    """The error by F(κ, ±κ), as a part of either SD, and the SD of the difference, (n,) each.

    With precisions (p, t; t, q) of the pair, t the prior's, and variances s and u, the covariance c solves
    c (p q − t²) = −t and s u = p q / (p q − t²)²: |c| = 2 s u |t| / (1 + √(1 + 4 s u t²)).
    """
    product = (first * second) ** 2
    covariance = 2 * product * abs(tie) / (1 + np.sqrt(1 + 4 * product * tie**2))
    apart = np.maximum(first**2 + second**2 - 2 * covariance, 0.0)
    kappa = 2 * np.pi / spacing
    least = np.minimum(first, second)
    pull = kappa * np.maximum(np.abs(first - covariance / first), np.abs(second - covariance / second))
    off = np.maximum(2 * pull, pull**2) * np.exp(-(kappa**2) * apart / 2)
    return off, np.minimum(np.sqrt(apart), least)
