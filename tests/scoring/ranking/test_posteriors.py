"""compassess.scoring.ranking's posteriors: probabilities of bands, of normal ones, on grids and from draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import gamma, norm

from compassess.errors import InputError
from compassess.irt import Grid
from compassess.scoring.ranking import (
    DrawnPosteriors,
    GridPosteriors,
    NormalPosteriors,
    Posteriors,
    among_best,
    rank_moments,
)

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


@settings(max_examples=10)
@given(
    arrays(
        np.float64, (3, 9), elements=st.sampled_from([0.0, 0.0, 1e-300, 1e-12, 1e-8, 0.01, 0.3, 1.0, 7.0])
    ),
    arrays(np.float64, 9, elements=st.floats(1e-9, 1)),
)
@example(np.eye(3, 9), np.full(9, 1.0))
def test_masses_of_any_shape_are_kept(masses: np.ndarray, positive: np.ndarray) -> None:
    """Σ_{j<q} m_j ≤ F(θ_q) ≤ Σ_{j≤q} m_j, F never falls, and one of the persons is the best, whatever the masses."""
    masses[masses.sum(axis=1) == 0, 4] = 1.0
    table = np.vstack([masses, positive])
    table /= table.sum(axis=1, keepdims=True)
    grid = Grid.create(9)
    people = GridPosteriors.of(grid, table)
    bands = people.bands(grid.theta)
    np.testing.assert_allclose(bands.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    below = np.cumsum(bands, axis=1)[:, :-1]
    up_to = np.cumsum(table, axis=1)
    assert np.all(below <= up_to + 1e-12)
    assert np.all(below[:, 1:] >= up_to[:, :-1] - 1e-12)
    finer = np.linspace(grid.theta[0], grid.theta[-1], 97)
    assert np.all(np.diff([people.at(t[None])[1][:, 0] for t in finer], axis=0) <= 1e-12)
    for k in (1, 2):
        best = among_best(people, k)
        assert best.sum() == pytest.approx(k, abs=1e-9)
    assert rank_moments(people).mean.sum() == pytest.approx(10.0, abs=1e-9)


@pytest.mark.parametrize(("decimals", "tolerance"), [(4, 2e-3), (8, 2e-6), (15, 1e-11), (17, 1e-12)])
def test_rounded_masses_are_as_good_as_their_digits(decimals: int, tolerance: float) -> None:
    """Zeros beside masses that count, where tails were rounded away, cost what was rounded away and no more."""
    grid = Grid.create(41)
    masses = norm.pdf(grid.theta, np.array([[0.2], [0.5]]), 0.4)
    people = GridPosteriors.of(grid, (masses / masses.sum(axis=1, keepdims=True)).round(decimals))
    first = norm.cdf(-0.3 / np.sqrt(0.32))
    np.testing.assert_allclose(people.bands([0.0])[0, 0], norm.cdf(-0.5), rtol=0, atol=tolerance)
    np.testing.assert_allclose(among_best(people, 1), [first, 1 - first], rtol=0, atol=tolerance)


@pytest.mark.parametrize(("n_nodes", "tolerance"), [(41, 5e-3), (81, 1e-3), (161, 2e-4)])
def test_hard_edges_are_kept(n_nodes: int, tolerance: float) -> None:
    """A gamma density that begins at −1.5 against a normal one: P as by integration, the better the finer the grid."""
    grid = Grid.create(n_nodes)
    skewed, normal = gamma(4, loc=-1.5, scale=0.4), norm(0.2, 0.4)
    people = GridPosteriors.of(grid, np.stack([skewed.pdf(grid.theta), normal.pdf(grid.theta)]))
    expected = quad(lambda t: skewed.pdf(t) * normal.cdf(t), -1.5, grid.theta[-1], points=[0.0, 2.0])[0]
    assert expected == pytest.approx(0.409, abs=1e-3)
    np.testing.assert_allclose(among_best(people, 1), [expected, 1 - expected], rtol=0, atol=tolerance)
