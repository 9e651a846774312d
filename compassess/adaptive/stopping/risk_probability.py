"""Risk zones: a cut is decided when P(θ < cut) is high enough, or low enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import (
    NEAR,
    PreparedClassification,
    band_between,
    bands_leant_to,
)
from compassess.adaptive.stopping.parameters import not_between
from compassess.adaptive.stopping.posteriors import masses_of
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["RiskProbability"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskProbability(Classifying):
    """Below a cut when P(θ < cut | answers) ≥ ``risk``, above it when it is ≤ ``clear``.

    With the thresholds of the risk zones as ``competency_cuts``, and with the ``risk_probability`` and
    ``clear_probability`` of the bands file, it stops when every competency of a block is "risk" or "clear"
    and none is on "watch"; band 0 is "risk", band 1 "clear". What a conclusion says asks for the least number
    of items of that file besides: the minima of the blueprint see to that.
    """

    name: ClassVar[str] = "risk_probability"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "classified"

    risk: float
    clear: float

    def __post_init__(self) -> None:
        problems = [*cut_problems(self), *not_between(0.0, 1.0, risk=self.risk, clear=self.clear)]
        if not problems and self.clear >= self.risk:
            problems.append(
                Problem(
                    where="clear",
                    what="clear and at risk at the same time",
                    got=repr(self.clear),
                    expected=f"less than risk, {self.risk!r}",
                )
            )
        raise_if_any(problems)

    def prepared(self, pool: Pool) -> PreparedClassification:
        """With the weights of P(θ < cut)."""
        targets = targets_of(self, pool)
        below = tuple(read_only(pool.lattice.grid.below(target.cuts)) for target in targets)
        zones = _Zones(targets, below, risk=self.risk, clear=self.clear)
        return PreparedClassification(targets, pool.lattice.n_blocks, zones)


@dataclass(frozen=True, slots=True)
class _Zones:
    """``below`` of every target, (n_cuts, Q)."""

    targets: tuple[Target, ...]
    below: tuple[Floats, ...]
    risk: float
    clear: float

    def bands(self, view: View) -> NDArray[np.intp]:
        return np.stack([band_between(self._signs(p)) for p in self._below(view)], axis=1)

    def leanings(self, view: View) -> NDArray[np.intp]:
        return np.stack([bands_leant_to(0.5 - p) for p in self._below(view)], axis=1)

    def _signs(self, p: Floats) -> NDArray[np.int8]:
        missed, passed = p >= self.risk - NEAR, p <= self.clear + NEAR
        return passed.astype(np.int8) - missed.astype(np.int8)

    def _below(self, view: View) -> list[Floats]:
        """P(θ < cut), (n, n_cuts) a target."""
        return [
            np.clip(masses_of(view, target) @ below.T, 0.0, 1.0)
            for target, below in zip(self.targets, self.below, strict=True)
        ]
