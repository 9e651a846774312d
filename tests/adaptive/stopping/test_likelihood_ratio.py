"""compassess.adaptive.stopping.likelihood_ratio: the best θ on either side of a cut."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import sittings
from scipy.optimize import minimize_scalar

from compassess.adaptive.stopping import (
    GeneralisedLikelihoodRatio,
    SequentialProbabilityRatio,
    decisions_of,
)
from compassess.adaptive.stopping.likelihood_ratio import greatest_between

POOL = banks.assessment(banks.textbook_bank(60)).plan.pool


def test_the_maximum_of_a_parabola_is_exact() -> None:
    """Inside, at either limit, and where the limits lie between two points."""
    points = np.linspace(-6, 6, 241)
    values = np.stack([-((points - peak) ** 2) for peak in (0.333, -1.0, 3.0)])
    found = greatest_between(values, points, 0.512, 2.01)
    assert found == pytest.approx([-((0.512 - 0.333) ** 2), -(1.512**2), -(0.99**2)], abs=1e-12)
    inside = greatest_between(values, points, -5.0, 5.0)
    assert inside == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    narrow = greatest_between(values, points, 0.31, 0.32)
    assert narrow[0] == pytest.approx(-((0.32 - 0.333) ** 2), abs=1e-12)


def test_the_statistic_agrees_with_a_search() -> None:
    """For random answers, against scipy's bounded search, to 1e-6."""
    view = sittings.random_view(POOL, 8, 15, seed=4)
    rule = GeneralisedLikelihoodRatio(delta=0.2, cuts=[-0.5, 1.0]).prepared(POOL)
    statistic = rule.classifier.statistics[0](view)  # type: ignore[attr-defined]
    rng = np.random.default_rng(4)
    items = np.stack([rng.permutation(POOL.n_items)[:15] for _ in range(8)])
    codes = rng.integers(0, 2, (8, 15))
    rows = POOL.row_of[items, codes]
    low, high = POOL.lattice.grid.theta[[0, -1]]

    def best(row: np.ndarray, bounds: tuple[float, float]) -> float:
        def minus(theta: float) -> float:
            return -float(POOL.measurement.log_probability(np.array([theta]))[row].sum())

        return -float(minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-10}).fun)

    for place, cut in enumerate((-0.5, 1.0)):
        expected = [best(row, (cut + 0.2, high)) - best(row, (low, cut - 0.2)) for row in rows]
        assert statistic[:, place] == pytest.approx(expected, abs=1e-6)


def test_it_never_stops_later_than_the_sprt() -> None:
    """Where Wald's test has decided, so has this one, and alike."""
    view = sittings.random_view(POOL, 300, 20, seed=9)
    wald = decisions_of(SequentialProbabilityRatio(delta=0.3, cuts=[0.2]).prepared(POOL), view)[0].bands
    ratio = decisions_of(GeneralisedLikelihoodRatio(delta=0.3, cuts=[0.2]).prepared(POOL), view)[0].bands
    decided = wald >= 0
    assert decided.any()
    assert np.array_equal(ratio[decided], wald[decided])
    assert (ratio >= 0).sum() > decided.sum()
