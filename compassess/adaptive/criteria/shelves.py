"""The pool's table of probabilities, item by item: what criteria sum over categories and nodes.

Letters: Q nodes; a *row* is a category of an item; a *shelf* holds items of one carrier, whose rows stand
together. Rule: whatever is (n, rows) is made shelf by shelf, so that no temporary array grows with the whole
pool, and sums over nodes are matrix products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.irt.read_only import read_only

__all__ = ["Shelf", "by_item", "log_probability_of_cells", "on_shelves", "shelves_of"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

#: Rows of a shelf: 500 sittings then need 8 MB for each array by row.
_ROWS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelf:
    """Items of one carrier.

    Attributes
    ----------
    carrier : whose θ the items measure.
    items : places in the pool, (n_own,).
    rows : their rows of the pool's table.
    starts : the first row of each item, counted from the shelf's first, (n_own,).
    item_of_row : place in the pool by row, (n_rows,).
    log_probability, probability : (n_rows, Q).
    """

    carrier: int
    items: Index
    rows: slice
    starts: Index
    item_of_row: Index
    log_probability: Floats
    probability: Floats


def shelves_of(pool: Pool, most_rows: int = _ROWS) -> tuple[Shelf, ...]:
    """The pool's items on shelves of about ``most_rows`` rows; items without parameters stand on none."""
    known, highest = pool.row_of >= 0, pool.row_of.max(axis=1)
    lowest = np.where(known, pool.row_of, highest[:, None]).min(axis=1)
    n_rows = np.where(known.any(axis=1), highest - lowest + 1, 0)
    shelves = []
    for carrier in range(pool.lattice.n_carriers):
        own = np.flatnonzero((pool.carrier == carrier) & (n_rows > 0))
        if own.size:
            ends = np.cumsum(n_rows[own])
            cuts = np.flatnonzero(np.diff(ends // most_rows)) + 1
            shelves += [_shelf(pool, carrier, part, n_rows[part]) for part in np.split(own, cuts)]
    return tuple(shelves)


def by_item(values: Floats, starts: Index) -> Floats:
    """Sums over the rows of each item, (n, rows) to (n, n_items)."""
    return np.asarray(np.add.reduceat(values, starts, axis=-1))


def on_shelves(
    pool: Pool, shelves: tuple[Shelf, ...], n_sittings: int, function: Callable[[Shelf], Floats]
) -> Floats:
    """A function of the shelves, each (n, n_own), at its items' places, (n, n_items); 0 on none."""
    result = np.zeros((n_sittings, pool.n_items))
    for shelf in shelves:
        result[:, shelf.items] = function(shelf)
    return result


def log_probability_of_cells(pool: Pool) -> Floats:
    """log P of every row of the pool's table at the cells of θ, (n_cells, n_rows)."""
    return read_only(np.ascontiguousarray(pool.measurement.log_probability(pool.cells).T))


def _shelf(pool: Pool, carrier: int, items: Index, n_rows: Index) -> Shelf:
    first = pool.row_of[items].max(axis=1) - n_rows + 1
    rows = slice(int(first[0]), int(first[-1] + n_rows[-1]))
    log_probability = pool.measurement.table[rows]
    return Shelf(
        carrier=carrier,
        items=read_only(items),
        rows=rows,
        starts=read_only(first - first[0]),
        item_of_row=read_only(np.repeat(items, n_rows)),
        log_probability=log_probability,
        probability=read_only(np.exp(log_probability)),
    )
