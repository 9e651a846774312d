"""compassess.scoring.standing: which of several results stands."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from compassess.bank import OUTCOMES, Period, ValidityRule
from compassess.errors import InputError
from compassess.scoring import Attempt, current_result, valid_until, validities

LATEST = ValidityRule()
BEST = replace(LATEST, stands="best")
TICK = timedelta(microseconds=1)


def _on(day: str, name: str, **changes: object) -> Attempt:
    return Attempt(id=name, taken_at=f"{day}T09:30:00+05:00", **changes)  # type: ignore[arg-type]


def _at(day: str) -> str:
    return f"{day}T12:00:00+05:00"


FIRST = _on("2026-01-10", "first", score=1.0)
SECOND = _on("2026-05-04", "second", score=0.5)


def test_a_single_result_stands_for_its_year() -> None:
    """With its end, the days left, and the status of the sitting."""
    now = current_result([FIRST], _at("2026-12-31"), LATEST)
    assert now.attempt is FIRST
    assert now.valid_until is not None
    assert now.valid_until.isoformat() == "2027-01-10T00:00:00+05:00"
    assert (now.days_left, now.statuses) == (10, {"first": "valid"})
    over = current_result([FIRST], "2027-01-10T00:00:00+05:00", LATEST)
    assert (over.attempt, over.valid_until, over.days_left) == (None, None, 0)
    assert over.statuses == {"first": "expired"}
    before = current_result([FIRST], _at("2026-01-09"), LATEST)
    assert (before.attempt, before.statuses) == (None, {"first": "not_yet"})


def test_without_a_history_nothing_stands() -> None:
    """An empty history is one."""
    assert current_result([], _at("2026-05-05"), LATEST).attempt is None


def test_the_latest_replaces_the_earlier_for_good() -> None:
    """From its own moment on, even when its score is lower, and after it has expired."""
    history = [SECOND, FIRST]
    assert current_result(history, _at("2026-05-03"), LATEST).attempt is FIRST
    now = current_result(history, SECOND.taken_at, LATEST)
    assert (now.attempt, now.statuses) == (SECOND, {"first": "superseded", "second": "valid"})
    much_later = current_result(history, _at("2030-01-01"), LATEST)
    assert (much_later.attempt, much_later.statuses) == (None, {"first": "superseded", "second": "expired"})


def test_what_had_expired_was_not_superseded() -> None:
    """A sitting after the end replaces nothing."""
    late = _on("2027-02-01", "late")
    statuses = current_result([FIRST, late], _at("2027-02-02"), LATEST).statuses
    assert statuses == {"first": "expired", "late": "valid"}


def test_the_best_stands_beside_the_others() -> None:
    """Nothing is superseded; when the best expires the next best stands."""
    history = [FIRST, SECOND]
    now = current_result(history, _at("2026-06-01"), BEST)
    assert (now.attempt, now.statuses) == (FIRST, {"first": "valid", "second": "valid"})
    assert current_result(history, _at("2027-02-01"), BEST).attempt is SECOND
    equal = replace(SECOND, score=1.0)
    assert current_result([equal, FIRST], _at("2026-06-01"), BEST).attempt is equal  # the later of equals


@pytest.mark.parametrize("outcome", ["withheld", "incomplete", "technically_lost"])
def test_a_sitting_without_a_result(outcome: str) -> None:
    """By default it replaces nothing and is valid at no time."""
    bare = _on("2026-05-04", "bare", outcome=outcome)
    now = current_result([FIRST, bare], _at("2026-05-05"), LATEST)
    assert (now.attempt, now.statuses) == (FIRST, {"first": "valid", "bare": "withheld"})
    assert current_result([FIRST, bare], _at("2026-05-05"), BEST).attempt is FIRST


def test_breaking_off_may_cost_the_earlier_result() -> None:
    """Where the policy says so, nobody keeps a result by leaving a sitting that goes badly."""
    strict = replace(LATEST, replaced_by=("concluded", "failed", "incomplete"))
    left = _on("2026-05-04", "left", outcome="incomplete")
    now = current_result([FIRST, left], _at("2026-05-05"), strict)
    assert (now.attempt, now.statuses) == (None, {"first": "superseded", "left": "withheld"})


def test_failing_may_leave_the_earlier_result() -> None:
    """Where a failed sitting replaces nothing, the earlier result stands to its end, and then the failed one."""
    mild = replace(LATEST, replaced_by=("concluded",))
    history = [FIRST, _on("2026-05-04", "failed", outcome="failed"), _on("2027-03-01", "third")]
    standing = [current_result(history, _at(day), mild).attempt for day in ("2026-05-05", "2027-01-10")]
    assert [one.id for one in standing if one] == ["first", "failed"]
    last = current_result(history, _at("2027-03-02"), mild)
    assert last.statuses == {"first": "expired", "failed": "superseded", "third": "valid"}


def test_faults_are_told_at_once() -> None:
    """A time without a zone, a missing score, an id that stands there twice."""
    history = [replace(FIRST, score=None), SECOND, SECOND]
    with pytest.raises(InputError) as caught:
        current_result(history, "2026-05-05T00:00:00", BEST)
    places = [problem.where for problem in caught.value.problems]
    assert places == ["at", "history[0].score", "history[2].id"]
    bare = _on("2026-06-01", "bare", outcome="withheld")  # nobody asks its score
    assert current_result([FIRST, bare], _at("2026-06-02"), BEST).attempt is FIRST


def test_a_time_that_the_calendar_ends_after() -> None:
    """Told with the sitting that it belongs to."""
    far = Attempt(id="far", taken_at="9998-05-04T00:00:00+05:00")
    with pytest.raises(InputError, match=r"history\['far'\].taken_at: no time lies 5 years"):
        current_result([far], far.taken_at, ValidityRule(period=Period(years=5)))


HISTORIES = st.lists(
    st.builds(
        lambda days, outcome, score: (days, outcome, score),
        st.integers(0, 1500),
        st.sampled_from(OUTCOMES),
        st.integers(-2, 2),
    ),
    max_size=6,
).map(
    lambda rows: [
        Attempt(
            id=str(place),
            taken_at=datetime(2024, 1, 1, 7, tzinfo=UTC) + timedelta(days=days, hours=place),
            outcome=outcome,
            score=float(score),
        )
        for place, (days, outcome, score) in enumerate(rows)
    ]
)
RULES = st.builds(
    ValidityRule,
    period=st.builds(Period, months=st.integers(1, 14)),
    ends=st.sampled_from(["day_begins", "day_ends", "same_time"]),
    stands=st.sampled_from(["latest", "best"]),
    replaced_by=st.lists(st.sampled_from(OUTCOMES), unique=True).map(tuple),
    zone=st.sampled_from([None, "Asia/Almaty", "Europe/Berlin"]),
)
MOMENTS = st.integers(0, 2200 * 24).map(lambda h: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=h))


@given(history=HISTORIES, rule=RULES, times=st.lists(MOMENTS, min_size=2, max_size=6))
def test_no_window_opens_again(history: list[Attempt], rule: ValidityRule, times: list[datetime]) -> None:
    """Once a result is superseded, expired or withheld it stays so, whatever is taken later."""
    past: dict[str, str] = {}
    for at in sorted(times):
        statuses = current_result(history, at, rule).statuses
        assert statuses.keys() == {attempt.id for attempt in history}
        for name, status in statuses.items():
            before = past.get(name, "not_yet")
            assert status == before or before in ("not_yet", "valid")
            assert not (before == "valid" and status == "not_yet")
        past = dict(statuses)


@given(history=HISTORIES, rule=RULES, at=MOMENTS)
def test_what_stands_is_valid(history: list[Attempt], rule: ValidityRule, at: datetime) -> None:
    """It has a result, was taken before, has not reached its end; and nothing stands only if nothing is valid."""
    now = current_result(history, at, rule)
    valid = [one for one in history if now.statuses[one.id] == "valid"]
    assert (now.attempt is None) == (not valid)
    if now.attempt is None:
        return
    assert now.attempt in valid
    assert now.attempt.has_result
    assert now.valid_until is not None
    assert now.attempt.moment <= at < now.valid_until <= valid_until(now.attempt.taken_at, rule)
    assert now.days_left >= 1
    if rule.stands == "best":
        assert now.attempt.score == max(one.score for one in valid if one.score is not None)


@given(history=HISTORIES, rule=RULES)
def test_windows_are_never_longer_than_the_rule(history: list[Attempt], rule: ValidityRule) -> None:
    """And under "latest" with every outcome replacing, no two of them overlap."""
    spans = validities(history, rule)
    own = {one.id: valid_until(one.taken_at, rule) for one in history}
    assert all(span.opens <= span.closes <= own[name] for name, span in spans.items())
    strict = replace(rule, stands="latest", replaced_by=OUTCOMES)
    ordered = list(validities(history, strict).values())
    assert all(a.closes <= b.opens for a, b in pairwise(ordered))


@given(history=HISTORIES, rule=RULES, at=MOMENTS)
def test_the_order_of_a_history_says_nothing(
    history: list[Attempt], rule: ValidityRule, at: datetime
) -> None:
    """Sittings are taken by their times."""
    moments = {one.moment for one in history}
    if len(moments) == len(history):
        turned = current_result(history[::-1], at, rule)
        assert turned == current_result(history, at, rule)


def test_the_best_of_several_is_biased() -> None:
    """E[max] = θ + σ E[max of n standard normals]: σ / √π for two sittings, 3 σ / (2 √π) for three."""
    expected = {2: 1 / math.sqrt(math.pi), 3: 3 / (2 * math.sqrt(math.pi))}
    for n, value in expected.items():
        found = quad(lambda x, n=n: x * n * norm.pdf(x) * norm.cdf(x) ** (n - 1), -12, 12)[0]
        assert found == pytest.approx(value, abs=1e-9)
    errors = np.random.default_rng(4).normal(scale=0.3, size=(2000, 2))
    chosen, latest = [], []
    for first, second in errors.tolist():
        history = [replace(FIRST, score=first), replace(SECOND, score=second)]
        best = current_result(history, _at("2026-06-01"), BEST).attempt
        last = current_result(history, _at("2026-06-01"), LATEST).attempt
        assert best is not None
        assert last is not None
        chosen.append(best.score)
        latest.append(last.score)
    # The maximum of two has the SD 0.83 σ; four standard errors of a mean of 2,000 are 0.022 and 0.027.
    assert np.mean(chosen) == pytest.approx(0.3 * expected[2], abs=0.022)  # type: ignore[arg-type]
    assert np.mean(latest) == pytest.approx(0.0, abs=0.027)  # type: ignore[arg-type]
