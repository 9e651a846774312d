"""Content constraints over the operational items, as rows of a 0/1 programme.

With x_i = 1 for an item in the test and z_g = 1 for a group of items (a stimulus) that the test uses,

    lower ≤ A x + B z ≤ upper,        z_g = 1 exactly where an item of g is in the test,

the latter by the linking rows x_i ≤ z_g for every i of g, which leave a relaxation less freedom than their
sum would, and Σ_g x ≥ z_g.

Source: van der Linden (2005), Linear models for optimal test design, ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINK", "TOLERANCE", "Rows", "RowsBuilder"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: The owner of linking rows: nobody's demand, so that no clash names them.
LINK: Final = -1
#: Sums of attributes may miss a bound by this share of it: what a solver calls feasible.
TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The programme's rows; read-only.

    Attributes
    ----------
    items, use : A (n_rows, n_items) and B (n_rows, n_groups).
    groups : which items a group has, (n_groups, n_items).
    lower, upper : (n_rows,); infinite where there is no bound.
    hard, weight : whether a row must hold, and what a unit of violation costs if not, (n_rows,).
    owner : index into ``names`` of the demand behind each row, or :data:`LINK`, (n_rows,).
    names : places of the demands in the blueprint.
    length : index of the row of the test's length.
    """

    items: Floats
    use: Floats
    groups: Flags
    lower: Floats
    upper: Floats
    hard: Flags
    weight: Floats
    owner: NDArray[np.intp]
    names: tuple[str, ...]
    length: int

    @property
    def n_items(self) -> int:
        """Operational items."""
        return self.items.shape[1]

    @property
    def longest(self) -> int:
        """Items that a test has at most."""
        return int(self.upper[self.length])

    def activity(self, tests: Flags) -> Floats:
        """A x + B z of tests (n, n_items), with z as the tests use the groups, (n, n_rows)."""
        values = tests @ self.items.T
        if len(self.groups):
            used = (tests @ self.groups.T.astype(np.float64)) > 0
            values = values + used @ self.use.T
        return np.asarray(values)

    def kept(self, tests: Flags) -> Flags:
        """Which rows each of the tests (n, n_items) keeps, hard or not, (n, n_rows)."""
        values = self.activity(tests)
        return np.asarray((values >= _slackened(self.lower, -1)) & (values <= _slackened(self.upper, 1)))

    def satisfied(self, tests: Flags) -> Flags:
        """Which of the tests (n, n_items) satisfy every hard row, (n,)."""
        return np.asarray((self.kept(tests) | ~self.hard).all(axis=1))

    def only(self, owners: set[int]) -> Rows:
        """With the demands of these owners alone, and the links."""
        keep = np.array([owner == LINK or owner in owners for owner in self.owner.tolist()])
        lower, upper = np.where(keep, self.lower, -np.inf), np.where(keep, self.upper, np.inf)
        return Rows(
            items=self.items,
            use=self.use,
            groups=self.groups,
            lower=lower,
            upper=upper,
            hard=self.hard,
            weight=self.weight,
            owner=self.owner,
            names=self.names,
            length=self.length,
        )


def _slackened(bound: Floats, sign: int) -> Floats:
    """A bound with the tolerance added on its outer side; infinite ones stay."""
    finite = np.isfinite(bound)
    return np.where(
        finite, bound + sign * TOLERANCE * np.maximum(np.abs(np.where(finite, bound, 0)), 1), bound
    )


class RowsBuilder:
    """Gathers rows one by one; :meth:`done` lays them out."""

    def __init__(self, n_items: int) -> None:
        self._n_items = n_items
        self._names: list[str] = []
        self._groups: dict[bytes, int] = {}
        self._members: list[Flags] = []
        self._rows: list[tuple[Floats, dict[int, float], float, float, bool, float, int]] = []

    def demand(self, name: str) -> int:
        """A new owner of rows, by its place in the blueprint."""
        self._names.append(name)
        return len(self._names) - 1

    def row(
        self,
        owner: int,
        items: NDArray[np.generic],
        lower: float | None,
        upper: float | None,
        *,
        use: dict[int, float] | None = None,
        hard: bool = True,
        weight: float = 1.0,
    ) -> None:
        """One row; None is no bound."""
        low = -np.inf if lower is None else float(lower)
        high = np.inf if upper is None else float(upper)
        self._rows.append((items.astype(np.float64), use or {}, low, high, hard, weight, owner))

    def group(self, members: Flags) -> int:
        """The index of a group of items, with its links."""
        key = members.tobytes()
        if key not in self._groups:
            index = self._groups[key] = len(self._members)
            self._members.append(members)
            for place in np.flatnonzero(members):  # one by one: their sum would be a weaker relaxation
                alone = np.zeros(self._n_items)
                alone[place] = 1.0
                self.row(LINK, alone, None, 0.0, use={index: -1.0})
            self.row(LINK, members, 0.0, None, use={index: -1.0})
        return self._groups[key]

    def done(self, length: int) -> Rows:
        """The rows laid out; ``length`` is the number of the row of the test's length."""
        n_rows, n_groups = len(self._rows), len(self._members)
        use = np.zeros((n_rows, n_groups))
        for number, (_, used, *_rest) in enumerate(self._rows):
            for group, coefficient in used.items():
                use[number, group] = coefficient
        columns = list(zip(*self._rows, strict=True))
        rows = Rows(
            items=np.array(columns[0]).reshape(n_rows, self._n_items),
            use=use,
            groups=np.array(self._members, dtype=bool).reshape(n_groups, self._n_items),
            lower=np.array(columns[2]),
            upper=np.array(columns[3]),
            hard=np.array(columns[4]),
            weight=np.array(columns[5]),
            owner=np.array(columns[6], dtype=np.intp),
            names=tuple(self._names),
            length=length,
        )
        for array in (rows.items, rows.use, rows.groups, rows.lower, rows.upper, rows.hard, rows.weight):
            array.flags.writeable = False
        return rows
