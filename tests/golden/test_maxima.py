"""Fits are maxima: log-likelihoods written out here from the formulas, at the house's and at mirt's parameters.

Nothing of the library computes in this file but the fit itself.
"""

from __future__ import annotations

import pathlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from reference import FITTED, Floats, fitted_items, population_of, values_of
from scipy import stats
from scipy.special import expit

from compassess.irt import Calibration, Items, Population, calibrate
from compassess.responses import Responses

# What mirt's ±6 cuts off of the integral: 2e-9 a person, more of somebody who chose the lowest category
# throughout. Observed: 5.4e-5 (VerbAgg_poly), 2.7e-5 and less elsewhere.
CUT_OFF: Final = 1e-4
# A step of EM moves nothing by more than 1e-6 at the end; the likelihood is flat there.
STOP: Final = 1e-6


def probabilities(items: Items, item: int, theta: Floats) -> Floats:
    """P(X = k | θ) from the formula of the item's model, (K, n_theta)."""
    model, k = items.models[item], int(items.n_categories[item])
    a, b = items.a[item], items.b[item, : k - 1, None]
    if model in ("3PL", "4PL"):
        p = items.c[item] + (items.d[item] - items.c[item]) * expit(a * (theta - b[0]))
        return np.stack([1 - p, p])
    if model in ("Rasch", "1PL", "2PL", "GRM"):
        edges = np.vstack([np.ones_like(theta), expit(a * (theta - b)), np.zeros_like(theta)])
        return edges[:-1] - edges[1:]
    if model == "NRM":
        weight = np.exp(np.outer(items.slopes[item, :k], theta) + items.intercepts[item, :k, None])
    else:
        weight = np.exp(np.vstack([np.zeros_like(theta), np.cumsum(a * (theta - b), axis=0)]))
    return weight / weight.sum(axis=0)


def marginal_log_likelihood(items: Items, codes: Floats, population: Population) -> float:
    """Σ log ∫ Π P(x | θ) φ(θ) dθ over persons, on 201 nodes to ±7 SD; −1 is a missing cell."""
    mean, sd = population.mean[0], np.sqrt(population.covariance[0, 0])
    theta = mean + sd * np.linspace(-7, 7, 201)
    likelihood = np.ones((codes.shape[0], theta.size))
    for item, column in enumerate(codes.T):
        table = np.vstack([probabilities(items, item, theta), np.ones_like(theta)])  # the last row: missing
        likelihood *= table[column]
    density = stats.norm.pdf(theta, mean, sd) * (theta[1] - theta[0])
    return float(np.log(likelihood @ density).sum())


Case = tuple[Responses, dict[str, Any], Calibration]


@pytest.fixture(scope="module", params=FITTED)
def case(request: pytest.FixtureRequest, reference: pathlib.Path) -> Case:
    """The answers, what mirt found, and the house's fit on mirt's nodes, 61 on ±6."""
    found = values_of(reference, request.param)
    responses = Responses.read_csv(reference / "data" / found["data"], lowest=FITTED[request.param])
    model = fitted_items(found).models[0]
    return responses, found, calibrate(responses, model, standard_errors=None, tolerance=STOP, nodes=61)


def test_a_fit_is_as_high_as_that_of_another_engine(case: Case) -> None:
    """On 201 nodes the house's parameters are worth what mirt reports, and no less than mirt's parameters."""
    responses, found, fit = case
    assert fit.converged, fit.status
    codes = responses.codes()
    ours = marginal_log_likelihood(fit.items, codes, fit.items.population)
    theirs = marginal_log_likelihood(fitted_items(found), codes, population_of(found))
    assert ours >= found["logLik"] - CUT_OFF
    # mirt stops at 1e-8 in its own parameters, and both are at the same maximum. Observed: 9e-8 lower, 1e-7 higher.
    assert ours >= theirs - 1e-5
    # Nodes on ±6 leave out what lies beyond, as in mirt: 2e-9 of N(0, 1), 1.4e-5 at VerbAgg's Rasch SD of 1.38.
    beyond = 2 * stats.norm.sf(6 / np.sqrt(fit.latent_covariance[0, 0, 0]))
    assert fit.log_likelihood == pytest.approx(ours, abs=CUT_OFF + fit.n_persons * beyond)


