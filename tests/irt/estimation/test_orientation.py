"""Which way up: a matter of signs that must not touch the likelihood."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.orientation import oriented
from compassess.irt.models import Floats
from irt import fits
from irt.builders import answers, house, items_in, places
from irt.estimation.cases import CASES, Case

N = 40
UPRIGHT = {
    "2PL",
    "3PL",
    "GRM",
    "GPCM",
    "blocks",
    "groups",
    "freed items",
    "freed slopes",
    "tied slopes",
    "NRM",
}


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


def upside_down(fit: Fit, phi: Floats, carriers: Collection[int]) -> Floats:
    """φ with the free slopes of some carriers, and their thresholds where those are free, negated."""
    places: set[int] = set()
    for batch, form in zip(fit.layout.batches, fit.space.forms, strict=True):
        k = batch.rows.shape[1]
        rows = slice(k if form.by_threshold else k - 1 if batch.model == "NRM" else 1)
        turned = np.flatnonzero(np.any(form.basis[rows] != 0, axis=0))
        mine = np.isin(fit.layout.carrier_of_item[batch.items], list(carriers))
        places |= set(form.places[mine][:, turned].ravel().tolist())
    result = phi.copy()
    result[list(places)] *= -1
    return result


@pytest.mark.parametrize("case", CASES, ids=str)
def test_whatever_is_free_a_turn_leaves_the_likelihood(case: Case) -> None:
    """Fixed, tied and freed items, λ, R and groups: answers stay as likely as they were."""
    fit, phi = case.somewhere()
    every = range(len(fit.layout.carrier_rows))
    for carriers in (set(every), {0}, {len(every) - 1}):
        turned_down = upside_down(fit, phi, carriers)
        if not fit.feasible(turned_down):
            continue  # half of a tie was turned
        before = fit.evaluation(turned_down)
        after = fit.evaluation(oriented(fit, turned_down))
        # A turn reorders sums; ±6 is symmetric.
        assert after.log_likelihood == pytest.approx(before.log_likelihood, rel=1e-11)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in UPRIGHT], ids=str)
def test_items_that_nothing_holds_are_turned_up(case: Case) -> None:
    """Without fixed items, and without ties that a turn would break, upside down comes back as it was."""
    fit, phi = case.somewhere()
    # Where slopes are far from 0 those of all items were positive.
    found = oriented(fit, upside_down(fit, phi, range(len(fit.layout.carrier_rows))))
    for family, xi in zip(fit.families, fit.space.xi(found), strict=True):
        columns = family.to_irt(xi)
        slopes = columns["a"][:, 0] if "a" in columns else columns["slopes"][:, -1] - columns["slopes"][:, 0]
        assert np.median(slopes) > 0
