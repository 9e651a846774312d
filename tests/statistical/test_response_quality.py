"""False-alarm rates and power of the flags of response quality, and of lz* by the normal distribution.

Tolerances are Monte-Carlo errors of shares: three of √(p (1 − p) / n), at fixed seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from compassess.irt import Items, person_fit, score, simulate_abilities, simulate_responses
from compassess.scoring.quality import (
    QualityRules,
    Rate,
    TimeModel,
    calibrate_times,
    flag_rates,
    normative_thresholds,
    simulate_times,
)

pytestmark = pytest.mark.slow

N_ITEMS, LENGTH, N_PERSONS, NOMINAL = 60, 30, 800, 0.05
FEWER = 250  # for power, whose bounds are far away
RULES = QualityRules(
    unusual_answers=NOMINAL,
    unusual_times=NOMINAL,
    straight_lining=NOMINAL,
    patterned_answers=NOMINAL,
    n_draws=199,
)
ERROR = 3 * np.sqrt(NOMINAL * (1 - NOMINAL) / N_PERSONS)


def form(n_items: int, n_categories: int, *, seed: int = 3) -> Items:
    """Slopes of .8 to 2, thresholds about ±2."""
    rng = np.random.default_rng(seed)
    spread = np.linspace(-1, 1, n_categories - 1) if n_categories > 2 else np.zeros(1)
    return Items.create(
        ids=[f"i{j}" for j in range(n_items)],
        a=rng.uniform(0.8, 2.0, n_items),
        b=rng.normal(0, 0.9, (n_items, 1)) + spread,
    )


@cache
def rates(design: str, aberrance: str | None = None) -> Mapping[str, Rate]:
    """Situational items of four options that score 0 to 3 in any order, about 40 seconds each."""
    rng = np.random.default_rng(5)
    items = form(N_ITEMS, 4)
    model = TimeModel.create(
        items.ids, rng.uniform(1.5, 2.5, N_ITEMS), rng.normal(3.6, 0.3, N_ITEMS), speed_sd=0.3
    )
    normed = simulate_times(model, 0.3 * rng.standard_normal(2000), seed=6)
    return flag_rates(
        RULES,
        items,
        aberrance,
        seed=11,
        n_persons=FEWER if aberrance else N_PERSONS,
        time_model=model,
        time_thresholds=normative_thresholds(normed),
        categories=np.array([rng.permutation(4) for _ in range(N_ITEMS)]),
        design=design,
        length=LENGTH,
    )


@pytest.mark.parametrize("design", ["fixed", "adaptive"])
def test_false_alarms_are_as_rare_as_they_are_told(design: str) -> None:
    """At a nominal 5 % every flag is raised on 5 % of honest persons at most, on fixed and adaptive forms."""
    found = rates(design)
    for flag in ("unusual_answers", "unusual_times"):
        assert found[flag].rate == pytest.approx(NOMINAL, abs=ERROR), flag
    # Runs are whole numbers, and patterns have few values: their rates stay below the nominal one.
    for flag in ("straight_lining", "patterned_answers"):
        assert 0 < found[flag].rate <= NOMINAL + ERROR, flag
    # RTE has no nominal rate. Thresholds are three SD and more below the times of anybody.
    assert found["rapid_guessing"].rate <= 0.01


@pytest.mark.parametrize("design", ["fixed", "adaptive"])
@pytest.mark.parametrize(
    ("aberrance", "flag", "least"),
    [
        # Random answers on half of 30 items leave lz* little to see; measured .4 and more at 5 %.
        ("random_guessing", "unusual_answers", 0.3),
        ("fast_guessing", "rapid_guessing", 0.99),
        ("fast_guessing", "unusual_times", 0.99),
        ("straight_lining", "straight_lining", 0.99),
        ("patterned_answers", "patterned_answers", 0.9),
    ],
)
def test_simple_aberrance_is_found(design: str, aberrance: str, flag: str, least: float) -> None:
    """Half of the test answered at random, in haste, in one position or in turn."""
    assert rates(design, aberrance)[flag].rate > least


@pytest.mark.parametrize("n_categories", [2, 4])
@pytest.mark.parametrize("method", ["ML", "WLE", "MAP", "EAP"])
def test_lz_star_is_nearly_normal_on_forms_of_twenty(n_categories: int, method: str) -> None:
    """lz* is below the normal 5 % point in 5 % of honest persons, lz in clearly fewer."""
    items, n = form(20, n_categories), 10_000
    responses = simulate_responses(items, simulate_abilities(items.population, n, seed=1), seed=2)
    scores = score(responses, items, method)
    found = person_fit(responses, items, scores)
    told = np.isfinite(found.lz_star)
    low, low_star = (np.mean(x[told] < -1.6449) for x in (found.lz, found.lz_star))
    # .0065 is three Monte-Carlo errors; the long lower tail adds up to about .01.
    assert 0.05 - 0.0065 < low_star < 0.06 + 0.0065
    assert low < low_star - 0.01


def test_times_are_calibrated_without_bias() -> None:
    """Over 60 replications β, ln α and σ have no bias beyond three of its Monte-Carlo errors (one in all)."""
    rng = np.random.default_rng(7)
    truth = TimeModel.create(
        [f"i{j}" for j in range(12)], rng.uniform(1, 3, 12), rng.normal(4, 0.4, 12), speed_sd=0.4
    )
    found = []
    for replication in range(60):
        seconds = simulate_times(truth, 0.4 * rng.standard_normal(400), seed=replication)
        seconds[rng.random(seconds.shape) < 0.3] = np.nan
        fit = calibrate_times(seconds, truth.items)
        assert fit.converged
        found.append(np.concatenate([fit.model.beta, np.log(fit.model.alpha), [np.log(fit.model.speed_sd)]]))
    values = np.array(found) - np.concatenate([truth.beta, np.log(truth.alpha), [np.log(0.4)]])
    z = values.mean(axis=0) / (values.std(axis=0, ddof=1) / np.sqrt(60))
    # ln α is too high by about 1 / n = 1 / 280 with n times, half of its Monte-Carlo error here.
    assert np.sum(np.abs(z) > 3) <= 1
    assert np.sqrt(np.mean(z**2)) < 1.6
