"""Which way up: competencies and blocks turned so that most slopes are positive."""

from __future__ import annotations

import numpy as np

from compassess.irt.em import Fit, Parameters

__all__ = ["oriented"]


def oriented(fit: Fit, parameters: Parameters) -> Parameters:
    """Turn competencies, then blocks, so that most slopes are positive; the likelihood stays the same."""
    layout, structure = fit.layout, fit.structure
    names = tuple(structure.block_of_competency)
    block_of = [structure.blocks.index(structure.block_of_competency[name]) for name in names]
    home = np.array([names.index(name) for name in structure.competency_of_item])
    slopes = np.zeros(len(home))
    for batch, xi in zip(layout.batches, parameters.items, strict=True):
        slopes[batch.items] = xi[:, 0]
    votes = np.bincount(home, weights=np.sign(slopes), minlength=len(names))
    free = np.isin(np.arange(len(names)), fit.free)
    competency_sign = np.where(free & (votes < 0), -1.0, 1.0)
    weight = np.where(free, np.abs(votes) * np.sign(parameters.loadings * competency_sign), votes)
    block_votes = np.bincount(block_of, weights=weight, minlength=len(structure.blocks))
    block_sign = np.where(block_votes < 0, -1.0, 1.0)
    item_sign = np.where(free, competency_sign, block_sign[block_of])[home]
    items = tuple(
        np.column_stack([xi[:, 0] * item_sign[batch.items], xi[:, 1:]])
        for batch, xi in zip(layout.batches, parameters.items, strict=True)
    )
    return Parameters(
        items=items,
        means=parameters.means * block_sign,
        covariances=parameters.covariances * np.outer(block_sign, block_sign),
        loadings=np.where(
            free, parameters.loadings * competency_sign * block_sign[block_of], parameters.loadings
        ),
    )
