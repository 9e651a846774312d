"""Joint events: blocks, competencies and the composite in intervals, all at once.

Given their blocks competencies are independent, so that an interval of a competency cuts its likelihood, an
interval of a block the block, and both the evidence; the probability of the event is what evidence is left:

    P(θ ∈ event | answers) = Z(cut likelihoods) / Z.

Cuts are the sinc weights of :meth:`compassess.irt.Grid.below`. Along the axis of one block an interval of the
composite is, given the other blocks, an interval of that block (:mod:`compassess.scoring.interpretation`),
and is intersected with the block's own. Where both are there the sum over the other axes meets a bend, and
errs by about h² / 12 times its size (3e-4 at a spacing of 0.2, against 1e-6 otherwise); so the axis is a
block without an interval of its own where one has weight enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.grid import Grid
from compassess.irt.lattice import BlockPosterior, Lattice

__all__ = ["Event", "Interval", "PreparedEvent", "within"]

Floats = NDArray[np.float64]
#: Half-open, [low, high); infinite ends are open.
Interval = tuple[float, float]

_EVERYWHERE: Final[Interval] = (-math.inf, math.inf)
_WEIGHT_ENOUGH: Final = 0.5  # of the largest; a cut along an axis of less weight is steep along the others
_FAR: Final = 1e12  # stands for ±∞ in the sine integral, which is ±π / 2 there to twelve digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """That the composite, blocks and competencies all lie in half-open intervals [low, high) of θ."""

    composite: Interval = _EVERYWHERE
    blocks: Mapping[str, Interval] = field(default_factory=dict)
    competencies: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedEvent:
    """An event as weights on a lattice, made once and asked for any number of persons.

    Attributes
    ----------
    on_carriers : what each carrier's likelihood is multiplied by, (n_carriers, Q); None where no competency
        with λ < 1 is in the event.
    on_blocks : the event's part in the blocks, made ready for ``Lattice.integral``; None where it has none.
    """

    lattice: Lattice
    on_carriers: Floats | None
    on_blocks: Floats | None

    @classmethod
    def create(cls, lattice: Lattice, composite: Floats, event: Event) -> PreparedEvent:
        """Lay out ``event``; ``composite`` are the weights v of the standardised composite, (n_blocks,).

        Raises
        ------
        InputError : unknown blocks or competencies, and intervals that hold nothing, all at once.
        """
        people = lattice.population
        raise_if_any(
            [
                *_problems("composite", {"": event.composite}, None),
                *_problems("blocks", event.blocks, people.blocks),
                *_problems("competencies", event.competencies, people.competencies),
            ]
        )
        on_block = [event.blocks.get(name, _EVERYWHERE) for name in people.blocks]
        on_carrier: dict[int, Interval] = {}
        for name, interval in event.competencies.items():
            index = int(lattice.carrier_of_competency[people.competencies.index(name)])
            carrier = lattice.carriers[index]
            if carrier.transition is None:  # λ = 1: the competency is its block
                on_block[carrier.block] = _intersection(on_block[carrier.block], interval)
            else:
                on_carrier[index] = interval
        return cls(
            lattice=lattice,
            on_carriers=_on_carriers(lattice, on_carrier),
            on_blocks=_on_blocks(lattice, composite, event.composite, on_block),
        )

    def probability(self, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """P(event | answers) of n persons, (n,), within [0, 1].

        ``likelihood`` is by carrier, (n, n_carriers, Q), scaled as in ``posterior``.
        """
        lattice = self.lattice
        left, scale = posterior.likelihood, posterior.log_scale
        if self.on_carriers is not None:
            cut = likelihood * self.on_carriers
            left, scale = lattice.block_likelihood(cut, posterior.carrier_log_scale)
        kept = (
            lattice.evidence(left) if self.on_blocks is None else lattice.integral(left, self.on_blocks)[:, 0]
        )
        return np.clip(kept * np.exp(scale - posterior.log_scale) / posterior.evidence, 0.0, 1.0)


def _on_carriers(lattice: Lattice, intervals: Mapping[int, Interval]) -> Floats | None:
    if not intervals:
        return None
    weights = np.ones((lattice.n_carriers, lattice.grid.n_nodes))
    for index, interval in intervals.items():
        weights[index] = within(lattice.grid, *interval)
    return weights


def _on_blocks(
    lattice: Lattice, composite: Floats, interval: Interval, on_block: Sequence[Interval]
) -> Floats | None:
    """The event's part in the blocks on the joint grid, prepared."""
    if interval == _EVERYWHERE and all(one == _EVERYWHERE for one in on_block):
        return None
    grid, n_blocks = lattice.grid, lattice.n_blocks
    axis = _axis(composite, [one == _EVERYWHERE for one in on_block])
    others = [block for block in range(n_blocks) if block != axis]
    nodes = np.meshgrid(*[grid.theta] * (n_blocks - 1), indexing="ij")
    elsewhere = sum(
        (composite[block] * node for block, node in zip(others, nodes, strict=True)),
        np.zeros((grid.n_nodes,) * (n_blocks - 1)),
    )
    low = np.maximum((interval[0] - elsewhere) / composite[axis], on_block[axis][0])
    high = np.minimum((interval[1] - elsewhere) / composite[axis], on_block[axis][1])
    # Where the two intervals do not meet nothing is left, and the weights are those of an empty one.
    weights = within(grid, low, np.maximum(low, high))
    for place, block in enumerate(others):
        if on_block[block] != _EVERYWHERE:
            shape = [1] * n_blocks
            shape[place] = grid.n_nodes
            weights = weights * within(grid, *on_block[block]).reshape(shape)
    return lattice.prepared(np.moveaxis(weights, -1, axis)[None])


def _axis(composite: Floats, free: Sequence[bool]) -> int:
    """The block along whose axis the composite is cut."""
    enough = np.where(free, composite, 0.0)
    best = int(np.argmax(enough))
    return best if enough[best] >= _WEIGHT_ENOUGH * composite.max() else int(np.argmax(composite))


def within(grid: Grid, low: float | Floats, high: float | Floats) -> Floats:
    """Weights of P(low ≤ θ < high) on the nodes; infinite ends lie beyond all nodes."""
    return grid.below(np.nan_to_num(high, posinf=_FAR, neginf=-_FAR)) - grid.below(
        np.nan_to_num(low, posinf=_FAR, neginf=-_FAR)
    )


def _intersection(one: Interval, other: Interval) -> Interval:
    low = max(one[0], other[0])
    return low, max(low, min(one[1], other[1]))


def _problems(
    where: str, intervals: Mapping[str, Interval], known: Sequence[str] | None
) -> Iterator[Problem]:
    for name, (low, high) in intervals.items():
        place = f"{where}.{name}" if name else where
        if known is not None and name not in known:
            yield Problem(where=place, what="unknown", expected=f"one of {', '.join(known)}")
        if not low < high:
            yield Problem(
                where=place,
                what="an interval that holds nothing",
                got=f"[{low}, {high})",
                expected="low below high",
            )
