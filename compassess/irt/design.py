"""Responses as indicators of table rows: what turns likelihoods and expected counts into products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from compassess.errors import Problem, raise_if_any
from compassess.irt.layout import Layout
from compassess.responses import Responses

__all__ = ["Design", "design_of"]

Floats = NDArray[np.float64]

_SPARSE_BELOW: Final = 0.1  # share of answered cells under which compressed rows win over a matrix product


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Which rows of the table a carrier's columns stand for.

    An item that everybody answered needs no column for its first category: its log-probability is
    everybody's constant, and the other columns hold differences to it. ``places`` are the carrier's
    columns in the matrix; ``rows`` (m,) their rows; ``base`` (m,) the row that is taken off, −1 for
    none; ``constant`` the rows of the first categories.
    """

    places: slice
    rows: NDArray[np.intp]
    base: NDArray[np.intp]
    constant: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """A carrier's table made ready: ``columns`` (m, n_nodes), ``constant`` (n_nodes,)."""

    columns: NDArray[np.floating]
    constant: NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Indicators, (n_persons, n_columns): 1 where the person's answer is the column's category.

    A dense design is a float32 matrix; a sparse one holds compressed rows and never more than the
    answers.
    """

    layout: Layout
    n_persons: int
    columns: tuple[Columns, ...]
    matrix: NDArray[np.float32] | sparse.csr_matrix

    def weights(self, table: Floats, dtype: DTypeLike = np.float64) -> tuple[Weights, ...]:
        """Log-probabilities by carrier for :meth:`log_likelihood`, in the precision of the products."""
        padded = np.concatenate([table, np.zeros((1, table.shape[1]))])
        return tuple(
            Weights(
                columns=(padded[part.rows] - padded[part.base]).astype(dtype),
                constant=table[part.constant].sum(axis=0).astype(dtype),
            )
            for part in self.columns
        )

    def log_likelihood(self, persons: slice, weights: tuple[Weights, ...]) -> NDArray[np.floating]:
        """By carrier, (n, n_carriers, n_nodes)."""
        dtype, n_nodes = weights[0].columns.dtype, weights[0].constant.size
        result = np.empty((persons.stop - persons.start, len(self.columns), n_nodes), dtype=dtype)
        for carrier, (part, weight) in enumerate(zip(self.columns, weights, strict=True)):
            result[:, carrier] = self._chunk(persons, part.places, dtype) @ weight.columns
            result[:, carrier] += weight.constant
        return result

    def expected_counts(self, persons: slice, masses: NDArray[np.floating]) -> Floats:
        """Answers by category and node, (n_rows, n_nodes), from carriers' posterior masses."""
        counts = np.zeros((self.layout.n_rows, masses.shape[2]))
        for carrier, part in enumerate(self.columns):
            mass = np.ascontiguousarray(masses[:, carrier])
            counted = self._chunk(persons, part.places, masses.dtype).T @ mass
            counts[part.rows] = counted
            counts[part.constant] = mass.sum(axis=0)
            folded = part.base >= 0
            np.subtract.at(counts, part.base[folded], counted[folded])
        return counts

    def indicators(self, persons: slice, carrier: int, rows: NDArray[np.intp]) -> Floats:
        """Some persons' indicators of some rows of one carrier, (n, n_rows asked for)."""
        part = self.columns[carrier]
        chunk = self._chunk(persons, part.places, np.dtype(np.float64))
        found = chunk if isinstance(chunk, np.ndarray) else chunk.toarray()
        result = np.zeros((found.shape[0], rows.size))
        for place, row in enumerate(rows.tolist()):
            mine = part.rows == row
            if mine.any():
                result[:, place] = found[:, mine][:, 0]
            else:
                result[:, place] = 1.0 - found[:, part.base == row].sum(axis=1)
        return result

    def _chunk(
        self, persons: slice, places: slice, dtype: np.dtype[np.floating]
    ) -> NDArray[np.floating] | sparse.csr_matrix:
        chunk = self.matrix[persons, places]
        return chunk.astype(dtype, copy=False) if isinstance(chunk, np.ndarray) else chunk


