"""The impact table against values made elsewhere: certain persons are counts."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from reference import values_of

from compassess.scoring.ranking import DrawnPosteriors
from compassess.scoring.standards import CutScores, impact_table


def test_adverse_impact_of_certain_persons(reference: pathlib.Path) -> None:
    """48 of 60 surely at or above the cut against 30 of 50 have the ratio of the counts, to its digits."""
    told = values_of(reference, "textbook")["adverse_impact_48_of_60_vs_30_of_50"]
    theta = np.repeat([1.0, -1.0, 1.0, -1.0], [48, 12, 30, 20])
    group = np.repeat(["first", "second"], [60, 50])
    cuts = CutScores.create(method="test", cuts=[0.0])
    table = impact_table(
        cuts, DrawnPosteriors.of(np.stack([theta, theta])), group=group, steps=(0,), reference="first"
    )
    found = table.scenarios[0].adverse
    assert found is not None
    assert found.ratio[0, 1] == pytest.approx(told["ratio"], abs=1e-12)
    # Expected numbers divide variances by n − 1, counts by n: the interval is a percent wider.
    interval = (found.ratio_low[0, 1], found.ratio_high[0, 1])
    np.testing.assert_allclose(interval, told["ci95_log_scale"], atol=0.005)
