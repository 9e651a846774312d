"""Rules about precision and what is left: overall error, predicted reduction, information, change of θ."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import pytest
import sittings

from compassess.adaptive import View, estimate
from compassess.adaptive.stopping import (
    ChangeOfTheta,
    MinimumInformation,
    OverallStandardError,
    PredictedErrorReduction,
    StandardError,
)
from compassess.adaptive.stopping.expected_error import ExpectedError
from compassess.errors import InputError
from compassess.irt import information
from compassess.scoring import joint_moments

ONE = banks.assessment(banks.one_block(30)).plan.pool
ASSESSMENT = banks.assessment(banks.three_blocks(5))
THREE = ASSESSMENT.plan.pool


# ---- overall ---------------------------------------------------------------------------------------------


def test_the_overall_error_is_that_of_the_conclusions_composite() -> None:
    """With the weights of the bands file it is the composite's SE; with one block that of the block."""
    view = sittings.random_view(THREE, 40, 12)
    weights = dict(ASSESSMENT.bands.weights)
    moments = joint_moments(
        ASSESSMENT.interpretation, view.now.likelihood, view.now.posterior, view.now.masses
    )
    target = float(np.median(moments.sd[:, 0]))
    rule = OverallStandardError(target=target, weights=weights).prepared(THREE)
    assert rule.error(view) == pytest.approx(moments.sd[:, 0], abs=1e-9)
    known = rule.satisfied(view)
    assert np.array_equal(known, np.repeat(moments.sd[:, :1] <= target, 3, axis=1))
    assert 0 < known[:, 0].sum() < 40
    single = sittings.random_view(ONE, 10, 8)
    alone = OverallStandardError(target=0.5).prepared(ONE)
    assert alone.error(single) == pytest.approx(single.now.block_se[:, 0], abs=1e-9)


def test_a_block_without_a_weight_does_not_count() -> None:
    """All of the weight on one block gives the SE of that block."""
    view = sittings.random_view(THREE, 10, 12)
    rule = OverallStandardError(target=0.5, weights={"q": 2.0}).prepared(THREE)
    assert rule.error(view) == pytest.approx(view.now.block_se[:, 1], abs=1e-9)
    with pytest.raises(InputError, match="no such block"):
        OverallStandardError(target=0.5, weights={"x": 1.0}).prepared(THREE)
    with pytest.raises(InputError, match="nothing weighs"):
        OverallStandardError(target=0.5, weights={"q": 0.0})
    with pytest.raises(InputError) as caught:
        OverallStandardError(target=0.0, weights={"q": -1.0})
    assert [problem.where for problem in caught.value.problems] == ["target", "weights.q"]


# ---- predicted reduction -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pool", [ONE, THREE], ids=["one block", "competencies on three blocks"])
def test_the_expected_error_is_that_of_answering_every_item_every_way(pool: sittings.Pool) -> None:
    """min_j √Σ_x P(x | answers) Var(θ_b | answers, x), by making each answer happen."""
    view = sittings.random_view(pool, 3, 4, seed=5)
    found = ExpectedError.of(pool)(view)
    best = view.now.block_se**2
    for item in range(pool.n_items):
        block, expected = pool.block[item], np.zeros(3)
        for code in range(int((pool.row_of[item] >= 0).sum())):
            after = sittings.answered(pool, view.progress, np.full(3, item), np.full(3, code))
            then = estimate(pool, after)
            chance = np.exp(then.posterior.log_evidence - view.now.posterior.log_evidence)
            expected += chance * then.block_se[:, block] ** 2
        open_item = view.progress.open_items[:, item]
        best[:, block] = np.where(open_item, np.minimum(best[:, block], expected), best[:, block])
    assert found == pytest.approx(np.sqrt(best), abs=1e-9)


def test_hypo_gives_up_and_hyper_goes_on() -> None:
    """Above the target a block is left below hypo, at the target it goes on from hyper on."""
    view = sittings.random_view(ONE, 60, 10, seed=2)
    gain = view.now.block_se - ExpectedError.of(ONE)(view)
    middle, target = float(np.median(gain)), float(np.median(view.now.block_se))
    assert target > 0
    above = view.now.block_se > target
    rule = PredictedErrorReduction(target=target, hypo=middle, hyper=2 * gain.max()).prepared(ONE)
    assert np.array_equal(rule.satisfied(view), ~above | (gain < middle))
    rule = PredictedErrorReduction(target=target, hypo=1e-9, hyper=middle).prepared(ONE)
    assert np.array_equal(rule.satisfied(view), ~above & (gain < middle))
    assert np.array_equal(rule.attained(view), ~above)


