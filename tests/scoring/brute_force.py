"""The joint posterior by other means: a fine grid, written from the model's definition alone.

Rule: nothing of the library but the items' parameters is used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import expit
from scipy.stats import norm

from compassess import Bands, ItemBank

Floats = NDArray[np.float64]
NONE = -1


def category_probability(bank: ItemBank, item_id: str, code: int, theta: Floats) -> Floats:
    """P(X = code | θ) = σ(a (θ − b_code)) − σ(a (θ − b_{code + 1}))."""
    parameters = bank.item(item_id).parameters
    assert parameters is not None
    a, b = parameters.discrimination, parameters.thresholds
    reached = np.ones_like(theta) if code == 0 else expit(a * (theta - b[code - 1]))
    passed = np.zeros_like(theta) if code == len(b) else expit(a * (theta - b[code]))
    return reached - passed


def below(theta: Floats, density: Floats, cut: float) -> float:
    """P(θ < cut) of a density on fine nodes: its cubic spline, integrated."""
    cumulative = CubicSpline(theta, density).antiderivative()
    return float(cumulative(np.clip(cut, theta[0], theta[-1])) / cumulative(theta[-1]))


@dataclass(frozen=True, kw_only=True)
class BruteForce:
    """The posterior of one person in a bank of one or two blocks; ``answers`` is {item: code}."""

    bank: ItemBank
    answers: dict[str, int]
    n_nodes: int = 401
    limit: float = 7.0

    @cached_property
    def theta(self) -> Floats:
        """The nodes of every dimension."""
        return np.linspace(-self.limit, self.limit, self.n_nodes)

    @property
    def h(self) -> float:
        """Their distance."""
        return float(self.theta[1] - self.theta[0])

    @cached_property
    def competency_likelihood(self) -> dict[str, Floats]:
        """L_c(θ_c) on the nodes."""
        found = {one.id: np.ones(self.n_nodes) for one in self.bank.competencies}
        for name, code in self.answers.items():
            found[self.bank.item(name).competency] *= category_probability(self.bank, name, code, self.theta)
        return found

    def given_block(self, competency: str) -> Floats:
        """p(θ_c | θ_b) as masses, (θ_c, θ_b); the identity for λ = 1."""
        (loading,) = [one.loading for one in self.bank.competencies if one.id == competency]
        if loading == 1:
            return np.eye(self.n_nodes)
        deviation = self.theta[:, None] - loading * self.theta
        return np.asarray(norm.pdf(deviation, scale=np.sqrt(1 - loading**2)) * self.h)

    @cached_property
    def kernels(self) -> dict[str, Floats]:
        """:meth:`given_block` of every competency."""
        return {one.id: self.given_block(one.id) for one in self.bank.competencies}

    @cached_property
    def messages(self) -> dict[str, Floats]:
        """∫ L_c p(θ_c | θ_b) dθ_c on the nodes of the block."""
        return {
            name: likelihood @ self.kernels[name] for name, likelihood in self.competency_likelihood.items()
        }

    @cached_property
    def joint(self) -> Floats:
        """Masses of the blocks, (n,) or (n, n)."""
        return self._joint(self.messages)

    def _joint(self, messages: dict[str, Floats]) -> Floats:
        unnormalised = self._unnormalised(messages)
        return np.asarray(unnormalised / unnormalised.sum())

    def _unnormalised(self, messages: dict[str, Floats]) -> Floats:
        r = np.asarray(self.bank.population.correlation)
        axes = np.meshgrid(*[self.theta] * len(self.bank.blocks), indexing="ij")
        flat = np.stack([axis.ravel() for axis in axes])
        density = np.exp(-0.5 * np.einsum("bq,bc,cq->q", flat, np.linalg.inv(r), flat)).reshape(axes[0].shape)
        for one in self.bank.competencies:
            place = self.bank.population.blocks.index(one.block)
            shape = [1] * density.ndim
            shape[place] = self.n_nodes
            density = density * messages[one.id].reshape(shape)
        return np.asarray(density)

    def block(self, index: int) -> Floats:
        """Marginal masses of a block."""
        return np.asarray(self.joint.sum(axis=tuple(k for k in range(self.joint.ndim) if k != index)))

    def competency(self, name: str) -> Floats:
        """Marginal masses of a competency."""
        (home,) = [one.block for one in self.bank.competencies if one.id == name]
        block = self.block(self.bank.population.blocks.index(home))
        conditional = self.competency_likelihood[name][:, None] * self.kernels[name]
        total = conditional.sum(axis=0)
        return np.asarray((conditional / np.where(total > 0, total, 1.0)) @ block)

    def mean_sd(self, masses: Floats) -> tuple[float, float]:
        """Mean and SD of masses on the nodes."""
        mean = float(masses @ self.theta)
        return mean, float(np.sqrt(masses @ (self.theta - mean) ** 2))

    def bands_of(self, masses: Floats, bands: Bands) -> Floats:
        """Probabilities of the bands of one dimension."""
        edges = [0.0, *(below(self.theta, masses, cut) for cut in bands.cuts), 1.0]
        return np.diff(edges)

    def risk(self, competency: str, bands: Bands) -> float:
        """P(θ_c < r_c)."""
        return below(self.theta, self.competency(competency), bands.risk.threshold_for(competency))

    def composite(self, bands: Bands) -> tuple[float, float, Floats]:
        """Mean, SD and band probabilities of w'θ / √(w'Rw)."""
        r = np.asarray(self.bank.population.correlation)
        w = np.array([bands.weights[block.id] for block in self.bank.blocks])
        v = w / np.sqrt(w @ r @ w)
        if v.size == 1:
            masses = self.joint
            return *self.mean_sd(masses), self.bands_of(masses, bands)
        first, second = np.meshgrid(self.theta, self.theta, indexing="ij")
        value = v[0] * first + v[1] * second
        mean = float((self.joint * value).sum())
        sd = float(np.sqrt((self.joint * (value - mean) ** 2).sum()))
        # Along the second axis exactly, along the first by the sum.
        cumulative = CubicSpline(self.theta, self.joint, axis=1).antiderivative()
        total = float(np.sum(cumulative(self.limit)))
        under = []
        for cut in bands.cuts:
            edge = np.clip((cut - v[0] * self.theta) / v[1], -self.limit, self.limit)
            under.append(float(np.trace(cumulative(edge))) / total)
        return mean, sd, np.diff([0.0, *under, 1.0])

    def above_all(self, bands: Bands) -> float:
        """P(θ_c ≥ r_c for every c): the evidence of likelihoods cut off below r, over the evidence.

        ``bands`` must put its thresholds half-way between nodes, so that the cut is sharp on this grid.
        """
        kept = {
            name: (likelihood * (self.theta > bands.risk.threshold_for(name))) @ self.kernels[name]
            for name, likelihood in self.competency_likelihood.items()
        }
        return float(self._unnormalised(kept).sum() / self._unnormalised(self.messages).sum())
