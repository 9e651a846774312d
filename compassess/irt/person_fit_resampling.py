"""Person fit judged by simulated answers: what lz* is where answers to these very items follow the model.

The normal distribution of lz* is that of long fixed forms. A short form, or one that was chosen by the
answers, has another; so it is found: the same items are answered again and again at θ that the person may
have, the estimate is made anew each time, and with it lz*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.ability import score
from compassess.irt.items import Items
from compassess.irt.person_fit import PersonFit, person_fit
from compassess.irt.plausible import plausible_values
from compassess.irt.population import Population
from compassess.irt.resampling import critical_values, lower_p_values, replication_problems
from compassess.irt.simulating import Abilities, simulate_responses
from compassess.responses import Responses

__all__ = ["RESAMPLED_AT", "ResampledPersonFit", "resampled_person_fit"]

Floats = NDArray[np.float64]

_CELLS: Final = 2_000_000  # simulated answers in hand at a time: some 50 MB with what is computed from them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResampledPersonFit:
    """The answer of :func:`resampled_person_fit`.

    Attributes
    ----------
    observed : lz and lz* of the answers that were given, by the same method; its ``p_value`` is the normal
        one.
    p_value : (1 + replicates at most as high) / (1 + replicates), of lz* over all dimensions, (n_persons,).
    critical_value : values below it have p ≤ ``false_alarm_rate``, (n_persons,).
    false_alarm_rate : as asked for.
    n_replicates : those that have an lz*, (n_persons,).
    dimension_p_values : the same p by dimension, (n_persons, n_dimensions).
    """

    observed: PersonFit
    p_value: Floats
    critical_value: Floats
    false_alarm_rate: float
    n_replicates: NDArray[np.int64]
    dimension_p_values: Floats


#: Where θ of a replicate comes from: competencies' θ, (n_draws, n_persons, n_competencies).
Source = Callable[[Responses, Items, str, int, int, Population | None], Floats]


def resampled_person_fit(
    responses: Responses,
    items: Items,
    *,
    seed: int,
    method: str = "WLE",
    n_draws: int = 500,
    at: str = "posterior",
    false_alarm_rate: float = 0.05,
    population: Population | None = None,
) -> ResampledPersonFit:
    """lz* with a p-value and a critical value by simulated answers to the items that each person answered.

    ::

        θ_r ~ p(θ | x)  (or θ_r = θ̂),   x_r ~ P(· | θ_r) on the items of x,   θ̂_r from x_r,   lz*_r
        p = (1 + #{r : lz*_r ≤ lz*}) / (1 + R)

    Parameters
    ----------
    seed : the same seed, persons and items give the same numbers.
    method : the estimator, as in :func:`compassess.irt.person_fit`.
    n_draws : replicates of each person; the error of p is √(p (1 − p) / n_draws).
    at : "posterior", or "estimate" (θ̂ of ``method``).
    false_alarm_rate : what the critical value is for.

    Limits: p is never below 1 / (1 + R). The items are those that were given, also where other answers would
    have led to others: the replicates follow the model given the choice. A person without an lz*, or with
    fewer than 20 replicates that have one (ML, all right or all wrong), has NaN; so has the critical value
    where 1 / (1 + R) exceeds the rate.

    Raises
    ------
    InputError : as ``person_fit``; an unknown ``at``; a rate outside (0, 1), too few draws for it.

    References
    ----------
    de la Torre & Deng (2008), Journal of Educational Measurement 45, 159-177 (resampled lz); van
    Krimpen-Stoop & Meijer (1999), Applied Psychological Measurement 23 (adaptive tests need it); Davison &
    Hinkley (1997), Bootstrap Methods and their Application, eq. 4.11 (p).
    """
    _refuse(n_draws, at, false_alarm_rate)
    observed = person_fit(responses, items, method=method, population=population, few_answers=0)
    theta = RESAMPLED_AT[at](responses, items, method, n_draws, seed, population)
    total, by_dimension = _replicates(responses, items, theta, method, population, seed)
    p, n_valid = lower_p_values(observed.lz_star, total)
    dimension_p, _ = lower_p_values(observed.dimensions.lz_star, by_dimension)
    return ResampledPersonFit(
        observed=observed,
        p_value=p,
        critical_value=critical_values(total, false_alarm_rate),
        false_alarm_rate=false_alarm_rate,
        n_replicates=n_valid,
        dimension_p_values=dimension_p,
    )


def _from_posterior(
    responses: Responses, items: Items, method: str, n_draws: int, seed: int, population: Population | None
) -> Floats:
    del method
    drawn = plausible_values(responses, items, n_draws, seed=seed, population=population)
    return drawn.competencies.theta


def _from_estimate(
    responses: Responses, items: Items, method: str, n_draws: int, seed: int, population: Population | None
) -> Floats:
    del seed
    theta = score(responses, items, method, population=population).competencies.theta
    return np.broadcast_to(theta, (n_draws, *theta.shape))


#: The sources of θ by name.
RESAMPLED_AT: Final[Mapping[str, Source]] = MappingProxyType(
    {"posterior": _from_posterior, "estimate": _from_estimate}
)


def _replicates(
    responses: Responses,
    items: Items,
    theta: Floats,
    method: str,
    population: Population | None,
    seed: int,
) -> tuple[Floats, Floats]:
    """lz* of every replicate: over dimensions (n, R), and by dimension (n, R, d)."""
    n_draws, n_persons, _ = theta.shape
    size = max(1, _CELLS // max(n_draws * items.n_items, 1))
    starts = range(0, n_persons, size) or (0,)
    streams = np.random.SeedSequence(seed).generate_state(len(starts), np.uint64)
    parts = [
        _replicated(
            responses.select_persons(slice(start, start + size)),
            items,
            np.swapaxes(theta[:, start : start + size], 0, 1),
            method,
            population,
            int(stream),
        )
        for start, stream in zip(starts, streams, strict=True)
    ]
    total, by_dimension = zip(*parts, strict=True)
    return np.concatenate(total), np.concatenate(by_dimension)


def _replicated(
    responses: Responses,
    items: Items,
    theta: Floats,
    method: str,
    population: Population | None,
    seed: int,
) -> tuple[Floats, Floats]:
    """The same for a few persons, ``theta`` (n, R, n_competencies)."""
    given = responses.codes(items.ids) >= 0
    asked = np.flatnonzero(given.any(axis=0))
    n, n_draws, n_competencies = theta.shape
    if not n or not asked.size:
        n_dimensions = person_fit(responses, items, method=method, population=population).dimensions.lz.shape[
            1
        ]
        return np.full((n, n_draws), np.nan), np.full((n, n_draws, n_dimensions), np.nan)
    # Where an estimate is infinite nothing can be simulated; such persons have no lz* and their p is NaN.
    flat = np.where(np.isfinite(theta), theta, 0.0).reshape(n * n_draws, n_competencies)
    form, presented = items.select(asked), np.repeat(given[:, asked], n_draws, axis=0)
    abilities = Abilities(blocks=np.empty((len(flat), 0)), competencies=_of_items(flat, items, population))
    answers = simulate_responses(form, abilities, seed=seed, presented=presented)
    found = person_fit(answers, form, method=method, population=population)
    return found.lz_star.reshape(n, n_draws), found.dimensions.lz_star.reshape(n, n_draws, -1)


def _of_items(theta: Floats, items: Items, population: Population | None) -> Floats:
    """Columns in the order of the items' own population, in which simulated answers read them."""
    if population is None:
        return theta
    place = {name: column for column, name in enumerate(population.competencies)}
    return theta[:, [place.get(name, 0) for name in items.population.competencies]]


def _refuse(n_draws: int, at: str, rate: float) -> None:
    problems = []
    if at not in RESAMPLED_AT:
        problems.append(
            Problem(
                where="at",
                what="unknown source of θ",
                got=repr(at),
                expected=" or ".join(map(repr, RESAMPLED_AT)),
            )
        )
    raise_if_any([*problems, *replication_problems(n_draws, rate)])
