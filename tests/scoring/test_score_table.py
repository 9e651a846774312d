"""compassess.scoring.score_table: from θ or a sum to the reported score."""

from __future__ import annotations

import banks
import numpy as np
import pytest

from compassess import InputError, Items
from compassess.bank import Norm, Scale
from compassess.irt import sum_scores, total_information
from compassess.scoring import ScoreMap, score_table, sum_score_table

ITEMS = banks.one_block(20).irt_items()
NORM = Norm(mean=0.3, standard_deviation=0.9)


def test_the_error_along_the_scale() -> None:
    """1 / √I(θ) on the reported scale: T scores have 10 / SD of the norms times it."""
    theta = np.linspace(-2, 2, 9)
    table = score_table(ITEMS, Scale.t(decimals=1), norm=NORM, theta=theta)
    se = 1 / np.sqrt(total_information(ITEMS, theta))
    assert table.se == pytest.approx(se)
    assert table.score == pytest.approx(50 + 10 * (theta - 0.3) / 0.9, abs=0.05)
    assert table.score_se == pytest.approx(10 * se / 0.9, abs=0.005)


def test_one_item_by_hand() -> None:
    """A 2PL item of slope 2 at its difficulty has I = 1, so a T score there has an error of 10."""
    item = Items.create(ids=["one"], a=[2.0], b=[[0.0]])
    table = score_table(item, Scale.t(), theta=[0.0])
    assert (table.score[0], table.score_se[0], table.percentile[0]) == (50.0, 10.0, 50.0)


def test_sums() -> None:
    """Each sum has its EAP and posterior SD on the scale, and a higher sum never a lower score."""
    table, found = sum_score_table(ITEMS, Scale.percentile(), norm=NORM), sum_scores(ITEMS)
    scores = ScoreMap.one(Scale.percentile(), NORM)
    assert table.sum is not None
    assert table.sum.tolist() == list(range(21))
    assert np.array_equal(table.score, scores.reported(found.theta))
    assert np.array_equal(table.score_se, scores.reported_se(found.theta, found.se))
    assert np.all(np.diff(table.score) >= 0)
    assert list(table.to_frame().columns) == ["sum", "theta", "se", "score", "score_se", "percentile"]


def test_without_information_there_is_no_bound() -> None:
    """Items that say nothing leave an infinite error, on percentile ranks one of half the scale."""
    nothing = Items.create(ids=["one"], a=[np.nan], b=[[np.nan]], n_categories=[2])
    assert np.isinf(score_table(nothing, Scale.t(), theta=[0.0]).score_se[0])
    assert score_table(nothing, Scale.percentile(), theta=[0.0]).score_se[0] == 50.0
    assert "sum" not in score_table(nothing, Scale.t()).to_frame()


def test_several_dimensions_are_refused() -> None:
    """A table along one θ needs items of one."""
    items = banks.three_blocks().irt_items()
    for make in (score_table, sum_score_table):
        with pytest.raises(InputError, match="one dimension"):
            make(items, Scale.t())
    one = items.select(np.array(items.competencies) == "p1")
    assert score_table(one, Scale.t()).theta.size == 33
