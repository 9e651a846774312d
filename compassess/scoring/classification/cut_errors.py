"""How sharply a test measures at its cuts.

Letters. c a cut, I(θ) the test information, SE(c) = 1 / √I(c). Whoever is nearer to c than z SE(c) is put on
the wrong side more often than α = Φ(−z) of the time: the indifference zone of the cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, total_information
from compassess.responses import frame
from compassess.scoring.classification.inputs import finite_vector
from compassess.scoring.cuts import ascending

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CutErrors", "cut_errors", "cut_errors_of_persons"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutErrors:
    """The error at every cut, (n_cuts,) each.

    Attributes
    ----------
    cuts : on θ.
    se : the conditional standard error at the cut; ∞ without information, NaN without persons near it.
    zone_low, zone_high : the indifference zone, c ∓ z SE(c).
    n_near : how many persons ``se`` is told from; 0 where it comes from items.
    """

    cuts: Floats
    se: Floats
    zone_low: Floats
    zone_high: Floats
    n_near: NDArray[np.intp]

    @property
    def zone_width(self) -> Floats:
        """2 z SE(c), (n_cuts,)."""
        return self.zone_high - self.zone_low

    def to_frame(self) -> pd.DataFrame:
        """A row a cut."""
        columns = {name: getattr(self, name) for name in self.__slots__}
        return frame({**columns, "zone_width": self.zone_width})


def cut_errors(items: Items, cuts: ArrayLike, *, alpha: float = 0.05) -> CutErrors:
    """The conditional standard error of a form at every cut: SE(c) = 1 / √Σ_i I_i(c).

    Parameters
    ----------
    items : of one dimension.
    cuts : on θ, ascending.
    alpha : how often a person at the edge of the indifference zone is put on the wrong side,
        z = Φ⁻¹(1 − alpha).

    Raises
    ------
    InputError : cuts out of order, alpha outside (0, ½).

    References
    ----------
    Standards for Educational and Psychological Testing (AERA, APA & NCME 2014), 2.14: the conditional
    standard error near each cut; Lord (1980), ch. 5; the zone: Wald (1947), Sequential Analysis.
    """
    problems: list[Problem] = []
    edges, z = ascending(cuts, problems), _quantile(alpha, problems)
    raise_if_any(problems)
    information = total_information(items, edges)
    se = np.divide(1.0, np.sqrt(information), out=np.full(edges.size, np.inf), where=information > 0)
    return _told(edges, se, z, np.zeros(edges.size, dtype=np.intp))


def cut_errors_of_persons(
    theta: ArrayLike, se: ArrayLike, cuts: ArrayLike, *, near: float = 0.25, alpha: float = 0.05
) -> CutErrors:
    """The mean standard error, or posterior SD, of the persons near every cut.

    SE(c) = mean of se_n over |θ_n − c| ≤ near: what an adaptive test reaches there, where no form says it.

    Parameters
    ----------
    theta, se : (n,) estimates with their errors.
    cuts : on θ, ascending.
    near : in θ.
    alpha : as in :func:`cut_errors`.

    Limits: NaN at a cut that nobody is near to. Posterior SDs include what the prior knows, and are smaller
    than 1 / √I.

    Raises
    ------
    InputError : numbers that are not finite or do not match, se below 0, cuts out of order, near not above
        0, alpha outside (0, ½).
    """
    problems: list[Problem] = []
    points, error = finite_vector(theta, "theta", problems), finite_vector(se, "se", problems)
    edges, z = ascending(cuts, problems), _quantile(alpha, problems)
    if points.shape != error.shape or np.any(error < 0):
        problems.append(
            Problem(
                where="se",
                what="these are not standard errors of these persons",
                got=f"{error.size} numbers for {points.size} persons",
                expected="one a person, at least 0",
            )
        )
    if not near > 0:
        problems.append(Problem(where="near", what="a distance in θ", got=repr(near), expected="above 0"))
    raise_if_any(problems)
    close = np.abs(points[:, None] - edges) <= near
    n_near = close.sum(axis=0)
    mean = np.divide(error @ close, n_near, out=np.full(edges.size, np.nan), where=n_near > 0)
    return _told(edges, mean, z, n_near)


def _told(cuts: Floats, se: Floats, z: float, n_near: NDArray[np.intp]) -> CutErrors:
    return CutErrors(cuts=cuts, se=se, zone_low=cuts - z * se, zone_high=cuts + z * se, n_near=n_near)


def _quantile(alpha: float, problems: list[Problem]) -> float:
    """z = Φ⁻¹(1 − alpha)."""
    if not 0.0 < alpha < 0.5:
        problems.append(
            Problem(where="alpha", what="a rate of errors", got=repr(alpha), expected="between 0 and 0.5")
        )
        return float("nan")
    return float(-ndtri(alpha))
