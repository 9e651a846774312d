"""compassess.irt.drawing: answers of any ability to any item."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from compassess.irt import Items, probability
from compassess.irt.drawing import AnswerModel

ITEMS = Items.create(
    ids=["two", "guess", "graded", "gap", "partial"],
    models=["2PL", "3PL", "GRM", "GRM", "GPCM"],
    a=[1.3, 1.7, 1.1, 0.9, 0.8],
    b=[[0.2], [-0.4], [-1.0, 0.1, 0.9], [-0.5, np.nan, 0.8], [-0.6, 0.3]],
    c=[0, 0.2, 0, 0, 0],
)


@pytest.mark.parametrize("item", range(5))
@pytest.mark.parametrize("theta", [-1.2, 0.4])
def test_answers_have_the_model_s_probabilities(item: int, theta: float) -> None:
    """Evenly spread draws give every category as often as its probability says, to 1e-5."""
    draws = (np.arange(200_000) + 0.5) / 200_000
    codes = AnswerModel(ITEMS).drawn(np.full(draws.size, item), np.full(draws.size, theta), draws)
    p = probability(ITEMS.select(np.array([item])), theta)[0, : ITEMS.n_categories[item], 0]
    if item == 3:  # codes 1 and 2 are one category, whose lowest code is given
        p = np.array([p[0], p[1], 0.0, p[3]])
    np.testing.assert_allclose(np.bincount(codes, minlength=p.size) / draws.size, p, rtol=0, atol=1e-5)


def test_mixed_items_at_once() -> None:
    """Pairs in any order: the same as item by item."""
    rng = np.random.default_rng(4)
    items, theta, draws = rng.integers(0, 5, 500), rng.standard_normal(500), rng.random(500)
    model = AnswerModel(ITEMS)
    together = model.drawn(items, theta, draws)
    for item in range(5):
        own = items == item
        np.testing.assert_array_equal(together[own], model.drawn(items[own], theta[own], draws[own]))


def test_random_draws() -> None:
    """Of 20,000 answers of a person the shares are those of the model."""
    draws = np.random.default_rng(1).random(20_000)
    codes = AnswerModel(ITEMS).drawn(np.full(20_000, 2), np.full(20_000, 0.3), draws)
    p = probability(ITEMS.select(np.array([2])), 0.3)[0, :4, 0]
    assert chisquare(np.bincount(codes, minlength=4), 20_000 * p).pvalue > 1e-4
