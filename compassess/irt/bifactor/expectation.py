r"""The E-step of a bifactor model, by dimension reduction.

Given θ_g the specific factors are independent, so that the integral over all of them is a product of
integrals over one: with L_s(g, r) the likelihood of a person's answers to the items of specific factor s,

    f = Σ_g W_g Π_s Σ_r W_r L_s(g, r),

whatever the number of factors.

References
----------
Gibbons & Hedeker (1992), Psychometrika 57, eq. 16; Cai, Yang & Hansen (2011), Psychological Methods
16, eq. 15-21.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from compassess.irt.bifactor.surfaces import Plane
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.design import Design

__all__ = ["Expected", "Posterior", "expected", "over_posteriors"]

Floats = NDArray[np.float64]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """log of the evidence (n,), masses of θ_g (n, Q), of (θ_g, θ_s) (n, n_specific, Q²)."""

    log_evidence: Floats
    general: Floats
    joint: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """Sums over persons: log-likelihood, and expected answers by row of the table and node, (n_rows, Q²)."""

    log_likelihood: float
    counts: Floats

    def __add__(self, other: Expected) -> Expected:
        return Expected(
            log_likelihood=self.log_likelihood + other.log_likelihood, counts=self.counts + other.counts
        )


def over_posteriors(
    work: Callable[[slice, Posterior], Result],
    design: Design,
    table: Floats,
    plane: Plane,
    combine: Callable[[Result, Result], Result] | None = None,
) -> list[Result]:
    """``work(persons, posterior)`` for chunks of persons, in order."""
    weights, q = design.weights(table), plane.n_nodes
    prior = plane.masses

    def chunk(persons: slice) -> Result:
        log_likelihood = design.log_likelihood(persons, weights)
        n, n_specific, _ = log_likelihood.shape
        scale = log_likelihood.max(axis=2)
        likelihood = np.exp(log_likelihood - scale[:, :, None]).reshape(n, n_specific, q, q)
        message = likelihood @ prior
        # In logarithms: many factors at once may leave nothing at all in double precision.
        logs = np.log(np.maximum(message, 1e-300)).sum(axis=1) + np.log(prior)
        highest = logs.max(axis=1)
        general = np.exp(logs - highest[:, None])
        total = general.sum(axis=1)
        general /= total[:, None]
        joint = likelihood * (general[:, None] / np.maximum(message, 1e-300))[..., None] * prior
        posterior = Posterior(
            log_evidence=np.log(total) + highest + scale.sum(axis=1),
            general=general,
            joint=joint.reshape(n, n_specific, q * q),
        )
        return work(persons, posterior)

    size = chunk_size(len(design.columns) * q * q)
    return list(map_chunks(chunk, design.n_persons, size, combine))


def expected(design: Design, table: Floats, plane: Plane) -> Expected:
    """The E-step under log-probabilities ``table``, (n_rows, Q²)."""

    def work(persons: slice, posterior: Posterior) -> Expected:
        joint, evidence = posterior.joint, posterior.log_evidence
        if design.frequency is not None:
            frequency = design.frequency[persons]
            joint, evidence = joint * frequency[:, None, None], evidence * frequency
        return Expected(log_likelihood=float(evidence.sum()), counts=design.expected_counts(persons, joint))

    return reduce(Expected.__add__, over_posteriors(work, design, table, plane, Expected.__add__))
