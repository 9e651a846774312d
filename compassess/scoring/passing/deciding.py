"""Passed or failed by a rule, person by person, with what is short and where.

What is left unanswered adds 0 points, the least that an item can add: so leaving an item never raises a
score, and never turns a fail into a pass. What a policy ignores (an item that the hall lost) may have been
worth anything from 0 to the item's highest score: such a person passes, or fails, where this changes nothing,
and otherwise needs more evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from compassess.bank import CODES, UnansweredPolicy
from compassess.errors import Problem, raise_if_any
from compassess.responses import MISSING, Responses, frame
from compassess.scoring.decisions import NEEDS_MORE_EVIDENCE
from compassess.scoring.passing.rules import PassRule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAIL", "PASS", "PassDecisions", "decide"]

PASS: Final = "pass"
FAIL: Final = "fail"
_LISTED: Final = 20  # so many faults of one kind are told one by one

Treatment = Literal["lowest", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassDecisions:
    """Who passed, n persons.

    Attributes
    ----------
    persons : labels, None where the responses have none.
    conditions : "total", then the parts that have a minimum.
    needed : the minimum of each condition, (n_conditions,).
    scores : points by condition, (n, n_conditions); what is ignored adds 0.
    possible : points if everything that is ignored had its highest score; ``scores`` where nothing is.
    outcome : by person "pass", "fail" or "needs_more_evidence".
    """

    persons: tuple[str, ...] | None
    conditions: tuple[str, ...]
    needed: NDArray[np.intp]
    scores: NDArray[np.intp]
    possible: NDArray[np.intp]
    outcome: tuple[str, ...]

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Who passed for certain, (n,)."""
        return np.array([one == PASS for one in self.outcome], dtype=np.bool_)

    @property
    def short(self) -> NDArray[np.intp]:
        """Points that are missing to each minimum, (n, n_conditions); 0 where it is met."""
        return np.maximum(self.needed - self.scores, 0)

    @property
    def points_short(self) -> NDArray[np.intp]:
        """The fewest further points with which the person passes, (n,): max(M − S, Σ_k max(m_k − S_k, 0), 0).

        A point in a part counts in the total as well.
        """
        missing = self.short
        return np.maximum(missing[:, 0], missing[:, 1:].sum(axis=1))

    @property
    def margin(self) -> NDArray[np.intp]:
        """Points above the tightest minimum of whoever passes, −``points_short`` of all others, (n,).

        0 is just passed: one point less, in the wrong part, and the person fails.
        """
        spare = (self.scores - self.needed).min(axis=1)
        return np.where(spare >= 0, spare, -self.points_short)

    @property
    def failed(self) -> tuple[tuple[str, ...], ...]:
        """By person the ids of the conditions that are not met, even if what is ignored had been right."""
        return self._named(self.possible < self.needed)

    @property
    def open(self) -> tuple[tuple[str, ...], ...]:
        """By person the ids of the conditions that hang on what is ignored."""
        return self._named((self.scores < self.needed) & (self.possible >= self.needed))

    def to_frame(self) -> pd.DataFrame:
        """A row a person: person, outcome, margin, score and short by condition, failed, open (ids)."""
        n = len(self.outcome)
        labels = self.persons or tuple(str(row + 1) for row in range(n))
        columns: dict[str, Sequence[object] | NDArray[np.intp]] = {
            "person": labels,
            "outcome": self.outcome,
            "margin": self.margin,
        }
        columns |= {f"score_{name}": self.scores[:, at] for at, name in enumerate(self.conditions)}
        columns |= {f"short_{name}": self.short[:, at] for at, name in enumerate(self.conditions)}
        columns |= {"failed": tuple(map("; ".join, self.failed)), "open": tuple(map("; ".join, self.open))}
        return frame(columns)

    def _named(self, which: NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(name for name, told in zip(self.conditions, row, strict=True) if told)
            for row in which.tolist()
        )


