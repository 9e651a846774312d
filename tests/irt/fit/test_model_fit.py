"""compassess.irt.fit.model_fit: margins against all patterns, slopes against differences, errors and power."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, Population, calibrate, model_fit, simulate_responses
from compassess.irt.fit.margins import Margins, expected_margins, observed_margins
from compassess.irt.fit.node_curves import node_curves
from compassess.responses import Responses

MIXED = Items.create(
    ids=list("abcd"),
    models=["2PL", "GRM", "GPCM", "3PL"],
    n_categories=[2, 3, 3, 2],
    a=[1.2, 0.9, 1.4, 1.1],
    b=[[-0.5, np.nan], [-1.0, 0.6], [0.4, -0.2], [0.3, np.nan]],
    c=[0.0, 0.0, 0.0, 0.2],
)
HOUSE = Population.create(
    ["p", "q"],
    correlation=[[1.0, 0.6], [0.6, 1.0]],
    competencies={"p1": "p", "p2": "p", "q1": "q"},
    loadings={"p1": 0.8, "p2": 0.7},
)


def in_house(population: Population = HOUSE) -> Items:
    """Two items a competency."""
    return Items.create(
        ids=[f"i{k}" for k in range(6)],
        a=[1.2, 0.9, 1.5, 1.0, 1.3, 0.8],
        b=np.linspace(-1, 1, 6)[:, None],
        competencies=["p1", "p1", "p2", "p2", "q1", "q1"],
        population=population,
    )


def margins(items: Items, population: Population | None = None, *, by_category: bool = True) -> Margins:
    """Of items with everything free."""
    people = population or items.population
    return expected_margins(node_curves(items, people, fixed=(), known_loadings=False), by_category)


@pytest.mark.parametrize("by_category", [True, False])
def test_margins_are_those_of_all_patterns(by_category: bool) -> None:
    """Means and covariance over the 36 patterns, each with its probability on the same nodes."""
    curves = node_curves(MIXED, MIXED.population, fixed=(), known_loadings=False)
    found = expected_margins(curves, by_category)
    counts = [len(p) for p in curves.p]
    patterns = np.array(list(product(*map(range, counts))))
    chance = np.array(
        [np.prod([curves.p[i][k] for i, k in enumerate(row)], axis=0) @ curves.weights for row in patterns]
    )
    statistics = np.array([observed_margins(row[None], counts, by_category) for row in patterns])
    mean = chance @ statistics
    np.testing.assert_allclose(found.mean, mean, atol=1e-12)
    covariance = (statistics * chance[:, None]).T @ statistics - np.outer(mean, mean)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-12)


def test_slopes_of_items_are_those_of_differences() -> None:
    """The tangents of working parameters span those of a, b and c by central differences."""
    slopes, step, columns = margins(MIXED).slopes, 1e-5, []
    for item in range(4):
        places = [("a", (item,)), *(("b", (item, k)) for k in np.flatnonzero(np.isfinite(MIXED.b[item])))]
        for name, place in places + ([("c", (item,))] if MIXED.models[item] == "3PL" else []):
            ends = []
            for sign in (1, -1):
                values = getattr(MIXED, name).copy()
                values[place] += sign * step
                ends.append(margins(replace(MIXED, **{name: values})).mean)
            columns.append((ends[0] - ends[1]) / (2 * step))
    differences = np.array(columns).T
    assert np.linalg.matrix_rank(slopes) == differences.shape[1] == 11
    basis, _ = np.linalg.qr(differences)
    np.testing.assert_allclose(slopes, basis @ (basis.T @ slopes), atol=1e-9)


def test_slopes_of_the_population_are_those_of_differences() -> None:
    """R and λ move the margins of the model of the house as they do when the population is made anew."""
    step = 1e-4

    def moved(r: float = 0.6, p1: float = 0.8, p2: float = 0.7) -> np.ndarray:
        people = Population.create(
            ["p", "q"],
            correlation=[[1.0, r], [r, 1.0]],
            competencies={"p1": "p", "p2": "p", "q1": "q"},
            loadings={"p1": p1, "p2": p2},
        )
        return margins(in_house(people)).mean

    slopes = margins(in_house()).slopes[:, -3:]
    expected = [
        (moved(**{name: value + step}) - moved(**{name: value - step})) / (2 * step)
        for name, value in (("r", 0.6), ("p1", 0.8), ("p2", 0.7))
    ]
    np.testing.assert_allclose(slopes, np.array(expected).T, atol=1e-5)


def test_points_of_many_dimensions_are_as_good_as_nodes() -> None:
    """Sobol's points meet the margins of pairs that a joint grid of two dimensions has."""
    many = margins(in_house()).mean
    for i, j, r in ((0, 1, 1.0), (0, 2, 0.8 * 0.7), (0, 4, 0.8 * 0.6)):
        nodes = np.linspace(-6, 6, 121)
        p, q = (ca.irt.probability(in_house().select([f"i{k}"]), nodes)[0][1] for k in (i, j))
        x, y = nodes[:, None], nodes[None]
        joint = (
            np.diag(np.exp(-0.5 * nodes**2))
            if r == 1.0
            else np.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * (1 - r**2)))
        )
        place = 6 + [*zip(*np.triu_indices(6, 1), strict=True)].index((i, j))
        assert many[place] == pytest.approx(p @ (joint / joint.sum()) @ q, abs=3e-4)


