"""Models side by side, held against mirt's criteria; what may not be compared."""

from __future__ import annotations

import pathlib
from dataclasses import replace

import numpy as np
import pytest
from golden.test_response_quality import complete_rows
from reference import values_of

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Calibration, Items, calibrate, compare_models, likelihood_ratio, simulate_responses
from compassess.responses import Responses


@pytest.fixture(scope="module")
def lsat(reference: pathlib.Path) -> tuple[Responses, dict[str, Calibration]]:
    """LSAT6 under three models."""
    codes = complete_rows(reference, "LSAT6_2PL", 10**6)
    responses = Responses.from_array(codes, items=[f"i{k}" for k in range(5)])
    return responses, {m: calibrate(responses, m, standard_errors=None) for m in ("Rasch", "1PL", "2PL")}


def test_criteria_are_mirt_s(lsat: tuple[Responses, dict[str, Calibration]], reference: pathlib.Path) -> None:
    """AIC, BIC, SABIC to 1e-3; the better model has the weight; fit by margins stands beside."""
    responses, fits = lsat
    found = compare_models(fits, nested=[("1PL", "2PL"), ("Rasch", "2PL")], responses=responses)
    for place, name in enumerate(fits):
        told = values_of(reference, f"LSAT6_{name}")
        for ours, theirs in ((found.aic, "AIC"), (found.bic, "BIC"), (found.sabic, "SABIC")):
            assert ours[place] == pytest.approx(told[theirs], abs=1e-3)
        assert found.fits[name].value == pytest.approx(told["M2"]["C2"]["M2"], abs=1e-2)
    test = found.tests["Rasch", "2PL"]
    told = 2 * (values_of(reference, "LSAT6_2PL")["logLik"] - values_of(reference, "LSAT6_Rasch")["logLik"])
    assert test.value == pytest.approx(told, abs=1e-3)
    assert test.df == 4
    k, n = 6, 1000
    assert found.aicc[0] == pytest.approx(found.aic[0] + 2 * k * (k + 1) / (n - k - 1))
    assert found.weights.sum() == pytest.approx(1.0)
    table = found.to_frame()
    assert list(table["model"]) == list(fits)
    assert {"rmsea", "srmsr"} <= set(table)
    assert len(found.tests_frame()) == 2
    assert compare_models(fits).fits == {}


def test_a_true_restriction_is_kept_and_a_false_one_is_not() -> None:
    """Equal slopes in truth: the test does not reject; unequal ones: it does."""
    for spread, rejects in ((0.0, False), (0.5, True)):
        a = np.exp(np.random.default_rng(1).normal(0, spread, 15))
        items = Items.create(ids=[f"i{k}" for k in range(15)], a=a, b=np.linspace(-1.5, 1.5, 15)[:, None])
        people = ca.irt.simulate_abilities(items.population, 1500, seed=2)
        answers = simulate_responses(items, people, seed=3)
        test = likelihood_ratio(*(calibrate(answers, m, standard_errors=None) for m in ("Rasch", "2PL")))
        assert test.df == 14
        assert (test.p_value < 0.01) == rejects


def test_what_may_not_be_compared(lsat: tuple[Responses, dict[str, Calibration]]) -> None:
    """Other answers, models the wrong way round, priors, unknown names, likelihoods that fall."""
    responses, fits = lsat
    with pytest.raises(InputError, match="no more parameters"):
        likelihood_ratio(fits["2PL"], fits["Rasch"])
    fewer = Responses.from_array(responses.codes(responses.items)[:900], items=responses.items)
    other = calibrate(fewer, "2PL", standard_errors=None)
    with pytest.raises(InputError, match="other answers than 'a'"):
        compare_models({"a": fits["Rasch"], "b": other})
    with pytest.raises(InputError, match="no such model"):
        compare_models(fits, nested=[("Rasch", "5PL")])
    with pytest.raises(InputError, match="nothing to compare"):
        compare_models({})
    with pytest.raises(InputError, match="it has priors"):
        likelihood_ratio(fits["Rasch"], replace(fits["2PL"], log_prior=-1.0))
    with pytest.raises(InputError, match="its likelihood is lower"):
        likelihood_ratio(fits["Rasch"], replace(fits["2PL"], log_likelihood=-3000.0))
