"""Exploratory factor analysis of correlations, and rotation: statsmodels does both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import MissingExtra, Problem, raise_if_any
from compassess.irt.dimensionality.polychoric import Polychoric, positive_definite
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROTATIONS", "FactorAnalysis", "factor_analysis"]

Floats = NDArray[np.float64]

#: Names of rotations, with what statsmodels' gradient projection is asked for.
ROTATIONS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "varimax": ("oblimin", 1.0, "orthogonal"),
        "quartimax": ("oblimin", 0.0, "orthogonal"),
        "oblimin": ("oblimin", 0.0, "oblique"),
        "biquartimin": ("oblimin", 0.5, "oblique"),
    }
)

_HEYWOOD: Final = 0.005  # a uniqueness at or below it: the factors tell all of an item


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorAnalysis:
    """The answer of :func:`factor_analysis`.

    Attributes
    ----------
    loadings : pattern, (n_items, n_factors); factors by the sum of their squared loadings, most
        loadings positive.
    correlation : of the factors, (n_factors, n_factors).
    uniquenesses : (n_items,).
    explained : share of the items' variance by factor, squared loadings over n_items, (n_factors,).
    rmsr : root mean square of the residual correlations off the diagonal.
    heywood : items whose uniqueness is at or near 0: too many factors, or near-duplicates.
    """

    items: tuple[str, ...]
    loadings: Floats
    correlation: Floats
    uniquenesses: Floats
    explained: Floats
    rmsr: float
    heywood: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row an item: item, factor_1 …, uniqueness."""
        return frame(
            {
                "item": self.items,
                **{f"factor_{j + 1}": column for j, column in enumerate(self.loadings.T)},
                "uniqueness": self.uniquenesses,
            }
        )


def factor_analysis(
    correlation: Polychoric | NDArray[np.float64],
    n_factors: int,
    *,
    rotation: str | None = "oblimin",
    method: str = "ml",
) -> FactorAnalysis:
    """Loadings of correlations on a few factors, R ≈ Λ Φ Λᵀ + Ψ.

    Parameters
    ----------
    correlation : of :func:`.polychoric.polychoric`, or a matrix; raised to positive definite where it is not.
    n_factors : as many as :func:`.parallel_analysis.parallel_analysis` suggests, one more, and one fewer.
    rotation : a name of :data:`ROTATIONS`, or None. oblimin is direct with γ = 0, the same as quartimin.
    method : "ml" minimises the likelihood's discrepancy, "pa" iterates principal axes. With
        polychorics neither has the standard errors and tests of normal data: none are given.

    Raises
    ------
    MissingExtra : statsmodels is not installed.
    InputError : correlations that are missing, not symmetric or beyond ±1; too many factors to be
        told; unknown names.

    References
    ----------
    Jöreskog (1967), Psychometrika 32, for maximum likelihood; Jennrich (2002), Psychometrika 67, for oblique
    rotation by gradient projection.
    """
    matrix = (
        correlation.correlation if isinstance(correlation, Polychoric) else np.asarray(correlation, float)
    )
    raise_if_any(_problems(matrix, n_factors, rotation, method))
    items = (
        correlation.items
        if isinstance(correlation, Polychoric)
        else tuple(f"i{j}" for j in range(len(matrix)))
    )
    try:
        from statsmodels.multivariate.factor import Factor
        from statsmodels.multivariate.factor_rotation import rotate_factors
    except ImportError:
        raise MissingExtra("statsmodels", "factors", "a factor analysis") from None
    given = positive_definite(matrix)
    found = Factor(corr=given, n_factor=n_factors, method=method, smc=True).fit(maxiter=500)
    loadings = np.asarray(found.loadings, dtype=np.float64)[:, :n_factors]
    between = np.eye(n_factors)
    if rotation is not None and n_factors > 1:
        loadings, turn = rotate_factors(loadings, *ROTATIONS[rotation], max_tries=5000, tol=1e-7)
        between = turn.T @ turn
    loadings, between = _in_order(np.asarray(loadings), between)
    common = loadings @ between @ loadings.T
    off = ~np.eye(len(given), dtype=np.bool_)
    unique = 1 - np.diag(common)
    return FactorAnalysis(
        items=items,
        loadings=loadings,
        correlation=between,
        uniquenesses=unique,
        explained=(loadings**2).sum(axis=0) / len(given),
        rmsr=float(np.sqrt(np.mean((given - common)[off] ** 2))),
        heywood=tuple(name for name, value in zip(items, unique.tolist(), strict=True) if value <= _HEYWOOD),
    )


def _in_order(loadings: Floats, between: Floats) -> tuple[Floats, Floats]:
    """Factors by size, and turned so that their loadings add up to something positive."""
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    loadings, between = loadings[:, order], between[np.ix_(order, order)]
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return loadings * sign, between * np.outer(sign, sign)


def _problems(matrix: Floats, n_factors: int, rotation: str | None, method: str) -> list[Problem]:
    where, problems = "correlation", []
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 3:
        return [
            Problem(where=where, what="wrong shape", got=str(matrix.shape), expected="(n, n), n at least 3")
        ]
    if not np.isfinite(matrix).all():
        problems.append(
            Problem(
                where=where,
                what="some pairs have no correlation",
                got=f"{int(np.isnan(matrix).sum() / 2)} pairs",
                remedy="Leave out items that share no persons, or that have one category.",
            )
        )
    elif (
        not np.allclose(matrix, matrix.T)
        or np.abs(matrix).max() > 1 + 1e-9
        or not np.allclose(np.diag(matrix), 1)
    ):
        problems.append(
            Problem(where=where, what="no correlation matrix", expected="symmetric, 1 on the diagonal")
        )
    free = (len(matrix) - n_factors) ** 2 - len(matrix) - n_factors
    if n_factors < 1 or free < 0:
        problems.append(
            Problem(
                where="n_factors",
                what="so many cannot be told from so few items",
                got=f"{n_factors} of {len(matrix)} items",
                expected="((p − m)² − p − m) / 2 degrees of freedom, at least 0",
            )
        )
    if rotation is not None and rotation not in ROTATIONS:
        problems.append(
            Problem(where="rotation", what="unknown", got=repr(rotation), expected=" or ".join(ROTATIONS))
        )
    if method not in ("ml", "pa"):
        problems.append(Problem(where="method", what="unknown", got=repr(method), expected="'ml' or 'pa'"))
    return problems
