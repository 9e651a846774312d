"""Times that are handed in: nothing below the edges reads a clock."""

from __future__ import annotations

from datetime import UTC, datetime

from compassess.errors import InputError, Problem

__all__ = ["instant", "zoned"]


def zoned(at: datetime | str | None, *, where: str = "at") -> str | None:
    """A time as ISO 8601 text with its zone; None stays None.

    Raises
    ------
    InputError : text that is no ISO time, or a time without a zone.
    """
    return None if at is None else _moment(at, where).isoformat()


def instant(at: datetime | str, *, where: str = "at") -> datetime:
    """A time in UTC, so that it can be compared with others and subtracted from them.

    (Two times of one zone are compared by the clock on its wall, which stands twice at the same hour where
    summer time ends.)

    Raises
    ------
    InputError : as :func:`zoned`; a time in the first or last year of the calendar, where zones run out.
    """
    moment = _moment(at, where)
    if not datetime.min.year < moment.year < datetime.max.year:
        raise InputError(_problem(where, "in the first or last year of the calendar", at))
    return moment.astimezone(UTC)


def _moment(at: datetime | str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        raise InputError(_problem(where, "not an ISO 8601 time", at)) from None
    if not isinstance(moment, datetime):
        raise InputError(_problem(where, "not a time", at))
    if moment.utcoffset() is None:
        raise InputError(_problem(where, "a time without a zone", at))
    return moment


def _problem(where: str, what: str, got: object) -> Problem:
    return Problem(
        where=where,
        what=what,
        got=repr(got),
        expected="a datetime with tzinfo, or text like 2026-05-04T09:30:00+05:00",
    )
