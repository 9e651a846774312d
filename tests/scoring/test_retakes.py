"""compassess.scoring.retakes: whether somebody may sit again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import OUTCOMES, Period, RetakeRule
from compassess.errors import InputError
from compassess.scoring import Attempt, may_retake

TICK = timedelta(microseconds=1)


def _on(day: str, name: str = "a", **changes: object) -> Attempt:
    return Attempt(id=name, taken_at=f"{day}T09:30:00+05:00", **changes)  # type: ignore[arg-type]


def _at(day: str, clock: str = "12:00:00") -> str:
    return f"{day}T{clock}+05:00"


def test_without_limits_everybody_may_sit() -> None:
    """At once, and again at the same moment."""
    found = may_retake([_on("2026-05-04")], _at("2026-05-04", "09:30:00"), RetakeRule())
    assert (found.allowed, found.obstacles, found.reasons, found.attempts_left) == (True, (), (), None)
    assert found.earliest is not None
    assert found.earliest.isoformat() == "2026-05-04T09:30:00+05:00"
    assert may_retake([], _at("2026-05-04"), RetakeRule(wait=Period(days=9), most=1)).allowed


def test_a_wait_is_over_when_its_day_begins() -> None:
    """Three months after 30 November is 28 February, at midnight in the hall."""
    rule = RetakeRule(wait=Period(months=3))
    found = may_retake([_on("2026-11-30")], _at("2026-12-01"), rule)
    assert (found.allowed, found.reasons) == (False, ("wait",))
    assert found.obstacles[0].attempts == ("a",)
    assert found.earliest is not None
    assert found.earliest.isoformat() == "2027-02-28T00:00:00+05:00"
    assert not may_retake([_on("2026-11-30")], _at("2027-02-27", "23:59:59.999999"), rule).allowed
    assert may_retake([_on("2026-11-30")], found.earliest, rule).allowed


def test_every_sitting_is_waited_for() -> None:
    """The longest wait decides, though it is not the last sitting's."""
    rule = RetakeRule(wait=Period(days=10), wait_after={"incomplete": Period(months=6)})
    history = [_on("2026-05-04", "left", outcome="incomplete"), _on("2026-06-01", "whole")]
    found = may_retake(history, _at("2026-06-02"), rule)
    assert [(one.reason, one.attempts) for one in found.obstacles] == [
        ("wait", ("whole",)),
        ("cooling_off", ("left",)),
    ]
    assert found.earliest is not None
    assert found.earliest.isoformat() == "2026-11-04T00:00:00+05:00"
    assert may_retake(history, _at("2026-06-20"), rule).reasons == ("cooling_off",)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_which_sittings_count_is_the_rule_s(outcome: str) -> None:
    """By default all but those that the hall lost; for the wait and for the number alike."""
    history = [_on("2026-05-04", outcome=outcome)]
    rule = RetakeRule(wait=Period(days=10), most=1)
    found = may_retake(history, _at("2026-05-05"), rule)
    assert found.allowed == (outcome == "technically_lost")
    assert found.attempts_left == (1 if outcome == "technically_lost" else 0)
    only = RetakeRule(wait=Period(days=10), most=1, counted=("failed",))
    assert may_retake(history, _at("2026-05-05"), only).allowed == (outcome != "failed")


def test_a_cooling_off_holds_for_a_sitting_that_does_not_count() -> None:
    """And a wait of nothing takes the common one away from a sitting that does."""
    rule = RetakeRule(
        wait=Period(days=10), wait_after={"technically_lost": Period(days=2), "withheld": Period()}
    )
    lost = may_retake([_on("2026-05-04", outcome="technically_lost")], _at("2026-05-05"), rule)
    assert (lost.allowed, lost.reasons) == (False, ("cooling_off",))
    assert may_retake([_on("2026-05-04", outcome="withheld")], _at("2026-05-04"), rule).allowed


def test_so_many_in_a_window() -> None:
    """There is room again when the sitting leaves with which only one fewer than the limit remain."""
    rule = RetakeRule(most=2, window=Period(years=1))
    history = [_on("2026-05-04", "b"), _on("2026-01-10", "a")]
    assert may_retake(history[1:], _at("2026-02-01"), rule).attempts_left == 1
    full = may_retake(history, _at("2026-06-01"), rule)
    assert (full.allowed, full.reasons, full.attempts_left) == (False, ("attempts_in_window",), 0)
    assert full.obstacles[0].attempts == ("a", "b")
    assert full.earliest is not None
    assert full.earliest.isoformat() == "2027-01-10T00:00:00+05:00"
    three = [*history, _on("2026-06-01", "c")]  # more than the rule ever allowed
    over = may_retake(three, _at("2026-07-01"), rule)
    assert over.attempts_left == 0
    assert over.earliest is not None
    assert over.earliest.isoformat() == "2027-05-04T00:00:00+05:00"


def test_so_many_for_ever() -> None:
    """Without a window there is no later time, whatever else stands in the way."""
    rule = RetakeRule(most=2, wait=Period(days=10))
    found = may_retake([_on("2026-01-10", "a"), _on("2026-05-04", "b")], _at("2026-05-05"), rule)
    assert (found.allowed, found.earliest) == (False, None)
    assert found.reasons == ("wait", "attempts_used_up")
    assert found.obstacles[-1].until is None


