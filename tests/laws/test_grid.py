"""Sums over equally spaced nodes: probabilities of intervals, moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import exp1

from compassess.irt import Grid


def masses(grid: Grid, mean: float, sd: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """N(mean, sd²) on the nodes, as a posterior is: samples that sum to 1."""
    density = stats.norm.pdf(grid.theta, mean, sd)
    return density / density.sum()


def band_limit_error(sd: float, spacing: float) -> float:
    """How much of a normal density's spectrum lies beyond the grid's, and comes back folded.

    An interval's probability loses (1 / π) ∫_{π/h}^∞ exp(−σ² ω² / 2) / ω dω = E₁(½ (π σ / h)²) / 2π, and
    gets about as much wrongly back; twice their sum is on the safe side.
    """
    return 2 / np.pi * float(exp1(0.5 * (np.pi * sd / spacing) ** 2))


@given(
    mean=st.floats(-2.0, 2.0),
    sd=st.floats(0.2, 1.0),
    cut=st.floats(-4.0, 4.0),
    spacing=st.sampled_from([0.2, 0.3]),
)
def test_probability_below_a_cut_is_the_normal_one(
    mean: float, sd: float, cut: float, spacing: float
) -> None:
    """Σ p f is Φ((cut − μ) / σ) to the band limit: .014 at SD .2 on spacing .3, 4e-4 at SD .3, 1e-8 at .5."""
    grid = Grid.create(round(12 / spacing) + 1)
    found = grid.below(cut) @ masses(grid, mean, sd)
    # Beyond the band limit there is what ±6 cuts off, which sinc interpolation spreads a little.
    outside = stats.norm.cdf(-(6 - abs(mean)) / sd)
    assert found == pytest.approx(
        stats.norm.cdf(cut, mean, sd), abs=band_limit_error(sd, spacing) + 2 * outside + 1e-12
    )


@pytest.mark.parametrize(("sd", "error"), [(0.2, 0.014), (0.25, 0.0027), (0.3, 4.3e-4), (0.5, 2.6e-8)])
def test_error_of_a_probability_is_known(sd: float, error: float) -> None:
    """On spacing .3 the worst error over all means and cuts is the one told here."""
    grid = Grid.create(41)
    cuts = np.linspace(-3, 3, 121)
    worst = max(
        np.abs(grid.below(cuts) @ masses(grid, mean, sd) - stats.norm.cdf(cuts, mean, sd)).max()
        for mean in np.linspace(-2, 2, 41)
    )
    assert worst < error


def test_counting_nodes_would_be_far_worse() -> None:
    """At SD .3 the weights err 100 times less than counting the nodes below the cut."""
    grid, cuts = Grid.create(41), np.linspace(-3, 3, 121)
    p, exact = masses(grid, 0.1, 0.3), stats.norm.cdf(cuts, 0.1, 0.3)
    counted = np.array([p[grid.theta < cut].sum() for cut in cuts])
    assert np.abs(grid.below(cuts) @ p - exact).max() < 0.01 * np.abs(counted - exact).max()


@given(cuts=st.lists(st.floats(-7.0, 7.0), min_size=1, max_size=4))
def test_cuts_may_have_any_shape(cuts: list[float]) -> None:
    """Many cuts give the answers of each."""
    grid = Grid.create(61)
    together = grid.below(np.array([cuts]))
    assert together.shape == (1, len(cuts), 61)
    for row, cut in zip(together[0], cuts, strict=True):
        np.testing.assert_array_equal(row, grid.below(cut))


def test_bands_share_everything() -> None:
    """Below and not below a cut sum to 1: bands' probabilities do."""
    grid = Grid.create(61)
    p = masses(grid, 0.3, 0.4)
    edges = np.array([-np.inf, -1.0, 0.5, np.inf])
    below = grid.below(edges) @ p
    assert below[0] == pytest.approx(0.0, abs=1e-12)
    assert below[-1] == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(below) > 0)


@given(mean=st.floats(-1.0, 1.0), sd=st.floats(0.4 / 3, 1.0))
def test_moments_hold_while_nodes_are_near_enough(mean: float, sd: float) -> None:
    """While h ≤ 1.5 SD, a mean errs by less than .3 % of the SD, and the SD by less than .3 %."""
    grid = Grid.create(61)  # spacing .2
    p = masses(grid, mean, sd)
    found = p @ grid.theta
    assert abs(found - mean) < 0.003 * sd
    assert abs(np.sqrt(p @ (grid.theta - found) ** 2) - sd) < 0.003 * sd
