"""Which item stands where."""

from __future__ import annotations

import pytest

from compassess.errors import InputError
from compassess.irt.estimation.structure import DEFAULT_BLOCK, structure_of


def test_without_mappings_there_is_one_block() -> None:
    """All items stand in one competency, which is the block itself."""
    found = structure_of(["x", "y"], None, None)
    assert found.blocks == (DEFAULT_BLOCK,)
    assert found.competency_of_item == (DEFAULT_BLOCK, DEFAULT_BLOCK)


def test_without_competencies_a_block_is_its_own() -> None:
    """Blocks stand in order of appearance."""
    found = structure_of(["x", "y", "z"], {"x": "b", "y": "a", "z": "b"}, None)
    assert found.blocks == ("b", "a")
    assert found.block_of_competency == {"b": "b", "a": "a"}


def test_competencies_stand_in_their_block() -> None:
    """Items lead to a competency, competencies to a block."""
    found = structure_of(["x", "y"], {"x": "a", "y": "b"}, {"x": "c", "y": "d"})
    assert found.block_of_competency == {"c": "a", "d": "b"}
    assert found.competency_of_item == ("c", "d")


def test_competencies_without_blocks_stand_in_one() -> None:
    """Without blocks= all competencies hang on one block."""
    found = structure_of(["x", "y"], None, {"x": "c", "y": "d"})
    assert found.blocks == (DEFAULT_BLOCK,)


def test_all_faults_are_told_at_once() -> None:
    """Items without a block, without a competency, and a competency in two blocks: one error."""
    with pytest.raises(InputError) as caught:
        structure_of(
            ["x", "y", "z", "w"],
            {"x": "a", "y": "b", "z": "a"},
            {"x": "c", "y": "c", "w": "c"},
        )
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 3
    assert "item 'w': it has no block" in told[0]
    assert "item 'z': it has no competency" in told[1]
    assert "item 'y': competency 'c' stands in two blocks" in told[2]
