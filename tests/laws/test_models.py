"""The laws of a response model, for every model of the registry."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt import MODELS
from laws.oracles import DIGITS, PROBABILITY
from laws.strategies import MODEL_NAMES, Floats, category_counts, slopes, thresholds, working_parameters

EVERY_MODEL = pytest.mark.parametrize("name", MODEL_NAMES)
MANY = settings(max_examples=50)  # each run draws others

near = st.floats(-4.0, 4.0)
far = st.floats(-40.0, 40.0)


def test_every_model_has_an_oracle() -> None:
    """No model stands in the registry without a formula of its own in these laws."""
    assert set(PROBABILITY) == set(MODELS)


def differences(function: object, xi: Floats, step: float) -> Floats:
    """Central finite differences of ``function(xi)`` by every column of ``xi``, on a new axis 1."""
    columns = []
    for p in range(xi.shape[1]):
        move = np.zeros(xi.shape[1])
        move[p] = step
        columns.append((function(xi + move) - function(xi - move)) / (2 * step))  # type: ignore[operator]
    return np.stack(columns, axis=1)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_probabilities_sum_to_one(name: str, data: st.DataObject, theta: float) -> None:
    """Over the categories probabilities sum to 1, however extreme the person."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    total = np.exp(model.log_probability(xi, np.array([theta]))).sum(axis=1)
    np.testing.assert_allclose(total, 1.0, rtol=0, atol=1e-12)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_log_probability_is_finite(name: str, data: st.DataObject, theta: float) -> None:
    """No answer is impossible: log P is finite and not positive for |θ| up to 40."""
    model = MODELS[name]
    log_p = model.log_probability(data.draw(working_parameters(model)), np.array([theta]))
    assert np.all(np.isfinite(log_p))
    assert np.all(log_p <= 1e-12)


@EVERY_MODEL
@settings(max_examples=40)
@given(data=st.data(), theta=far)
def test_log_probability_keeps_its_digits(name: str, data: st.DataObject, theta: float) -> None:
    """log P agrees with the formula evaluated to fifty digits, where P is 1e-60 as where it is ½."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    found = model.log_probability(xi, np.array([theta]))[:, :, 0]
    with mpmath.workdps(DIGITS * 4):  # σ − σ cancels up to 160 / log 10 digits
        for item, row in enumerate(xi):
            exact = [mpmath.mpf(float(x)) for x in row]
            for k in range(found.shape[1]):
                expected = mpmath.log(PROBABILITY[name](exact, k, mpmath.mpf(theta)))
                # η has 16 digits of up to 160; a gap of .05 · .15 between two η loses two or three.
                assert found[item, k] == pytest.approx(float(expected), rel=1e-12, abs=1e-11)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=near)
def test_gradient_agrees_with_finite_differences(name: str, data: st.DataObject, theta: float) -> None:
    """∂ log P / ∂ xi is what small moves of the parameters say."""
    model = MODELS[name]
    xi, nodes = data.draw(working_parameters(model)), np.array([theta])
    step = 1e-6  # rounding 1e-16 / 1e-6 and curvature (1e-6)² both leave about 1e-9 of 1 / gap
    numeric = differences(lambda x: model.log_probability(x, nodes), xi, step)
    np.testing.assert_allclose(model.log_probability_gradient(xi, nodes), numeric, rtol=1e-5, atol=1e-5)


@EVERY_MODEL
@settings(max_examples=15)
@given(data=st.data(), theta=far)
def test_gradient_agrees_with_exact_arithmetic(name: str, data: st.DataObject, theta: float) -> None:
    """∂ log P / ∂ xi agrees with the derivative of the formula taken to fifty digits."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))[:1]
    found = model.log_probability_gradient(xi, np.array([theta]))[0, :, :, 0]
    with mpmath.workdps(DIGITS * 4):
        point = [mpmath.mpf(float(x)) for x in xi[0]]
        for p, k in np.ndindex(*found.shape):

            def log_p(value: mpmath.mpf, p: int = p, k: int = k) -> mpmath.mpf:
                moved = [*point[:p], value, *point[p + 1 :]]
                return mpmath.log(PROBABILITY[name](moved, k, mpmath.mpf(theta)))

            expected = mpmath.diff(log_p, point[p])
            assert found[p, k] == pytest.approx(float(expected), rel=1e-9, abs=1e-10)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=near)
