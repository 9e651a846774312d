"""Panels as one 0/1 programme: what is asked of every module, every panel and every path.

With x_pmi = 1 where item i stands in module m of panel p, I_mi what it tells at the θ of the module, B_m what
the n_m best items tell there, and A, B, u the rows of a blueprint (:mod:`compassess.adaptive.content.rows`):

    maximise z + ε Σ_m y_m
    subject to   Σ_i x_pmi = n_m,     y_m ≤ Σ_i I_mi x_pmi / B_m ≤ (1 + τ) y_m,     z ≤ y_m,
                 Σ_m x_pmi ≤ 1,     Σ_pm x_pmi ≤ most uses,     enemies apart within a panel,
                 the constraints of every module,
                 lower ≤ A Σ_{m of path} x_pm + B u ≤ upper    on every path, for hard rows.

Where a module wants the information T_m, |Σ_i I_mi x_pmi / T_m − 1| ≤ τ stands in the place of z ≤ y_m.
Shares in the place of information keep all columns at the same scale.

Source: van der Linden (2005), Linear models for optimal test design, ch. 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from compassess.adaptive.content import Rows
from compassess.adaptive.content.rows import LINK
from compassess.bank import BankItem
from compassess.errors import Problem
from compassess.multistage.design import ModuleDesign, PanelDesign

__all__ = ["Programme", "Search"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Row = tuple[str, Index, Floats, float, float]  # demand, columns, coefficients, lower, upper

_MEASURES: Final = ""  # the demand of rows that measure and forbid nothing
_MANY: Final = 2**31 - 1  # nodes: no limit
_SMALL: Final = 1e-3  # ε: of two programmes of the same least module the one with better others


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """When the solver may stop with what it has: near to its bound, after so many nodes, or seconds."""

    gap: float
    seconds: float
    nodes: int | None


class Programme:
    """Columns: x by panel, module and item; y by module; z; u by panel, path and group of items."""

    def __init__(
        self,
        items: Sequence[BankItem],
        design: PanelDesign,
        told: Floats,
        *,
        n_panels: int,
        most_uses: int,
        tolerance: float,
        rows: Rows | None = None,
    ) -> None:
        self.items, self.modules, self.paths = tuple(items), design.modules, design.paths
        self.n_panels, self.most_uses, self.tolerance = n_panels, most_uses, tolerance
        self.shape = (n_panels, len(design.modules), len(self.items))
        n_x = int(np.prod(self.shape))
        self._x = np.arange(n_x, dtype=np.intp).reshape(self.shape)
        self._y = n_x + np.arange(len(self.modules), dtype=np.intp)
        self._z = n_x + len(self.modules)
        n_groups = 0 if rows is None else rows.use.shape[1]
        shape_u = (n_panels, len(self.paths), n_groups)
        self._u = self._z + 1 + np.arange(int(np.prod(shape_u)), dtype=np.intp).reshape(shape_u)
        self.n_columns = self._z + 1 + self._u.size
        ordered = -np.sort(-told, axis=1)
        sizes = [module.n_items for module in self.modules]
        self.best = np.array([row[:size].sum() for row, size in zip(ordered, sizes, strict=True)])
        self._share = told / np.where(self.best > 0, self.best, 1.0)[:, None]
        parts: list[Iterable[Row]] = [self._sizes(), self._uses(), self._enemies(), self._own()]
        parts += [self._parallel(), () if rows is None else self._blueprint(rows)]
        self._rows = [row for part in parts for row in part]
        lengths = [len(row[1]) for row in self._rows]
        self._matrix = csr_array(
            (
                np.concatenate([row[2] for row in self._rows]),
                (
                    np.repeat(np.arange(len(lengths)), lengths),
                    np.concatenate([row[1] for row in self._rows]),
                ),
            ),
            shape=(len(lengths), self.n_columns),
        )

    # ---- rows -----------------------------------------------------------------------------------

    def _each(self) -> Iterator[tuple[Index, int, ModuleDesign]]:
        """The columns of a module in a panel, its number, and what is wanted of it."""
        for panel in range(self.n_panels):
            for number, module in enumerate(self.modules):
                yield self._x[panel, number], number, module

    def _sizes(self) -> Iterator[Row]:
        for columns, _, module in self._each():
            yield (
                f"n_items of {module.id!r}",
                columns,
                np.ones(columns.size),
                module.n_items,
                module.n_items,
            )

    def _uses(self) -> Iterator[Row]:
        for item in range(self.shape[2]):
            if self.n_panels == 1 or self.most_uses > 1:  # otherwise it follows, and would slow the solver
                for panel in range(self.n_panels):
                    own = self._x[panel, :, item]
                    yield "an item once in a panel", own, np.ones(own.size), -np.inf, 1.0
            if self.n_panels > self.most_uses:
                every = self._x[:, :, item].reshape(-1)
                yield "most_uses", every, np.ones(every.size), -np.inf, float(self.most_uses)

    def _enemies(self) -> Iterator[Row]:
        places = {item.id: place for place, item in enumerate(self.items)}
        pairs = {
            tuple(sorted((places[item.id], places[other])))
            for item in self.items
            for other in item.enemies
            if other in places
        }
        for pair in sorted(pairs):
            for panel in range(self.n_panels):
                columns = self._x[panel][:, list(pair)].reshape(-1)
                yield "enemies", columns, np.ones(columns.size), -np.inf, 1.0

    def _own(self) -> Iterator[Row]:
        for columns, _, module in self._each():
            for one in module.constraints:
                about = [place for place, item in enumerate(self.items) if one.items.admits(item)]
                values = np.array(
                    [
                        1.0 if one.kind == "count" else float(self.items[k].attributes[one.attribute or ""])
                        for k in about
                    ]
                )
                low = -np.inf if one.minimum is None else one.minimum
                high = np.inf if one.maximum is None else one.maximum
                yield f"{one.id!r} of {module.id!r}", columns[about], values, low, high

    def _parallel(self) -> Iterator[Row]:
        for columns, number, module in self._each():
            share, level = self._share[number], self._y[number]
            with_level = np.append(columns, level)
            yield _MEASURES, with_level, np.append(share, -1.0), 0.0, np.inf
            if self.n_panels > 1:
                most = np.append(share, -1.0 - self.tolerance)
                yield f"tolerance of {module.id!r}", with_level, most, -np.inf, 0.0
            if module.information is not None:
                target = module.information / self.best[number] if self.best[number] > 0 else np.inf
                low, high = target * (1.0 - self.tolerance), target * (1.0 + self.tolerance)
                yield f"information of {module.id!r}", columns, share, low, high
        for number, module in enumerate(self.modules):
            if module.information is None:
                yield _MEASURES, np.array([self._y[number], self._z]), np.array([1.0, -1.0]), 0.0, np.inf

    def _blueprint(self, rows: Rows) -> Iterator[Row]:
        """Hard rows of the blueprint on every path; lengths are those of the design."""
        for panel in range(self.n_panels):
            for number, path in enumerate(self.paths):
                columns = np.concatenate([self._x[panel, list(path)].reshape(-1), self._u[panel, number]])
                for row in np.flatnonzero(rows.hard).tolist():
                    if row == rows.length:
                        continue
                    values = np.concatenate([np.tile(rows.items[row], len(path)), rows.use[row]])
                    owner = int(rows.owner[row])
                    name = _MEASURES if owner == LINK else f"blueprint {rows.names[owner]}"
                    lower, upper = float(rows.lower[row]), float(rows.upper[row])
                    yield name, columns[values != 0], values[values != 0], lower, upper

    # ---- solving --------------------------------------------------------------------------------

    def solved(self, search: Search) -> tuple[NDArray[np.bool_], float] | None:
        """What stands where, (n_panels, n_modules, n_items), and the gap; None where nothing was found."""
        cost = np.zeros(self.n_columns)
        if any(module.information is None for module in self.modules):
            cost[self._z] = -1.0
        cost[self._y] = -_SMALL
        result = self._run(cost, np.ones(len(self._rows), dtype=bool), search)
        if result.x is None:
            return None
        return (result.x[: self._x.size] > 0.5).reshape(self.shape), float(result.mip_gap or 0.0)

    def _run(self, cost: Floats, keep: NDArray[np.bool_], search: Search) -> OptimizeResult:
        low, high = (np.array([row[end] for row in self._rows])[keep] for end in (3, 4))
        most = np.ones(self.n_columns)
        most[self._y] = most[self._z] = np.inf
        whole = np.ones(self.n_columns, dtype=np.int64)
        whole[self._y] = whole[self._z] = 0
        return milp(
            cost,
            constraints=LinearConstraint(self._matrix[np.flatnonzero(keep)].tocsc(), low, high),
            integrality=whole,
            bounds=Bounds(0.0, most),
            options={
                "mip_rel_gap": search.gap,
                "time_limit": search.seconds,
                "node_limit": _MANY if search.nodes is None else search.nodes,
            },
        )

    def clash(self, search: Search) -> list[Problem]:
        """The demands without each of which there would be panels; one problem for all if there is none."""
        needed, there = sum(module.n_items for module in self.modules), len(self.items)
        if needed * self.n_panels > there * min(self.most_uses, self.n_panels):
            return [
                Problem(
                    where="design",
                    what=f"{self.n_panels} panels of {needed} items want more than the bank has",
                    got=f"{there} operational items, each in {self.most_uses} panels at most",
                    remedy="Ask for fewer panels or items, or allow more uses of an item (most_uses).",
                )
            ]
        names = np.array([row[0] for row in self._rows])
        nothing = np.zeros(self.n_columns)
        loose = Search(gap=1.0, seconds=search.seconds, nodes=search.nodes)
        told = [
            Problem(where="design", what="no panels keep this and all other demands together", got=name)
            for name in dict.fromkeys(names.tolist())
            if name != _MEASURES and self._run(nothing, names != name, loose).x is not None
        ]
        return told or [
            Problem(
                where="design",
                what="no panels keep all demands, nor all but any one of them, or none were found in time",
                remedy="Ask for fewer panels or items, loosen constraints, or give it more seconds.",
            )
        ]
