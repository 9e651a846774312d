"""compassess.scoring.true_score_cuts: a rule of a linear form as cuts on θ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from compassess.errors import InputError
from compassess.irt import Items, Population, expected_total
from compassess.scoring.passing import PassRule
from compassess.scoring.true_score_cuts import true_score_cuts

from .passing.forms import legislation, legislation_rule, two_abilities


def test_each_minimum_becomes_the_ability_that_has_it_as_true_score() -> None:
    """θ_k solves T_k(θ) = m_k; the largest is the cut, and the condition that it belongs to is told."""
    items = legislation()
    rule = legislation_rule(items)
    found = true_score_cuts(items, rule)
    for one, column in zip(found.conditions, rule.membership.T, strict=True):
        mine = items.select(column)
        root = brentq(lambda x, mine=mine, m=one.needed: expected_total(mine, [x])[0] - m, -9, 9)
        assert one.theta == pytest.approx(root, abs=1e-9)
    thetas = [one.theta for one in found.conditions]
    assert found.cut == max(thetas)
    assert found.binding == (found.conditions[int(np.argmax(thetas))].id,)
    table = found.to_frame()
    assert table["condition"].tolist() == list(rule.conditions)
    assert table["binding"].sum() == 1


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_the_rule_on_true_scores_is_the_cut(seed: int, data: st.DataObject) -> None:
    """At any θ the true scores satisfy the rule if and only if θ is at or above the cut."""
    rng = np.random.default_rng(seed)
    items = Items.create(
        ids=list("abcde"),
        models=["2PL", "3PL", "2PL", "GRM", "GPCM"],
        a=rng.uniform(0.5, 2.0, 5),
        b=[[0.1], [-0.5], [1.0], np.sort(rng.normal(size=2)).tolist(), rng.normal(size=2).tolist()],
        c=[0, 0.2, 0, 0, 0],
    )
    parts = ["x", "x", None, "y", "y"]
    rule = PassRule.create(
        parts,
        items=items.ids,
        minimum_total=data.draw(st.integers(0, 6)),
        minima={"x": data.draw(st.integers(0, 1)), "y": data.draw(st.integers(0, 3))},
        highest={"a": 1, "b": 1, "c": 1, "d": 2, "e": 2},
    )
    found = true_score_cuts(items, rule)
    theta = rng.normal(0, 2, 50)
    true = np.all(
        [
            expected_total(items.select(column), theta) >= m
            for column, m in zip(rule.membership.T, rule.needed, strict=True)
        ],
        axis=0,
    )
    np.testing.assert_array_equal(true, theta >= found.cut)


def test_what_guessing_gives_is_no_cut() -> None:
    """A minimum at or below Σ c is met by every ability; several dimensions have no single cut."""
    items = Items.create(ids=["g", "h"], models=["3PL"] * 2, a=[1.0] * 2, b=[[0.0]] * 2, c=[0.5, 0.5])
    rule = PassRule.create(["x", "x"], items=items.ids, minimum_total=1, minima={"x": 1})
    found = true_score_cuts(items, rule)
    assert found.cut == -np.inf
    assert found.binding == ("total", "x")
    assert found.redundant == ("total", "x")


def test_parts_of_several_blocks_have_cuts_of_their_own() -> None:
    """A part of one block is cut on it; the total, a sum over two blocks, has no cut."""
    items = two_abilities()
    rule = PassRule.create(
        ["x", "x", "y", "y", "y"],
        items=items.ids,
        minimum_total=3,
        minima={"x": 1, "y": 2},
        highest={"x": 2} | dict.fromkeys("vwyz", 1),
    )
    found = true_score_cuts(items, rule)
    assert [one.dimensions for one in found.conditions] == [("p", "q"), ("p",), ("q",)]
    assert np.isnan([found.conditions[0].theta, found.cut]).all()
    assert found.binding == ()
    assert expected_total(items.select(list("vw")), [found.conditions[1].theta])[0] == pytest.approx(1.0)


def test_faults() -> None:
    """Minima at all points, strangers to the population and ambiguous names are told."""
    items = two_abilities()
    highest = {"x": 2} | dict.fromkeys("vwyz", 1)
    rule = PassRule.create(
        ["x"] * 2 + ["y"] * 3, items=items.ids, minimum_total=6, minima={"x": 2, "y": 1}, highest=highest
    )
    with pytest.raises(InputError) as caught:
        true_score_cuts(items, rule)
    assert [one.where for one in caught.value.problems] == ["minimum_total", "minima['x']"]
    softer = PassRule.create(["x"] * 2 + ["y"] * 3, items=items.ids, minimum_total=3, highest=highest)
    with pytest.raises(InputError) as caught:
        true_score_cuts(items, softer, population=Population.create(["r"]))
    assert len(caught.value.problems) == 2
    blurred = Population.create(["p", "q"], competencies={"p": "p", "q": "q"}, loadings={"q": 0.8})
    with pytest.raises(InputError, match="the name of a block"):
        true_score_cuts(items, softer, population=blurred)
