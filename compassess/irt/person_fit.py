"""Person fit: whether a person's answers are as likely as the model expects answers at that θ to be.

Letters. P_k(θ) category probabilities of an item, f_k = (log P_k)′. Of the answers on one line (a dimension
of a person), each sum over its items,

    W = Σ (log P_x − Σ_k P_k log P_k)       the log-likelihood less its expectation
    S = Σ f_x                               the slope of the log-likelihood
    V = Σ Var log P,   C = Σ Cov(log P, f),   I = Σ Var f

with variances over the answers that could have been given. At the true θ, (W, S) has mean 0 and the
covariance (V, C; C, I). At an estimate W is biased and varies less; W − (C / I) S, what S does not tell of W,
is not.

Rule: nothing here changes a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.ability import Scores, refuse_strangers, score
from compassess.irt.cells import Answers, Curves, Sheet
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.items import Items
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIT_METHODS", "PERSON_FIT_STATUSES", "DimensionFit", "PersonFit", "person_fit"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Estimators that solve an equation in the slope of the log-likelihood, on which lz* rests.
FIT_METHODS: Final = ("WLE", "ML", "MAP", "Jeffreys")
#: Answers below which lz* is not taken to be normal: on fixed forms of 20 items it is nearly so.
FEW_ANSWERS: Final = 20
_NOTHING_LEFT: Final = (
    1e-10  # of V, beyond rounding: with equal items the log-likelihood follows from the sum
)
_NO_VARIANCE: Final = 1e-14  # of V: half right of equal items leaves the square of what θ errs by

#: Every status of a person's fit with what it means and what to do, the worst first.
PERSON_FIT_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_answers": "nothing was answered: lz and lz* are NaN.",
        "no_estimate": "no dimension has a finite estimate (all right or all wrong by ML): lz and lz* are "
        "NaN. Use WLE or MAP.",
        "no_variation": "the log-likelihood follows from the estimate (a single answer, or items that are "
        "all alike): lz* is NaN.",
        "partial": "some dimension that was answered has no finite estimate and is left out of the total.",
        "few_answers": "too few answers for a normal distribution of lz*: use resampled_person_fit.",
        "ok": "nothing found.",
    }
)
_RANK: Final = {name: rank for rank, name in enumerate(PERSON_FIT_STATUSES)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DimensionFit:
    """The fit of every dimension that has answers of its own, (n_persons, n_dimensions) each.

    A block where its competencies are it (λ = 1), else each competency. NaN where there is no estimate.
    """

    names: tuple[str, ...]
    theta: Floats
    n_answers: Counts
    lz: Floats
    lz_star: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonFit:
    """The answer of :func:`person_fit`; low values are misfit.

    Attributes
    ----------
    lz, lz_star : over all dimensions that have an estimate, (n_persons,).
    p_value : Φ(lz*), the chance of so low a value under the model, as far as lz* is normal.
    n_answers : answers that count, (n_persons,).
    status : by person; what each means stands in :data:`compassess.irt.PERSON_FIT_STATUSES`.
    dimensions : the same by dimension.
    """

    persons: tuple[str, ...] | None
    lz: Floats
    lz_star: Floats
    p_value: Floats
    n_answers: Counts
    status: tuple[str, ...]
    dimensions: DimensionFit

    def to_frame(self) -> pd.DataFrame:
        """A row a person: lz, lz_star, p_value, n_answers, status; by dimension where there are several."""
        columns: dict[str, object] = {} if self.persons is None else {"person": self.persons}
        columns |= {"lz": self.lz, "lz_star": self.lz_star, "p_value": self.p_value}
        columns |= {"n_answers": self.n_answers, "status": self.status}
        if len(self.dimensions.names) > 1:
            for j, name in enumerate(self.dimensions.names):
                columns[f"lz_{name}"] = self.dimensions.lz[:, j]
                columns[f"lz_star_{name}"] = self.dimensions.lz_star[:, j]
        return frame(columns)  # type: ignore[arg-type]


def person_fit(
    responses: Responses,
    items: Items,
    scores: Scores | None = None,
    *,
    method: str = "WLE",
    population: Population | None = None,
    few_answers: int = FEW_ANSWERS,
) -> PersonFit:
    """lz and lz* of every person, by dimension and over all of them.

    ::

        lz  = W / √V
        lz* = (W + c r₀) / √(V − C² / I),     c = C / I,   r₀ = −S at the estimate

    An estimator solves r₀(θ) + Σ_i Σ_k r_ik (x_ik − P_ik) = 0; for ML, WLE, Jeffreys and MAP r_ik = f_ik, so
    that the sum is S: r₀ is 0 for ML, J / (2 I) for WLE, I′ / (2 I) for Jeffreys, −K (θ − m) for MAP. Read
    off as −S it is exact for each of them, and for a MAP of several dimensions too. Given θ the dimensions'
    answers are independent, so that numerators and variances add up over dimensions.

    Parameters
    ----------
    responses : matched with ``items`` by name; missing cells add nothing.
    scores : of these persons and items, whatever made them; by default :func:`compassess.irt.score` by
        ``method``. At another estimate than those above (EAP) lz* is a statistic of Neyman's C(α): its
        distribution is the same for many answers.
    method : "WLE", "ML", "MAP" or "Jeffreys".
    population : replaces the items' own, as in ``score``.
    few_answers : fewer answers than this have the status ``few_answers``.

    Limits: lz at an estimate has a variance below 1 and is conservative; lz* is near N(0, 1) from 20 items of
    a fixed form on, with a longer lower tail; with fewer, or where items were chosen by the answers, use
    :func:`compassess.irt.resampled_person_fit`. Without a finite estimate, and where V − C² / I vanishes,
    NaN with a status. Nobody is no error: everything is (0, …).

    Raises
    ------
    InputError : an unknown method; scores of other persons or competencies; codes outside an item's
        categories; no column in common.

    References
    ----------
    Drasgow, Levine & Williams (1985), British Journal of Mathematical and Statistical Psychology 38, eq. 4-6
    (lz); Snijders (2001), Psychometrika 66, eq. 10-14, and Magis, Raîche & Béland (2012), Journal of
    Educational and Behavioral Statistics 37 (lz*); Sinharay (2016), Psychometrika 81 (polytomous items);
    Neyman (1959), C(α).
    """
    _refuse_method(method)
    refuse_strangers(responses, items)
    measurement = Measurement.create(items, population=population)
    measurement.design(responses)  # refuses codes beyond the items' categories
    known = score(responses, items, method, population=population) if scores is None else scores
    lattice = measurement.lattice
    theta = _theta_of_lines(known, lattice, responses.n_persons)
    sums = _sums(Sheet.of(responses, measurement), Curves(items, measurement.layout), theta)
    return _fit(sums, theta, responses.persons, _names(lattice), few_answers)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """W, S, V, C, I and the number of answers, (n_persons, n_dimensions) each."""

    deviation: Floats
    slope: Floats
    variance: Floats
    covariance: Floats
    information: Floats
    n_answers: Counts


def _sums(sheet: Sheet, curves: Curves, theta: Floats) -> _Sums:
    """The sums of every line at its θ; those of lines without a finite θ are NaN."""

    def chunk(persons: slice) -> Floats:
        at = theta[persons].ravel()
        sums = _line_sums(curves.answers(sheet, persons), np.where(np.isfinite(at), at, 0.0))
        sums[:, ~np.isfinite(at)] = np.nan
        return sums.reshape(5, *theta[persons].shape)

    parts = list(map_chunks(chunk, sheet.n_persons, chunk_size(sheet.floats_per_person)))
    deviation, slope, variance, covariance, information = np.concatenate(parts, axis=1)
    return _Sums(
        deviation=deviation,
        slope=slope,
        variance=variance,
        covariance=covariance,
        information=information,
        n_answers=np.diff(sheet.indicators.indptr).reshape(theta.shape).astype(np.int64),
    )


def _line_sums(answers: Answers, theta: Floats) -> Floats:
    """W, S, V, C and I by line, (5, n_lines)."""
    sums = np.zeros((5, answers.n_lines))
    for found in answers.categories(theta):
        p, own = np.exp(found.log_p), (np.arange(found.line.size), found.chosen)
        mean = (p * found.log_p).sum(axis=1)
        around = found.log_p - mean[:, None]
        added = (
            around[own],
            found.first[own],
            (p * around**2).sum(axis=1),
            (p * around * found.first).sum(axis=1),
            (p * found.first**2).sum(axis=1),
        )
        for row, cells in zip(sums, added, strict=True):
            row += np.bincount(found.line, cells, answers.n_lines)
    return sums


def _fit(
    sums: _Sums, theta: Floats, persons: tuple[str, ...] | None, names: tuple[str, ...], few_answers: int
) -> PersonFit:
    """Ratios by line and over lines, and what is to be said of them."""
    told = (sums.n_answers > 0) & np.isfinite(theta)
    share = _divided(sums.covariance, sums.information)
    cleared = sums.deviation - share * sums.slope
    left = sums.variance - share * sums.covariance
    left = np.where(left > _NOTHING_LEFT * sums.variance + _NO_VARIANCE, left, 0.0)
    lz, lz_star = (
        _divided(numerator, np.sqrt(variance))
        for numerator, variance in ((sums.deviation, sums.variance), (cleared, left))
    )
    total = [np.where(told, part, 0.0).sum(axis=1) for part in (sums.deviation, sums.variance, cleared, left)]
    total_lz, total_star = _divided(total[0], np.sqrt(total[1])), _divided(total[2], np.sqrt(total[3]))
    n_answers = np.where(told, sums.n_answers, 0).sum(axis=1)
    return PersonFit(
        persons=persons,
        lz=total_lz,
        lz_star=total_star,
        p_value=ndtr(total_star),
        n_answers=n_answers,
        status=_statuses(sums.n_answers > 0, told, total_star, n_answers, few_answers),
        dimensions=DimensionFit(
            names=names,
            theta=np.where(told, theta, np.nan),
            n_answers=sums.n_answers,
            lz=np.where(told, lz, np.nan),
            lz_star=np.where(told, lz_star, np.nan),
        ),
    )


def _statuses(
    answered: NDArray[np.bool_],
    told: NDArray[np.bool_],
    lz_star: Floats,
    n_answers: Counts,
    few_answers: int,
) -> tuple[str, ...]:
    found = {
        "no_answers": ~answered.any(axis=1),
        "no_estimate": ~told.any(axis=1),
        "no_variation": np.isnan(lz_star),
        "partial": (answered & ~told).any(axis=1),
        "few_answers": n_answers < few_answers,
    }
    ranks = np.full(len(lz_star), _RANK["ok"])
    for name in reversed(found):
        ranks[found[name]] = _RANK[name]
    return tuple(np.array(list(_RANK))[ranks].tolist())


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    """NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


