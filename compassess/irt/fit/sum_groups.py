"""Persons in groups by their sum of codes: categories chosen, and how often they should have been.

    E_sk = N_s ∫ P_k(θ) L*(s − k | θ) φ(θ) dθ / ∫ L(s | θ) φ(θ) dθ,

L the distribution of the sum over all items of the dimension and L* without the item, by Lord & Wingersky.

Source: Orlando & Thissen (2000), Applied Psychological Measurement 24, eq. 1-4; Kang & Chen (2008), Journal
of Educational Measurement 45, for categories of any number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.irt.sum_distribution import convolved

__all__ = ["collapsed", "expected_shares", "observed"]

Floats = NDArray[np.float64]


def observed(codes: NDArray[np.integer], item: int, n_categories: int, highest: int) -> Floats:
    """How many persons with each sum chose each category, (highest sum + 1, n_categories)."""
    counts = np.zeros((highest + 1, n_categories))
    np.add.at(counts, (codes.sum(axis=1, dtype=np.int64), codes[:, item]), 1.0)
    return counts


def expected_shares(probability: list[Floats], mass: Floats) -> list[Floats]:
    """P(X = k | S = s) of every item, (highest sum + 1, n_categories); 0 where s cannot be reached with k.

    ``probability`` of an item is (n_categories, n_nodes). Without an item: what comes before it and what
    comes after.
    """
    n = len(probability)
    before = [np.ones((1, mass.size))]
    for p in probability:
        before.append(convolved(before[-1], p))
    after = [np.ones((1, mass.size))]
    for p in reversed(probability):
        after.append(convolved(after[-1], p))
    of_sum = before[-1] @ mass
    found = []
    for item, p in enumerate(probability):
        rest = convolved(before[item], after[n - 1 - item])
        joint = np.zeros((of_sum.size, len(p)))
        for k in range(len(p)):
            joint[k : k + len(rest), k] = (rest * p[k]) @ mass
        found.append(joint / np.maximum(of_sum, np.finfo(float).tiny)[:, None])
    return found


def collapsed(counts: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Observed and expected counts (n_groups, n_categories), none expected below ``least`` if that can be.

    0 in ``expected`` marks a cell that is gone. The rule is that of R's mirt 1.45:

    1. the groups that cannot have every category join the next one inward; groups without persons are left
    out;
    2. a group of a single person joins the next one, the last group the one before it;
    3. in a group with a small cell the smallest joins the smaller of its neighbours, until none is small or
    two are
       left; what is left moves to the lower categories;
    4. a category that is rare over all groups joins the one below it;
    5. a group that still has a small cell joins its neighbour of fewer persons, from the low sums on.
    """
    counts, expected = _joined_ends(counts, expected)
    there = counts.sum(axis=1) > 0
    counts, expected = counts[there], expected[there]
    if not len(counts):
        return counts, expected
    small = np.asarray((expected < least).any(axis=1))
    counts, expected = _without_singles(counts, expected)
    if counts.shape[1] > 2:
        for row in np.flatnonzero(small[: len(expected)]):
            counts[row], expected[row] = _across(counts[row], expected[row], least)
        while expected.shape[1] > 2 and expected[:, -1].sum() < least * np.ceil(0.1 * len(expected)):
            counts, expected = _last_joined(counts), _last_joined(expected)
    counts, expected = _rare_joined(counts, expected)
    return _down(counts, expected, least)


def _joined_ends(counts: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Without the two sums that everybody shares; the groups near them joined until all categories can be."""
    inside = slice(1, len(counts) - 1)
    counts, expected = counts[inside].copy(), expected[inside].copy()
    n_joined = counts.shape[1] - 2
    if n_joined <= 0 or len(counts) <= 2 * n_joined:
        return counts, expected
    for table in (counts, expected):
        table[n_joined] += table[:n_joined].sum(axis=0)
        table[-n_joined - 1] += table[-n_joined:].sum(axis=0)
    return counts[n_joined:-n_joined], expected[n_joined:-n_joined]


def _without_singles(counts: Floats, expected: Floats) -> tuple[Floats, Floats]:
    alone = []
    for row in range(len(counts) - 1):
        if counts[row].sum() == 1:
            alone.append(row)
            counts[row + 1] += counts[row]
            expected[row + 1] += expected[row]
    counts, expected = np.delete(counts, alone, axis=0), np.delete(expected, alone, axis=0)
    if len(counts) > 1 and counts[-1].sum() == 1:
        counts[-2] += counts[-1]
        expected[-2] += expected[-1]
        counts, expected = counts[:-1], expected[:-1]
    return counts, expected


def _across(counts: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    values, seen = expected.tolist(), counts.tolist()
    while len(values) > 2:
        at = max(k for k, value in enumerate(values) if value == min(values))
        if at in (0, len(values) - 1):
            to = 1 if at == 0 else at - 1
        else:
            to = at - 1 if values[at - 1] <= values[at + 1] else at + 1
        values[to] += values[at]
        seen[to] += seen[at]
        del values[at], seen[at]
        if min(values) >= least:
            break
    gone = [0.0] * (len(expected) - len(values))
    return np.array(seen + gone), np.array(values + gone)


def _last_joined(table: Floats) -> Floats:
    joined = table[:, :-1].copy()
    joined[:, -1] += table[:, -1]
    return joined


def _rare_joined(counts: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Categories that fewer than one group in twenty has left."""
    rare = []
    for k in range(expected.shape[1] - 1, 0, -1):
        if np.mean(expected[:, k] > 0) < 0.05:
            rare.append(k)
            counts[:, k - 1] += counts[:, k]
            expected[:, k - 1] += expected[:, k]
    return np.delete(counts, rare, axis=1), np.delete(expected, rare, axis=1)


def _down(counts: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    while len(expected) > 1:
        low = np.flatnonzero(((expected < least) & (expected != 0)).any(axis=1))
        if not low.size:
            break
        at = int(low[0])
        if at in (0, len(expected) - 1):
            to = 1 if at == 0 else at - 1
        else:
            to = at - 1 if counts[at - 1].sum() <= counts[at + 1].sum() else at + 1
        counts[to] += counts[at]
        expected[to] += expected[at]
        counts, expected = np.delete(counts, at, axis=0), np.delete(expected, at, axis=0)
    return counts, expected
