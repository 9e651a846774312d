"""Languages, pauses and time: what a hall does beside presenting items."""

from __future__ import annotations

import json

import banks
import pytest

import compassess as ca
from compassess.adaptive.timing import TimeUsed

BANK = banks.with_options()
LIMITS = {"c1": (1, 3), "c2": (1, None), "c3": (0, None)}
TIMED = banks.assessment(BANK, length=(2, 8), limits=LIMITS, time_limits={"item": 60.0, "sitting": 1200.0})
PLAIN = banks.assessment(BANK, length=(2, 8), limits=LIMITS)


def at(minute: int, second: int = 0) -> str:
    """A time of one morning."""
    return f"2026-05-04T09:{minute:02d}:{second:02d}+05:00"


def answer(session: ca.Session, **told: object) -> None:
    """Answer the pending item."""
    item = session.pending
    assert item is not None
    session.answer(item.id, item.options[0].id if item.options else 0, **told)  # type: ignore[arg-type]


def replays(session: ca.Session, made: ca.Assessment) -> None:
    """The log replays to the same session."""
    again = ca.Session.replay(made, json.loads(json.dumps(session.log)))
    assert (again.log, again.pending, again.divergences) == (session.log, session.pending, ())
    assert (again.language, again.paused) == (session.language, session.paused)
    assert again.time() == session.time()


# ---- language ------------------------------------------------------------------------------------------


def test_another_language_from_the_next_item_on() -> None:
    """The pending item stays as it is; later ones are shown in the new language; choices are the same."""
    session, same = PLAIN.start(seed=2, language="ru"), PLAIN.start(seed=2, language="ru")
    answer(session)
    before = session.pending
    session.switch_language("kk", at=at(31))
    assert session.pending == before
    assert session.language == "kk"
    assert session.log[-1] == {"event": "language_switched", "language": "kk", "at": at(31)}
    answer(session)
    assert session.pending is not None
    assert (session.pending.language, session.pending.text[:2]) == ("kk", "kk")
    assert all(option.text.startswith("kk") for option in session.pending.options)
    session.switch_language("en")
    session.switch_language("ru")
    answer(session)
    assert session.pending.language == "ru"
    replays(session, PLAIN)
    for _ in range(3):
        answer(same)
    assert [e["item"] for e in session.log if e["event"] == "presented"] == [
        e["item"] for e in same.log if e["event"] == "presented"
    ]
    assert session.conclude() == same.conclude()


def test_a_language_that_the_bank_lacks() -> None:
    """It is refused, in a log too; after the end every language is out of turn."""
    session = PLAIN.start(seed=2)
    for language in ("de", "", None):
        with pytest.raises(ca.InputError):
            session.switch_language(language)  # type: ignore[arg-type]
    assert len(session.log) == 2
    for language in ("de", None):
        with pytest.raises(ca.ReplayMismatch, match=r"log\[2\]"):
            ca.Session.replay(
                PLAIN, [*session.log, {"event": "language_switched", "language": language, "at": None}]
            )
    session.break_off()
    with pytest.raises(ca.OutOfTurn):
        session.switch_language("kk")


# ---- pause ---------------------------------------------------------------------------------------------


def test_a_pause_covers_the_item_and_takes_no_time() -> None:
    """Nothing is pending while it lasts; afterwards the same item is; the time of the pause does not count."""
    session = TIMED.start(seed=2, at=at(0))
    answer(session, at=at(1), elapsed=55.0)
    shown = session.pending
    session.pause(at(2))
    assert (session.paused, session.pending, session.finished) == (True, None, False)
    item = shown.id if shown is not None else ""
    for act in (
        lambda: session.answer(item, "a"),
        lambda: session.skip(item),
        lambda: session.pause(),
        lambda: session.switch_language("kk"),
        lambda: session.withdraw(item, "why"),
        lambda: session.finish(),
    ):
        with pytest.raises(ca.OutOfTurn):
            act()
    assert session.time(at(7)) == TimeUsed(working=120.0, paused=300.0, on_items=55.0, limit=1200.0)
    replays(session, TIMED)
    session.resume(at(12))
    assert (session.paused, session.pending) == (False, shown)
    with pytest.raises(ca.OutOfTurn):
        session.resume()
    session.pause(at(13))
    session.resume(at(14, 30))
    assert session.time(at(15)) == TimeUsed(working=210.0, paused=690.0, on_items=55.0, limit=1200.0)
    assert session.time().working == 180.0
    assert session.time(at(15)).left == 990.0
    replays(session, TIMED)


