"""Time zones by name: an offset such as +05:00, or a name of the time zone database such as Asia/Almaty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["zone_named", "zone_problems"]

_OFFSET: Final = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")
# The database is a folder and its names are looked up there; without dots none leads out of it.
_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


def zone_named(name: str) -> tzinfo:
    """The zone of a name.

    Raises
    ------
    LookupError : neither an offset nor a name that this machine's time zone database knows.
    """
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(ahead if offset[1] == "+" else -ahead)
    if _NAME.fullmatch(name) is None:
        raise LookupError(name)
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # OSError: the name of a folder of the database
        raise LookupError(name) from error


def zone_problems(name: str | None, *steps: str) -> Iterator[Problem]:
    """What is wrong with the zone that stands at ``steps``; None names no zone and is right."""
    if name is None:
        return
    try:
        if isinstance(name, str):
            zone_named(name)
            return
    except LookupError:
        pass
    yield Problem(
        where=place(*steps),
        what="no time zone that is known here",
        got=shown(name),
        expected='an offset such as "+05:00", or a name such as "Asia/Almaty"',
    )
