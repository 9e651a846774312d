"""Weighted penalties, the maximum priority index, and the completion that guards both."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive.content import MaximumPriorityIndex, ShadowTest, Situation, WeightedPenalty, rows_of
from compassess.adaptive.content.completion import only_safe
from compassess.adaptive.content.maximum_priority_index import priority_index
from compassess.adaptive.content.weighted_penalty import penalty

from .samples import attributed, constraint_lists
from .test_programme import BANK, LENGTH, N_ITEMS, blueprint_of, every_test

EVERYTHING, NOTHING = np.ones(N_ITEMS, dtype=bool), np.zeros(N_ITEMS, dtype=bool)


def situation(worth: np.ndarray, presented: np.ndarray = NOTHING) -> Situation:
    """Everything that was not presented is open and asked."""
    return Situation(worth=worth, asked=~presented, open_items=~presented, presented=presented)


def test_the_index_by_hand() -> None:
    """0.8 in two constraints of which a half and a third are left, one of weight 2; 0.5 in none."""
    found = priority_index(
        np.array([0.8, 0.5]),
        np.array([[True, False], [True, False]]),
        np.array([1 / 2, 1 / 3]),
        np.array([1.0, 2.0]),
    )
    assert np.allclose(found, [0.8 * 1 / 2 * 2 / 3, 0.5])


def test_the_two_phases_of_the_index() -> None:
    """Lower bounds first; where they are met, upper bounds; a full constraint is worth nothing."""
    essays = {"attributes": {"format": "essay"}}
    of = np.array([item.attributes["format"] == "essay" for item in BANK.operational])
    assert of.sum() == 4
    rows = rows_of(
        BANK, blueprint_of([{"id": "e", "kind": "count", "items": essays, "minimum": 2, "maximum": 4}])
    )
    method = MaximumPriorityIndex().prepared(rows)
    worth = np.linspace(0.5, 1.0, N_ITEMS)
    first = method.judged(situation(worth))
    assert np.allclose(first[np.isfinite(first)], worth[np.isfinite(first)])  # f = 2/2 for essays, 1 without
    one = NOTHING.copy()
    one[np.flatnonzero(of)[0]] = True
    second = method.judged(situation(worth, one))
    assert np.allclose(second[of & ~one], worth[of & ~one] / 2)  # (2 − 1) / 2
    two = one.copy()
    two[np.flatnonzero(of)[1]] = True
    third = method.judged(situation(worth, two))
    assert np.allclose(third[of & ~two], worth[of & ~two] / 2)  # (4 − 2) / 4


def test_penalties_by_hand_and_at_the_bounds() -> None:
    """D within the bounds, quadratic beyond, with one value and one slope at either bound, and odd about M."""
    lower, upper = np.array(0.2), np.array(0.4)
    assert np.isclose(penalty(np.array(0.3), lower, upper), 0.0)
    assert np.isclose(penalty(np.array(0.35), lower, upper), 0.05)
    assert np.isclose(penalty(np.array(0.5), lower, upper), 0.2**2 / 0.2 + 0.05)
    assert np.isclose(penalty(np.array(0.1), lower, upper), -(0.2**2 / 0.2 + 0.05))
    for bound in (0.2, 0.4):
        around = penalty(np.array([bound - 1e-6, bound, bound + 1e-6]), lower, upper)
        assert np.allclose(np.diff(around), 1e-6, rtol=1e-4)


def test_the_groups_of_the_penalty_model_come_in_their_order() -> None:
    """An item that a missed minimum needs comes before a better one that no constraint needs."""
    essays = {"attributes": {"format": "essay"}}
    of = np.array([item.attributes["format"] == "essay" for item in BANK.operational])
    rows = rows_of(
        BANK, blueprint_of([{"id": "e", "kind": "count", "items": essays, "minimum": 2, "maximum": 3}])
    )
    worth = np.where(of, 0.2, 1.0) + np.linspace(0, 0.1, N_ITEMS)
    values = WeightedPenalty().prepared(rows).judged(situation(worth))
    assert values[of].min() > values[~of].max()
    met = NOTHING.copy()
    met[np.flatnonzero(of)[:2]] = True
    later = WeightedPenalty(content_weight=0.0).prepared(rows).judged(situation(worth, met))
    assert np.argmax(later) == np.argmax(np.where(~of, worth, 0))  # all yellow: worth alone decides
    full = met.copy()
    full[np.flatnonzero(of)[2]] = True
    last = WeightedPenalty().prepared(rows).judged(situation(worth, full))
    assert (last[of & ~full] == -np.inf).all()  # a fourth essay can never be completed


def test_an_expected_excess_makes_items_less_wanted() -> None:
    """Within one group, of two items alike the one whose kind is expected too often has the lower value."""
    keys = {"attributes": {"key": "a"}}
    of = np.array([item.attributes["key"] == "a" for item in BANK.operational])
    rows = rows_of(BANK, blueprint_of([{"id": "k", "kind": "count", "items": keys, "maximum": 2}]))
    values = WeightedPenalty().prepared(rows).judged(situation(np.ones(N_ITEMS)))
    assert of.mean() > 0.25  # more than M = 1 of 4 is expected
    assert values[of].max() < values[~of].min()


@settings(max_examples=60, deadline=None)
@given(constraint_lists(BANK, length=LENGTH), st.integers(0, 10_000))
def test_the_test_can_be_completed_with_whatever_is_finite(
    constraints: list[dict[str, Any]], seed: int
) -> None:
    """Every finite item stands in some test that satisfies the constraints and holds what was presented."""
    blueprint = blueprint_of(constraints)
    rows, tests = rows_of(BANK, blueprint), every_test(blueprint)
    if not len(tests):
        return
    rng = np.random.default_rng(seed)
    presented = tests[rng.integers(len(tests))] & (rng.random(N_ITEMS) < 0.6)
    if presented.sum() == LENGTH:
        return
    values = rng.random(N_ITEMS)
    found = np.isfinite(only_safe(rows, situation(values, presented), values))
    left = tests[(tests >= presented).all(axis=1)].any(axis=0) & ~presented
    assert found.any()
    assert not (found & ~left).any()
    best = np.argmax(np.where(left, values, -np.inf))
    if (values[~left & ~presented] > values[best]).sum() < 3:
        assert found[best]  # whatever lies above it was asked of the whole programme


@pytest.mark.parametrize("method", [WeightedPenalty, ShadowTest])
def test_parameters_are_checked(method: type) -> None:
    """A weight below 0 or a gap of 1 is refused with its name."""
    name = "content_weight" if method is WeightedPenalty else "mip_rel_gap"
    for value in (-1, "much", True, float("nan")):
        with pytest.raises(ca.InputError, match=name):
            method(**{name: value})


def test_methods_stand_in_the_log_with_their_versions() -> None:
    """The header of a log names the method, so that replay knows it."""
    for method in ("shadow_test", "weighted_penalty", "maximum_priority_index"):
        section = {"method": method, "constraints": [{"id": "c", "kind": "enemies"}]}
        assessment = banks.assessment(attributed(), content=section)
        assert f"{method}@1" in assessment.strategies
