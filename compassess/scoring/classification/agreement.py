"""Two classifications of the same people, as a table of true and assigned bands and what follows from it.

Letters. p_ij the share whose true band is i and whose assigned band is j, 0 the lowest; p_i·, p_·j its
margins. Either the truth is known (simulation, a second form), or the table is expected from the
probabilities of the bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.classification.inputs import band_indices, band_table, person_weights
from compassess.scoring.classification.intervals import ConfidenceInterval, effective_size, wilson

__all__ = ["BandAgreement", "Confusion", "band_agreement", "confusion", "expected_confusion"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandAgreement:
    """Two classifications of the same people.

    ``exact`` is the share that agrees; ``kappa`` is Cohen's, (p_o − p_e) / (1 − p_e), NaN where both
    always say the same one band; ``two_bands_off`` is the share that differs by two bands or more.
    """

    exact: float
    kappa: float
    two_bands_off: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Confusion:
    """The table true × assigned.

    Attributes
    ----------
    counts : (n_bands, n_bands), rows true and columns assigned; sums of weights, or of probabilities.
    n : how many equally weighted persons they are worth, (Σ w)² / Σ w².

    Every quantity of one band is (n_bands,), NaN where nobody is in what it divides by. Intervals are
    Wilson's. Of an expected table they are too wide: its cells are means of probabilities, which scatter
    less than zeros and ones.
    """

    counts: Floats
    n: float

    @property
    def shares(self) -> Floats:
        """p_ij, (n_bands, n_bands); they sum to 1."""
        return np.asarray(self.counts / self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Σ_i p_ii, the share that agrees."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def two_bands_off(self) -> float:
        """Σ p_ij over |i − j| ≥ 2: the share of errors by two bands or more."""
        return float(self.counts[self._distance >= 2].sum() / self.counts.sum())

    @property
    def kappa(self) -> float:
        """Cohen's κ = (p_o − p_e) / (1 − p_e), p_e = Σ_i p_i· p_·i; NaN where one band is all there is."""
        return self._kappa(np.eye(len(self.counts)))[0]

    @property
    def kappa_se(self) -> float:
        """Large-sample standard error of κ (Fleiss, Cohen & Everitt 1969)."""
        return self._kappa(np.eye(len(self.counts)))[1]

    @property
    def weighted_kappa(self) -> float:
        """κ with weights 1 − (i − j)² / (K − 1)²: errors count by their square (Cohen 1968)."""
        return self._kappa(self._quadratic)[0]

    @property
    def weighted_kappa_se(self) -> float:
        """Large-sample standard error of the quadratically weighted κ (Fleiss, Cohen & Everitt 1969)."""
        return self._kappa(self._quadratic)[1]

    @property
    def true_shares(self) -> Floats:
        """p_i·, (n_bands,)."""
        return np.asarray(self.shares.sum(axis=1))

    @property
    def assigned_shares(self) -> Floats:
        """p_·j, (n_bands,)."""
        return np.asarray(self.shares.sum(axis=0))

    @property
    def sensitivity(self) -> Floats:
        """p_kk / p_k·: of those who belong into the band, the share that was put there."""
        return _over(np.diag(self.shares), self.true_shares)

    @property
    def specificity(self) -> Floats:
        """Of those who do not belong into the band, the share that was not put there."""
        outside = 1.0 - self.true_shares - self.assigned_shares + np.diag(self.shares)
        return _over(outside, 1.0 - self.true_shares)

    @property
    def predictive_value(self) -> Floats:
        """p_kk / p_·k: of those who were put into the band, the share that belongs there."""
        return _over(np.diag(self.shares), self.assigned_shares)

    def accuracy_interval(self, confidence: float = 0.95) -> ConfidenceInterval:
        """Wilson's interval of the accuracy."""
        return wilson(self.accuracy, self.n, confidence)

    def two_bands_off_interval(self, confidence: float = 0.95) -> ConfidenceInterval:
        """Wilson's interval of the share of errors by two bands or more; above 0 where none was seen."""
        return wilson(self.two_bands_off, self.n, confidence)

    def sensitivity_interval(self, confidence: float = 0.95) -> ConfidenceInterval:
        """Wilson's intervals of the sensitivities, given how many belong into each band."""
        return wilson(self.sensitivity, self.n * self.true_shares, confidence)

    def predictive_value_interval(self, confidence: float = 0.95) -> ConfidenceInterval:
        """Wilson's intervals of the predictive values, given how many were put into each band."""
        return wilson(self.predictive_value, self.n * self.assigned_shares, confidence)

    @property
    def _distance(self) -> NDArray[np.intp]:
        band = np.arange(len(self.counts))
        return np.abs(band[:, None] - band)

    @property
    def _quadratic(self) -> Floats:
        return np.asarray(1.0 - (self._distance / (len(self.counts) - 1)) ** 2)

    def _kappa(self, v: Floats) -> tuple[float, float]:
        """Weighted κ and its standard error; ``v`` the weights of agreement, 1 on the diagonal."""
        p, true, assigned = self.shares, self.true_shares, self.assigned_shares
        observed, by_chance = float((p * v).sum()), float(true @ v @ assigned)
        left = 1.0 - by_chance
        if left <= 1e-12:  # rounding of margins that sum to 1 leaves less than this
            return float("nan"), float("nan")
        kappa = (observed - by_chance) / left
        margins = (v @ assigned)[:, None] + v.T @ true
        spread = float((p * (v - margins * (1.0 - kappa)) ** 2).sum())
        variance = (spread - (kappa - by_chance * (1.0 - kappa)) ** 2) / (self.n * left**2)
        return kappa, float(np.sqrt(max(variance, 0.0)))


