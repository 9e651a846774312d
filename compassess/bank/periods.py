"""Periods of the calendar: years, months and days, and the day on which they are over.

A year is no number of days and a month is none; so a period is kept as it is spelled, and counted on the
calendar.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, date, timedelta

from compassess.bank.places import place, shown
from compassess.bank.schema import Strict, Whole
from compassess.errors import Problem

__all__ = ["Period", "RawPeriod", "period_problems"]

_PARTS = ("years", "months", "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """So many years, months and days, each 0 or more."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day that lies this period after ``day``.

        With m the months since year 0 of ``day``, m' = m + 12 years + months is the month arrived at. The day
        of the month stays, or is the last one of a month that is too short; then ``days`` are counted on. So
        31 January and one month give 28 or 29 February; 29 February and one year give 28 February. The result
        never falls where ``day`` grows: after(d) ≤ after(d') for d ≤ d'.

        Raises
        ------
        OverflowError : the day lies beyond the year 9999.

        Source
        ------
        The last day of a month that has no such day: Law of the Republic of Kazakhstan on administrative
        procedures of 27 November 2000, No 107-II, art. 12-1 (2), (3); Regulation (EEC, Euratom) No 1182/71,
        art. 3 (2) (c).
        """
        year, month = divmod(12 * (day.year + self.years) + day.month - 1 + self.months, 12)
        if year > MAXYEAR:
            raise OverflowError("beyond the last year of the calendar")
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + timedelta(days=self.days)

    def to_dict(self) -> dict[str, int]:
        """The period as the files spell it, every part written out."""
        return asdict(self)


class RawPeriod(Strict):
    """A period as the files spell it."""

    years: Whole = 0
    months: Whole = 0
    days: Whole = 0

    def entry(self) -> Period:
        """The value."""
        return Period(years=self.years, months=self.months, days=self.days)


def period_problems(period: Period, *steps: str, may_be_nothing: bool = False) -> Iterator[Problem]:
    """What is wrong with a period that stands at ``steps``."""
    sound = True
    for part in _PARTS:
        value = getattr(period, part)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            sound = False
            yield Problem(
                where=place(*steps, part),
                what="no number of whole " + part,
                got=shown(value),
                expected="0 or more",
            )
    if sound and period == Period() and not may_be_nothing:
        yield Problem(where=place(*steps), what="a period of nothing", expected="a day or more")
