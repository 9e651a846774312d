"""Blocks that correlate through one factor: the short sum is the joint grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.irt.common_factor import CommonFactor, common_loadings
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.population import Population

LOADINGS = st.floats(0.05, 0.97)


def one_factor(loadings: list[float]) -> np.ndarray:
    """R of blocks with these loadings."""
    matrix = np.outer(loadings, loadings)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def population(loadings: list[float], mean: float = 0.0, sd: float = 1.0) -> Population:
    """Blocks of one factor, all with the same mean and SD."""
    names = [f"b{k}" for k in range(len(loadings))]
    return Population.create(
        names,
        correlation=one_factor(loadings),
        mean=[mean] * len(names),
        standard_deviation=[sd] * len(names),
    )


def answers(lattice: Lattice, n: int = 6) -> np.ndarray:
    """Likelihoods of the blocks, some of them far out and at odds with each other."""
    rng = np.random.default_rng(3)
    centre = rng.normal(0.0, 2.5, (n, lattice.n_blocks, 1))
    width = rng.uniform(0.3, 3.0, (n, lattice.n_blocks, 1))
    return np.exp(-0.5 * ((lattice.grid.theta - centre) / width) ** 2)


@given(st.lists(LOADINGS, min_size=3, max_size=5), st.integers(0, 31))
def test_loadings_are_found_again(loadings: list[float], signs: int) -> None:
    """From the correlations of one factor come its loadings, the first of them positive."""
    signed = [-x if signs >> k & 1 else x for k, x in enumerate(loadings)]
    found = common_loadings(one_factor(signed))
    assert found is not None
    np.testing.assert_allclose(found, np.array(signed) * np.sign(signed[0]), atol=1e-12)


@pytest.mark.parametrize(
    "correlation",
    [
        [[1, 0.5, 0.5], [0.5, 1, -0.5], [0.5, -0.5, 1]],  # a negative product
        [[1, 0.8, 0.8], [0.8, 1, 0.3], [0.8, 0.3, 1]],  # a block that the factor explains beyond 1
        [[1, 0.5, 0.0], [0.5, 1, 0.0], [0.0, 0.0, 1]],  # two blocks that correlate alone
        [[1, 0.5], [0.5, 1]],  # too few to tell
        np.eye(4) + 0.5 * (np.eye(4)[::-1]),  # pairs
    ],
)
def test_no_factor(correlation: np.ndarray) -> None:
    """Where no factor explains the correlations, there is none."""
    assert common_loadings(np.array(correlation, dtype=float)) is None


def test_independent_blocks_have_a_factor_that_loads_on_none() -> None:
    """R = 1 is the case l = 0."""
    found = common_loadings(np.eye(3))
    assert found is not None
    assert not found.any()


@pytest.mark.parametrize(
    ("loadings", "mean", "sd"),
    [
        ([0.84, 0.84, 0.84], 0.0, 1.0),
        ([0.9, 0.7, 0.5], 0.4, 1.3),
        ([0.3, -0.6, 0.8], 0.0, 1.0),
        ([0.0, 0.0, 0.0], 0.0, 1.0),
        ([0.8, 0.7, 0.6, 0.9], 0.0, 1.0),
    ],
)
def test_the_sum_is_the_joint_grid(loadings: list[float], mean: float, sd: float) -> None:
    """Evidence, posteriors and moments across blocks agree with the joint grid to thirteen digits."""
    people = population(loadings, mean, sd)
    grid = Grid.create(31 if len(loadings) == 3 else 15)
    lattice = Lattice(people, grid)
    factor = CommonFactor.create(people, grid)
    assert factor is not None
    likelihood = answers(lattice)
    axes = "abcd"[: lattice.n_blocks]
    prior = lattice.prior.reshape((grid.n_nodes,) * lattice.n_blocks)
    inputs = ",".join(f"n{axis}" for axis in axes)
    parts = [likelihood[:, block] for block in range(lattice.n_blocks)]
    joint = np.einsum(f"{axes},{inputs}->n{axes}", prior, *parts)
    z = joint.reshape(len(joint), -1).sum(axis=1)

    evidence, masses = factor.meet(likelihood)
    np.testing.assert_allclose(evidence, z, rtol=1e-13)
    np.testing.assert_allclose(factor.evidence(likelihood), z, rtol=1e-13)
    for block, axis in enumerate(axes):
        expected = np.einsum(f"n{axes}->n{axis}", joint) / z[:, None]
        np.testing.assert_allclose(masses[:, block], expected, rtol=1e-12, atol=1e-16)
    theta = np.stack([np.ones(grid.n_nodes), grid.theta, grid.theta**2])
    values = np.broadcast_to(theta, (len(z), *theta.shape))
    for first, second in ((0, 1), (0, 2), (1, 2)):
        pair = np.einsum(f"n{axes}->n{axes[first]}{axes[second]}", joint)
        expected = theta @ pair @ theta.T
        found = factor.across(likelihood, first, second, values, values)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13 * z.max())


def test_the_lattice_meets_by_the_factor() -> None:
    """A lattice of such blocks keeps no joint masses, one of other blocks does; pairs come from both."""
    by_factor = Lattice(population([0.8, 0.7, 0.9]), Grid.create(31))
    other = Population.create(["a", "b", "c"], correlation=[[1, 0.5, 0.5], [0.5, 1, -0.4], [0.5, -0.4, 1]])
    by_grid = Lattice(other, Grid.create(31))
    for lattice, joint in ((by_factor, False), (by_grid, True)):
        found = lattice.posterior_from(answers(lattice), np.zeros(6))
        assert (found.but_first is not None) is joint
        for first, second in ((0, 1), (0, 2), (1, 2)):
            pair = lattice.pair(found, first, second)
            np.testing.assert_allclose(pair.sum(axis=2), found.blocks[:, first], rtol=1e-11, atol=1e-15)
            np.testing.assert_allclose(pair.sum(axis=1), found.blocks[:, second], rtol=1e-11, atol=1e-15)


def test_a_factor_that_nearly_is_a_block_is_not_worth_its_nodes() -> None:
    """Close to R_ij = 1 the nodes of the factor outgrow those of the joint grid, which is kept."""
    assert CommonFactor.create(population([0.9999, 0.9999, 0.9999]), Grid.create(21)) is None


def test_answers_that_contradict_each_other_leave_a_finite_posterior() -> None:
    """Blocks at opposite ends beyond all doubt: masses stay masses."""
    lattice = Lattice(population([0.97, 0.97, 0.97]), Grid.create(41))
    likelihood = np.full((1, 3, 41), 1e-280)
    likelihood[0, 0, 0] = likelihood[0, 1, -1] = likelihood[0, 2, 0] = 1.0
    found = lattice.posterior_from(likelihood, np.zeros(1))
    assert np.isfinite(found.log_evidence).all()
    np.testing.assert_allclose(found.blocks.sum(axis=2), 1.0, rtol=1e-9)
