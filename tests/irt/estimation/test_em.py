"""A step of EM: the objective does not fall, and at a maximum nothing moves."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.schedule import solved
from irt.estimation.cases import CASES, MANY, Case

#: Of the M-steps for λ and R, which use the normal density while the E-step has its masses on the nodes.
OF_THE_NODES = 1e-6


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_step_of_em_goes_down(case: Case) -> None:
    """Five plain steps from the start, whatever is free."""
    fit, phi = case.make()
    values = []
    for _ in range(5):
        here = fit.evaluation(phi)
        values.append(here.value)
        phi = em_step(fit, here)
    assert np.all(np.diff(values) > -OF_THE_NODES), values
    assert values[-1] > values[0]


@pytest.mark.parametrize(
    "case", [case for case in MANY if case.name in ("blocks", "groups", "tied thresholds", "priors")], ids=str
)
def test_at_a_maximum_nothing_moves(case: Case) -> None:
    """What quasi-Newton steps have found, a step of EM leaves where it is."""
    fit, start = case.make()
    end = solved(fit, start, tolerance=1e-7, max_iterations=500, refine=True, rarest=1)
    assert end.converged
    moved = em_step(end.fit, end.fit.evaluation(end.phi))
    # A population that the nodes take in as a whole: their masses have the moments of its density.
    np.testing.assert_allclose(moved, end.phi, rtol=0, atol=1e-5)
