"""Marginal maximum likelihood by EM: from responses to item parameters and their population.

Identification: every block and competency is N(0, 1) in the reference group; R and λ are free, and so
are means and covariances of the blocks in other groups; a competency's items are
oriented so that most slopes are positive. λ is fixed at 1 where the data cannot tell it: a
competency that is alone in its block (the others there have no estimated item), or that has a single
estimated item.

References
----------
Bock & Aitkin (1981), Psychometrika 46; Varadhan & Roland (2008) for the acceleration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, gathering, raise_if_any
from compassess.irt.acceleration import FixedPoint, accelerated
from compassess.irt.em import Fit, Parameters
from compassess.irt.items import Items
from compassess.irt.maximisation import least_eigenvalue
from compassess.irt.models import model_named
from compassess.irt.orientation import oriented
from compassess.irt.preparation import Screen, groups_of, prepared, screen
from compassess.irt.screening import with_slopes
from compassess.irt.standard_errors import ParameterErrors, crossproduct_information, parameter_errors
from compassess.irt.structure import structure_of
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

_AT_BOUND: Final = 1e-4  # an estimate nearer to its bound than this has been stopped by it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """The answer of :func:`calibrate`.

    Attributes
    ----------
    items : parameters, statuses and the population; what every other function takes.
    standard_errors : in the IRT metric, or None where they were not asked for.
    log_likelihood : of the answers, with the persons integrated out on ``n_nodes`` nodes a block.
    n_parameters, n_persons, n_answers : of the fit; answers by item.
    n_iterations : E-steps taken.
    groups : labels, the reference first; ``("all",)`` without groups.
    latent_mean, latent_covariance : of the blocks, (n_groups, n_blocks) and
        (n_groups, n_blocks, n_blocks), in the order of ``groups``.
    converged, status : whether the fit converged, and a sentence on it that says what to do.
    method : how it was calibrated, for a bank's provenance.
    """

    items: Items
    standard_errors: ParameterErrors | None
    log_likelihood: float
    n_parameters: int
    n_persons: int
    n_answers: NDArray[np.int64]
    n_iterations: int
    n_nodes: int
    groups: tuple[str, ...]
    latent_mean: Floats
    latent_covariance: Floats
    converged: bool
    status: str
    method: str

    @property
    def aic(self) -> float:
        """Akaike's criterion, −2 log L + 2 k."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, −2 log L + k log n."""
        return float(-2 * self.log_likelihood + self.n_parameters * np.log(self.n_persons))

    @property
    def loadings(self) -> Mapping[str, float]:
        """λ by competency."""
        people = self.items.population
        return dict(zip(people.competencies, people.loadings.tolist(), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """A row an item: where it stands, status, a, b …, and their standard errors."""
        columns = dict(self.items.columns())
        if self.standard_errors is not None:
            width = self.items.b.shape[1]
            columns["se_a"] = self.standard_errors.a
            for k in range(width):
                columns["se_b" if width == 1 else f"se_b{k + 1}"] = self.standard_errors.b[:, k]
        return frame(columns)


def calibrate(
    responses: Responses,
    model: str | Mapping[str, str] = "2PL",
    *,
    blocks: Mapping[str, str] | None = None,
    competencies: Mapping[str, str] | None = None,
    loadings: float | None = None,
    groups: Sequence[object] | NDArray[np.generic] | None = None,
    reference_group: object | None = None,
    n_categories: int | Mapping[str, int] | None = None,
    reverse: Sequence[str] = (),
    standard_errors: str | None = "crossprod",
    nodes: int | None = None,
    tolerance: float = 1e-5,
    max_iterations: int = 2000,
    progress: Progress | None = None,
) -> Calibration:
    """Estimate item parameters, R and λ by marginal maximum likelihood.

    The likelihood of a person is ∫ Π_i P_i(x_i | θ_c(i)) p(θ_c | θ_b) p(θ_b) dθ over the answers that
    the person gave; missing cells are left out (missing at random).

    Parameters
    ----------
    responses : persons × items, codes 0 … K − 1.
    model : a registered name for all items, or ``{item: name}``.
    blocks, competencies : ``{item: name}``; default one block. Competencies without ``loadings``
        make the second-order model with λ estimated.
    loadings : fixes λ of all competencies; 1 makes them plain parts of their block.
    groups, reference_group : a label for every person, and the one whose blocks are N(0, 1), by default
        the smallest. Items and λ are the same in all groups; means and covariances of the blocks are
        free in the others.
    n_categories : K declared, for all or by item; default the highest code seen + 1, at least 2.
    reverse : items whose codes are turned (k becomes K − 1 − k) before the fit.
    standard_errors : "crossprod" (empirical information), or None.
    nodes : equally spaced nodes a block on ±6; default 61, 41 for three blocks, fewer for more.
    tolerance : converged when an EM step moves no parameter (slopes, intercepts, R, λ) by more.
    progress : called with (E-steps, log-likelihood, largest change).

    Raises
    ------
    InputError : unknown models, items without a place, codes outside the declared or the model's range
        (all of these at once); no item that can be estimated. What is wrong with single items' *data*
        is a status.
    """
    problems = _option_problems(standard_errors, loadings)
    with gathering(problems):
        structure = structure_of(responses.items, blocks, competencies)
    with gathering(problems):
        screening = screen(responses, model, n_categories, reverse)
    with gathering(problems):
        people = groups_of(groups, reference_group, responses.n_persons)
    raise_if_any(problems)
    fit, opening = prepared(screening, structure, people, loadings, nodes)
    end = _iterated(fit, opening, tolerance, max_iterations, progress)
    parameters = oriented(fit, opening.unpacked(end.point))
    items = _items(fit, parameters, screening)
    return Calibration(
        items=items,
        standard_errors=_errors(fit, parameters, items) if standard_errors else None,
        log_likelihood=end.value,
        n_parameters=end.point.size - len(parameters.loadings) + len(fit.free),
        n_persons=responses.n_persons,
        n_answers=screening.counts.sum(axis=1),
        n_iterations=end.n_steps,
        n_nodes=fit.grid.n_nodes,
        groups=people.labels,
        latent_mean=parameters.means,
        latent_covariance=parameters.covariances,
        converged=end.converged,
        status=_sentence(end, tolerance) + _bounds_reached(fit, parameters),
        method="marginal maximum likelihood (EM)",
    )


def _iterated(
    fit: Fit, opening: Parameters, tolerance: float, max_iterations: int, progress: Progress | None
) -> FixedPoint:
    """Run the accelerated EM on packed parameters."""

    def step(vector: Floats) -> tuple[Floats, float]:
        following, value = fit.step(opening.unpacked(vector))
        return following.packed(), value

    return accelerated(
        step,
        lambda vector: fit.feasible(opening.unpacked(vector)),
        opening.packed(),
        tolerance=tolerance,
        max_steps=max_iterations,
        progress=progress,
    )


def _items(fit: Fit, parameters: Parameters, screening: Screen) -> Items:
    """The parameters in the IRT metric, with NaN for what was not estimated."""
    n_items = len(screening.models)
    a = np.full(n_items, np.nan)
    b = np.full((n_items, screening.category_of.shape[1] - 1), np.nan)
    boundary = _boundaries(screening.category_of)
    for batch, xi in zip(fit.layout.batches, parameters.items, strict=True):
        slopes, thresholds = model_named(batch.model).to_irt(xi)
        a[batch.items] = slopes
        for item, row in zip(batch.items, thresholds, strict=True):
            b[item, boundary[item]] = row
    a.flags.writeable = b.flags.writeable = False
    return Items(
        ids=screening.responses.items,
        models=screening.models,
        competencies=fit.structure.competency_of_item,
        n_categories=screening.n_categories,
        a=a,
        b=b,
        status=with_slopes(screening.status, a),
        population=fit.population(parameters),
    )


def _boundaries(category_of: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Where a boundary between codes k − 1 and k exists, (n_items, max K − 1)."""
    return np.asarray((np.diff(category_of, axis=1) > 0) & (category_of[:, :-1] >= 0))


def _errors(fit: Fit, parameters: Parameters, items: Items) -> ParameterErrors:
    """Cross-product standard errors at the estimates, the information added over groups."""
    theta, table = fit.grid.theta, fit.table(parameters)
    gradients = tuple(
        model_named(batch.model).log_probability_gradient(xi, theta)
        for batch, xi in zip(fit.layout.batches, parameters.items, strict=True)
    )
    n_items, n_blocks = sum(xi.size for xi in parameters.items), parameters.means.shape[1]
    n_below, n_free = n_blocks * (n_blocks - 1) // 2, len(fit.free)
    shared = n_items + n_below + n_free
    n_moments = n_blocks + n_below + n_blocks
    total = np.zeros((shared + n_moments * (len(fit.designs) - 1),) * 2)
    loadings = np.arange(n_items + n_below, shared)
    for group, design in enumerate(fit.designs):
        own = shared + n_moments * (group - 1) + np.arange(n_moments)
        moments = own if group else np.arange(n_items, n_items + n_below)
        places = np.concatenate([np.arange(n_items), moments, loadings])
        total[np.ix_(places, places)] += crossproduct_information(
            design, fit.lattice(parameters, group), table, gradients, fit.free, free_moments=group > 0
        )
    return parameter_errors(
        total,
        fit.layout,
        parameters.items,
        np.isfinite(items.b),
        items.population,
        fit.free,
        n_groups=len(fit.designs),
    )


def _sentence(end: FixedPoint, tolerance: float) -> str:
    """What happened, and what to do about it."""
    if end.converged:
        return f"converged after {end.n_steps} E-steps (largest change {end.change:.1e})."
    return (
        f"not converged after {end.n_steps} E-steps: the largest change is still {end.change:.1e}, above "
        f"{tolerance:.1e}. Raise max_iterations, and look at items with the status extreme_slope."
    )


def _bounds_reached(fit: Fit, parameters: Parameters) -> str:
    """Sentences on estimates that are where the grid's resolution stops them, "" for none."""
    names = tuple(fit.structure.block_of_competency)
    told = [
        f" λ of {names[c]!r} is at the bound of what the nodes resolve ({fit.bound:.3f}): the competency "
        "cannot be told from its block."
        for c in fit.free
        if abs(parameters.loadings[c]) >= fit.bound - _AT_BOUND
    ]
    if np.linalg.eigvalsh(parameters.covariances[0])[0] <= least_eigenvalue(fit.grid.theta) + _AT_BOUND:
        told.append(" R is as near to singular as the nodes resolve: some blocks cannot be told apart.")
    return "".join(told)


def _option_problems(standard_errors: str | None, loadings: float | None) -> list[Problem]:
    """What is wrong with the options that stand alone."""
    problems = []
    if standard_errors not in ("crossprod", None):
        problems.append(
            Problem(
                where="standard_errors",
                what="unknown kind",
                got=repr(standard_errors),
                expected="'crossprod' or None",
            )
        )
    if loadings is not None and not 0.0 < loadings <= 1.0:
        problems.append(
            Problem(where="loadings", what="out of range", got=repr(loadings), expected="a number in (0, 1]")
        )
    return problems
