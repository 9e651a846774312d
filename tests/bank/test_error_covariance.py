"""compassess.bank.error_covariance: what a bank knows of the errors of its parameters."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca


def content(errors: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """A bank of one graded item with these standard errors."""
    item = banks.item("i", "theta", "theta", 1.2, [-0.5, 0.7], standard_errors=errors)
    return banks.bank({"theta": ("theta", 1.0)}, [item]).to_dict() | changes


def covariance(errors: dict[str, Any]) -> np.ndarray[Any, Any]:
    """As the items of the bank carry it."""
    found = ca.ItemBank.from_dict(content(errors, uncertainty="expected")).irt_items().covariances
    assert found is not None
    assert found[0] is not None
    return found[0]


def test_it_is_put_together_from_errors_and_correlations() -> None:
    """S C S by hand."""
    found = covariance({"a": 0.1, "b": [0.2, 0.3], "correlations": [[0.5], [-0.25, 0.4]]})
    np.testing.assert_allclose(
        found, [[0.01, 0.01, -0.0075], [0.01, 0.04, 0.024], [-0.0075, 0.024, 0.09]], rtol=1e-12
    )


def test_without_correlations_errors_are_independent() -> None:
    """Nothing beside the diagonal."""
    np.testing.assert_array_equal(covariance({"a": 0.5, "b": [0.0, 0.25]}), np.diag([0.25, 0.0, 0.0625]))


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([[0.5]], "items[0].standard_errors.correlations"),
        ([[0.5], [0.1]], "items[0].standard_errors.correlations"),
        ([[0.5], [0.1, 1.5]], "items[0].standard_errors.correlations[1][1]"),
        ([[0.9], [0.9, -0.9]], "items[0].standard_errors.correlations"),
    ],
)
def test_correlations_that_cannot_be(rows: list[list[float]], where: str) -> None:
    """Too few of them, beyond ±1, or not together."""
    with pytest.raises(ca.InputError) as caught:
        ca.ItemBank.from_dict(content({"a": 0.1, "b": [0.2, 0.3], "correlations": rows}))
    assert [problem.where for problem in caught.value.problems] == [where]


def test_what_is_expected_needs_errors() -> None:
    """Errors that are not told cannot be counted, but those of fixed items are none; the word has two spellings."""
    all_told: dict[str, Any] = {"a": 0.1, "b": [0.2, 0.3]}
    place = "items[0].standard_errors"
    for errors, word, where in (
        (None, "expected", place),
        (all_told | {"b": [0.2, None]}, "expected", place),
        (all_told | {"a": None}, "expected", place),
        (all_told, "sometimes", "uncertainty"),
    ):
        with pytest.raises(ca.InputError) as caught:
            ca.ItemBank.from_dict(content(errors, uncertainty=word))
        assert [problem.where for problem in caught.value.problems] == [where]
    fixed = content(None, uncertainty="expected")
    fixed["items"][0]["flags"] = ["fixed"]
    assert ca.ItemBank.from_dict(fixed).irt_items().covariances == (None,)


def test_what_is_ignored_is_no_content() -> None:
    """A bank that does not say so has the hash of one that says "ignored"."""
    told = ca.ItemBank.from_dict(content(None, uncertainty="ignored"))
    assert told == ca.ItemBank.from_dict(content(None))
    assert "uncertainty" not in told.to_dict()
