"""compassess.adaptive.stopping.standard_error: a block is known at its target."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np

from compassess.adaptive import View, estimate, fresh
from compassess.adaptive.stopping import StandardError

POOL = banks.assessment(banks.three_blocks(2)).plan.pool


def test_the_standard_error_rule() -> None:
    """A block is known at its own target or the common one, or below, and last bits do not decide."""
    rule = StandardError(target=0.3, targets={"p": 0.4}).prepared(POOL)
    progress = fresh(POOL, np.ones((3, POOL.n_items), dtype=bool))
    se = np.array([[0.4, 0.31, 0.3], [0.4 + 1e-12, 0.3, 0.2], [0.4001, 0.1, 0.4]])
    now = replace(estimate(POOL, progress), block_se=se)
    told = rule.satisfied(View(pool=POOL, progress=progress, now=now, seeds=np.zeros(3, dtype=np.uint64)))
    assert told.tolist() == [[True, False, True], [True, True, True], [False, True, False]]
