"""Grids that refine themselves: what scores are worth on extreme tests, and what is said where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from compassess.irt import Items, Population, log_likelihood, plausible_values, probability, score, sum_scores
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block

Floats = NDArray[np.float64]

#: In units of the posterior SD. The worst of 4,000 cases like those below erred by 4e-4.
PROMISED = 1e-3


def exact(
    items: Items, responses: Responses, people: Population, reach: float = 14.0
) -> tuple[Floats, Floats]:
    """Mean and SD by 4,001 nodes, from the items' probabilities."""
    mean, sd = people.mean[0], np.sqrt(people.covariance[0, 0])
    theta = np.linspace(min(-reach, mean - 9 * sd), max(reach, mean + 9 * sd), 4001)
    log_p = np.log(probability(items, theta))
    codes = responses.codes(items.ids)
    log_mass = np.stack([log_p[np.arange(items.n_items), row].sum(axis=0) for row in codes])
    log_mass -= 0.5 * ((theta - mean) / sd) ** 2
    mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
    mass /= mass.sum(axis=1, keepdims=True)
    centre = mass @ theta
    return centre, np.sqrt(np.einsum("nq,nq->n", mass, (theta - centre[:, None]) ** 2))


def patterns(items: Items) -> Responses:
    """All lowest, all highest, Guttman's pattern and its reverse, and answers at random."""
    rng, top = np.random.default_rng(1), items.n_categories - 1
    order = np.argsort(np.argsort(np.nan_to_num(items.b).mean(axis=1)))
    easy = np.where(order < items.n_items // 2, top, 0)
    drawn = rng.integers(0, items.n_categories, (3, items.n_items))
    return Responses.from_array(np.vstack([0 * top, top, easy, top - easy, drawn]), items=items.ids)


def made(model: str, n_items: int, slope: float) -> Items:
    """Items of one model and one slope."""
    rng = np.random.default_rng(2)
    n_categories = {"2PL": 2, "3PL": 2, "GRM": 5, "GPCM": 4, "NRM": 3}[model]
    ids = [f"i{j}" for j in range(n_items)]
    b = np.sort(rng.normal(0, 1.2, (n_items, n_categories - 1)), axis=1) + 1e-3 * np.arange(n_categories - 1)
    if model == "NRM":
        slopes = slope * np.tile([-0.5, 0.1, 0.4], (n_items, 1))
        intercepts = rng.normal(size=(n_items, 3))
        intercepts -= intercepts.mean(axis=1, keepdims=True)
        blank = np.full(n_items, np.nan)
        return Items.create(
            ids=ids,
            models=[model] * n_items,
            a=blank,
            b=np.full((n_items, 2), np.nan),
            n_categories=[3] * n_items,
            slopes=slopes,
            intercepts=intercepts,
        )
    guessing = np.full(n_items, 0.2) if model == "3PL" else None
    return Items.create(ids=ids, models=[model] * n_items, a=np.full(n_items, slope), b=b, c=guessing)


@pytest.mark.parametrize("model", ["2PL", "3PL", "GRM", "GPCM", "NRM"])
@pytest.mark.parametrize(
    ("n_items", "slope"), [(1, 6.0), (3, 6.0), (30, 0.1), (30, 1.5), (300, 1.5), (300, 6.0)]
)
@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (2.0, 0.3), (2.0, 3.0)])
def test_scores_are_exact_whatever_the_test(
    model: str, n_items: int, slope: float, mean: float, sd: float
) -> None:
    """Mean and SD agree with brute force to 1e-3 SD, for extreme patterns, tests and populations."""
    people = Population.create(mean=[mean], standard_deviation=[sd])
    items = made(model, n_items, slope)
    responses = patterns(items)
    found = score(responses, items, population=people)
    centre, spread = exact(items, responses, people)
    assert set(found.status) == {"ok"}
    assert np.abs((found.theta - centre) / spread).max() < PROMISED
    assert np.abs(found.se / spread - 1).max() < PROMISED


@pytest.mark.parametrize("code", [0, 1])
def test_a_posterior_at_the_end_of_the_grid_is_seen_whole(code: int) -> None:
    """1,000 items all right reach beyond 6: the default grid grows, a grid that was asked for says so."""
    items = Items.create(
        ids=[f"i{j}" for j in range(1000)],
        a=np.full(1000, 0.8),
        b=np.random.default_rng(0).normal(size=(1000, 1)),
    )
    responses = Responses.from_array(np.full((1, 1000), code), items=items.ids)
    found, cut = score(responses, items), score(responses, items, nodes=61, limit=6.0)
    centre, spread = exact(items, responses, Population.create())
    assert found.status == ("ok",)
    assert found.theta[0] == pytest.approx(centre[0], abs=PROMISED * spread[0])
    assert found.se[0] == pytest.approx(spread[0], rel=PROMISED)
    assert cut.status == ("short_grid",)
    assert abs(cut.theta[0]) < abs(centre[0]) - 0.005  # what is cut off draws inwards
    assert cut.se[0] < 0.97 * spread[0]


