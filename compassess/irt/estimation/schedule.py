"""From rough to fine: how a fit gets from its starting values to its maximum with few costly E-steps.

1. EM with squared extrapolation on every k-th person and a coarse grid, to within a few hundredths.
2. Quasi-Newton steps on everybody, on nodes as coarse as the posteriors allow, in float32.
3. Quasi-Newton steps on the fit's own grid in float64, until the tolerance is met.
4. A look at the grid: where it was too coarse or too narrow, and a better one is affordable, 3 again on that.

Where a quasi-Newton step fails, EM takes over for a while. Rule: what is reported comes from 3 alone, on all
persons, in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

from compassess.irt.chunks import crew
from compassess.irt.estimation.ascent import ascended, noise_distance
from compassess.irt.estimation.curvature import Curvature, DenseCurvature, SparseCurvature
from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.information import (
    complete_information,
    missing_factor,
    missing_information,
)
from compassess.irt.estimation.maximisation import INNER_STEPS
from compassess.irt.estimation.nodes import (
    Quadrature,
    affordable_nodes,
    checked,
    finer,
    reaching,
    resolving_nodes,
    slope_sizes,
)
from compassess.irt.estimation.squarem import FixedPoint, accelerated
from compassess.irt.grid import Grid
from compassess.irt.models import Floats

__all__ = ["Progress", "Solution", "solved"]

Progress = Callable[[int, float, float], None]

_ROUGH: Final = 0.03  # EM on some persons stops here: their sampling error is about as large
_ROUGH_STEPS: Final = 40  # what is not near by then is left to the steps on everybody
_ROUGH_PERSONS: Final = 2000  # at least: their estimates lie within a few SEs of everybody's
_ROUGH_ANSWERS: Final = 25  # of every category among those persons, so that none is empty by chance
_MIDDLE: Final = 1e-3  # float32 carries the iteration so far; its own noise in a step is about 1e-5
_NEAR: Final = 0.1  # SEs from the maximum within which it stops where it comes no nearer
_EM_SHARE: Final = 0.1  # of the tolerance: a step of EM tells less of what is left than a quasi-Newton one
_WILD: Final = 6.0  # on a coarse grid a steeper item is a step between two nodes, whatever its slope
_DENSE: Final = 1500  # parameters up to which their information is kept as a matrix
_PERSONS_PER_PARAMETER: Final = 8  # for the missing information; fewer, and its noise would outweigh it
_RESOLVED: Final = 1.5  # spacing in posterior SDs: 0.03 % of each person's likelihood
_ROUNDS: Final = 3  # of EM after a failed step, and of refining the grid
_PATIENCE: Final = 12  # EM steps that bring a failed ascent to where a new information fits
# What rounding may take from the objective between steps, relative to its size.
_SLACK: Final = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-7}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Where the estimation ended.

    ``fit`` is on the grid that was used last; ``phi`` the estimates; ``value`` and ``log_likelihood`` those
    of the last E-step, a step before φ; ``change`` the largest move of that step;
    ``distance`` how far, in standard errors, the maximum still is by the gradient (NaN where no matrix was
    kept).
    """

    fit: Fit
    phi: Floats
    value: float
    log_likelihood: float
    n_steps: int
    change: float
    distance: float
    converged: bool
    quadrature: Quadrature


class _Counter:
    """E-steps so far, and who is told of them."""

    def __init__(self, most: int, progress: Progress | None) -> None:
        self.done, self.most, self._progress = 0, most, progress

    @property
    def left(self) -> int:
        return max(self.most - self.done, 0)

    def tell(self, steps: int, value: float, change: float) -> None:
        if self._progress is not None:
            self._progress(self.done + steps, value, change)

    def tell_of_ascent(self, steps: int, value: float, change: float) -> None:
        """The E-step that an ascent starts from is one more."""
        self.tell(steps + 1, value, change)


