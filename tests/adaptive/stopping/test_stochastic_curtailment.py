"""compassess.adaptive.stopping.stochastic_curtailment: what the rest of a test may still change."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import sittings
from scipy.special import expit
from scipy.stats import binom, norm

from compassess.adaptive import decisions
from compassess.adaptive.stopping import StochasticCurtailment, decisions_of
from compassess.adaptive.stopping.outlook import Outlook
from compassess.adaptive.stopping.targets import Target
from compassess.errors import InputError

EQUAL = banks.assessment(banks.equal_items(40)).plan.pool
ONE = banks.assessment(banks.one_block(30)).plan.pool
BLOCK = Target(kind="block", name="theta", index=0, block=0, cuts=np.array([0.3]))


def test_items_to_come_add_their_moments() -> None:
    """E Z and Var Z of the best open items at the cut, summed by hand, at a node and at c ± δ."""
    view = sittings.random_view(ONE, 6, 10, seed=1)
    outlook = Outlook.of(ONE, BLOCK, 0.3, 0.2)
    left = np.array([0, 1, 5, 20, 25, 7])
    mean, sd = outlook.to_come(view, left)
    points = np.array([*ONE.lattice.grid.theta[[33]], 0.1, 0.5])
    p = np.exp(ONE.measurement.log_probability(points))[ONE.row_of]
    z = np.diff(ONE.measurement.log_probability(np.array([0.1, 0.5])), axis=1)[:, 0][ONE.row_of]
    expected = (p * z[..., None]).sum(axis=1)
    variance = (p * (z[..., None] - expected[:, None]) ** 2).sum(axis=1)
    at_cut = ONE.information[ONE.cell_of(np.array([0.3]))[0]]
    for row, n_left in enumerate(left.tolist()):
        open_items = np.flatnonzero(view.progress.open_items[row])
        best = open_items[np.argsort(-at_cut[open_items], kind="stable")][:n_left]
        assert mean[row, [33, -2, -1]] == pytest.approx(expected[best].sum(axis=0), abs=1e-12)
        assert sd[row, [33, -2, -1]] == pytest.approx(np.sqrt(variance[best].sum(axis=0)), abs=1e-12)
    assert outlook.n_presented(view).tolist() == [10] * 6
    assert outlook.has_items(view).all()


def test_the_chance_of_a_change_is_that_of_the_binomial() -> None:
    """Equal items at the cut: the sign changes when the rest turns the count; normal against exact, to 0.03."""
    for right, wrong in ((12, 3), (9, 6), (3, 9)):
        n, ahead = right + wrong, abs(right - wrong)
        codes = np.array([[1] * right + [0] * wrong])
        view = sittings.view_of(EQUAL, np.arange(n)[None], codes)
        rest, theta = 40 - n, -0.25 if right > wrong else 0.25
        p_against = 1 - expit(theta) if right > wrong else expit(theta)
        # Ties keep or change the sign by halves, as the normal distribution has it.
        need = (rest + ahead) / 2
        exact = binom.sf(np.floor(need), rest, p_against) + 0.5 * binom.pmf(need, rest, p_against)
        mean = rest * (2 * p_against - 1)
        normal = norm.sf((ahead - mean) / np.sqrt(4 * rest * p_against * (1 - p_against)))
        assert normal == pytest.approx(exact, abs=0.03)
        for gamma, decided in ((normal * 1.001, True), (normal * 0.999, False)):
            rule = StochasticCurtailment(
                delta=0.25, cuts=[0.0], maximum=40, gamma=float(gamma), assumed="opposite"
            ).prepared(EQUAL)
            (told,) = decisions_of(rule, view)
            assert told.bands[0, 0] == (int(right > wrong) if decided else -1)


def test_a_curtailed_test_ends_as_the_whole_one_would() -> None:
    """With γ = 0.05 the whole test of 40 items says otherwise in at most 5 % of 2,000 sittings (+ 3 errors)."""
    design = {"length": (1, 40), "rule": "stochastic_curtailment"}
    parameters = {"delta": 0.2, "cuts": [0.0], "maximum": 40, "gamma": 0.05}
    theta = np.random.default_rng(2).standard_normal(2000)
    early = sittings.at_the_cut(banks.textbook_bank(100), rule_parameters=parameters, **design)
    late = sittings.at_the_cut(
        banks.textbook_bank(100), rule_parameters=parameters | {"gamma": 1e-9}, **design
    )
    codes = sittings.answers(early.plan, theta, seed=4)
    (curtailed, there), (whole, then) = (sittings.played(one.plan, codes) for one in (early, late))
    told, final = decisions(early.plan, there)[0], decisions(late.plan, then)[0]
    ended = told.bands[:, 0] >= 0
    changed = told.leanings[ended, 0] != final.leanings[ended, 0]
    assert changed.mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert curtailed.n_items.mean() < 0.6 * whole.n_items.mean()
    assert early.plan.reasons[curtailed.reason[0]] in ("curtailed", "length")


def test_assuming_the_opposite_stops_later() -> None:
    """Whoever is decided under the opposite hypothesis is decided under the posterior, nearly always."""
    view = sittings.random_view(ONE, 300, 15, seed=7)
    parameters = {"delta": 0.25, "cuts": [0.0], "maximum": 25, "gamma": 0.1}
    bands = {
        assumed: decisions_of(StochasticCurtailment(assumed=assumed, **parameters).prepared(ONE), view)[
            0
        ].bands
        for assumed in ("posterior", "opposite")
    }
    opposite, posterior = bands["opposite"] >= 0, bands["posterior"] >= 0
    assert 0 < opposite.sum() < posterior.sum()
    assert not (opposite & ~posterior).any()


def test_at_the_end_there_is_nothing_to_curtail() -> None:
    """With no item to come the rule decides nothing, so that nothing is decided because items ran out."""
    view = sittings.random_view(ONE, 20, 12)
    rule = StochasticCurtailment(delta=0.2, cuts=[0.0], maximum=12, gamma=0.5).prepared(ONE)
    assert not rule.satisfied(view).any()


def test_competencies_have_their_own_items_and_lengths() -> None:
    """A competency with λ < 1 is foreseen from its own items; a block of such is refused."""
    pool = banks.assessment(banks.three_blocks(6)).plan.pool
    rule = StochasticCurtailment(
        delta=0.2, cuts_by_competency={"p1": [0.0], "q2": [-1.0]}, maximum=6, maxima={"q2": 5}, gamma=0.2
    ).prepared(pool)
    (told,) = decisions_of(rule, sittings.random_view(pool, 200, 18))
    assert told.bands.shape == (200, 2)
    assert (told.bands >= 0).any(axis=0).all()
    with pytest.raises(InputError) as caught:
        StochasticCurtailment(delta=0.2, cuts=[0.0], maximum=6).prepared(pool)
    assert [problem.where for problem in caught.value.problems] == ["block p", "block q", "block r"]
    with pytest.raises(InputError, match=r"maxima\.r1"):
        StochasticCurtailment(
            delta=0.2, cuts_by_competency={"p1": [0.0]}, maximum=6, maxima={"r1": 3}
        ).prepared(pool)
    with pytest.raises(InputError) as caught:
        StochasticCurtailment(delta=0.2, cuts=[0.0], maximum=0, maxima={"p": True}, gamma=0.0)
    assert [problem.where for problem in caught.value.problems] == ["gamma", "maximum", "maxima.p"]
    with pytest.raises(InputError, match="assumed"):
        StochasticCurtailment(delta=0.2, cuts=[0.0], maximum=6, assumed="hope")
