r"""What items without an answer score: from the code of a cell to a category, or to no evidence at all.

An item that scores its lowest multiplies the likelihood by P(X = k₀ | θ), k₀ the category that the item
gives to the lowest ability: in every model of the library P(X = k₀ | θ) / P(X = k | θ) falls in θ, or is
constant, for every k. So whatever else was answered, the posterior after k₀ lies below that after any k (in
likelihood-ratio order), and below that before the item was presented, which is a mixture of the others.

Rule: nothing here knows how a sitting went; a live sitting is one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.bank import CODES, UnansweredPolicy
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt import Items
from compassess.responses import MISSING, Responses

__all__ = ["NO_CODE", "Left", "apart", "lowest_categories", "scored", "unanswered_codes"]

#: Where a cell holds no code: it was answered, or nothing is said of it.
NO_CODE: Final = -1
_UNKNOWN: Final = -2
_PLACES: Final[Mapping[str, int]] = MappingProxyType({code: place for place, code in enumerate(CODES)})
_LISTED: Final = 20  # so many faults of one kind are told one by one
_BLANK: Final = frozenset({"", "nan", "na", "none", "null", "<na>"})
#: Codes of items that count as presented: the examinee could have answered.
_PRESENTED: Final = tuple(CODES.index(code) for code in ("not_reached", "omitted", "timed_out"))


def lowest_categories(items: Items) -> NDArray[np.intp]:
    """k₀ of every item, (n_items,): the code that speaks for the lowest ability.

    Ordered models: 0, or K − 1 where a < 0, for there the highest code is the lowest ability's. Nominal
    items: the code of the smallest slope, argmin_k a_k, for P_k / P_j ∝ exp((a_k − a_j) θ). Items without
    parameters: 0; they add nothing anyway.

    References
    ----------
    Samejima (1969), Psychometrika Monograph 17, and Muraki (1992), Applied Psychological Measurement 16, for
    the ordered models; Bock (1972), Psychometrika 37, for the nominal one.
    """
    reverse = np.where(items.a < 0, items.n_categories - 1, 0)
    known = np.isfinite(items.slopes)
    smallest = np.argmin(np.where(known, items.slopes, np.inf), axis=1)
    return np.where(known.any(axis=1), smallest, reverse).astype(np.intp)


def unanswered_codes(
    words: NDArray[np.object_], responses: Responses, items: Sequence[str] | None = None
) -> NDArray[np.int8]:
    """Words beside the answers as places in ``CODES``, (n_persons, n_items) of the responses.

    Parameters
    ----------
    words : (n_persons, len(items)): "omitted", "not_reached" …; None, NaN or "" where the item was answered,
        or where nothing is said, which means not presented.
    items : what the columns are; default the responses' own, in their order.

    Raises
    ------
    InputError : every fault: another number of rows or columns, columns that the responses do not have,
        words that are no codes, and cells that hold both an answer and a code.
    """
    names = responses.items if items is None else tuple(items)
    _refuse_other_shape(np.shape(words), responses.n_persons, names, responses.items)
    found = np.fromiter(map(_WordCodes().__getitem__, words.ravel().tolist()), dtype=np.int8)
    found = found.reshape(words.shape)
    problems = [
        Problem(
            where=_cell(responses, int(row), names[column]),
            what="no code of an unanswered item",
            got=repr(words[row, column]),
            expected=", ".join(CODES),
        )
        for row, column in zip(*np.nonzero(found == _UNKNOWN), strict=True)
    ]
    found[found == _UNKNOWN] = NO_CODE
    codes = np.full((responses.n_persons, responses.n_items), NO_CODE, dtype=np.int8)
    codes[:, [responses.items.index(name) for name in names]] = found
    both = np.nonzero((codes != NO_CODE) & (responses.codes() != MISSING))
    conflicts = [
        Problem(
            where=_cell(responses, int(row), responses.items[column]),
            what=f"the item was answered, and is said to be {CODES[codes[row, column]]}",
            expected="an answer or a code",
        )
        for row, column in zip(*both, strict=True)
    ]
    raise_if_any(_first(problems) + _first(conflicts))
    return codes


def apart(cells: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """A table that holds answers and codes in one, as two: answers, and words beside them; None elsewhere."""
    told = [isinstance(cell, str) and cell.strip().lower() in _PLACES for cell in cells.ravel().tolist()]
    words, answers = np.full(cells.shape, None, dtype=object), cells.copy()
    at = np.reshape(told, cells.shape).astype(bool)
    words[at], answers[at] = cells[at], None
    return answers, words


def scored(
    responses: Responses, codes: NDArray[np.int8], items: Items, policy: UnansweredPolicy
) -> Responses:
    """The responses with a category in every cell that the policy scores as lowest; others stay missing.

    ``codes`` (n_persons, n_items of the responses), as :func:`unanswered_codes` gives them. Columns that are
    no item of ``items`` stay as they are.
    """
    if not (codes != NO_CODE).any():
        return responses
    lowest = dict(zip(items.ids, lowest_categories(items).tolist(), strict=True))
    filling = np.array([lowest.get(name, MISSING) for name in responses.items], dtype=np.int16)
    wanted = [place for place, code in enumerate(CODES) if policy.scores_lowest(code)]
    cells = np.where(np.isin(codes, wanted), filling, responses.codes())
    return Responses(items=responses.items, persons=responses.persons, cells=cells)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Left:
    """What n persons answered and what they did not, counted by competency.

    Attributes
    ----------
    attempts : items answered, (n, n_competencies).
    counts : items by code, (n, n_competencies, n_codes), codes in the order of :data:`compassess.bank.CODES`.
    """

    attempts: NDArray[np.intp]
    counts: NDArray[np.intp]

    @classmethod
    def counted(
        cls, answered: NDArray[np.bool_], codes: NDArray[np.int8] | None, competency: NDArray[np.intp], n: int
    ) -> Left:
        """From cells (n_persons, n_items); ``competency`` (n_items,) is an index below ``n``."""
        membership = np.eye(n, dtype=np.intp)[competency]
        counts = np.zeros((len(answered), n, len(CODES)), dtype=np.intp)
        if codes is not None:
            for place in range(len(CODES)):
                counts[:, :, place] = (codes == place).astype(np.intp) @ membership
        return cls(attempts=answered.astype(np.intp) @ membership, counts=counts)

    def of(self, person: int) -> Left:
        """One person's, n = 1."""
        return Left(attempts=self.attempts[person][None], counts=self.counts[person][None])

    def __add__(self, other: Left) -> Left:
        """Both together, as of two sittings of the same persons."""
        return Left(attempts=self.attempts + other.attempts, counts=self.counts + other.counts)

    def named(self) -> dict[str, int]:
        """The codes that occur, and how often."""
        totals = self.counts.sum(axis=(0, 1)).tolist()
        return {code: n for code, n in zip(CODES, totals, strict=True) if n}

    def too_few(self, policy: UnansweredPolicy) -> NDArray[np.bool_]:
        """Whose attempts are fewer than a sitting needs, (n,)."""
        attempts = self.attempts.sum(axis=1)
        presented = attempts + self.counts[:, :, _PRESENTED].sum(axis=(1, 2))
        return _below(attempts, presented, policy.sitting.count, policy.sitting.share)

    def too_few_of(self, policy: UnansweredPolicy) -> NDArray[np.bool_]:
        """Competencies with fewer attempts than one needs, (n, n_competencies)."""
        presented = self.attempts + self.counts[:, :, _PRESENTED].sum(axis=2)
        return _below(self.attempts, presented, policy.competency.count, policy.competency.share)


