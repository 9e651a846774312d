"""Which way up: a matter of signs that must not touch the likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.orientation import oriented
from compassess.irt.models import Floats
from irt import fits
from irt.builders import answers, house, items_in, places

N = 40


def laid_out(loadings: float | None) -> tuple[Fit, Floats]:
    """Two blocks of two competencies of three items, two groups, on few nodes."""
    items = items_in(house(), 3, 3)
    blocks, competencies = places(items)
    return fits.laid_out(
        answers(items, N),
        "GRM",
        blocks=blocks,
        competencies=competencies,
        groups=["a", "b"] * (N // 2),
        n_categories=3,
        loadings=loadings,
        nodes=11,
    )


FREE, FIXED = laid_out(None), laid_out(1.0)


def slopes(fit: Fit, phi: Floats) -> Floats:
    """Slopes in the order of the items."""
    found = np.zeros(12)
    for batch, xi in zip(fit.layout.batches, fit.space.xi(phi), strict=True):
        found[batch.items] = xi[:, 0]
    return found


@pytest.mark.parametrize("prepared_fit", [FREE, FIXED], ids=["free loadings", "plain blocks"])
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_most_slopes_come_out_positive_and_nothing_else_changes(
    prepared_fit: tuple[Fit, Floats], seed: int
) -> None:
    """Any signs of slopes, λ, R and means: the likelihood stays, and majorities are positive."""
    fit, opening = prepared_fit
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 0.5, (2, 2))
    means[0] = 0.0
    rho = rng.uniform(-0.8, 0.8, 2)
    covariances = np.array([[[1, r], [r, 1]] for r in rho])
    some, space = opening.copy(), fit.space
    for form in space.forms:
        some[form.places[:, 0]] = rng.normal(0, 1.5, len(form.places))
    space.write_loadings(some, space.loadings(opening) * rng.choice([-1.0, 1.0], 4))
    for group in range(2):
        space.write_moments(some, group, means[group], covariances[group])
    turned = oriented(fit, some)
    assert fit.evaluation(turned).value == pytest.approx(fit.evaluation(some).value, rel=1e-10)
    np.testing.assert_allclose(np.abs(space.loadings(turned)), np.abs(space.loadings(some)))
    for group in range(2):
        np.testing.assert_allclose(np.abs(space.mean(turned, group)), np.abs(space.mean(some, group)))
    by_competency = np.sign(slopes(fit, turned)).reshape(4, 3).sum(axis=1)
    by_block = by_competency.reshape(2, 2).sum(axis=1)
    if space.free_loadings:
        assert np.all(by_competency > 0)  # three items, no ties
        weighted = np.abs(by_competency) * np.sign(space.loadings(turned))
        assert np.all(weighted.reshape(2, 2).sum(axis=1) >= 0)
    else:
        assert np.all(by_block >= 0)
    # Done twice it changes nothing.
    np.testing.assert_array_equal(oriented(fit, turned), turned)
