"""What reaches back: omitted items answered after all, answers changed, items withdrawn."""

from __future__ import annotations

import json
from collections.abc import Callable

import banks
import numpy as np
import pytest

import compassess as ca

BANK = banks.with_pilots(banks.with_options(8))
LIMITS = {"c1": (1, 4), "c2": (1, None), "c3": (0, None)}
BOTH = {"returning": True, "changing": True}


def assessment(
    review: dict[str, bool] | None = None, pilot: dict[str, int] | None = None, longest: int = 9
) -> ca.Assessment:
    """Nine items at most, with a review or without."""
    sections = {} if review is None else {"review": review}
    sections |= {} if pilot is None else {"pilot": pilot}
    return banks.assessment(
        BANK, length=(2, longest), limits=LIMITS, randomesque=2, unanswered=banks.SCORE_ANYTHING, **sections
    )


def go_on(session: ca.Session, n: int, seed: int = 0) -> list[str]:
    """Answer n items; their ids."""
    rng, seen = np.random.default_rng(seed), []
    for _ in range(n):
        item = session.pending
        assert item is not None
        session.answer(item.id, any_answer(item.id, rng))
        seen.append(item.id)
    return seen


def any_answer(item_id: str, rng: np.random.Generator) -> str | int:
    """Some answer to the item."""
    item = BANK.item(item_id)
    return (
        item.options[rng.integers(len(item.options))].id
        if item.options
        else int(rng.integers(item.n_categories))
    )


def leave(session: ca.Session, reason: str = "omitted") -> str:
    """Skip the pending item; its id."""
    item = session.pending
    assert item is not None
    session.skip(item.id, reason)
    return item.id


def by_table(session: ca.Session) -> ca.Conclusion:
    """The conclusion on what every item stands at by the log, scored as a row of a table."""
    ids = [item.id for item in BANK.operational]
    row, words = np.full((1, len(ids)), np.nan), np.full((1, len(ids)), None, dtype=object)
    gone = {entry["item"] for entry in session.log if entry["event"] == "withdrawn"}
    for entry in session.log:
        if entry.get("item") not in ids:
            continue
        at, item = ids.index(entry["item"]), BANK.item(entry["item"])
        if entry["event"] in ("answered", "returned", "changed"):
            response = entry["response"]
            row[0, at] = item.option(response).score if isinstance(response, str) else response
            words[0, at] = None
        elif entry["event"] == "skipped":
            words[0, at] = entry["reason"]
    for name in gone & set(ids):
        at = ids.index(name)
        if row[0, at] == row[0, at] or words[0, at] is not None:
            row[0, at], words[0, at] = np.nan, "technically_lost"
    return ca.conclude(row, assessment(), unanswered=words)[0]


def agrees(session: ca.Session, made: ca.Assessment) -> None:
    """θ, counts and codes are those of the table; the log replays to the same without divergence."""
    told, table = session.conclude(), by_table(session)
    assert told.theta == pytest.approx(table.theta, abs=1e-10)
    assert told.se == pytest.approx(table.se, abs=1e-10)
    assert told.n_items == table.n_items == session.n_answered
    assert told.unanswered == table.unanswered
    again = ca.Session.replay(made, json.loads(json.dumps(session.log)))
    assert (again.log, again.pending, again.divergences) == (session.log, session.pending, ())
    assert again.conclude().theta == pytest.approx(told.theta, abs=1e-10)


# ---- returning -----------------------------------------------------------------------------------------


def test_an_omitted_item_may_be_answered_before_the_end() -> None:
    """θ is that of all answers; the pending item stays; the item is not offered again."""
    made = assessment({"returning": True, "changing": False})
    session = made.start(seed=3)
    go_on(session, 2)
    left = leave(session)
    go_on(session, 2)
    shown = session.pending
    assert [item.id for item in session.skipped] == [left]
    assert session.skipped[0].step == 3
    before = session.conclude()
    session.answer_skipped(left, "a" if BANK.item(left).options else 2, elapsed=30.0)
    assert session.pending == shown
    assert session.skipped == ()
    after = session.conclude()
    assert (before.unanswered, after.unanswered) == ({"omitted": 1}, {})
    assert after.n_items == before.n_items + 1
    agrees(session, made)


