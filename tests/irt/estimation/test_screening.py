"""What is wrong with an item's data is a status of that item, and the rest goes on."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import STATUSES, Calibration, calibrate
from compassess.irt.estimation.screening import NOT_ESTIMATED, screened, used_category_map, with_slopes
from compassess.responses import Responses
from irt.builders import answers, one_block, with_column

N = 300


@pytest.fixture(scope="module")
def healthy() -> Responses:
    """Answers to five graded items with three categories each."""
    return answers(one_block(5, 3), N)


@pytest.fixture(scope="module")
def alone(healthy: Responses) -> Calibration:
    """The healthy items calibrated without any bad neighbour."""
    return calibrate(healthy, "GRM")


def column(**codes: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """N answers: how many persons chose each code (``c0=20``); the others did not answer."""
    values = np.full(N, np.nan)
    start = 0
    for name, count in codes.items():
        values[start : start + count] = int(name[1:])
        start += count
    return np.random.default_rng(0).permutation(values)


def test_an_item_that_nobody_answered_has_a_status_and_no_parameters(healthy: Responses) -> None:
    """An empty column: no_answers, NaN parameters, NaN errors."""
    fit = calibrate(with_column(healthy, "bad", column()), "GRM")
    assert fit.items.status[-1] == "no_answers"
    assert fit.n_answers[-1] == 0
    assert np.isnan(fit.items.a[-1])
    assert np.all(np.isnan(fit.items.b[-1]))
    assert fit.standard_errors is not None
    assert np.isnan(fit.standard_errors.a[-1])
    assert np.all(np.isnan(fit.standard_errors.b[-1]))
    assert not fit.items.usable[-1]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (column(), "no_answers"),
        (column(c0=N), "one_category"),
        (column(c2=25), "one_category"),
        (column(c0=10, c1=9), "too_few_answers"),
    ],
    ids=["empty", "all wrong", "all the same", "19 answers"],
)
def test_an_item_without_parameters_changes_nothing_else(
    bad: object, status: str, healthy: Responses, alone: Calibration
) -> None:
    """The other items come out as in a fit without the column."""
    fit = calibrate(with_column(healthy, "bad", bad), "GRM", n_categories=3)
    assert fit.items.status == (*alone.items.status, status)
    # The same likelihood; only BLAS may sum in another order.
    np.testing.assert_allclose(fit.items.a[:-1], alone.items.a, rtol=0, atol=1e-6)
    np.testing.assert_allclose(fit.items.b[:-1], alone.items.b, rtol=0, atol=1e-6)
    assert fit.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-6)
    assert fit.n_parameters == alone.n_parameters
    assert fit.standard_errors is not None
    assert alone.standard_errors is not None
    np.testing.assert_allclose(fit.standard_errors.a[:-1], alone.standard_errors.a, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0, 0], "no_answers"),
        ([0, 500, 0], "one_category"),
        ([0, 5, 0], "one_category"),
        ([10, 9, 0], "too_few_answers"),
        ([100, 100, 0], "unused_category"),
        ([0, 100, 100], "unused_category"),
        ([100, 0, 100], "unused_category"),
        ([15, 0, 15], "unused_category"),
        ([60, 70, 69], "few_answers"),
        ([10, 10, 10], "few_answers"),
        ([100, 100, 19], "sparse_category"),
        ([100, 100, 20], "ok"),
    ],
)
def test_the_most_serious_status_is_told(counts: list[int], expected: str) -> None:
    """Of everything that applies, the first in the order of STATUSES."""
    assert screened(np.array([counts]), np.array([3])) == (expected,)


def test_categories_beyond_an_items_own_are_not_missed() -> None:
    """An item with two categories beside one with four lacks none."""
    assert screened(np.array([[100, 100, 0, 0], [100, 100, 100, 100]]), np.array([2, 4])) == ("ok", "ok")


def test_every_status_says_what_to_do() -> None:
    """Each status has a sentence, and those without parameters are among them."""
    assert set(STATUSES) >= NOT_ESTIMATED
    assert all(text.endswith(".") for text in STATUSES.values())


def test_slopes_overrule_milder_statuses() -> None:
    """A negative slope is told before an extreme one; an item without a slope keeps its status."""
    slopes = np.array([-0.2, 6.5, 1.0, np.nan, -9.0])
    before = ("sparse_category", "ok", "few_answers", "one_category", "ok")
    assert with_slopes(before, slopes) == (
        "check_key",
        "extreme_slope",
        "few_answers",
        "one_category",
        "check_key",
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([5, 5, 5, 5], [0, 1, 2, 3]),
        ([5, 0, 5, 5], [0, 0, 1, 2]),
        ([0, 5, 5, 5], [0, 0, 1, 2]),
        ([0, 0, 5, 5], [0, 0, 0, 1]),
        ([5, 5, 5, 0], [0, 1, 2, 2]),
        ([5, 0, 0, 5], [0, 0, 0, 1]),
    ],
    ids=["all used", "middle", "bottom", "two at the bottom", "top", "two in the middle"],
)
def test_an_unused_category_counts_as_its_lower_neighbour(counts: list[int], expected: list[int]) -> None:
    """A code that never occurred counts as the next lower that did; below the lowest, as that one."""
    found = used_category_map(np.array([counts]), np.array([4]), ("unused_category",))
    assert found.tolist() == [expected]


def test_an_item_without_parameters_has_no_categories() -> None:
    """Nothing counts as anything where nothing is estimated, nor beyond an item's codes."""
    counts = np.array([[0, 5, 0], [5, 5, 0]])
    found = used_category_map(counts, np.array([3, 2]), ("one_category", "ok"))
    assert found.tolist() == [[-1, -1, -1], [0, 1, -1]]


