"""Marginal maximum likelihood: from responses to item parameters and their population.

This file asks the rooms of :mod:`compassess.irt.estimation` in their order, and reports what they found.

Identification: every block and competency is N(0, 1) in the reference group; R and λ are free, and so
are means and covariances of the blocks in other groups. The mean and variance of a block are free in the
reference group too where it holds fixed items, its variance alone where all its slopes are 1. Competencies
and blocks are turned so that most slopes are positive. λ is fixed at 1 where the data cannot tell it: of a
competency that is alone in its block (the others there have no estimated item), or that has a single
estimated item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, gathering, raise_if_any
from compassess.irt.estimation.constraints import Equal, ties_of
from compassess.irt.estimation.crossproducts import posterior_crossproducts
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.groups import Groups, frequencies, groups_of
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.orientation import oriented
from compassess.irt.estimation.parameter_errors import (
    Labels,
    ParameterCovariance,
    ParameterErrors,
    inverse_information,
    parameter_errors,
    sandwich,
)
from compassess.irt.estimation.preparation import Loadings, prepared
from compassess.irt.estimation.schedule import Progress, Solution, solved
from compassess.irt.estimation.screen import Screen, screen
from compassess.irt.estimation.screening import with_company, with_slopes
from compassess.irt.estimation.structure import structure_of
from compassess.irt.estimation.variants import Freed
from compassess.irt.estimation.verdict import held_at_bounds, verdict
from compassess.irt.items import Items
from compassess.irt.layout import irt_columns
from compassess.irt.models import MODELS, Floats
from compassess.irt.priors import Prior
from compassess.irt.read_only import read_only
from compassess.irt.second_opinion import Agreement, opinion_problems, second_opinion
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "calibrate"]

_ERRORS: Final = ("oakes", "crossprod", "sandwich", None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """The answer of :func:`calibrate`.

    Attributes
    ----------
    items : parameters, statuses and the population; what every other function takes.
    standard_errors : in the IRT metric, or None where they were not asked for.
    by_group : by the label of a group its items with its own population, the reference's first; parameters
        differ where items were freed.
    log_likelihood : natural logarithm of the probability of all answers, with the persons integrated out on
        ``n_nodes`` nodes a block, at the last E-step: a step within the tolerance before the estimates.
    n_nodes, limit : equally spaced nodes a block on ±limit, as ``nodes`` and ``limit`` of
        :func:`compassess.irt.score` and :func:`compassess.irt.log_likelihood`.
    quadrature_error : how far the nodes may have moved the log-likelihood, in its units, by Poisson's formula
        for normal posteriors (:mod:`compassess.irt.estimation.nodes`).
    log_prior : of the items, without constants; 0 where there are no priors.
    n_parameters : how many are free; parameters that items share are counted once.
    total_weight, n_persons : rows, those without an answer included; with weights their sum, and that
        rounded.
    n_answers : by item, (n_items,), without weights.
    n_iterations : E-steps taken, those on some of the persons and on coarser nodes included.
    groups : labels, the reference first; ``("all",)`` without groups.
    latent_mean, latent_covariance : of the blocks, (n_groups, n_blocks) and
        (n_groups, n_blocks, n_blocks), in the order of ``groups``, on the scale of the items.
    converged, status : whether the fit converged, and sentences on it that say what to do.
    method : how it was calibrated, for a bank's provenance.
    agreement : what a second engine found, or None where none was asked.
    """

    items: Items
    by_group: Mapping[str, Items]
    standard_errors: ParameterErrors | None
    log_likelihood: float
    log_prior: float
    n_parameters: int
    n_persons: int
    total_weight: float
    n_answers: NDArray[np.int64]
    n_iterations: int
    n_nodes: int
    limit: float
    quadrature_error: float
    groups: tuple[str, ...]
    latent_mean: Floats
    latent_covariance: Floats
    converged: bool
    status: str
    method: str
    agreement: Agreement | None = None

    @property
    def covariance(self) -> ParameterCovariance | None:
        """The covariance of all estimates in the IRT metric, with their names; None without errors."""
        return None if self.standard_errors is None else self.standard_errors.covariance

    @property
    def aic(self) -> float:
        """Akaike's criterion, −2 log L + 2 k."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, −2 log L + k log n, n the sum of the weights."""
        return float(-2 * self.log_likelihood + self.n_parameters * np.log(self.total_weight))

    @property
    def loadings(self) -> Mapping[str, float]:
        """λ by competency, estimated or not; the same in all groups."""
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
    loadings: Loadings | None = None,
    groups: Sequence[object] | NDArray[np.generic] | None = None,
    reference_group: object | None = None,
    freed: Freed = (),
    fixed: Items | None = None,
    start: Items | None = None,
    equal: Equal = (),
    facets: Mapping[str, tuple[str, str]] | None = None,
    weights: Sequence[float] | NDArray[np.generic] | None = None,
    n_categories: int | Mapping[str, int] | None = None,
    reverse: Sequence[str] = (),
    priors: Mapping[str, Prior | None] | None = None,
    standard_errors: str | None = "crossprod",
    check: str | None = None,
    nodes: int | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
    progress: Progress | None = None,
) -> Calibration:
    """Estimate item parameters, R and λ by marginal maximum likelihood, in the IRT metric (logistic, D = 1).

    The likelihood of a person is ∫ Π_i P_i(x_i | θ_c(i)) p(θ_c | θ_b) p(θ_b) dθ over the answers that
    the person gave; missing cells are left out (missing at random).

    Parameters
    ----------
    responses : persons × items, codes 0 … K − 1.
    model : a registered name for all items, or ``{item: name}``.
    blocks, competencies : ``{item: name}``; default one block. Competencies without ``loadings``
        make the second-order model with λ estimated.
    loadings : fixes λ of all competencies, or of those named; 1 makes them plain parts of their block.
    groups, reference_group : a label for every person, and the one whose blocks are N(0, 1), by default
        the smallest. λ is the same in all groups, and so are items but for those ``freed``; means and
        covariances of the blocks are free in the others.
    freed : items whose parameters differ between groups: ids, or ``{id: ["a", "b1", …]}`` for some of their
        parameters.
    fixed : known items that are kept as they are where the responses have their column. Means and
        variances of the blocks that they stand in are then free in every group: what is estimated comes
        out on their scale. λ and R start at the fixed items' population, and stay free unless ``loadings``
        are given; λ that the responses cannot tell is theirs.
    start : items whose parameters, λ and R the search starts from.
    equal : parameters that several items have in common: ``[("a", ["i1", "i2"]), ("b2", […])]``.
    facets : the task and the rater of each column that is a rating, ``{column: (task, rater)}``, for the
        models MFRM, MFRM-task and MFRM-rater; :func:`compassess.irt.ratings` makes both from a long table.
    weights : how many persons each row stands for (a pattern's count, or a survey's weight), positive.
    n_categories : K declared, for all or by item; default the highest code seen + 1, at least 2.
    reverse : items whose codes are turned (k becomes K − 1 − k) before the fit.
    priors : ``{"a" | "b" | "c" | "d": Prior or None}`` for all items whose model has the parameter;
        then the estimate is the mode of the posterior. 3PL and 4PL have priors on their asymptotes by
        default (:data:`compassess.irt.priors.DEFAULT_PRIORS`); None takes one away.
    standard_errors : "oakes" (observed information), "crossprod" (empirical information, one pass),
        "sandwich" (both: holds when the model is wrong), or None.
    check : "girth" asks that engine as well (:func:`.second_opinion.second_opinion`); ``agreement`` holds
        what it found. For complete answers in one dimension, one model, without groups, weights, priors and
        constraints.
    nodes : equally spaced nodes a block on ±6. By default 61, 41 for three blocks, fewer for more, and as
        many more as the posteriors turn out to need; with ``nodes`` given they are kept, and ``status``
        tells where they were too few.
    tolerance : converged when a step moves no parameter (slopes, intercepts, R, λ) by more, or when the
        gradient tells that the maximum is within so many standard errors. Steps of EM, which tell less of
        what is left, must be ten times as small.
    max_iterations : E-steps after which the fit is broken off, with ``converged`` false and a ``status`` that
        says so; a handful more tell where it stands then.
    progress : called with (E-steps, log-likelihood + Σ log prior, largest change) of the work in hand: at
        first on some of the persons, then on all.

    Limits: slopes have no bound; where the likelihood rises without end (an item that splits people
    perfectly) the fit stops when nothing is gained, with the item's status ``extreme_slope``. λ and R stop
    where the nodes stop resolving them, and ``status`` names them. Standard errors are NaN for what was not
    estimated, and for every estimate in a direction that the information does not determine. At most five
    blocks.

    Raises
    ------
    InputError : unknown models, items without a place, codes outside the declared or the model's range,
        groups or weights that do not fit the persons, constraints that do not fit the items (all faults of
        one kind at once); more than five blocks; no item that can be estimated.
        What is wrong with single items' *data* is a status.

    References
    ----------
    Bock & Aitkin (1981), Psychometrika 46, for the likelihood; Jamshidian & Jennrich (1997), JRSS B 59, and
    Louis (1982), JRSS B 44, for the way to its maximum; Kim (2006), Journal of Educational Measurement 43,
    for fixed items.
    """
    problems = _option_problems(standard_errors, loadings, tolerance, max_iterations)
    people, structure = Groups.single(responses.n_persons), None
    with gathering(problems):
        structure = structure_of(responses.items, *_homes(responses.items, blocks, competencies, fixed))
    with gathering(problems):
        people = groups_of(groups, reference_group, responses.n_persons)
    with gathering(problems):
        frequency = frequencies(weights, responses.n_persons)
    with gathering(problems):
        screening = screen(
            responses,
            model,
            people,
            n_categories=n_categories,
            reverse=reverse,
            frequency=None if problems else frequency,
            freed=freed,
            fixed=fixed,
            facets=facets,
        )
    if check is not None:
        told: dict[str, object] = {"groups": groups, "fixed": fixed, "weights": weights, "priors": priors}
        told |= {"reverse": reverse or None, "equal": equal or None, "freed": freed or None}
        told["facets"] = facets
        problems += _unchecked(told)
    raise_if_any(problems)
    assert structure is not None
    if check is not None:
        kinds = dict(zip(screening.variants.items, screening.models, strict=True))
        raise_if_any(opinion_problems(responses, kinds, structure.competency_of_item, check))
    ties = ties_of(screening, equal, freed)
    fit, opening = prepared(
        screening, structure, people, ties, loadings=loadings, nodes=nodes, priors=priors, start=start
    )
    end = solved(
        fit,
        opening,
        tolerance=tolerance,
        max_iterations=max_iterations,
        refine=nodes is None,
        rarest=screening.rarest,
        progress=progress,
    )
    phi = oriented(end.fit, end.phi)
    found = _calibration(end, phi, screening, people, standard_errors, tolerance)
    if check is None:
        return found
    try:
        opinion = second_opinion(responses, found.items, errors=found.standard_errors, engine=check)
    except InputError as refused:  # the fit is not lost for it
        return replace(found, status=f"{found.status} No second opinion: {refused}")
    return replace(found, agreement=opinion)


