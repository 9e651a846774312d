"""Session.explain: why an item was presented."""

from __future__ import annotations

import json
from collections import Counter

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.report import choice_sentences

BANK = banks.with_options()
LIMITS = {"c1": (1, 3), "c2": (1, None), "c3": (0, None)}
ASSESSMENT = banks.assessment(BANK, length=(2, 9), limits=LIMITS, randomesque=3)


def played(assessment: ca.Assessment, seed: int, n: int | None = None) -> ca.Session:
    """A sitting with answers that hang on the seed."""
    session, rng = assessment.start(seed=seed), np.random.default_rng(seed)
    while (item := session.pending) is not None and session.n_answered != n:
        if item.options:
            session.answer(item.id, item.options[rng.integers(len(item.options))].id)
        else:
            session.answer(item.id, int(rng.integers(item.n_categories)))
    return session


@pytest.mark.parametrize("seed", range(4))
def test_every_choice_is_explained_by_the_rules(seed: int) -> None:
    """The chosen item is the one that draw and order give; the rule is that of the counts; worths fall."""
    session = played(ASSESSMENT, seed)
    log = session.log
    presented = [entry for entry in log if entry["event"] == "presented"]
    counts: Counter[str] = Counter()
    for entry in presented:
        told = session.explain(entry["step"])
        assert (told.step, told.item, told.draw, told.by) == tuple(
            entry[key] for key in ("step", "item", "draw", "by")
        )
        assert told.would_choose == told.item
        assert not told.diverges
        worths = [one.worth for one in told.candidates]
        assert worths == sorted(worths, reverse=True)
        assert [one.rank for one in told.candidates] == list(range(1, len(worths) + 1))
        assert told.rank is not None
        assert told.rank == int(entry["draw"] * min(3, len(worths))) + 1
        assert told.candidates[told.rank - 1].item == entry["item"]
        owed = tuple(name for name, (least, _) in LIMITS.items() if counts[name] < least)
        assert told.owed == owed
        assert told.by == ("minimum" if owed else "criterion")
        known = {one.item for one in told.candidates}
        before = {other["item"] for other in presented if other["step"] < entry["step"]}
        assert not known & before
        if owed:
            assert {one.competency for one in told.candidates} <= set(owed)
        need = {block.id: block.se / block.target for block in told.blocks}
        counting = {BANK.item(name).block for name in known}
        assert counting == {told.asked}
        if not owed:
            assert need[told.asked or ""] == max(need.values())
        counts[told.competency] += 1


def test_worths_are_those_of_the_criterion() -> None:
    """Each candidate's worth is the information about its block, computed anew from the answers so far."""
    session = played(ASSESSMENT, 2, 4)
    before = played(ASSESSMENT, 2, 4)
    told = session.explain()
    plan, now = ASSESSMENT.plan, before._snapshot.now
    pool = plan.pool
    worth = information_about_block(
        pool.information_at(now.theta), pool.loading, now.spread[:, pool.competency]
    )[0]
    for one in told.candidates:
        assert one.worth == pytest.approx(worth[pool.ids.index(one.item)], abs=1e-12)
    conclusion = before.conclude()
    for block in told.blocks:
        assert block.theta == pytest.approx(conclusion.blocks[block.id].theta, abs=1e-12)
        assert block.se == pytest.approx(conclusion.blocks[block.id].se, abs=1e-12)


def test_a_replayed_log_explains_the_same() -> None:
    """A board that has only the log is told what the hall would have been."""
    session = played(ASSESSMENT, 1)
    again = ca.Session.replay(ASSESSMENT, json.loads(json.dumps(session.log)))
    for step in range(1, 10):
        assert again.explain(step) == session.explain(step)


def test_an_old_log_is_explained_as_far_as_it_goes() -> None:
    """Without reason and draw the engine's own reason stands, where it chooses alike; otherwise none."""
    log = [dict(entry) for entry in played(ASSESSMENT, 1).log]
    for entry in log:
        entry.pop("by", None)
        entry.pop("draw", None)
    again = ca.Session.replay(ASSESSMENT, log)
    assert again.log == tuple(log)
    assert again.explain(1).by == "minimum"
    assert again.explain(1).draw is None
    log[1]["item"] = log[2]["item"] = next(
        item.id
        for item in BANK.items
        if item.id not in {e.get("item") for e in log} and item.competency == "c2"
    )
    if "response" in log[2]:
        log[2]["response"] = "a"
    other = ca.Session.replay(ASSESSMENT, log)
    assert other.divergences
    assert other.explain(1).by is None
    assert other.explain(1).diverges
    assert any(again.explain(1).item in sentence for sentence in choice_sentences(other.explain(1), "en"))


def test_a_pilot_item_is_explained_without_worths() -> None:
    """It came by its rule; nothing was compared."""
    bank = banks.with_pilots(BANK)
    made = banks.assessment(bank, length=(2, 8), limits=LIMITS, pilot={"count": 1, "first": 2, "last": 2})
    told = played(made, 1).explain(2)
    assert (told.by, told.candidates, told.rank, told.draw, told.asked) == ("pilot", (), None, None, None)
    assert not told.diverges


@pytest.mark.parametrize("step", [0, -1, 10, 99])
def test_no_such_step(step: int) -> None:
    """It is refused."""
    with pytest.raises(ca.InputError, match="no such step"):
        played(ASSESSMENT, 1).explain(step)
