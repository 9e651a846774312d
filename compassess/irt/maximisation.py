"""The M-steps: item parameters, loadings and correlations that fit the expected counts best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from compassess.irt.models import Family, Floats, Form
from compassess.irt.priors import Priors, penalty

__all__ = [
    "ItemParameters",
    "ItemProblem",
    "fitted_items",
    "fitted_loading",
    "fitted_moments",
    "fitted_reference",
    "least_eigenvalue",
    "mean_products",
]

_INNER_STEPS: Final = 4  # scoring steps an M-step; more would outrun the E-step's news
_HALVINGS: Final = 30
_ALTERNATIONS: Final = 20  # between R and the free variances; each converges in a few
_RIDGE: Final = 1e-10  # relative; keeps an item with almost no information solvable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemParameters:
    """Free parameters of the items of one model: ``shared`` σ (n_shared,), ``own`` β (n_items, n_own)."""

    shared: Floats
    own: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemProblem:
    """What one M-step for the items of a batch is about.

    ``counts`` expected answers r, (n_items, K, n_nodes); ``theta`` (n_nodes,); ``priors`` by parameter.
    """

    family: Family
    form: Form
    counts: Floats
    theta: Floats
    priors: Priors

    def objective(self, free: ItemParameters) -> Floats:
        """Σ_kq r_kq log P_k(θ_q) + Σ log prior, (n_items,); −∞ outside the family's domain."""
        return self.objective_of(self.form.xi(free.shared, free.own), np.arange(len(free.own)))

    def objective_of(self, xi: Floats, items: NDArray[np.intp]) -> Floats:
        """The same for some items and their working parameters."""
        inside = self.family.feasible(xi)
        value = np.full(len(xi), -np.inf)
        if inside.any():
            log_p = self.family.log_probability(xi[inside], self.theta)
            value[inside] = np.einsum("jkq,jkq->j", self.counts[items[inside]], log_p)
            if self.priors:
                value[inside] += penalty(self.family, self.priors, xi[inside]).value
        return value


def fitted_items(problem: ItemProblem, free: ItemParameters, *, tolerance: float = 1e-9) -> ItemParameters:
    """Maximise Σ_ikq r_ikq log P_ik(θ_q) + Σ log prior by Fisher scoring with step halving.

    ``free`` are the starting values of σ and β, see :class:`Form`. It stops when no parameter moved by
    more than ``tolerance``. The objective never decreases: a step is halved until it does not, or
    given up; items without shared parameters are halved one by one.
    """
    form = problem.form
    if form.shared.shape[1] + form.own.shape[1] == 0:
        return free
    value = problem.objective(free)
    for _ in range(_INNER_STEPS):
        step = _scoring_step(problem, free)
        ascend = _ascend_together if form.shared.shape[1] else _ascend
        free, value, moved = ascend(problem, free, value, step)
        if moved <= tolerance:
            break
    return free


def _scoring_step(problem: ItemProblem, free: ItemParameters) -> ItemParameters:
    """I⁻¹ g with the expected information I = Σ_q N_q Σ_k P_k s_k s_kᵀ of σ and all β.

    The β of different items meet only through σ, so that the system is solved by eliminating them.
    """
    form, counts = problem.form, problem.counts
    xi = form.xi(free.shared, free.own)
    n_items, n_parameters = xi.shape
    scores = problem.family.log_probability_gradient(xi, problem.theta)
    gradient = np.einsum("jpkq,jkq->jp", scores, counts)
    probability = np.exp(problem.family.log_probability(xi, problem.theta))
    weighted = scores * np.sqrt(probability * counts.sum(axis=1)[:, None])[:, None]
    flat = weighted.reshape(n_items, n_parameters, -1)
    information = flat @ flat.transpose(0, 2, 1)
    if problem.priors:
        prior = penalty(problem.family, problem.priors, xi)
        gradient, information = gradient + prior.gradient, information + prior.curvature
    own_gradient = gradient @ form.own
    own = _ridged(form.own.T @ information @ form.own)
    if not form.shared.shape[1]:
        solved = np.linalg.solve(own, own_gradient[..., None])
        return ItemParameters(shared=np.zeros(0), own=solved[..., 0])
    mixed = form.own.T @ information @ form.shared
    solved = np.linalg.solve(own, np.concatenate([mixed, own_gradient[..., None]], axis=2))
    shared = _ridged((form.shared.T @ information @ form.shared).sum(axis=0)[None])[0]
    shared -= np.einsum("jrs,jrt->st", mixed, solved[..., :-1])
    right = (gradient @ form.shared).sum(axis=0) - np.einsum("jrs,jr->s", mixed, solved[..., -1])
    sigma = np.linalg.solve(shared, right)
    return ItemParameters(shared=sigma, own=solved[..., -1] - solved[..., :-1] @ sigma)


