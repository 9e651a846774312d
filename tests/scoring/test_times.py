"""compassess.scoring.times: times are handed in, with a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from compassess.errors import InputError
from compassess.scoring import zoned
from compassess.scoring.times import instant

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


def test_instants_are_in_utc() -> None:
    """So that times of one zone are compared as moments, not by the clock on the wall."""
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 2, 59, tzinfo=berlin, fold=0)  # summer time
    after = datetime(2026, 10, 25, 2, 1, tzinfo=berlin, fold=1)  # two minutes later, the clock put back
    assert before > after
    assert instant(after) - instant(before) == timedelta(minutes=2)
    assert instant("2026-05-04T09:30:00+05:00") == datetime(2026, 5, 4, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00"])
def test_the_ends_of_the_calendar_are_no_instants(at: str) -> None:
    """Where other zones have no time, a time is refused with its place, not a crash; as text it stays."""
    assert zoned(at) == at
    with pytest.raises(InputError, match="taken_at: in the first or last year"):
        instant(at, where="taken_at")
