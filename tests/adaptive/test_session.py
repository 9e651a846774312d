"""compassess.adaptive.session: one sitting, from its first item to its conclusion."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive.draws import uniform

BANK = banks.with_options()
AT = "2026-05-04T09:30:00+05:00"


def assessment(**changes: Any) -> ca.Assessment:
    """The bank with options, with changes to the default blueprint."""
    return banks.assessment(BANK, **changes)


def play(session: ca.Session, n: int | None = None, seed: int = 1) -> ca.Session:
    """Answer ``n`` items, or all."""
    rng, left = np.random.default_rng(seed), -1 if n is None else n
    while (item := session.pending) is not None and left != 0:
        answer = (
            item.options[rng.integers(len(item.options))].id
            if item.options
            else int(rng.integers(item.n_categories))
        )
        session.answer(item.id, answer)
        left -= 1
    return session


def test_a_whole_sitting() -> None:
    """Items wait one after the other, none twice, until a reason to stop is there."""
    session = play(assessment().start(examinee="E-0017", seed=7, language="kk", at=AT))
    presented = [entry["item"] for entry in session.log if entry["event"] == "presented"]
    assert len(set(presented)) == len(presented) == session.n_answered
    assert session.finished
    assert session.pending is None
    assert session.stop_reason in ("length", "precision", "pool_exhausted")


def test_the_log_holds_what_happened() -> None:
    """The header names format, engine, hashes and seed; entries hold items, answers and times, nothing derived."""
    made = assessment()
    session = made.start(examinee="E-0017", seed=7, language="ru", at=AT)
    first = session.pending
    assert first is not None
    session.answer(
        first.id, first.options[1].id if first.options else 1, at="2026-05-04T09:31:00+05:00", elapsed=12
    )
    header, presented, answered, following = session.log
    assert header == {
        "event": "started",
        "format": "compassess/log/1",
        "engine": ca.__version__,
        "bank": made.bank.content_hash,
        "blueprint": made.blueprint.content_hash,
        "bands": made.bands.content_hash,
        "strategies": ["maximum_information@1", "standard_error@1"],
        "examinee": "E-0017",
        "seed": 7,
        "language": "ru",
        "at": AT,
    }
    draw = float(uniform(7, 0))
    assert presented == {
        "event": "presented",
        "step": 1,
        "item": first.id,
        "at": AT,
        "by": "minimum",
        "draw": draw,
    }
    assert answered == {
        "event": "answered",
        "step": 1,
        "item": first.id,
        "response": "b" if first.options else 1,
        "at": "2026-05-04T09:31:00+05:00",
        "elapsed": 12.0,
    }
    assert following["at"] == "2026-05-04T09:31:00+05:00"


def test_the_option_is_kept_not_its_score() -> None:
    """The log holds the option's id, so that a corrected key can be applied later."""
    session = play(assessment().start())
    responses = {entry["item"]: entry["response"] for entry in session.log if entry["event"] == "answered"}
    assert all(
        isinstance(response, str) == (not name.startswith("c3")) for name, response in responses.items()
    )


def test_the_log_is_detached() -> None:
    """Changing what log gave changes nothing in the sitting."""
    session = play(assessment().start(seed=3), 3)
    before = json.dumps(session.log)
    for entry in session.log:
        entry.clear()
    session.log[0]["strategies"].append("none")
    assert json.dumps(session.log) == before


def test_the_same_seed_and_answers() -> None:
    """The same seed and answers give the same items; examinee, language and times do not matter."""
    made = assessment(randomesque=3)

    def items(**start: Any) -> list[str]:
        return [entry["item"] for entry in play(made.start(**start)).log if entry["event"] == "presented"]

    assert items(seed=5) == items(seed=5, examinee="E", language="ru", at=AT)
    assert len({tuple(items(seed=seed)) for seed in range(20)}) > 10


def test_no_two_sittings_share_anything() -> None:
    """A sitting in between does not change another."""
    made = assessment(randomesque=3)
    first, second = made.start(seed=5), made.start(seed=6)
    for _ in range(5):
        play(first, 1)
        play(second, 1, seed=9)
    alone = made.start(seed=5)
    for _ in range(5):
        play(alone, 1)
    assert first.log == alone.log


