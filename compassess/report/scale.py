"""The reporting scale of a conclusion: what places a θ in the profile, and what an interval becomes.

Rule: no formula of its own. A conclusion states its scale and norms, and
:class:`compassess.scoring.ScoreMap` does the rest. Without them there is a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from compassess.bank import Scale
from compassess.scoring.conclusion import Conclusion
from compassess.scoring.reporting_scale import ScoreMap

__all__ = ["NORMAL_95", "ReportingScale"]

NORMAL_95: Final = 1.96  # the standard normal quantile of 0.975


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingScale:
    """The composite's scale, shown within ``[lowest, highest]``.

    ``mean`` and ``standard_deviation`` are those that the population has whom scores are relative to.
    """

    scores: ScoreMap
    lowest: float
    highest: float

    @classmethod
    def of(cls, conclusion: Conclusion) -> ReportingScale:
        """The scale and norms that the conclusion states, or the line that its scores lie on."""
        lowest, highest = conclusion.scale_range
        norm = None if conclusion.norms is None else conclusion.norms.composite
        scores = ScoreMap.one(conclusion.scale or _line(conclusion), norm)
        return cls(scores=scores, lowest=lowest, highest=highest)

    @property
    def mean(self) -> float:
        """The population's mean as a score."""
        return self.scores.scale.mean

    @property
    def standard_deviation(self) -> float:
        """The population's standard deviation in points."""
        return self.scores.scale.standard_deviation

    @property
    def by_percentiles(self) -> bool:
        """Whether scores are percentile ranks."""
        return self.scores.scale.kind == "percentile"

    def score(self, theta: float) -> float:
        """The score of ``theta``, which may lie beyond the ends of the scale."""
        return float(self.scores.score(theta))

    def within(self, score: float) -> float:
        """``score``, or the end of the scale beyond which it lies."""
        return min(max(score, self.lowest), self.highest)

    def interval(self, theta: float, se: float) -> tuple[float, float]:
        """The 95 % interval θ ± 1.96 SE as scores, cut off at the ends of the scale."""
        half = NORMAL_95 * se
        return self.within(self.score(theta - half)), self.within(self.score(theta + half))


def _line(conclusion: Conclusion) -> Scale:
    """The line through the outermost cuts; with fewer than two cuts, from the composite's score."""
    if len(conclusion.cuts) >= 2:
        theta, score = conclusion.cuts[0], conclusion.scale_cuts[0]
        slope = (conclusion.scale_cuts[-1] - score) / (conclusion.cuts[-1] - theta)
    else:
        slope = conclusion.scale_score.se / conclusion.se
        cuts = zip(conclusion.cuts, conclusion.scale_cuts, strict=True)
        theta, score = next(cuts, (conclusion.theta, conclusion.scale_score.value))
    lowest, highest = conclusion.scale_range
    return Scale(
        mean=score - slope * theta, standard_deviation=slope, minimum=lowest, maximum=highest, decimals=0
    )
