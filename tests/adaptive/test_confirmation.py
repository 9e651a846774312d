"""A second sitting confirms a first: one posterior from both, no item twice, both logs needed."""

from __future__ import annotations

import json
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca

BANK = banks.three_blocks(8)
MADE = banks.assessment(BANK, length=(6, 14), limits=(1, 3), target=0.5, randomesque=2)


def play(session: ca.Session, seed: int = 0, *, leaving: float = 0.0) -> ca.Session:
    """Sit to the end with answers that hang on the seed."""
    rng = np.random.default_rng(seed)
    while (item := session.pending) is not None:
        if rng.random() < leaving:
            session.skip(item.id, str(rng.choice(["omitted", "technically_lost"])))
        else:
            session.answer(item.id, int(rng.integers(item.n_categories)))
    return session


def first(**keywords: Any) -> ca.Session:
    """A first sitting to its end."""
    return play(MADE.start(examinee="E-1", seed=4), 4, **keywords)


def presented(session: ca.Session) -> list[str]:
    """The items in their order."""
    return [entry["item"] for entry in session.log if entry["event"] == "presented"]


@pytest.mark.parametrize("leaving", [0.0, 0.3])
def test_the_posterior_is_that_of_all_answers_at_once(leaving: float) -> None:
    """θ, errors, probabilities and counts are those of both answer sets scored together."""
    one = first(leaving=leaving)
    two = play(MADE.start(seed=5, confirms=one), 5, leaving=leaving)
    place = {item.id: column for column, item in enumerate(BANK.operational)}
    codes, words = np.full((1, len(place)), np.nan), np.full((1, len(place)), None, dtype=object)
    for entry in (*one.log, *two.log):
        if entry["event"] == "answered":
            codes[0, place[entry["item"]]] = entry["response"]
        elif entry["event"] == "skipped":
            words[0, place[entry["item"]]] = entry["reason"]
    together, combined = ca.conclude(codes, MADE, unanswered=words)[0], two.conclude()
    assert combined.n_items == one.n_answered + two.n_answered == together.n_items
    assert combined.unanswered == together.unanswered
    assert (combined.theta, combined.se) == pytest.approx((together.theta, together.se), abs=1e-10)
    assert combined.band == together.band
    for name, p in combined.band_probabilities.items():
        assert p == pytest.approx(together.band_probabilities[name], abs=1e-10)
    for name, part in combined.competencies.items():
        assert part.theta == pytest.approx(together.competencies[name].theta, abs=1e-10)
        assert part.n_items == together.competencies[name].n_items
    assert combined.examinee == "E-1"
    assert "confirmed_by_second_sitting" in combined.flags
    assert "confirmed_by_second_sitting" not in one.conclude().flags


def test_no_item_is_presented_twice() -> None:
    """Neither what the first answered nor what it left or lost comes again."""
    one = first(leaving=0.4)
    two = play(MADE.start(seed=5, confirms=one), 5)
    assert not set(presented(one)) & set(presented(two))


def test_the_blueprint_applies_anew() -> None:
    """Length, minima and precision hold for the second sitting's own answers: it is as thorough as the first."""
    one = first()
    two = play(MADE.start(seed=5, confirms=one), 5)
    counts = np.zeros(6, dtype=int)
    names = [competency.id for competency in BANK.competencies]
    for item in presented(two):
        counts[names.index(BANK.item(item).competency)] += 1
    assert counts.min() >= 1
    assert counts.max() <= 3
    assert 6 <= two.n_answered <= 14
    assert two.conclude().se < one.conclude().se
    # A sitting alone with those answers would have stopped at the same length.
    known = ca.conclude(answers_of(two), MADE)[0]
    if two.stop_reason == "precision":
        assert max(block.se for block in known.blocks.values()) <= 0.5 * (1 + 1e-9)
        last = ca.conclude(answers_of(two, but=1), MADE)[0]
        assert two.n_answered == 6 or max(block.se for block in last.blocks.values()) > 0.5


