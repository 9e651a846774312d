"""compassess.adaptive.item_sets: items that share a stimulus come one after the other."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca

BANK = banks.with_sets()
STIMULUS = {item.id: item.stimulus for item in banks.with_sets(n_alone=30).items}


def assessment(rule: dict[str, Any], bank: ca.ItemBank = BANK, **more: Any) -> ca.Assessment:
    """With sets together; ``review`` and ``content`` are further sections."""
    review, content = more.pop("review", None), more.pop("content", None)
    plain = banks.assessment(bank, **({"length": (6, 14), "target": 0.55, "limits": (1, None)} | more))
    sections = plain.blueprint.to_dict() | {"item_sets": rule}
    sections |= {} if review is None else {"review": review}
    sections |= {} if content is None else {"content": content}
    return ca.Assessment.create(plain.bank, ca.Blueprint.from_dict(sections), plain.bands)


def runs(items: tuple[str, ...]) -> list[tuple[str, int]]:
    """The sets in their order, with how many items of each came in a row."""
    together = [(name, len(list(group))) for name, group in groupby(STIMULUS[item] for item in items)]
    return [(name, n) for name, n in together if name is not None]


def sit(rules: ca.Assessment, seed: int) -> ca.Session:
    """A sitting with answers that hang on the seed."""
    session, rng = rules.start(seed=seed), np.random.default_rng(seed)
    while session.pending is not None:
        session.answer(session.pending.id, int(rng.integers(0, 2)))
    if session.reviewing:
        session.finish()
    return session


@pytest.mark.parametrize("most", [None, 1, 2, 3])
@pytest.mark.parametrize("randomesque", [1, 3])
def test_a_set_comes_in_one_piece(most: int | None, randomesque: int) -> None:
    """No set comes twice, none has more than ``most``; without a most it is finished unless the length ends it."""
    bank = banks.with_sets(n_alone=30)
    study = ca.simulate(assessment({"most": most}, bank, randomesque=randomesque), 60, seed=3)
    for items, reason in zip(study.items, study.reasons, strict=True):
        names = [name for name, _ in runs(items)]
        assert len(set(names)) == len(names)
        sizes = [n for _, n in runs(items)]
        assert all(n <= (most or 4) for n in sizes)
        last = STIMULUS[items[-1]] is not None and reason == "length"
        whole = sizes[:-1] if last else sizes
        assert all(n == (most or 4) for n in whole)


def test_live_is_simulated_and_replayed() -> None:
    """The same seeds and answers give the same items from a log too."""
    rules = assessment({"most": 3}, randomesque=3)
    for seed in range(6):
        session = sit(rules, seed)
        presented = tuple(e["item"] for e in session.log if e["event"] == "presented")
        assert len({name for name, _ in runs(presented)}) == len(runs(presented))
        again = ca.Session.replay(rules, json.loads(json.dumps(session.log)))
        assert again.log == session.log
        assert again.divergences == ()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), moves=st.lists(st.sampled_from("aaaosw"), max_size=14))
def test_whatever_happens_no_set_comes_in_pieces(seed: int, moves: list[str]) -> None:
    """Answers, omissions, items lost and items withdrawn: sets stay together, and the log replays."""
    rules = assessment({"most": 3})
    session = rules.start(seed=seed)
    for move in moves:
        item = session.pending
        if item is None:
            break
        if move == "a":
            session.answer(item.id, 1)
        elif move == "w":
            session.withdraw(item.id, "a misprint")
        else:
            session.skip(item.id, "omitted" if move == "o" else "technically_lost")
    presented = tuple(e["item"] for e in session.log if e["event"] == "presented")
    assert len({name for name, _ in runs(presented)}) == len(runs(presented))
    assert ca.Session.replay(rules, session.log).log == session.log


@pytest.mark.parametrize("method", ["shadow_test", "weighted_penalty", "maximum_priority_index"])
def test_content_constraints_hold(method: str) -> None:
    """Two or three items of every set that is used, two sets at least: kept, and in one piece."""
    constraints = [
        {"id": "few", "kind": "per_stimulus", "minimum": 2, "maximum": 3},
        {"id": "sets", "kind": "stimuli", "minimum": 2, "maximum": 3},
    ]
    rules = assessment({"most": 3}, length=(8, 10), content={"method": method, "constraints": constraints})
    study = ca.simulate(rules, 12, seed=5)
    assert study.violations.missed.sum() == 0
    for items in study.items:
        names = [name for name, _ in runs(items)]
        assert len(set(names)) == len(names)
        assert all(2 <= n <= 3 for _, n in runs(items))
        assert 2 <= len(names) <= 3


def test_the_list_ahead_keeps_sets_together() -> None:
    """Without the engine a hall presents a set in one piece too, and hands it in."""
    rules = assessment({"most": None})
    session = rules.start(seed=4)
    assert session.pending is not None
    ahead = (session.pending.id, *(item.id for item in session.ahead(9)))
    names = [name for name, _ in runs(ahead)]
    assert len(set(names)) == len(names)


def test_review_within_a_set_ends_with_it() -> None:
    """Answers of the present set may be changed and omissions mended until an item outside is answered."""
    rules = assessment({"most": None}, review={"within_set": True})
    session = rules.start(seed=2)
    before: str | None = None
    checked = 0
    while (item := session.pending) is not None:
        changeable = {one.id for one in session.changeable}
        own = STIMULUS[before] if before is not None else None
        assert all(STIMULUS[name] == own and own is not None for name in changeable)
        if before is not None and own is not None:
            assert before in changeable
            session.change(before, 0)
            checked += 1
        outside = [e["item"] for e in session.log if e["event"] == "answered"]
        closed = [name for name in outside if own is None or STIMULUS[name] != own]
        if closed:
            with pytest.raises(ca.OutOfTurn):
                session.change(closed[0], 1)
        session.answer(item.id, 1)
        before = item.id
    assert checked > 3
    if session.reviewing:
        session.finish()
    assert ca.Session.replay(rules, session.log).log == session.log


def test_an_omission_within_the_set_may_be_mended() -> None:
    """As long as the set is present."""
    rules = assessment({"most": None}, review={"within_set": True})
    session = rules.start(seed=2)
    while (item := session.pending) is not None and STIMULUS[item.id] is None:
        session.answer(item.id, 1)
    assert item is not None
    session.skip(item.id)
    assert session.pending is not None
    session.answer_skipped(item.id, 1)
    assert STIMULUS[session.pending.id] == STIMULUS[item.id]


def test_pilot_items_wait_for_the_end_of_a_set() -> None:
    """None stands between two items of a set."""
    bank = banks.with_pilots(BANK, 4)
    plain = assessment({"most": None}, bank)
    sections = plain.blueprint.to_dict() | {"pilot": {"count": 2, "first": 2, "last": 6}}
    rules = ca.Assessment.create(bank, ca.Blueprint.from_dict(sections), plain.bands)
    met = 0
    for seed in range(8):
        session = sit(rules, seed)
        shown = [e for e in session.log if e["event"] == "presented"]
        for before, one, after in zip(shown, shown[1:], shown[2:], strict=False):
            if one["by"] == "pilot":
                met += 1
                sets = STIMULUS.get(before["item"]), STIMULUS.get(after["item"])
                assert sets[0] is None or sets[0] != sets[1]
    assert met > 0


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"item_sets": {"most": 0}}, "no item"),
        ({"item_sets": {"most": 1.5}}, "item_sets"),
        ({"review": {"within_set": True}}, "no sets to look back within"),
    ],
)
def test_sections_that_are_none(sections: dict[str, Any], told: str) -> None:
    """Told with their place."""
    content = banks.blueprint(BANK).to_dict() | sections
    with pytest.raises(ca.InputError, match=told):
        ca.Blueprint.from_dict(content)


def test_what_does_not_fit_the_bank() -> None:
    """A bank without stimuli; a set that a constraint wants larger."""
    with pytest.raises(ca.InputError, match="shares a stimulus"):
        assessment({"most": None}, banks.one_block(20))
    wanted = {"id": "many", "kind": "per_stimulus", "minimum": 3, "maximum": 4}
    with pytest.raises(ca.InputError, match=r"item_sets\.most.*'many'"):
        assessment({"most": 2}, content={"method": "shadow_test", "constraints": [wanted]})


def test_blueprints_without_the_section_keep_their_hash() -> None:
    """Neither the section nor the key within_set is written where it says nothing."""
    plain = banks.blueprint(BANK)
    assert "item_sets" not in plain.to_dict()
    reviewed = ca.Blueprint.from_dict(plain.to_dict() | {"review": {"changing": True}})
    assert reviewed.to_dict()["review"] == {"returning": False, "changing": True}
    kept = ca.Blueprint.from_dict(plain.to_dict() | {"item_sets": {}})
    assert ca.Blueprint.from_dict(kept.to_dict()) == kept
    assert kept.to_dict()["item_sets"] == {"most": None}
