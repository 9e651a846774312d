"""compassess.adaptive.stopping.likelihood: the log-likelihood at any θ, held against the answers themselves."""

from __future__ import annotations

from typing import Final

import banks
import numpy as np
import pytest
import sittings

from compassess.adaptive import Pool, View
from compassess.adaptive.stopping.likelihood import LogLikelihoodAt
from compassess.adaptive.stopping.targets import Target

POINTS: Final = np.array([-3.31, -1.843, -0.37, 0.0, 0.25, 0.71, 2.2])
N_ANSWERED: Final = 20


def target(pool: Pool, kind: str, index: int) -> Target:
    """A block or a competency of the pool; its cuts do not matter here."""
    people = pool.lattice.population
    block = index if kind == "block" else int(people.block_of[index])
    name = (people.blocks if kind == "block" else people.competencies)[index]
    return Target(kind=kind, name=name, index=index, block=block, cuts=np.zeros(1))


def sitting(pool: Pool, n_answered: int = N_ANSWERED) -> tuple[View, np.ndarray, np.ndarray]:
    """Five sittings with random answers, and their items and codes."""
    rng = np.random.default_rng(8)
    items = np.stack([rng.permutation(pool.n_items)[:n_answered] for _ in range(5)])
    codes = rng.integers(0, (pool.row_of >= 0).sum(axis=1)[items])
    return sittings.view_of(pool, items, codes), items, codes


def direct(
    pool: Pool, items: np.ndarray, codes: np.ndarray, points: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Σ log P of the answers to the ``own`` items, by the response models at the points themselves."""
    log_p = pool.measurement.log_probability(points)
    counted = own[items][..., None]
    return np.where(counted, log_p[pool.row_of[items, codes]], 0.0).sum(axis=1)


@pytest.mark.parametrize(
    "bank",
    [banks.one_block(60), banks.one_block(8), banks.textbook_bank(), banks.three_blocks(8, loading=1.0)],
    ids=["common", "few items", "B300", "graded, coarser grid"],
)
def test_a_blocks_own_items_agree_with_direct_computation(bank: object) -> None:
    """Between nodes it errs by less than 1e-8 an answer, on the 41 nodes of three blocks too."""
    pool = banks.assessment(bank).plan.pool  # type: ignore[arg-type]
    view, items, codes = sitting(pool, min(N_ANSWERED, pool.n_items))
    for block in range(pool.lattice.n_blocks):
        found = LogLikelihoodAt.of(pool, target(pool, "block", block), POINTS)(view.progress)
        exact = direct(pool, items, codes, POINTS, pool.block == block)
        assert np.abs(found - exact).max() < 1e-8 * items.shape[1]


def test_on_nodes_it_is_what_the_sitting_keeps() -> None:
    """At a node the log-likelihood of a block's own items is that of the sitting."""
    pool = banks.assessment(banks.one_block(30)).plan.pool
    view, *_ = sitting(pool)
    nodes = pool.lattice.grid.theta[[20, 30, 41]]
    found = LogLikelihoodAt.of(pool, target(pool, "block", 0), nodes)(view.progress)
    assert found == pytest.approx(view.progress.log_likelihood[:, 0, [20, 30, 41]], abs=1e-8)


def test_a_competency_has_the_likelihood_of_its_own_answers() -> None:
    """With λ < 1 other competencies' answers are part of the prior of θ_c, and not of its likelihood."""
    pool = banks.assessment(banks.three_blocks(8)).plan.pool
    view, items, codes = sitting(pool)
    for index in range(pool.lattice.population.n_competencies):
        found = LogLikelihoodAt.of(pool, target(pool, "competency", index), POINTS)(view.progress)
        exact = direct(pool, items, codes, POINTS, pool.competency == index)
        assert np.abs(found - exact).max() < 1e-8 * N_ANSWERED


def test_competencies_speak_to_their_block_through_the_transition() -> None:
    """log ∫ Π P(x | θ_c) N(θ_c; λ θ_b, 1 − λ²) dθ_c, summed over competencies, against Gauss-Hermite.

    Sixty points are exact to 1e-9 for such products; the grid's own sum over 41 nodes a competency of SD
    0.6 is good to 1e-6.
    """
    pool = banks.assessment(banks.three_blocks(8)).plan.pool
    view, items, codes = sitting(pool)
    people = pool.lattice.population
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    for block in range(3):
        exact = np.zeros((5, POINTS.size))
        for competency in np.flatnonzero(people.block_of == block):
            loading = people.loadings[competency]
            for place, theta in enumerate(POINTS.tolist()):
                at = loading * theta + np.sqrt(1 - loading**2) * nodes
                own = direct(pool, items, codes, at, pool.competency == competency)
                exact[:, place] += np.log(np.exp(own) @ weights / weights.sum())
        found = LogLikelihoodAt.of(pool, target(pool, "block", block), POINTS)(view.progress)
        assert np.abs(found - exact).max() < 1e-6


def test_blocks_may_mix_both_kinds_of_competencies() -> None:
    """A block with λ = 1 and λ < 1 sums both; a competency with λ = 1 is its block."""
    competencies = {"own": ("p", 1.0), "other": ("p", 0.7)}
    items = [
        banks.item(f"{name}{j}", name, "p", 1.2 + 0.1 * j, [0.3 * j - 1.0])
        for name in competencies
        for j in range(8)
    ]
    pool = banks.assessment(banks.bank(competencies, items)).plan.pool
    view, answered, codes = sitting(pool, 12)
    as_block = LogLikelihoodAt.of(pool, target(pool, "block", 0), POINTS)(view.progress)
    as_competency = LogLikelihoodAt.of(pool, target(pool, "competency", 0), POINTS)(view.progress)
    assert np.array_equal(as_block, as_competency)
    own = direct(pool, answered, codes, POINTS, pool.competency == 0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    message = np.empty_like(own)
    for place, theta in enumerate(POINTS.tolist()):
        at = 0.7 * theta + np.sqrt(1 - 0.49) * nodes
        message[:, place] = np.log(
            np.exp(direct(pool, answered, codes, at, pool.competency == 1)) @ weights / weights.sum()
        )
    assert np.abs(as_block - own - message).max() < 1e-6
