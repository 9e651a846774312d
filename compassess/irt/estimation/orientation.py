"""Which way up: competencies and blocks turned so that most slopes are positive."""

from __future__ import annotations

import numpy as np

from compassess.irt.estimation.fit import Fit
from compassess.irt.models import Family, Floats, model_named

__all__ = ["oriented"]


def oriented(fit: Fit, phi: Floats) -> Floats:
    """Turn competencies, then blocks, so that most slopes are positive; the likelihood stays the same.

    Fixed items, and slopes that are 1, say which way is up in theirs: those are left alone. So is everything
    where a turn would break a slope that two dimensions share.
    """
    layout, space, structure = fit.layout, fit.space, fit.space.structure
    names = tuple(structure.block_of_competency)
    block_of = [structure.blocks.index(structure.block_of_competency[name]) for name in names]
    competency_of_carrier = np.zeros(len(layout.carrier_rows), dtype=np.intp)
    carriers = fit.lattice(phi).carrier_of_competency
    free = np.isin(np.arange(len(names)), space.free_loadings)
    xis = space.xi(phi)
    votes, held = np.zeros(len(names)), np.zeros(len(names), dtype=np.bool_)
    block_carrier_votes = np.zeros(len(layout.carrier_rows))
    competency_of_carrier[carriers] = np.arange(len(names))
    for batch, family, xi in zip(layout.batches, fit.families, xis, strict=True):
        direction = np.sign(_slopes(family, xi))
        mine = layout.carrier_of_item[batch.items]
        np.add.at(block_carrier_votes, mine, direction)
        if batch.kind == "fixed" or model_named(batch.model).fixed_slope:
            held[np.isin(carriers, mine)] = True
    # A carrier with λ free is one competency; one that several competencies share is their block.
    votes[free] = block_carrier_votes[carriers[free]]
    competency_sign = np.where(free & (votes < 0) & ~held, -1.0, 1.0)
    loadings = space.loadings(phi)
    block_votes = np.bincount(
        block_of,
        weights=np.where(free, np.abs(votes) * np.sign(loadings * competency_sign), 0.0),
        minlength=len(structure.blocks),
    )
    for carrier in np.unique(carriers[~free]).tolist():
        block_votes[block_of[competency_of_carrier[carrier]]] += block_carrier_votes[carrier]
    blocks_held = np.bincount(block_of, weights=held, minlength=len(structure.blocks)) > 0
    block_sign = np.where((block_votes < 0) & ~blocks_held, -1.0, 1.0)
    sign = np.where(free, competency_sign, block_sign[block_of])
    if np.all(sign > 0) and np.all(block_sign > 0):
        return phi
    sign_of_carrier = sign[competency_of_carrier]
    turned, wanted = phi.copy(), []
    for batch, form, family, xi in zip(layout.batches, space.forms, fit.families, xis, strict=True):
        item_sign = sign_of_carrier[layout.carrier_of_item[batch.items]]
        wanted.append(np.where(item_sign[:, None] < 0, family.mirrored(xi), xi))
        form.nearest(wanted[-1], turned)
    if not all(map(_alike, space.xi(turned), wanted)):
        return phi
    space.write_loadings(turned, np.where(free, loadings * competency_sign * block_sign[block_of], loadings))
    for group in range(space.n_groups):
        space.write_moments(
            turned,
            group,
            space.mean(phi, group) * block_sign,
            space.covariance(phi, group) * np.outer(block_sign, block_sign),
        )
    return turned


def _alike(one: Floats, other: Floats) -> bool:
    """Equal but for rounding."""
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-9))


def _slopes(family: Family, xi: Floats) -> Floats:
    """The slope of each item; for nominal items that of the highest category over the lowest."""
    columns = family.to_irt(xi)
    if "a" in columns:
        return columns["a"][:, 0]
    return np.asarray(columns["slopes"][:, -1] - columns["slopes"][:, 0])
