"""The lattice against direct sums over the full joint grid."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt import Grid, Population
from compassess.irt.lattice import BlockPosterior, Lattice
from laws.brute_force import Joint, joint
from laws.strategies import Floats, populations, seeds

EXACT = {"rtol": 1e-10, "atol": 1e-13}  # the same sums in another order


class Both:
    """The same persons on the lattice and on the full joint grid."""

    def __init__(self, population: Population, seed: int, n_persons: int = 2) -> None:
        # Up to three blocks and six competencies are nine axes.
        n_axes = population.n_blocks + population.n_competencies
        self.grid = Grid.create({2: 9, 3: 9, 4: 9, 5: 7, 6: 6}.get(n_axes, 5), 2.5)
        rng = np.random.default_rng(seed)
        by_competency = rng.normal(0, 3, (n_persons, population.n_competencies, self.grid.n_nodes))
        self.lattice = Lattice(population, self.grid)
        carriers = np.zeros((n_persons, self.lattice.n_carriers, self.grid.n_nodes))
        for c, carrier in enumerate(self.lattice.carrier_of_competency):
            carriers[:, carrier] += by_competency[:, c]
        self.likelihood: Floats = np.exp(carriers - carriers.max(axis=2, keepdims=True))
        self.posterior: BlockPosterior = self.lattice.posterior(carriers)
        self.joints: list[Joint] = [joint(population, self.grid, np.exp(one)) for one in by_competency]


@st.composite
def both(draw: st.DrawFn) -> Both:
    """Any population with any likelihoods."""
    return Both(draw(populations()), draw(seeds()))


SETTINGS = settings(max_examples=30)


@SETTINGS
@given(both())
def test_evidence_is_the_sum_over_the_joint_grid(two: Both) -> None:
    """The log evidence of every person is the logarithm of the whole joint sum."""
    expected = [np.log(one.evidence) for one in two.joints]
    np.testing.assert_allclose(two.posterior.log_evidence, expected, **EXACT)


@SETTINGS
@given(both())
def test_block_posteriors_are_marginals(two: Both) -> None:
    """A block's posterior is the joint posterior summed over everything else."""
    for block in range(two.lattice.n_blocks):
        expected = [one.block(block) for one in two.joints]
        np.testing.assert_allclose(two.posterior.blocks[:, block], expected, **EXACT)


@SETTINGS
@given(both())
def test_competency_posteriors_are_marginals(two: Both) -> None:
    """A competency's posterior is a marginal of the joint one; with λ = 1 it is its block's."""
    masses = two.lattice.carrier_posteriors(two.likelihood, two.posterior)
    for c, carrier in enumerate(two.lattice.carrier_of_competency):
        expected = [one.competency(c) for one in two.joints]
        np.testing.assert_allclose(masses[:, carrier], expected, **EXACT)


@SETTINGS
@given(both())
def test_conditional_means_are_those_of_the_joint_posterior(two: Both) -> None:
    """E(θ_c | θ_b = r, answers) is the mean of a slice of the joint posterior."""
    n_blocks = two.lattice.n_blocks
    for index, carrier in enumerate(two.lattice.carriers):
        found = two.lattice.conditional_mean(index, two.likelihood, two.posterior)
        for person, one in enumerate(two.joints):
            if carrier.transition is None:
                expected: Floats = two.grid.theta
            else:
                table = one.marginal(carrier.block, n_blocks + carrier.competency)
                expected = table @ two.grid.theta / table.sum(axis=1)
            np.testing.assert_allclose(found[person], expected, rtol=1e-8, atol=1e-10)


@SETTINGS
@given(both())
def test_block_means_given_the_competency_are_those_of_the_joint_posterior(two: Both) -> None:
    """p(θ_c = q) E(θ_b | θ_c = q, answers) sums the other side of the joint posterior over θ_b."""
    n_blocks = two.lattice.n_blocks
    for index, carrier in enumerate(two.lattice.carriers):
        found = two.lattice.weighted_block_mean(index, two.likelihood, two.posterior)
        for person, one in enumerate(two.joints):
            if carrier.transition is None:
                expected: Floats = two.grid.theta * two.posterior.blocks[person, carrier.block]
            else:
                expected = two.grid.theta @ one.marginal(carrier.block, n_blocks + carrier.competency)
            np.testing.assert_allclose(found[person], expected, rtol=1e-8, atol=1e-10)


@SETTINGS
@given(both())
def test_pair_tables_are_marginals(two: Both) -> None:
    """The joint posterior of any two blocks, in either order, is a marginal of the joint one."""
    for first, second in itertools.permutations(range(two.lattice.n_blocks), 2):
        expected = [one.marginal(first, second) for one in two.joints]
        np.testing.assert_allclose(two.lattice.pair(two.posterior, first, second), expected, **EXACT)


