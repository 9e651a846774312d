"""compassess.adaptive.stopping.sprt: Wald's bounds and his statistic, at every cut."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import sittings
from scipy.special import log_expit

from compassess.adaptive import Pool
from compassess.adaptive.stopping import SequentialProbabilityRatio, decisions_of
from compassess.adaptive.stopping.sprt import by_bounds, wald_bounds
from compassess.errors import InputError

EQUAL = banks.assessment(banks.equal_items(30)).plan.pool


def after(pool: Pool, n_right: int, n_wrong: int) -> sittings.View:
    """One sitting with so many right and wrong answers."""
    codes = np.array([[1] * n_right + [0] * n_wrong])
    return sittings.view_of(pool, np.arange(codes.size)[None], codes)


def test_walds_bounds() -> None:
    """± log 19 for 5 % on both sides; unequal rates move both."""
    assert wald_bounds(0.05, 0.05) == pytest.approx((-np.log(19), np.log(19)))
    assert wald_bounds(0.1, 0.02) == pytest.approx((np.log(0.02 / 0.9), np.log(0.98 / 0.1)))
    assert by_bounds(np.array([-3.0, 0.0, 3.0, np.log(19) - 1e-12]), wald_bounds(0.05, 0.05)).tolist() == [
        -1,
        0,
        1,
        1,
    ]


def test_each_answer_at_the_cut_moves_the_statistic_by_delta() -> None:
    """With b = c and a = 1 it is δ (right − wrong): at δ = 0.5 six more decide, five do not."""
    rule = SequentialProbabilityRatio(delta=0.5, cuts=[0.0]).prepared(EQUAL)
    for right, wrong, band in ((6, 0, 1), (5, 0, -1), (0, 6, 0), (10, 4, 1), (4, 9, -1), (8, 8, -1)):
        (told,) = decisions_of(rule, after(EQUAL, right, wrong))
        assert told.bands.tolist() == [[band]]
        assert told.leanings.tolist() == [[int(right >= wrong)]]


def test_a_bound_that_is_reached_to_the_last_bits_decides() -> None:
    """Bounds that are whole multiples of δ are reached at their number of answers."""
    alpha = 1 / (1 + np.exp(2.0))  # log((1 − α) / α) = 2 = 4 · 0.5
    rule = SequentialProbabilityRatio(delta=0.5, alpha=alpha, beta=alpha, cuts=[0.0]).prepared(EQUAL)
    assert decisions_of(rule, after(EQUAL, 4, 0))[0].bands.tolist() == [[1]]
    assert decisions_of(rule, after(EQUAL, 3, 0))[0].bands.tolist() == [[-1]]


def test_the_statistic_is_a_difference_of_log_likelihoods() -> None:
    """By hand for three different items, away from the cut and at two cuts."""
    items = [
        banks.item(f"i{j}", "t", "t", a, [b])
        for j, (a, b) in enumerate([(0.8, 0.4), (1.5, -1.0), (2.0, 0.1)])
    ]
    pool = banks.assessment(banks.bank({"t": ("t", 1.0)}, items)).plan.pool
    view = sittings.view_of(pool, np.array([[0, 1, 2]]), np.array([[1, 1, 0]]))
    rule = SequentialProbabilityRatio(delta=0.3, alpha=0.3, beta=0.3, cuts=[-0.7, 0.9]).prepared(pool)

    def log_likelihood(theta: float) -> float:
        return float(
            log_expit(0.8 * (theta - 0.4)) + log_expit(1.5 * (theta + 1.0)) + log_expit(-2.0 * (theta - 0.1))
        )

    expected = [log_likelihood(cut + 0.3) - log_likelihood(cut - 0.3) for cut in (-0.7, 0.9)]
    statistic = rule.classifier.statistics[0](view)  # type: ignore[attr-defined]
    assert statistic == pytest.approx(np.array([expected]), abs=1e-9)


def test_parameters_are_checked() -> None:
    """δ is positive, error rates lie between 0 and one half."""
    with pytest.raises(InputError) as caught:
        SequentialProbabilityRatio(delta=0.0, alpha=0.5, beta=True, cuts=[0.0])
    assert [problem.where for problem in caught.value.problems] == ["delta", "alpha", "beta"]
    with pytest.raises(InputError, match="beyond the grid"):
        SequentialProbabilityRatio(delta=0.5, cuts=[5.8]).prepared(EQUAL)
