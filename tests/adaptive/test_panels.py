"""Multistage tests: panels of modules, sat live and in simulations by the same rules."""

from __future__ import annotations

import json
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive import Collected
from compassess.bank import Module, Multistage, Panel, Routing
from compassess.report import choice_sentences
from compassess.simulation.study import _seeds

BANK = banks.one_block(60)
THREE = banks.three_blocks(14)


def panel_of(
    bank: ca.ItemBank,
    name: str = "p",
    first: int = 0,
    *,
    size: int = 5,
    cuts: bool = True,
    score: bool = True,
) -> Panel:
    """Stages of one, two and three modules, items from the bank's order on; cuts at half the score or θ = 0."""
    ids = [item.id for item in bank.operational][first:]
    parts = [tuple(ids[k * size : (k + 1) * size]) for k in range(6)]
    top = {item.id: item.n_categories - 1 for item in bank.operational}

    def cut(*modules: int) -> float:
        return sum(top[item] for k in modules for item in parts[k]) / 2 if score else 0.0

    modules = (
        ("start", 1, 0, ("low", "high"), (cut(0),)),
        ("low", 2, 1, ("easy", "middle"), (cut(0, 1),)),
        ("high", 2, 2, ("middle", "hard"), (cut(0, 2),)),
        ("easy", 3, 3, (), ()),
        ("middle", 3, 4, (), ()),
        ("hard", 3, 5, (), ()),
    )
    return Panel(
        id=name,
        modules=tuple(
            Module(id=one, stage=stage, items=parts[k], next=following, cuts=own if cuts else ())
            for one, stage, k, following, own in modules
        ),
    )


def assessment(
    bank: ca.ItemBank = BANK,
    rule: Any = "number_correct",
    *,
    panels: tuple[Panel, ...] | None = None,
    over: Any = "path",
    weights: dict[str, float] | None = None,
    **more: Any,
) -> ca.Assessment:
    """A test of 15 items in three stages."""
    options = {"cuts": rule != "maximum_information", "score": rule == "number_correct"}
    chosen = (panel_of(bank, **options),) if panels is None else panels
    multistage = Multistage(routing=Routing(rule=rule, over=over, weights=weights), panels=chosen)
    review = {"review": more.pop("review")} if "review" in more else {}
    plain = banks.blueprint(bank, **({"length": (15, 15), "limits": (0, None)} | more))
    content = plain.to_dict() | {"multistage": multistage.to_dict()} | review
    return ca.Assessment.create(bank, ca.Blueprint.from_dict(json.loads(json.dumps(content))))


RULES = [
    assessment(),
    assessment(panels=(panel_of(BANK, "a"), panel_of(BANK, "b", 30)), over="module"),
    assessment(rule="theta"),
    assessment(rule="maximum_information"),
    assessment(THREE),
    assessment(THREE, "theta", weights={THREE.blocks[0].id: 1.0}),
    assessment(THREE, "maximum_information"),
]


def sit(rules: ca.Assessment, codes: Any, seed: int) -> ca.Session:
    """A sitting with the answers of ``codes``, by place in the pool."""
    session, places = rules.start(seed=seed), {name: k for k, name in enumerate(rules.plan.pool.ids)}
    while session.pending is not None:
        session.answer(session.pending.id, int(codes[places[session.pending.id]]))
    return session


@pytest.mark.parametrize("rules", RULES)
def test_live_is_simulated_and_replayed(rules: ca.Assessment) -> None:
    """The same seeds and answers: the same items from both, whole paths of the panel that the seed draws."""
    rng = np.random.default_rng(5)
    n_categories = rules.plan.measurement.items.n_categories
    codes = rng.integers(0, n_categories, size=(24, rules.plan.n_items))
    codes[:8], codes[8:16] = 0, n_categories - 1
    multistage = rules.blueprint.multistage
    assert multistage is not None
    paths = {panel.items_of(path): path for panel in multistage.panels for path in panel.paths()}
    study = ca.simulate(rules, responses=codes, seed=9)
    seeds = _seeds(9, np.arange(24))
    taken = set()
    for person, items in enumerate(study.items):
        session = sit(rules, codes[person], int(seeds[person]))
        assert tuple(e["item"] for e in session.log if e["event"] == "presented") == items
        assert session.stop_reason == study.reasons[person] == "path_complete"
        theta = [block.theta for block in session.conclude().blocks.values()]
        np.testing.assert_allclose(theta, np.atleast_1d(study.theta[person]), rtol=0, atol=1e-10)
        again = ca.Session.replay(rules, json.loads(json.dumps(session.log)))
        assert again.log == session.log
        assert again.divergences == ()
        taken.add(paths[items])
    assert len(taken) >= 2


