"""compassess.simulation.conditional: the same people by where they truly stand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import compassess as ca
from compassess.simulation import conditional_recovery, recovery


def test_everybody_is_in_one_interval() -> None:
    """Intervals are half-open, the outer ones without an end; each has the figures of its own people."""
    rng = np.random.default_rng(3)
    truth = np.concatenate([[-1.0, 0.0, 1.0], rng.normal(size=500)])
    theta, se = truth + 0.3 * rng.normal(size=503), rng.uniform(0.2, 0.4, 503)
    length = rng.integers(5, 30, 503)
    found = conditional_recovery(theta, se, truth, length, edges=(-1.0, 0.0, 1.0))
    assert [(one.lower, one.upper) for one in found] == [
        (-math.inf, -1.0),
        (-1.0, 0.0),
        (0.0, 1.0),
        (1.0, math.inf),
    ]
    assert sum(one.found.n for one in found) == 503
    for one in found:
        own = (truth >= one.lower) & (truth < one.upper)
        assert one.found == recovery(theta[own], se[own], truth[own])
        assert one.theta == pytest.approx(truth[own].mean())
        assert one.error_sd == pytest.approx(np.std((theta - truth)[own], ddof=1))
        assert one.mean_length == pytest.approx(length[own].mean())
        assert one.mean_length_error == pytest.approx(np.std(length[own], ddof=1) / math.sqrt(own.sum()))


def test_an_interval_with_nobody() -> None:
    """It stays in its place, with NaN."""
    inner = conditional_recovery([0.0, 5.0], [1.0, 1.0], [0.0, 5.0], [3, 4], edges=(1.0, 2.0))[1]
    assert inner.found.n == 0
    assert all(map(math.isnan, (inner.theta, inner.error_sd, inner.found.rmse, inner.mean_length)))


@pytest.mark.parametrize("edges", [(0.0, 0.0), (1.0, 0.0), (0.0, math.nan), ((0.0, 1.0),)])
def test_edges_that_are_none(edges: object) -> None:
    """Edges ascend and are finite."""
    with pytest.raises(ca.InputError, match="edges"):
        conditional_recovery([0.0], [1.0], [0.0], [3], edges=edges)  # type: ignore[arg-type]
