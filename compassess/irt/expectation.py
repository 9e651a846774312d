"""The E-step: what the answers say about the persons, summed over all of them.

Rule: this is the only computation of the marginal likelihood; calibration, scoring and evaluation
of given parameters all come here or to the :class:`Lattice` beneath.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.design import Design
from compassess.irt.lattice import LEAST_LOG, BlockPosterior, Lattice

__all__ = ["Expectation", "each_chunk", "expectation", "highest_of", "over_persons"]

Floats = NDArray[np.float64]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """Sums over persons.

    Attributes
    ----------
    log_likelihood : Σ log of the marginal probability of each person's answers.
    counts : expected answers by category and node, (n_rows, n_nodes).
    joint : posterior masses of the blocks, (Q,) * n_blocks.
    pairs : for carriers with a transition the table of θ_c × θ_b, (Q, Q); None for others.
    """

    log_likelihood: float
    counts: Floats
    joint: Floats
    pairs: tuple[Floats | None, ...]

    def __add__(self, other: Expectation) -> Expectation:
        pairs = zip(self.pairs, other.pairs, strict=True)
        return Expectation(
            log_likelihood=self.log_likelihood + other.log_likelihood,
            counts=self.counts + other.counts,
            joint=self.joint + other.joint,
            pairs=tuple(None if a is None or b is None else a + b for a, b in pairs),
        )


def over_persons(
    work: Callable[[slice, Floats, BlockPosterior], Result],
    design: Design,
    lattice: Lattice,
    table: Floats,
    dtype: DTypeLike = np.float64,
    *,
    at_least: int = 1,
    tilt: Floats | None = None,
) -> list[Result]:
    """Call ``work(persons, likelihood, posterior)`` for chunks of persons, on all cores, in order.

    ``likelihood`` is (n, n_carriers, Q), scaled to a maximum of 1, in the precision ``dtype``. ``at_least``
    so many persons are in a chunk, for work of so many small calls that they cost more than the cache gains.
    ``tilt`` (n_persons, n_blocks) as in :meth:`.Lattice.posterior_from`.
    """
    return list(each_chunk(work, design, lattice, table, dtype, at_least=at_least, tilt=tilt))


def each_chunk(
    work: Callable[[slice, Floats, BlockPosterior], Result],
    design: Design,
    lattice: Lattice,
    table: Floats,
    dtype: DTypeLike = np.float64,
    *,
    floats_per_person: int = 0,
    at_least: int = 1,
    combine: Callable[[Result, Result], Result] | None = None,
    tilt: Floats | None = None,
) -> Iterator[Result]:
    """The same one after the other, for results that are too large to be kept.

    ``floats_per_person`` of ``work``'s own arrays, where they are larger than the lattice's; ``combine`` puts
    results of neighbouring chunks together.
    """
    weights = design.weights(table, dtype)

    def chunk(persons: slice) -> Result:
        log_likelihood = design.log_likelihood(persons, weights)
        scale = highest_of(log_likelihood)
        log_likelihood -= scale[..., None]
        if log_likelihood.dtype == np.float32:
            np.maximum(log_likelihood, LEAST_LOG, out=log_likelihood)
        likelihood = np.exp(log_likelihood, out=log_likelihood)
        log_scale = scale.sum(axis=1, dtype=np.float64)
        own = None if tilt is None else tilt[persons]
        return work(persons, likelihood, lattice.posterior_from(likelihood, log_scale, own))

    size = max(chunk_size(max(lattice.floats_per_person, floats_per_person)), at_least)
    yield from map_chunks(chunk, design.n_persons, size, combine)


def highest_of(log_likelihood: NDArray[np.floating]) -> NDArray[np.floating]:
    """The maximum over the last axis, node by node: faster than ``max`` while the nodes are few."""
    highest = log_likelihood[..., 0].copy()
    for node in range(1, log_likelihood.shape[-1]):
        np.maximum(highest, log_likelihood[..., node], out=highest)
    return highest


def expectation(
    design: Design, lattice: Lattice, table: Floats, dtype: DTypeLike = np.float64
) -> Expectation:
    """The E-step under log-probabilities ``table``, (n_rows, n_nodes).

    float32 halves the cost; its counts are good to about six digits, and sums over persons are float64
    either way.
    """

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Expectation:
        masses = lattice.carrier_posteriors(likelihood, posterior)
        frequency = np.ones(len(masses), dtype=masses.dtype)
        if design.frequency is not None:
            frequency = design.frequency[persons].astype(masses.dtype)
            masses = masses * frequency[:, None, None]
        return Expectation(
            log_likelihood=float(posterior.log_evidence @ frequency.astype(np.float64)),
            counts=design.expected_counts(persons, masses),
            joint=lattice.expected_joint(posterior, frequency),
            pairs=_pairs(lattice, likelihood, posterior, frequency),
        )

    add = Expectation.__add__
    return reduce(add, each_chunk(chunk, design, lattice, table, dtype, combine=add))


def _pairs(
    lattice: Lattice, likelihood: Floats, posterior: BlockPosterior, frequency: Floats
) -> tuple[Floats | None, ...]:
    """Σ p(θ_c = q, θ_b = r | answers) for every carrier with a transition."""
    tables: list[Floats | None] = []
    for index, carrier in enumerate(lattice.carriers):
        if carrier.transition is None:
            tables.append(None)
            continue
        without = posterior.blocks[:, carrier.block] * (frequency[:, None] / posterior.messages[:, index])
        tables.append(np.asarray(carrier.transition * (likelihood[:, index].T @ without), dtype=np.float64))
    return tuple(tables)
