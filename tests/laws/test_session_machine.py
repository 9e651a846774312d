"""The sitting as a state machine: whatever is done to it, in any order, the laws of a sitting hold."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import groupby
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
from compassess.adaptive import REASONS, Collected
from compassess.adaptive.content import rows_of
from compassess.adaptive.events import BREAK_OFFS, SKIP_REASONS
from compassess.adaptive.exposure import ExposureRecord, PreparedFromRecord
from compassess.simulation import violations

ZONED = st.none() | st.sampled_from(["2026-05-04T09:30:00+05:00", "2026-05-04T04:30:00Z"])

SINGLE = (
    banks.assessment(banks.one_block(8), length=(2, 6), limits=(0, None), target=0.6),
    banks.assessment(
        banks.with_options(4), length=(1, 9), limits={"c1": (1, 2), "c2": (1, 4), "c3": (0, 3)}, randomesque=2
    ),
    banks.assessment(banks.three_blocks(2), length=(1, 9), limits=(1, 2), randomesque=3),
    banks.assessment(
        banks.with_pilots(banks.with_options(5), 4),
        length=(1, 7),
        limits={"c1": (1, 2), "c2": (1, 4), "c3": (0, 3)},
        randomesque=2,
        pilot={"count": 2, "first": 1, "last": 5},
        review={"returning": True, "changing": True},
        start={"count": 2, "lowest": -1.0, "highest": 1.0},
        time_limits={"item": 60.0},
    ),
    banks.assessment(
        banks.with_pilots(banks.three_blocks(2), 2),
        length=(1, 9),
        limits=(1, 2),
        pilot={"count": 1, "first": 2, "last": 3},
        review={"returning": True},
        start={"count": 1, "theta": 0.5},
    ),
    banks.assessment(
        banks.with_pilots(banks.with_sets(3, 3, 12), 2),
        length=(3, 9),
        limits=(1, None),
        target=0.6,
        randomesque=2,
        pilot={"count": 1, "first": 2, "last": 6},
        review={"within_set": True},
        item_sets={"most": 2},
    ),
    banks.assessment(
        banks.with_sets(3, 3, 8),
        length=(4, 7),
        limits=(1, None),
        target=0.6,
        exposure={"control": "item_eligibility", "parameters": {"maximum_rate": 0.7, "edges": [0.0]}},
        content={
            "method": "shadow_test",
            "constraints": [
                {"id": "pairs", "kind": "per_stimulus", "minimum": 2, "maximum": 2},
                {"id": "one set", "kind": "stimuli", "minimum": 1, "maximum": 2},
                {"id": "not both", "kind": "enemies", "items": {"ids": ["i09", "i10", "i11"]}},
            ],
        },
    ),
    banks.assessment(
        banks.three_blocks(3),
        length=(1, 7),
        limits=(0, 2),
        exposure={
            "control": "sympson_hetter",
            "parameters": {"probabilities": {item.id: 0.4 for item in banks.three_blocks(3).items[::2]}},
        },
    ),
)

PANEL = {
    "id": "p",
    "modules": [
        {"id": "a", "stage": 1, "items": ["i00", "i01", "i02"], "next": ["b", "c"], "cuts": [2]},
        {"id": "b", "stage": 2, "items": ["i03", "i04"]},
        {"id": "c", "stage": 2, "items": ["i05", "i06"]},
    ],
}
MULTISTAGE = banks.assessment(
    banks.with_pilots(banks.one_block(8), 2),
    length=(5, 5),
    limits=(0, None),
    pilot={"count": 1, "first": 2, "last": 4},
    multistage={"routing": {"rule": "number_correct"}, "panels": [PANEL]},
    review={"within_set": True, "returning": True},
)
HANDED_IN = banks.assessment(
    banks.with_pilots(banks.one_block(8), 2),
    length=(5, 5),
    limits=(0, None),
    pilot={"count": 1, "first": 2, "last": 4},
    multistage={"routing": {"rule": "number_correct"}, "panels": [PANEL]},
    review={"within_set": True, "before_next_module": True},
)
ASSESSMENTS = (*SINGLE, MULTISTAGE, HANDED_IN)


def record_of(assessment: ca.Assessment, n_sittings: int = 6) -> ExposureRecord:
    """What some sittings presented, one after the other."""
    record = ExposureRecord([0.0])
    for seed in range(n_sittings):
        session = assessment.start(seed=seed, exposure=record)
        while session.pending is not None:
            session.answer(session.pending.id, seed % 2)
        record.add(session.exposure())
    return record


#: What earlier sittings presented.
RECORD = record_of(SINGLE[-2])
#: Events that the engine writes, or that end a sitting.
NEXT = (["presented"], ["module_done"], ["reviewing"], ["finished"])


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
        time_factor=st.none() | st.floats(1, 3),
        shift=st.none() | st.floats(-2, 2),
    )
    def start(self, assessment: ca.Assessment, shift: float | None, **given: Any) -> None:
        """A sitting begins with an item."""
        self.assessment = assessment
        first = assessment.bank.blocks[0].id
        prior = None if shift is None else {first: (shift, 0.8)}
        self.session = assessment.start(prior=prior, exposure=self.record(), **given)
        assert self.session.pending is not None

    def record(self) -> ExposureRecord | None:
        """What limits of exposure are drawn from."""
        return RECORD if isinstance(self.assessment.plan.holding, PreparedFromRecord) else None

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
        assert [entry["event"] for entry in after[len(before) :]] in [["answered", *one] for one in NEXT]
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
        assert [entry["event"] for entry in after[len(before) :]] in [["skipped", *one] for one in NEXT]
        assert (after[len(before)]["item"], after[len(before)]["reason"]) == (shown.id, reason)
        change = self.session.conclude().theta - theta
        if self.is_pilot(shown.id):
            assert change == 0
        assert change == 0 if reason == "technically_lost" else change < 1e-9

    def is_pilot(self, item: str) -> bool:
        """Whether an item is not scored."""
        return self.assessment.bank.item(item).status == "pilot"

    def some_response(self, data: st.DataObject, item_id: str) -> str | int:
        """A legal response to an item."""
        item = self.assessment.bank.item(item_id)
        if item.options:
            return data.draw(st.sampled_from([option.id for option in item.options]))
        return data.draw(st.integers(0, item.n_categories - 1))

    @precondition(lambda self: self.session.skipped != ())
    @rule(data=st.data(), at=ZONED)
    def answer_skipped(self, data: st.DataObject, at: str | None) -> None:
        """An omitted item is answered; the pending one stays, and one answer more counts."""
        item = data.draw(st.sampled_from(self.session.skipped))
        before, shown, n = self.session.log, self.session.pending, self.session.n_answered
        response = self.some_response(data, item.id)
        self.session.answer_skipped(item.id, response, at=at)
        assert self.session.log[:-1] == before
        assert self.session.log[-1] | {"at": None} == {
            "event": "returned",
            "step": item.step,
            "item": item.id,
            "response": response,
            "at": None,
            "elapsed": None,
        }
        assert self.session.pending == shown
        assert self.session.n_answered == n + (not self.is_pilot(item.id))
        assert item.id not in [one.id for one in self.session.skipped]

    @precondition(lambda self: self.session.changeable != ())
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """A change and the change back leave θ where it was."""
        item = data.draw(st.sampled_from(self.session.changeable))
        given = [e["response"] for e in self.session.log if e.get("item") == item.id and "response" in e][-1]
        theta, shown = self.session.conclude().theta, self.session.pending
        self.session.change(item.id, self.some_response(data, item.id))
        self.session.change(item.id, given)
        assert abs(self.session.conclude().theta - theta) < 1e-10
        self.session.change(item.id, self.some_response(data, item.id))
        assert self.session.pending == shown

    @precondition(is_waiting)
    @rule(data=st.data(), at=ZONED)
    def withdraw(self, data: st.DataObject, at: str | None) -> None:
        """A withdrawn item is gone, pending, answered or not seen yet; what it said is taken out."""
        gone = {entry["item"] for entry in self.session.log if entry["event"] == "withdrawn"}
        known = [item.id for item in self.assessment.bank.items if item.id not in gone]
        shown = self.session.pending
        assert shown is not None
        name = data.draw(st.sampled_from([shown.id, *known]))
        before = self.session.log
        self.session.withdraw(name, "why", at=at)
        added = [entry["event"] for entry in self.session.log[len(before) :]]
        if name == shown.id:
            assert added in [["withdrawn", "skipped", *one] for one in NEXT]
        else:
            assert added == ["withdrawn"]
            assert self.session.pending is not None
            assert self.session.pending.id == shown.id
        with pytest.raises(ca.OutOfTurn):
            self.session.withdraw(name, "again")

    @precondition(is_waiting)
    @rule(language=st.sampled_from(["kk", "ru", "en"]))
    def switch(self, language: str) -> None:
        """The pending item stays as it is, and the next is shown in the new language."""
        shown = self.session.pending
        self.session.switch_language(language)
        assert self.session.language == language
        assert self.session.pending == shown

    @precondition(is_waiting)
    @rule(at=ZONED)
    def pause(self, at: str | None) -> None:
        """A pause covers the item; resuming shows it again; in between nothing can be answered."""
        shown = self.session.pending
        assert shown is not None
        self.session.pause(at)
        self.replay_equals_live()
        self.refused(ca.OutOfTurn, shown.id, self.response_to(shown.id))
        self.session.resume(at)
        assert self.session.pending == shown

    @precondition(is_waiting)
    @rule(data=st.data(), n=st.integers(0, 4))
    def hall_alone(self, data: st.DataObject, n: int) -> None:
        """What a hall collected by the list is taken in, in order."""
        shown, before = self.session.pending, self.session.log
        assert shown is not None
        items = (shown, *self.session.ahead(n))
        assert self.session.log == before
        self.session.hand_in(
            [Collected(item=one.id, response=self.some_response(data, one.id)) for one in items]
        )
        added = self.session.log[len(before) :]
        assert [entry["item"] for entry in added if entry["event"] == "answered"] == [one.id for one in items]
        assert [entry.get("by") for entry in added if entry["event"] == "presented"][: len(items) - 1] == [
            "ahead"
        ] * (len(items) - 1)

    @precondition(lambda self: self.session.between_modules)
    @rule(at=ZONED)
    def next_module(self, at: str | None) -> None:
        """A module is handed in once: what follows is presented, θ stays, and it is closed."""
        before, theta = self.session.log, self.session.conclude().theta
        closed = {one.id for one in (*self.session.changeable, *self.session.skipped)}
        self.session.next_module(at)
        assert [entry["event"] for entry in self.session.log[len(before) :]] in NEXT
        assert self.session.conclude().theta == theta
        assert not closed & {one.id for one in (*self.session.changeable, *self.session.skipped)}

    @precondition(lambda self: self.session.reviewing)
    @rule(at=ZONED)
    def finish(self, at: str | None) -> None:
        """A review ends the sitting for the reason that the rules had found; θ stays."""
        theta, reason = self.session.conclude().theta, self.session.log
        held = [entry["reason"] for entry in reason if entry["event"] == "reviewing"]
        self.session.finish(at)
        assert [self.session.stop_reason] == held
        assert self.session.conclude().theta == theta

    @rule(data=st.data())
    def explain(self, data: st.DataObject) -> None:
        """Every choice that the log tells is the engine's own, at its place among what could have come."""
        steps = [entry for entry in self.session.log if entry["event"] == "presented"]
        entry = data.draw(st.sampled_from(steps))
        told = self.session.explain(entry["step"])
        assert (told.item, told.by) == (entry["item"], entry["by"])
        if told.by in ("minimum", "criterion", "start"):
            assert told.rank is not None
            assert told.candidates[told.rank - 1].item == told.item == told.would_choose

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
        return self.response_to(shown.id)

    def response_to(self, item_id: str) -> str | int:
        """Some legal response to an item."""
        item = self.assessment.bank.item(item_id)
        return item.options[0].id if item.options else 0

    @rule(data=st.data())
    def out_of_turn(self, data: st.DataObject) -> None:
        """What the moment does not allow is refused: looking back, finishing, going on, by any item."""
        log, shown, theta = self.session.log, self.session.pending, self.session.conclude().theta
        name = data.draw(st.sampled_from([item.id for item in self.assessment.bank.items]))
        acts = [self.session.resume]
        if not self.session.reviewing:
            acts.append(self.session.finish)
        if not self.session.between_modules:
            acts.append(self.session.next_module)
        if name not in [one.id for one in self.session.skipped]:
            acts.append(lambda: self.session.answer_skipped(name, self.response_to(name)))
        if name not in [one.id for one in self.session.changeable]:
            acts.append(lambda: self.session.change(name, self.response_to(name)))
        if not self.is_waiting():
            acts += [
                self.session.pause,
                lambda: self.session.withdraw(name, "why"),
                lambda: self.session.switch_language("kk"),
                lambda: self.session.hand_in([Collected(item=name, response=self.response_to(name))]),
            ]
        for act in acts:
            with pytest.raises(ca.OutOfTurn):
                act()
        assert (self.session.log, self.session.pending) == (log, shown)
        assert self.session.conclude().theta == theta

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

    @precondition(lambda self: self.session.finished)
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
        shown: dict[str, Any] = {}
        gone: set[str] = set()
        for entry in log:
            if entry["event"] == "presented":
                shown = entry
                assert entry["item"] not in gone
            elif entry["event"] == "withdrawn":
                gone.add(entry["item"])
            elif entry["event"] in ("answered", "skipped"):
                assert (shown["item"], shown["step"]) == (entry["item"], entry["step"])

    @invariant()
    def within_the_blueprint(self) -> None:
        """Lengths and counts stay within the blueprint; a sitting that ended by rule has its minima.

        What was omitted or timed out counts like what was answered; what was lost counts for nothing.
        """
        blueprint = self.assessment.blueprint
        log = self.session.log
        out = {entry["item"] for entry in log if entry["event"] == "withdrawn"}
        out |= {item.id for item in self.assessment.bank.items if item.status == "pilot"}
        given = {entry["item"] for entry in log if entry["event"] in ("answered", "returned")} - out
        assert len(given) == self.session.n_answered == self.session.conclude().n_items
        counting = [
            entry["item"]
            for entry in log
            if entry["event"] in ("answered", "skipped")
            and entry.get("reason") != "technically_lost"
            and entry["item"] not in out
        ]
        counts = Counter(self.assessment.bank.item(name).competency for name in counting)
        seen = Counter(
            self.assessment.bank.item(entry["item"]).competency
            for entry in log
            if entry["event"] == "presented" and entry["by"] != "pilot"
        )
        pool = Counter(item.competency for item in self.assessment.bank.operational)
        assert len(counting) <= blueprint.length.maximum
        for name, limits in blueprint.competencies.items():
            assert limits.maximum is None or counts[name] <= limits.maximum
            if self.session.stop_reason in ("precision", "length"):
                closed = {item for item in out if self.assessment.bank.item(item).competency == name}
                unseen = closed - {entry["item"] for entry in log if entry["event"] == "presented"}
                assert counts[name] >= limits.minimum or seen[name] + len(unseen) >= pool[name]
        if self.session.stop_reason == "precision":
            assert len(counting) >= blueprint.length.minimum
        if self.session.stop_reason == "length":
            assert len(counting) == blueprint.length.maximum
        open_ones = self.session.pending is not None or self.session.reviewing or self.session.between_modules
        assert (self.session.stop_reason is None) == open_ones
        assert self.session.stop_reason in (None, *BREAK_OFFS, *REASONS[1:])

    @invariant()
    def content_is_kept(self) -> None:
        """A sitting that its rules ended satisfies every constraint, unless items were lost or withdrawn."""
        blueprint, log = self.assessment.blueprint, self.session.log
        spoilt = any(e["event"] == "withdrawn" or e.get("reason") == "technically_lost" for e in log)
        if blueprint.content is None or spoilt or self.session.stop_reason not in REASONS[1:]:
            return
        places = {item: place for place, item in enumerate(self.assessment.plan.pool.ids)}
        given = [places[e["item"]] for e in log if e["event"] == "presented" and e["by"] != "pilot"]
        played = np.array([given], dtype=np.intp)
        assert not violations(rows_of(self.assessment.bank, blueprint), played).any_hard.any()

    @invariant()
    def sets_are_whole(self) -> None:
        """Items of a set come one after the other, at most so many; of a set that was left, only as a last resort."""
        rule = self.assessment.blueprint.conduct.item_sets
        if rule is None:
            return
        shown = [e["item"] for e in self.session.log if e["event"] == "presented" and e["by"] != "pilot"]
        sets = [self.assessment.bank.item(name).stimulus for name in shown]
        runs = [(name, len(list(group))) for name, group in groupby(sets) if name is not None]
        left_open = [item for item in self.assessment.bank.operational if item.stimulus is None]
        presented = {e["item"] for e in self.session.log if e["event"] in ("presented", "withdrawn")}
        if len({name for name, _ in runs}) < len(runs):  # a block had no other item
            homes = Counter(item.block for item in left_open if item.id not in presented)
            assert min(homes.get(name, 0) for name in ("p", "q")) == 0

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
        assert shown.text == item.text[shown.language or ""]
        assert [option.id for option in shown.options] == [option.id for option in item.options]
        assert (shown.seconds is None) == (self.assessment.blueprint.conduct.time_limits.item is None)
        if item.parameters is None:
            return
        for number in (item.parameters.discrimination, *item.parameters.thresholds):
            assert np.format_float_positional(number or 0.0, precision=3) not in repr(shown)


TestSitting = Sitting.TestCase
TestSitting.settings = settings(max_examples=30, stateful_step_count=25)
