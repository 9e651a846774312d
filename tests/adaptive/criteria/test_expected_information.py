"""compassess.adaptive.criteria.expected_information: information where the answer will have led to."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views

from compassess.adaptive import View, answered, estimate
from compassess.adaptive.criteria import MaximumExpectedInformation
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.errors import InputError
from compassess.irt import information, score_function

H = 1e-5


def expected_by_answering(view: View, item: int, kind: str) -> np.ndarray:
    """Σ p(x) I(θ̂_x) by giving every answer in turn, (n,)."""
    pool, n = view.pool, len(view.seeds)
    one, total = pool.measurement.items.select(np.array([item])), np.zeros(n)
    for code in range(int(pool.measurement.items.n_categories[item])):
        after = estimate(pool, answered(pool, view.progress, np.full(n, item), np.full(n, code)))
        theta = pool.cells[pool.cell_of(after.theta[:, pool.competency[item]])]
        row = np.exp(pool.measurement.table[pool.row_of[item, code]])
        chance = view.now.masses[:, pool.carrier[item]] @ row
        if kind == "expected":
            told = information(one, theta)[0]
        else:
            slopes = [score_function(one, theta + step)[0, code] for step in (-H, H)]
            told = -(slopes[1] - slopes[0]) / (2 * H)
        total += chance * told
    return total


@pytest.mark.parametrize("kind", ["expected", "observed"])
@pytest.mark.parametrize("bank", [banks.one_block(8), banks.three_blocks(2)])
def test_worth_is_the_information_after_each_answer(kind: str, bank: banks.ItemBank) -> None:
    """Every answer of every item given in turn, the estimate taken, and the information there averaged."""
    pool = views.pool_of(bank)
    view = views.view_of(pool)
    worth = MaximumExpectedInformation(information=kind).prepared(pool).worth(view)
    for item in range(pool.n_items):
        mean = expected_by_answering(view, item, kind)
        spread = view.now.spread[:, pool.competency[item]]
        expected = information_about_block(np.maximum(mean, 0.0), pool.loading[item], spread)
        np.testing.assert_allclose(worth[:, item], expected, rtol=1e-5, atol=1e-9)


def test_under_the_logistic_model_observed_is_expected_information() -> None:
    """−∂² log P = P Q a² whatever the answer, for two categories without asymptotes."""
    pool = views.pool_of(banks.one_block(8))
    view = views.view_of(pool)
    worths = [
        MaximumExpectedInformation(information=kind).prepared(pool).worth(view)
        for kind in ("expected", "observed")
    ]
    np.testing.assert_allclose(*worths, rtol=1e-10)


def test_an_unknown_kind_of_information_is_refused() -> None:
    """The parameter's name is the place."""
    with pytest.raises(InputError, match="unknown information"):
        MaximumExpectedInformation(information="test")
