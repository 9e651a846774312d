"""compassess.scoring.quality.seconds: times as they are handed in."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.scoring.quality.seconds import checked_seconds


def test_times_are_copied() -> None:
    """What the caller holds stays the caller's."""
    given = np.array([[1.0, np.nan]])
    checked_seconds(given)[0, 0] = 9.0
    assert given[0, 0] == 1.0


def test_every_time_that_is_none_is_named() -> None:
    """Zero, negative and infinite times, each with its place."""
    with pytest.raises(InputError) as caught:
        checked_seconds([[0.0, 2.0], [-1.0, np.inf], [np.nan, 1.0]])
    assert [problem.where for problem in caught.value.problems] == [
        "times[0, 0]",
        "times[1, 0]",
        "times[1, 1]",
    ]


@pytest.mark.parametrize("times", [[1.0, 2.0], [[1.0, 2.0]]])
def test_another_shape_is_refused(times: list[float]) -> None:
    """A row a person, a column an item."""
    with pytest.raises(InputError, match="3"):
        checked_seconds(times, 3)
