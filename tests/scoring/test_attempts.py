"""compassess.scoring.attempts: somebody's sittings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.errors import InputError
from compassess.scoring import Attempt, attempts_from
from compassess.scoring.attempts import in_order

AT = "2026-05-04T09:30:00+05:00"


def test_an_attempt() -> None:
    """A time as text or as a datetime; results are what was concluded or failed."""
    one = Attempt(id="a", taken_at=AT)
    assert (one.outcome, one.score, one.has_result) == ("concluded", None, True)
    assert one.moment == datetime(2026, 5, 4, 4, 30, tzinfo=UTC)
    assert Attempt(id="b", taken_at=one.moment, outcome="failed").has_result
    without = [Attempt(id="c", taken_at=AT, outcome=outcome) for outcome in ("withheld", "technically_lost")]
    assert not any(attempt.has_result for attempt in without)


def test_every_fault_of_an_attempt() -> None:
    """At once, each with its field."""
    with pytest.raises(InputError) as caught:
        Attempt(id=" ", taken_at="2026-05-04T09:30:00", outcome="lost", score=float("nan"))  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == ["id", "taken_at", "outcome", "score"]
    with pytest.raises(InputError, match="score: not a finite number"):
        Attempt(id="a", taken_at=AT, score=True)


def test_a_history_from_rows() -> None:
    """Rows with the fields of an attempt."""
    rows = [
        {"id": "a", "taken_at": AT},
        {"id": "b", "taken_at": AT, "outcome": "failed", "score": -1},
    ]
    expected = (Attempt(id="a", taken_at=AT), Attempt(id="b", taken_at=AT, outcome="failed", score=-1))
    assert attempts_from(rows) == expected
    assert attempts_from([]) == ()


def test_every_fault_of_every_row() -> None:
    """Each with its place; nothing is half-made."""
    rows = [
        {"id": "a", "taken_at": "2026-05-04"},
        {"taken_at": AT, "outcome": "lost", "result": 3},
        ("c", AT),
        {"id": "", "score": "high"},
    ]
    with pytest.raises(InputError) as caught:
        attempts_from(rows)
    assert [problem.where for problem in caught.value.problems] == [
        "history[0].taken_at",
        "history[1].result",
        "history[1].id",
        "history[1].outcome",
        "history[2]",
        "history[3].taken_at",
        "history[3].id",
        "history[3].score",
    ]


def test_a_history_in_order() -> None:
    """By the moment, not by the clock on the wall; those of one moment as they were handed in."""
    early = Attempt(id="early", taken_at="2026-05-04T10:00:00+06:00")
    late = Attempt(id="late", taken_at="2026-05-04T09:30:00+05:00")
    same = Attempt(id="same", taken_at="2026-05-04T04:30:00+00:00")
    assert in_order([late, same, early]) == (early, late, same)
    assert in_order([same, late, early]) == (early, same, late)


def test_a_history_with_faults() -> None:
    """Ids that stand there twice, and members that are no attempts."""
    one = Attempt(id="a", taken_at=AT)
    with pytest.raises(InputError) as caught:
        in_order([one, {"id": "b"}, one])
    assert [problem.where for problem in caught.value.problems] == ["history[1]", "history[2].id"]


@pytest.fixture(scope="module")
def conclusion() -> ca.Conclusion:
    """A conclusion on a matrix, drawn at a time."""
    assessment = banks.assessment(banks.one_block(12))
    return ca.conclude(np.ones((1, 12)), assessment, at=AT)[0]


def test_the_attempt_of_a_conclusion(conclusion: ca.Conclusion) -> None:
    """Its time, θ, and what came of it: by band, flag and reason of its end."""
    sure = replace(conclusion, band="effective")
    assert sure.attempt("S-1") == Attempt(id="S-1", taken_at=AT, outcome="concluded", score=conclusion.theta)
    assert sure.attempt("S-1", failing=["minimal", "effective"]).outcome == "failed"
    assert sure.attempt("S-1", failing=["minimal"]).outcome == "concluded"
    bare = replace(conclusion, band="needs_more_evidence", flags=())
    assert bare.attempt("S-1", failing=["minimal"]).outcome == "withheld"
    left = replace(bare, flags=("incomplete",), stop_reason="examinee_left")
    assert left.attempt("S-1").outcome == "incomplete"
    assert replace(left, stop_reason="technical").attempt("S-1").outcome == "technically_lost"
    scored = replace(left, band="effective")  # by a blueprint that scores incomplete sittings
    assert scored.attempt("S-1").outcome == "concluded"


def test_the_day_is_that_of_the_test(conclusion: ca.Conclusion) -> None:
    """Where a conclusion was drawn later, the test's time counts; without any time there is no attempt."""
    later = replace(conclusion, tested_at=AT, concluded_at="2026-06-01T12:00:00+05:00")
    assert later.attempt("S-1").taken_at == AT
    with pytest.raises(InputError) as caught:
        replace(conclusion, tested_at=None, concluded_at=None).attempt("S-1", failing=["none"])
    assert [problem.where for problem in caught.value.problems] == ["failing[0]", "conclusion.tested_at"]
