"""What is free, before the first step."""

from __future__ import annotations

import numpy as np
import pytest

from irt.estimation.cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=str)
def test_free_parameters_are_counted(case: Case) -> None:
    """φ has as many places as a count by hand finds, and every one of them is used."""
    fit, start = case.make()
    assert fit.space.n_parameters == start.size == case.n_parameters
    assert fit.feasible(start)
    used = np.unique(np.concatenate([form.places.ravel() for form in fit.space.forms]))
    np.testing.assert_array_equal(used, np.arange(fit.space.n_item_parameters))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_objective_is_a_number_at_the_start(case: Case) -> None:
    """Starting values are inside every domain, and answers are possible there."""
    fit, start = case.make()
    here = fit.evaluation(start)
    assert np.isfinite(here.value)
    assert here.log_likelihood < 0
