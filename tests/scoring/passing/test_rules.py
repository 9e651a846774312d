"""compassess.scoring.passing.rules: what a rule is, and what it refuses."""

from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.irt import Items
from compassess.scoring.passing import PassRule, form_of

from .forms import legislation, legislation_rule

PARTS = {"a": "one", "b": "one", "c": "two", "d": None}


def test_labels_by_item_and_in_order_are_the_same() -> None:
    """A mapping and a sequence beside the items make equal rules, whose hashes are equal."""
    by_name = PassRule.create(PARTS, minimum_total=3, minima={"one": 1})
    in_order = PassRule.create(list(PARTS.values()), items=list(PARTS), minimum_total=3, minima={"one": 1})
    assert by_name == in_order
    assert hash(by_name) == hash(in_order)
    assert by_name != by_name.with_total(2)
    assert by_name.with_total(2).minimum_total == 2
    assert by_name.conditions == ("total", "one")
    assert [by_name.highest_of(name) for name in ("total", "one", "two")] == [4, 2, 1]


def test_a_rule_cannot_be_changed() -> None:
    """What was handed in is copied; the value can be pickled and copied."""
    parts = dict(PARTS)
    rule = PassRule.create(parts, minimum_total=3)
    parts["e"] = "two"
    assert "e" not in rule.parts
    with pytest.raises(TypeError, match="immutable"):
        rule.parts["e"] = "two"  # type: ignore[index]
    assert pickle.loads(pickle.dumps(rule)) == rule == copy.deepcopy(rule)


def test_shares_are_rounded_up_with_a_billionth_to_spare() -> None:
    """0.7 of 10 points is 7, 0.71 of them 8; shares speak of points, not of items."""
    parts = {f"i{j}": "x" if j < 5 else "y" for j in range(10)}
    rule = PassRule.from_shares(parts, total_share=0.7, part_shares={"x": 0.5, "y": 0.0})
    assert (rule.minimum_total, dict(rule.minima)) == (7, {"x": 3, "y": 0})
    assert PassRule.from_shares(parts, total_share=0.71).minimum_total == 8
    assert PassRule.from_shares(parts, total_share=0.7, highest=3).minimum_total == 21
    for share in np.arange(1, 56) / 55:
        whole = PassRule.from_shares({f"i{j}": None for j in range(55)}, total_share=float(share))
        assert whole.minimum_total == round(share * 55)


def test_every_fault_at_once() -> None:
    """Minima nobody can reach, unknown parts, names and points that cannot be are told together."""
    with pytest.raises(InputError) as caught:
        PassRule.create(
            {"a": "one", "b": "one", "c": "total", "d": ""},
            minimum_total=-1,
            minima={"one": 3, "three": 1, "total": 2},
        )
    assert [one.where for one in caught.value.problems] == [
        "parts",
        "parts",
        "minimum_total",
        "minima['one']",
        "minima['three']",
        "minima['total']",
    ]
    assert "at most 2" in str(caught.value)
    with pytest.raises(InputError) as caught:
        PassRule.create(PARTS, minimum_total=2.5, minima={"one": True}, highest={"a": 0, "z": 1})  # type: ignore[arg-type,dict-item]
    assert [one.where for one in caught.value.problems] == [
        "highest['a']",
        "highest['z']",
        "minimum_total",
        "minima['one']",
    ]


@pytest.mark.parametrize(
    ("parts", "items", "match"),
    [
        ({}, None, "a form needs items"),
        (["x"], ["a", "b"], "1 labels for 2 items"),
        (["x", "y"], ["a", "a"], "more than once"),
        ({"a": "x"}, ["b"], "name the items already"),
        ({"a": None}, None, "the items have no parts"),
    ],
)
def test_labels_that_do_not_fit(parts: object, items: list[str] | None, match: str) -> None:
    """Labels and items must be the same number, each item once, and a minimum needs a part with items."""
    with pytest.raises(InputError, match=match):
        PassRule.create(parts, items=items, minimum_total=0, minima={"x": 1})  # type: ignore[arg-type]


def test_shares_that_are_none() -> None:
    """Each share outside [0, 1] is told."""
    with pytest.raises(InputError) as caught:
        PassRule.from_shares(PARTS, total_share=1.2, part_shares={"one": float("nan")})
    assert [one.where for one in caught.value.problems] == ["minimum_total", "minima['one']"]


def test_minima_that_say_it_all() -> None:
    """Six acts with five points each make a minimum of 30 in all redundant; five acts do not."""
    six = {f"i{j}": f"act {j % 6}" for j in range(55)}
    minima = {f"act {k}": 5 for k in range(6)}
    assert PassRule.create(six, minimum_total=30, minima=minima).redundant == ("total",)
    assert PassRule.create(six, minimum_total=31, minima=minima).redundant == ()
    assert legislation_rule(legislation()).redundant == ()


@given(
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    free=st.integers(0, 2),
    data=st.data(),
)
def test_redundant_is_what_follows_for_every_score(sizes: list[int], free: int, data: st.DataObject) -> None:
    """A condition is told as redundant if and only if no scores meet all others without it."""
    minima = [data.draw(st.integers(0, size)) for size in sizes]
    total = data.draw(st.integers(0, sum(sizes) + free))
    parts: dict[str, str | None] = {
        f"{k}.{j}": f"part {k}" for k, size in enumerate(sizes) for j in range(size)
    }
    parts |= {f"free.{j}": None for j in range(free)}
    rule = PassRule.create(parts, minimum_total=total, minima={f"part {k}": m for k, m in enumerate(minima)})
    scores = np.array(list(itertools.product(*[range(size + 1) for size in [*sizes, free]])))
    met = np.column_stack([scores.sum(axis=1) >= total, scores[:, : len(sizes)] >= minima])
    expected = [
        name
        for at, name in enumerate(rule.conditions)
        if not np.any(np.delete(met, at, axis=1).all(axis=1) & ~met[:, at])
    ]
    assert list(rule.redundant) == expected


def test_the_form_is_picked_out_of_a_bank() -> None:
    """Items come in the rule's order; unknown ones, ones without parameters and other points are told at once."""
    bank = Items.create(
        ids=["a", "b", "c"],
        a=[1.0, np.nan, 1.0],
        b=[[0.0], [np.nan], [0.0, 1.0]],
        models=["2PL", "2PL", "GRM"],
    )
    assert form_of(bank, PassRule.create({"c": None, "a": None}, minimum_total=1, highest={"c": 2})).ids == (
        "c",
        "a",
    )
    with pytest.raises(InputError) as caught:
        form_of(bank, PassRule.create(["x"] * 4, items=["a", "b", "c", "z"], minimum_total=1))
    assert [one.where for one in caught.value.problems] == ["item 'b'", "item 'c'", "item 'z'"]
