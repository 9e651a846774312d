"""compassess.scoring.quality.straight_lining: the longest run and its exact distribution."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.scoring.quality import choices_of, longest_run_distribution, own_shares, straight_lining


def longest(sequence: tuple[int, ...]) -> int:
    """The longest run, by hand."""
    return max((len(list(group)) for _, group in groupby(sequence)), default=0)


@pytest.mark.parametrize(("n_steps", "n_positions"), [(7, 2), (6, 3), (5, 4)])
def test_the_distribution_is_that_of_all_sequences(n_steps: int, n_positions: int) -> None:
    """P(longest run ≥ L) equals the sum over every sequence, whatever each item's probabilities."""
    shares = np.random.default_rng(n_steps).dirichlet(np.ones(n_positions), n_steps)
    expected = np.zeros(n_steps + 1)
    for sequence in product(range(n_positions), repeat=n_steps):
        expected[: longest(sequence) + 1] += shares[np.arange(n_steps), sequence].prod()
    found = longest_run_distribution(choices_of(np.zeros((1, n_steps)), shares))[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_heads_in_a_row() -> None:
    """Runs of a fair coin: 1 − F / 2^(n − 1), with Fibonacci numbers F, and 2^(1 − n) for all alike."""
    found = longest_run_distribution(choices_of(np.zeros((1, 10)), np.full((10, 2), 0.5)))[0]
    assert found[2] == pytest.approx(1 - 2 / 2**10)
    assert found[3] == pytest.approx(1 - 89 * 2 / 2**10)
    assert found[10] == pytest.approx(2.0**-9)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=15))
def test_runs_are_counted(sequence: list[int]) -> None:
    """The longest run is the longest group, and p lies between 0 and 1 and falls with it."""
    shares = np.full((len(sequence), 4), 0.25)
    found = straight_lining([sequence], shares)
    assert found.longest_run[0] == longest(tuple(sequence))
    table = longest_run_distribution(choices_of([sequence], shares))[0]
    assert found.p_value[0] == table[found.longest_run[0]]
    assert np.all(np.diff(table) <= 1e-15)


def test_missing_answers_do_not_break_a_run() -> None:
    """Neighbours are the answers that were given, in the order of presentation."""
    found = straight_lining([[0, np.nan, 0, 1, 0]], np.full((5, 2), 0.5), order=[[1, 2, 3, 5, 4]])
    assert found.longest_run[0] == 3
    assert found.position[0] == 0
    assert found.n_answers[0] == 4


def test_the_critical_run_is_the_shortest_that_is_rare() -> None:
    """At the critical run p is at most the rate, one below it is not; NaN where no run is rare."""
    shares = np.full((30, 4), 0.25)
    found = straight_lining([[0] * 30, [0, 1] * 15], shares, false_alarm_rate=0.01)
    critical = int(found.critical_run[0])
    table = longest_run_distribution(choices_of(np.zeros((1, 30)), shares))[0]
    assert table[critical] <= 0.01 < table[critical - 1]
    assert np.isnan(straight_lining([[0, 0, 0]], np.full((3, 2), 0.5)).critical_run[0])


def test_constant_answering_is_hidden_by_own_shares() -> None:
    """Own shares of a single position make every run certain: the limit that the docstring states."""
    positions = [[2] * 20]
    assert straight_lining(positions, own_shares(positions, 4)).p_value[0] == 1.0
    assert straight_lining(positions, np.full((20, 4), 0.25)).p_value[0] < 1e-10


def test_no_answers_are_no_run() -> None:
    """A run of 0 with p = 1."""
    found = straight_lining([[np.nan, np.nan]], np.full((2, 3), 1 / 3))
    assert found.longest_run[0] == 0
    assert found.position[0] == -1
    assert found.p_value[0] == 1.0
