"""compassess.bank.periods: years, months and days on the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import Period
from compassess.bank.periods import period_problems

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
PERIODS = st.builds(Period, years=st.integers(0, 5), months=st.integers(0, 30), days=st.integers(0, 400))


@pytest.mark.parametrize(
    ("day", "period", "after"),
    [
        (date(2026, 5, 4), Period(years=1), date(2027, 5, 4)),
        (date(2023, 5, 4), Period(years=1), date(2024, 5, 4)),  # 366 days
        (date(2024, 2, 29), Period(years=1), date(2025, 2, 28)),
        (date(2024, 2, 29), Period(years=4), date(2028, 2, 29)),
        (date(2024, 2, 28), Period(years=1), date(2025, 2, 28)),
        (date(2023, 2, 28), Period(years=1), date(2024, 2, 28)),  # the same day, not the month's last one
        (date(2026, 1, 31), Period(months=1), date(2026, 2, 28)),
        (date(2024, 1, 31), Period(months=1), date(2024, 2, 29)),
        (date(2026, 3, 31), Period(months=6), date(2026, 9, 30)),
        (date(2026, 11, 30), Period(months=3), date(2027, 2, 28)),
        (date(2026, 12, 15), Period(months=1), date(2027, 1, 15)),
        (date(2026, 11, 15), Period(months=1), date(2026, 12, 15)),
        (date(2026, 1, 31), Period(months=1, days=1), date(2026, 3, 1)),  # months first, days on top
        (date(2026, 5, 4), Period(months=24), date(2028, 5, 4)),
        (date(2028, 2, 28), Period(days=2), date(2028, 3, 1)),
        (date(2026, 5, 4), Period(), date(2026, 5, 4)),
    ],
)
def test_the_day_after_a_period(day: date, period: Period, after: date) -> None:
    """The day of the month stays, or is the last of a shorter month; days are counted on."""
    assert period.after(day) == after


@given(day=DAYS, later=st.integers(0, 800), period=PERIODS)
def test_a_later_day_never_arrives_earlier(day: date, later: int, period: Period) -> None:
    """after(d) ≤ after(d') for d ≤ d': who sits later is never worse off by the calendar."""
    assert period.after(day) <= period.after(day + timedelta(days=later))


@given(day=DAYS, years=st.integers(0, 5), months=st.integers(0, 30))
def test_a_year_is_twelve_months(day: date, years: int, months: int) -> None:
    """Years and months are one count of months, made before the day is cut."""
    assert Period(years=years, months=months).after(day) == Period(months=12 * years + months).after(day)


@given(day=DAYS, months=st.integers(0, 60))
def test_months_keep_the_day_where_there_is_one(day: date, months: int) -> None:
    """The month arrived at is so many later, and the day is the same or that month's last."""
    after = Period(months=months).after(day)
    assert (after.year - day.year) * 12 + after.month - day.month == months
    assert after.day == day.day or (after.day < day.day and (after + timedelta(days=1)).day == 1)


@pytest.mark.parametrize("period", [Period(years=8000), Period(years=10**30), Period(days=10**12)])
def test_the_end_of_the_calendar(period: Period) -> None:
    """Beyond the year 9999 there is no day."""
    with pytest.raises(OverflowError):
        period.after(date(2026, 5, 4))


def test_faults() -> None:
    """Every part is told, with its place; nothing at all is a fault only where something is needed."""
    bad = Period(years=-1, months=True, days=1.5)  # type: ignore[arg-type]
    assert [(one.where, one.got) for one in period_problems(bad, "retakes", "wait")] == [
        ("retakes.wait.years", "-1"),
        ("retakes.wait.months", "true"),
        ("retakes.wait.days", "1.5"),
    ]
    assert [one.where for one in period_problems(Period(), "validity", "period")] == ["validity.period"]
    assert list(period_problems(Period(), "x", may_be_nothing=True)) == []
    assert list(period_problems(Period(days=1), "x")) == []
