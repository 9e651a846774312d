"""Session.ahead and hand_in: a hall that goes on without the engine."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import Collected

BANK = banks.three_blocks(6)
ASSESSMENT = banks.assessment(BANK, length=(6, 18), limits=(1, 4), target=0.3, randomesque=2)


def answered(n: int, seed: int = 5, assessment: ca.Assessment = ASSESSMENT) -> ca.Session:
    """A sitting after n answers."""
    session, rng = assessment.start(seed=seed), np.random.default_rng(seed)
    for _ in range(n):
        item = session.pending
        assert item is not None
        session.answer(item.id, int(rng.integers(item.n_categories)))
    return session


def collected(session: ca.Session, n: int) -> list[Collected]:
    """Answers to the pending item and n of the list."""
    shown = session.pending
    assert shown is not None
    return [
        Collected(item=item.id, response=1, at=f"2026-05-04T10:0{index}:00+05:00", elapsed=20.0)
        for index, item in enumerate((shown, *session.ahead(n)))
    ]


@pytest.mark.parametrize("n", [0, 3, 9])
def test_the_list_keeps_the_rules(n: int) -> None:
    """No item twice, none that was there, maxima and minima kept, as long as the sitting may be."""
    session = answered(n)
    items = session.ahead(99)
    before = [entry["item"] for entry in session.log if entry["event"] == "presented"]
    everything = [*before, *(item.id for item in items)]
    assert len(everything) == len(set(everything)) == 18
    counts = Counter(BANK.item(name).competency for name in everything)
    assert all(1 <= counts[name.id] <= 4 for name in BANK.competencies)
    first = [BANK.item(name).competency for name in everything[:6]]
    assert len(set(first)) == 6  # the minima come first
    assert [item.step for item in items] == list(range(n + 2, 19))
    assert all(item.text for item in items)


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    """n does not change what comes first, and asking changes nothing."""
    session = answered(4)
    log = session.log
    assert session.ahead(3) == session.ahead(9)[:3]
    assert session.ahead(0) == ()
    assert session.log == log


def test_the_list_goes_from_block_to_block() -> None:
    """As precision grows in one block another is asked: no block waits long."""
    session = answered(7)
    blocks = [BANK.item(item.id).block for item in session.ahead(9)]
    assert set(Counter(blocks).values()) <= {2, 3, 4}


def test_the_first_of_the_list_is_close_to_what_would_have_come() -> None:
    """With an answer that says what was expected, the engine's own next item is on the list's top."""
    plain = banks.assessment(banks.one_block(200), length=(5, 40), target=0.01)
    session = answered(25, assessment=plain)
    listed = [item.id for item in session.ahead(6)]
    item = session.pending
    assert item is not None
    session.answer(item.id, 1)
    assert session.pending is not None
    assert session.pending.id in listed


def test_what_was_collected_is_taken_in_at_once() -> None:
    """Evidence is that of the same answers one by one; the log marks the items of the list; replay agrees."""
    session = answered(5)
    given = collected(session, 4)
    n_before = len(session.log)
    session.hand_in(given)
    added = session.log[n_before:]
    assert [entry["event"] for entry in added] == ["answered", *["presented", "answered"] * 4, "presented"]
    assert [entry["by"] for entry in added if entry["event"] == "presented"] == [*["ahead"] * 4, "criterion"]
    assert [entry["at"] for entry in added if entry["event"] == "presented"][:2] == [
        "2026-05-04T10:00:00+05:00",
        "2026-05-04T10:01:00+05:00",
    ]
    again = ca.Session.replay(ASSESSMENT, json.loads(json.dumps(session.log)))
    assert (again.log, again.pending, again.divergences) == (session.log, session.pending, ())
    codes = np.full((1, len(BANK.operational)), np.nan)
    ids = [item.id for item in BANK.operational]
    for entry in session.log:
        if entry["event"] == "answered":
            codes[0, ids.index(entry["item"])] = entry["response"]
    assert session.conclude().theta == pytest.approx(ca.conclude(codes, ASSESSMENT)[0].theta, abs=1e-10)
    told = session.explain(8)
    assert (told.by, told.rank, told.candidates, told.draw) == ("ahead", 2, (), None)
    assert session.explain(11).by == "criterion"


def test_items_may_have_been_left() -> None:
    """A reason stands in the place of an answer."""
    session = answered(5)
    shown = session.pending
    assert shown is not None
    first, second = session.ahead(2)
    session.hand_in(
        [
            Collected(item=shown.id, skipped="omitted"),
            Collected(item=first.id, skipped="technically_lost"),
            Collected(item=second.id, response=2),
        ]
    )
    assert session.conclude().unanswered == {"omitted": 1, "technically_lost": 1}
    assert ca.Session.replay(ASSESSMENT, session.log).divergences == ()


def test_a_sitting_may_end_with_what_was_collected() -> None:
    """At the greatest length the list ends, and with it the sitting."""
    session = answered(14)
    assert len(session.ahead(9)) == 3
    session.hand_in(collected(session, 9))
    assert session.stop_reason == "length"
    assert session.ahead(3) == ()
    assert ca.Session.replay(ASSESSMENT, session.log).divergences == ()


def test_another_list_is_a_divergence() -> None:
    """An item that the list did not have is told, as any other choice; one that could not come is refused."""
    session = answered(5)
    session.hand_in(collected(session, 3))
    log = json.loads(json.dumps(session.log))
    at = next(index for index, entry in enumerate(log) if entry.get("by") == "ahead")
    used = {entry.get("item") for entry in log}
    other = next(
        i for i in BANK.items if i.id not in used and i.competency == BANK.item(log[at]["item"]).competency
    )
    log[at]["item"] = log[at + 1]["item"] = other.id
    found = ca.Session.replay(ASSESSMENT, log[: at + 2]).divergences
    assert [one.logged for one in found] == [other.id]
    log[at]["item"] = log[1]["item"]
    with pytest.raises(ca.ReplayMismatch, match="could not be presented"):
        ca.Session.replay(ASSESSMENT, log)


#: What is handed in, with the pending item as "shown" and the first of the list as "ahead".
WRONG: dict[str, tuple[list[dict[str, Any]], type[Exception]]] = {
    "nothing": ([], ca.InputError),
    "without the pending item": ([{"item": "ahead", "response": 0}], ca.OutOfTurn),
    "an item twice": ([{"item": "shown", "response": 0}, {"item": "shown", "response": 0}], ca.OutOfTurn),
    "no answer and no reason": ([{"item": "shown"}], ca.InputError),
    "answer and reason": ([{"item": "shown", "response": 0, "skipped": "omitted"}], ca.InputError),
    "a bad second answer": (
        [{"item": "shown", "response": 0}, {"item": "ahead", "response": 99}],
        ca.InputError,
    ),
    "a bad reason": ([{"item": "shown", "skipped": "tired"}], ca.InputError),
    "a time without a zone": ([{"item": "shown", "response": 0, "at": "2026-05-04T10:00:00"}], ca.InputError),
}


@pytest.mark.parametrize("case", WRONG)
def test_all_or_nothing(case: str) -> None:
    """Where one of the answers cannot be, none is taken in."""
    entries, error = WRONG[case]
    session = answered(5)
    log, shown = session.log, session.pending
    assert shown is not None
    names = {"shown": shown.id, "ahead": session.ahead(1)[0].id}
    with pytest.raises(error):
        session.hand_in([Collected(**(entry | {"item": names[entry["item"]]})) for entry in entries])
    assert (session.log, session.pending) == (log, shown)


def test_pilot_items_come_when_the_engine_is_back() -> None:
    """They are not on the list; one whose step was passed is next."""
    bank = banks.with_pilots(BANK, 3)
    made = banks.assessment(bank, length=(6, 18), limits=(1, 4), pilot={"count": 1, "first": 4, "last": 4})
    session = answered(1, assessment=made)
    names = {item.id for item in bank.items if item.status == "pilot"}
    assert not names & {item.id for item in session.ahead(20)}
    session.hand_in(collected(session, 4))
    assert session.pending is not None
    assert session.pending.id in names
    assert ca.Session.replay(made, session.log).divergences == ()
