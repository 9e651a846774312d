"""Responses as indicators of table rows: what turns likelihoods and expected counts into products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from compassess.errors import Problem, raise_if_any
from compassess.irt.layout import Layout
from compassess.responses import Responses

__all__ = ["Design", "design_of"]

Floats = NDArray[np.float64]

_SPARSE_BELOW: Final = 0.1  # share of answered cells under which compressed rows win over a matrix product


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Indicators, (n_persons, n_rows): 1 where the person's answer is the row's category.

    A dense design holds bytes and turns a chunk of persons into floats when it is used; a sparse one
    holds compressed rows and never more than the answers.
    """

    layout: Layout
    n_persons: int
    dense: NDArray[np.uint8] | None
    compressed: sparse.csr_matrix | None

    def log_likelihood(self, persons: slice, table: Floats) -> Floats:
        """By carrier, (n, n_carriers, n_nodes)."""
        result = np.empty((persons.stop - persons.start, len(self.layout.carrier_rows), table.shape[1]))
        for carrier, rows in enumerate(self.layout.carrier_rows):
            result[:, carrier] = self.indicators(persons, rows) @ table[rows]
        return result

    def expected_counts(self, persons: slice, masses: Floats) -> Floats:
        """Answers by category and node, (n_rows, n_nodes), from carriers' posterior masses."""
        counts = np.empty((self.layout.n_rows, masses.shape[2]))
        for carrier, rows in enumerate(self.layout.carrier_rows):
            counts[rows] = self.indicators(persons, rows).T @ masses[:, carrier]
        return counts

    def indicators(self, persons: slice, rows: slice) -> Floats | sparse.csr_matrix:
        """Some persons' indicators of some rows, ready for a matrix product."""
        if self.dense is not None:
            return self.dense[persons, rows].astype(np.float64)
        assert self.compressed is not None
        return self.compressed[persons, rows]


def design_of(responses: Responses, item_ids: Sequence[str], layout: Layout) -> Design:
    """Match the responses' columns with the items by name, and lay out the indicators.

    Columns that are no item of ours are passed over, and so are answers to items without parameters;
    items without a column were not presented.

    Raises
    ------
    InputError : an answer whose code is outside the item's categories.
    """
    place = {name: index for index, name in enumerate(item_ids)}
    item_of_column = np.array([place.get(name, -1) for name in responses.items], dtype=np.intp)
    indptr, columns, codes = responses.sparse()
    items = item_of_column[columns]
    persons = np.repeat(np.arange(responses.n_persons), np.diff(indptr))
    known = (items >= 0) & (layout.row_of[items, 0] >= 0)
    _refuse_unknown_codes(responses, layout, items, codes, persons, known)
    keep = known.copy()
    keep[known] = layout.row_of[items[known], codes[known]] >= 0
    rows = layout.row_of[items[keep], codes[keep]]
    shape = (responses.n_persons, layout.n_rows)
    if keep.sum() < _SPARSE_BELOW * responses.n_persons * max(len(item_ids), 1):
        ones = np.ones(rows.size)
        matrix = sparse.csr_matrix((ones, (persons[keep], rows)), shape=shape)
        return Design(layout=layout, n_persons=shape[0], dense=None, compressed=matrix)
    dense = np.zeros(shape, dtype=np.uint8)
    dense[persons[keep], rows] = 1
    return Design(layout=layout, n_persons=shape[0], dense=dense, compressed=None)


def _refuse_unknown_codes(
    responses: Responses,
    layout: Layout,
    items: NDArray[np.intp],
    codes: NDArray[np.int16],
    persons: NDArray[np.intp],
    known: NDArray[np.bool_],
) -> None:
    """Raise for answers beyond the categories of items that have rows at all."""
    n_codes = (layout.row_of >= 0).sum(axis=1)
    wrong = known & (codes >= n_codes[items])
    names = {int(items[cell]): name for cell, name in _named(responses, wrong)}
    raise_if_any(
        [
            Problem(
                where=f"row {int(persons[cell])}, item {names[int(items[cell])]!r}",
                what="the code is outside the item's categories",
                got=str(int(codes[cell])),
                expected=f"0 … {int(n_codes[items[cell]]) - 1}",
            )
            for cell in np.flatnonzero(wrong)[:50]
        ]
    )


def _named(responses: Responses, cells: NDArray[np.bool_]) -> list[tuple[int, str]]:
    """(cell, item name) of the first marked cells."""
    columns = responses.sparse()[1]
    return [(int(cell), responses.items[columns[cell]]) for cell in np.flatnonzero(cells)[:50]]
