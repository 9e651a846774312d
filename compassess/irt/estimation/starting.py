"""Where the iteration starts: slopes from the first principal component, intercepts from proportions.

Where persons saw different items, proportions hang on who saw what: adaptive tests make all of them about
one half. Then a linear model of persons and items, x = θ_p − b_i + noise with θ ~ N(0, 1), tells first how
able those were who answered an item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from compassess.irt.estimation.variants import Variants
from compassess.irt.layout import Layout
from compassess.irt.models import Family, Floats, model_named
from compassess.responses import Responses

__all__ = ["Start", "starting_items", "starting_values"]

_POWER_STEPS: Final = 15  # the first component of a test stands out; its sign and size are enough
_LEAST: Final = 0.4  # a slope of 0 is a saddle that EM leaves slowly
_MOST: Final = 2.5  # a correlation near 1, of few answers, would start far out where the likelihood is flat
_THIN: Final = 0.5  # share of answered cells below which correlations tell little
_LEAST_THIN: Final = 0.8  # the least slope to start from then: most items of a bank are steeper
_CLEARLY: Final = -0.25  # and the correlation from which an item is taken to be keyed the wrong way
_NOISE: Final = 4.0  # variance of y given θ, the prior variance of θ being 1
_CELLS: Final = 60_000  # answers that tell a first component well enough; more persons only cost time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Start:
    """By variant: ``slopes``, and ``company``, the mean ability of those who answered it."""

    slopes: Floats
    company: Floats


def starting_items(layout: Layout, counts: Floats, start: Start) -> list[Floats]:
    """Working parameters by batch from answer counts by row, (n_rows,)."""
    started = []
    for batch in layout.batches:
        # Half an answer more in each category: a fixed item may have one that nobody chose here.
        answered = counts[batch.rows] + 0.5 * (counts[batch.rows] == 0)
        proportions = answered / answered.sum(axis=1, keepdims=True)
        family = model_named(batch.model).family
        xi = family.start(proportions, start.slopes[batch.items])
        started.append(_moved(family, xi, start.company[batch.items]))
    return started


def _moved(family: Family, xi: Floats, company: Floats) -> Floats:
    """The items as they are for everybody, from what they were for people whose mean is ``company``."""
    if not company.any():
        return xi
    columns = dict(family.to_irt(xi))
    if "b" in columns:
        columns["b"] = columns["b"] + company[:, None]
    else:
        columns["intercepts"] = columns["intercepts"] - columns["slopes"] * company[:, None]
    return family.from_irt(columns)


def starting_values(
    by_group: Sequence[Responses],
    variants: Variants,
    carrier_of_variant: NDArray[np.intp],
) -> Start:
    """Slopes by variant from correlations r with the first component of the carrier's items.

    a = 1.7 r / √(1 − r²), signed, of a size between 0.4 and 2.5; the variants of an item start alike. Of
    many persons every k-th is looked at. Where most cells are empty r tells little: slopes start
    above .8 then, and negative only if r is clearly so.
    """
    n_items = len(variants.items)
    n_answers = sum(responses.n_answers for responses in by_group)
    thin = n_answers < _THIN * n_items * sum(responses.n_persons for responses in by_group)
    stride = 1 if thin else max(n_answers // max(_CELLS, 100 * n_items), 1)
    cells = sparse.vstack(
        [_cells(responses.select_persons(slice(None, None, stride))) for responses in by_group], format="csr"
    )
    slopes, company = np.ones(n_items), np.zeros(n_items)
    carrier_of_item = carrier_of_variant[:n_items]
    for carrier in np.unique(carrier_of_item).tolist():
        mine = np.flatnonzero(carrier_of_item == carrier)
        own = cells if mine.size == n_items else cells[:, mine]
        r = np.clip(_component_correlations(_standardised(own)), -0.95, 0.95)
        size = np.clip(1.7 * np.abs(r) / np.sqrt(1 - r**2), _LEAST_THIN if thin else _LEAST, _MOST)
        slopes[mine] = np.where(r < (_CLEARLY if thin else 0.0), -size, size)
        if thin:
            company[mine] = _company(own)
    return Start(slopes=slopes[variants.item], company=company[variants.item])


def _cells(responses: Responses) -> sparse.csr_matrix:
    """The answers as compressed rows, codes from 1."""
    indptr, columns, codes = responses.sparse()
    shape = (responses.n_persons, responses.n_items)
    return sparse.csr_matrix((codes.astype(np.float32) + 1, columns, indptr), shape=shape)


def _with_values(cells: sparse.csr_matrix, values: Floats) -> sparse.csr_matrix:
    """The same cells with other values."""
    return sparse.csr_matrix((values.astype(np.float32), cells.indices, cells.indptr), shape=cells.shape)


def _standardised(cells: sparse.csr_matrix) -> sparse.csr_matrix:
    """Answers with each item's mean taken off and divided by its SD."""
    n_items = cells.shape[1]
    n = np.maximum(np.bincount(cells.indices, minlength=n_items), 1)
    mean = np.bincount(cells.indices, cells.data, n_items) / n
    deviation = cells.data - mean[cells.indices].astype(np.float32)
    sd = np.sqrt(np.bincount(cells.indices, deviation**2, n_items) / n)
    return _with_values(cells, deviation / np.where(sd > 1e-6, sd, 1.0)[cells.indices].astype(np.float32))


