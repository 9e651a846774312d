"""A pilot study, simulated: two groups, so that low categories are answered too.

In a population with few weak people the lowest categories stay almost empty and their thresholds
cannot be estimated; a second group of low ability fills them. The groups must be told apart in the
calibration (``groups=``), which frees the second one's means and covariances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compassess.irt import Items, Population, simulate_abilities, simulate_responses
from compassess.responses import Responses

__all__ = ["Pilot", "draw_graded_items", "simulate_pilot"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pilot:
    """Answers of the pilot's persons and the group of each, "reference" or "low"."""

    responses: Responses
    groups: tuple[str, ...]


def simulate_pilot(items: Items, *, n_reference: int, n_low: int, low_mean: float, seed: int) -> Pilot:
    """Answers of ``n_reference`` persons of the items' population and ``n_low`` with lower blocks.

    The low group has the same correlations and SD 1; all its block means are ``low_mean``.
    """
    people = items.population
    low = Population.create(
        people.blocks,
        correlation=people.correlation,
        competencies={
            name: people.blocks[block]
            for name, block in zip(people.competencies, people.block_of, strict=True)
        },
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=np.full(people.n_blocks, low_mean),
    )
    drawn = [
        simulate_responses(items, simulate_abilities(group, n, seed=2 * seed + k), seed=2 * seed + k)
        for k, (group, n) in enumerate([(people, n_reference), (low, n_low)])
    ]
    codes = np.concatenate([one.codes() for one in drawn]).astype(np.float64)
    codes[codes < 0] = np.nan
    return Pilot(
        responses=Responses.from_array(codes, items=items.ids),
        groups=("reference",) * n_reference + ("low",) * n_low,
    )


def draw_graded_items(competency_of: Mapping[str, str], population: Population, *, seed: int) -> Items:
    """True parameters for situational items with four categories, ``{item: competency}``.

    a ~ lognormal(ln 0.9, 0.3), because situational items are weak; b₁ uniform on −3.5 … −2.0, b₂ on
    −2.2 … −1.0, b₃ on −0.8 … 0.8, at least 0.2 apart: the cuts of 2017 lie at −3.0, −1.8 and 0.6.
    """
    rng = np.random.default_rng(seed)
    n_items = len(competency_of)
    a = rng.lognormal(np.log(0.9), 0.3, n_items)
    first = rng.uniform(-3.5, -2.0, n_items)
    second = np.maximum(rng.uniform(-2.2, -1.0, n_items), first + 0.2)
    third = rng.uniform(-0.8, 0.8, n_items)
    return Items.create(
        ids=list(competency_of),
        a=a,
        b=np.column_stack([first, second, third]),
        models=["GRM"] * n_items,
        competencies=list(competency_of.values()),
        population=population,
    )
