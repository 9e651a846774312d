"""From an information to errors of what is reported: inverses, the delta method, names."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import calibrate
from compassess.irt.estimation.parameter_errors import inverse_information
from irt.builders import answers, house, items_in, one_block, places


def test_the_inverse_of_a_regular_information_is_its_inverse() -> None:
    """Whatever the parameters' units."""
    root = np.random.default_rng(1).normal(size=(8, 20)) * np.logspace(-4, 4, 8)[:, None]
    information = root @ root.T
    found = inverse_information(information)
    scale = np.sqrt(np.diag(information))
    # Of a matrix with a unit diagonal and a condition below 100: rounding of 1e-14.
    np.testing.assert_allclose(
        found * np.outer(scale, scale) @ (information / np.outer(scale, scale)), np.eye(8), atol=1e-12
    )
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("gap", [0.0, 1e-13, -1e-13])
def test_a_direction_without_information_has_no_error(gap: float) -> None:
    """Two parameters of which only the sum is known are NaN; a third keeps its error."""
    information = np.array([[4.0, 4.0, 0.0], [4.0, 4.0 * (1 + gap), 0.0], [0.0, 0.0, 25.0]])
    found = inverse_information(information)
    assert np.isnan(found[:2]).all()
    assert np.isnan(found[:, :2]).all()
    assert found[2, 2] == pytest.approx(1 / 25)


def test_a_parameter_without_information_has_no_error() -> None:
    """A row of zeros is NaN."""
    found = inverse_information(np.diag([4.0, 0.0, 25.0]))
    np.testing.assert_array_equal(np.isnan(np.diag(found)), [False, True, False])
    assert found[0, 0] == pytest.approx(0.25)


def test_nothing_free_has_no_covariance() -> None:
    """An empty matrix is its own inverse."""
    assert inverse_information(np.empty((0, 0))).shape == (0, 0)


def test_the_joint_covariance_holds_every_error_under_its_name() -> None:
    """The diagonal of the covariance is the square of the errors told item by item, for λ and R as well."""
    items = items_in(house(loading=0.7), 3, 3)
    blocks, competencies = places(items)
    groups = ["x", "y"] * 300
    fit = calibrate(
        answers(items, 600),
        "GRM",
        blocks=blocks,
        competencies=competencies,
        groups=groups,
        freed=["i4"],
        equal=[("a", ["i0", "i1"])],
        nodes=21,
    )
    errors = fit.standard_errors
    assert errors is not None
    told = dict(zip(errors.covariance.names, np.sqrt(np.diag(errors.covariance.matrix)), strict=True))
    assert len(told) == len(errors.covariance.names)
    for place, item in enumerate(fit.items.ids):
        group = "x" if item == "i4" else ""
        assert told[item, "a", group] == pytest.approx(errors.a[place], rel=1e-12)
        assert told[item, "b1", group] == pytest.approx(errors.b[place, 0], rel=1e-12)
        assert told[item, "b2", group] == pytest.approx(errors.b[place, 1], rel=1e-12)
    assert told["i4", "a", "y"] > 0
    for place, name in enumerate(fit.items.population.competencies):
        assert told["loading", name, ""] == pytest.approx(errors.loadings[place], rel=1e-12, nan_ok=True)
    assert told["mean", "b1", "y"] == pytest.approx(errors.means[1, 1], rel=1e-12)
    assert told["covariance", "b1, b0", "x"] == pytest.approx(errors.covariances[0, 1, 0], rel=1e-12)
    assert ("mean", "b0", "x") not in told
    matrix = errors.covariance.matrix
    row, column = (errors.covariance.names.index((item, "a", "")) for item in ("i0", "i1"))
    assert matrix[row, column] == pytest.approx(matrix[row, row], rel=1e-12)  # one parameter, two names


def test_fixed_slopes_have_no_error_and_no_row() -> None:
    """A Rasch item has an error of b and none of a."""
    fit = calibrate(answers(one_block(4), 200), "Rasch")
    errors = fit.standard_errors
    assert errors is not None
    assert np.isnan(errors.a).all()
    assert np.isfinite(errors.b).all()
    assert {name for _, name, _ in errors.covariance.names} == {"b1", "theta, theta"}
