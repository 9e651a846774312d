"""Means and covariances of the composite, the blocks and the competencies under one joint posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.dimensions import dimension_of_competency
from compassess.irt.lattice import BlockPosterior
from compassess.irt.moments import dimension_moments
from compassess.scoring.interpretation import Interpretation

__all__ = ["JointMoments", "joint_moments"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointMoments:
    """Means and covariances of n persons, over the dimensions of :attr:`JointPosterior.dimensions`.

    ``mean`` (n, d), ``covariance`` (n, d, d). A competency with λ = 1 has the row of its block.
    """

    mean: Floats
    covariance: Floats

    @property
    def sd(self) -> Floats:
        """Posterior SDs, (n, d)."""
        return np.sqrt(np.einsum("ndd->nd", self.covariance))

    @property
    def correlation(self) -> Floats:
        """Posterior correlations, (n, d, d)."""
        sd = self.sd
        return self.covariance / (sd[:, :, None] * sd[:, None, :])


def joint_moments(
    interpretation: Interpretation, likelihood: Floats, posterior: BlockPosterior, masses: Floats
) -> JointMoments:
    """Moments of the composite, blocks and competencies.

    ``likelihood`` and ``masses``, the posteriors, are by carrier, (n, n_carriers, Q).

    All three are linear in the blocks and in the competencies with λ < 1: with M that map, the mean is M μ
    and the covariance M Σ Mᵀ, exact on the grid.
    """
    lattice = interpretation.lattice
    found = dimension_moments(lattice, likelihood, posterior, masses)
    n_own = found.mean.shape[1]
    every = np.eye(n_own)
    composite = np.zeros((1, n_own))
    composite[0, : lattice.n_blocks] = interpretation.composite
    linear = np.concatenate([composite, every[: lattice.n_blocks], every[dimension_of_competency(lattice)]])
    return JointMoments(
        mean=found.mean @ linear.T,
        covariance=linear @ found.covariance @ linear.T,
    )
