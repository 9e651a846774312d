"""The laws of a response model, for every model of the registry."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from irt.fits import form_of

from compassess.irt import MODELS
from compassess.irt.models import theta_information
from laws.oracles import DIGITS, PROBABILITY
from laws.strategies import (
    MODEL_NAMES,
    Floats,
    category_counts,
    free_parameters,
    irt_columns,
    slopes,
    thresholds,
    working_parameters,
)

EVERY_MODEL = pytest.mark.parametrize("name", MODEL_NAMES)
MANY = settings(max_examples=50)  # each run draws others

near = st.floats(-4.0, 4.0)
far = st.floats(-40.0, 40.0)


def test_every_model_has_an_oracle() -> None:
    """No model stands in the registry without a formula of its own in these laws."""
    assert set(PROBABILITY) == set(MODEL_NAMES)
    rated = set(MODELS) - set(MODEL_NAMES)
    assert {MODELS[name].family for name in rated} == {MODELS["PCM"].family}


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
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
    total = np.exp(model.log_probability(xi, np.array([theta]))).sum(axis=1)
    np.testing.assert_allclose(total, 1.0, rtol=0, atol=1e-12)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_log_probability_is_finite(name: str, data: st.DataObject, theta: float) -> None:
    """No answer is impossible: log P is finite and not positive for |θ| up to 40."""
    model = MODELS[name].family
    log_p = model.log_probability(data.draw(working_parameters(MODELS[name])), np.array([theta]))
    assert np.all(np.isfinite(log_p))
    assert np.all(log_p <= 1e-12)


@EVERY_MODEL
@settings(max_examples=40)
@given(data=st.data(), theta=far)
def test_log_probability_keeps_its_digits(name: str, data: st.DataObject, theta: float) -> None:
    """log P agrees with the formula evaluated to fifty digits, where P is 1e-60 as where it is ½."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
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
    model = MODELS[name].family
    xi, nodes = data.draw(working_parameters(MODELS[name])), np.array([theta])
    step = 1e-6  # rounding 1e-16 / 1e-6 and curvature (1e-6)² both leave about 1e-9 of 1 / gap
    numeric = differences(lambda x: model.log_probability(x, nodes), xi, step)
    np.testing.assert_allclose(model.log_probability_gradient(xi, nodes), numeric, rtol=1e-5, atol=1e-5)


@EVERY_MODEL
@settings(max_examples=15)
@given(data=st.data(), theta=far)
def test_gradient_agrees_with_exact_arithmetic(name: str, data: st.DataObject, theta: float) -> None:
    """∂ log P / ∂ xi agrees with the derivative of the formula taken to fifty digits."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))[:1]
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
    model = MODELS[name].family
    xi, nodes = data.draw(working_parameters(MODELS[name])), np.array([theta])
    probability = np.exp(model.log_probability(xi, nodes))
    mean = np.einsum("jkq,jpkq->jpq", probability, model.log_probability_gradient(xi, nodes))
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)


@EVERY_MODEL
@settings(max_examples=20)
@given(data=st.data(), theta=st.floats(-8.0, 8.0))
def test_information_is_the_mean_squared_score(name: str, data: st.DataObject, theta: float) -> None:
    """I(θ) = E[(∂ log P / ∂θ)²] = −E[∂² log P / ∂θ²], both taken from the formula to fifty digits."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))[:1]
    found = float(theta_information(model, xi, np.array([theta]))[0, 0])
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
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
    information = theta_information(model, xi, np.array([theta, 1e9, -1e9]))
    assert np.all(np.isfinite(information))
    assert np.all(information >= 0)
    assert np.all(information[:, 1:] < 1e-12)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_translation_to_the_irt_metric_can_be_undone(name: str, data: st.DataObject) -> None:
    """from_irt(to_irt(xi)) is xi."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
    np.testing.assert_allclose(model.from_irt(model.to_irt(xi)), xi, rtol=1e-12, atol=1e-12)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_translation_from_the_irt_metric_can_be_undone(name: str, data: st.DataObject) -> None:
    """to_irt(from_irt(columns)) are the columns, where the family has them."""
    family = MODELS[name].family
    columns = data.draw(irt_columns(MODELS[name], data.draw(category_counts(MODELS[name]))))
    found = family.to_irt(family.from_irt(columns))
    for column, values in columns.items():
        np.testing.assert_allclose(found[column], values, rtol=1e-12, atol=1e-13)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_jacobian_agrees_with_finite_differences(name: str, data: st.DataObject) -> None:
    """∂ IRT / ∂ xi, in the order of the columns, is what small moves of xi say."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
    numeric = differences(lambda x: np.column_stack(list(model.to_irt(x).values())), xi, 1e-6).transpose(
        0, 2, 1
    )
    # b = −d / a: the third derivative is about d / a⁴, up to 2e4 at a = .15, times (1e-6)².
    np.testing.assert_allclose(model.to_irt_jacobian(xi), numeric, rtol=1e-6, atol=1e-6)


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_items_that_can_be_met_are_feasible(name: str, data: st.DataObject) -> None:
    """Reasonable parameters are feasible; parameters that are not finite are not."""
    model = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
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
    model = MODELS[name].family
    k = data.draw(category_counts(MODELS[name]))
    weight = np.array(data.draw(st.lists(st.integers(1, 1000), min_size=k, max_size=k)), dtype=np.float64)
    xi = model.start(weight[None] / weight.sum(), np.array([data.draw(slopes())]))
    assert xi.shape == (1, model.n_parameters(k))
    assert np.all(model.feasible(xi))


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=near)
def test_hessian_agrees_with_finite_differences(name: str, data: st.DataObject, theta: float) -> None:
    """∂² log P / ∂ xi ∂ xiᵀ is what small moves of the parameters do to the gradient; it is symmetric."""
    family = MODELS[name].family
    xi, nodes = data.draw(working_parameters(MODELS[name])), np.array([theta])
    numeric = differences(lambda x: family.log_probability_gradient(x, nodes), xi, 1e-6)
    found = family.log_probability_hessian(xi, nodes)
    # Entries go like (θ / gap)², with a gap of .15 · .05 at the least.
    np.testing.assert_allclose(found, numeric, rtol=1e-5, atol=1e-5 * max(1.0, float(np.abs(found).max())))
    np.testing.assert_allclose(found, found.transpose(0, 2, 1, 3, 4), rtol=1e-12, atol=1e-12)


