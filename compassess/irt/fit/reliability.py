"""Reliability: the share of the variance of estimates that is true, told before and after a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.irt.ability import score
from compassess.irt.curves import information
from compassess.irt.fit.dimensions import NODES, marginal, weights
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.irt.simulating import simulate_abilities, simulate_responses
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SimulatedReliability",
    "conditional_reliability",
    "empirical_reliability",
    "marginal_reliability",
    "simulated_reliability",
]

Floats = NDArray[np.float64]


def empirical_reliability(theta: ArrayLike, se: ArrayLike) -> Floats:
    """Var θ̂ / (Var θ̂ + mean SE²), of posterior means and SDs, by column.

    ``theta`` and ``se`` (n_persons,) or (n_persons, n_dimensions): those of
    :class:`compassess.irt.Scores` (EAP) for blocks, of its ``competencies``, or of a composite. Persons
    without an estimate are left out.

    Limits: for ML and WLE, whose variance holds the error already, take
    :func:`simulated_reliability`. NaN for a column in which fewer than two persons have an estimate.

    Raises
    ------
    InputError : other shapes; no column with two persons.

    References
    ----------
    Bechger, Maris, Verstralen & Béguin (2003), Applied Psychological Measurement 27.
    """
    estimate, error = np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64)
    if estimate.shape != error.shape or estimate.ndim not in (1, 2):
        raise InputError(
            Problem(
                where="theta, se",
                what="they must have one shape",
                got=f"{estimate.shape} and {error.shape}",
                expected="(n_persons,) or (n_persons, n_dimensions)",
            )
        )
    known = np.isfinite(estimate) & np.isfinite(error)
    n = known.sum(axis=0)
    if np.max(n) < 2:
        raise InputError(
            Problem(where="theta, se", what="a variance needs two persons", got=str(int(np.max(n))))
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, estimate, 0.0).sum(axis=0) / n
        variance = np.where(known, (estimate - mean) ** 2, 0.0).sum(axis=0) / (n - 1.0)
        found = variance / (variance + np.where(known, error**2, 0.0).sum(axis=0) / n)
    return np.asarray(np.where(n > 1, found, np.nan))


def conditional_reliability(
    items: Items, theta: ArrayLike, *, population: Population | None = None
) -> Floats:
    """I(θ) / (I(θ) + 1 / σ²) of every competency by its own items, (n_competencies, n_points).

    I is the information of the competency's items, σ² its variance. What other competencies add is left out.

    References
    ----------
    Nicewander (2018), Educational and Psychological Measurement 78.
    """
    people = items.population if population is None else population
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    known = items.usable
    table = np.zeros((items.n_items, points.size))
    table[known] = information(items.select(known), points)
    gained = np.zeros((people.n_competencies, points.size))
    np.add.at(gained, items.competency_index, table)
    return gained / (gained + 1.0 / people.competency_sd[:, None] ** 2)


def marginal_reliability(items: Items, *, population: Population | None = None) -> dict[str, float]:
    """∫ I / (I + 1 / σ²) φ(θ) dθ by competency: the mean of :func:`conditional_reliability`.

    Limits: it is known before anybody is tested, for a form of all of ``items``; it takes the posterior
    variance for 1 / (I + 1 / σ²), which is somewhat too small in short tests.

    References
    ----------
    Green, Bock, Humphreys, Linn & Reckase (1984), Journal of Educational Measurement 21, eq. 6.
    """
    people = items.population if population is None else population
    found = {}
    for place, name in enumerate(people.competencies):
        own = np.flatnonzero(items.competency_index == place)
        if not own.size or not items.usable[own].any():
            found[name] = 0.0
            continue
        mean, sd = marginal(people, place)
        line = conditional_reliability(items, mean + sd * NODES, population=people)[place]
        found[name] = float(line @ weights())
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedReliability:
    """The answer of :func:`simulated_reliability`, (n_dimensions,): blocks first.

    ``true`` is the squared correlation of estimates and simulated θ, ``standard_error`` its Monte-Carlo
    error; ``empirical`` what :func:`empirical_reliability` says of the same estimates.
    """

    names: tuple[str, ...]
    true: Floats
    standard_error: Floats
    empirical: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a dimension."""
        return frame(
            {
                "dimension": self.names,
                "true": self.true,
                "standard_error": self.standard_error,
                "empirical": self.empirical,
            }
        )


def simulated_reliability(
    items: Items,
    *,
    n_persons: int = 10_000,
    seed: int,
    method: str = "EAP",
    population: Population | None = None,
) -> SimulatedReliability:
    """ρ² of estimates and true θ of simulated people who answer all items, beside the empirical reliability.

    Its Monte-Carlo error is 2 ρ (1 − ρ²) / √n.

    Raises
    ------
    InputError : as :func:`compassess.irt.simulate_abilities` and :func:`compassess.irt.score`.
    """
    people = items.population if population is None else population
    of_people, of_answers = (int(state) for state in np.random.SeedSequence(seed).generate_state(2))
    abilities = simulate_abilities(people, n_persons, seed=of_people)
    found = score(simulate_responses(items, abilities, seed=of_answers), items, method, population=people)
    own = people.loadings < 1.0
    truth = np.column_stack([abilities.blocks, abilities.competencies[:, own]])
    theta = np.column_stack([found.theta.reshape(n_persons, -1), found.competencies.theta[:, own]])
    se = np.column_stack([found.se.reshape(n_persons, -1), found.competencies.se[:, own]])
    known = np.isfinite(theta)
    rho = np.array(
        [
            np.corrcoef(theta[known[:, d], d], truth[known[:, d], d])[0, 1]
            if known[:, d].sum() > 2
            else np.nan
            for d in range(theta.shape[1])
        ]
    )
    names = (*people.blocks, *(n for n, mine in zip(people.competencies, own, strict=True) if mine))
    return SimulatedReliability(
        names=names,
        true=rho**2,
        standard_error=2.0 * np.abs(rho) * (1.0 - rho**2) / np.sqrt(np.maximum(known.sum(axis=0), 1)),
        empirical=empirical_reliability(theta, se),
    )
