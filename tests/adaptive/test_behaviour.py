"""compassess.adaptive.behaviour: response quality from a sitting's own log."""

from __future__ import annotations

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring.quality import (
    Behaviour,
    QualityRules,
    TimeModel,
    position_probabilities,
    response_quality,
)

RULES = QualityRules(n_draws=199)
BANK = banks.with_options(12)
ASSESSMENT = banks.assessment(BANK, length=(30, 30), limits=(0, None))


def sat(answer: object, elapsed: float | None = None) -> ca.Session:
    """A whole sitting with one way of answering: a position, or how to find the response to a pending item."""
    session = ASSESSMENT.start(examinee="E-1", seed=5)
    while (item := session.pending) is not None:
        n = len(item.options)
        place = answer(item.id) if callable(answer) else answer
        session.answer(item.id, item.options[min(place, n - 1)].id if n else place % 3, elapsed=elapsed)
    return session


def honest(item_id: str) -> int:
    """The position of an answer drawn from the model at θ = 0, the same for the same item."""
    item = BANK.item(item_id)
    items = BANK.irt_items().select([item_id])
    one = simulate_abilities(BANK.population, 1, seed=sum(map(ord, item_id)))
    code = int(simulate_responses(items, one, seed=sum(map(ord, item_id))).codes()[0, 0])
    scores = [option.score for option in item.options]
    return scores.index(code) if scores else code


def test_it_is_what_the_answers_positions_and_times_give() -> None:
    """The findings are those of response_quality on the same answers, laid out by hand from the log."""
    session = sat(honest, elapsed=9.0)
    events = [entry for entry in session.log if entry["event"] == "answered"]
    names = [entry["item"] for entry in events]
    chosen = [BANK.item(name) for name in names]
    items = BANK.irt_items().select(names)
    codes, places, shown = [], [], np.full((len(names), 4), -1)
    for row, (item, entry) in enumerate(zip(chosen, events, strict=True)):
        scores = [option.score for option in item.options] or [0, 1, 2]
        shown[row, : len(scores)] = scores
        ids = [option.id for option in item.options]
        places.append(ids.index(entry["response"]) if ids else entry["response"])
        codes.append(scores[places[-1]])
    answers = ca.Responses.from_array(np.array([codes]), items=names, persons=["E-1"])
    theta = ca.conclude(answers, ASSESSMENT).summary.competency_theta
    model = TimeModel.create(BANK.irt_items().ids, np.full(36, 2.0), np.full(36, np.log(9.0)))
    expected = response_quality(
        answers,
        items,
        Behaviour(
            times=np.full((1, len(names)), 9.0),
            time_thresholds=4.0,
            time_model=TimeModel.create(names, np.full(30, 2.0), np.full(30, np.log(9.0))),
            positions=[places],
            position_probabilities=position_probabilities(items, theta, shown),
        ),
        seed=5,
        rules=RULES,
    )[0]
    told = session.response_quality(rules=RULES, time_thresholds=4.0, time_model=model)
    assert told.person == "E-1"
    assert [finding.index for finding in told.findings] == [finding.index for finding in expected.findings]
    for one, other in zip(told.findings, expected.findings, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-9)
        assert (one.raised, one.status, one.n) == (other.raised, other.status, other.n)
    assert told.flags == ()


def test_signs_are_seen_and_change_no_number() -> None:
    """Always the first option, in a second each: two flags, and the conclusion is otherwise as without them."""
    session = sat(0, elapsed=1.0)
    quality = session.response_quality(rules=RULES, time_thresholds=dict.fromkeys(("c1_0", "c2_0"), 4.0))
    assert "straight_lining" in quality.flags
    plain, told = session.conclude(), session.conclude(quality=quality)
    assert told.flags == (*plain.flags, *quality.flags)
    with_all, without = told.to_dict(), plain.to_dict()
    del with_all["flags"], without["flags"]
    assert with_all == without


def test_times_count_where_there_is_something_to_judge_them_by() -> None:
    """Without times, or without thresholds and model, there is no finding on times; 0 s is a rapid answer."""
    untimed = sat(honest).response_quality(rules=RULES, time_thresholds=4.0)
    unjudged = sat(honest, elapsed=0.0).response_quality(rules=RULES)
    for quality in (untimed, unjudged):
        assert {finding.index for finding in quality.findings} == {
            "lz_star",
            "longest_run",
            "periodic_agreement",
        }
    rapid = sat(honest, elapsed=0.0).response_quality(rules=RULES, time_thresholds=4.0)
    assert "rapid_guessing" in rapid.flags
    some = {"c1_0": 4.0, "c1_1": 4.0}
    few = sat(honest, elapsed=1.0).response_quality(rules=RULES, time_thresholds=some)
    effort = next(finding for finding in few.findings if finding.index == "response_time_effort")
    assert (effort.n, effort.status) == (2, "too_few")


def test_nothing_answered_is_nothing_to_judge() -> None:
    """It raises with the reason, and the sitting goes on."""
    session = ASSESSMENT.start(seed=5)
    with pytest.raises(ca.InputError, match="nothing was answered"):
        session.response_quality()
    assert session.pending is not None
