"""Which group every person belongs to, and how many persons a row stands for."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt.estimation.groups import Groups, frequencies, groups_of


def test_without_labels_everybody_is_in_one_group() -> None:
    """One label, and zeros."""
    groups = groups_of(None, None, 3)
    assert groups.labels == ("all",)
    assert groups.of_person.tolist() == [0, 0, 0]
    assert Groups.single(2).labels == ("all",)


def test_the_reference_stands_first() -> None:
    """By default the smallest; numbers by size, words by letter, mixtures as words."""
    assert groups_of([10, 2, 10], None, 3).labels == ("2", "10")
    assert groups_of(["b", "a", "c"], None, 3).labels == ("a", "b", "c")
    assert groups_of(["b", "a", "c"], "c", 3).labels == ("c", "a", "b")
    assert groups_of(["b", 1, "a"], None, 3).labels == ("1", "a", "b")
    assert groups_of(np.array([3, 1]), 3, 2).of_person.tolist() == [0, 1]


def test_all_faults_of_labels_are_told() -> None:
    """Their number, and each that is missing."""
    with pytest.raises(InputError) as caught:
        groups_of(["a", None, float("nan")], None, 4)
    assert [problem.where for problem in caught.value.problems] == ["groups", "groups[1]", "groups[2]"]


def test_frequencies_are_positive_numbers() -> None:
    """Numbers of any kind become floats; without weights there are none."""
    assert frequencies(None, 3) is None
    found = frequencies([1, 2.5, np.int64(3)], 3)
    assert found is not None
    assert found.tolist() == [1.0, 2.5, 3.0]


def test_all_faults_of_weights_are_told() -> None:
    """Their number, and each that is no positive number, with a remedy."""
    with pytest.raises(InputError) as caught:
        frequencies([1.0, -1.0, "x"], 4)  # type: ignore[list-item]
    assert [problem.where for problem in caught.value.problems] == ["weights", "weights[1]", "weights[2]"]
    assert "Leave rows out" in str(caught.value)


def test_labels_that_read_alike_are_one_group() -> None:
    """A number and the same number as text, as files mix them: no group is left without persons."""
    found = groups_of([1, "1", "x"], "x", 3)
    assert found.labels == ("x", "1")
    np.testing.assert_array_equal(found.of_person, [1, 1, 0])


def test_a_reference_without_groups_is_refused() -> None:
    """It would be passed over without a word."""
    with pytest.raises(InputError, match="there are no groups"):
        groups_of(None, "a", 3)
