"""Curves of known items against mirt 1.45 and catR 3.17 under their own parameters."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import numpy as np
import pytest
from reference import FITTED, FIXED, Floats, cat_banks, fitted_items, fixed_items, values_of

from compassess.irt import (
    Items,
    expected_total,
    information,
    log_probability,
    probability,
    score_function,
    total_information,
)

# Closed formulas of parameters with 15 digits. Observed: 1e-13.
ROUNDING: Final = {"rtol": 0.0, "atol": 1e-11}


@pytest.fixture(scope="module", params=FITTED)
def fitted(request: pytest.FixtureRequest, reference: pathlib.Path) -> tuple[Items, dict[str, Any]]:
    """Items with mirt's estimates, and everything that mirt says about them."""
    found = values_of(reference, request.param)
    return fitted_items(found), found


@pytest.fixture(scope="module", params=FIXED)
def fixed(request: pytest.FixtureRequest, reference: pathlib.Path) -> tuple[Items, dict[str, Any]]:
    """Twelve items with given parameters, and what mirt says about them."""
    found = values_of(reference, "scoring_fixed")[request.param]
    return fixed_items(request.param, found["pars"]), found


def test_probabilities_are_those_of_another_engine(fitted: tuple[Items, dict[str, Any]]) -> None:
    """P(X = k | θ) agrees with mirt's for every item, category and θ, and so does its logarithm."""
    items, found = fitted
    expected = np.array([found["prob_at_theta"][name] for name in items.ids]).transpose(0, 2, 1)
    np.testing.assert_allclose(probability(items, found["grid_theta"]), expected, **ROUNDING)
    # Logarithms of numbers as small as 1e-6 with an error of 1e-16.
    np.testing.assert_allclose(
        log_probability(items, found["grid_theta"]), np.log(expected), rtol=0, atol=1e-8
    )


def test_information_is_that_of_another_engine(fitted: tuple[Items, dict[str, Any]]) -> None:
    """Item information and test information agree with mirt's."""
    items, found = fitted
    expected = np.array([found["item_info"][name] for name in items.ids])
    # mirt differentiates the rating scale model numerically. Observed: 1.4e-10, 1e-13 elsewhere.
    near = {"rtol": 0.0, "atol": 1e-9} if found["model"] == "rsm" else ROUNDING
    np.testing.assert_allclose(information(items, found["grid_theta"]), expected, **near)
    np.testing.assert_allclose(total_information(items, found["grid_theta"]), found["test_info"], **near)


def test_characteristic_curves_are_those_of_another_engine(fitted: tuple[Items, dict[str, Any]]) -> None:
    """The expected total agrees with mirt's, which counts codes as the file has them."""
    items, found = fitted
    lowest = FITTED[found["case"]] * items.n_items
    total = expected_total(items, found["grid_theta"])
    np.testing.assert_allclose(total + lowest, found["expected_total"], **ROUNDING)


def test_given_parameters_give_the_curves_of_another_engine(fixed: tuple[Items, dict[str, Any]]) -> None:
    """Probabilities, item and test information of six models, asymptotes included, agree with mirt's."""
    items, found = fixed
    theta = found["theta_grid"]
    expected = np.array(found["prob"]).transpose(0, 2, 1)
    np.testing.assert_allclose(probability(items, theta), expected, **ROUNDING)
    np.testing.assert_allclose(information(items, theta), found["item_info"], **ROUNDING)
    np.testing.assert_allclose(total_information(items, theta), found["test_info"], **ROUNDING)


def test_an_adaptive_bank_has_the_curves_of_another_engine(reference: pathlib.Path) -> None:
    """P and I of 85 items with guessing agree with catR's, and P′ = P ∂ log P / ∂θ."""
    items, found = cat_banks(reference)["3PL"][0], values_of(reference, "catR")
    theta = [float(value) for value in found["theta_grid"]]
    expected = np.array([found["Pi"][str(int(value))] for value in theta]).T
    np.testing.assert_allclose(probability(items, theta)[:, 1], expected, **ROUNDING)
    expected = np.array([found["Ii"][str(int(value))] for value in theta]).T
    np.testing.assert_allclose(information(items, theta), expected, **ROUNDING)
    first = found["Pi_dPi_d2Pi_theta0.5_first5"]
    slope = probability(items, 0.5) * score_function(items, 0.5)
    np.testing.assert_allclose(slope[:5, 1, 0], first["dPi"], **ROUNDING)


def test_the_metric_is_the_logistic_one(reference: pathlib.Path) -> None:
    """catR's information under D = 1.702 is that of slopes 1.702 times as steep: D is 1 here."""
    items, found = cat_banks(reference)["3PL"][0], values_of(reference, "catR")
    steeper = Items.create(ids=items.ids, models=items.models, a=1.702 * items.a, b=items.b, c=items.c)
    np.testing.assert_allclose(information(steeper, 0.0)[:, 0], found["Ii_D1.702_theta0"], **ROUNDING)


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_adaptive_banks_of_categories_have_the_curves_of_another_engine(
    model: str, reference: pathlib.Path
) -> None:
    """P by category, of items with different numbers of them, and I agree with catR's."""
    items, found = cat_banks(reference)[model][0], values_of(reference, "catR_poly")[model]
    for theta, rows in found["Pi"].items():
        expected: Floats = np.array(rows, dtype=np.float64)
        np.testing.assert_allclose(probability(items, float(theta))[:, :, 0], expected, **ROUNDING)
    for theta, row in found["Ii"].items():
        np.testing.assert_allclose(information(items, float(theta))[:, 0], row, **ROUNDING)