def _calibration(
    end: Solution, phi: Floats, screening: Screen, people: Groups, kind: str | None, tolerance: float
) -> Calibration:
    """Everything that is reported of a fit."""
    fit, space = end.fit, end.fit.space
    by_group = _items(fit, phi, screening, people)
    log_prior = fit.log_prior(phi)
    errors = _errors(kind, fit, phi, screening, people) if kind else None
    first = screening.variants.of_group(0)
    answered = screening.counts.sum(axis=1)
    return Calibration(
        items=by_group[people.labels[0]],
        by_group=by_group,
        standard_errors=errors,
        log_likelihood=end.log_likelihood,
        log_prior=log_prior,
        n_parameters=space.n_parameters,
        n_persons=round(screening.total),
        total_weight=screening.total,
        n_answers=np.bincount(screening.variants.item, answered, first.size).astype(np.int64),
        n_iterations=end.n_steps,
        n_nodes=fit.grid.n_nodes,
        limit=float(fit.grid.theta[-1]),
        quadrature_error=end.quadrature.error,
        groups=people.labels,
        latent_mean=np.array([space.mean(phi, group) for group in range(space.n_groups)]),
        latent_covariance=np.array([space.covariance(phi, group) for group in range(space.n_groups)]),
        converged=end.converged,
        status=verdict(end, phi, tolerance),
        method="marginal maximum likelihood (EM)",
    )


