"""Whether a rater's marks follow the model: infit and outfit over all that the rater marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.ability import Scores
from compassess.irt.fit.residuals import answered, moments
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RaterFit", "rater_fit"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterFit:
    """The answer of :func:`rater_fit`: by rater the number of marks, infit and outfit, and the mean residual.

    ``bias`` is the mean of mark less expectation, in categories: near 0 where the severity is estimated.
    """

    raters: tuple[str, ...]
    n_marks: NDArray[np.int64]
    infit: Floats
    outfit: Floats
    bias: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a rater."""
        return frame(
            {
                "rater": self.raters,
                "n_marks": self.n_marks,
                "infit": self.infit,
                "outfit": self.outfit,
                "bias": self.bias,
            }
        )


def rater_fit(
    responses: Responses,
    items: Items,
    facets: Mapping[str, tuple[str, str]],
    *,
    scores: Scores | None = None,
    method: str = "EAP",
    population: Population | None = None,
) -> RaterFit:
    """Infit Σ r² / Σ v and outfit mean of r² / v over a rater's marks, r = x − E, v = Var x at θ̂.

    Expected is about 1, a little less, because θ̂ is fitted to the marks. Above, the marks are more
    erratic than the model allows; below, they hang on each other, or on the middle category.

    Parameters
    ----------
    facets : as handed to :func:`compassess.irt.calibrate`.
    scores, method, population : θ, as in :func:`compassess.irt.item_fit`.

    Raises
    ------
    InputError : no rating among the items; what :func:`compassess.irt.item_fit` refuses.

    References
    ----------
    Linacre (1989), Many-Facet Rasch Measurement, ch. 6; Wright & Masters (1982), p. 100.
    """
    data = answered(responses, items, scores, method=method, population=population)
    columns = [row for row, name in enumerate(data.items.ids) if name in facets]
    if not columns:
        raise InputError(Problem(where="facets", what="none of the items is a rating"))
    rater_of = [facets[data.items.ids[row]][1] for row in columns]
    raters = tuple(dict.fromkeys(rater_of))
    place = np.array([raters.index(name) for name in rater_of])
    sums = np.zeros((5, len(columns)))
    for rows, found in moments(data):
        there = data.there[rows][:, columns]
        residual, variance = found.residual[:, columns], found.variance[:, columns]
        standard = np.divide(residual**2, variance, out=np.zeros_like(residual), where=there & (variance > 0))
        sums += [part.sum(axis=0) for part in (there, residual, variance, standard, residual**2)]
    n, bias, spread, outfit, square = (np.bincount(place, part, minlength=len(raters)) for part in sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        return RaterFit(
            raters=raters,
            n_marks=n.astype(np.int64),
            infit=square / spread,
            outfit=outfit / n,
            bias=bias / n,
        )