def test_without_hypo_and_with_a_great_hyper_it_is_the_standard_error() -> None:
    """The two limits of its parameters."""
    view = sittings.random_view(THREE, 60, 15, seed=3)
    rule = PredictedErrorReduction(target=0.5, targets={"p": 0.6}, hypo=1e-12, hyper=10.0).prepared(THREE)
    plain = StandardError(target=0.5, targets={"p": 0.6}).prepared(THREE)
    assert np.array_equal(rule.satisfied(view), plain.satisfied(view))
    with pytest.raises(InputError, match="hypo"):
        PredictedErrorReduction(target=0.5, hypo=0.2, hyper=0.1)
    with pytest.raises(InputError, match="no such block"):
        PredictedErrorReduction(target=0.5, targets={"x": 0.1}).prepared(THREE)


# ---- information ---------------------------------------------------------------------------------------------


def test_minimum_information_looks_at_the_items_that_are_left() -> None:
    """The greatest information of an open item at the cell of θ̂ decides, and the last bits do not."""
    view = sittings.random_view(ONE, 20, 12)
    cell = ONE.cells[ONE.cell_of(view.now.theta[:, 0])]
    told = information(ONE.measurement.items, cell).T
    left = np.where(view.progress.open_items, told, 0.0).max(axis=1)
    for least in (left[3] * (1 - 1e-12), left[3] * (1 + 1e-12), float(np.median(left)) + 1e-6):
        rule = MinimumInformation(least=float(least)).prepared(ONE)
        assert np.array_equal(rule.satisfied(view)[:, 0], left < least * (1 - 1e-9))
    nothing = replace(view, progress=replace(view.progress, open_items=np.zeros((20, 30), dtype=bool)))
    assert MinimumInformation(least=1e-6).prepared(ONE).satisfied(nothing).all()
    with pytest.raises(InputError, match="least"):
        MinimumInformation(least=0.0)


def test_each_block_has_its_own_items() -> None:
    """Closing the items of one block leaves the others as they are."""
    view = sittings.random_view(THREE, 5, 3)
    open_items = view.progress.open_items & (THREE.block != 1)
    closed = replace(view, progress=replace(view.progress, open_items=open_items))
    told = MinimumInformation(least=1e-3).prepared(THREE).satisfied(closed)
    assert told.tolist() == [[False, True, False]] * 5


# ---- change of theta -------------------------------------------------------------------------------------------


def test_the_change_is_what_the_last_item_of_the_block_did() -> None:
    """θ̂ of each block before and after its own last item, whatever came from other blocks since."""
    rng = np.random.default_rng(11)
    items = np.stack([rng.permutation(THREE.n_items)[:9] for _ in range(30)])
    codes = rng.integers(0, 4, items.shape)
    view = sittings.view_of(THREE, items, codes)
    moved = np.full((30, 3), np.inf)
    for row in range(30):
        for block in range(3):
            own = np.flatnonzero(THREE.block[items[row]] == block)
            if own.size:
                keep = np.delete(np.arange(9), own[-1])
                before = sittings.view_of(THREE, items[row : row + 1, keep], codes[row : row + 1, keep])
                difference = view.now.block_theta[row, block] - before.now.block_theta[0, block]
                moved[row, block] = abs(difference)
    change = float(np.median(moved))
    told = ChangeOfTheta(change=change).prepared(THREE).satisfied(view)
    assert np.array_equal(told, moved <= change)
    assert ChangeOfTheta(change=100.0).prepared(THREE).satisfied(view).tolist() == np.isfinite(moved).tolist()


def test_before_the_first_scored_item_nothing_has_settled() -> None:
    """A block without an answer is not known, however large the change that is asked for."""
    view: View = sittings.random_view(ONE, 4, 0)
    assert not ChangeOfTheta(change=9.0).prepared(ONE).satisfied(view).any()
    with pytest.raises(InputError, match="change"):
        ChangeOfTheta(change=-1.0)
