"""From a true score on a test back to θ: the test characteristic curve, inverted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.curves import expected_total
from compassess.irt.items import Items
from compassess.irt.roots import bracketed_roots

__all__ = ["theta_at_total", "theta_reaching", "total_limits"]

Floats = NDArray[np.float64]

_FURTHEST: Final = 1024.0  # beyond it a curve with any slope that a fit gives is flat to the last bit
_LOOKS: Final = 2001  # points at which it is looked whether the curve rises; .02 apart on ±20
_FLAT: Final = 1e-9  # rounding of a sum over a thousand items


def theta_at_total(items: Items, total: ArrayLike) -> Floats:
    """θ with E(Σ_i X_i | θ) = ``total``: the ability whose true score it is.

    Parameters
    ----------
    items : of one dimension, with slopes such that the characteristic curve rises.
    total : true scores, any shape; the answer has the same.

    Limits: θ → −∞ as ``total`` falls to Σ c_i (0 without asymptotes), +∞ as it nears the curve's upper end.

    Raises
    ------
    InputError : for every total that the curve does not reach; no item with parameters; a curve that falls
        somewhere, so that a total may belong to several θ.

    References
    ----------
    Lord (1980), Applications of Item Response Theory to Practical Testing Problems, ch. 4.
    """
    wanted = np.asarray(total, dtype=np.float64)
    flat = wanted.ravel()
    _refuse_falling(items)
    low, high = total_limits(items)
    raise_if_any(
        [
            Problem(
                where=f"total[{place}]",
                what="no ability has this true score",
                got=f"{value:g}",
                expected=f"more than {low:.6g} and less than {high:.6g}",
                remedy="A cut at or beyond the ends of the curve does not divide anybody.",
            )
            for place, value in enumerate(flat.tolist())
            if not low < value < high
        ]
    )
    edge = np.full(flat.size, _FURTHEST)

    def gap(theta: Floats, which: NDArray[np.intp]) -> Floats:
        return expected_total(items, theta) - flat[which]

    found = bracketed_roots(gap, -edge, edge, low - flat, high - flat)
    return np.asarray(found.reshape(wanted.shape))


def total_limits(items: Items) -> tuple[float, float]:
    """The ends of the characteristic curve, between which the totals lie that :func:`theta_at_total` inverts.

    Under positive slopes Σ c_i and Σ d_i of items with two categories, 0 and K − 1 for each other item.
    """
    low, high = expected_total(items, [-_FURTHEST, _FURTHEST]).tolist()
    return low, high


def theta_reaching(items: Items, total: ArrayLike) -> Floats:
    """inf {θ : E(Σ_i X_i | θ) ≥ ``total``}: the ability from which on the true score is at least that.

    :func:`theta_at_total` within the ends of the curve; −∞ for a total at or below its lower end, which every
    ability has, +∞ at or above its upper end, which none has. Any shape; the answer has the same.

    Raises
    ------
    InputError : no item with parameters; a curve that falls somewhere.
    """
    wanted = np.asarray(total, dtype=np.float64)
    _refuse_falling(items)
    low, high = total_limits(items)
    found = np.where(wanted <= low, -np.inf, np.inf)
    inside = (wanted > low) & (wanted < high)
    if inside.any():
        found[inside] = theta_at_total(items, wanted[inside])
    return found


def _refuse_falling(items: Items) -> None:
    """Raise where there is no curve, or one that does not rise everywhere."""
    used = items.usable
    if not used.any():
        raise InputError(Problem(where="items", what="none has parameters"))
    curve = expected_total(items, np.linspace(-20.0, 20.0, _LOOKS))
    if np.any(np.diff(curve) < -_FLAT * max(items.n_items, 1)):
        negative = [items.ids[j] for j in np.flatnonzero(used & (items.direction < 0))]
        raise InputError(
            Problem(
                where="items",
                what="the test characteristic curve falls somewhere",
                got=f"items of negative slope: {', '.join(negative) or 'none'}",
                expected="a curve that rises",
                remedy="Leave out the items whose key is in doubt.",
            )
        )
