r"""The model of the house on a grid: from likelihoods by competency to joint posteriors of blocks.

Every dimension has the same Q nodes. Where a competency differs from its block (λ < 1) its
likelihood L_c, a vector on the nodes of θ_c, is sent to the block as the message

    m_c(r) = Σ_q T_c(q | r) L_c(q),     T_c(q | r) ∝ exp(−(θ_q − λ_c θ_r)² / (2 (1 − λ_c²))),

a block's likelihood is the product of its messages, and only the blocks meet on a joint grid. No
exponential is taken there: with W the prior's masses, Z = Σ L_1 (L_2 ⊗ … ⊗ L_B) W is a matrix
product; blocks with one common factor meet by a shorter sum (:mod:`.common_factor`). Posteriors flow
back through the same matrices. Competencies with λ = 1 share their block's likelihood; whatever has a
likelihood of its own is called a *carrier*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.common_factor import CommonFactor
from compassess.irt.grid import Grid
from compassess.irt.population import Population

__all__ = ["LEAST_LOG", "BlockPosterior", "Carrier", "Lattice", "transition"]

Floats = NDArray[np.float64]

# The least mass that a prior or the messages to a block keep, and the least scale that is divided by: they
# keep the evidence positive where what meets disagrees beyond all doubt. In float32 they are much higher:
# subnormal numbers, which products of small ones would become, cost a hundred times the time of others.
_FLOOR: Final = {np.dtype(np.float64): 1e-290, np.dtype(np.float32): 1e-12}
_TINY: Final = {np.dtype(np.float64): 1e-300, np.dtype(np.float32): 1e-30}
#: The least logarithm of a scaled likelihood in float32, for the same reason; e⁻²³ = 10⁻¹⁰.
LEAST_LOG: Final = -23.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carrier:
    """A dimension with a likelihood of its own: a competency with λ < 1, or a block itself.

    ``transition`` is T_c, shape (Q nodes of θ_c, Q nodes of θ_b), columns summing to 1; None for a
    block itself. ``competency`` is its index, −1 for a block itself.
    """

    block: int
    competency: int
    transition: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockPosterior:
    """Where the blocks meet: for n persons the evidence and the posterior of each block.

    Attributes
    ----------
    likelihood : (n, n_blocks, Q), each scaled to a maximum of 1.
    carrier_log_scale : (n,) the logarithm of what carriers' likelihoods were scaled by.
    log_scale : (n,) the logarithm of all that was scaled away.
    evidence : (n,) Z under the scaled likelihoods; log evidence is ``log(evidence) + log_scale``.
    blocks : (n, n_blocks, Q) posterior masses.
    messages : (n, n_carriers, Q) what each carrier sent to its block.
    but_first : joint posterior masses of all blocks but the first, (n, Q^(B − 1)); None for one block, and
        where the blocks met by their common factor.
    """

    likelihood: Floats
    carrier_log_scale: Floats
    log_scale: Floats
    evidence: Floats
    blocks: Floats
    messages: Floats
    but_first: Floats | None

    @property
    def log_evidence(self) -> Floats:
        """The log-likelihood of each person's answers, shape (n,)."""
        return np.asarray(np.log(self.evidence) + self.log_scale)

    def select(self, rows: NDArray[np.intp]) -> BlockPosterior:
        """Of some of the persons."""
        return BlockPosterior(
            likelihood=self.likelihood[rows],
            carrier_log_scale=self.carrier_log_scale[rows],
            log_scale=self.log_scale[rows],
            evidence=self.evidence[rows],
            blocks=self.blocks[rows],
            messages=self.messages[rows],
            but_first=None if self.but_first is None else self.but_first[rows],
        )


