"""Responses as indicators of table rows: what turns likelihoods and expected counts into products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from compassess.errors import Problem, raise_if_any
from compassess.irt.layout import Layout
from compassess.responses import MISSING, Responses

__all__ = ["Design", "design_of"]

Floats = NDArray[np.float64]

_SPARSE_BELOW: Final = 0.1  # share of answered cells under which compressed rows win over a matrix product


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Which rows of the table a carrier's columns stand for.

    An item that everybody answered needs no column for its first category: its log-probability is
    everybody's constant, and the other columns hold differences to it. ``places`` are the carrier's
    columns in the matrix; ``rows`` (m,) their rows; ``base`` (m,) the row that is taken off, −1 for
    none; ``constant`` (n,) the rows of the first categories; ``folded`` (n, m) 1 where a column belongs to
    such an item.
    """

    places: slice
    rows: NDArray[np.intp]
    base: NDArray[np.intp]
    constant: NDArray[np.intp]
    folded: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """A carrier's table made ready: ``columns`` (m, n_nodes), ``constant`` (n_nodes,)."""

    columns: NDArray[np.floating]
    constant: NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Indicators, (n_persons, n_columns): 1 where the person's answer is the column's category.

    A dense design holds a byte a cell, a sparse one compressed rows and never more than the answers; a
    chunk of persons becomes floating point when its turn comes. ``frequency`` (n_persons,) tells how many
    persons a row stands for; None for one each.
    """

    layout: Layout
    n_persons: int
    columns: tuple[Columns, ...]
    matrix: NDArray[np.uint8] | sparse.csr_matrix
    frequency: Floats | None = None

    @property
    def is_sparse(self) -> bool:
        """Whether only the answers are kept."""
        return not isinstance(self.matrix, np.ndarray)

    @property
    def most_answers(self) -> int:
        """The most ones that a row holds; of a dense design the number of columns."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.shape[1]
        return int(np.diff(self.matrix.indptr).max(initial=0))

    @property
    def total(self) -> float:
        """The number of persons, or the sum of their frequencies."""
        return float(self.n_persons if self.frequency is None else self.frequency.sum())

    def thinned(self, stride: int) -> Design:
        """Every ``stride``-th person."""
        matrix = self.matrix[::stride]
        frequency = None if self.frequency is None else self.frequency[::stride]
        return replace(self, n_persons=matrix.shape[0], matrix=matrix, frequency=frequency)

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
            np.add(
                self._chunk(persons, part.places, dtype) @ weight.columns,
                weight.constant,
                out=result[:, carrier],
            )
        return result

    def expected_counts(self, persons: slice, masses: NDArray[np.floating]) -> Floats:
        """Answers by category and node, (n_rows, n_nodes), from carriers' posterior masses."""
        counts = np.zeros((self.layout.n_rows, masses.shape[2]))
        everybody = np.ones(masses.shape[0], dtype=masses.dtype)
        for carrier, part in enumerate(self.columns):
            mass = np.ascontiguousarray(masses[:, carrier])
            counted = self._chunk(persons, part.places, masses.dtype).T @ mass
            counts[part.rows] = counted
            counts[part.constant] = everybody @ mass - part.folded @ counted
        return counts

    def indicators(self, persons: slice, carrier: int, dtype: DTypeLike = np.float64) -> NDArray[np.floating]:
        """Some persons' answers to one carrier's items, (n, rows of the carrier), 1 where it is the row's."""
        part, start = self.columns[carrier], self.layout.carrier_rows[carrier].start
        chunk = self._chunk(persons, part.places, np.dtype(dtype))  # type: ignore[arg-type]
        told = chunk if isinstance(chunk, np.ndarray) else chunk.toarray().astype(dtype)
        width = self.layout.carrier_rows[carrier].stop - start
        result = np.zeros((told.shape[0], width), dtype=dtype)
        result[:, part.rows - start] = told
        result[:, part.constant - start] = 1.0 - told @ part.folded.T.astype(dtype)
        return result

    def answers(self, persons: slice, carrier: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The same as places of the ones: persons counted from the slice's first, rows from the carrier's."""
        if isinstance(self.matrix, np.ndarray):
            person, row = np.nonzero(self.indicators(persons, carrier, np.float32))
            return person, row
        part, start = self.columns[carrier], self.layout.carrier_rows[carrier].start
        chunk = self.matrix[persons, part.places]
        entries = chunk.tocoo()
        person, row = entries.row.astype(np.intp), part.rows[entries.col] - start
        for index, first in enumerate(part.constant.tolist()):  # items that everybody answered
            lowest = np.flatnonzero(np.asarray(chunk @ part.folded[index]) == 0)
            person = np.concatenate([person, lowest])
            row = np.concatenate([row, np.full(lowest.size, first - start)])
        return person, row

    def _chunk(
        self, persons: slice, places: slice, dtype: np.dtype[np.floating]
    ) -> NDArray[np.floating] | sparse.csr_matrix:
        if not isinstance(self.matrix, np.ndarray) and places == slice(0, self.matrix.shape[1]):
            return self.matrix[persons]
        chunk = self.matrix[persons, places]
        return chunk.astype(dtype, copy=False) if isinstance(chunk, np.ndarray) else chunk


def design_of(
    responses: Responses, item_ids: Sequence[str], layout: Layout, frequency: Floats | None = None
) -> Design:
    """Match the responses' columns with the items by name, and lay out the indicators.

    Columns that are no item of ours are passed over, and so are answers to items without parameters;
    items without a column were not presented.

    Raises
    ------
    InputError : an answer whose code is outside the item's categories.
    """
    if responses.n_answers < _SPARSE_BELOW * responses.n_persons * len(item_ids):
        design = _compressed_design(responses, item_ids, layout)
    else:
        design = _dense_design(responses, item_ids, layout)
    return replace(design, frequency=frequency)


def _dense_design(responses: Responses, item_ids: Sequence[str], layout: Layout) -> Design:
    """A byte a cell."""
    codes = responses.codes(item_ids)
    told = layout.row_of[:, :1] >= 0
    n_codes = (layout.row_of >= 0).sum(axis=1)
    highest, lowest = codes.max(axis=0, initial=MISSING), codes.min(axis=0, initial=0)
    beyond = np.flatnonzero(told[:, 0] & (highest >= n_codes))
    raise_if_any(
        [
            problem
            for item in beyond.tolist()
            for person in (np.flatnonzero(codes[:, item] >= n_codes[item]),)
            for problem in _beyond(item_ids[item], person, codes[person, item], int(n_codes[item]))
        ]
    )
    complete = frozenset(np.flatnonzero((lowest > MISSING) & told[:, 0]).tolist())
    columns = _columns(layout, complete)
    column_of_row = _column_of_row(columns, layout.n_rows)
    dense = np.zeros((len(codes), columns[-1].places.stop if columns else 0), dtype=np.uint8)
    column_of = np.where(layout.row_of >= 0, column_of_row[layout.row_of], -1)
    for code in range(column_of.shape[1]):
        items = np.flatnonzero(column_of[:, code] >= 0)
        mine, theirs = _evenly(column_of[items, code]), _evenly(items)
        dense[:, mine] |= codes[:, theirs] == code
    return Design(layout=layout, n_persons=len(codes), columns=columns, matrix=dense)


def _evenly(places: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Ascending places as a slice, which copies nothing, where they are evenly spaced."""
    if places.size < 2:
        return places
    step = int(places[1] - places[0])
    even = step > 0 and np.all(np.diff(places) == step)
    return slice(int(places[0]), int(places[-1]) + 1, step) if even else places


def _compressed_design(responses: Responses, item_ids: Sequence[str], layout: Layout) -> Design:
    """Compressed rows: as much memory as there are answers."""
    indptr, places, codes = responses.sparse()
    ours = {name: item for item, name in enumerate(item_ids)}
    item_of = np.array([ours.get(name, -1) for name in responses.items], dtype=np.int32)[places]
    n_codes = np.append((layout.row_of >= 0).sum(axis=1), 0)  # a last one for what is no item of ours
    told = n_codes[item_of] > 0
    raise_if_any(_wrong_answers(indptr, item_of, codes, n_codes, item_ids))
    n_persons = responses.n_persons
    n_answers = np.bincount(item_of[told], minlength=len(item_ids))
    columns = _columns(layout, frozenset(np.flatnonzero(n_answers == n_persons).tolist()))
    column_of = np.append(_column_of_row(columns, layout.n_rows), -1).astype(np.int32)
    column = column_of[layout.row_of[item_of, np.minimum(codes, layout.row_of.shape[1] - 1)]]
    kept = told & (column >= 0)
    before = np.concatenate([[0], np.cumsum(kept)])
    matrix = sparse.csr_matrix(
        (np.ones(int(before[-1]), dtype=np.float32), column[kept], before[indptr]),
        shape=(n_persons, columns[-1].places.stop if columns else 0),
    )
    return Design(layout=layout, n_persons=n_persons, columns=columns, matrix=matrix)


def _wrong_answers(
    indptr: NDArray[np.int64],
    item_of: NDArray[np.int32],
    codes: NDArray[np.int16],
    n_codes: NDArray[np.intp],
    item_ids: Sequence[str],
) -> list[Problem]:
    """The answers to our items that are none of their categories."""
    wrong = np.flatnonzero((n_codes[item_of] > 0) & (codes >= n_codes[item_of]))
    person = np.searchsorted(indptr, wrong, side="right") - 1
    return [
        problem
        for item in np.unique(item_of[wrong]).tolist()
        for mine in (item_of[wrong] == item,)
        for problem in _beyond(item_ids[item], person[mine], codes[wrong[mine]], int(n_codes[item]))
    ]


def _column_of_row(columns: tuple[Columns, ...], n_rows: int) -> NDArray[np.intp]:
    """The column of every row of the table, −1 for a row that is folded into a constant."""
    place = np.full(n_rows, -1, dtype=np.intp)
    for part in columns:
        place[part.rows] = np.arange(part.places.start, part.places.stop)
    return place


def _beyond(item: str, persons: NDArray[np.intp], codes: NDArray[np.int16], n_codes: int) -> list[Problem]:
    """The first answers of an item that are none of its categories."""
    return [
        Problem(
            where=f"row {person}, item {item!r}",
            what="the code is outside the item's categories",
            got=str(code),
            expected=f"0 … {n_codes - 1}",
        )
        for person, code in zip(persons[:20].tolist(), codes[:20].tolist(), strict=True)
    ]


def _columns(layout: Layout, complete: frozenset[int]) -> tuple[Columns, ...]:
    """Columns by carrier: all categories of an item, without the first where everybody answered it."""
    parts, start = [], 0
    rows_of = layout.row_of.tolist()  # plain lists: an item has few rows, and one person's design is made too
    for carrier in range(len(layout.carrier_rows)):
        rows: list[int] = []
        base: list[int] = []
        constant: list[int] = []
        for item in np.flatnonzero(layout.carrier_of_item == carrier).tolist():
            own = sorted({row for row in rows_of[item] if row >= 0})
            if item in complete:
                constant.append(own[0])
                rows += own[1:]
                base += [own[0]] * (len(own) - 1)
            else:
                rows += own
                base += [-1] * len(own)
        first = np.array(constant, dtype=np.intp)
        bases = np.array(base, dtype=np.intp)
        parts.append(
            Columns(
                places=slice(start, start + len(rows)),
                rows=np.array(rows, dtype=np.intp),
                base=bases,
                constant=first,
                folded=(first[:, None] == bases).astype(np.float64),
            )
        )
        start += len(rows)
    return tuple(parts)
