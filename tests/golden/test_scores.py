"""Abilities against mirt 1.45 under mirt's own parameters, on the same 61 nodes."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from reference import CASES, FITTED, Case, fitted_items, intercepts_of, population_of, responses_of, values_of

from compassess.irt import Items, Population, score
from compassess.responses import Responses

# The same sums over the same nodes: only rounding differs (parameters have 15 digits). Observed: 2e-14.
SAME_SUMS = 1e-9
GRID: Mapping[str, Any] = {"nodes": 61, "limit": 6.0}  # mirt's


@pytest.mark.parametrize("case", CASES, ids=str)
def test_patterns_get_the_scores_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """EAP and posterior SD of perfect, zero, mixed and incomplete patterns agree with mirt's."""
    scores = score(case.patterns(reference), case.known_items(reference), **GRID)
    expected = case.found(reference)["scores"]["EAP"]
    np.testing.assert_allclose(scores.theta, expected["theta"], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(scores.se, expected["SE"], rtol=0, atol=SAME_SUMS)


@pytest.mark.parametrize("name", FITTED)
def test_persons_get_the_scores_of_another_engine(name: str, reference: pathlib.Path) -> None:
    """EAP and posterior SD of the data's first twenty persons agree with mirt's, under ten models."""
    found = values_of(reference, name)
    responses = Responses.read_csv(reference / "data" / found["data"], lowest=FITTED[name])
    first = responses.select_persons(slice(0, 20))
    scores = score(first, fitted_items(found), population=population_of(found), **GRID)
    expected = found["EAP_first20"]
    np.testing.assert_allclose(scores.theta, expected["theta"], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(scores.se, expected["SE"], rtol=0, atol=SAME_SUMS)


def test_an_answer_in_one_block_tells_of_the_other(reference: pathlib.Path) -> None:
    """One wrong answer to an item of the first of two dimensions that correlate by ½: EAP and MAP are mirt's.

    The other patterns of that file have answers to items that load on both.
    """
    found = values_of(reference, "scoring_fixed")["M2PL_2dim"]
    people = Population.create(("first", "second"), correlation=np.array(found["cov"]))
    item = found["pars"][1]
    assert item["a2"] == 0
    assert [code is None for code in found["patterns"][-1]] == [place != 1 for place in range(12)]
    items = Items.create(
        ids=["x"], a=[item["a1"]], b=[[-item["d"] / item["a1"]]], competencies=["first"], population=people
    )
    answer = Responses.from_array([[found["patterns"][-1][1]]], items=["x"])
    # mirt stops a mode at about 1e-5. Observed: 6e-16 (EAP), 1e-6 (MAP).
    for method, atol in (("EAP", SAME_SUMS), ("MAP", 2e-5)):
        scores = score(answer, items, method)
        expected = found["scores"][method][-1]
        np.testing.assert_allclose(np.hstack([scores.theta[0], scores.se[0]]), expected, rtol=0, atol=atol)
    assert score(answer, items, "ML").status == ("infinite_low",)


def test_law_school_scores_are_exact(reference: pathlib.Path) -> None:
    """Posterior means and SDs of three LSAT6 patterns agree with exact integration."""
    exact = values_of(reference, "textbook")["LSAT6_2PL_exact"]
    items = Items.create(
        ids=[f"i{j}" for j in range(5)],
        a=exact["a"],
        b=[[-d / a] for a, d in zip(exact["a"], exact["d"], strict=True)],
    )
    rows = [[int(code) for code in pattern] for pattern in exact["eap_sd"]]
    scores = score(Responses.from_array(rows, items=items.ids), items)
    # The printed parameters have six digits, the scores eight: 5e-7 in a and d moves θ by up to 4e-6.
    expected = np.array(list(exact["eap_sd"].values()))
    np.testing.assert_allclose(np.column_stack([scores.theta, scores.se]), expected, rtol=0, atol=5e-6)


@pytest.fixture(scope="module", params=["2PL", "graded"])
def fixed(request: pytest.FixtureRequest, reference: pathlib.Path) -> dict[str, Any]:
    """Twelve items with given parameters, and what mirt says about them."""
    found: dict[str, Any] = values_of(reference, "scoring_fixed")[request.param]
    return found


def items_of(fixed: dict[str, Any]) -> Items:
    """The given parameters as items."""
    slopes = [item["a1"] for item in fixed["pars"]]
    return Items.create(
        ids=[f"i{j}" for j in range(len(slopes))],
        a=slopes,
        b=[[-d / item["a1"] for d in intercepts_of(item)] for item in fixed["pars"]],
    )


def test_given_parameters_give_the_scores_of_another_engine(fixed: dict[str, Any]) -> None:
    """EAP and SD of twelve patterns, missing answers included, agree with mirt's."""
    items = items_of(fixed)
    scores = score(responses_of(fixed["patterns"], items.ids), items, **GRID)
    expected = fixed["scores"]["EAP"]
    np.testing.assert_allclose(scores.theta, expected["theta"], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(scores.se, expected["SE"], rtol=0, atol=SAME_SUMS)


def test_another_population_gives_the_scores_of_another_engine(fixed: dict[str, Any]) -> None:
    """Under N(1, ½) in place of N(0, 1) EAP and SD agree with mirt's."""
    items = items_of(fixed)
    people = Population.create(mean=[1.0], standard_deviation=[np.sqrt(0.5)])
    scores = score(responses_of(fixed["patterns"], items.ids), items, population=people, **GRID)
    expected = np.array(fixed["scores"]["EAP_prior_mean1_var0.5"])
    np.testing.assert_allclose(np.column_stack([scores.theta, scores.se]), expected, rtol=0, atol=SAME_SUMS)
