"""compassess.scoring.ranking's posteriors: probabilities of bands, of normal ones, on grids and from draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Grid
from compassess.scoring.ranking import DrawnPosteriors, GridPosteriors, NormalPosteriors, Posteriors

CUTS = [-1.0, 0.2, 1.5]
THETA, SE = np.array([-0.7, 0.2, 2.0]), np.array([0.3, 0.5, 1.0])
NAN = float("nan")


def on_grid(theta: np.ndarray = THETA, se: np.ndarray = SE) -> GridPosteriors:
    """Normal densities by their masses on nodes a quarter apart."""
    grid = Grid.create(65, 8.0)
    return GridPosteriors.of(grid, norm.pdf(grid.theta, theta[:, None], se[:, None]))


def test_normal_posteriors_are_differences_of_phi() -> None:
    """Φ((cut − θ) / se) at both ends of each band."""
    people = NormalPosteriors.of(THETA, SE)
    ends = norm.cdf([-np.inf, *CUTS, np.inf], THETA[:, None], SE[:, None])
    np.testing.assert_allclose(people.bands(CUTS), np.diff(ends, axis=1), atol=1e-15)
    assert people.n_persons == 3


def test_drawn_posteriors_are_shares_of_draws_by_hand() -> None:
    """Four draws of two persons; one that lies at a cut is above it."""
    draws = np.array([[-2.0, 0.2], [0.0, 0.2], [0.0, 1.0], [3.0, -1.0]])
    people = DrawnPosteriors.of(draws)
    np.testing.assert_array_equal(people.bands(CUTS), [[0.25, 0.5, 0, 0.25], [0, 0.25, 0.75, 0]])
    assert people.n_persons == 2


def test_many_draws_are_their_distribution() -> None:
    """Shares of 40,000 normal draws lie within 4.5 errors of Φ."""
    draws = np.random.default_rng(1).normal(THETA, SE, (40_000, 3))
    exact = NormalPosteriors.of(THETA, SE).bands(CUTS)
    np.testing.assert_allclose(
        DrawnPosteriors.of(draws).bands(CUTS), exact, atol=4.5 * np.sqrt(0.25 / 40_000)
    )


def test_masses_on_a_grid_are_their_distribution() -> None:
    """Normal densities on nodes less than one SD apart have the bands of Φ to 1e-8, cuts beyond the ends too."""
    cuts = [-9.0, *CUTS, 9.0]
    exact = NormalPosteriors.of(THETA, SE).bands(cuts)
    np.testing.assert_allclose(on_grid().bands(cuts), exact, atol=1e-8)


@given(
    st.lists(st.lists(st.floats(-4, 4), min_size=3, max_size=3), min_size=2, max_size=6),
    st.lists(st.floats(-4, 4), min_size=1, max_size=4, unique=True),
)
def test_bands_partition_everybody(draws: list[list[float]], cuts: list[float]) -> None:
    """Probabilities of the bands of a person sum to 1."""
    table = np.array(draws)
    people: list[Posteriors] = [
        DrawnPosteriors.of(table),
        NormalPosteriors.of(table[0], 0.4),
        on_grid(table[0], np.full(3, 0.4)),
    ]
    for one in people:
        np.testing.assert_allclose(one.bands(sorted(cuts)).sum(axis=1), 1.0, atol=1e-12)


def posteriors_of(theta: list[float]) -> list[Posteriors]:
    """Of three kinds; NaN has none."""
    mean = np.array(theta)
    return [
        NormalPosteriors.of(mean, np.where(np.isnan(mean), NAN, 0.4)),
        DrawnPosteriors.of(mean + np.array([[-0.1], [0.1]])),
        on_grid(mean, np.full(mean.size, 0.4)),
    ]


@pytest.mark.parametrize("kind", range(3))
def test_without_a_posterior_there_are_no_bands(kind: int) -> None:
    """NaN, and nothing else changes; nobody known is no fault either."""
    bands = posteriors_of([0.3, NAN, -1.2])[kind].bands(CUTS)
    np.testing.assert_array_equal(np.isnan(bands).all(axis=1), [False, True, False])
    np.testing.assert_array_equal(bands[[0, 2]], posteriors_of([0.3, -1.2])[kind].bands(CUTS))
    assert np.isnan(posteriors_of([NAN, NAN])[kind].bands(CUTS)).all()


@pytest.mark.parametrize("kind", range(3))
def test_cuts_out_of_order_make_no_bands(kind: int) -> None:
    """Cuts must increase."""
    with pytest.raises(InputError, match="out of order"):
        posteriors_of([0.0, 1.0])[kind].bands([1.0, 0.0])
