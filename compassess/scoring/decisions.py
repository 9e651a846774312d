"""From probabilities to words: bands, risk zones, strengths and weaknesses, by the bands file.

Rule: a function here sees numbers and the file's thresholds, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.bank import Bands

__all__ = ["NEEDS_MORE_EVIDENCE", "above_risk_zones", "band_of", "contrasts", "most_probable", "risk_of"]

NEEDS_MORE_EVIDENCE: Final = "needs_more_evidence"
_TIE: Final = 1e-9  # far above the last bits of a sum, far below any probability that matters


def band_of(probabilities: Sequence[float] | NDArray[np.float64], bands: Bands) -> str:
    """The most probable band; withheld where the file asks for more probability than it has."""
    best = int(most_probable(np.asarray(probabilities)))
    name = bands.bands[best]
    return name if probabilities[best] >= bands.confirmation.get(name, 0.0) else NEEDS_MORE_EVIDENCE


def most_probable(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the most probable band along the last axis.

    Near-ties (a billionth) go to the highest of them, so that rounding never costs a person a band.
    """
    tied = probabilities >= probabilities.max(axis=-1, keepdims=True) - _TIE
    return np.asarray(probabilities.shape[-1] - 1 - np.argmax(tied[..., ::-1], axis=-1))


def risk_of(probability: float, n_items: int, bands: Bands) -> str:
    """The risk zone of a competency from P(θ_c < threshold) and the number of its items answered.

    "insufficient" below the stated minimum of items; "risk" at or above the file's risk probability;
    "clear" at or below its clear probability; "watch" between.
    """
    rule = bands.risk
    if n_items < rule.minimum_items:
        return "insufficient"
    if probability >= rule.risk_probability:
        return "risk"
    return "clear" if probability <= rule.clear_probability else "watch"


def above_risk_zones(p_above_all: float, n_items: Sequence[int], bands: Bands) -> bool | None:
    """Whether the joint probability is enough; None where some competency has too few items."""
    if min(n_items) < bands.risk.minimum_items:
        return None
    return p_above_all >= bands.risk.above_all_probability


def contrasts(
    p_above_own_mean: Mapping[str, float], n_items: Mapping[str, int], bands: Bands
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Strengths and weaknesses, the clearest first; competencies with too few items are never named."""
    enough = {c: p for c, p in p_above_own_mean.items() if n_items[c] >= bands.risk.minimum_items}
    sure = bands.contrast_probability
    strong = sorted((c for c, p in enough.items() if p >= sure), key=lambda c: -enough[c])
    weak = sorted((c for c, p in enough.items() if 1.0 - p >= sure), key=lambda c: enough[c])
    return tuple(strong), tuple(weak)