def _ridged(information: Floats) -> Floats:
    """A trifle on the diagonals, so that an item with almost no information stays solvable."""
    diagonal = np.einsum("jpp->jp", information)
    diagonal += _RIDGE * (diagonal + 1.0)
    return information


def _ascend(
    problem: ItemProblem, free: ItemParameters, value: Floats, step: ItemParameters
) -> tuple[ItemParameters, Floats, float]:
    """Take each item's step, halved until its objective does not fall; how far the longest went."""
    form, start = problem.form, free.own
    length = np.ones(start.shape[0])
    result, best = start.copy(), value.copy()
    pending = np.arange(start.shape[0])
    for _ in range(_HALVINGS):
        trial = start[pending] + length[pending, None] * step.own[pending]
        offset = form.offset if form.offset.ndim == 1 else form.offset[pending]
        trial_value = problem.objective_of(offset + trial @ form.own.T, pending)
        good = trial_value >= value[pending] - 1e-12 * np.abs(value[pending])
        result[pending[good]] = trial[good]
        best[pending[good]] = trial_value[good]
        pending = pending[~good]
        if pending.size == 0:
            break
        length[pending] /= 2
    moved = float(np.abs(result - start).max(initial=0.0))
    return ItemParameters(shared=free.shared, own=result), best, moved


def _ascend_together(
    problem: ItemProblem, free: ItemParameters, value: Floats, step: ItemParameters
) -> tuple[ItemParameters, Floats, float]:
    """Take the step of all items at once, halved until the sum of objectives does not fall."""
    length, total = 1.0, float(value.sum())
    for _ in range(_HALVINGS):
        trial = ItemParameters(shared=free.shared + length * step.shared, own=free.own + length * step.own)
        trial_value = problem.objective(trial)
        if trial_value.sum() >= total - 1e-12 * abs(total):
            moved = max(float(np.abs(x).max(initial=0.0)) for x in (step.shared, step.own))
            return trial, trial_value, length * moved
        length /= 2
    return free, value, 0.0


def fitted_loading(pairs: Floats, theta: Floats, bound: float) -> float:
    """λ that maximises the expected log-density of θ_c given θ_b, both standard normal.

    With mean products s_cc, s_cb, s_bb the stationary points solve
    λ³ − s_cb λ² + (s_cc + s_bb − 1) λ − s_cb = 0; the best real one within ±``bound`` is taken.
    """
    total = pairs.sum()
    s_cc = float(pairs.sum(axis=1) @ theta**2 / total)
    s_bb = float(pairs.sum(axis=0) @ theta**2 / total)
    s_cb = float(theta @ pairs @ theta / total)
    roots = np.roots([1.0, -s_cb, s_cc + s_bb - 1.0, -s_cb])
    real = roots.real[np.abs(roots.imag) < 1e-9]
    candidates = np.clip(np.append(real, [-bound, bound]), -bound, bound)
    rest = 1.0 - candidates**2
    value = -0.5 * np.log(rest) - (s_cc - 2 * candidates * s_cb + candidates**2 * s_bb) / (2 * rest)
    return float(candidates[np.argmax(value)])


def fitted_correlation(joint: Floats, theta: Floats, start: Floats) -> Floats:
    """R that maximises −½ (log |R| + tr R⁻¹ S) over correlation matrices, S the mean products.

    The rows of a Cholesky factor are normalised, so that every trial is a correlation matrix; for two
    blocks this is :func:`fitted_loading`'s equation in another form. Where blocks measure the same, S
    is kept as far from singular as the grid resolves (:func:`least_eigenvalue`).
    """
    return _correlation_for(mean_products(joint, theta), theta, start)