def test_an_omission_scores_by_the_policy_until_then() -> None:
    """Until the return the item scores its lowest; a return to the lowest answer leaves θ where it was."""
    made = assessment({"returning": True, "changing": False})
    session = made.start(seed=3)
    left = leave(session)
    go_on(session, 2)
    before = session.conclude().theta
    item = BANK.item(left)
    lowest = next(option.id for option in item.options if option.score == 0) if item.options else 0
    session.answer_skipped(left, lowest)
    assert session.conclude().theta == pytest.approx(before, abs=1e-12)


@pytest.mark.parametrize("reason", ["timed_out", "technically_lost"])
def test_only_an_omission_can_be_mended(reason: str) -> None:
    """What was timed out or lost is not offered."""
    session = assessment(BOTH).start(seed=3)
    left = leave(session, reason)
    assert session.skipped == ()
    refused(session, lambda: session.answer_skipped(left, 0), ca.OutOfTurn)


# ---- changing ------------------------------------------------------------------------------------------


def test_an_answer_may_be_changed_and_choices_stand() -> None:
    """θ is that of the last answers; what was chosen because of the first one stays."""
    made = assessment({"returning": False, "changing": True})
    session = made.start(seed=4)
    seen = go_on(session, 4)
    shown = session.pending
    other = next(name for name in seen if BANK.item(name).options)
    given = next(e["response"] for e in session.log if e["event"] == "answered" and e["item"] == other)
    for response in [option.id for option in BANK.item(other).options if option.id != given]:
        session.change(other, response)
        agrees(session, made)
    assert session.pending == shown
    session.change(other, given)
    assert [item.id for item in session.changeable] == seen
    plain = made.start(seed=4)
    go_on(plain, 4)
    assert session.conclude().theta == pytest.approx(plain.conclude().theta, abs=1e-12)
    go_on(session, 1)
    agrees(session, made)


# ---- the end -------------------------------------------------------------------------------------------


def test_the_end_waits_for_the_review() -> None:
    """Where there is something to look back at, the rules' end opens a review, and finish() ends it."""
    made = assessment(BOTH)
    session = made.start(seed=5)
    left = leave(session)
    while session.pending is not None:
        go_on(session, 1, seed=session.n_answered)
    assert session.reviewing
    assert not session.finished
    assert session.stop_reason is None
    assert session.log[-1] == {"event": "reviewing", "reason": "length", "at": None}
    assert "incomplete" not in session.conclude().flags
    session.answer_skipped(left, "b" if BANK.item(left).options else 1)
    agrees(session, made)
    refused(session, session.break_off, ca.OutOfTurn)
    refused(session, lambda: session.withdraw(left, "why"), ca.OutOfTurn)
    session.finish(at="2026-05-04T10:15:00+05:00")
    assert (session.finished, session.stop_reason, session.reviewing) == (True, "length", False)
    agrees(session, made)
    refused(session, session.finish, ca.OutOfTurn)
    assert (session.skipped, session.changeable) == ((), ())
    refused(session, lambda: session.change(left, 0), ca.OutOfTurn)


def test_without_anything_to_look_back_at_there_is_no_review() -> None:
    """With returning alone, nobody who omitted nothing is asked."""
    session = assessment({"returning": True, "changing": False}).start(seed=5)
    while session.pending is not None:
        go_on(session, 1)
    assert session.stop_reason == "length"


def test_finish_is_for_a_review() -> None:
    """Before the rules' end it is refused."""
    session = assessment(BOTH).start(seed=5)
    refused(session, session.finish, ca.OutOfTurn)


