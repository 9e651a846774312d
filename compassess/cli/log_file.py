"""The log of a sitting as a file, read back and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import compassess as ca
from compassess.errors import InputError, Problem, ReplayMismatch

__all__ = ["resumed"]


def resumed(assessment: ca.Assessment, path: Path, confirms: Path | None = None) -> ca.Session:
    """The session of a log file, rebuilt; ``confirms`` is the log of the first sitting of a second one.

    Raises
    ------
    InputError : the file cannot be read, or is no log of a sitting of this assessment.
    """
    first = None if confirms is None else _entries(confirms)
    try:
        return ca.Session.replay(assessment, _entries(path), confirms=first)
    except ReplayMismatch as error:
        remedy = "Resume a sitting with the bank on which it began, a second one with --confirms as well"
        raise InputError(Problem(where=str(path), what=str(error), remedy=remedy)) from error


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(Problem(where=str(path), what="there is no such file")) from None
    except UnicodeDecodeError:
        raise InputError(Problem(where=str(path), what="not UTF-8")) from None
    except json.JSONDecodeError as error:
        where = f"{path} line {error.lineno}, column {error.colno}"
        raise InputError(Problem(where=where, what="not JSON", got=error.msg)) from None
    except (ValueError, RecursionError) as error:  # numbers or nesting beyond what Python reads
        raise InputError(Problem(where=str(path), what="not JSON", got=str(error))) from None
    if not isinstance(entries, list):
        expected = "the list of entries that `compassess take` wrote"
        raise InputError(Problem(where=str(path), what="not the log of a sitting", expected=expected))
    return entries