def test_what_was_known_is_not_counted() -> None:
    """A fixed item frees its parameters and the mean and variance of its block; λ given are not counted."""
    items = in_house()
    responses = simulated(items, 400, 1)
    free, known = model_fit(responses, items), model_fit(responses, items, known_loadings=True)
    assert (free.df, known.df) == (21 - 15, 21 - 13)
    one = Items.create(ids=items.ids, a=items.a, b=items.b)
    assert model_fit(responses, one).df == 9
    assert model_fit(responses, one, fixed=one.ids).df == 21 - 2
    assert model_fit(responses, one, fixed=one.ids[:2]).df == 21 - 8 - 2


def simulated(items: Items, n: int, seed: int) -> Responses:
    """Answers of people drawn from the items' population."""
    people = ca.irt.simulate_abilities(items.population, n, seed=seed)
    return simulate_responses(items, people, seed=seed + 1)


def test_what_is_wrong_is_found() -> None:
    """Two dimensions under one; guessing under 2PL at 5,000 persons; and what is right is not."""
    rng = np.random.default_rng(2)
    two = Items.create(
        ids=[f"i{k:02d}" for k in range(20)],
        a=rng.uniform(0.9, 1.6, 20),
        b=rng.normal(0, 1, 20)[:, None],
        competencies=["p"] * 10 + ["q"] * 10,
        population=Population.create(["p", "q"], correlation=[[1, 0.5], [0.5, 1]]),
    )
    answers = simulated(two, 1000, 3)
    one = model_fit(answers, calibrate(answers, "2PL").items)
    blocks = dict(zip(two.ids, two.competencies, strict=True))
    right = model_fit(answers, calibrate(answers, "2PL", blocks=blocks).items)
    assert one.p_value < 1e-6
    assert one.rmsea_interval[0] > 0.04
    assert right.p_value > 0.01
    assert right.rmsea < 0.02
    assert right.srmsr < one.srmsr
    assert right.cfi > one.cfi
    guessed = Items.create(
        ids=two.ids, models=["3PL"] * 20, a=np.full(20, 2.0), b=np.linspace(-1, 2, 20)[:, None], c=[0.25] * 20
    )
    answers = simulated(guessed, 5000, 4)
    assert model_fit(answers, calibrate(answers, "2PL").items).p_value < 1e-3


def test_complete_cases_and_lines() -> None:
    """Who left an item out is not in it; a row tells everything."""
    codes = np.array(simulated(in_house(), 300, 5).codes(in_house().ids), dtype=float)
    codes[:50, 2] = np.nan
    fit = model_fit(Responses.from_array(codes, items=in_house().ids), in_house())
    assert fit.n_complete == 250
    row = fit.to_frame().iloc[0]
    assert row["value"] == fit.value
    assert row["rmsea_low"] <= row["rmsea"] <= row["rmsea_high"]


def test_bad_input() -> None:
    """Every fault with what to do."""
    answers = simulated(MIXED, 50, 6)
    with pytest.raises(InputError, match="unknown statistic"):
        model_fit(answers, MIXED, statistic="M3")
    with pytest.raises(InputError, match="two categories; take C2"):
        model_fit(answers, MIXED, statistic="M2")
    with pytest.raises(InputError, match="no such item"):
        model_fit(answers, MIXED, fixed=["z"])
    with pytest.raises(InputError, match="two items"):
        model_fit(answers, MIXED.select(["a"]))
    with pytest.raises(InputError, match="who answered all items"):
        model_fit(Responses.from_array([[0, np.nan], [np.nan, 1]], items=["a", "d"]), MIXED)
    long = Items.create(ids=[f"i{k}" for k in range(127)], a=np.ones(127), b=np.zeros((127, 1)))
    with pytest.raises(InputError, match="too many margins"):
        model_fit(simulated(long, 5, 7), long)
    few = MIXED.select(["b", "c"])
    assert model_fit(simulated(few, 200, 8), few, statistic="M2*").status == "no_degrees_of_freedom"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "statistic"), [("2PL", "M2"), ("GRM", "C2"), ("GPCM", "C2"), ("PCM", "M2*")]
)
def test_type_one_error(model: str, statistic: str) -> None:
    """Twenty items calibrated from 500 replications of 1,000 persons: .035 to .065 at .05."""
    rng = np.random.default_rng(11)
    n_categories = 2 if model == "2PL" else 3
    items = Items.create(
        ids=[f"i{k:02d}" for k in range(20)],
        models=[model] * 20,
        a=np.ones(20) if model == "PCM" else rng.uniform(0.8, 1.8, 20),
        b=np.sort(rng.normal(0, 1, (20, n_categories - 1)), axis=1) + 0.3 * np.arange(n_categories - 1),
    )
    p = []
    for seed in range(500):
        answers = simulated(items, 1000, 10_000 + 2 * seed)
        found = calibrate(answers, model, standard_errors=None)
        p.append(model_fit(answers, found.items, statistic=statistic).p_value)
    assert 0.035 <= np.mean(np.array(p) < 0.05) <= 0.065