def decide(
    responses: Responses,
    rule: PassRule,
    *,
    unanswered: NDArray[np.int8] | None = None,
    policy: UnansweredPolicy | None = None,
    blank: Treatment = "lowest",
) -> PassDecisions:
    """Whether every person passes: S ≥ M and S_k ≥ m_k for every part k.

    Parameters
    ----------
    responses : of a linear form, codes from 0; columns that are no items of the rule are not looked at.
    unanswered : codes of unanswered cells (n_persons, n_items of the responses), as
        :func:`compassess.scoring.unanswered_codes` gives them.
    policy : what the codes score: "lowest", 0 points, or "ignore". Its rules on attempts withhold
        conclusions; a sum score has points for what was left, 0, and needs none. Default
        :class:`compassess.bank.UnansweredPolicy`'s: omitted, timed out and not reached score 0, technically
        lost is ignored.
    blank : what a cell with neither answer nor code scores. On a linear form everybody is presented
        everything, so by default 0 points.

    Limits: with "ignore" for all, everybody who does not pass by the answers alone and could have passed
    with all else right needs more evidence.

    Raises
    ------
    InputError : items of the rule that are no columns, codes above an item's highest score, ``unanswered`` of
        another shape, another word than "lowest" or "ignore": all at once.

    References
    ----------
    Haladyna & Hess (1999), Educational Assessment 6, 129-153.
    """
    raise_if_any(_problems(responses, rule, unanswered, blank))
    codes = responses.codes(rule.items)
    ignored = _ignored(responses, rule, unanswered, policy or UnansweredPolicy(), blank)
    ignored &= codes == MISSING
    counts = rule.membership.astype(np.intp)
    scores = np.where(codes == MISSING, 0, codes).astype(np.intp) @ counts
    possible = scores + (ignored * rule.points) @ counts
    sure, out = (scores >= rule.needed).all(axis=1), (possible < rule.needed).any(axis=1)
    words = np.where(sure, PASS, np.where(out, FAIL, NEEDS_MORE_EVIDENCE))
    return PassDecisions(
        persons=responses.persons,
        conditions=rule.conditions,
        needed=rule.needed,
        scores=scores,
        possible=possible,
        outcome=tuple(words.tolist()),
    )


def _ignored(
    responses: Responses,
    rule: PassRule,
    unanswered: NDArray[np.int8] | None,
    policy: UnansweredPolicy,
    blank: Treatment,
) -> NDArray[np.bool_]:
    """Cells of the form that a missing answer is not held against, (n_persons, n_items of the rule)."""
    # The last entry is that of a cell without a code, NO_CODE = -1.
    left_out = np.array([not policy.scores_lowest(code) for code in CODES] + [blank == "ignore"])
    if unanswered is None:
        return np.full((responses.n_persons, len(rule.items)), left_out[-1])
    columns = [responses.items.index(name) for name in rule.items]
    return np.asarray(left_out[unanswered[:, columns]])


def _problems(
    responses: Responses, rule: PassRule, unanswered: NDArray[np.int8] | None, blank: str
) -> list[Problem]:
    problems = [
        Problem(
            where=f"item {name!r}",
            what="the rule's item is no column of the responses",
            remedy="Everybody would have 0 points on it.",
        )
        for name in rule.items
        if name not in responses.items
    ]
    there = [name for name in rule.items if name in responses.items]
    top = np.array([rule.highest.get(name, 1) for name in there], dtype=np.intp)
    beyond = np.argwhere(responses.codes(there) > top).tolist()
    problems += [
        Problem(
            where=f"row {row}, item {there[column]!r}",
            what="more points than the item has",
            got=str(int(responses.codes(there)[row, column])),
            expected=f"0 … {top[column]}",
        )
        for row, column in beyond[:_LISTED]
    ]
    if len(beyond) > _LISTED:
        problems.append(Problem(where="responses", what=f"{len(beyond) - _LISTED} more such answers"))
    shape = (responses.n_persons, responses.n_items)
    if unanswered is not None and np.shape(unanswered) != shape:
        problems.append(
            Problem(
                where="unanswered",
                what="another shape than the responses",
                got=str(np.shape(unanswered)),
                expected=str(shape),
            )
        )
    if blank not in ("lowest", "ignore"):
        problems.append(
            Problem(where="blank", what="unknown", got=repr(blank), expected="'lowest' or 'ignore'")
        )
    return problems
