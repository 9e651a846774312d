"""Adverse impact: whether a cut passes the persons of one group less often than those of another.

Letters. Of n persons of a group x pass, of m of the reference group y; p = x / n, q = y / m. Rule: fewer
persons than the stated minimum make no verdict, whatever the numbers say, and a verdict is a reason to look
closer, never a finding of bias: groups may differ in what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, ndtri

from compassess.errors import InputError, Problem, raise_if_any
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FOUR_FIFTHS", "STATUSES", "AdverseImpact", "adverse_impact", "expected_adverse_impact"]

Floats = NDArray[np.float64]
Words = NDArray[np.str_]

#: The ratio below which the Uniform Guidelines speak of evidence of adverse impact (§4 D). A rule of
#: thumb of an agency, not a threshold of statistics.
FOUR_FIFTHS: Final = 0.8
#: Who is compared, the most serious first.
STATUSES: Final = (
    "one_group",
    "reference",
    "too_few",
    "nobody_passed",
    "everybody_passed",
    "zero_cell",
    "ok",
)
_NO_SPREAD: Final = 1e-12  # of the ratio: the last bits of a mean, where all probabilities are the same
_ROUNDING: Final = 1e-9  # 12 of 25 against 15 of 25 is four fifths, and .7999999999999999 in binary
_TIE: Final = 1e-7  # relative; two tables whose probabilities are equal differ in their last bits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdverseImpact:
    """Every group against the reference group, at every cut.

    Attributes
    ----------
    groups : names, (n_groups,). ``n`` (n_groups,) persons. The other arrays are (n_cuts, n_groups).
    references : by cut the name of the group that the others are compared with.
    passed, rate : how many pass (expected numbers need not be whole), and p.
    ratio, ratio_low, ratio_high : p / q and its interval.
    z, z_p : (q − p) over its standard error, positive where the group passes less often; two-sided p-value.
    fisher_p : Fisher's exact test, two-sided; NaN for expected numbers.
    effect : Cohen's h = 2 asin √q − 2 asin √p, positive where the group passes less often.
    status : of :data:`STATUSES`. "one_group": there is nobody to compare with. "too_few": the group or
        the reference has fewer persons than the minimum. "nobody_passed" and "everybody_passed": in both
        groups. "zero_cell": nobody of one of them passed.
    verdict : "below_four_fifths", "at_or_above_four_fifths", or "none".
    """

    groups: tuple[str, ...]
    references: tuple[str, ...]
    n: Floats
    passed: Floats
    rate: Floats
    ratio: Floats
    ratio_low: Floats
    ratio_high: Floats
    z: Floats
    z_p: Floats
    fisher_p: Floats
    effect: Floats
    status: Words
    verdict: Words
    minimum: int
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """A row a cut and group: cut (from 1), group, reference, n, passed, rate, ratio …, verdict."""
        n_cuts, n_groups = self.rate.shape
        columns: dict[str, Sequence[object] | NDArray[np.generic]] = {
            "cut": np.repeat(np.arange(1, n_cuts + 1), n_groups),
            "group": self.groups * n_cuts,
            "reference": np.repeat(np.array(self.references, dtype=object), n_groups),
            "n": np.tile(self.n, n_cuts),
        }
        names = ("passed", "rate", "ratio", "ratio_low", "ratio_high", "z", "z_p", "fisher_p", "effect")
        columns |= {name: getattr(self, name).ravel() for name in names}
        columns |= {"status": self.status.ravel(), "verdict": self.verdict.ravel()}
        return frame(columns)


def adverse_impact(
    passed: ArrayLike,
    n: ArrayLike,
    *,
    groups: Sequence[str],
    reference: str | None = None,
    minimum: int = 30,
    confidence: float = 0.95,
) -> AdverseImpact:
    """Adverse impact from counts.

    ratio = p / q, its interval exp(log ratio ± z_{1 − α/2} √((1 − p) / x + (1 − q) / y)); where x or y is 0,
    the interval is that of (x + ½) / (n + ½) and (y + ½) / (m + ½), with the end that is 0 or ∞ put there;
    where everybody of one of them passes, that of (x + ½) / (n + 1) and (y + ½) / (m + 1), for rates of 1
    have no variance, and are not known to be 1.
    z = (q − p) / √(P (1 − P) (1 / n + 1 / m)), P = (x + y) / (n + m).
    Fisher's p = Σ of all hypergeometric probabilities not above that of the table.

    Parameters
    ----------
    passed : (n_groups,) or (n_cuts, n_groups); ``n`` (n_groups,).
    reference : a group's name; by default at every cut the group with the highest rate among those with
        ``minimum`` persons or more (of all, where there is none), the first of equals.
    minimum : of persons in a group and in the reference, for a verdict. In small groups the ratio swings so
        widely that the Guidelines themselves warn of it.

    Limits: q = 0: ratio NaN where p = 0 as well, else ∞; nobody or everybody passing in both groups: z NaN,
    Fisher's p 1.

    Raises
    ------
    InputError : shapes that do not fit, counts that are not whole or outside 0 … n, empty groups, a name that
        stands twice, an unknown reference, a confidence outside (0, 1).

    References
    ----------
    Uniform Guidelines on Employee Selection Procedures (1978), 43 FR 38290, §4 D; Katz, Baptista, Azen & Pike
    (1978), Biometrics 34, 469-474; Morris & Lobsenz (2000), Personnel Psychology 53, 89-111, for z and the
    interval; Fisher (1935); Cohen (1988), Statistical Power Analysis, ch. 6, for h.
    """
    names, sizes = tuple(groups), np.asarray(n, dtype=np.float64)
    x = np.atleast_2d(np.asarray(passed, dtype=np.float64))
    _refuse(x, sizes, names, reference, confidence)
    places = _references(x / sizes, sizes, names, reference, minimum)
    y, m = np.take_along_axis(x, places[:, None], axis=1), sizes[places][:, None]
    empty, full = (x == 0) | (y == 0), (x == sizes) | (y == m)
    with np.errstate(divide="ignore", invalid="ignore"):  # zero cells are told by status
        half = np.where(empty | full, 0.5, 0.0)
        more = np.where(full, 1.0, half)  # half a person who fails, too
        p, q = (x + half) / (sizes + more), (y + half) / (m + more)
        log_error = np.sqrt((1 - p) / (x + half) + (1 - q) / (y + half))
        pooled = (x + y) / (sizes + m)
        z = (y / m - x / sizes) / np.sqrt(pooled * (1 - pooled) * (1 / sizes + 1 / m))
        interval = _interval(p / q, log_error, x == 0, y == 0, confidence)
    exact = np.array(
        [
            [
                _fisher(*table)
                for table in zip(row, sizes, [other] * len(names), [size] * len(names), strict=True)
            ]
            for row, other, size in zip(x.tolist(), y[:, 0].tolist(), m[:, 0].tolist(), strict=True)
        ]
    )
    return _against(places, names, x, sizes, interval, z, exact, minimum, confidence)


def expected_adverse_impact(
    p_pass: ArrayLike,
    group: Sequence[str] | NDArray[np.str_],
    *,
    reference: str | None = None,
    minimum: int = 30,
    confidence: float = 0.95,
) -> AdverseImpact:
    """Adverse impact from every person's probability to be at or above the cuts.

    p = mean of P_n in the group, an estimate of the rate in the population that the group is a sample of,
    with the variance V = Σ (P_n − p)² / (n (n − 1)): it is a mean of n independent P_n. (V is less than
    p (1 − p) / n, the variance of a rate that was seen, by what the answers leave open about these very
    persons.) The interval of the ratio is exp(log ratio ± z √(V / p² + W / q²)), W the reference's variance,
    and z = (q − p) / √(V + W).

    Parameters
    ----------
    p_pass : (n_persons,) or (n_persons, n_cuts), from band probabilities or plausible values.
    group : the group of each person, (n_persons,); groups stand in alphabetical order.
    reference, minimum, confidence : as in :func:`adverse_impact`.

    Fisher's p is NaN: it is a test of counts. Limits: probabilities under one prior for everybody lean
    towards the common mean, and so the ratio towards 1, the more the less was answered. Where the P_n of both
    groups do not vary at all, or a group is one person, interval and z are NaN.

    Raises
    ------
    InputError : as :func:`adverse_impact`, and probabilities outside [0, 1].

    References
    ----------
    Mislevy (1991), Psychometrika 56, on shares from posteriors; Morris & Lobsenz (2000) on the interval.
    """
    p_n = np.asarray(p_pass, dtype=np.float64)
    p_n = p_n[:, None] if p_n.ndim == 1 else p_n
    labels = np.asarray(group)
    if p_n.ndim != 2 or labels.shape != p_n.shape[:1] or not np.all((p_n >= 0) & (p_n <= 1)):
        raise InputError(
            Problem(
                where="p_pass, group",
                what="probabilities and a group for each person",
                got=f"{p_n.shape}, {labels.shape}",
                expected="(n_persons, n_cuts) within 0 and 1, and (n_persons,)",
            )
        )
    names = tuple(str(name) for name in np.unique(labels))
    members = [labels == name for name in np.unique(labels)]
    sizes = np.array([float(rows.sum()) for rows in members])
    x = np.stack([p_n[rows].sum(axis=0) for rows in members], axis=1)
    _refuse(x, sizes, names, reference, confidence, whole=False)
    with np.errstate(divide="ignore", invalid="ignore"):  # a group of one person has no variance
        centred = [((p_n[rows] - p_n[rows].mean(axis=0)) ** 2).sum(axis=0) for rows in members]
        variance = np.stack(centred, axis=1) / (sizes * (sizes - 1))
        places = _references(x / sizes, sizes, names, reference, minimum)
        p, q, w = x / sizes, *(np.take_along_axis(a, places[:, None], axis=1) for a in (x / sizes, variance))
        log_error = np.sqrt(variance / p**2 + w / q**2)
        log_error = np.where(log_error > _NO_SPREAD, log_error, np.nan)
        z = np.where(np.isnan(log_error), np.nan, (q - p) / np.sqrt(variance + w))
        interval = _interval(p / q, log_error, p == 0, q == 0, confidence)
    return _against(places, names, x, sizes, interval, z, np.full(x.shape, np.nan), minimum, confidence)


def _against(
    places: NDArray[np.intp],
    names: tuple[str, ...],
    x: Floats,
    sizes: Floats,
    interval: tuple[Floats, Floats],
    z: Floats,
    exact: Floats,
    minimum: int,
    confidence: float,
) -> AdverseImpact:
    """What does not hang on how the errors were told; the reference is not compared with itself."""
    p = x / sizes
    q, m = np.take_along_axis(p, places[:, None], axis=1), sizes[places][:, None]
    itself = places[:, None] == np.arange(len(names))
    status = _status(p, q, sizes, m, itself, minimum)
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 is a status
        ratio = np.where(itself, 1.0, p / q)
    judged = ~np.isin(status, ["one_group", "reference", "too_few", "nobody_passed"])
    below = np.where(ratio < FOUR_FIFTHS * (1 - _ROUNDING), "below_four_fifths", "at_or_above_four_fifths")
    rounded = np.clip(p, 0.0, 1.0), np.clip(q, 0.0, 1.0)  # sums of probabilities may pass 1 in the last bit
    found = {
        "ratio": ratio,
        "ratio_low": np.where(itself, np.nan, interval[0]),
        "ratio_high": np.where(itself, np.nan, interval[1]),
        "z": np.where(itself, np.nan, z),
        "z_p": np.where(itself, np.nan, 2 * ndtr(-np.abs(z))),
        "fisher_p": np.where(itself, np.nan, exact),
        "effect": 2 * np.arcsin(np.sqrt(rounded[1])) - 2 * np.arcsin(np.sqrt(rounded[0])),
    }
    return AdverseImpact(
        groups=names,
        references=tuple(names[place] for place in places),
        n=sizes,
        passed=x,
        rate=p,
        status=status,
        verdict=np.where(judged, below, "none"),
        minimum=minimum,
        confidence=confidence,
        **found,
    )


def _status(p: Floats, q: Floats, n: Floats, m: Floats, itself: NDArray[np.bool_], minimum: int) -> Words:
    rules = {
        "one_group": np.full(p.shape, p.shape[1] == 1),
        "reference": itself,
        "too_few": np.broadcast_to((n < minimum) | (m < minimum), p.shape),
        "nobody_passed": (p == 0) & (q == 0),
        "everybody_passed": (p == 1) & (q == 1),
        "zero_cell": (p == 0) | (q == 0),
    }
    return np.select(list(rules.values()), list(rules), default="ok")


def _interval(
    ratio: Floats,
    log_error: Floats,
    none: NDArray[np.bool_],
    no_reference: NDArray[np.bool_],
    confidence: float,
) -> tuple[Floats, Floats]:
    """The ends of the ratio's interval; 0 where nobody of the group passes, ∞ where nobody of the other."""
    reach = ndtri((1 + confidence) / 2) * log_error
    with np.errstate(over="ignore"):  # where next to nobody passes the ratio may be anything
        low, high = ratio * np.exp(-reach), ratio * np.exp(reach)
    unknown = none & no_reference
    low = np.where(unknown, np.nan, np.where(none, 0.0, low))
    return low, np.where(unknown, np.nan, np.where(no_reference, np.inf, high))


