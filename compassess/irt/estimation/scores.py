"""Scores of the items on the nodes: what standard errors and fast steps are made of.

Letters: s = ∂ log P(x) / ∂ξ of an item at the answer that was given, a function of θ. Weights of the nodes
for each person and carrier turn it into a number, E s with posterior masses as weights. :class:`ItemScores`
is for such numbers, of all items at once; :class:`AnswerScores` keeps s as a function, answer by answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.design import Design
from compassess.irt.estimation.fit import Fit
from compassess.irt.models import Floats

__all__ = ["AnswerScores", "Answers", "ItemScores", "add_by_place"]

Index = NDArray[np.intp]
_AT_ONCE = 4096  # answers whose scores on all nodes are in hand at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """The items of one batch on one carrier, ``slopes`` (Q, n_items × K × n_parameters)."""

    carrier: int
    rows: Index
    slopes: Floats
    jacobian: Floats
    places: Index


class ItemScores:
    """∂ log P / ∂ξ of all items on the nodes, laid out for products with weights."""

    def __init__(self, fit: Fit, phi: Floats, dtype: DTypeLike = np.float64) -> None:
        self._parts: list[_Part] = []
        self._layout = fit.layout
        self._dtype = np.dtype(dtype)
        self.n_parameters = fit.space.n_parameters
        theta = fit.grid.theta
        for batch, family, form, xi in zip(
            fit.layout.batches, fit.families, fit.space.forms, fit.space.xi(phi), strict=True
        ):
            if not form.places.size:
                continue
            slopes = family.log_probability_gradient(xi, theta)  # (n_items, n_parameters, K, Q)
            jacobian = form.jacobian(phi)
            carriers = fit.layout.carrier_of_item[batch.items]
            for carrier in np.unique(carriers).tolist():
                mine = np.flatnonzero(carriers == carrier)
                start = fit.layout.carrier_rows[carrier].start
                own = slopes[mine].transpose(3, 0, 2, 1)
                self._parts.append(
                    _Part(
                        carrier=carrier,
                        rows=batch.rows[mine] - start,
                        slopes=np.ascontiguousarray(own.reshape(theta.size, -1)).astype(self._dtype),
                        jacobian=jacobian[mine].astype(self._dtype),
                        places=form.places[mine],
                    )
                )

    def by_part(self, design: Design, persons: slice, weights: Floats) -> Iterator[tuple[int, Index, Floats]]:
        """For each batch and carrier: the carrier, places (n_items, width), scores (n, n_items, width).

        ``weights`` (n, n_carriers, Q).
        """
        indicators: dict[int, NDArray[np.floating]] = {}
        for part in self._parts:
            if part.carrier not in indicators:
                indicators[part.carrier] = design.indicators(persons, part.carrier, self._dtype)
            answered = indicators[part.carrier][:, part.rows]  # (n, n_items, K)
            shape = (*answered.shape, part.jacobian.shape[1])
            weighted = (weights[:, part.carrier] @ part.slopes).reshape(shape)
            slopes = np.einsum("njkp,njk->njp", weighted, answered, optimize=True)
            scores = np.einsum("njp,jpw->njw", slopes, part.jacobian, optimize=True)
            yield part.carrier, part.places, scores

    def by_answer(
        self, design: Design, persons: slice, weights: Floats
    ) -> Iterator[tuple[int, Index, Index, Floats]]:
        """The same answer by answer: the carrier, whose answer (m,), places and scores, (m, width) each.

        For designs of which everybody saw a few items only: the work is in proportion to the answers.
        """
        for part in self._parts:
            n_categories = part.rows.shape[1]
            cell_of = np.full(int(part.rows.max()) + 1, -1, dtype=np.intp)
            cell_of[part.rows] = np.arange(part.rows.size).reshape(part.rows.shape)
            person, row = design.answers(persons, part.carrier)
            cell = np.where(row < cell_of.size, cell_of[np.minimum(row, cell_of.size - 1)], -1)
            person, cell = person[cell >= 0], cell[cell >= 0]
            slopes = part.slopes.reshape(len(part.slopes), part.rows.size, -1).transpose(1, 0, 2)
            for start in range(0, cell.size, _AT_ONCE):
                mine = slice(start, start + _AT_ONCE)
                item = cell[mine] // n_categories
                own = weights[person[mine], part.carrier]
                found = (own[:, None] @ slopes[cell[mine]])[:, 0]
                scores = (found[:, None] @ part.jacobian[item])[:, 0]
                yield part.carrier, person[mine], part.places[item], scores

    def of_persons(self, design: Design, persons: slice, weights: Floats) -> Floats:
        """Scores by place of φ, (n, n_parameters); 0 for the population's places."""
        total = np.zeros((weights.shape[0], self.n_parameters), dtype=self._dtype)
        for _, places, scores in self.by_part(design, persons, weights):
            add_by_place(total, places, scores)
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What some persons answered to the items of one carrier.

    ``rows`` (n, m): rows of :class:`AnswerScores`; ``places`` of φ of their scores, (m × width,) where all
    persons have the same items, (n, m × width) where each has its own; ``used`` which scores are any
    parameter's, None for all.
    """

    rows: Index
    places: Index
    used: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Carried:
    """One carrier: ``table`` (n_rows + 1, Q, width), 0 in the last row, which stands for no answer.

    ``places`` (n_rows + 1, width), φ's length where there is no parameter; ``item`` (n_rows + 1,) numbers
    the items with free parameters, −1 for others; ``first`` (n_items,) a row of each.
    """

    table: Floats
    places: Index
    item: Index
    first: Index


class AnswerScores:
    """∂ log P / ∂φ of every answer on the nodes, to be looked up answer by answer.

    Where persons have few of the items (``together`` false) only those are looked at.
    """

    def __init__(self, fit: Fit, phi: Floats) -> None:
        self.n_parameters = fit.space.n_parameters
        self._n_nodes = fit.grid.n_nodes
        self._carried = tuple(_carried(fit, phi, carrier) for carrier in range(len(fit.layout.carrier_rows)))

    def width(self, design: Design) -> int:
        """Scores that a person has at most, about."""
        if not design.is_sparse:
            return sum(carried.first.size * carried.places.shape[1] for carried in self._carried)
        return design.most_answers * max((carried.places.shape[1] for carried in self._carried), default=0)

    def answers(self, design: Design, persons: slice, carrier: int) -> Answers:
        """Who answered what."""
        carried = self._carried[carrier]
        none, width = len(carried.table) - 1, carried.places.shape[1]
        person, row = design.answers(persons, carrier)
        item = carried.item[row]
        told = item >= 0
        person, row, item = person[told], row[told], item[told]
        n_persons = persons.stop - persons.start
        if design.is_sparse:
            order = np.argsort(person, kind="stable")
            person, row = person[order], row[order]
            times = np.bincount(person, minlength=n_persons)
            rows = np.full((n_persons, int(times.max(initial=0))), none)
            rows[person, np.arange(person.size) - np.repeat(np.cumsum(times) - times, times)] = row
            return Answers(rows=rows, places=carried.places[rows].reshape(n_persons, -1), used=None)
        present = np.zeros(carried.first.size, dtype=np.bool_)
        present[item] = True
        rows = np.full((n_persons, carried.first.size), none)
        rows[person, item] = row
        places = carried.places[carried.first[present]].reshape(int(present.sum()) * width)
        used = places < self.n_parameters
        return Answers(rows=rows[:, present], places=places[used], used=None if used.all() else used)

    def on_nodes(self, carrier: int, answers: Answers, nodes: slice) -> Floats:
        """Scores of every person on some nodes, (n, n_nodes, number of scores)."""
        every = np.arange(nodes.start, nodes.stop)
        return self._looked_up(carrier, answers, answers.rows[:, None], every[:, None])

    def at(self, carrier: int, answers: Answers, person: Index, node: Index) -> Floats:
        """Scores of some persons on a node each, (n, number of scores)."""
        return self._looked_up(carrier, answers, answers.rows[person], node[:, None])

    def _looked_up(self, carrier: int, answers: Answers, rows: Index, nodes: Index) -> Floats:
        table = self._carried[carrier].table
        index = rows * self._n_nodes + nodes
        shape = (*index.shape[:-1], index.shape[-1] * table.shape[2])  # told outright: nobody may be there
        found = table.reshape(-1, table.shape[2]).take(index, axis=0).reshape(shape)
        return found if answers.used is None else found[..., answers.used]


def _carried(fit: Fit, phi: Floats, carrier: int) -> _Carried:
    """The rows of one carrier."""
    space, rows = fit.space, fit.layout.carrier_rows[carrier]
    width = max([1, *(form.places.shape[1] for form in space.forms)])
    n_rows = rows.stop - rows.start
    table = np.zeros((n_rows + 1, fit.grid.n_nodes, width))
    places = np.full((n_rows + 1, width), space.n_parameters, dtype=np.intp)
    item = np.full(n_rows + 1, -1, dtype=np.intp)
    first: list[int] = []
    for batch, family, form, xi in zip(
        fit.layout.batches, fit.families, space.forms, space.xi(phi), strict=True
    ):
        mine = np.flatnonzero(fit.layout.carrier_of_item[batch.items] == carrier)
        if not form.places.size or not mine.size:
            continue
        slopes = family.log_probability_gradient(xi[mine], fit.grid.theta)  # (n_items, n_parameters, K, Q)
        own = batch.rows[mine] - rows.start
        n_free = form.places.shape[1]
        table[own, :, :n_free] = np.einsum("jpkq,jpw->jkqw", slopes, form.jacobian(phi)[mine])
        places[own, :n_free] = form.places[mine, None]
        item[own] = len(first) + np.arange(mine.size)[:, None]
        first += own[:, 0].tolist()
    return _Carried(table=table, places=places, item=item, first=np.array(first, dtype=np.intp))


def add_by_place(total: Floats, places: Index, scores: Floats) -> None:
    """Add (n, n_items, width) scores to the columns ``places`` of (n, n_parameters)."""
    flat, columns = scores.reshape(len(scores), -1), places.ravel()
    if np.unique(columns).size == columns.size:
        total[:, columns] += flat
    else:  # items that share a parameter add up
        np.add.at(total.T, columns, flat.T)
