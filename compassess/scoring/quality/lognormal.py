"""The lognormal model of response times: how fast a person works, and which times do not fit that speed.

Letters. t_i the time on item i in seconds, y_i = ln t_i; β_i the item's time intensity (log seconds), α_i its
discrimination (1 / log seconds), τ the person's speed (log seconds: at τ = ln 2 half the time):

    y_i ~ N(β_i − τ, 1 / α_i²),  independent given τ;      τ ~ N(0, σ²) in the population

Rule: the mean of τ is 0, which is what tells β from τ; the unit of τ is that of y, and so α needs no rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from compassess.errors import InputError, Problem, raise_if_any
from compassess.scoring.quality.seconds import checked_seconds

__all__ = ["TIME_STATUSES", "TimeFit", "TimeModel", "simulate_times", "time_fit"]

Floats = NDArray[np.float64]

#: Every status of a person's times with what it means.
TIME_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_times": "no time on an item of the model: there is no speed by ML, and with a prior it is 0.",
        "one_time": "a single time tells the speed and nothing of fit.",
        "ok": "nothing found.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeModel:
    """Known items of the lognormal model; make one with :meth:`create` or ``calibrate_times``.

    ``alpha`` and ``beta`` (n_items,), NaN for an item without parameters; ``speed_sd`` is σ. Read-only.
    """

    items: tuple[str, ...]
    alpha: Floats
    beta: Floats
    speed_sd: float

    @classmethod
    def create(
        cls, items: Sequence[str], alpha: ArrayLike, beta: ArrayLike, *, speed_sd: float = 1.0
    ) -> TimeModel:
        """Check the numbers and build a model.

        Raises
        ------
        InputError : with every fault: unequal lengths, α or σ that is not positive, β that is infinite.
        """
        a, b = np.array(alpha, dtype=np.float64), np.array(beta, dtype=np.float64)
        if not a.shape == b.shape == (len(items),):
            raise InputError(
                Problem(
                    where="items, alpha, beta",
                    what="unequal lengths",
                    got=f"{len(items)}, {a.shape}, {b.shape}",
                    expected="an entry of each for each item",
                )
            )
        problems = [
            Problem(
                where=f"item {items[j]!r}", what="its α is no discrimination", got=str(a[j]), expected="> 0"
            )
            for j in np.flatnonzero((a <= 0) | np.isinf(a)).tolist()
        ]
        problems += [
            Problem(where=f"item {items[j]!r}", what="its β is not finite", got=str(b[j]))
            for j in np.flatnonzero(np.isinf(b)).tolist()
        ]
        if not (speed_sd > 0 and np.isfinite(speed_sd)):
            problems.append(Problem(where="speed_sd", what="not an SD", got=str(speed_sd), expected="> 0"))
        raise_if_any(problems)
        a.flags.writeable = b.flags.writeable = False
        return cls(items=tuple(items), alpha=a, beta=b, speed_sd=float(speed_sd))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeFit:
    """The answer of :func:`time_fit`.

    Attributes
    ----------
    tau, se : speed and its standard error, (n_persons,); NaN without a time.
    z : residuals at the estimate, (n_persons, n_items); negative is faster than expected.
    predictive_z : each time against what the person's *other* times predict, (n_persons, n_items).
    statistic, degrees, p_value : of the person's fit as a whole, (n_persons,).
    n_times : times on items of the model.
    status : by person, of :data:`TIME_STATUSES`.
    """

    tau: Floats
    se: Floats
    z: Floats
    predictive_z: Floats
    statistic: Floats
    degrees: NDArray[np.int64]
    p_value: Floats
    n_times: NDArray[np.int64]
    status: tuple[str, ...]


def time_fit(times: ArrayLike, model: TimeModel, *, method: str = "ML") -> TimeFit:
    """Speed, residuals and fit of every person under known items.

    ::

        τ̂ = Σ α_i² (β_i − y_i) / P,     P = Σ α_i²  ("ML")   or   Σ α_i² + 1 / σ²  ("EAP", which is the MAP),
        SE = 1 / √P
        z_i = α_i (y_i − β_i + τ̂)
        z_(i) = z_i / √(1 − α_i² / P)          y_i less its prediction without it, over the SD of that
        X² = Σ z_i² at the ML estimate  ~  χ²(n − 1)

    Parameters
    ----------
    times : seconds, (n_persons, n_items of the model), in its order; NaN where there is none.

    Limits: under the model z_(i) is N(0, 1) and X² is χ²(n − 1) exactly, whatever the speed, by ML; with the
    prior z_(i) is so over the population. z_i alone varies less than 1. One time: X² and z_(i) by ML are NaN.

    Raises
    ------
    InputError : an unknown method; times that are not positive, or of another number of items.

    References
    ----------
    van der Linden (2006), Journal of Educational and Behavioral Statistics 31, 181-204, eq. 1-4, 24; van der
    Linden & Guo (2008), Psychometrika 73, 365-384 (predictive residuals); Marianti, Fox, Avetisyan,
    Veldkamp & Tijmstra (2014), Journal of Educational and Behavioral Statistics 39 (X²).
    """
    _refuse_method(method)
    seconds = checked_seconds(times, len(model.items))
    counted = np.isfinite(seconds) & np.isfinite(model.alpha) & np.isfinite(model.beta)
    weight = np.where(counted, model.alpha**2, 0.0)
    late = np.where(counted, np.log(np.where(counted, seconds, 1.0)) - model.beta, 0.0)
    n_times, about_items = counted.sum(axis=1), weight.sum(axis=1)
    precision = about_items + (1 / model.speed_sd**2 if method == "EAP" else 0.0)
    tau = _divided(-(weight * late).sum(axis=1), precision)
    residual = np.where(counted, model.alpha * (late + tau[:, None]), np.nan)
    left = 1.0 - weight / np.where(precision > 0, precision, np.nan)[:, None]
    alone = (n_times <= 1) & (method == "ML")
    predictive = np.where(alone[:, None], np.nan, residual / np.sqrt(np.where(left > 0, left, np.nan)))
    speed = _divided(-(weight * late).sum(axis=1), about_items)
    around = weight * (late + np.where(n_times > 0, speed, 0.0)[:, None]) ** 2
    degrees = np.maximum(n_times - 1, 0)
    statistic = np.where(degrees > 0, around.sum(axis=1), np.nan)
    return TimeFit(
        tau=tau,
        se=np.sqrt(_divided(np.ones_like(precision), precision)),
        z=residual,
        predictive_z=predictive,
        statistic=statistic,
        degrees=degrees,
        p_value=chdtrc(np.where(degrees > 0, degrees, np.nan), statistic),
        n_times=n_times,
        status=tuple(np.array(["no_times", "one_time", "ok"])[np.minimum(n_times, 2)].tolist()),
    )


def simulate_times(model: TimeModel, speed: ArrayLike, *, seed: int) -> Floats:
    """Times of persons of these speeds τ on every item, in seconds, (n_persons, n_items).

    t_i = exp(β_i − τ + ε_i / α_i), ε ~ N(0, 1); NaN for items without parameters.
    """
    tau = np.asarray(speed, dtype=np.float64)
    noise = np.random.default_rng(seed).standard_normal((tau.size, len(model.items)))
    return np.asarray(np.exp(model.beta - tau[:, None] + noise / model.alpha))


def _refuse_method(method: str) -> None:
    if method not in ("ML", "EAP"):
        raise InputError(
            Problem(where="method", what="unknown method", got=repr(method), expected="'ML' or 'EAP'")
        )


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
