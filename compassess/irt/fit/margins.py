"""Margins of one and two items: expected, their covariance over persons, and their slopes.

The statistics of a person are u_i(x) of every item and x_i x_j of every pair, x the scored category. u is the
code itself (M2*), or an indicator for every category but the lowest (C2). For 0/1 items both are the same.

Given θ items are independent: E[s s′ | θ] is a product but where two statistics share an item i. There

    Cov(u_i, x_i x_j | θ) = Cov(u_i, x_i) m_j,    Cov(x_i x_j, x_i x_l | θ) = v_i m_j m_l,
    Var(x_i x_j | θ) = v_i m_j² + v_j m_i² + v_i v_j,

m and v mean and variance of x given θ. Ξ = ∫ (E[s | θ] E[s | θ]′ + those) φ − E[s] E[s]′.

Source: Maydeu-Olivares & Joe (2005), Journal of the American Statistical Association 100; Cai & Hansen
(2013), British Journal of Mathematical and Statistical Psychology 66 (M2*); Cai & Monroe (2014), CRESST
report 839 (C2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk

from compassess.irt.fit.node_curves import NodeCurves

__all__ = ["Margins", "expected_margins", "observed_margins"]

Floats = NDArray[np.float64]
_CHUNK: Final = 512  # nodes at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margins:
    """``mean`` (n_margins,), ``covariance`` Ξ, ``slopes`` Δ (n_margins, n_parameters); pairs come last."""

    mean: Floats
    covariance: Floats
    slopes: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Item:
    """u and x of an item given θ: (n_u, n_nodes), (n_nodes,), Cov(u, x), Var x, Cov u (n_u, n_u, n_nodes)."""

    u: Floats
    m: Floats
    u_with_x: Floats
    v: Floats
    u_with_u: Floats


def _item(p: Floats, by_category: bool) -> _Item:
    k = np.arange(len(p))
    m = k @ p
    v = (k**2) @ p - m**2
    if not by_category:
        return _Item(u=m[None], m=m, u_with_x=v[None], v=v, u_with_u=v[None, None])
    u = p[1:]
    u_with_u = -u[:, None] * u[None]
    diagonal = np.arange(len(u))
    u_with_u[diagonal, diagonal] += u
    return _Item(u=u, m=m, u_with_x=u * (k[1:, None] - m), v=v, u_with_u=u_with_u)


def pairs_of(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and second item of every pair, in the order of the margins."""
    return np.triu_indices(n, 1)


def expected_margins(curves: NodeCurves, by_category: bool) -> Margins:
    """Under a model."""
    items = [_item(p, by_category) for p in curves.p]
    first, second = pairs_of(len(items))
    m, v = np.array([item.m for item in items]), np.array([item.v for item in items])
    u = np.concatenate([item.u for item in items])
    n_u = len(u)
    size = n_u + first.size
    mean, xi = np.zeros(size), np.zeros((size, size), order="F")
    for start in range(0, m.shape[1], _CHUNK):
        part = slice(start, start + _CHUNK)
        given = np.concatenate([u[:, part], m[first, part] * m[second, part]])
        mean += given @ curves.weights[part]
        weighed = given * np.sqrt(curves.weights[part])
        xi = dsyrk(1.0, weighed.T, beta=1.0, c=xi, trans=1, overwrite_c=1)  # the upper half
    xi += np.triu(xi, 1).T
    _add_shared(xi, items, m, v, curves.weights, n_u)
    xi -= np.outer(mean, mean)
    return Margins(mean=mean, covariance=xi, slopes=_slopes(curves, m, by_category, n_u))


def _add_shared(xi: Floats, items: Sequence[_Item], m: Floats, v: Floats, mass: Floats, n_u: int) -> None:
    """What statistics covary given θ where they share an item."""
    n = len(items)
    first, second = pairs_of(n)
    number = np.zeros((n, n), dtype=np.intp)
    number[first, second] = number[second, first] = n_u + np.arange(first.size)
    offset = 0
    for i, item in enumerate(items):
        own = slice(offset, offset + len(item.u))
        offset += len(item.u)
        others = np.delete(np.arange(n), i)
        theirs = number[i, others]
        xi[own, own] += item.u_with_u @ mass
        across = (item.u_with_x * mass) @ m[others].T
        xi[own, theirs] += across
        xi[theirs, own] += across.T
        xi[np.ix_(theirs, theirs)] += (m[others] * (mass * item.v)) @ m[others].T
    both = n_u + np.arange(first.size)
    xi[both, both] += (v[first] * v[second]) @ mass


def _slopes(curves: NodeCurves, m: Floats, by_category: bool, n_u: int) -> Floats:
    n = len(m)
    first, second = pairs_of(n)
    starts = np.concatenate([[0], np.cumsum([len(p) - 1 if by_category else 1 for p in curves.p])])
    slopes = np.zeros((n_u + first.size, len(curves.free)))
    for column, places in enumerate(curves.free):
        by_item = np.zeros((n, n))  # of E[x_i x_j], by the item that moves
        for item, moved in places:
            towards = np.arange(len(moved)) @ moved
            u = moved[1:] if by_category else towards[None]
            slopes[starts[item] : starts[item + 1], column] += u @ curves.weights
            by_item[item] += (towards * curves.weights) @ m.T
        slopes[n_u:, column] = by_item[first, second] + by_item[second, first]
    return slopes


def observed_margins(codes: NDArray[np.integer], n_categories: Sequence[int], by_category: bool) -> Floats:
    """Means over persons, (n_margins,); ``codes`` scored categories, complete."""
    x = codes.astype(np.float64)
    first, second = pairs_of(x.shape[1])
    if by_category:
        u = np.concatenate(
            [[(x[:, i] == k).mean() for k in range(1, many)] for i, many in enumerate(n_categories)]
        )
    else:
        u = x.mean(axis=0)
    return np.concatenate([u, (x.T @ x / len(x))[first, second]])
