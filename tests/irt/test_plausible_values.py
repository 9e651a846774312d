"""Plausible values: draws that have the distribution that they should, jointly and for everybody.

Seeds are fixed, so that these tests always see the same draws; tolerances are those of chance at z = 4.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    plausible_values,
    probability,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block

Floats = NDArray[np.float64]


def exact_distribution(items: Items, responses: Responses, theta: Floats) -> Floats:
    """F(θ | answers) of one block under N(0, 1), by person, on a fine table."""
    by_code = probability(items, theta)
    log_posterior = np.stack(
        [
            stats.norm.logpdf(theta) + sum(np.log(by_code[item, code]) for item, code in enumerate(row))
            for row in responses.codes()
        ]
    )
    density = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    return np.asarray(np.cumsum(density, axis=1) / density.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(("n_items", "nodes"), [(3, 61), (12, 61), (12, 21), (40, 41)])
def test_draws_have_the_posterior_distribution(n_items: int, nodes: int) -> None:
    """Draws are uniform under the exact distribution function, also on nodes 1.5 posterior SD apart."""
    items = one_block(n_items, 3)
    responses = answers(items, 3)
    theta = np.linspace(-8, 8, 16001)
    exact = exact_distribution(items, responses, theta)
    draws = plausible_values(responses, items, 4000, seed=3, nodes=nodes).theta[:, :, 0]
    for person in range(3):
        uniform = np.interp(draws[:, person], theta, exact[person])
        assert stats.kstest(uniform, "uniform").pvalue > 0.001


def test_a_coarse_grid_does_not_widen_the_draws() -> None:
    """The SD of draws is that of a fine grid; jitter within a cell would make it 9 % larger."""
    items = one_block(12, 3)
    responses = answers(items, 3)
    draws = plausible_values(responses, items, 20_000, seed=1, nodes=21)
    expected = score(responses, items, nodes=121)
    np.testing.assert_allclose(draws.theta[:, :, 0].std(axis=0), expected.se, rtol=0.02)
    z = (draws.theta[:, :, 0].mean(axis=0) - expected.theta) / expected.se * np.sqrt(20_000)
    assert np.abs(z).max() < 4


@pytest.mark.parametrize(
    "people",
    [
        house(2, 1, loading=1.0, correlation=0.95),
        house(3, 2, loading=0.9, correlation=0.7),
        house(1, 3, loading=-0.6),
    ],
    ids=["two blocks", "three blocks of two competencies", "one block of three"],
)
def test_draws_have_the_moments_of_the_scores(people: Population) -> None:
    """Mean and SD of blocks and competencies are EAP and posterior SD."""
    items = items_in(people, 4, 3)
    responses = answers(items, 4)
    found, draws = score(responses, items), plausible_values(responses, items, 3000, seed=5)
    for theta, se, drawn in (
        (found.theta.reshape(4, -1), found.se.reshape(4, -1), draws.theta),
        (found.competencies.theta, found.competencies.se, draws.competencies.theta),
    ):
        z = (drawn.mean(axis=0) - theta) / se * np.sqrt(3000)
        assert np.abs(z).max() < 4
        np.testing.assert_allclose(drawn.std(axis=0), se, rtol=4 / np.sqrt(2 * 3000))


def test_without_answers_draws_are_the_populations_jointly() -> None:
    """Means, SDs and correlations of blocks and competencies are those of the model."""
    people = Population.create(
        ("x", "y"),
        correlation=[[1, 0.7], [0.7, 1]],
        competencies={"x1": "x", "x2": "x", "y": "y"},
        loadings={"x1": 0.8, "x2": -0.5},
        mean=[0.3, -0.2],
        standard_deviation=[1.2, 0.8],
    )
    items = items_in(people, 2)
    nothing = Responses.from_array(np.full((20_000, items.n_items), np.nan), items=items.ids)
    draws = plausible_values(nothing, items, 1, seed=2)
    together = np.column_stack([draws.theta[0], draws.competencies.theta[0]])
    np.testing.assert_allclose(together.mean(axis=0), [0.3, -0.2, 0.24, -0.15, -0.2], atol=0.035)
    xy, x = 0.7 * 1.2 * 0.8, 1.44
    expected = [
        [x, xy, 0.8 * x, -0.5 * x],
        [xy, 0.64, 0.8 * xy, -0.5 * xy],
        [0.8 * x, 0.8 * xy, 0.64 * x + 0.36, -0.4 * x],
        [-0.5 * x, -0.5 * xy, -0.4 * x, 0.25 * x + 0.75],
    ]
    np.testing.assert_allclose(np.cov(together[:, :4].T), expected, rtol=0, atol=0.05)
    np.testing.assert_array_equal(draws.competencies.theta[..., 2], draws.theta[..., 1])


@pytest.mark.parametrize("loading", [0.5, 0.99])
def test_a_draw_of_everybody_is_a_sample_of_the_population(loading: float) -> None:
    """Persons drawn from the model give draws with its distribution: variances, correlations, shape."""
    items = items_in(house(2, 2, loading=loading, correlation=0.8), 4, 3)
    abilities = simulate_abilities(items.population, 5000, seed=4)
    responses = simulate_responses(items, abilities, seed=8)
    draws = plausible_values(responses, items, 1, seed=9)
    for column in (*draws.theta[0].T, *draws.competencies.theta[0].T):
        assert stats.kstest(column, "norm").pvalue > 0.001
    across = np.corrcoef(draws.theta[0].T)[0, 1]
    assert across == pytest.approx(0.8, abs=4 * (1 - 0.64) / np.sqrt(5000))
    within = np.corrcoef(draws.competencies.theta[0, :, :2].T)[0, 1]
    assert within == pytest.approx(loading**2, abs=4 * (1 - loading**4) / np.sqrt(5000))


def test_the_truth_is_as_good_as_any_draw() -> None:
    """Among a person's draws the true θ has every rank equally often."""
    items = items_in(house(1, 2, loading=0.8), 6, 3)
    abilities = simulate_abilities(items.population, 3000, seed=6)
    responses = simulate_responses(items, abilities, seed=7)
    draws = plausible_values(responses, items, 9, seed=8)
    for truth, drawn in (
        (abilities.blocks, draws.theta),
        (abilities.competencies, draws.competencies.theta),
    ):
        rank = (drawn < truth).sum(axis=0)
        for column in rank.T:
            assert stats.chisquare(np.bincount(column, minlength=10)).pvalue > 0.001


