"""compassess.scoring.standards.bookmark: from pages to cuts, and what tables do to their errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.irt import Items
from compassess.scoring.standards import Booklet, bookmark, ordered_item_booklet

B = np.array([-1.0, -0.4, 0.1, 0.7, 1.5])


def booklet(b: np.ndarray = B) -> Booklet:
    """Rasch items at RP = ½, so that locations are difficulties."""
    items = Items.create(ids=[f"i{j}" for j in range(b.size)], a=np.ones(b.size), b=b[:, None])
    return ordered_item_booklet(items, response_probability=0.5)


PAGES = booklet()


def test_cuts_by_hand() -> None:
    """Bookmarks on pages 3, 3, 4: the judges' cuts −.4, −.4, .1 by the last page mastered."""
    found = bookmark([3, 3, 4], PAGES, bands=("below", "above"))
    assert found.cuts[0] == pytest.approx(-0.7 / 3)
    assert found.standard_errors[0] == pytest.approx(np.std([-0.4, -0.4, 0.1], ddof=1) / np.sqrt(3))
    np.testing.assert_allclose(found.details["judge_cuts"][:, 0], [-0.4, -0.4, 0.1])
    median = bookmark([3, 3, 4], PAGES, statistic="median")
    assert median.cuts[0] == pytest.approx(-0.4)
    assert median.standard_errors[0] == pytest.approx(np.sqrt(np.pi / 2) * found.standard_errors[0])
    assert (found.n, found.n_of) == (3, "judges")
    assert np.isnan(bookmark([3], PAGES).standard_errors[0])


def test_places() -> None:
    """The same bookmark on page 3 cuts at −.4, .1 or half way; the last page may be mastered."""
    cuts = {
        place: bookmark([3, 3], PAGES, place=place).cuts[0]
        for place in ("last_mastered", "bookmarked", "midpoint")
    }
    assert cuts == pytest.approx({"last_mastered": -0.4, "bookmarked": 0.1, "midpoint": -0.15})
    assert bookmark([6, 6], PAGES).cuts[0] == pytest.approx(1.5)
    assert bookmark([1, 1], PAGES, place="bookmarked").cuts[0] == pytest.approx(-1.0)


@given(
    pages=st.lists(st.tuples(st.integers(2, 5), st.integers(1, 1)), min_size=3, max_size=9),
    statistic=st.sampled_from(["mean", "median"]),
    data=st.data(),
)
def test_laws(pages: list[tuple[int, int]], statistic: str, data: st.DataObject) -> None:
    """The order of judges does not matter; a judge who marks a later page lowers no cut."""
    marks = np.array([first for first, _ in pages])
    found = bookmark(marks, PAGES, statistic=statistic)
    mixed = bookmark(np.array(data.draw(st.permutations(marks.tolist()))), PAGES, statistic=statistic)
    assert mixed.cuts[0] == pytest.approx(found.cuts[0])
    assert mixed.standard_errors[0] == pytest.approx(found.standard_errors[0])
    marks[data.draw(st.integers(0, marks.size - 1))] += 1
    assert bookmark(marks, PAGES, statistic=statistic).cuts[0] >= found.cuts[0] - 1e-12


def test_tables_by_hand() -> None:
    """Tables at −.7 and .4: the cut lies between, and errs by half their distance; r is the one-way estimate."""
    found = bookmark([2, 3, 4, 5], PAGES, tables=["b", "b", "a", "a"])
    np.testing.assert_allclose(found.details["table_cuts"][:, 0], [-0.7, 0.4])
    assert found.cuts[0] == pytest.approx(-0.15)
    assert found.standard_errors[0] == pytest.approx(0.55)
    within, between = 0.18, 2 * 2 * 0.55**2  # mean squares of (−1, −.4 | .1, .7)
    r = (between - within) / (between + within)
    assert found.details["intraclass"][0] == pytest.approx(r)
    assert found.details["clustered_standard_errors"][0] == pytest.approx(0.55)
    assert (found.n, found.n_of) == (2, "tables")


