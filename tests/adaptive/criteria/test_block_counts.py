"""compassess.adaptive.criteria.block_counts: items of each block so far."""

from __future__ import annotations

import banks
import numpy as np
import views

from compassess.adaptive.criteria.block_counts import items_by_block


def test_items_of_a_block_are_those_of_its_competencies() -> None:
    """Counted item by item over what is no longer open."""
    pool = views.pool_of(banks.three_blocks(3))
    view = views.view_of(pool, 6, 7)
    counts = items_by_block(view)
    assert (counts.sum(axis=1) == 7).all()
    for sitting, open_items in enumerate(view.progress.open_items):
        expected = np.bincount(pool.block[~open_items], minlength=3)
        assert counts[sitting].tolist() == expected.tolist()
