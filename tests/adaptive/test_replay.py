"""Session.replay: the very same session from its log, and nothing else from any other."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca

Log = list[dict[str, Any]]
AT = "2026-05-04T09:30:00+05:00"
BANK = banks.with_options()
ASSESSMENT = banks.assessment(
    BANK, randomesque=2, length=(2, 8), limits={"c1": (1, 3), "c2": (1, None), "c3": (0, None)}
)


def played(assessment: ca.Assessment = ASSESSMENT, n: int | None = None, seed: int = 4) -> ca.Session:
    """A sitting with answers that hang on the seed, all or the first n."""
    session, rng = (
        assessment.start(examinee="E", seed=seed, language="ru", at=AT),
        np.random.default_rng(seed),
    )
    while (item := session.pending) is not None and session.n_answered != n:
        answer = (
            item.options[rng.integers(len(item.options))].id
            if item.options
            else int(rng.integers(item.n_categories))
        )
        session.answer(item.id, answer, at=AT, elapsed=1.5)
    return session


def same(one: ca.Session, other: ca.Session) -> None:
    """Log, pending item and conclusion are equal, numbers to 1e-10."""
    assert one.log == other.log
    assert one.pending == other.pending
    assert (one.finished, one.stop_reason, one.language) == (
        other.finished,
        other.stop_reason,
        other.language,
    )
    first, second = one.conclude(), other.conclude()
    assert first.theta == pytest.approx(second.theta, abs=1e-10)
    assert first.p_above_risk_zones == pytest.approx(second.p_above_risk_zones, abs=1e-10)
    for name, part in first.competencies.items():
        assert part.theta == pytest.approx(second.competencies[name].theta, abs=1e-10)


# ---- logs that happened ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 3, None])
@pytest.mark.parametrize(
    "bank", [banks.one_block(12), BANK, banks.three_blocks(3)], ids=["one", "options", "three"]
)
def test_replay_is_the_same_session(bank: ca.ItemBank, n: int | None) -> None:
    """A replayed log gives the session with its log, pending item and numbers, through JSON as well."""
    assessment = banks.assessment(bank, randomesque=3)
    session = played(assessment, n)
    log = json.loads(json.dumps(session.log, allow_nan=False))
    for again in (ca.Session.replay(assessment, session.log), ca.Session.replay(assessment, log)):
        same(again, session)
        assert again.divergences == ()


def test_a_replayed_session_goes_on() -> None:
    """After a replay both sessions go on alike."""
    session = played(n=3)
    again = ca.Session.replay(ASSESSMENT, session.log)
    for one in (session, again):
        while (item := one.pending) is not None:
            one.answer(item.id, item.options[0].id if item.options else 0)
    same(again, session)


def test_replay_of_a_replay() -> None:
    """Replay changes no log: it can be repeated."""
    again = ca.Session.replay(ASSESSMENT, played().log)
    same(ca.Session.replay(ASSESSMENT, again.log), again)


def test_a_log_that_was_cut_off() -> None:
    """A log that ends after an answer gives a session in which the next item is presented."""
    session = played(n=3)
    same(
        ca.Session.replay(ASSESSMENT, session.log[:-1]),
        ca.Session.replay(ASSESSMENT, without_time(session.log)),
    )


def without_time(log: tuple[dict[str, Any], ...]) -> Log:
    """The last entry without its time: nobody handed one in for it."""
    return [*log[:-1], log[-1] | {"at": None}]


def test_a_sitting_that_was_broken_off() -> None:
    """Breaking off is part of the log, and no divergence."""
    session = played(n=2)
    session.break_off(at=AT)
    again = ca.Session.replay(ASSESSMENT, session.log)
    same(again, session)
    assert again.divergences == ()


def test_another_engine_may_replay() -> None:
    """The engine's version is told, not compared: what counts are the files and the strategies."""
    log = list(played().log)
    log[0] = log[0] | {"engine": "0.0.9"}
    assert ca.Session.replay(ASSESSMENT, log).log == tuple(log)


# ---- logs that differ ----------------------------------------------------------------------------------------


def test_a_legal_but_different_item_is_a_divergence() -> None:
    """An item that could have been presented but would not have been is followed, and told."""
    session = played(n=1)
    chosen = session.pending
    assert chosen is not None
    used = {entry["item"] for entry in session.log if "item" in entry}
    other = next(item for item in BANK.operational if item.id not in used)
    log = [*session.log[:-1], session.log[-1] | {"item": other.id}]
    again = ca.Session.replay(ASSESSMENT, log)
    (divergence,) = again.divergences
    assert (divergence.step, divergence.logged, divergence.would_choose) == (2, other.id, chosen.id)
    assert again.pending is not None
    assert again.pending.id == other.id
    assert again.log == tuple(log)
    again.answer(other.id, other.options[0].id if other.options else 0)


