"""Where the iteration starts: slopes from the first principal component, intercepts from proportions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from compassess.irt.estimation.variants import Variants
from compassess.irt.layout import Layout
from compassess.irt.models import Floats, model_named
from compassess.responses import Responses

__all__ = ["starting_items", "starting_slopes"]

_POWER_STEPS: Final = 15  # the first component of a test stands out; its sign and size are enough
_LEAST: Final = 0.4  # a slope of 0 is a saddle that EM leaves slowly
_MOST: Final = 2.5
_CELLS: Final = 60_000  # answers that tell a first component well enough; more persons only cost time


def starting_items(layout: Layout, counts: Floats, slopes: Floats) -> list[Floats]:
    """Working parameters by batch from answer counts by row, (n_rows,), and slopes, (n_variants,)."""
    started = []
    for batch in layout.batches:
        # Half an answer more in each category: a fixed item may have one that nobody chose here.
        answered = counts[batch.rows] + 0.5 * (counts[batch.rows] == 0)
        proportions = answered / answered.sum(axis=1, keepdims=True)
        started.append(model_named(batch.model).family.start(proportions, slopes[batch.items]))
    return started


def starting_slopes(
    by_group: Sequence[Responses],
    variants: Variants,
    carrier_of_variant: NDArray[np.intp],
    n_carriers: int,
) -> Floats:
    """Slopes by variant from correlations r with the first component of the carrier's items.

    a = 1.7 r / √(1 − r²), signed, of a size between 0.4 and 2.5; the variants of an item start alike. Of
    many persons every k-th is looked at.
    """
    n_items = len(variants.items)
    n_answers = sum(responses.n_answers for responses in by_group)
    stride = max(n_answers // max(_CELLS, 100 * n_items), 1)
    matrix = sparse.vstack(
        [_cells(responses.select_persons(slice(None, None, stride))) for responses in by_group], format="csc"
    )
    matrix = _standardised(matrix)
    slopes = np.ones(n_items)
    carrier_of_item = carrier_of_variant[:n_items]
    for carrier in range(n_carriers):
        mine = np.flatnonzero(carrier_of_item == carrier)
        if mine.size:
            r = np.clip(_component_correlations(matrix[:, mine].tocsr()), -0.95, 0.95)
            size = np.clip(1.7 * np.abs(r) / np.sqrt(1 - r**2), _LEAST, _MOST)
            slopes[mine] = np.where(r < 0, -size, size)
    return np.asarray(slopes[variants.item])


def _cells(responses: Responses) -> sparse.csr_matrix:
    """The answers as compressed rows, codes from 1."""
    indptr, columns, codes = responses.sparse()
    shape = (responses.n_persons, responses.n_items)
    return sparse.csr_matrix((codes + 1.0, columns, indptr), shape=shape)


def _standardised(matrix: sparse.csc_matrix) -> sparse.csc_matrix:
    """Answers with each item's mean taken off and divided by its SD."""
    n_items = matrix.shape[1]
    n = np.diff(matrix.indptr)
    item = np.repeat(np.arange(n_items), n)
    mean = np.bincount(item, weights=matrix.data, minlength=n_items) / np.maximum(n, 1)
    deviation = matrix.data - mean[item]
    sd = np.sqrt(np.bincount(item, weights=deviation**2, minlength=n_items) / np.maximum(n, 1))
    standard = deviation / np.where(sd > 0, sd, 1.0)[item]
    return sparse.csc_matrix((standard, matrix.indices, matrix.indptr), shape=matrix.shape)


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
