"""The sections start, pilot, review and time_limits of a blueprint."""

from __future__ import annotations

from typing import Any

import banks
import pytest

import compassess as ca
from compassess.bank import Blueprint, Conduct, PilotRule, Review, Start, TimeLimits

BANK = banks.with_pilots(banks.with_options())

SECTIONS: dict[str, dict[str, Any]] = {
    "start": {
        "items": ["c1_1"],
        "count": 1,
        "lowest": None,
        "highest": None,
        "theta": None,
        "categories": {},
    },
    "pilot": {"count": 2, "first": 2, "last": 9},
    "review": {"returning": True, "changing": False},
    "time_limits": {"item": 90.0, "sitting": None},
}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_goes_through_the_file(name: str) -> None:
    """What is read is what is written, and it makes another blueprint."""
    made = banks.blueprint(BANK, **{name: SECTIONS[name]})
    assert made.to_dict()[name] == SECTIONS[name]
    assert Blueprint.from_dict(made.to_dict()) == made
    assert made.content_hash != Blueprint.default(BANK).content_hash


def test_sections_that_say_nothing_are_no_content() -> None:
    """The defaults written out have the hash of a blueprint without them."""
    spelled = banks.blueprint(
        BANK, review={"returning": False, "changing": False}, time_limits={"item": None, "sitting": None}
    )
    assert spelled == Blueprint.default(BANK)
    assert set(SECTIONS).isdisjoint(spelled.to_dict())
    assert spelled.conduct == Conduct()


def test_the_values_have_names() -> None:
    """Each section is a value."""
    made = banks.blueprint(BANK, **SECTIONS)
    assert made.conduct == Conduct(
        start=Start(items=("c1_1",)),
        pilot=PilotRule(count=2, first=2, last=9),
        review=Review(returning=True),
        time_limits=TimeLimits(item=90.0),
    )


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no way to start": ({"start": {"count": 2}}, "start"),
    "two ways to start": ({"start": {"items": ["c1_1"], "theta": 0.0}}, "start"),
    "half a range": ({"start": {"lowest": 0.0}}, "start.lowest"),
    "a range backwards": ({"start": {"lowest": 1.0, "highest": 0.0}}, "start.lowest"),
    "no items": ({"start": {"theta": 0.0, "count": 0}}, "start.count"),
    "more than a sitting has": ({"start": {"theta": 0.0, "count": 31}}, "start.count"),
    "an item twice": ({"start": {"items": ["c1_1", "c1_1"]}}, "start.items"),
    "categories without a θ": ({"start": {"items": ["c1_1"], "categories": {"a": 1.0}}}, "start.categories"),
    "an item that is not there": ({"start": {"items": ["c1_99"]}}, "start.items[0]"),
    "an item that does not count": ({"start": {"items": ["new_0"]}}, "start.items[0]"),
    "no pilot item": ({"pilot": {"count": 0, "first": 1, "last": 3}}, "pilot.count"),
    "more than there are": ({"pilot": {"count": 7, "first": 1, "last": 30}}, "pilot.count"),
    "before the first": ({"pilot": {"count": 1, "first": 0, "last": 3}}, "pilot.first"),
    "beyond the last": ({"pilot": {"count": 1, "first": 1, "last": 31}}, "pilot.last"),
    "a window too small": ({"pilot": {"count": 3, "first": 2, "last": 3}}, "pilot.last"),
    "no time": ({"time_limits": {"item": 0.0}}, "time_limits.item"),
    "an unknown key": ({"review": {"undoing": True}}, "review.undoing"),
    "a word for a truth": ({"review": {"changing": "yes"}}, "review.changing"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults_have_their_place(case: str) -> None:
    """Each fault is told with its place in the file."""
    sections, where = FAULTS[case]
    with pytest.raises(ca.InputError) as caught:
        banks.assessment(BANK, **sections)
    assert [problem.where.removeprefix("blueprint.json ") for problem in caught.value.problems] == [where]


def test_more_first_items_than_a_maximum() -> None:
    """A fixed start cannot break a maximum."""
    with pytest.raises(ca.InputError, match="more items of 'c1' than its maximum"):
        banks.assessment(
            BANK, start={"items": ["c1_1", "c1_2"]}, limits={"c1": (0, 1), "c2": (0, None), "c3": (0, None)}
        )


def test_all_faults_at_once() -> None:
    """Faults of several sections come together, also beside others of the file."""
    content = banks.blueprint(BANK).to_dict()
    content |= {"pilot": {"count": 0, "first": 0, "last": 5}, "time_limits": {"sitting": -1.0}, "id": ""}
    with pytest.raises(ca.InputError) as caught:
        Blueprint.from_dict(content)
    assert {p.where for p in caught.value.problems} == {
        "id",
        "pilot.count",
        "pilot.first",
        "time_limits.sitting",
    }
