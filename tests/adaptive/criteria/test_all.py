"""compassess.adaptive.criteria: what holds of every criterion, whichever it is."""

from __future__ import annotations

from typing import Any, Final

import banks
import numpy as np
import pytest
import views

import compassess as ca
from compassess.adaptive import CRITERIA
from compassess.irt import simulate_abilities, simulate_responses
from compassess.simulation.study import _seeds

#: Parameters of criteria that cannot do without any, and further variants worth playing.
VARIANTS: Final[dict[str, list[dict[str, Any]]]] = {
    "information_at_cut": [{"cuts": 0.5}, {"cuts": [-1.0, 1.0], "several": "weighted"}],
    "information_in_interval": [{}, {"interval": [-1.0, 1.0]}],
    "weighted_information": [{}, {"weight": "likelihood"}],
    "maximum_expected_information": [{}, {"information": "observed"}],
    "kullback_leibler": [{}, {"weight": "likelihood"}],
    "global_discrimination": [{}, {"weight": "likelihood"}],
    "progressive": [{"length": 6}],
    "proportional": [{"length": 6}],
    "a_stratified": [{"stage": 1}, {"stage": 2, "b_blocking": True}],
}
CASES: Final = [(name, parameters) for name in CRITERIA for parameters in VARIANTS.get(name, [{}])]
BANKS: Final = {
    "one block": banks.one_block(16),
    "three blocks": banks.three_blocks(4, n_thresholds=1),
    "graded": banks.three_blocks(4),
}
TWO_CATEGORIES: Final = ("global_discrimination", "nearest_difficulty", "nearest_peak")
PLAYED: Final = [
    (bank, name, parameters)
    for bank in BANKS
    for name, parameters in CASES
    if bank != "graded" or name not in TWO_CATEGORIES
]


@pytest.mark.parametrize(("bank", "name", "parameters"), PLAYED)
def test_a_study_and_live_sittings_choose_the_same_items(
    bank: str, name: str, parameters: dict[str, Any]
) -> None:
    """Twelve people's answers played in a study, and three of them in live sittings with the same seeds."""
    chosen = BANKS[bank]
    assessment = banks.assessment(
        chosen, criterion=name, parameters=parameters, length=(2, 6), target=0.3, limits=(0, None)
    )
    items = chosen.irt_items()
    responses = simulate_responses(items, simulate_abilities(chosen.population, 12, seed=5), seed=6)
    study = ca.simulate(assessment, responses=responses, seed=9)
    codes, seeds = responses.codes(items.ids), _seeds(9, np.arange(12))
    for person in (0, 5, 11):
        session = assessment.start(seed=int(seeds[person]))
        presented = []
        while session.pending is not None:
            presented.append(session.pending.id)
            session.answer(presented[-1], int(codes[person, items.ids.index(presented[-1])]))
        assert tuple(presented) == study.items[person]
        assert ca.Session.replay(assessment, session.log).divergences == ()


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("n_answers", [0, 5])
def test_worths_are_finite_and_those_of_each_sitting_alone(
    name: str, parameters: dict[str, Any], n_answers: int
) -> None:
    """Of every item, presented or not; a sitting's worths do not hang on who is judged with it."""
    pool = views.pool_of(BANKS["three blocks"])
    view = views.view_of(pool, 4, n_answers)
    prepared = CRITERIA[name](**parameters).prepared(pool)
    worth = prepared.worth(view)
    assert worth.shape == (4, pool.n_items)
    assert np.isfinite(worth).all()
    for sitting in range(4):
        alone = prepared.worth(view.select(np.array([sitting])))
        np.testing.assert_allclose(alone[0], worth[sitting], rtol=1e-10, atol=1e-12)
    assert prepared.across_blocks in (True, False)
