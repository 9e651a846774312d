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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.errors import Problem, gathering, raise_if_any
from compassess.irt.acceleration import FixedPoint, accelerated
from compassess.irt.em import Fit, Parameters
from compassess.irt.items import Items
from compassess.irt.layout import irt_columns
from compassess.irt.maximisation import least_eigenvalue
from compassess.irt.models import MODELS, model_named
from compassess.irt.observed_information import observed_information
from compassess.irt.orientation import oriented
from compassess.irt.preparation import Screen, groups_of, prepared, screen
from compassess.irt.priors import Prior
from compassess.irt.screening import with_company, with_slopes
from compassess.irt.standard_errors import (
    ParameterErrors,
    crossproduct_information,
    inverse_information,
    parameter_errors,
    reference_moments,
)
from compassess.irt.structure import structure_of
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

_ERRORS: Final = ("oakes", "crossprod", "sandwich", None)
_ROUGH: Final = 1e-3  # float32 carries the iteration so far; its own noise in a step is about 1e-5
# What rounding may take from the log-likelihood between steps, relative to its size.
_SLACK: Final = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-7}
_AT_BOUND: Final = 1e-4  # an estimate nearer to its bound than this has been stopped by it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """The answer of :func:`calibrate`.

    Attributes
    ----------
    items : parameters, statuses and the population; what every other function takes.
    standard_errors : in the IRT metric, or None where they were not asked for.
    log_likelihood : of the answers, with the persons integrated out on ``n_nodes`` nodes a block.
    log_prior : of the items, without constants; 0 where there are no priors.
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
    log_prior: float
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
            columns |= self.standard_errors.columns(tuple(columns))
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
    priors: Mapping[str, Prior | None] | None = None,
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
    priors : ``{"a" | "b" | "c" | "d": Prior or None}`` for all items whose model has the parameter;
        then the estimate is the mode of the posterior. 3PL and 4PL have priors on their asymptotes by
        default (:data:`compassess.irt.priors.DEFAULT_PRIORS`); None takes one away.
    standard_errors : "oakes" (observed information, a pair of E-steps for every parameter),
        "crossprod" (empirical information, one pass), "sandwich" (both: holds when the model is wrong), or
        None.
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
    fit, opening = prepared(screening, structure, people, loadings=loadings, nodes=nodes, priors=priors)
    end = _iterated(fit, opening, tolerance, max_iterations, progress)
    parameters = oriented(fit, opening.unpacked(end.point))
    items = _items(fit, parameters, screening)
    log_prior = fit.log_prior(parameters)
    return Calibration(
        items=items,
        standard_errors=_errors(standard_errors, fit, parameters, screening) if standard_errors else None,
        log_likelihood=end.value - log_prior,
        log_prior=log_prior,
        n_parameters=sum(free.shared.size + free.own.size for free in parameters.items)
        + fit.n_population_parameters,
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
    """Run the accelerated EM on packed parameters, first in float32 where that is safe."""

    def run(start: Floats, dtype: DTypeLike, tolerance: float, done: int) -> FixedPoint:
        def step(vector: Floats) -> tuple[Floats, float]:
            following, value = fit.step(opening.unpacked(vector), dtype)
            return following.packed(), value

        def tell(steps: int, value: float, change: float) -> None:
            if progress is not None:
                progress(done + steps, value, change)

        return accelerated(
            step,
            lambda vector: fit.feasible(opening.unpacked(vector)),
            start,
            tolerance=tolerance,
            max_steps=max_iterations - done,
            slack=_SLACK[np.dtype(dtype)],
            progress=tell,
        )

    if fit.free:
        return run(opening.packed(), np.float64, tolerance, 0)
    rough = run(opening.packed(), np.float32, max(tolerance, _ROUGH), 0)
    fine = run(rough.point, np.float64, tolerance, rough.n_steps)
    return replace(fine, n_steps=rough.n_steps + fine.n_steps)


def _items(fit: Fit, parameters: Parameters, screening: Screen) -> Items:
    """The parameters in the IRT metric, with NaN for what was not estimated."""
    columns = irt_columns(
        fit.layout,
        screening.category_of,
        [
            model_named(batch.model).family.to_irt(xi)
            for batch, xi in zip(fit.layout.batches, fit.xi(parameters), strict=True)
        ],
    )
    estimated = screening.category_of[:, 0] >= 0
    items = Items(
        ids=screening.responses.items,
        models=screening.models,
        competencies=fit.structure.competency_of_item,
        n_categories=screening.n_categories,
        a=columns["a"],
        b=columns["b"],
        c=np.where(estimated & np.isnan(columns["c"]), 0.0, columns["c"]),
        d=np.where(estimated & np.isnan(columns["d"]), 1.0, columns["d"]),
        slopes=columns["slopes"],
        intercepts=columns["intercepts"],
        status=screening.status,
        population=fit.population(parameters),
    )
    fixed = [MODELS[model].fixed_slope for model in items.models]
    status = with_company(screening.status, items.blocks, fixed)
    return replace(items, status=with_slopes(status, items.direction))


def _errors(kind: str, fit: Fit, parameters: Parameters, screening: Screen) -> ParameterErrors:
    """Standard errors of the kind asked for."""
    if kind == "crossprod":
        variance = inverse_information(_crossproduct(fit, parameters))
    else:
        variance = inverse_information(observed_information(fit, parameters))
        if kind == "sandwich":
            variance = variance @ _crossproduct(fit, parameters) @ variance
    return parameter_errors(variance, fit, parameters, screening.category_of)


def _crossproduct(fit: Fit, parameters: Parameters) -> Floats:
    """The cross-products of the persons' scores at the estimates, added over groups."""
    theta, table, xis = fit.grid.theta, fit.table(parameters), fit.xi(parameters)
    gradients = tuple(
        model_named(batch.model).family.log_probability_gradient(xi, theta)
        for batch, xi in zip(fit.layout.batches, xis, strict=True)
    )
    n_items = sum(free.shared.size + free.own.size for free in parameters.items)
    n_own = reference_moments(fit.free_variance)[0].size
    n_free, n_blocks = len(fit.free), parameters.means.shape[1]
    shared = n_items + n_own + n_free
    n_moments = n_blocks + n_blocks * (n_blocks + 1) // 2
    total = np.zeros((shared + n_moments * (len(fit.designs) - 1),) * 2)
    loadings = np.arange(n_items + n_own, shared)
    for group, design in enumerate(fit.designs):
        own = shared + n_moments * (group - 1) + np.arange(n_moments)
        moments = own if group else np.arange(n_items, n_items + n_own)
        places = np.concatenate([np.arange(n_items), moments, loadings])
        total[np.ix_(places, places)] += crossproduct_information(
            design,
            fit.lattice(parameters, group),
            table,
            gradients,
            fit.forms,
            free=fit.free,
            free_variance=None if group else fit.free_variance,
        )
    return total


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
    if (
        np.linalg.eigvalsh(fit.population(parameters).correlation)[0]
        <= least_eigenvalue(fit.grid.theta) + _AT_BOUND
    ):
        told.append(" R is as near to singular as the nodes resolve: some blocks cannot be told apart.")
    return "".join(told)


def _option_problems(standard_errors: str | None, loadings: float | None) -> list[Problem]:
    """What is wrong with the options that stand alone."""
    problems = []
    if standard_errors not in _ERRORS:
        problems.append(
            Problem(
                where="standard_errors",
                what="unknown kind",
                got=repr(standard_errors),
                expected="'oakes', 'crossprod', 'sandwich' or None",
            )
        )
    if loadings is not None and not 0.0 < loadings <= 1.0:
        problems.append(
            Problem(where="loadings", what="out of range", got=repr(loadings), expected="a number in (0, 1]")
        )
    return problems
