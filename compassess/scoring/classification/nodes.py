"""A form's population as nodes and masses, laid so that what jumps at a cut is summed exactly.

The accuracy of a classification jumps where θ passes a cut. Equally spaced nodes would err by as much as
half a node's mass there; Gauss–Legendre points within every piece between jumps do not.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from compassess.errors import InputError, Problem
from compassess.irt import Items, Population

__all__ = ["crossings", "dimension_of", "one_dimensional", "population_nodes"]

Floats = NDArray[np.float64]

_REACH: Final = 8.5  # SD; 2e-17 of a normal population lies beyond
_POINTS: Final = 24  # exact to 1e-13 for slopes up to 8 on pieces of one half
_LONGEST: Final = 0.5
_SCAN: Final = 4001  # points on which a curve is looked at for crossings


def dimension_of(items: Items, population: Population | None = None) -> tuple[float, float]:
    """Mean and SD of the one dimension that all usable ``items`` measure, in the population.

    Raises
    ------
    InputError : items of several dimensions, or none with parameters.
    """
    people = population or items.population
    used, places = _measured(items, people)
    if not one_dimensional(items, people):
        raise InputError(
            Problem(
                where="items",
                what="a form needs items of one dimension of the population",
                got=f"items of {', '.join(used) or 'no dimension'}",
                expected="one competency, or one block",
                remedy="Select the items of one block or competency.",
            )
        )
    return float(people.competency_mean[places[0]]), float(people.competency_sd[places[0]])


def one_dimensional(items: Items, population: Population | None = None) -> bool:
    """Whether all usable ``items`` measure one and the same dimension of the population."""
    people = population or items.population
    used, places = _measured(items, people)
    one = len(places) == 1 or bool(
        places and np.all(people.loadings[places] == 1.0) and np.ptp(people.block_of[places]) == 0
    )
    return one and len(places) == len(used)


def population_nodes(mean: float, sd: float, breaks: ArrayLike) -> tuple[Floats, Floats]:
    """Nodes and masses of N(mean, sd²), (n_nodes,) each; no node's piece reaches over a break."""
    low, high = mean - _REACH * sd, mean + _REACH * sd
    inside = [float(one) for one in np.sort(np.atleast_1d(breaks)) if low < one < high]
    longest = _LONGEST * min(sd, 1.0)
    ends = np.concatenate(
        [
            np.linspace(a, b, max(ceil((b - a) / longest), 1) + 1)[:-1]
            for a, b in zip([low, *inside], [*inside, high], strict=True)
        ]
        + [np.array([high])]
    )
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    half = np.diff(ends)[:, None] / 2
    theta = (ends[:-1, None] + half * (x + 1.0)).ravel()
    masses = (half * w).ravel() * norm.pdf(theta, mean, sd)
    return theta, masses / masses.sum()


def crossings(
    curve: Callable[[Floats], Floats], levels: ArrayLike, mean: float, sd: float
) -> NDArray[np.float64]:
    """Every θ within reach of N(mean, sd²) at which a smooth curve passes one of the levels, ascending."""
    theta = np.linspace(mean - _REACH * sd, mean + _REACH * sd, _SCAN)
    values = curve(theta)
    found: list[float] = []
    for level in np.atleast_1d(np.asarray(levels, dtype=np.float64)).tolist():

        def off(point: float, level: float = level) -> float:
            return float(curve(np.array([point]))[0]) - level

        above = values >= level
        passed = np.flatnonzero(above[1:] != above[:-1]).tolist()
        found += [brentq(off, theta[at], theta[at + 1], xtol=1e-14) for at in passed]
    return np.sort(np.array(found, dtype=np.float64))


def _measured(items: Items, people: Population) -> tuple[list[str], list[int]]:
    """The competencies of usable items, and the places of those that the population knows."""
    used = dict.fromkeys(name for name, use in zip(items.competencies, items.usable, strict=True) if use)
    return list(used), [people.competencies.index(name) for name in used if name in people.competencies]