def test_an_end_that_the_engine_would_not_have_seen_is_a_divergence() -> None:
    """A stop that hangs on a standard error is followed and told; θ is that of the logged answers."""
    session = played(n=3)
    log = [*session.log[:-1], {"event": "finished", "reason": "precision", "at": AT}]
    again = ca.Session.replay(ASSESSMENT, log)
    assert [one.logged for one in again.divergences] == ["finish (precision)"]
    assert again.conclude().theta == session.conclude().theta


def test_going_on_where_the_engine_would_have_stopped_is_a_divergence() -> None:
    """An item presented after precision was reached is followed and told."""
    easy = banks.assessment(BANK, target=0.95, length=(1, 8), limits=(0, None))
    done = played(easy)
    assert done.stop_reason == "precision"
    left = next(item for item in BANK.operational if item.id not in str(done.log))
    log = [*done.log[:-1], {"event": "presented", "step": done.n_answered + 1, "item": left.id, "at": AT}]
    again = ca.Session.replay(easy, log)
    assert [one.would_choose for one in again.divergences] == ["finish (precision)"]


# ---- logs that could not have happened -----------------------------------------------------------------------

DONE = played()
FULL: Log = [dict(entry) for entry in DONE.log]
USED = [entry["item"] for entry in FULL if entry["event"] == "presented"]
UNUSED = [item.id for item in BANK.operational if item.id not in USED]


def setting(position: int, **values: Any) -> Callable[[Log], None]:
    """Other values in an entry."""

    def tamper(log: Log) -> None:
        log[position].update(values)

    return tamper


def dropping(position: int) -> Callable[[Log], None]:
    """An entry less."""
    return lambda log: log.pop(position)


def without_key(position: int, key: str) -> Callable[[Log], None]:
    """A key less."""
    return lambda log: log[position].pop(key)


def doubling(position: int) -> Callable[[Log], None]:
    """An entry twice."""
    return lambda log: log.insert(position, dict(log[position]))


def replacing(position: int, entry: object) -> Callable[[Any], None]:
    """Something else instead of an entry."""

    def tamper(log: Any) -> None:
        log[position] = entry

    return tamper


def ending(position: int, reason: str) -> Callable[[Log], None]:
    """The end, at this place."""

    def tamper(log: Log) -> None:
        log[position:] = [{"event": "finished", "reason": reason, "at": AT}]

    return tamper


def swapping(first: int, second: int) -> Callable[[Log], None]:
    """Two entries in the wrong order."""

    def tamper(log: Log) -> None:
        log[first], log[second] = log[second], log[first]

    return tamper


