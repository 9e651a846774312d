"""compassess.simulation.recovery: figures by hand, errors by repetition."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

import compassess as ca
from compassess.simulation import Recovery, recovery

N_STUDIES: Final = 2_000


def test_figures_by_hand() -> None:
    """Errors 1, −1, 0, 2 with SEs 1, .5, 1, 1: two of four are within 1.96 SE."""
    found = recovery([1.0, 0.0, 2.0, 5.0], [1.0, 0.5, 1.0, 1.0], [0.0, 1.0, 2.0, 3.0])
    assert found.n == 4
    assert found.bias == pytest.approx(0.5)
    assert found.bias_error == pytest.approx(math.sqrt(5 / 3) / 2)  # Σ(e − ½)² = 5
    assert found.rmse == pytest.approx(math.sqrt(1.5))
    assert found.rmse_error == pytest.approx(math.sqrt(3) / (2 * math.sqrt(1.5) * 2))  # e² = 1, 1, 0, 4
    assert found.mean_se == pytest.approx(0.875)
    assert found.mean_se_error == pytest.approx(0.125)
    assert found.coverage == 0.5
    assert found.coverage_error == pytest.approx(0.25)
    assert found.r == pytest.approx(np.corrcoef([1, 0, 2, 5], [0, 1, 2, 3])[0, 1])


def test_monte_carlo_errors_are_the_scatter_of_studies() -> None:
    """Over 2,000 studies of 400 people, every figure scatters by its error, to five standard errors of an SD."""
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(N_STUDIES, 400))
    se = 0.3 + 0.2 * rng.random(truth.shape)
    theta = 0.1 + truth + se * rng.standard_t(8, size=truth.shape)
    found = [recovery(*rows) for rows in zip(theta, se, truth, strict=True)]
    for name in ("bias", "rmse", "mean_se", "coverage", "r"):
        scatter = np.std([getattr(one, name) for one in found], ddof=1)
        told = np.mean([getattr(one, f"{name}_error") for one in found])
        assert told == pytest.approx(scatter, rel=5 / math.sqrt(2 * N_STUDIES) + 0.01), name


def test_right_intervals_cover_as_often_as_they_say() -> None:
    """Normal errors of SD s are within 1.96 s in 95 of 100."""
    rng = np.random.default_rng(7)
    se = rng.uniform(0.1, 2.0, 40_000)
    found = recovery(se * rng.normal(size=se.size), se, np.zeros(se.size))
    assert abs(found.coverage - 0.95) < 4 * found.coverage_error
    wide = recovery(norm.ppf([0.9749, 0.9751]), np.ones(2), np.zeros(2))
    assert wide.coverage == 0.5
    assert math.isnan(wide.r)


def test_nobody_and_one() -> None:
    """Nobody has no figures; one person has figures without errors."""
    nobody = recovery([], [], [])
    assert nobody.n == 0
    assert all(math.isnan(getattr(nobody, name)) for name in Recovery.__dataclass_fields__ if name != "n")
    one = recovery([1.0], [0.5], [0.5])
    assert (one.bias, one.rmse, one.coverage) == (0.5, 0.5, 1.0)
    assert math.isnan(one.bias_error)
    assert math.isnan(one.rmse_error)


def test_estimates_without_error() -> None:
    """Where every e is 0, RMSE and its error are 0, and r is 1."""
    found = recovery([0.0, 1.0, 3.0], [0.1, 0.1, 0.1], [0.0, 1.0, 3.0])
    assert (found.rmse, found.rmse_error, found.coverage) == (0.0, 0.0, 1.0)
    assert found.r == pytest.approx(1.0)
    assert found.r_error == pytest.approx(0.0, abs=1e-12)


@given(
    arrays(np.float64, 12, elements=st.floats(-3, 3)),
    arrays(np.float64, 12, elements=st.floats(-3, 3)),
    st.floats(-5, 5),
)
def test_laws(theta: np.ndarray, truth: np.ndarray, shift: float) -> None:
    """RMSE² = bias² + variance of the errors; moving estimates and truth together changes no error."""
    se = np.full(12, 0.4)
    found = recovery(theta, se, truth)
    assert found.rmse**2 == pytest.approx(found.bias**2 + np.var(theta - truth), abs=1e-9)
    moved = recovery(theta + shift, se, truth + shift)
    assert moved.rmse == pytest.approx(found.rmse, abs=1e-9)
    assert moved.bias == pytest.approx(found.bias, abs=1e-9)


def test_truths_that_hardly_differ() -> None:
    """r does not depend on the unit, down to differences whose squares are no longer numbers above 0."""
    theta, truth = np.array([0.0, 1.0, 2.0, 1.0]), np.array([0.0, 1.0, 1.0, 3.0])
    se = np.full(4, 0.4)
    tiny = recovery(theta, se, truth * 1e-200)
    plain = recovery(theta, se, truth)
    assert tiny.r == pytest.approx(plain.r, rel=1e-12)
    assert tiny.r_error == pytest.approx(plain.r_error, rel=1e-12)


def test_lengths_that_differ() -> None:
    """Three vectors of one length, or a sentence."""
    with pytest.raises(ca.InputError, match="not three vectors of one length"):
        recovery([1.0, 2.0], [1.0], [1.0, 2.0])
