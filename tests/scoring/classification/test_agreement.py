"""compassess.scoring.classification.agreement: the table of two classifications and what follows from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.scoring.classification import Confusion, band_agreement, confusion, expected_confusion
from compassess.scoring.classification.intervals import wilson


def test_kappa_by_hand() -> None:
    """Ten people: 7 agree; margins (4, 4, 2) and (5, 3, 2) give p_e = 0.36, κ = 0.34 / 0.64."""
    first = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    second = [0, 0, 0, 2, 0, 1, 1, 1, 2, 0]
    told = band_agreement(first, np.array(second))
    assert told.exact == pytest.approx(0.7)
    assert told.kappa == pytest.approx((0.7 - 0.36) / (1 - 0.36))
    assert told.two_bands_off == pytest.approx(0.2)


def test_cohens_own_example() -> None:
    """Cohen (1960), table 1: 200 cases, p_o = 0.70, p_e = 0.41, κ = 0.492."""
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    first, second = np.array(pairs).T
    told = band_agreement(first, second)
    assert told.exact == pytest.approx(0.70)
    assert told.kappa == pytest.approx(0.492, abs=5e-4)


@pytest.mark.parametrize("n", [1, 3, 7, 10, 49, 2800])
def test_one_band_only(n: int) -> None:
    """Where both always say the same one band kappa is not defined, for any number of people."""
    told = band_agreement([2] * n, np.full(n, 2))
    assert told.exact == 1.0
    assert math.isnan(told.kappa)
    assert told.two_bands_off == 0.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_laws_of_kappa(pairs: list[tuple[int, int]]) -> None:
    """Kappa is symmetric, at most 1, and 1 exactly where all agree on more than one band."""
    first, second = np.array(pairs).T
    told, other = band_agreement(first, second), band_agreement(second, first)
    assert told.exact == other.exact == np.mean(first == second)
    if math.isnan(told.kappa):
        assert len({*first, *second}) == 1
        return
    assert told.kappa == pytest.approx(other.kappa, abs=1e-12)
    assert told.kappa <= 1.0
    assert (told.kappa == pytest.approx(1.0, abs=1e-12)) == bool(np.all(first == second))


TRUE = np.repeat([0, 1, 2, 3], [4, 6, 20, 10])
GIVEN = np.array([0] * 3 + [2] + [0] + [1] * 4 + [2] + [1] * 2 + [2] * 16 + [3] * 2 + [2] * 3 + [3] * 7)


def test_band_quantities_by_hand() -> None:
    """Sensitivity, predictive value and specificity are what counting on one's fingers gives."""
    told = confusion(TRUE, GIVEN)
    np.testing.assert_allclose(told.sensitivity, [3 / 4, 4 / 6, 16 / 20, 7 / 10])
    np.testing.assert_allclose(told.predictive_value, [3 / 4, 4 / 6, 16 / 21, 7 / 9])
    np.testing.assert_allclose(told.specificity, [35 / 36, 32 / 34, 15 / 20, 28 / 30])
    assert told.accuracy == pytest.approx(30 / 40)
    assert told.two_bands_off == pytest.approx(1 / 40)
    assert told.n == pytest.approx(40)


def test_quadratic_kappa_is_the_intraclass_correlation() -> None:
    """Weighted κ = 2 cov / (var + var + (difference of means)²) of the bands taken as numbers (Fleiss & Cohen 1973)."""
    x, y = TRUE.astype(float), GIVEN.astype(float)
    expected = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert confusion(TRUE, GIVEN).weighted_kappa == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["kappa", "weighted_kappa"])
def test_standard_errors_of_kappa_are_the_delta_method_s(name: str) -> None:
    """√(gᵀ (diag p − p pᵀ) g / n) with g by finite differences of κ in every cell."""
    told = confusion(TRUE, GIVEN)
    p, n, step = told.shares, told.n, 1e-6

    def at(cell: int, change: float) -> float:
        moved = p.copy().ravel()
        moved[cell] += change
        moved /= moved.sum()
        return float(getattr(Confusion(counts=moved.reshape(p.shape), n=n), name))

    g = np.array([(at(cell, step) - at(cell, -step)) / (2 * step) for cell in range(p.size)])
    flat = p.ravel()
    variance = (flat @ g**2 - (flat @ g) ** 2) / n
    # Central differences of 1e-6 leave about 1e-9.
    assert getattr(told, f"{name}_se") == pytest.approx(math.sqrt(variance), rel=1e-6)


