"""compassess.scoring.cuts: ascending numbers, and bands between cuts."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import Problem
from compassess.scoring.cuts import ascending, between_cuts


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [1.0, 0.0], [0.0, np.nan], [0.0, np.inf], [[0.0, 1.0]]])
def test_what_does_not_ascend_is_told_with_its_own_name(values: list[object]) -> None:
    """None, equal, falling or infinite numbers and tables; nodes are not called cuts."""
    problems: list[Problem] = []
    ascending(values, problems, "theta")
    (problem,) = problems
    assert problem.where == "theta"
    assert "cuts" not in str(problem)


def test_one_number_ascends() -> None:
    """A single cut needs no list around it."""
    problems: list[Problem] = []
    assert ascending(0.5, problems).tolist() == [0.5]
    assert not problems


def test_ripples_are_not_let_out() -> None:
    """Sums that fall, or leave [0, 1], by the grid's error make bands that are probabilities all the same."""
    bands = between_cuts(np.array([[-1e-7, 0.3, 0.3 - 1e-7], [0.2, 1.0 + 1e-7, 1.0]]))
    np.testing.assert_allclose(bands, [[0.0, 0.3, 0.0, 0.7], [0.2, 0.8, 0.0, 0.0]], atol=1e-15)
