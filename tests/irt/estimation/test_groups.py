"""Which group every person belongs to, and how many persons a row stands for."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt.estimation.groups import frequencies, groups_of


def test_the_smallest_label_is_the_reference() -> None:
    """Numbers by size, not by letter; the others follow in order."""
    found = groups_of([10, 9, 10, 11], None, 4)
    assert found.labels == ("9", "10", "11")
    np.testing.assert_array_equal(found.of_person, [1, 0, 1, 2])


def test_the_reference_may_be_asked_for() -> None:
    """It stands first, whatever its label."""
    found = groups_of(["a", "b", "c"], "b", 3)
    assert found.labels == ("b", "a", "c")
    np.testing.assert_array_equal(found.of_person, [1, 0, 2])


def test_labels_that_read_alike_are_one_group() -> None:
    """A number and the same number as text, as files mix them: no group is left without persons."""
    found = groups_of([1, "1", "x"], "x", 3)
    assert found.labels == ("x", "1")
    np.testing.assert_array_equal(found.of_person, [1, 1, 0])


def test_every_fault_of_the_labels_is_told() -> None:
    """Too few labels and a missing one, at once."""
    with pytest.raises(InputError) as caught:
        groups_of(["a", None], None, 3)
    assert [problem.where for problem in caught.value.problems] == ["groups", "groups[1]"]


def test_a_reference_without_groups_is_refused() -> None:
    """It would be passed over without a word."""
    with pytest.raises(InputError, match="there are no groups"):
        groups_of(None, "a", 3)


def test_weights_are_positive_numbers() -> None:
    """Every fault has its row."""
    with pytest.raises(InputError) as caught:
        frequencies([1.0, 0.0, float("nan")], 3)
    assert [problem.where for problem in caught.value.problems] == ["weights[1]", "weights[2]"]
