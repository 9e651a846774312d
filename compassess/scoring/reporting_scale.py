"""θ on the scale that people read: norms, the map of the scale, its limits and its rounding.

Rule: this is the one place where a θ becomes a score. θ → z by the norms, z → score by the kind of the
scale, the score within its limits, rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import Bands, Norm, Scale
from compassess.scoring.conclusion import ScaleScore
from compassess.scoring.percentiles import percentile_rank, percentile_spread, table_rank, table_spread
from compassess.scoring.rounding import rounded

__all__ = ["ScoreMap", "block_map", "competency_map", "composite_map"]

Floats = NDArray[np.float64]

_PERCENTILE_DECIMALS: Final = 1
#: Nobody is above or below everybody: what is reported stays a step of the rounding away from 0 and 100.
_LEAST_PERCENTILE: Final = 10.0**-_PERCENTILE_DECIMALS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreMap:
    """From θ to scores, for one dimension or for several side by side.

        z = (θ − mean) / SD of the norm population        without norms z = θ
        linear kinds:    score = M + S z                  M, S the scale's mean and standard deviation
        percentile:      score = 100 Φ(z), or by the norm's table

    then limited to [LOSS, HOSS] = [minimum, maximum], and rounded to the scale's decimals (a half goes to
    the even digit, and what is a billionth of a step off a half is one).

    Shapes: of one dimension θ may have any; of several the last axis is theirs, (…, n_dimensions).

    Attributes
    ----------
    scale : the reporting scale.
    mean, standard_deviation : of θ in the norm population, () or (n_dimensions,); 0 and 1 without norms.
    tables : norms with a table of percentile ranks, by dimension.

    References
    ----------
    Kolen & Brennan (2014), Test Equating, Scaling, and Linking, ch. 9; Kolen, Hanson & Brennan (1992),
    Journal of Educational Measurement 29, 285-307, for standard errors on the reported scale.
    """

    scale: Scale
    mean: Floats
    standard_deviation: Floats
    tables: Mapping[int, Norm]

    @classmethod
    def one(cls, scale: Scale, norm: Norm | None = None) -> ScoreMap:
        """Of one dimension."""
        mean, deviation = (0.0, 1.0) if norm is None else (norm.mean, norm.standard_deviation)
        tables = {0: norm} if norm is not None and norm.theta else {}
        return cls(
            scale=scale, mean=np.asarray(mean), standard_deviation=np.asarray(deviation), tables=tables
        )

    @classmethod
    def each(cls, scale: Scale, norms: Sequence[Norm | None]) -> ScoreMap:
        """Of several dimensions, each with its norm or None."""
        return cls(
            scale=scale,
            mean=np.array([0.0 if norm is None else norm.mean for norm in norms]),
            standard_deviation=np.array([1.0 if norm is None else norm.standard_deviation for norm in norms]),
            tables={place: norm for place, norm in enumerate(norms) if norm is not None and norm.theta},
        )

    def z(self, theta: ArrayLike) -> Floats:
        """(θ − mean) / SD: standard deviations above the mean of the norm population."""
        return np.asarray((np.asarray(theta, dtype=np.float64) - self.mean) / self.standard_deviation)

    def percentile(self, theta: ArrayLike) -> Floats:
        """The percentile rank in the norm population, in (0, 100), not rounded."""
        ranks = percentile_rank(self.z(theta))
        for place, norm in self.tables.items():
            where = self._at(place)
            ranks[where] = table_rank(np.asarray(theta, dtype=np.float64)[where], norm)
        return ranks

    def score(self, theta: ArrayLike) -> Floats:
        """The score, neither limited nor rounded: where a cut lies on the scale."""
        if self.scale.kind == "percentile":
            return self.percentile(theta)
        return np.asarray(self.scale.mean + self.scale.standard_deviation * self.z(theta))

    def limited(self, theta: ArrayLike) -> Floats:
        """The score within LOSS and HOSS, not rounded."""
        return np.clip(self.score(theta), self.scale.minimum, self.scale.maximum)

    def reported(self, theta: ArrayLike) -> Floats:
        """The score as it is reported: limited and rounded."""
        return np.clip(
            rounded(self.limited(theta), self.scale.decimals), self.scale.minimum, self.scale.maximum
        )

    def interval(self, theta: ArrayLike, half: ArrayLike) -> tuple[Floats, Floats]:
        """The scores of the ends of θ ± half, within the limits: an interval keeps its coverage so."""
        centre, wide = np.asarray(theta, dtype=np.float64), np.asarray(half, dtype=np.float64)
        return self.limited(centre - wide), self.limited(centre + wide)

    def se(self, theta: ArrayLike, se: ArrayLike) -> Floats:
        """The conditional standard error of the score, of θ with its SE; not rounded.

        Linear kinds: S · SE / SD of the norm population. Percentile ranks: the SD of the rank under
        N(θ, SE²), exactly (:func:`compassess.scoring.percentiles.percentile_spread`); by a table, by a sum.
        Limits and rounding are left out: near LOSS and HOSS the reported score varies less than this.
        """
        error = np.asarray(se, dtype=np.float64) / self.standard_deviation
        if self.scale.kind != "percentile":
            return np.asarray(self.scale.standard_deviation * error)
        spread = percentile_spread(self.z(theta), error)
        centre, width = np.broadcast_arrays(
            np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64)
        )
        for place, norm in self.tables.items():
            where = self._at(place)
            spread[where] = table_spread(centre[where], width[where], norm)
        return spread

    def reported_se(self, theta: ArrayLike, se: ArrayLike) -> Floats:
        """The standard error as it is reported: with one more decimal than the score."""
        return rounded(self.se(theta, se), self.scale.decimals + 1)

    def reported_percentile(self, theta: ArrayLike) -> Floats:
        """The percentile rank with one decimal: 0.1 at the least, 99.9 at the most.

        On a percentile scale it is within LOSS and HOSS, too, so that it does not say more than the score.
        """
        low, high = _LEAST_PERCENTILE, 100.0 - _LEAST_PERCENTILE
        if self.scale.kind == "percentile":
            # Limits of 0 and 100 are those of the scale's scores; a rank is within them.
            low, high = max(low, self.scale.minimum), min(high, self.scale.maximum)
        return np.clip(rounded(self.percentile(theta), _PERCENTILE_DECIMALS), low, high)

    def scale_scores(self, theta: ArrayLike, se: ArrayLike) -> list[ScaleScore]:
        """Score, standard error and percentile of every dimension of one person."""
        columns = (self.reported(theta), self.reported_se(theta, se), self.reported_percentile(theta))
        rows = zip(*(np.atleast_1d(column).tolist() for column in columns), strict=True)
        return [ScaleScore(value=value, se=error, percentile=rank) for value, error, rank in rows]

    def _at(self, place: int) -> tuple[EllipsisType, ...] | tuple[EllipsisType, int]:
        """The entries of one dimension: all of them where there is only one."""
        return (..., place) if self.mean.ndim else (...,)


def composite_map(bands: Bands) -> ScoreMap:
    """The map of the composite."""
    return ScoreMap.one(bands.scale, None if bands.norms is None else bands.norms.composite)


def block_map(bands: Bands, blocks: Sequence[str]) -> ScoreMap:
    """The map of blocks side by side."""
    return ScoreMap.each(
        bands.scale, [None if bands.norms is None else bands.norms.blocks[name] for name in blocks]
    )


def competency_map(bands: Bands, competencies: Sequence[str]) -> ScoreMap:
    """The map of competencies side by side."""
    return ScoreMap.each(
        bands.scale,
        [None if bands.norms is None else bands.norms.competencies[name] for name in competencies],
    )
