"""Item fit: S-X², infit and outfit, Zh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from compassess.errors import InputError, Problem
from compassess.irt.ability import Scores
from compassess.irt.curves import probability
from compassess.irt.fit.dimensions import NODES, dimension_of, marginal, weights
from compassess.irt.fit.residuals import Answered, answered, moments
from compassess.irt.fit.sum_groups import collapsed, expected_shares, observed
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ITEM_FIT_STATUSES", "ItemFit", "item_fit"]

Floats = NDArray[np.float64]

#: Every status of an item's fit with what it means and what to do, the worst first.
ITEM_FIT_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_answers": "nobody answered it: everything is NaN.",
        "no_complete_cases": "nobody answered all items of its dimension: S-X² is NaN. Give it responses "
        "of a fixed form, or look at infit and outfit.",
        "no_degrees_of_freedom": "too few cells are left after collapsing: S-X² has no p-value.",
        "ok": "nothing found; what a value means is for the reader.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemFit:
    """The answer of :func:`item_fit`, (n_items,) each.

    Attributes
    ----------
    items : names.
    s_x2, df, p_value, rmsea : of S-X²; ``n_complete`` persons are in it.
    p_adjusted : by Benjamini & Hochberg over the items, so that of the items called misfitting the expected
        share of false alarms is at most the level.
    outfit, infit, z_outfit, z_infit : mean squares, and their cube root transformed to be near N(0, 1); ``n``
        answers are in them.
    zh : the standardised log-likelihood of the item's answers, low where they are unlikely.
    status : what each means stands in :data:`compassess.irt.ITEM_FIT_STATUSES`.
    """

    items: tuple[str, ...]
    s_x2: Floats
    df: NDArray[np.int64]
    p_value: Floats
    p_adjusted: Floats
    rmsea: Floats
    n_complete: NDArray[np.int64]
    outfit: Floats
    z_outfit: Floats
    infit: Floats
    z_infit: Floats
    zh: Floats
    n: NDArray[np.int64]
    status: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row an item."""
        return frame(
            {
                "item": self.items,
                "s_x2": self.s_x2,
                "df": self.df,
                "p_value": self.p_value,
                "p_adjusted": self.p_adjusted,
                "rmsea": self.rmsea,
                "n_complete": self.n_complete,
                "outfit": self.outfit,
                "z_outfit": self.z_outfit,
                "infit": self.infit,
                "z_infit": self.z_infit,
                "zh": self.zh,
                "n": self.n,
                "status": self.status,
            }
        )


def item_fit(
    responses: Responses,
    items: Items,
    scores: Scores | None = None,
    *,
    method: str = "EAP",
    population: Population | None = None,
    least_expected: float = 1.0,
) -> ItemFit:
    """S-X² by the sum of codes, infit and outfit mean squares and Zh at the persons' θ.

    ::

        S-X²   = Σ_s Σ_k (O_sk − E_sk)² / E_sk          df = cells − groups − parameters of the item
        outfit = Σ_n z² / N,   z² = (x − E)² / V        infit = Σ_n (x − E)² / Σ_n V
        Zh     = Σ_n (log P_x − E log P) / √Σ_n Var log P

    S-X² groups persons by the sum over the items of the item's dimension (its block, or its competency where
    λ < 1), so that no θ is estimated for it; only persons who answered all of these are in it. ``z`` of a
    mean square m with variance q² is (m^(1/3) − 1) 3 / q + q / 3.

    Parameters
    ----------
    responses : matched with ``items`` by name.
    scores, method, population : θ for infit, outfit and Zh, as in :func:`compassess.irt.person_fit`.
    least_expected : cells of S-X² are joined until none expects fewer (:func:`.sum_groups.collapsed`,
        the way of R's mirt); 0 joins none.

    Limits: parameters are counted as slope and thresholds (or slopes and intercepts of nominal items) and
    asymptotes, also where a model fixes or shares some; mirt counts alike but for RSM. Where θ is estimated
    from the same answers, infit and outfit lie below 1 for items with steep slopes, and their z are too far
    out; for p-values take S-X². Items without parameters are left out.

    Raises
    ------
    InputError : no column in common; codes beyond an item's categories; scores of others; a least count
        below 0.

    References
    ----------
    Orlando & Thissen (2000), Applied Psychological Measurement 24; Kang & Chen (2008), Journal of Educational
    Measurement 45; Wright & Masters (1982), Rating scale analysis, ch. 5; Drasgow, Levine & Williams (1985),
    British Journal of Mathematical and Statistical Psychology 38; Benjamini & Hochberg (1995), Journal of
    the Royal Statistical Society B 57.
    """
    if not 0.0 <= least_expected < np.inf:
        raise InputError(
            Problem(where="least_expected", what="no count", got=repr(least_expected), expected="0 or more")
        )
    data = answered(responses, items, scores, method=method, population=population)
    people = items.population if population is None else population
    s_x2, df, n_complete = _s_x2(data, people, least_expected)
    mean_squares = _mean_squares(data)
    n = data.there.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = np.where(df > 0, chi2.sf(s_x2, np.maximum(df, 1)), np.nan)
        rmsea = np.sqrt(np.maximum(s_x2 / df - 1.0, 0.0) / (n_complete - 1.0))
    return ItemFit(
        items=data.items.ids,
        s_x2=s_x2,
        df=df,
        p_value=p_value,
        p_adjusted=_adjusted(p_value),
        rmsea=np.where(df > 0, rmsea, np.nan),
        n_complete=n_complete,
        **mean_squares,
        n=n,
        status=_statuses(n, n_complete, df),
    )


