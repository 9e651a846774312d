"""Standard errors of items against mirt 1.45, exact values, and second differences of written-out likelihoods."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from reference import CASES, Case, Floats, values_of

from compassess.irt import Calibration, Population, calibrate
from compassess.responses import Responses
from golden.test_maxima import marginal_log_likelihood

# mirt's Oakes errors take a derivative numerically. Observed: 9e-6 relative.
ONE_PERCENT: Final = 0.01


def observed_errors(function: Callable[[Floats], float], point: Floats, step: float = 1e-3) -> Floats:
    """√ of the diagonal of (−∂² f)⁻¹ by central second differences."""
    n = point.size
    unit = step * np.eye(n)
    information = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            corners = [function(point + s * unit[i] + t * unit[j]) for s in (1, -1) for t in (1, -1)]
            second = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
            information[i, j] = information[j, i] = -second
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(information))))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_errors_are_those_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """Errors of slopes and thresholds from the observed information agree within 1 % with mirt's (2PL, GRM)."""
    fit = calibrate(case.responses(reference), case.model, standard_errors="oakes", tolerance=1e-6)
    errors, found = fit.standard_errors, case.found(reference)
    assert errors is not None
    rows = [found["IRT"][name]["SE"] for name in fit.items.ids]
    np.testing.assert_allclose(errors.a, [row["a"] for row in rows], rtol=ONE_PERCENT)
    expected = [[value for name, value in row.items() if name.startswith("b")] for row in rows]
    np.testing.assert_allclose(errors.b, expected, rtol=ONE_PERCENT)


@pytest.fixture(scope="module")
def science(reference: pathlib.Path) -> Responses:
    """392 × 4 answers of four categories."""
    return Responses.read_csv(reference / "data" / "Science.csv", lowest=1)


def test_errors_of_steps_are_those_of_second_differences(science: Responses, reference: pathlib.Path) -> None:
    """GPCM: errors of a and every b are those of log L in (a, b) itself, where mirt's of b_1 are too large."""
    fit = calibrate(science, "GPCM", standard_errors="oakes", tolerance=1e-7)
    codes, n = science.codes(), fit.items.n_items

    def value(point: Floats) -> float:
        items = replace(fit.items, a=point[:n], b=point[n:].reshape(n, -1))
        return marginal_log_likelihood(items, codes, Population.create())

    errors = fit.standard_errors
    assert errors is not None
    expected = observed_errors(value, np.concatenate([fit.items.a, fit.items.b.ravel()]))
    # Steps of .001 err by fourth derivatives times 1e-6. Observed: 1.2e-5 relative.
    np.testing.assert_allclose(errors.a, expected[:n], rtol=2e-3)
    np.testing.assert_allclose(errors.b.ravel(), expected[n:], rtol=2e-3)
    theirs = [values_of(reference, "Science_gpcm")["IRT"][name]["SE"]["b1"] for name in fit.items.ids]
    assert np.all(theirs / errors.b[:, 0] > 1.1)  # observed: 1.16 to 3.7 times


def test_errors_of_a_rating_scale_are_those_of_second_differences(
    science: Responses, reference: pathlib.Path
) -> None:
    """RSM: errors of all b_iv = b_i + τ_v by the delta method; those of the first item are mirt's own b."""
    fit = calibrate(science, "RSM", standard_errors="oakes", tolerance=1e-7)
    codes, n = science.codes(), fit.items.n_items
    location = fit.items.b.mean(axis=1)
    tau = fit.items.b[0] - location[0]
    # b_iv = b_i + τ_v with Σ τ = 0.
    np.testing.assert_allclose(fit.items.b, location[:, None] + tau, rtol=0, atol=1e-12)
    errors = fit.standard_errors
    assert errors is not None

    for item in range(n):  # the item's own b_v, the distances of the other items, and the variance

        def value(point: Floats, item: int = item) -> float:
            steps, variance = point[:3], point[-1]
            away = np.insert(point[3:-1], item, 0.0)
            items = replace(fit.items, b=steps + away[:, None])
            people = Population.create(standard_deviation=[np.sqrt(variance)])
            return marginal_log_likelihood(items, codes, people)

        away = np.delete(location - location[item], item)
        start = np.concatenate([fit.items.b[item], away, fit.latent_covariance[0, 0]])
        np.testing.assert_allclose(errors.b[item], observed_errors(value, start)[:3], rtol=2e-3)
    row = values_of(reference, "Science_rsm")["IRT"][fit.items.ids[0]]["SE"]
    np.testing.assert_allclose(errors.b[0], [row["b1"], row["b2"], row["b3"]], rtol=ONE_PERCENT)
    variance = values_of(reference, "Science_rsm")["IRT"]["GroupPars"]["SE"]["COV_11"]
    assert errors.covariances[0, 0, 0] == pytest.approx(variance, rel=ONE_PERCENT)


def law_school(reference: pathlib.Path, model: str, kind: str) -> tuple[Calibration, dict[str, Any]]:
    """LSAT6 to the end, and its exact values."""
    responses = Responses.read_csv(reference / "data" / "LSAT6.csv")
    exact: dict[str, Any] = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    return calibrate(responses, model, standard_errors=kind, tolerance=1e-8), exact


def test_errors_of_intercepts_are_exact(reference: pathlib.Path) -> None:
    """Two-category nominal items have slopes ± a / 2 and intercepts ± d / 2: LSAT6's errors of a and d."""
    fit, exact = law_school(reference, "NRM", "oakes")
    errors = fit.standard_errors
    assert errors is not None
    # Six decimals are printed, of the first slope five.
    np.testing.assert_allclose(2 * fit.items.slopes[:, 1], exact["a"], rtol=0, atol=6e-6)
    np.testing.assert_allclose(2 * fit.items.intercepts[:, 1], exact["d"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(2 * errors.slopes[:, 1], exact["se_a_observed"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(2 * errors.intercepts[:, 1], exact["se_d_observed"], rtol=0, atol=2e-6)


@pytest.mark.parametrize("kind", ["oakes", "crossprod", "sandwich"])
def test_errors_exceed_those_of_known_abilities(kind: str, reference: pathlib.Path) -> None:
    """Of every kind errors of slopes are above those of complete data, by half of these and more."""
    fit, exact = law_school(reference, "2PL", kind)
    assert fit.standard_errors is not None
    assert np.all(fit.standard_errors.a > 1.5 * np.array(exact["se_a_complete_data_must_be_smaller"]))


def test_errors_of_asymptotes_are_those_of_the_posterior(reference: pathlib.Path) -> None:
    """SAT12: SE(c) = c (1 − c) SE(logit c), within 1 % of the Hessian of direct maximisation."""
    found = values_of(reference, "direct_SAT12_3PL_normprior")["items"]
    responses = Responses.read_csv(reference / "data" / "SAT12.csv")
    fit = calibrate(responses, "3PL", standard_errors="oakes", tolerance=1e-6)
    assert fit.standard_errors is not None
    expected = [row["g"] * (1 - row["g"]) * row["SE_logit_g"] for row in found]
    np.testing.assert_allclose(fit.standard_errors.c, expected, rtol=ONE_PERCENT)
