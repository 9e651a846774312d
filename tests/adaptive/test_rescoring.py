"""rescore: what a corrected key does to sittings that were held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import Collected, Rescoring, pilot_responses, rescore
from compassess.bank import RiskZones

BANK = banks.with_options(8)
ORIGINAL = banks.assessment(
    BANK, length=(4, 9), limits=(1, None), randomesque=3, unanswered=banks.SCORE_ANYTHING
)


def sat(seed: int, assessment: ca.Assessment = ORIGINAL, **start: Any) -> ca.Session:
    """A sitting of random answers; some items are left."""
    session, rng = assessment.start(examinee=f"E{seed}", seed=seed, **start), np.random.default_rng(seed)
    while (item := session.pending) is not None:
        if rng.random() < 0.1:
            session.skip(item.id)
        elif item.options:
            session.answer(item.id, item.options[rng.integers(len(item.options))].id)
        else:
            session.answer(item.id, int(rng.integers(item.n_categories)))
    return session


SESSIONS = [sat(seed) for seed in range(24)]
LOGS = [session.log for session in SESSIONS]


def corrected(change: Callable[[dict[str, Any]], None], item_id: str = "c1_0") -> ca.ItemBank:
    """The bank with one entry changed."""
    content = BANK.to_dict()
    change(next(entry for entry in content["items"] if entry["id"] == item_id))
    return ca.ItemBank.from_dict(content)


def swapped(entry: dict[str, Any]) -> None:
    """The key of two options is exchanged: a scores 0, b scores 2."""
    entry["options"][0]["score"], entry["options"][1]["score"] = 0, 2


def theta_by_hand(session: ca.Session, bank: ca.ItemBank, without: str = "") -> float:
    """θ of the composite from the log's answers as a plain row of a table."""
    ids = [item.id for item in bank.operational]
    row = np.full((1, len(ids)), np.nan)
    words = np.full((1, len(ids)), None, dtype=object)
    for entry in session.log:
        if entry.get("item") == without or entry["event"] not in ("answered", "skipped"):
            continue
        at, item = ids.index(entry["item"]), bank.item(entry["item"])
        if entry["event"] == "skipped":
            words[0, at] = entry["reason"]
        elif isinstance(entry["response"], str):
            row[0, at] = item.option(entry["response"]).score
        else:
            row[0, at] = entry["response"]
    made = ca.Assessment.create(bank, ORIGINAL.blueprint, ORIGINAL.bands)
    return ca.conclude(row, made, unanswered=words)[0].theta


def test_the_same_bank_moves_nobody() -> None:
    """Scored again under the same bank, every conclusion is what it was, to the last digit of 1e-10."""
    found = rescore(LOGS, BANK, original=ORIGINAL)
    assert len(found) == 24
    assert found.moved == ()
    for one, session in zip(found, SESSIONS, strict=True):
        assert one.before == session.conclude()
        assert one.after.theta == pytest.approx(one.before.theta, abs=1e-10)
        assert (one.after.flags, one.after.unanswered, one.after.stop_reason) == (
            one.before.flags,
            one.before.unanswered,
            one.before.stop_reason,
        )


def test_a_corrected_key_scores_what_was_chosen() -> None:
    """θ after is that of a table scored by the new key; who did not see the item, or is not touched, stays."""
    bank = corrected(swapped)
    found = rescore(LOGS, bank, original=ORIGINAL)
    n_changed = 0
    for one, session in zip(found, SESSIONS, strict=True):
        assert one.after.theta == pytest.approx(theta_by_hand(session, bank), abs=1e-9)
        assert one.before.theta == pytest.approx(theta_by_hand(session, BANK), abs=1e-9)
        chosen = {entry["item"]: entry["response"] for entry in session.log if entry["event"] == "answered"}
        touched = chosen.get("c1_0") in ("a", "b")
        assert (abs(one.after.theta - one.before.theta) > 1e-6) is touched
        if touched:  # b had scored 0
            assert (one.after.theta > one.before.theta) is (chosen["c1_0"] == "b")
        n_changed += touched
        assert one.after.provenance.bank_hash == bank.content_hash
    assert n_changed >= 3


@pytest.mark.parametrize("status", ["suspended", "retired", "pilot"])
def test_an_item_that_is_not_presented_any_more_loses_its_evidence(status: str) -> None:
    """It counts for nothing, and nothing is chosen in its place."""
    bank = corrected(lambda entry: entry.update(status=status))
    found = rescore(LOGS, bank, original=ORIGINAL)
    for one, session in zip(found, SESSIONS, strict=True):
        answered = any(e["event"] == "answered" and e["item"] == "c1_0" for e in session.log)
        assert one.after.n_items == one.before.n_items - answered
        assert one.after.theta == pytest.approx(theta_by_hand(session, bank, "c1_0"), abs=1e-9)


