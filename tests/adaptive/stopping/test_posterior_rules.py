"""The classification rules that read the posterior: intervals, band probabilities, risk zones."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import pytest
import sittings
from scipy.stats import norm

from compassess.adaptive import View, estimate
from compassess.adaptive.stopping import BandProbability, ConfidenceInterval, RiskProbability, decisions_of
from compassess.adaptive.stopping.posteriors import masses_of
from compassess.errors import InputError
from compassess.scoring import summary
from compassess.scoring.cuts import between_cuts

POOL = banks.assessment(banks.one_block(40)).plan.pool
THREE = banks.assessment(banks.three_blocks(5)).plan.pool


def normal_view(mean: list[float], sd: float) -> View:
    """Sittings whose posterior is N(mean, sd²)."""
    theta = POOL.lattice.grid.theta
    masses = np.maximum(norm.pdf(theta, np.array(mean)[:, None], sd), 1e-250)
    view = sittings.random_view(POOL, len(mean), 1)
    told = (np.log(masses) - np.log(POOL.lattice.prior))[:, None]
    progress = replace(view.progress, log_likelihood=told)
    return replace(view, progress=progress, now=estimate(POOL, progress))


def test_the_interval_is_that_of_the_normal_distribution() -> None:
    """95 % reach 1.96 SE: 0.58 beyond the cut is not enough at SE 0.3, 0.59 is."""
    view = normal_view([0.59, 0.58, -0.59, 0.0], 0.3)
    rule = ConfidenceInterval(confidence=0.95, cuts=[0.0]).prepared(POOL)
    (told,) = decisions_of(rule, view)
    assert told.bands[:, 0].tolist() == [1, -1, 0, -1]
    assert told.leanings[:, 0].tolist() == [1, 1, 0, 1]


def test_band_probabilities_are_those_of_the_posterior() -> None:
    """A normal posterior: P(0 ≤ θ < 1) = Φ(…) − Φ(…) decides on either side of the probability asked for."""
    view = normal_view([0.5, 0.4, -0.3], 0.25)
    share = norm.cdf(1.0, 0.5, 0.25) - norm.cdf(0.0, 0.5, 0.25)
    below = norm.cdf(0.0, -0.3, 0.25)
    aside = norm.cdf(1.0, 0.4, 0.25) - norm.cdf(0.0, 0.4, 0.25)
    assert below < aside < share
    for wanted, bands in (
        (share + 1e-4, [-1, -1, -1]),
        (share - 1e-4, [1, -1, -1]),
        (aside - 1e-4, [1, 1, -1]),
        (below - 1e-4, [1, 1, 0]),
    ):
        rule = BandProbability(probability=wanted, cuts=[0.0, 1.0]).prepared(POOL)
        assert decisions_of(rule, view)[0].bands[:, 0].tolist() == bands


def test_risk_zones_have_thresholds_of_their_own_on_either_side() -> None:
    """At risk from P(θ < r) = 0.7 on, clear at 0.1 or less, and open between."""
    p = np.array([0.71, 0.69, 0.11, 0.09])
    view = normal_view((-1.0 - 0.3 * norm.ppf(p)).tolist(), 0.3)
    rule = RiskProbability(risk=0.7, clear=0.1, cuts=[-1.0]).prepared(POOL)
    (told,) = decisions_of(rule, view)
    assert told.bands[:, 0].tolist() == [0, -1, -1, 1]
    assert told.leanings[:, 0].tolist() == [0, 0, 1, 1]


def test_risk_zones_agree_with_what_a_conclusion_says() -> None:
    """With the numbers of the bands file a decision is "risk" or "clear" just where the conclusion says so."""
    assessment = banks.assessment(banks.three_blocks(5))
    risk = assessment.bands.risk
    cuts = {name: [risk.threshold_for(name)] for name in THREE.lattice.population.competencies}
    rule = RiskProbability(
        risk=risk.risk_probability, clear=risk.clear_probability, cuts_by_competency=cuts
    ).prepared(assessment.plan.pool)
    view = sittings.random_view(assessment.plan.pool, 300, 24, seed=3)
    found = summary(assessment.interpretation, view.now.likelihood, view.now.posterior).risk
    expected = np.where(found >= risk.risk_probability, 0, np.where(found <= risk.clear_probability, 1, -1))
    (told,) = decisions_of(rule, view)
    assert np.array_equal(told.bands, expected)
    assert {-1, 0, 1} <= set(np.unique(told.bands))


def test_a_decided_band_is_where_the_posterior_lies() -> None:
    """Of blocks and competencies: a band that is decided holds at least the probability asked for."""
    view = sittings.random_view(THREE, 200, 15, seed=6)
    cuts = [-0.6, 0.8]
    rule = BandProbability(probability=0.75, cuts=cuts, competency_cuts=cuts).prepared(THREE)
    (told,) = decisions_of(rule, view)
    assert told.bands.shape == (200, 9)
    for place, target in enumerate(told.targets):
        p = between_cuts(masses_of(view, target) @ THREE.lattice.grid.below(np.array(cuts)).T)
        decided = told.bands[:, place] >= 0
        assert decided.any()
        assert (p[decided, told.bands[decided, place]] >= 0.75 - 1e-9).all()
        assert (p[~decided].max(axis=1) < 0.75).all()
        assert np.array_equal(told.leanings[:, place], p.argmax(axis=1))


def test_parameters_are_checked() -> None:
    """A band has more than half of the probability; nobody is clear and at risk at once."""
    with pytest.raises(InputError, match="probability"):
        BandProbability(probability=0.5, cuts=[0.0])
    with pytest.raises(InputError, match="confidence"):
        ConfidenceInterval(confidence=1.0, cuts=[0.0])
    with pytest.raises(InputError, match="clear and at risk"):
        RiskProbability(risk=0.3, clear=0.3, cuts=[0.0])
    with pytest.raises(InputError) as caught:
        RiskProbability(risk=1.0, clear=float("nan"), cuts=[0.0])
    assert [problem.where for problem in caught.value.problems] == ["risk", "clear"]