def test_what_is_still_to_come_does_not_count() -> None:
    """Asked for an earlier time, the answer is that of then."""
    rule = RetakeRule(wait=Period(days=10), most=1)
    history = [_on("2026-05-04")]
    before = may_retake(history, _at("2026-05-04", "09:29:59"), rule)
    assert (before.allowed, before.attempts_left) == (True, 1)


def test_days_are_those_of_the_zone() -> None:
    """At 20:00 in London it is the next day in Almaty, and the wait begins a day later there."""
    taken = Attempt(id="a", taken_at="2026-05-04T20:00:00+01:00")
    day = Period(days=1)
    here = may_retake([taken], taken.taken_at, RetakeRule(wait=day)).earliest
    there = may_retake([taken], taken.taken_at, RetakeRule(wait=day, zone="Asia/Almaty")).earliest
    assert here is not None
    assert there is not None
    assert (here.isoformat(), there.isoformat()) == ("2026-05-05T00:00:00+01:00", "2026-05-06T00:00:00+05:00")


def test_faults_are_told_at_once() -> None:
    """The time, the members, the ids."""
    one = _on("2026-05-04")
    with pytest.raises(InputError) as caught:
        may_retake([one, one, "x"], "2026-05-05", RetakeRule())  # type: ignore[list-item]
    assert [problem.where for problem in caught.value.problems] == ["at", "history[1].id", "history[2]"]
    far = Attempt(id="far", taken_at="9998-05-04T00:00:00+05:00")
    with pytest.raises(InputError, match=r"history\['far'\].taken_at"):
        may_retake([far], far.taken_at, RetakeRule(wait=Period(years=5)))


PERIODS = st.builds(Period, months=st.integers(0, 8), days=st.integers(1, 40))
RULES = st.builds(
    lambda wait, after, most, window, counted, zone: RetakeRule(
        wait=wait,
        wait_after=after,
        most=most,
        window=None if most is None else window,
        counted=tuple(counted),
        zone=zone,
    ),
    st.none() | PERIODS,
    st.dictionaries(st.sampled_from(OUTCOMES), PERIODS | st.just(Period()), max_size=2),
    st.none() | st.integers(1, 3),
    st.none() | PERIODS,
    st.lists(st.sampled_from(OUTCOMES), unique=True),
    st.sampled_from([None, "Asia/Almaty", "Europe/Berlin", "Africa/Cairo", "-11:30"]),
)
HISTORIES = st.lists(
    st.tuples(st.integers(0, 400 * 24), st.sampled_from(OUTCOMES)), max_size=6, unique_by=lambda row: row[0]
).map(
    lambda rows: [
        Attempt(
            id=str(place),
            taken_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours),
            outcome=outcome,
        )
        for place, (hours, outcome) in enumerate(rows)
    ]
)
AFTER_ALL = st.integers(0, 300 * 24).map(
    lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=400, hours=hours)
)


@given(history=HISTORIES, rule=RULES, at=AFTER_ALL)
def test_the_earliest_time_is_the_earliest(history: list[Attempt], rule: RetakeRule, at: datetime) -> None:
    """It is allowed, a microsecond before is not, and whatever lies after is."""
    found = may_retake(history, at, rule)
    assert found.allowed == (not found.obstacles) == (not found.reasons)
    if found.earliest is None:
        assert not found.allowed
        assert not may_retake(history, at + timedelta(days=36_500), rule).allowed
        return
    assert may_retake(history, found.earliest, rule).allowed
    assert may_retake(history, found.earliest + timedelta(days=1), rule).allowed
    if found.allowed:
        assert found.earliest == at
    else:
        assert found.earliest > at
        assert not may_retake(history, found.earliest - TICK, rule).allowed


@given(history=HISTORIES, rule=RULES, times=st.lists(AFTER_ALL, min_size=2, max_size=4))
def test_time_only_opens(history: list[Attempt], rule: RetakeRule, times: list[datetime]) -> None:
    """With no new sitting, who may sit once may sit later, and the room never shrinks."""
    found = [may_retake(history, at, rule) for at in sorted(times)]
    allowed = [one.allowed for one in found]
    assert allowed == sorted(allowed)
    left = [one.attempts_left for one in found if one.attempts_left is not None]
    assert left == sorted(left)


@given(history=HISTORIES, rule=RULES, at=AFTER_ALL, outcome=st.sampled_from(OUTCOMES))
def test_a_sitting_more_never_helps(
    history: list[Attempt], rule: RetakeRule, at: datetime, outcome: str
) -> None:
    """One more sitting in the past brings no earlier time."""
    more = Attempt(id="more", taken_at=at - timedelta(days=3), outcome=outcome)  # type: ignore[arg-type]
    before, after = may_retake(history, at, rule), may_retake([*history, more], at, rule)
    assert before.allowed or not after.allowed
    if after.earliest is not None:
        assert before.earliest is not None
        assert before.earliest <= after.earliest


@given(history=HISTORIES, rule=RULES, at=AFTER_ALL)
def test_a_window_never_holds_more_than_the_limit(
    history: list[Attempt], rule: RetakeRule, at: datetime
) -> None:
    """By counting: at an allowed moment fewer than the limit lie in every window that holds it."""
    if rule.most is None or not may_retake(history, at, rule).allowed:
        return
    counted = [one for one in history if one.outcome in rule.counted]
    if rule.window is not None:
        alone = RetakeRule(wait=rule.window, counted=OUTCOMES, zone=rule.zone)
        counted = [one for one in counted if not may_retake([one], at, alone).allowed]
    assert len(counted) < rule.most
