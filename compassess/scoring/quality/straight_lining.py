"""Straight-lining: the longest run of one and the same option position, and how long a run chance would make.

Letters. x_t the position chosen at step t, p_t(k) its probability, independent over steps. For a run length L
let S_t be the chance that no run of L ended up to t, and A_t(k) the part of it with x_t = k. A run of L of
option k ends at t for the first time where the L steps are k and the one before them is not:

    F_t(k) = (S_{t−L} − A_{t−L}(k)) Π_{s = t−L+1 … t} p_s(k),        A_t(k) = p_t(k) S_{t−1} − F_t(k)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.scoring.quality.sequences import Choices, choices_of

__all__ = ["StraightLining", "longest_run_distribution", "longest_runs", "straight_lining"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StraightLining:
    """The answer of :func:`straight_lining`, (n_persons,) each.

    ``longest_run`` and the ``position`` that it is of (−1 without answers); ``n_answers``; ``p_value``, the
    chance of a run at least as long; ``critical_run``, the shortest run that is as rare as the false-alarm
    rate asks, NaN where none is.
    """

    longest_run: NDArray[np.intp]
    position: NDArray[np.intp]
    n_answers: NDArray[np.intp]
    p_value: Floats
    critical_run: Floats


def straight_lining(
    positions: ArrayLike,
    probabilities: ArrayLike,
    *,
    order: ArrayLike | None = None,
    false_alarm_rate: float = 0.01,
) -> StraightLining:
    """The longest run of one position of every person, with its exact p-value P(longest run ≥ observed).

    Parameters
    ----------
    positions, probabilities, order : as in :func:`compassess.scoring.quality.choices_of`. Probabilities are
        those of the model at the person's θ (``position_probabilities``), shares of other people
        (``option_shares``), or the person's own (``own_shares``).

    Limits: p is 1 without answers. Under own shares a person who always chose one position has p = 1: they
    find runs of people who otherwise choose here and there, and no constant answering. A longest run is a
    whole number, so that the true rate is below the nominal one, for short tests far below.

    Raises
    ------
    InputError : as ``choices_of``.

    References
    ----------
    Johnson (2005), Journal of Research in Personality 39, 103-129 (long string); Fu & Koutras (1994),
    Journal of the American Statistical Association 89, 1050-1058 (distributions of runs by a Markov chain).
    """
    choices = choices_of(positions, probabilities, order)
    longest, position = longest_runs(choices)
    table = longest_run_distribution(choices)
    p = np.take_along_axis(table, longest[:, None], axis=1)[:, 0]
    # Lengths that a person's number of answers admits; p falls with the length.
    rare = (table <= false_alarm_rate) & (np.arange(table.shape[1]) <= choices.length[:, None])
    return StraightLining(
        longest_run=longest,
        position=position,
        n_answers=choices.length,
        p_value=p,
        critical_run=np.where(rare.any(axis=1), rare.argmax(axis=1), np.nan),
    )


def longest_runs(choices: Choices) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The length of every person's longest run, and the position that the first of that length is of."""
    n_persons, n_steps = choices.position.shape
    longest, at, current = (np.zeros(n_persons, dtype=np.intp) for _ in range(3))
    at -= 1
    for step in range(n_steps):
        here = choices.position[:, step]
        same = (here == choices.position[:, step - 1]) if step else np.zeros(n_persons, dtype=np.bool_)
        current = np.where(here >= 0, np.where(same, current + 1, 1), 0)
        longer = current > longest
        longest, at = np.where(longer, current, longest), np.where(longer, here, at)
    return longest, at


def longest_run_distribution(choices: Choices) -> Floats:
    """P(longest run ≥ L), L = 0 … n_steps, of every person, (n_persons, n_steps + 1)."""
    n_persons, n_steps, n_positions = choices.probability.shape
    table = np.zeros((n_persons, n_steps + 1))
    table[:, 0] = 1.0
    window = np.ones((n_persons, n_steps, n_positions))
    for length in range(1, n_steps + 1):
        # window[:, t] is the product over the L steps that end at t.
        window[:, length - 1 :] *= choices.probability[:, : n_steps - length + 1]
        table[:, length] = _first_times(choices.probability, window, length)
    return np.minimum(table, 1.0)


def _first_times(probability: Floats, window: Floats, length: int) -> Floats:
    """P(a run of ``length`` ends at some step), the sum of F over steps and positions, (n_persons,)."""
    n_persons, n_steps, n_positions = probability.shape
    none_yet = np.ones((n_persons, n_steps + 1))
    ends_in = np.zeros((n_persons, n_steps + 1, n_positions))  # A_t(k), with t = 0 before the first step
    found = np.zeros(n_persons)
    for t in range(1, n_steps + 1):
        ends_in[:, t] = probability[:, t - 1] * none_yet[:, t - 1, None]
        if t >= length:
            before = none_yet[:, t - length, None] - ends_in[:, t - length]
            first = before * window[:, t - 1]
            ends_in[:, t] -= first
            found += first.sum(axis=1)
        none_yet[:, t] = ends_in[:, t].sum(axis=1)
    return found
