"""The borderline group method: the cut is the middle of those whom judges know to be at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.standards.centres import STATISTICS, centre, median_error
from compassess.scoring.standards.cut_scores import CutScores

__all__ = ["borderline_group"]

Floats = NDArray[np.float64]

_FEW: Final = 5  # persons from whom the error of a median can be told


def borderline_group(
    theta: ArrayLike,
    at_cut: ArrayLike,
    *,
    se: ArrayLike | None = None,
    statistic: str = "median",
    bands: Sequence[str] = (),
) -> CutScores:
    """cut_k = median (or mean) of θ̂ among the persons judged to be borderline at cut k.

    SE of the mean = S / √n; of the median by the distance of two order statistics
    (:func:`compassess.scoring.standards.centres.median_error`), whatever the distribution.

    Parameters
    ----------
    theta : estimates that do not shrink (WLE or ML), (n_persons,): EAP and MAP of a group lean towards the
        population's mean, and the cut with them.
    at_cut : (n_persons,), True for the borderline persons of a single cut; for several cuts 0, 1, … and −1
        for persons at none.
    se : standard errors of ``theta``, to tell what of the spread is measurement error. The error of the cut
        holds that part already, because it is in the scores; it does not hold that of the judgements.

    Returns
    -------
    CutScores with ``details``: ``n`` by cut, ``spread`` S, ``normal_standard_errors`` (√(π / 2) S / √n for
    the median) and with ``se`` the ``error_share`` of the variance that is error, mean se² / S², and
    ``true_spread`` √max(S² − mean se², 0).

    Raises
    ------
    InputError : an unknown statistic, lengths that differ, numbers that are no cuts, estimates or errors that
        are not finite, a cut with fewer than five persons; cuts that do not increase.

    References
    ----------
    Livingston & Zieky (1982), Passing Scores, ch. 3; Price & Bonett (2001) for the error.
    """
    scores = np.asarray(theta, dtype=np.float64)
    labels = np.asarray(at_cut)
    labels = np.where(labels, 0, -1) if labels.dtype == np.bool_ else labels
    errors = None if se is None else np.asarray(se, dtype=np.float64)
    groups = _groups(scores, labels, errors, statistic)
    n = np.array([rows.size for rows in groups])
    spread = np.array([scores[rows].std(ddof=1) for rows in groups])
    normal = spread / np.sqrt(n) * (1.0 if statistic == "mean" else np.sqrt(np.pi / 2))
    found = normal if statistic == "mean" else np.array([median_error(scores[rows]) for rows in groups])
    details: dict[str, object] = {"n": n, "spread": spread, "normal_standard_errors": normal}
    if errors is not None:
        noise = np.array([(errors[rows] ** 2).mean() for rows in groups])
        with np.errstate(divide="ignore", invalid="ignore"):  # a group without spread has no shares of it
            details["error_share"] = noise / spread**2
        details["true_spread"] = np.sqrt(np.maximum(spread**2 - noise, 0.0))
    return CutScores.create(
        method="borderline_group",
        cuts=[float(centre(scores[rows], statistic)) for rows in groups],
        covariance=np.diag(found**2),  # different persons at every cut
        bands=bands,
        n=int(n.sum()),
        n_of="persons",
        details=details,
    )


def _groups(
    scores: Floats, labels: NDArray[np.generic], se: Floats | None, statistic: str
) -> list[NDArray[np.intp]]:
    """The borderline persons of each cut; raises for every fault."""
    problems: list[Problem] = []
    groups: list[NDArray[np.intp]] = []
    if statistic not in STATISTICS:
        problems.append(
            Problem(where="statistic", what="unknown", got=repr(statistic), expected=" or ".join(STATISTICS))
        )
    shapes = {scores.shape, labels.shape, scores.shape if se is None else se.shape}
    if len(shapes) > 1 or scores.ndim != 1 or scores.size == 0:
        problems.append(
            Problem(where="theta, at_cut, se", what="one number for each person", got=str(sorted(shapes)))
        )
    elif not np.issubdtype(labels.dtype, np.integer) or int(labels.min()) < -1 or int(labels.max()) < 0:
        problems.append(
            Problem(
                where="at_cut",
                what="nobody is borderline, or these are not cuts",
                got=f"{labels.dtype}, {np.unique(labels)[:4].tolist()}",
                expected="True and False, or numbers of cuts from 0 and −1",
            )
        )
    else:
        groups = [np.flatnonzero(labels == k) for k in range(int(labels.max()) + 1)]
        problems += [one for k, rows in enumerate(groups, start=1) for one in _faults(k, rows, scores, se)]
    raise_if_any(problems)
    return groups


def _faults(cut: int, rows: NDArray[np.intp], scores: Floats, se: Floats | None) -> Iterator[Problem]:
    """A group too small to have a spread, or with numbers that are none."""
    if rows.size < _FEW:
        yield Problem(
            where=f"at_cut, cut {cut}",
            what="too few borderline persons",
            got=str(rows.size),
            expected=f"{_FEW} or more",
        )
    infinite = int((~np.isfinite(scores[rows])).sum())
    if infinite:
        yield Problem(
            where=f"theta, cut {cut}",
            what="estimates that are not finite",
            got=f"{infinite} of {rows.size}",
            remedy="Use WLE, which is finite for every answer, or leave these persons out.",
        )
    if se is not None and not np.all(np.isfinite(se[rows]) & (se[rows] >= 0)):
        yield Problem(where=f"se, cut {cut}", what="not standard errors", expected="finite numbers ≥ 0")
