"""compassess.scoring.quality.flag_rates: rates of flags by simulation; the rates themselves are in the slow tier."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items
from compassess.scoring.quality import (
    ABERRANCES,
    FLAGS,
    QualityRules,
    TimeModel,
    flag_rates,
)
from compassess.scoring.quality.flag_rates import _hall, _responses, _sat

RULES = QualityRules(n_draws=99, minimum_answers=5)
N = 32


def form() -> Items:
    """Thirty-two items of two categories."""
    return Items.create(ids=[f"i{j}" for j in range(N)], a=[1.4] * N, b=np.linspace(-2, 2, N)[:, None])


def times() -> TimeModel:
    """Items of 40 seconds."""
    return TimeModel.create(form().ids, [2.0] * N, [3.7] * N, speed_sd=0.3)


#: Four positions of which one is right; the key follows no period, or a period would be right answers.
CATEGORIES = np.eye(4, dtype=int)[np.random.default_rng(4).permutation(np.arange(N) % 4)]


@pytest.mark.parametrize("design", ["fixed", "adaptive"])
def test_every_flag_has_its_rate(design: str) -> None:
    """Shares of the persons with their standard errors, in the order of the flags."""
    found = flag_rates(
        RULES,
        form(),
        seed=1,
        n_persons=40,
        time_model=times(),
        time_thresholds=4.0,
        categories=CATEGORIES,
        design=design,
        length=10,
    )
    assert tuple(found) == FLAGS
    for rate in found.values():
        assert rate.n == 40
        assert rate.se == pytest.approx(np.sqrt(rate.rate * (1 - rate.rate) / 40))
        assert rate.rate < 0.2  # 1 % nominal: eight of forty would be a miracle


@pytest.mark.parametrize(
    ("aberrance", "flag"),
    [("fast_guessing", "rapid_guessing"), ("straight_lining", "straight_lining"), ("patterned_answers",) * 2],
)
def test_aberrance_is_found(aberrance: str, flag: str) -> None:
    """Most of those who do so for half of the test get the flag."""
    found = flag_rates(
        RULES,
        form(),
        aberrance,
        seed=2,
        n_persons=40,
        time_model=times(),
        time_thresholds=4.0,
        categories=CATEGORIES,
    )
    assert found[flag].rate > 0.5


def test_without_times_the_flags_of_times_are_left_out() -> None:
    """Positions stand for the categories where nothing else is said."""
    found = flag_rates(RULES, form(), seed=1, n_persons=20)
    assert tuple(found) == ("unusual_answers", "straight_lining", "patterned_answers")


def test_positions_score_the_answers_that_were_drawn() -> None:
    """Honest positions give back the model's answers, each position that scores them as often."""
    items = form()
    hall = _hall(items, CATEGORIES, None, 400, [1, 2, 3, 4, 5])
    position, _, _ = _sat(hall, None, "fixed", N, 4)
    codes = _responses(hall, position).codes()
    np.testing.assert_array_equal(codes, np.take_along_axis(CATEGORIES, position.T, axis=1).T)
    last = position[codes[:, -1] == 0, -1]
    wrong = [(last == place).mean() for place in np.flatnonzero(CATEGORIES[-1] == 0)]
    # Thirds of some 350 wrong answers, four standard errors.
    np.testing.assert_allclose(wrong, 1 / 3, atol=0.1)


def test_adaptive_forms_go_to_the_estimate() -> None:
    """Nobody is asked twice, forms differ, and able people are asked harder items."""
    hall = _hall(form(), CATEGORIES, None, 60, [1, 2, 3, 4, 5])
    position, _, order = _sat(hall, None, "adaptive", 6, 4)
    assert np.all((position >= 0).sum(axis=1) == 6)
    assert np.all(np.sort(order, axis=1)[:, :6] == np.arange(6))
    assert len({tuple(row) for row in position >= 0}) > 5
    able = _responses(hall, hall.position).codes().sum(axis=1)
    hardness = [np.flatnonzero(row >= 0).mean() for row in position]
    assert np.corrcoef(able, hardness)[0, 1] > 0.7


def test_what_cannot_be_simulated_is_refused_at_once() -> None:
    """Every fault of the request."""
    with pytest.raises(InputError) as caught:
        flag_rates(RULES, form(), "cheating", seed=1, design="linear", length=99, n_persons=0)
    assert [problem.where for problem in caught.value.problems] == [
        "aberrance",
        "design",
        "length",
        "n_persons",
    ]
    assert "fast_guessing" in ABERRANCES
