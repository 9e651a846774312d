"""Tests of known items in known populations, and answers drawn from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from compassess.irt import Items, Population, simulate_abilities, simulate_responses
from compassess.responses import Responses


def one_block(n_items: int, n_categories: int = 2, *, seed: int = 0) -> Items:
    """Items of one dimension with slopes of .8 to 2 and thresholds within about ±2."""
    return items_in(Population.create(), n_items, n_categories, seed=seed)


def items_in(population: Population, per_competency: int, n_categories: int = 2, *, seed: int = 0) -> Items:
    """As many items for every competency of a population."""
    rng = np.random.default_rng(seed)
    homes = [name for name in population.competencies for _ in range(per_competency)]
    centre = rng.normal(0, 0.8, (len(homes), 1))
    spread = np.linspace(-1, 1, n_categories - 1) if n_categories > 2 else np.zeros(1)
    return Items.create(
        ids=[f"i{j}" for j in range(len(homes))],
        a=rng.uniform(0.8, 2.0, len(homes)),
        b=centre + spread,
        competencies=homes,
        population=population,
    )


def house(
    n_blocks: int = 2, n_competencies: int = 2, *, loading: float = 0.8, correlation: float = 0.5
) -> Population:
    """Equally correlated blocks with equally many competencies, all with one λ."""
    blocks = [f"b{j}" for j in range(n_blocks)]
    layer = {f"{block}c{k}": block for block in blocks for k in range(n_competencies)}
    matrix = np.full((n_blocks, n_blocks), correlation)
    np.fill_diagonal(matrix, 1.0)
    return Population.create(
        blocks, correlation=matrix, competencies=layer, loadings=dict.fromkeys(layer, loading)
    )


def answers(items: Items, n_persons: int, *, seed: int = 1) -> Responses:
    """Answers of persons drawn from the items' own population."""
    abilities = simulate_abilities(items.population, n_persons, seed=seed)
    return simulate_responses(items, abilities, seed=seed + 1000)


def with_column(responses: Responses, name: str, column: object) -> Responses:
    """The same answers and one item more."""
    codes = responses.codes().astype(np.float64)
    codes[codes < 0] = np.nan
    return Responses.from_array(
        np.column_stack([codes, np.asarray(column, dtype=np.float64)]), items=[*responses.items, name]
    )


def places(items: Items) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """``blocks=`` and ``competencies=`` of :func:`compassess.irt.calibrate`."""
    blocks = dict(zip(items.ids, items.blocks, strict=True))
    return blocks, dict(zip(items.ids, items.competencies, strict=True))
