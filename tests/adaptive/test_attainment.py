"""compassess.adaptive.attainment: what a sitting that is over has reached, decided and left open."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
import sittings

import compassess as ca
from compassess.adaptive import decisions
from compassess.adaptive.attainment import reached, shortfalls

BANK = banks.one_block(30)
SPRT: dict[str, Any] = {"rule": "sprt", "rule_parameters": {"delta": 0.4, "cuts": [-0.3]}}


def sat(assessment: ca.Assessment, *answers: int) -> ca.Session:
    """A sitting that repeats these answers until it is over."""
    session = assessment.start(seed=2)
    while session.pending is not None:
        session.answer(session.pending.id, answers[session.n_answered % len(answers)])
    return session


def test_a_sitting_that_decides_ends_as_classified() -> None:
    """The band is retrievable, the conclusion says why it ended, and has no flag about evidence."""
    assessment = banks.assessment(BANK, length=(1, 30), **SPRT)
    for answer in (0, 1):
        session = sat(assessment, answer)
        assert session.stop_reason == "classified"
        (told,) = session.decisions
        assert told.named() == {("block", "theta"): answer}
        conclusion = session.conclude()
        assert conclusion.stop_reason == "classified"
        assert not {"needs_more_evidence", "precision_not_reached"} & set(conclusion.flags)


def test_more_evidence_is_an_outcome() -> None:
    """At the greatest length nothing is decided by default: the decision is open, and the conclusion says so."""
    assessment = banks.assessment(BANK, length=(1, 8), **SPRT)
    session = sat(assessment, 0, 1)
    assert session.stop_reason == "length"
    (told,) = session.decisions
    assert told.named() == {("block", "theta"): "needs_more_evidence"}
    assert told.leanings.shape == (1, 1)
    flags = session.conclude().flags
    assert "needs_more_evidence" in flags
    assert "precision_not_reached" not in flags


def test_before_the_end_nothing_is_flagged_as_missing() -> None:
    """A sitting that goes on has decisions so far, and "incomplete"."""
    session = banks.assessment(BANK, length=(1, 8), **SPRT).start(seed=2)
    assert session.decisions[0].named() == {("block", "theta"): "needs_more_evidence"}
    flags = session.conclude().flags
    assert "incomplete" in flags
    assert "needs_more_evidence" not in flags


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ({"target": 0.05}, {"precision_not_reached"}),
        ({"target": 3.0}, set()),
        (SPRT | {"also": [{"rule": "standard_error", "parameters": {"target": 0.05}}]}, {"both"}),
        (SPRT | {"also": [{"rule": "standard_error", "parameters": {"target": 3.0}}]}, set()),
        (SPRT | {"also": [{"rule": "minimum_information", "parameters": {"least": 50.0}}]}, {"needs_more_evidence"}),
        ({"rule": "minimum_information", "rule_parameters": {"least": 50.0}, "target": 0.05}, {"precision_not_reached"}),
        ({"rule": "minimum_information", "rule_parameters": {"least": 50.0}, "target": 3.0}, set()),
        (
            {
                "rule": "all_of",
                "rule_parameters": {
                    "rules": [
                        {"rule": "sprt", "parameters": SPRT["rule_parameters"]},
                        {"rule": "standard_error", "parameters": {"target": 0.05}},
                    ]
                },
            },
            {"both"},
        ),
    ],
)  # fmt: skip
def test_flags_tell_which_goals_were_missed(design: dict[str, Any], expected: set[str]) -> None:
    """Rules that give up reach nothing; where no rule has a goal, the blueprint's standard error is one."""
    both = {"precision_not_reached", "needs_more_evidence"}
    session = sat(banks.assessment(BANK, length=(1, 6), limits=(0, None), **design), 0, 1)
    assert set(session.conclude().flags) & both == (both if expected == {"both"} else expected)


def test_a_block_that_any_goal_has_reached_is_reached() -> None:
    """By decision or by precision, block by block."""
    assessment = banks.assessment(
        banks.three_blocks(5),
        rule="band_probability",
        rule_parameters={"probability": 0.8, "cuts": [0.0]},
        also=[{"rule": "standard_error", "parameters": {"target": 0.55}}],
    )
    view = sittings.random_view(assessment.plan.pool, 100, 14)
    (told,) = decisions(assessment.plan, view)
    expected = (told.bands >= 0) | (view.now.block_se <= 0.55)
    assert np.array_equal(reached(assessment.plan, view), expected)
    complete = int(np.flatnonzero(expected.all(axis=1))[0])
    assert shortfalls(assessment.plan, view.select(np.array([complete]))) == ()


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [("sprt", {"delta": 0.4, "cuts": [-0.3]}), ("band_probability", {"probability": 0.9, "cuts": [-0.3]})],
)
def test_a_second_sitting_decides_anew(rule: str, parameters: dict[str, Any]) -> None:
    """What the first has decided does not end the second, which is as long with the same kind of answers."""
    assessment = banks.assessment(
        banks.equal_items(60), length=(1, 30), limits=(0, None), rule=rule, rule_parameters=parameters
    )
    first = sat(assessment, 1)
    second = assessment.start(seed=5, confirms=first)
    assert second.decisions[0].named() == {("block", "theta"): "needs_more_evidence"}
    while second.pending is not None:
        second.answer(second.pending.id, 1)
    assert first.stop_reason == second.stop_reason == "classified"
    assert second.n_answered == first.n_answered
    again = ca.Session.replay(assessment, second.log, confirms=first)
    assert again.divergences == ()
    assert again.decisions[0].named() == {("block", "theta"): 1}
