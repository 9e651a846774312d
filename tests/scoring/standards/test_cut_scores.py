"""compassess.scoring.standards.cut_scores: the value that every method gives."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.scoring.standards import CutScores


def test_errors_are_the_roots_of_the_covariance() -> None:
    """With a covariance its diagonal gives the errors; without one they are as told, or NaN."""
    found = CutScores.create(method="m", cuts=[0.0, 1.0], covariance=[[0.04, 0.01], [0.01, 0.09]])
    np.testing.assert_allclose(found.standard_errors, [0.2, 0.3])
    told = CutScores.create(method="m", cuts=[0.0, 1.0], standard_errors=[0.5, 0.6])
    assert (told.standard_errors.tolist(), told.covariance) == ([0.5, 0.6], None)
    assert np.isnan(CutScores.create(method="m", cuts=0.0).standard_errors).all()


def test_it_is_a_table() -> None:
    """A row a cut with the bands on either side; without names of bands these columns are not there."""
    named = CutScores.create(
        method="m", cuts=[0.0, 1.0], bands=("low", "middle", "high"), covariance=np.eye(2)
    )
    assert named.to_frame().to_dict("list") == {
        "method": ["m", "m"],
        "below": ["low", "middle"],
        "above": ["middle", "high"],
        "cut": [0.0, 1.0],
        "standard_error": [1.0, 1.0],
    }
    assert list(CutScores.create(method="m", cuts=1.0).to_frame()) == ["method", "cut", "standard_error"]


def test_nobody_can_change_it() -> None:
    """Cuts and details, also those in mappings, are copies that cannot be written to."""
    mine, details = np.array([0.0, 1.0]), {"a": np.zeros(2), "by kind": {"b": np.zeros(2)}}
    found = CutScores.create(method="m", cuts=mine, details=details)
    mine[0], details["a"][0] = 9.0, 9.0
    assert found.cuts[0] == 0.0
    assert found.details["a"][0] == 0.0
    for array in (found.cuts, found.standard_errors, found.details["a"], found.details["by kind"]["b"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(TypeError):
        found.details["by kind"]["b"] = 1


def test_cuts_that_do_not_divide_the_line_are_refused() -> None:
    """All faults at once: infinite cuts, cuts out of order or equal, bands that do not fit."""
    with pytest.raises(InputError) as caught:
        CutScores.create(method="m", cuts=[1.0, 0.5, 0.5, np.inf], bands=("a", "b", "a"))
    assert [(one.where, one.what) for one in caught.value.problems] == [
        ("m, cut 4", "not a finite number"),
        ("m, cuts 1 and 2", "cuts do not increase"),
        ("m, cuts 2 and 3", "cuts do not increase"),
        ("m, bands", "wrong number"),
        ("m, bands", "a name stands twice"),
    ]


def test_a_method_may_say_that_there_is_no_cut() -> None:
    """With a status of its own a cut may be NaN; names of bands must fit all the same."""
    found = CutScores.create(method="m", cuts=np.nan, status="too_many_fail", bands=("fail", "pass"))
    assert np.isnan(found.cuts[0])
    with pytest.raises(InputError):
        CutScores.create(method="m", cuts=np.nan, status="too_many_fail", bands=("fail",))
