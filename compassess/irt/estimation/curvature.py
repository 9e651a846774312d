"""The information as what an ascent needs of it: a step for a slope, and a correction after it.

With up to some thousand parameters it is a matrix, corrected by BFGS. With more it is a sum of sparse parts,
I = C − Zᵀ Z, of complete data (blocks of items) and of what missing abilities cost (a row of Z for each
person and dimension, with entries for the items that the person answered): steps come from conjugate
gradients, corrections from the last few steps (L-BFGS), and nothing dense is ever made.

References
----------
Nocedal & Wright (2006), Numerical Optimization, eq. 6.19, algorithms 5.3 and 7.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from compassess.irt.models import Floats

__all__ = ["Curvature", "DenseCurvature", "SparseCurvature"]

_FLAT: Final = 1e-3  # of the bend that was expected: a correction with less could turn the sign
_REMEMBERED: Final = 12  # pairs of steps and falls that a sparse information is corrected by
_CLOSE: Final = 1e-3  # relative residual of conjugate gradients: steps need no more digits
_ITERATIONS: Final = 60  # of them; a step that they leave short is still uphill


class Curvature(Protocol):
    """Minus the second derivative of the objective, or a positive definite stand-in for it."""

    def step(self, slope: Floats, free: NDArray[np.bool_]) -> Floats:
        """I⁻¹ g among the parameters that are free to move; 0 for the others."""

    def corrected(self, moved: Floats, fallen: Floats) -> Curvature:
        """After the slope fell by ``fallen`` along ``moved``."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseCurvature:
    """A matrix, (n_parameters, n_parameters)."""

    matrix: Floats

    def step(self, slope: Floats, free: NDArray[np.bool_]) -> Floats:
        """By elimination."""
        step = np.zeros_like(slope)
        if free.any():
            step[free] = np.linalg.solve(self.matrix[np.ix_(free, free)], slope[free])
        return step

    def corrected(self, moved: Floats, fallen: Floats) -> DenseCurvature:
        """B − B s sᵀ B / sᵀ B s + y yᵀ / yᵀ s, where that stays positive."""
        along = float(moved @ fallen)
        towards = self.matrix @ moved
        bent = float(moved @ towards)
        if along <= _FLAT * bent or bent <= 0:
            return self
        return DenseCurvature(
            self.matrix - np.outer(towards, towards) / bent + np.outer(fallen, fallen) / along
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseCurvature:
    """``complete`` C, (n_parameters, n_parameters) sparse; ``missing`` Z, (n_rows, n_parameters) sparse."""

    complete: sparse.csr_matrix
    missing: sparse.csr_matrix
    pairs: tuple[tuple[Floats, Floats], ...] = ()

    def step(self, slope: Floats, free: NDArray[np.bool_]) -> Floats:
        """The two loops of L-BFGS around conjugate gradients."""
        rest, shares = np.where(free, slope, 0.0), []
        for moved, fallen in reversed(self.pairs):
            share = float(moved @ rest) / float(moved @ fallen)
            rest = rest - share * fallen
            shares.append(share)
        step = self._solved(np.where(free, rest, 0.0), free)
        for (moved, fallen), share in zip(self.pairs, reversed(shares), strict=True):
            step = step + moved * (share - float(fallen @ step) / float(moved @ fallen))
        return np.where(free, step, 0.0)

    def corrected(self, moved: Floats, fallen: Floats) -> SparseCurvature:
        """The same, remembering one pair more."""
        along = float(moved @ fallen)
        if along <= _FLAT * float(moved @ self._times(moved)) or along <= 0:
            return self
        return replace(self, pairs=(*self.pairs, (moved, fallen))[-_REMEMBERED:])

    def _times(self, vector: Floats) -> Floats:
        back = self.missing.T @ (self.missing @ vector.astype(self.missing.dtype))
        return np.asarray(self.complete @ vector - back)

    def _solved(self, right: Floats, free: NDArray[np.bool_]) -> Floats:
        """(C − Zᵀ Z)⁻¹ r, preconditioned by the diagonal of C; short of the end it is still uphill."""
        size = right.size
        diagonal = np.maximum(self.complete.diagonal(), np.finfo(float).tiny)
        operator = linalg.LinearOperator(
            (size, size), matvec=lambda x: np.where(free, self._times(np.where(free, x, 0.0)), x), dtype=float
        )
        scale = linalg.LinearOperator((size, size), matvec=lambda x: x / diagonal, dtype=float)
        solution, _ = linalg.cg(operator, right, rtol=_CLOSE, maxiter=_ITERATIONS, M=scale)
        return np.asarray(solution)
