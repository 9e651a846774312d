"""Time and memory: the clock is read in this room and nowhere below it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

__all__ = ["now", "peak_memory", "stopwatch"]

_UNITS: Final = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere


def now() -> datetime:
    """The present moment in the zone of this machine, to the millisecond."""
    moment = datetime.now().astimezone()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stopwatch() -> Callable[[], float]:
    """A function that tells the seconds since this call."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start


def peak_memory() -> str:
    """The most memory that the process has held, in words; "unknown" where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return "unknown"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNITS / 2**20:,.0f} MB"
