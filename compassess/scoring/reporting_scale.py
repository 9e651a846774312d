"""θ on the scale that people read: a linear map, limits and rounding, in this one place."""

from __future__ import annotations

from scipy.special import ndtr

from compassess.bank import Bands
from compassess.scoring.conclusion import ScaleScore

__all__ = ["linear", "on_scale", "scale_score"]


def linear(theta: float, bands: Bands) -> float:
    """mean + SD · θ, neither limited nor rounded: where a cut lies on the scale."""
    return bands.scale.mean + bands.scale.standard_deviation * theta


def on_scale(theta: float, bands: Bands) -> float:
    """mean + SD · θ, within the scale's lowest and highest score, rounded to its decimals."""
    scale = bands.scale
    return round(min(max(linear(theta, bands), scale.minimum), scale.maximum), scale.decimals)


def scale_score(theta: float, se: float, bands: Bands) -> ScaleScore:
    """The score, its standard error on the same scale (one more decimal), and 100 Φ(θ)."""
    scale = bands.scale
    return ScaleScore(
        value=on_scale(theta, bands),
        se=round(scale.standard_deviation * se, scale.decimals + 1),
        percentile=round(100.0 * float(ndtr(theta)), 1),
    )
