"""Where each answer category of each item stands in one long table of log-probabilities.

A table has a row for every category that occurs, (n_rows, n_nodes), sorted by carrier, so that a
carrier's log-likelihood is one matrix product of indicators with its rows. Rule: rows are asked for
through ``row_of[item, code]`` only; categories that count as one share a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.items import Items
from compassess.irt.models import Floats, model_named

__all__ = ["Batch", "Layout", "batch_parameters", "layout_of", "log_probability_table"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Items of one model and one number of categories, computed together.

    ``items`` (n,) indices; ``rows`` (n, K) their places in the table.
    """

    model: str
    items: NDArray[np.intp]
    rows: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Rows of the table.

    Attributes
    ----------
    row_of : (n_items, max K) the row of a code; −1 where the item has no such code or no parameters.
    carrier_rows : a slice of rows for every carrier.
    carrier_of_item : (n_items,).
    batches : the items by model and number of categories.
    """

    row_of: NDArray[np.intp]
    carrier_rows: tuple[slice, ...]
    carrier_of_item: NDArray[np.intp]
    batches: tuple[Batch, ...]

    @property
    def n_rows(self) -> int:
        """Length of the table."""
        return self.carrier_rows[-1].stop if self.carrier_rows else 0


def layout_of(
    category_of: NDArray[np.intp],
    models: Sequence[str],
    carrier_of_item: NDArray[np.intp],
    n_carriers: int,
) -> Layout:
    """Lay out the rows.

    Parameters
    ----------
    category_of : (n_items, max K) the scored category of each code, −1 beyond an item's codes or where
        the item is left out.
    models : the model of each item.
    carrier_of_item, n_carriers : whose likelihood an item adds to.
    """
    n_used = category_of.max(axis=1, initial=-1) + 1
    order = np.argsort(carrier_of_item, kind="stable")
    first = np.zeros(len(models), dtype=np.intp)
    first[order] = np.concatenate([[0], np.cumsum(n_used[order])[:-1]]) if len(models) else []
    row_of = np.where(category_of >= 0, first[:, None] + category_of, -1)
    ends = np.cumsum([n_used[carrier_of_item == c].sum() for c in range(n_carriers)]).astype(int)
    slices = tuple(
        slice(int(start), int(end)) for start, end in zip([0, *ends[:-1].tolist()], ends, strict=True)
    )
    kinds = sorted({(models[j], int(n_used[j])) for j in range(len(models)) if n_used[j] > 0})
    batches = []
    for model, k in kinds:
        items = np.array([j for j in range(len(models)) if (models[j], n_used[j]) == (model, k)])
        batches.append(Batch(model=model, items=items, rows=first[items][:, None] + np.arange(k)))
    return Layout(row_of=row_of, carrier_rows=slices, carrier_of_item=carrier_of_item, batches=tuple(batches))


def category_map(items: Items) -> NDArray[np.intp]:
    """The scored category of each code, (n_items, max K): the number of observed boundaries up to it."""
    n_items, width = items.b.shape
    codes = np.arange(width + 1)
    reached = np.concatenate([np.zeros((n_items, 1)), np.isfinite(items.b).cumsum(axis=1)], axis=1)
    mapped = np.where(codes < items.n_categories[:, None], reached, -1).astype(np.intp)
    mapped[~items.usable] = -1
    return mapped


def batch_parameters(items: Items, batch: Batch) -> Floats:
    """Working parameters of a batch's items, (n, n_parameters)."""
    b = np.stack([row[np.isfinite(row)] for row in items.b[batch.items]])
    return model_named(batch.model).from_irt(items.a[batch.items], b)


def log_probability_table(layout: Layout, parameters: Sequence[Floats], theta: Floats) -> Floats:
    """log P of every row on the nodes, (n_rows, n_nodes); ``parameters`` one array a batch."""
    table = np.empty((layout.n_rows, theta.size))
    for batch, xi in zip(layout.batches, parameters, strict=True):
        table[batch.rows] = model_named(batch.model).log_probability(xi, theta)
    return table