def test_scores_average_to_zero(name: str, data: st.DataObject, theta: float) -> None:
    """Σ_k P_k ∂ log P_k / ∂ xi = 0: probabilities sum to 1 whatever the parameters."""
    model = MODELS[name]
    xi, nodes = data.draw(working_parameters(model)), np.array([theta])
    probability = np.exp(model.log_probability(xi, nodes))
    mean = np.einsum("jkq,jpkq->jpq", probability, model.log_probability_gradient(xi, nodes))
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)


@EVERY_MODEL
@settings(max_examples=20)
@given(data=st.data(), theta=st.floats(-8.0, 8.0))
def test_information_is_the_mean_squared_score(name: str, data: st.DataObject, theta: float) -> None:
    """I(θ) = E[(∂ log P / ∂θ)²] = −E[∂² log P / ∂θ²], both taken from the formula to fifty digits."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))[:1]
    found = float(model.information(xi, np.array([theta]))[0, 0])
    squared, curved = mpmath.mpf(0), mpmath.mpf(0)
    with mpmath.workdps(DIGITS * 2):
        exact = [mpmath.mpf(float(x)) for x in xi[0]]
        for k in range(model.log_probability(xi, np.array([0.0])).shape[1]):

            def log_p(value: mpmath.mpf, k: int = k) -> mpmath.mpf:
                return mpmath.log(PROBABILITY[name](exact, k, value))

            at = mpmath.mpf(theta)
            probability = PROBABILITY[name](exact, k, at)
            squared += probability * mpmath.diff(log_p, at) ** 2
            curved -= probability * mpmath.diff(log_p, at, 2)
    assert found == pytest.approx(float(squared), rel=1e-9, abs=1e-14)
    assert found == pytest.approx(float(curved), rel=1e-9, abs=1e-14)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_information_is_never_negative(name: str, data: st.DataObject, theta: float) -> None:
    """Information is finite and not negative, and fades far away from the thresholds."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    information = model.information(xi, np.array([theta, 1e4, -1e4]))
    assert np.all(np.isfinite(information))
    assert np.all(information >= 0)
    assert np.all(information[:, 1:] < 1e-12)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_translation_to_the_irt_metric_can_be_undone(name: str, data: st.DataObject) -> None:
    """from_irt(to_irt(xi)) is xi."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    np.testing.assert_allclose(model.from_irt(*model.to_irt(xi)), xi, rtol=1e-13, atol=1e-13)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_translation_from_the_irt_metric_can_be_undone(name: str, data: st.DataObject) -> None:
    """to_irt(from_irt(a, b)) is (a, b)."""
    model = MODELS[name]
    a, k = data.draw(slopes()), data.draw(category_counts(model))
    b = data.draw(thresholds(k - 1))
    slope, found = model.to_irt(model.from_irt(np.array([a]), np.array([b])))
    np.testing.assert_allclose(slope, [a], rtol=1e-13)
    np.testing.assert_allclose(found, [b], rtol=1e-12, atol=1e-13)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_jacobian_agrees_with_finite_differences(name: str, data: st.DataObject) -> None:
    """∂ (a, b) / ∂ xi is what small moves of xi say."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    numeric = differences(lambda x: np.column_stack(model.to_irt(x)), xi, 1e-6).transpose(0, 2, 1)
    # b = −d / a: the third derivative is about d / a⁴, up to 2e4 at a = .15, times (1e-6)².
    np.testing.assert_allclose(model.to_irt_jacobian(xi), numeric, rtol=1e-6, atol=1e-6)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_items_that_can_be_met_are_feasible(name: str, data: st.DataObject) -> None:
    """Reasonable parameters are feasible; parameters that are not finite are not."""
    model = MODELS[name]
    xi = data.draw(working_parameters(model))
    assert np.all(model.feasible(xi))
    for bad in (np.nan, np.inf):
        for p in range(xi.shape[1]):
            broken = xi.copy()
            broken[0, p] = bad
            with np.errstate(invalid="ignore"):
                assert not model.feasible(broken)[0]


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_starting_values_are_feasible(name: str, data: st.DataObject) -> None:
    """Whatever the proportions of the categories, the start lies inside the model's domain."""
    model = MODELS[name]
    k = data.draw(category_counts(model))
    weight = np.array(data.draw(st.lists(st.integers(1, 1000), min_size=k, max_size=k)), dtype=np.float64)
    xi = model.start(weight[None] / weight.sum(), np.array([data.draw(slopes())]))
    assert xi.shape == (1, model.n_parameters(k))
    assert np.all(model.feasible(xi))
