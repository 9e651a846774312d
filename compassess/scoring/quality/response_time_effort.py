"""Response-time effort: the share of items on which a person took the time that reading them takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.scoring.quality.seconds import checked_seconds

__all__ = ["ResponseTimeEffort", "normative_thresholds", "response_time_effort"]

Floats = NDArray[np.float64]

NORMATIVE_SHARE: Final = 0.10  # Wise & Ma's NT10
NORMATIVE_CAP: Final = 10.0  # seconds: whoever took longer has read the item, however long others take


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseTimeEffort:
    """The answer of :func:`response_time_effort`.

    Attributes
    ----------
    index : RTE, (n_persons,); NaN without a time that has a threshold.
    n_times, n_rapid : times that have a threshold, and those below it, (n_persons,).
    rapid : which answers were faster than their threshold, (n_persons, n_items).
    thresholds : seconds, (n_items,).
    """

    index: Floats
    n_times: NDArray[np.int64]
    n_rapid: NDArray[np.int64]
    rapid: NDArray[np.bool_]
    thresholds: Floats


def normative_thresholds(
    times: ArrayLike, *, share: float = NORMATIVE_SHARE, cap: float = NORMATIVE_CAP
) -> Floats:
    """Thresholds min(share × mean time of the item, cap), in seconds, (n_items,); by default NT10.

    Domain: 0 < share < 1, cap > 0. NaN for an item without a time.

    Raises
    ------
    InputError : a share or a cap outside its domain; times as in :func:`response_time_effort`.

    References
    ----------
    Wise & Ma (2012), Setting response time thresholds for a CAT item pool: the normative threshold method
    (NCME, Vancouver).
    """
    problems = []
    if not 0 < share < 1:
        problems.append(
            Problem(
                where="share", what="not a share of the mean time", got=str(share), expected="0 < share < 1"
            )
        )
    if not cap > 0:
        problems.append(Problem(where="cap", what="not a time", got=str(cap), expected="seconds above 0"))
    raise_if_any(problems)
    seconds = checked_seconds(times)
    n = np.isfinite(seconds).sum(axis=0)
    mean = np.divide(np.nansum(seconds, axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    return np.minimum(share * mean, cap)


def response_time_effort(times: ArrayLike, thresholds: ArrayLike) -> ResponseTimeEffort:
    """RTE of every person.

    ::

        SB_i = 1 where t_i ≥ T_i, else 0        RTE = Σ SB_i / k

    Parameters
    ----------
    times : seconds, (n_persons, n_items); NaN where there is none.
    thresholds : T_i in seconds, (n_items,) or one for all items; NaN for items that do not count.

    Limits: 1 where every answer took its time, 0 where none did. A person with k times has one of k + 1
    values, so that below 10 times a single rapid answer is below .90.

    Raises
    ------
    InputError : times that are not positive; thresholds that are not positive, or not one an item.

    References
    ----------
    Wise & Kong (2005), Applied Measurement in Education 18, 163-183, eq. 1-2; .90 as the limit of
    sufficient effort is theirs.
    """
    seconds = checked_seconds(times)
    limits = np.array(thresholds, dtype=np.float64)
    limits = np.full(seconds.shape[1], float(limits)) if limits.ndim == 0 else limits
    _refuse_thresholds(limits, seconds.shape[1])
    counted = np.isfinite(seconds) & np.isfinite(limits)
    rapid = counted & (seconds < limits)
    n_times, n_rapid = counted.sum(axis=1), rapid.sum(axis=1)
    index = np.divide(n_times - n_rapid, n_times, out=np.full(n_times.shape, np.nan), where=n_times > 0)
    return ResponseTimeEffort(index=index, n_times=n_times, n_rapid=n_rapid, rapid=rapid, thresholds=limits)


def _refuse_thresholds(limits: Floats, n_items: int) -> None:
    if limits.shape != (n_items,):
        raise InputError(
            Problem(
                where="thresholds", what="not one an item", got=str(limits.shape), expected=f"({n_items},)"
            )
        )
    raise_if_any(
        [
            Problem(
                where=f"thresholds[{item}]",
                what="not a time",
                got=str(limits[item]),
                expected="seconds above 0",
            )
            for item in np.flatnonzero(~np.isnan(limits) & ~((limits > 0) & np.isfinite(limits))).tolist()
        ]
    )
