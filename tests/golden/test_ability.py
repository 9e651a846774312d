"""Estimates of ability against mirt 1.45, catR 3.17, eRm 1.0 and textbook values, by every method.

What does not fit, and why (textbook.json, "definitions"): mirt's WLE is the mode of L √I, here "Jeffreys",
and its SE is the curvature of that, not I; catR bounds ML at ±4 where it is infinite, and its EAP is a
trapezoid on ±4, good to 1e-4 only where nothing is cut off; TAM and eRm adjust or extrapolate the extreme
scores; M2PL_2dim has items that load on two dimensions, and such an item has no place in the model of the
house.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import (
    FITTED,
    FIXED,
    cat_banks,
    fitted_items,
    fixed_items,
    population_of,
    responses_of,
    values_of,
)
from scipy import stats

from compassess.irt import Items, Population, Scores, score, sum_scores
from compassess.responses import Responses

Floats = NDArray[np.float64]

#: The same sums over the same nodes. Observed: 3e-14.
SAME_SUMS: Final = 1e-9
#: mirt's grid.
GRID: Final[Mapping[str, Any]] = {"nodes": 61, "limit": 6.0}
#: Engines stop their search for a mode at about 1e-5 in θ. Observed: 4e-6 (MAP), 1e-4 (4PL, ML with SE 9).
MAP_THETA: Final = {"rtol": 0.0, "atol": 2e-5}
ML_THETA: Final = {"rtol": 2e-5, "atol": 5e-5}
#: mirt takes second derivatives numerically. Observed: 1.7e-4 relative.
SE: Final = {"rtol": 5e-4, "atol": 1e-6}


def numbers(values: Sequence[float | str | None]) -> Floats:
    """Numbers, NaN for what is infinite or missing."""
    return np.array([np.nan if value is None or isinstance(value, str) else value for value in values])


def assert_infinite_alike(found: Scores, theta: Sequence[float | str]) -> None:
    """The statuses say what mirt says with Inf and −Inf."""
    status = {"Inf": "infinite_high", "-Inf": "infinite_low"}
    assert found.status == tuple(status[one] if isinstance(one, str) else "ok" for one in theta)


Case = tuple[Items, Responses, dict[str, Any], Population]


@pytest.fixture(scope="module", params=[*FIXED, *FITTED])
def case(request: pytest.FixtureRequest, reference: pathlib.Path) -> Case:
    """Known items, twelve patterns, mirt's scores, the population."""
    name: str = request.param
    if name in FIXED:
        found = values_of(reference, "scoring_fixed")[name]
        items = fixed_items(name, found["pars"])
        return items, responses_of(found["patterns"], items.ids), found["scores"], Population.create()
    found = values_of(reference, name)
    patterns = responses_of(found["score_patterns"], found["items"], lowest=FITTED[name])
    return fitted_items(found), patterns, found["scores"], population_of(found)