TAMPERED = {
    "another item answered": (2, setting(2, item=USED[3])),
    "an unknown item answered": (2, setting(2, item="nobody")),
    "an unknown item": (3, setting(3, item="nobody")),
    "a repeated item": (3, setting(3, item=USED[0])),
    "a wrong step presented": (3, setting(3, step=3)),
    "a wrong step answered": (2, setting(2, step=2)),
    "step 0": (1, setting(1, step=0)),
    "no presentation": (3, dropping(3)),
    "no answer": (2, dropping(2)),
    "no header": (0, dropping(0)),
    "two headers": (1, doubling(0)),
    "an answer twice": (3, doubling(2)),
    "a presentation twice": (2, doubling(1)),
    "an end twice": (len(FULL), doubling(len(FULL) - 1)),
    "answers swapped": (2, swapping(2, 4)),
    "the end before the last answer": (len(FULL) - 2, swapping(-1, -2)),
    "an answer after the end": (len(FULL), lambda log: log.append(dict(log[2]))),
    "another bank": (0, setting(0, bank="sha256:" + "0" * 64)),
    "another blueprint": (0, setting(0, blueprint="sha256:" + "0" * 64)),
    "other bands": (0, setting(0, bands="sha256:" + "0" * 64)),
    "another format": (0, setting(0, format="compassess/log/2")),
    "other strategies": (0, setting(0, strategies=["maximum_information@2", "standard_error@1"])),
    "strategies as text": (0, setting(0, strategies="maximum_information@1")),
    "an unknown reason": (-1, setting(-1, reason="bored")),
    "an empty reason": (-1, setting(-1, reason="")),
    "length too early": (3, ending(3, "length")),
    "an end with an item pending": (4, ending(4, "precision")),
    "broken off with nothing pending": (3, ending(3, "broken_off")),
    "broken off before the first item": (1, ending(1, "broken_off")),
    "another reason at the greatest length": (-1, setting(-1, reason="precision")),
    "a key too many": (2, setting(2, score=3)),
    "a key too few": (2, without_key(2, "elapsed")),
    "no event": (2, without_key(2, "event")),
    "an unknown event": (2, setting(2, event="erased")),
    "a response that is none": (2, setting(2, response="z")),
    "a response of the wrong type": (2, setting(2, response=1.0)),
    "no response": (2, setting(2, response=None)),
    "a category beyond": (2, setting(2, response=10**30)),
    "a boolean response": (2, setting(2, response=True)),
    "a boolean step": (1, setting(1, step=True)),
    "a fraction as step": (1, setting(1, step=1.0)),
    "a boolean seed": (0, setting(0, seed=True)),
    "a negative seed": (0, setting(0, seed=-1)),
    "a seed beyond": (0, setting(0, seed=2**64)),
    "an unknown language": (0, setting(0, language="de")),
    "no language": (0, setting(0, language=None)),
    "a number as examinee": (0, setting(0, examinee=17)),
    "NaN": (2, setting(2, elapsed=float("nan"))),
    "infinity": (2, setting(2, elapsed=float("inf"))),
    "a negative duration": (2, setting(2, elapsed=-1.0)),
    "a duration beyond floats": (2, setting(2, elapsed=10**400)),
    "a time without a zone": (3, setting(3, at="2026-05-04T09:30:00")),
    "no time at all": (0, setting(0, at="yesterday")),
    "a time as a number": (2, setting(2, at=1777887000)),
    "no object": (2, replacing(2, ["answered"])),
    "nothing": (2, replacing(2, None)),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_tampered_logs(case: str) -> None:
    """A log that could not have happened is refused, and the message begins with the place."""
    position, tamper = TAMPERED[case]
    log = copy.deepcopy(FULL)
    tamper(log)
    with pytest.raises(ca.ReplayMismatch) as caught:
        ca.Session.replay(ASSESSMENT, log)
    assert str(caught.value).startswith(f"log[{position % len(log)}]")


def test_the_untampered_log_replays() -> None:
    """The log that all of these were made of ended at its greatest length, and replays."""
    assert DONE.stop_reason == "length"
    assert ca.Session.replay(ASSESSMENT, FULL).divergences == ()


def test_more_items_than_the_blueprint_allows() -> None:
    """An item beyond the greatest length, or beyond the maximum of its competency, could not be presented."""
    beyond = [*FULL[:-1], {"event": "presented", "step": 9, "item": UNUSED[0], "at": AT}]
    with pytest.raises(ca.ReplayMismatch, match=r"log\[17\]"):
        ca.Session.replay(ASSESSMENT, beyond)
    log: Log = [FULL[0]]
    for step in (1, 2, 3, 4):  # c1 has a maximum of 3
        log.append({"event": "presented", "step": step, "item": f"c1_{step}", "at": AT})
        log.append(
            {
                "event": "answered",
                "step": step,
                "item": f"c1_{step}",
                "response": "a",
                "at": AT,
                "elapsed": None,
            }
        )
    assert ca.Session.replay(ASSESSMENT, log[:7]).n_answered == 3
    with pytest.raises(ca.ReplayMismatch, match=r"log\[7\]"):
        ca.Session.replay(ASSESSMENT, log)


@pytest.mark.parametrize("log", [[], (), "log", [{}], [None]])
def test_no_logs(log: Any) -> None:
    """What is no log at all is refused at its beginning."""
    with pytest.raises(ca.ReplayMismatch, match=r"^log\[0\]"):
        ca.Session.replay(ASSESSMENT, log)


def test_an_item_that_is_not_operational() -> None:
    """An item that the bank has but does not present could not be presented."""
    items = [banks.item(f"i{j}", "theta", "theta", 1.5, [j / 2]) for j in range(4)]
    bank = banks.bank(
        {"theta": ("theta", 1.0)}, [*items, banks.item("old", "theta", "theta", 1, [0], status="retired")]
    )
    assessment = banks.assessment(bank)
    log = [dict(entry) for entry in assessment.start().log]
    log[1]["item"] = "old"
    with pytest.raises(ca.ReplayMismatch, match=r"log\[1\]"):
        ca.Session.replay(assessment, log)


def test_the_other_assessments_log() -> None:
    """A log of another bank is refused, and every file that differs is named."""
    other = played(banks.assessment(banks.three_blocks(2)))
    with pytest.raises(ca.ReplayMismatch) as caught:
        ca.Session.replay(ASSESSMENT, other.log)
    assert all(word in str(caught.value) for word in ("bank", "blueprint", "bands"))


def test_one_changed_parameter_is_another_bank() -> None:
    """A log does not replay on a bank in which one threshold was changed by a thousandth."""
    content = BANK.to_dict()
    content["items"][0]["parameters"]["b"][0] -= 1e-3
    other = ca.Assessment.create(ca.ItemBank.from_dict(content), ASSESSMENT.blueprint, ASSESSMENT.bands)
    with pytest.raises(ca.ReplayMismatch, match="bank"):
        ca.Session.replay(other, FULL)
