"""Abilities against mirt 1.45 under mirt's own parameters, on the same 61 nodes."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from reference import CASES, Case, intercepts_of, responses_of, values_of

from compassess.irt import Items, Population, information, probability, score
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


@pytest.mark.parametrize("case", CASES, ids=str)
def test_persons_get_the_scores_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """EAP and posterior SD of the data's first twenty persons agree with mirt's."""
    first = case.responses(reference).select_persons(slice(0, 20))
    scores = score(first, case.known_items(reference), **GRID)
    expected = case.found(reference)["EAP_first20"]
    np.testing.assert_allclose(scores.theta, expected["theta"], rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(scores.se, expected["SE"], rtol=0, atol=SAME_SUMS)


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


def test_given_parameters_give_the_curves_of_another_engine(fixed: dict[str, Any]) -> None:
    """Probabilities, item information and test information agree with mirt's to rounding."""
    items, theta = items_of(fixed), fixed["theta_grid"]
    by_theta = probability(items, theta).transpose(0, 2, 1)
    np.testing.assert_allclose(by_theta, np.array(fixed["prob"]), rtol=0, atol=1e-12)
    found = information(items, theta)
    np.testing.assert_allclose(found, fixed["item_info"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), fixed["test_info"], rtol=0, atol=1e-11)
