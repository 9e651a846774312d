"""compassess.scoring.standards.borderline_group: the middle of those who are judged to be at the cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compassess.errors import InputError
from compassess.scoring.standards import borderline_group


def test_the_median_and_its_errors_by_hand() -> None:
    """Of 1 … 9 the median is 5; c = 5 − 3 = 2, P(B ≤ 1) = 10 / 512, so SE = (8 − 2) / 2z."""
    found = borderline_group(np.arange(1.0, 10.0), np.full(9, True), se=np.full(9, 1.5), bands=("no", "yes"))
    z = -stats.norm.ppf(10 / 512)
    assert found.cuts.tolist() == [5.0]
    assert found.standard_errors[0] == pytest.approx(6 / (2 * z), rel=1e-12)
    spread = np.sqrt(7.5)  # Σ (k − 5)² / 8 = 60 / 8
    details = {name: np.asarray(value)[0] for name, value in found.details.items()}
    assert details["n"] == 9
    assert details["spread"] == pytest.approx(spread)
    assert details["normal_standard_errors"] == pytest.approx(np.sqrt(np.pi / 2) * spread / 3)
    assert details["error_share"] == pytest.approx(2.25 / 7.5)
    assert details["true_spread"] == pytest.approx(np.sqrt(7.5 - 2.25))
    assert (found.n, found.n_of, found.bands) == (9, "persons", ("no", "yes"))


def test_the_mean_and_its_error_by_hand() -> None:
    """The mean of 0, 0, 0, 0, 5 is 1 with the error S / √5, S² = 5."""
    found = borderline_group([0, 0, 0, 0, 5], np.full(5, True), statistic="mean")
    assert found.cuts[0] == pytest.approx(1.0)
    assert found.standard_errors[0] == pytest.approx(1.0)


def test_several_cuts_rest_on_different_persons() -> None:
    """Each cut is that of its own persons, those at none count nowhere, and errors are independent."""
    rng = np.random.default_rng(4)
    theta, at_cut = rng.normal(size=60), np.repeat([0, 1, -1], 20)
    theta[at_cut == 1] += 3
    theta[at_cut == -1] = np.inf
    found = borderline_group(theta, at_cut)
    for k in (0, 1):
        alone = borderline_group(theta, at_cut == k)
        assert found.cuts[k] == alone.cuts[0]
        assert found.standard_errors[k] == alone.standard_errors[0]
    assert found.covariance is not None
    assert found.covariance[0, 1] == 0
    assert found.n == 40


def test_a_group_without_spread_is_all_error() -> None:
    """Equal scores leave no error of the cut, and more error of measurement than spread."""
    found = borderline_group(np.full(6, 0.5), np.full(6, True), se=np.full(6, 0.3))
    assert (found.cuts[0], found.standard_errors[0]) == (0.5, 0.0)
    assert np.asarray(found.details["error_share"])[0] == np.inf
    assert np.asarray(found.details["true_spread"])[0] == 0


@pytest.mark.parametrize("draw", [stats.norm(), stats.expon(), stats.t(3)], ids=["normal", "skew", "heavy"])
@pytest.mark.parametrize("n", [25, 100])
def test_the_stated_error_is_the_spread_over_samples(draw: stats.rv_continuous, n: int) -> None:
    """Whatever the distribution, the mean stated error of a median is the SD of 1,500 medians.

    That SD is known to 1.8 %; order statistics of small samples lie apart by up to 5 % more than the density
    at the median says.
    """
    rng = np.random.default_rng(n)
    samples = draw.rvs(size=(1500, n), random_state=rng)
    everybody = np.full(n, True)
    found = [borderline_group(one, everybody) for one in samples]
    spread = np.std([one.cuts[0] for one in found], ddof=1)
    stated = np.mean([one.standard_errors[0] for one in found])
    assert stated / spread == pytest.approx(1.0, abs=0.1)


def test_the_error_holds_that_of_measurement() -> None:
    """θ̂ with errors of its own spreads the medians, and the stated error knows without being told.

    The error of normal scores of variance 1 + 0.6² is √(π / 2) √1.36 / √50 = .207 for large n.
    """
    rng = np.random.default_rng(8)
    theta = rng.normal(size=(1500, 50)) + 0.6 * rng.normal(size=(1500, 50))
    found = [borderline_group(one, np.full(50, True), se=np.full(50, 0.6)) for one in theta]
    spread = np.std([one.cuts[0] for one in found])
    assert spread == pytest.approx(0.207, rel=0.06)
    assert np.mean([one.standard_errors[0] for one in found]) == pytest.approx(spread, rel=0.1)
    shares = [np.asarray(one.details["error_share"])[0] for one in found]
    assert np.mean(shares) == pytest.approx(0.36 / 1.36, rel=0.06)  # a ratio of chances leans by 2 / n


@given(
    st.lists(st.floats(-5, 5), min_size=5, max_size=30),
    st.floats(0.1, 10),
    st.floats(-3, 3),
    st.sampled_from(["mean", "median"]),
)
def test_another_scale_moves_cut_and_error_with_it(
    scores: list[float], scale: float, shift: float, statistic: str
) -> None:
    """Cut and error are those of the scale that the scores were given on."""
    theta, everybody = np.array(scores), np.full(len(scores), True)
    one = borderline_group(theta, everybody, statistic=statistic)
    other = borderline_group(scale * theta + shift, everybody, statistic=statistic)
    np.testing.assert_allclose(other.cuts, scale * one.cuts + shift, atol=1e-9)
    np.testing.assert_allclose(other.standard_errors, scale * one.standard_errors, atol=1e-9)


def test_every_fault_is_told_at_once() -> None:
    """An unknown statistic, a small group, infinite estimates and errors below 0, each with its place."""
    theta, at_cut, se = np.zeros(14), np.repeat([0, 1, 2], [4, 5, 5]), np.ones(14)
    theta[5], se[10] = np.inf, -1
    with pytest.raises(InputError) as caught:
        borderline_group(theta, at_cut, se=se, statistic="mode")
    assert [one.where for one in caught.value.problems] == [
        "statistic",
        "at_cut, cut 1",
        "theta, cut 2",
        "se, cut 3",
    ]


@pytest.mark.parametrize("at_cut", [np.full(6, False), np.full(6, -2), np.full(6, 0.0), np.full(6, "a")])
def test_labels_that_are_no_cuts(at_cut: np.ndarray) -> None:
    """Nobody borderline, numbers below −1, fractions and words are refused."""
    with pytest.raises(InputError, match="at_cut"):
        borderline_group(np.arange(6.0), at_cut)


def test_lengths_that_differ() -> None:
    """One label and one error for each person."""
    with pytest.raises(InputError, match="one number for each person"):
        borderline_group(np.zeros(6), np.full(5, True))


def test_cuts_out_of_order_go_back_to_the_panel() -> None:
    """Persons at the second cut who are lower than those at the first make no cuts."""
    theta, at_cut = np.r_[np.arange(5.0), np.arange(5.0) - 9], np.repeat([0, 1], 5)
    with pytest.raises(InputError, match="do not increase"):
        borderline_group(theta, at_cut)
