"""The days of a place: which day a moment falls on there, and at which moment a day begins.

Rule: moments that are given away carry the offset from UTC that holds then, and no rules of a zone, so that
they can be compared and subtracted, and read the same as text.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from compassess.bank import Period, zone_named
from compassess.errors import InputError, Problem
from compassess.scoring.times import instant

__all__ = ["day_of", "moment_of_day", "over_on", "place_of", "with_offset"]

_ONE_DAY: Final = timedelta(days=1)


def place_of(at: datetime | str, zone: str | None) -> tzinfo:
    """The named zone, or that in which a time was handed in."""
    if zone is not None:
        return zone_named(zone)
    own = (datetime.fromisoformat(at) if isinstance(at, str) else at).tzinfo
    assert own is not None, "a time is asked for its zone before it is used"
    return own


def with_offset(moment: datetime, place: tzinfo) -> datetime:
    """The same moment by the clock of a place, with the offset that holds there then."""
    local = moment.astimezone(place)
    offset = local.utcoffset()
    assert offset is not None, "a zone has an offset at every moment"
    return local.replace(tzinfo=timezone(offset), fold=0)


def day_of(moment: datetime, place: tzinfo) -> date:
    """The date on the calendar of a place."""
    return moment.astimezone(place).date()


def moment_of_day(day: date, place: tzinfo, clock: time = time.min) -> datetime:
    """When the clock of a place shows this time on this day; without a time, when the day begins.

    Where clocks are put back over the time it is shown twice, and the first counts; where they are put
    forward over it, it is the moment at which they would have shown it.
    """
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0), tzinfo=place)
    # By way of UTC, where a time that the clocks skip becomes one that they show.
    return with_offset(wall.astimezone(UTC), place)


def over_on(
    at: datetime | str, period: Period, zone: str | None, *, where: str = "at", ends: str = "day_begins"
) -> datetime:
    """The moment at which a period after the local day of ``at`` is over.

    The day arrived at is ``period.after`` of the local day. It is over when that day begins ("day_begins"),
    when the next one begins ("day_ends"), or at the time of day of ``at`` ("same_time").

    Raises
    ------
    InputError : no time, or no zone; a period that the calendar ends before.
    """
    moment, place = instant(at, where=where), place_of(at, zone)
    try:
        day = period.after(day_of(moment, place))
        if ends == "same_time":
            return moment_of_day(day, place, moment.astimezone(place).time())
        return moment_of_day(day + _ONE_DAY if ends == "day_ends" else day, place)
    except OverflowError:
        told = f"{period.years} years, {period.months} months and {period.days} days"
        raise InputError(
            Problem(where=where, what=f"no time lies {told} later", got=repr(at), expected="an earlier time")
        ) from None
