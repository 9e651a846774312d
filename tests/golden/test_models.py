"""Ten models against mirt 1.45, against direct maximisation, and against exact standard errors."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from irt.fits import laid_out
from reference import Case, Floats, thresholds_of, values_of

from compassess.irt import MODELS, Calibration, calibrate
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.parameter_errors import inverse_information
from compassess.responses import Responses

LOG_LIKELIHOOD = 1e-5
# Both engines stop before the maximum; nominal items with rare categories are flattest.
PARAMETERS = 2e-4

CASES = (
    Case("LSAT6", "LSAT6_1PL", "1PL"),
    Case("LSAT6", "LSAT6_Rasch", "Rasch"),
    Case("VerbAgg", "VerbAgg_Rasch", "Rasch"),
    Case("VerbAgg_poly", "VerbAggPoly_PCM", "PCM"),
    Case("VerbAgg_poly", "VerbAggPoly_gpcm", "GPCM"),
    Case("bfi_A", "bfiA_gpcm", "GPCM", lowest=1),
    Case("Science", "Science_gpcm", "GPCM", lowest=1),
    Case("Science", "Science_Rasch", "PCM", lowest=1),
    Case("Science", "Science_rsm", "RSM", lowest=1),
    Case("Science", "Science_nominal", "NRM", lowest=1),
)


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """One data set after the other."""
    chosen: Case = request.param
    return chosen


@pytest.fixture(scope="module")
def fit(case: Case, reference: pathlib.Path) -> Calibration:
    """The house's fit with observed information, made once for all tests of a case.

    On mirt's nodes, 61 on ±6: the house's own would reach further where abilities spread (VerbAgg: to ±7.5).
    """
    return calibrate(case.responses(reference), case.model, standard_errors="oakes", tolerance=1e-6, nodes=61)


def expected_columns(case: Case, found: Mapping[str, Any]) -> dict[str, Floats]:
    """mirt's parameters as the house has them: a and b, or nominal slopes and intercepts."""
    irt, ids = found["IRT_simplified"], found["items"]
    if case.model == "NRM":
        rows = [found["slope_intercept"][name]["par"] for name in ids]
        k = sum(name.startswith("ak") for name in rows[0])
        slopes = np.array([[row["a1"] * row[f"ak{j}"] for j in range(k)] for row in rows])
        intercepts = np.array([[row[f"d{j}"] for j in range(k)] for row in rows])
        return {
            "slopes": slopes - slopes.mean(axis=1, keepdims=True),
            "intercepts": intercepts - intercepts.mean(axis=1, keepdims=True),
        }
    b = np.array([thresholds_of(irt[name]) for name in ids])
    if case.model == "RSM":  # b_iv = its b_v − c_i
        b = b - np.array([[irt[name]["c"]] for name in ids])
    return {"a": np.array([irt[name].get("a", irt[name].get("a1")) for name in ids]), "b": b}


def test_log_likelihood_is_that_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """The log-likelihood and the number of parameters agree with mirt's; there is no prior."""
    found = case.found(reference)
    assert fit.converged, fit.status
    assert fit.log_likelihood == pytest.approx(found["logLik"], abs=LOG_LIKELIHOOD)
    assert fit.n_parameters == found["n_est"]
    assert fit.log_prior == 0.0


def test_parameters_are_those_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """Item parameters and the variance of θ agree with mirt's to what either's stopping rule leaves."""
    found = case.found(reference)
    for name, expected in expected_columns(case, found).items():
        np.testing.assert_allclose(getattr(fit.items, name), expected, rtol=0, atol=PARAMETERS)
    # On ±6, 4.3 SD of VerbAgg, the masses of a population differ a little from its density: mirt's variance is that
    # of the density, the house's the one whose masses fit best. Observed: 6.7e-4.
    np.testing.assert_allclose(fit.latent_covariance[0], found["latent_cov"], rtol=0, atol=1e-3)


def test_errors_of_free_parameters_are_those_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """Oakes' standard errors agree within 1 % with mirt's, before any delta method.

    mirt's slope and intercepts are ξ of the graded and the partial credit family, where items share
    nothing.
    """
    if case.model not in ("Rasch", "PCM", "GPCM"):
        return  # 1PL, RSM and NRM: other parameters are free there
    found = case.found(reference)
    laid, phi = laid_out(case.responses(reference), case.model)
    family, space = MODELS[case.model].family, laid.space
    for batch, form in zip(laid.layout.batches, space.forms, strict=True):
        form.nearest(family.from_irt(fit.items.parameters_of(batch.items)), phi)
    space.write_moments(phi, 0, fit.latent_mean[0], fit.latent_covariance[0])
    errors = np.sqrt(np.diag(inverse_information(observed_information(laid, phi))))
    for batch, form in zip(laid.layout.batches, space.forms, strict=True):
        mine = errors[form.places]
        rows = [found["slope_intercept"][found["items"][j]]["SE"] for j in batch.items]
        names = ["a1", "d"] if "d" in rows[0] else ["a1", *(f"d{k}" for k in range(1, batch.rows.shape[1]))]
        expected = np.array([[row[name] for name in names if row[name] is not None] for row in rows])
        np.testing.assert_allclose(mine, expected, rtol=0.01)


