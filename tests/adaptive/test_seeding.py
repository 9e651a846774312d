"""Pilot items among those that count: which, where, and that nothing hangs on them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive.seeding import Seeding
from compassess.bank import PilotRule

BANK = banks.with_pilots(banks.with_options())
USUAL: dict[str, Any] = {"length": (2, 8), "limits": {"c1": (1, 3), "c2": (1, None), "c3": (0, None)}}
PILOT = {"count": 2, "first": 2, "last": 6}
PLAIN = banks.assessment(BANK, **USUAL)
WITH = banks.assessment(BANK, **USUAL, pilot=PILOT)
RULE = PilotRule(**PILOT)
NEW = [item.id for item in BANK.items if item.status == "pilot"]


def answer_to(item_id: str) -> str | int:
    """An answer that hangs on the item only."""
    item = BANK.item(item_id)
    at = sum(map(ord, item_id))
    return item.options[at % len(item.options)].id if item.options else at % item.n_categories


def played(assessment: ca.Assessment, seed: int, leave: str | None = None) -> ca.Session:
    """A whole sitting; pilot items are left for the reason ``leave``, if there is one."""
    session = assessment.start(seed=seed)
    while (item := session.pending) is not None:
        if leave is not None and item.id in NEW:
            session.skip(item.id, leave, elapsed=9.0)
        else:
            session.answer(item.id, answer_to(item.id), elapsed=2.0)
    return session


def presented(session: ca.Session) -> list[str]:
    """Items in their order."""
    return [entry["item"] for entry in session.log if entry["event"] == "presented"]


@pytest.mark.parametrize("leave", [None, "omitted", "timed_out", "technically_lost"])
@pytest.mark.parametrize("seed", range(6))
def test_nothing_hangs_on_a_pilot_item(seed: int, leave: str | None) -> None:
    """Items that count, their draws, θ, counts and the end are the same with and without pilot items."""
    one, other = played(PLAIN, seed), played(WITH, seed, leave)
    assert [name for name in presented(other) if name not in NEW] == presented(one)
    assert len(presented(other)) == len(presented(one)) + 2

    def draws(session: ca.Session) -> list[float]:
        return [e["draw"] for e in session.log if e["event"] == "presented" and e["by"] != "pilot"]

    assert draws(one) == draws(other)
    first, second = one.conclude(), other.conclude()
    assert (second.theta, second.se, second.n_items) == (first.theta, first.se, first.n_items)
    assert (second.unanswered, second.flags, second.stop_reason) == ({}, first.flags, first.stop_reason)
    assert one.n_answered == other.n_answered
    assert one.response_quality().findings == other.response_quality().findings


def test_a_pilot_item_stands_in_the_log_as_one() -> None:
    """The entry says by which rule it came, and has no draw of the criterion."""
    session = played(WITH, 3)
    entries = [entry for entry in session.log if entry["event"] == "presented" and entry["item"] in NEW]
    assert {(entry["by"], "draw" in entry) for entry in entries} == {("pilot", False)}
    steps = [entry["step"] for entry in session.log if entry["event"] == "presented"]
    assert steps == list(range(1, 11))
    assert all(2 <= entry["step"] <= 6 for entry in entries)
    again = ca.Session.replay(WITH, json.loads(json.dumps(session.log)))
    assert (again.log, again.divergences) == (session.log, ())
    assert again.conclude() == session.conclude()


def test_the_examinee_cannot_tell() -> None:
    """A pilot item looks like any other, and the greatest number of items counts it."""
    session = WITH.start(seed=3)
    seen = []
    while (item := session.pending) is not None:
        seen.append((item.step, item.longest, bool(item.text)))
        session.answer(item.id, answer_to(item.id))
    assert seen == [(step, 10, True) for step in range(1, 11)]


def test_steps_and_items_are_equally_likely() -> None:
    """Over many seeds every pilot item and every step of the window comes equally often (four SDs)."""
    n = 4000
    draws = [Seeding.drawn(RULE, BANK, seed) for seed in range(n)]
    assert all(len(set(one.items)) == 2 == len(set(one.steps)) for one in draws)
    assert all(one.steps == tuple(sorted(one.steps)) for one in draws)
    for values, k in (
        (Counter(i for d in draws for i in d.items), 6),
        (Counter(s for d in draws for s in d.steps), 5),
    ):
        share = np.array(list(values.values())) / n
        assert len(share) == k
        np.testing.assert_allclose(share, 2 / k, atol=4 * np.sqrt(0.25 / n))


def test_no_pilot_item_comes_after_the_end() -> None:
    """Where the rules end the sitting before a step, its pilot item is not presented."""
    short = banks.assessment(
        BANK, length=(1, 8), limits=(0, None), target=5.0, pilot={"count": 1, "first": 8, "last": 8}
    )
    session = played(short, 1)
    assert session.stop_reason == "precision"
    assert not set(presented(session)) & set(NEW)


def test_a_second_sitting_has_other_pilot_items() -> None:
    """No pilot item comes twice to the same examinee."""
    bank = banks.with_pilots(banks.with_options(12), 4)
    made = banks.assessment(bank, **USUAL, pilot=PILOT)
    for seed in range(5):
        first = made.start(seed=seed)
        while (item := first.pending) is not None:
            first.answer(item.id, item.options[0].id if item.options else 0)
        second = made.start(seed=seed, confirms=first)
        while (item := second.pending) is not None:
            second.answer(item.id, item.options[0].id if item.options else 0)
        assert len(set(presented(first)) | set(presented(second))) == 20


def test_a_bad_answer_to_a_pilot_item_changes_nothing() -> None:
    """It is refused like any other."""
    session = WITH.start(seed=3)
    while (item := session.pending) is not None and item.id not in NEW:
        session.answer(item.id, answer_to(item.id))
    assert item is not None
    before = session.log
    with pytest.raises(ca.InputError):
        session.answer(item.id, "no such option")
    assert session.log == before
    session.break_off()
    assert session.conclude().unanswered == {}


@pytest.mark.parametrize(
    ("position", "changes", "word"),
    [
        ("pilot", {"by": "criterion"}, "could not be presented"),
        ("pilot", {"by": None}, "unexpected value"),
        ("pilot", {"item": "c1_0"}, "could not be presented"),
        ("counting", {"by": "pilot"}, "could not be presented"),
        ("counting", {"by": "whim"}, "unexpected value"),
        ("counting", {"by": "start"}, "was chosen by"),
        ("counting", {"draw": 0.125}, "the draw of step"),
        ("counting", {"draw": 1.0}, "unexpected value"),
    ],
)
def test_a_reason_that_could_not_have_been(position: str, changes: dict[str, Any], word: str) -> None:
    """An entry with another reason or draw than it could have is refused."""
    log = json.loads(json.dumps(played(WITH, 3).log))
    at = next(
        index
        for index, entry in enumerate(log)
        if entry["event"] == "presented" and (entry["item"] in NEW) is (position == "pilot")
    )
    log[at] |= changes
    with pytest.raises(ca.ReplayMismatch, match=rf"log\[{at}\].*{word}"):
        ca.Session.replay(WITH, log)
