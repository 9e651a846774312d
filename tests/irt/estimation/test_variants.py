"""A freed item is as many items as there are groups."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt.estimation.groups import Groups, groups_of
from compassess.irt.estimation.variants import variants_of
from compassess.responses import Responses

ITEMS = ("x", "y", "z")
THREE = groups_of(["a", "b", "c"], None, 3)


def test_an_item_that_is_not_freed_has_one_variant() -> None:
    """Everybody's, in the order of the items."""
    variants = variants_of(ITEMS, Groups.single(5), ())
    assert variants.item.tolist() == [0, 1, 2]
    assert variants.group.tolist() == [-1, -1, -1]
    assert variants.of_group(0).tolist() == [0, 1, 2]


@pytest.mark.parametrize("freed", [["z", "x"], {"z": ["a"], "x": ["b"]}], ids=["ids", "parameters"])
def test_a_freed_item_has_one_for_each_group(freed: list[str] | dict[str, list[str]]) -> None:
    """The reference's stands in the item's place; those of the others follow, group by group."""
    variants = variants_of(ITEMS, THREE, freed)
    assert variants.n_variants == 3 + 2 * 2
    assert variants.of_group(0).tolist() == [0, 1, 2]
    for group in (1, 2):
        mine = variants.of_group(group)
        assert mine[1] == 1
        assert variants.item[mine].tolist() == [0, 1, 2]
        assert variants.group[mine[[0, 2]]].tolist() == [group, group]
    assert len(variants.of_item("x")) == 3
    assert len(variants.of_item("y")) == 1


def test_columns_are_found_by_group() -> None:
    """In each group a variant has the item's column, or one that nobody has."""
    variants = variants_of(ITEMS, THREE, ["x"])
    for group in range(3):
        names = variants.names_in(group)
        told = [name for name in names if name in ITEMS]
        assert sorted(told) == ["x", "y", "z"]
        assert len(set(names)) == len(names)
        assert names[variants.of_group(group)[0]] == "x"


def test_answers_are_counted_by_variant() -> None:
    """Those of a freed item group by group, those of the others together."""
    variants = variants_of(ITEMS, groups_of(["a", "b"], None, 2), ["y"])
    parts = [Responses.from_array([[0, 1, 1]], items=ITEMS), Responses.from_array([[1, 0, 1]], items=ITEMS)]
    counts = variants.counts(parts, 2)
    assert counts[0].tolist() == [1, 1]
    assert counts[2].tolist() == [0, 2]
    first, second = variants.of_item("y")
    assert counts[first].tolist() == [0, 1]
    assert counts[second].tolist() == [1, 0]
    assert counts.dtype == np.int64


def test_nothing_is_freed_without_groups_or_by_a_wrong_name() -> None:
    """Both faults at once."""
    with pytest.raises(InputError) as caught:
        variants_of(ITEMS, Groups.single(3), ["w", "x"])
    assert [problem.where for problem in caught.value.problems] == ["freed['w']", "freed"]
