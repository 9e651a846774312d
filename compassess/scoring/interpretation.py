"""A bank and its bands laid out on the grid: every question to the posterior as an array of weights.

Probabilities of intervals are linear in the posterior masses (:meth:`Grid.below`), so that cuts,
risk zones and the composite's bands become matrix products that are prepared once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.bank import Bands, ItemBank
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.irt.read_only import read_only

__all__ = ["Interpretation", "below_composite", "composite_weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interpretation:
    """What turns a posterior into bands and risks; immutable, shared by all persons.

    Attributes
    ----------
    measurement : the operational items on the grid.
    below_cuts : weights of P(θ < cut), (n_cuts, Q).
    composite : weights v of the standardised composite vᵀθ, v = w / √(wᵀ R w), (n_blocks,).
    below_composite_cuts : P(vᵀθ < cut) for every cut, prepared on the joint grid.
    risk_thresholds : r by competency, (n_competencies,).
    below_risk : weights of P(θ_c < r), (n_competencies, Q).
    above_all : for each carrier the weights of "above every risk zone that it carries",
        (n_carriers, Q).
    """

    bank: ItemBank
    bands: Bands
    measurement: Measurement
    below_cuts: Floats
    composite: Floats
    below_composite_cuts: Floats
    risk_thresholds: Floats
    below_risk: Floats
    above_all: Floats

    @classmethod
    def create(cls, bank: ItemBank, bands: Bands, *, nodes: int | None = None) -> Interpretation:
        """Lay out the bank's operational items and the bands' cuts on ``nodes`` nodes a block."""
        measurement = Measurement.create(bank.irt_items(), nodes=nodes)
        lattice = measurement.lattice
        cuts = np.asarray(bands.cuts, dtype=np.float64)
        names = lattice.population.competencies
        thresholds = np.array([bands.risk.threshold_for(name) for name in names])
        composite = composite_weights(lattice.population, bands)
        functions = below_composite(lattice.grid, composite, cuts)
        return cls(
            bank=bank,
            bands=bands,
            measurement=measurement,
            below_cuts=read_only(lattice.grid.below(cuts)),
            composite=read_only(composite),
            below_composite_cuts=read_only(lattice.prepared(functions)),
            risk_thresholds=read_only(thresholds),
            below_risk=read_only(lattice.grid.below(thresholds)),
            above_all=read_only(_above_all(lattice, thresholds)),
        )

    def in_precision(self, dtype: DTypeLike) -> Interpretation:
        """The same questions in float32 or float64: to be asked of likelihoods of this precision only."""
        lattice = Lattice(self.lattice.population, self.lattice.grid, dtype)
        functions = below_composite(lattice.grid, self.composite, np.array(self.bands.cuts))
        return replace(
            self,
            measurement=replace(self.measurement, lattice=lattice),
            below_cuts=read_only(self.below_cuts.astype(dtype)),
            below_composite_cuts=read_only(lattice.prepared(functions.astype(dtype))),
            below_risk=read_only(self.below_risk.astype(dtype)),
            above_all=read_only(self.above_all.astype(dtype)),
        )

    @property
    def lattice(self) -> Lattice:
        """The population on the grid."""
        return self.measurement.lattice


def composite_weights(population: Population, bands: Bands) -> Floats:
    """v = w / √(wᵀ R w): the composite has unit variance in the reference population.

    Without the rescaling the composite of correlated blocks has a variance below 1, and fewer people
    would reach the outer bands than the cuts were set for.
    """
    w = np.array([bands.weights[name] for name in population.blocks])
    return np.asarray(w / np.sqrt(w @ population.covariance @ w))


def below_composite(grid: Grid, weights: Floats, cuts: Floats) -> Floats:
    """P(vᵀθ < cut) for every cut on the joint grid, (n_cuts,) + (Q,) * n_blocks.

    Along the axis k of the largest weight, vᵀθ < cut means θ_k < (cut − Σ_{b ≠ k} v_b θ_b) / v_k, and
    the sinc weights of that cut integrate the axis; the other axes are summed at their nodes.
    """
    n_blocks, axis = weights.size, int(np.argmax(weights))
    others = np.zeros((grid.n_nodes,) * (n_blocks - 1))
    rest = np.delete(weights, axis)
    for w, node in zip(rest, np.meshgrid(*[grid.theta] * (n_blocks - 1), indexing="ij"), strict=True):
        others = others + w * node
    return np.stack([np.moveaxis(grid.below((cut - others) / weights[axis]), -1, axis) for cut in cuts])


def _above_all(lattice: Lattice, thresholds: Floats) -> Floats:
    """1 − the weights below the highest threshold among the competencies that a carrier carries."""
    highest = np.full(lattice.n_carriers, -np.inf)
    np.maximum.at(highest, lattice.carrier_of_competency, thresholds)
    return 1.0 - lattice.grid.below(highest)
