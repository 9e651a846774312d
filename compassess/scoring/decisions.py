"""From probabilities to words: bands, risk zones, strengths. The rules are those of the bands file.

Rule: every decision here is a pure function of posterior probabilities, the numbers of answers and
the file's thresholds, nothing else; of one person or of many at once. A threshold is reached by what is a
billionth short of it, so that no decision hangs on the last bits of a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import Bands

__all__ = [
    "NEEDS_MORE_EVIDENCE",
    "RISK_ZONES",
    "WITHHELD",
    "above_risk_zones",
    "band_name",
    "bands_given",
    "bands_in_view",
    "contrasts",
    "most_probable",
    "risk_zones",
]

Floats = NDArray[np.float64]
Rule = Callable[[Floats, Floats, Bands], NDArray[np.intp]]

NEEDS_MORE_EVIDENCE: Final = "needs_more_evidence"
#: The code of a band that is withheld.
WITHHELD: Final = -1
#: The words for a risk zone by code.
RISK_ZONES: Final = ("insufficient", "clear", "watch", "risk")
_INSUFFICIENT, _CLEAR, _WATCH, _RISK = range(4)
_TIE: Final = 1e-9  # far above the last bits of a sum, far below any probability that matters


def bands_in_view(probabilities: ArrayLike, theta: ArrayLike, bands: Bands) -> NDArray[np.intp]:
    """The band that the file's policy would give, before it is asked whether it is sure enough.

    With p_k the probability of band k: argmax_k p_k ("highest_probability"), the band in whose half-open
    interval [cut, next cut) the posterior mean lies ("point_estimate"), or
    argmin_g Σ_k p_k loss(k, g) ("least_expected_loss"). Near-ties (a billionth) go to the highest band,
    so that rounding never costs a person a band.

    Parameters
    ----------
    probabilities : of the bands, lowest first, (…, n_bands).
    theta : posterior means, (…).

    Returns
    -------
    Codes of bands, (…).

    References
    ----------
    Berger (1985), Statistical Decision Theory and Bayesian Analysis, §4.4, for the least expected loss.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    return _POLICIES[bands.policy](p, np.asarray(theta, dtype=np.float64), bands)


def bands_given(probabilities: ArrayLike, theta: ArrayLike, bands: Bands) -> NDArray[np.intp]:
    """The band that is given: :func:`bands_in_view`, or :data:`WITHHELD` where it is not sure enough.

    A band named in the file's ``confirmation`` needs at least the probability that stands there.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    chosen = bands_in_view(p, theta, bands)
    needed = np.array([bands.confirmation.get(name, 0.0) for name in bands.bands])
    reached = np.take_along_axis(p, chosen[..., None], axis=-1)[..., 0]
    return np.where(reached >= needed[chosen] - _TIE, chosen, WITHHELD)


def band_name(code: int, bands: Bands) -> str:
    """The id of a band by its code; "needs_more_evidence" for one that is withheld."""
    return NEEDS_MORE_EVIDENCE if code == WITHHELD else bands.bands[code]


def most_probable(probabilities: ArrayLike) -> NDArray[np.intp]:
    """argmax_k p_k along the last axis; near-ties (a billionth) go to the highest band."""
    p = np.asarray(probabilities, dtype=np.float64)
    return _highest_of(p >= p.max(axis=-1, keepdims=True) - _TIE)


def risk_zones(probability: ArrayLike, n_items: ArrayLike, se: ArrayLike, bands: Bands) -> NDArray[np.intp]:
    """Codes of :data:`RISK_ZONES` from P(θ_c < threshold), all arguments of one shape.

    "insufficient" below the file's minimum of evidence: too few answered items of the competency, or a
    posterior SD above ``maximum_se``. Otherwise "risk" at or above the file's risk probability, "clear" at
    or below its clear probability, "watch" between.
    """
    rule, p = bands.risk, np.asarray(probability, dtype=np.float64)
    zones = np.full(p.shape, _WATCH, dtype=np.intp)
    zones[p <= rule.clear_probability + _TIE] = _CLEAR
    zones[p >= rule.risk_probability - _TIE] = _RISK
    zones[~_enough(n_items, se, bands)] = _INSUFFICIENT
    return zones


def above_risk_zones(p_above_all: float, n_items: ArrayLike, se: ArrayLike, bands: Bands) -> bool | None:
    """Whether the joint probability is enough; None where evidence on some competency is insufficient."""
    if not _enough(n_items, se, bands).all():
        return None
    return p_above_all >= bands.risk.above_all_probability - _TIE


def contrasts(
    p_above_own_mean: Mapping[str, float], n_items: Mapping[str, int], bands: Bands
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Strengths and weaknesses, the clearest first; competencies with too few items are never named."""
    enough = {c: p for c, p in p_above_own_mean.items() if n_items[c] >= bands.risk.minimum_items}
    sure = bands.contrast_probability - _TIE
    strong = sorted((c for c, p in enough.items() if p >= sure), key=lambda c: -enough[c])
    weak = sorted((c for c, p in enough.items() if 1.0 - p >= sure), key=lambda c: enough[c])
    return tuple(strong), tuple(weak)


def _enough(n_items: ArrayLike, se: ArrayLike, bands: Bands) -> NDArray[np.bool_]:
    """Whether there is as much evidence as the file wants before it speaks of a risk zone."""
    # As the stopping rule: a sitting that stops at this error has enough.
    largest = np.inf if bands.risk.maximum_se is None else bands.risk.maximum_se * (1.0 + _TIE)
    return np.asarray((np.asarray(n_items) >= bands.risk.minimum_items) & (np.asarray(se) <= largest))


def _most_probable(p: Floats, theta: Floats, bands: Bands) -> NDArray[np.intp]:
    del theta, bands
    return most_probable(p)


def _of_the_mean(p: Floats, theta: Floats, bands: Bands) -> NDArray[np.intp]:
    del p
    return np.asarray(np.searchsorted(bands.cuts, theta + _TIE, side="right"))


def _least_costly(p: Floats, theta: Floats, bands: Bands) -> NDArray[np.intp]:
    del theta
    table = np.asarray(bands.loss_table)
    expected = p @ table
    return _highest_of(expected <= expected.min(axis=-1, keepdims=True) + _TIE * max(table.max(), 1.0))


def _highest_of(tied: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The last True along the last axis."""
    return np.asarray(tied.shape[-1] - 1 - np.argmax(tied[..., ::-1], axis=-1))


_POLICIES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "highest_probability": _most_probable,
        "point_estimate": _of_the_mean,
        "least_expected_loss": _least_costly,
    }
)
