"""compassess.simulation.playing: simulated sittings are the live ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses
from compassess.simulation import study as study_module
from compassess.simulation.answering import DrawnAnswers, KnownAnswers
from compassess.simulation.playing import play
from compassess.simulation.study import _seeds

ONE, THREE, OPTIONS = banks.one_block(30), banks.three_blocks(5), banks.with_options()
CASES: dict[str, tuple[ca.ItemBank, dict[str, Any]]] = {
    "one block": (ONE, {"length": (1, 12), "target": 0.4, "limits": (0, None)}),
    "three blocks": (THREE, {"length": (1, 9), "target": 0.7, "limits": (0, None)}),
    "three blocks, randomesque": (
        THREE,
        {"length": (4, 10), "limits": (1, 2), "target": 0.75, "randomesque": 3},
    ),
    "options, randomesque": (
        OPTIONS,
        {"length": (1, 8), "limits": (1, None), "target": 0.72, "randomesque": 3},
    ),
}


def live(assessment: ca.Assessment, row: np.ndarray, seed: int) -> ca.Session:
    """A live sitting with the answers of one row; an option that scores the code is chosen."""
    place = {name: j for j, name in enumerate(assessment.plan.measurement.items.ids)}
    session = assessment.start(seed=seed)
    while (shown := session.pending) is not None:
        code = int(row[place[shown.id]])
        options = [one.id for one in assessment.bank.item(shown.id).options if one.score == code]
        session.answer(shown.id, options[-1] if options else code)
    return session


def everything(answers: DrawnAnswers) -> np.ndarray:
    """What everybody would answer to every item."""
    shape = answers.available().shape
    people, items = (axis.ravel() for axis in np.indices(shape))
    return answers.to(people, items).reshape(shape)


@pytest.mark.parametrize("case", CASES)
def test_live_and_simulated_sittings(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 simulated people, and their answers and seeds in live sittings: the same items, reasons and numbers.

    Items are identical; θ, SE and band probabilities agree to 1e-10.
    """
    bank, changes = CASES[case]
    assessment = banks.assessment(bank, **changes)
    made: list[DrawnAnswers] = []

    def recording(*arguments: Any) -> DrawnAnswers:
        made.append(DrawnAnswers(*arguments))
        return made[-1]

    monkeypatch.setattr(study_module, "DrawnAnswers", recording)
    study = ca.simulate(assessment, 200, seed=17)
    assert len(set(study.reasons)) > 1
    codes = np.concatenate([everything(answers) for answers in made])
    seeds = _seeds(17, np.arange(200))
    theta, se = study.theta.reshape(200, -1), study.se.reshape(200, -1)
    for person in range(200):
        session = live(assessment, codes[person], int(seeds[person]))
        presented = tuple(entry["item"] for entry in session.log if entry["event"] == "presented")
        assert presented == study.items[person]
        assert session.stop_reason == study.reasons[person]
        conclusion = session.conclude()
        np.testing.assert_allclose([b.theta for b in conclusion.blocks.values()], theta[person], atol=1e-10)
        np.testing.assert_allclose([b.se for b in conclusion.blocks.values()], se[person], atol=1e-10)
        np.testing.assert_allclose(
            list(conclusion.band_probabilities.values()), study.values.bands[person], atol=1e-10
        )
        assert [c.n_items for c in conclusion.competencies.values()] == study.played.by_competency[
            person
        ].tolist()
        assert conclusion.n_items == study.n_items[person]


def test_played_answers_are_those_of_the_person() -> None:
    """The result of a sitting is the score of exactly the answers that it presented."""
    assessment = banks.assessment(THREE, length=(1, 12), limits=(1, None))
    items = THREE.irt_items()
    responses = simulate_responses(items, simulate_abilities(THREE.population, 60, seed=2), seed=3)
    study = ca.simulate(assessment, responses=responses, seed=4)
    seen = np.full(responses.codes().shape, np.nan)
    for person, row in enumerate(study.items):
        for name in row:
            place = items.ids.index(name)
            seen[person, place] = responses.codes()[person, place]
    scores = ca.score(seen, THREE)
    np.testing.assert_allclose(study.theta, scores.theta, atol=1e-10)
    np.testing.assert_allclose(study.se, scores.se, atol=1e-10)


def test_seeds_of_people() -> None:
    """Everybody has a seed of their own that a live sitting accepts."""
    seeds = _seeds(1, np.arange(100_000))
    assert np.unique(seeds).size == 100_000
    assert int(seeds.max()) < 2**63
    banks.assessment(ONE).start(seed=int(seeds[0]))


@pytest.mark.parametrize("case", CASES)
def test_a_shortlist_decides_like_the_worths_of_all_items(case: str) -> None:
    """The same items and reasons where every item is judged at every step."""
    bank, changes = CASES[case]
    assessment = banks.assessment(bank, **changes)
    plan = assessment.plan
    assert plan.shortlist is not None
    answers = KnownAnswers(
        simulate_responses(bank.irt_items(), simulate_abilities(bank.population, 300, seed=5), seed=6).codes()
    )
    seeds = _seeds(3, np.arange(300))
    few, every = play(plan, answers, seeds), play(replace(plan, shortlist=None), answers, seeds)
    np.testing.assert_array_equal(few.items, every.items)
    np.testing.assert_array_equal(few.reason, every.reason)


@pytest.mark.parametrize("randomesque", [1, 3])
def test_clones_are_taken_in_the_order_of_the_bank(randomesque: int) -> None:
    """Where items tie, the shortlist gives way to the worths of all."""
    bank = banks.bank(
        {"theta": ("theta", 1.0)},
        [banks.item(f"i{j:02d}", "theta", "theta", 1.2, [0.5 * (j % 4)]) for j in range(40)],
    )
    plan = banks.assessment(bank, length=(1, 12), target=0.1, limits=(0, None), randomesque=randomesque).plan
    codes = (np.random.default_rng(1).random((100, 40)) < 0.5).astype(np.int16)
    seeds = _seeds(9, np.arange(100))
    few = play(plan, KnownAnswers(codes), seeds)
    every = play(replace(plan, shortlist=None), KnownAnswers(codes), seeds)
    np.testing.assert_array_equal(few.items, every.items)


def test_results_do_not_hang_on_who_sits_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks of 7 and all at once: the same people answer the same items alike."""
    assessment = banks.assessment(THREE, length=(1, 9), target=0.6, limits=(0, None))
    together = ca.simulate(assessment, 100, seed=8)
    monkeypatch.setattr(study_module, "chunk_size", lambda _: 7)
    monkeypatch.setattr(study_module, "_sittings_together", lambda _plan, _people: 17)
    apart = ca.simulate(assessment, 100, seed=8)
    assert together.items == apart.items
    np.testing.assert_allclose(together.theta, apart.theta, rtol=0, atol=1e-12)
