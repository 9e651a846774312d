"""compassess.scoring.quality.response_time_effort: RTE and its thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.scoring.quality import normative_thresholds, response_time_effort


def test_effort_by_hand() -> None:
    """Two of four answers below their thresholds: RTE .5; a time at the threshold is solution behaviour."""
    found = response_time_effort([[3.0, 2.9, 10.0, 1.0]], [3.0, 3.0, 5.0, 5.0])
    assert found.index[0] == 0.5
    assert found.n_rapid[0] == 2
    assert found.rapid.tolist() == [[False, True, False, True]]


def test_missing_times_and_items_without_threshold_do_not_count() -> None:
    """RTE is over the times that can be judged; NaN where there is none."""
    found = response_time_effort([[1.0, np.nan, 9.0], [np.nan, np.nan, 9.0]], [3.0, 3.0, np.nan])
    assert found.n_times.tolist() == [1, 0]
    assert found.index[0] == 0.0
    assert np.isnan(found.index[1])


def test_one_threshold_serves_all_items() -> None:
    """A number is the threshold of every item."""
    assert response_time_effort([[1.0, 4.0]], 3.0).thresholds.tolist() == [3.0, 3.0]


def test_normative_thresholds_by_hand() -> None:
    """10 % of the mean time, at most 10 seconds, NaN without a time."""
    times = [[20.0, 150.0, np.nan], [40.0, 90.0, np.nan], [np.nan, 90.0, np.nan]]
    np.testing.assert_allclose(normative_thresholds(times), [3.0, 10.0, np.nan], rtol=1e-15)


@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=12), st.floats(0.5, 60.0), st.floats(1.0, 5.0))
def test_effort_is_a_share_and_falls_with_the_threshold(
    times: list[float], threshold: float, factor: float
) -> None:
    """0 ≤ RTE ≤ 1, and stricter thresholds never make it higher."""
    low, high = (response_time_effort([times], limit).index[0] for limit in (threshold, factor * threshold))
    assert 0 <= high <= low <= 1


def test_faults_are_named_at_once() -> None:
    """Thresholds that are none, and shares and caps outside their domains."""
    with pytest.raises(InputError) as caught:
        response_time_effort([[1.0, 2.0, 3.0]], [0.0, -1.0, 3.0])
    assert [problem.where for problem in caught.value.problems] == ["thresholds[0]", "thresholds[1]"]
    with pytest.raises(InputError, match="not one an item"):
        response_time_effort([[1.0, 2.0]], [1.0])
    with pytest.raises(InputError) as caught:
        normative_thresholds([[1.0]], share=1.5, cap=0.0)
    assert [problem.where for problem in caught.value.problems] == ["share", "cap"]
