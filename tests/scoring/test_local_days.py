"""compassess.scoring.local_days: days of a place as moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import Period
from compassess.errors import InputError
from compassess.scoring.local_days import day_of, moment_of_day, over_on, place_of, with_offset

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
#: Zones with summer time, without, with half hours, and with clocks that change at midnight (Cairo, Havana).
PLACES = [
    *map(ZoneInfo, ["Asia/Almaty", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"]),
    timezone(timedelta(hours=5)),
    timezone(timedelta(hours=-12)),
    timezone(timedelta(hours=14)),
]


@given(day=st.dates(date(1990, 1, 1), date(2036, 12, 31)), place=st.sampled_from(PLACES))
def test_a_day_begins_at_its_first_moment(day: date, place: ZoneInfo | timezone) -> None:
    """A microsecond before, it is the day before; also where clocks skip midnight, or show it twice."""
    begins = moment_of_day(day, place)
    assert day_of(begins, place) == day
    assert day_of(begins - timedelta(microseconds=1), place) == day - DAY
    assert begins.utcoffset() == begins.astimezone(place).utcoffset()


def test_the_day_of_a_moment_hangs_on_the_place() -> None:
    """Late in the evening in London it is the next day in Almaty."""
    late = datetime(2026, 5, 4, 20, 30, tzinfo=UTC)
    assert day_of(late, ZoneInfo("Europe/London")) == date(2026, 5, 4)
    assert day_of(late, ZoneInfo("Asia/Almaty")) == date(2026, 5, 5)


def test_the_place_of_a_time() -> None:
    """The named zone, or that of the time, as a datetime or as text."""
    at = datetime(2026, 5, 4, tzinfo=BERLIN)
    assert place_of(at, None) is BERLIN
    assert place_of(at, "+05:00") == timezone(timedelta(hours=5))
    assert place_of("2026-05-04T09:30:00+05:00", None) == timezone(timedelta(hours=5))


def test_times_that_clocks_skip_or_show_twice() -> None:
    """A time that is skipped is an hour later on the clock; one that is shown twice is the first."""
    skipped = moment_of_day(date(2026, 3, 29), BERLIN, time(2, 30))
    assert skipped.isoformat() == "2026-03-29T03:30:00+02:00"
    twice = moment_of_day(date(2026, 10, 25), BERLIN, time(2, 30, fold=1))
    assert twice.isoformat() == "2026-10-25T02:30:00+02:00"


def test_moments_carry_an_offset_and_no_rules() -> None:
    """So that two of them subtract as moments do."""
    summer = with_offset(datetime(2026, 7, 1, 10, tzinfo=UTC), BERLIN)
    winter = with_offset(datetime(2026, 12, 1, 10, tzinfo=UTC), BERLIN)
    assert summer.isoformat() == "2026-07-01T12:00:00+02:00"
    assert winter - summer == timedelta(days=153)
    assert isinstance(summer.tzinfo, timezone)


def test_a_period_is_over_on_a_day_of_the_place() -> None:
    """Summer time, and Almaty's new offset of March 2024, move the moment and not the clock."""
    half = Period(months=6)
    assert over_on("2026-03-01T09:00:00+01:00", half, "Europe/Berlin").isoformat() == (
        "2026-09-01T00:00:00+02:00"
    )
    moved = over_on("2023-11-10T09:00:00+06:00", half, "Asia/Almaty")
    assert moved.isoformat() == "2024-05-10T00:00:00+05:00"
    same = over_on("2023-11-10T09:00:00+06:00", half, "Asia/Almaty", ends="same_time")
    assert same.isoformat() == "2024-05-10T09:00:00+05:00"
    day_ends = over_on("2023-11-10T09:00:00+06:00", half, "Asia/Almaty", ends="day_ends")
    assert day_ends.isoformat() == "2024-05-11T00:00:00+05:00"


@pytest.mark.parametrize("ends", ["day_begins", "day_ends", "same_time"])
def test_the_end_of_the_calendar(ends: str) -> None:
    """A period that no day lies after is refused with the place of the time."""
    with pytest.raises(InputError, match=r"taken_at: no time lies 9000 years, 0 months and 0 days later"):
        over_on("2026-05-04T09:30:00+05:00", Period(years=9000), None, where="taken_at", ends=ends)
    with pytest.raises(InputError):
        over_on("2026-05-04T09:30:00+05:00", Period(years=7973, months=7, days=27), None, ends="day_ends")
