"""Judges × items: whose variation is whose, for one cut or for several at once.

Letters. y_jic = μ_c + J_jc + I_ic + R_jic, judges j, items i, cuts c; every mean square is a matrix over the
cuts, whose diagonal is the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem

__all__ = ["RANDOM", "VarianceComponents", "variance_components"]

Floats = NDArray[np.float64]

#: What an error is over: other judges, other items, or both.
RANDOM: Final = ("judges", "items", "both")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceComponents:
    """Components σ² of one rating and mean squares, each (n_cuts, n_cuts).

    Attributes
    ----------
    judges, items, residual : components (MS − MS_R) / n and MS_R; negative ones are kept, for they are
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

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def severity(self) -> Floats:
        """σ²_J / n_J: covariance of how severe the panel is on all items alike; 0 where σ²_J ≤ 0 in a cut."""
        kept = np.diag(self.judges) > 0
        return np.where(np.outer(kept, kept), self.judges, 0.0) / self.n_judges

    def error_of_mean(self, random: str) -> Floats:
        """Covariance of the panel's mean rating of an item, over new judges, new items, or both.

        - "judges": MS_J / (n_J n_I), expected σ²_J / n_J + σ²_R / (n_J n_I);
        - "items": MS_I / (n_J n_I), expected σ²_I / n_I + σ²_R / (n_J n_I);
        - "both": σ²_J / n_J (0 where negative) + MS_I / (n_J n_I), expected
          σ²_J / n_J + σ²_I / n_I + σ²_R / (n_J n_I).

        Raises
        ------
        InputError : an unknown ``random``.

        References
        ----------
        Brennan (2001), Generalizability Theory, ch. 2; Kane (1994), Review of Educational Research 64, for
        its use on cut scores.
        """
        if random not in RANDOM:
            raise InputError(
                Problem(where="random", what="unknown", got=repr(random), expected=" or ".join(RANDOM))
            )
        cells = self.n_judges * self.n_items
        if random == "judges":
            return self.mean_square_judges / cells
        shared = self.severity if random == "both" else 0.0
        return self.mean_square_items / cells + shared

    @property
    def generalizability(self) -> Floats:
        """How well the panel's means order the items: σ²_I / (σ²_I + σ²_R / n_J) by cut, (n_cuts,).

        0 where the items' component is not positive, NaN where nothing varies.

        References
        ----------
        Brennan (2001), Generalizability Theory, ch. 2, Eρ² for relative decisions.
        """
        items, residual = np.diag(self.items), np.diag(self.residual) / self.n_judges
        kept = np.maximum(items, 0.0)
        total = kept + residual
        return np.where(total > 0, kept / np.where(total > 0, total, 1.0), np.nan)


def variance_components(ratings: ArrayLike) -> VarianceComponents:
    """The crossed two-way analysis with one rating a cell; ``ratings`` (n_judges, n_items, n_cuts).

    σ²_J = (MS_J − MS_R) / n_I, σ²_I = (MS_I − MS_R) / n_J, σ²_R = MS_R.

    Raises
    ------
    InputError : another shape, fewer than two judges or items, ratings that are not finite.

    References
    ----------
    Brennan (2001), Generalizability Theory, ch. 2.
    """
    y = np.asarray(ratings, dtype=np.float64)
    if y.ndim != 3 or min(y.shape[:2]) < 2 or not np.isfinite(y).all():
        raise InputError(
            Problem(
                where="ratings",
                what="no analysis of variance",
                got=f"shape {y.shape}, {int((~np.isfinite(y)).sum())} not finite",
                expected="(n_judges, n_items, n_cuts) with two judges and two items or more",
            )
        )
    n_judges, n_items, _ = y.shape
    mean = y.mean(axis=(0, 1))
    judges, items = y.mean(axis=1) - mean, y.mean(axis=0) - mean
    rest = y - mean - judges[:, None] - items
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
