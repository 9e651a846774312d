"""Steps from an information, and what a step teaches about it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from compassess.irt.estimation.curvature import Curvature, DenseCurvature, SparseCurvature
from compassess.irt.models import Floats

SIZE = 12


def parts(seed: int) -> tuple[Floats, Floats]:
    """C, diagonal, and Z with C − Zᵀ Z positive definite."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(30, SIZE)) * (rng.random((30, SIZE)) < 0.4)
    lost = factor.T @ factor
    return np.diag(np.linalg.eigvalsh(lost)[-1] * rng.uniform(1.2, 3.0, SIZE)), factor


def both(seed: int) -> tuple[Floats, list[Curvature]]:
    """The matrix, and the two ways to keep it."""
    complete, factor = parts(seed)
    matrix = complete - factor.T @ factor
    kept = SparseCurvature(complete=sparse.csr_matrix(complete), missing=sparse.csr_matrix(factor))
    return matrix, [DenseCurvature(matrix), kept]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_step_solves_among_what_is_free(seed: int) -> None:
    """I d = g in the free rows and columns; what is held does not move."""
    rng = np.random.default_rng(seed)
    matrix, kept = both(seed)
    slope, free = rng.normal(size=SIZE), rng.random(SIZE) < 0.7
    expected = np.zeros(SIZE)
    if free.any():
        expected[free] = np.linalg.solve(matrix[np.ix_(free, free)], slope[free])
    for curvature, close in zip(kept, (1e-9, 2e-2), strict=True):  # conjugate gradients stop at 1e-3
        step = curvature.step(slope, free)
        np.testing.assert_array_equal(step[~free], 0.0)
        assert np.linalg.norm(step - expected) <= close * np.linalg.norm(expected) + 1e-15


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), n_steps=st.integers(1, 6))
def test_the_last_fall_is_remembered(seed: int, n_steps: int) -> None:
    """After corrections the step for the last fall is the last move (the secant equation)."""
    rng = np.random.default_rng(seed)
    _, kept = both(seed)
    truth = parts(seed)[0] * rng.uniform(0.5, 1.0, SIZE)
    everything = np.ones(SIZE, dtype=np.bool_)
    for curvature, close in zip(kept, (1e-8, 5e-3), strict=True):
        moved = fallen = np.zeros(SIZE)
        now = curvature
        for _ in range(n_steps):
            moved = rng.normal(size=SIZE)
            fallen = truth @ moved
            now = now.corrected(moved, fallen)
        step = now.step(fallen, everything)
        assert np.linalg.norm(step - moved) <= close * np.linalg.norm(moved)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_rise_along_a_step_is_not_believed(seed: int) -> None:
    """A slope that grew where it should fall would turn the sign: the information stays as it was."""
    rng = np.random.default_rng(seed)
    _, kept = both(seed)
    moved = rng.normal(size=SIZE)
    for curvature in kept:
        for fallen in (-moved, np.zeros(SIZE), 1e-9 * moved):
            assert curvature.corrected(moved, fallen) is curvature


@pytest.mark.parametrize("seed", range(5))
def test_corrected_steps_go_up(seed: int) -> None:
    """However rough the information, g · d stays positive after falls of a concave function."""
    rng = np.random.default_rng(seed)
    _, kept = both(seed)
    truth = np.diag(rng.uniform(0.1, 50.0, SIZE))
    everything = np.ones(SIZE, dtype=np.bool_)
    for curvature in kept:
        now = curvature
        for _ in range(20):  # more than a sparse one remembers
            moved = rng.normal(size=SIZE)
            now = now.corrected(moved, truth @ moved)
            slope = rng.normal(size=SIZE)
            assert slope @ now.step(slope, everything) > 0


def test_nothing_free_is_no_step() -> None:
    """All held: zeros."""
    _, kept = both(1)
    for curvature in kept:
        np.testing.assert_array_equal(curvature.step(np.ones(SIZE), np.zeros(SIZE, dtype=np.bool_)), 0.0)
