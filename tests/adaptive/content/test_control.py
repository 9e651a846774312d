"""Content control in whole sittings: every finished test satisfies every hard constraint."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import compassess as ca
from compassess.adaptive import View, decide, estimate, fresh
from compassess.adaptive.content import CONTENT_METHODS, clashing, rows_of
from compassess.simulation.study import _seeds

from .samples import attributed, constraint_lists, keeps

BANK, LENGTH = attributed(), 8
METHODS = tuple(CONTENT_METHODS)


def section(
    constraints: list[dict[str, Any]], method: str = "shadow_test", **parameters: Any
) -> dict[str, Any]:
    """A content section of a blueprint."""
    return {"method": method, "constraints": constraints} | ({"parameters": parameters} if parameters else {})


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(constraints=constraint_lists(BANK, length=LENGTH))
def test_every_finished_test_keeps_every_hard_constraint(
    method: str, constraints: list[dict[str, Any]]
) -> None:
    """On random blueprints, with lengths that vary and stops by precision: by the constraints' meaning."""
    blueprint = banks.blueprint(
        BANK,
        limits={"p1": (1, None), "p2": (0, None), "q1": (0, None), "q2": (0, 3)},
        length=(4, LENGTH),
        target=0.75,
        content=section(constraints, method),
    )
    if clashing(rows_of(BANK, blueprint)):
        with pytest.raises(ca.InputError, match="satisfies these together"):
            ca.Assessment.create(BANK, blueprint)
        return
    assessment = ca.Assessment.create(BANK, blueprint)
    study = ca.simulate(assessment, 4, seed=3)
    for ids in study.items:
        assert keeps(assessment, ids), (ids, constraints)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(constraints=constraint_lists(BANK, length=LENGTH))
def test_hard_constraints_hold_whatever_is_held_back(method: str, constraints: list[dict[str, Any]]) -> None:
    """An exposure control that holds most items back in most sittings breaks none of them."""
    chances = {item.id: 0.2 for item in BANK.items}
    blueprint = banks.blueprint(
        BANK, limits=(1, None), length=(4, LENGTH), target=0.75, content=section(constraints, method)
    ).with_exposure("sympson_hetter", {"probabilities": chances})
    if clashing(rows_of(BANK, blueprint)):
        return
    assessment = ca.Assessment.create(BANK, blueprint)
    for ids in ca.simulate(assessment, 4, seed=6).items:
        assert keeps(assessment, ids), (ids, constraints)


def test_without_constraints_a_shadow_test_is_plain_maximum_information() -> None:
    """With mip_rel_gap 0 and no constraint the same items come in the same order, whatever the limits."""
    for changes in ({"limits": (0, None)}, {"limits": (2, 4)}, {"limits": (1, None), "target": 0.6}):
        plain = ca.simulate(banks.assessment(BANK, length=(2, 10), **changes), 40, seed=5)
        shadow = banks.assessment(BANK, length=(2, 10), content=section([], mip_rel_gap=0), **changes)
        studied = ca.simulate(shadow, 40, seed=5)
        assert studied.items == plain.items
        assert studied.reasons == plain.reasons


RICH: list[dict[str, Any]] = [
    {
        "id": "essays",
        "kind": "count",
        "items": {"attributes": {"format": "essay"}},
        "minimum": 2,
        "maximum": 3,
    },
    {"id": "words", "kind": "sum", "attribute": "words", "minimum": 250, "maximum": 420},
    {"id": "keys", "kind": "balance", "attribute": "key", "maximum": 1},
    {"id": "enemies", "kind": "enemies"},
    {"id": "sets", "kind": "per_stimulus", "minimum": 2, "maximum": 3},
]


@pytest.mark.parametrize("method", METHODS)
def test_live_and_simulated_sittings_have_the_same_items(method: str) -> None:
    """A live sitting that answers as a simulated person did is presented the same items, to the same end."""
    assessment = banks.assessment(
        BANK, limits=(0, None), length=(5, LENGTH), target=0.7, randomesque=2, content=section(RICH, method)
    )
    rng = np.random.default_rng(4)
    answers = rng.integers(0, 2, (6, len(BANK.operational)))
    responses = ca.Responses.from_array(answers, items=assessment.plan.measurement.items.ids)
    study = ca.simulate(assessment, responses=responses, seed=9)
    for person, seed in enumerate(_seeds(9, np.arange(6)).tolist()):
        session = assessment.start(seed=int(seed))
        shown = []
        while (item := session.pending) is not None:
            shown.append(item.id)
            session.answer(item.id, int(answers[person, assessment.plan.pool.ids.index(item.id)]))
        assert tuple(shown) == study.items[person]
        assert session.stop_reason == study.reasons[person]
        assert keeps(assessment, shown)
        assert ca.Session.replay(assessment, session.log).divergences == ()


