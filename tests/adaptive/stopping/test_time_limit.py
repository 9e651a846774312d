"""compassess.adaptive.stopping.time_limit: time that was handed in, and no clock."""

from __future__ import annotations

import banks
import pytest

import compassess as ca
from compassess.adaptive.stopping import TimeLimit
from compassess.errors import InputError

BANK = banks.one_block(20)


def limited(**parameters: float) -> ca.Assessment:
    """Twenty items, unless the time is up before."""
    also = [{"rule": "time_limit", "parameters": parameters}]
    return banks.assessment(BANK, length=(3, 20), target=0.01, also=also, limits=(0, None))


def sat(assessment: ca.Assessment, *, seconds: float | None, minutes: float | None) -> ca.Session:
    """A sitting whose answers take so long each, as far as that is handed in."""
    session = assessment.start(seed=1, at=None if minutes is None else "2026-05-04T09:00:00+05:00")
    while session.pending is not None:
        step = session.n_answered + 1
        at = None
        if minutes is not None:
            passed = int(step * minutes)
            at = f"2026-05-04T{9 + passed // 60:02d}:{passed % 60:02d}:00+05:00"
        session.answer(session.pending.id, step % 2, at=at, elapsed=seconds)
    return session


def test_seconds_spent_on_items_add_up() -> None:
    """Five items of 12 seconds are a minute; the sitting ends before the sixth, and its replay too."""
    assessment = limited(spent=60.0)
    session = sat(assessment, seconds=12.0, minutes=None)
    assert (session.n_answered, session.stop_reason) == (5, "time_limit")
    again = ca.Session.replay(assessment, session.log)
    assert (again.stop_reason, again.divergences) == ("time_limit", ())
    assert "precision_not_reached" in session.conclude().flags


def test_time_since_the_start_counts_pauses_too() -> None:
    """Four minutes an item end a sitting of half an hour after eight; what was spent on them does not matter."""
    assessment = limited(elapsed=1800.0)
    session = sat(assessment, seconds=1.0, minutes=4)
    assert (session.n_answered, session.stop_reason) == (8, "time_limit")
    assert ca.Session.replay(assessment, session.log).divergences == ()


def test_a_clock_that_is_set_back_makes_no_sitting_younger() -> None:
    """The latest time counts, and zones are reckoned with."""
    session = limited(elapsed=1800.0).start(seed=1, at="2026-05-04T09:00:00+05:00")
    for at in ("2026-05-04T04:40:00+00:00", "2026-05-04T09:10:00+05:00"):
        assert session.pending is not None
        session.answer(session.pending.id, 1, at=at)
    assert session.pending is not None  # 40 minutes have passed, but three items are the least
    session.answer(session.pending.id, 0, at="2026-05-04T09:11:00+05:00")
    assert session.stop_reason == "time_limit"


@pytest.mark.parametrize("parameters", [{"spent": 60.0}, {"elapsed": 60.0}])
def test_without_times_it_never_ends_a_sitting(parameters: dict[str, float]) -> None:
    """Neither a live sitting to which none are handed in, nor a simulation."""
    assessment = limited(**parameters)
    assert sat(assessment, seconds=None, minutes=None).stop_reason == "length"
    assert set(ca.simulate(assessment, 10, seed=1).reasons) == {"length"}


def test_parameters_are_checked() -> None:
    """At least one limit, each above 0."""
    with pytest.raises(InputError, match="no limit"):
        TimeLimit()
    with pytest.raises(InputError) as caught:
        TimeLimit(spent=0.0, elapsed=float("inf"))
    assert [problem.where for problem in caught.value.problems] == ["spent", "elapsed"]
