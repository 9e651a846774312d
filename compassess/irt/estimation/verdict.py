"""What is said of a fit: whether it converged, which estimates stopped at a bound, what the nodes decide."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.nodes import STEEPEST, TOLERATED
from compassess.irt.estimation.population_steps import least_eigenvalue
from compassess.irt.estimation.schedule import Solution
from compassess.irt.models import Floats

__all__ = ["held_at_bounds", "verdict"]

_AT_BOUND: Final = 1e-4  # an estimate nearer to its bound than this has been stopped by it
_WEAK: Final = 0.3  # below it a competency and its block share less than a tenth of their variance
_RUNS_ON: Final = 100.0  # tolerances; a step so long is no last touch


def verdict(end: Solution, phi: Floats, tolerance: float) -> str:
    """The status of a fit, in sentences; ``phi`` the estimates that are reported."""
    return _sentence(end, tolerance) + _bounds_reached(end.fit, phi) + _nodes_reached(end)


def held_at_bounds(fit: Fit, phi: Floats) -> NDArray[np.bool_]:
    """Estimates that stopped at what the nodes resolve: λ at its bound, R that is nearly singular."""
    space, held = fit.space, np.zeros(phi.size, dtype=np.bool_)
    held[space.loading_places] = np.abs(phi[space.loading_places]) >= fit.bound - _AT_BOUND
    for group in range(space.n_groups):
        if _nearly_singular(fit, phi, group):
            held[space.covariance_places(group)] = True
    return held


def _nearly_singular(fit: Fit, phi: Floats, group: int) -> bool:
    """Whether the correlations of a group's blocks are where the nodes stop resolving them."""
    least = np.linalg.eigvalsh(fit.space.population(phi, group).correlation)[0]
    return bool(least <= least_eigenvalue(fit.grid.theta) + _AT_BOUND)


def _sentence(end: Solution, tolerance: float) -> str:
    """What happened, and what to do about it."""
    known = not np.isnan(end.distance)
    gradient = f", the gradient puts the maximum within {end.distance:.1e} SE" if known else ""
    if end.converged:
        flat = (
            " A parameter runs on where the likelihood is flat: look at items with the status extreme_slope."
            if end.change > _RUNS_ON * tolerance
            else ""
        )
        return f"converged after {end.n_steps} E-steps (largest change {end.change:.1e}{gradient}).{flat}"
    return (
        f"not converged after {end.n_steps} E-steps: the largest change is still {end.change:.1e}, above "
        f"{tolerance:.1e}{gradient}. Raise max_iterations, and look at items with the status extreme_slope."
    )


def _bounds_reached(fit: Fit, phi: Floats) -> str:
    """Sentences on estimates that are where the grid's resolution stops them, "" for none."""
    names = tuple(fit.space.structure.block_of_competency)
    loadings = fit.space.loadings(phi)
    told = [
        f" λ of {names[c]!r} is at the bound of what the nodes resolve ({fit.bound:.3f}): the competency "
        "cannot be told from its block."
        for c in fit.space.free_loadings
        if abs(loadings[c]) >= fit.bound - _AT_BOUND
    ]
    told += [
        f" λ of {names[c]!r} is kept at 1: it has a single estimated item, or is alone in its block."
        for c in fit.space.held_loadings
    ]
    told += [
        f" λ of {names[c]!r} is weak ({loadings[c]:.2f}): the competency has little in common with its block."
        for c in fit.space.free_loadings
        if abs(loadings[c]) < _WEAK
    ]
    if _nearly_singular(fit, phi, 0):
        told.append(" R is as near to singular as the nodes resolve: some blocks cannot be told apart.")
    return "".join(told)


def _nodes_reached(end: Solution) -> str:
    """A sentence on a grid that was too coarse or too narrow, "" where it was not."""
    found, told = end.quadrature, ""
    if found.is_too_steep:
        told = (
            f" Slopes beyond {STEEPEST / end.fit.grid.spacing:.0f} are steeper than the nodes follow: how "
            "high the likelihood is hangs on where those lie. Look at items with the status extreme_slope."
        )
    if found.error > TOLERATED:
        told += (
            f" The {end.fit.grid.n_nodes} nodes are too coarse for these posteriors: the log-likelihood may "
            f"be off by {found.error:.1g}. Raise nodes=."
        )
    if not found.wide_enough:
        told += " Some abilities lie at the ends of the nodes: the population is wider than they reach."
    return told
