"""What the masses of the joint grid say about the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt.estimation.joint_masses import first_moments, mean_products


@pytest.mark.parametrize("n_blocks", [1, 2, 3])
def test_moments_are_means_over_the_whole_grid(n_blocks: int) -> None:
    """Of masses of any sum, as a mean taken node by node."""
    theta = np.array([-2.0, -0.5, 1.0, 3.0])
    joint = np.random.default_rng(n_blocks).exponential(size=(4,) * n_blocks)
    first, products = np.zeros(n_blocks), np.zeros((n_blocks, n_blocks))
    for node in np.ndindex(*joint.shape):
        at = theta[list(node)]
        first += joint[node] * at
        products += joint[node] * np.outer(at, at)
    np.testing.assert_allclose(first_moments(joint, theta), first / joint.sum(), rtol=1e-12)
    np.testing.assert_allclose(mean_products(joint, theta), products / joint.sum(), rtol=1e-12)