def test_nothing_stops_before_the_minima_are_met() -> None:
    """Precision that is reached at once waits for the constraints; blocks known well enough are asked again."""
    essays = {"id": "essays", "kind": "count", "items": {"attributes": {"format": "essay"}}, "minimum": 4}
    assessment = banks.assessment(
        BANK, limits=(0, None), length=(1, LENGTH), target=0.99, content=section([essays])
    )
    study = ca.simulate(assessment, 20, seed=2)
    assert all(keeps(assessment, ids) for ids in study.items)
    assert set(study.reasons) == {"precision"}
    assert study.n_items.max() <= 6


def test_what_is_lost_is_made_good() -> None:
    """An item that was technically lost counts for no constraint: another takes its place."""
    essays = {
        "id": "essays",
        "kind": "count",
        "items": {"attributes": {"format": "essay"}},
        "minimum": 3,
        "maximum": 3,
    }
    assessment = banks.assessment(BANK, limits=(0, None), length=(6, 6), content=section([essays]))
    session, kept = assessment.start(seed=1), []
    while (item := session.pending) is not None:
        lost = len(session.log) < 4
        if lost:
            session.skip(item.id, "technically_lost")
        else:
            kept.append(item.id)
            session.answer(item.id, 1)
    assert len(session.log) > 8
    assert keeps(assessment, kept)


def test_a_pool_that_cannot_satisfy_the_constraints_ends_without_an_error() -> None:
    """A post-hoc person without essays sits a test that misses only them, and ends when it can gain no more."""
    essays = {"id": "essays", "kind": "count", "items": {"attributes": {"format": "essay"}}, "minimum": 3}
    assessment = banks.assessment(
        BANK, limits=(0, None), length=(4, 6), target=0.99, content=section([essays])
    )
    answers = np.ones((1, len(BANK.operational)))
    for j, item in enumerate(BANK.operational):
        if item.attributes["format"] == "essay":
            answers[0, j] = np.nan
    responses = ca.Responses.from_array(answers, items=assessment.plan.measurement.items.ids)
    study = ca.simulate(assessment, responses=responses)
    assert study.n_items.tolist() == [4]
    assert study.reasons == ("pool_exhausted",)


def test_a_test_that_no_item_can_extend_ends() -> None:
    """Where the constraints admit no further item and what was presented satisfies them, the pool is exhausted."""
    few = {"id": "few", "kind": "count", "maximum": 4}
    assessment = banks.assessment(BANK, limits=(0, None), length=(1, 9), target=0.1, content=section([few]))
    study = ca.simulate(assessment, 5)
    assert study.n_items.tolist() == [4] * 5
    assert set(study.reasons) == {"pool_exhausted"}


def test_criteria_with_negative_worths_fill_the_test_too() -> None:
    """Only the order of worths counts where they lie below 0: the best items of the order come."""
    plan = banks.assessment(BANK, limits=(0, None), length=(6, 6), content=section(RICH[:1])).plan
    assert plan.content is not None
    progress = fresh(plan.pool, np.ones((1, plan.n_items), dtype=bool))
    everything = progress.open_items
    view = View(
        pool=plan.pool,
        progress=progress,
        now=estimate(plan.pool, progress),
        seeds=np.zeros(1, dtype=np.uint64),
    )
    worth = -np.linspace(1, 2, plan.n_items)[None]
    above = plan.content.adjusted(worth + 3, everything, everything, view)
    below = plan.content.adjusted(worth, everything, everything, view)
    assert np.isfinite(below[0]).sum() == 6
    assert (np.isfinite(above) == np.isfinite(below)).all()


def test_the_category_of_a_post_brings_its_constraints() -> None:
    """For a category its constraint holds; without one it does not; the log tells which blueprint it was."""
    rules = ca.Bands.from_dict(banks.bands(BANK).to_dict() | {"categories": {"leading": {}, "other": {}}})
    tasks = {
        "id": "tasks",
        "kind": "count",
        "items": {"attributes": {"format": "task"}},
        "minimum": 6,
        "categories": ["leading"],
    }
    base = banks.assessment(BANK, rules=rules, limits=(0, None), length=(8, 8), content=section([tasks]))

    def fewest(assessment: ca.Assessment) -> int:
        tests = ca.simulate(assessment, 10).items
        return min(sum(BANK.item(i).attributes["format"] == "task" for i in ids) for ids in tests)

    leading = base.for_category("leading")
    assert fewest(leading) >= 6
    assert fewest(base) < 6
    assert fewest(base.for_category("other")) < 6
    assert leading.provenance.blueprint_hash != base.provenance.blueprint_hash


def test_the_decision_of_a_blueprint_without_the_section_is_untouched() -> None:
    """Without a content section a plan has no control, and names no method in the log."""
    plan = banks.assessment(BANK).plan
    assert plan.content is None
    assert not any("shadow" in name for name in plan.strategies)
    progress = fresh(plan.pool, np.ones((2, plan.n_items), dtype=bool))
    assert (
        decide(plan, progress, estimate(plan.pool, progress), np.zeros(2, dtype=np.uint64)).item >= 0
    ).all()