def _correlation_for(products: Floats, theta: Floats, start: Floats) -> Floats:
    """R for the mean products S."""
    n_blocks = products.shape[0]
    if n_blocks == 1:
        return np.eye(1)
    second = _resolved(products, theta)
    below = np.tril_indices(n_blocks, -1)

    def correlation(free: Floats) -> tuple[Floats, Floats, Floats]:
        factor = np.eye(n_blocks)
        factor[below] = free
        norms = np.linalg.norm(factor, axis=1)
        unit = factor / norms[:, None]
        return unit @ unit.T, unit, norms

    def objective(free: Floats) -> tuple[float, Floats]:
        r, unit, norms = correlation(free)
        inverse = np.linalg.inv(r)
        value = 0.5 * (np.linalg.slogdet(r)[1] + np.trace(inverse @ second))
        slope = (inverse - inverse @ second @ inverse) @ unit
        slope -= np.einsum("ij,ij->i", slope, unit)[:, None] * unit
        return float(value), (slope / norms[:, None])[below]

    lower = np.linalg.cholesky(start)
    lower /= np.diag(lower)[:, None]
    fit = optimize.minimize(objective, lower[below], jac=True, method="BFGS", options={"gtol": 1e-10})
    return correlation(fit.x)[0]


def fitted_reference(joint: Floats, theta: Floats, start: Floats, free_variance: NDArray[np.bool_]) -> Floats:
    """The reference group's covariances: unit variances but where ``free_variance``, means 0.

    With every variance free it is S, with none R; a mixture alternates: sd_b of a free block given R
    scales the nodes of that block, and R is fitted to the scaled products.
    """
    if not free_variance.any():
        return fitted_correlation(joint, theta, start)
    second = mean_products(joint, theta)
    if free_variance.all():
        return _resolved(second, theta)
    scale = np.where(free_variance, np.sqrt(np.diag(second)), 1.0)
    correlation = start / np.sqrt(np.outer(np.diag(start), np.diag(start)))
    for _ in range(_ALTERNATIONS):
        correlation = _correlation_for(second / np.outer(scale, scale), theta, correlation)
        inverse = np.linalg.inv(correlation)
        for block in np.flatnonzero(free_variance):
            # d/ds of -log s - (k_bb S_bb / s² + 2 Σ_j k_bj S_bj / (s s_j)) / 2 = 0, a quadratic in s.
            cross = sum(
                inverse[block, j] * second[block, j] / scale[j] for j in range(len(scale)) if j != block
            )
            own = inverse[block, block] * second[block, block]
            scale[block] = (cross + np.sqrt(cross**2 + 4 * own)) / 2
    return np.asarray(correlation * np.outer(scale, scale))


def fitted_moments(joint: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of a group with free moments: those of its expected masses.

    The spread of a group of very few persons runs to 0; it stops where the grid stops resolving it.
    """
    n_blocks, total = joint.ndim, joint.sum()
    mean = np.array(
        [
            joint.sum(axis=tuple(axis for axis in range(n_blocks) if axis != block)) @ theta / total
            for block in range(n_blocks)
        ]
    )
    return mean, _resolved(mean_products(joint, theta) - np.outer(mean, mean), theta)


def least_eigenvalue(theta: Floats) -> float:
    """The least eigenvalue of R that nodes with spacing h resolve, ½ (h / 1.5)².

    For two blocks that is a conditional SD of h / 1.5, the bound of λ as well.
    """
    return float(0.5 * ((theta[1] - theta[0]) / 1.5) ** 2)


def _resolved(covariance: Floats, theta: Floats) -> Floats:
    """The covariance, widened in all directions until its least eigenvalue is one that the grid resolves."""
    lacking = least_eigenvalue(theta) - float(np.linalg.eigvalsh(covariance)[0])
    return np.asarray(covariance + max(lacking, 0.0) * np.eye(len(covariance)))


def mean_products(joint: Floats, theta: Floats) -> NDArray[np.float64]:
    """S = E(θ θᵀ) under the masses of the joint grid, (n_blocks, n_blocks)."""
    n_blocks = joint.ndim
    total = joint.sum()
    products = np.empty((n_blocks, n_blocks))
    for i in range(n_blocks):
        for j in range(i, n_blocks):
            others = tuple(axis for axis in range(n_blocks) if axis not in (i, j))
            table = joint.sum(axis=others)
            value = table @ theta**2 if i == j else theta @ table @ theta
            products[i, j] = products[j, i] = value / total
    return products
