"""The standardised composite, against published shares."""

from __future__ import annotations

import pathlib
import re

import banks
import numpy as np
import pytest
from reference import values_of
from scipy.stats import norm

import compassess as ca
from compassess.scoring.interpretation import composite_weights


def test_a_mean_of_blocks_would_hide_the_lowest_band(reference: pathlib.Path) -> None:
    """With ρ as told the composite keeps the lowest band's share, and the plain mean has the one that is told."""
    told = values_of(reference, "textbook")["composite"]
    rho, kept, left = (float(number) for number in re.findall(r"(?<!\d)\d*\.\d+", told))
    rules = ca.Bands.illustrative_for(banks.three_blocks(2))
    people = ca.Population.create(("p", "q", "r"), correlation=np.full((3, 3), rho) + (1 - rho) * np.eye(3))
    weights = composite_weights(people, rules)
    sd = float(np.sqrt(weights @ people.covariance @ weights))
    plain = float(np.sqrt(np.ones(3) @ people.covariance @ np.ones(3))) / 3
    lowest = rules.cuts[0]
    assert 100 * norm.cdf(lowest / sd) == pytest.approx(kept, abs=0.005)
    assert 100 * norm.cdf(lowest / plain) == pytest.approx(left, abs=0.0005)
