"""From θ, or from a sum of answers, to the reported score with its conditional standard error: tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import Norm, Scale
from compassess.errors import InputError, Problem
from compassess.irt import Items, sum_scores, total_information
from compassess.responses import frame
from compassess.scoring.reporting_scale import ScoreMap

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScoreTable", "score_table", "sum_score_table"]

Floats = NDArray[np.float64]

_ALONG: Final = np.linspace(-4.0, 4.0, 33)  # quarters of an SD, as manuals print them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """Rows of a table, (n_rows,) each.

    Attributes
    ----------
    sum : the sums of answers, ascending; None for a table along θ.
    theta, se : θ and its standard error; infinite where the items say nothing.
    score, score_se : as they are reported; ``score_se`` is the conditional standard error of measurement.
    percentile : the rank in the norm population.
    """

    sum: NDArray[np.intp] | None
    theta: Floats
    se: Floats
    score: Floats
    score_se: Floats
    percentile: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a θ or sum: sum (where there are sums), theta, se, score, score_se, percentile."""
        columns = {name: getattr(self, name) for name in self.__slots__}
        return frame({name: values for name, values in columns.items() if values is not None})


def score_table(
    items: Items, scale: Scale, *, norm: Norm | None = None, theta: ArrayLike | None = None
) -> ScoreTable:
    """The score and its conditional standard error along θ, of a form that consists of all ``items``.

    SE(θ) = 1 / √I(θ), I the test information, carried over to the scale
    (:meth:`compassess.scoring.reporting_scale.ScoreMap.se`).

    Parameters
    ----------
    items : of one dimension: one competency, or one block whose competencies all have λ = 1.
    norm : of this dimension; without it scores are relative to the reference population.
    theta : by default −4 to 4 in quarters.

    Raises
    ------
    InputError : items of several dimensions.

    References
    ----------
    Lord (1980), ch. 5; Kolen, Zeng & Hanson (1996), Journal of Educational Measurement 33, 129-140.
    """
    _refuse_several_dimensions(items)
    points = np.atleast_1d(np.asarray(_ALONG if theta is None else theta, dtype=np.float64))
    with np.errstate(divide="ignore"):  # no information, no bound on the error
        se = 1.0 / np.sqrt(total_information(items, points))
    return _table(ScoreMap.one(scale, norm), points, se, None)


def sum_score_table(items: Items, scale: Scale, *, norm: Norm | None = None) -> ScoreTable:
    """From each sum of answers to the score: E(θ | sum) and its posterior SD on the scale.

    Sums whose probability is lost in floating point have NaN.

    Raises
    ------
    InputError : items of several dimensions (:func:`compassess.irt.sum_scores`).
    """
    found = sum_scores(items)
    return _table(ScoreMap.one(scale, norm), found.theta, found.se, found.score)


def _table(scores: ScoreMap, theta: Floats, se: Floats, total: NDArray[np.intp] | None) -> ScoreTable:
    return ScoreTable(
        sum=total,
        theta=theta,
        se=se,
        score=scores.reported(theta),
        score_se=scores.reported_se(theta, se),
        percentile=scores.reported_percentile(theta),
    )


def _refuse_several_dimensions(items: Items) -> None:
    """Raise for items whose answers hang on more than one θ."""
    people = items.population
    own = np.unique(items.competency_index[items.usable])
    alike = np.unique(people.block_of[own]).size <= 1 and np.all(people.loadings[own] == 1.0)
    if own.size > 1 and not alike:
        raise InputError(
            Problem(
                where="items",
                what="a score table needs items of one dimension",
                got=", ".join(people.competencies[competency] for competency in own.tolist()),
                expected="one competency, or one block whose competencies have λ = 1",
                remedy="Select the items of one competency.",
            )
        )
