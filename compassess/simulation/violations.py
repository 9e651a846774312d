"""Which demands of the blueprint finished tests miss: length, limits of the competencies, content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content import Rows

__all__ = ["Violations", "violations"]

Flags = NDArray[np.bool_]
_CHUNK: Final = 4096  # tests whose flags are laid out at a time: some MB for a large bank


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Violations:
    """What :func:`violations` found.

    Attributes
    ----------
    demands : places of the demands in the blueprint.
    hard : whether a demand must hold, (n_demands,).
    missed : which tests miss which demand, (n_tests, n_demands).
    """

    demands: tuple[str, ...]
    hard: Flags
    missed: Flags

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of the tests that miss each demand, (n_demands,); NaN without any test."""
        n_tests = len(self.missed)
        return self.missed.mean(axis=0) if n_tests else np.full(len(self.demands), np.nan)

    @property
    def any_hard(self) -> Flags:
        """Which tests miss any hard demand, (n_tests,)."""
        return np.asarray((self.missed & self.hard).any(axis=1))


def violations(rows: Rows, presented: NDArray[np.integer]) -> Violations:
    """Which demands the tests miss: lower ≤ A x + B z ≤ upper, to the tolerance of the rows.

    Parameters
    ----------
    rows : of :func:`compassess.adaptive.content.rows_of`: the length, the limits of the competencies, and
        the content constraints where the blueprint has any.
    presented : places of items, (n_tests, longest), −1 for none.

    A demand of several rows is missed where any of its rows is. Lower bounds are missed where an exhausted
    pool ended a sitting early.
    """
    demands = [k for k in range(len(rows.names)) if (rows.owner == k).any()]
    missed = np.zeros((len(presented), len(demands)), dtype=bool)
    for start in range(0, len(presented), _CHUNK):
        broken = ~rows.kept(_tests(presented[start : start + _CHUNK], rows.n_items))
        for column, owner in enumerate(demands):
            missed[start : start + _CHUNK, column] = broken[:, rows.owner == owner].any(axis=1)
    return Violations(
        demands=tuple(rows.names[k] for k in demands),
        hard=np.array([rows.hard[rows.owner == k].all() for k in demands], dtype=bool),
        missed=missed,
    )


def _tests(presented: NDArray[np.integer], n_items: int) -> Flags:
    tests = np.zeros((len(presented), n_items), dtype=bool)
    people, steps = np.nonzero(presented >= 0)
    tests[people, presented[people, steps]] = True
    return tests
