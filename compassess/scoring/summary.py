"""The joint posterior of one person or of many, summarised: everything that a conclusion needs.

Rule: one computation for a live sitting (one row) and for a population (chunks of rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from compassess.irt.lattice import BlockPosterior
from compassess.scoring.cuts import between_cuts
from compassess.scoring.interpretation import Interpretation
from compassess.scoring.moments import joint_moments

__all__ = ["Summary", "joined", "summary"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """Arrays over n persons.

    Attributes
    ----------
    block_theta, block_se : (n, n_blocks); ``block_bands`` (n, n_blocks, n_bands) probabilities.
    theta, se : of the standardised composite, (n,); ``bands`` (n, n_bands) probabilities.
    competency_theta, competency_se : (n, n_competencies).
    risk : P(θ_c < r_c), (n, n_competencies).
    p_above_all : P(θ_c ≥ r_c for all c), (n,).
    p_above_own_mean : P(θ_c > mean of the other competencies), (n, n_competencies); 0.5 where a
        competency cannot differ from the others. Normal, from exact means and covariances.
    """

    block_theta: Floats
    block_se: Floats
    block_bands: Floats
    theta: Floats
    se: Floats
    bands: Floats
    competency_theta: Floats
    competency_se: Floats
    risk: Floats
    p_above_all: Floats
    p_above_own_mean: Floats


def summary(interpretation: Interpretation, likelihood: Floats, posterior: BlockPosterior) -> Summary:
    """Summarise posteriors; ``likelihood`` is by carrier, (n, n_carriers, Q), scaled to about 1.

    All three in one precision; the numbers are float64.
    """
    lattice, n_blocks = interpretation.lattice, interpretation.lattice.n_blocks
    masses = lattice.carrier_posteriors(likelihood, posterior)
    moments = joint_moments(interpretation, likelihood, posterior, masses)
    sd, competencies = moments.sd, slice(1 + n_blocks, None)
    own = masses[:, lattice.carrier_of_competency]
    return Summary(
        block_theta=moments.mean[:, 1 : 1 + n_blocks],
        block_se=sd[:, 1 : 1 + n_blocks],
        block_bands=between_cuts(posterior.blocks @ interpretation.below_cuts.T),
        theta=moments.mean[:, 0],
        se=sd[:, 0],
        bands=between_cuts(lattice.expectation(posterior, interpretation.below_composite_cuts)),
        competency_theta=moments.mean[:, competencies],
        competency_se=sd[:, competencies],
        risk=_probability(np.einsum("ncq,cq->nc", own, interpretation.below_risk)),
        p_above_all=_p_above_all(interpretation, likelihood, posterior),
        p_above_own_mean=_p_above_own_mean(
            moments.mean[:, competencies], moments.covariance[:, competencies, competencies]
        ),
    )


def joined(parts: Sequence[Summary]) -> Summary:
    """Consecutive chunks of persons as one summary."""
    names = [field.name for field in fields(Summary)]
    return Summary(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _p_above_all(interpretation: Interpretation, likelihood: Floats, posterior: BlockPosterior) -> Floats:
    """The evidence with every carrier's likelihood restricted to above its zones, over the evidence.

    The weights of the restriction swing about 0 and 1 near the cut; their signs are kept, because the
    sum over nodes is exact only with them.
    """
    lattice = interpretation.lattice
    restricted, scale = lattice.block_likelihood(
        likelihood * interpretation.above_all, posterior.carrier_log_scale
    )
    share = np.exp(scale - posterior.log_scale) / posterior.evidence
    return _probability(lattice.evidence(restricted) * share)


def _probability(sums: Floats) -> Floats:
    """Sums of sinc weights, which have ripples of the grid's error, held to [0, 1] and in float64."""
    return np.clip(sums.astype(np.float64), 0.0, 1.0)


def _p_above_own_mean(mean: Floats, covariance: Floats) -> Floats:
    """Φ(E d / SD d) for the contrasts d_c = θ_c − mean of the other competencies, (n, n_competencies)."""
    n = mean.shape[1]
    if n == 1:
        return np.full_like(mean, 0.5)
    contrasts = np.eye(n) - (1.0 - np.eye(n)) / (n - 1)
    difference = mean @ contrasts.T
    variance = np.einsum("ci,nij,cj->nc", contrasts, covariance, contrasts)
    degenerate = variance <= 1e-12
    z = difference / np.sqrt(np.where(degenerate, 1.0, variance))
    return np.where(degenerate, 0.5, ndtr(z))