@SETTINGS
@given(both())
def test_expected_joint_sums_over_persons(two: Both) -> None:
    """The blocks' joint posterior summed over persons, (Q,) * n_blocks."""
    axes = range(two.lattice.n_blocks)
    expected = sum(one.marginal(*axes) for one in two.joints)
    everybody = np.ones(len(two.joints))
    np.testing.assert_allclose(two.lattice.expected_joint(two.posterior, everybody), expected, **EXACT)


@SETTINGS
@given(both(), seeds())
def test_a_persons_frequency_multiplies_the_joint_posterior(two: Both, seed: int) -> None:
    """Persons who stand for several count so many times."""
    axes = range(two.lattice.n_blocks)
    times = np.random.default_rng(seed).uniform(0.1, 5.0, len(two.joints))
    expected = sum(one.marginal(*axes) * often for one, often in zip(two.joints, times, strict=True))
    np.testing.assert_allclose(two.lattice.expected_joint(two.posterior, times), expected, **EXACT)


@SETTINGS
@given(both(), seeds())
def test_expectations_are_those_under_the_joint_posterior(two: Both, seed: int) -> None:
    """The posterior expectation of any function of the blocks, several at once."""
    n_blocks = two.lattice.n_blocks
    weights = np.random.default_rng(seed).normal(size=(3, *(two.grid.n_nodes,) * n_blocks))
    expected = [
        [(one.marginal(*range(n_blocks)) * function).sum() for function in weights] for one in two.joints
    ]
    found = two.lattice.expectation(two.posterior, two.lattice.prepared(weights))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@SETTINGS
@given(both())
def test_posteriors_are_masses(two: Both) -> None:
    """Every posterior is not negative and sums to 1."""
    for masses in (two.posterior.blocks, two.lattice.carrier_posteriors(two.likelihood, two.posterior)):
        assert np.all(masses >= 0)
        np.testing.assert_allclose(masses.sum(axis=2), 1.0, rtol=1e-12)


@SETTINGS
@given(seeds(), st.floats(-1.0, 1.0), st.floats(0.5, 2.0))
def test_one_block_without_competencies_is_one_dimension(seed: int, mean: float, sd: float) -> None:
    """With one block and λ = 1 the evidence is Σ L(θ) φ(θ) and the posterior is their product."""
    grid = Grid.create(31)
    people = Population.create(mean=[mean], standard_deviation=[sd])
    log_likelihood = np.random.default_rng(seed).normal(0, 3, (2, 1, 31))
    posterior = Lattice(people, grid).posterior(log_likelihood)
    masses = np.exp(-0.5 * ((grid.theta - mean) / sd) ** 2)
    product = np.exp(log_likelihood[:, 0]) * masses / masses.sum()
    np.testing.assert_allclose(posterior.log_evidence, np.log(product.sum(axis=1)), **EXACT)
    np.testing.assert_allclose(posterior.blocks[:, 0], product / product.sum(axis=1, keepdims=True), **EXACT)


@SETTINGS
@given(seeds(), st.floats(-0.95, 0.95))
def test_uncorrelated_blocks_are_independent(seed: int, scale: float) -> None:
    """With R = 1 the evidence is the product of the blocks', and each posterior is its own."""
    grid = Grid.create(15)
    log_likelihood = np.random.default_rng(seed).normal(0, 3 * abs(scale), (2, 3, 15))
    together = Lattice(Population.create(("x", "y", "z")), grid).posterior(log_likelihood)
    alone = [Lattice(Population.create(), grid).posterior(log_likelihood[:, [b]]) for b in range(3)]
    np.testing.assert_allclose(together.log_evidence, sum(one.log_evidence for one in alone), **EXACT)
    for b, one in enumerate(alone):
        np.testing.assert_allclose(together.blocks[:, b], one.blocks[:, 0], **EXACT)


@SETTINGS
@given(seeds())
def test_a_likelihoods_scale_moves_only_the_evidence(seed: int) -> None:
    """A constant added to a log-likelihood is added to the log evidence, and changes no posterior."""
    people = Population.create(
        ("x", "y"), correlation=[[1, 0.5], [0.5, 1]], competencies={"c": "x", "d": "y"}, loadings={"c": 0.7}
    )
    lattice = Lattice(people, Grid.create(15))
    log_likelihood = np.random.default_rng(seed).normal(0, 3, (2, 2, 15))
    before, after = lattice.posterior(log_likelihood), lattice.posterior(log_likelihood - 5000.0)
    np.testing.assert_allclose(after.log_evidence, before.log_evidence - 10000.0, rtol=1e-12)
    np.testing.assert_allclose(after.blocks, before.blocks, rtol=1e-8, atol=1e-12)