def test_parameters_are_those_of_another_engine(case: Case) -> None:
    """a, b, nominal slopes and intercepts and the variance of θ agree with mirt's within 1e-3."""
    responses, found, fit = case
    expected = fitted_items(found)
    if fit.n_nodes != 61:  # a wide population: mirt's ±6 cut it off, and the house's own nodes do not
        fit = calibrate(responses, fit.items.models[0], standard_errors=None, tolerance=STOP, nodes=61)
    # Both engines stop before the maximum. Observed: 1.2e-4 (b, Science_Rasch), 1e-5 in nominal items.
    for name in ("a", "b", "slopes", "intercepts"):
        np.testing.assert_allclose(getattr(fit.items, name), getattr(expected, name), rtol=0, atol=1e-3)
    np.testing.assert_allclose(fit.latent_covariance[0], found["latent_cov"], rtol=0, atol=1e-3)


def test_no_parameter_can_be_moved_to_a_higher_likelihood(case: Case) -> None:
    """A move of any slope, threshold, nominal slope or intercept by ±.02 lowers the likelihood."""
    responses, found, fit = case
    if found["model"] == "rsm" or fit.items.models[0] == "1PL":
        return  # their parameters are tied: one alone may go where the model does not
    codes, people = responses.codes(), fit.items.population
    top = marginal_log_likelihood(fit.items, codes, people)
    free = (
        ("b", "slopes", "intercepts")
        if fit.items.models[0] in ("Rasch", "PCM")
        else ("a", "b", "slopes", "intercepts")
    )
    for name in free:
        values = getattr(fit.items, name)
        for place in np.argwhere(np.isfinite(values)):
            for move in (-0.02, 0.02):
                moved = values.copy()
                moved[tuple(place)] += move
                assert marginal_log_likelihood(replace(fit.items, **{name: moved}), codes, people) < top


def test_guessing_is_at_the_mode_of_its_posterior(reference: pathlib.Path) -> None:
    """SAT12 under 3PL: on 201 nodes log L + log prior is no lower than at the parameters of direct maximisation."""
    found = values_of(reference, "direct_SAT12_3PL_normprior")
    responses = Responses.read_csv(reference / "data" / "SAT12.csv")
    fit = calibrate(responses, "3PL", standard_errors=None, tolerance=STOP)
    rows = found["items"]
    direct = Items.create(
        ids=[row["item"] for row in rows],
        models=["3PL"] * len(rows),
        a=[row["a"] for row in rows],
        b=[[row["b"]] for row in rows],
        c=[row["g"] for row in rows],
    )

    def posterior(items: Items) -> float:
        prior = stats.norm.logpdf(np.log(items.c / (1 - items.c)), np.log(0.2 / 0.8), 0.5).sum()
        return marginal_log_likelihood(items, responses.codes(), Population.create()) + float(prior)

    assert posterior(direct) == pytest.approx(found["logPosterior"], abs=CUT_OFF)
    assert posterior(fit.items) >= posterior(direct) - 1e-5
    for mine, expected in ((fit.items.a, direct.a), (fit.items.b, direct.b), (fit.items.c, direct.c)):
        np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-3)


def test_a_common_slope_is_exact(reference: pathlib.Path) -> None:
    """1PL on LSAT6: the slope, the intercepts and the log-likelihood to the printed digits."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]["common_slope"]
    responses = Responses.read_csv(reference / "data" / "LSAT6.csv")
    fit = calibrate(responses, "1PL", standard_errors=None, tolerance=1e-8)
    np.testing.assert_allclose(fit.items.a, exact["a"], rtol=0, atol=6e-7)
    np.testing.assert_allclose(-fit.items.a * fit.items.b[:, 0], exact["d"], rtol=0, atol=6e-7)
    # What ±6 cuts off of 1,000 persons. Observed: 1.0e-7.
    assert fit.log_likelihood == pytest.approx(exact["log_likelihood"], abs=2e-7)