def _theta_of_lines(scores: Scores, lattice: Lattice, n_persons: int) -> Floats:
    """θ of every carrier, read off a competency that stands on it, (n_persons, n_carriers)."""
    known, people = scores.competencies, lattice.population
    raise_if_any(
        [
            *_unlike("persons", str(len(known.theta)), str(n_persons)),
            *_unlike("competencies", ", ".join(known.names), ", ".join(people.competencies)),
        ]
    )
    first = [int(np.argmax(lattice.carrier_of_competency == c)) for c in range(lattice.n_carriers)]
    return np.asarray(known.theta[:, first])


def _unlike(what: str, got: str, expected: str) -> list[Problem]:
    if got == expected:
        return []
    return [Problem(where="scores", what=f"they are of other {what}", got=got, expected=expected)]


def _names(lattice: Lattice) -> tuple[str, ...]:
    people = lattice.population
    return tuple(
        people.blocks[carrier.block]
        if carrier.transition is None
        else people.competencies[carrier.competency]
        for carrier in lattice.carriers
    )


def _refuse_method(method: str) -> None:
    if method not in FIT_METHODS:
        raise InputError(
            Problem(
                where="method",
                what="lz* needs an estimator whose equation is known",
                got=repr(method),
                expected=" or ".join(map(repr, FIT_METHODS)),
                remedy="Hand in the scores of another estimator as scores=.",
            )
        )
