r"""What is free of the items of a batch, as places in one vector φ of everything that is estimated.

Letters: ξ working parameters of an item; ψ the coordinates in which its freedom is linear,

    ψ_i = offset_i + basis · φ[places_i],

with ψ = ξ, or, where thresholds are tied to each other while slopes are not, ψ = ξ with the intercepts
replaced by the thresholds b. Rule: a parameter that several items share is one place of φ that stands in
the rows of all of them; the first ``n_own`` places of a row belong to that item alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from compassess.irt.models import Columns, Family, Floats

__all__ = ["ItemForm"]

_APART: Final = 0.5  # between thresholds that are put in order: about as far as those of real items
_STEP: Final = 1e-6  # central differences of an analytic Jacobian: an error of about 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemForm:
    """The freedom of the items of one batch.

    Attributes
    ----------
    offset : (n_items, n_parameters).
    basis : (n_parameters, width), common to the batch.
    places : (n_items, width), indices into φ.
    n_own : how many of the columns are the item's own.
    by_threshold : whether ψ has thresholds in the place of intercepts.
    """

    family: Family
    offset: Floats
    basis: Floats
    places: NDArray[np.intp]
    n_own: int
    by_threshold: bool = False

    def psi(self, phi: Floats) -> Floats:
        """ψ of the items, (n_items, n_parameters)."""
        return self.offset + phi[self.places] @ self.basis.T

    def xi(self, phi: Floats) -> Floats:
        """Working parameters of the items, (n_items, n_parameters)."""
        psi = self.psi(phi)
        return _from_thresholds(self.family, psi) if self.by_threshold else psi

    def irt(self, phi: Floats) -> Columns:
        """Parameters in the IRT metric; thresholds that are tied are equal to the bit."""
        columns = dict(self.family.to_irt(self.xi(phi)))
        if self.by_threshold:
            columns["b"] = self.psi(phi)[:, 1 : 1 + columns["b"].shape[1]]
        return columns

    def jacobian(self, phi: Floats) -> Floats:
        """∂ξ / ∂φ[places], (n_items, n_parameters, width)."""
        if not self.by_threshold:
            return np.broadcast_to(self.basis, (len(self.places), *self.basis.shape))
        return _threshold_jacobian(self.family, self.psi(phi)) @ self.basis

    def bend(self, phi: Floats, slope: Floats) -> Floats:
        """Σ_p slope_p ∂²ξ_p / ∂φ ∂φ, (n_items, width, width); 0 where ψ = ξ.

        ``slope`` (n_items, n_parameters), the objective's slope in ξ: the part of a second derivative that
        the curvature of the coordinates adds.
        """
        width = self.basis.shape[1]
        bent = np.zeros((len(self.places), width, width))
        if self.by_threshold:
            psi = self.psi(phi)
            for column in range(width):
                move = _STEP * self.basis[:, column]
                after, before = (
                    _threshold_jacobian(self.family, psi + sign * move) @ self.basis for sign in (1, -1)
                )
                bent[:, :, column] = np.einsum("jp,jpw->jw", slope, (after - before) / (2 * _STEP))
        return (bent + bent.transpose(0, 2, 1)) / 2

    def nearest(self, xi: Floats, phi: Floats) -> None:
        """Write into ``phi`` what comes nearest to ``xi``: shared places get the average of their items."""
        if not self.basis.shape[1]:
            return
        psi = _to_thresholds(self.family, xi) if self.by_threshold else xi
        solved = (psi - self.offset) @ np.linalg.pinv(self.basis).T
        own, shared = self.places[:, : self.n_own], self.places[:, self.n_own :]
        if shared.size:
            total, times = np.zeros_like(phi), np.zeros_like(phi)
            np.add.at(total, shared, solved[:, self.n_own :])
            np.add.at(times, shared, 1.0)
            phi[times > 0] = total[times > 0] / times[times > 0]
        rest = psi - self.offset - phi[shared] @ self.basis[:, self.n_own :].T
        phi[own] = rest @ np.linalg.pinv(self.basis[:, : self.n_own]).T

    def put_in_order(self, phi: Floats) -> None:
        """Move own thresholds of items outside the family's domain in ``phi``, until they are in order.

        A tied threshold stays where it is; own ones below, between and above the tied ones of an item are
        spread evenly. Items whose tied thresholds are out of order among themselves are left alone.
        """
        outside = np.flatnonzero(~self.family.feasible(self.xi(phi)))
        own = self.basis[:, : self.n_own]
        for row in outside.tolist():
            psi = self.psi(phi)[row]
            ends = len(psi) - _n_asymptotes(self.family, psi[None])
            sign = np.sign(psi[0]) if self.by_threshold and psi[0] != 0 else 1.0
            rising = psi[1:ends] * (sign if self.by_threshold else -1.0)
            free = own[1:ends].any(axis=1)
            told = np.flatnonzero(~free)
            if told.size and np.any(np.diff(rising[told]) <= 0):
                continue
            knots = told if told.size else np.array([0])
            first, last = knots[0], knots[-1]
            place = np.arange(rising.size)
            spread = np.interp(place, knots, rising[knots])
            spread += _APART * (np.minimum(place - first, 0) + np.maximum(place - last, 0))
            values = spread * (sign if self.by_threshold else -1.0)
            columns = own[1:ends].argmax(axis=1)
            phi[self.places[row, columns[free]]] = values[free]


def _columns(psi: Floats, n_asymptotes: int) -> Columns:
    """ψ with thresholds as IRT columns."""
    end = psi.shape[1] - n_asymptotes
    columns = {"a": psi[:, :1], "b": psi[:, 1:end]}
    columns["c"] = expit(psi[:, end : end + 1]) if n_asymptotes else np.zeros((len(psi), 1))
    columns["d"] = expit(psi[:, end + 1 :]) if n_asymptotes == 2 else np.ones((len(psi), 1))
    return columns


def _n_asymptotes(family: Family, psi: Floats) -> int:
    """How many of the last working parameters are logits of asymptotes."""
    return psi.shape[1] - 1 - family.to_irt(psi)["b"].shape[1]


def _from_thresholds(family: Family, psi: Floats) -> Floats:
    """ξ from ψ with thresholds; asymptotes stay logits."""
    n = _n_asymptotes(family, psi)
    xi = family.from_irt(_columns(psi, n))
    xi[:, xi.shape[1] - n :] = psi[:, psi.shape[1] - n :]
    return xi


def _to_thresholds(family: Family, xi: Floats) -> Floats:
    """ψ with thresholds from ξ."""
    psi = xi.copy()
    thresholds = family.to_irt(xi)["b"]
    psi[:, 1 : 1 + thresholds.shape[1]] = thresholds
    return psi


def _threshold_jacobian(family: Family, psi: Floats) -> Floats:
    """∂ξ / ∂ψ, (n_items, n_parameters, n_parameters): the inverse of ∂(a, b) / ∂(a, t)."""
    n = _n_asymptotes(family, psi)
    size = psi.shape[1]
    jacobian = np.repeat(np.eye(size)[None], len(psi), axis=0)
    inner = size - n
    forward = family.to_irt_jacobian(_from_thresholds(family, psi))[:, :inner, :inner]
    jacobian[:, :inner, :inner] = np.linalg.inv(forward)
    return jacobian
