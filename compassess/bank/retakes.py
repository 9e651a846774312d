"""When somebody may sit again: waits after a sitting, and how many sittings there are.

Rule: this file holds the policy as a value and what can be wrong with it. What it says of somebody's
sittings is in ``scoring/retakes.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from compassess.bank.periods import Period, RawPeriod, period_problems
from compassess.bank.places import place, shown
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Whole
from compassess.bank.validity import OUTCOMES, Outcome, outcome_problems
from compassess.bank.zones import zone_problems
from compassess.errors import Problem

__all__ = ["RawRetakes", "RetakeRule", "retake_problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetakeRule:
    """When somebody may sit again; the defaults set no limit.

    Attributes
    ----------
    wait : after a sitting that counts; None for no wait.
    wait_after : other waits by outcome, also of sittings that do not count: a cooling-off after one that
        was broken off, say. A period of nothing takes the wait away.
    most : how many sittings that count may lie in ``window``; None for any number.
    window : a sitting leaves the count when this period after its day is over; None: it never does.
    counted : outcomes of sittings that count. By default all but those that the hall lost.
    zone : whose days they are, as in :class:`compassess.bank.ValidityRule`.

    Every period is counted on the calendar from the day of the sitting, and is over when the day arrived at
    begins.
    """

    wait: Period | None = None
    wait_after: Mapping[Outcome, Period] = field(default_factory=dict)
    most: int | None = None
    window: Period | None = None
    counted: tuple[Outcome, ...] = ("concluded", "failed", "withheld", "incomplete")
    zone: str | None = None

    def __post_init__(self) -> None:
        freeze(self, wait_after=self.wait_after)

    def wait_for(self, outcome: Outcome) -> Period | None:
        """The wait after a sitting with this outcome."""
        return self.wait_after.get(outcome, self.wait if outcome in self.counted else None)

    def to_dict(self) -> dict[str, Any]:
        """The section ``retakes`` of ``bands.json``, every key written out."""
        return {
            "wait": None if self.wait is None else self.wait.to_dict(),
            "wait_after": {outcome: wait.to_dict() for outcome, wait in self.wait_after.items()},
            "most": self.most,
            "window": None if self.window is None else self.window.to_dict(),
            "counted": list(self.counted),
            "zone": self.zone,
        }


class RawRetakes(Strict):
    """The section ``retakes`` of ``bands.json``."""

    wait: RawPeriod | None = None
    wait_after: dict[Outcome, RawPeriod] = pydantic.Field(default_factory=dict)
    most: Whole | None = None
    window: RawPeriod | None = None
    counted: list[Outcome] = pydantic.Field(default_factory=lambda: list(RetakeRule().counted))
    zone: Name | None = None

    def entry(self) -> RetakeRule:
        """The rule."""
        return RetakeRule(
            wait=None if self.wait is None else self.wait.entry(),
            wait_after={outcome: wait.entry() for outcome, wait in self.wait_after.items()},
            most=self.most,
            window=None if self.window is None else self.window.entry(),
            counted=tuple(self.counted),
            zone=self.zone,
        )


def retake_problems(rule: RetakeRule) -> Iterator[Problem]:
    """What is wrong with a rule; places as in ``bands.json``."""
    if rule.wait is not None:
        yield from period_problems(rule.wait, "retakes", "wait", may_be_nothing=True)
    for outcome, wait in rule.wait_after.items():
        if outcome not in OUTCOMES:
            yield Problem(
                where=place("retakes", "wait_after", outcome),
                what="unknown outcome",
                expected=" or ".join(OUTCOMES),
            )
        yield from period_problems(wait, "retakes", "wait_after", outcome, may_be_nothing=True)
    if rule.most is not None and (not isinstance(rule.most, int) or rule.most < 1):
        yield Problem(
            where="retakes.most", what="nobody could ever sit", got=shown(rule.most), expected="1 or more"
        )
    if rule.window is not None:
        yield from period_problems(rule.window, "retakes", "window")
        if rule.most is None:
            yield Problem(
                where="retakes.window", what="a window of no number of sittings", remedy="State most, too."
            )
    yield from outcome_problems(rule.counted, "retakes", "counted")
    yield from zone_problems(rule.zone, "retakes", "zone")