def test_weights_count_persons_more_than_once() -> None:
    """A person of weight 3 is three persons in the shares; the effective number is (Σ w)² / Σ w²."""
    told = confusion([0, 1, 1], [0, 1, 0], weights=[3, 1, 2])
    again = confusion([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0])
    np.testing.assert_allclose(told.shares, again.shares)
    assert told.n == pytest.approx(36 / 14)


def test_nobody_in_a_band_is_not_a_number() -> None:
    """Sensitivity of an empty band, and predictive value of a band that nobody was given, are NaN."""
    told = confusion([0, 0, 1], [0, 1, 1], n_bands=3)
    assert math.isnan(told.sensitivity[2])
    assert math.isnan(told.predictive_value[2])
    assert told.specificity[2] == 1.0
    assert math.isnan(told.sensitivity_interval().low[2])


def test_no_error_seen_leaves_a_rate_open() -> None:
    """0 of 40 two-band errors leaves up to z² / (n + z²), Wilson's end, which is not 0."""
    told = confusion(TRUE, TRUE)
    assert told.two_bands_off == 0
    low, high = told.two_bands_off_interval()
    assert low == 0
    assert float(high) == pytest.approx(1.959964**2 / (40 + 1.959964**2), rel=1e-6)
    assert told.accuracy_interval().high == 1.0


@given(
    st.lists(st.tuples(*[st.integers(1, 20)] * 3, st.integers(0, 2)), min_size=1, max_size=20),
)
def test_laws_of_the_expected_table(rows: list[tuple[int, int, int, int]]) -> None:
    """Its margins are the mean probabilities and the counts of what was given; its trace the mean probability of the bands given."""
    table = np.array([row[:3] for row in rows], dtype=float)
    table /= table.sum(axis=1, keepdims=True)
    given_bands = np.array([row[3] for row in rows])
    told = expected_confusion(table, given_bands)
    np.testing.assert_allclose(told.true_shares, table.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(
        told.assigned_shares, np.bincount(given_bands, minlength=3) / len(rows), atol=1e-12
    )
    assert told.accuracy == pytest.approx(table[np.arange(len(rows)), given_bands].mean())


def test_certain_probabilities_give_the_true_table() -> None:
    """Where the probabilities are 0 and 1 the expected table is the table."""
    told, known = expected_confusion(np.eye(4)[TRUE], GIVEN), confusion(TRUE, GIVEN)
    np.testing.assert_allclose(told.shares, known.shares)
    assert told.weighted_kappa == known.weighted_kappa


def test_expected_table_is_right_on_average() -> None:
    """Bands drawn from the probabilities make tables whose mean is the expected one."""
    rng = np.random.default_rng(3)
    p = rng.dirichlet([0.5, 1, 2], 20_000)
    given_bands = p.argmax(axis=1)
    truth = (rng.random(20_000)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    gap = confusion(truth, given_bands).shares - expected_confusion(p, given_bands).shares
    assert np.abs(gap).max() < 5 * 0.5 / math.sqrt(20_000)  # five of the largest standard errors


def test_every_fault_is_told_at_once() -> None:
    """Bands that do not exist, a wrong length and bad weights are three faults."""
    with pytest.raises(InputError) as caught:
        confusion([0, 4], [0, 1, 2], n_bands=3, weights=[-1, 1])
    assert [problem.where for problem in caught.value.problems] == ["true", "assigned", "weights"]
    with pytest.raises(InputError, match="sum to 1"):
        expected_confusion([[0.5, 0.6]], [0])


def test_wilson_agrees_with_scipy() -> None:
    """The ends are those of scipy's binomtest, for whole numbers."""
    from scipy.stats import binomtest

    for k, n in [(0, 5), (3, 7), (40, 40), (95, 100)]:
        expected = binomtest(k, n).proportion_ci(0.9, method="wilson")
        np.testing.assert_allclose([*wilson(k / n, n, 0.9)], [expected.low, expected.high], atol=1e-12)
    with pytest.raises(InputError, match="confidence"):
        wilson(0.5, 10, 1.0)
