"""The M-steps of the items: parameters that fit the expected counts best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimation.forms import ItemForm
from compassess.irt.models import Family, Floats
from compassess.irt.priors import Priors, penalty

__all__ = ["ItemProblem", "fitted_items", "scoring_parts"]

INNER_STEPS: Final = 4  # scoring steps an M-step; more would outrun the E-step's news
_HALVINGS: Final = 30  # 1e-9 of a step: shorter ones drown in the rounding of the objective
_RIDGE: Final = 1e-10  # relative; keeps an item with almost no information solvable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemProblem:
    """What one M-step for the items of a batch is about.

    ``counts`` expected answers r, (n_items, K, n_nodes); ``theta`` (n_nodes,); ``priors`` by parameter.
    """

    family: Family
    form: ItemForm
    counts: Floats
    theta: Floats
    priors: Priors

    def objective(self, phi: Floats, items: NDArray[np.intp] | None = None) -> Floats:
        """Σ_kq r_kq log P_k(θ_q) + Σ log prior of all or some items; −∞ outside the family's domain."""
        xi, counts = self.form.xi(phi), self.counts
        if items is not None:
            xi, counts = xi[items], counts[items]
        inside = self.family.feasible(xi)
        value = np.full(len(xi), -np.inf)
        if inside.any():
            log_p = self.family.log_probability(xi[inside], self.theta)
            value[inside] = np.einsum("jkq,jkq->j", counts[inside], log_p)
            if self.priors:
                value[inside] += penalty(self.family, self.priors, xi[inside]).value
        return value

    @property
    def is_coupled(self) -> bool:
        """Whether its items share parameters, with each other or with other batches."""
        return self.form.n_own < self.form.places.shape[1]


def fitted_items(
    problems: Sequence[ItemProblem], phi: Floats, *, tolerance: float = 1e-9, inner_steps: int = INNER_STEPS
) -> Floats:
    """Maximise Σ_ikq r_ikq log P_ik(θ_q) + Σ log prior by Fisher scoring with step halving.

    ``phi`` are the starting values, and the answer a changed copy. It stops when no parameter moved by
    more than ``tolerance``, or after ``inner_steps``. The objective never decreases: a step is halved until
    it does not, or given up; items without shared parameters are halved one by one, the others together.
    """
    phi = phi.copy()
    for problem in problems:
        if problem.form.places.size and not problem.is_coupled:
            _fit_apart(problem, phi, tolerance, inner_steps)
    coupled = [problem for problem in problems if problem.is_coupled]
    if coupled:
        _fit_together(coupled, phi, tolerance, inner_steps)
    return phi


def scoring_parts(problem: ItemProblem, phi: Floats) -> tuple[Floats, Floats]:
    """Slope g, (n_items, width), and expected information I = Σ_q N_q Σ_k P_k s_k s_kᵀ of the free places."""
    xi, family, counts = problem.form.xi(phi), problem.family, problem.counts
    scores = family.log_probability_gradient(xi, problem.theta)
    gradient = np.einsum("jpkq,jkq->jp", scores, counts, optimize=True)
    probability = np.exp(family.log_probability(xi, problem.theta))
    weighted = scores * np.sqrt(probability * counts.sum(axis=1)[:, None])[:, None]
    flat = weighted.reshape(*xi.shape, -1)
    information = flat @ flat.transpose(0, 2, 1)
    if problem.priors:
        prior = penalty(family, problem.priors, xi)
        gradient, information = gradient + prior.gradient, information + prior.curvature
    jacobian = problem.form.jacobian(phi)
    turned = jacobian.transpose(0, 2, 1)
    return np.asarray((turned @ gradient[..., None])[..., 0]), np.asarray(turned @ information @ jacobian)


def _fit_apart(problem: ItemProblem, phi: Floats, tolerance: float, inner_steps: int) -> None:
    """Items that share nothing, each with a step length of its own."""
    places = problem.form.places
    value = problem.objective(phi)
    for _ in range(inner_steps):
        gradient, information = scoring_parts(problem, phi)
        step = np.linalg.solve(_ridged(information), gradient[..., None])[..., 0]
        start, pending = phi[places], np.arange(len(places))
        moved, length = 0.0, 1.0
        for _ in range(_HALVINGS):
            phi[places[pending]] = start[pending] + length * step[pending]
            trial = problem.objective(phi, pending)
            good = trial >= value[pending] - 1e-12 * np.abs(value[pending])
            value[pending[good]] = trial[good]
            moved = max(moved, length * float(np.abs(step[pending[good]]).max(initial=0.0)))
            pending = pending[~good]
            if pending.size == 0:
                break
            length /= 2
        phi[places[pending]] = start[pending]
        if moved <= tolerance:
            break


def _fit_together(problems: Sequence[ItemProblem], phi: Floats, tolerance: float, inner_steps: int) -> None:
    """Items that share parameters, all with one step length."""
    total = sum(float(problem.objective(phi).sum()) for problem in problems)
    for _ in range(inner_steps):
        step, start, length = _coupled_step(problems, phi), phi.copy(), 1.0
        for _ in range(_HALVINGS):
            phi[:] = start + length * step
            trial = sum(float(problem.objective(phi).sum()) for problem in problems)
            if trial >= total - 1e-12 * abs(total):
                total = trial
                break
            length /= 2
        else:
            phi[:] = start
            return
        if length * float(np.abs(step).max()) <= tolerance:
            return


def _coupled_step(problems: Sequence[ItemProblem], phi: Floats) -> Floats:
    """I⁻¹ g over all places of the problems, (n_parameters,), 0 elsewhere.

    Own places of different items meet only through the shared ones, so that the system is solved by
    eliminating them: with I_oo, I_os, I_ss an item's parts, S = Σ (I_ss − I_so I_oo⁻¹ I_os).
    """
    shared = np.unique(
        np.concatenate([problem.form.places[:, problem.form.n_own :].ravel() for problem in problems])
    )
    place_of = np.full(phi.size, -1, dtype=np.intp)
    place_of[shared] = np.arange(shared.size)
    schur, right = np.zeros((shared.size, shared.size)), np.zeros(shared.size)
    parts = []
    for problem in problems:
        form, (gradient, information) = problem.form, scoring_parts(problem, phi)
        n_own = form.n_own
        own, mixed = _ridged(information[:, :n_own, :n_own].copy()), information[:, :n_own, n_own:]
        solved = np.linalg.solve(own, np.concatenate([mixed, gradient[:, :n_own, None]], axis=2))
        parts.append((form, solved))
        local = place_of[form.places[:, n_own:]]
        rest = information[:, n_own:, n_own:] - mixed.transpose(0, 2, 1) @ solved[..., :-1]
        np.add.at(schur, (local[:, :, None], local[:, None, :]), rest)
        pulled = (mixed.transpose(0, 2, 1) @ solved[..., -1:])[..., 0]
        np.add.at(right, local, gradient[:, n_own:] - pulled)
    step = np.zeros_like(phi)
    step[shared] = np.linalg.solve(_ridged(schur[None])[0], right)
    for form, solved in parts:
        towards = step[form.places[:, form.n_own :]]
        step[form.places[:, : form.n_own]] = solved[..., -1] - (solved[..., :-1] @ towards[..., None])[..., 0]
    return step


def _ridged(information: Floats) -> Floats:
    """A trifle on the diagonals, so that an item with almost no information stays solvable."""
    diagonal = np.einsum("jpp->jp", information)
    diagonal += _RIDGE * (diagonal + 1.0)
    return information
