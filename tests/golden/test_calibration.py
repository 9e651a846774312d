"""Calibration against mirt 1.45 (EM, 61 rectangular points on ±6, tolerance 1e-8)."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from reference import CASES, Case, thresholds_of, values_of
from scipy import stats
from scipy.special import expit

from compassess.irt import Calibration, calibrate
from compassess.responses import Responses

# A fit ends when the step that is left moves nothing by more than 1e-4. Observed: 3.4e-5 (Science, a),
# 2.6e-5 (b).
PARAMETERS = 1e-4
# The likelihood is flat at its maximum: 1e-4 in a parameter costs about n · 1e-8. Observed: 1.1e-7.
LOG_LIKELIHOOD = 1e-5


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """One data set after the other."""
    chosen: Case = request.param
    return chosen


@pytest.fixture(scope="module")
def fit(case: Case, reference: pathlib.Path) -> Calibration:
    """The house's fit, made once for all tests of a case."""
    return calibrate(case.responses(reference), case.model)


def test_slopes_are_those_of_another_engine(case: Case, fit: Calibration, reference: pathlib.Path) -> None:
    """Slopes agree with mirt's to what either's stopping rule leaves."""
    parameters = case.found(reference)["IRT_simplified"]
    expected = [parameters[name]["a"] for name in fit.items.ids]
    np.testing.assert_allclose(fit.items.a, expected, rtol=0, atol=PARAMETERS)


def test_thresholds_are_those_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """Thresholds agree with mirt's, in the IRT metric with D = 1."""
    parameters = case.found(reference)["IRT_simplified"]
    expected = [thresholds_of(parameters[name]) for name in fit.items.ids]
    np.testing.assert_allclose(fit.items.b, expected, rtol=0, atol=PARAMETERS)


def test_log_likelihood_is_that_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """The log-likelihood, the number of parameters, AIC and BIC agree with mirt's."""
    found = case.found(reference)
    assert fit.converged, fit.status
    assert fit.log_likelihood == pytest.approx(found["logLik"], abs=LOG_LIKELIHOOD)
    assert fit.n_parameters == found["n_est"]
    assert fit.aic == pytest.approx(found["AIC"], abs=2 * LOG_LIKELIHOOD)
    assert fit.bic == pytest.approx(found["BIC"], abs=2 * LOG_LIKELIHOOD)


def test_log_likelihood_is_what_its_definition_says(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """Σ log ∫ Π P(x | θ) φ(θ) dθ, written out here on 201 nodes, gives the reported log-likelihood."""
    theta = np.linspace(-7, 7, 201)
    likelihood = np.ones((fit.n_persons, theta.size))
    codes = case.responses(reference).codes()
    for item, column in enumerate(codes.T):
        reached = expit(fit.items.a[item] * (theta - fit.items.b[item][:, None]))
        edges = np.vstack([np.ones_like(theta), reached, np.zeros_like(theta)])
        probability = np.vstack([edges[:-1] - edges[1:], np.ones_like(theta)])  # the last row: missing
        likelihood *= probability[column]
    density = stats.norm.pdf(theta)
    expected = np.log(likelihood @ density * (theta[1] - theta[0])).sum()
    # What ±6 cuts off: 2e-9 a person, and more of somebody who chose the lowest category throughout.
    # Observed: 5.4e-5 (VerbAgg_poly), 1e-6 elsewhere.
    assert fit.log_likelihood == pytest.approx(expected, abs=1e-4)


def test_missing_cells_are_left_out(reference: pathlib.Path) -> None:
    """The data with missing cells have them: answers by item are counted without them."""
    responses = next(case for case in CASES if case.data == "bfi_A").responses(reference)
    fit = calibrate(responses, "GRM", standard_errors=None)
    assert 0 < responses.n_persons * responses.n_items - fit.n_answers.sum() < responses.n_persons
    np.testing.assert_array_equal(fit.n_answers, responses.n_answers_per_item)


@pytest.fixture(scope="module")
def law_school(reference: pathlib.Path) -> Calibration:
    """LSAT6 to the end: a tolerance of 1e-8 leaves nothing that six printed digits show."""
    responses = Responses.read_csv(reference / "data" / "LSAT6.csv")
    return calibrate(responses, "2PL", tolerance=1e-8)


def test_law_school_parameters_are_exact(law_school: Calibration, reference: pathlib.Path) -> None:
    """a, d, b and the log-likelihood of LSAT6 agree with the exact maximum to all printed digits."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    items = law_school.items
    half_a_digit = 6e-7  # six decimals are printed, five for the first slope
    np.testing.assert_allclose(items.a, exact["a"], rtol=0, atol=10 * half_a_digit)
    np.testing.assert_allclose(items.a[1:], exact["a"][1:], rtol=0, atol=half_a_digit)
    np.testing.assert_allclose(items.b[:, 0], exact["b"], rtol=0, atol=3 * half_a_digit)
    np.testing.assert_allclose(-items.a * items.b[:, 0], exact["d"], rtol=0, atol=half_a_digit)
    assert law_school.log_likelihood == pytest.approx(exact["log_likelihood"], abs=2e-7)


def test_law_school_standard_errors_are_exact(law_school: Calibration, reference: pathlib.Path) -> None:
    """The cross-product standard errors of the slopes agree to all printed digits."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    assert law_school.standard_errors is not None
    np.testing.assert_allclose(law_school.standard_errors.a, exact["se_a_crossproduct"], rtol=0, atol=1e-6)


def test_standard_errors_tell_what_the_missing_ability_costs(
    law_school: Calibration, reference: pathlib.Path
) -> None:
    """Standard errors of slopes exceed those of complete data, where every ability is known."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    assert law_school.standard_errors is not None
    assert np.all(law_school.standard_errors.a > exact["se_a_complete_data_must_be_smaller"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "model", "key"),
    [
        ("big2pl_20000x60", "2PL", "big2pl_20000x60 2PL (61 points on +-6)"),
        ("grm5_5000x30", "GRM", "grm5_5000x30 GRM (61 points on +-6)"),
    ],
)
def test_large_data_reach_the_known_maximum(data: str, model: str, key: str, reference: pathlib.Path) -> None:
    """The large simulated data are fitted to their known maximum, on the same 61 nodes."""
    responses = Responses.read_csv(reference / "data" / f"{data}.csv.gz")
    fit = calibrate(responses, model, standard_errors=None)
    known = values_of(reference, "textbook")["maxima"][key]
    # The maxima are printed with four and two decimals; a higher likelihood would be a find.
    assert fit.log_likelihood == pytest.approx(known, abs=0.006)
