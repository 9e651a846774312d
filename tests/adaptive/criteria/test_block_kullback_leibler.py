"""compassess.adaptive.criteria.block_kullback_leibler: what tells the blocks' abilities apart."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views

from compassess.adaptive import View, answered, estimate
from compassess.adaptive.criteria import BlockKullbackLeibler, KullbackLeibler
from compassess.irt import probability


def test_a_block_of_its_own_has_the_divergence_of_its_competency() -> None:
    """For λ = 1 it is KLP, but for the cell of θ̂: 0.02 wide."""
    pool = views.pool_of(banks.one_block(12))
    view = views.view_of(pool, 4, 3)
    mine = BlockKullbackLeibler().prepared(pool).worth(view)
    theirs = KullbackLeibler().prepared(pool).worth(view)
    np.testing.assert_allclose(mine, theirs, rtol=0.02, atol=1e-4)


@pytest.mark.parametrize("bank", [banks.three_blocks(2), banks.with_options(2)])
def test_worth_by_plain_loops(bank: banks.ItemBank) -> None:
    """P̃ from p(θ_c | θ_b, answers) on the nodes, at θ̂_b with the transition of θ̂_b itself."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 2, 4)
    now, lattice = view.now, pool.lattice
    theta = lattice.grid.theta
    worth = BlockKullbackLeibler().prepared(pool).worth(view)
    for sitting in range(2):
        for item in range(pool.n_items):
            carrier = lattice.carriers[pool.carrier[item]]
            one = pool.measurement.items.select(np.array([item]))
            loading = lattice.population.loadings[pool.competency[item]]
            at = now.block_theta[sitting, carrier.block]

            def given(r: float, one=one, carrier=carrier, loading=loading, sitting=sitting, item=item):
                if carrier.transition is None:
                    return probability(one, r)[0, : one.n_categories[0], 0]
                masses = np.exp(-((theta - loading * r) ** 2) / (2 * (1 - loading**2)))
                masses = masses * now.likelihood[sitting, pool.carrier[item]]
                return probability(one, theta)[0, : one.n_categories[0]] @ (masses / masses.sum())

            here = given(at)
            expected = sum(
                mass * float(here @ np.log(here / given(r)))
                for mass, r in zip(now.posterior.blocks[sitting, carrier.block], theta, strict=True)
                if mass > 1e-12
            )
            # At θ̂ the interpolated logarithms err by 1e-4 of themselves between nodes 0.3 apart.
            assert worth[sitting, item] == pytest.approx(expected, rel=2e-3, abs=1e-6)


def test_a_known_competency_tells_its_block_nothing_more() -> None:
    """After many answers of a competency its items are worth less than those of its sister."""
    bank = banks.three_blocks(8, loading=0.6)
    pool = views.pool_of(bank)
    view = views.view_of(pool, 1, 0)
    fresh = BlockKullbackLeibler().prepared(pool).worth(view)[0]
    assert np.all(fresh > 0)
    progress = view.progress
    own = np.flatnonzero(pool.competency == 0)
    for item in own[:7]:
        progress = answered(pool, progress, np.array([item]), np.array([2]))
    later = View(pool=pool, progress=progress, now=estimate(pool, progress), seeds=view.seeds)
    worth = BlockKullbackLeibler().prepared(pool).worth(later)[0]
    assert worth[own[7]] < 0.5 * fresh[own[7]]
