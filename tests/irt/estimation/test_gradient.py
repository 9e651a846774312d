"""The slope of the objective, whatever is free in it."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt.estimation.gradient import gradient
from irt.estimation.cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_derivative_of_the_objective(case: Case) -> None:
    """Each component is what a small move of φ there does to log-likelihood + log prior."""
    fit, phi = case.somewhere()
    found, step = gradient(fit, fit.evaluation(phi)), 1e-4
    expected = np.empty_like(phi)
    for place in range(phi.size):
        move = step * np.eye(phi.size)[place]
        up, down = (fit.evaluation(phi + sign * move).value for sign in (1.0, -1.0))
        expected[place] = (up - down) / (2 * step)
    # Rounding and truncation are 1e-8; masses on nodes differ from a density by what lies beyond ±6, more so
    # in a group that spreads. Observed: 3e-5.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_in_single_precision_it_is_nearly_the_same(case: Case) -> None:
    """Seven digits of an E-step leave the slope good to some thousandths."""
    fit, phi = case.somewhere()
    exact, rough = (gradient(fit, fit.evaluation(phi, dtype)) for dtype in (np.float64, np.float32))
    # Posteriors are good to 1e-6 and 120 persons add up; observed: 4e-4.
    np.testing.assert_allclose(rough, exact, rtol=1e-3, atol=1e-2)
