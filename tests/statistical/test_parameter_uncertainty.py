"""What a small pilot costs: coverage of intervals after adaptive tests from estimated parameters."""

from __future__ import annotations

import json
import pathlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from references import b300
from scipy.special import expit

import compassess as ca
from compassess.bank import Blueprint, Length, Stopping

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
N_ITEMS: Final = 300
N_PILOT: Final = 250
N_REPLICATIONS: Final = 8
N_PEOPLE: Final = 4000


def calibrated_bank(seed: int, uncertainty: Any) -> ca.ItemBank:
    """The bank as a pilot of few persons knows it."""
    rng = np.random.default_rng(seed)
    a, b = b300(N_ITEMS)
    people = rng.standard_normal((N_PILOT, 1))
    codes = (rng.random((N_PILOT, N_ITEMS)) < expit(a * (people - b))).astype(int)
    fit = ca.calibrate(codes, "2PL", standard_errors="oakes")
    return ca.ItemBank.from_calibration(fit, id="B300", uncertainty=uncertainty)


def coverage(bank: ca.ItemBank, seed: int) -> tuple[float, float]:
    """Share of true θ within 1.96 SE after 20 items, and RMSE over the SE that is told."""
    default = Blueprint.default(bank)
    blueprint = replace(
        default,
        length=Length(minimum=20, maximum=20),
        stopping=Stopping(rule="standard_error", target=1e-3),
    )
    rng = np.random.default_rng(seed)
    a, b = b300(N_ITEMS)
    theta = rng.standard_normal(N_PEOPLE)
    place = {f"item_{j + 1}": j for j in range(N_ITEMS)}
    kept = np.array([place[item.id] for item in bank.operational])
    chance = expit(a[kept] * (theta[:, None] - b[kept]))
    answers = (rng.random(chance.shape) < chance).astype(int)
    table = pd.DataFrame(answers, columns=[item.id for item in bank.operational])
    assessment = ca.Assessment.create(bank, blueprint)
    study = ca.simulate(assessment, seed=seed, responses=table)
    error = study.theta - theta
    within = float(np.mean(np.abs(error) <= 1.959964 * study.se))
    return within, float(np.sqrt(np.mean(error**2) / np.mean(study.se**2)))


def test_coverage_after_a_small_pilot(reference: pathlib.Path) -> None:
    """With expected responses at least .94 are covered; with estimates taken for true, no more than known."""
    told = json.loads((reference / "values" / "textbook.json").read_text())["parameter_uncertainty"]
    plain = [coverage(calibrated_bank(seed, "ignored"), 90 + seed) for seed in range(N_REPLICATIONS)]
    expected = [coverage(calibrated_bank(seed, "expected"), 90 + seed) for seed in range(N_REPLICATIONS)]
    # How the pilot of the reference was calibrated is not told; ours has no prior on slopes.
    assert np.mean(plain, axis=0)[0] == pytest.approx(told["coverage_of_95"]["250"], abs=0.025)
    assert np.mean(expected, axis=0)[0] >= 0.94
