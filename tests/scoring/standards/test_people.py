"""compassess.scoring.standards.people: probabilities of bands from means and SDs, and from draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.errors import InputError
from compassess.scoring.standards import DrawnPeople, EstimatedPeople

CUTS = [-1.0, 0.2, 1.5]


def test_normal_posteriors_are_differences_of_phi() -> None:
    """Φ((cut − θ) / se) at both ends of each band."""
    theta, se = np.array([-0.7, 0.2, 2.0]), np.array([0.3, 0.5, 1.0])
    people = EstimatedPeople(theta=theta, se=se)
    ends = norm.cdf([-np.inf, *CUTS, np.inf], theta[:, None], se[:, None])
    np.testing.assert_allclose(people.bands(CUTS), np.diff(ends, axis=1), atol=1e-15)
    assert people.n_persons == 3


def test_drawn_posteriors_are_shares_of_draws_by_hand() -> None:
    """Four draws of two persons; one that lies at a cut is above it."""
    draws = np.array([[-2.0, 0.2], [0.0, 0.2], [0.0, 1.0], [3.0, -1.0]])
    people = DrawnPeople(theta=draws)
    np.testing.assert_array_equal(people.bands(CUTS), [[0.25, 0.5, 0, 0.25], [0, 0.25, 0.75, 0]])
    assert people.n_persons == 2


def test_many_draws_are_their_distribution() -> None:
    """Shares of 40,000 normal draws lie within 4.5 errors of Φ."""
    theta, se = np.array([-0.7, 1.2]), np.array([0.3, 0.8])
    draws = np.random.default_rng(1).normal(theta, se, (40_000, 2))
    exact = EstimatedPeople(theta=theta, se=se).bands(CUTS)
    np.testing.assert_allclose(DrawnPeople(theta=draws).bands(CUTS), exact, atol=4.5 * np.sqrt(0.25 / 40_000))


@given(
    st.lists(st.lists(st.floats(-4, 4), min_size=3, max_size=3), min_size=1, max_size=6),
    st.lists(st.floats(-4, 4), min_size=1, max_size=4, unique=True),
)
def test_bands_partition_everybody(draws: list[list[float]], cuts: list[float]) -> None:
    """Probabilities of the bands of a person sum to 1."""
    for people in (
        DrawnPeople(theta=np.array(draws)),
        EstimatedPeople(theta=np.array(draws[0]), se=np.full(3, 0.4)),
    ):
        np.testing.assert_allclose(people.bands(sorted(cuts)).sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("theta", "se"),
    [
        ([np.nan], [1.0]),
        ([0.0], [-1.0]),
        ([0.0], [np.inf]),
        ([0.0, 1.0], [1.0]),
        ([[0.0]], [[1.0]]),
        ([], []),
    ],
)
def test_numbers_that_are_no_normal_posteriors(theta: list[float], se: list[float]) -> None:
    """Estimates that are not finite, errors below 0 and tables of several blocks are refused."""
    with pytest.raises(InputError, match="theta, se"):
        EstimatedPeople(theta=np.array(theta), se=np.array(se))


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (0, 3)])
def test_draws_of_several_dimensions_are_refused(shape: tuple[int, ...]) -> None:
    """One dimension is cut at a time: (n_draws, n_persons)."""
    with pytest.raises(InputError, match="draws of one dimension"):
        DrawnPeople(theta=np.zeros(shape))


@pytest.mark.parametrize(
    "people",
    [DrawnPeople(theta=np.zeros((2, 2))), EstimatedPeople(theta=np.zeros(2), se=np.ones(2))],
    ids=["drawn", "normal"],
)
def test_cuts_out_of_order_make_no_bands(people: DrawnPeople | EstimatedPeople) -> None:
    """Cuts must increase."""
    with pytest.raises(InputError, match="out of order"):
        people.bands([1.0, 0.0])