def test_routes_are_what_the_cuts_say() -> None:
    """By hand, from the answers alone: sums over the path, sums over the module, and θ̂ of scored answers."""
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 2, size=(40, 60))
    for over in ("path", "module"):
        rules = assessment(over=over)
        panel = rules.blueprint.multistage.panels[0]  # type: ignore[union-attr]
        places = {name: k for k, name in enumerate(rules.plan.pool.ids)}
        study = ca.simulate(rules, responses=codes, seed=1)
        for person, items in enumerate(study.items):
            expected, module, total = [], panel.modules[0], 0
            while True:
                expected += module.items
                own = sum(codes[person, places[item]] for item in module.items)
                total += own
                if not module.next:
                    break
                value = total if over == "path" else own
                module = panel.module(module.next[int(value >= module.cuts[0])])
            assert tuple(expected) == items
    rules = assessment(rule="theta")
    panel = rules.blueprint.multistage.panels[0]  # type: ignore[union-attr]
    study = ca.simulate(rules, responses=codes, seed=1)
    for person, items in enumerate(study.items):
        given = np.full((1, 60), np.nan)
        for item in items[:5]:
            given[0, rules.plan.pool.ids.index(item)] = codes[person, rules.plan.pool.ids.index(item)]
        theta = float(ca.score(given, rules).theta[0])
        assert items[5:10] == panel.module("high" if theta >= 0 else "low").items


def test_maximum_information_takes_the_module_that_tells_most() -> None:
    """Of one block: the sums of Fisher's information at θ̂."""
    rng = np.random.default_rng(3)
    rules = assessment(rule="maximum_information")
    panel = rules.blueprint.multistage.panels[0]  # type: ignore[union-attr]
    session, seen = rules.start(seed=1), set()
    while session.pending is not None:
        session.answer(session.pending.id, int(rng.random() < 0.8))
    for step in (6, 11):
        told = session.explain(step)
        assert told.route is not None
        module = told.route.module
        assert told.route.following[int(np.argmax(told.route.told))] == module
        before = panel.module(str(told.route.before))
        items = [rules.plan.pool.ids.index(item) for name in before.next for item in panel.module(name).items]
        block = told.blocks[0]
        each = ca.irt.information(rules.bank.irt_items(), [block.theta]).reshape(-1)[items]
        sums = each.reshape(len(before.next), -1).sum(axis=1)
        np.testing.assert_allclose(told.route.told, block.se**4 * sums, rtol=0.02)  # at the cell of θ̂
        seen.add(module)
    assert len(seen) == 2


def test_panels_are_drawn_evenly_and_told() -> None:
    """By the seed; the number is in the log at the first item, and there alone."""
    rules = assessment(panels=(panel_of(BANK, "a"), panel_of(BANK, "b", 30)))
    study = ca.simulate(rules, 4000, seed=3)
    share = np.mean([items[0] == "i00" for items in study.items])
    assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(4000)
    session = sit(rules, np.zeros(60), 4)
    draws = [e.get("draw") for e in session.log if e["event"] == "presented"]
    assert draws[1:] == [None] * 14
    first = session.explain(1)
    assert first.route is not None
    assert first.route.panel == "ab"[int(draws[0] * 2)]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_choice_is_explained(rules: ca.Assessment, language: str) -> None:
    """Module and panel by name, the place in the module, and after a module what led on."""
    session = sit(rules, np.zeros(rules.plan.n_items), 4)
    for step in (1, 5, 6, 15):
        told = session.explain(step)
        assert told.by == "module"
        assert told.route is not None
        assert not told.diverges
        sentences = " ".join(choice_sentences(told, language))
        assert told.route.module in sentences
        assert (told.route.before is not None) == (step in (6, 11))
        if told.route.before is not None:
            assert told.route.before in sentences


