"""Patterned answering: positions that come again and again after the same number of steps, as in ABCDABCD.

A match at lag L is a step whose position is that of L steps before and not that of one step before: the
second half keeps constant answering out, which is the business of ``straight_lining``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.resampling import critical_values, lower_p_values, replication_problems
from compassess.scoring.quality.sequences import Choices, choices_of

__all__ = ["DEFAULT_LAGS", "PatternedAnswers", "patterned_answers", "periodic_agreement"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

DEFAULT_LAGS: Final = (2, 3, 4, 5, 6)  # two options in turn, up to a zigzag over four of them
_CELLS: Final = 2_000_000  # drawn positions in hand at a time, 16 MB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatternedAnswers:
    """The answer of :func:`patterned_answers`, (n_persons,) each.

    ``agreement``, the highest share of matches over lags, at ``lag`` (0 where there is none); ``n_answers``;
    ``p_value``; ``critical_value``: agreements above it have p ≤ the false-alarm rate.
    """

    agreement: Floats
    lag: Index
    n_answers: Index
    p_value: Floats
    critical_value: Floats


def patterned_answers(
    positions: ArrayLike,
    probabilities: ArrayLike | None = None,
    *,
    seed: int,
    order: ArrayLike | None = None,
    lags: Sequence[int] = DEFAULT_LAGS,
    n_draws: int = 500,
    false_alarm_rate: float = 0.01,
) -> PatternedAnswers:
    """The strongest periodicity of every person's positions, with a p-value by simulation.

    ::

        agreement = max_L  #{t > L : x_t = x_{t−L} ≠ x_{t−1}} / (n − L)
        p = (1 + #{r ≥ observed}) / (1 + R)

    Replicates are positions drawn independently from the ``probabilities``; without them the person's own
    positions in random order.

    Parameters
    ----------
    positions, order : as in :func:`compassess.scoring.quality.choices_of`; ``probabilities`` too.
    seed : the same seed and persons give the same p.
    lags : steps after which a position may come again, each at least 2.

    Limits: with fewer answers than the shortest lag and two, NaN. Own positions in random order are a fair
    comparison where the right answers of the form stand in no order themselves; they find nothing in answers
    that are all alike.

    Raises
    ------
    InputError : as ``choices_of``; lags below 2; too few draws for the rate.

    References
    ----------
    Meade & Craig (2012), Psychological Methods 17, 437-455, and Gottfried, Jezek, Kralova & Rihacek (2022),
    Practical Assessment, Research & Evaluation 27 (autocorrelation screening) on patterns; Good (2005),
    Permutation, Parametric and Bootstrap Tests of Hypotheses.
    """
    _refuse(lags, n_draws, false_alarm_rate)
    table = np.array(positions, dtype=np.float64)
    own = probabilities is None
    if probabilities is None:
        highest = int(np.nanmax(table, initial=0.0, where=~np.isnan(table))) + 1
        probabilities = np.full((table.shape[-1], highest), 1 / highest)
    choices = choices_of(table, probabilities, order)
    observed, lag = periodic_agreement(choices.position, choices.length, lags)
    replicates = _replicates(choices, lags, n_draws, seed, own=own)
    p, _ = lower_p_values(-observed, -replicates)
    return PatternedAnswers(
        agreement=observed,
        lag=lag,
        n_answers=choices.length,
        p_value=p,
        critical_value=-critical_values(-replicates, false_alarm_rate),
    )


def periodic_agreement(position: Index, length: Index, lags: Sequence[int]) -> tuple[Floats, Index]:
    """The highest share of matches over ``lags`` and its lag, from positions (…, n_steps) of a length (…).

    Steps beyond the length do not count; NaN and 0 where every lag leaves fewer than two steps to compare.
    """
    n_steps = position.shape[-1]
    best, at = np.full(length.shape, np.nan), np.zeros(length.shape, dtype=np.intp)
    for lag in lags:
        if lag >= n_steps:
            continue
        here = position[..., lag:]
        match = (here == position[..., :-lag]) & (here != position[..., lag - 1 : -1])
        within = np.arange(lag, n_steps) < length[..., None]
        compared = length - lag
        share = np.where(compared >= 2, (match & within).sum(axis=-1) / np.maximum(compared, 1), np.nan)
        higher = np.isfinite(share) & ~(share <= best)
        best, at = np.where(higher, share, best), np.where(higher, lag, at)
    return best, at


def _replicates(choices: Choices, lags: Sequence[int], n_draws: int, seed: int, *, own: bool) -> Floats:
    """Agreements of drawn positions, (n_persons, n_draws)."""
    n_persons, n_steps = choices.position.shape
    size = max(1, _CELLS // max(n_draws * n_steps, 1))
    streams = np.random.SeedSequence(seed).spawn(max(1, -(-n_persons // size)))
    parts = []
    for number, stream in enumerate(streams):
        some = slice(number * size, (number + 1) * size)
        uniform = np.random.default_rng(stream).random((len(choices.length[some]), n_draws, n_steps))
        drawn = (_shuffled if own else _drawn)(choices, some, uniform)
        length = np.broadcast_to(choices.length[some][:, None], drawn.shape[:2])
        parts.append(periodic_agreement(drawn, length, lags)[0])
    return np.concatenate(parts)


def _shuffled(choices: Choices, some: slice, uniform: Floats) -> Index:
    """A person's own positions in random order; what is beyond the end stays there."""
    beyond = np.arange(uniform.shape[2]) >= choices.length[some][:, None]
    shuffled = np.argsort(uniform + np.where(beyond, 1.0, 0.0)[:, None], axis=2)
    return np.take_along_axis(choices.position[some][:, None], shuffled, axis=2)


def _drawn(choices: Choices, some: slice, uniform: Floats) -> Index:
    """Positions from their probabilities: how many cumulative ones lie at or below the uniform number."""
    cumulative = choices.probability[some].cumsum(axis=2)[:, None]
    found = np.zeros(uniform.shape, dtype=np.intp)
    for place in range(cumulative.shape[3] - 1):
        found += uniform >= cumulative[..., place]
    return found


def _refuse(lags: Sequence[int], n_draws: int, rate: float) -> None:
    problems = []
    if not lags or min(lags) < 2:
        problems.append(
            Problem(
                where="lags", what="not steps to come back after", got=str(tuple(lags)), expected="2 or more"
            )
        )
    raise_if_any([*problems, *replication_problems(n_draws, rate)])
