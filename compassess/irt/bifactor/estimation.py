r"""The bifactor model: every item measures a general factor, and at most one specific factor.

η = a_g θ_g + a_s θ_s, all factors independent N(0, 1). The model of the house with one block is the
special case a_g = a λ, a_s = a √(1 − λ²) with one λ for all items of a competency (Yung, Thissen &
McLeod 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.bifactor.ascent import climbed
from compassess.irt.bifactor.expectation import Posterior, expected, over_posteriors
from compassess.irt.bifactor.surfaces import Plane, Surface, fitted_surface
from compassess.irt.calibration import calibrate
from compassess.irt.design import Design, design_of
from compassess.irt.estimation.groups import frequencies
from compassess.irt.estimation.parameter_errors import inverse_information
from compassess.irt.estimation.schedule import Progress
from compassess.irt.items import Items
from compassess.irt.layout import Layout, layout_of
from compassess.irt.models import MODELS, Floats
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bifactor", "BifactorScores", "bifactor", "bifactor_scores"]

_LIMIT: Final = 6.0
_LEAST_ITEMS: Final = 3  # of a specific factor: two tell the product of their slopes only
_EM_STEPS: Final = 12  # from the one-dimensional slopes to where the information is to be believed
_COARSE: Final = 11  # nodes a factor that the search may begin on
_ROUGH: Final = 20.0  # tolerances that it is followed to there
_START: Final = 0.6  # of a slope, for the specific factor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bifactor:
    """The answer of :func:`bifactor`, in slope-intercept form, logistic metric.

    Attributes
    ----------
    specific_of : by item the index of its specific factor in ``specifics``, −1 for none, (n_items,).
    general, specific : slopes a_g and a_s, (n_items,); a_s is 0 without a specific factor; NaN where
        an item was not estimated.
    intercepts : t_1 …, (n_items, max K − 1): of the graded model d_k of P(X ≥ k) = σ(η + d_k), of GPCM the
        intercept of category k; NaN beyond an item's categories and where a category never occurred.
    general_errors, specific_errors, intercept_errors : by the cross-products of the persons' scores;
        NaN where asked for without.
    items : the one-dimensional calibration that the search began with: ids, models, statuses.
    """

    items: Items
    specifics: tuple[str, ...]
    specific_of: NDArray[np.intp]
    general: Floats
    specific: Floats
    intercepts: Floats
    general_errors: Floats
    specific_errors: Floats
    intercept_errors: Floats
    log_likelihood: float
    n_parameters: int
    n_persons: int
    total_weight: float
    n_nodes: int
    converged: bool
    status: str

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(-2 * self.log_likelihood + self.n_parameters * np.log(self.total_weight))

    def to_frame(self) -> pd.DataFrame:
        """A row an item: item, specific, model, status, slopes and their errors, intercepts."""
        names = [self.specifics[index] if index >= 0 else "" for index in self.specific_of.tolist()]
        return frame(
            {
                "item": self.items.ids,
                "specific": names,
                "model": self.items.models,
                "status": self.items.status,
                "a_general": self.general,
                "se_general": self.general_errors,
                "a_specific": self.specific,
                "se_specific": self.specific_errors,
                **{f"t{k + 1}": column for k, column in enumerate(self.intercepts.T)},
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BifactorScores:
    """Posterior means and SDs: ``general`` and ``general_se`` (n,), the specifics' (n, n_specifics)."""

    general: Floats
    general_se: Floats
    specific: Floats
    specific_se: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Task:
    """Items with parameters, their formulas, answers and nodes; the point is their parameters one by one."""

    items: NDArray[np.intp]
    surfaces: tuple[Surface, ...]
    rows: tuple[NDArray[np.intp], ...]
    sizes: tuple[int, ...]
    design: Design
    plane: Plane

    def split(self, point: Floats) -> list[Floats]:
        return np.split(point, np.cumsum(self.sizes)[:-1])

    def feasible(self, point: Floats) -> bool:
        return all(s.feasible(free) for s, free in zip(self.surfaces, self.split(point), strict=True))

    def table(self, point: Floats) -> Floats:
        table = np.zeros((self.design.layout.n_rows, self.plane.n_nodes**2))
        for surface, rows, free in zip(self.surfaces, self.rows, self.split(point), strict=True):
            table[rows] = surface.log_probability(free, self.plane)
        return table

    def slope(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, its slope, and the point after a step of EM."""
        here = expected(self.design, self.table(point), self.plane)
        parts = [
            fitted_surface(surface, here.counts[rows], free, self.plane)
            for surface, rows, free in zip(self.surfaces, self.rows, self.split(point), strict=True)
        ]
        slope, after = (np.concatenate(part) for part in zip(*parts, strict=True))
        return here.log_likelihood, slope, after

    def scores(self, point: Floats) -> Floats:
        """∂ log f_n / ∂ point of every person, (n_persons, size): Fisher's identity."""
        tables = [
            surface.scores(free, self.plane)
            for surface, free in zip(self.surfaces, self.split(point), strict=True)
        ]
        layout, design = self.design.layout, self.design
        starts = [part.start for part in layout.carrier_rows]

        def work(persons: slice, posterior: Posterior) -> Floats:
            told = [design.indicators(persons, carrier) for carrier in range(len(starts))]
            parts = []
            for item, rows, table in zip(self.items.tolist(), self.rows, tables, strict=True):
                carrier = int(layout.carrier_of_item[item])
                by_category = np.tensordot(posterior.joint[:, carrier], table, axes=(1, 2))
                chosen = told[carrier][:, rows - starts[carrier]]
                parts.append(np.einsum("npk,nk->np", by_category, chosen))
            return np.concatenate(parts, axis=1)

        scores = np.concatenate(over_posteriors(work, design, self.table(point), self.plane))
        return scores if design.frequency is None else scores * np.sqrt(design.frequency)[:, None]


def bifactor(
    responses: Responses,
    specific: Mapping[str, str | None],
    model: str | Mapping[str, str] = "GRM",
    *,
    weights: Sequence[float] | NDArray[np.generic] | None = None,
    standard_errors: bool = True,
    nodes: int = 31,
    tolerance: float = 1e-4,
    max_iterations: int = 1000,
    progress: Progress | None = None,
) -> Bifactor:
    """Marginal maximum likelihood of a bifactor model, whatever the number of specific factors.

    Parameters
    ----------
    responses : persons × items; missing cells are left out (missing at random).
    specific : the specific factor of each item, None for items of the general factor alone.
    model : GRM, GPCM or 2PL, for all items or by item.
    weights : how many persons a row stands for.
    standard_errors : whether to find them.
    nodes : equally spaced nodes a factor on ±6; the search begins on half as many. 21 can move the
        log-likelihood of steep items by a unit, 31 by a hundredth.
    tolerance, max_iterations : as in :func:`compassess.irt.calibrate`.
    progress : called with (E-steps, log-likelihood, largest change).

    Slopes are turned so that most of a_g, and most of a_s in each specific factor, are positive.

    Raises
    ------
    InputError : items without an entry in ``specific``; a specific factor of fewer than three
        estimated items; other models; fewer than five nodes; and what :func:`compassess.irt.calibrate`
        refuses.

    References
    ----------
    Gibbons & Hedeker (1992), Psychometrika 57; Gibbons et al. (2007), Applied Psychological
    Measurement 31, for graded items; Cai, Yang & Hansen (2011), Psychological Methods 16.
    """
    problems = [
        Problem(
            where=f"specific[{name!r}]",
            what="the item's specific factor is not told",
            expected="a name or None",
        )
        for name in responses.items
        if name not in specific
    ]
    kinds = {model} if isinstance(model, str) else set(model.values())
    problems += [
        Problem(where="model", what="no bifactor form of it", got=name, expected="GRM, GPCM or 2PL")
        for name in sorted(kinds - {"GRM", "GPCM", "2PL"})
    ]
    if nodes < 5:
        problems.append(Problem(where="nodes", what="too few", got=str(nodes), expected="at least 5"))
    raise_if_any(problems)
    frequency = frequencies(weights, responses.n_persons)
    first = calibrate(responses, model, weights=weights, standard_errors=None)
    names = tuple(dict.fromkeys(name for item in first.items.ids if (name := specific[item]) is not None))
    home = np.array(
        [-1 if (name := specific[item]) is None else names.index(name) for item in first.items.ids]
    )
    _refuse_small(names, home, first.items)
    task, point = _task(responses, first.items, home.astype(np.intp), len(names), frequency, nodes)
    rough = replace(task, plane=Plane.create(max(nodes // 2, _COARSE), _LIMIT))
    begun = climbed(
        rough,
        point,
        tolerance=_ROUGH * tolerance,
        n_em=_EM_STEPS,
        max_steps=max_iterations,
        progress=progress,
    )
    found = climbed(
        task,
        begun.point,
        tolerance=tolerance,
        n_em=0,
        max_steps=max(max_iterations - begun.n_steps, 1),
        progress=progress,
    )
    turned = _turned(task, found.point, home)
    errors = np.full(turned.size, np.nan)
    if standard_errors:
        scores = task.scores(turned)
        errors = np.sqrt(np.diag(inverse_information(scores.T @ scores)))
    values, spread = _columns(task, turned, first.items), _columns(task, errors, first.items)
    return Bifactor(
        items=first.items,
        specifics=names,
        specific_of=home.astype(np.intp),
        general=values[0],
        specific=np.where(np.isfinite(values[0]) & (home < 0), 0.0, values[1]),
        intercepts=values[2],
        general_errors=spread[0],
        specific_errors=spread[1],
        intercept_errors=spread[2],
        log_likelihood=found.value,
        n_parameters=turned.size,
        n_persons=responses.n_persons,
        total_weight=first.total_weight,
        n_nodes=nodes,
        converged=found.converged,
        status=f"{'' if found.converged else 'not '}converged after {begun.n_steps + found.n_steps} E-steps "
        f"(largest change {found.change:.1e}, the gradient puts the maximum within {found.distance:.1e} SE).",
    )


def bifactor_scores(responses: Responses, fit: Bifactor) -> BifactorScores:
    """Posterior means and SDs of the general and the specific factors, (EAP).

    A person without answers has mean 0 and SD 1.

    Raises
    ------
    InputError : answers whose codes are outside an item's categories.
    """
    task, _ = _task(responses, fit.items, fit.specific_of, len(fit.specifics), None, fit.n_nodes)
    point = _point(task, fit)
    theta, q = task.plane.theta, task.plane.n_nodes
    moments = np.column_stack([theta, theta**2])
    n_specific = len(fit.specifics)

    def work(persons: slice, posterior: Posterior) -> tuple[Floats, Floats]:
        del persons
        joint = posterior.joint[:, :n_specific]
        return posterior.general @ moments, joint.reshape(*joint.shape[:2], q, q).sum(axis=2) @ moments

    parts = over_posteriors(work, task.design, task.table(point), task.plane)
    general = np.concatenate([part[0] for part in parts])
    specific = np.concatenate([part[1] for part in parts])
    return BifactorScores(
        general=general[:, 0],
        general_se=np.sqrt(np.maximum(general[:, 1] - general[:, 0] ** 2, 0.0)),
        specific=specific[..., 0],
        specific_se=np.sqrt(np.maximum(specific[..., 1] - specific[..., 0] ** 2, 0.0)),
    )


def _refuse_small(names: Sequence[str], home: NDArray[np.intp], items: Items) -> None:
    estimated = np.bincount(home[items.usable & (home >= 0)], minlength=len(names))
    raise_if_any(
        [
            Problem(
                where=f"specific factor {name!r}",
                what="too few estimated items to tell their slopes",
                got=str(count),
                expected=f"at least {_LEAST_ITEMS}",
                remedy="Let its items measure the general factor alone (None).",
            )
            for name, count in zip(names, estimated.tolist(), strict=True)
            if count < _LEAST_ITEMS
        ]
    )


def _task(
    responses: Responses,
    items: Items,
    home: NDArray[np.intp],
    n_specific: int,
    frequency: Floats | None,
    nodes: int,
) -> tuple[_Task, Floats]:
    """Everything laid out, with a carrier more for items of the general factor alone; and where to begin."""
    mapped = items.category_map()
    carriers = np.where(home < 0, n_specific, home).astype(np.intp)
    n_carriers = max(n_specific + int(np.any(home < 0)), 1)
    layout: Layout = layout_of(mapped, items.models, carriers, n_carriers)
    design = design_of(responses, items.ids, layout, frequency)
    listed = np.flatnonzero(items.usable)
    surfaces, rows, point = [], [], []
    for item in listed.tolist():
        surface = Surface(family=MODELS[items.models[item]].family, has_specific=bool(home[item] >= 0))
        xi = surface.family.from_irt(items.parameters_of(np.array([item])))[0]
        slopes = [xi[0], _START * xi[0]] if surface.has_specific else [xi[0]]
        surfaces.append(surface)
        rows.append(np.unique(layout.row_of[item][layout.row_of[item] >= 0]))
        point.append(np.concatenate([slopes, xi[1:]]))
    task = _Task(
        items=listed,
        surfaces=tuple(surfaces),
        rows=tuple(rows),
        sizes=tuple(part.size for part in point),
        design=design,
        plane=Plane.create(nodes, _LIMIT),
    )
    return task, np.concatenate(point)


def _turned(task: _Task, point: Floats, home: NDArray[np.intp]) -> Floats:
    """The same likelihood with most slopes of each factor positive."""
    parts = [part.copy() for part in task.split(point)]
    if sum(np.sign(part[0]) for part in parts) < 0:
        for part in parts:
            part[0] = -part[0]
    for specific in np.unique(home[home >= 0]).tolist():
        mine = [part for item, part in zip(task.items.tolist(), parts, strict=True) if home[item] == specific]
        if sum(np.sign(part[1]) for part in mine) < 0:
            for part in mine:
                part[1] = -part[1]
    return np.concatenate(parts)


def _columns(task: _Task, point: Floats, items: Items) -> tuple[Floats, Floats, Floats]:
    """a_g, a_s (n_items,) and intercepts (n_items, max K − 1), NaN where there are none."""
    general, specific = np.full(items.n_items, np.nan), np.full(items.n_items, np.nan)
    intercepts = np.full(items.b.shape, np.nan)
    for item, surface, part in zip(task.items.tolist(), task.surfaces, task.split(point), strict=True):
        general[item] = part[0]
        if surface.has_specific:
            specific[item] = part[1]
        intercepts[item, np.isfinite(items.b[item])] = part[surface.n_slopes :]
    return general, specific, intercepts


def _point(task: _Task, fit: Bifactor) -> Floats:
    """The parameters of a fit one by one."""
    parts = []
    for item, surface in zip(task.items.tolist(), task.surfaces, strict=True):
        slopes = [fit.general[item], fit.specific[item]][: surface.n_slopes]
        own = fit.intercepts[item]
        parts.append(np.concatenate([slopes, own[np.isfinite(own)]]))
    return np.concatenate(parts)
