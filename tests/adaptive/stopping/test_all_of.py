"""compassess.adaptive.stopping.all_of: several rules at once, from a blueprint, with rules of the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import banks
import numpy as np
import pytest
import sittings
from numpy.typing import NDArray

import compassess as ca
from compassess.adaptive import SHIPPED, Pool, View
from compassess.adaptive.stopping import (
    AllOf,
    BandProbability,
    ChangeOfTheta,
    StandardError,
    TimeLimit,
    decisions_of,
)
from compassess.adaptive.stopping.goals import attained, has_goal
from compassess.errors import InputError

POOL = banks.assessment(banks.three_blocks(5)).plan.pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Enough:
    """A caller's own rule: so many items, and a reason of its own."""

    name: ClassVar[str] = "enough"
    version: ClassVar[int] = 7
    reason: ClassVar[str] = "enough_items"

    items: int

    def prepared(self, _pool: Pool, /) -> Enough:
        """Itself."""
        return self

    def satisfied(self, view: View, /) -> NDArray[np.bool_]:
        """By length alone."""
        return np.repeat((view.progress.length >= self.items)[:, None], view.now.block_se.shape[1], axis=1)


def test_all_of_them_have_to_agree() -> None:
    """It is satisfied just where each of its rules is."""
    view = sittings.random_view(POOL, 100, 14)
    rules = (
        StandardError(target=0.6),
        ChangeOfTheta(change=0.1),
        BandProbability(probability=0.7, cuts=[0.0]),
    )
    together = AllOf(rules=rules).prepared(POOL).satisfied(view)
    each = [rule.prepared(POOL).satisfied(view) for rule in rules]
    assert np.array_equal(together, each[0] & each[1] & each[2])
    assert 0 < together.sum() < min(one.sum() for one in each)


def test_goals_and_decisions_are_those_of_its_rules() -> None:
    """Rules without a goal are left out of it; decisions come in the order of the rules."""
    view = sittings.random_view(POOL, 100, 14)
    target, band = StandardError(target=0.6), BandProbability(probability=0.7, cuts=[0.0])
    both = AllOf(rules=(ChangeOfTheta(change=0.1), AllOf(rules=(target, band)))).prepared(POOL)
    expected = target.prepared(POOL).satisfied(view) & band.prepared(POOL).satisfied(view)
    assert has_goal(both)
    assert np.array_equal(attained(both, view), expected)
    (told,) = decisions_of(both, view)
    assert np.array_equal(told.bands, decisions_of(band.prepared(POOL), view)[0].bands)
    none = AllOf(rules=(ChangeOfTheta(change=9.0), TimeLimit(spent=1.0))).prepared(POOL)
    assert not has_goal(none)
    assert not attained(none, view).any()


def test_it_is_made_from_a_blueprint_with_rules_of_the_callers_own() -> None:
    """Nested rules survive the file, are logged with their versions, and end live and simulated sittings."""
    bank = banks.one_block(30)
    registry = SHIPPED.with_own(stopping_rules={"enough": Enough})
    nested = {"rule": "all_of", "parameters": {"rules": [{"rule": "enough", "parameters": {"items": 9}}]}}
    blueprint = banks.blueprint(
        bank,
        length=(1, 30),
        rule="all_of",
        rule_parameters={
            "rules": [nested, {"rule": "standard_error", "parameters": {"target": 0.9}}],
        },
        also=[{"rule": "enough", "parameters": {"items": 20}}],
    )
    again = ca.Blueprint.from_dict(blueprint.to_dict())
    assert again == blueprint
    assessment = ca.Assessment.create(bank, again, registry=registry)
    named = assessment.strategies[1:]
    assert named == ("all_of@1", "all_of@1", "enough@7", "standard_error@1", "enough@7")
    assert set(assessment.plan.reasons) >= {"several_rules", "enough_items"}
    session = assessment.start(seed=3)
    while session.pending is not None:
        session.answer(session.pending.id, 1)
    assert (session.n_answered, session.stop_reason) == (9, "several_rules")
    assert ca.Session.replay(assessment, session.log).divergences == ()
    study = ca.simulate(assessment, 20, seed=3)
    assert set(study.n_items.tolist()) == {9}
    with pytest.raises(InputError, match=r"parameters\.rules\[0\]\.rule: unknown strategy"):
        ca.Assessment.create(bank, again)


def test_the_first_rule_with_which_all_blocks_are_known_gives_the_reason() -> None:
    """Two rules that hold at once: the one that stands first in the file is named."""
    bank = banks.one_block(30)
    registry = SHIPPED.with_own(stopping_rules={"enough": Enough})
    for first, second, reason in (
        ("enough", "standard_error", "enough_items"),
        ("standard_error", "enough", "precision"),
    ):
        parameters = {"enough": {"items": 4}, "standard_error": {"target": 2.0}}
        blueprint = banks.blueprint(
            bank,
            length=(4, 30),
            target=2.0,
            rule=first,
            rule_parameters=parameters[first] if first == "enough" else {},
            also=[{"rule": second, "parameters": parameters[second]}],
        )
        study = ca.simulate(ca.Assessment.create(bank, blueprint, registry=registry), 5, seed=1)
        assert set(study.reasons) == {reason}
        assert set(study.n_items.tolist()) == {4}


def test_faults_in_its_rules_are_told_with_their_places() -> None:
    """Each entry is checked like a rule of its own, all at once."""
    entries = [
        {"rule": "never"},
        {"rule": "change_of_theta", "parameters": {"change": 0}},
        {"name": "enough"},
        {"rule": "all_of", "parameters": {"rules": []}},
    ]
    with pytest.raises(InputError) as caught:
        SHIPPED.stopping_rule("all_of", {"rules": entries}, "stopping")
    places = [problem.where for problem in caught.value.problems]
    inside = "blueprint.json stopping.parameters.rules"
    assert places == [
        f"{inside}[0].rule",
        f"{inside}[1].parameters.change",
        f"{inside}[2]",
        f"{inside}[3].parameters.rules",
    ]
    for wrong in ("standard_error", [], {"rule": "standard_error"}):
        with pytest.raises(InputError, match="not a list of rules"):
            SHIPPED.stopping_rule("all_of", {"rules": wrong}, "stopping")
    with pytest.raises(InputError, match="missing"):
        SHIPPED.stopping_rule("all_of", {}, "stopping")


def test_a_secondary_rule_cannot_stand_alone() -> None:
    """Neither by itself, nor twice, nor inside of all_of; beside another rule it may stand."""
    bank = banks.one_block(10)
    change = {"rule": "change_of_theta", "parameters": {"change": 0.05}}
    alone = {"rule": "change_of_theta", "rule_parameters": {"change": 0.05}}
    for refused in (
        alone,
        alone | {"also": [change]},
        {"rule": "all_of", "rule_parameters": {"rules": [change]}},
    ):
        with pytest.raises(InputError) as caught:
            banks.assessment(bank, **refused)
        (problem,) = caught.value.problems
        assert problem.where == "blueprint.json stopping.rule"
        assert "change_of_theta" in problem.got or "all_of" in problem.got
    banks.assessment(bank, also=[change])
    with_another = [change, {"rule": "standard_error", "parameters": {"target": 0.4}}]
    banks.assessment(bank, rule="all_of", rule_parameters={"rules": with_another})
