"""Hofstee's compromise between a cut that is right in itself and a share of failures that can be borne."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.roots import bracketed_roots
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.distributions import SampleDistribution, ScoreDistribution

__all__ = ["hofstee"]

Floats = NDArray[np.float64]

_ANSWERS: Final = ("lowest cut", "highest cut", "lowest fail rate", "highest fail rate")


def hofstee(
    lowest_cut: ArrayLike,
    highest_cut: ArrayLike,
    lowest_fail_rate: ArrayLike,
    highest_fail_rate: ArrayLike,
    distribution: ScoreDistribution,
) -> CutScores:
    """The cut where the line from (k_min, f_max) to (k_max, f_min) meets the share below, F.

        F(cut) = f_max − (f_max − f_min) (cut − k_min) / (k_max − k_min)

    with k and f the means over the judges. The line falls and F does not, so that they meet once or not at
    all. SE by the jackknife over judges: √((n − 1) / n Σ_j (cut₍₋ⱼ₎ − mean)²).

    Parameters
    ----------
    lowest_cut, highest_cut, lowest_fail_rate, highest_fail_rate : (n_judges,) each: what each judge would
        accept; cuts on the scale of the distribution.
    distribution : of the scores of those tested.

    Limits: ``status`` "too_many_fail" where even the lowest cut fails more than f_max, "too_few_fail" where
    even the highest fails less than f_min; there is no cut then (NaN), and the panel has to be asked again.
    ``details``: ``line`` (k_min, k_max, f_min, f_max), ``fail_rate`` at the cut, ``fail_rates`` at k_min and
    k_max, ``judge_left_out`` (n_judges,) the cuts without each judge, and for the scores of persons
    ``persons_standard_error``, √(F (1 − F) / n) / (f − slope of the line), f their density.
    The error is NaN where some judge's leaving leaves no cut.

    Raises
    ------
    InputError : answers that differ in number, are not finite, or whose highest is below its lowest; fail
        rates outside [0, 1].

    References
    ----------
    Hofstee (1983), in On Educational Testing, 109-127; Cizek & Bunch (2007), Standard Setting, ch. 12; Efron
    & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5.
    """
    answers = _answers(lowest_cut, highest_cut, lowest_fail_rate, highest_fail_rate)
    line = answers.mean(axis=1)
    cut, status = _meeting(line, distribution)
    left_out = np.array(
        [
            _meeting(np.delete(answers, j, axis=1).mean(axis=1), distribution)[0]
            for j in range(answers.shape[1])
        ]
        if answers.shape[1] > 1
        else [np.nan]
    )
    n = left_out.size
    error = float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))
    details: dict[str, object] = {
        "line": line,
        "fail_rate": float(distribution.below(cut)) if status == "ok" else float("nan"),
        "fail_rates": np.asarray(distribution.below(line[:2])),
        "judge_left_out": left_out,
    }
    if isinstance(distribution, SampleDistribution) and status == "ok":
        details["persons_standard_error"] = _persons_error(cut, line, distribution)
    return CutScores.create(
        method="hofstee",
        cuts=[cut],
        standard_errors=[error if status == "ok" else np.nan],
        n=n,
        n_of="judges",
        status=status,
        details=details,
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


def _persons_error(cut: float, line: Floats, distribution: SampleDistribution) -> float:
    """What the sampling of persons adds."""
    low, high, least, most = line.tolist()
    if low == high:
        return 0.0
    share = float(distribution.below(cut))
    slope = float(distribution.density(cut)) + (most - least) / (high - low)
    return float(np.sqrt(share * (1 - share) / distribution.n) / slope)


def _answers(*given: ArrayLike) -> Floats:
    """The four answers of every judge, (4, n_judges), checked."""
    rows = [np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in given]
    if len({row.shape for row in rows}) > 1 or rows[0].ndim != 1 or rows[0].size == 0:
        raise InputError(
            Problem(
                where="judges",
                what="four answers of every judge",
                got=", ".join(f"{name} {row.shape}" for name, row in zip(_ANSWERS, rows, strict=True)),
            )
        )
    answers = np.stack(rows)
    fine = np.isfinite(answers)
    fine[2:] &= (answers[2:] >= 0) & (answers[2:] <= 1)
    problems = [
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
