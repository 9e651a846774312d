"""The whole is known well enough when the posterior SD of the blocks' weighted sum is small enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import TIE
from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.parameters import is_number, not_positive, unknown_blocks
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.grid import Grid
from compassess.irt.read_only import read_only

__all__ = ["OverallStandardError"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallStandardError:
    """All blocks are known when SD(vᵀθ | answers) ≤ ``target``, v = w / √(wᵀ Σ w).

    Σ is the covariance of the blocks in the population, so that vᵀθ is the standardised composite of a
    conclusion where ``weights`` w are those of the bands file; by default all blocks weigh alike, and a
    block that is not named weighs nothing. The SD counts what correlated blocks tell of each other. With one
    block it is the rule ``standard_error``.

    Domain: weights ≥ 0, one of them above 0. References: docs/stopping.md.
    """

    name: ClassVar[str] = "overall_standard_error"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "precision"

    target: float
    weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = list(not_positive(target=self.target))
        for name, weight in self.weights.items():
            if not (is_number(weight) and weight >= 0):
                problems.append(
                    Problem(
                        where=f"weights.{name}", what="not a weight", got=repr(weight), expected="0 or more"
                    )
                )
        if not problems and self.weights and not any(self.weights.values()):
            problems.append(Problem(where="weights", what="nothing weighs anything"))
        raise_if_any(problems)

    def prepared(self, pool: Pool) -> PreparedOverallStandardError:
        """With vᵀθ and its square on the joint grid."""
        raise_if_any(list(unknown_blocks(pool, "weights", self.weights)))
        lattice = pool.lattice
        people = lattice.population
        w = np.array([self.weights.get(name, 0.0 if self.weights else 1.0) for name in people.blocks])
        composite = _on_joint_grid(lattice.grid, w / np.sqrt(w @ people.covariance @ w))
        functions = lattice.prepared(np.stack([composite, composite**2]))
        return PreparedOverallStandardError(read_only(functions), self.target)


@dataclass(frozen=True, slots=True)
class PreparedOverallStandardError:
    """``functions`` as :meth:`Lattice.prepared` made them."""

    functions: Floats
    target: float

    def error(self, view: View) -> Floats:
        """SD(vᵀθ | answers), (n,)."""
        first, second = view.pool.lattice.expectation(view.now.posterior, self.functions).T
        return np.sqrt(np.maximum(second - first**2, 0.0))

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """(n, n_blocks), of all blocks alike."""
        known = self.error(view) <= self.target * (1.0 + TIE)
        return np.repeat(known[:, None], view.now.block_se.shape[1], axis=1)


def _on_joint_grid(grid: Grid, weights: Floats) -> Floats:
    """vᵀθ, (Q,) * n_blocks."""
    total = np.zeros((grid.n_nodes,) * weights.size)
    for axis, weight in enumerate(weights.tolist()):
        shape = [-1 if other == axis else 1 for other in range(weights.size)]
        total += weight * grid.theta.reshape(shape)
    return total
