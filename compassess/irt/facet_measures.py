r"""What many-facet ratings tell: how severe raters are, how hard tasks, and where the thresholds lie.

A calibration of ratings holds for each column b_k = δ_task + ρ_rater + τ_k. Under Σ ρ = 0 and Σ_k τ_k = 0 for
every owner of thresholds this is solved for the measures, a linear map of b; their covariance is that
map's of the covariance of b.

References
----------
Linacre (1989), Many-Facet Rasch Measurement, ch. 5; Wright & Masters (1982), Rating Scale Analysis, p.
105-106 (separation reliability).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from compassess.errors import InputError, Problem
from compassess.irt.calibration import Calibration
from compassess.irt.models import MODELS
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FacetMeasures", "Measures", "facet_measures"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measures:
    """Values in logits with their standard errors (NaN without a covariance) and covariance."""

    names: tuple[str, ...]
    value: Floats
    standard_error: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacetMeasures:
    """The answer of :func:`facet_measures`.

    Attributes
    ----------
    tasks : difficulty δ of each task: the θ at which a rater of average severity gives the lowest and the
        highest category alike.
    raters : severity ρ of each rater, with mean 0; a severe rater asks for more θ.
    thresholds : τ, named "owner: b1" …, with mean 0 for each owner (a task, a rater, or "all").
    separation : share of the variance of observed severities that is not error, (Var ρ − mean SE²) /
    Var ρ, at least 0: near 0 when raters are exchangeable, near 1 when they surely differ.
    chi_square, df, p_value : Wald test of equal severities.
    """

    tasks: Measures
    raters: Measures
    thresholds: Measures
    separation: float
    chi_square: float
    df: int
    p_value: float

    def to_frame(self) -> pd.DataFrame:
        """A row a measure: facet, name, value, standard_error."""
        parts = {"task": self.tasks, "rater": self.raters, "threshold": self.thresholds}
        return frame(
            {
                "facet": [facet for facet, part in parts.items() for _ in part.names],
                "name": [name for part in parts.values() for name in part.names],
                "value": np.concatenate([part.value for part in parts.values()]),
                "standard_error": np.concatenate([part.standard_error for part in parts.values()]),
            }
        )


def facet_measures(calibration: Calibration, facets: Mapping[str, tuple[str, str]]) -> FacetMeasures:
    """Measures of tasks and raters from a calibration of ratings.

    Parameters
    ----------
    calibration : by MFRM, MFRM-task or MFRM-rater.
    facets : as handed to :func:`compassess.irt.calibrate`.

    Raises
    ------
    InputError : no rating among the items.
    """
    items = calibration.items
    columns = [row for row, name in enumerate(items.ids) if name in facets and items.usable[row]]
    if not columns:
        raise InputError(
            Problem(
                where="facets", what="none of the calibrated items is a rating", got=", ".join(items.ids[:5])
            )
        )
    entries, owners = [], {}
    for row in columns:
        task, rater = facets[items.ids[row]]
        kind = MODELS[items.models[row]].thresholds_of
        owner = {"task": task, "rater": rater, "all": "all"}[kind]
        steps = (np.flatnonzero(np.isfinite(items.b[row])) + 1).tolist()
        owners[owner] = steps
        entries += [(row, step, task, rater, owner) for step in steps]
    tasks = list(dict.fromkeys(entry[2] for entry in entries))
    raters = list(dict.fromkeys(entry[3] for entry in entries))
    taus = [(owner, step) for owner, steps in owners.items() for step in steps]
    place = {name: at for at, name in enumerate([*(("t", t) for t in tasks), *(("r", r) for r in raters)])}
    place_tau = {name: len(place) + at for at, name in enumerate(taus)}
    matrix = np.zeros((len(entries) + 1 + len(owners), len(place) + len(taus)))
    for line, (_, step, task, rater, owner) in enumerate(entries):
        matrix[line, [place["t", task], place["r", rater], place_tau[owner, step]]] = 1.0
    matrix[len(entries), [place["r", rater] for rater in raters]] = 1.0
    for line, (owner, steps) in enumerate(owners.items(), start=len(entries) + 1):
        matrix[line, [place_tau[owner, step] for step in steps]] = 1.0
    solve = np.linalg.pinv(matrix)[:, : len(entries)]
    value = solve @ np.array([items.b[row, step - 1] for row, step, *_ in entries])
    covariance = solve @ _covariance(calibration, [(row, step) for row, step, *_ in entries]) @ solve.T
    ends = np.cumsum([len(tasks), len(raters)])
    names = (tuple(tasks), tuple(raters), tuple(f"{owner}: b{step}" for owner, step in taus))
    parts = [
        Measures(
            names=called,
            value=value[part],
            standard_error=np.sqrt(np.maximum(np.diag(covariance)[part], 0.0)),
            covariance=covariance[part, part],
        )
        for called, part in zip(
            names, (slice(0, ends[0]), slice(ends[0], ends[1]), slice(ends[1], None)), strict=True
        )
    ]
    severity = parts[1]
    df = max(len(raters) - 1, 0)
    known = bool(np.isfinite(severity.covariance).all())
    wald = float(severity.value @ np.linalg.pinv(severity.covariance) @ severity.value) if known else np.nan
    return FacetMeasures(
        tasks=parts[0],
        raters=severity,
        thresholds=parts[2],
        separation=_separation(severity),
        chi_square=wald,
        df=df,
        p_value=float(chi2.sf(wald, df)) if df else float("nan"),
    )


def _separation(severity: Measures) -> float:
    if severity.value.size < 2:
        return float("nan")
    observed = float(severity.value.var(ddof=1))
    error = float(np.mean(severity.standard_error**2))
    return float("nan") if np.isnan(error) else max(observed - error, 0.0) / observed


def _covariance(calibration: Calibration, places: list[tuple[int, int]]) -> Floats:
    """Of thresholds (row of the items, step); NaN without standard errors."""
    known = calibration.covariance
    if known is None:
        return np.full((len(places), len(places)), np.nan)
    ids = calibration.items.ids
    at = {name: row for row, name in enumerate(known.names)}
    mine = [at[ids[row], f"b{step}", ""] for row, step in places]
    return np.asarray(known.matrix[np.ix_(mine, mine)])
