"""How often each flag is raised: by persons who do as the model says, and by persons who do not.

Persons are simulated: abilities and answers by the response model, times by the lognormal model, positions by
a draw among those that score the answer. Forms are fixed, or chosen item by item near the estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, score, simulate_abilities, simulate_responses
from compassess.responses import Responses
from compassess.scoring.quality.lognormal import TimeModel, simulate_times
from compassess.scoring.quality.rules import FLAGS, QualityRules
from compassess.scoring.quality.sequences import position_probabilities
from compassess.scoring.quality.verdict import Behaviour, response_quality

__all__ = ["ABERRANCES", "DESIGNS", "Rate", "flag_rates"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_RAPID_SECONDS: Final = 1.5  # the median of a rapid guess; reading any item takes longer
_RAPID_SPREAD: Final = 0.3  # SD of log seconds: 95 % of rapid guesses take 0.8 to 2.7 seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The share of ``n`` simulated persons who are flagged, with its Monte-Carlo standard error."""

    rate: float
    se: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hall:
    """Everybody's honest answers to every item before the test is put together, (n_persons, n_items) each.

    ``position`` the option chosen, ``seconds`` NaN without a model of times; ``categories`` (n_items,
    n_positions); ``items`` of the test.
    """

    items: Items
    categories: Index
    position: Index
    seconds: Floats


#: What a person does at the given steps instead of answering: steps (n,), numbers of positions and uniform
#: numbers (n_persons, n) → positions (n_persons, n).
Aberrance = Callable[[Index, Index, Floats], Index]


def _random(step: Index, n_positions: Index, uniform: Floats) -> Index:
    """Any position, each as likely."""
    del step
    return (uniform * n_positions).astype(np.intp)


def _constant(step: Index, n_positions: Index, uniform: Floats) -> Index:
    """One position for each person, the last where an item has fewer."""
    del step
    own = (uniform[:, :1] * n_positions.max(axis=1, keepdims=True)).astype(np.intp)
    return np.asarray(np.minimum(own, n_positions - 1))


def _cyclic(step: Index, n_positions: Index, uniform: Floats) -> Index:
    """One position after the other, as they stand."""
    del uniform
    return step % n_positions


#: What aberrant persons do in the second half of the test, by name; "fast_guessing" is random and rapid.
ABERRANCES: Final[Mapping[str, Aberrance]] = MappingProxyType(
    {
        "random_guessing": _random,
        "fast_guessing": _random,
        "straight_lining": _constant,
        "patterned_answers": _cyclic,
    }
)
DESIGNS: Final = ("fixed", "adaptive")


