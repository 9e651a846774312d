"""What the masses of the joint grid say about the blocks: means and mean products."""

from __future__ import annotations

import numpy as np

from compassess.irt.models import Floats

__all__ = ["about", "first_moments", "mean_products", "moments_about"]


def first_moments(joint: Floats, theta: Floats) -> Floats:
    """E θ under the masses of the joint grid, (n_blocks,)."""
    n_blocks, total = joint.ndim, joint.sum()
    return np.array(
        [
            joint.sum(axis=tuple(axis for axis in range(n_blocks) if axis != block)) @ theta / total
            for block in range(n_blocks)
        ]
    )


def mean_products(joint: Floats, theta: Floats) -> Floats:
    """S = E θ θᵀ under the masses of the joint grid, (n_blocks, n_blocks)."""
    n_blocks = joint.ndim
    total = joint.sum()
    products = np.empty((n_blocks, n_blocks))
    for i in range(n_blocks):
        for j in range(i, n_blocks):
            others = tuple(axis for axis in range(n_blocks) if axis not in (i, j))
            table = joint.sum(axis=others)
            value = table @ theta**2 if i == j else theta @ table @ theta
            products[i, j] = products[j, i] = value / total
    return products


def about(mean: Floats, first: Floats, products: Floats) -> Floats:
    """E (θ − μ)(θ − μ)ᵀ from E θ and E θ θᵀ, (n_blocks, n_blocks)."""
    return np.asarray(products - np.outer(mean, first) - np.outer(first, mean) + np.outer(mean, mean))


def moments_about(mean: Floats, joint: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """E (θ − μ) and E (θ − μ)(θ − μ)ᵀ under the masses of the joint grid."""
    first = first_moments(joint, theta)
    return first - mean, about(mean, first, mean_products(joint, theta))
