"""compassess.scoring.passing.deciding: who passed, what is short, and what leaving an item does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from compassess.bank import UnansweredPolicy
from compassess.errors import InputError
from compassess.responses import MISSING, Responses
from compassess.scoring import NEEDS_MORE_EVIDENCE, unanswered_codes
from compassess.scoring.passing import FAIL, PASS, PassRule, decide

from .forms import legislation, legislation_rule

#: Two parts of three and two items, an item of no part; 'e' has two points.
PARTS = dict(zip("abcdef", ["one", "one", "one", "two", "two", None], strict=True))
RULE = PassRule.create(
    PARTS, minimum_total=4, minima={"one": 1, "two": 2}, highest={**dict.fromkeys("abcdf", 1), "e": 2}
)
TOP = np.array([1, 1, 1, 1, 2, 1])


def responses_of(cells: NDArray[np.integer]) -> Responses:
    """Answers, ``MISSING`` where there is none."""
    return Responses(items=tuple("abcdef"), cells=np.atleast_2d(cells).astype(np.int16))


def every_answer() -> NDArray[np.intp]:
    """All patterns of codes."""
    return np.array(list(itertools.product(*[range(most + 1) for most in TOP])))


def test_all_patterns_by_the_definition() -> None:
    """Passed are those with the total and every part; failed conditions, missing points and margins follow."""
    codes = every_answer()
    found = decide(responses_of(codes), RULE)
    assert found.conditions == ("total", "one", "two")
    for row, outcome, failed, margin, short in zip(
        codes, found.outcome, found.failed, found.margin, found.points_short, strict=True
    ):
        total, one, two = row.sum(), row[:3].sum(), row[3:5].sum()
        missed = [
            name
            for name, is_missed in (("total", total < 4), ("one", one < 1), ("two", two < 2))
            if is_missed
        ]
        assert outcome == (FAIL if missed else PASS)
        assert list(failed) == missed
        assert margin == (min(total - 4, one - 1, two - 2) if not missed else -short)
        assert (short == 0) == (not missed)


def test_points_short_are_the_fewest_that_help() -> None:
    """Among all patterns that hold no less on any item the nearest that passes is so many points away."""
    codes = every_answer()
    found = decide(responses_of(codes), RULE)
    passes = codes[found.passed]
    for row, short in zip(codes, found.points_short, strict=True):
        above = passes[np.all(passes >= row, axis=1)]
        assert (above.sum(axis=1) - row.sum()).min() == short


def test_legislation() -> None:
    """30 right with four in one act fails, by that act; 30 right with five in each passes."""
    items = legislation()
    rule = legislation_rule(items)
    place = {act: np.flatnonzero([part == act for part in rule.parts.values()]) for act in rule.minima}
    cells = np.zeros((2, 55), dtype=np.int16)
    for act, at in place.items():
        cells[0, at[: 4 if act == "ethics" else 7]] = 1
        cells[1, at[:6]] = 1
    told = decide(Responses(items=items.ids, persons=("x", "y"), cells=cells), rule)
    assert told.outcome == (FAIL, PASS)
    assert told.failed == (("ethics",), ())
    assert told.margin.tolist() == [-1, 0]
    table = told.to_frame()
    assert table["person"].tolist() == ["x", "y"]
    assert table["score_total"].tolist() == [32, 30]
    assert table["short_ethics"].tolist() == [1, 0]
    assert table["failed"].tolist() == ["ethics", ""]


def patterns(lowest: int = MISSING) -> st.SearchStrategy[list[int]]:
    """A row of codes, with missing cells."""
    return st.tuples(*[st.integers(lowest, int(most)) for most in TOP]).map(list)


@given(row=patterns(), left=st.sets(st.integers(0, 5)), data=st.data())
def test_leaving_items_never_helps(row: list[int], left: set[int], data: st.DataObject) -> None:
    """Whatever code a left item gets under the default policy, no score rises, and nobody passes who failed."""
    without = [MISSING if place in left else code for place, code in enumerate(row)]
    words = np.array(["omitted", "timed_out", "not_reached", None], dtype=object)
    drawn = [data.draw(st.sampled_from([*words])) if cell == MISSING else None for cell in without]
    told = unanswered_codes(np.array([drawn], dtype=object), responses_of(np.array(without)))
    before, after = (
        decide(responses_of(np.array(row)), RULE),
        decide(responses_of(np.array(without)), RULE, unanswered=told),
    )
    assert np.all(after.scores <= before.scores)
    assert after.margin[0] <= before.margin[0]
    assert not (after.outcome[0] == PASS and before.outcome[0] == FAIL)
    assert after.outcome[0] != NEEDS_MORE_EVIDENCE


@given(row=patterns(lowest=0), lost=st.sets(st.integers(0, 5)))
def test_what_the_hall_lost_decides_only_what_it_cannot_change(row: list[int], lost: set[int]) -> None:
    """With lost items the outcome is that of all completions where they agree, else more evidence is needed."""
    cells = np.array([MISSING if place in lost else code for place, code in enumerate(row)])
    words = np.array([["technically_lost" if place in lost else None for place in range(6)]], dtype=object)
    found = decide(responses_of(cells), RULE, unanswered=unanswered_codes(words, responses_of(cells)))
    every = every_answer()
    alike = every[np.all((every == cells) | (cells == MISSING), axis=1)]
    outcomes = set(decide(responses_of(alike), RULE).outcome)
    assert found.outcome[0] == (NEEDS_MORE_EVIDENCE if len(outcomes) == 2 else outcomes.pop())
    assert (found.outcome[0] == NEEDS_MORE_EVIDENCE) <= bool(found.open[0])


def test_blanks_follow_the_policy_that_is_asked_for() -> None:
    """A blank scores 0 by default; as "ignore" it leaves the outcome open, and a policy may score lost items 0."""
    cells = np.array([1, 1, 0, 1, MISSING, 1])
    assert decide(responses_of(cells), RULE).outcome == (FAIL,)
    loose = decide(responses_of(cells), RULE, blank="ignore")
    assert loose.outcome == (NEEDS_MORE_EVIDENCE,)
    assert loose.open == (("two",),)
    assert loose.failed == ((),)
    words = np.array([[None] * 4 + ["technically_lost", None]], dtype=object)
    codes = unanswered_codes(words, responses_of(cells))
    strict = UnansweredPolicy(technically_lost="lowest")
    assert decide(responses_of(cells), RULE, unanswered=codes, policy=strict).outcome == (FAIL,)
    assert decide(responses_of(cells), RULE, unanswered=codes).outcome == (NEEDS_MORE_EVIDENCE,)


def test_columns_are_matched_by_name() -> None:
    """The order of columns and other items do not matter; nobody is nobody."""
    codes = every_answer()[::7]
    extra = np.column_stack([codes[:, ::-1], np.full(len(codes), 9)]).astype(np.int16)
    other = Responses(items=tuple("fedcbaz"), cells=extra)
    np.testing.assert_array_equal(decide(other, RULE).scores, decide(responses_of(codes), RULE).scores)
    assert decide(responses_of(codes[:0].reshape(0, 6)), RULE).outcome == ()


def test_faults() -> None:
    """Items that are no columns, codes above the highest, codes of another shape and unknown words come at once."""
    faulty = Responses(items=tuple("abcde"), cells=np.array([[0, 2, 0, 0, 3]], dtype=np.int16))
    with pytest.raises(InputError) as caught:
        decide(faulty, RULE, unanswered=np.zeros((1, 6), dtype=np.int8), blank="zero")  # type: ignore[arg-type]
    assert [one.where for one in caught.value.problems] == [
        "item 'f'",
        "row 0, item 'b'",
        "row 0, item 'e'",
        "unanswered",
        "blank",
    ]
    many = Responses(items=tuple("abcdef"), cells=np.full((30, 6), 2, dtype=np.int16))
    with pytest.raises(InputError, match="130 more such answers"):
        decide(many, RULE)