def test_errors_of_items_are_those_of_another_engine(
    case: Case, fit: Calibration, reference: pathlib.Path
) -> None:
    """Standard errors in the IRT metric agree within 1 % with mirt's, but for b_1 of GPCM items.

    There mirt is wrong: second differences of log L in (a, b) itself give the house's errors (Science,
    Comfort: .6510, mirt 1.1111), while those of a, b_2, b_3 are the same in both.
    """
    found = case.found(reference)
    assert fit.standard_errors is not None
    rows = [found["IRT"][name]["SE"] for name in found["items"]]
    names = {"a": "a"} if case.model in ("1PL", "GPCM") else {}
    if case.model in ("Rasch", "1PL"):
        names["b"] = "b"
    if case.model in ("PCM", "GPCM"):
        first = 1 if case.model == "GPCM" else 0
        names |= {f"b{k + 1}": "b" for k in range(first, fit.items.b.shape[1])}
    for name, column in names.items():
        mine = getattr(fit.standard_errors, column)
        if column == "b":
            mine = mine[:, int(name[1:] or 1) - 1]
        np.testing.assert_allclose(mine, [row[name] for row in rows], rtol=0.01)
    if case.model == "NRM":
        k = fit.items.slopes.shape[1]
        for letter, mine in (("a", fit.standard_errors.slopes), ("c", fit.standard_errors.intercepts)):
            expected = [[row[f"{letter}{j + 1}"] for j in range(k)] for row in rows]
            np.testing.assert_allclose(mine, np.array(expected), rtol=0.01)
    variance = found["IRT"]["GroupPars"]["SE"].get("COV_11")
    if variance is not None:
        assert fit.standard_errors.covariances[0, 0, 0] == pytest.approx(variance, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("oakes", "se_a_observed"),
        ("crossprod", "se_a_crossproduct"),
        ("sandwich", "se_a_sandwich"),
    ],
)
def test_law_school_errors_are_exact(kind: str, key: str, reference: pathlib.Path) -> None:
    """The three kinds of standard errors of LSAT6's slopes agree to the printed digits."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    responses = Responses.read_csv(reference / "data" / "LSAT6.csv")
    errors = calibrate(responses, "2PL", standard_errors=kind, tolerance=1e-7).standard_errors
    assert errors is not None
    np.testing.assert_allclose(errors.a, exact[key], rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def guessing(reference: pathlib.Path) -> Calibration:
    """SAT12 with the default prior."""
    responses = Responses.read_csv(reference / "data" / "SAT12.csv")
    return calibrate(responses, "3PL", standard_errors="oakes", tolerance=1e-6)


def test_guessing_reaches_the_posterior_mode(guessing: Calibration, reference: pathlib.Path) -> None:
    """3PL with its default prior is the mode that direct maximisation of the posterior finds."""
    found = values_of(reference, "direct_SAT12_3PL_normprior")
    assert guessing.converged, guessing.status
    assert guessing.log_likelihood == pytest.approx(found["logLik"], abs=1e-3)
    # The density's constant, of 32 logits with SD .5, is left out of log_prior.
    constant = 32 * (-0.5 * np.log(2 * np.pi) - np.log(0.5))
    assert guessing.log_prior + constant == pytest.approx(found["logPrior"], abs=1e-3)
    total = guessing.log_likelihood + guessing.log_prior + constant
    assert total == pytest.approx(found["logPosterior"], abs=1e-5)
    for mine, name in (
        (guessing.items.a, "a"),
        (guessing.items.b[:, 0], "b"),
        (guessing.items.c, "g"),
    ):
        expected = [row[name] for row in found["items"]]
        np.testing.assert_allclose(mine, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(guessing.items.d, 1.0)


def test_guessing_has_the_errors_of_the_posterior(guessing: Calibration, reference: pathlib.Path) -> None:
    """Oakes' errors with the prior's curvature are those of the posterior's Hessian."""
    found = values_of(reference, "direct_SAT12_3PL_normprior")
    assert guessing.standard_errors is not None
    expected = [row["SE_a"] for row in found["items"]]
    np.testing.assert_allclose(guessing.standard_errors.a, expected, rtol=0.01)
