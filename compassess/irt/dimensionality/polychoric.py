r"""Polychoric correlations: those of the normal variables that ordered answers are cut from.

In two steps: thresholds of an item from all answers to it, τ_k = Φ⁻¹(share below k); then ρ of each pair
maximises Σ_ab n_ab log π_ab(ρ), with π_ab the probability of the cell between the thresholds.

References
----------
Olsson (1979), Psychometrika 44, eq. 3-6, the two-step method; for two categories Pearson's tetrachoric
correlation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from compassess.errors import Problem, raise_if_any
from compassess.irt.dimensionality.bivariate_normal import bivariate_cdf, bivariate_density
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["POLYCHORIC_STATUSES", "Polychoric", "polychoric", "positive_definite"]

Floats = NDArray[np.float64]

#: What can be said of a pair.
POLYCHORIC_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ok": "nothing found.",
        "at_bound": "the maximum is at ±1 as far as it is followed: near-duplicates, or too few answers.",
        "empty_cell": "a cell of a two-by-two table is empty: half an answer was added to it.",
        "no_pairs": "nobody answered both items; there is no correlation.",
        "one_category": "an item has answers in one category only; there is no correlation.",
    }
)

_BOUND: Final = 0.999
_STEPS: Final = 60
_CLOSE: Final = 1e-9
_LEAST: Final = 1e-14  # of a cell's probability
_LEAST_EIGENVALUE: Final = 1e-3  # of a correlation matrix that is made positive definite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polychoric:
    """The answer of :func:`polychoric`.

    Attributes
    ----------
    items : in the order of rows and columns.
    correlation : (n_items, n_items), NaN where there is none.
    standard_errors : of each, thresholds known, (n_items, n_items); 0 on the diagonal.
    thresholds : (n_items, max K − 1), NaN beyond an item's categories and where a category never occurred.
    n_pairs : persons who answered both, (n_items, n_items).
    status : by pair, a name of :data:`POLYCHORIC_STATUSES`, (n_items, n_items).
    """

    items: tuple[str, ...]
    correlation: Floats
    standard_errors: Floats
    thresholds: Floats
    n_pairs: NDArray[np.int64]
    status: NDArray[np.object_]

    def to_frame(self) -> pd.DataFrame:
        """A row a pair: item_1, item_2, correlation, standard_error, n, status."""
        first, second = np.triu_indices(len(self.items), 1)
        return frame(
            {
                "item_1": [self.items[j] for j in first.tolist()],
                "item_2": [self.items[j] for j in second.tolist()],
                "correlation": self.correlation[first, second],
                "standard_error": self.standard_errors[first, second],
                "n": self.n_pairs[first, second],
                "status": self.status[first, second],
            }
        )


def polychoric(responses: Responses) -> Polychoric:
    """Polychoric correlations of all pairs of items; of items with two categories the tetrachoric ones.

    Missing cells are left out pair by pair, so that the matrix need not be positive definite:
    :func:`positive_definite` makes it so. Items are ordered from low codes to high; codes that never
    occur are passed over.

    Raises
    ------
    InputError : fewer than two items.
    """
    if responses.n_items < 2:
        raise_if_any(
            [
                Problem(
                    where="responses",
                    what="too few items to correlate",
                    got=str(responses.n_items),
                    expected="at least 2",
                )
            ]
        )
    codes = responses.codes()
    return polychoric_of(codes, responses.items)


def polychoric_of(codes: NDArray[np.int16], items: tuple[str, ...]) -> Polychoric:
    """The same of codes, (n_persons, n_items), negative where missing."""
    n_items, width = codes.shape[1], int(codes.max(initial=0)) + 1
    there = (codes[:, :, None] == np.arange(width)).astype(np.float32)
    flat = there.reshape(len(codes), -1)
    burt = (flat.T @ flat).astype(np.float64).reshape(n_items, width, n_items, width)
    counts = np.einsum("jaja->ja", burt)
    cuts = _cuts(counts)
    first, second = np.triu_indices(n_items, 1)
    tables = burt[first, :, second]
    status = _statuses(tables, counts, first, second)
    able = np.flatnonzero(np.isin(status, ("ok", "empty_cell")))
    few = (status[able] == "empty_cell")[:, None, None]
    used = (counts > 0)[first[able]][:, :, None] & (counts > 0)[second[able]][:, None, :]
    observed = np.where(few & used & (tables[able] == 0), 0.5, tables[able])
    rho, information, ended = _fitted(observed, cuts[first[able]], cuts[second[able]])
    status[able[~ended]] = "at_bound"
    correlation, errors = np.eye(n_items), np.zeros((n_items, n_items))
    lone = np.full(first.size, np.nan)
    lone[able] = rho
    correlation[first, second] = correlation[second, first] = lone
    lone[able] = np.where(ended, information**-0.5, np.nan)
    errors[first, second] = errors[second, first] = lone
    square = np.full((n_items, n_items), "ok", dtype=object)
    square[first, second] = square[second, first] = status
    present = (codes >= 0).astype(np.float32)
    return Polychoric(
        items=items,
        correlation=correlation,
        standard_errors=errors,
        thresholds=_thresholds(cuts, counts),
        n_pairs=np.rint(present.T @ present).astype(np.int64),
        status=square,
    )


def positive_definite(correlation: Floats) -> Floats:
    """The correlation matrix with eigenvalues raised to at least .001, and its diagonal brought back to 1.

    Unchanged where all of them are above.

    References
    ----------
    Knol & Berger (1991), Multivariate Behavioral Research 26, p. 473.
    """
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= _LEAST_EIGENVALUE:
        return correlation
    raised = (vectors * np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(raised))
    return np.asarray(raised / np.outer(scale, scale))


def _cuts(counts: Floats) -> Floats:
    """−∞, the thresholds and ∞, (n_items, max K + 1); a code that never occurs has no room between."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    below = np.concatenate([np.zeros((len(counts), 1)), counts.cumsum(axis=1) / total], axis=1)
    return np.asarray(ndtri(np.clip(below, 0.0, 1.0)))