@EVERY_MODEL
@settings(max_examples=15)
@given(data=st.data(), theta=st.floats(-12.0, 12.0))
def test_hessian_agrees_with_exact_arithmetic(name: str, data: st.DataObject, theta: float) -> None:
    """Any entry of ∂² log P / ∂ xi ∂ xiᵀ agrees with the derivative of the formula taken to fifty digits."""
    family = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))[:1]
    found = family.log_probability_hessian(xi, np.array([theta]))[0, :, :, :, 0]
    first, second = (data.draw(st.integers(0, xi.shape[1] - 1)) for _ in range(2))
    with mpmath.workdps(DIGITS * 4):
        point = [mpmath.mpf(float(x)) for x in xi[0]]
        for k in range(found.shape[2]):

            def log_p(x: mpmath.mpf, y: mpmath.mpf, k: int = k) -> mpmath.mpf:
                moved = list(point)
                moved[first] += x
                moved[second] += y
                return mpmath.log(PROBABILITY[name](moved, k, mpmath.mpf(theta)))

            expected = float(mpmath.diff(log_p, (mpmath.mpf(0), mpmath.mpf(0)), (1, 1)))
            # It is a difference of squares of the gradient, which goes like θ / gap with gaps of .05 · .15.
            scale = max(1.0, float(np.abs(found).max()))
            assert found[first, second, k] == pytest.approx(expected, rel=1e-9, abs=1e-10 * scale)


