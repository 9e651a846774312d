"""A multistage sitting that waits after a module until it is handed in."""

from __future__ import annotations

from typing import Any

import banks
import pytest

import compassess as ca
from compassess.bank import Module, Multistage, Panel, Routing

BANK = banks.one_block(40)
ITEMS = [item.id for item in BANK.operational]
WITHIN = {"within_set": True, "before_next_module": True}


def assessment(review: dict[str, bool] | None = None, **more: Any) -> ca.Assessment:
    """Three items, then three of the low or the high module, by the sum of the first."""
    modules = (
        Module(id="first", stage=1, items=tuple(ITEMS[:3]), next=("low", "high"), cuts=(2.0,)),
        Module(id="low", stage=2, items=tuple(ITEMS[3:6])),
        Module(id="high", stage=2, items=tuple(ITEMS[6:9])),
    )
    multistage = Multistage(routing=Routing(rule="number_correct"), panels=(Panel(id="p", modules=modules),))
    bank = more.pop("bank", BANK)
    plain = banks.blueprint(bank, length=(6, 6), limits=(0, None), unanswered=banks.SCORE_ANYTHING, **more)
    content = plain.to_dict() | {"multistage": multistage.to_dict()}
    content |= {"review": {"returning": False, "changing": False} | (WITHIN if review is None else review)}
    return ca.Assessment.create(bank, ca.Blueprint.from_dict(content))


def answered(session: ca.Session, n: int, response: int) -> list[str]:
    """Answer n items; their ids."""
    found = []
    for _ in range(n):
        assert session.pending is not None
        found.append(session.pending.id)
        session.answer(found[-1], response)
    return found


def again(rules: ca.Assessment, session: ca.Session) -> ca.Session:
    """Replayed, to the same log, without another choice."""
    found = ca.Session.replay(rules, session.log)
    assert found.log == session.log
    assert found.divergences == ()
    return found


def test_the_last_word_before_it_is_handed_in_leads_on() -> None:
    """All items of the module may be changed, its last one too; then no more."""
    rules = assessment()
    session = rules.start(seed=1)
    asked = answered(session, 3, 1)
    assert session.between_modules
    assert session.pending is None
    assert not session.finished
    assert "incomplete" in session.conclude().flags
    assert [one.id for one in session.changeable] == asked
    for name in asked[1:]:
        session.change(name, 0)
    session = again(rules, session)
    assert session.between_modules
    session.next_module(at="2026-03-01T10:00:00+05:00")
    assert session.pending is not None
    assert session.pending.id == ITEMS[3]  # one point: low
    assert session.changeable == ()
    with pytest.raises(ca.OutOfTurn, match="may not be changed"):
        session.change(asked[0], 0)
    with pytest.raises(ca.OutOfTurn, match="no module waits"):
        session.next_module()
    answered(session, 3, 1)
    assert session.reviewing  # the last module is reviewed as every sitting is
    session.finish()
    assert again(rules, session).stop_reason == "path_complete"


def test_an_omission_may_be_mended_before_the_next_module() -> None:
    """Also where it is the only thing that may be looked back at."""
    rules = assessment({"returning": True, "before_next_module": True})
    session = rules.start(seed=1)
    assert session.pending is not None
    left = session.pending.id
    session.skip(left)
    answered(session, 2, 1)
    assert [one.id for one in session.skipped] == [left]
    session.answer_skipped(left, 1)
    session.next_module()
    assert session.pending is not None
    assert session.pending.id == ITEMS[6]
    again(rules, session)


def test_where_nothing_can_be_looked_back_at_nobody_waits() -> None:
    """Without the key, and where nothing was omitted that might be returned to."""
    for review in ({"within_set": True}, {"returning": True, "before_next_module": True}):
        session = assessment(review).start(seed=1)
        answered(session, 4, 1)
        assert session.pending is not None


def test_a_sitting_may_be_broken_off_between_modules() -> None:
    """Nothing that was answered becomes unanswered."""
    rules = assessment()
    session = rules.start(seed=1)
    answered(session, 3, 1)
    session.break_off(reason="examinee_left")
    assert session.stop_reason == "examinee_left"
    assert session.n_answered == again(rules, session).n_answered == 3
    assert session.conclude().n_items == 3


def test_a_pilot_item_between_modules_opens_nothing_again() -> None:
    """A module that was handed in stays closed, and is handed in once."""
    bank = banks.with_pilots(BANK, 2)
    rules = assessment(bank=bank, pilot={"count": 1, "first": 4, "last": 4})
    session = rules.start(seed=1)
    answered(session, 3, 1)
    session.next_module()
    (pilot,) = answered(session, 1, 0)
    assert pilot.startswith("new")
    assert session.changeable == ()
    assert session.pending is not None
    assert session.pending.id == ITEMS[6]
    done = [entry for entry in session.log if entry["event"] == "module_done"]
    assert [entry["module"] for entry in done] == ["first"]
    again(rules, session)


def test_where_nothing_is_left_on_the_way_the_end_follows() -> None:
    """An answer changed after the module leads to one of which every item was withdrawn."""
    rules = assessment()
    session = rules.start(seed=1)
    asked = answered(session, 2, 1)
    for name in ITEMS[3:6]:
        session.withdraw(name, "a leak")
    asked += answered(session, 1, 1)
    for name in asked:
        session.change(name, 0)
    session.next_module()
    assert session.reviewing
    session.finish()
    assert session.stop_reason == "path_complete"
    again(rules, session)


def test_a_log_hands_in_the_module_that_is_done() -> None:
    """Another module, or one in the middle, is refused."""
    rules = assessment()
    session = rules.start(seed=1)
    answered(session, 3, 1)
    log = [dict(entry) for entry in session.log]
    with pytest.raises(ca.ReplayMismatch, match="could not have been handed in"):
        ca.Session.replay(rules, [*log[:-1], {"event": "module_done", "module": "low", "at": None}])
    with pytest.raises(ca.ReplayMismatch, match="could not have been handed in"):
        ca.Session.replay(rules, [*log[:3], {"event": "module_done", "module": "first", "at": None}])
    with pytest.raises(ca.ReplayMismatch, match="missing"):
        ca.Session.replay(rules, [*log[:-1], {"event": "module_done", "at": None}])


def test_the_key_needs_something_to_look_back_at() -> None:
    """Modules, and a review that allows anything."""
    with pytest.raises(ca.InputError, match=r"review\.before_next_module: there is nothing to look back at"):
        assessment({"before_next_module": True})
    with pytest.raises(ca.InputError, match="there is nothing to look back at"):
        banks.blueprint(BANK, review={"returning": True, "changing": True, "before_next_module": True})