def test_the_list_ahead_ends_with_the_module() -> None:
    """What comes after it hangs on the answers; a hall goes on alone to its end."""
    session = assessment().start(seed=1)
    assert session.pending is not None
    ahead = session.ahead(12)
    assert len(ahead) == 4
    session.hand_in([Collected(item=one.id, response=1) for one in (session.pending, *ahead)])
    assert session.pending is not None
    told = session.explain()
    assert told.route is not None
    assert told.route.module == "high"


def test_lost_and_withdrawn_items_shorten_the_path() -> None:
    """Nothing takes their place, sums go without them, and a choice that was made stands."""
    rules = assessment(unanswered=banks.SCORE_ANYTHING)
    session = rules.start(seed=1)
    assert session.pending is not None
    session.skip(session.pending.id, "technically_lost")
    for _ in range(4):
        assert session.pending is not None
        session.answer(session.pending.id, 1)
    high = session.pending
    assert high is not None
    told = session.explain()
    assert told.route is not None
    assert (told.route.module, told.route.value) == ("high", 4.0)
    session.withdraw("i01", "a wrong key")  # now the sum would be below the cut, but the choice stands
    session.withdraw("i02", "a wrong key")
    session.withdraw("i11", "a wrong key")
    while session.pending is not None:
        session.answer(session.pending.id, 1)
    presented = [e["item"] for e in session.log if e["event"] == "presented"]
    assert "i11" not in presented
    assert len(presented) == 14
    assert session.stop_reason == "path_complete"
    assert ca.Session.replay(rules, session.log).log == session.log


def test_answers_of_the_module_may_be_changed_until_it_is_left() -> None:
    """With review.within_set; a change counts for the next route."""
    rules = assessment(review={"within_set": True}, unanswered=banks.SCORE_ANYTHING)
    session = rules.start(seed=1)
    for _ in range(4):
        assert session.pending is not None
        session.answer(session.pending.id, 0)
    for one in session.changeable:
        session.change(one.id, 1)
    assert session.pending is not None
    session.answer(session.pending.id, 0)
    told = session.explain()
    assert told.route is not None
    assert (told.route.module, told.route.value) == ("high", 4.0)
    session.answer(session.pending.id, 1)
    assert {one.id for one in session.changeable} == {told.item}
    while session.pending is not None:
        session.answer(session.pending.id, 1)
    session.finish()
    assert ca.Session.replay(rules, session.log).log == session.log


def test_pilot_items_stand_between_and_move_nothing() -> None:
    """They are presented by their own draw, and routes go on."""
    bank = banks.with_pilots(BANK, 4)
    rules = assessment(bank, pilot={"count": 2, "first": 2, "last": 9})
    session = sit_with_pilots(rules, 3)
    by = [e["by"] for e in session.log if e["event"] == "presented"]
    assert (by.count("pilot"), by.count("module")) == (2, 15)
    assert ca.Session.replay(rules, session.log).log == session.log


def sit_with_pilots(rules: ca.Assessment, seed: int) -> ca.Session:
    """Everything is answered alike."""
    session = rules.start(seed=seed)
    while session.pending is not None:
        session.answer(session.pending.id, 1)
    return session


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), moves=st.lists(st.sampled_from("aaaosw"), min_size=20, max_size=30))
def test_whatever_happens_it_is_a_path(seed: int, moves: list[str]) -> None:
    """Answers, omissions, losses, withdrawals: the items are those of one path, in order, less what was closed."""
    rules = RULES[1]
    multistage = rules.blueprint.multistage
    assert multistage is not None
    session = rules.start(seed=seed)
    for number, move in enumerate(moves):
        item = session.pending
        if item is None:
            break
        if move == "a":
            session.answer(item.id, number % 2)
        elif move == "w":
            session.withdraw(item.id, "why")
        else:
            session.skip(item.id, "omitted" if move == "o" else "technically_lost")
    presented = [e["item"] for e in session.log if e["event"] == "presented"]
    paths = [panel.items_of(path) for panel in multistage.panels for path in panel.paths()]
    assert any(tuple(presented) == path[: len(presented)] for path in paths)
    assert ca.Session.replay(rules, session.log).divergences == ()


