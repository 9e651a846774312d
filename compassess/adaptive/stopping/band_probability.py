"""A band is decided when its posterior probability is high enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import NEAR, PreparedClassification
from compassess.adaptive.stopping.parameters import not_between
from compassess.adaptive.stopping.posteriors import masses_of
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import raise_if_any
from compassess.irt.read_only import read_only
from compassess.scoring import WITHHELD
from compassess.scoring.cuts import between_cuts
from compassess.scoring.decisions import most_probable

__all__ = ["BandProbability"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandProbability(Classifying):
    """The most probable band is decided when P(cut_k ≤ θ < cut_{k + 1} | answers) ≥ ``probability``.

    The probabilities are those that a conclusion reports: sums of posterior masses with the weights of
    :meth:`compassess.irt.Grid.below`. If the population is what the bank says, a decision is wrong with a
    probability of at most 1 − ``probability``, whenever it was made: a posterior does not mind being looked
    at after every item. Given θ it is wrong more often near a cut.

    References
    ----------
    Kingsbury & Weiss (1983), in Weiss (ed.), New horizons in testing, 257-283; Berger (1985), Statistical
    Decision Theory and Bayesian Analysis, §7.7, the stopping rule principle.
    """

    name: ClassVar[str] = "band_probability"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "classified"

    probability: float

    def __post_init__(self) -> None:
        raise_if_any([*cut_problems(self), *not_between(0.5, 1.0, probability=self.probability)])

    def prepared(self, pool: Pool) -> PreparedClassification:
        """With the weights of P(θ < cut)."""
        targets = targets_of(self, pool)
        below = tuple(read_only(pool.lattice.grid.below(target.cuts)) for target in targets)
        return PreparedClassification(
            targets, pool.lattice.n_blocks, _Probabilities(targets, below, self.probability)
        )


@dataclass(frozen=True, slots=True)
class _Probabilities:
    """``below`` of every target, (n_cuts, Q)."""

    targets: tuple[Target, ...]
    below: tuple[Floats, ...]
    wanted: float

    def bands(self, view: View) -> NDArray[np.intp]:
        return np.stack([self._band(p) for p in self._by_target(view)], axis=1)

    def leanings(self, view: View) -> NDArray[np.intp]:
        return np.stack([most_probable(p) for p in self._by_target(view)], axis=1)

    def _band(self, probability: Floats) -> NDArray[np.intp]:
        sure = probability.max(axis=1) >= self.wanted - NEAR
        return np.where(sure, most_probable(probability), WITHHELD)

    def _by_target(self, view: View) -> list[Floats]:
        """Probabilities of the bands, (n, n_bands) a target."""
        return [
            between_cuts(masses_of(view, target) @ below.T)
            for target, below in zip(self.targets, self.below, strict=True)
        ]
