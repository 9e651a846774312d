"""Where the iteration starts: slopes from the first principal component, intercepts from proportions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from compassess.irt.layout import Layout
from compassess.irt.maximisation import ItemParameters
from compassess.irt.models import Floats, Form, model_named

__all__ = ["starting_items", "starting_slopes"]

_POWER_STEPS: Final = 30  # the first component of a test stands out; its sign and size are enough
_LEAST: Final = 0.4  # a slope of 0 is a saddle that EM leaves slowly
_MOST: Final = 2.5


def starting_items(
    layout: Layout, forms: Sequence[Form], counts: Floats, slopes: Floats
) -> tuple[ItemParameters, ...]:
    """Free parameters by batch from answer counts by row, (n_rows,), and slopes, (n_items,).

    They are the nearest that the forms allow.
    """
    started = []
    for batch, form in zip(layout.batches, forms, strict=True):
        proportions = counts[batch.rows] / counts[batch.rows].sum(axis=1, keepdims=True)
        xi = model_named(batch.model).family.start(proportions, slopes[batch.items])
        shared, own = form.nearest(xi)
        started.append(ItemParameters(shared=shared, own=own))
    return tuple(started)


def starting_slopes(
    answers: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int16]],
    carrier_of_item: NDArray[np.intp],
    n_carriers: int,
) -> Floats:
    """Slopes by item from correlations r with the first component of the carrier's items.

    a = 1.7 r / √(1 − r²), signed, of a size between 0.4 and 2.5. ``answers`` are compressed rows:
    row pointers, items, codes.
    """
    indptr, items, codes = answers
    n_items = carrier_of_item.size
    standard = _standardised(items, codes.astype(np.float64), n_items)
    matrix = sparse.csr_matrix((standard, items, indptr), shape=(indptr.size - 1, n_items)).tocsc()
    slopes = np.ones(n_items)
    for carrier in range(n_carriers):
        mine = np.flatnonzero(carrier_of_item == carrier)
        if mine.size:
            r = np.clip(_component_correlations(matrix[:, mine].tocsr()), -0.95, 0.95)
            size = np.clip(1.7 * np.abs(r) / np.sqrt(1 - r**2), _LEAST, _MOST)
            slopes[mine] = np.where(r < 0, -size, size)
    return slopes


def _standardised(items: NDArray[np.int32], codes: Floats, n_items: int) -> Floats:
    """Answers with each item's mean taken off and divided by its SD."""
    n = np.maximum(np.bincount(items, minlength=n_items), 1)
    mean = np.bincount(items, weights=codes, minlength=n_items) / n
    deviation = codes - mean[items]
    sd = np.sqrt(np.bincount(items, weights=deviation**2, minlength=n_items) / n)
    return np.asarray(deviation / np.where(sd > 0, sd, 1.0)[items])


def _component_correlations(matrix: sparse.csr_matrix) -> Floats:
    """Correlation of each column with the first principal component, most of them positive."""
    vector = np.ones(matrix.shape[1])
    for _ in range(_POWER_STEPS):
        product = matrix.T @ (matrix @ vector)
        norm = np.linalg.norm(product)
        if norm == 0:
            return np.zeros(matrix.shape[1])
        vector = product / norm
    vector *= np.sign(np.sum(np.sign(vector))) or 1.0
    score = matrix @ vector
    presence = abs(matrix.sign())
    spread = np.sqrt(
        np.maximum(presence.T @ score**2, 1e-12) * np.maximum(matrix.power(2).sum(axis=0).A1, 1e-12)
    )
    return np.asarray((matrix.T @ score) / spread)
