"""Parallel analysis: which eigenvalues are larger than those of answers without anything in common.

References
----------
Horn (1965), Psychometrika 30; Buja & Eyuboglu (1992), Multivariate Behavioral Research 27, for
permuted answers and for quantiles in place of means; Garrido, Abad & Ponsoda (2013), Psychological
Methods 18, for polychorics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.dimensionality.polychoric import polychoric_of, positive_definite
from compassess.responses import MISSING, Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ParallelAnalysis", "parallel_analysis"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParallelAnalysis:
    """The answer of :func:`parallel_analysis`.

    Attributes
    ----------
    observed : eigenvalues of the answers, from the largest, (n_items,).
    random_mean, random_quantile : of as many sets of permuted answers, (n_items,).
    n_dimensions : how many of the first are above the quantile, until one is not.
    n_replications : sets of permuted answers.
    """

    observed: Floats
    random_mean: Floats
    random_quantile: Floats
    n_dimensions: int
    n_replications: int

    def to_frame(self) -> pd.DataFrame:
        """A row an eigenvalue: number, observed, random_mean, random_quantile."""
        return frame(
            {
                "number": np.arange(1, self.observed.size + 1),
                "observed": self.observed,
                "random_mean": self.random_mean,
                "random_quantile": self.random_quantile,
            }
        )


def parallel_analysis(
    responses: Responses,
    *,
    seed: int,
    n_replications: int = 100,
    quantile: float = 0.95,
    correlations: str = "polychoric",
    factors: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ParallelAnalysis:
    """Eigenvalues beside those of answers whose columns were shuffled among the persons who gave one.

    Shuffled columns keep their margins and their missing cells, and have nothing in common.

    Parameters
    ----------
    seed, n_replications, quantile : of the shuffled answers.
    correlations : "polychoric" or "pearson" (of codes, pairwise).
    factors : eigenvalues of the matrix whose diagonal holds squared multiple correlations, in place of
        those of the correlations themselves: common factors in place of components.
    progress : called with (sets done, sets in all).

    Raises
    ------
    InputError : fewer than two items, an item with one category, or a pair that nobody answered;
        options out of range.
    """
    problems = [
        Problem(where=where, what="out of range", got=repr(got), expected=expected)
        for where, got, expected, good in (
            ("n_replications", n_replications, "at least 1", n_replications >= 1),
            ("quantile", quantile, "between 0 and 1", 0 < quantile < 1),
            (
                "correlations",
                correlations,
                "'polychoric' or 'pearson'",
                correlations in ("polychoric", "pearson"),
            ),
        )
        if not good
    ]
    codes = responses.codes()
    if responses.n_items < 2:
        problems.append(Problem(where="responses", what="too few items", got=str(responses.n_items)))
    raise_if_any(problems + _untold(codes, responses.items))
    find = _polychoric if correlations == "polychoric" else _pearson
    observed = _eigenvalues(find(codes), factors=factors)
    drawn = np.empty((n_replications, observed.size))
    for number, stream in enumerate(np.random.SeedSequence(seed).spawn(n_replications)):
        drawn[number] = _eigenvalues(find(_shuffled(codes, np.random.default_rng(stream))), factors=factors)
        if progress is not None:
            progress(number + 1, n_replications)
    limit = np.quantile(drawn, quantile, axis=0)
    above = observed > limit
    return ParallelAnalysis(
        observed=observed,
        random_mean=drawn.mean(axis=0),
        random_quantile=np.asarray(limit),
        n_dimensions=int(above.argmin()) if not above.all() else above.size,
        n_replications=n_replications,
    )


def _untold(codes: NDArray[np.int16], items: tuple[str, ...]) -> list[Problem]:
    """Items and pairs without a correlation."""
    constant = [
        name for name, column in zip(items, codes.T, strict=True) if np.unique(column[column >= 0]).size < 2
    ]
    problems = [
        Problem(where=f"item {name!r}", what="fewer than two categories occur", remedy="Leave it out.")
        for name in constant
    ]
    there = (codes >= 0).astype(np.float32)
    first, second = np.nonzero(np.triu(there.T @ there == 0, 1))
    return problems + [
        Problem(where=f"items {items[a]!r} and {items[b]!r}", what="nobody answered both")
        for a, b in zip(first[:20].tolist(), second[:20].tolist(), strict=True)
    ]


def _shuffled(codes: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int16]:
    shuffled = codes.copy()
    for column in shuffled.T:
        told = np.flatnonzero(column >= 0)
        column[told] = column[rng.permutation(told)]
    return shuffled


def _polychoric(codes: NDArray[np.int16]) -> Floats:
    names = tuple(map(str, range(codes.shape[1])))
    return positive_definite(polychoric_of(codes, names).correlation)


def _pearson(codes: NDArray[np.int16]) -> Floats:
    """Of the persons who answered both, pair by pair."""
    there = (codes != MISSING).astype(np.float64)
    x = np.where(there > 0, codes, 0).astype(np.float64)
    n, sums = there.T @ there, x.T @ there
    cross = x.T @ x / n - (sums / n) * (sums / n).T
    squares = (x**2).T @ there / n - (sums / n) ** 2
    return positive_definite(np.asarray(cross / np.sqrt(squares * squares.T)))


def _eigenvalues(correlation: Floats, *, factors: bool) -> Floats:
    """From the largest."""
    matrix = correlation.copy()
    if factors:
        np.fill_diagonal(matrix, 1 - 1 / np.diag(np.linalg.inv(correlation)))
    return np.asarray(np.linalg.eigvalsh(matrix)[::-1], dtype=np.float64)
