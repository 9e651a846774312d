"""What one model of three correlated blocks saves beside three models of one."""

from __future__ import annotations

import json
import pathlib
from typing import Final

import banks
import numpy as np
import pytest
from numpy.typing import NDArray
from references import b300

import compassess as ca

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
PEOPLE: Final = 1000
BLOCKS: Final = ("p", "q", "r")


def bank_of(correlation: float) -> ca.ItemBank:
    """Three blocks of the 100-item version of B300."""
    a, b = b300(100)
    r = np.full((3, 3), correlation)
    np.fill_diagonal(r, 1.0)
    items = [
        banks.item(f"{block}{j:03d}", block, block, a[j], [b[j]]) for block in BLOCKS for j in range(100)
    ]
    return banks.bank({block: (block, 1.0) for block in BLOCKS}, items, r)


def mean_length(bank: ca.ItemBank, criterion: str, seed: int) -> tuple[float, float]:
    """Items until every block has SE ≤ .40, and the RMSE over all blocks."""
    assessment = banks.assessment(
        bank, target=0.4, length=(1, 200), limits=(0, None), criterion=criterion, randomesque=1
    )
    study = ca.simulate(assessment, PEOPLE, seed=seed)
    assert study.theta_true is not None
    return float(study.n_items.mean()), float(np.sqrt(np.mean((study.theta - study.theta_true) ** 2)))


@pytest.mark.parametrize(("correlation", "at_least"), [(0.7, 0.18), (0.8, 0.30)])
@pytest.mark.parametrize("criterion", ["bayesian_optimality", "block_kullback_leibler"])
def test_correlations_save_items(correlation: float, at_least: float, criterion: str) -> None:
    """So much of the length, at the precision that was asked for."""
    alone, _ = mean_length(bank_of(0.0), criterion, 11)
    together, error = mean_length(bank_of(correlation), criterion, 11)
    assert 1.0 - together / alone >= at_least
    assert error < 0.41


def test_lengths_are_those_of_the_reference(reference: pathlib.Path) -> None:
    """Separate and joint mean lengths within two items: EAP with grid posteriors beside MAP there."""
    told = json.loads((reference / "values" / "textbook.json").read_text())["multidimensional_saving"]
    for name, (separate, joint) in told["mean_items_separate_vs_joint"].items():
        together, _ = mean_length(bank_of(float(name.removeprefix("rho_"))), "bayesian_optimality", 3)
        alone, _ = mean_length(bank_of(0.0), "bayesian_optimality", 3)
        assert alone == pytest.approx(separate, abs=2.5)
        assert together == pytest.approx(joint, abs=2.0)
