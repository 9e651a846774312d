"""The reporting scale as the straight line that it is, taken from what a conclusion states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from compassess.scoring.conclusion import Conclusion

__all__ = ["NORMAL_95", "ReportingScale"]

NORMAL_95: Final = 1.96  # the standard normal quantile of 0.975


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingScale:
    """``score = intercept + slope · θ``, shown within ``[lowest, highest]``.

    The intercept is the score of the reference population's mean, the slope its standard deviation.
    """

    intercept: float
    slope: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, conclusion: Conclusion) -> ReportingScale:
        """The line through the outermost cuts; with fewer than two cuts, from the composite's score."""
        if len(conclusion.cuts) >= 2:
            theta, score = conclusion.cuts[0], conclusion.scale_cuts[0]
            slope = (conclusion.scale_cuts[-1] - score) / (conclusion.cuts[-1] - theta)
        else:
            slope = conclusion.scale_score.se / conclusion.se
            cuts = zip(conclusion.cuts, conclusion.scale_cuts, strict=True)
            theta, score = next(cuts, (conclusion.theta, conclusion.scale_score.value))
        lowest, highest = conclusion.scale_range
        return cls(intercept=score - slope * theta, slope=slope, lowest=lowest, highest=highest)

    def score(self, theta: float) -> float:
        """The score of ``theta``, which may lie beyond the ends of the scale."""
        return self.intercept + self.slope * theta

    def within(self, score: float) -> float:
        """``score``, or the end of the scale beyond which it lies."""
        return min(max(score, self.lowest), self.highest)

    def interval(self, theta: float, se: float) -> tuple[float, float]:
        """The 95 % interval θ ± 1.96 SE as scores, cut off at the ends of the scale."""
        half = NORMAL_95 * se
        return self.within(self.score(theta - half)), self.within(self.score(theta + half))