def test_judges_alone_at_their_tables_are_a_panel() -> None:
    """Tables of one judge give the cut and the error of the panel without tables."""
    plain, alone = bookmark([2, 3, 5], PAGES), bookmark([2, 3, 5], PAGES, tables=[1, 2, 3])
    assert alone.cuts[0] == pytest.approx(plain.cuts[0])
    assert alone.standard_errors[0] == pytest.approx(plain.standard_errors[0])
    assert alone.details["clustered_standard_errors"][0] == pytest.approx(plain.standard_errors[0])


@given(
    marks=st.lists(st.integers(2, 6), min_size=12, max_size=12),
    names=st.permutations([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]),
)
def test_tables_of_one_size_err_by_the_design_effect(marks: list[int], names: list[int]) -> None:
    """S_tables / √m is √(S² / n (1 + (k − 1) r)) wherever r is positive."""
    found = bookmark(marks, PAGES, tables=names)
    if found.details["intraclass"][0] > 1e-9:
        assert found.details["clustered_standard_errors"][0] == pytest.approx(found.standard_errors[0])


# ---- errors over repeated panels ------------------------------------------------------------------------

FINE = booklet(np.linspace(-3, 3, 301))


def marked(theta: np.ndarray) -> np.ndarray:
    """The first page on which judges with these standards would not succeed."""
    return np.searchsorted(FINE.locations, theta, side="right") + 1


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_cuts_of_repeated_panels_vary_as_stated(statistic: str) -> None:
    """Over 2,000 panels of 15 judges the mean stated error is the SD of the cut, to 6 %.

    An SD from 2,000 draws is known to 1.6 %; S of 15 judges is 1.8 % too small in the mean, and the limit of the
    median's error 1.5 % too large.
    """
    rng = np.random.default_rng(21)
    found = [bookmark(marked(rng.normal(0.2, 0.5, 15)), FINE, statistic=statistic) for _ in range(2000)]
    sd = np.std([one.cuts[0] for one in found], ddof=1)
    assert np.mean([one.standard_errors[0] for one in found]) == pytest.approx(sd, rel=0.06)
    assert np.mean([one.cuts[0] for one in found]) == pytest.approx(0.2, abs=0.02 + 3 * sd / np.sqrt(2000))


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_judges_who_talk_err_by_their_tables(statistic: str) -> None:
    """Over 1,500 panels of six tables the root mean square error is the SD of the cut, to 7 %.

    The error of those who forget the tables is a third too small.
    """
    rng, tables = np.random.default_rng(22), np.repeat(np.arange(6), 4)
    cuts, errors, naive = [], [], []
    for _ in range(1500):
        marks = marked(0.35 * rng.normal(size=6)[tables] + 0.4 * rng.normal(size=24))
        found = bookmark(marks, FINE, statistic=statistic, tables=tables.tolist())
        cuts.append(found.cuts[0])
        errors.append(found.standard_errors[0])
        naive.append(bookmark(marks, FINE).standard_errors[0])
    sd = np.std(cuts, ddof=1)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(sd, rel=0.07)
    assert np.mean(naive) < 0.7 * sd


# ---- bad input ------------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once() -> None:
    """Unknown options, pages that are not there or half, tables and names that do not fit."""
    with pytest.raises(InputError) as caught:
        bookmark([1, 2.5, 7, np.nan], PAGES, statistic="mode", tables=["a"] * 4, bands=("x",))
    assert [one.where for one in caught.value.problems] == [
        "statistic",
        "placements, judge 1, cut 1",
        "placements, judge 2, cut 1",
        "placements, judge 3, cut 1",
        "placements, judge 4, cut 1",
        "tables",
        "bookmark, bands",
    ]
    with pytest.raises(InputError, match="place: unknown"):
        bookmark([3], PAGES, place="somewhere")
    with pytest.raises(InputError, match="wrong shape"):
        bookmark(np.zeros((2, 2, 2)), PAGES)
    with pytest.raises(InputError, match="tables"):
        bookmark([3, 3], PAGES, tables=["a", "b", "c"])


def test_cuts_that_cross_are_refused() -> None:
    """The second cut of a panel lies above its first."""
    assert bookmark([[2, 4], [3, 5]], PAGES).n_cuts == 2
    with pytest.raises(InputError, match="cuts do not increase"):
        bookmark([[4, 2], [5, 3]], PAGES)
