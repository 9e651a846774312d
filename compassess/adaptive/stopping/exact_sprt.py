"""The sequential probability ratio test of equal items, exactly: how long it is and how often it errs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from compassess.adaptive.stopping.classification import NEAR
from compassess.adaptive.stopping.parameters import is_number, not_between, not_positive
from compassess.adaptive.stopping.sprt import wald_bounds
from compassess.errors import Problem, raise_if_any

__all__ = ["ExactSPRT", "exact_sprt"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactSPRT:
    """What a person with one θ has to expect.

    Attributes
    ----------
    expected_length : items, among them those of tests that reach the greatest length.
    p_above, p_below : probabilities that a bound is reached.
    forced : probability that none is, so that more evidence is needed.
    p_leaning_above : probability of "above" where the sign of the statistic decides what no bound did, a
        statistic of 0 by a fair coin.
    lengths : probability of each length, (n_max,), from 1.
    """

    expected_length: float
    p_above: float
    p_below: float
    forced: float
    p_leaning_above: float
    lengths: Floats


def exact_sprt(
    theta: float,
    *,
    delta: float,
    n_max: int,
    alpha: float = 0.05,
    beta: float = 0.05,
    slope: float = 1.0,
    difficulty: float = 0.0,
    cut: float = 0.0,
) -> ExactSPRT:
    """The test of items with one slope a and one difficulty b at one cut c, by dynamic programming.

    With P(θ) = 1 / (1 + exp(−a (θ − b))) and Q = 1 − P a right answer adds u = log P(c + δ) − log P(c − δ) to
    the statistic, a wrong one v = log Q(c + δ) − log Q(c − δ). After n items of which s were right it is
    s u + (n − s) v, whatever their order: the states are (n, s), and

        p(n, s) = P(θ) p(n − 1, s − 1) + Q(θ) p(n − 1, s)

    over those predecessors that have reached no bound. At b = c, u = −v = a δ: a walk on a lattice.

    Domain: δ, a > 0; n_max ≥ 1; α, β in (0, 1/2). Cost: n_max² operations. It says what the rule ``sprt``
    does with such items and no least length, to the last digits; the tests hold the two against each other.

    Raises
    ------
    InputError : every parameter out of its domain.

    References
    ----------
    Wald (1947), Sequential analysis; the recursion is that of a random walk with absorbing bounds, Feller
    (1968), An introduction to probability theory and its applications I, ch. XIV.
    """
    _refuse(theta, delta, n_max, alpha, beta, slope, difficulty, cut)
    edges = slope * (np.array([cut + delta, cut - delta, theta]) - difficulty)
    right, wrong = log_expit(edges), log_expit(-edges)
    up, down = right[0] - right[1], wrong[0] - wrong[1]
    p, q = float(np.exp(right[2])), float(np.exp(wrong[2]))
    low, high = wald_bounds(alpha, beta)
    alive, lengths, above, below = np.array([1.0]), np.zeros(n_max), 0.0, 0.0
    statistic = np.zeros(1)
    for n in range(1, n_max + 1):
        alive = np.append(alive * q, 0.0) + np.append(0.0, alive * p)
        n_right = np.arange(n + 1)
        statistic = n_right * up + (n - n_right) * down
        passed, missed = statistic >= high - NEAR, statistic <= low + NEAR
        above, below = above + alive[passed].sum(), below + alive[missed].sum()
        lengths[n - 1] = alive[passed | missed].sum()
        alive[passed | missed] = 0.0
    forced = float(alive.sum())
    lengths[-1] += forced
    leaning = alive[statistic > NEAR].sum() + 0.5 * alive[np.abs(statistic) <= NEAR].sum()
    return ExactSPRT(
        expected_length=float(lengths @ np.arange(1, n_max + 1)),
        p_above=float(above),
        p_below=float(below),
        forced=forced,
        p_leaning_above=float(above + leaning),
        lengths=lengths,
    )


def _refuse(
    theta: float,
    delta: float,
    n_max: int,
    alpha: float,
    beta: float,
    slope: float,
    difficulty: float,
    cut: float,
) -> None:
    problems = [
        Problem(where=name, what="not a finite number", got=repr(value))
        for name, value in {"theta": theta, "difficulty": difficulty, "cut": cut}.items()
        if not is_number(value)
    ]
    problems += not_positive(delta=delta, slope=slope)
    problems += not_between(0.0, 0.5, alpha=alpha, beta=beta)
    if isinstance(n_max, bool) or not isinstance(n_max, int) or n_max < 1:
        problems.append(
            Problem(where="n_max", what="not a number of items", got=repr(n_max), expected="1 or more")
        )
    raise_if_any(problems)
