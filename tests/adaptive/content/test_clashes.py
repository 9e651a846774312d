"""compassess.adaptive.content.clashes: a blueprint that no test satisfies is refused, and told why."""

from __future__ import annotations

from typing import Any

import banks
import pytest
from hypothesis import given, settings

import compassess as ca
from compassess.adaptive.content import clashing, rows_of

from .samples import attributed, constraint_lists
from .test_programme import BANK, LENGTH, blueprint_of, every_test


@settings(max_examples=40, deadline=None)
@given(constraint_lists(BANK, length=LENGTH))
def test_what_is_named_clashes_and_nothing_less_does(constraints: list[dict[str, Any]]) -> None:
    """No test satisfies the demands named; without any one of them there is a test."""
    names = clashing(rows_of(BANK, blueprint_of(constraints)))
    assert bool(names) == (not len(every_test(blueprint_of(constraints))))
    named = [one for one in constraints if any(name.endswith(f"({one['id']})") for name in names)]
    if not names:
        return
    any_length = "length" not in names
    assert not len(every_test(blueprint_of(named), any_length=any_length))
    for left_out in named:
        fewer = [one for one in named if one is not left_out]
        assert len(every_test(blueprint_of(fewer), any_length=any_length))
    assert any_length or len(every_test(blueprint_of(named), any_length=True))


def test_an_infeasible_blueprint_is_refused_before_the_first_examinee() -> None:
    """One fault names the clashing demands by their places, and no others."""
    essays = {"attributes": {"format": "essay"}}
    section = {
        "method": "shadow_test",
        "constraints": [
            {"id": "words", "kind": "sum", "attribute": "words", "maximum": 5000},
            {"id": "many essays", "kind": "count", "items": essays, "minimum": 6},
            {"id": "few tasks", "kind": "count", "items": {"attributes": {"format": ["task"]}}, "maximum": 3},
            {"id": "few essays", "kind": "count", "items": essays, "maximum": 5},
        ],
    }
    with pytest.raises(ca.InputError) as caught:
        banks.assessment(attributed(), limits=(0, None), length=(10, 10), content=section)
    (problem,) = caught.value.problems
    assert problem.where == "blueprint.json content"
    assert problem.what == (
        "no test of this bank satisfies these together: content.constraints[1] (many essays), "
        "content.constraints[3] (few essays)"
    )


def test_length_and_limits_are_among_what_may_clash() -> None:
    """Words that no test of the least length can have so few of clash with the length alone."""
    section = {
        "method": "shadow_test",
        "constraints": [{"id": "words", "kind": "sum", "attribute": "words", "maximum": 100}],
    }
    with pytest.raises(ca.InputError, match=r"length, content\.constraints\[0\] \(words\)$|length, content"):
        banks.assessment(attributed(), limits=(0, None), length=(10, 10), content=section)
    section["constraints"] = [{"id": "p", "kind": "count", "items": {"competency": "p1"}, "maximum": 1}]
    with pytest.raises(ca.InputError, match=r"competencies\.p1, content\.constraints\[0\] \(p\)"):
        banks.assessment(attributed(), limits={"p1": (2, None)}, length=(10, 10), content=section)


def test_what_clashes_only_for_a_category_is_told_too() -> None:
    """A constraint of a category is judged before anybody of that category sits."""
    bank = attributed()
    content = banks.bands(bank).to_dict() | {"categories": {"leading": {}}}
    section = {
        "method": "shadow_test",
        "constraints": [
            {"id": "some", "kind": "count", "items": {"competency": "p1"}, "minimum": 3},
            {
                "id": "none",
                "kind": "exclude",
                "items": {"competency": "p1"},
                "categories": ["leading"],
            },
        ],
    }
    with pytest.raises(ca.InputError, match="for posts of the category 'leading'"):
        banks.assessment(bank, rules=ca.Bands.from_dict(content), limits=(0, None), content=section)
