"""compassess.scoring.quality.patterns: periodic answering and its p-value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.scoring.quality import patterned_answers
from compassess.scoring.quality.patterns import periodic_agreement

UNIFORM = np.full((24, 4), 0.25)


@pytest.mark.parametrize(
    ("cycle", "lag"), [([0, 1], 2), ([0, 1, 2], 3), ([0, 1, 2, 3], 4), ([0, 1, 2, 3, 2, 1], 6)]
)
@pytest.mark.parametrize("shares", [UNIFORM, None], ids=["model", "own"])
def test_a_cycle_is_found_with_its_period(cycle: list[int], lag: int, shares: np.ndarray | None) -> None:
    """ABAB…, ABCABC…, ABCDABCD… and a zigzag agree wholly after their period, and p is the smallest."""
    positions = [(cycle * 24)[:24]]
    found = patterned_answers(positions, shares, seed=1, n_draws=199)
    assert found.agreement[0] == 1.0
    assert found.lag[0] == lag
    assert found.p_value[0] == 1 / 200


def test_constant_answering_is_no_pattern() -> None:
    """A run agrees after every lag, and none of it counts: it is straight-lining."""
    found = patterned_answers([[3] * 24], UNIFORM, seed=1)
    assert found.agreement[0] == 0.0
    assert found.p_value[0] == 1.0


def test_agreement_by_hand() -> None:
    """x = 0 1 0 2 0 0 at lag 2: matches at steps 3 and 5, of four compared (step 6 is no match: 0 ≠ 2)."""
    best, lag = periodic_agreement(np.array([[0, 1, 0, 2, 0, 0]]), np.array([6]), [2])
    assert best[0] == 0.5
    assert lag[0] == 2


@given(st.integers(0, 10_000))
def test_what_stands_beyond_the_end_does_not_count(seed: int) -> None:
    """Missing answers after the last one change neither the agreement nor its lag."""
    positions = np.random.default_rng(seed).integers(0, 3, (1, 12)).astype(float)
    longer = np.hstack([positions, np.full((1, 4), np.nan)])
    short, long = (
        patterned_answers(x, np.full((x.shape[1], 3), 1 / 3), seed=2, n_draws=99) for x in (positions, longer)
    )
    assert short.agreement[0] == long.agreement[0]
    assert short.lag[0] == long.lag[0]


def test_critical_values_and_p_values_agree() -> None:
    """An agreement above the critical value is one with p at most the rate, and no other."""
    positions = np.random.default_rng(3).integers(0, 3, (200, 24))
    found = patterned_answers(positions, np.full((24, 3), 1 / 3), seed=1, n_draws=99, false_alarm_rate=0.1)
    np.testing.assert_array_equal(found.p_value <= 0.1, found.agreement > found.critical_value)
    # At most 10 % and the Monte-Carlo error of 200 persons, three of it.
    assert (found.p_value <= 0.1).mean() < 0.1 + 3 * np.sqrt(0.09 / 200)


def test_drawn_positions_follow_their_probabilities() -> None:
    """Where an item admits one position only its order is the test's own, and nobody is unusual."""
    certain = np.zeros((24, 2))
    certain[np.arange(24), np.arange(24) % 2] = 1.0
    found = patterned_answers([[0, 1] * 12], certain, seed=1)
    assert found.agreement[0] == 1.0
    assert found.p_value[0] == 1.0


def test_a_seed_gives_the_same_p() -> None:
    """Twice the same; persons in parts keep their observed values."""
    positions = np.random.default_rng(4).integers(0, 4, (30, 24))
    first, again = (patterned_answers(positions, UNIFORM, seed=9) for _ in range(2))
    np.testing.assert_array_equal(first.p_value, again.p_value)


def test_too_few_answers_are_not_judged() -> None:
    """Three answers compare one pair at lag 2: NaN."""
    found = patterned_answers([[0, 1, 0, np.nan]], np.full((4, 2), 0.5), seed=1)
    assert np.isnan(found.agreement[0])
    assert np.isnan(found.p_value[0])
    assert found.lag[0] == 0


def test_what_cannot_be_asked_is_refused() -> None:
    """Lags below 2 and too few draws, at once."""
    with pytest.raises(InputError) as caught:
        patterned_answers([[0, 1, 0]], seed=1, lags=(1, 2), n_draws=50)
    assert [problem.where for problem in caught.value.problems] == ["lags", "n_draws"]
