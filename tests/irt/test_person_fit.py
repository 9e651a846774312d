"""compassess.irt.person_fit: lz and lz* by dimension and over dimensions."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    log_probability,
    person_fit,
    probability,
    score,
    score_function,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.person_fit import FIT_METHODS
from compassess.responses import Responses

from .builders import answers, house, items_in, one_block

Floats = NDArray[np.float64]
SUMS: Final = 1e-9  # the same sums in another order
ROOT: Final = 1e-7  # estimates solve their equation to about 1e-9 in θ, times the slope of the equation


def by_enumeration(items: Items, theta: float) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood, its slope and the probability of every pattern of answers at θ."""
    points = np.array([theta])
    log_p, slope = log_probability(items, points)[:, :, 0], score_function(items, points)[:, :, 0]
    patterns = np.array(list(product(*[range(k) for k in items.n_categories])))
    rows = np.arange(items.n_items)
    log_likelihood = log_p[rows, patterns].sum(axis=1)
    return log_likelihood, slope[rows, patterns].sum(axis=1), np.exp(log_likelihood)


@pytest.mark.parametrize(("n_items", "n_categories"), [(6, 2), (4, 3)])
def test_lz_is_the_standardised_log_likelihood(n_items: int, n_categories: int) -> None:
    """W and √V are those of all patterns of answers, enumerated at the estimate."""
    items = one_block(n_items, n_categories, seed=2)
    responses = answers(items, 5)
    found = person_fit(responses, items, method="WLE")
    log_p = log_probability(items, found.dimensions.theta[:, 0])
    for person, codes in enumerate(responses.codes()):
        every, _, p = by_enumeration(items, float(found.dimensions.theta[person, 0]))
        mean = p @ every
        own = log_p[np.arange(n_items), codes, person].sum()
        expected = (own - mean) / np.sqrt(p @ (every - mean) ** 2)
        assert found.lz[person] == pytest.approx(expected, abs=SUMS)


@pytest.mark.parametrize(("n_items", "n_categories"), [(6, 2), (4, 3)])
def test_lz_star_is_what_the_slope_does_not_tell(n_items: int, n_categories: int) -> None:
    """lz* is the residual of W on S, standardised, with moments of all patterns enumerated."""
    items = one_block(n_items, n_categories, seed=2)
    responses = answers(items, 5)
    found = person_fit(responses, items, method="MAP")
    for person, codes in enumerate(responses.codes()):
        theta = float(found.dimensions.theta[person, 0])
        every, slopes, p = by_enumeration(items, theta)
        w = every - p @ every
        share = (p @ (w * slopes)) / (p @ slopes**2)
        residual = w - share * slopes
        place = np.ravel_multi_index(tuple(codes), tuple(items.n_categories))
        assert found.lz_star[person] == pytest.approx(residual[place] / np.sqrt(p @ residual**2), abs=SUMS)


@pytest.mark.parametrize("method", FIT_METHODS)
def test_lz_star_is_snijders_formula(method: str) -> None:
    """For 0/1 items it is (W + c r₀) / √Σ w̃² P Q, with the r₀ of each estimator in its own formula."""
    items = Items.create(
        ids=[f"i{j}" for j in range(12)],
        a=np.linspace(0.7, 2.1, 12),
        b=np.linspace(-2, 2, 12)[:, None],
        c=[0.15, 0.2] * 6,
        models=["3PL"] * 12,
    )
    responses = answers(items, 40)
    found = person_fit(responses, items, method=method)
    theta = found.dimensions.theta[:, 0]
    finite = np.isfinite(theta)
    assert finite.sum() > 30
    at, step = theta[finite], 1e-4
    p = probability(items, at)[:, 1]
    slope = (probability(items, at + step)[:, 1] - probability(items, at - step)[:, 1]) / (2 * step)
    bend = (probability(items, at + step)[:, 1] - 2 * p + probability(items, at - step)[:, 1]) / step**2
    q = 1 - p
    weight, r = np.log(p / q), slope / (p * q)
    information = (slope**2 / (p * q)).sum(axis=0)
    warm = (slope * bend / (p * q)).sum(axis=0)
    jeffreys = (2 * slope * bend / (p * q) - slope**3 * (q - p) / (p * q) ** 2).sum(axis=0)
    own = {"ML": 0.0, "MAP": -at, "WLE": warm / (2 * information), "Jeffreys": jeffreys / (2 * information)}
    share = (slope * weight).sum(axis=0) / (slope * r).sum(axis=0)
    deviation = ((responses.codes().T[:, finite] - p) * weight).sum(axis=0)
    changed = weight - share * r
    expected = (deviation + share * own[method]) / np.sqrt((changed**2 * p * q).sum(axis=0))
    # Second derivatives by differences err by 1e-6 or so.
    np.testing.assert_allclose(found.lz_star[finite], expected, rtol=0, atol=2e-5)


