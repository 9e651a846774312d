"""A person's residuals: infit, outfit and Zh, and their running sum over the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.ability import Scores
from compassess.irt.fit.residuals import Answered, answered, moments
from compassess.irt.items import Items
from compassess.irt.plausible import plausible_values
from compassess.irt.population import Population
from compassess.irt.resampling import lower_p_values, replication_problems
from compassess.irt.simulating import Abilities, simulate_responses
from compassess.responses import MISSING, Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cusum", "PersonResiduals", "cusum", "person_residuals"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonResiduals:
    """The answer of :func:`person_residuals`, (n_persons,) each; NaN without an answer or an estimate."""

    persons: tuple[str, ...] | None
    outfit: Floats
    z_outfit: Floats
    infit: Floats
    z_infit: Floats
    zh: Floats
    n_answers: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """A row a person."""
        columns: dict[str, object] = {} if self.persons is None else {"person": self.persons}
        for name in ("outfit", "z_outfit", "infit", "z_infit", "zh", "n_answers"):
            columns[name] = getattr(self, name)
        return frame(columns)  # type: ignore[arg-type]


def person_residuals(
    responses: Responses,
    items: Items,
    scores: Scores | None = None,
    *,
    method: str = "EAP",
    population: Population | None = None,
) -> PersonResiduals:
    """Mean squares of a person's residuals, and the standardised log-likelihood, at θ̂.

    ::

        outfit = Σ_i (x − E)² / V / n,     infit = Σ_i (x − E)² / Σ_i V
        Zh     = Σ_i (log P_x − E log P) / √Σ_i Var log P

    each about 1, and 0, where a person answers as the model says; ``z`` of a mean square m with variance q²
    is (m^(1/3) − 1) 3 / q + q / 3.

    Limits: at an estimate from the same answers, and in an adaptive test, where all items are near θ̂, they
    vary less than their standardisations say. For decisions take lz* (:func:`compassess.irt.person_fit`) on
    fixed forms, and :func:`compassess.irt.resampled_person_fit` in adaptive tests.

    Raises
    ------
    InputError : as :func:`compassess.irt.item_fit`.

    References
    ----------
    Wright & Masters (1982), Rating scale analysis, ch. 5; Drasgow, Levine & Williams (1985), British Journal
    of Mathematical and Statistical Psychology 38.
    """
    data = answered(responses, items, scores, method=method, population=population)
    n_persons = len(data.codes)
    sums = {name: np.zeros(n_persons) for name in ("z2", "q_out", "r2", "v", "q_in", "surprise", "spread")}
    for rows, part in moments(data):
        there = part.variance > 0
        variance = np.where(there, part.variance, 1.0)
        sums["z2"][rows] = np.where(there, part.residual**2 / variance, 0.0).sum(axis=1)
        sums["q_out"][rows] = np.where(there, part.fourth / variance**2, 0.0).sum(axis=1)
        sums["r2"][rows] = (part.residual**2).sum(axis=1)
        sums["v"][rows] = part.variance.sum(axis=1)
        sums["q_in"][rows] = (part.fourth - part.variance**2).sum(axis=1)
        sums["surprise"][rows] = part.surprise.sum(axis=1)
        sums["spread"][rows] = part.spread.sum(axis=1)
    n = data.there.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        outfit, infit = sums["z2"] / n, sums["r2"] / sums["v"]
        q_out = np.sqrt(sums["q_out"] / n**2 - 1.0 / n)
        q_in = np.sqrt(sums["q_in"]) / sums["v"]
        return PersonResiduals(
            persons=responses.persons,
            outfit=outfit,
            z_outfit=(np.cbrt(outfit) - 1.0) * 3.0 / q_out + q_out / 3.0,
            infit=infit,
            z_infit=(np.cbrt(infit) - 1.0) * 3.0 / q_in + q_in / 3.0,
            zh=sums["surprise"] / np.sqrt(sums["spread"]),
            n_answers=n.astype(np.int64),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cusum:
    """The answer of :func:`cusum`, (n_persons,) each.

    ``up`` is the highest point of the upper sum, a run of answers better than expected; ``down`` the lowest
    of the lower one. ``p_value`` is of the larger of both, NaN where no seed was given.
    """

    persons: tuple[str, ...] | None
    up: Floats
    down: Floats
    p_value: Floats
    n_answers: NDArray[np.int64]

    def to_frame(self) -> pd.DataFrame:
        """A row a person."""
        columns: dict[str, object] = {} if self.persons is None else {"person": self.persons}
        for name in ("up", "down", "p_value", "n_answers"):
            columns[name] = getattr(self, name)
        return frame(columns)  # type: ignore[arg-type]


def cusum(
    responses: Responses,
    items: Items,
    *,
    order: ArrayLike | None = None,
    method: str = "EAP",
    seed: int | None = None,
    n_draws: int = 199,
) -> Cusum:
    """Runs of answers above or below expectation, in the order in which the items were presented.

    ::

        T_j = (x_j − E_j) / n,    C⁺_j = max(0, C⁺_{j−1} + T_j),    C⁻_j = min(0, C⁻_{j−1} + T_j)

    with E at θ̂ of all answers. Fatigue, a late start, items known beforehand come in runs: lz* sees how many
    answers are unlikely, this where they stand.

    Parameters
    ----------
    order : (n_persons, n_items), the place of every item in the person's sitting, by the columns of
        ``items``; what was not answered is passed over. By default the order of ``items``.
    seed, n_draws : with a seed, p = (1 + replicates at least as far) / (1 + R): answers to the very same
        items in the same order are drawn at θ from the person's posterior, and θ̂ is made anew.

    Limits: the replicates take the items as given, also where they were chosen by the answers. Without a seed
    ``p_value`` is NaN: the sums have no distribution that could be written down.

    Raises
    ------
    InputError : as :func:`compassess.irt.item_fit`; an order of another shape; too few draws for a p of .05.

    References
    ----------
    van Krimpen-Stoop & Meijer (2000), Computerized adaptive testing: theory and practice, ch. 10, eq. 14-15,
    and (2002), Applied Psychological Measurement 26, for several categories.
    """
    places = _places(responses, items, order)
    if seed is not None:
        raise_if_any(list(replication_problems(n_draws, 0.05)))
    data = answered(responses, items, None, method=method, population=None)
    kept = [items.ids.index(name) for name in data.items.ids]
    ranks = np.argsort(np.argsort(places[:, kept], axis=1, kind="stable"), axis=1)
    up, down = _extremes(data, ranks)
    n = data.there.sum(axis=1)
    p = np.full(len(n), np.nan)
    if seed is not None:
        drawn = plausible_values(responses, items, n_draws, seed=seed).competencies.theta
        given = np.asarray(responses.codes(items.ids) != MISSING)
        streams = np.random.SeedSequence(seed).generate_state(n_draws, np.uint64)
        furthest = np.empty((len(n), n_draws))
        for draw, stream in enumerate(streams.tolist()):
            abilities = Abilities(blocks=np.empty((len(n), 0)), competencies=drawn[draw])
            again = simulate_responses(items, abilities, seed=int(stream), presented=given)
            high, low = _extremes(answered(again, items, None, method=method, population=None), ranks)
            furthest[:, draw] = np.maximum(high, -low)
        p, _ = lower_p_values(-np.maximum(up, -down), -furthest)
    silent = n == 0
    return Cusum(
        persons=responses.persons,
        up=np.where(silent, np.nan, up),
        down=np.where(silent, np.nan, down),
        p_value=np.where(silent, np.nan, p),
        n_answers=n.astype(np.int64),
    )


def _places(responses: Responses, items: Items, order: ArrayLike | None) -> Floats:
    shape = (responses.n_persons, items.n_items)
    if order is None:
        return np.broadcast_to(np.arange(items.n_items, dtype=np.float64), shape)
    places = np.asarray(order, dtype=np.float64)
    if places.shape != shape:
        raise InputError(
            Problem(
                where="order",
                what="a place for every person and item",
                got=f"{places.shape}",
                expected=f"{shape}",
            )
        )
    return places


def _extremes(data: Answered, ranks: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The highest C⁺ and the lowest C⁻ of every person."""
    steps = np.zeros(data.codes.shape)
    for rows, part in moments(data):
        steps[rows] = part.residual
    steps /= np.maximum(data.there.sum(axis=1), 1)[:, None]
    ordered = np.empty_like(steps)
    np.put_along_axis(ordered, ranks, steps, axis=1)
    above, below, up, down = (np.zeros(len(steps)) for _ in range(4))
    for step in ordered.T:
        above, below = np.maximum(above + step, 0.0), np.minimum(below + step, 0.0)
        up, down = np.maximum(up, above), np.minimum(down, below)
    return up, down
