"""Repeated studies of the same items: what was estimated, what it was told to err by, and the truth.

Monte-Carlo errors are those of means over replications, which are independent; estimates within a
replication go together and are averaged first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from compassess.irt import Calibration, Items, Population, simulate_abilities, simulate_responses
from compassess.irt.models import Floats
from compassess.responses import Responses

__all__ = [
    "Mean",
    "Quantities",
    "Study",
    "drawn",
    "item_quantities",
    "latent_mean",
    "latent_variance",
    "repeated",
    "together",
]

NORMAL_95: Final = 1.959964
AT_BOUND: Final = 0.97  # only a λ at its bound, .98 on 41 nodes and .99 on 61, may have no error
Quantities = tuple[Floats, Floats, Floats]  # estimates, truths and standard errors, each (n_quantities,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean over replications and its Monte-Carlo error."""

    value: float
    error: float

    @classmethod
    def of(cls, by_replication: Floats) -> Mean:
        """The mean of independent values, (n_replications,)."""
        n = by_replication.size
        return cls(value=float(by_replication.mean()), error=float(by_replication.std(ddof=1) / np.sqrt(n)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """``estimate``, ``truth`` and ``error``, each (n_replications, n_quantities).

    An error is NaN where an estimate stopped at a bound: it has no interval, and counts for bias alone.
    """

    estimate: Floats
    truth: Floats
    error: Floats

    @property
    def z(self) -> Floats:
        """(estimate − truth) / SE."""
        return (self.estimate - self.truth) / self.error

    @property
    def coverage(self) -> Mean:
        """The share of 95 % intervals that hold the truth, over replications and quantities."""
        inside = np.where(np.isfinite(self.z), np.abs(self.z) < NORMAL_95, np.nan)
        return Mean.of(np.nanmean(inside, axis=1))

    @property
    def without_error(self) -> float:
        """The share of estimates that have no interval."""
        return float(np.isnan(self.error).mean())

    @property
    def variance_ratio(self) -> Mean:
        """Mean squared error over mean reported SE², the mean over quantities."""
        told = np.nanmean(self.error**2, axis=0)
        wrong = np.where(np.isfinite(self.error), self.estimate - self.truth, np.nan)
        return Mean.of(np.nanmean(wrong**2 / told, axis=1))

    @property
    def bias(self) -> Floats:
        """The mean error of each quantity in its Monte-Carlo errors, about N(0, 1) where there is none."""
        wrong = self.estimate - self.truth
        return wrong.mean(axis=0) / (wrong.std(axis=0, ddof=1) / np.sqrt(len(wrong)))

    @property
    def relative_bias(self) -> Floats:
        """The mean error of each quantity in its standard errors."""
        return (self.estimate - self.truth).mean(axis=0) / np.sqrt(np.nanmean(self.error**2, axis=0))

    def of(self, which: Floats | slice | list[int]) -> Study:
        """Some of the quantities."""
        return Study(estimate=self.estimate[:, which], truth=self.truth[:, which], error=self.error[:, which])


def repeated(one: Callable[[int], Quantities], n_replications: int, *, seed: int = 0) -> Study:
    """``one`` study for each of so many seeds."""
    # Seeds of studies lie apart, so that a study may use a few following ones.
    found = [one(seed + 10 * replication) for replication in range(n_replications)]
    estimate, truth, error = (np.array(part) for part in zip(*found, strict=True))
    assert np.all(np.isfinite(estimate))
    assert np.all(np.isfinite(error) | (np.abs(estimate) > AT_BOUND))
    return Study(estimate=estimate, truth=truth, error=error)


def together(parts: Iterable[Quantities]) -> Quantities:
    """Several groups of quantities as one."""
    estimate, truth, error = (np.concatenate(part) for part in zip(*parts, strict=True))
    return estimate, truth, error


def item_quantities(fit: Calibration, truth: Items) -> Quantities:
    """All estimated parameters of items in the metric of the reports: a, b, c, d, or slopes and intercepts."""
    assert fit.converged, fit.status
    errors = fit.standard_errors
    assert errors is not None
    parts = []
    for name in ("a", "b", "c", "d", "slopes", "intercepts"):
        error = getattr(errors, name).ravel()
        free = np.isfinite(error)
        parts.append(
            (getattr(fit.items, name).ravel()[free], getattr(truth, name).ravel()[free], error[free])
        )
    return together(parts)


def drawn(truth: Items, n_persons: int, seed: int, *, least: int = 20) -> Responses:
    """Answers of new persons, of which every category of every item has so many."""
    responses = simulate_responses(
        truth, simulate_abilities(truth.population, n_persons, seed=seed), seed=seed + 1
    )
    codes = responses.codes()
    counts = [np.bincount(codes[codes[:, j] >= 0, j], minlength=k) for j, k in enumerate(truth.n_categories)]
    assert min(count.min() for count in counts) >= least
    return responses


def latent_variance(fit: Calibration, truth: Population, group: int = 0) -> Quantities:
    """The variance of θ in one block."""
    assert fit.standard_errors is not None
    return (
        fit.latent_covariance[group, 0],
        truth.covariance[0],
        fit.standard_errors.covariances[group, 0],
    )


def latent_mean(fit: Calibration, truth: Population, group: int = 0) -> Quantities:
    """The mean of θ in one block."""
    assert fit.standard_errors is not None
    return fit.latent_mean[group], truth.mean, fit.standard_errors.means[group]
