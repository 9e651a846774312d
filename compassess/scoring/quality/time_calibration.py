"""Calibration of the lognormal model of response times by marginal maximum likelihood.

The model is a factor model with one factor whose loadings are all −1 (see ``lognormal``), so that the E-step
is a posterior N(m, v) of every person's speed in closed form, and the M-step consists of means:

    v = 1 / (Σ α_i² + 1 / σ²),     m = v Σ α_i² (β_i − y_i)                       sums over the person's times
    β_i = mean(y_i + m),   1 / α_i² = mean((y_i + m − β_i)² + v),   σ² = mean(m² + v)    means over persons

Steps are extrapolated by SQUAREM; none makes the likelihood lower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.estimation.squarem import accelerated
from compassess.scoring.quality.lognormal import TimeModel
from compassess.scoring.quality.seconds import checked_seconds

__all__ = ["TIME_ITEM_STATUSES", "TimeCalibration", "calibrate_times"]

Floats = NDArray[np.float64]

_FEWEST: Final = 2  # times that tell a variance at all
_FEW: Final = 50  # below it 1 / α errs by more than 10 % (its relative SE is 1 / √(2 n))
_SMALLEST_SD: Final = 1e-3  # of log seconds, 0.1 % of a time: clocks and people are not that exact

#: Every status of an item of a calibration of times.
TIME_ITEM_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_parameters": "fewer than two times: α and β are NaN.",
        "at_bound": "its times follow the speeds without any error: α stopped at 1000.",
        "few_times": "fewer than 50 times: 1 / α errs by more than 10 %.",
        "ok": "nothing found.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeCalibration:
    """The answer of :func:`calibrate_times`; ``item_status`` by item, of :data:`TIME_ITEM_STATUSES`."""

    model: TimeModel
    item_status: tuple[str, ...]
    log_likelihood: float
    n_persons: int
    n_steps: int
    converged: bool
    status: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """Log times with 0 where there is none, and where there is one, (n_persons, n_items)."""

    log_times: Floats
    taken: Floats


def calibrate_times(
    times: ArrayLike,
    items: Sequence[str] | None = None,
    *,
    tolerance: float = 1e-7,
    max_steps: int = 2000,
    progress: Callable[[int, float, float], None] | None = None,
) -> TimeCalibration:
    """α, β and σ of the lognormal model from a table of times, with holes.

    The marginal log-likelihood of a person, sums over the n times,

        Σ ln α_i − (n / 2) ln 2π − ½ ln(σ² P) − ½ (Σ α_i² r_i² − (Σ α_i² r_i)² / P),   r_i = β_i − y_i

    with P = Σ α_i² + 1 / σ², is maximised; the mean of τ is 0. Missing times add nothing.

    Parameters
    ----------
    times : seconds, (n_persons, n_items); NaN where there is none.
    items : names, by default item_1, item_2, ….
    tolerance : converged when an EM step moves no β, ln α and ln σ by more.

    Limits: persons without a time count for nothing; an item with fewer than two has no parameters. With one
    time a person α and σ cannot be told apart. The likelihood leaves out a time's 1 / t, which is constant.

    Raises
    ------
    InputError : times that are not positive; another number of names; nobody with two times.

    References
    ----------
    van der Linden (2006), Journal of Educational and Behavioral Statistics 31 (the model, there by MCMC);
    Glas & van der Linden (2010), British Journal of Mathematical and Statistical Psychology 63 (marginal
    ML); Rubin & Thayer (1982), Psychometrika 47 (EM of a factor model).
    """
    seconds = checked_seconds(times)
    names = tuple(items) if items is not None else tuple(f"item_{j + 1}" for j in range(seconds.shape[1]))
    taken = np.isfinite(seconds)
    _refuse(names, taken)
    used = taken.sum(axis=0) >= _FEWEST
    kept = taken[:, used].any(axis=1)
    inside = taken[np.ix_(kept, used)]
    logs = np.where(inside, np.log(np.where(inside, seconds[np.ix_(kept, used)], 1.0)), 0.0)
    data = _Data(log_times=logs, taken=inside.astype(np.float64))
    ended = accelerated(
        lambda point: _step(data, point),
        lambda point: bool(np.all(np.isfinite(point)) and np.all(np.abs(point) < 50)),
        _start(data),
        tolerance=tolerance,
        max_steps=max_steps,
        progress=progress,
    )
    beta, log_alpha, log_sd = _parts(ended.point)
    alpha_of, beta_of = np.full((2, len(names)), np.nan)
    alpha_of[used], beta_of[used] = np.exp(log_alpha), beta
    return TimeCalibration(
        model=TimeModel.create(names, alpha_of, beta_of, speed_sd=float(np.exp(log_sd))),
        item_status=_item_statuses(taken.sum(axis=0), alpha_of),
        log_likelihood=_step(data, ended.point)[1],
        n_persons=int(kept.sum()),
        n_steps=ended.n_steps,
        converged=ended.converged,
        status="Converged."
        if ended.converged
        else f"Not converged after {ended.n_steps} steps, the last of which moved by {ended.change:.2g}. "
        "Raise max_steps.",
    )


def _step(data: _Data, point: Floats) -> tuple[Floats, float]:
    """One step of EM, and the log-likelihood before it."""
    beta, log_alpha, log_sd = _parts(point)
    weight = np.exp(2 * log_alpha)
    precision = data.taken @ weight + np.exp(-2 * log_sd)
    early = (beta - data.log_times) * data.taken
    pull = early @ weight
    mean, variance = pull / precision, 1.0 / precision
    value = (
        (data.taken @ (log_alpha - 0.5 * np.log(2 * np.pi))).sum()
        - 0.5 * (2 * log_sd + np.log(precision)).sum()
        - 0.5 * ((early**2 @ weight) - pull**2 / precision).sum()
    )
    n = data.taken.sum(axis=0)
    around = (data.log_times + mean[:, None]) * data.taken
    centre = around.sum(axis=0) / n
    spread = ((around - centre) ** 2 * data.taken).sum(axis=0) + variance @ data.taken
    log_alpha = -0.5 * np.log(np.maximum(spread / n, _SMALLEST_SD**2))
    speed = 0.5 * np.log(np.maximum((mean**2 + variance).mean(), _SMALLEST_SD**2))
    return np.concatenate([centre, log_alpha, [speed]]), float(value)


def _start(data: _Data) -> Floats:
    """β the item's mean log time; α and σ from what is left when items' means are taken away."""
    n = data.taken.sum(axis=0)
    beta = data.log_times.sum(axis=0) / n
    late = (data.log_times - beta) * data.taken
    speed = -late.sum(axis=1) / data.taken.sum(axis=1)
    left = (late + speed[:, None]) * data.taken
    sd = np.sqrt(np.maximum((left**2).sum(axis=0) / n, _SMALLEST_SD**2))
    return np.concatenate([beta, -np.log(sd), [np.log(max(float(speed.std()), 10 * _SMALLEST_SD))]])


def _parts(point: Floats) -> tuple[Floats, Floats, float]:
    n_items = (point.size - 1) // 2
    return point[:n_items], point[n_items:-1], float(point[-1])


def _item_statuses(n_times: NDArray[np.int64], alpha: Floats) -> tuple[str, ...]:
    found = np.where(n_times < _FEW, "few_times", "ok").astype(object)
    found[alpha >= (1 - 1e-9) / _SMALLEST_SD] = "at_bound"
    found[np.isnan(alpha)] = "no_parameters"
    return tuple(found.tolist())


def _refuse(names: tuple[str, ...], taken: NDArray[np.bool_]) -> None:
    problems = []
    if len(names) != taken.shape[1]:
        problems.append(
            Problem(
                where="items", what="not a name a column", got=str(len(names)), expected=str(taken.shape[1])
            )
        )
    if not np.any(taken[:, taken.sum(axis=0) >= _FEWEST].sum(axis=1) >= 2):
        problems.append(
            Problem(
                where="times",
                what="nobody has two times on items that others took",
                expected="persons with several times: one tells speed and error not apart",
            )
        )
    raise_if_any(problems)
