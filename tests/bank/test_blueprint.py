"""The blueprint: its values, its file, its faults, its default."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import Blueprint, ItemBank, Length, Limits, Selection, Stopping
from compassess.errors import InputError

from .samples import bank_content, blueprint_content, changed, faults, small_bank, without


def _small() -> Blueprint:
    return Blueprint.from_dict(blueprint_content())


def test_its_parts_are_typed_values() -> None:
    """What the file holds is there as values."""
    blueprint = _small()
    assert blueprint.id == "small"
    assert blueprint.competencies["cooperation"] == Limits(minimum=1, maximum=2)
    assert blueprint.competencies["ethics"] == Limits(minimum=1)
    assert blueprint.length == Length(minimum=1, maximum=30)
    assert blueprint.selection == Selection(criterion="maximum_information", randomesque=1)
    assert blueprint.stopping == Stopping(rule="standard_error", target=0.4, targets={"service": 0.35})


def test_a_block_may_have_a_target_of_its_own() -> None:
    """Without one it has the common target."""
    stopping = _small().stopping
    assert stopping.target_for("service") == 0.35
    assert stopping.target_for("transparency") == 0.40


def test_saved_and_loaded_again_it_is_equal(tmp_path: Path) -> None:
    """A blueprint survives its file, its copies and its pickles, with the same hash."""
    blueprint = _small()
    again = Blueprint.load(blueprint.save(tmp_path))
    assert again == blueprint == pickle.loads(pickle.dumps(blueprint)) == copy.deepcopy(blueprint)
    assert again.content_hash == blueprint.content_hash
    assert again.to_dict() == blueprint_content()


@given(
    minima=st.dictionaries(st.text("abc", min_size=1), st.integers(0, 3), max_size=4),
    spare=st.integers(0, 5),
    length=st.integers(15, 40),
    target=st.floats(0.01, 2),
    randomesque=st.integers(1, 10),
)
def test_every_valid_blueprint_survives_its_content(
    minima: dict[str, int], spare: int, length: int, target: float, randomesque: int
) -> None:
    """Content to value to content changes nothing."""
    blueprint = Blueprint(
        id="any",
        competencies={name: Limits(minimum=k, maximum=k + spare) for name, k in minima.items()},
        length=Length(minimum=0, maximum=length),
        stopping=Stopping(rule="standard_error", target=target),
        selection=Selection(criterion="maximum_information", randomesque=randomesque),
    )
    assert Blueprint.from_dict(blueprint.to_dict()) == blueprint


def test_equal_is_what_has_equal_content() -> None:
    """The order of the competencies does not matter; any number does."""
    content = blueprint_content()
    content["competencies"] = dict(reversed(content["competencies"].items()))
    assert Blueprint.from_dict(content) == _small()
    assert len({_small(), Blueprint.from_dict(content)}) == 1
    assert replace(_small(), length=Length(minimum=1, maximum=29)) != _small()
    assert _small() != blueprint_content()


def test_nothing_of_it_can_be_changed() -> None:
    """Mappings are read-only."""
    with pytest.raises(TypeError, match="immutable"):
        _small().competencies["ethics"] = Limits()  # type: ignore[index]
    with pytest.raises(TypeError, match="immutable"):
        _small().stopping.targets["service"] = 0.1  # type: ignore[index]


def test_targets_may_be_left_out() -> None:
    """A blueprint without overrides has none."""
    assert Blueprint.from_dict(without(blueprint_content(), "stopping", "targets")).stopping.targets == {}


FAULTS: list[tuple[tuple[str | int, ...], object, str, str]] = [
    (("id",), None, "id", "expected a text"),
    (("competencies",), [], "competencies", "expected an object"),
    (("competencies", "ethics"), 2, "competencies.ethics", "expected an object"),
    (("competencies", "ethics", "minimum"), 1.5, "competencies.ethics.minimum", "a whole number, got 1.5"),
    (("competencies", "ethics", "minimum"), -1, "competencies.ethics.minimum", "0 or more, got -1"),
    (("competencies", "cooperation", "minimum"), 3, "competencies.cooperation.maximum", "less than the min"),
    (("competencies", "ethics", "min"), 1, "competencies.ethics.min", "unknown key"),
    (("length",), 30, "length", "expected an object"),
    (("length", "maximum"), None, "length.maximum", "expected a whole number"),
    (("length", "maximum"), 3, "length.maximum", "minima of the competencies do not fit in; expected 4"),
    (("length", "minimum"), 31, "length.maximum", "less than the minimum; expected 31 or more, got 30"),
    (("length", "minimum"), -1, "length.minimum", "negative"),
    (("stopping", "rule"), "", "stopping.rule", "blank"),
    (("stopping", "target"), 0, "stopping.target", "expected a number above 0, got 0.0"),
    (("stopping", "target"), float("inf"), "stopping.target", "expected a finite number"),
    (("stopping", "targets", "service"), -0.1, "stopping.targets.service", "expected a number above 0"),
    (("stopping", "goal"), 1, "stopping.goal", "unknown key"),
    (("selection", "randomesque"), 0, "selection.randomesque", "expected 1 or more, got 0"),
    (("selection", "randomesque"), "1", "selection.randomesque", "expected a whole number"),
    (("selection", "criterion"), None, "selection.criterion", "expected a text"),
    (("stoping",), {}, "stoping", "unknown key"),
    (("format",), "compassess/bank/1", "format", "another format"),
]


@pytest.mark.parametrize(("steps", "value", "where", "message"), FAULTS)
def test_a_fault_is_told_with_its_place(
    steps: tuple[str | int, ...], value: object, where: str, message: str
) -> None:
    """One change for the worse is one problem with its place."""
    found = faults(Blueprint.from_dict, changed(blueprint_content(), *steps, to=value))
    assert set(found) == {where}
    assert message in str(found[where])


def test_maxima_must_allow_the_shortest_sitting() -> None:
    """A length that the maxima of the competencies forbid is a fault."""
    content = blueprint_content()
    for limits in content["competencies"].values():
        limits["maximum"] = 2
    content["length"]["minimum"] = 7
    assert "expected 6 or less" in str(faults(Blueprint.from_dict, content)["length.minimum"])


def test_no_item_is_no_sitting() -> None:
    """The longest sitting has at least one item."""
    content = blueprint_content() | {"competencies": {}, "length": {"minimum": 0, "maximum": 0}}
    assert set(faults(Blueprint.from_dict, content)) == {"length.maximum"}


def test_all_faults_come_at_once() -> None:
    """Wrong types in one place do not hide broken rules in another."""
    content = blueprint_content()
    content["id"] = 1
    content["competencies"]["ethics"] = None
    content["competencies"]["informing"]["maximum"] = 1
    content["length"] = {"minimum": 1, "maximum": 2}
    content["stopping"]["target"] = -1
    content["selection"] = {"criterion": "x"}
    assert set(faults(Blueprint.from_dict, content)) == {
        "id",
        "competencies.ethics",
        "competencies.informing.maximum",
        "length.maximum",
        "stopping.target",
        "selection.randomesque",
    }


def test_places_begin_with_the_file_name(tmp_path: Path) -> None:
    """A fault is found from its message alone."""
    (tmp_path / "blueprint.json").write_text('{"format": "compassess/blueprint/1"}', encoding="utf-8")
    assert "blueprint.json length" in faults(Blueprint.load, tmp_path)


def test_one_built_without_a_file_is_held_to_the_same_rules() -> None:
    """Replacing a part checks the new blueprint."""
    with pytest.raises(InputError, match=r"length\.maximum: the minima"):
        replace(_small(), length=Length(minimum=0, maximum=1))


def test_the_default_asks_for_two_items_of_every_competency() -> None:
    """Two operational items or as many as there are, SE 0.40 in every block, thirty items."""
    blueprint = Blueprint.default(small_bank())
    assert {name: limit.minimum for name, limit in blueprint.competencies.items()} == {
        "informing": 2,
        "cooperation": 2,
        "ethics": 1,  # the other one is a pilot item
    }
    assert all(limit.maximum is None for limit in blueprint.competencies.values())
    assert blueprint.length == Length(minimum=1, maximum=30)
    assert blueprint.stopping == Stopping(rule="standard_error", target=0.40)
    assert blueprint.selection == Selection(criterion="maximum_information", randomesque=1)
    assert blueprint.id == "small"


def test_the_default_of_many_competencies_is_long_enough() -> None:
    """Sixteen competencies with two items each need more than thirty items."""
    content = bank_content()
    template = content["items"][0]
    content["competencies"] = [
        content["competencies"][0] | {"id": f"c{i}", "block": "service"} for i in range(16)
    ]
    content["items"] = [
        template | {"id": f"i{i}", "competency": f"c{i // 2}", "block": "service"} for i in range(32)
    ]
    assert Blueprint.default(ItemBank.from_dict(content)).length.maximum == 32
