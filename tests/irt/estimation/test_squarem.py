"""SQUAREM: the plain iteration's fixed point, sooner, never lower, and honest about it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from compassess.irt.estimation.squarem import accelerated

Floats = NDArray[np.float64]


class Linear:
    """x → x* + M (x − x*), the way an EM behaves near its end; the objective is −½ (x − x*)ᵀ(1 − M)(x − x*)."""

    def __init__(self, rates: list[float], end: list[float]) -> None:
        turn = np.linalg.qr(np.random.default_rng(1).standard_normal((len(rates),) * 2))[0]
        self.matrix = turn @ np.diag(rates) @ turn.T
        self.end = np.array(end)
        self.values: list[float] = []

    def __call__(self, x: Floats) -> tuple[Floats, float]:
        """One plain step, and the objective before it."""
        distance = x - self.end
        self.values.append(float(-0.5 * distance @ (np.eye(len(x)) - self.matrix) @ distance))
        return self.end + self.matrix @ distance, self.values[-1]


def anywhere(_: Floats) -> bool:
    """No bounds."""
    return True


@given(rates=st.lists(st.floats(0.0, 0.95), min_size=3, max_size=3), seed=st.integers(0, 999))
def test_it_converges_to_the_plain_fixed_point(rates: list[float], seed: int) -> None:
    """Whatever the rates of the plain iteration, the end is the same."""
    start = np.random.default_rng(seed).normal(size=3)
    end = accelerated(Linear(rates, [1.0, -2.0, 3.0]), anywhere, start, tolerance=1e-10, max_steps=3000)
    assert end.converged
    assert end.change <= 1e-10
    # A step of 1e-10 at a rate of .95 leaves 20 times as much.
    np.testing.assert_allclose(end.point, [1.0, -2.0, 3.0], rtol=0, atol=1e-8)


def test_it_is_faster_than_the_plain_iteration() -> None:
    """At a rate of .99, where the plain iteration needs some 1,400 steps, far fewer are enough."""
    end = accelerated(
        Linear([0.99, 0.9, 0.5], [0, 0, 0]), anywhere, np.ones(3), tolerance=1e-8, max_steps=2000
    )
    assert end.converged
    assert end.n_steps < 200  # observed: 45


def test_it_never_ends_lower_than_it_began() -> None:
    """The value told at the end is at least that of the start, though trials in between may fall."""
    problem = Linear([0.95, 0.3, 0.0], [1, 1, 1])
    end = accelerated(problem, anywhere, np.array([5.0, -5.0, 2.0]), tolerance=1e-9, max_steps=500)
    assert end.value >= problem.values[0]
    assert end.value == max(problem.values)


def test_a_trial_that_is_not_feasible_is_not_tried() -> None:
    """An extrapolation beyond the bounds is passed over, and the plain iteration goes on."""
    tried: list[float] = []

    def step(x: Floats) -> tuple[Floats, float]:
        tried.append(float(x[0]))
        return 0.9 * x, -float(x[0] ** 2)

    end = accelerated(step, lambda x: bool(x[0] > 0.5), np.array([4.0]), tolerance=1e-6, max_steps=1000)
    assert end.converged
    plain = [4.0 * 0.9**k for k in range(19)]  # those above .5 that plain steps reach
    assert tried[:2] == pytest.approx(plain[:2])
    assert min(tried) >= 0.0


def test_a_lower_trial_is_forgotten() -> None:
    """Where the extrapolation is lower, point, value and change are those of the plain steps."""
    n = 0

    def step(x: Floats) -> tuple[Floats, float]:
        nonlocal n
        n += 1
        return (0.5 * x if x[0] > 0.3 else 0.9 * x), -100.0 if n == 3 else float(n)

    end = accelerated(step, anywhere, np.array([1.0]), tolerance=1e-9, max_steps=3)
    assert not end.converged
    assert end.point.tolist() == [0.25]  # F(F(1))
    assert end.value == 2.0  # and not the −100 of the trial
    assert end.change == 0.25


def test_too_few_steps_are_told() -> None:
    """An iteration that runs out of steps says so, with the size of its last change."""
    end = accelerated(
        Linear([0.999, 0.9, 0.1], [0, 0, 0]), anywhere, np.ones(3), tolerance=1e-12, max_steps=6
    )
    assert not end.converged
    assert end.n_steps == 6
    assert end.change > 1e-12


def test_a_fixed_point_is_recognised_at_once() -> None:
    """Started at the end, one step is enough."""
    end = accelerated(
        Linear([0.5, 0.5, 0.5], [1, 2, 3]), anywhere, np.array([1.0, 2.0, 3.0]), tolerance=1e-9, max_steps=9
    )
    assert end.converged
    assert end.n_steps == 1


def test_progress_is_told_after_every_step() -> None:
    """The callback gets the count, the objective and the largest change of each step."""
    told: list[tuple[int, float, float]] = []
    end = accelerated(
        Linear([0.9, 0.5, 0.1], [0, 0, 0]),
        anywhere,
        np.ones(3),
        tolerance=1e-6,
        max_steps=100,
        progress=lambda *news: told.append(news),
    )
    assert [count for count, _, _ in told] == list(range(1, end.n_steps + 1))
    assert told[-1][2] == end.change
