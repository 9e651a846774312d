"""compassess.scoring.quality.verdict: findings and flags of every person; they change no score."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, person_fit, score, simulate_abilities, simulate_responses
from compassess.scoring import Context, conclude
from compassess.scoring.quality import (
    FLAGS,
    Behaviour,
    QualityRules,
    ResponseQuality,
    TimeModel,
    patterned_answers,
    response_quality,
    response_time_effort,
    simulate_times,
    straight_lining,
    time_fit,
)

RULES = QualityRules(n_draws=99)
N_ITEMS, N_POSITIONS = 24, 4


def form() -> Items:
    """24 items, of which the first half is easy."""
    return Items.create(
        ids=[f"i{j}" for j in range(N_ITEMS)],
        a=np.linspace(1.0, 2.0, N_ITEMS),
        b=np.linspace(-2, 2, N_ITEMS)[:, None],
    )


def drawn(n_persons: int = 6) -> tuple[ca.Responses, Behaviour]:
    """People who do as the models say."""
    items = form()
    responses = simulate_responses(items, simulate_abilities(items.population, n_persons, seed=1), seed=2)
    model = TimeModel.create(items.ids, [2.0] * N_ITEMS, [3.7] * N_ITEMS, speed_sd=0.3)
    rng = np.random.default_rng(3)
    return responses, Behaviour(
        times=simulate_times(model, 0.3 * rng.standard_normal(n_persons), seed=4),
        time_thresholds=4.0,
        time_model=model,
        positions=rng.integers(0, N_POSITIONS, (n_persons, N_ITEMS)),
        position_probabilities=np.full((N_ITEMS, N_POSITIONS), 1 / N_POSITIONS),
    )


def aberrant() -> tuple[ca.Responses, Behaviour]:
    """Five people with one aberrance each, in the order of the flags, and an ordinary one."""
    responses, behaviour = drawn()
    codes = np.array(responses.codes())
    times, positions = np.array(behaviour.times), np.array(behaviour.positions)
    codes[0] = np.repeat([0, 1], N_ITEMS // 2)
    times[1, :6] = 3.9
    times[2, ::2], times[2, 1::2] = 12.0, 140.0
    positions[3, 4:20] = 2
    positions[4] = np.arange(N_ITEMS) % N_POSITIONS
    return (
        ca.Responses.from_array(codes, items=responses.items),
        replace(behaviour, times=times, positions=positions),
    )


def flags_of(found: tuple[ResponseQuality, ...]) -> list[tuple[str, ...]]:
    """The flags of everybody."""
    return [one.flags for one in found]


def test_each_aberrance_raises_its_flag() -> None:
    """Answers against difficulty, rapid and uneven times, a long run, a cycle; nobody else is flagged."""
    found = flags_of(response_quality(*(aberrant()[0], form(), aberrant()[1]), seed=5, rules=RULES))
    for person, flag in enumerate(FLAGS):
        assert flag in found[person]
    assert found[0] == ("unusual_answers",)
    assert found[3:] == [("straight_lining",), ("patterned_answers",), ()]


def test_findings_are_those_of_the_indices() -> None:
    """Values and p-values are those that the single functions give."""
    responses, seen = aberrant()
    found = response_quality(responses, form(), seen, seed=5, rules=RULES)
    by_index = [{finding.index: finding for finding in one.findings} for one in found]

    def values(index: str, name: str = "value") -> list[float]:
        return [getattr(one[index], name) for one in by_index]

    assert seen.time_model is not None
    fit = person_fit(responses, form())
    np.testing.assert_array_equal(values("lz_star"), fit.lz_star)
    effort = response_time_effort(seen.times, 4.0)
    np.testing.assert_array_equal(values("response_time_effort"), effort.index)
    times = time_fit(seen.times, seen.time_model)
    np.testing.assert_array_equal(values("lognormal_times", "p_value"), times.p_value)
    runs = straight_lining(seen.positions, seen.position_probabilities)
    np.testing.assert_array_equal(values("longest_run", "p_value"), runs.p_value)
    patterns = patterned_answers(seen.positions, seen.position_probabilities, seed=5, n_draws=99)
    np.testing.assert_array_equal(values("periodic_agreement", "p_value"), patterns.p_value)


def test_a_flag_is_raised_beyond_its_critical_value() -> None:
    """Low lz* and effort, high values of the others, for everybody who is judged."""
    found = response_quality(*(aberrant()[0], form(), aberrant()[1]), seed=5, rules=RULES)
    for one in found:
        for finding in one.findings:
            beyond = {
                "lz_star": finding.value < finding.critical_value,
                "response_time_effort": finding.value < finding.critical_value,
                "lognormal_times": finding.value >= finding.critical_value,
                "longest_run": finding.value >= finding.critical_value,
                "periodic_agreement": finding.value > finding.critical_value,
            }
            assert finding.raised == beyond[finding.index], finding


def test_without_evidence_there_is_no_finding() -> None:
    """Answers alone give lz* alone."""
    responses, _ = drawn()
    assert [f.index for f in response_quality(responses, form(), seed=1, rules=RULES)[0].findings] == [
        "lz_star"
    ]


def test_with_few_answers_nothing_is_flagged() -> None:
    """Nine answers are below the minimum of ten: values are told, flags are not."""
    responses, seen = aberrant()
    codes = np.array(responses.codes(), dtype=float)
    times, positions = np.array(seen.times), np.array(seen.positions, dtype=float)
    for table in (codes, times, positions):
        table[:, :15] = np.nan
    codes[5] = np.nan
    few = ca.Responses.from_array(codes, items=responses.items, persons=list("abcdef"))
    found = response_quality(
        few, form(), replace(seen, times=times, positions=positions), seed=1, rules=RULES
    )
    assert set(flags_of(found)) == {()}
    assert {finding.status for one in found for finding in one.findings} == {"too_few"}
    assert np.isfinite(found[0].findings[0].value)
    assert np.isnan(found[5].findings[0].value)
    assert found[5].person == "f"


def test_a_seed_gives_the_same_verdict_and_values_can_be_kept() -> None:
    """Equal values twice, through pickle too; numbers cannot be written."""
    responses, seen = drawn(2)
    first, again = (response_quality(responses, form(), seen, seed=8, rules=RULES) for _ in range(2))
    assert str(first) == str(again)
    assert str(pickle.loads(pickle.dumps(first))) == str(first)
    with pytest.raises(TypeError):
        first[0].findings[0].numbers["lz"] = 1.0  # type: ignore[index]


def test_parts_without_their_counterpart_are_refused_at_once() -> None:
    """Thresholds without times, positions without probabilities, and tables of other persons."""
    responses, seen = drawn(3)
    for wrong, places in (
        (
            replace(seen, times=None, positions=None),
            {"time_thresholds", "time_model", "position_probabilities"},
        ),
        (
            replace(seen, time_thresholds=None, time_model=None, position_probabilities=None),
            {"times", "positions"},
        ),
        (replace(seen, times=np.ones((2, 2)), positions=np.ones((1, 1))), {"times", "positions"}),
        (Behaviour(order=[[1.0]]), {"order"}),
    ):
        with pytest.raises(InputError) as caught:
            response_quality(responses, form(), wrong, seed=1, rules=RULES)
        assert {problem.where for problem in caught.value.problems} == {f"behaviour.{p}" for p in places}


# ---- flags inform, they change no score ------------------------------------------------------------------


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_an_evaluation_changes_nothing_that_it_was_given(seed: int) -> None:
    """Answers, times and positions are the same before and after, and so is every score."""
    items = form()
    responses = simulate_responses(items, simulate_abilities(items.population, 3, seed=seed), seed=seed + 1)
    seen = drawn(3)[1]
    before = [np.array(part) for part in (responses.codes(), seen.times, seen.positions)]
    scored = {method: score(responses, items, method) for method in ("EAP", "WLE")}
    response_quality(responses, items, seen, seed=seed, rules=QualityRules(n_draws=99))
    for part, kept in zip((responses.codes(), seen.times, seen.positions), before, strict=True):
        np.testing.assert_array_equal(part, kept)
    for method, known in scored.items():
        again = score(responses, items, method)
        np.testing.assert_array_equal(known.theta, again.theta)
        np.testing.assert_array_equal(known.se, again.se)


@pytest.mark.parametrize("bank", [banks.one_block(12), banks.three_blocks(4)], ids=["one", "three"])
@settings(max_examples=10)
@given(flags=st.lists(st.sampled_from(FLAGS), unique=True))
def test_flags_alter_the_flags_of_a_conclusion_and_nothing_else(bank: ca.ItemBank, flags: list[str]) -> None:
    """Two conclusions on the same answers, with and without flags, differ in ``flags`` alone."""
    assessment = banks.assessment(bank)
    items = bank.irt_items()
    answers = simulate_responses(items, simulate_abilities(bank.population, 2, seed=1), seed=2)
    plain = ca.conclude(answers, assessment)
    context: Context = replace(plain.context, flags=(*plain.context.flags, *flags))
    flagged = conclude(answers, plain.interpretation, context)
    for without, with_flags in zip(plain, flagged, strict=True):
        told, expected = (_without_flags(one.to_dict()) for one in (with_flags, without))
        assert told == expected
        assert with_flags.flags == (*without.flags, *flags)


def _without_flags(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "flags"}
