"""The slope of the objective, whatever is free in it."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Grid
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.models import Floats
from irt.estimation.cases import CASES, Case

NODES_MATTER = {
    "Rasch",
    "blocks",
    "blocks of unit slopes",
    "competencies in blocks",
    "groups of competencies",
    "fixed items in one block",
    "weights of competencies",
}


def by_differences(fit: Fit, phi: Floats, step: float = 1e-4) -> Floats:
    """What a small move of each place of φ does to the objective."""
    slopes = np.empty_like(phi)
    for place in range(phi.size):
        move = step * np.eye(phi.size)[place]
        up, down = (fit.evaluation(phi + sign * move).value for sign in (1.0, -1.0))
        slopes[place] = (up - down) / (2 * step)
    return slopes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_derivative_of_the_objective(case: Case) -> None:
    """Each component is what a small move of φ there does to log-likelihood + log prior."""
    fit, phi = case.somewhere()
    # 1e-13 of 1000 over 1e-4, and 1e-8 times third derivatives of some tens. Observed: 4e-7.
    np.testing.assert_allclose(
        gradient(fit, fit.evaluation(phi)), by_differences(fit, phi), rtol=1e-6, atol=2e-6
    )


@pytest.mark.parametrize("case", [case for case in CASES if case.name in NODES_MATTER], ids=str)
@pytest.mark.parametrize("grid", [Grid.create(11), Grid.create(31, 2.5)], ids=["coarse", "narrow"])
def test_it_is_the_derivative_on_any_grid(case: Case, grid: Grid) -> None:
    """Nodes too few or too near for the posteriors: still the slope of what is computed on them."""
    fit, phi = case.somewhere()
    fit, phi = fit.on(grid), fit.on(grid).within_bounds(phi)
    places = fit.space.loading_places
    phi[places] *= 0.9  # off the bound, so that both sides of it can be evaluated
    np.testing.assert_allclose(
        gradient(fit, fit.evaluation(phi)), by_differences(fit, phi), rtol=1e-6, atol=2e-6
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_in_single_precision_it_is_nearly_the_same(case: Case) -> None:
    """Seven digits of an E-step leave the slope good to some thousandths."""
    fit, phi = case.somewhere()
    exact, rough = (gradient(fit, fit.evaluation(phi, dtype)) for dtype in (np.float64, np.float32))
    # Posteriors are good to 1e-6 and 120 persons add up; observed: 4e-4.
    np.testing.assert_allclose(rough, exact, rtol=1e-3, atol=1e-2)
