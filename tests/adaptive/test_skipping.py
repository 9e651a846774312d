"""Items that are left, and sittings that are broken off: what the log says, what counts, what follows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive.events import BREAK_OFFS, SKIP_REASONS
from compassess.bank import Period, ValidityRule

AT = "2026-05-04T09:30:00+05:00"
BANK = banks.with_options()
OLD = json.loads((Path(__file__).parent / "logs" / "before_skipping.json").read_text(encoding="utf-8"))


def assessment(**changes: Any) -> ca.Assessment:
    """Eight items at most, three of c1 at most, of c1 and c2 one at least."""
    usual = {"length": (2, 8), "limits": {"c1": (1, 3), "c2": (1, None), "c3": (0, None)}, "randomesque": 2}
    return banks.assessment(BANK, **(usual | changes))


def answer(session: ca.Session) -> str:
    """Answer the pending item; its id."""
    item = session.pending
    assert item is not None
    session.answer(item.id, item.options[1].id if item.options else 1)
    return item.id


def leave(session: ca.Session, reason: str = "omitted") -> str:
    """Leave the pending item; its id."""
    item = session.pending
    assert item is not None
    session.skip(item.id, reason)
    return item.id


# ---- the log -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", SKIP_REASONS)
def test_the_log_says_that_and_why(reason: str) -> None:
    """A skipped item has an entry with its reason and nothing derived; the next item follows at once."""
    session = assessment().start(seed=3)
    item = session.pending
    assert item is not None
    session.skip(item.id, reason, at=AT, elapsed=40)
    assert session.log[2] == {
        "event": "skipped",
        "step": 1,
        "item": item.id,
        "reason": reason,
        "at": AT,
        "elapsed": 40.0,
    }
    assert (session.log[3]["event"], session.log[3]["step"], session.log[3]["at"]) == ("presented", 2, AT)
    assert session.pending is not None
    assert session.pending.id != item.id
    assert session.n_answered == 0


def test_replay_of_a_log_with_skips() -> None:
    """Through JSON it gives the same session, at every length; a reason that is none is refused."""
    made = assessment()
    session = made.start(seed=9)
    for act in ("omitted", None, "technically_lost", None, "timed_out", None):
        leave(session, act) if act else answer(session)
        again = ca.Session.replay(made, json.loads(json.dumps(session.log)))
        assert (again.log, again.pending, again.divergences) == (session.log, session.pending, ())
        assert again.conclude() == session.conclude()
    log = [dict(entry) for entry in session.log]
    log[2]["reason"] = "not_reached"
    with pytest.raises(ca.ReplayMismatch, match=r"log\[2\].*not_reached"):
        ca.Session.replay(made, log)
    log[2] |= {"reason": "omitted", "item": "c1_9"}
    with pytest.raises(ca.ReplayMismatch, match=r"log\[2\]"):
        ca.Session.replay(made, log)


def test_logs_from_before_there_were_skips() -> None:
    """A log that an earlier engine wrote replays to itself and to the numbers that it had, nothing diverging."""
    former = replace(
        assessment().bands, bank=None, validity=ValidityRule(period=Period(days=365), ends="same_time")
    )
    made = assessment(rules=former)  # the example bands of that engine; the log names them by their hash
    again = ca.Session.replay(made, OLD["whole"])
    assert list(again.log) == OLD["whole"]
    assert again.divergences == ()
    conclusion = again.conclude()
    assert conclusion.theta == pytest.approx(OLD["theta"], abs=1e-10)
    assert conclusion.se == pytest.approx(OLD["se"], abs=1e-10)
    assert conclusion.band == OLD["band"]
    broken = ca.Session.replay(made, OLD["broken_off"])
    assert list(broken.log) == OLD["broken_off"]
    assert broken.stop_reason == "broken_off"
    assert broken.conclude().band == "needs_more_evidence"


def test_out_of_turn() -> None:
    """Another item, an unknown reason, a time without a zone, the end: refused, and nothing has changed."""
    session = assessment().start(seed=3)
    first = answer(session)
    item = session.pending
    assert item is not None
    before = (session.log, item, session.conclude())
    for error, arguments in (
        (ca.OutOfTurn, {"item_id": first}),
        (ca.InputError, {"item_id": item.id, "reason": "not_reached"}),
        (ca.InputError, {"item_id": item.id, "reason": None}),
        (ca.InputError, {"item_id": item.id, "at": "2026-05-04T09:30:00"}),
        (ca.InputError, {"item_id": item.id, "elapsed": -1}),
    ):
        with pytest.raises(error):
            session.skip(**arguments)
        assert (session.log, session.pending, session.conclude()) == before
    with pytest.raises(ca.InputError):
        session.break_off(reason="tired")
    assert (session.log, session.pending, session.conclude()) == before
    while session.pending is not None:
        answer(session)
    with pytest.raises(ca.OutOfTurn):
        session.skip(first)


# ---- what counts ---------------------------------------------------------------------------------------


def test_what_was_omitted_was_presented() -> None:
    """Leaving everything ends a sitting where answering everything would: at its length, within its maxima."""
    session, seen = assessment().start(seed=3), []
    while session.pending is not None:
        seen.append(leave(session, "omitted" if len(seen) % 2 else "timed_out"))
    assert (len(seen), session.stop_reason) == (8, "length")
    assert sum(name.startswith("c1") for name in seen) <= 3
    conclusion = session.conclude()
    assert conclusion.n_items == 0
    assert conclusion.unanswered == {"omitted": 4, "timed_out": 4}
    assert conclusion.band == "needs_more_evidence"
    assert {"no_answers", "omitted_items", "timed_out_items"} <= set(conclusion.flags)


def test_what_was_lost_is_made_up_for() -> None:
    """A lost item never comes back and counts for nothing: the examinee gets as many items as anybody."""
    session = assessment(target=0.1).start(seed=3)
    lost = [leave(session, "technically_lost") for _ in range(4)]
    answered = []
    while session.pending is not None:
        answered.append(answer(session))
    assert not set(lost) & set(answered)
    assert (len(answered), session.stop_reason) == (8, "length")
    assert {name[:2] for name in answered} >= {"c1", "c2"}
    steps = [entry["step"] for entry in session.log if entry["event"] == "presented"]
    assert steps == list(range(1, 13))


def test_the_pool_ends_a_sitting_in_which_everything_is_lost() -> None:
    """Each item is lost once; the number of an item never exceeds what the examinee is told."""
    session, seen = assessment().start(seed=3), []
    while (item := session.pending) is not None:
        assert item.step <= item.longest
        seen.append(leave(session, "technically_lost"))
    assert sorted(seen) == sorted(one.id for one in BANK.operational)
    assert session.stop_reason == "pool_exhausted"
    assert session.conclude().unanswered == {"technically_lost": len(seen)}


def test_lost_items_leave_the_numbers_alone() -> None:
    """θ after an item is lost is θ before it; after one is omitted it is lower."""
    session = assessment().start(seed=3)
    answer(session)
    before = session.conclude()
    leave(session, "technically_lost")
    assert session.conclude().theta == before.theta
    leave(session)
    assert session.conclude().theta < before.theta


def test_the_policy_of_the_blueprint() -> None:
    """Under "ignore" an omitted item adds nothing, and counts all the same."""
    session = assessment(unanswered={"omitted": "ignore"}).start(seed=3)
    before = session.conclude().theta
    n = 0
    while session.pending is not None:
        leave(session)
        n += 1
    assert (n, session.conclude().theta) == (8, before)


def test_the_matrix_says_the_same() -> None:
    """The answers and codes of a sitting, as two tables, give its conclusion."""
    made = assessment()
    session, rng = made.start(seed=5), np.random.default_rng(5)
    place = {item.id: column for column, item in enumerate(BANK.operational)}
    codes, words = np.full((1, len(place)), np.nan), np.full((1, len(place)), None, dtype=object)
    while (item := session.pending) is not None:
        if rng.random() < 0.4:
            leave(session, str(rng.choice(SKIP_REASONS)))
            words[0, place[item.id]] = session.log[-2]["reason"]
        else:
            answer(session)
            entry, stored = session.log[-2], BANK.item(item.id)
            response = entry["response"]
            codes[0, place[item.id]] = (
                stored.option(response).score if isinstance(response, str) else response
            )
    alone = ca.conclude(codes, made, unanswered=words)[0]
    live = session.conclude()
    assert alone.theta == pytest.approx(live.theta, abs=1e-10)
    assert (alone.band, alone.n_items, alone.unanswered) == (live.band, live.n_items, live.unanswered)
    assert [part.n_items for part in alone.competencies.values()] == [
        part.n_items for part in live.competencies.values()
    ]


# ---- breaking off --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "code"), BREAK_OFFS.items())
def test_breaking_off(reason: str, code: str) -> None:
    """The log names the reason, the item on the screen has its code, and no verdict is given."""
    made = assessment()
    session = made.start(seed=3)
    for _ in range(5):
        answer(session)
    before = session.conclude()
    session.break_off(at=AT, reason=reason)
    assert session.log[-1] == {"event": "finished", "reason": reason, "at": AT}
    conclusion = session.conclude()
    assert conclusion.stop_reason == session.stop_reason == reason
    assert conclusion.unanswered == {code: 1}
    assert {"incomplete", f"{code}_items"} <= set(conclusion.flags)
    assert conclusion.band == "needs_more_evidence"
    if code == "technically_lost":
        assert conclusion.theta == before.theta
    else:
        assert conclusion.theta < before.theta
    again = ca.Session.replay(made, session.log)
    assert (again.log, again.conclude(), again.divergences) == (session.log, conclusion, ())


def test_an_incomplete_sitting_may_be_scored() -> None:
    """Where the blueprint says "score", the verdicts stand, and the flag still says that it is incomplete."""
    rules = banks.bands(BANK, confirmation={})
    session = assessment(unanswered={"incomplete": "score"}, rules=rules).start(seed=3)
    for _ in range(5):
        answer(session)
    session.break_off(reason="time_is_up")
    conclusion = session.conclude()
    assert conclusion.band in rules.bands
    assert "incomplete" in conclusion.flags
