"""Fit of a whole calibration by margins of one and two items: M2, M2*, C2, RMSEA, SRMSR, TLI, CFI."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from compassess.errors import Problem, raise_if_any
from compassess.irt.ability import refuse_strangers
from compassess.irt.fit.margins import Margins, expected_margins, observed_margins
from compassess.irt.fit.node_curves import NodeCurves, independent_curves, node_curves
from compassess.irt.items import Items
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.responses import MISSING, Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MODEL_FIT_STATUSES", "ModelFit", "model_fit"]

Floats = NDArray[np.float64]

#: Every status of a fit by margins with what it means and what to do.
MODEL_FIT_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_degrees_of_freedom": "the model has as many parameters as there are margins: nothing can be "
        "tested. Take C2 in the place of M2*, more items, or a model with fewer parameters.",
        "ok": "nothing found; what a value means is for the reader.",
    }
)

STATISTICS: Final = ("C2", "M2", "M2*")
_MOST_MARGINS: Final = 8000  # Ξ of so many takes half a gigabyte
_SINGULAR: Final = 1e-10  # of Ξ with a unit diagonal
_UNDETERMINED: Final = 1e-7  # of Δ in units of Ξ, columns of length 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelFit:
    """The answer of :func:`model_fit`.

    Attributes
    ----------
    statistic, value, df, p_value : of M2, M2* or C2.
    rmsea, rmsea_interval : misfit a degree of freedom, and its interval at ``level``.
    srmsr : the root of the mean square of the residual correlations.
    tli, cfi : the way from independent items to a perfect fit that the model has gone; ``null_value`` and
        ``null_df`` are the same statistic for independent items.
    n_complete : persons who answered all items, who alone are in it.
    status : what it means stands in :data:`compassess.irt.MODEL_FIT_STATUSES`.
    """

    statistic: str
    value: float
    df: int
    p_value: float
    rmsea: float
    rmsea_interval: tuple[float, float]
    level: float
    srmsr: float
    tli: float
    cfi: float
    null_value: float
    null_df: int
    n_complete: int
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        low, high = self.rmsea_interval
        return frame(
            {
                "statistic": [self.statistic],
                "value": [self.value],
                "df": [self.df],
                "p_value": [self.p_value],
                "rmsea": [self.rmsea],
                "rmsea_low": [low],
                "rmsea_high": [high],
                "srmsr": [self.srmsr],
                "tli": [self.tli],
                "cfi": [self.cfi],
                "n_complete": [self.n_complete],
                "status": [self.status],
            }
        )


def model_fit(
    responses: Responses,
    items: Items,
    *,
    statistic: str = "C2",
    population: Population | None = None,
    fixed: Collection[str] = (),
    known_loadings: bool = False,
    level: float = 0.90,
) -> ModelFit:
    """Observed against expected margins of one and two items, weighed by what the calibration left free.

    ::

        e = p̂ − π(φ̂),   value = N e′ [Ξ⁻¹ − Ξ⁻¹ Δ (Δ′ Ξ⁻¹ Δ)⁻¹ Δ′ Ξ⁻¹] e ~ χ²(rank Ξ − rank Δ)
        RMSEA = √(max(value − df, 0) / ((N − 1) df))
        TLI = (value₀ / df₀ − value / df) / (value₀ / df₀ − 1),   CFI = 1 − (value − df) / (value₀ − df₀)

    Ξ is the covariance of a person's margins under the model, Δ = ∂π / ∂φ. "M2*" has E x_i and E x_i x_j as
    margins, "C2" the categories of every item and E x_i x_j; for 0/1 items both are M2.

    Parameters
    ----------
    responses : those that ``items`` were calibrated on; only who answered all items counts.
    statistic : "C2", "M2*", or "M2" where all items have two categories.
    fixed : ids of items whose parameters were known, and not estimated; mean and variance of their blocks
        were free then.
    known_loadings : whether λ were given to the calibration. By default they were estimated.
    level : of the interval of RMSEA; .90 is the custom.

    Limits: free is what :func:`compassess.irt.calibrate` frees by default; parameters tied by ``equal`` are
    counted as free each, and with priors the value is not exactly χ². With more than three dimensions the
    expectations are over 8,192 points of Sobol's, which moves M2 by less than its standard deviation up to
    some 100,000 persons. Memory is that of Ξ, (n_margins, n_margins): 126 items of 0/1.

    Raises
    ------
    InputError : no column in common, fewer than two items; an unknown statistic; M2 of items with more
        categories; nobody who answered all items; more than 8,000 margins; unknown ids in ``fixed``.

    References
    ----------
    Maydeu-Olivares & Joe (2005), Journal of the American Statistical Association 100, eq. 9-12; Cai & Hansen
    (2013), British Journal of Mathematical and Statistical Psychology 66; Cai & Monroe (2014), CRESST report
    839; Maydeu-Olivares & Joe (2014), Multivariate Behavioral Research 49 (RMSEA, SRMSR); Cai, Chung & Lee
    (2021), Prevention Science 24 (TLI, CFI).
    """
    own, codes = _complete(responses, items, statistic, fixed, level)
    people = items.population if population is None else population
    by_category = statistic == "C2"
    curves = node_curves(own, people, fixed=fixed, known_loadings=known_loadings)
    model = expected_margins(curves, by_category)
    counts = [len(p) for p in curves.p]
    observed = observed_margins(codes, counts, by_category)
    n = len(codes)
    value, df = _statistic(observed, model, n)
    shares = [np.bincount(codes[:, i], minlength=k) / n for i, k in enumerate(counts)]
    null_value, null_df = _statistic(observed, expected_margins(independent_curves(shares), by_category), n)
    testable = df > 0
    low, high = _interval(value, df, n, level) if testable else (np.nan, np.nan)
    ratio, null_ratio = value / df if testable else np.nan, null_value / max(null_df, 1)
    return ModelFit(
        statistic=statistic,
        value=value if testable else np.nan,
        df=df,
        p_value=float(chi2.sf(value, df)) if testable else np.nan,
        rmsea=float(np.sqrt(max(ratio - 1.0, 0.0) / (n - 1))) if testable else np.nan,
        rmsea_interval=(low, high),
        level=level,
        srmsr=_srmsr(codes, curves, model),
        tli=float((null_ratio - ratio) / (null_ratio - 1.0)),
        cfi=float(np.clip(1.0 - (value - df) / (null_value - null_df), 0.0, 1.0)) if testable else np.nan,
        null_value=null_value,
        null_df=null_df,
        n_complete=n,
        status="ok" if testable else "no_degrees_of_freedom",
    )


def _complete(
    responses: Responses, items: Items, statistic: str, fixed: Collection[str], level: float
) -> tuple[Items, NDArray[np.intp]]:
    """Items with parameters and answers, and the scored categories of who answered all of them."""
    refuse_strangers(responses, items)
    known = [
        name
        for name, usable in zip(items.ids, items.usable, strict=True)
        if usable and name in responses.items
    ]
    problems = []
    if statistic not in STATISTICS:
        problems.append(
            Problem(
                where="statistic",
                what="unknown statistic",
                got=repr(statistic),
                expected="one of " + ", ".join(STATISTICS),
            )
        )
    if not 0.0 < level < 1.0:
        problems.append(
            Problem(where="level", what="no level", got=repr(level), expected="a number between 0 and 1")
        )
    problems += [
        Problem(where="fixed", what="no such item", got=repr(name)) for name in fixed if name not in items.ids
    ]
    if len(known) < 2:
        problems.append(
            Problem(
                where="items",
                what="margins of two items need two items with parameters",
                got=str(len(known)),
            )
        )
    raise_if_any(problems)
    Measurement.create(items).design(responses)  # refuses codes beyond the categories
    own = items.select(known)
    mapped = own.category_map()
    many = mapped.max(axis=1) + 1
    n_margins = (
        int((many - 1).sum() if statistic == "C2" else len(known)) + len(known) * (len(known) - 1) // 2
    )
    if statistic == "M2" and (many > 2).any():
        problems.append(
            Problem(
                where="statistic",
                what="M2 is for items with two categories; take C2, or M2*",
                got=f"{int(many.max())} categories of {known[int(many.argmax())]!r}",
            )
        )
    if n_margins > _MOST_MARGINS:
        problems.append(
            Problem(
                where="items",
                what="too many margins: test a block, or a selection of items, at a time",
                got=f"{n_margins} margins of {len(known)} items",
                expected=f"at most {_MOST_MARGINS}",
            )
        )
    codes = np.array(responses.codes(known), dtype=np.intp)
    codes = codes[(codes != MISSING).all(axis=1)]
    if len(codes) < 2:
        problems.append(
            Problem(
                where="responses",
                what="margins need persons who answered all items; select items that were given together",
                got=f"{len(codes)} of {responses.n_persons}",
                expected="2 or more",
            )
        )
    raise_if_any(problems)
    return own, np.take_along_axis(mapped.T, codes, axis=0)


def _statistic(observed: Floats, expected: Margins, n: int) -> tuple[float, int]:
    """N times the squared length of e beside the tangents, in units of Ξ, and how many directions it has."""
    sd = np.sqrt(np.diag(expected.covariance))
    there = sd > 0
    sd = sd[there]
    both = np.column_stack([observed - expected.mean, expected.slopes])[there] / sd[:, None]
    rank, both = _in_units(expected.covariance[np.ix_(there, there)] / np.outer(sd, sd), both)
    error, tangents = both[:, 0], both[:, 1:]
    length = np.linalg.norm(tangents, axis=0)
    left, singular, _ = np.linalg.svd(tangents / np.where(length > 0, length, 1.0), full_matrices=False)
    left = left[:, singular > _UNDETERMINED]
    rest = error - left @ (left.T @ error)
    return float(n * rest @ rest), rank - left.shape[1]


def _in_units(covariance: Floats, columns: Floats) -> tuple[int, Floats]:
    """Columns whose squared length is c′ Ξ⁻ c, and the rank of Ξ: by Cholesky, or eigenvalues."""
    try:
        lower = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        lower = None
    if lower is not None and np.diag(lower).min() ** 2 > _SINGULAR:
        return len(covariance), np.asarray(solve_triangular(lower, columns, lower=True))
    values, vectors = np.linalg.eigh(covariance)
    kept = values > _SINGULAR * values[-1]
    return int(kept.sum()), (vectors[:, kept] / np.sqrt(values[kept])).T @ columns


def _interval(value: float, df: int, n: int, level: float) -> tuple[float, float]:
    """RMSEA at the noncentralities under which ``value`` is at the ends of the level."""
    ends = []
    for p in (0.5 + level / 2, 0.5 - level / 2):
        if chi2.cdf(value, df) <= p:
            ends.append(0.0)
            continue
        top = max(value, 1.0)
        while ncx2.cdf(value, df, top) > p:
            top *= 2.0
        ends.append(float(brentq(lambda size, p=p: ncx2.cdf(value, df, size) - p, 0.0, top)))
    low, high = (float(np.sqrt(size / (df * (n - 1)))) for size in ends)
    return low, high


def _srmsr(codes: NDArray[np.intp], curves: NodeCurves, model: Margins) -> float:
    first = np.array([np.arange(len(p)) @ p @ curves.weights for p in curves.p])
    second = np.array([np.arange(len(p)) ** 2 @ p @ curves.weights for p in curves.p])
    i, j = np.triu_indices(len(first), 1)
    covariance = model.mean[-i.size :] - first[i] * first[j]
    sd = np.sqrt(second - first**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.asarray(np.corrcoef(codes.T))[i, j] - covariance / (sd[i] * sd[j])
    return float(np.sqrt(np.nanmean(gap**2)))
