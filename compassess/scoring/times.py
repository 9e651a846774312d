"""Times that are handed in: nothing below the edges reads a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from compassess.errors import InputError, Problem

__all__ = ["days_later", "zoned"]


def zoned(at: datetime | str | None, *, where: str = "at") -> str | None:
    """A time as ISO 8601 text with its zone; None stays None.

    Raises
    ------
    InputError : text that is no ISO time, or a time without a zone.
    """
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        raise InputError(_problem(where, "not an ISO 8601 time", at)) from None
    if not isinstance(moment, datetime):
        raise InputError(_problem(where, "not a time", at))
    if moment.utcoffset() is None:
        raise InputError(_problem(where, "a time without a zone", at))
    return moment.isoformat()


def days_later(at: str | None, days: int) -> str | None:
    """The same time of day so many days later; InputError where the calendar ends before."""
    if at is None:
        return None
    try:
        return (datetime.fromisoformat(at) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise InputError(_problem("at", f"no time lies {days} days later", at)) from None


def _problem(where: str, what: str, got: object) -> Problem:
    return Problem(
        where=where,
        what=what,
        got=repr(got),
        expected="a datetime with tzinfo, or text like 2026-05-04T09:30:00+05:00",
    )