def _below(
    attempts: NDArray[np.intp], presented: NDArray[np.intp], count: int, share: float
) -> NDArray[np.bool_]:
    """Fewer than a count, or than a share with a billionth to spare, so that 0.7 of 10 items is 7."""
    return np.asarray((attempts < count) | (attempts < share * presented - 1e-9))


class _WordCodes(dict[object, int]):
    """The code of each distinct word, worked out when it is first met; a table has few distinct words."""

    def __missing__(self, word: object) -> int:
        text = str(word).strip().lower()
        known = _PLACES.get(text, _UNKNOWN) if isinstance(word, str) else _UNKNOWN
        code = NO_CODE if text in _BLANK else known
        self[word] = code
        return code


def _refuse_other_shape(
    shape: tuple[int, ...], n_persons: int, names: Sequence[str], known: Sequence[str]
) -> None:
    problems = [
        Problem(where=f"unanswered, column {name!r}", what="no item of the responses")
        for name in dict.fromkeys(names)
        if name not in known
    ]
    problems += [
        Problem(where=f"unanswered, column {name!r}", what="the column stands twice")
        for name in dict.fromkeys(names)
        if list(names).count(name) > 1
    ]
    if shape != (n_persons, len(names)):
        problems.append(
            Problem(
                where="unanswered",
                what="another shape than the responses",
                got=str(shape),
                expected=str((n_persons, len(names))),
            )
        )
    if problems:
        raise InputError(problems)


def _cell(responses: Responses, row: int, item: str) -> str:
    person = f"row {row}" if responses.persons is None else f"row {row} (person {responses.persons[row]!r})"
    return f"unanswered, {person}, item {item!r}"


def _first(problems: list[Problem]) -> list[Problem]:
    """The first faults of one kind, and how many more there are."""
    more = len(problems) - _LISTED
    if more <= 0:
        return problems
    return [*problems[:_LISTED], Problem(where="unanswered", what=f"{more} more: {problems[-1].what}")]