def _fisher(x: float, n: float, y: float, m: float) -> float:
    """Fisher's two-sided p-value of x of n against y of m."""
    total = x + y
    k = np.arange(max(0.0, total - m), min(n, total) + 1)
    log_p = _log_choose(n, k) + _log_choose(m, total - k) - _log_choose(n + m, np.array(total))
    probability = np.exp(log_p)
    own = probability[round(x - k[0])]
    return float(min(probability[probability <= own * (1 + _TIE)].sum(), 1.0))


def _log_choose(n: float, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _references(
    rates: Floats, sizes: Floats, names: tuple[str, ...], reference: str | None, minimum: int
) -> NDArray[np.intp]:
    """The place of the reference group at every cut, (n_cuts,)."""
    if reference is not None:
        return np.full(len(rates), names.index(reference), dtype=np.intp)
    large = sizes >= minimum
    return np.argmax(np.where(large | ~large.any(), rates, -1.0), axis=1)


def _refuse(
    x: Floats,
    sizes: Floats,
    names: tuple[str, ...],
    reference: str | None,
    confidence: float,
    *,
    whole: bool = True,
) -> None:
    """Raise for numbers that are not those of groups."""
    if x.ndim != 2 or x.shape[1:] != (len(names),) or sizes.shape != (len(names),) or not names:
        raise InputError(
            Problem(
                where="passed, n, groups",
                what="one number for each group",
                got=f"{x.shape}, {sizes.shape}, {len(names)} groups",
            )
        )
    problems = [
        Problem(where=f"group {name!r}", what="the name stands more than once")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    counts = (sizes == np.round(sizes)) & (x == np.round(x)) if whole else np.full(x.shape, True)
    fine = counts & (sizes > 0) & (x >= 0) & (x <= sizes * (1 + 1e-12))
    problems += [
        Problem(
            where=f"cut {cut + 1}, group {names[place]!r}",
            what="not a number of persons that pass",
            got=f"{x[cut, place]:g} of {sizes[place]:g}",
        )
        for cut, place in np.argwhere(~fine).tolist()
    ]
    if reference is not None and reference not in names:
        problems.append(
            Problem(where="reference", what="no such group", got=repr(reference), expected=", ".join(names))
        )
    if not 0 < confidence < 1:
        problems.append(
            Problem(where="confidence", what="not within 0 and 1", got=str(confidence), expected="0.95")
        )
    raise_if_any(problems)