def test_a_large_population_takes_a_moment() -> None:
    """Bands and exposure come with it, as of any study."""
    study = ca.simulate(RULES[0], 3000, seed=2)
    assert set(study.n_items.tolist()) == {15}
    assert study.exposure_rates["i00"] == 1.0
    assert study.violations.missed.sum() == 0


def changed(**more: Any) -> dict[str, Any]:
    """The blueprint of the first assessment with parts of its panel changed."""
    content = RULES[0].blueprint.to_dict()
    modules = content["multistage"]["panels"][0]["modules"]
    for name, change in more.items():
        next(one for one in modules if one["id"] == name).update(change)
    return content


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a module that nothing leads to": (
        changed(high={"next": ["middle"], "cuts": []}),
        "no other module leads",
    ),
    "a stage is left out": (changed(start={"next": ["low", "hard"]}), "no module of the next stage"),
    "an item twice": (changed(hard={"items": ["i00"] * 5}), "stands twice"),
    "an unknown item": (
        changed(hard={"items": ["x", "i26", "i27", "i28", "i29"]}),
        "no operational item",
    ),
    "a cut too few": (changed(low={"cuts": []}), "another number"),
    "cuts that fall": (changed(low={"cuts": [3.0, 2.0]}), "not strictly increasing"),
    "a cut that nobody reaches": (changed(start={"cuts": [6.0]}), "one side of it"),
    "a cut that everybody reaches": (changed(start={"cuts": [0.0]}), "one side of it"),
    "another length": (changed(easy={"items": ["i15"]}), "another length"),
    "no item": (changed(easy={"items": []}), "there is none"),
    "two first modules": (changed(low={"stage": 1}), "everybody begins with one"),
    "no weights": (
        RULES[4].blueprint.to_dict()
        | {
            "multistage": RULES[4].blueprint.multistage.to_dict()
            | {"routing": {"rule": "theta", "weights": {}}}
        },  # type: ignore[union-attr]
        "no weights",
    ),
    "a draw among the best": (
        changed() | {"selection": {"criterion": "maximum_information", "randomesque": 3}},
        "nothing to do",
    ),
    "a start": (changed() | {"start": {"count": 1, "theta": 0.0}}, "nothing to do"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_panels_that_are_none(fault: str) -> None:
    """Told with their place before anybody sits."""
    content, told = FAULTS[fault]
    with pytest.raises(ca.InputError, match=told):
        ca.Assessment.create(BANK, ca.Blueprint.from_dict(content))


def test_a_path_that_misses_a_constraint_is_told() -> None:
    """By the names of its modules and of the constraint."""
    constraints = [{"id": "not both", "kind": "enemies", "items": {"ids": ["i00", "i16"]}}]
    with pytest.raises(ca.InputError, match=r"start → low → easy misses .*"):
        assessment(content={"method": "shadow_test", "constraints": constraints})
    kept = [{"id": "not both", "kind": "enemies", "items": {"ids": ["i05", "i10"]}}]
    rules = assessment(content={"method": "shadow_test", "constraints": kept})
    assert ca.simulate(rules, 50, seed=1).violations.missed.sum() == 0


def test_limits_of_competencies_hold_on_every_path() -> None:
    """A path with too few items of one is told."""
    with pytest.raises(ca.InputError, match="another number of items of"):
        assessment(THREE, limits=(1, None))


def test_there_is_no_second_sitting() -> None:
    """Told with what to do."""
    first = sit(RULES[0], np.ones(60), 3)
    with pytest.raises(ca.InputError, match="no second sitting"):
        RULES[0].start(seed=4, confirms=first)


def test_the_section_survives_the_file() -> None:
    """And the hash knows it."""
    again = ca.Blueprint.from_dict(json.loads(json.dumps(RULES[1].blueprint.to_dict())))
    assert again == RULES[1].blueprint
    assert again.with_panels(None) != again
    assert "multistage" not in again.with_panels(None).to_dict()
