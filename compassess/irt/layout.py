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
from compassess.irt.models import Columns, Floats, model_named

__all__ = [
    "Batch",
    "Layout",
    "batch_parameters",
    "irt_columns",
    "layout_of",
    "log_probability_table",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Items of one model, one number of categories and one kind, computed together.

    ``items`` (n,) indices; ``rows`` (n, K) their places in the table; ``kind`` tells items of a model apart
    whose parameters are not estimated alike, "" where that does not matter.
    """

    model: str
    kind: str
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
    kinds: Sequence[str] | None = None,
) -> Layout:
    """Lay out the rows.

    Parameters
    ----------
    category_of : (n_items, max K) the scored category of each code, −1 beyond an item's codes or where
        the item is left out.
    models : the model of each item.
    carrier_of_item, n_carriers : whose likelihood an item adds to.
    kinds : of each item, see :class:`Batch`.
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
    members: dict[tuple[str, int, str], list[int]] = {}
    for j, (model, k) in enumerate(zip(models, n_used.tolist(), strict=True)):
        if k > 0:
            members.setdefault((model, k, kinds[j] if kinds else ""), []).append(j)
    batches = []
    for (model, k, kind), listed in sorted(members.items()):
        items = np.array(listed, dtype=np.intp)
        rows = first[items][:, None] + np.arange(k)
        batches.append(Batch(model=model, kind=kind, items=items, rows=rows))
    return Layout(row_of=row_of, carrier_rows=slices, carrier_of_item=carrier_of_item, batches=tuple(batches))


def batch_parameters(items: Items, batch: Batch) -> Floats:
    """Working parameters of a batch's items, (n, n_parameters)."""
    return model_named(batch.model).family.from_irt(items.parameters_of(batch.items))


def irt_columns(
    layout: Layout, category_of: NDArray[np.intp], by_batch: Sequence[Columns]
) -> dict[str, Floats]:
    """Values in the IRT metric (parameters, or their errors) by item, NaN where there are none.

    ``category_of`` (n_items, max K) as in :func:`layout_of`; ``by_batch`` the columns of each batch.
    The answer holds a, c, d (n_items,), b (n_items, max K − 1), slopes and intercepts (n_items, max K).
    """
    n_items, width = category_of.shape
    result = {name: np.full(n_items, np.nan) for name in ("a", "c", "d")}
    result["b"] = np.full((n_items, width - 1), np.nan)
    result |= {name: np.full((n_items, width), np.nan) for name in ("slopes", "intercepts")}
    boundary = (np.diff(category_of, axis=1) > 0) & (category_of[:, :-1] >= 0)
    # The first code of every category: where the map rises, and code 0.
    first = np.concatenate([category_of[:, :1] >= 0, boundary], axis=1)
    for batch, columns in zip(layout.batches, by_batch, strict=True):
        for name, values in columns.items():
            if name in ("a", "c", "d"):
                result[name][batch.items] = values[:, 0]
                continue
            places = boundary if name == "b" else first
            for item, row in zip(batch.items, values, strict=True):
                result[name][item, places[item]] = row
    for array in result.values():
        array.flags.writeable = False
    return result


def log_probability_table(layout: Layout, parameters: Sequence[Floats], theta: Floats) -> Floats:
    """log P of every row on the nodes, (n_rows, n_nodes); ``parameters`` one array a batch."""
    table = np.empty((layout.n_rows, theta.size))
    for batch, xi in zip(layout.batches, parameters, strict=True):
        table[batch.rows] = model_named(batch.model).family.log_probability(xi, theta)
    return table
