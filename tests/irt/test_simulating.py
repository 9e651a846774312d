"""Persons and answers drawn from the model of the house."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from compassess.errors import InputError
from compassess.irt import Items, Population, probability, simulate_abilities, simulate_responses
from compassess.irt.simulating import Abilities
from irt.builders import house, items_in

N = 20_000
# A mean or correlation of N draws errs by 1 / √N = .007; 4.5 of these happen once in 150,000.
NEAR = 4.5 / np.sqrt(N)


def test_blocks_have_the_populations_moments() -> None:
    """Means, SDs and R of many draws are the population's."""
    people = Population.create(
        ("x", "y"), correlation=[[1, -0.6], [-0.6, 1]], mean=[0.5, -1.0], standard_deviation=[2.0, 0.5]
    )
    blocks = simulate_abilities(people, N, seed=1).blocks
    np.testing.assert_allclose(blocks.mean(axis=0), [0.5, -1.0], rtol=0, atol=2 * NEAR)
    np.testing.assert_allclose(blocks.std(axis=0), [2.0, 0.5], rtol=NEAR)
    assert np.corrcoef(blocks.T)[0, 1] == pytest.approx(-0.6, abs=NEAR)


def test_competencies_correlate_by_loadings_and_blocks() -> None:
    """Cor(θ_c, θ_d) = λ_c λ_d in a block, λ_c ρ λ_d across; each is N(0, 1)."""
    people = house(2, 2, loading=0.7, correlation=0.5)
    competencies = simulate_abilities(people, N, seed=2).competencies
    expected = np.full((4, 4), 0.7 * 0.5 * 0.7)
    expected[:2, :2] = expected[2:, 2:] = 0.49
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(np.cov(competencies.T), expected, rtol=0, atol=1.5 * NEAR)


def test_a_loading_of_one_is_the_block() -> None:
    """A competency with λ = 1 has its block's ability, to the last bit."""
    found = simulate_abilities(house(2, 1, loading=1.0), 100, seed=3)
    np.testing.assert_array_equal(found.competencies, found.blocks)


def test_frequencies_are_the_models_probabilities() -> None:
    """Persons of one ability answer with the frequencies of probability(); χ² of each item is ordinary."""
    items = Items.create(
        ids=["x", "y", "z", "w"],
        a=[1.2, 0.8, 2.0, -1.0],
        b=[[0.3], [-1, 0, 1.2], [-0.5, np.nan, 0.5], [1.0, -1.0]],
    )
    theta = 0.4
    same = Abilities(blocks=np.full((N, 1), theta), competencies=np.full((N, 1), theta))
    codes = simulate_responses(items, same, seed=4).codes()
    shown = probability(items, theta)[:, :, 0]
    shown[2, 2] = 0.0  # counts as code 1, which is the one that is drawn
    for item in range(items.n_items):
        k = int(items.n_categories[item])
        expected = shown[item, :k] * N
        observed = np.bincount(codes[:, item], minlength=k)
        used = expected > 0
        assert observed[~used].sum() == 0
        assert stats.chisquare(observed[used], expected[used]).pvalue > 1e-5


def test_items_without_parameters_stay_missing() -> None:
    """Nothing is drawn for them."""
    items = Items.create(ids=["x", "y"], a=[np.nan, 1.0], b=[[np.nan], [0.0]])
    codes = simulate_responses(items, simulate_abilities(items.population, 50, seed=1), seed=2).codes()
    assert np.all(codes[:, 0] == -1)
    assert np.all(codes[:, 1] >= 0)


def test_answers_hang_on_the_items_own_competency() -> None:
    """Items of a competency with high ability are solved, those of one with low ability are not."""
    items = items_in(house(2, 2), 3)
    extreme = Abilities(blocks=np.zeros((5, 2)), competencies=np.tile([9.0, -9.0, 9.0, -9.0], (5, 1)))
    codes = simulate_responses(items, extreme, seed=1).codes()
    expected = [1 if name.endswith("c0") else 0 for name in items.competencies]
    np.testing.assert_array_equal(codes, np.tile(expected, (5, 1)))


def test_a_seed_gives_the_same_draws() -> None:
    """The same seed, the same persons and answers; another, others."""
    items = items_in(house(), 2)
    draws = [
        simulate_responses(items, simulate_abilities(items.population, 30, seed=seed), seed=seed).codes()
        for seed in (5, 5, 6)
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.any(draws[0] != draws[2])


def test_the_first_persons_do_not_hang_on_how_many_follow() -> None:
    """With the same seed the first ten of fifty are the ten alone."""
    people = house()
    few, many = (simulate_abilities(people, n, seed=7) for n in (10, 50))
    np.testing.assert_array_equal(many.blocks[:10], few.blocks)
    np.testing.assert_array_equal(many.competencies[:10], few.competencies)


def test_nobody_cannot_be_drawn() -> None:
    """At least one person."""
    with pytest.raises(InputError, match="nobody to draw"):
        simulate_abilities(Population.create(), 0, seed=1)