def test_a_seed_gives_the_same_draws_to_the_same_persons() -> None:
    """Draw d of person n hangs on neither the number of persons nor of draws; another seed gives others."""
    items = items_in(house(2, 2), 3)
    responses = answers(items, 40)
    everybody = plausible_values(responses, items, 6, seed=11)
    few = plausible_values(responses.select_persons(slice(0, 7)), items, 4, seed=11)
    np.testing.assert_allclose(few.theta, everybody.theta[:4, :7], rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        few.competencies.theta, everybody.competencies.theta[:4, :7], rtol=0, atol=1e-9
    )
    other = plausible_values(responses, items, 6, seed=12)
    assert np.abs(other.theta - everybody.theta).min() > 0


def test_a_missing_cell_is_an_absent_column() -> None:
    """An item that was not answered, or not in the file: the same draws."""
    items = one_block(6, 3)
    codes = answers(items, 5).codes().astype(np.float64)
    codes[:, 0] = np.nan
    missing = plausible_values(Responses.from_array(codes, items=items.ids), items, 3, seed=1)
    absent = plausible_values(answers(items, 5).select_items(items.ids[1:]), items, 3, seed=1)
    np.testing.assert_allclose(absent.theta, missing.theta, rtol=0, atol=1e-9)


def test_a_thousand_items_do_not_break_the_draws() -> None:
    """Posteriors far narrower than the grid give finite draws near the maximum of the likelihood."""
    items = items_in(house(1, 2, loading=0.8), 500)
    responses = answers(items, 5)
    draws = plausible_values(responses, items, 50, seed=1)
    best = score(responses, items, "ML").competencies.theta
    assert np.abs(draws.competencies.theta - best).max() < 0.6
    assert np.isfinite(draws.theta).all()


def test_shapes_are_draws_by_persons_by_dimensions() -> None:
    """Also for one block, and for nobody."""
    items = items_in(house(3, 2), 2)
    responses = answers(items, 4)
    draws = plausible_values(responses, items, seed=1)
    assert draws.theta.shape == (10, 4, 3)
    assert draws.competencies.theta.shape == (10, 4, 6)
    assert draws.blocks == items.population.blocks
    assert draws.competencies.names == items.population.competencies
    assert plausible_values(answers(one_block(2), 4), one_block(2), 1, seed=1).theta.shape == (1, 4, 1)
    nobody = plausible_values(responses.select_persons(slice(0, 0)), items, 2, seed=1)
    assert nobody.theta.shape == (2, 0, 3)


def test_a_frame_has_a_row_a_draw_of_a_person() -> None:
    """draw, person, then blocks, then competencies that differ from them."""
    items = items_in(house(1, 2), 2)
    labelled = Responses.from_array([[1, 0, 1, 0], [0, 0, 1, 1]], items=items.ids, persons=["A", "B"])
    frame = plausible_values(labelled, items, 2, seed=1).to_frame()
    assert list(frame.columns) == ["draw", "person", "theta", "theta_b0c0", "theta_b0c1"]
    assert frame["person"].tolist() == ["A", "B", "A", "B"]
    assert frame["draw"].tolist() == [1, 1, 2, 2]


def test_there_must_be_something_to_draw() -> None:
    """No draws, codes beyond the categories, and a file of strangers are refused."""
    items = one_block(2)
    with pytest.raises(InputError, match="nothing to draw"):
        plausible_values(answers(items, 2), items, 0, seed=1)
    with pytest.raises(InputError, match="outside the item's categories"):
        plausible_values(Responses.from_array([[0, 3]], items=items.ids), items, seed=1)
    with pytest.raises(InputError, match="no column is an item"):
        plausible_values(Responses.from_array([[0, 1]], items=["p", "q"]), items, seed=1)