@pytest.mark.parametrize(
    "start",
    [
        {"seed": -1},
        {"seed": 2**63},
        {"seed": True},
        {"seed": 1.5},
        {"seed": "7"},
        {"language": "de"},
        {"language": ""},
        {"examinee": 17},
        {"at": datetime(2026, 5, 4)},
        {"at": "2026-05-04T09:30:00"},
        {"at": "now"},
    ],
)
def test_impossible_starts(start: dict[str, Any]) -> None:
    """No seed, an unknown language, a number as a pseudonym, a time without a zone: refused with the place."""
    with pytest.raises(ca.InputError) as caught:
        assessment().start(**start)
    assert [problem.where for problem in caught.value.problems] == list(start)


def test_languages() -> None:
    """Without a language it is the bank's first."""
    session = assessment().start()
    assert session.language == "kk"
    assert session.pending is not None
    assert session.pending.text.startswith("kk: ")


def unchanged(session: ca.Session) -> tuple[Any, ...]:
    """All that may not change when an event is refused."""
    return (session.log, session.pending, session.n_answered, session.conclude())


@pytest.mark.parametrize(
    "elapsed",
    [-1, float("nan"), float("inf"), 10**400, True, "5"],
    ids=["negative", "nan", "inf", "huge", "bool", "text"],
)
def test_impossible_durations(elapsed: Any) -> None:
    """What is no duration is refused and changes nothing."""
    session = play(assessment().start(), 2)
    before = unchanged(session)
    assert session.pending is not None
    with pytest.raises(ca.InputError):
        session.answer(
            session.pending.id,
            session.pending.options[0].id if session.pending.options else 0,
            elapsed=elapsed,
        )
    assert unchanged(session) == before


def test_after_the_end() -> None:
    """After the end nothing can be answered or broken off."""
    session = play(assessment().start())
    before = unchanged(session)
    last = [entry for entry in session.log if entry["event"] == "answered"][-1]
    with pytest.raises(ca.OutOfTurn):
        session.answer(last["item"], last["response"])
    with pytest.raises(ca.OutOfTurn):
        session.break_off()
    assert unchanged(session) == before


def test_a_double_click() -> None:
    """An answer to the item before is out of turn; the message says which item waits."""
    session = assessment().start()
    first = session.pending
    play(session, 1)
    assert first is not None
    assert session.pending is not None
    with pytest.raises(ca.OutOfTurn, match=repr(session.pending.id)):
        session.answer(first.id, "a")


def test_breaking_off() -> None:
    """A sitting that is broken off ends at once, and can be concluded on as incomplete."""
    session = play(assessment().start(at=AT), 3)
    session.break_off(at="2026-05-04T09:40:00+05:00")
    assert session.pending is None
    assert session.stop_reason == "broken_off"
    assert session.log[-1] == {"event": "finished", "reason": "broken_off", "at": "2026-05-04T09:40:00+05:00"}
    conclusion = session.conclude()
    assert conclusion.n_items == 3
    assert {"incomplete", "precision_not_reached"} <= set(conclusion.flags)


def test_flags_of_the_sitting() -> None:
    """Incomplete before the end; precision_not_reached where it ended short of it; neither at "precision"."""
    assert "incomplete" in play(assessment().start(), 2).conclude().flags
    short = play(assessment(length=(1, 6), limits=(0, None)).start()).conclude()
    assert short.stop_reason == "length"
    assert "precision_not_reached" in short.flags
    assert "incomplete" not in short.flags
    enough = play(assessment(target=0.9).start()).conclude()
    assert enough.stop_reason == "precision"
    assert not {"incomplete", "precision_not_reached"} & set(enough.flags)


def test_minima_and_maxima_of_the_blueprint() -> None:
    """A sitting presents at least the minimum of each competency and no more than its maximum."""
    session = play(assessment(limits={"c1": (3, 3), "c2": (1, 2), "c3": (0, None)}, target=0.05).start())
    counts = session.conclude().competencies
    assert [part.n_items for part in counts.values()] == [3, 2, 6]
    assert session.stop_reason == "pool_exhausted"


def test_concluding_does_not_move_the_sitting() -> None:
    """conclude() can be asked at any time, twice, and changes nothing."""
    session = play(assessment().start(), 4)
    log = session.log
    assert session.conclude(at=AT) == session.conclude(at=AT)
    assert session.log == log
    assert session.conclude().concluded_at is None


def test_times_are_handed_in() -> None:
    """Without times the log holds none: a sitting never reads the clock."""
    session = play(assessment().start())
    assert {entry["at"] for entry in session.log} == {None}
    timed = assessment().start(at=datetime(2026, 5, 4, tzinfo=UTC))
    assert timed.log[0]["at"] == "2026-05-04T00:00:00+00:00"