def test_the_report_tells_whom_it_moves() -> None:
    """Bands, sides of cuts and risk zones before and after are what the conclusions say, and the frame repeats it."""
    content = BANK.to_dict()
    for entry in content["items"]:
        for option in entry["options"]:
            option["score"] = entry["n_categories"] - 1 - option["score"]
    found = rescore(LOGS, ca.ItemBank.from_dict(content), original=ORIGINAL)
    moved = [one for one in found if one.before.band != one.after.band]
    assert tuple(moved) == found.moved
    assert moved
    assert any(one.crossed for one in found)
    for one in found:
        cuts = np.array(one.before.cuts)
        assert one.crossed == bool(((cuts <= one.before.theta) != (cuts <= one.after.theta)).any())
        zones = {n: (c.risk, one.after.competencies[n].risk) for n, c in one.before.competencies.items()}
        assert one.risks_moved == {name: pair for name, pair in zones.items() if pair[0] != pair[1]}
    table = found.to_frame()
    assert table["examinee"].tolist() == [f"E{seed}" for seed in range(24)]
    assert table["moved"].sum() == len(moved)
    assert table["crossed"].tolist() == [one.crossed for one in found]
    np.testing.assert_allclose(table["theta_after"], [one.after.theta for one in found])
    assert any("→" in told for told in table["blocks_moved"])
    assert isinstance(found, Rescoring)
    assert found[:2] == (found[0], found[1])


def test_a_second_sitting_is_scored_with_its_first() -> None:
    """Both logs are scored by the new key; without the first the second cannot be."""
    first = sat(3)
    second = _second(first)
    bank = corrected(swapped)
    found = rescore([second.log, first.log], bank, original=ORIGINAL)
    assert found[0].before == second.conclude()
    same = rescore([second.log, first.log], BANK, original=ORIGINAL)
    assert same[0].after.theta == pytest.approx(second.conclude().theta, abs=1e-10)
    with pytest.raises(ca.InputError, match="without its first"):
        rescore([second.log], bank, original=ORIGINAL)


def _second(first: ca.Session) -> ca.Session:
    session = ORIGINAL.start(seed=8, confirms=first)
    while (item := session.pending) is not None:
        session.answer(item.id, item.options[0].id if item.options else 0)
    return session


def test_an_unfinished_sitting_stays_unfinished() -> None:
    """It is scored as it stands."""
    session = ORIGINAL.start(seed=2)
    one = rescore([session.log], corrected(swapped), original=ORIGINAL)[0]
    assert "incomplete" in one.after.flags
    assert one.after.stop_reason is None


def test_other_bands_are_possible() -> None:
    """An assessment may bring its own bands; then before and after are read by different ones."""
    rules = banks.bands(BANK, risk={"threshold": 0.5, "risk_probability": 0.55, "minimum_items": 1})
    other = ca.Assessment.create(BANK, ORIGINAL.blueprint, rules)
    found = rescore(LOGS, other, original=ORIGINAL)
    assert isinstance(rules.risk, RiskZones)
    assert all(one.after.theta == pytest.approx(one.before.theta, abs=1e-10) for one in found)
    assert any(one.risks_moved for one in found)


def test_all_faults_at_once() -> None:
    """Logs of another assessment, and options that the corrected bank lost, are told with their places."""
    seen = next(
        i for i, log in enumerate(LOGS) if any(e.get("response") == "d" and e["item"] == "c1_0" for e in log)
    )

    def lose(entry: dict[str, Any]) -> None:
        entry["options"][3]["id"] = "z"

    stranger = banks.assessment(banks.with_options(7)).start(seed=1).log
    with pytest.raises(ca.InputError) as caught:
        rescore([LOGS[seen], stranger, []], corrected(lose), original=ORIGINAL)
    places = [problem.where for problem in caught.value.problems]
    assert places[0].startswith("logs[0], item 'c1_0'")
    assert places[1:] == ["logs[1]", "logs[2]"]


def test_whatever_happened_in_a_sitting_is_scored_again() -> None:
    """Answers changed and omitted items answered after all count as they stand; withdrawn and pilot items do not."""
    bank = banks.with_pilots(BANK, 3)
    made = banks.assessment(
        bank,
        length=(4, 9),
        limits=(1, None),
        review={"returning": True, "changing": True},
        pilot={"count": 2, "first": 1, "last": 4},
    )
    for seed in range(4):
        session = made.start(seed=seed, time_factor=1.5, prior={"p": (0.5, 0.8)})
        shown = [session.pending, *session.ahead(2)]
        session.hand_in([Collected(item=one.id, skipped="omitted") for one in shown if one is not None])
        while (item := session.pending) is not None:
            session.answer(item.id, item.options[0].id if item.options else 0)
        first, second = session.skipped[:2]
        session.answer_skipped(first.id, first.options[1].id if first.options else 1)
        session.change(first.id, first.options[0].id if first.options else 0)
        log = session.log
        one = rescore([log], bank, original=made)[0]
        assert one.before == session.conclude()
        assert one.after.theta == pytest.approx(one.before.theta, abs=1e-10)
        assert (one.after.n_items, one.after.unanswered, one.after.flags) == (
            one.before.n_items,
            one.before.unanswered,
            one.before.flags,
        )
        session.finish()
        assert rescore([session.log], bank, original=made)[0].after.stop_reason == session.stop_reason
        codes = pilot_responses([log], bank)
        assert codes.n_answers == len({e["item"] for e in log if "response" in e})
        assert codes.codes([second.id])[0, 0] == -1
