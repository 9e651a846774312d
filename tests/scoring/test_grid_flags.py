"""compassess.scoring.grid_flags: posteriors that do not fit their grid are told."""

from __future__ import annotations

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.irt import score


def test_an_end_of_the_grid_is_told() -> None:
    """The lowest answers throughout reach the end of ±6; the prior and ordinary answers do not."""
    assessment = ca.Assessment.load("civil_service")
    n_items = len(assessment.bank.operational)
    answers = np.vstack([np.zeros(n_items), np.ones(n_items), np.full(n_items, np.nan)])
    lowest, ordinary, nothing = ca.conclude(answers, assessment)
    assert "short_grid" in lowest.flags
    assert "short_grid" not in ordinary.flags
    assert "short_grid" not in nothing.flags


@pytest.mark.parametrize("slope", [0.8, 1.5, 2.5])
def test_without_the_flag_means_and_sds_hold(slope: float) -> None:
    """Where nothing is flagged, a grid of twice the width gives the same mean and SD to 1 % of the SD."""
    bank = banks.one_block(60, slope=slope)
    items = bank.irt_items()
    hardest = np.argsort([-b for b in items.b[:, 0]])
    answers = np.array(
        [[0.0 if place < n else 1.0 for place in np.argsort(hardest)] for n in range(0, 61, 4)]
    )
    # The raw grid: limit and nodes stated, so that scoring refines nothing of its own.
    wide = score(ca.Responses.from_array(answers, items=items.ids), items, nodes=401, limit=12.0)
    found = ca.conclude(answers, banks.assessment(bank, nodes=121, limits=(0, None)))
    told = np.array(["short_grid" in one.flags for one in found])
    values = found.summary
    assert not told[len(told) // 2]
    np.testing.assert_allclose(values.block_se[~told, 0], wide.se[~told], rtol=0.01)
    error = np.abs(values.block_theta[~told, 0] - wide.theta[~told]) / wide.se[~told]
    assert error.max() < 0.01