def test_posterior_means_are_those_of_another_engine(case: Case) -> None:
    """EAP and posterior SD of ten models agree with mirt's."""
    items, responses, expected, people = case
    found = score(responses, items, "EAP", population=people, **GRID)
    np.testing.assert_allclose(found.theta, expected["EAP"]["theta"], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(found.se, expected["EAP"]["SE"], rtol=0, atol=SAME_SUMS)


def test_posterior_modes_are_those_of_another_engine(case: Case) -> None:
    """MAP agrees with mirt's, and its SE from observed information."""
    items, responses, expected, people = case
    found = score(responses, items, "MAP", population=people)
    np.testing.assert_allclose(found.theta, expected["MAP"]["theta"], **MAP_THETA)
    np.testing.assert_allclose(found.se, expected["MAP"]["SE"], **SE)
    assert set(found.status) == {"ok"}


def test_maxima_of_the_likelihood_are_those_of_another_engine(case: Case) -> None:
    """ML agrees with mirt's, infinite estimates included, and its SE from observed information."""
    items, responses, expected, _ = case
    found = score(responses, items, "ML")
    assert_infinite_alike(found, expected["ML"]["theta"])
    np.testing.assert_allclose(found.theta, numbers(expected["ML"]["theta"]), **ML_THETA)
    np.testing.assert_allclose(found.se, numbers(expected["ML"]["SE"]), **SE)


def test_jeffreys_modes_are_what_another_engine_calls_wle(case: Case) -> None:
    """The mode of L √I agrees with mirt's WLE; Warm's estimate does where the slope is logistic."""
    items, responses, expected, _ = case
    theta = expected["WLE"]["theta"]
    np.testing.assert_allclose(score(responses, items, "Jeffreys").theta, theta, **ML_THETA)
    if not {"3PL", "4PL"} & set(items.models):
        np.testing.assert_allclose(score(responses, items, "WLE").theta, theta, **ML_THETA)


@pytest.mark.parametrize("model", FIXED)
def test_another_prior_gives_the_scores_of_another_engine(model: str, reference: pathlib.Path) -> None:
    """Under N(1, ½) EAP and SD agree with mirt's."""
    found = values_of(reference, "scoring_fixed")[model]
    items = fixed_items(model, found["pars"])
    people = Population.create(mean=[1.0], standard_deviation=[np.sqrt(0.5)])
    scores = score(responses_of(found["patterns"], items.ids), items, population=people, **GRID)
    expected = np.array(found["scores"]["EAP_prior_mean1_var0.5"])
    np.testing.assert_allclose(np.column_stack([scores.theta, scores.se]), expected, rtol=0, atol=SAME_SUMS)


@pytest.mark.parametrize("name", [name for name in FITTED if not name.startswith("bfi")])
def test_sum_scores_say_what_they_say_in_another_engine(name: str, reference: pathlib.Path) -> None:
    """EAP, SD and expected count of every sum score agree with mirt's EAPsum."""
    found = values_of(reference, name)
    items, rows = fitted_items(found), found["EAPsum"]
    table = sum_scores(items, population=population_of(found), **GRID)
    mean, sd = (next(key for key in rows[0] if key.startswith(start)) for start in ("F", "SE_F"))
    assert table.score.tolist() == [row["Sum.Scores"] - FITTED[name] * items.n_items for row in rows]
    np.testing.assert_allclose(table.theta, [row[mean] for row in rows], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(table.se, [row[sd] for row in rows], rtol=0, atol=SAME_SUMS)
    expected = [row["expected"] for row in rows]
    np.testing.assert_allclose(found["N"] * table.probability, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["LSAT6_2PL", "VerbAggPoly_graded"])
def test_persons_get_the_estimate_of_their_sum(name: str, reference: pathlib.Path) -> None:
    """EAPsum of a person is the row of mirt's table for the person's sum."""
    found = values_of(reference, name)
    responses = Responses.read_csv(reference / "data" / found["data"]).select_persons(slice(0, 50))
    expected = {row["Sum.Scores"]: row["F1"] for row in found["EAPsum"]}
    by_sum = [expected[total] for total in responses.codes().sum(axis=1).tolist()]
    theta = score(responses, fitted_items(found), "EAPsum").theta
    np.testing.assert_allclose(theta, by_sum, rtol=0, atol=SAME_SUMS)


def answered(state: dict[str, Any], items: str = "out", codes: str = "x") -> Responses:
    """The answers of one of catR's sittings."""
    names = [str(number) for number in np.ravel(state[items])]
    return Responses.from_array([np.ravel(state[codes])], items=names)


CAT: Final = [("3PL", s) for s in ("S1", "S2", "S3")] + [
    (model, s) for model in ("GRM", "GPCM") for s in ("P1", "P2", "P3", "P4", "P5")
]
WIDE: Final = Population.create(mean=[0.5], standard_deviation=[1.5])


@pytest.mark.parametrize(("bank", "name"), CAT)
@pytest.mark.parametrize(
    ("theirs", "ours", "people"),
    [("ML", "ML", None), ("BM", "MAP", None), ("BM_norm_0.5_1.5", "MAP", WIDE), ("WL", "WLE", None)],
)
def test_sittings_are_scored_as_by_an_engine_of_adaptive_tests(
    bank: str, name: str, theirs: str, ours: str, people: Population | None, reference: pathlib.Path
) -> None:
    """ML, MAP and Warm's WLE after one to six answers agree with catR's, SE from expected information."""
    items, states = cat_banks(reference)[bank]
    expected = states[name]["estimates"][theirs]
    found = score(answered(states[name]), items, ours, information="expected", population=people)
    if theirs == "ML" and abs(expected["theta"]) == 4.0:  # catR's bound
        assert found.status == ("infinite_high" if expected["theta"] > 0 else "infinite_low",)
        return
    # catR's optimiser stops at a tolerance of 1.2e-4. Observed: 2.2e-5 in θ, 1e-5 in SE.
    np.testing.assert_allclose(found.theta[0], expected["theta"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.se[0], expected["SE"], rtol=0, atol=5e-5)


@pytest.mark.parametrize(("bank", "name"), CAT)
def test_jeffreys_modes_are_those_of_an_engine_of_adaptive_tests(
    bank: str, name: str, reference: pathlib.Path
) -> None:
    """The mode under Jeffreys' prior agrees with catR's; catR's SE counts the prior's curvature as well."""
    items, states = cat_banks(reference)[bank]
    found = score(answered(states[name]), items, "Jeffreys")
    expected = states[name]["estimates"]["BM_Jeffreys"]["theta"]
    np.testing.assert_allclose(found.theta[0], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("bank", "name"), [case for case in CAT if case[1] not in ("P4", "P5")])
def test_posterior_means_on_a_trapezoid_are_near(bank: str, name: str, reference: pathlib.Path) -> None:
    """EAP on catR's 33 nodes agrees to what its half weights at ±4 amount to; all-alike patterns are left out."""
    items, states = cat_banks(reference)[bank]
    found = score(answered(states[name]), items, nodes=33, limit=4.0)
    expected = states[name]["estimates"]["EAP"]
    np.testing.assert_allclose(found.theta[0], expected["theta"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.se[0], expected["SE"], rtol=0, atol=3e-4)


def test_whole_adaptive_tests_end_in_the_mode_of_another_engine(reference: pathlib.Path) -> None:
    """The final MAP and SE of catR's five runs."""
    items, _ = cat_banks(reference)["3PL"]
    for run in values_of(reference, "catR")["cat_runs"].values():
        found = score(answered(run, "items", "responses"), items, "MAP", information="expected")
        assert found.theta[0] == pytest.approx(run["theta_final"], abs=1e-4)
        assert found.se[0] == pytest.approx(run["se_final"], abs=5e-5)


@pytest.mark.parametrize("data", ["LSAT6", "VerbAgg"])
def test_rasch_abilities_by_score_are_those_of_another_engine(data: str, reference: pathlib.Path) -> None:
    """ML of every sum between the extremes agrees with eRm's, which extrapolates the extremes by a spline."""
    found = values_of(reference, "other_packages")[f"eRm_RM_{data}"]
    n = len(found["items"])
    items = Items.create(
        ids=found["items"], models=["Rasch"] * n, a=[1.0] * n, b=[[value] for value in found["difficulty"]]
    )
    scores = score(Responses.from_array(np.tri(n + 1, n, -1), items=items.ids), items, "ML")
    expected = found["person_ML_by_score"]["theta"]
    np.testing.assert_allclose(scores.theta[1:-1], expected[1:-1], rtol=0, atol=1e-4)  # observed: 2e-5
    assert (scores.status[0], scores.status[-1]) == ("infinite_low", "infinite_high")


def test_warms_estimates_are_those_of_an_engine_of_joint_likelihood(reference: pathlib.Path) -> None:
    """WLE of the sums 1 and 2 agrees with TAM's, under its difficulties before their correction by (I − 1) / I."""
    found = values_of(reference, "other_packages")["TAM_JML_LSAT6"]
    responses = Responses.read_csv(reference / "data" / "LSAT6.csv").select_persons(slice(0, 20))
    difficulty = np.array(found["xsi"]) * 5 / 4
    items = Items.create(ids=responses.items, models=["Rasch"] * 5, a=[1.0] * 5, b=difficulty[:, None])
    between = responses.codes().sum(axis=1) > 0  # TAM takes the sum 0 for one above it
    expected = np.array(found["WLE_first20"])[between]
    np.testing.assert_allclose(score(responses, items, "WLE").theta[between], expected, rtol=0, atol=1e-6)


def test_twenty_items_give_the_textbook_estimates(reference: pathlib.Path) -> None:
    """ML, WLE and MAP of two patterns agree with direct maximisation, printed to six digits."""
    found = values_of(reference, "textbook")["person_fit_T20"]
    place = (np.arange(20) + 0.5) / 20
    reversed_bits = [int(f"{i + 1:08b}"[::-1], 2) / 256 for i in range(20)]  # van der Corput, base 2
    a = np.exp(0.25 + 0.25 * stats.norm.ppf(reversed_bits))
    items = Items.create(ids=[f"i{j}" for j in range(20)], a=a, b=stats.norm.ppf(place)[:, None])
    patterns = [key for key in found if len(key) == 20]
    assert len(patterns) == 2
    for pattern in patterns:
        responses = Responses.from_array([[int(code) for code in pattern]], items=items.ids)
        for method, (theta, *_) in found[pattern].items():
            assert score(responses, items, method).theta[0] == pytest.approx(theta, abs=1e-6)
