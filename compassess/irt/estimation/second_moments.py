r"""Σ_p E(s_p s_pᵀ | answers), with s = ∂ log p(x, θ) / ∂φ the scores of complete data.

Letters: θ_b a block, θ_c the dimension of a carrier; s_i a score of an item, a function of the θ_c of its
carrier; h a score of the population. Given the blocks carriers are independent, so that with

    g(θ_b) = E(s(θ_c) | θ_b, answers) = Σ_q T_c(q | θ_b) L_c(q) s(q) / m_c(θ_b),    g = s for a block itself,

    one carrier     E s_i s_j = Σ_q p(θ_c = q) s_i(q) s_j(q)
    one block       E s_i s_j = Σ_r p(θ_b = r) g_i(r) g_j(r)
    two blocks      E s_i s_j = Σ_rt p(θ_b = r, θ_b′ = t) g_i(r) g_j(t)

The score of λ_c is a function h of θ_c and its block: among other carriers it is one more g,
E(h | θ_b, answers); within its own it meets items as E(h | θ_c, answers). Scores of the blocks' moments are
functions h of all blocks and meet g as Σ_r p(θ_b = r) g(r) E(h | θ_b = r, answers).

Rule: in a dense design the persons of a chunk are summed in one matrix product; in a sparse one, where each
has items of its own, there is a small product for every person, and nothing as wide as the bank.

References
----------
Louis (1982), JRSS B 44, eq. 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.population_scores import loading_on_nodes
from compassess.irt.estimation.scores import Answers, AnswerScores
from compassess.irt.expectation import Expectation, each_chunk
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Floats

__all__ = ["moment_scores", "second_moments"]

Index = NDArray[np.intp]

_NOTHING: Final = 1e-15  # a node's posterior mass below which rounding of the others' sum hides it
_AT_ONCE: Final = 2**18  # scores of (person, node) pairs in one product: they should stay in the cache


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Product:
    """A part of the matrix, for its mirror image as well: ``values`` at the places ``rows`` × ``columns``.

    (m,), (k,) and (m, k) for all persons together, or each with a leading axis of persons.
    """

    rows: Index
    columns: Index
    values: Floats

    def add_to(self, total: Floats) -> None:
        """Add it; places may occur more than once."""
        size = total.shape[1]
        index = self.rows[..., :, None] * size + self.columns[..., None, :]
        np.add.at(total.reshape(-1), index.ravel(), self.values.ravel())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Loading:
    """The score of a free λ on the nodes: its place, and h and h² times the transition, (Q, Q)."""

    place: int
    first: Floats
    second: Floats


def second_moments(fit: Fit, phi: Floats, by_group: Sequence[Expectation]) -> Floats:
    """(n_parameters, n_parameters), persons counted by their frequencies; ``by_group`` the E-steps at φ."""
    size = fit.space.n_parameters
    scores, table = AnswerScores(fit, phi), fit.table(phi)
    total = np.zeros((size + 1, size + 1))  # one place more for scores that are no parameter's
    for group, expected in enumerate(by_group):
        one = _Group(fit, phi, group, scores)
        chunks = each_chunk(
            one.products, one.design, one.lattice, table, floats_per_person=one.floats_per_person
        )
        for products in chunks:
            for product in products:
                product.add_to(total)
        total[np.ix_(one.places, one.places)] += 0.5 * one.between_moments(expected)
    total = total[:size, :size]
    return np.asarray(total + total.T)


class _Group:
    """The persons of one group."""

    def __init__(self, fit: Fit, phi: Floats, group: int, scores: AnswerScores) -> None:
        self.design, self.lattice = fit.designs[group], fit.lattice(phi, group)
        self._scores = scores
        self._loadings = _loadings(fit, self.lattice)
        self.places, self._functions = moment_scores(fit, phi, group)
        carriers = self.lattice.carriers
        self._is_single = len(carriers) == 1 and carriers[0].transition is None

    @property
    def floats_per_person(self) -> int:
        """What :meth:`products` needs, about: the largest array of a person."""
        width = self._scores.width(self.design)
        if self.design.is_sparse:
            return self.lattice.grid.n_nodes * width + width**2
        return 0 if self._is_single else self.lattice.grid.n_nodes * width // 2

    def between_moments(self, expected: Expectation) -> Floats:
        """E h hᵀ of the scores of the blocks' moments, (n_moments, n_moments)."""
        flat = self._functions.reshape(len(self.places), expected.joint.size)
        return np.asarray((flat * expected.joint.ravel()) @ flat.T)

    def products(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> list[_Product]:
        """Everything else, of a chunk of persons."""
        frequency = np.ones(len(likelihood))
        if self.design.frequency is not None:
            frequency = self.design.frequency[persons]
        answers = [
            self._scores.answers(self.design, persons, carrier)
            for carrier in range(len(self.lattice.carriers))
        ]
        if self._is_single and not self.design.is_sparse:
            return self._of_one_block(answers[0], posterior.blocks[:, 0] * frequency[:, None])
        kept = _kept(posterior.blocks)
        chunk = _Chunk(self, likelihood, posterior, frequency, answers, kept)
        moments = [
            frequency[:, None, None] * self.lattice.weighted_blocks(posterior, function)[:, :, kept]
            for function in self._functions
        ]
        return chunk.products(moments)

    def _of_one_block(self, answers: Answers, masses: Floats) -> list[_Product]:
        """One carrier, all persons with the same items: pairs of a person and a node that has mass."""
        person, node = np.nonzero(masses > _NOTHING)
        root, moments = np.sqrt(masses[person, node]), self._functions.T
        n_scores = answers.places.size
        within, across = np.zeros((n_scores,) * 2), np.zeros((n_scores, len(self.places)))
        step = max(_AT_ONCE // max(n_scores, 1), 1)
        for start in range(0, person.size, step):
            some = slice(start, start + step)
            scores = self._scores.at(0, answers, person[some], node[some])
            scores *= root[some, None]
            within += scores.T @ scores
            across += scores.T @ (moments[node[some]] * root[some, None])
        return [
            _Product(rows=answers.places, columns=answers.places, values=0.5 * within),
            _Product(rows=answers.places, columns=self.places, values=across),
        ]


class _Chunk:
    """Some persons' scores given the blocks, block by block."""

    def __init__(
        self,
        group: _Group,
        likelihood: Floats,
        posterior: BlockPosterior,
        frequency: Floats,
        answers: Sequence[Answers],
        kept: slice,
    ) -> None:
        self._group, self._likelihood, self._posterior = group, likelihood, posterior
        self._frequency, self._answers, self._kept = frequency, answers, kept
        self._together = not group.design.is_sparse

    def products(self, moments: Sequence[Floats]) -> list[_Product]:
        """``moments`` (n, n_blocks, n_nodes): what of each h every block sees, times its masses."""
        lattice, posterior, kept = self._group.lattice, self._posterior, self._kept
        found: list[_Product] = []
        given: list[tuple[Floats, Index]] = []
        for block in range(lattice.n_blocks):
            scores, places, exact = self._given_block(block)
            masses = posterior.blocks[:, block, kept] * self._frequency[:, None]
            weighted = scores * np.sqrt(masses)[..., None]
            within = self._product(weighted, weighted)
            for where, values in exact:
                within[..., where, where] = values
            found.append(_Product(rows=places, columns=places, values=0.5 * within))
            if moments:
                seen = np.stack([moment[:, block] for moment in moments], axis=2)
                across, columns = self._product(scores, seen), self._everybodys(self._group.places)
                found.append(_Product(rows=places, columns=columns, values=across))
            for other, (others, their_places) in enumerate(given):
                table = lattice.pair(posterior, block, other)[:, kept, kept]
                carried = (table * self._frequency[:, None, None]) @ others
                across = self._product(scores, carried)
                found.append(_Product(rows=places, columns=their_places, values=across))
            given.append((scores, places))
        return found

    def _given_block(self, block: int) -> tuple[Floats, Index, list[tuple[slice, Floats]]]:
        """g of all scores on a block's nodes, (n, n_nodes, m); their places; E s sᵀ within carriers below."""
        columns, places, exact, start = [], [], [], 0
        for index, carrier in enumerate(self._group.lattice.carriers):
            if carrier.block != block:
                continue
            if carrier.transition is None:
                given = self._group._scores.on_nodes(index, self._answers[index], self._kept)
                where = self._answers[index].places
            else:
                given, where, own = self._below(index, carrier.transition)
                exact.append((slice(start, start + given.shape[2]), own))
            columns.append(given)
            places.append(where)
            start += given.shape[2]
        return np.concatenate(columns, axis=2), np.concatenate(places, axis=-1), exact

    def _below(self, index: int, transition: Floats) -> tuple[Floats, Index, Floats]:
        """The same of one carrier with a transition."""
        posterior, kept, group = self._posterior, self._kept, self._group
        likelihood = self._likelihood[:, index]
        block = posterior.blocks[:, group.lattice.carriers[index].block]
        message = posterior.messages[:, index]
        without = block / message * self._frequency[:, None]
        scores = group._scores.on_nodes(index, self._answers[index], slice(0, group.lattice.grid.n_nodes))
        places = self._answers[index].places
        given = transition[:, kept].T @ (likelihood[..., None] * scores) / message[:, kept, None]
        weighted = scores * np.sqrt(likelihood * (without @ transition.T))[..., None]
        own = self._product(weighted, weighted)
        loading = group._loadings.get(index)
        if loading is None:
            return given, places, own
        of_loading = (likelihood @ loading.first[:, kept]) / message[:, kept]
        across = self._product(scores, (likelihood * (without @ loading.first.T))[..., None])
        square = np.einsum("nr,nr->n", likelihood @ loading.second, without)
        corner = square.sum() if self._together else square
        own = np.concatenate(
            [
                np.concatenate([own, across], axis=-1),
                np.concatenate(
                    [np.swapaxes(across, -1, -2), np.reshape(corner, (*own.shape[:-2], 1, 1))], axis=-1
                ),
            ],
            axis=-2,
        )
        place = self._everybodys(np.array([loading.place]))
        return (
            np.concatenate([given, of_loading[..., None]], axis=2),
            np.concatenate([places, place], -1),
            own,
        )

    def _product(self, left: Floats, right: Floats) -> Floats:
        """Σ over nodes of (n, n_nodes, m) × (n, n_nodes, k), and over persons where they go together."""
        if self._together:
            n_rows = left.shape[0] * left.shape[1]  # told outright, because there may be no scores
            flat = left.reshape(n_rows, left.shape[2])
            return np.asarray(flat.T @ (flat if right is left else right.reshape(n_rows, right.shape[2])))
        return np.asarray(left.transpose(0, 2, 1) @ right)

    def _everybodys(self, places: Index) -> Index:
        """Places that all persons have."""
        return places if self._together else np.broadcast_to(places, (len(self._frequency), places.size))


def _kept(blocks: Floats) -> slice:
    """The nodes where anybody's posterior of any block has mass."""
    told = np.flatnonzero((blocks > _NOTHING).any(axis=(0, 1)))
    return slice(int(told[0]), int(told[-1]) + 1) if told.size else slice(0, blocks.shape[2])


def _loadings(fit: Fit, lattice: Lattice) -> dict[int, _Loading]:
    """By carrier."""
    found = {}
    for offset, competency in enumerate(fit.space.free_loadings):
        carrier = int(lattice.carrier_of_competency[competency])
        transition = lattice.carriers[carrier].transition
        assert transition is not None
        loading = float(lattice.population.loadings[competency])
        score = loading_on_nodes(loading, lattice.grid.theta, transition).score
        found[carrier] = _Loading(
            place=fit.space.loading_places.start + offset,
            first=transition * score,
            second=transition * score**2,
        )
    return found


def moment_scores(fit: Fit, phi: Floats, group: int) -> tuple[Index, Floats]:
    """Places and scores of a group's free means and (co)variances, (n_moments,) + (Q,) * n_blocks.

    ∂/∂μ = y, ∂/∂σ_ij = y_i y_j for i > j and half of it for i = j, with y = Σ⁻¹ (θ − μ), each less its mean
    under the population's masses on the nodes.
    """
    space, theta = fit.space, fit.grid.theta
    mean, inverse = space.mean(phi, group), np.linalg.inv(space.covariance(phi, group))
    axes = np.meshgrid(*(theta - centre for centre in mean.tolist()), indexing="ij", sparse=True)
    turned = [sum(inverse[i, j] * axes[j] for j in range(len(mean))) for i in range(len(mean))]
    functions = [np.asarray(turned[block]) for block in np.flatnonzero(space.free_mean[group]).tolist()]
    rows, columns = space.moments(group)
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        functions.append(np.asarray(turned[i] * turned[j] * (1.0 if i != j else 0.5)))
    places = [np.arange(p.start, p.stop) for p in (space.mean_places(group), space.covariance_places(group))]
    shape = (theta.size,) * len(mean)
    prior = np.asarray(fit.lattice(phi, group).prior, dtype=np.float64).ravel()
    flat = np.array([np.broadcast_to(function, shape).ravel() for function in functions])
    flat = flat.reshape(len(functions), prior.size)
    flat = flat - (flat @ prior)[:, None]
    return np.concatenate(places), flat.reshape(len(functions), *shape)
