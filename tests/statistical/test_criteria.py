"""What selection criteria are worth: RMSE and exposure of fixed-length tests from bank B300.

The bank, and the values of maximum information and of random items, are those of textbook.json, made by
another engine with 20,000 simulees on 81 points of ±4. The Monte-Carlo error of an RMSE of .26 from 8,000
simulees is .002, of one of .42 .0035: tolerances are two and a half of them, with the textbook's own.
"""

from __future__ import annotations

import pathlib
from functools import cache
from typing import Any, Final

import banks
import numpy as np
import pytest
from reference import values_of

import compassess as ca

pytestmark = pytest.mark.slow

N: Final = 8_000
#: Criteria that look for precision alone, and how much worse than maximum information they may be.
PRECISE: Final = [
    ("information_in_interval", {}, 0.005),
    ("weighted_information", {}, 0.005),
    ("weighted_information", {"weight": "likelihood"}, 0.008),
    ("maximum_expected_information", {}, 0.005),
    ("minimum_expected_variance", {}, 0.005),
    ("kullback_leibler", {}, 0.005),
    ("kullback_leibler_interval", {}, 0.005),
    ("global_discrimination", {}, 0.008),
]


b300 = cache(banks.textbook_bank)


@cache
def played(criterion: str, n_items: int, *parameters: tuple[str, Any]) -> tuple[float, np.ndarray]:
    """RMSE and exposure rates of a test of fixed length."""
    assessment = banks.assessment(
        b300(),
        criterion=criterion,
        parameters=dict(parameters),
        length=(n_items, n_items),
        target=0.001,
        limits=(0, None),
    )
    study = ca.simulate(assessment, N, seed=12)
    rmse = float(np.sqrt(np.mean((study.theta - study.theta_true) ** 2)))
    place = {name: j for j, name in enumerate(assessment.plan.pool.ids)}
    presented = [place[name] for row in study.items for name in row]
    return rmse, np.bincount(presented, minlength=300) / N


@pytest.mark.parametrize(("criterion", "length"), [("MFI", 20), ("random", 20), ("random", 30)])
def test_the_textbooks_rmse(criterion: str, length: int, reference: pathlib.Path) -> None:
    """Maximum information and random items lose as much as another engine says."""
    told = values_of(reference, "textbook")["bank_B300"][f"{criterion}_fixed_length"][str(length)][0]
    ours = {"MFI": "maximum_information"}.get(criterion, criterion)
    assert played(ours, length)[0] == pytest.approx(told, abs=0.005 if criterion == "MFI" else 0.01)


@pytest.mark.parametrize(("criterion", "parameters", "loss"), PRECISE)
def test_criteria_of_precision_are_as_good_as_maximum_information(
    criterion: str, parameters: dict[str, Any], loss: float
) -> None:
    """After 20 items nothing is left of what they differ in at the start, but for the likelihood's first steps."""
    assert played(criterion, 20, *parameters.items())[0] <= played("maximum_information", 20)[0] + loss


def test_chance_and_strata_even_out_exposure_at_a_price() -> None:
    """The shares of items never seen and the overlap Σ r² / L fall, and the RMSE rises, but not to that of chance."""
    best, greedy = played("maximum_information", 20)
    worst, _ = played("random", 20)
    assert np.mean(greedy == 0) > 0.5
    for criterion, parameters in (
        ("progressive", {"length": 20}),
        ("proportional", {"length": 20}),
        ("a_stratified", {"stage": 5}),
    ):
        rmse, rates = played(criterion, 20, *parameters.items())
        assert best + 0.01 < rmse < worst - 0.05
        assert np.mean(rates == 0) < 0.2
        assert (rates**2).sum() < 0.75 * (greedy**2).sum()
