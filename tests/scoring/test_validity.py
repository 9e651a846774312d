"""compassess.scoring.validity: how long one result is valid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import Period, ValidityRule
from compassess.errors import InputError
from compassess.scoring import valid_until, validity
from compassess.scoring.validity import told_validity

AT = "2026-05-04T09:30:00+05:00"
YEAR = ValidityRule()
TICK = timedelta(microseconds=1)

ZONES = ["+05:00", "-11:30", "Asia/Almaty", "Europe/Berlin", "Africa/Cairo", "America/Havana"]
TIMES = st.datetimes(datetime(1995, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
BY_DAYS = st.builds(
    ValidityRule,
    period=st.builds(Period, years=st.integers(0, 2), months=st.integers(0, 14), days=st.integers(1, 40)),
    ends=st.sampled_from(["day_begins", "day_ends"]),
    zone=st.sampled_from(ZONES),
)
RULES = BY_DAYS | st.builds(replace, BY_DAYS, ends=st.just("same_time"))


@pytest.mark.parametrize(
    ("taken_at", "rule", "until"),
    [
        (AT, YEAR, "2027-05-04T00:00:00+05:00"),
        (AT, replace(YEAR, ends="day_ends"), "2027-05-05T00:00:00+05:00"),
        (AT, replace(YEAR, ends="same_time"), "2027-05-04T09:30:00+05:00"),
        ("2024-02-29T09:30:00+05:00", YEAR, "2025-02-28T00:00:00+05:00"),
        ("2024-02-29T09:30:00+05:00", replace(YEAR, ends="day_ends"), "2025-03-01T00:00:00+05:00"),
        ("2023-05-04T09:30:00+05:00", YEAR, "2024-05-04T00:00:00+05:00"),  # 29 February lies between
        ("2023-05-04T09:30:00+05:00", ValidityRule(period=Period(days=365)), "2024-05-03T00:00:00+05:00"),
        ("2026-08-31T23:59:59+05:00", ValidityRule(period=Period(months=6)), "2027-02-28T00:00:00+05:00"),
        # The day is the hall's: in UTC these are 3 and 4 May.
        ("2026-05-04T00:30:00+05:00", YEAR, "2027-05-04T00:00:00+05:00"),
        ("2026-05-03T19:30:00+00:00", replace(YEAR, zone="Asia/Almaty"), "2027-05-04T00:00:00+05:00"),
        ("2026-05-03T18:30:00+00:00", replace(YEAR, zone="Asia/Almaty"), "2027-05-03T00:00:00+05:00"),
    ],
)
def test_valid_until(taken_at: str, rule: ValidityRule, until: str) -> None:
    """A year on the calendar from the local day of the test, worked out by hand."""
    assert valid_until(taken_at, rule).isoformat() == until


def test_the_zone_of_a_datetime() -> None:
    """A datetime brings the rules of its zone along; a text only an offset, unless the rule names the zone."""
    taken_at = datetime(2026, 1, 15, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    half = ValidityRule(period=Period(months=6))
    assert valid_until(taken_at, half).isoformat() == "2026-07-15T00:00:00+02:00"
    assert valid_until(taken_at.isoformat(), half).isoformat() == "2026-07-15T00:00:00+01:00"
    named = replace(half, zone="Europe/Berlin")
    assert valid_until(taken_at.isoformat(), named) == valid_until(taken_at, half)


@given(one=TIMES, other=TIMES, rule=BY_DAYS)
def test_who_is_tested_later_is_valid_no_less_long(
    one: datetime, other: datetime, rule: ValidityRule
) -> None:
    """valid_until never falls where the time of the test grows."""
    first, second = sorted((one, other))
    assert valid_until(first, rule) <= valid_until(second, rule)


@given(
    day=st.dates(datetime(1995, 1, 1).date(), datetime(2035, 1, 1).date()), rule=RULES, on=st.integers(0, 800)
)
def test_a_later_day_is_valid_no_less_long(day: object, rule: ValidityRule, on: int) -> None:
    """The same for the same time of day in the zone of the rule, however the validity ends."""
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    assert valid_until(noon, rule) <= valid_until(noon + timedelta(days=on + 2), rule)


@given(taken_at=TIMES, rule=RULES)
def test_expiry_is_half_open(taken_at: datetime, rule: ValidityRule) -> None:
    """Valid a microsecond before the end, expired at it; valid at the test, not yet a microsecond before."""
    span = validity(taken_at, rule)
    assert span.closes == valid_until(taken_at, rule) > span.opens == taken_at
    assert [span.status(span.opens - TICK), span.status(span.opens)] == ["not_yet", "valid"]
    assert [span.status(span.closes - TICK), span.status(span.closes)] == ["valid", "expired"]
    assert (span.days_left(span.closes - TICK), span.days_left(span.closes)) == (1, 0)


@given(taken_at=TIMES, rule=RULES, times=st.lists(TIMES, max_size=8))
def test_a_window_never_opens_again(taken_at: datetime, rule: ValidityRule, times: list[datetime]) -> None:
    """In the order of time: not yet, then valid, then expired; and the days left never grow."""
    span = validity(taken_at, rule)
    order = ["not_yet", "valid", "expired"]
    seen = [order.index(span.status(at)) for at in sorted(times)]
    assert seen == sorted(seen)
    left = [span.days_left(at) for at in sorted(times)]
    assert left == sorted(left, reverse=True)


@given(taken_at=TIMES, rule=RULES)
def test_whoever_asks_from_another_zone_hears_the_same(taken_at: datetime, rule: ValidityRule) -> None:
    """Status and days left hang on the moment, not on the zone in which it is told."""
    span = validity(taken_at, rule)
    for at in (span.opens, span.closes - TICK, span.closes):
        for zone in ("Pacific/Auckland", "America/Havana"):
            there = at.astimezone(ZoneInfo(zone))
            assert (span.status(there), span.days_left(there)) == (span.status(at), span.days_left(at))


def test_days_left() -> None:
    """The day of asking counts: all 365 on the day of the test, 1 on the last day, 0 from the end on."""
    span = validity(AT, YEAR)
    left = {
        "2026-05-01T00:00:00+05:00": 365,
        AT: 365,
        "2026-05-05T00:00:00+05:00": 364,
        "2027-05-02T23:59:59+05:00": 2,
        "2027-05-03T00:00:00+05:00": 1,
        "2027-05-03T23:59:59+05:00": 1,
        "2027-05-04T00:00:00+05:00": 0,
        "2030-01-01T00:00:00+05:00": 0,
    }
    assert {at: span.days_left(at) for at in left} == left
    assert validity("2023-05-04T09:30:00+05:00", YEAR).days_left("2023-05-04T12:00:00+05:00") == 366
    assert validity(AT, replace(YEAR, ends="day_ends")).days_left(AT) == 366


def test_days_are_counted_across_summer_time() -> None:
    """23 and 25 hours are a day each."""
    span = validity("2026-03-28T10:00:00+01:00", ValidityRule(period=Period(days=3), zone="Europe/Berlin"))
    days = ["2026-03-28T23:59:00+01:00", "2026-03-29T23:59:00+02:00", "2026-03-30T00:01:00+02:00"]
    assert [span.days_left(at) for at in days] == [3, 2, 1]


@pytest.mark.parametrize("at", ["2026-05-04T09:30:00", "soon", datetime(2026, 5, 4), None, 5])
def test_times_without_a_zone_are_refused(at: object) -> None:
    """Of the test and of the question, with their places."""
    with pytest.raises(InputError, match="taken_at: "):
        valid_until(at, YEAR)  # type: ignore[arg-type]
    span = validity(AT, YEAR)
    for ask in (span.status, span.days_left):
        with pytest.raises(InputError, match="at: "):
            ask(at)  # type: ignore[arg-type]


def test_what_a_conclusion_tells() -> None:
    """Its two times make the same window; a withheld one is valid at no time."""
    span = told_validity(AT, "2027-05-04T00:00:00+05:00")
    assert span == validity(AT, YEAR)
    withheld = told_validity(AT, "2027-05-04T00:00:00+05:00", withheld=True)
    assert [withheld.status(at) for at in ("2026-05-04T09:29:59+05:00", AT)] == ["not_yet", "withheld"]
    assert withheld.days_left("2026-05-01T09:30:00+05:00") == 0