def test_a_log_that_ends_its_review_otherwise() -> None:
    """Another reason than that of the review is refused, and so is a review that the blueprint does not have."""
    session = assessment(BOTH).start(seed=5)
    while session.pending is not None:
        go_on(session, 1)
    session.finish()
    log = [dict(entry) for entry in session.log]
    log[-1]["reason"] = "precision"
    with pytest.raises(ca.ReplayMismatch, match=rf"log\[{len(log) - 1}\]"):
        ca.Session.replay(assessment(BOTH), log)
    plain = assessment().start(seed=5)
    while plain.pending is not None:
        go_on(plain, 1)
    log = [dict(entry) for entry in plain.log]
    log[-1]["event"] = "reviewing"
    with pytest.raises(ca.ReplayMismatch, match=rf"log\[{len(log) - 1}\]"):
        ca.Session.replay(assessment(), log)


# ---- withdrawing ---------------------------------------------------------------------------------------


def test_a_pending_item_that_is_withdrawn_is_lost() -> None:
    """Another takes its place; it never comes again; the log has the reason."""
    made = assessment()
    session = made.start(seed=6)
    go_on(session, 2)
    gone = session.pending
    assert gone is not None
    session.withdraw(gone.id, "two keys", at="2026-05-04T10:00:00+05:00")
    assert [entry["event"] for entry in session.log[-3:]] == ["withdrawn", "skipped", "presented"]
    assert session.log[-3] == {
        "event": "withdrawn",
        "item": gone.id,
        "reason": "two keys",
        "at": "2026-05-04T10:00:00+05:00",
    }
    assert session.conclude().unanswered == {"technically_lost": 1}
    agrees(session, made)
    while session.pending is not None:
        go_on(session, 1)
    assert session.n_answered == 9
    assert [e["item"] for e in session.log if e["event"] == "presented"].count(gone.id) == 1


def test_the_evidence_of_an_answered_item_is_taken_out() -> None:
    """θ is that of the other answers; it counts for no minimum, so another of its competency comes."""
    made = assessment()
    session = made.start(seed=6)
    seen = go_on(session, 4)
    gone = next(name for name in seen if BANK.item(name).competency == "c2")
    session.withdraw(gone, "leaked")
    agrees(session, made)
    assert session.n_answered == 3
    while session.pending is not None:
        go_on(session, 1)
    agrees(session, made)
    counting = [e["item"] for e in session.log if e["event"] == "answered" and e["item"] != gone]
    assert len(counting) == 9
    assert any(BANK.item(name).competency == "c2" for name in counting)


@pytest.mark.parametrize("policy", ["lowest", "ignore"])
def test_a_withdrawal_never_scores(policy: str) -> None:
    """Even where the blueprint scores losses as lowest, a withdrawn item adds no evidence."""
    made = banks.assessment(BANK, length=(2, 9), limits=LIMITS, unanswered={"technically_lost": policy})
    session = made.start(seed=6)
    theta = session.conclude().theta
    assert session.pending is not None
    session.withdraw(session.pending.id, "why")
    assert session.conclude().theta == theta
    left = leave(session)
    assert session.conclude().theta < theta
    session.withdraw(left, "why")
    assert session.conclude().theta == pytest.approx(theta, abs=1e-12)
    assert ca.Session.replay(made, session.log).divergences == ()


def test_an_item_that_was_not_presented_never_comes() -> None:
    """Withdrawn beforehand, it is closed."""
    made = assessment()
    session = made.start(seed=6)
    with_it = made.start(seed=6)
    go_on(session, 1)
    go_on(with_it, 2)
    would_come = with_it.log[3]["item"]
    other = made.start(seed=6)
    other.withdraw(would_come, "why")
    assert other.log[-1]["event"] == "withdrawn"
    while other.pending is not None:
        go_on(other, 1)
    assert would_come not in [e["item"] for e in other.log if e["event"] == "presented"]
    agrees(other, made)


