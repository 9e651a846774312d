"""Which way up: a matter of signs that must not touch the likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt.em import Fit, Parameters
from compassess.irt.maximisation import ItemParameters
from compassess.irt.orientation import oriented
from compassess.irt.preparation import groups_of, prepared, screen
from compassess.irt.structure import structure_of
from irt.builders import answers, house, items_in, places

N = 40


def laid_out(loadings: float | None) -> tuple[Fit, Parameters]:
    """Two blocks of two competencies of three items, two groups, on few nodes."""
    items = items_in(house(), 3, 3)
    blocks, competencies = places(items)
    responses = answers(items, N)
    structure = structure_of(items.ids, blocks, competencies)
    groups = groups_of(["a", "b"] * (N // 2), None, N)
    return prepared(
        screen(responses, "GRM", 3, ()), structure, groups, loadings=loadings, nodes=11, priors=None
    )


FREE, FIXED = laid_out(None), laid_out(1.0)


def slopes(fit: Fit, parameters: Parameters) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Slopes in the order of the items."""
    found = np.zeros(12)
    for batch, xi in zip(fit.layout.batches, fit.xi(parameters), strict=True):
        found[batch.items] = xi[:, 0]
    return found


@pytest.mark.parametrize("prepared_fit", [FREE, FIXED], ids=["free loadings", "plain blocks"])
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_most_slopes_come_out_positive_and_nothing_else_changes(
    prepared_fit: tuple[Fit, Parameters], seed: int
) -> None:
    """Any signs of slopes, λ, R and means: the likelihood stays, and majorities are positive."""
    fit, opening = prepared_fit
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 0.5, (2, 2))
    means[0] = 0.0
    rho = rng.uniform(-0.8, 0.8, 2)
    covariances = np.array([[[1, r], [r, 1]] for r in rho])
    some = Parameters(
        items=tuple(
            ItemParameters(
                shared=free.shared,
                own=np.column_stack([rng.normal(0, 1.5, len(free.own)), free.own[:, 1:]]),
            )
            for free in opening.items
        ),
        loadings=opening.loadings * rng.choice([-1.0, 1.0], 4) if fit.free else opening.loadings,
        means=means,
        covariances=covariances,
    )
    turned = oriented(fit, some)
    assert fit.step(turned)[1] == pytest.approx(fit.step(some)[1], rel=1e-10)
    np.testing.assert_allclose(np.abs(turned.loadings), np.abs(some.loadings))
    np.testing.assert_allclose(np.abs(turned.means), np.abs(some.means))
    by_competency = np.sign(slopes(fit, turned)).reshape(4, 3).sum(axis=1)
    by_block = by_competency.reshape(2, 2).sum(axis=1)
    if fit.free:
        assert np.all(by_competency > 0)  # three items, no ties
        weighted = np.abs(by_competency) * np.sign(turned.loadings)
        assert np.all(weighted.reshape(2, 2).sum(axis=1) >= 0)
    else:
        assert np.all(by_block >= 0)
    # Done twice it changes nothing.
    again = oriented(fit, turned)
    for one, other in zip(again.items, turned.items, strict=True):
        np.testing.assert_array_equal(one.own, other.own)
