"""How long a result is valid, and which of several results stands.

Rule: this file holds the policy as a value and what can be wrong with it. What follows from it at some
time is in ``scoring/validity.py`` and ``scoring/standing.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import pydantic

from compassess.bank.periods import Period, RawPeriod, period_problems
from compassess.bank.places import place, shown
from compassess.bank.reader import Reader
from compassess.bank.rules import repeated
from compassess.bank.schema import WHOLE, Name, Strict
from compassess.bank.zones import zone_problems
from compassess.errors import Problem

__all__ = [
    "OUTCOMES",
    "Ends",
    "Outcome",
    "Stands",
    "ValidityRule",
    "outcome_problems",
    "validity_content",
    "validity_from",
    "validity_problems",
]

Outcome = Literal["concluded", "failed", "withheld", "incomplete", "technically_lost"]
#: What can come of a sitting. The first two are results; the others leave the person without one.
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

Ends = Literal["day_begins", "day_ends", "same_time"]
Stands = Literal["latest", "best"]

_A_YEAR: Final = Period(years=1)
_RESULTS: Final[tuple[Outcome, ...]] = ("concluded", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityRule:
    """How long a result is valid, and which of several results stands.

    Attributes
    ----------
    period : counted on the calendar from the day of the test (:meth:`Period.after`).
    ends : of the day arrived at: "day_begins", at its first moment; "day_ends", at its last, so that the day
        itself still counts; "same_time", at the time of day of the test. Whichever it is, validity is
        half-open: the moment named is the first at which the result is no longer valid.
    zone : whose days they are: an offset such as "+05:00" or a name such as "Asia/Almaty"; None for the zone
        in which the time of the test was handed in, that of the hall.
    stands : "latest": a later sitting replaces earlier results, for good; "best": results stay beside each
        other, and the one with the highest score counts. The best of n results is the one with the luckiest
        error: its expectation rises with n although nobody has learned anything.
    replaced_by : outcomes of a later sitting that replace an earlier result, under "latest". With
        "incomplete" among them nobody keeps an earlier result by breaking off a sitting that goes badly.
    """

    period: Period = _A_YEAR
    ends: Ends = "day_begins"
    zone: str | None = None
    stands: Stands = "latest"
    replaced_by: tuple[Outcome, ...] = _RESULTS

    def to_dict(self) -> dict[str, Any]:
        """The section ``validity`` of ``bands.json``, every key written out."""
        return {
            "period": self.period.to_dict(),
            "ends": self.ends,
            "zone": self.zone,
            "stands": self.stands,
            "replaced_by": list(self.replaced_by),
        }


class _RawValidity(Strict):
    period: RawPeriod
    ends: Ends = "day_begins"
    zone: Name | None = None
    stands: Stands = "latest"
    replaced_by: list[Outcome] = pydantic.Field(default_factory=lambda: list(_RESULTS))

    def entry(self) -> ValidityRule:
        return ValidityRule(
            period=self.period.entry(),
            ends=self.ends,
            zone=self.zone,
            stands=self.stands,
            replaced_by=tuple(self.replaced_by),
        )


def validity_from(reader: Reader) -> ValidityRule | None:
    """The rule as a document spells it: ``validity_days`` or the section ``validity``; None if unreadable."""
    if reader.has("validity_days") and reader.has("validity"):
        reader.problems.append(
            Problem(where="validity", what="stands beside validity_days", expected="one of the two")
        )
    if reader.has("validity"):
        reader.optional("validity_days", WHOLE)
        return reader.optional_part("validity", _RawValidity)
    days = reader.field("validity_days", WHOLE, instead=None)
    return None if days is None else _in_days(days)


def validity_content(rule: ValidityRule) -> dict[str, Any]:
    """The rule as a document spells it: in one way only, so that one rule has one hash."""
    if rule == _in_days(rule.period.days):
        return {"validity_days": rule.period.days}
    return {"validity": rule.to_dict()}


def validity_problems(rule: ValidityRule) -> Iterator[Problem]:
    """What is wrong with a rule; places as in ``bands.json``."""
    if rule == _in_days(rule.period.days):
        if not isinstance(rule.period.days, int) or rule.period.days < 1:
            yield Problem(
                where="validity_days",
                what="a conclusion is valid for a day at least",
                got=shown(rule.period.days),
            )
        return
    yield from period_problems(rule.period, "validity", "period")
    for name, allowed in (("ends", get_args(Ends)), ("stands", get_args(Stands))):
        if getattr(rule, name) not in allowed:
            yield Problem(
                where=place("validity", name),
                what="unknown value",
                got=shown(getattr(rule, name)),
                expected=" or ".join(map(repr, allowed)),
            )
    yield from zone_problems(rule.zone, "validity", "zone")
    yield from outcome_problems(rule.replaced_by, "validity", "replaced_by")


def outcome_problems(outcomes: Sequence[str], *steps: str) -> Iterator[Problem]:
    """What is wrong with a list of outcomes that stands at ``steps``."""
    yield from repeated(outcomes, *steps)
    for index, outcome in enumerate(outcomes):
        if outcome not in OUTCOMES:
            yield Problem(
                where=place(*steps, index),
                what="unknown outcome",
                got=shown(outcome),
                expected=" or ".join(OUTCOMES),
            )


def _in_days(days: int) -> ValidityRule:
    """What ``validity_days`` alone says: so many days, to the same time of day."""
    return ValidityRule(period=Period(days=days), ends="same_time")
