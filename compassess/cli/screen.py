"""Where the command writes: results to stdout, notes, errors and progress to stderr.

Rule: nothing here interprets markup, and control characters are replaced, so that no text from a
file can colour or steer the terminal.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from typing import Final, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = [
    "error_line",
    "heading",
    "line",
    "note",
    "number_of",
    "paragraph",
    "progress_console",
    "table",
    "verbatim",
    "warning",
]

Align = Literal["left", "right"]

_WIDEST: Final = 100  # longer lines of prose are hard to follow
_INDENT: Final = "  "
_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), "�") | {10: "\n", 9: " "}


def line(text: str = "") -> None:
    """A line as it is, however long: paths and commands must not be broken."""
    _console().print(_harmless(text), soft_wrap=True)


def verbatim(text: str) -> None:
    """A text that has its own line breaks."""
    _console().print(_harmless(text), soft_wrap=True, end="")


def heading(text: str) -> None:
    """A blank line, then a line in bold."""
    console = _console()
    console.print()
    console.print(Text(_harmless(text), style="bold"), soft_wrap=True)


def paragraph(text: str, indent: str = "", further: str | None = None) -> None:
    """Prose, wrapped to the terminal; ``further`` indents the lines after the first."""
    width = min(_console().width, _WIDEST)
    rest = indent if further is None else further
    wrapped = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=rest,
        break_on_hyphens=False,  # an option like --max-iterations stays in one piece
    )
    for one in wrapped:
        line(one)


def note(text: str) -> None:
    """A remark on stderr."""
    _console(stderr=True).print(f"note: {_harmless(text)}", soft_wrap=True)


def warning(text: str) -> None:
    """Something on stderr that must not be overlooked."""
    told = Text.assemble(("warning:", "bold yellow"), " ", _harmless(text))
    _console(stderr=True).print(told, soft_wrap=True)


def number_of(n: int, noun: str, nouns: str | None = None) -> str:
    """``1 person``, ``2 persons``; ``nouns`` where the plural takes more than an s."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def error_line(text: str) -> None:
    """An error on stderr, on one line."""
    told = _harmless(" ".join(text.split()))
    _console(stderr=True).print(Text.assemble(("error:", "bold red"), " ", told), soft_wrap=True)


def table(header: Iterable[tuple[str, Align]], rows: Iterable[Iterable[str]]) -> None:
    """A table: headers with their alignment, then rows of texts."""
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", padding=(0, 1))
    for name, align in header:
        grid.add_column(name, justify=align, no_wrap=align == "right")
    for row in rows:
        grid.add_row(*map(_harmless, row))
    console = _console()
    with console.capture() as captured:
        console.print(grid, width=min(console.width, _WIDEST) - len(_INDENT))
    # Written as it is: the codes for bold that are in it by now are our own.
    console.file.writelines(f"{_INDENT}{row.rstrip()}\n" for row in captured.get().splitlines())


def progress_console() -> Console | None:
    """Where progress may be drawn: stderr while it is a terminal."""
    return Console(stderr=True) if sys.stderr.isatty() else None


def _harmless(text: str) -> str:
    """The text without what would move the cursor, ring or recolour."""
    return text.translate(_CONTROLS)


def _console(*, stderr: bool = False) -> Console:
    """A console made anew, so that it follows the stream, NO_COLOR and the window's width."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)