def solved(
    fit: Fit,
    start: Floats,
    *,
    tolerance: float,
    max_iterations: int,
    refine: bool,
    rarest: int,
    progress: Progress | None = None,
) -> Solution:
    """Maximise the objective from ``start``.

    Parameters
    ----------
    tolerance : converged when a step moves no parameter by more, or the maximum is within so many SEs.
    refine : whether the fit's grid may be replaced by a better one.
    rarest : answers in the rarest category of all items, which limits how many persons may be left out at
        first.
    """
    counter = _Counter(max_iterations, progress)
    with crew():
        phi = _rough(fit, start, rarest, counter)
        if refine:
            fit = _resolved(fit, phi)
        information = None
        for _ in range(_ROUNDS):
            found, information = _fine(fit, phi, information, tolerance, counter)
            quadrature = checked(fit, found.phi)
            better = finer(fit, found.phi, quadrature) if refine else None
            if better is None or not found.converged or not counter.left:
                break
            fit, phi = fit.on(better), found.phi
            if quadrature.is_too_steep:  # what looked like a step may be none on nodes that can follow it
                phi, information = _tamed(fit, phi, start), None
    return Solution(
        fit=fit,
        phi=found.phi,
        value=found.value,
        log_likelihood=found.log_likelihood,
        n_steps=counter.done,
        change=found.change,
        distance=found.distance,
        converged=found.converged and bool(np.isfinite(found.value)),
        quadrature=quadrature,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    phi: Floats
    value: float
    log_likelihood: float
    change: float
    distance: float
    converged: bool


def _rough(fit: Fit, phi: Floats, rarest: int, counter: _Counter) -> Floats:
    """EM on some of the persons and a coarse grid."""
    stride = max(min(fit.n_persons // _ROUGH_PERSONS, rarest // _ROUGH_ANSWERS), 1)
    some = _coarser(fit, phi, 2 * _RESOLVED).thinned(stride)
    found = _em(some, phi, _ROUGH, min(_ROUGH_STEPS, counter.left), np.float64, counter, inner_steps=1)
    return fit.within_bounds(_tamed(fit, found.point, phi))


def _tamed(fit: Fit, phi: Floats, start: Floats) -> Floats:
    """φ with the items whose slopes nodes that are too coarse let run away back at their start."""
    phi = phi.copy()
    for form, family, xi in zip(fit.space.forms, fit.families, fit.space.xi(phi), strict=True):
        wild = form.places[slope_sizes(family, xi) > _WILD, : form.n_own]
        phi[wild] = start[wild]
    return phi


def _resolved(fit: Fit, phi: Floats) -> Fit:
    """The fit on more nodes, where its own are too few for the posteriors to expect, or do not reach as far.

    A population that is cut off has no maximum where the slope of its density is 0: no step would go up.
    """
    fit = fit.on(reaching(fit, phi))
    n_nodes = min(resolving_nodes(fit, phi, _RESOLVED), affordable_nodes(fit.space.n_blocks))
    return fit.on(Grid.create(n_nodes, float(fit.grid.theta[-1]))) if n_nodes > fit.grid.n_nodes else fit


def _coarser(fit: Fit, phi: Floats, ratio: float) -> Fit:
    """The fit on fewer nodes, where the posteriors to expect allow; at least a third of its own."""
    n_nodes = max(resolving_nodes(fit, phi, ratio), fit.grid.n_nodes // 3, 15)
    if n_nodes > 0.8 * fit.grid.n_nodes:
        return fit
    return fit.on(Grid.create(n_nodes, float(fit.grid.theta[-1])))


def _fine(
    fit: Fit, phi: Floats, information: Curvature | None, tolerance: float, counter: _Counter
) -> tuple[_Found, Curvature | None]:
    """The maximum on the fit's own grid, and the information there.

    ``information`` is that of a grid nearby, None where it is still to be found.
    """
    if fit.space.n_parameters == 0:
        return _by_em(fit, phi, tolerance, counter), None
    for _ in range(_ROUNDS):
        if information is None:
            phi, information = _middle(_coarser(fit, phi, _RESOLVED), phi, tolerance, counter)
        end = ascended(
            fit,
            fit.evaluation(fit.within_bounds(phi)),
            information,
            tolerance=tolerance,
            max_steps=counter.left,
            progress=counter.tell_of_ascent,
        )
        counter.done += end.n_steps + 1
        if not end.stalled:
            found = _Found(
                phi=end.point,
                value=end.evaluation.value,
                log_likelihood=end.evaluation.log_likelihood,
                change=end.change,
                distance=end.distance,
                converged=end.converged,
            )
            return found, end.information
        patient = _EM_SHARE * tolerance, min(_PATIENCE, counter.left)
        phi, information = _em(fit, end.evaluation.phi, *patient, np.float64, counter).point, None
    return _by_em(fit, phi, tolerance, counter), None


def _middle(fit: Fit, phi: Floats, tolerance: float, counter: _Counter) -> tuple[Floats, Curvature]:
    """Uphill in float32 as far as its noise allows, and the information there."""
    here = fit.evaluation(fit.within_bounds(phi), np.float32)
    way = ascended(
        fit,
        here,
        _information(fit, here),
        tolerance=max(tolerance, _MIDDLE),
        noise=max(_NEAR, noise_distance(here.value, np.float32)),
        max_steps=counter.left,
        dtype=np.float32,
        progress=counter.tell_of_ascent,
    )
    counter.done += way.n_steps + 1
    return way.evaluation.phi, way.information


def _information(fit: Fit, here: Evaluation) -> Curvature:
    """Complete less missing information; of the missing as much as leaves it positive definite."""
    complete = complete_information(fit, here)
    complete = complete + 1e-9 * sparse.diags(complete.diagonal() + 1.0)
    if fit.space.n_parameters > _DENSE:
        return SparseCurvature(complete=complete.tocsr(), missing=missing_factor(fit, here.phi))
    n_persons = max(_ROUGH_PERSONS // 2, _PERSONS_PER_PARAMETER * fit.space.n_parameters)
    some = fit.thinned(max(fit.n_persons // n_persons, 1))
    missing = missing_information(some, here.phi) * (fit.total / some.total)
    matrix = complete.toarray()
    for _ in range(20):
        try:
            np.linalg.cholesky(matrix - missing)
        except np.linalg.LinAlgError:
            missing *= 0.5
        else:
            return DenseCurvature(matrix - missing)
    return DenseCurvature(matrix)


def _by_em(fit: Fit, phi: Floats, tolerance: float, counter: _Counter) -> _Found:
    """EM to the end: first in float32, then in float64."""
    rough = _em(fit, phi, max(_EM_SHARE * tolerance, _MIDDLE), counter.left, np.float32, counter)
    end = _em(fit, rough.point, _EM_SHARE * tolerance, counter.left, np.float64, counter)
    here = fit.evaluation(end.point)
    counter.done += 1
    return _Found(
        phi=end.point,
        value=here.value,
        log_likelihood=here.log_likelihood,
        change=end.change,
        distance=float("nan"),
        converged=end.converged,
    )


def _em(
    fit: Fit,
    start: Floats,
    tolerance: float,
    max_steps: int,
    dtype: DTypeLike,
    counter: _Counter,
    inner_steps: int = INNER_STEPS,
) -> FixedPoint:
    """EM with squared extrapolation."""

    def step(phi: Floats) -> tuple[Floats, float]:
        here = fit.evaluation(phi, dtype)
        return em_step(fit, here, inner_steps), here.value

    found = accelerated(
        step,
        fit.feasible,
        fit.within_bounds(start),
        tolerance=tolerance,
        max_steps=max_steps,
        slack=_SLACK[np.dtype(dtype)],
        progress=counter.tell,
    )
    counter.done += found.n_steps
    return found