@EVERY_MODEL
@settings(max_examples=15)
@given(data=st.data(), theta=far)
def test_ability_derivatives_agree_with_exact_arithmetic(
    name: str, data: st.DataObject, theta: float
) -> None:
    """∂ log P / ∂θ and ∂² log P / ∂θ² of every category agree with the formula taken to fifty digits."""
    family = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))[:1]
    first, second = (part[0, :, 0] for part in family.theta_derivatives(xi, np.array([theta])))
    with mpmath.workdps(DIGITS * 4):
        point = [mpmath.mpf(float(x)) for x in xi[0]]
        for k in range(first.size):

            def log_p(value: mpmath.mpf, k: int = k) -> mpmath.mpf:
                return mpmath.log(PROBABILITY[name](point, k, value))

            # Slopes are at most 4 · 6 here; their squares, of which the second is a difference, 600.
            assert first[k] == pytest.approx(float(mpmath.diff(log_p, theta)), rel=1e-9, abs=1e-10)
            assert second[k] == pytest.approx(float(mpmath.diff(log_p, theta, 2)), rel=1e-9, abs=1e-9)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_hessian_is_finite(name: str, data: st.DataObject, theta: float) -> None:
    """However extreme the person, first and second derivatives are numbers."""
    family = MODELS[name].family
    xi, nodes = data.draw(working_parameters(MODELS[name])), np.array([theta])
    assert np.all(np.isfinite(family.log_probability_gradient(xi, nodes)))
    assert np.all(np.isfinite(family.log_probability_hessian(xi, nodes)))
    assert all(np.all(np.isfinite(part)) for part in family.theta_derivatives(xi, nodes))


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=near)
def test_expected_hessian_is_the_expected_information(name: str, data: st.DataObject, theta: float) -> None:
    """Σ_k P_k ∂² log P_k = −Σ_k P_k s_k s_kᵀ: both are the information on xi."""
    family = MODELS[name].family
    xi, nodes = data.draw(working_parameters(MODELS[name])), np.array([theta])
    probability = np.exp(family.log_probability(xi, nodes))
    scores = family.log_probability_gradient(xi, nodes)
    squared = np.einsum("jkq,jpkq,jrkq->jprq", probability, scores, scores)
    curved = np.einsum("jkq,jprkq->jprq", probability, family.log_probability_hessian(xi, nodes))
    np.testing.assert_allclose(curved, -squared, rtol=1e-9, atol=1e-9)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=near)
def test_ability_derivatives_agree_with_finite_differences(
    name: str, data: st.DataObject, theta: float
) -> None:
    """∂ log P / ∂θ and ∂² log P / ∂θ² are what small moves of the ability say."""
    family, step = MODELS[name].family, 1e-6
    xi = data.draw(working_parameters(MODELS[name]))
    first, second = family.theta_derivatives(xi, np.array([theta]))
    up, down = np.array([theta + step]), np.array([theta - step])
    value = (family.log_probability(xi, up) - family.log_probability(xi, down)) / (2 * step)
    slope = (family.theta_derivatives(xi, up)[0] - family.theta_derivatives(xi, down)[0]) / (2 * step)
    np.testing.assert_allclose(first, value, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(second, slope, rtol=1e-5, atol=1e-5)


@EVERY_MODEL
@MANY
@given(data=st.data(), theta=far)
def test_a_mirrored_item_mirrors_ability(name: str, data: st.DataObject, theta: float) -> None:
    """mirrored(xi) at −θ gives every category what xi gives it at θ; done twice it changes nothing."""
    family = MODELS[name].family
    xi = data.draw(working_parameters(MODELS[name]))
    found = family.log_probability(family.mirrored(xi), np.array([-theta]))
    np.testing.assert_allclose(found, family.log_probability(xi, np.array([theta])), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(family.mirrored(family.mirrored(xi)), xi)


@pytest.mark.parametrize("name", ["Rasch", "1PL", "2PL", "GRM", "PCM", "GPCM"])
@MANY
@given(data=st.data(), theta=far)
def test_turned_codes_turn_ability(name: str, data: st.DataObject, theta: float) -> None:
    """With b → −b in reverse order code k at −θ is what code K − 1 − k was at θ."""
    family = MODELS[name].family
    columns = data.draw(irt_columns(MODELS[name], data.draw(category_counts(MODELS[name]))))
    turned = {**columns, "b": -columns["b"][:, ::-1]}
    found = family.log_probability(family.from_irt(turned), np.array([-theta]))
    expected = family.log_probability(family.from_irt(columns), np.array([theta]))[:, ::-1]
    # z of up to 1,000 have 13 digits behind the point.
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-10)


@MANY
@given(data=st.data(), theta=far)
def test_nominal_categories_can_be_renamed(data: st.DataObject, theta: float) -> None:
    """Any permutation of the categories' slopes and intercepts permutes their probabilities."""
    model = MODELS["NRM"]
    k = data.draw(category_counts(model))
    columns, order = data.draw(irt_columns(model, k)), data.draw(st.permutations(range(k)))
    renamed = {name: values[:, order] for name, values in columns.items()}
    found = model.family.log_probability(model.family.from_irt(renamed), np.array([theta]))
    expected = model.family.log_probability(model.family.from_irt(columns), np.array([theta]))[:, order]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", ["3PL", "4PL"])
@MANY
@given(a=slopes(), b=thresholds(1), theta=near)
def test_without_asymptotes_there_are_two_parameters(
    name: str, a: float, b: list[float], theta: float
) -> None:
    """3PL with c = 0, and 4PL with c = 0 and d = 1, is 2PL; from_irt keeps them at 1e-12."""
    columns = {"a": np.array([[a]]), "b": np.array([b]), "c": np.zeros((1, 1)), "d": np.ones((1, 1))}
    nodes, model, plain = np.array([theta]), MODELS[name].family, MODELS["2PL"].family
    found = np.exp(model.log_probability(model.from_irt(columns), nodes))
    expected = np.exp(plain.log_probability(plain.from_irt(columns), nodes))
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-12)