def test_at_maximum_likelihood_the_slope_is_nothing() -> None:
    """r₀ is 0 for ML: lz* differs from lz by its variance alone."""
    items = one_block(15, 3)
    found = person_fit(answers(items, 50), items, method="ML")
    assert np.all(np.abs(found.lz_star) >= np.abs(found.lz) * (1 - ROOT))


def test_dimensions_add_up() -> None:
    """Numerators and variances add over dimensions: Σ lz_d √V_d / √Σ V_d, V_d found item by item."""
    items = items_in(house(2, 2), 5, 3)
    responses = answers(items, 30)
    found = person_fit(responses, items, method="WLE")
    assert found.dimensions.names == items.population.competencies
    theta = found.dimensions.theta
    variance = np.zeros_like(theta)
    for d, name in enumerate(found.dimensions.names):
        own = items.select(np.array([home == name for home in items.competencies]))
        log_p = log_probability(own, theta[:, d])
        p = np.exp(log_p)
        variance[:, d] = ((p * log_p**2).sum(axis=1) - (p * log_p).sum(axis=1) ** 2).sum(axis=0)
    total = (found.dimensions.lz * np.sqrt(variance)).sum(axis=1) / np.sqrt(variance.sum(axis=1))
    np.testing.assert_allclose(found.lz, total, rtol=0, atol=SUMS)


def test_one_dimension_is_the_total() -> None:
    """With one block the total is the block's; with λ = 1 the competencies are one dimension."""
    population = Population.create(("b",), competencies={"c": "b", "d": "b"})
    items = items_in(population, 6, 2)
    found = person_fit(answers(items, 20), items)
    assert found.dimensions.names == ("b",)
    np.testing.assert_array_equal(found.lz_star, found.dimensions.lz_star[:, 0])
    np.testing.assert_array_equal(found.lz, found.dimensions.lz[:, 0])


def test_scores_that_are_known_are_not_made_again() -> None:
    """scores= gives what method= would; EAP scores are taken as well."""
    items = items_in(house(), 5, 3)
    responses = answers(items, 20)
    for method in ("MAP", "WLE"):
        own = person_fit(responses, items, score(responses, items, method))
        np.testing.assert_array_equal(own.lz_star, person_fit(responses, items, method=method).lz_star)
    eap = person_fit(responses, items, score(responses, items, "EAP"))
    near = person_fit(responses, items, method="MAP")
    assert np.corrcoef(eap.lz_star, near.lz_star)[0, 1] > 0.99


@given(st.integers(0, 2**16), st.floats(0.2, 0.9))
def test_missing_answers_count_for_nothing(seed: int, share: float) -> None:
    """A person with holes has the fit of one who was asked those items alone."""
    items = one_block(12, 3)
    codes = answers(items, 1, seed=seed).codes().astype(float)
    kept = np.random.default_rng(seed).random(12) < share
    if kept.sum() < 2:
        kept[:2] = True
    codes[:, ~kept] = np.nan
    whole = person_fit(Responses.from_array(codes, items=items.ids), items)
    alone = person_fit(
        Responses.from_array(codes[:, kept], items=[items.ids[j] for j in np.flatnonzero(kept)]),
        items.select(kept),
    )
    np.testing.assert_allclose(whole.lz_star, alone.lz_star, rtol=0, atol=1e-7)
    assert whole.n_answers[0] == kept.sum()


