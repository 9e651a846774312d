"""How long one result is valid, as a half-open interval of time, and what it is at some moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from compassess.bank import ValidityRule
from compassess.scoring.local_days import day_of, over_on, place_of, with_offset
from compassess.scoring.times import instant

__all__ = ["Status", "Validity", "told_validity", "valid_until", "validity"]

Status = Literal["not_yet", "valid", "expired", "superseded", "withheld"]

_SMALLEST: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """A result is valid in [opens, closes), and never again.

    Attributes
    ----------
    opens : the time of the test.
    closes : the first moment at which the result is not valid any more; ``opens`` itself where there is none.
    after : what it is from then on: "expired", "superseded" by a later sitting, or "withheld" where no
        result was given.
    place : the zone whose days are counted.
    """

    opens: datetime
    closes: datetime
    after: Status
    place: tzinfo

    def status(self, at: datetime | str) -> Status:
        """What the result is: "not_yet" before [opens, closes), "valid" in it, then what ``after`` says.

        Raises
        ------
        InputError : a time that is none, or has no zone.
        """
        now = instant(at)
        if now < instant(self.opens):
            return "not_yet"
        return "valid" if now < instant(self.closes) else self.after

    def days_left(self, at: datetime | str) -> int:
        """On how many days of the place the result is still valid, the day of ``at`` among them.

        1 on its last day, 0 from its end on; before the test as many as there are on the day of the test.

        Raises
        ------
        InputError : a time that is none, or has no zone.
        """
        opens, closes = instant(self.opens), instant(self.closes)
        now = max(instant(at), opens)
        if now >= closes:
            return 0
        return (day_of(closes - _SMALLEST, self.place) - day_of(now, self.place)).days + 1


def valid_until(taken_at: datetime | str, rule: ValidityRule, *, where: str = "taken_at") -> datetime:
    """The first moment at which a result is not valid any more.

    The local day of the test and the rule's period give a day (:meth:`compassess.bank.Period.after`); the
    result is valid until it begins, until it ends, or until the test's time of day, as ``rule.ends`` says.
    Moments carry the offset from UTC that holds in the zone then.

    Raises
    ------
    InputError : a time that is none, or has no zone; one so late that the calendar ends before.
    """
    return over_on(taken_at, rule.period, rule.zone, where=where, ends=rule.ends)


def validity(taken_at: datetime | str, rule: ValidityRule, *, where: str = "taken_at") -> Validity:
    """When a result of a test at this time is valid, whatever comes later.

    Raises
    ------
    InputError : as :func:`valid_until`.
    """
    closes = valid_until(taken_at, rule, where=where)
    place = place_of(taken_at, rule.zone)
    opens = with_offset(instant(taken_at), place)
    return Validity(opens=opens, closes=closes, after="expired", place=place)


def told_validity(opens: str, closes: str, *, withheld: bool = False) -> Validity:
    """The validity that the two times of a conclusion tell; a result that was withheld is never valid."""
    start, end = datetime.fromisoformat(opens), datetime.fromisoformat(closes)
    place = place_of(end, None)
    if withheld:
        return Validity(opens=start, closes=start, after="withheld", place=place)
    return Validity(opens=start, closes=end, after="expired", place=place)