def _company(cells: sparse.csr_matrix) -> Floats:
    """How able, in SDs, those were who answered each item, by the linear model of the top of the file.

    With y = 4 (x / (K − 1) − ½), which has about unit slope in θ and variance 4 where x is fair, it minimises
    Σ (y − θ_p + b_i)² / 4 + Σ θ². Persons are eliminated; conjugate gradients find b.
    """
    highest = np.maximum(np.asarray(cells.max(axis=0).todense()).ravel() - 1, 1)
    there = _with_values(cells, np.ones_like(cells.data))
    y = _with_values(cells, 4 * ((cells.data - 1) / highest[cells.indices].astype(np.float32) - 0.5))
    weight = 1.0 / (np.diff(cells.indptr) + _NOISE)
    of_person, of_item = np.asarray(y.sum(axis=1)).ravel(), np.asarray(y.sum(axis=0)).ravel()
    times = np.maximum(np.asarray(there.sum(axis=0)).ravel(), 1.0)
    size = times.size
    laplacian = linalg.LinearOperator(
        (size, size), matvec=lambda b: times * b - there.T @ (weight * (there @ b)), dtype=float
    )
    scale = linalg.LinearOperator((size, size), matvec=lambda b: b / times, dtype=float)
    b, _ = linalg.cg(laplacian, there.T @ (weight * of_person) - of_item, rtol=1e-3, maxiter=200, M=scale)
    theta = weight * (of_person + there @ b)
    return np.asarray(there.T @ theta / times)


def _component_correlations(matrix: sparse.csr_matrix) -> Floats:
    """Correlation of each column with the first principal component, most of them positive."""
    vector = np.ones(matrix.shape[1], dtype=np.float32)
    for _ in range(_POWER_STEPS):
        product = matrix.T @ (matrix @ vector)
        norm = np.linalg.norm(product)
        if norm == 0:
            return np.zeros(matrix.shape[1])
        vector = product / norm
    vector *= np.sign(np.sum(np.sign(vector))) or 1.0
    score = matrix @ vector
    squares = _with_values(matrix, np.ones_like(matrix.data)).T @ score**2
    own = np.bincount(matrix.indices, matrix.data**2, matrix.shape[1])
    spread = np.sqrt(np.maximum(squares, 1e-12) * np.maximum(own, 1e-12))
    return np.asarray((matrix.T @ score) / spread)