class Lattice:
    """A population laid out on a grid, built once and used for all persons; read-only after that.

    ``dtype`` float32 is for E-steps on the way: posterior masses below about 10⁻¹⁰ are rounded up to it.
    """

    __slots__ = (
        "_plain",
        "_rest_shape",
        "carrier_of_competency",
        "carriers",
        "factor",
        "grid",
        "population",
        "prior",
    )

    def __init__(self, population: Population, grid: Grid, dtype: DTypeLike = np.float64) -> None:
        self.grid = grid
        self.population = population
        self.carriers, self.carrier_of_competency = _carriers(population, grid, np.dtype(dtype))
        self.prior: Floats = _prior(population, grid, np.dtype(dtype))
        self.prior.flags.writeable = False
        blocks = [carrier.block for carrier in self.carriers if carrier.transition is None]
        self._plain = blocks == list(range(population.n_blocks)) and len(blocks) == len(self.carriers)
        # In float32 the floors of the joint grid are what a rough E-step relies on.
        self.factor = CommonFactor.create(population, grid) if np.dtype(dtype) == np.float64 else None
        self._rest_shape = (grid.n_nodes,) * (population.n_blocks - 1)

    @property
    def n_blocks(self) -> int:
        """Number of blocks, the dimensions of the joint grid."""
        return self.population.n_blocks

    @property
    def n_carriers(self) -> int:
        """Number of dimensions with a likelihood of their own."""
        return len(self.carriers)

    @property
    def has_layer(self) -> bool:
        """Whether any carrier is not its block."""
        return not self._plain

    @property
    def floats_per_person(self) -> int:
        """Size of the largest array that a person needs: the joint grid but for one block."""
        return max(self.grid.n_nodes ** max(self.n_blocks - 1, 1), self.n_carriers * self.grid.n_nodes)

    def posterior(self, log_likelihood: Floats) -> BlockPosterior:
        """Blocks' posteriors from carriers' log-likelihoods, shape (n, n_carriers, Q)."""
        carrier_scale = log_likelihood.max(axis=2)
        return self.posterior_from(
            np.exp(log_likelihood - carrier_scale[..., None]), np.asarray(carrier_scale.sum(axis=1))
        )

    def posterior_from(
        self, likelihood: Floats, log_scale: Floats, tilt: Floats | None = None
    ) -> BlockPosterior:
        """The same from carriers' likelihoods, scaled to about 1, and the logarithm of the scales.

        Likelihoods may be multiplied by weights of either sign beforehand; then only ``evidence`` and
        ``log_scale`` mean something: the expectation of the weights.

        ``tilt`` (n, n_blocks) multiplies the blocks' likelihoods by exp(u_b θ_b): N(μ, Σ) is N(0, Σ)
        tilted by u = Σ⁻¹ μ, times exp(−½ μᵀ u), so that everybody may have a mean of their own on one prior.
        """
        messages = self.messages(likelihood)
        product, total = self._product(likelihood, messages, log_scale)
        if tilt is not None:
            product, total = self._tilted(product, total, tilt)
        evidence, blocks, joint = self._meet(product)
        return BlockPosterior(
            likelihood=product,
            carrier_log_scale=log_scale,
            log_scale=total,
            evidence=evidence,
            blocks=blocks,
            messages=messages,
            but_first=joint,
        )

    def block_likelihood(self, likelihood: Floats, log_scale: Floats) -> tuple[Floats, Floats]:
        """Likelihoods of the blocks, (n, n_blocks, Q), scaled to maxima of 1, and the log of the scales."""
        return self._product(likelihood, self.messages(likelihood), log_scale)

    def evidence(self, block_likelihood: Floats) -> Floats:
        """Σ L prior of block likelihoods, which may have been multiplied by weights of either sign; (n,)."""
        if self.n_blocks == 1:
            return np.asarray(block_likelihood[:, 0] @ self.prior)
        if self.factor is not None:
            return self.factor.evidence(block_likelihood)
        from_rest = self._rest(block_likelihood) @ self.prior.T
        return np.einsum("nq,nq->n", block_likelihood[:, 0], from_rest)

    def block_masses(self, block_likelihood: Floats) -> Floats:
        """Posterior masses of the blocks from their likelihoods, (n, n_blocks, Q) both."""
        return self._meet(block_likelihood)[1]

    def _product(self, likelihood: Floats, messages: Floats, log_scale: Floats) -> tuple[Floats, Floats]:
        """Block likelihoods from the messages to them, and the logarithm of what they were scaled by."""
        if self._plain:  # every carrier is its block, in order: there is nothing to multiply
            return likelihood, log_scale
        product = np.ones((likelihood.shape[0], self.n_blocks, self.grid.n_nodes), dtype=likelihood.dtype)
        for index, carrier in enumerate(self.carriers):
            product[:, carrier.block] *= messages[:, index]
        block_scale = np.maximum(np.abs(product).max(axis=2), _TINY[product.dtype])
        product /= block_scale[..., None]
        if product.dtype == np.float32:  # what is large and negative comes from weights, and stays
            np.copyto(product, _FLOOR[product.dtype], where=np.abs(product) < _FLOOR[product.dtype])
        return product, log_scale + np.log(block_scale).sum(axis=1, dtype=np.float64)

    def _tilted(self, product: Floats, log_scale: Floats, tilt: Floats) -> tuple[Floats, Floats]:
        """Block likelihoods times exp(u θ), scaled to maxima of 1, and the logarithm of the scales."""
        shift = np.log(np.maximum(product, _TINY[product.dtype])) + tilt[:, :, None] * self.grid.theta
        scale = shift.max(axis=2)
        return np.exp(shift - scale[..., None]), log_scale + scale.sum(axis=1)

    def messages(self, likelihood: Floats) -> Floats:
        """m_c of every carrier, shape (n, n_carriers, Q)."""
        if self._plain:
            return likelihood
        messages = likelihood.copy()
        for index, carrier in enumerate(self.carriers):
            if carrier.transition is not None:
                messages[:, index] = likelihood[:, index] @ carrier.transition
        return messages

    def carrier_posteriors(self, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """Posterior masses of every carrier's own dimension, shape (n, n_carriers, Q).

        p(θ_c = q) = L_c(q) Σ_r T_c(q | r) p(θ_b = r) / m_c(r).
        """
        if self._plain:
            return posterior.blocks
        masses = np.empty_like(likelihood)
        for index, carrier in enumerate(self.carriers):
            block = posterior.blocks[:, carrier.block]
            if carrier.transition is None:
                masses[:, index] = block
            else:
                without = block / posterior.messages[:, index]
                masses[:, index] = likelihood[:, index] * (without @ carrier.transition.T)
        return masses

    def conditional_mean(self, carrier: int, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """E(θ_c | θ_b = r, answers) on the block's nodes, shape (n, Q)."""
        transition = self.carriers[carrier].transition
        if transition is None:
            return np.broadcast_to(self.grid.theta, (likelihood.shape[0], self.grid.n_nodes))
        weighted = (likelihood[:, carrier] * self.grid.theta) @ transition
        return np.asarray(weighted / posterior.messages[:, carrier])

    def weighted_block_mean(self, carrier: int, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """p(θ_c = q | answers) E(θ_b | θ_c = q, answers) on the carrier's nodes, shape (n, Q).

        L_c(q) Σ_r T_c(q | r) θ_r p(θ_b = r) / m_c(r); for a block itself θ times its masses.
        """
        own = self.carriers[carrier]
        block = posterior.blocks[:, own.block] * self.grid.theta
        if own.transition is None:
            return block
        without = block / posterior.messages[:, carrier]
        return np.asarray(likelihood[:, carrier] * (without @ own.transition.T))

    def expected_joint(self, posterior: BlockPosterior, frequency: Floats) -> Floats:
        """Posterior masses of all blocks jointly, summed over persons, shape (Q,) * n_blocks.

        ``frequency`` (n,) tells how often each person counts.
        """
        if self.n_blocks == 1:
            return np.asarray(frequency @ posterior.blocks[:, 0], dtype=np.float64)
        scaled = posterior.likelihood[:, 0] * (frequency / posterior.evidence)[:, None]
        table = self.prior * (scaled.T @ self._rest(posterior.likelihood))
        return np.asarray(table.reshape((self.grid.n_nodes,) * self.n_blocks), dtype=np.float64)

    def pair(self, posterior: BlockPosterior, first: int, second: int) -> Floats:
        """Joint posterior masses of two blocks, a table a person, shape (n, Q, Q); read it only."""
        likelihood = posterior.likelihood
        if self._is_last_pair(posterior, first, second):
            return self._last_pair(posterior)
        table = self._meeting(likelihood, first, second)
        table *= (likelihood[:, first] / posterior.evidence[:, None])[:, :, None]
        table *= likelihood[:, second][:, None, :]
        return table

    def across(
        self, posterior: BlockPosterior, first: int, second: int, left: Floats, right: Floats
    ) -> Floats:
        """E f(θ_first) g(θ_second) for functions f, g of every person's own, (n, n_left, n_right).

        ``left`` (n, n_left, Q) and ``right`` (n, n_right, Q) are their values on the nodes. The likelihoods
        of the two blocks are multiplied into them, and not into the larger table of a pair.
        """
        likelihood = posterior.likelihood
        if self._is_last_pair(posterior, first, second):
            return left @ self._last_pair(posterior) @ right.transpose(0, 2, 1)
        if self.factor is not None:
            scaled = left / posterior.evidence[:, None, None]
            return self.factor.across(likelihood, first, second, scaled, right)
        table = self._meeting(likelihood, first, second)
        scaled = left * (likelihood[:, first] / posterior.evidence[:, None])[:, None, :]
        return np.asarray(scaled @ table @ (right * likelihood[:, second, None]).transpose(0, 2, 1))

    def _meeting(self, likelihood: Floats, first: int, second: int) -> Floats:
        """The prior of two blocks times the likelihoods of all others, summed over those; (n, Q, Q)."""
        n_nodes = self.grid.n_nodes
        others = [block for block in range(self.n_blocks) if block not in (first, second)]
        prior = self.prior.reshape((n_nodes,) * self.n_blocks).transpose(*others, first, second)
        without = _outer([likelihood[:, block] for block in others], likelihood.shape[0])
        return (without @ prior.reshape(-1, n_nodes * n_nodes)).reshape(-1, n_nodes, n_nodes)

    def _is_last_pair(self, posterior: BlockPosterior, first: int, second: int) -> bool:
        """Whether the joint masses of all blocks but the first, which are there already, are the pair's."""
        return posterior.but_first is not None and (self.n_blocks, first, second) == (3, 1, 2)

    def _last_pair(self, posterior: BlockPosterior) -> Floats:
        assert posterior.but_first is not None
        return posterior.but_first.reshape(-1, self.grid.n_nodes, self.grid.n_nodes)

    def weighted_blocks(self, posterior: BlockPosterior, function: Floats) -> Floats:
        """A function of all blocks, (Q,) * n_blocks, times the posterior, summed but for one block each.

        (n, n_blocks, Q): p(θ_b | answers) E(f | θ_b, answers) on the nodes of every block b.
        """
        if self.n_blocks == 1:
            return np.asarray(posterior.blocks * function)
        weighted = function.reshape(self.prior.shape) * self.prior
        rest = self._rest(posterior.likelihood)
        scaled = posterior.likelihood[:, 0] / posterior.evidence[:, None]
        return self._marginals(scaled, rest, rest @ weighted.T, weighted)[0]

    def prepared(self, functions: Floats) -> Floats:
        """Functions on the joint grid, (n_functions,) + (Q,) * n_blocks, made ready for :meth:`expectation`.

        They are multiplied into the prior, (Q^(B − 1), n_functions × Q); (Q, n_functions) for one block.
        """
        n_functions = functions.shape[0]
        if self.n_blocks == 1:
            return np.ascontiguousarray(functions.T)
        weighted = functions.reshape(n_functions, *self.prior.shape) * self.prior
        return np.ascontiguousarray(weighted.reshape(n_functions * self.grid.n_nodes, -1).T)

    def expectation(self, posterior: BlockPosterior, prepared: Floats) -> Floats:
        """Posterior expectations of :meth:`prepared` functions of all blocks, (n, n_functions)."""
        if self.n_blocks == 1:
            return np.asarray(posterior.blocks[:, 0] @ prepared)
        return np.asarray(self.integral(posterior.likelihood, prepared) / posterior.evidence[:, None])

    def integral(self, block_likelihood: Floats, prepared: Floats) -> Floats:
        """Σ f L prior of :meth:`prepared` functions f and block likelihoods L, (n, n_functions)."""
        if self.n_blocks == 1:
            return np.asarray((block_likelihood[:, 0] * self.prior) @ prepared)
        first = block_likelihood[:, 0]
        inner = (self._rest(block_likelihood) @ prepared).reshape(len(first), -1, self.grid.n_nodes)
        return np.einsum("nfq,nq->nf", inner, first)

    def _rest(self, likelihood: Floats) -> Floats:
        """The product of all blocks' likelihoods but the first's, shape (n, Q^(B − 1))."""
        return _outer([likelihood[:, block] for block in range(1, self.n_blocks)], likelihood.shape[0])

    def _meet(self, likelihood: Floats) -> tuple[Floats, Floats, Floats | None]:
        """Evidence, block posteriors and the joint one of all blocks but the first."""
        if self.n_blocks == 1:
            masses = likelihood[:, 0] * self.prior
            evidence = masses @ np.ones_like(self.prior)
            masses /= evidence[:, None]
            return evidence, masses[:, None, :], None
        if self.factor is not None:
            return *self.factor.meet(likelihood), None
        rest = self._rest(likelihood)
        from_rest = rest @ self.prior.T
        evidence = np.einsum("nq,nq->n", likelihood[:, 0], from_rest)
        scaled = likelihood[:, 0] / evidence[:, None]
        return evidence, *self._marginals(scaled, rest, from_rest, self.prior)

    def _marginals(
        self, scaled: Floats, rest: Floats, from_rest: Floats, prior: Floats
    ) -> tuple[Floats, Floats]:
        """Masses of every block alone, (n, n_blocks, Q), and of all but the first, (n, Q^(B − 1)).

        ``scaled`` is the first block's part.
        """
        blocks = np.empty((scaled.shape[0], self.n_blocks, self.grid.n_nodes), dtype=scaled.dtype)
        blocks[:, 0] = scaled * from_rest
        table = scaled @ prior
        table *= rest
        for block in range(1, self.n_blocks):
            blocks[:, block] = _marginal(table.reshape(-1, *self._rest_shape), block)
        return blocks, table


def _marginal(table: Floats, axis: int) -> Floats:
    """Sums over all axes but 0 and ``axis``, (n, Q); the last ones as a product."""
    while table.ndim > axis + 1:
        table = table @ np.ones(table.shape[-1], dtype=table.dtype)
    return np.asarray(table.sum(axis=tuple(range(1, axis))))


def transition(grid: Grid, loading: float, at: Floats | None = None) -> Floats:
    """T(q | r), shape (Q, Q): masses of N(λ θ_r, 1 − λ²) on the nodes, each column summing to 1.

    ``at`` (m,) are values of θ_b that take the place of the nodes θ_r; the answer is then (Q, m).
    """
    deviation = grid.theta[:, None] - loading * (grid.theta if at is None else at)
    density = np.exp(-0.5 * deviation**2 / (1.0 - loading**2))
    return np.asarray(density / density.sum(axis=0))


def _carriers(
    population: Population, grid: Grid, dtype: np.dtype[Any]
) -> tuple[tuple[Carrier, ...], NDArray[np.intp]]:
    """The dimensions with likelihoods of their own, and which one each competency is carried by."""
    # Messages to one block are multiplied: their floors together must not underflow.
    n_messages = np.bincount(
        population.block_of[np.abs(population.loadings) < 1.0], minlength=population.n_blocks
    )
    carriers: list[Carrier] = []
    place = np.empty(population.n_competencies, dtype=np.intp)
    shared: dict[int, int] = {}
    for competency, (block, loading) in enumerate(
        zip(population.block_of.tolist(), population.loadings.tolist(), strict=True)
    ):
        if abs(loading) < 1.0:
            place[competency] = len(carriers)
            # In float32 a block's product has a floor of its own.
            floor = _FLOOR[dtype] ** (1.0 / n_messages[block] if dtype == np.float64 else 1.0)
            floored = np.maximum(transition(grid, loading), floor).astype(dtype)
            floored.flags.writeable = False
            carriers.append(Carrier(block=block, competency=competency, transition=floored))
        elif block in shared:
            place[competency] = shared[block]
        else:
            place[competency] = shared[block] = len(carriers)
            carriers.append(Carrier(block=block, competency=-1, transition=None))
    place.flags.writeable = False
    return tuple(carriers), place


def _prior(population: Population, grid: Grid, dtype: np.dtype[Any]) -> Floats:
    """Normal masses of the blocks on the joint grid, summing to 1, shape (Q, Q^(B − 1)); (Q,) for B = 1."""
    precision = np.linalg.inv(population.covariance)
    n_blocks = population.n_blocks
    deviation = [
        (grid.theta - centre).reshape([-1 if axis == block else 1 for axis in range(n_blocks)])
        for block, centre in enumerate(population.mean.tolist())
    ]
    distance = sum(
        precision[i, j] * deviation[i] * deviation[j] for i in range(n_blocks) for j in range(n_blocks)
    )
    density = np.maximum(np.exp(-0.5 * np.asarray(distance)), _FLOOR[dtype])
    density = (density / density.sum()).astype(dtype)
    return density if population.n_blocks == 1 else density.reshape(grid.n_nodes, -1)


def _outer(vectors: Sequence[Floats], n_persons: int) -> Floats:
    """The outer product over axis 1 of (n, Q) arrays, shape (n, Q^k); ones (n, 1) for none.

    Always a new array: callers write into it.
    """
    if not vectors:
        return np.ones((n_persons, 1))
    product = vectors[0].copy()
    for vector in vectors[1:]:
        size = product.shape[1] * vector.shape[1]  # told outright, because nobody may be there
        product = (product[:, :, None] * vector[:, None, :]).reshape(n_persons, size)
    return product
