"""compassess.adaptive.exposure.sympson_hetter, and the calibration of its probabilities."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive.exposure.experiments import experiments
from compassess.simulation import calibrate_sympson_hetter

BANK = banks.one_block(40)


def assessment(probabilities: dict[str, Any], **more: Any) -> ca.Assessment:
    """Sittings of eight items under these probabilities."""
    plain = banks.assessment(BANK, length=(8, 8), target=1e-3)
    rules = plain.blueprint.with_exposure("sympson_hetter", {"probabilities": probabilities, **more})
    return ca.Assessment.create(plain.bank, rules, plain.bands)


def test_an_item_is_presented_as_often_as_its_probability() -> None:
    """The best first item at θ = 0 comes first with probability k; it never comes later where it failed."""
    first = assessment({}).start(seed=1).pending
    assert first is not None
    study = ca.simulate(assessment({first.id: 0.25}), 4000, seed=2)
    share = np.mean([first.id in items for items in study.items])
    assert share == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 4000))
    assert {items.index(first.id) for items in study.items if first.id in items} == {0}


def test_where_none_passes_the_best_that_failed_is_presented() -> None:
    """A sitting goes on: with k near 0 everywhere the items are those without a control."""
    never = dict.fromkeys((item.id for item in BANK.items), 1e-9)
    held, free = ca.simulate(assessment(never), 200, seed=3), ca.simulate(assessment({}), 200, seed=3)
    assert held.items == free.items


@given(seed=st.integers(0, 2**63 - 1))
@settings(max_examples=20)
def test_experiments_hang_on_seed_and_item_alone(seed: int) -> None:
    """The same numbers whatever else is asked, and others for other items."""
    seeds = np.array([seed, 5], dtype=np.uint64)
    every = experiments(seeds, np.arange(30))
    np.testing.assert_array_equal(experiments(seeds[:1], np.array([7, 3]))[0], every[0, [7, 3]])
    assert np.unique(every).size == every.size


def test_live_is_simulated_and_replayed() -> None:
    """The same seeds give the same items at a desk, in a simulation and from the log."""
    chances = {item.id: 0.3 + 0.02 * j for j, item in enumerate(BANK.items) if j < 30}
    rules = assessment(chances)
    study = ca.simulate(rules, 12, seed=4)
    assert study.theta_true is not None
    lengths = [len(items) for items in study.items]
    assert set(lengths) == {8}
    session = rules.start(seed=11)
    while session.pending is not None:
        session.answer(session.pending.id, len(session.log) % 3 % 2)
    again = ca.Session.replay(rules, session.log)
    assert again.log == session.log
    assert again.divergences == ()


def test_segments_of_theta() -> None:
    """With edges a probability holds in its segment: what is rare for the able may be common below."""
    first = assessment({}).start(seed=1).pending
    assert first is not None
    rules = assessment({first.id: [1.0, 1e-9]}, edges=[5.0])
    assert rules.start(seed=9).pending == first
    other = assessment({first.id: [1e-9, 1.0]}, edges=[5.0]).start(seed=9).pending
    assert other is not None
    assert other.id != first.id


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"probabilities": {"i00": 0.0}}, "not a probability"),
        ({"probabilities": {"i00": 1.5}}, "not a probability"),
        ({"probabilities": {"i00": True}}, "not a probability"),
        ({"probabilities": {"i00": [0.5, 0.5]}}, "not a probability"),
        ({"probabilities": {"i00": [0.5]}, "edges": [0.0]}, "not a probability"),
        ({"probabilities": [0.5]}, "not a probability for each item"),
        ({"probabilities": {"nobody": 0.5}}, "no operational item"),
        ({"probabilities": {}, "edges": [1.0, 0.0]}, "not where segments"),
        ({"probabilities": {}, "edges": "low"}, "not where segments"),
    ],
)
def test_parameters_that_are_none(parameters: dict[str, Any], told: str) -> None:
    """One error with its place."""
    plain = banks.assessment(BANK, length=(8, 8))
    rules = plain.blueprint.with_exposure("sympson_hetter", parameters)
    with pytest.raises(ca.InputError, match=told):
        ca.Assessment.create(plain.bank, rules, plain.bands)


def test_calibration_of_a_small_bank() -> None:
    """Rates come down to the limit, and the probabilities are those of the assessment it gives back."""
    plain = banks.assessment(BANK, length=(8, 8), target=1e-3)
    found = calibrate_sympson_hetter(plain, 0.4, n_examinees=800, seed=5, tolerance=0.03)
    assert found.converged
    assert found.history[0] == 1.0
    assert found.history[-1] <= 0.43
    named = found.assessment.blueprint.selection.exposure
    assert named is not None
    assert dict(named.parameters["probabilities"]) == dict(found.probabilities)
    assert "converged" in found.status
    fresh = ca.simulate(found.assessment, 2000, seed=77)
    assert max(fresh.exposure_rates.values()) <= 0.43 + 3 * np.sqrt(0.24 / 2000)


def test_a_rate_that_the_bank_cannot_keep() -> None:
    """Eight of forty items cannot be presented at a rate below a fifth."""
    plain = banks.assessment(BANK, length=(8, 8))
    with pytest.raises(ca.InputError, match=r"do not fill sittings.*0\.2 or more"):
        calibrate_sympson_hetter(plain, 0.15)
    with pytest.raises(ca.InputError, match="not a rate"):
        calibrate_sympson_hetter(plain, 0.0)


@pytest.mark.slow
def test_the_textbook_bank_keeps_its_rate() -> None:
    """B300, 20 items, r = .20: no item beyond .22 among people who were not calibrated on."""
    plain = banks.assessment(banks.textbook_bank(), length=(20, 20), target=1e-3)
    found = calibrate_sympson_hetter(plain, 0.2)
    assert found.converged
    fresh = ca.simulate(found.assessment, 5000, seed=999)
    assert max(fresh.exposure_rates.values()) <= 0.22
    free = ca.simulate(plain, 5000, seed=999)
    loss = float(fresh.recovery()["rmse"][0] - free.recovery()["rmse"][0])
    assert 0.0 < loss < 0.05
