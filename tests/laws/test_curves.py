"""The laws of the curves of known items, for every model of the registry and for mixed tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt import (
    METHODS,
    Items,
    expected_score,
    expected_total,
    information,
    log_likelihood,
    log_probability,
    probability,
    score,
    score_function,
    total_information,
)
from compassess.responses import Responses
from laws.strategies import MIXED, MODEL_NAMES, Floats, answers_to, items_of

EVERY_TEST = pytest.mark.parametrize("name", [*MODEL_NAMES, MIXED])
SOME = settings(max_examples=25)
FEW = settings(max_examples=8)  # every example scores some persons by all methods

near = st.floats(-8.0, 8.0)
far = st.floats(-40.0, 40.0)


@EVERY_TEST
@SOME
@given(data=st.data(), theta=far)
def test_log_probabilities_are_finite_logarithms(name: str, data: st.DataObject, theta: float) -> None:
    """For |θ| up to 40 log P and its slope are finite, and exp(log P) is P; both are NaN beyond an item's codes."""
    items = data.draw(items_of(name))
    log_p, slope = log_probability(items, theta), score_function(items, theta)
    exists = np.arange(log_p.shape[1]) < items.n_categories[:, None]
    for curve in (log_p, slope):
        np.testing.assert_array_equal(np.isfinite(curve[:, :, 0]), exists)
    np.testing.assert_array_equal(np.exp(log_p), probability(items, theta))
    np.testing.assert_allclose(np.nansum(probability(items, theta), axis=1), 1.0, rtol=0, atol=1e-12)


@EVERY_TEST
@SOME
@given(data=st.data(), theta=near)
def test_score_functions_are_slopes(name: str, data: st.DataObject, theta: float) -> None:
    """∂ log P / ∂θ is what small moves of θ do to log P."""
    items, step = data.draw(items_of(name)), 1e-5
    moved = log_probability(items, [theta + step, theta - step])
    numeric = (moved[:, :, 0] - moved[:, :, 1]) / (2 * step)
    # Rounding of log P up to 300 leaves 6e-14 / 2e-5; third derivatives up to 24³ times step² leave 1e-6.
    np.testing.assert_allclose(score_function(items, theta)[:, :, 0], numeric, rtol=0, atol=2e-6)


@EVERY_TEST
@SOME
@given(data=st.data(), theta=near)
def test_information_is_the_expected_squared_score(name: str, data: st.DataObject, theta: float) -> None:
    """Over the answers the score function has mean 0, and its mean square is the information."""
    items = data.draw(items_of(name))
    p, slope = probability(items, theta), score_function(items, theta)
    np.testing.assert_allclose(np.nansum(p * slope, axis=1), 0.0, rtol=0, atol=1e-12)
    squared = np.nansum(p * slope**2, axis=1)
    np.testing.assert_allclose(information(items, theta), squared, rtol=1e-12, atol=1e-14)


@EVERY_TEST
@SOME
@given(data=st.data(), theta=near)
def test_expected_scores_rise_by_the_covariance_of_code_and_score(
    name: str, data: st.DataObject, theta: float
) -> None:
    """dE(X | θ) / dθ = Σ k P_k ∂ log P_k / ∂θ."""
    items, step = data.draw(items_of(name)), 1e-5
    moved = expected_score(items, [theta + step, theta - step])
    codes = np.arange(probability(items, theta).shape[1])[:, None]
    rise = np.nansum(codes * probability(items, theta) * score_function(items, theta), axis=1)
    # Rounding 1e-15 · 6 / 2e-5, and third derivatives of up to 6 · 24³ times step² / 6.
    np.testing.assert_allclose((moved[:, 0] - moved[:, 1]) / (2 * step), rise[:, 0], rtol=0, atol=5e-6)


@EVERY_TEST
@SOME
@given(data=st.data())
def test_a_test_is_the_sum_of_its_parts(name: str, data: st.DataObject) -> None:
    """Characteristic curve and information of a test are those of its two halves added, in any order of items."""
    items = data.draw(items_of(name))
    order = data.draw(st.permutations(items.ids))
    cut = data.draw(st.integers(0, items.n_items))
    theta = np.linspace(-5, 5, 11)
    for curve in (expected_total, total_information):
        parts = [curve(items.select(part), theta) for part in (order[:cut], order[cut:])]
        np.testing.assert_allclose(curve(items, theta), sum(parts), rtol=1e-12, atol=1e-13)


