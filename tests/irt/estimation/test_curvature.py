"""An information as steps: the same whether it is kept as a matrix or as sparse parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from compassess.irt.estimation.curvature import Curvature, DenseCurvature, SparseCurvature

RNG = np.random.default_rng(8)
MISSING = sparse.random(40, 12, density=0.3, random_state=4, format="csr")
COMPLETE = sparse.csr_matrix((MISSING.T @ MISSING).toarray() + np.diag(RNG.uniform(1, 5, 12)))
MATRIX = (COMPLETE - MISSING.T @ MISSING).toarray()
SLOPE = RNG.normal(size=12)
FREE = np.array([True] * 9 + [False] * 3)
KINDS = [DenseCurvature(MATRIX), SparseCurvature(complete=COMPLETE, missing=MISSING)]
EITHER = pytest.mark.parametrize("curvature", KINDS, ids=["dense", "sparse"])


@EITHER
def test_a_step_solves_for_what_is_free(curvature: Curvature) -> None:
    """I⁻¹ g among the free, 0 for the others."""
    step = curvature.step(SLOPE, FREE)
    expected = np.linalg.solve(MATRIX[:9, :9], SLOPE[:9])
    # Conjugate gradients stop at a residual of 1e-3.
    np.testing.assert_allclose(step[:9], expected, rtol=0, atol=2e-3 * np.abs(expected).max())
    np.testing.assert_array_equal(step[9:], 0.0)


@EITHER
def test_a_correction_is_believed(curvature: Curvature) -> None:
    """After the slope fell by y along s, the step for y is s (the secant equation)."""
    moved = RNG.normal(size=12)
    fallen = 1.3 * MATRIX @ moved + 0.01 * RNG.normal(size=12)
    step = curvature.corrected(moved, fallen).step(fallen, np.ones(12, dtype=np.bool_))
    np.testing.assert_allclose(step, moved, rtol=0, atol=2e-3 * np.abs(moved).max())


@EITHER
def test_a_slope_that_rose_corrects_nothing(curvature: Curvature) -> None:
    """It would make the information indefinite, and steps go downhill."""
    moved = RNG.normal(size=12)
    assert curvature.corrected(moved, -(MATRIX @ moved)) is curvature


@EITHER
def test_steps_go_uphill_after_any_corrections(curvature: Curvature) -> None:
    """Twenty random ones, more than a sparse one remembers: g · d stays positive."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        moved = rng.normal(size=12)
        curvature = curvature.corrected(moved, MATRIX @ moved + rng.normal(size=12))
        slope = rng.normal(size=12)
        assert slope @ curvature.step(slope, np.ones(12, dtype=np.bool_)) > 0
