"""The distribution of a sum score given θ, made item by item (Lord & Wingersky).

Letters. S = Σ_i X_i over the items of a form; L(s | θ) = P(S = s | θ). Adding an item turns L₋ into
L(s | θ) = Σ_k P_k(θ) L₋(s − k | θ). Items of any model, slopes of any sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.irt.items import Items
from compassess.irt.layout import Layout, batch_parameters, layout_of, log_probability_table

__all__ = ["convolved", "distribution", "reachable", "rows_of", "sum_distribution"]

Floats = NDArray[np.float64]


def sum_distribution(items: Items, theta: ArrayLike) -> Floats:
    """P(S = s | θ) of the sum S of the codes of all usable ``items``, (highest sum + 1, n_theta).

    L(s | θ) = Σ_k P(X = k | θ) L₋(s − k | θ), item by item, from L(0 | θ) = 1.

    θ is one and the same for all items: select those of one dimension first. Codes that count as one
    category add the lowest of them. Limits: columns sum to 1; a row is 0 where no combination of codes
    makes the sum.

    Raises
    ------
    InputError : no item with parameters.

    References
    ----------
    Lord & Wingersky (1984), Applied Psychological Measurement 8, 453-461; Thissen, Pommerich, Billeaud &
    Williams (1995), Applied Psychological Measurement 19, for polytomous items.
    """
    form = np.flatnonzero(items.usable)
    if form.size == 0:
        raise InputError(
            Problem(where="items", what="a sum score needs items with parameters", got="none of them")
        )
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
    table = log_probability_table(layout, [batch_parameters(items, b) for b in layout.batches], points)
    return distribution(table, rows_of(layout, form))


def rows_of(layout: Layout, form: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of the table by code, an array an item of the form."""
    return [layout.row_of[item] for item in form.tolist()]


def distribution(table: Floats, rows: Sequence[NDArray[np.intp]]) -> Floats:
    """L(s | θ) on the nodes, (highest sum + 1, n_nodes); ``rows`` of the table by code, an array an item."""
    given_theta = np.ones((1, table.shape[1]))
    for by_code in rows:
        codes = _codes(by_code)
        n_sums = len(given_theta)
        longer = np.zeros((n_sums + max(codes), table.shape[1]))
        for code in codes:
            longer[code : code + n_sums] += given_theta * np.exp(table[by_code[code]])
        given_theta = longer
    return given_theta


def convolved(first: Floats, second: Floats) -> Floats:
    """Masses of the sum of two independent sums, column by column, (n_first + n_second − 1, n_columns).

    C(s) = Σ_r A(r) B(s − r). Masses need not sum to 1: where they were cut off, what is left is added.
    """
    short, long = sorted((first, second), key=len)
    found = np.zeros((len(short) + len(long) - 1, first.shape[1]))
    for points, masses in enumerate(short):
        found[points : points + len(long)] += masses * long
    return found


def reachable(rows: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
    """Which sums some combination of codes makes, (highest sum + 1,)."""
    possible = np.ones(1, dtype=np.bool_)
    for by_code in rows:
        codes = _codes(by_code)
        longer = np.zeros(possible.size + max(codes), dtype=np.bool_)
        for code in codes:
            longer[code : code + possible.size] |= possible
        possible = longer
    return possible


def _codes(by_code: NDArray[np.intp]) -> list[int]:
    """The lowest code of every scored category, ascending; the first is 0."""
    return [code for code, row in enumerate(by_code.tolist()) if row >= 0 and row not in by_code[:code]]