@EVERY_TEST
@SOME
@given(data=st.data(), k=st.floats(0.3, 3.0))
def test_the_unit_of_ability_leaves_probabilities(name: str, data: st.DataObject, k: float) -> None:
    """a · k, b / k and θ / k give the same probabilities; the score function and √I are multiplied by k."""
    items = data.draw(items_of(name))
    scaled = replace(items, a=items.a * k, b=items.b / k, slopes=items.slopes * k)
    theta = np.linspace(-6, 6, 13)
    np.testing.assert_allclose(
        log_probability(scaled, theta / k), log_probability(items, theta), rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(
        score_function(scaled, theta / k), k * score_function(items, theta), rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(expected_total(scaled, theta / k), expected_total(items, theta), rtol=1e-10)
    np.testing.assert_allclose(
        total_information(scaled, theta / k), k**2 * total_information(items, theta), rtol=1e-9, atol=1e-10
    )


@EVERY_TEST
@FEW
@given(data=st.data())
def test_likelihoods_are_integrals_of_products(name: str, data: st.DataObject) -> None:
    """log L = log Σ_q w_q Π_i P_i(x_i | θ_q) over the items that were answered, whatever their models."""
    items = data.draw(items_of(name))
    responses = data.draw(answers_to(items))
    theta = np.linspace(-6, 6, 61)
    weight = np.exp(-0.5 * theta**2)
    log_p = log_probability(items, theta)
    codes = responses.codes(items.ids)
    for person, found in enumerate(log_likelihood(responses, items, nodes=61, limit=6.0)):
        answered = np.flatnonzero(codes[person] >= 0)
        joint = log_p[answered, codes[person, answered]].sum(axis=0)
        assert found == pytest.approx(np.log(np.exp(joint) @ weight / weight.sum()), rel=1e-10, abs=1e-10)


@FEW
@given(data=st.data())
def test_four_parameters_without_asymptotes_are_two(data: st.DataObject) -> None:
    """4PL, and 3PL, items with c = 0 and d = 1 are 2PL items: curves, likelihoods and scores by every method."""
    items = data.draw(items_of("2PL"))
    responses = data.draw(answers_to(items))
    theta = np.linspace(-6, 6, 13)
    for name in ("3PL", "4PL"):
        same = replace(items, models=(name,) * items.n_items)
        # 0 and 1 are kept as 1e-12 and 1 − 1e-12.
        np.testing.assert_allclose(probability(same, theta), probability(items, theta), rtol=0, atol=2e-12)
        np.testing.assert_allclose(
            total_information(same, theta), total_information(items, theta), rtol=0, atol=1e-8
        )
        # Where the answers are as improbable as 1e-12 for everybody, they are guesses in one and not in the other.
        likely = best_log_likelihood(items, responses) > -10
        np.testing.assert_allclose(
            log_likelihood(responses, same)[likely],
            log_likelihood(responses, items)[likely],
            rtol=0,
            atol=1e-6,
        )
        for method in METHODS:
            before, after = score(responses, items, method), score(responses, same, method)
            near = likely & (np.abs(before.theta) < 6)  # beyond, the likelihood is flat
            # P changes by 2e-8 of itself at P = exp(−10), and θ by that over an information of some 1e-3.
            np.testing.assert_allclose(after.theta[near], before.theta[near], rtol=0, atol=1e-4)
            assert [s for s, n in zip(after.status, near, strict=True) if n] == [
                s for s, n in zip(before.status, near, strict=True) if n
            ]


def best_log_likelihood(items: Items, responses: Responses) -> Floats:
    """The highest log-likelihood of each person's answers on ±8, (n_persons,)."""
    log_p = log_probability(items, np.linspace(-8, 8, 81))
    codes = responses.codes(items.ids)
    joint = [log_p[row >= 0, row[row >= 0]].sum(axis=0).max() for row in codes]
    return np.array(joint)


@EVERY_TEST
@FEW
@given(data=st.data())
def test_maxima_are_roots_of_the_sum_of_score_functions(name: str, data: st.DataObject) -> None:
    """Where ML has a finite estimate, the score functions of the person's answers sum to 0 there."""
    items = data.draw(items_of(name))
    responses = data.draw(answers_to(items))
    found = score(responses, items, "ML")
    codes = responses.codes(items.ids)
    for person in np.flatnonzero(np.isfinite(found.theta)):
        answered = np.flatnonzero(codes[person] >= 0)
        slopes = score_function(items, found.theta[person])[answered, codes[person, answered], 0]
        # Roots are found to 1e-11 in θ, under slopes of the sum of up to 6 · 24² / 4.
        assert slopes.sum() == pytest.approx(0.0, abs=1e-7)
