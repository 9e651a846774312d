"""Somebody's sittings as a history: when each was, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING

from compassess.bank import OUTCOMES, Outcome
from compassess.errors import Problem, gathering, raise_if_any
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE
from compassess.scoring.times import instant

if TYPE_CHECKING:
    from compassess.scoring.conclusion import Conclusion

__all__ = ["Attempt", "attempt_from", "attempts_from", "in_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sitting of a person.

    Attributes
    ----------
    id : names it among the person's sittings.
    taken_at : the time of the test, a datetime with a zone or ISO 8601 text with one.
    outcome : "concluded", or "failed" where its result does not pass; without a result "withheld",
        "incomplete" (it was broken off), or "technically_lost" (by the hall's fault).
    score : what results are compared by where the best one counts; None where that is never asked.

    Raises
    ------
    InputError : every fault.
    """

    id: str
    taken_at: datetime | str
    outcome: Outcome = "concluded"
    score: float | None = None

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        if not isinstance(self.id, str) or not self.id.strip():
            problems.append(Problem(where="id", what="not a name", got=repr(self.id)))
        with gathering(problems):
            instant(self.taken_at, where="taken_at")
        if self.outcome not in OUTCOMES:
            known = " or ".join(OUTCOMES)
            problems.append(
                Problem(where="outcome", what="unknown outcome", got=repr(self.outcome), expected=known)
            )
        if self.score is not None and not _is_number(self.score):
            problems.append(Problem(where="score", what="not a finite number", got=repr(self.score)))
        raise_if_any(problems)

    @property
    def moment(self) -> datetime:
        """``taken_at`` in UTC."""
        return instant(self.taken_at)

    @property
    def has_result(self) -> bool:
        """Whether there is a result that could be used."""
        return self.outcome in ("concluded", "failed")


def attempts_from(rows: Iterable[object]) -> tuple[Attempt, ...]:
    """A history from plain mappings (rows of a table, objects of a file) with the fields of :class:`Attempt`.

    Raises
    ------
    InputError : every fault of every row with its place, as ``history[3].taken_at``.
    """
    problems: list[Problem] = []
    found = []
    known = [field.name for field in fields(Attempt)]
    for index, row in enumerate(rows):
        where = f"history[{index}]"
        if not isinstance(row, Mapping):
            problems.append(Problem(where=where, what="not a mapping", got=type(row).__name__))
            continue
        unknown = [str(name) for name in row if name not in known]
        missing = [name for name in ("id", "taken_at") if name not in row]
        problems += [Problem(where=f"{where}.{name}", what="unknown field") for name in unknown]
        problems += [Problem(where=f"{where}.{name}", what="missing") for name in missing]
        mine: list[Problem] = []
        with gathering(mine):
            told = {"id": "absent", "taken_at": "2000-01-01T00:00:00Z"}  # in the place of what is missing
            found.append(Attempt(**told | {name: row[name] for name in row if name in known}))
        problems += [replace(problem, where=f"{where}.{problem.where}") for problem in mine]
    raise_if_any(problems)
    return tuple(found)


def attempt_from(conclusion: Conclusion, name: str, *, failing: Sequence[str] = ()) -> Attempt:
    """The sitting that a conclusion is on, its θ as score; ``failing`` are the bands that do not pass.

    Raises
    ------
    InputError : a conclusion that no time was handed in for; a band that it does not know.
    """
    problems = [
        Problem(
            where=f"failing[{index}]",
            what="unknown band",
            got=repr(band),
            expected=" or ".join(conclusion.bands),
        )
        for index, band in enumerate(failing)
        if band not in conclusion.bands
    ]
    taken_at = conclusion.tested_at or conclusion.concluded_at
    if taken_at is None:
        remedy = "Hand one in: conclude(at=…)."
        problems.append(Problem(where="conclusion.tested_at", what="no time of the test", remedy=remedy))
    raise_if_any(problems)
    assert taken_at is not None
    return Attempt(id=name, taken_at=taken_at, outcome=_outcome(conclusion, failing), score=conclusion.theta)


def _outcome(conclusion: Conclusion, failing: Sequence[str]) -> Outcome:
    if conclusion.band == NEEDS_MORE_EVIDENCE:
        if "incomplete" not in conclusion.flags:
            return "withheld"
        return "technically_lost" if conclusion.stop_reason == "technical" else "incomplete"
    return "failed" if conclusion.band in failing else "concluded"


def in_order(history: Sequence[object], *, problems: Sequence[Problem] = ()) -> tuple[Attempt, ...]:
    """The sittings from the first to the last; those of one moment as they were handed in.

    Raises
    ------
    InputError : ``problems`` that were found before, members that are no :class:`Attempt`, ids that
        stand there twice.
    """
    found = list(problems)
    attempts: list[Attempt] = []
    seen: set[str] = set()
    for index, attempt in enumerate(history):
        where = f"history[{index}]"
        if not isinstance(attempt, Attempt):
            remedy = "attempts_from makes a history of mappings."
            found.append(
                Problem(where=where, what="not an Attempt", got=type(attempt).__name__, remedy=remedy)
            )
            continue
        if attempt.id in seen:
            found.append(Problem(where=f"{where}.id", what="stands here twice", got=repr(attempt.id)))
        seen.add(attempt.id)
        attempts.append(attempt)
    raise_if_any(found)
    return tuple(sorted(attempts, key=lambda attempt: attempt.moment))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
