"""The information that an item is expected to have at the estimate which its own answer leads to."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.criteria.shelves import Shelf, by_item, on_shelves, shelves_of
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.layout import batch_parameters
from compassess.irt.models import model_named
from compassess.irt.options import refuse_unknown
from compassess.irt.read_only import read_only

__all__ = ["MaximumExpectedInformation", "expected_information", "means_after"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_INFORMATION: Final = MappingProxyType({"expected": None, "observed": None})


def expected_information(chance: Floats, information_after: Floats, starts: Index) -> Floats:
    """Σ_x p_i(x) I_i(θ̂_x): ``chance`` of each answer times the information at the estimate after it.

    Shapes: (n, rows) both, the rows of an item beginning at ``starts``; the answer (n, n_items). The
    information may be Fisher's, or the observed −∂² log P_i(x) / ∂θ² of the answer itself, which can be
    negative under asymptotes.

    References
    ----------
    van der Linden (1998), Psychometrika 63, 201-216; van der Linden & Pashley (2000).
    """
    return by_item(chance * information_after, starts)


def means_after(probability: Floats, weights: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """p_i(x) = Σ_q w_q P_i(x | q) and E(θ | X_i = x) = Σ_q w_q θ_q P_i(x | q) / p_i(x), (n, rows) each."""
    chance = weights @ probability.T
    mean = ((weights * theta) @ probability.T) / np.maximum(chance, np.finfo(np.float64).tiny)
    return chance, mean


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumExpectedInformation:
    """Σ_x p_i(x) I_i(θ̂_x), with posterior predictive probabilities and posterior means θ̂_x (MEI).

    ``information`` is "expected", Fisher's, or "observed", −∂² log P_i(x | θ) / ∂θ². It is the candidate's
    own information, not that of the answers so far at θ̂_x; worth what it adds about the block.

    References
    ----------
    van der Linden (1998), Psychometrika 63, 201-216.
    """

    name: ClassVar[str] = "maximum_expected_information"
    version: ClassVar[int] = 1

    information: str = "expected"

    def __post_init__(self) -> None:
        refuse_unknown(information=(self.information, _INFORMATION))

    def prepared(self, pool: Pool) -> PreparedExpectedInformation:
        """With the information of items, or of their answers, on the pool's cells."""
        observed = _observed_of_cells(pool) if self.information == "observed" else None
        return PreparedExpectedInformation(pool, shelves_of(pool), observed)


@dataclass(frozen=True, slots=True)
class PreparedExpectedInformation:
    """``observed`` (n_cells, n_rows), None for Fisher's information."""

    pool: Pool
    shelves: tuple[Shelf, ...]
    observed: Floats | None
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items), at the cells of the competency's posterior means after each answer."""
        pool, now = self.pool, view.now
        mean = on_shelves(pool, self.shelves, len(view.seeds), lambda shelf: self._expected(shelf, view))
        return information_about_block(mean, pool.loading, now.spread[:, pool.competency])

    def _expected(self, shelf: Shelf, view: View) -> Floats:
        theta = self.pool.lattice.grid.theta
        chance, mean = means_after(shelf.probability, view.now.masses[:, shelf.carrier], theta)
        cells = self.pool.cell_of(mean)
        after = (
            self.pool.information[cells, shelf.item_of_row]
            if self.observed is None
            else self.observed[cells, np.arange(shelf.rows.start, shelf.rows.stop)]
        )
        return np.maximum(expected_information(chance, after, shelf.starts), 0.0)


def _observed_of_cells(pool: Pool) -> Floats:
    """−∂² log P / ∂θ² of every row at the cells, (n_cells, n_rows)."""
    layout = pool.measurement.layout
    table = np.empty((layout.n_rows, pool.cells.size))
    for batch in layout.batches:
        xi = batch_parameters(pool.measurement.items, batch)
        _, curvature = model_named(batch.model).family.theta_derivatives(xi, pool.cells)
        table[batch.rows] = -curvature
    return read_only(np.ascontiguousarray(table.T))
