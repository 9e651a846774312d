"""compassess.bank.retakes: when somebody may sit again, in the bands file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compassess.bank import Bands, Period, RetakeRule
from compassess.errors import InputError

from .samples import bands_content, changed, faults

SECTION: dict[str, Any] = {
    "wait": {"years": 0, "months": 3, "days": 0},
    "wait_after": {"incomplete": {"years": 0, "months": 6, "days": 0}},
    "most": 3,
    "window": {"years": 1, "months": 0, "days": 0},
    "counted": ["concluded", "failed"],
    "zone": "+05:00",
}


def _content(**changes: Any) -> dict[str, Any]:
    return bands_content() | {"retakes": SECTION | changes}


def test_a_section_is_read_and_written() -> None:
    """Content to value to content changes nothing."""
    bands = Bands.from_dict(_content())
    assert bands.retakes == RetakeRule(
        wait=Period(months=3),
        wait_after={"incomplete": Period(months=6)},
        most=3,
        window=Period(years=1),
        counted=("concluded", "failed"),
        zone="+05:00",
    )
    assert bands.to_dict() == _content()
    assert bands != Bands.from_dict(bands_content())


@pytest.mark.parametrize("section", [{}, {"most": None, "counted": list(RetakeRule().counted)}])
def test_no_limits_are_no_content(section: dict[str, Any]) -> None:
    """A section that says no more than the defaults leaves content and hash as they were."""
    bands = Bands.from_dict(bands_content() | {"retakes": section})
    assert bands.retakes == RetakeRule()
    assert bands.to_dict() == bands_content()


def test_waits_by_outcome() -> None:
    """An outcome's own wait comes first; without one the common wait, where the sitting counts."""
    rule = Bands.from_dict(_content()).retakes
    assert rule.wait_for("incomplete") == Period(months=6)  # it does not count, and is waited for
    assert rule.wait_for("failed") == Period(months=3)
    assert rule.wait_for("technically_lost") is None
    assert RetakeRule().wait_for("concluded") is None


@pytest.mark.parametrize(
    ("steps", "value", "where", "what"),
    [
        (("wait",), {"days": -1}, "retakes.wait.days", "0 or more"),
        (("wait_after", "lost"), {"days": 1}, "retakes.wait_after.lost", "'concluded'"),
        (("wait_after", "failed"), {"hours": 1}, "retakes.wait_after.failed.hours", "unknown key"),
        (("most",), 0, "retakes.most", "nobody could ever sit"),
        (("most",), None, "retakes.window", "no number of sittings"),
        (("window",), {}, "retakes.window", "a period of nothing"),
        (("counted",), ["failed", "failed"], "retakes.counted[1]", "stands here twice"),
        (("zone",), "Mars", "retakes.zone", "no time zone"),
        (("limit",), 1, "retakes.limit", "unknown key"),
    ],
)
def test_a_fault_is_told_with_its_place(steps: tuple[str, ...], value: object, where: str, what: str) -> None:
    """Of types and of rules alike."""
    found = faults(Bands.from_dict, changed(_content(), "retakes", *steps, to=value))
    assert any(place.startswith(where) and what in str(found[place]) for place in found), found
    assert len(found) == 1


def test_a_wait_may_be_nothing() -> None:
    """That takes the common wait away from an outcome."""
    bands = Bands.from_dict(changed(_content(), "retakes", "wait_after", "withheld", to={}))
    assert bands.retakes.wait_for("withheld") == Period()


def test_rules_built_in_python_are_held_to_the_same() -> None:
    """All faults at once, and with those of the rest of the bands."""
    rule = RetakeRule(
        wait_after={"lost": Period(days=-1)},  # type: ignore[dict-item]
        most=0,
        window=Period(),
        zone="nowhere",
    )
    with pytest.raises(InputError) as caught:
        replace(Bands.from_dict(bands_content()), retakes=rule, contrast_probability=2.0)
    assert [problem.where for problem in caught.value.problems] == [
        "contrast_probability",
        "retakes.wait_after.lost",
        "retakes.wait_after.lost.days",
        "retakes.most",
        "retakes.window",
        "retakes.zone",
    ]


def test_a_number_that_is_none_is_told() -> None:
    """Not a crash of a comparison."""
    with pytest.raises(InputError, match=r"retakes.most: .* expected 1 or more, got \"2\""):
        replace(Bands.from_dict(bands_content()), retakes=RetakeRule(most="2"))  # type: ignore[arg-type]


def test_a_rule_cannot_be_changed() -> None:
    """Its mapping is a copy, and read-only."""
    waits = {"failed": Period(days=1)}
    rule = RetakeRule(wait_after=waits)  # type: ignore[arg-type]
    waits["failed"] = Period(days=2)
    assert rule.wait_for("failed") == Period(days=1)
    with pytest.raises(TypeError):
        rule.wait_after["failed"] = Period()  # type: ignore[index]
