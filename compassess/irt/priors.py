"""Priors on item parameters: what is added to the log-likelihood, and its slopes.

Rule: a prior is a density of a parameter in the IRT metric, and the estimate is the mode of
log-likelihood + Σ log prior. A logit-normal prior on an asymptote counts as a normal density of its
logit. Chain rule: with J = ∂(a, b, c, d) / ∂ξ the slope in ξ is Jᵀ g.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy.special import logit

from compassess.errors import InputError, Problem
from compassess.irt.models import Columns, Family, Floats

__all__ = [
    "DEFAULT_PRIORS",
    "Beta",
    "LogNormal",
    "LogitNormal",
    "Normal",
    "Penalty",
    "Prior",
    "Priors",
    "penalty",
    "priors_for",
]


_STEEP: Final = 1e8  # more than a million persons tell about a slope


class Prior(Protocol):
    """A log-density up to a constant, with its first and second derivative in the parameter."""

    def log_density(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """log p(x) + const, d log p / dx, d² log p / dx²."""


@dataclass(frozen=True, slots=True)
class Normal:
    """log p = −(x − mean)² / (2 sd²)."""

    mean: float
    sd: float

    def log_density(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Value and derivatives."""
        z = (x - self.mean) / self.sd
        return -0.5 * z**2, -z / self.sd, np.full_like(x, -1.0 / self.sd**2)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """log p = −log x − (log x − mean)² / (2 sd²) for x > 0; −∞ elsewhere.

    Elsewhere the derivatives are those of a steep parabola about the median, so that a Newton step from
    there, where an item that is keyed the wrong way may start, leads inside.
    """

    mean: float
    sd: float

    def log_density(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Value and derivatives."""
        inside, back = x > 0, _STEEP * (np.exp(self.mean) - x)
        x = np.where(inside, x, 1.0)
        z = (np.log(x) - self.mean) / self.sd**2
        value = -np.log(x) - 0.5 * z**2 * self.sd**2
        slope, bend = (-1.0 - z) / x, (1.0 + z - 1.0 / self.sd**2) / x**2
        return (
            np.where(inside, value, -np.inf),
            np.where(inside, slope, back),
            np.where(inside, bend, -_STEEP),
        )


@dataclass(frozen=True, slots=True)
class Beta:
    """log p = (alpha − 1) log x + (beta − 1) log (1 − x)."""

    alpha: float
    beta: float

    def log_density(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Value and derivatives."""
        x, p, q = _inside(x), self.alpha - 1.0, self.beta - 1.0
        value = p * np.log(x) + q * np.log1p(-x)
        return value, p / x - q / (1.0 - x), -p / x**2 - q / (1.0 - x) ** 2


@dataclass(frozen=True, slots=True)
class LogitNormal:
    """log p = −(logit x − mean)² / (2 sd²): normal in the logit, without the Jacobian."""

    mean: float
    sd: float

    def log_density(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Value and derivatives in x."""
        x = _inside(x)
        z = (logit(x) - self.mean) / self.sd**2
        stretch = 1.0 / (x * (1.0 - x))
        bend = -(1.0 - 2.0 * x) * stretch**2
        return -0.5 * z**2 * self.sd**2, -z * stretch, -(stretch**2) / self.sd**2 - z * bend


def _inside(x: Floats) -> Floats:
    """x moved off 0 and 1, where a logit rounds to, so that 1 / x⁴ and 1 / (1 − x)⁴ are numbers."""
    return np.clip(x, 1e-75, np.nextafter(1.0, 0.0))


#: By model and parameter. Without a prior the asymptotes of weak items run to 0 or 1: log-odds of a
#: guess are taken to lie around 0.2, those of a slip around 0.95, each within a factor of about 2.7.
DEFAULT_PRIORS: Final[Mapping[str, Mapping[str, Prior]]] = {
    "3PL": {"c": LogitNormal(float(logit(0.2)), 0.5)},
    "4PL": {"c": LogitNormal(float(logit(0.2)), 0.5), "d": LogitNormal(float(logit(0.95)), 0.5)},
}

Priors = Mapping[str, Prior]


def priors_for(model: str, given: Mapping[str, Prior | None] | None) -> Priors:
    """The priors of a model: the defaults, with ``given`` in their place; None takes one away.

    Raises
    ------
    InputError : a prior on something that is not a, b, c or d.
    """
    chosen: dict[str, Prior | None] = dict(DEFAULT_PRIORS.get(model, {}))
    unknown = sorted(set(given or {}) - {"a", "b", "c", "d"})
    if unknown:
        raise InputError(
            [
                Problem(where=f"priors[{name!r}]", what="no such parameter", expected="'a', 'b', 'c' or 'd'")
                for name in unknown
            ]
        )
    chosen |= dict(given or {})
    return {name: prior for name, prior in chosen.items() if prior is not None}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Penalty:
    """The sum of an item's log priors, and its shape in ξ.

    ``value`` (n_items,); ``gradient`` (n_items, n_parameters); ``curvature`` (n_items, n_parameters,
    n_parameters), minus the second derivative without its indefinite part (Gauss–Newton).
    """

    value: Floats
    gradient: Floats
    curvature: Floats


def penalty(family: Family, priors: Priors, xi: Floats) -> Penalty:
    """The priors' part of the objective at working parameters ``xi``.

    Parameters without a counterpart in the family (c of a graded item) are passed over.
    """
    columns = family.to_irt(xi)
    value = np.zeros(len(xi))
    slopes, bends = _zeros(columns), _zeros(columns)
    for name, prior in priors.items():
        if name in columns:
            log_density, slope, bend = prior.log_density(columns[name])
            value += log_density.sum(axis=1)
            slopes[name], bends[name] = slope, np.maximum(-bend, 0.0)
    jacobian = family.to_irt_jacobian(xi)
    gradient = np.concatenate(list(slopes.values()), axis=1)
    weight = np.concatenate(list(bends.values()), axis=1)
    return Penalty(
        value=value,
        gradient=np.einsum("jw,jwp->jp", gradient, jacobian),
        curvature=np.einsum("jwp,jw,jwr->jpr", jacobian, weight, jacobian),
    )


def _zeros(columns: Columns) -> dict[str, Floats]:
    return {name: np.zeros_like(values) for name, values in columns.items()}
