"""Hofstee's compromise between a cut that is right in itself and a share of failures that can be borne.

Letters. k_min, k_max, f_min, f_max: means over the judges of the lowest and highest cut and fail rate that
each would accept. F is the distribution of the scores, f its density.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.roots import bracketed_roots
from compassess.scoring.standards.cut_scores import CutScores, problems_of_bands
from compassess.scoring.standards.distributions import ScoreDistribution

__all__ = ["hofstee"]

Floats = NDArray[np.float64]

_ANSWERS: Final = ("lowest cut", "highest cut", "lowest fail rate", "highest fail rate")


def hofstee(
    lowest_cut: ArrayLike,
    highest_cut: ArrayLike,
    lowest_fail_rate: ArrayLike,
    highest_fail_rate: ArrayLike,
    distribution: ScoreDistribution,
    *,
    bands: Sequence[str] = (),
) -> CutScores:
    """The cut where the line from (k_min, f_max) to (k_max, f_min) meets the share below.

        F(cut) = f_max − h (cut − k_min) / w,      w = k_max − k_min, h = f_max − f_min

    The line falls and F does not, so that they meet once or not at all. With t = (cut − k_min) / w the
    equation moves the cut with the panel's means by

        g = ∂cut / ∂(k_min, k_max, f_min, f_max) = (h (1 − t), h t, w t, w (1 − t)) / (w f + h),

    and so Var(cut) = gᵀ S g / n + (w / (w f + h))² Var F(cut): S is the covariance of the answers over the n
    judges, and Var F is 0 where the distribution is taken as known, F (1 − F) / n_persons in a sample.

    Parameters
    ----------
    lowest_cut, highest_cut, lowest_fail_rate, highest_fail_rate : (n_judges,) each: what each judge would
        accept; cuts on the scale of the distribution.
    distribution : of the scores of those tested.

    Returns
    -------
    CutScores with ``details``: ``line`` (k_min, k_max, f_min, f_max); ``gradient`` g; ``fail_rate`` at the
    cut, ``fail_rates`` at k_min and k_max; ``standard_errors`` by what they are over: "judges", "persons".

    Limits: ``status`` "too_many_fail" where even the lowest cut fails more than f_max, "too_few_fail" where
    even the highest fails less than f_min; there is no cut then (NaN), and the panel has to be asked again.
    The error is for panels whose line meets F. It is NaN for one judge alone, and where a level line meets F
    where nobody is.

    Raises
    ------
    InputError : answers that differ in number, are not finite, or whose highest is below its lowest; fail
        rates outside [0, 1]; names of bands that do not fit.

    References
    ----------
    Hofstee (1983), in On Educational Testing, 109-127; Cizek & Bunch (2007), Standard Setting, ch. 12. The
    gradient is the implicit function theorem on the equation.
    """
    answers = _answers(bands, lowest_cut, highest_cut, lowest_fail_rate, highest_fail_rate)
    line = answers.mean(axis=1)
    cut, status = _meeting(line, distribution)
    gradient, slope = _slopes(cut, line, distribution) if status == "ok" else (np.full(4, np.nan), np.nan)
    n = answers.shape[1]
    of_judges = np.var(gradient @ answers, ddof=1) / n if n > 1 else np.nan  # gᵀ S g / n, never negative
    of_persons = distribution.below_covariance(np.array([cut]))[0, 0] * slope**2
    return CutScores.create(
        method="hofstee",
        cuts=[cut],
        covariance=[[of_judges + of_persons]],
        bands=bands,
        n=n,
        n_of="judges",
        status=status,
        details={
            "line": line,
            "gradient": gradient,
            "fail_rate": float(distribution.below(cut)) if status == "ok" else float("nan"),
            "fail_rates": distribution.below(line[:2]),
            "standard_errors": {
                "judges": float(np.sqrt(of_judges)),
                "persons": float(np.sqrt(of_persons)),
            },
        },
    )


def _meeting(line: Floats, distribution: ScoreDistribution) -> tuple[float, str]:
    """The cut and "ok", or NaN and why there is none."""
    low, high, least, most = line.tolist()
    at_low, at_high = (float(value) for value in distribution.below(line[:2]))
    if at_low > most:
        return float("nan"), "too_many_fail"
    if at_high < least:
        return float("nan"), "too_few_fail"
    if low == high:  # the line is upright
        return low, "ok"

    def above_line(cut: Floats, which: NDArray[np.intp]) -> Floats:
        del which
        return distribution.below(cut) - (most - (most - least) * (cut - low) / (high - low))

    gaps = np.array([at_low - most]), np.array([at_high - least])
    return float(bracketed_roots(above_line, line[:1].copy(), line[1:2].copy(), *gaps)[0]), "ok"


def _slopes(cut: float, line: Floats, distribution: ScoreDistribution) -> tuple[Floats, float]:
    """How the cut moves with the four means, and with F (but for the sign)."""
    low, high, least, most = line.tolist()
    width, height = high - low, most - least
    scale = width * float(distribution.density(cut)) + height
    if not scale > 0:
        return np.full(4, np.nan), float("nan")
    # Along an upright line all judges name one cut, and any t gives the same error.
    t = (cut - low) / width if width > 0 else 0.5
    return np.array([height * (1 - t), height * t, width * t, width * (1 - t)]) / scale, width / scale


def _answers(bands: Sequence[str], *given: ArrayLike) -> Floats:
    """The four answers of every judge, (4, n_judges), checked."""
    rows = [np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in given]
    problems = problems_of_bands(bands, 1, "hofstee")
    if len({row.shape for row in rows}) > 1 or rows[0].ndim != 1 or rows[0].size == 0:
        got = ", ".join(f"{name} {row.shape}" for name, row in zip(_ANSWERS, rows, strict=True))
        raise InputError([*problems, Problem(where="judges", what="four answers of every judge", got=got)])
    answers = np.stack(rows)
    fine = np.isfinite(answers)
    fine[2:] &= (answers[2:] >= 0) & (answers[2:] <= 1)
    problems += [
        Problem(
            where=f"judge {judge + 1}, {_ANSWERS[row]}",
            what="not a number that it can be",
            got=f"{answers[row, judge]:g}",
            expected="a share within 0 and 1" if row >= 2 else "a finite number",
        )
        for row, judge in np.argwhere(~fine).tolist()
    ]
    problems += [
        Problem(
            where=f"judge {judge + 1}",
            what=f"the {_ANSWERS[row + 1]} is below the {_ANSWERS[row]}",
            got=f"{answers[row + 1, judge]:g} below {answers[row, judge]:g}",
        )
        for row in (0, 2)
        for judge in np.flatnonzero(answers[row + 1] < answers[row]).tolist()
    ]
    raise_if_any(problems)
    return answers
