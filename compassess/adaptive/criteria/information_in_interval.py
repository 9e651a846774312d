"""Information averaged over an interval: the confidence interval of the estimate, or a fixed one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from compassess.adaptive.criteria.kullback_leibler_interval import running_integral
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.pool import CELL, Pool
from compassess.adaptive.view import View
from compassess.errors import InputError, Problem
from compassess.irt.moments import mean_and_sd
from compassess.irt.read_only import read_only

__all__ = ["InformationInInterval"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationInInterval:
    """The mean of Fisher's information over an interval of θ, 1 / (u − l) ∫ from l to u of I_i(θ) dθ.

    ``interval`` (l, u) is fixed for all competencies; by default it is θ̂ ± z SE of the item's competency, the
    posterior mean and SD, with z = Φ⁻¹((1 + ``confidence``) / 2). Its ends are rounded to cells of θ. Worth
    what it adds about the block.

    References
    ----------
    Veerkamp & Berger (1997), Journal of Educational and Behavioral Statistics 22, 203-226.
    """

    name: ClassVar[str] = "information_in_interval"
    version: ClassVar[int] = 1

    interval: tuple[float, float] | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.interval is not None and not _is_interval(self.interval):
            raise InputError(
                Problem(
                    where="interval",
                    what="not an interval of θ",
                    got=repr(self.interval),
                    expected="two numbers, the lower first, at least 0.02 apart",
                )
            )
        if isinstance(self.confidence, bool) or not 0.0 < self.confidence < 1.0:
            raise InputError(
                Problem(
                    where="confidence",
                    what="not a probability",
                    got=repr(self.confidence),
                    expected="a number between 0 and 1",
                )
            )

    def prepared(self, pool: Pool) -> PreparedInformationInInterval:
        """With running integrals of the information over the pool's cells."""
        return PreparedInformationInInterval(
            pool=pool,
            interval=None if self.interval is None else np.array(self.interval, dtype=np.float64),
            z=float(ndtri((1.0 + self.confidence) / 2.0)),
            integral=read_only(running_integral(pool.information, CELL)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedInformationInInterval:
    """``integral`` of the information from the first cell on, (n_cells, n_items)."""

    pool: Pool
    interval: Floats | None
    z: float
    integral: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        pool = self.pool
        low, high = (cells[:, pool.carrier] for cells in self._ends(view))
        items = np.arange(pool.n_items)
        mean = (self.integral[high, items] - self.integral[low, items]) / ((high - low) * CELL)
        return information_about_block(mean, pool.loading, view.now.spread[:, pool.competency])

    def _ends(self, view: View) -> tuple[Index, Index]:
        """The cells of both ends by carrier, at least one apart, (n, n_carriers) each."""
        pool = self.pool
        if self.interval is None:
            mean, sd = mean_and_sd(view.now.masses, pool.lattice.grid.theta)
            ends = mean - self.z * sd, mean + self.z * sd
        else:
            shape = view.now.masses.shape[:2]
            ends = np.full(shape, self.interval[0]), np.full(shape, self.interval[1])
        low = np.minimum(pool.cell_of(ends[0]), pool.cells.size - 2)
        return low, np.maximum(pool.cell_of(ends[1]), low + 1)


def _is_interval(given: object) -> bool:
    try:
        ends = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return ends.shape == (2,) and bool(np.isfinite(ends).all()) and bool(ends[1] - ends[0] >= CELL)
