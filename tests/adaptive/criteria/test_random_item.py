"""compassess.adaptive.criteria.random_item and item_draws: chance that can be repeated."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import views
from scipy.stats import chisquare, kstest

from compassess.adaptive.criteria import RandomItem
from compassess.adaptive.criteria.item_draws import item_draws

POOL = views.pool_of(banks.one_block(10))


def test_the_same_seed_and_step_draw_the_same() -> None:
    """For a row alone as for many together; another step or seed draws otherwise."""
    view = views.view_of(POOL, 6, 3)
    draws = item_draws(view)
    np.testing.assert_array_equal(item_draws(view.select(np.array([4])))[0], draws[4])
    later = replace(view, progress=replace(view.progress, presented=view.progress.presented + 1))
    assert not np.any(item_draws(later) == draws)
    assert np.unique(draws).size == draws.size


def test_draws_are_even_and_independent_of_the_controls() -> None:
    """Uniform over sittings and items by Kolmogorov and Smirnov; unrelated to the sitting's other draws."""
    view = views.view_of(POOL, 2_000, 1)
    draws = item_draws(view)
    assert kstest(draws.ravel(), "uniform").pvalue > 0.001
    assert abs(np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]) < 0.1
    assert abs(np.corrcoef(draws[:, 0], view.draw())[0, 1]) < 0.1


def test_every_item_is_as_likely_as_any_other() -> None:
    """5,000 first items by χ²."""
    worth = RandomItem().prepared(POOL).worth(views.view_of(POOL, 5_000, 0))
    assert chisquare(np.bincount(worth.argmax(axis=1), minlength=POOL.n_items)).pvalue > 0.001