def _items(fit: Fit, phi: Floats, screening: Screen, people: Groups) -> dict[str, Items]:
    """The items of each group in the IRT metric, with NaN for what was not estimated."""
    columns = irt_columns(fit.layout, screening.category_of, [form.irt(phi) for form in fit.space.forms])
    estimated = screening.category_of[:, 0] >= 0
    columns["c"] = np.where(estimated & np.isnan(columns["c"]), 0.0, columns["c"])
    columns["d"] = np.where(estimated & np.isnan(columns["d"]), 1.0, columns["d"])
    if screening.fixed is not None:
        columns = {
            name: _kept(values, getattr(screening.fixed, name), screening.known)
            for name, values in columns.items()
        }
    result = {}
    for group, label in enumerate(people.labels):
        mine = screening.variants.of_group(group)
        items = Items(
            ids=screening.variants.items,
            models=tuple(screening.models[v] for v in mine),
            competencies=fit.space.structure.competency_of_item,
            n_categories=screening.n_categories[mine],
            **{name: read_only(values[mine]) for name, values in columns.items()},
            covariances=None,
            status=tuple(screening.status[v] for v in mine),
            population=fit.space.population(phi, group),
        )
        fixed_slope = [MODELS[model].fixed_slope for model in items.models]
        status = with_company(items.status, items.blocks, fixed_slope)
        result[label] = replace(items, status=with_slopes(status, items.direction))
    return result


