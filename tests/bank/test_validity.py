"""compassess.bank.validity: how long a result is valid, in the bands file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compassess.bank import Bands, Period, ValidityRule
from compassess.errors import InputError

from .samples import bands_content, changed, faults, without

SECTION: dict[str, Any] = {
    "period": {"years": 1, "months": 0, "days": 0},
    "ends": "day_ends",
    "zone": "Asia/Almaty",
    "stands": "best",
    "replaced_by": ["concluded"],
}


def _content(**changes: Any) -> dict[str, Any]:
    return without(bands_content(), "validity_days") | {"validity": SECTION | changes}


def test_days_alone_are_a_rule() -> None:
    """``validity_days`` is so many days to the same time of day; content and hash are what they were."""
    bands = Bands.from_dict(bands_content())
    assert bands.validity == ValidityRule(period=Period(days=365), ends="same_time")
    assert bands.to_dict()["validity_days"] == 365
    assert "validity" not in bands.to_dict()


def test_the_hash_of_files_without_the_sections_stays() -> None:
    """Bands from before there were sections on validity and retakes have the hash that they had then."""
    before = "sha256:700187b5074085845a560b46ba17d311358b34962d7a54714ab7205bb9dd6fb8"
    assert Bands.from_dict(bands_content()).content_hash == before


def test_a_section_is_read_and_written() -> None:
    """Content to value to content changes nothing."""
    bands = Bands.from_dict(_content())
    assert bands.validity == ValidityRule(
        period=Period(years=1), ends="day_ends", zone="Asia/Almaty", stands="best", replaced_by=("concluded",)
    )
    assert bands.to_dict() == _content()


def test_what_a_section_leaves_out() -> None:
    """The defaults: to the beginning of the day, in the zone of the hall, the latest result stands."""
    bands = Bands.from_dict(_content() | {"validity": {"period": {"years": 1}}})
    assert bands.validity == ValidityRule()
    assert bands.validity.period == Period(years=1)


def test_one_rule_has_one_spelling() -> None:
    """A section that says what days alone say is written as those, so that the hash is one."""
    section = {"period": {"days": 365}, "ends": "same_time"}
    bands = Bands.from_dict(_content() | {"validity": section})
    assert bands == Bands.from_dict(bands_content())
    assert bands.to_dict() == bands_content()


def test_both_spellings_at_once_are_refused() -> None:
    """Nobody could tell which of them holds."""
    found = faults(Bands.from_dict, _content() | {"validity_days": 365})
    assert found.keys() == {"validity"}
    assert "beside validity_days" in found["validity"].what


def test_neither_is_missing() -> None:
    """How long a result is valid must be said."""
    assert faults(Bands.from_dict, without(bands_content(), "validity_days")).keys() == {"validity_days"}


@pytest.mark.parametrize(
    ("steps", "value", "where", "what"),
    [
        (("period",), {}, "validity.period", "a period of nothing"),
        (("period", "years"), -1, "validity.period.years", "no number of whole years"),
        (("period", "months"), 1.5, "validity.period.months", "whole number"),
        (("period", "weeks"), 1, "validity.period.weeks", "unknown key"),
        (("period",), None, "validity.period", "expected an object"),
        (("ends",), "soon", "validity.ends", "'day_begins'"),
        (("zone",), "Asia/Nowhere", "validity.zone", "no time zone that is known here"),
        (("stands",), "first", "validity.stands", "'latest'"),
        (("replaced_by", 0), "lost", "validity.replaced_by[0]", "'concluded'"),
        (("replaced_by",), ["failed", "failed"], "validity.replaced_by[1]", "stands here twice"),
        (("until",), 1, "validity.until", "unknown key"),
    ],
)
def test_a_fault_of_the_section_is_told(steps: tuple[str, ...], value: object, where: str, what: str) -> None:
    """Each with its place in the file."""
    found = faults(Bands.from_dict, changed(_content(), "validity", *steps, to=value))
    assert found.keys() == {where}
    assert what in str(found[where])


def test_a_section_without_a_period_is_refused() -> None:
    """A year is the example of the documents, not something that a file leaves out."""
    assert faults(Bands.from_dict, without(_content(), "validity", "period")).keys() == {"validity.period"}


def test_rules_built_in_python_are_held_to_the_same() -> None:
    """All faults at once."""
    rule = ValidityRule(
        period=Period(days=-1),
        ends="never",  # type: ignore[arg-type]
        zone="nowhere",
        stands="worst",  # type: ignore[arg-type]
        replaced_by=("lost", "lost"),  # type: ignore[arg-type]
    )
    with pytest.raises(InputError) as caught:
        replace(Bands.from_dict(bands_content()), validity=rule)
    assert [problem.where for problem in caught.value.problems] == [
        "validity.period.days",
        "validity.ends",
        "validity.stands",
        "validity.zone",
        "validity.replaced_by[1]",
        "validity.replaced_by[0]",
        "validity.replaced_by[1]",
    ]
