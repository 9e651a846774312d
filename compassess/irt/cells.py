"""Answers evaluated at each person's own θ: log-likelihood, its derivatives, and information.

Letters. P_k(θ) category probabilities of an item, ′ = ∂/∂θ; f_k = (log P_k)′, s_k = (log P_k)″, so that
P′ = P f and P″ = P (s + f²). A *line* is one dimension of one person: a (person, carrier) pair, whose
answers depend on one θ. A *cell* is an answer.

Rule: a person at θ before an item with thresholds b is a person at 0 before thresholds b − θ. Working
parameters are linear in such a shift, ξ(θ) = ξ + θ v, so that families evaluate any number of (item, θ)
pairs as items at one node, and the work is in proportion to the answers, however sparse they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from compassess.irt.items import Items
from compassess.irt.layout import Layout, batch_parameters
from compassess.irt.measurement import Measurement
from compassess.irt.models import Columns, Family, model_named
from compassess.responses import Responses

__all__ = ["Answers", "Categories", "Curves", "Sheet", "Slopes", "shift_by_theta"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_ORIGIN: Final = np.zeros(1)
_ARRAYS: Final = 32  # numbers that a family and the sums have in hand for an answer, over its categories


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slopes:
    """Sums over answers, all of one shape; or, by row of a table, what each answer adds to them.

    Attributes
    ----------
    log_likelihood, score, curvature : log L, (log L)′, (log L)″.
    information : I = Σ_i Σ_k P_k′² / P_k = Σ P f², expected.
    warm : J = Σ_i Σ_k P_k′ P_k″ / P_k = Σ P f (s + f²).
    information_slope : I′ = Σ P f (2 s + f²).
    """

    log_likelihood: Floats
    score: Floats
    curvature: Floats
    information: Floats
    warm: Floats
    information_slope: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Batch:
    """Items of one shape with their working parameters ξ and shifts v, (n_items, n_parameters) each."""

    family: Family
    rows: Index
    xi: Floats
    shift: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """Answers to a batch: whose line, which item of the batch, which category, (n_cells,) each."""

    batch: _Batch
    line: Index
    item: Index
    category: Index

    def only(self, place: Index) -> _Cells:
        """The cells of some lines; ``place`` is a line's new number, −1 where it is left out."""
        line = place[self.line]
        kept = line >= 0
        return _Cells(batch=self.batch, line=line[kept], item=self.item[kept], category=self.category[kept])

    def categories(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """log P, f and s of every category of each cell's item at its line's θ, (n_cells, K) each."""
        moved = self.batch.xi[self.item] + theta[self.line, None] * self.batch.shift[self.item]
        log_p = self.batch.family.log_probability(moved, _ORIGIN)[:, :, 0]
        first, second = (part[:, :, 0] for part in self.batch.family.theta_derivatives(moved, _ORIGIN))
        return log_p, first, second

    def at(self, theta: Floats) -> Slopes:
        """What each cell adds at its line's θ, (n_cells,) each."""
        log_p, first, second = self.categories(theta)
        information, warm, information_slope = _moments(log_p, first, second)
        own = np.arange(len(self.line)), self.category
        return Slopes(
            log_likelihood=log_p[own],
            score=first[own],
            curvature=second[own],
            information=information,
            warm=warm,
            information_slope=information_slope,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Categories:
    """Answers with what could have been answered instead.

    ``line`` and ``chosen``, the line and the category of each answer, (n_cells,); ``log_p`` and ``first``,
    log P_k and f_k of every category of its item, (n_cells, K).
    """

    line: Index
    chosen: Index
    log_p: Floats
    first: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """The answers of some persons; ``n_lines`` = persons × carriers, a person's lines together."""

    n_lines: int
    cells: tuple[_Cells, ...]

    def only(self, lines: Index) -> Answers:
        """The answers on some lines, numbered anew in the order asked for."""
        place = np.full(self.n_lines, -1, dtype=np.intp)
        place[lines] = np.arange(lines.size)
        return Answers(n_lines=lines.size, cells=tuple(cells.only(place) for cells in self.cells))

    def at(self, theta: Floats) -> Slopes:
        """Sums by line at each line's θ, (n_lines,) in and out."""
        found = [(cells.line, cells.at(theta)) for cells in self.cells if cells.line.size]

        def total(name: str) -> Floats:
            parts = [np.bincount(line, getattr(one, name), self.n_lines) for line, one in found]
            return np.sum(parts, axis=0) if parts else np.zeros(self.n_lines)

        return Slopes(**{name: total(name) for name in Slopes.__slots__})

    def categories(self, theta: Floats) -> Iterator[Categories]:
        """All categories of every answered item at its line's θ, items of one shape at a time."""
        for cells in self.cells:
            if cells.line.size:
                log_p, first, _ = cells.categories(theta)
                yield Categories(line=cells.line, chosen=cells.category, log_p=log_p, first=first)


class Curves:
    """Known items, ready to be evaluated at any θ; read-only after it is made."""

    __slots__ = ("_batch_of", "_batches", "_category_of", "_item_of")

    def __init__(self, items: Items, layout: Layout) -> None:
        batches = []
        self._batch_of, self._item_of, self._category_of = (
            np.zeros(layout.n_rows, dtype=np.intp) for _ in range(3)
        )
        for number, batch in enumerate(layout.batches):
            family = model_named(batch.model).family
            shift = shift_by_theta(family, items.parameters_of(batch.items))
            xi = batch_parameters(items, batch)
            batches.append(_Batch(family=family, rows=batch.rows, xi=xi, shift=shift))
            self._batch_of[batch.rows] = number
            self._item_of[batch.rows] = np.arange(len(batch.items))[:, None]
            self._category_of[batch.rows] = np.arange(batch.rows.shape[1])
        self._batches = tuple(batches)

    def tables(self, nodes: Floats) -> Slopes:
        """What an answer of each row adds at the nodes, (n_rows, n_nodes) each."""
        shape = (self._batch_of.size, nodes.size)
        tables = {name: np.empty(shape) for name in Slopes.__slots__}
        for batch in self._batches:
            log_p = batch.family.log_probability(batch.xi, nodes)
            first, second = batch.family.theta_derivatives(batch.xi, nodes)
            shared = [moment[:, None] for moment in _moments(log_p, first, second)]
            for name, values in zip(Slopes.__slots__, [log_p, first, second, *shared], strict=True):
                tables[name][batch.rows] = values
        return Slopes(**tables)

    def answers(self, sheet: Sheet, persons: slice) -> Answers:
        """The answers of some persons."""
        entries = sheet.lines(persons).tocoo()
        row = entries.col
        cells = []
        for number, batch in enumerate(self._batches):
            own = self._batch_of[row] == number
            item, category = self._item_of[row[own]], self._category_of[row[own]]
            cells.append(
                _Cells(batch=batch, line=entries.row[own].astype(np.intp), item=item, category=category)
            )
        return Answers(n_lines=entries.shape[0], cells=tuple(cells))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Everybody's answers: ``indicators`` (n_lines, n_rows), 1 where the line holds the row's answer.

    A person's lines stand together, ``n_carriers`` of them. Sums over answers are sums of the answers' own
    rows: nothing is taken from everybody's constant, so that they keep their digits at ±∞ as well.
    """

    n_persons: int
    n_carriers: int
    indicators: sparse.csr_matrix

    @classmethod
    def of(cls, responses: Responses, measurement: Measurement) -> Sheet:
        """The answers to known items; codes are within the items' categories (a design refuses others)."""
        layout, n_persons = measurement.layout, responses.n_persons
        n_carriers = len(layout.carrier_rows)
        lines, rows = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for item, (person, code) in enumerate(responses.by_item(measurement.items.ids)):
            if layout.row_of[item, 0] >= 0:
                lines.append(person * n_carriers + layout.carrier_of_item[item])
                rows.append(layout.row_of[item, code])
        places = np.concatenate(lines), np.concatenate(rows)
        shape = n_persons * n_carriers, layout.n_rows
        indicators = sparse.csr_matrix((np.ones(places[0].size), places), shape=shape)
        return cls(n_persons=n_persons, n_carriers=n_carriers, indicators=indicators)

    def lines(self, persons: slice) -> sparse.csr_matrix:
        """The lines of some persons."""
        return self.indicators[persons.start * self.n_carriers : persons.stop * self.n_carriers]

    def sums(self, persons: slice, table: Floats) -> Floats:
        """Rows of a table summed over each line's answers, (n_lines, n_nodes)."""
        return np.asarray(self.lines(persons) @ table)

    @property
    def floats_per_person(self) -> int:
        """About what the evaluation of one person's answers holds at a time."""
        return int(_ARRAYS * self.indicators.nnz / max(self.n_persons, 1)) + 1


def _moments(log_p: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats, Floats]:
    """I, J and I′ from log P, f and s with categories on axis 1."""
    square = first**2
    mass = np.exp(log_p) * first
    information = (mass * first).sum(axis=1)
    return information, (mass * (second + square)).sum(axis=1), (mass * (2 * second + square)).sum(axis=1)


def shift_by_theta(family: Family, columns: Columns) -> Floats:
    """v with ξ(b − θ) = ξ(b) + θ v, (n_items, n_parameters): exact, from thresholds −1 and 0."""
    name, step = (
        ("intercepts", columns["slopes"]) if "slopes" in columns else ("b", -np.ones_like(columns["b"]))
    )
    return np.asarray(
        family.from_irt({**columns, name: step}) - family.from_irt({**columns, name: np.zeros_like(step)})
    )
