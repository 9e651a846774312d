"""Probabilities, expected scores and information against mirt 1.45 under mirt's own parameters."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from reference import CASES, Case

from compassess.irt import expected_score, information, probability

# Closed formulas of parameters with 15 digits. Observed: 1e-13.
ROUNDING = 1e-11


@pytest.mark.parametrize("case", CASES, ids=str)
def test_probabilities_are_those_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """P(X = k | θ) agrees with mirt's for every item, category and θ."""
    found = case.found(reference)
    by_item = probability(case.known_items(reference), found["grid_theta"])
    expected = np.array([found["prob_at_theta"][name] for name in found["items"]]).transpose(0, 2, 1)
    np.testing.assert_allclose(by_item, expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_information_is_that_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """Item information and its sum agree with mirt's item and test information."""
    found = case.found(reference)
    by_item = information(case.known_items(reference), found["grid_theta"])
    expected = np.array([found["item_info"][name] for name in found["items"]])
    np.testing.assert_allclose(by_item, expected, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(by_item.sum(axis=0), found["test_info"], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expected_scores_are_those_of_another_engine(case: Case, reference: pathlib.Path) -> None:
    """The expected total agrees with mirt's, which counts codes as the file has them."""
    found = case.found(reference)
    total = expected_score(case.known_items(reference), found["grid_theta"]).sum(axis=0)
    lowest = case.lowest * len(found["items"])
    np.testing.assert_allclose(total + lowest, found["expected_total"], rtol=0, atol=ROUNDING)
