"""The sitting as a state machine: whatever is done to it, in any order, the laws of a sitting hold."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import compassess as ca
from compassess.adaptive import REASONS
from compassess.adaptive.events import BREAK_OFFS, SKIP_REASONS

ZONED = st.none() | st.sampled_from(["2026-05-04T09:30:00+05:00", "2026-05-04T04:30:00Z"])

ASSESSMENTS = (
    banks.assessment(banks.one_block(8), length=(2, 6), limits=(0, None), target=0.6),
    banks.assessment(
        banks.with_options(4), length=(1, 9), limits={"c1": (1, 2), "c2": (1, 4), "c3": (0, 3)}, randomesque=2
    ),
    banks.assessment(banks.three_blocks(2), length=(1, 9), limits=(1, 2), randomesque=3),
)


class Sitting(RuleBasedStateMachine):
    """Legal and illegal events in any order; ``session`` is the one that lives."""

    assessment: ca.Assessment
    session: ca.Session

    @initialize(
        assessment=st.sampled_from(ASSESSMENTS),
        seed=st.integers(0, 2**63 - 1),
        language=st.sampled_from([None, "kk", "ru", "en"]),
        at=ZONED,
        examinee=st.none() | st.text(max_size=5),
    )
    def start(self, assessment: ca.Assessment, **given: Any) -> None:
        """A sitting begins with an item."""
        self.assessment = assessment
        self.session = assessment.start(**given)
        assert self.session.pending is not None

    # ---- legal events ---------------------------------------------------------------------------------

    def is_waiting(self) -> bool:
        """Whether an item waits."""
        return self.session.pending is not None

    @precondition(is_waiting)
    @rule(data=st.data(), at=ZONED, elapsed=st.none() | st.floats(0, 1e6))
    def answer(self, data: st.DataObject, at: str | None, elapsed: float | None) -> None:
        """A legal answer adds itself and one event more to the log."""
        shown, before = self.session.pending, self.session.log
        assert shown is not None
        response: str | int
        if shown.options:
            response = data.draw(st.sampled_from([option.id for option in shown.options]))
        else:
            response = data.draw(st.integers(0, shown.n_categories - 1))
        self.session.answer(shown.id, response, at=at, elapsed=elapsed)
        after = self.session.log
        assert after[: len(before)] == before
        assert [entry["event"] for entry in after[len(before) :]] in (
            ["answered", "presented"],
            ["answered", "finished"],
        )
        assert after[len(before)]["response"] == response

    @precondition(is_waiting)
    @rule(reason=st.sampled_from(SKIP_REASONS), at=ZONED, elapsed=st.none() | st.floats(0, 1e6))
    def skip(self, reason: str, at: str | None, elapsed: float | None) -> None:
        """A skip adds itself and one event more to the log; θ never rises, and stays where the item was lost."""
        shown, before, theta = self.session.pending, self.session.log, self.session.conclude().theta
        assert shown is not None
        self.session.skip(shown.id, reason, at=at, elapsed=elapsed)
        after = self.session.log
        assert after[: len(before)] == before
        assert [entry["event"] for entry in after[len(before) :]] in (
            ["skipped", "presented"],
            ["skipped", "finished"],
        )
        assert (after[len(before)]["item"], after[len(before)]["reason"]) == (shown.id, reason)
        change = self.session.conclude().theta - theta
        assert change == 0 if reason == "technically_lost" else change < 1e-9

    @precondition(lambda self: self.is_waiting() and self.session.n_answered >= 4)
    @rule(at=ZONED, reason=st.sampled_from(sorted(BREAK_OFFS)))
    def break_off(self, at: str | None, reason: str) -> None:
        """Breaking off ends the sitting and gives no verdict; θ does not rise."""
        theta = self.session.conclude().theta
        self.session.break_off(at=at, reason=reason)
        assert self.session.stop_reason == reason
        conclusion = self.session.conclude()
        assert conclusion.theta <= theta + 1e-9
        assert conclusion.band == "needs_more_evidence"
        assert {one.risk for one in conclusion.competencies.values()} == {"insufficient"}

    # ---- illegal events -------------------------------------------------------------------------------

    def refused(self, error: type[Exception], *arguments: Any, **keywords: Any) -> None:
        """The answer raises, and log, pending item and numbers stay as they were."""
        log, shown, theta = self.session.log, self.session.pending, self.session.conclude().theta
        with pytest.raises(error):
            self.session.answer(*arguments, **keywords)
        assert self.session.log == log
        assert self.session.pending == shown
        assert self.session.conclude().theta == theta

    def a_response(self) -> str | int:
        """Some legal response to the pending item."""
        shown = self.session.pending
        assert shown is not None
        return shown.options[0].id if shown.options else 0

    @precondition(is_waiting)
    @rule(data=st.data())
    def wrong_item(self, data: st.DataObject) -> None:
        """Any other item is out of turn, known or not, answered or not."""
        shown = self.session.pending
        assert shown is not None
        ids = [item.id for item in self.assessment.bank.items if item.id != shown.id]
        other, log = data.draw(st.sampled_from([*ids, "", "nobody"])), self.session.log
        self.refused(ca.OutOfTurn, other, self.a_response())
        with pytest.raises(ca.OutOfTurn):
            self.session.skip(other)
        assert (self.session.log, self.session.pending) == (log, shown)

    @precondition(is_waiting)
    @rule(reason=st.sampled_from(["", "not_presented", "not_reached", "tired", None, 3]))
    def no_reason(self, reason: Any) -> None:
        """What is no reason for a skip is refused, and changes nothing."""
        shown, log = self.session.pending, self.session.log
        assert shown is not None
        with pytest.raises(ca.InputError):
            self.session.skip(shown.id, reason)
        assert (self.session.log, self.session.pending) == (log, shown)

    @precondition(is_waiting)
    @rule(
        response=st.sampled_from([True, False, "z", "", "A", -1, 99, 10**30, 1.0, None, float("nan"), ("a",)])
    )
    def bad_response(self, response: Any) -> None:
        """Unknown options, codes beyond, booleans and fractions are refused."""
        shown = self.session.pending
        assert shown is not None
        self.refused(ca.InputError, shown.id, response)

    @precondition(is_waiting)
    @rule(code=st.integers(0, 3))
    def ambiguous_integer(self, code: int) -> None:
        """Where options score alike an integer is refused."""
        shown = self.session.pending
        assert shown is not None
        item = self.assessment.bank.item(shown.id)
        if len({option.score for option in item.options}) < len(item.options):
            self.refused(ca.InputError, shown.id, code)

    @precondition(is_waiting)
    @rule(at=st.sampled_from([datetime(2026, 5, 4), "2026-05-04T09:30:00", "soon", 1777887000]))
    def time_without_zone(self, at: Any) -> None:
        """A time without a zone is refused, at an answer and at breaking off."""
        shown = self.session.pending
        assert shown is not None
        self.refused(ca.InputError, shown.id, self.a_response(), at=at)
        with pytest.raises(ca.InputError):
            self.session.break_off(at=at)
        assert self.session.pending == shown

    @precondition(is_waiting)
    @rule(elapsed=st.sampled_from([-1, float("nan"), float("inf"), True, 10**400]))
    def no_duration(self, elapsed: Any) -> None:
        """What is no duration is refused."""
        shown = self.session.pending
        assert shown is not None
        self.refused(ca.InputError, shown.id, self.a_response(), elapsed=elapsed)

    @precondition(lambda self: not self.is_waiting())
    @rule(data=st.data())
    def after_the_end(self, data: st.DataObject) -> None:
        """After the end every answer is out of turn."""
        item = data.draw(st.sampled_from(self.assessment.bank.items))
        self.refused(ca.OutOfTurn, item.id, item.options[0].id if item.options else 0)
        with pytest.raises(ca.OutOfTurn):
            self.session.skip(item.id)
        with pytest.raises(ca.OutOfTurn):
            self.session.break_off()

    # ---- laws -----------------------------------------------------------------------------------------

    @invariant()
    def no_item_twice(self) -> None:
        """No item is presented twice, steps count from 1, and every answer is to the item before it."""
        log = self.session.log
        presented = [entry["item"] for entry in log if entry["event"] == "presented"]
        assert len(set(presented)) == len(presented)
        assert [entry["step"] for entry in log if entry["event"] == "presented"] == list(
            range(1, len(presented) + 1)
        )
        for before, entry in pairwise(log):
            if entry["event"] in ("answered", "skipped"):
                assert (before["event"], before["item"], before["step"]) == (
                    "presented",
                    entry["item"],
                    entry["step"],
                )

    @invariant()
    def within_the_blueprint(self) -> None:
        """Lengths and counts stay within the blueprint; a sitting that ended by rule has its minima.

        What was omitted or timed out counts like what was answered; what was lost counts for nothing.
        """
        blueprint = self.assessment.blueprint
        log = self.session.log
        assert len([entry for entry in log if entry["event"] == "answered"]) == self.session.n_answered
        counting = [
            entry["item"]
            for entry in log
            if entry["event"] == "answered"
            or (entry["event"] == "skipped" and entry["reason"] != "technically_lost")
        ]
        counts = Counter(self.assessment.bank.item(name).competency for name in counting)
        seen = Counter(
            self.assessment.bank.item(entry["item"]).competency
            for entry in log
            if entry["event"] == "presented"
        )
        pool = Counter(item.competency for item in self.assessment.bank.operational)
        assert len(counting) <= blueprint.length.maximum
        for name, limits in blueprint.competencies.items():
            assert limits.maximum is None or counts[name] <= limits.maximum
            if self.session.stop_reason in ("precision", "length"):
                assert counts[name] >= limits.minimum or seen[name] == pool[name]
        if self.session.stop_reason == "precision":
            assert len(counting) >= blueprint.length.minimum
        if self.session.stop_reason == "length":
            assert len(counting) == blueprint.length.maximum
        assert (self.session.stop_reason is None) == (self.session.pending is not None)
        assert self.session.stop_reason in (None, *BREAK_OFFS, *REASONS[1:])

    @invariant()
    def replay_equals_live(self) -> None:
        """At every point the log, through JSON, replays to the same log, pending item and numbers."""
        log = json.loads(json.dumps(self.session.log, allow_nan=False))
        again = ca.Session.replay(self.assessment, log)
        assert again.log == self.session.log
        assert again.pending == self.session.pending
        assert again.divergences == ()
        live, replayed = self.session.conclude(), again.conclude()
        assert abs(live.theta - replayed.theta) < 1e-10
        for part in ("blocks", "competencies"):
            one, other = getattr(live, part), getattr(replayed, part)
            assert max(abs(one[name].theta - other[name].theta) for name in one) < 1e-10
            assert max(abs(one[name].se - other[name].se) for name in one) < 1e-10

    @invariant()
    def pending_tells_nothing(self) -> None:
        """What is shown holds the item's texts in the language, and no parameter of it."""
        shown = self.session.pending
        if shown is None:
            return
        item = self.assessment.bank.item(shown.id)
        assert shown.text == item.text[self.session.language or ""]
        assert [option.id for option in shown.options] == [option.id for option in item.options]
        assert item.parameters is not None
        for number in (item.parameters.discrimination, *item.parameters.thresholds):
            assert np.format_float_positional(number or 0.0, precision=3) not in repr(shown)


TestSitting = Sitting.TestCase
TestSitting.settings = settings(max_examples=30, stateful_step_count=25)