def answers_of(session: ca.Session, but: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The answers as a row, without the last ones."""
    place = {item.id: column for column, item in enumerate(BANK.operational)}
    row = np.full((1, len(place)), np.nan)
    entries = [entry for entry in session.log if entry["event"] == "answered"]
    for entry in entries[: len(entries) - but]:
        row[0, place[entry["item"]]] = entry["response"]
    return row


def test_the_lowest_band_is_reached_by_confirmation() -> None:
    """Withheld after one short sitting, given after two that agree."""
    bank = banks.one_block(30)
    rules = banks.bands(bank, cuts=(-1.0, 0.0, 1.0), confirmation={"minimal": 0.99})
    made = banks.assessment(bank, rules=rules, length=(4, 4), limits=(0, None))

    def wrong(session: ca.Session) -> ca.Session:
        while (item := session.pending) is not None:
            session.answer(item.id, 0)
        return session

    one = wrong(made.start())
    two = wrong(made.start(confirms=one))
    assert one.conclude().band == "needs_more_evidence"
    assert 0.95 < one.conclude().band_probabilities["minimal"] < 0.99
    assert two.conclude().band == "minimal"


# ---- logs ----------------------------------------------------------------------------------------------


def test_the_header_names_the_first_log() -> None:
    """By a hash that JSON does not change; a first sitting's header does not have the key at all."""
    one = first()
    two = MADE.start(seed=5, confirms=one)
    through_json = MADE.start(seed=5, confirms=json.loads(json.dumps(one.log)))
    assert two.log == through_json.log
    assert two.log[0]["confirms"].startswith("sha256:")
    assert "confirms" not in one.log[0]
    assert two.log[0]["examinee"] == "E-1"


def test_replay_needs_both_logs() -> None:
    """With both it is the very same session, at every point; without the first, or with another, it is refused."""
    one = first()
    two = MADE.start(seed=5, confirms=one)
    for n in range(30):
        log = json.loads(json.dumps(two.log))
        again = ca.Session.replay(MADE, log, confirms=json.loads(json.dumps(one.log)))
        assert (again.log, again.pending, again.divergences) == (two.log, two.pending, ())
        assert again.conclude() == two.conclude()
        if (item := two.pending) is None:
            break
        two.answer(item.id, n % item.n_categories)
    with pytest.raises(ca.ReplayMismatch, match=two.log[0]["confirms"]):
        ca.Session.replay(MADE, two.log)
    other = play(MADE.start(examinee="E-1", seed=6), 6)
    with pytest.raises(ca.ReplayMismatch, match="confirms"):
        ca.Session.replay(MADE, two.log, confirms=other.log)
    with pytest.raises(ca.ReplayMismatch, match="confirms"):
        ca.Session.replay(MADE, one.log, confirms=other.log)


def test_an_item_of_the_first_is_no_item_of_the_second() -> None:
    """A log in which one comes again could not have happened."""
    one = first()
    two = MADE.start(seed=5, confirms=one)
    log = [two.log[0], two.log[1] | {"item": presented(one)[0]}]
    with pytest.raises(ca.ReplayMismatch, match=r"log\[1\]"):
        ca.Session.replay(MADE, log, confirms=one)


def test_a_second_sitting_that_is_broken_off() -> None:
    """It is incomplete and confirms nothing; the first keeps its own conclusion."""
    one = first()
    two = MADE.start(seed=5, confirms=one)
    two.break_off(reason="examinee_left")
    flags = two.conclude().flags
    assert "incomplete" in flags
    assert "confirmed_by_second_sitting" not in flags
    assert two.conclude().band == "needs_more_evidence"


# ---- refusals ------------------------------------------------------------------------------------------


def refused(confirms: Any, *, made: ca.Assessment = MADE, **start: Any) -> dict[str, ca.Problem]:
    """The reasons for which a confirmation is refused, by what is said."""
    with pytest.raises(ca.InputError) as caught:
        made.start(confirms=confirms, **start)
    return {problem.what: problem for problem in caught.value.problems}


def test_another_examinee() -> None:
    """Nobody confirms somebody else."""
    found = refused(first(), examinee="E-2")
    assert list(found) == ["another examinee than that of the first sitting"]
    assert MADE.start(confirms=first(), examinee="E-1").log[0]["examinee"] == "E-1"


def test_a_sitting_that_is_not_over() -> None:
    """One that goes on is to be finished, one that was broken off is to be repeated."""
    going = MADE.start(examinee="E-1")
    [problem] = refused(going).values()
    assert "go on" in problem.remedy
    going.break_off()
    [problem] = refused(going.log).values()
    assert "broken off" in problem.what


def test_other_files() -> None:
    """Session and log of another assessment are refused, and told by hash, with all that is wrong besides."""
    other = banks.assessment(BANK, length=(6, 13), limits=(1, 3), target=0.5, randomesque=2)
    going = other.start(examinee="E-1")
    found = refused(going, examinee="E-2")
    assert len(found) == 3
    assert other.blueprint.content_hash in found["the first sitting stands on other files"].got
    [problem] = refused(going.log).values()
    assert MADE.blueprint.content_hash in problem.got


def test_a_second_sitting_is_not_confirmed_again() -> None:
    """It combines two already."""
    one = first()
    two = play(MADE.start(seed=5, confirms=one), 5)
    [problem] = refused(two).values()
    assert "second sitting itself" in problem.what