def _kept(values: Floats, fixed: Floats, known: NDArray[np.intp]) -> Floats:
    """Values with those of fixed items as they were handed in: the way to ξ and back would round them."""
    result, mine = values.copy(), known >= 0
    if values.ndim == 1:
        result[mine] = fixed[known[mine]]
    else:
        width = min(values.shape[1], fixed.shape[1])
        result[mine, :width] = fixed[known[mine], :width]
    return result


def _errors(kind: str, fit: Fit, phi: Floats, screening: Screen, people: Groups) -> ParameterErrors:
    """Standard errors of the kind asked for."""
    held = held_at_bounds(fit, phi)
    if kind == "crossprod":
        variance = inverse_information(posterior_crossproducts(fit, phi), held)
    else:
        variance = inverse_information(observed_information(fit, phi), held)
        if kind == "sandwich":
            variance = sandwich(variance, posterior_crossproducts(fit, phi))
    variants = screening.variants
    labels = Labels(
        n_items=len(variants.items),
        item_of_variant=tuple(variants.items[item] for item in variants.item.tolist()),
        group_of_variant=tuple("" if g < 0 else people.labels[g] for g in variants.group.tolist()),
        groups=people.labels,
    )
    return parameter_errors(variance, fit, phi, screening.category_of, labels)


def _homes(
    items: Sequence[str],
    blocks: Mapping[str, str] | None,
    competencies: Mapping[str, str] | None,
    fixed: Items | None,
) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
    """The caller's places, with those that fixed items bring along where they are not told."""
    if fixed is None:
        return blocks, competencies
    layered = fixed.population.n_blocks > 1 or fixed.population.n_competencies > 1
    own = {
        name: (block, competency)
        for name, block, competency in zip(fixed.ids, fixed.blocks, fixed.competencies, strict=True)
        if name in items
    }
    if not layered and blocks is None and competencies is None:
        lone = fixed.population.blocks[0], fixed.population.competencies[0]
        return dict.fromkeys(items, lone[0]), dict.fromkeys(items, lone[1])
    by_block = {name: block for name, (block, _) in own.items()} | dict(blocks or {})
    if not fixed.population.has_competency_layer and competencies is None:
        return by_block, None
    return by_block, {name: competency for name, (_, competency) in own.items()} | dict(competencies or {})


def _unchecked(told: Mapping[str, object]) -> list[Problem]:
    """What a second engine knows nothing of."""
    return [
        Problem(where=name, what="a second opinion knows nothing of it", expected="check without it")
        for name, value in told.items()
        if value is not None
    ]


def _option_problems(
    standard_errors: str | None, loadings: Loadings | None, tolerance: float, max_iterations: int
) -> list[Problem]:
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
    problems += [
        Problem(where=where, what="out of range", got=repr(value), expected="a positive number")
        for where, value in (("tolerance", tolerance), ("max_iterations", max_iterations))
        if not 0 < value < np.inf
    ]
    named = loadings.items() if isinstance(loadings, Mapping) else [("", loadings)]
    problems += [
        Problem(
            where=f"loadings[{name!r}]" if name else "loadings",
            what="out of range",
            got=repr(value),
            expected="a number in (0, 1]",
        )
        for name, value in named
        if value is not None and not 0.0 < value <= 1.0
    ]
    return problems
