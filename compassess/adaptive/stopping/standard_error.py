"""A block is known well enough when its posterior SD is small enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View

__all__ = ["StandardError"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardError:
    """A block is known well enough when the posterior SD of its θ is at most its target.

    ``target`` is common to the blocks, ``targets`` are those of single ones, by name. As a blueprint's first
    rule it takes both from ``stopping.target`` and ``stopping.targets``.
    """

    name: ClassVar[str] = "standard_error"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "precision"

    target: float
    targets: Mapping[str, float] = field(default_factory=dict)

    def prepared(self, pool: Pool) -> PreparedStandardError:
        """With a target for every block of the pool's population."""
        blocks = pool.lattice.population.blocks
        return PreparedStandardError(np.array([self.targets.get(name, self.target) for name in blocks]))


@dataclass(frozen=True, slots=True)
class PreparedStandardError:
    """Targets by block, (n_blocks,)."""

    targets: Floats

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """SE ≤ target, with a billionth to spare so that the last bits do not decide; (n, n_blocks)."""
        return np.asarray(view.now.block_se <= self.targets * (1.0 + 1e-9))