def _thresholds(cuts: Floats, counts: Floats) -> Floats:
    inner = cuts[:, 1:-1]
    told = np.isfinite(inner) & (counts[:, :-1] > 0)
    return np.where(told, inner, np.nan)


def _statuses(
    tables: Floats, counts: Floats, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.object_]:
    """What can be told before the search."""
    n_used = (counts > 0).sum(axis=1)
    status = np.full(first.size, "ok", dtype=object)
    two = (n_used[first] == 2) & (n_used[second] == 2)
    filled = (tables > 0).sum(axis=(1, 2))
    status[two & (filled < 4)] = "empty_cell"
    status[(n_used[first] < 2) | (n_used[second] < 2)] = "one_category"
    status[tables.sum(axis=(1, 2)) == 0] = "no_pairs"
    return status


def _cells(values: Floats) -> Floats:
    """From values at the corners of cells to those of the cells."""
    return np.asarray(values[:, 1:, 1:] - values[:, :-1, 1:] - values[:, 1:, :-1] + values[:, :-1, :-1])


def _fitted(tables: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """ρ, its information, and whether the search ended inside, for tables (n, K, K) and cuts (n, K + 1).

    Fisher scoring in z = artanh ρ, in steps of at most ½; a step that does not gain is halved.
    """
    h, k = first[:, :, None], second[:, None, :]
    rows, columns = h[:, :-1] < h[:, 1:], k[..., :-1] < k[..., 1:]
    there = rows & columns
    total = tables.sum(axis=(1, 2))

    def probabilities(z: Floats) -> Floats:
        cells = _cells(bivariate_cdf(h, k, np.tanh(z)[:, None, None]))
        return np.where(there, np.maximum(cells, _LEAST), 1.0)

    def parts(z: Floats, p: Floats) -> tuple[Floats, Floats]:
        rho = np.tanh(z)
        slope = np.where(there, _cells(bivariate_density(h, k, rho[:, None, None])), 0.0)
        return (tables * slope / p).sum(axis=(1, 2)), total * (slope**2 / p).sum(axis=(1, 2))

    end = np.arctanh(_BOUND)
    z = np.zeros(len(tables))
    p = probabilities(z)
    value, length = (tables * np.log(p)).sum(axis=(1, 2)), np.ones(len(tables))
    for _ in range(_STEPS):
        gradient, information = parts(z, p)
        by_z = 1 - np.tanh(z) ** 2
        step = np.clip(gradient / np.maximum(information * by_z, 1e-12), -0.5, 0.5) * length
        trial = np.clip(z + step, -end, end)
        moved = probabilities(trial)
        reached = (tables * np.log(moved)).sum(axis=(1, 2))
        good = reached >= value - 1e-12 * np.abs(value)
        length = np.where(good, 1.0, length / 2)
        z = np.where(good, trial, z)
        p = np.where(good[:, None, None], moved, p)
        value = np.where(good, reached, value)
        if np.abs(step).max(initial=0.0) <= _CLOSE:
            break
    _, information = parts(z, p)
    return np.tanh(z), np.maximum(information, 1e-300), np.abs(z) < end - 1e-6
