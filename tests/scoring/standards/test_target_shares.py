"""compassess.scoring.standards.target_shares: cuts that put given shares of a population into bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.errors import InputError
from compassess.scoring.standards import (
    NormalDistribution,
    SampleDistribution,
    cuts_from_counts,
    cuts_from_shares,
)

COUNTS = np.array([87, 2089, 45422, 18982])  # minimal, satisfactory, effective, excellent in 2017
BANDS = ("minimal", "satisfactory", "effective", "excellent")


def test_shares_of_2017_are_the_known_cuts() -> None:
    """87, 2,089, 45,422 and 18,982 of 66,580 on N(0, 1) give −3.010, −1.843 and .568, with or without errors."""
    by_shares = cuts_from_shares(COUNTS / COUNTS.sum(), bands=BANDS)
    by_counts = cuts_from_counts(COUNTS, bands=BANDS)
    np.testing.assert_allclose(by_shares.cuts, [-3.010, -1.843, 0.568], atol=5e-4)
    np.testing.assert_allclose(by_counts.cuts, by_shares.cuts, rtol=1e-12)
    assert np.isnan(by_shares.standard_errors).all()
    assert (by_shares.covariance, by_shares.n, by_counts.n, by_counts.n_of) == (None, None, 66_580, "persons")


def test_errors_of_counts_by_hand() -> None:
    """√(P (1 − P) / n) / φ: .0325 at the cut of the 87, .0052 at the highest."""
    found = cuts_from_counts(COUNTS)
    p = np.cumsum(COUNTS)[:-1] / COUNTS.sum()
    np.testing.assert_allclose(found.standard_errors, np.sqrt(p * (1 - p) / 66_580) / norm.pdf(norm.ppf(p)))
    np.testing.assert_allclose(found.standard_errors, [0.0325, 0.0094, 0.0052], atol=5e-5)


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6), mean=st.floats(-3, 3), sd=st.floats(0.1, 5)
)
def test_shares_come_back(shares: list[float], mean: float, sd: float) -> None:
    """Between the cuts lie the shares that were asked for, and cuts move with mean and SD of the population."""
    wanted = np.array(shares) / sum(shares)
    people = NormalDistribution(mean=mean, standard_deviation=sd)
    cuts = cuts_from_shares(wanted, distribution=people).cuts
    np.testing.assert_allclose(np.diff([0, *people.below(cuts), 1]), wanted, atol=1e-12)
    np.testing.assert_allclose(cuts, mean + sd * cuts_from_shares(wanted).cuts, atol=1e-9)


def test_cuts_of_repeated_counts_vary_as_stated() -> None:
    """Over 4,000 multinomial counts of 500 the cuts have the stated errors, to 5 %, and the stated correlation.

    From 4,000 draws an SD is known to 1.1 % and a correlation to .015; the delta method leaves terms of order 1 / n.
    """
    rng, shares = np.random.default_rng(4), np.array([0.15, 0.5, 0.35])
    counts = rng.multinomial(500, shares, 4000)
    cuts = np.array([cuts_from_counts(row).cuts for row in counts])
    stated = cuts_from_counts(500 * shares)
    np.testing.assert_allclose(cuts.std(axis=0, ddof=1), stated.standard_errors, rtol=0.05)
    r = stated.covariance[0, 1] / stated.standard_errors.prod()
    assert np.corrcoef(cuts, rowvar=False)[0, 1] == pytest.approx(r, abs=0.05)


@pytest.mark.parametrize("kind", ["sample", "normal"])
def test_an_estimated_distribution_gives_its_error(kind: str) -> None:
    """Over 400 samples of 400 persons the SD of the cuts is the mean stated error, to 12 % (its own SE: 3.5 %).

    A density from a kernel is smoothed, so that the stated error of a sample is up to 4 % too small or large.
    """
    rng, found = np.random.default_rng(6), []
    for _ in range(400):
        scores = rng.normal(0.5, 1.2, 400)
        people = (
            SampleDistribution(scores=scores)
            if kind == "sample"
            else NormalDistribution(mean=scores.mean(), standard_deviation=scores.std(ddof=1), n=400)
        )
        found.append(cuts_from_shares([0.1, 0.5, 0.4], distribution=people))
    assert (found[0].n, found[0].n_of) == (400, "persons")
    sd = np.std([one.cuts for one in found], axis=0, ddof=1)
    np.testing.assert_allclose(np.mean([one.standard_errors for one in found], axis=0), sd, rtol=0.12)


def test_both_errors_add_up() -> None:
    """Counts placed on a distribution that other persons told have the errors of both."""
    n, p = 900, 0.3
    found = cuts_from_counts([300, 700], distribution=NormalDistribution(n=n))
    z, density = norm.ppf(p), norm.pdf(norm.ppf(p))
    expected = np.sqrt(p * (1 - p) / 1000 / density**2 + (1 + z**2 / 2) / n)
    assert found.standard_errors[0] == pytest.approx(expected)


def test_numbers_that_are_no_shares_are_told_all_at_once() -> None:
    """Empty bands, what is no number, halves of persons and names that do not fit, each with its place."""
    with pytest.raises(InputError) as caught:
        cuts_from_shares([0.5, 0.0, np.nan, 0.5], bands=("a", "b"))
    assert [one.where for one in caught.value.problems] == [
        "shares, band 2",
        "shares, band 3",
        "target_shares, bands",
    ]
    with pytest.raises(InputError) as caught:
        cuts_from_counts([10, 0, 2.5])
    assert [one.where for one in caught.value.problems] == ["counts, band 2", "counts, band 3"]
    with pytest.raises(InputError, match=r"do not add to 1; expected 1, got 0\.9"):
        cuts_from_shares([0.4, 0.5])
    with pytest.raises(InputError, match="two bands or more"):
        cuts_from_shares([1.0])
    with pytest.raises(InputError, match="does not reach so far"):
        cuts_from_shares([0.001, 0.999], distribution=SampleDistribution(scores=np.arange(50.0)))
