"""Which group every person belongs to, and which one is the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["Groups", "frequencies", "groups_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Labels, the reference first, and the group of every person, (n_persons,)."""

    labels: tuple[str, ...]
    of_person: NDArray[np.intp]

    @classmethod
    def single(cls, n_persons: int) -> Groups:
        """Everybody in one group."""
        return cls(labels=("all",), of_person=np.zeros(n_persons, dtype=np.intp))


def groups_of(
    groups: Sequence[object] | NDArray[np.generic] | None, reference: object | None, n_persons: int
) -> Groups:
    """Check the labels: one for every person, the reference among them; labels that read alike are one.

    Raises
    ------
    InputError : another number of labels than persons, a missing label, an unknown reference.
    """
    if groups is None:
        if reference is not None:
            raise InputError(
                Problem(where="reference_group", what="there are no groups", got=repr(reference))
            )
        return Groups.single(n_persons)
    labels = list(groups)
    problems = []
    if len(labels) != n_persons:
        problems.append(
            Problem(
                where="groups",
                what="every person needs one label",
                got=f"{len(labels)} labels",
                expected=f"{n_persons}",
            )
        )
    problems += [
        Problem(where=f"groups[{row}]", what="a label is missing", got=repr(label))
        for row, label in enumerate(labels)
        if label is None or label != label  # NaN differs from itself
    ][:20]
    raise_if_any(problems)
    names = list(dict.fromkeys(str(label) for label in _ascending(set(labels))))
    first = names[0] if reference is None else str(reference)
    if first not in names:
        raise InputError(
            Problem(
                where="reference_group",
                what="no person has this label",
                got=repr(reference),
                expected=" or ".join(names),
            )
        )
    ordered = (first, *(name for name in names if name != first))
    place = {name: index for index, name in enumerate(ordered)}
    return Groups(labels=ordered, of_person=np.array([place[str(label)] for label in labels], dtype=np.intp))


def _ascending(labels: set[object]) -> list[object]:
    """Numbers by size, words by letter; labels of several kinds as words."""
    try:
        return sorted(labels)  # type: ignore[type-var]
    except TypeError:
        return sorted(labels, key=str)


def frequencies(
    weights: Sequence[float] | NDArray[np.generic] | None, n_persons: int
) -> NDArray[np.float64] | None:
    """How many persons each row stands for; None for one each.

    Raises
    ------
    InputError : another number of weights than persons, or a weight that is no positive number.
    """
    if weights is None:
        return None
    given = np.asarray(weights, dtype=object).ravel()
    problems = []
    if given.size != n_persons:
        problems.append(
            Problem(
                where="weights",
                what="every person needs one weight",
                got=f"{given.size} weights",
                expected=str(n_persons),
            )
        )
    values = np.array([_number(weight) for weight in given.tolist()])
    problems += [
        Problem(
            where=f"weights[{row}]",
            what="a weight must be a positive number",
            got=repr(given[row]),
            remedy="Leave rows out that count for nothing.",
        )
        for row in np.flatnonzero(~(np.isfinite(values) & (values > 0)))[:20].tolist()
    ]
    raise_if_any(problems)
    return values


def _number(value: object) -> float:
    """The number that a value is, NaN for what is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
