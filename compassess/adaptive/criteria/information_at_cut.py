"""Information where a decision falls: at the cut of the block, not at the estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.estimate import Estimate
from compassess.adaptive.order import first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.interpolation import cubic_weights
from compassess.irt.options import refuse_unknown
from compassess.irt.read_only import read_only

__all__ = ["InformationAtCut", "weights_of_cuts"]

Floats = NDArray[np.float64]
Cuts = float | Sequence[float]

_SEVERAL: Final = MappingProxyType({"nearest": None, "weighted": None})


def weights_of_cuts(theta: Floats, se: Floats, cuts: Floats, several: str) -> Floats:
    """How much each cut counts for a block at ``theta`` ± ``se`` (n,), summing to 1, (n, n_cuts).

    "nearest": the cut nearest to θ̂ alone, of two equally near ones the lower. "weighted": in proportion to
    exp(−½ ((cut − θ̂) / SE)²), the normal density of the ability at the cut, so that cuts which are decided
    already count little.
    """
    distance = np.abs(cuts - theta[:, None])
    if several == "nearest":
        nearest = first_best(-distance)
        return np.asarray(np.arange(cuts.size) == nearest[:, None], dtype=np.float64)
    # Only differences of the exponents matter; the largest is set to 0, so that not all vanish.
    exponent = -0.5 * (distance / se[:, None]) ** 2
    density = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationAtCut:
    """Fisher's information about the block at its cut: what sequential classification asks for.

    ``cuts`` are numbers on the scale of θ_b: one or several for all blocks, or by the name of each block.
    ``several`` tells which of them count, see :func:`weights_of_cuts`. Given that θ_b is at the cut, the
    competency is at E(θ_c | θ_b = cut, answers); there the item's information is taken, and worth what it
    adds about the block. For λ = 1 and one cut the worth never changes in a sitting.

    References
    ----------
    Spray & Reckase (1996), Journal of Educational and Behavioral Statistics 21, 405-414; Eggen (1999),
    Applied Psychological Measurement 23, 249-261.
    """

    name: ClassVar[str] = "information_at_cut"
    version: ClassVar[int] = 1

    cuts: Cuts | Mapping[str, Cuts]
    several: str = "nearest"

    def __post_init__(self) -> None:
        refuse_unknown(several=(self.several, _SEVERAL))
        by_block = self.cuts if isinstance(self.cuts, Mapping) else {"": self.cuts}
        raise_if_any(
            [
                Problem(
                    where=f"cuts.{block}".rstrip("."),
                    what="not the cuts of a block",
                    got=repr(cuts),
                    expected="a number, or one or more in a list",
                )
                for block, cuts in by_block.items()
                if not _are_cuts(cuts)
            ]
        )

    def prepared(self, pool: Pool) -> PreparedInformationAtCut:
        """With the cuts of every block; InputError where a block has none, or a cut lies off the grid."""
        blocks = pool.lattice.population.blocks
        cuts = self.cuts if isinstance(self.cuts, Mapping) else dict.fromkeys(blocks, self.cuts)
        unknown = [Problem(where=f"cuts.{name}", what="no such block") for name in cuts if name not in blocks]
        missing = [
            Problem(where=f"cuts.{name}", what="the block has no cut") for name in blocks if name not in cuts
        ]
        raise_if_any(unknown + missing)
        told = tuple(read_only(np.sort(np.atleast_1d(np.asarray(cuts[n], dtype=np.float64)))) for n in blocks)
        limit = pool.lattice.grid.theta
        outside = [
            Problem(where=f"cuts.{name}", what="beyond the grid of θ", got=str(values.tolist()))
            for name, values in zip(blocks, told, strict=True)
            if values[0] < limit[0] or values[-1] > limit[-1]
        ]
        raise_if_any(outside)
        return PreparedInformationAtCut(pool, told, self.several)


@dataclass(frozen=True, slots=True)
class PreparedInformationAtCut:
    """``cuts`` of every block in ascending order."""

    pool: Pool
    cuts: tuple[Floats, ...]
    several: str
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        pool, now = self.pool, view.now
        worth = np.zeros((len(view.seeds), pool.n_items))
        spread = now.spread[:, pool.competency]
        for block, cuts in enumerate(self.cuts):
            own = np.flatnonzero(pool.block == block)
            counts = weights_of_cuts(now.block_theta[:, block], now.block_se[:, block], cuts, self.several)
            for place, cut in enumerate(cuts.tolist()):
                if not counts[:, place].any():
                    continue
                cells = pool.cell_of(self._given(now, block, cut))[:, pool.carrier[own]]
                at_cut = information_about_block(
                    pool.information[cells, own], pool.loading[own], spread[:, own]
                )
                worth[:, own] += counts[:, place, None] * at_cut
        return worth

    def _given(self, now: Estimate, block: int, cut: float) -> Floats:
        """E(θ | θ_b = cut, answers) of every carrier of the block, (n, n_carriers); 0 for the others."""
        lattice, grid = self.pool.lattice, self.pool.lattice.grid
        weights = cubic_weights(grid.n_nodes, np.array([(cut - grid.theta[0]) / grid.spacing]))[:, 0]
        given = np.zeros((len(now.theta), lattice.n_carriers))
        for index, carrier in enumerate(lattice.carriers):
            if carrier.block == block:
                mean = lattice.conditional_mean(index, now.likelihood, now.posterior)
                given[:, index] = mean @ weights if carrier.transition is not None else cut
        return given


def _are_cuts(cuts: object) -> bool:
    """Whether it is a finite number, or a list of one or more."""
    try:
        values = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
    except (TypeError, ValueError):
        return False
    return values.ndim == 1 and values.size > 0 and bool(np.isfinite(values).all())