def test_each_ending_has_its_status() -> None:
    """No answer, no finite estimate, no variation, a part, few answers, and nothing to say."""
    items = one_block(25)
    codes = answers(items, 6).codes().astype(float)
    codes[0] = np.nan
    codes[1] = 1
    codes[2, 1:] = np.nan
    codes[3, :10] = np.nan
    codes[4, 0], codes[4, 1] = 0, 1
    found = person_fit(Responses.from_array(codes, items=items.ids), items, method="ML")
    assert found.status[:2] == ("no_answers", "no_estimate")
    assert found.status[2] == "no_estimate"  # a single 0/1 answer is all right or all wrong
    assert found.status[3:5] == ("few_answers", "ok")
    assert np.isnan(found.lz_star[:3]).all()
    assert np.isfinite(found.lz_star[3:]).all()
    single = person_fit(Responses.from_array(codes[2:3], items=items.ids), items, method="WLE")
    assert single.status == ("no_variation",)
    assert np.isfinite(single.lz[0])
    assert np.isnan(single.lz_star[0])


def test_items_that_are_all_alike_tell_nothing_of_fit() -> None:
    """Where every pattern with a sum is equally likely lz* is no number."""
    items = Items.create(ids=["a", "b", "c", "d"], a=[1.3] * 4, b=[[0.2]] * 4)
    found = person_fit(answers(items, 10), items)
    assert set(found.status) == {"no_variation"}


def test_a_dimension_without_an_estimate_is_left_out_of_the_total() -> None:
    """All right in one block: the total is the other block's, and the status says so."""
    items = items_in(Population.create(("b", "c"), correlation=np.full((2, 2), 0.3) + 0.7 * np.eye(2)), 10)
    codes = answers(items, 1, seed=4).codes().copy()
    codes[0, :10] = 1
    found = person_fit(Responses.from_array(codes, items=items.ids), items, method="ML")
    assert found.status == ("partial",)
    assert np.isnan(found.dimensions.lz[0, 0])
    assert found.lz_star[0] == found.dimensions.lz_star[0, 1]
    assert found.n_answers[0] == 10


def test_misfit_is_low() -> None:
    """Answers against the order of difficulty have a low lz*, answers in its order a high one."""
    items = Items.create(ids=[f"i{j}" for j in range(20)], a=[1.5] * 20, b=np.linspace(-2, 2, 20)[:, None])
    codes = np.array([[1] * 10 + [0] * 10, [0] * 10 + [1] * 10])
    found = person_fit(Responses.from_array(codes, items=items.ids), items)
    assert found.lz_star[0] > 1
    assert found.lz_star[1] < -5
    assert found.p_value[1] < 1e-6 < found.p_value[0]


def test_nobody_is_no_error() -> None:
    """Arrays of length 0."""
    items = one_block(5)
    found = person_fit(answers(items, 3).select_persons(slice(0, 0)), items)
    assert found.lz.shape == (0,)
    assert found.status == ()


def test_what_cannot_be_used_is_refused() -> None:
    """An estimator without an equation, and scores of somebody else."""
    items = one_block(5)
    responses = answers(items, 4)
    with pytest.raises(InputError, match="'EAP'"):
        person_fit(responses, items, method="EAP")
    other = items_in(house(), 3)
    with pytest.raises(InputError) as caught:
        person_fit(responses, items, score(answers(other, 3), other))
    assert [problem.what for problem in caught.value.problems] == [
        "they are of other persons",
        "they are of other competencies",
    ]


def test_the_frame_has_a_row_a_person() -> None:
    """Totals, status, and each dimension where there are several."""
    items = items_in(house(), 4, 3)
    table = person_fit(answers(items, 7), items).to_frame()
    assert len(table) == 7
    assert {"lz", "lz_star", "p_value", "status", "lz_b0c0", "lz_star_b1c1"} <= set(table.columns)


def test_presented_cells_alone_are_answered() -> None:
    """simulate_responses(presented=…) draws the same answers as without, and leaves the rest missing."""
    items = one_block(6, 3)
    abilities = simulate_abilities(items.population, 20, seed=1)
    presented = np.random.default_rng(2).random((20, 6)) < 0.5
    some, every = (
        simulate_responses(items, abilities, seed=3, presented=mask).codes() for mask in (presented, None)
    )
    np.testing.assert_array_equal(some, np.where(presented, every, -1))
    with pytest.raises(InputError, match="presented"):
        simulate_responses(items, abilities, seed=3, presented=presented[:5])