def confusion(
    true: ArrayLike, assigned: ArrayLike, *, n_bands: int | None = None, weights: ArrayLike | None = None
) -> Confusion:
    """The table of two classifications into bands 0 (the lowest), 1, … of the same people.

    counts_ij = Σ_n w_n 1(true_n = i, assigned_n = j).

    Parameters
    ----------
    true, assigned : (n,) whole numbers.
    n_bands : how many bands there are; default as many as occur, and at least 2. Weighted κ hangs on it.
    weights : of persons.

    Raises
    ------
    InputError : bands that are not whole numbers 0 … n_bands − 1, lengths that differ, weights that are none.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37-46; Cohen (1968), Psychological Bulletin
    70, 213-220; Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327.
    """
    problems: list[Problem] = []
    one = band_indices(true, None, n_bands, "true", problems)
    two = band_indices(assigned, one.size, n_bands, "assigned", problems)
    w = person_weights(weights, one.size, problems)
    raise_if_any(problems)
    width = n_bands or max(int(max(one.max(), two.max())) + 1, 2)
    counts = np.zeros((width, width))
    np.add.at(counts, (one, two), w)
    return Confusion(counts=counts, n=effective_size(w))


def expected_confusion(
    probabilities: ArrayLike, assigned: ArrayLike, *, weights: ArrayLike | None = None
) -> Confusion:
    """The table that is to be expected where nobody knows the truth, from the probabilities of the bands.

    counts_ij = Σ_n w_n p_ni 1(assigned_n = j): unbiased for the table with the true bands where the
    probabilities hold (:func:`probability_calibration` shows whether they do).

    Parameters
    ----------
    probabilities : (n, n_bands) posterior probabilities of the bands, such as ``bands`` of
        :class:`compassess.scoring.Summary`.
    assigned : (n,) the bands given, 0 the lowest.
    weights : of persons.

    Raises
    ------
    InputError : rows that are not probabilities, bands that do not fit, weights that are none.

    References
    ----------
    Wainer, Wang, Skorupski & Bradlow (2005), Journal of Educational Measurement 42, 271-281, on the posterior
    probability of passing; Guo (2006), Practical Assessment, Research & Evaluation 11(6).
    """
    problems: list[Problem] = []
    table = band_table(probabilities, problems)
    bands = band_indices(assigned, table.shape[0], table.shape[-1], "assigned", problems)
    w = person_weights(weights, table.shape[0], problems)
    raise_if_any(problems)
    put = np.eye(table.shape[1])[bands]
    return Confusion(counts=(table * w[:, None]).T @ put, n=effective_size(w))


def band_agreement(first: Sequence[int] | NDArray[np.int64], second: NDArray[np.int64]) -> BandAgreement:
    """Compare two classifications into ordered bands 0, 1, … of the same people.

    Raises
    ------
    InputError : as :func:`confusion`.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20.
    """
    table = confusion(first, second)
    return BandAgreement(exact=table.accuracy, kappa=table.kappa, two_bands_off=table.two_bands_off)


def _over(part: Floats, whole: Floats) -> Floats:
    """A share of a share; NaN where there is nobody."""
    told = whole > 1e-15  # what rounding leaves of 1 − Σ
    return np.clip(np.divide(part, whole, out=np.full(part.shape, np.nan), where=told), 0.0, 1.0)