def test_a_population_beyond_the_usual_range_is_covered() -> None:
    """Without answers the prior's mean and SD, wherever it lies; on ±6 by status."""
    people = Population.create(mean=[9.0], standard_deviation=[0.5])
    items = one_block(3)
    responses = Responses.from_array([[1, 0, 1]], items=items.ids)
    centre, spread = exact(items, responses, people)
    found = score(responses, items, population=people)
    assert found.theta[0] == pytest.approx(centre[0], abs=PROMISED * spread[0])
    assert found.status == ("ok",)
    assert score(responses, items, population=people, limit=6.0).status == ("short_grid",)


@pytest.mark.parametrize(
    ("people", "per_competency", "n_categories", "nodes"),
    [
        (house(2, 1, loading=1.0, correlation=0.97), 60, 5, 401),
        (house(3, 1, loading=1.0, correlation=0.9), 25, 3, 121),
        (house(4, 1, loading=1.0, correlation=0.5), 15, 3, 41),
        (house(1, 2, loading=0.8), 150, 2, 401),
        (house(2, 2, loading=0.97, correlation=0.9), 30, 4, 241),
    ],
    ids=["two blocks", "three blocks", "four blocks", "competencies", "both"],
)
def test_blocks_and_competencies_refine_too(
    people: Population, per_competency: int, n_categories: int, nodes: int
) -> None:
    """Where blocks meet on a joint grid, scores agree with many more nodes to 1e-3 SD."""
    items = items_in(people, per_competency, n_categories)
    responses = answers(items, 6)
    found, fine = score(responses, items), score(responses, items, nodes=nodes)
    assert set(found.status) == {"ok"}
    for own, other in ((found, fine), (found.competencies, fine.competencies)):
        assert np.abs((own.theta - other.theta) / other.se).max() < PROMISED
        assert np.abs(own.se / other.se - 1).max() < PROMISED


def test_what_is_not_affordable_is_told() -> None:
    """Five blocks of long tests would need more nodes than there may be: the status says so."""
    items = items_in(house(4, 1, loading=1.0), 200, 3)
    assert score(answers(items, 1), items).status == ("coarse_grid",)


def test_likelihoods_sums_and_draws_refine_like_scores() -> None:
    """Marginal likelihood, EAP by sum and plausible values of a long test hang on no coarse grid."""
    items = items_in(Population.create(), 400)
    responses = answers(items, 8)
    fine = log_likelihood(responses, items, nodes=801)
    np.testing.assert_allclose(log_likelihood(responses, items), fine, rtol=0, atol=PROMISED)
    by_sum, table = score(responses, items, "EAPsum"), sum_scores(items)
    assert set(by_sum.status) == set(table.status) == {"ok"}
    exact_table = sum_scores(items, nodes=1601, limit=12.0)
    told = np.isfinite(table.theta)
    assert np.abs((table.theta - exact_table.theta) / exact_table.se)[told].max() < PROMISED
    assert set(score(responses, items, "EAPsum", nodes=31).status) == {"coarse_grid"}
    draws = plausible_values(responses, items, 400, seed=1)
    assert set(draws.status) == {"ok"}
    scores = score(responses, items)
    # The SD of 400 draws has a standard error of 3.5 %; five of them for eight persons.
    np.testing.assert_allclose(draws.theta[..., 0].std(axis=0), scores.se, rtol=0.18)
    assert set(plausible_values(responses, items, 1, seed=1, nodes=31).status) == {"coarse_grid"}


def test_others_do_not_change_a_persons_grid() -> None:
    """A person's score is the same alone and among people who need other grids."""
    items = items_in(Population.create(), 300)
    extreme = np.vstack([answers(items, 5).codes(), np.ones((1, 300), dtype=int)])
    everybody = Responses.from_array(extreme, items=items.ids)
    together = score(everybody, items)
    for person in range(6):
        alone = score(everybody.select_persons([person]), items)
        assert alone.theta[0] == pytest.approx(together.theta[person], rel=1e-12)


@pytest.mark.parametrize("method", ["EAP", "MAP", "ML", "WLE", "Jeffreys", "EAPsum"])
@pytest.mark.parametrize("n_items", [1, 1000])
def test_every_method_is_finite_or_says_why(method: str, n_items: int) -> None:
    """All right, all wrong, one answer, no answer: an estimate with its SE, or a status instead."""
    items = one_block(n_items)
    codes = np.full((4, n_items), np.nan)
    codes[0], codes[1], codes[2, 0] = 1, 0, 1
    found = score(Responses.from_array(codes, items=items.ids), items, method)
    told = np.isfinite(found.theta) & np.isfinite(found.se)
    assert all(fine or status != "ok" for fine, status in zip(told, found.status, strict=True))
    assert found.status[3] == "no_answers"
    if method in ("EAP", "MAP", "EAPsum"):
        assert told.all()
    if method in ("WLE", "Jeffreys"):
        assert told[:3].all()
