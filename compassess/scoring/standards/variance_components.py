"""Judges × items: whose variation is whose, for one cut or for several at once.

Letters. y_jic = μ_c + J_jc + I_ic + R_jic, judges j, items i, cuts c; every mean square is a matrix over the
cuts, whose diagonal is the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem

__all__ = ["VarianceComponents", "variance_components"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceComponents:
    """Components σ² of one rating and mean squares, each (n_cuts, n_cuts).

    Attributes
    ----------
    judges, items, residual : components, E-estimates (MS − MS_R) / n; negative ones are kept, for they are
        unbiased. The residual holds judge × item and all else.
    mean_square_judges, mean_square_items : of the main effects.
    """

    n_judges: int
    n_items: int
    judges: Floats
    items: Floats
    residual: Floats
    mean_square_judges: Floats
    mean_square_items: Floats

    def error_of_mean(self, random: str) -> Floats:
        """Covariance of the panel's mean rating of an item, over new judges, new items, or both.

        "judges": MS_J / (n_J n_I) = σ²_J / n_J + σ²_R / (n_J n_I); "items": MS_I / (n_J n_I); "both":
        σ²_J / n_J + σ²_I / n_I + σ²_R / (n_J n_I) = (MS_J + MS_I − MS_R) / (n_J n_I).

        References
        ----------
        Brennan (2001), Generalizability Theory, ch. 2; Kane (1994), Review of Educational Research 64, for
        its use on cut scores.
        """
        cells = self.n_judges * self.n_items
        parts = {
            "judges": self.mean_square_judges,
            "items": self.mean_square_items,
            "both": self.mean_square_judges + self.mean_square_items - self.residual,
        }
        return parts[random] / cells

    @property
    def dependability(self) -> Floats:
        """How well the panel's means order the items: σ²_I / (σ²_I + σ²_R / n_J) by cut, (n_cuts,).

        0 where the items' component is not positive.
        """
        items, residual = np.diag(self.items), np.diag(self.residual) / self.n_judges
        kept = np.maximum(items, 0.0)
        total = kept + residual
        return np.where(total > 0, kept / np.where(total > 0, total, 1.0), np.nan)


def variance_components(ratings: Floats) -> VarianceComponents:
    """The crossed two-way analysis with one rating a cell; ``ratings`` (n_judges, n_items, n_cuts).

    σ²_J = (MS_J − MS_R) / n_I, σ²_I = (MS_I − MS_R) / n_J, σ²_R = MS_R.

    Raises
    ------
    InputError : fewer than two judges or items.

    References
    ----------
    Brennan (2001), Generalizability Theory, table 3.2.
    """
    n_judges, n_items, _ = ratings.shape
    if min(n_judges, n_items) < 2:
        raise InputError(
            Problem(
                where="ratings",
                what="variance needs two judges and two items",
                got=f"{n_judges} judges, {n_items} items",
            )
        )
    mean = ratings.mean(axis=(0, 1))
    judges, items = ratings.mean(axis=1) - mean, ratings.mean(axis=0) - mean
    rest = ratings - mean - judges[:, None] - items[None]
    ms_judges = n_items * judges.T @ judges / (n_judges - 1)
    ms_items = n_judges * items.T @ items / (n_items - 1)
    ms_rest = np.einsum("jic,jid->cd", rest, rest) / ((n_judges - 1) * (n_items - 1))
    return VarianceComponents(
        n_judges=n_judges,
        n_items=n_items,
        judges=(ms_judges - ms_rest) / n_items,
        items=(ms_items - ms_rest) / n_judges,
        residual=ms_rest,
        mean_square_judges=ms_judges,
        mean_square_items=ms_items,
    )