@pytest.mark.parametrize(
    ("bad", "lost"),
    [
        (column(c0=80, c2=120, c3=100), [0]),
        (column(c1=80, c2=120, c3=100), [0]),
        (column(c0=80, c1=120, c2=100), [2]),
        (column(c0=150, c3=150), [0, 1]),
        (column(c2=150, c3=150), [0, 1]),
    ],
    ids=["middle", "bottom", "top", "two in the middle", "two at the bottom"],
)
def test_a_boundary_that_was_never_observed_is_nan(
    bad: np.ndarray[tuple[int], np.dtype[np.float64]], lost: list[int], healthy: Responses
) -> None:
    """With four declared categories the boundary under an unused one is NaN; the rest is estimated."""
    declared = dict.fromkeys(healthy.items, 3) | {"bad": 4}
    fit = calibrate(with_column(healthy, "bad", bad), "GRM", n_categories=declared)
    assert fit.items.n_categories[-1] == 4
    assert np.flatnonzero(np.isnan(fit.items.b[-1])).tolist() == lost
    assert fit.standard_errors is not None
    np.testing.assert_array_equal(np.isnan(fit.standard_errors.b[-1]), np.isnan(fit.items.b[-1]))
    # The same fit as with the categories renumbered without a gap.
    _, renumbered = np.unique(bad, return_inverse=True)
    other = calibrate(
        with_column(healthy, "bad", np.where(np.isnan(bad), np.nan, renumbered.astype(float))),
        dict.fromkeys(declared, "GRM"),
    )
    assert fit.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-7)
    told = fit.items.b[-1][np.isfinite(fit.items.b[-1])]
    # The answers are noise and the slope about .1: thresholds move ten times as far as what stops the fit.
    np.testing.assert_allclose(told, other.items.b[-1][: told.size], rtol=1e-4)
    assert fit.n_parameters == other.n_parameters


def test_an_item_keyed_the_wrong_way_is_told(healthy: Responses) -> None:
    """Turned codes give a negative slope, the status check_key, and leave the others as they were."""
    right = calibrate(healthy, "GRM", tolerance=1e-7)
    wrong = calibrate(healthy.reversed(["i2"], highest=2), "GRM", tolerance=1e-7)
    assert wrong.items.status[2] == "check_key"
    assert [name == "check_key" for name in wrong.items.status].count(True) == 1
    # a' = −a and b' the same boundaries read from the other end: −a'(θ − b'_k) mirrors a (θ − b_{K−k}).
    assert wrong.items.a[2] == pytest.approx(-right.items.a[2], abs=1e-5)
    np.testing.assert_allclose(wrong.items.b[2], right.items.b[2][::-1], rtol=0, atol=1e-5)
    others = [0, 1, 3, 4]
    np.testing.assert_allclose(wrong.items.a[others], right.items.a[others], rtol=0, atol=1e-5)
    assert wrong.log_likelihood == pytest.approx(right.log_likelihood, abs=1e-7)


def test_nothing_to_estimate_is_refused_with_every_item() -> None:
    """If no item can be estimated at all, the error tells each item's status."""
    with pytest.raises(InputError) as caught:
        calibrate(Responses.from_array([[0, np.nan], [0, np.nan]], items=["x", "y"]))
    assert len(caught.value.problems) == 2