def design_of(responses: Responses, item_ids: Sequence[str], layout: Layout) -> Design:
    """Match the responses' columns with the items by name, and lay out the indicators.

    Columns that are no item of ours are passed over, and so are answers to items without parameters;
    items without a column were not presented.

    Raises
    ------
    InputError : an answer whose code is outside the item's categories.
    """
    codes = _known_codes(responses, item_ids, layout)
    n_persons, n_answers = responses.n_persons, sum(person.size for _, person, _ in codes)
    complete = frozenset(item for item, person, _ in codes if person.size == n_persons)
    columns = _columns(layout, complete)
    column_of_row = np.full(layout.n_rows, -1, dtype=np.intp)
    for part in columns:
        column_of_row[part.rows] = np.arange(part.places.start, part.places.stop)
    n_columns = columns[-1].places.stop if columns else 0
    if n_answers < _SPARSE_BELOW * n_persons * max(len(item_ids), 1):
        return Design(
            layout=layout,
            n_persons=n_persons,
            columns=columns,
            matrix=_compressed(codes, layout, column_of_row, (n_persons, n_columns)),
        )
    dense = np.zeros((n_persons, n_columns), dtype=np.float32)
    for item, person, code in codes:
        column = column_of_row[layout.row_of[item, code]]
        folded = column >= 0
        dense[person[folded], column[folded]] = 1.0
    return Design(layout=layout, n_persons=n_persons, columns=columns, matrix=dense)


Answers = list[tuple[int, NDArray[np.intp], NDArray[np.int16]]]


def _known_codes(responses: Responses, item_ids: Sequence[str], layout: Layout) -> Answers:
    """By item with rows: who answered, and what; codes beyond the item's categories are refused."""
    n_codes = (layout.row_of >= 0).sum(axis=1)
    answers, problems = [], []
    for item, (person, code) in enumerate(responses.by_item(item_ids)):
        if n_codes[item] == 0:
            continue
        wrong = np.flatnonzero(code >= n_codes[item])
        problems += [
            Problem(
                where=f"row {int(person[cell])}, item {item_ids[item]!r}",
                what="the code is outside the item's categories",
                got=str(int(code[cell])),
                expected=f"0 … {int(n_codes[item]) - 1}",
            )
            for cell in wrong[:20]
        ]
        answers.append((item, person, code))
    raise_if_any(problems)
    return answers


def _columns(layout: Layout, complete: frozenset[int]) -> tuple[Columns, ...]:
    """Columns by carrier: all categories of an item, without the first where everybody answered it."""
    parts, start = [], 0
    for carrier in range(len(layout.carrier_rows)):
        rows: list[int] = []
        base: list[int] = []
        constant: list[int] = []
        for item in np.flatnonzero(layout.carrier_of_item == carrier).tolist():
            own = np.unique(layout.row_of[item][layout.row_of[item] >= 0]).tolist()
            if item in complete:
                constant.append(own[0])
                rows += own[1:]
                base += [own[0]] * (len(own) - 1)
            else:
                rows += own
                base += [-1] * len(own)
        parts.append(
            Columns(
                places=slice(start, start + len(rows)),
                rows=np.array(rows, dtype=np.intp),
                base=np.array(base, dtype=np.intp),
                constant=np.array(constant, dtype=np.intp),
            )
        )
        start += len(rows)
    return tuple(parts)


def _compressed(
    answers: Answers, layout: Layout, column_of_row: NDArray[np.intp], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """The indicators as compressed rows."""
    people = np.concatenate([person for _, person, _ in answers])
    columns = np.concatenate([column_of_row[layout.row_of[item, code]] for item, _, code in answers])
    told = columns >= 0
    ones = np.ones(int(told.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (people[told], columns[told])), shape=shape)
