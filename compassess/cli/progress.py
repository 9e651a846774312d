"""Progress bars: on stderr while it is a terminal, gone when the work is done, and nothing elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from compassess.cli.screen import progress_console

__all__ = ["Advance", "counted", "of_iterations", "working"]

Advance = Callable[[float | None, str], None]
"""Called with the share that is done, None while nobody knows it, and a few words."""


@contextmanager
def working(what: str) -> Iterator[Advance]:
    """A bar labelled ``what`` while the block runs."""
    console = progress_console()
    if console is None:
        yield _silent
        return
    columns = (TextColumn(what), BarColumn(bar_width=24), TextColumn("{task.fields[words]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=None, words="")

        def advance(share: float | None, words: str) -> None:
            total = None if share is None else 1.0
            progress.update(task, completed=share or 0.0, total=total, words=words)

        yield advance


def counted(advance: Advance) -> Callable[[int, int], None]:
    """For work that tells (done, in all)."""
    return lambda done, total: advance(done / total, f"{done:,} of {total:,}")


def of_iterations(advance: Advance, tolerance: float) -> Callable[[int, float, float], None]:
    """For an iteration that tells (steps, log-likelihood, largest change).

    The share is how far the change has come from its first value down to ``tolerance``, on the
    logarithmic scale on which it falls; it never goes back.
    """
    first, furthest = math.nan, 0.0

    def told(steps: int, log_likelihood: float, change: float) -> None:
        del log_likelihood  # it grows too little to be watched
        nonlocal first, furthest
        first = change if math.isnan(first) else first
        if 0.0 < tolerance < first and change > 0.0:
            furthest = max(furthest, math.log(first / change) / math.log(first / tolerance))
        advance(min(furthest, 1.0), f"step {steps}, change {change:.0e}")

    return told


def _silent(share: float | None, words: str) -> None:
    """Nobody watches."""
    del share, words
