"""Accuracy and consistency of a classification, from the chance of every band.

Letters. p_nk the probability that person (or node) n is put into band k = 0 … K − 1, t_n the band that n
belongs to, w_n weights that sum to 1. Cut j lies between the bands j − 1 and j, j = 1 … K − 1, and
u_nj = Σ_{k ≥ j} p_nk. Rudner's, Lee's and Guo's methods differ in where p and t come from, and in nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.responses import frame
from compassess.scoring.classification.inputs import band_indices, band_table, person_weights

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassificationIndices", "classification_indices"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassificationIndices:
    """Accuracy and consistency at every cut (marginal), and of all bands at once (simultaneous).

    Attributes
    ----------
    accuracy : (n_cuts,) probability that true and assigned band lie on the same side of the cut.
    consistency : (n_cuts,) probability that two parallel tests put a person on the same side.
    kappa : (n_cuts,) consistency beyond chance; NaN where everybody is on one side.
    false_positive : (n_cuts,) probability of being assigned above the cut and belonging below it.
    false_negative : (n_cuts,) of being assigned below and belonging above; accuracy and both sum to 1.
    simultaneous_accuracy, simultaneous_consistency, simultaneous_kappa : the same of all bands.
    conditional_accuracy, conditional_consistency : simultaneous, of every person or node, (n,).
    """

    accuracy: Floats
    consistency: Floats
    kappa: Floats
    false_positive: Floats
    false_negative: Floats
    simultaneous_accuracy: float
    simultaneous_consistency: float
    simultaneous_kappa: float
    conditional_accuracy: Floats
    conditional_consistency: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a cut, and a last row for all bands at once, whose false rates are empty."""
        empty = float("nan")
        return frame(
            {
                "cut": [*(str(j + 1) for j in range(self.accuracy.size)), "all"],
                "accuracy": [*self.accuracy, self.simultaneous_accuracy],
                "consistency": [*self.consistency, self.simultaneous_consistency],
                "kappa": [*self.kappa, self.simultaneous_kappa],
                "false_positive": [*self.false_positive, empty],
                "false_negative": [*self.false_negative, empty],
            }
        )


def classification_indices(
    probabilities: ArrayLike, bands: ArrayLike, *, weights: ArrayLike | None = None
) -> ClassificationIndices:
    """Accuracy and consistency from band probabilities and the bands that they are compared with.

    Simultaneous: accuracy Σ_n w_n p_n,t(n); consistency Σ_n w_n Σ_k p_nk²; κ = (consistency − c) / (1 − c)
    with c = Σ_k (Σ_n w_n p_nk)². At a cut the same with two bands, whose probabilities are u_nj and 1 − u_nj.

    Parameters
    ----------
    probabilities : (n, n_bands), rows sum to 1; of persons, or of nodes of a quadrature.
    bands : (n,) places of bands, 0 the lowest.
    weights : of persons, or the masses of the nodes; default equal.

    Limits: accuracy and consistency are 1 where every row has a 1 (in its band); consistency is at least
    1 / n_bands, and at a cut at least ½.

    Raises
    ------
    InputError : rows that are not probabilities, unknown bands, weights that are none.

    References
    ----------
    Lee (2010), Journal of Educational Measurement 47, 1-17; Lee, Hanson & Brennan (2002), Applied
    Psychological Measurement 26, 412-432, for κ and the false rates.
    """
    problems: list[Problem] = []
    p = band_table(probabilities, problems)
    n, n_bands = p.shape[0], p.shape[-1]
    t = band_indices(bands, n, n_bands, "bands", problems)
    w = person_weights(weights, n, problems)
    raise_if_any(problems)
    w = w / w.sum()
    above = np.cumsum(p[:, ::-1], axis=1)[:, -2::-1]  # u by cut: the mass of all bands from it on
    belongs = t[:, None] >= np.arange(1, n_bands)
    false_positive = w @ np.where(belongs, 0.0, above)
    false_negative = w @ np.where(belongs, 1.0 - above, 0.0)
    consistency = w @ (above**2 + (1.0 - above) ** 2)
    share = w @ above
    right, alike = p[np.arange(n), t], (p**2).sum(axis=1)
    all_alike = float(w @ alike)
    return ClassificationIndices(
        accuracy=1.0 - false_positive - false_negative,
        consistency=consistency,
        kappa=_beyond_chance(consistency, share**2 + (1.0 - share) ** 2),
        false_positive=false_positive,
        false_negative=false_negative,
        simultaneous_accuracy=float(w @ right),
        simultaneous_consistency=all_alike,
        simultaneous_kappa=float(_beyond_chance(all_alike, ((w @ p) ** 2).sum())),
        conditional_accuracy=right,
        conditional_consistency=alike,
    )


def _beyond_chance(observed: ArrayLike, chance: ArrayLike) -> Floats:
    """(observed − chance) / (1 − chance); NaN where chance is all there is."""
    seen, luck = np.asarray(observed, dtype=np.float64), np.asarray(chance, dtype=np.float64)
    left = 1.0 - luck
    told = left > 1e-12  # rounding of sums of squares leaves less than this
    return np.divide(seen - luck, left, out=np.full(np.shape(seen), np.nan), where=told)
