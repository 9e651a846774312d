"""Which values are equal, places by competition rank, and who is selected where places are shared.

Rule: ties are an equivalence relation, and no decision hangs on the last bits of a float. Values within a
billionth (of the step, or without one of 1 and of the value) are near-ties; near-ties are followed in a
chain, and the whole chain takes its best value, so that two values that only rounding tells apart are always
one. With a step the chains are then rounded to it as reports are, a half to the even multiple. "Within a
tolerance of each other" alone would be no equivalence: a may be near b and b near c where a is not near c.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.rounding import whole_steps

__all__ = [
    "AtBoundary",
    "Selection",
    "TieBreak",
    "competition_ranks",
    "lottery",
    "select_best",
    "tied_classes",
]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
AtBoundary = Literal["include", "exclude", "refuse"]

_NEAR: Final = 1e-9  # far above the last bits, far below any step that is reported
_BITS: Final = 16 * np.finfo(np.float64).eps  # where the step is so small that a billionth of it is less


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TieBreak:
    """A further column that orders those who tie so far, the highest first or the lowest.

    ``values`` (n_persons,), finite; ``step`` as in :func:`tied_classes`.
    """

    name: str
    values: ArrayLike
    highest_first: bool = True
    step: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """``selected`` and ``tied_at_boundary`` by person, (n_persons,).

    Tied at the boundary are those who share one place and cannot all be among the k.
    """

    selected: Truths
    tied_at_boundary: Truths


def tied_classes(
    values: ArrayLike, *, step: float | None = None, highest_first: bool = True
) -> NDArray[np.intp]:
    """The class of equal values that each belongs to, (n,): 0 the best, 1 the next, and so on.

    Sorted, v_(i) and v_(i+1) are in one chain if they differ by at most 10⁻⁹ step (without a step by
    10⁻⁹ max(1, |v|)). A chain's value is that of its best member b; with a step its class is b / step
    rounded as reports are, :func:`compassess.scoring.rounding.whole_steps`.

    Parameters
    ----------
    values : finite, (n,).
    step : of the scale on which differences count, 1 for scores that are reported as whole numbers; None:
        only near-ties are equal.

    Raises
    ------
    InputError : values that are not finite; a step that is not above 0.
    """
    problems: list[Problem] = []
    vector = _finite(values, None, "values", problems)
    check_step(step, "step", problems)
    raise_if_any(problems)
    return _classes(vector if highest_first else -vector, step)


def competition_ranks(
    values: ArrayLike, *, step: float | None = None, tie_breaks: Sequence[TieBreak] = ()
) -> NDArray[np.intp]:
    """1 + how many are better, (n,): the highest is 1, and those who tie share a rank (1, 2, 2, 4).

    Equal by :func:`tied_classes`; who is equal is ordered by the first of ``tie_breaks``, then by the next.

    Raises
    ------
    InputError : values, or those of a tie-break, that are not finite or not as many; a step not
        above 0.
    """
    problems: list[Problem] = []
    vector = _finite(values, None, "values", problems)
    check_step(step, "step", problems)
    check_tie_breaks(tie_breaks, vector.size, problems)
    raise_if_any(problems)
    keys = [_classes(vector, step)]
    for one in tie_breaks:
        further = np.asarray(one.values, dtype=np.float64)
        keys.append(_classes(further if one.highest_first else -further, one.step))
    order = np.lexsort(keys[::-1])
    ordered = np.stack(keys)[:, order]
    first = np.concatenate([[True], np.any(ordered[:, 1:] != ordered[:, :-1], axis=0)])
    ranks = np.empty(vector.size, dtype=np.intp)
    ranks[order] = np.maximum.accumulate(np.where(first, np.arange(vector.size), 0)) + 1
    return ranks


def select_best(ranks: NDArray[np.intp], k: int, at_boundary: AtBoundary = "include") -> Selection:
    """Those of rank ≤ k by ``ranks`` of :func:`competition_ranks`, (n,).

    Where the persons who share a rank r ≤ k fill places beyond k, "include" takes all of them (more than k),
    "exclude" none (fewer than k), "refuse" raises.

    Raises
    ------
    InputError : k < 1; "refuse", and places are shared at the boundary.
    """
    if k < 1:
        raise_if_any([Problem(where="k", what="nobody to select", got=str(k), expected="at least 1")])
    sharing = np.bincount(ranks)[ranks]
    tied = (ranks <= k) & (ranks + sharing - 1 > k)
    if tied.any() and at_boundary == "refuse":
        raise_if_any(
            [
                Problem(
                    where=f"rank {int(ranks[tied][0])}",
                    what=f"{int(tied.sum())} persons share a place, and not all of them are among the {k}",
                    expected="places that are not shared at the boundary",
                    remedy='Hand in a further tie-break or a seed, or decide by "include" or "exclude".',
                )
            ]
        )
    selected = (ranks <= k) if at_boundary == "include" else (ranks <= k) & ~tied
    return Selection(selected=selected, tied_at_boundary=tied)


def lottery(seed: int, ids: Sequence[str]) -> Floats:
    """A number in [0, 1) for every id: the first 53 bits of SHA-256 of "seed:id" (UTF-8), over 2⁵³.

    It hangs on the seed and the id alone, not on who else competes or in which order, and anybody who was
    told the seed can draw it again.
    """
    digests = (hashlib.sha256(f"{seed}:{one}".encode()).digest() for one in ids)
    return np.array([(int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53 for digest in digests])


def check_tie_breaks(tie_breaks: Sequence[TieBreak], n: int, problems: list[Problem]) -> None:
    """Add what is wrong with tie-breaks of ``n`` persons."""
    for one in tie_breaks:
        where = f"tie_breaks[{one.name!r}]"
        _finite(one.values, n, where, problems)
        check_step(one.step, f"{where}.step", problems)


def check_step(step: float | None, where: str, problems: list[Problem]) -> None:
    if step is not None and not (np.isfinite(step) and step > 0):
        problems.append(
            Problem(
                where=where, what="not a step", got=f"{step:g}", expected="a finite number above 0, or None"
            )
        )


def _finite(values: ArrayLike, n: int | None, where: str, problems: list[Problem]) -> Floats:
    vector = np.asarray(values, dtype=np.float64)
    fits = vector.ndim == 1 and vector.size > 0 and (n is None or vector.size == n)
    if not fits or not np.all(np.isfinite(vector)):
        wrong = "" if not fits else f", {int((~np.isfinite(vector)).sum())} not finite"
        counted = "one a person" if n is None else f"{n}"
        problems.append(
            Problem(
                where=where,
                what="these do not order persons",
                got=f"shape {vector.shape}{wrong}",
                expected=f"finite numbers, {counted}",
            )
        )
    return vector


def _classes(values: Floats, step: float | None) -> NDArray[np.intp]:
    """Classes by descending value."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    size = np.abs(ordered[:-1])
    near = _NEAR * np.maximum(1.0, size) if step is None else np.maximum(_NEAR * step, _BITS * size)
    starts = np.concatenate([[True], ordered[:-1] - ordered[1:] > near])
    if step is not None:
        best = ordered[starts][np.cumsum(starts) - 1]
        cell = whole_steps(best / step)
        starts = np.concatenate([[True], cell[1:] != cell[:-1]])
    classes = np.empty(values.size, dtype=np.intp)
    classes[order] = np.cumsum(starts) - 1
    return classes
