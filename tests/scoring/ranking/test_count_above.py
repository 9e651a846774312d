"""compassess.scoring.ranking.count_above: the Poisson-binomial distribution with each person left out."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from compassess.scoring.ranking import others_at_most
from compassess.scoring.ranking.count_above import log_tail_bounds

PROBABILITIES = st.lists(
    st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)), min_size=1, max_size=30
)


def counts(p: np.ndarray) -> np.ndarray:
    """P(N = j) by adding one person after the other."""
    masses = np.ones(1)
    for one in p:
        masses = np.convolve(masses, [1 - one, one])
    return masses


@given(PROBABILITIES, st.integers(-2, 32))
def test_leaving_one_out_is_adding_the_others(p: list[float], most: int) -> None:
    """Every person's distribution is that of the others, whatever p: certain ones, ½ and tiny ones included."""
    found = others_at_most(np.array(p), most)
    expected = [counts(np.delete(p, n))[: max(most + 1, 0)].sum() for n in range(len(p))]
    # Products of thirty factors, sums of thirty terms: some hundred units of the last place.
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-14)


def test_equal_probabilities_are_binomial() -> None:
    """Where all have one p, the others are binomial, also where p is ½ and nothing is small."""
    for n, p in ((2, 0.5), (51, 0.5), (400, 0.03), (3_000, 0.7)):
        for most in (0, int(n * p), n - 2):
            found = others_at_most(np.full(n, p), most)
            np.testing.assert_allclose(found, binom.cdf(most, n - 1, p), rtol=0, atol=1e-12)


def test_fifty_digits_agree() -> None:
    """With 120 persons from nearly surely below to nearly surely above, all digits but the last three hold."""
    p = 1 / (1 + np.exp(-np.linspace(-40, 40, 120)))
    found = others_at_most(p, 60)
    with mpmath.workdps(50):
        for person in (0, 55, 60, 119):
            masses = [mpmath.mpf(1)]
            for one in np.delete(p, person).tolist():
                q = mpmath.mpf(one)
                masses = [
                    (1 - q) * a + q * b
                    for a, b in zip([*masses, mpmath.mpf(0)], [mpmath.mpf(0), *masses], strict=True)
                ]
            assert found[person] == pytest.approx(float(mpmath.fsum(masses[:61])), abs=1e-13)


def test_many_persons_keep_their_digits() -> None:
    """With 66,580 persons, Σ_n p_n (P(N₋ₙ ≤ c − 1) − P(N₋ₙ ≤ c)) gives back what adding them up says."""
    rng = np.random.default_rng(4)
    p = rng.beta(0.3, 3.0, 66_580)
    c = int(p.sum()) + 20
    # (c + 1) P(N = c + 1) = Σ_n p_n P(N₋ₙ = c): who is there, counted once a person or once a set.
    left = p @ (others_at_most(p, c) - others_at_most(p, c - 1))
    whole = np.append(p, 0.0)  # leaving out somebody who is never above leaves out nobody
    right = (c + 1) * (others_at_most(whole, c + 1)[-1] - others_at_most(whole, c)[-1])
    assert left == pytest.approx(right, rel=1e-8)  # both are sums of 1e4 terms with an error of 1e-12


def test_ends_are_certain() -> None:
    """Nobody is fewer than none, and everybody else is at most n − 1."""
    p = np.array([0.2, 0.5, 0.9])
    np.testing.assert_array_equal(others_at_most(p, -1), 0.0)
    np.testing.assert_array_equal(others_at_most(p, 2), 1.0)
    np.testing.assert_array_equal(others_at_most(np.array([0.3]), 0), 1.0)


@given(PROBABILITIES, st.integers(0, 30))
def test_bounds_of_tails_hold(p: list[float], k: int) -> None:
    """Neither tail has more than its bound."""
    masses = counts(np.array(p))
    at_most, at_least = log_tail_bounds(np.array(p), k)
    # Certainties to the last bit are counted apart, so that a bound may be off by as much.
    assert masses[: k + 1].sum() <= np.exp(at_most) + 1e-14
    assert masses[k:].sum() <= np.exp(at_least) + 1e-14