def test_pilot_items_are_withdrawn_like_others() -> None:
    """A pending pilot item is lost and counts for nothing; one that did not come yet does not come."""
    made = assessment(BOTH, {"count": 2, "first": 2, "last": 4})
    session = made.start(seed=6)
    names = {item.id for item in BANK.items if item.status == "pilot"}
    while session.pending is not None and session.pending.id not in names:
        go_on(session, 1)
    assert session.pending is not None
    session.withdraw(session.pending.id, "why")
    agrees(session, made)
    for name in names - {e["item"] for e in session.log if "item" in e}:
        session.withdraw(name, "all of them")
    while session.pending is not None:
        go_on(session, 1)
    assert len([e for e in session.log if e.get("by") == "pilot"]) == 1
    agrees(session, made)


def test_a_pilot_item_is_reviewed_like_others() -> None:
    """It may be left, returned to and changed, and moves nothing."""
    made = assessment(BOTH, {"count": 1, "first": 1, "last": 1})
    session = made.start(seed=6)
    new = leave(session)
    assert [item.id for item in session.skipped] == [new]
    theta = session.conclude().theta
    options = [option.id for option in BANK.item(new).options] or [0, 1]
    session.answer_skipped(new, options[0])
    session.change(new, options[1])
    assert session.conclude().theta == theta
    assert (session.n_answered, session.conclude().unanswered) == (0, {})
    assert ca.Session.replay(made, session.log).divergences == ()


def test_power_that_fails_after_a_withdrawal() -> None:
    """A log that ends with the withdrawal of the pending item goes on with its loss and the next item."""
    made = assessment()
    session = made.start(seed=6)
    assert session.pending is not None
    session.withdraw(session.pending.id, "why")
    again = ca.Session.replay(made, session.log[:-2])
    assert again.log == session.log
    log = [*session.log[:-2], {**session.log[-2], "event": "answered", "response": "a"}]
    del log[-1]["reason"]
    with pytest.raises(ca.ReplayMismatch, match="was withdrawn"):
        ca.Session.replay(made, log)


# ---- what cannot be ------------------------------------------------------------------------------------


def refused(session: ca.Session, act: Callable[[], None], error: type[Exception]) -> None:
    """The act raises, and nothing has changed."""
    log, shown = session.log, session.pending
    with pytest.raises(error):
        act()
    assert (session.log, session.pending) == (log, shown)


def test_without_a_review_in_the_blueprint() -> None:
    """Neither returning nor changing is there."""
    session = assessment().start(seed=3)
    left = leave(session)
    seen = go_on(session, 1)[0]
    assert (session.skipped, session.changeable) == ((), ())
    refused(session, lambda: session.answer_skipped(left, 0), ca.OutOfTurn)
    refused(session, lambda: session.change(seen, 0), ca.OutOfTurn)


def test_what_cannot_be_changed() -> None:
    """The pending item, items never seen, omitted ones, withdrawn ones; and options that are none."""
    session = assessment(BOTH).start(seed=3)
    left, seen, shown = leave(session), go_on(session, 1)[0], session.pending
    assert shown is not None
    for name in (shown.id, left, "nobody"):
        refused(session, lambda name=name: session.change(name, 0), ca.OutOfTurn)  # type: ignore[misc]
    for name in (shown.id, seen, "nobody"):
        refused(session, lambda name=name: session.answer_skipped(name, 0), ca.OutOfTurn)  # type: ignore[misc]
    for response in ("z", 99, None, True):
        refused(session, lambda r=response: session.change(seen, r), ca.InputError)  # type: ignore[misc]
    refused(session, lambda: session.change(seen, 0, at="soon"), ca.InputError)
    session.withdraw(seen, "why")
    refused(session, lambda: session.change(seen, 0), ca.OutOfTurn)


def test_what_cannot_be_withdrawn() -> None:
    """Unknown items, the same item twice, without a reason, after the end."""
    session = assessment().start(seed=3)
    refused(session, lambda: session.withdraw("nobody", "why"), ca.InputError)
    refused(session, lambda: session.withdraw("c1_0", " "), ca.InputError)
    session.withdraw("c1_0", "why")
    refused(session, lambda: session.withdraw("c1_0", "again"), ca.OutOfTurn)
    session.break_off()
    refused(session, lambda: session.withdraw("c1_1", "why"), ca.OutOfTurn)
