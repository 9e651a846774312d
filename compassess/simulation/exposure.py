"""How often items are presented, and how much two sittings have in common.

Letters: N sittings, n items, m_i sittings that presented item i, r_i = m_i / N its exposure rate,
L_p the length of sitting p. ``presented`` is (N, longest): places of items in any order, −1 for none, as in
:class:`compassess.simulation.playing.Played`; no item stands twice in a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem

__all__ = [
    "exposure_chi_square",
    "exposure_rates",
    "mean_overlap",
    "overlap_of_rates",
    "unused_share",
]

Floats = NDArray[np.float64]
Whole = NDArray[np.integer]


def exposure_rates(
    presented: Whole, n_items: int, *, strata: ArrayLike | None = None, n_strata: int | None = None
) -> Floats:
    """r_i = m_i / N, (n_items,); with ``strata`` the same within each, (n_strata, n_items).

    ``strata`` (N,) are whole numbers from 0, for example ``np.searchsorted(edges, theta, side="right")``;
    ``n_strata`` is how many there are, by default up to the last that occurs. A stratum with nobody has NaN.

    Raises
    ------
    InputError : strata that are not one for every sitting.
    """
    if strata is None:
        return _rates(_counts(presented, n_items), len(presented))
    own = _checked_strata(strata, len(presented))
    last = int(own.max(initial=-1)) + 1
    total = last if n_strata is None else max(n_strata, last)
    by_stratum = [presented[own == stratum] for stratum in range(total)]
    rates = [_rates(_counts(rows, n_items), len(rows)) for rows in by_stratum]
    return np.stack(rates) if rates else np.empty((0, n_items))


def mean_overlap(presented: Whole, n_items: int) -> float:
    """How much of a sitting another one has seen: the mean over all ordered pairs of |p ∩ q| / L_p.

    With w_i = Σ 1 / L_p over the sittings p that presented i, and N₊ sittings that are not empty,

        T = (Σ_i m_i w_i − N₊) / (N (N − 1)),

    because Σ_q≠p |p ∩ q| = Σ_{i ∈ p} (m_i − 1). A sitting without items has nothing that another could
    have seen: its pairs count 0. For one length L it is :func:`overlap_of_rates` of the rates. NaN for
    fewer than two sittings. For a stratum hand over its rows.

    References
    ----------
    Chen, Ankenmann & Spray (2003), Journal of Educational Measurement, 40, for one length; the weights w_i
    carry it over to several.
    """
    n_sittings = len(presented)
    if n_sittings < 2:
        return float("nan")
    shown = presented >= 0
    length = shown.sum(axis=1)
    shares = np.repeat(1.0 / np.maximum(length, 1), length)
    weights = np.bincount(presented[shown], weights=shares, minlength=n_items)
    times = _counts(presented, n_items)
    pairs = n_sittings * (n_sittings - 1)
    return float((times @ weights - np.count_nonzero(length)) / pairs)


def overlap_of_rates(rates: ArrayLike, n_sittings: int) -> float:
    """The mean number of items that two sittings share, over their mean length L = Σ r_i.

        T = N Σ r_i² / (L (N − 1)) − 1 / (N − 1)

    Exact for every length: over the N (N − 1) / 2 pairs the shared items are Σ m_i (m_i − 1) / 2. With one
    length for all it is the mean share of :func:`mean_overlap`; otherwise long sittings weigh more here.
    NaN for fewer than two sittings or where nothing was presented.

    References
    ----------
    Chen, Ankenmann & Spray (2003), Journal of Educational Measurement, 40, equation 8.
    """
    shares = np.asarray(rates, dtype=np.float64)
    length = float(shares.sum())
    if n_sittings < 2 or length == 0:
        return float("nan")
    return float((n_sittings * (shares @ shares) / length - 1.0) / (n_sittings - 1))


def exposure_chi_square(rates: ArrayLike) -> float:
    """χ² = Σ (r_i − L/n)² / (L/n), L = Σ r_i: how far the rates are from even use; 0 where they are even.

    NaN where nothing was presented. It is an index, not a test.

    References
    ----------
    Chang & Ying (1999), Applied Psychological Measurement, 23.
    """
    shares = np.asarray(rates, dtype=np.float64)
    even = float(shares.mean()) if shares.size else 0.0
    return float(((shares - even) ** 2).sum() / even) if even > 0 else float("nan")


def unused_share(rates: ArrayLike) -> float:
    """The share of the items that no sitting presented; NaN where there are no items."""
    shares = np.asarray(rates, dtype=np.float64)
    return float((shares == 0).mean()) if shares.size else float("nan")


def _counts(presented: Whole, n_items: int) -> Floats:
    return np.bincount(presented[presented >= 0], minlength=n_items).astype(np.float64)


def _rates(counts: Floats, n_sittings: int) -> Floats:
    return counts / n_sittings if n_sittings else np.full(len(counts), np.nan)


def _checked_strata(strata: ArrayLike, n_sittings: int) -> NDArray[np.intp]:
    own = np.asarray(strata)
    if own.shape != (n_sittings,) or not np.issubdtype(own.dtype, np.integer) or (own < 0).any():
        raise InputError(
            Problem(
                where="strata",
                what="not a stratum for every sitting",
                got=f"{own.dtype} of shape {own.shape}",
                expected=f"whole numbers from 0, shape ({n_sittings},)",
            )
        )
    return own.astype(np.intp)
