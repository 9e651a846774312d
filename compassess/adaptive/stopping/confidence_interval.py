"""A cut is decided when an interval around the estimate does not hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import (
    NEAR,
    PreparedClassification,
    band_between,
    bands_leant_to,
)
from compassess.adaptive.stopping.parameters import not_between
from compassess.adaptive.stopping.posteriors import mean_and_sd_of
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import raise_if_any

__all__ = ["ConfidenceInterval"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceInterval(Classifying):
    """Above a cut when θ̂ − z SE lies above it, below when θ̂ + z SE lies below it.

    θ̂ and SE are posterior mean and SD, z = Φ⁻¹((1 + ``confidence``) / 2), 1.96 for 0.95. It is what
    adaptive mastery testing does, with a posterior. Errors on one side of a cut have half of
    1 − ``confidence`` where the posterior is normal and looked at once; it is looked at after every item.

    References
    ----------
    Kingsbury & Weiss (1983), in Weiss (ed.), New horizons in testing, 257-283.
    """

    name: ClassVar[str] = "confidence_interval"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "classified"

    confidence: float = 0.95

    def __post_init__(self) -> None:
        raise_if_any([*cut_problems(self), *not_between(0.0, 1.0, confidence=self.confidence)])

    def prepared(self, pool: Pool) -> PreparedClassification:
        """With the quantile of the interval."""
        targets = targets_of(self, pool)
        intervals = _Intervals(targets, float(ndtri(0.5 * (1.0 + self.confidence))))
        return PreparedClassification(targets, pool.lattice.n_blocks, intervals)


@dataclass(frozen=True, slots=True)
class _Intervals:
    targets: tuple[Target, ...]
    quantile: float

    def bands(self, view: View) -> NDArray[np.intp]:
        return np.stack([self._band(view, target) for target in self.targets], axis=1)

    def leanings(self, view: View) -> NDArray[np.intp]:
        means = (mean_and_sd_of(view, target)[0] for target in self.targets)
        leant = [bands_leant_to(mean[:, None] - t.cuts) for mean, t in zip(means, self.targets, strict=True)]
        return np.stack(leant, axis=1)

    def _band(self, view: View, target: Target) -> NDArray[np.intp]:
        mean, sd = mean_and_sd_of(view, target)
        distance = mean[:, None] - target.cuts
        beyond = np.abs(distance) >= self.quantile * sd[:, None] + NEAR
        return band_between(np.where(beyond, np.sign(distance), 0.0).astype(np.int8))
