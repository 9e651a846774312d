"""Equally spaced nodes. What their sums are worth is told in laws/test_grid.py."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Grid
from compassess.irt.grid import default_n_nodes


def test_nodes_are_equally_spaced_on_the_range() -> None:
    """From −limit to limit, both included."""
    grid = Grid.create(7, 3.0)
    np.testing.assert_allclose(grid.theta, [-3, -2, -1, 0, 1, 2, 3])
    assert grid.n_nodes == 7
    assert grid.spacing == pytest.approx(1.0)


def test_nodes_cannot_be_changed() -> None:
    """They are shared by everything laid out on them."""
    with pytest.raises(ValueError, match="read-only"):
        Grid.create(7).theta[0] = 0.0


@pytest.mark.parametrize(("n", "limit"), [(4, 6.0), (0, 6.0), (61, 0.0), (61, -1.0), (61, np.nan)])
def test_a_grid_needs_nodes_and_a_range(n: int, limit: float) -> None:
    """Fewer than five nodes, or no positive range, are refused."""
    with pytest.raises(InputError, match="at least 5 nodes"):
        Grid.create(n, limit)


def test_more_blocks_get_fewer_nodes() -> None:
    """The joint grid of all blocks stays below a million nodes; six blocks are refused."""
    counts = [default_n_nodes(blocks) for blocks in range(1, 6)]
    assert counts == sorted(counts, reverse=True)
    assert all(n**blocks < 1e6 for blocks, n in enumerate(counts, start=1))
    with pytest.raises(InputError, match="too many"):
        default_n_nodes(6)


def test_half_of_a_symmetric_distribution_is_below_its_centre() -> None:
    """P(θ < 0) is ½."""
    grid = Grid.create(61)
    p = np.exp(-0.5 * grid.theta**2)
    assert grid.below(0.0) @ (p / p.sum()) == pytest.approx(0.5, abs=1e-12)
