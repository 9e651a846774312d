"""compassess.scoring.times: times are handed in, with a zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from compassess.errors import InputError
from compassess.scoring import zoned
from compassess.scoring.times import days_later

ALMATY = timezone(timedelta(hours=5))


def test_times_with_a_zone() -> None:
    """A datetime or ISO 8601 text with a zone becomes ISO text; None stays None."""
    assert zoned(None) is None
    assert zoned(datetime(2026, 5, 4, 9, 30, tzinfo=ALMATY)) == "2026-05-04T09:30:00+05:00"
    assert zoned("2026-05-04T09:30:00+05:00") == "2026-05-04T09:30:00+05:00"
    assert zoned("2026-05-04T09:30:00Z") == "2026-05-04T09:30:00+00:00"


@pytest.mark.parametrize(
    "at",
    ["2026-05-04T09:30:00", "2026-05-04", "soon", "", datetime(2026, 5, 4), date(2026, 5, 4), 1777887000],
)
def test_times_without_a_zone(at: object) -> None:
    """A time without a zone, and what is no time, is refused with its place."""
    with pytest.raises(InputError) as caught:
        zoned(at, where="at")  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == ["at"]
    assert "+05:00" in str(caught.value)


def test_days_later() -> None:
    """The same time of day so many days later, across a leap day and a year's end."""
    assert days_later("2028-02-28T09:30:00+05:00", 2) == "2028-03-01T09:30:00+05:00"
    assert days_later("2026-05-04T09:30:00+05:00", 365) == "2027-05-04T09:30:00+05:00"
    assert days_later(None, 365) is None


def test_the_end_of_the_calendar() -> None:
    """A time after which the days do not fit into the calendar is refused, not a crash."""
    with pytest.raises(InputError):
        days_later("9999-12-31T00:00:00+00:00", 1)
