"""Fisher's identity: a person's score is the derivative of that person's marginal log-likelihood.

Nothing is taken from the analytic side: parameters are moved a little, the whole likelihood is computed
again, and the outer products of the differences must give the empirical information.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from irt.fits import around
from numpy.typing import NDArray

from compassess.irt import MODELS, Items, Measurement, Population, log_likelihood
from compassess.irt.estimation.crossproducts import crossproduct_information
from compassess.irt.layout import batch_parameters
from compassess.responses import Responses

Floats = NDArray[np.float64]

NODES = 61


@dataclass(frozen=True)
class Setting:
    """Items in a population, with the competencies whose λ is free."""

    name: str
    items: Items
    free: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def build(name: str, population: Population, shapes: list[int], free: tuple[str, ...]) -> Setting:
    """Two items a competency, with as many categories as ``shapes`` says in turn."""
    rng = np.random.default_rng(11)
    homes = [c for c in population.competencies for _ in range(2)]
    counts = [shapes[j % len(shapes)] for j in range(len(homes))]
    items = Items.create(
        ids=[f"i{j}" for j in range(len(homes))],
        a=rng.uniform(0.7, 1.8, len(homes)) * np.where(np.arange(len(homes)) == 1, -1, 1),
        b=[np.sort(rng.normal(0, 1, k - 1))[:: -1 if j == 1 else 1] for j, k in enumerate(counts)],
        competencies=homes,
        population=population,
    )
    return Setting(name, items, free)


SETTINGS = [
    build("one dimension", Population.create(), [2, 3], ()),
    build(
        "one block with three competencies",
        Population.create(
            ("x",), competencies={"c": "x", "d": "x", "e": "x"}, loadings={"c": 0.7, "d": 0.5, "e": -0.4}
        ),
        [2, 4],
        ("c", "d", "e"),
    ),
    build(
        "two blocks, one with competencies",
        Population.create(
            ("x", "y"),
            correlation=[[1, 0.4], [0.4, 1]],
            competencies={"c": "x", "d": "x", "y": "y"},
            loadings={"c": 0.8, "d": 0.5},
        ),
        [3, 2],
        ("c", "d"),
    ),
    build(
        "three blocks, a λ that is fixed",
        Population.create(
            ("x", "y", "z"),
            correlation=[[1, 0.4, 0.2], [0.4, 1, -0.3], [0.2, -0.3, 1]],
            competencies={"c": "x", "d": "x", "y": "y", "z": "z"},
            loadings={"c": 0.8, "d": 0.5},
        ),
        [2],
        ("d",),
    ),
]


def answers(items: Items, n_persons: int = 6) -> Responses:
    """A few persons' answers, some missing; the last person gave none."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, items.n_categories, (n_persons, items.n_items)).astype(np.float64)
    codes[rng.random(codes.shape) < 0.2] = np.nan
    codes[-1] = np.nan
    return Responses.from_array(codes, items=items.ids)


def vector_of(setting: Setting, measurement: Measurement) -> Floats:
    """All free parameters: working parameters by batch, λ, R below its diagonal."""
    people = setting.items.population
    below = np.tril_indices(people.n_blocks, -1)
    return np.concatenate(
        [
            *[batch_parameters(setting.items, batch).ravel() for batch in measurement.layout.batches],
            [people.loadings[people.competencies.index(name)] for name in setting.free],
            people.correlation[below],
        ]
    )


def items_at(setting: Setting, measurement: Measurement, vector: Floats) -> Items:
    """The setting's items and population with other values of the free parameters."""
    items, people = setting.items, setting.items.population
    a, b, c, d = (x.copy() for x in (items.a, items.b, items.c, items.d))
    start = 0
    for batch in measurement.layout.batches:
        shape = batch_parameters(items, batch).shape
        xi = vector[start : start + shape[0] * shape[1]].reshape(shape)
        columns = MODELS[batch.model].family.to_irt(xi)
        a[batch.items] = columns["a"][:, 0]
        b[batch.items, : columns["b"].shape[1]] = columns["b"]
        c[batch.items] = columns["c"][:, 0] if "c" in columns else 0.0
        d[batch.items] = columns["d"][:, 0] if "d" in columns else 1.0
        start += xi.size
    below = np.tril_indices(people.n_blocks, -1)
    correlation = np.eye(people.n_blocks)
    correlation[below] = vector[start + len(setting.free) :]
    correlation[below[1], below[0]] = correlation[below]
    loadings = dict(zip(people.competencies, people.loadings.tolist(), strict=True))
    loadings |= dict(zip(setting.free, vector[start : start + len(setting.free)].tolist(), strict=True))
    block_of = {name: people.blocks[k] for name, k in zip(people.competencies, people.block_of, strict=True)}
    return Items.create(
        ids=items.ids,
        models=items.models,
        competencies=items.competencies,
        n_categories=items.n_categories.tolist(),
        a=a,
        b=b,
        c=c,
        d=d,
        population=Population.create(
            people.blocks, correlation=correlation, competencies=block_of, loadings=loadings
        ),
    )


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_scores_are_derivatives_of_the_likelihood(setting: Setting) -> None:
    """Σ_p s_p s_pᵀ in item parameters, R and λ is what finite differences of log L_p give."""
    responses = answers(setting.items)
    nodes = NODES if setting.items.population.n_blocks < 3 else 41
    measurement = Measurement.create(setting.items, nodes=nodes)
    fit, phi = around(setting.items, responses, free_loadings=setting.free, nodes=nodes)
    np.testing.assert_array_equal(phi, vector_of(setting, measurement))
    found = crossproduct_information(fit, phi)

    point, step = vector_of(setting, measurement), 1e-5
    scores = np.empty((responses.n_persons, point.size))
    for p in range(point.size):
        move = np.zeros(point.size)
        move[p] = step
        up, down = (
            log_likelihood(responses, items_at(setting, measurement, point + sign * move), nodes=nodes)
            for sign in (1, -1)
        )
        scores[:, p] = (up - down) / (2 * step)
    assert found.shape == (point.size, point.size)
    # Differences err by (1e-5)² and by 1e-16 / 1e-5; masses on nodes differ from densities by less than
    # 1e-7 while a conditional SD is above the spacing. Observed: 2e-8.
    np.testing.assert_allclose(found, scores.T @ scores, rtol=1e-5, atol=1e-6)


def test_a_person_without_answers_adds_nothing() -> None:
    """The score of somebody who answered nothing is zero, also in R and λ."""
    setting = SETTINGS[2]
    items = setting.items
    nobody = Responses.from_array(np.full((3, items.n_items), np.nan), items=items.ids)
    found = crossproduct_information(*around(items, nobody, free_loadings=("c", "d"), nodes=NODES))
    # What ±6 cuts off of the second moments is 2e-7, and it stands here squared.
    np.testing.assert_allclose(found, 0.0, atol=1e-12)
