"""Predicted standard error reduction: whether the next item is worth its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import TIE
from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.expected_error import ExpectedError
from compassess.adaptive.stopping.parameters import not_positive, unknown_blocks
from compassess.adaptive.stopping.standard_error import PreparedStandardError
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any

__all__ = ["PredictedErrorReduction"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedErrorReduction:
    """Compares what the best item left is expected to take from a block's SE with two thresholds.

    PSER = SE − min_j √(E_x Var(θ_b | answers, X_j = x)) over the block's open items. A block whose SE has not
    reached its target is left when PSER < ``hypo``: items hardly help there. One that has reached it goes on
    while PSER ≥ ``hyper``: an item is cheap there. The larger ``hypo``, the sooner it gives up; the larger
    ``hyper``, the less it goes beyond the target. With ``hypo`` at nearly 0 and ``hyper`` beyond every
    reduction it is the rule ``standard_error``.

    References
    ----------
    Choi, Grady & Dodd (2011), Educational and Psychological Measurement 71, 37-53.
    """

    name: ClassVar[str] = "predicted_error_reduction"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "no_further_gain"

    target: float
    targets: Mapping[str, float] = field(default_factory=dict)
    hypo: float = 0.01
    hyper: float = 0.03

    def __post_init__(self) -> None:
        by_block = {f"targets.{name}": value for name, value in self.targets.items()}
        problems = list(not_positive(target=self.target, hypo=self.hypo, hyper=self.hyper, **by_block))
        if not problems and self.hypo > self.hyper:
            problems.append(
                Problem(
                    where="hypo",
                    what="it would go on below the target for less than above it",
                    got=repr(self.hypo),
                    expected=f"at most hyper, {self.hyper!r}",
                )
            )
        raise_if_any(problems)

    def prepared(self, pool: Pool) -> PreparedPredictedErrorReduction:
        """With a target for every block of the pool's population."""
        raise_if_any(list(unknown_blocks(pool, "targets", self.targets)))
        blocks = pool.lattice.population.blocks
        targets = np.array([self.targets.get(name, self.target) for name in blocks])
        return PreparedPredictedErrorReduction(
            expected=ExpectedError.of(pool),
            reached=PreparedStandardError(targets),
            hypo=self.hypo,
            hyper=self.hyper,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPredictedErrorReduction:
    """``reached`` tells which blocks have their target."""

    expected: ExpectedError
    reached: PreparedStandardError
    hypo: float
    hyper: float

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """PSER < hyper where the target is reached, PSER < hypo where it is not; (n, n_blocks)."""
        gain = view.now.block_se - self.expected(view)
        wanted = np.where(self.reached.satisfied(view), self.hyper, self.hypo)
        return np.asarray(gain < wanted * (1.0 - TIE))

    def attained(self, view: View) -> NDArray[np.bool_]:
        """Which blocks have their target, (n, n_blocks)."""
        return self.reached.satisfied(view)