def test_a_sitting_may_be_broken_off_in_a_pause() -> None:
    """The item behind the curtain was not reached."""
    session = TIMED.start(seed=2, at=at(0))
    answer(session)
    session.pause(at(2))
    session.break_off(at(9), reason="examinee_left")
    assert session.conclude().unanswered == {"not_reached": 1}
    replays(session, TIMED)


def test_times_that_were_not_handed_in_are_not_known() -> None:
    """Without the times of start or pause there is no working time; time on items is what was told."""
    session = TIMED.start(seed=2)
    answer(session, elapsed=5)
    assert session.time(at(5)) == TimeUsed(working=None, paused=0.0, on_items=5.0, limit=1200.0)
    assert session.time(at(5)).left is None
    other = TIMED.start(seed=2, at=at(0))
    other.pause()
    other.resume(at(3))
    assert (other.time(at(5)).working, other.time(at(5)).paused) == (None, None)
    with pytest.raises(ca.InputError):
        other.time("soon")


def test_what_is_left_is_never_below_nothing() -> None:
    """A limit that has passed leaves 0; without a limit nothing is said."""
    session = TIMED.start(seed=2, at=at(0))
    assert session.time(at(59)).left == 0.0
    assert PLAIN.start(seed=2, at=at(0)).time(at(59)).left is None


# ---- time factor ---------------------------------------------------------------------------------------


def test_a_time_factor_lengthens_every_limit() -> None:
    """The header has it, limits are multiplied by it, items and θ are the same."""
    usual, longer = TIMED.start(seed=2, at=at(0)), TIMED.start(seed=2, at=at(0), time_factor=1.5)
    assert longer.log[0] == {**usual.log[0], "time_factor": 1.5}
    assert "time_factor" not in usual.log[0]
    assert usual.pending is not None
    assert longer.pending is not None
    assert (usual.pending.seconds, longer.pending.seconds) == (60.0, 90.0)
    assert (usual.time().limit, longer.time().limit) == (1200.0, 1800.0)
    for session in (usual, longer):
        answer(session, elapsed=80.0)
    assert usual.pending.id == longer.pending.id
    assert usual.conclude().theta == longer.conclude().theta
    replays(longer, TIMED)
    assert PLAIN.start(seed=2, time_factor=2).pending.seconds is None  # type: ignore[union-attr]


def test_rules_see_time_as_it_would_be_without_the_accommodation() -> None:
    """Seconds spent are divided by the factor, so that a rule on time stops nobody earlier."""
    longer = TIMED.start(seed=2, time_factor=1.5)
    answer(longer, elapsed=90.0)
    item = longer.pending
    assert item is not None
    longer.skip(item.id, elapsed=45.0)
    assert longer._snapshot.progress.seconds.tolist() == [90.0]
    assert longer.time().on_items == 135.0


@pytest.mark.parametrize("factor", [0.5, 0, -1, float("nan"), float("inf"), 11, True, "1.5"])
def test_no_factor_of_time(factor: object) -> None:
    """It is refused, in a log too."""
    with pytest.raises(ca.InputError, match="time_factor"):
        TIMED.start(time_factor=factor)  # type: ignore[arg-type]
    log = [dict(entry) for entry in TIMED.start().log]
    log[0]["time_factor"] = factor
    with pytest.raises(ca.ReplayMismatch, match=r"log\[0\]"):
        ca.Session.replay(TIMED, log)
