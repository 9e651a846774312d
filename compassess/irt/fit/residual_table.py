"""Observed beside expected proportions of every category by groups of θ, as rows to plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from compassess.errors import InputError, Problem
from compassess.irt.ability import Scores
from compassess.irt.curves import probability
from compassess.irt.fit.residuals import answered
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["residual_table"]


def residual_table(
    responses: Responses,
    items: Items,
    scores: Scores | None = None,
    *,
    n_groups: int = 10,
    level: float = 0.95,
    method: str = "EAP",
    population: Population | None = None,
) -> pd.DataFrame:
    """A row for every item, group of θ̂ and category: observed and expected proportion, with an interval.

    Groups are of equal size by the θ̂ of the item's competency. The interval is Wilson's (1927) about the
    observed proportion; ``expected`` is the mean of P_k(θ̂) over the group, ``z`` the standardised residual
    (observed − expected) / √(mean P (1 − P) / n).

    Limits: θ̂ hangs on the item itself; in short tests the outer groups look steeper than the curve.

    Raises
    ------
    InputError : as :func:`compassess.irt.item_fit`; fewer than two groups, a level outside (0, 1).

    References
    ----------
    Hambleton, Swaminathan & Rogers (1991), Fundamentals of item response theory, ch. 4; Wilson (1927),
    Journal of the American Statistical Association 22.
    """
    if n_groups < 2 or not 0.0 < level < 1.0:
        raise InputError(
            Problem(
                where="n_groups, level",
                what="no groups, or no level",
                got=f"{n_groups}, {level}",
                expected="2 or more, a number between 0 and 1",
            )
        )
    data = answered(responses, items, scores, method=method, population=population)
    z = float(ndtri(0.5 + level / 2))
    columns: dict[str, list[object]] = {
        name: []
        for name in ("item", "group", "theta", "n", "category", "observed", "expected", "lower", "upper", "z")
    }
    for place, name in enumerate(data.items.ids):
        theta = data.theta[:, data.items.competency_index[place]]
        rows = np.flatnonzero(data.there[:, place])
        order = rows[np.argsort(theta[rows], kind="stable")]
        n_categories = int(data.items.n_categories[place])
        for group, who in enumerate(np.array_split(order, n_groups)):
            if not who.size:
                continue
            p = probability(data.items.select([name]), theta[who])[0, :n_categories]
            p = p / p.sum(axis=0)
            for k in range(n_categories):
                share, expected = float(np.mean(data.codes[who, place] == k)), float(p[k].mean())
                lower, upper = _wilson(share, who.size, z)
                spread = np.sqrt(np.mean(p[k] * (1 - p[k])) / who.size)
                row = {
                    "item": name,
                    "group": group + 1,
                    "theta": float(theta[who].mean()),
                    "n": who.size,
                    "category": k,
                    "observed": share,
                    "expected": expected,
                    "lower": lower,
                    "upper": upper,
                    "z": (share - expected) / spread if spread > 0 else np.nan,
                }
                for column, value in row.items():
                    columns[column].append(value)
    return frame(columns)


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    """Where (share − p)² ≤ z² p (1 − p) / n; no rounding leaves the share outside."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return min(float(middle - half), share), max(float(middle + half), share)
