"""compassess.irt.true_scores and the slope of the test characteristic curve."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, expected_total
from compassess.irt.curves import expected_score_slope
from compassess.irt.true_scores import theta_at_total, theta_reaching


def form(slopes: tuple[float, ...] = (1.2, 0.8, 1.5)) -> Items:
    """Three items of two, three and four categories in one dimension."""
    nothing = np.nan
    return Items.create(
        ids=["x", "y", "z"],
        models=["2PL", "GRM", "GRM"],
        a=np.array(slopes),
        b=np.array([[0.2, nothing, nothing], [-1.0, 0.5, nothing], [-0.5, 0.3, 1.4]]),
        n_categories=np.array([2, 3, 4]),
    )


def test_it_inverts_the_curve() -> None:
    """The true score at the θ that was found is the one asked for, in the shape that was asked."""
    totals = np.array([[0.01, 1.0, 2.5], [3.3, 4.4, 5.99]])
    found = theta_at_total(form(), totals)
    assert found.shape == totals.shape
    np.testing.assert_allclose(expected_total(form(), found.ravel()), totals.ravel(), atol=1e-9)


def test_totals_that_nobody_has() -> None:
    """Every total beyond the ends is told, with its place."""
    with pytest.raises(InputError) as caught:
        theta_at_total(form(), [0.0, 3.0, 6.5])
    assert [one.where for one in caught.value.problems] == ["total[0]", "total[2]"]


def test_a_curve_that_falls_has_no_inverse() -> None:
    """An item of negative slope is named."""
    with pytest.raises(InputError, match="falls somewhere"):
        theta_at_total(form((-6.0, 0.8, 1.5)), [3.0])


def test_the_slope_is_the_derivative() -> None:
    """Central differences of the expected total; 1e-9 is their rounding."""
    theta, step = np.linspace(-3, 3, 13), 1e-5
    difference = (expected_total(form(), theta + step) - expected_total(form(), theta - step)) / (2 * step)
    np.testing.assert_allclose(expected_score_slope(form(), theta).sum(axis=0), difference, atol=1e-9)


def test_beyond_the_ends_everybody_or_nobody_reaches_a_total() -> None:
    """A total at or below the lower end is reached from −∞ on, one at or above the upper end never."""
    guessing = Items.create(
        ids=["g", "h"], models=["3PL", "3PL"], a=[1.0, 1.3], b=[[0.0], [0.5]], c=[0.2, 0.3]
    )
    found = theta_reaching(guessing, [[0.0, 0.5], [1.2, 2.0]])
    assert found[0].tolist() == [-np.inf, -np.inf]
    assert found[1, 1] == np.inf
    assert found[1, 0] == theta_at_total(guessing, 1.2)
    with pytest.raises(InputError, match="falls somewhere"):
        theta_reaching(form((-6.0, 0.8, 1.5)), [3.0])
