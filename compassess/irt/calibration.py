"""Marginal maximum likelihood by EM: from responses to item parameters and their population.

Identification: every block and competency is N(0, 1); R and λ are free; a competency's items are
oriented so that most slopes are positive. λ is fixed at 1 where the data cannot tell it: a
competency that is alone in its block (the others there have no estimated item), or that has a single
estimated item.

References
----------
Bock & Aitkin (1981), Psychometrika 46; Varadhan & Roland (2008) for the acceleration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.acceleration import FixedPoint, accelerated
from compassess.irt.design import design_of
from compassess.irt.em import Fit, Parameters
from compassess.irt.grid import Grid, default_n_nodes
from compassess.irt.items import Items
from compassess.irt.lattice import Lattice
from compassess.irt.layout import layout_of
from compassess.irt.models import MODELS, model_named
from compassess.irt.population import Population
from compassess.irt.screening import NOT_ESTIMATED, STATUSES, screened, used_category_map, with_slopes
from compassess.irt.standard_errors import ItemErrors, crossproduct_information, item_errors
from compassess.irt.starting import starting_items, starting_slopes
from compassess.irt.structure import Structure, structure_of
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

_START_CORRELATION: Final = 0.3
_START_LOADING: Final = 0.7


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
    converged, status : whether the fit converged, and a sentence on it that says what to do.
    method : how it was calibrated, for a bank's provenance.
    """

    items: Items
    standard_errors: ItemErrors | None
    log_likelihood: float
    n_parameters: int
    n_persons: int
    n_answers: NDArray[np.int64]
    n_iterations: int
    n_nodes: int
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
    def latent_mean(self) -> Floats:
        """Means of the blocks, (1, n_blocks): one group."""
        return self.items.population.mean[None]

    @property
    def latent_covariance(self) -> Floats:
        """Covariances of the blocks, (1, n_blocks, n_blocks): one group."""
        return self.items.population.covariance[None]

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
    with _gathering(problems):
        structure = structure_of(responses.items, blocks, competencies)
    with _gathering(problems):
        screen = _screen(responses, model, n_categories, reverse)
    raise_if_any(problems)
    fit, opening = _prepared(screen, structure, loadings, nodes)
    end = _iterated(fit, opening, tolerance, max_iterations, progress)
    parameters = _oriented(fit, opening.unpacked(end.point))
    items = _items(fit, parameters, screen)
    return Calibration(
        items=items,
        standard_errors=_errors(fit, parameters, items) if standard_errors else None,
        log_likelihood=end.value,
        n_parameters=end.point.size - len(parameters.loadings) + len(fit.free),
        n_persons=responses.n_persons,
        n_answers=screen.counts.sum(axis=1),
        n_iterations=end.n_steps,
        n_nodes=fit.grid.n_nodes,
        converged=end.converged,
        status=_sentence(end, tolerance),
        method="marginal maximum likelihood (EM)",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Screen:
    """The responses with what was found out about each item before the fit."""

    responses: Responses
    models: tuple[str, ...]
    n_categories: NDArray[np.intp]
    counts: NDArray[np.int64]
    status: tuple[str, ...]
    category_of: NDArray[np.intp]


def _screen(
    responses: Responses,
    model: str | Mapping[str, str],
    n_categories: int | Mapping[str, int] | None,
    reverse: Sequence[str],
) -> _Screen:
    """Count the answers, check the codes against the declared range, and give every item a status."""
    models, problems = _models(responses.items, model)
    declared, problems_of_codes = _declared(responses, models, n_categories)
    raise_if_any(problems + problems_of_codes)
    if reverse:
        highest = {name: int(k) - 1 for name, k in zip(responses.items, declared, strict=True)}
        responses = responses.reversed(reverse, highest=highest)
    counts = _padded(responses.category_counts(), int(declared.max()))
    status = screened(counts, declared)
    if all(name in NOT_ESTIMATED for name in status):
        raise InputError(
            [
                Problem(where=f"item {item!r}", what=STATUSES[name])
                for item, name in zip(responses.items, status, strict=True)
            ]
        )
    return _Screen(
        responses=responses,
        models=models,
        n_categories=declared,
        counts=counts,
        status=status,
        category_of=used_category_map(counts, declared, status),
    )


def _prepared(
    screen: _Screen, structure: Structure, loadings: float | None, nodes: int | None
) -> tuple[Fit, Parameters]:
    """Lay the data out on the grid and find starting values."""
    grid = Grid.create(nodes or default_n_nodes(len(structure.blocks)))
    names = tuple(structure.block_of_competency)
    home = np.array([names.index(name) for name in structure.competency_of_item], dtype=np.intp)
    start, free = _starting_loadings(structure, home, screen.status, loadings)
    people = Population.create(
        structure.blocks,
        competencies=structure.block_of_competency,
        loadings=dict(zip(names, start.tolist(), strict=True)),
    )
    lattice = Lattice(people, grid)
    carrier_of_item = lattice.carrier_of_competency[home]
    layout = layout_of(screen.category_of, screen.models, carrier_of_item, lattice.n_carriers)
    design = design_of(screen.responses, screen.responses.items, layout)
    row_counts = np.zeros(layout.n_rows)
    present = layout.row_of >= 0
    np.add.at(row_counts, layout.row_of[present], screen.counts[present])
    slopes = starting_slopes(screen.responses.sparse(), carrier_of_item, lattice.n_carriers)
    n_blocks = len(structure.blocks)
    opening = Parameters(
        items=starting_items(layout, row_counts, slopes),
        correlation=np.where(np.eye(n_blocks) > 0, 1.0, _START_CORRELATION),
        loadings=start,
    )
    return Fit(design, grid, structure, free), opening


def _starting_loadings(
    structure: Structure, home: NDArray[np.intp], status: tuple[str, ...], fixed: float | None
) -> tuple[Floats, tuple[int, ...]]:
    """λ to start from, and the competencies whose λ is free."""
    names = tuple(structure.block_of_competency)
    if fixed is not None:
        return np.full(len(names), float(fixed)), ()
    estimated = np.array([name not in NOT_ESTIMATED for name in status])
    n_items = np.bincount(home[estimated], minlength=len(names))
    block_names = list(structure.block_of_competency.values())
    told = [block for block, n in zip(block_names, n_items.tolist(), strict=True) if n > 0]
    free = tuple(c for c in range(len(names)) if n_items[c] >= 2 and told.count(block_names[c]) >= 2)
    loadings = np.ones(len(names))
    loadings[list(free)] = _START_LOADING
    return loadings, free


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


def _oriented(fit: Fit, parameters: Parameters) -> Parameters:
    """Turn competencies, then blocks, so that most slopes are positive; the likelihood stays the same."""
    layout, structure = fit.design.layout, fit.structure
    names = tuple(structure.block_of_competency)
    block_of = [structure.blocks.index(structure.block_of_competency[name]) for name in names]
    home = np.array([names.index(name) for name in structure.competency_of_item])
    slopes = np.zeros(len(home))
    for batch, xi in zip(layout.batches, parameters.items, strict=True):
        slopes[batch.items] = xi[:, 0]
    votes = np.bincount(home, weights=np.sign(slopes), minlength=len(names))
    free = np.isin(np.arange(len(names)), fit.free)
    competency_sign = np.where(free & (votes < 0), -1.0, 1.0)
    weight = np.where(free, np.abs(votes) * np.sign(parameters.loadings * competency_sign), votes)
    block_votes = np.bincount(block_of, weights=weight, minlength=len(structure.blocks))
    block_sign = np.where(block_votes < 0, -1.0, 1.0)
    item_sign = np.where(free, competency_sign, block_sign[block_of])[home]
    items = tuple(
        np.column_stack([xi[:, 0] * item_sign[batch.items], xi[:, 1:]])
        for batch, xi in zip(layout.batches, parameters.items, strict=True)
    )
    return Parameters(
        items=items,
        correlation=parameters.correlation * np.outer(block_sign, block_sign),
        loadings=np.where(
            free, parameters.loadings * competency_sign * block_sign[block_of], parameters.loadings
        ),
    )


def _items(fit: Fit, parameters: Parameters, screen: _Screen) -> Items:
    """The parameters in the IRT metric, with NaN for what was not estimated."""
    n_items = len(screen.models)
    a = np.full(n_items, np.nan)
    b = np.full((n_items, screen.category_of.shape[1] - 1), np.nan)
    boundary = _boundaries(screen.category_of)
    for batch, xi in zip(fit.design.layout.batches, parameters.items, strict=True):
        slopes, thresholds = model_named(batch.model).to_irt(xi)
        a[batch.items] = slopes
        for item, row in zip(batch.items, thresholds, strict=True):
            b[item, boundary[item]] = row
    a.flags.writeable = b.flags.writeable = False
    return Items(
        ids=screen.responses.items,
        models=screen.models,
        competencies=fit.structure.competency_of_item,
        n_categories=screen.n_categories,
        a=a,
        b=b,
        status=with_slopes(screen.status, a),
        population=fit.population(parameters),
    )


def _boundaries(category_of: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Where a boundary between codes k − 1 and k exists, (n_items, max K − 1)."""
    return np.asarray((np.diff(category_of, axis=1) > 0) & (category_of[:, :-1] >= 0))


def _errors(fit: Fit, parameters: Parameters, items: Items) -> ItemErrors:
    """Cross-product standard errors at the estimates."""
    layout, theta = fit.design.layout, fit.grid.theta
    gradients = tuple(
        model_named(batch.model).log_probability_gradient(xi, theta)
        for batch, xi in zip(layout.batches, parameters.items, strict=True)
    )
    lattice = fit.lattice(parameters)
    information = crossproduct_information(fit.design, lattice, fit.table(parameters), gradients, fit.free)
    return item_errors(information, layout, parameters.items, np.isfinite(items.b), lattice, fit.free)


def _sentence(end: FixedPoint, tolerance: float) -> str:
    """What happened, and what to do about it."""
    if end.converged:
        return f"converged after {end.n_steps} E-steps (largest change {end.change:.1e})."
    return (
        f"not converged after {end.n_steps} E-steps: the largest change is still {end.change:.1e}, above "
        f"{tolerance:.1e}. Raise max_iterations, and look at items with the status extreme_slope."
    )


def _models(
    items: Sequence[str], model: str | Mapping[str, str]
) -> tuple[tuple[str, ...], list[Problem]]:
    """The model of every item ("" for none), with unknown names and items without one."""
    problems: list[Problem] = []
    if isinstance(model, str):
        with _gathering(problems):
            model_named(model)
        return (model,) * len(items), problems
    for item in items:
        if item not in model:
            problems.append(
                Problem(where=f"item {item!r}", what="it has no model", expected="an entry in model=")
            )
        else:
            with _gathering(problems):
                model_named(model[item], where=f"model[{item!r}]")
    return tuple(model.get(item, "") for item in items), problems


def _declared(
    responses: Responses, models: tuple[str, ...], n_categories: int | Mapping[str, int] | None
) -> tuple[NDArray[np.intp], list[Problem]]:
    """K of every item, with the items whose codes go beyond it and models that do not admit it."""
    seen = _highest_codes(responses) + 1
    given = (
        dict.fromkeys(responses.items, n_categories)
        if isinstance(n_categories, int)
        else dict(n_categories or {})
    )
    declared = np.array(
        [
            given.get(item, 2 if models[j] == "2PL" else max(int(seen[j]), 2))
            for j, item in enumerate(responses.items)
        ],
        dtype=np.intp,
    )
    problems = [
        Problem(
            where=f"item {item!r}",
            what="a code is outside the declared range",
            got=f"a highest code of {int(seen[j]) - 1}",
            expected=f"0 … {int(declared[j]) - 1}",
            remedy="Recode from 0, declare n_categories, or choose a model for more categories.",
        )
        for j, item in enumerate(responses.items)
        if seen[j] > declared[j]
    ]
    problems += [
        Problem(where=f"item {item!r}", what=f"{models[j]} does not admit {int(declared[j])} categories")
        for j, item in enumerate(responses.items)
        if models[j] in MODELS and not MODELS[models[j]].admits(int(declared[j]))
    ]
    return declared, problems


def _highest_codes(responses: Responses) -> NDArray[np.intp]:
    """The highest code of each item, −1 where nobody answered."""
    counts = responses.category_counts()
    present = counts > 0
    highest = counts.shape[1] - 1 - np.argmax(present[:, ::-1], axis=1)
    return np.where(present.any(axis=1), highest, -1).astype(np.intp)


def _padded(counts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Counts with zero columns up to ``width`` categories."""
    lacking = max(width - counts.shape[1], 0)
    return np.pad(counts, ((0, 0), (0, lacking)))


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


@contextmanager
def _gathering(problems: list[Problem]) -> Iterator[None]:
    """Add the faults of an :class:`InputError` to ``problems`` and go on, to tell all of them at once."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)