def _s_x2(
    data: Answered, people: Population, least: float
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    n_items = data.items.n_items
    s_x2 = np.full(n_items, np.nan)
    df, n_complete = np.zeros(n_items, dtype=np.int64), np.zeros(n_items, dtype=np.int64)
    dimension = dimension_of(people)[data.items.competency_index]
    for number in np.unique(dimension).tolist():
        own = np.flatnonzero(dimension == number)
        complete = data.there[:, own].all(axis=1)
        if not complete.any():
            continue
        codes = data.codes[complete][:, own]
        mean, sd = marginal(people, int(data.items.competency_index[own[0]]))
        curves = probability(data.items.select(own), mean + sd * NODES)
        n_categories = data.items.n_categories[own]
        shares = expected_shares(
            [_distinct(p[:k]) for p, k in zip(curves, n_categories, strict=True)], weights()
        )
        for place, item in enumerate(own.tolist()):
            n_complete[item] = len(codes)
            counts = observed(codes, place, int(n_categories[place]), len(shares[place]) - 1)
            s_x2[item], df[item] = _statistic(counts, shares[place], least, _n_parameters(data.items, item))
    return s_x2, df, n_complete


def _statistic(counts: Floats, shares: Floats, least: float, n_parameters: int) -> tuple[float, int]:
    expected = shares * counts.sum(axis=1, keepdims=True)
    if least > 0:
        counts, expected = collapsed(counts, expected, least)
    else:
        there = counts[1:-1].sum(axis=1) > 0
        counts, expected = counts[1:-1][there], expected[1:-1][there]
    cells = expected > 0
    gap = np.where(cells, counts - expected, 0.0) ** 2 / np.where(cells, expected, 1.0)
    return float(gap.sum()), int(cells.sum()) - len(expected) - n_parameters


def _n_parameters(items: Items, item: int) -> int:
    n_categories = int(items.n_categories[item])
    if items.models[item] == "NRM":
        return 2 * (n_categories - 1)
    return n_categories + (items.models[item] in ("3PL", "4PL")) + (items.models[item] == "4PL")


def _distinct(p: Floats) -> Floats:
    """P(X = k) with categories that count as one taken once: a person of it is in any of them alike."""
    return p / np.nansum(p, axis=0)


def _mean_squares(data: Answered) -> dict[str, Floats]:
    n_items = data.items.n_items
    sums = {name: np.zeros(n_items) for name in ("z2", "q_out", "r2", "v", "q_in", "surprise", "spread")}
    for _, part in moments(data):
        there = part.variance > 0
        variance = np.where(there, part.variance, 1.0)
        sums["z2"] += np.where(there, part.residual**2 / variance, 0.0).sum(axis=0)
        sums["q_out"] += np.where(there, part.fourth / variance**2, 0.0).sum(axis=0)
        sums["r2"] += (part.residual**2).sum(axis=0)
        sums["v"] += part.variance.sum(axis=0)
        sums["q_in"] += (part.fourth - part.variance**2).sum(axis=0)
        sums["surprise"] += part.surprise.sum(axis=0)
        sums["spread"] += part.spread.sum(axis=0)
    n = data.there.sum(axis=0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        outfit, infit = sums["z2"] / n, sums["r2"] / sums["v"]
        q_out = np.sqrt(sums["q_out"] / n**2 - 1.0 / n)
        q_in = np.sqrt(sums["q_in"]) / sums["v"]
        return {
            "outfit": outfit,
            "z_outfit": _standardised(outfit, q_out),
            "infit": infit,
            "z_infit": _standardised(infit, q_in),
            "zh": sums["surprise"] / np.sqrt(sums["spread"]),
        }


def _standardised(mean_square: Floats, q: Floats) -> Floats:
    return (np.cbrt(mean_square) - 1.0) * 3.0 / q + q / 3.0


def _adjusted(p: Floats) -> Floats:
    """min over the larger p of p m / rank."""
    told = np.flatnonzero(np.isfinite(p))
    order = told[np.argsort(-p[told], kind="stable")]
    found = np.full(p.shape, np.nan)
    ranks = np.arange(order.size, 0, -1)
    found[order] = np.minimum(np.minimum.accumulate(p[order] * order.size / np.maximum(ranks, 1)), 1.0)
    return found


def _statuses(n: NDArray[np.int64], n_complete: NDArray[np.int64], df: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(
        "no_answers"
        if not n[k]
        else "no_complete_cases"
        if not n_complete[k]
        else "no_degrees_of_freedom"
        if df[k] <= 0
        else "ok"
        for k in range(n.size)
    )
