"""A test is curtailed when what is left of it would hardly change the classification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import PreparedClassification, bands_leant_to
from compassess.adaptive.stopping.outlook import Outlook
from compassess.adaptive.stopping.parameters import not_between, not_positive
from compassess.adaptive.stopping.posteriors import masses_of
from compassess.adaptive.stopping.sprt import LogLikelihoodRatio
from compassess.adaptive.stopping.targets import Classifying, Target, cut_problems, targets_of
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.options import refuse_unknown
from compassess.scoring import WITHHELD

__all__ = ["StochasticCurtailment"]

Floats = NDArray[np.float64]

_ASSUMED: Final = MappingProxyType({"posterior": None, "opposite": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class StochasticCurtailment(Classifying):
    """Decided when the leaning would change until the greatest length with less than ``gamma``.

    With S the statistic of ``sprt`` at a cut now, and Z_j what an item j yet to come adds to it, the sign
    of S changes with the probability Φ(∓ (S + Σ_j E(Z_j | θ)) / √(Σ_j Var(Z_j | θ))), − where S ≥ 0. Those to
    come are the open ones with the most information at the cut, as many as the target has until it has
    ``maximum`` items (``maxima`` by the name of a block or competency). θ is averaged over the posterior
    ("posterior"), or is c − δ where S ≥ 0 and c + δ where S < 0 ("opposite"), which stops later. With several
    cuts their probabilities are added, which bounds that of another band.

    It foresees how a test of ``maximum`` items would be decided by signs, and bounds no error beyond those of
    that test; it is meant to stand beside ``sprt``. The sum over items is taken as normal, which is rough
    where only a few are to come. Where none is, there is nothing to curtail, and it decides nothing.

    References
    ----------
    Finkelman (2008), Journal of Educational and Behavioral Statistics 33, 442-463; Lan, Simon & Halperin
    (1982), Communications in Statistics C 1, 207-219, for "opposite".
    """

    name: ClassVar[str] = "stochastic_curtailment"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "curtailed"

    delta: float
    maximum: int
    maxima: Mapping[str, int] = field(default_factory=dict)
    gamma: float = 0.02
    assumed: str = "posterior"

    def __post_init__(self) -> None:
        refuse_unknown(assumed=(self.assumed, _ASSUMED))
        lengths = {"maximum": self.maximum} | {f"maxima.{name}": n for name, n in self.maxima.items()}
        raise_if_any(
            [
                *cut_problems(self),
                *not_positive(delta=self.delta),
                *not_between(0.0, 1.0, gamma=self.gamma),
                *[
                    Problem(where=where, what="not a number of items", got=repr(n), expected="1 or more")
                    for where, n in lengths.items()
                    if isinstance(n, bool) or not isinstance(n, int) or n < 1
                ],
            ]
        )

    def prepared(self, pool: Pool) -> PreparedClassification:
        """With the moments of Z of every item at every cut.

        Raises
        ------
        InputError : as :func:`targets_of`; blocks with competencies of λ < 1, whose items do not add up;
            ``maxima`` of targets that there are not.
        """
        targets = targets_of(self, pool, self.delta)
        names = [target.name for target in targets]
        raise_if_any(
            [
                Problem(where=f"maxima.{name}", what="nothing is decided of it", expected=" or ".join(names))
                for name in self.maxima
                if name not in names
            ]
            + [problem for target in targets for problem in Outlook.problems(pool, target)]
        )
        foreseen = tuple(
            _Foreseen(
                target=target,
                ratio=LogLikelihoodRatio.of(pool, target, self.delta),
                outlooks=tuple(Outlook.of(pool, target, cut, self.delta) for cut in target.cuts.tolist()),
                maximum=self.maxima.get(target.name, self.maximum),
                opposite=self.assumed == "opposite",
            )
            for target in targets
        )
        return PreparedClassification(targets, pool.lattice.n_blocks, _Curtailed(foreseen, self.gamma))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foreseen:
    """What is to come for one target."""

    target: Target
    ratio: LogLikelihoodRatio
    outlooks: tuple[Outlook, ...]
    maximum: int
    opposite: bool

    def change(self, view: View, now: Floats) -> Floats:
        """At most the probability that the band leant to changes, (n,); 1 where nothing is to come."""
        left = np.maximum(self.maximum - self.outlooks[0].n_presented(view), 0)
        changes = [self._at(view, now[:, place], left, place) for place in range(len(self.outlooks))]
        to_come = (left > 0) & self.outlooks[0].has_items(view)
        return np.where(to_come, np.sum(changes, axis=0), 1.0)

    def _at(self, view: View, now: Floats, left: NDArray[np.int64], place: int) -> Floats:
        """The probability that the sign at one cut changes, (n,)."""
        mean, sd = self.outlooks[place].to_come(view, left)  # (n, Q + 2), the last two c − δ and c + δ
        side = np.where(now >= 0, 1.0, -1.0)[:, None]
        z = -side * (now[:, None] + mean) / np.maximum(sd, np.finfo(np.float64).tiny)
        chance = ndtr(z)
        if self.opposite:
            return np.where(now >= 0, chance[:, -2], chance[:, -1])
        return np.einsum("nq,nq->n", masses_of(view, self.target), chance[:, :-2])


@dataclass(frozen=True, slots=True)
class _Curtailed:
    foreseen: tuple[_Foreseen, ...]
    gamma: float

    def bands(self, view: View) -> NDArray[np.intp]:
        bands = []
        for one in self.foreseen:
            now = one.ratio(view)
            bands.append(np.where(one.change(view, now) < self.gamma, bands_leant_to(now), WITHHELD))
        return np.stack(bands, axis=1)

    def leanings(self, view: View) -> NDArray[np.intp]:
        return np.stack([bands_leant_to(one.ratio(view)) for one in self.foreseen], axis=1)
