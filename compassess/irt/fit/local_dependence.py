"""Local dependence: whether pairs of items share more than the θ that the model gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.irt.ability import Scores
from compassess.irt.curves import probability
from compassess.irt.fit.dimensions import NODES, correlations, marginal, weights
from compassess.irt.fit.residuals import Answered, answered, moments
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocalDependence", "local_dependence"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalDependence:
    """The answer of :func:`local_dependence`, (n_items, n_items) each, symmetric; NaN on the diagonal.

    Attributes
    ----------
    items : names.
    q3 : correlations of residuals; ``q3_star`` the same less the mean of all pairs.
    x2, df : of the table of the two items against what the model expects of it, and its degrees of freedom
        (K_i − 1)(K_j − 1); ``v`` Cramér's V of it, with the sign of the residual correlation.
    residual_correlation : the correlation of the codes less the one that the model implies.
    n : persons who answered both.
    """

    items: tuple[str, ...]
    q3: Floats
    q3_star: Floats
    x2: Floats
    df: NDArray[np.int64]
    v: Floats
    residual_correlation: Floats
    n: NDArray[np.int64]

    @property
    def expected_q3(self) -> float:
        """−1 / (n_items − 1): about what Q3 is on the average where nothing is dependent."""
        return -1.0 / max(len(self.items) - 1, 1)

    def to_frame(self) -> pd.DataFrame:
        """A row a pair, the largest |Q3*| first."""
        i, j = np.triu_indices(len(self.items), 1)
        order = np.argsort(-np.abs(np.nan_to_num(self.q3_star[i, j])), kind="stable")
        i, j = i[order], j[order]
        return frame(
            {
                "item": [self.items[k] for k in i],
                "other": [self.items[k] for k in j],
                "q3": self.q3[i, j],
                "q3_star": self.q3_star[i, j],
                "x2": self.x2[i, j],
                "df": self.df[i, j],
                "v": self.v[i, j],
                "residual_correlation": self.residual_correlation[i, j],
                "n": self.n[i, j],
            }
        )


def local_dependence(
    responses: Responses,
    items: Items,
    scores: Scores | None = None,
    *,
    method: str = "EAP",
    population: Population | None = None,
) -> LocalDependence:
    """Q3, LD-X² and residual correlations of all pairs of items.

    ::

        Q3   = corr(x_i − E_i, x_j − E_j)  at θ̂ X²   = Σ_ab (O_ab − E_ab)² / E_ab,       E_ab = N ∫∫ P_a(θ_i)
        P_b(θ_j) φ(θ_i, θ_j; ρ_ij) V    = ± √(X² / (N min(K_i − 1, K_j − 1)))

    Items of one dimension share θ (ρ = 1); those of different competencies have ρ_ij = λ_i λ_j R_bb′, so that
    what the model of the house explains is not called dependence. X² does not hang on θ̂. Its reference to χ²
    with ``df`` is rough (Chen & Thissen 1997), so that no p-values are given; V or a residual correlation
    above .1 to .2, or Q3* above .2, are looked at (Christensen et al. 2017).

    Parameters
    ----------
    responses : matched with ``items`` by name; every pair by those who answered both.
    scores, method, population : θ̂ for Q3, as in :func:`compassess.irt.person_fit`.

    Limits: Q3 is biased downwards in short tests, because θ̂ takes part of what two items share. Items without
    parameters are left out. Memory (n_items, n_items) for each table, time in proportion to pairs.

    Raises
    ------
    InputError : no column in common; codes beyond an item's categories; scores of others.

    References
    ----------
    Yen (1984), Applied Psychological Measurement 8, eq. 8-10 (Q3); Chen & Thissen (1997), Journal of
    Educational and
    Behavioral Statistics 22 (LD-X²); Christensen, Makransky & Horton (2017), Applied Psychological
    Measurement 41 (Q3*).
    """
    data = answered(responses, items, scores, method=method, population=population)
    people = items.population if population is None else population
    q3, n = _q3(data)
    x2, v, residual = _pairs(data, people)
    others = ~np.eye(len(q3), dtype=bool)
    mean = np.nanmean(q3[others]) if np.isfinite(q3[others]).any() else np.nan
    k = data.items.n_categories - 1
    return LocalDependence(
        items=data.items.ids,
        q3=q3,
        q3_star=q3 - mean,
        x2=x2,
        df=np.outer(k, k).astype(np.int64),
        v=v,
        residual_correlation=residual,
        n=n,
    )


def _q3(data: Answered) -> tuple[Floats, NDArray[np.int64]]:
    """Pairwise correlations of residuals, and persons."""
    n_items = data.items.n_items
    n, first, second, cross = (np.zeros((n_items, n_items)) for _ in range(4))
    for rows, part in moments(data):
        there, r = data.there[rows].astype(np.float64), part.residual
        n += there.T @ there
        first += r.T @ there
        second += (r**2).T @ there
        cross += r.T @ r
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = cross / n - (first / n) * (first.T / n)
        variance = second / n - (first / n) ** 2
        q3 = covariance / np.sqrt(variance * variance.T)
    np.fill_diagonal(q3, np.nan)
    return q3, n.astype(np.int64)


def _pairs(data: Answered, people: Population) -> tuple[Floats, Floats, Floats]:
    items, mass = data.items, weights()
    n_items, n_categories = items.n_items, items.n_categories.tolist()
    rho = correlations(people)
    x2, v, residual = (np.full((n_items, n_items), np.nan) for _ in range(3))
    indicators = [
        (data.codes[:, [item]] == np.arange(k)).astype(np.float32) for item, k in enumerate(n_categories)
    ]
    curves = _Curves(items, people)
    for i in range(n_items):
        for j in range(i):
            seen = np.asarray(indicators[i].T @ indicators[j], dtype=np.float64)
            total = seen.sum()
            if not total:
                continue
            pair = (int(items.competency_index[i]), int(items.competency_index[j]))
            left, right = curves.given_common(i, j, float(rho[pair]))
            expected = total * ((left * mass) @ right.T)
            told, implied = _correlation(seen), _correlation(expected)
            x2[i, j] = x2[j, i] = np.sum((seen - expected) ** 2 / expected)
            size = np.sqrt(x2[i, j] / (total * (min(n_categories[i], n_categories[j]) - 1)))
            residual[i, j] = residual[j, i] = told - implied
            v[i, j] = v[j, i] = np.sign(told - implied) * size
    return x2, v, residual


class _Curves:
    """P(X = k | u) of an item on the nodes of what two items have in common.

    θ_i = μ + σ (√|ρ| u ± √(1 − |ρ|) e), u and e standard normal: given u the two are independent. ρ = 1
    leaves u alone.
    """

    def __init__(self, items: Items, people: Population) -> None:
        self._items, self._people = items, people
        self._known: dict[tuple[int, float, int], Floats] = {}

    def given_common(self, i: int, j: int, rho: float) -> tuple[Floats, Floats]:
        """Of two items with correlated θ, (n_categories, n_nodes) each."""
        return self._of(i, abs(rho), 1), self._of(j, abs(rho), -1 if rho < 0 else 1)

    def _of(self, item: int, rho: float, sign: int) -> Floats:
        key = (item, rho, sign)
        if key not in self._known:
            mean, sd = marginal(self._people, int(self._items.competency_index[item]))
            one, k = self._items.select(np.array([item])), int(self._items.n_categories[item])
            common = sign * np.sqrt(rho) * NODES
            if rho == 1.0:
                p = probability(one, mean + sd * common)[0, :k]
            else:
                own = np.sqrt(1.0 - rho) * NODES
                theta = mean + sd * (common[:, None] + own[None])
                p = probability(one, theta.reshape(-1))[0, :k].reshape(k, *theta.shape) @ weights()
            self._known[key] = p / p.sum(axis=0)
        return self._known[key]


def _correlation(table: Floats) -> float:
    """Of the codes, from a table of counts; NaN where one of them is constant."""
    p = table / table.sum()
    a, b = np.arange(p.shape[0]), np.arange(p.shape[1])
    left, right = p.sum(axis=1), p.sum(axis=0)
    mean_a, mean_b = left @ a, right @ b
    covariance = (a - mean_a) @ p @ (b - mean_b)
    variance = (left @ (a - mean_a) ** 2) * (right @ (b - mean_b) ** 2)
    return float(covariance / np.sqrt(variance)) if variance > 0 else float("nan")
