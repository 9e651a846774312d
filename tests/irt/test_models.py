"""The registry of models, and the graded model by hand. Its laws are in laws/test_models.py."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from compassess.errors import InputError
from compassess.irt import MODELS
from compassess.irt.models import model_named


def test_names_are_looked_up_once() -> None:
    """A registered name gives its family; another tells those that there are."""
    assert model_named("GRM") is MODELS["GRM"]
    with pytest.raises(InputError, match="expected Rasch or 1PL or 2PL or 3PL or 4PL or GRM"):
        model_named("grm")


def test_the_two_parameter_model_has_two_categories() -> None:
    """2PL admits two, GRM two and more, neither one."""
    assert [MODELS["2PL"].admits(k) for k in (1, 2, 3)] == [False, True, False]
    assert [MODELS["GRM"].admits(k) for k in (1, 2, 3, 9)] == [False, True, True, True]


def test_registry_cannot_be_changed() -> None:
    """It is read-only."""
    with pytest.raises(TypeError):
        MODELS["new"] = MODELS["2PL"]  # type: ignore[index]


def test_models_of_two_categories_and_of_more() -> None:
    """Rasch, 1PL, 3PL and 4PL admit two categories only; PCM, RSM, GPCM and NRM two and more."""
    for name, model in MODELS.items():
        many = name in {"GRM", "PCM", "RSM", "GPCM", "NRM"} or name.startswith("MFRM")
        assert [model.admits(k) for k in (1, 2, 3, 9)] == [False, True, many, many]


def test_models_with_unit_slopes_say_so() -> None:
    """Where slopes are fixed at 1 the variance of θ is free instead."""
    unit = {name for name, model in MODELS.items() if model.fixed_slope}
    assert unit == {"Rasch", "PCM", "RSM", "MFRM", "MFRM-task", "MFRM-rater"}


def test_an_upper_asymptote_stands_above_the_lower() -> None:
    """c < d, or the item is not feasible."""
    xi = np.array([[1.0, 0.0, logit(0.2), logit(0.9)], [1.0, 0.0, logit(0.9), logit(0.2)]])
    assert MODELS["4PL"].family.feasible(xi).tolist() == [True, False]


def test_a_guess_by_hand() -> None:
    """c = .25, a = 1, b = 0 at θ = 0: P = .25 + .75 / 2."""
    xi = np.array([[1.0, 0.0, logit(0.25)]])
    found = np.exp(MODELS["3PL"].family.log_probability(xi, np.array([0.0])))[0, :, 0]
    np.testing.assert_allclose(found, [0.375, 0.625], rtol=1e-14)


def test_partial_credit_by_hand() -> None:
    """a = 1 and steps −1, 1 at θ = 0: weights 1, e, 1."""
    family = MODELS["PCM"].family
    xi = family.from_irt({"a": np.array([[1.0]]), "b": np.array([[-1.0, 1.0]])})
    found = np.exp(family.log_probability(xi, np.array([0.0])))[0, :, 0]
    np.testing.assert_allclose(found, np.array([1, np.e, 1]) / (2 + np.e), rtol=1e-14)


@pytest.mark.parametrize("intercepts", [[0.0, 1.0], [1.0, 1.0], [2.0, 0.0, 0.5]])
def test_intercepts_out_of_order_are_not_feasible(intercepts: list[float]) -> None:
    """d_1 > d_2 > …; equal ones would make a category impossible."""
    assert not MODELS["GRM"].family.feasible(np.array([[1.0, *intercepts]]))[0]


def test_starting_values_give_back_the_proportions() -> None:
    """Averaged over N(0, 1), P at the start is the proportion observed, to what 1.7 approximates."""
    proportions = np.array([[0.1, 0.2, 0.3, 0.4]])
    theta = np.linspace(-6, 6, 241)
    weight = np.exp(-0.5 * theta**2)
    xi = MODELS["GRM"].family.start(proportions, np.array([1.5]))
    found = np.exp(MODELS["GRM"].family.log_probability(xi, theta))[0] @ weight / weight.sum()
    np.testing.assert_allclose(found, proportions[0], rtol=0, atol=0.02)


def test_starting_values_without_slope_are_logits() -> None:
    """At a slope of 0 there is no attenuation."""
    xi = MODELS["2PL"].family.start(np.array([[0.3, 0.7]]), np.array([0.0]))
    np.testing.assert_allclose(xi, [[0.0, logit(0.7)]])


def test_a_narrow_category_keeps_its_digits() -> None:
    """Thresholds 1.1e-9 apart: P = σ(0)² · 1.1e-9 to ten digits, where plain differences keep seven."""
    gap = 1.1e-9
    found = MODELS["GRM"].family.log_probability(np.array([[1.0, gap, 0.0]]), np.array([0.0]))[0, 1, 0]
    assert found == pytest.approx(np.log(expit(0.0) ** 2 * gap), abs=1e-9)


def test_extreme_abilities_have_linear_log_probabilities() -> None:
    """log P(X = 1) → a θ + d for θ → −∞: −1e6 is no underflow."""
    found = MODELS["2PL"].family.log_probability(np.array([[2.0, 1.0]]), np.array([-5e5]))
    assert found[0, 1, 0] == pytest.approx(-1e6 + 1.0)
    assert found[0, 0, 0] == 0.0


@pytest.mark.parametrize(
    "asymptotes", [[-800.0], [800.0], [-800.0, 800.0], [-800.0, -799.0], [799.0, 800.0], [-40.0, 40.0]]
)
def test_asymptotes_may_run_to_their_bounds(asymptotes: list[float]) -> None:
    """c of e⁻⁸⁰⁰ and 1 − d as small: log P and all derivatives are finite wherever θ is."""
    family = MODELS["3PL" if len(asymptotes) == 1 else "4PL"].family
    xi, theta = (
        np.array([[2.0, -1.0, *asymptotes]]),
        np.array([-1000.0, -400.0, -1.0, 0.0, 1.0, 400.0, 1000.0]),
    )
    found = [
        family.log_probability(xi, theta),
        family.log_probability_gradient(xi, theta),
        family.log_probability_hessian(xi, theta),
        *family.theta_derivatives(xi, theta),
    ]
    assert all(np.all(np.isfinite(part)) for part in found)
    # Where c is nothing the right answer has a log-odds slope of a, until it is a guess.
    if asymptotes == [-800.0, 800.0]:
        slopes = family.theta_derivatives(xi, np.array([-300.0]))[0][0, :, 0]
        np.testing.assert_allclose(slopes, [0.0, 2.0], rtol=1e-12, atol=1e-12)