def flag_rates(
    rules: QualityRules,
    items: Items,
    aberrance: str | None = None,
    *,
    seed: int,
    n_persons: int = 1000,
    time_model: TimeModel | None = None,
    time_thresholds: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    design: str = "fixed",
    length: int | None = None,
) -> Mapping[str, Rate]:
    """The rate of every flag among simulated persons: its power, or without ``aberrance`` its false alarms.

    SE = √(rate (1 − rate) / n). The probabilities of positions are those of the model at each person's EAP.

    Parameters
    ----------
    aberrance : what everybody does in the second half of the test, a name of :data:`ABERRANCES`; None for
        nothing.
    time_model, time_thresholds : of all ``items``; without a model of times the flags of times are left out.
    categories : what each option position scores, (n_items, n_positions), −1 where an item has fewer; by
        default position k scores category k.
    design : "fixed", the first ``length`` items for everybody, or "adaptive", item by item the one whose mean
        threshold lies nearest to the EAP so far.
    length : of the test; by default all items (fixed), or half of them (adaptive).

    Raises
    ------
    InputError : an unknown aberrance or design; a length that the items do not have; nobody; what the
        indices refuse.
    """
    n_steps = length or (items.n_items if design == "fixed" else max(items.n_items // 2, 1))
    _refuse(aberrance, design, n_steps, items.n_items, n_persons)
    streams = [int(one) for one in np.random.SeedSequence(seed).generate_state(5, np.uint64)]
    hall = _hall(items, categories, time_model, n_persons, streams)
    position, seconds, order = _sat(hall, aberrance, design, n_steps, streams[3])
    responses = _responses(hall, position)
    theta = score(responses, items, "EAP").competencies.theta
    behaviour = Behaviour(
        times=None if time_model is None else seconds,
        time_thresholds=None if time_model is None else time_thresholds,
        time_model=time_model,
        positions=np.where(position >= 0, position, np.nan),
        position_probabilities=position_probabilities(items, theta, hall.categories),
        order=order,
    )
    found = response_quality(responses, items, behaviour, seed=streams[4], rules=rules)
    judged = [finding.flag for finding in found[0].findings]
    raised = {flag: np.mean([flag in one.flags for one in found]) for flag in FLAGS if flag in judged}
    return MappingProxyType(
        {
            flag: Rate(rate=float(rate), se=float(np.sqrt(rate * (1 - rate) / n_persons)), n=n_persons)
            for flag, rate in raised.items()
        }
    )


def _hall(
    items: Items, categories: ArrayLike | None, model: TimeModel | None, n_persons: int, streams: list[int]
) -> _Hall:
    """Honest answers of persons drawn from the population to every item."""
    if categories is None:
        codes = np.arange(int(items.n_categories.max()))
        scored = np.where(codes < items.n_categories[:, None], codes, -1)
    else:
        scored = np.array(categories, dtype=np.intp)
    abilities = simulate_abilities(items.population, n_persons, seed=streams[0])
    answered = simulate_responses(items, abilities, seed=streams[1]).codes()
    rng = np.random.default_rng(streams[2])
    # Of the positions that score the answer the one with the highest draw: each is as likely.
    draws = np.where(scored == answered[:, :, None], rng.random((*answered.shape, scored.shape[1])), -1.0)
    seconds = np.full(answered.shape, np.nan)
    if model is not None:
        speed = model.speed_sd * rng.standard_normal(n_persons)
        seconds = simulate_times(model, speed, seed=int(rng.integers(2**32)))
    return _Hall(items=items, categories=scored, position=draws.argmax(axis=2), seconds=seconds)


def _sat(
    hall: _Hall, aberrance: str | None, design: str, n_steps: int, seed: int
) -> tuple[Index, Floats, Floats]:
    """Positions (−1 where not presented), seconds and order of presentation of everybody's test."""
    n_persons, n_items = hall.position.shape
    rng = np.random.default_rng(seed)
    uniform, noise = rng.random((n_persons, n_steps)), rng.standard_normal((n_persons, n_steps))
    position = np.full(hall.position.shape, -1, dtype=np.intp)
    seconds, order = np.full((2, n_persons, n_items), np.nan)
    n_positions = (hall.categories >= 0).sum(axis=1)
    everybody = np.arange(n_persons)
    for step in range(n_steps):
        item = _next(hall, position, design, step)
        chosen, taken = hall.position[everybody, item], hall.seconds[everybody, item]
        if aberrance is not None and step >= n_steps // 2:
            at = np.full(1, step, dtype=np.intp)
            own = uniform[:, :1] if aberrance == "straight_lining" else uniform[:, step : step + 1]
            chosen = ABERRANCES[aberrance](at, n_positions[item][:, None], own)[:, 0]
            if aberrance == "fast_guessing":
                rapid = _RAPID_SECONDS * np.exp(_RAPID_SPREAD * noise[:, step])
                taken = np.where(np.isnan(taken), np.nan, rapid)
        position[everybody, item], seconds[everybody, item], order[everybody, item] = chosen, taken, step
    return position, seconds, order


def _next(hall: _Hall, position: Index, design: str, step: int) -> Index:
    """The item of everybody's next step, (n_persons,)."""
    if design == "fixed":
        return np.full(len(position), step, dtype=np.intp)
    theta = np.zeros((len(position), hall.items.population.n_competencies))
    if step:
        theta = score(_responses(hall, position), hall.items, "EAP").competencies.theta
    centre = np.nan_to_num(np.nanmean(hall.items.b, axis=1))
    away = np.abs(theta[:, hall.items.competency_index] - centre)
    away[position >= 0] = np.inf
    return away.argmin(axis=1)


def _responses(hall: _Hall, position: Index) -> Responses:
    """The answers that positions score; missing where nothing was presented."""
    scored = np.take_along_axis(hall.categories, np.maximum(position, 0).T, axis=1).T
    codes = np.where(position >= 0, scored.astype(np.float64), np.nan)
    return Responses.from_array(codes, items=hall.items.ids)


def _refuse(aberrance: str | None, design: str, n_steps: int, n_items: int, n_persons: int) -> None:
    checks = (
        ("aberrance", aberrance is None or aberrance in ABERRANCES, aberrance, " or ".join(ABERRANCES)),
        ("design", design in DESIGNS, design, " or ".join(DESIGNS)),
        ("length", 1 <= n_steps <= n_items, n_steps, f"1 … {n_items}"),
        ("n_persons", n_persons >= 1, n_persons, "at least 1"),
    )
    raise_if_any(
        [
            Problem(where=where, what="outside its domain", got=repr(got), expected=expected)
            for where, fine, got, expected in checks
            if not fine
        ]
    )