@pytest.mark.parametrize("name", ["GRM", "GPCM"])
@MANY
@given(a=slopes(), b=thresholds(1), theta=far)
def test_two_categories_are_the_two_parameter_model(
    name: str, a: float, b: list[float], theta: float
) -> None:
    """GRM and GPCM with K = 2 are 2PL, in the same parameters."""
    columns = {"a": np.array([[a]]), "b": np.array([b])}
    nodes, model, plain = np.array([theta]), MODELS[name].family, MODELS["2PL"].family
    np.testing.assert_allclose(
        model.log_probability(model.from_irt(columns), nodes),
        plain.log_probability(plain.from_irt(columns), nodes),
        rtol=1e-12,
        atol=1e-13,
    )


@MANY
@given(data=st.data(), theta=near)
def test_the_nominal_model_contains_partial_credit(data: st.DataObject, theta: float) -> None:
    """Slopes k a and intercepts t_k, centred, give the GPCM's probabilities."""
    model = MODELS["GPCM"]
    xi = model.family.from_irt(data.draw(irt_columns(model, data.draw(category_counts(model)))))
    slopes_ = xi[:, :1] * np.arange(1, xi.shape[1])
    found = MODELS["NRM"].family.log_probability(np.column_stack([slopes_, xi[:, 1:]]), np.array([theta]))
    expected = model.family.log_probability(xi, np.array([theta]))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


# ---- what is free -------------------------------------------------------------------------------------


@EVERY_MODEL
@MANY
@given(data=st.data())
def test_free_parameters_are_found_again(name: str, data: st.DataObject) -> None:
    """What comes nearest to ξ(φ) is φ."""
    form, phi = data.draw(free_parameters(MODELS[name]))
    xi = form.xi(phi)
    found = np.zeros_like(phi)
    form.nearest(xi, found)
    np.testing.assert_allclose(found, phi, rtol=0, atol=1e-12)


@EVERY_MODEL
@pytest.mark.parametrize("k", range(2, 8))
def test_free_parameters_are_all_told_apart(name: str, k: int) -> None:
    """No two free parameters of two items move the same probabilities; none moves nothing."""
    if not MODELS[name].admits(k):
        return
    form = form_of(name, k, 2)
    n_parameters = int(form.places.max()) + 1
    unit = np.eye(n_parameters)
    moved = np.array([(form.xi(place) - form.xi(np.zeros(n_parameters))).ravel() for place in unit])
    assert moved.shape == (n_parameters, 2 * MODELS[name].family.n_parameters(k))
    assert np.linalg.matrix_rank(moved) == n_parameters


@pytest.mark.parametrize("name", ["Rasch", "PCM", "RSM"])
@MANY
@given(data=st.data())
def test_unit_slopes_stay_one(name: str, data: st.DataObject) -> None:
    """Whatever the free parameters, a = 1."""
    form, phi = data.draw(free_parameters(MODELS[name]))
    np.testing.assert_array_equal(MODELS[name].family.to_irt(form.xi(phi))["a"], 1.0)


@MANY
@given(data=st.data())
def test_a_rating_scale_has_common_steps(data: st.DataObject) -> None:
    """RSM: b_iv = b_i + τ_v, the same τ in all items, and Σ τ = 0."""
    form, phi = data.draw(free_parameters(MODELS["RSM"]))
    b, own = MODELS["RSM"].family.to_irt(form.xi(phi))["b"], phi[form.places[:, :1]]
    np.testing.assert_allclose(b.mean(axis=1), own[:, 0], rtol=0, atol=1e-12)
    steps = b - own
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), rtol=0, atol=1e-12)
    np.testing.assert_allclose(steps.sum(axis=1), 0.0, rtol=0, atol=1e-12)


@MANY
@given(data=st.data())
def test_one_slope_for_all(data: st.DataObject) -> None:
    """1PL: every item has the same slope, and it is one free parameter."""
    form, phi = data.draw(free_parameters(MODELS["1PL"]))
    (place,) = np.unique(form.places[:, form.n_own :])
    columns = MODELS["1PL"].family.to_irt(form.xi(phi))
    np.testing.assert_array_equal(columns["a"], np.full((len(form.places), 1), phi[place]))
