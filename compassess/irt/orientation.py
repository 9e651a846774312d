"""Which way up: competencies and blocks turned so that most slopes are positive."""

from __future__ import annotations

import numpy as np

from compassess.irt.em import Fit, Parameters
from compassess.irt.maximisation import ItemParameters
from compassess.irt.models import Family, Floats, model_named

__all__ = ["oriented"]


def oriented(fit: Fit, parameters: Parameters) -> Parameters:
    """Turn competencies, then blocks, so that most slopes are positive; the likelihood stays the same."""
    layout, structure = fit.layout, fit.structure
    names = tuple(structure.block_of_competency)
    block_of = [structure.blocks.index(structure.block_of_competency[name]) for name in names]
    home = np.array([names.index(name) for name in structure.competency_of_item])
    families = [model_named(batch.model).family for batch in layout.batches]
    xis = fit.xi(parameters)
    direction = np.zeros(len(home))
    for batch, family, xi in zip(layout.batches, families, xis, strict=True):
        direction[batch.items] = np.sign(_slopes(family, xi))
    votes = np.bincount(home, weights=direction, minlength=len(names))
    free = np.isin(np.arange(len(names)), fit.free)
    competency_sign = np.where(free & (votes < 0), -1.0, 1.0)
    weight = np.where(free, np.abs(votes) * np.sign(parameters.loadings * competency_sign), votes)
    block_votes = np.bincount(block_of, weights=weight, minlength=len(structure.blocks))
    block_sign = np.where(block_votes < 0, -1.0, 1.0)
    item_sign = np.where(free, competency_sign, block_sign[block_of])[home]
    if np.all(item_sign > 0) and np.all(block_sign > 0):
        return parameters
    items = []
    for batch, form, family, xi in zip(layout.batches, fit.forms, families, xis, strict=True):
        turned = np.where(item_sign[batch.items, None] < 0, family.mirrored(xi), xi)
        shared, own = form.nearest(turned)
        items.append(ItemParameters(shared=shared, own=own))
    return Parameters(
        items=tuple(items),
        means=parameters.means * block_sign,
        covariances=parameters.covariances * np.outer(block_sign, block_sign),
        loadings=np.where(
            free, parameters.loadings * competency_sign * block_sign[block_of], parameters.loadings
        ),
    )


def _slopes(family: Family, xi: Floats) -> Floats:
    """The slope of each item; for nominal items that of the highest category over the lowest."""
    columns = family.to_irt(xi)
    if "a" in columns:
        return columns["a"][:, 0]
    return np.asarray(columns["slopes"][:, -1] - columns["slopes"][:, 0])
