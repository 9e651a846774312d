"""compassess.scoring.quality.time_calibration: α, β and σ from a table of times."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from compassess.errors import InputError
from compassess.scoring.quality import TimeModel, calibrate_times, simulate_times
from compassess.scoring.quality.time_calibration import TimeCalibration

from .test_lognormal import drawn, model


def by_brute_force(times: np.ndarray, known: TimeModel) -> float:
    """The log-likelihood of log times as a multivariate normal one of each person's items."""
    total = 0.0
    for row in times:
        own = np.isfinite(row)
        covariance = np.diag(known.alpha[own] ** -2) + known.speed_sd**2
        total += stats.multivariate_normal.logpdf(np.log(row[own]), known.beta[own], covariance)
    return float(total)


@pytest.fixture(scope="module")
def times() -> np.ndarray:
    """400 persons, 8 items, a quarter of the cells missing."""
    found = drawn(model(), 400, 7)
    found[np.random.default_rng(8).random(found.shape) < 0.25] = np.nan
    return found


@pytest.fixture(scope="module")
def fit(times: np.ndarray) -> TimeCalibration:
    """Their calibration."""
    return calibrate_times(times)


def test_the_likelihood_is_that_of_the_normal_model(times: np.ndarray, fit: TimeCalibration) -> None:
    """The log-likelihood that is told is the multivariate normal one."""
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(by_brute_force(times, fit.model), rel=1e-10)


def test_no_parameter_can_be_moved_uphill(times: np.ndarray, fit: TimeCalibration) -> None:
    """At the maximum every parameter's slope is nothing beside its curvature."""
    known, step = fit.model, 1e-3
    here = by_brute_force(times, known)

    def moved(name: str, item: int, by: float) -> float:
        values = {"alpha": known.alpha.copy(), "beta": known.beta.copy()}
        if name == "speed_sd":
            return by_brute_force(
                times, TimeModel.create(known.items, **values, speed_sd=known.speed_sd + by)
            )
        values[name][item] += by
        return by_brute_force(times, TimeModel.create(known.items, **values, speed_sd=known.speed_sd))

    for name, item in [("alpha", 0), ("alpha", 5), ("beta", 2), ("beta", 7), ("speed_sd", 0)]:
        up, down = moved(name, item, step), moved(name, item, -step)
        slope, bend = (up - down) / (2 * step), (up - 2 * here + down) / step**2
        assert bend < 0
        # The way to the top, as the slope tells it, in standard errors.
        assert abs(slope / bend) * np.sqrt(-bend) < 1e-3


def test_parameters_are_recovered() -> None:
    """Estimates from 3,000 persons who each saw half of 20 items lie within 4.5 of their errors."""
    rng = np.random.default_rng(5)
    truth = TimeModel.create(
        [f"i{j}" for j in range(20)], rng.uniform(1, 3, 20), rng.normal(4, 0.5, 20), speed_sd=0.35
    )
    seconds = drawn(truth, 3000, 6)
    seconds[rng.random(seconds.shape) < 0.5] = np.nan
    found = calibrate_times(seconds, truth.items)
    assert found.item_status == ("ok",) * 20
    n = np.isfinite(seconds).sum(axis=0)
    # With τ known a β errs by 1 / (α √n), a ln α by 1 / √(2 n); τ itself adds about half of that again.
    assert np.max(np.abs(found.model.beta - truth.beta) * truth.alpha * np.sqrt(n)) < 4.5
    assert np.max(np.abs(np.log(found.model.alpha / truth.alpha)) * np.sqrt(2 * n)) < 4.5
    assert found.model.speed_sd == pytest.approx(0.35, rel=4 / np.sqrt(2 * 3000))


def test_faster_clocks_shift_intensities_alone(times: np.ndarray, fit: TimeCalibration) -> None:
    """Times in another unit move every β by its logarithm."""
    minutes = calibrate_times(times / 60)
    np.testing.assert_allclose(minutes.model.beta, fit.model.beta - np.log(60), rtol=0, atol=1e-5)
    np.testing.assert_allclose(minutes.model.alpha, fit.model.alpha, rtol=1e-5)


def test_each_item_has_its_status() -> None:
    """No parameters, few times, no error at all, ok."""
    known = model(5)
    seconds = drawn(known, 80)
    seconds[1:, 0] = np.nan
    seconds[30:, 1] = np.nan
    found = calibrate_times(seconds)
    assert found.item_status == ("no_parameters", "few_times", "ok", "ok", "ok")
    assert np.isnan(found.model.alpha[0])
    exact = simulate_times(TimeModel.create("abc", [2.0] * 3, [3.0] * 3), np.zeros(60), seed=1)
    exact[:, 0] = 20.0
    # Times that are all alike, in people without differences of speed.
    bound = calibrate_times(exact, max_steps=5000)
    assert bound.item_status[0] == "at_bound"


def test_too_few_steps_are_told() -> None:
    """Without convergence the status says what to do."""
    found = calibrate_times(drawn(model(), 50), max_steps=1)
    assert not found.converged
    assert "max_steps" in found.status


def test_times_that_tell_nothing_are_refused() -> None:
    """Nobody with two times; names that do not fit."""
    with pytest.raises(InputError) as caught:
        calibrate_times([[1.0, np.nan], [np.nan, 2.0]], ["a"])
    assert [problem.where for problem in caught.value.problems] == ["items", "times"]
