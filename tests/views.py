"""Views of sittings in mid-course, for tests of strategies; every call makes the same ones."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np

import compassess as ca
from compassess.adaptive import Pool, View, answered, estimate, fresh
from compassess.irt.measurement import Measurement


def pool_of(bank: ca.ItemBank, **changes: Any) -> Pool:
    """The pool of a bank under the default blueprint."""
    return banks.assessment(bank, **changes).plan.pool


def pool_from(items: ca.irt.Items, nodes: int = 61) -> Pool:
    """The pool of items that stand in no bank."""
    return Pool.create(Measurement.create(items, nodes=nodes))


def view_of(pool: Pool, n_sittings: int = 5, n_answers: int = 4, seed: int = 1) -> View:
    """Sittings that have answered ``n_answers`` items drawn at random, all of them in another way."""
    rng = np.random.default_rng(seed)
    progress = fresh(pool, np.ones((n_sittings, pool.n_items), dtype=bool))
    order = rng.permuted(np.tile(np.arange(pool.n_items), (n_sittings, 1)), axis=1)
    for step in range(n_answers):
        items = order[:, step]
        codes = (rng.random(n_sittings) * (pool.row_of[items] >= 0).sum(axis=1)).astype(np.intp)
        progress = answered(pool, progress, items, codes)
    seeds = rng.integers(0, 2**53, n_sittings).astype(np.uint64)
    return View(pool=pool, progress=progress, now=estimate(pool, progress), seeds=seeds)
