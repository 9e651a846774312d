"""Persons and answers drawn from the model of the house."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.items import Items
from compassess.irt.layout import batch_parameters, layout_of
from compassess.irt.models import model_named
from compassess.irt.population import Population
from compassess.responses import Responses

__all__ = ["Abilities", "simulate_abilities", "simulate_responses"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Abilities:
    """True abilities: ``blocks`` (n_persons, n_blocks), ``competencies`` (n_persons, n_competencies)."""

    blocks: Floats
    competencies: Floats


def simulate_abilities(population: Population, n_persons: int, *, seed: int) -> Abilities:
    """Draw θ_blocks ~ MVN(mean, covariance) and θ_c ~ N(λ_c θ_b, 1 − λ_c²).

    With the same seed the first n persons are the same however many are drawn.
    """
    if n_persons < 1:
        raise InputError(
            Problem(where="n_persons", what="nobody to draw", got=str(n_persons), expected="at least 1")
        )
    common, unique = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
    factor = np.linalg.cholesky(population.covariance)
    blocks = population.mean + common.standard_normal((n_persons, population.n_blocks)) @ factor.T
    own = unique.standard_normal((n_persons, population.n_competencies))
    loadings = population.loadings
    competencies = loadings * blocks[:, population.block_of] + np.sqrt(1.0 - loadings**2) * own
    return Abilities(blocks=blocks, competencies=competencies)


def simulate_responses(
    items: Items, abilities: Abilities, *, seed: int, presented: NDArray[np.bool_] | None = None
) -> Responses:
    """Draw an answer of every person to every item; items without parameters stay missing.

    The answer is the number of cumulative probabilities below one uniform draw a cell. Cells that were not
    ``presented``, (n_persons, n_items), stay missing, and the draws of the others are the same without it.

    Raises
    ------
    InputError : ``presented`` of another shape.
    """
    rng = np.random.default_rng(seed)
    n_persons = abilities.competencies.shape[0]
    _refuse_shape(presented, (n_persons, items.n_items))
    draws = rng.random((n_persons, items.n_items))
    codes = np.full(draws.shape, np.nan)
    theta = abilities.competencies[:, items.competency_index]
    layout = layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
    for batch in layout.batches:
        xi = batch_parameters(items, batch)
        for row, item in enumerate(batch.items):
            who = slice(None) if presented is None else np.flatnonzero(presented[:, item])
            log_p = model_named(batch.model).family.log_probability(xi[row : row + 1], theta[who, item])[0]
            cumulative = np.exp(log_p).cumsum(axis=0)[:-1]
            category = (draws[who, item] > cumulative).sum(axis=0)
            codes[who, item] = _lowest_code(layout.row_of[item], batch.rows[row])[category]
    return Responses.from_array(codes, items=items.ids)


def _refuse_shape(presented: NDArray[np.bool_] | None, shape: tuple[int, int]) -> None:
    if presented is not None and presented.shape != shape:
        raise InputError(
            Problem(
                where="presented",
                what="not a cell for every person and item",
                got=str(presented.shape),
                expected=str(shape),
            )
        )


def _lowest_code(row_of: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each scored category the lowest code that counts as it."""
    return np.array([int(np.flatnonzero(row_of == row)[0]) for row in rows], dtype=np.intp)
