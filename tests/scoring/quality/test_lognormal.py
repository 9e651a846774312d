"""compassess.scoring.quality.lognormal: speed, residuals and fit under known items."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from compassess.errors import InputError
from compassess.scoring.quality import TimeModel, simulate_times, time_fit

SUMS: Final = 1e-10  # the same sums in another order


def model(n_items: int = 8, seed: int = 0) -> TimeModel:
    """Items of about 40 seconds."""
    rng = np.random.default_rng(seed)
    return TimeModel.create(
        [f"i{j}" for j in range(n_items)],
        rng.uniform(1, 3, n_items),
        rng.normal(3.7, 0.4, n_items),
        speed_sd=0.4,
    )


def drawn(known: TimeModel, n_persons: int, seed: int = 1) -> np.ndarray:
    """Times of persons drawn from the model."""
    speed = known.speed_sd * np.random.default_rng(seed).standard_normal(n_persons)
    return simulate_times(known, speed, seed=seed + 1)


@pytest.mark.parametrize("method", ["ML", "EAP"])
def test_speed_is_the_highest_point(method: str) -> None:
    """τ̂ maximises the (penalised) log-likelihood, and SE is its curvature."""
    known = model()
    times = drawn(known, 3)
    found = time_fit(times, known, method=method)
    for row, seconds in enumerate(times):

        def loss(tau: float, seconds: np.ndarray = seconds) -> float:
            fit = stats.norm.logpdf(np.log(seconds), known.beta - tau, 1 / known.alpha).sum()
            prior = stats.norm.logpdf(tau, 0, known.speed_sd) if method == "EAP" else 0.0
            return -float(fit + prior)

        best = optimize.minimize_scalar(loss, bracket=(-1, 1), tol=1e-10)
        assert found.tau[row] == pytest.approx(best.x, abs=1e-6)  # a minimum is flat: √1e-16
        bend = (loss(best.x + 1e-3) - 2 * loss(best.x) + loss(best.x - 1e-3)) / 1e-6
        assert found.se[row] == pytest.approx(bend**-0.5, rel=1e-6)


@pytest.mark.parametrize("method", ["ML", "EAP"])
def test_predictive_residuals_leave_the_time_out(method: str) -> None:
    """z_(i) is the time against its prediction from a fit without it, over the SD of the prediction."""
    known = model(6)
    times = drawn(known, 4)
    found = time_fit(times, known, method=method)
    for item in range(6):
        rest = times.copy()
        rest[:, item] = np.nan
        without = time_fit(rest, known, method=method)
        error = np.log(times[:, item]) - (known.beta[item] - without.tau)
        expected = error / np.sqrt(known.alpha[item] ** -2 + without.se**2)
        np.testing.assert_allclose(found.predictive_z[:, item], expected, rtol=0, atol=SUMS)


@given(st.floats(-2, 2), st.integers(0, 1000))
def test_fit_does_not_hang_on_speed(shift: float, seed: int) -> None:
    """Somebody who takes e^(−c) of every time has a speed higher by c, and the same residuals and X²."""
    known = model()
    times = drawn(known, 2, seed)
    before, after = time_fit(times, known), time_fit(times * np.exp(-shift), known)
    np.testing.assert_allclose(after.tau, before.tau + shift, rtol=0, atol=SUMS)
    np.testing.assert_allclose(after.predictive_z, before.predictive_z, rtol=0, atol=1e-8)
    np.testing.assert_allclose(after.statistic, before.statistic, rtol=1e-8)


def test_statistic_is_chi_square() -> None:
    """X² of simulated persons, with holes, has uniform p-values; so has each predictive residual."""
    known = model(10)
    times = drawn(known, 4000, 3)
    times[np.random.default_rng(4).random(times.shape) < 0.3] = np.nan
    found = time_fit(times, known)
    told = found.p_value[np.isfinite(found.p_value)]
    # A Kolmogorov-Smirnov test of a true hypothesis, by a fixed seed.
    assert stats.kstest(told, "uniform").pvalue > 0.01
    for item in range(10):
        z = found.predictive_z[:, item]
        assert stats.kstest(z[np.isfinite(z)], "norm").pvalue > 0.005


def test_a_rapid_answer_stands_out() -> None:
    """One answer in a second among times as expected: its residual is far below, the others' little moved."""
    known = model(12)
    times = np.exp(known.beta)[None].copy()
    times[0, 4] = 1.0
    found = time_fit(times, known)
    assert found.predictive_z[0, 4] < -3
    assert np.abs(np.delete(found.predictive_z[0], 4)).max() < 2
    assert found.p_value[0] < 0.05


def test_few_times_have_their_status() -> None:
    """Nothing, one time, two times; with the prior a single time has a prediction."""
    known = model(3)
    times = np.array([[np.nan] * 3, [30.0, np.nan, np.nan], [30.0, 40.0, np.nan]])
    found = time_fit(times, known)
    assert found.status == ("no_times", "one_time", "ok")
    assert np.isnan(found.tau[0])
    assert np.isnan(found.p_value[:2]).all()
    assert np.isnan(found.predictive_z[1]).all()
    assert np.isfinite(found.p_value[2])
    prior = time_fit(times, known, method="EAP")
    assert prior.tau[0] == 0.0
    assert prior.se[0] == pytest.approx(known.speed_sd)
    expected = (np.log(30.0) - known.beta[0]) / np.hypot(1 / known.alpha[0], known.speed_sd)
    assert prior.predictive_z[1, 0] == pytest.approx(expected)


def test_items_without_parameters_do_not_count() -> None:
    """NaN parameters leave an item out."""
    known = TimeModel.create(["a", "b", "c"], [1.5, np.nan, 2.0], [3.0, np.nan, 4.0])
    assert time_fit([[20.0, 1.0, 50.0]], known).n_times[0] == 2


def test_a_model_that_is_none_is_refused_with_every_fault() -> None:
    """α and σ are positive, β finite, lengths equal."""
    with pytest.raises(InputError) as caught:
        TimeModel.create(["a", "b", "c"], [0.0, -1.0, 1.0], [1.0, 1.0, np.inf], speed_sd=0.0)
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="unequal lengths"):
        TimeModel.create(["a"], [1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="unknown method"):
        time_fit([[1.0] * 8], model(), method="WLE")
