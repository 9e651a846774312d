"""What holds for every stopping rule: one by one as at once, live as simulated, tighter never ends earlier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import banks
import numpy as np
import pytest
import sittings
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive import SHIPPED, STOPPING_RULES, decisions
from compassess.adaptive.stopping import AllOf, decisions_of

BANK: Final = banks.three_blocks(5)
ASSESSMENT: Final = banks.assessment(BANK)
POOL: Final = ASSESSMENT.plan.pool
CUTS: Final[dict[str, Any]] = {"cuts": [-0.8, 0.6], "cuts_by_competency": {"p1": [-1.0], "r2": [0.0]}}
COMPETENCIES: Final[dict[str, Any]] = {"competency_cuts": [-0.5]}
RULES: Final[Mapping[str, dict[str, Any]]] = {
    "standard_error": {"target": 0.55},
    "overall_standard_error": {"target": 0.35},
    "predicted_error_reduction": {"target": 0.55, "hypo": 0.02, "hyper": 0.04},
    "minimum_information": {"least": 0.25},
    "change_of_theta": {"change": 0.05},
    "time_limit": {"spent": 100.0},
    "sprt": {"delta": 0.3, "alpha": 0.2, "beta": 0.2} | CUTS,
    "generalised_likelihood_ratio": {"delta": 0.3, "alpha": 0.2, "beta": 0.2} | CUTS,
    "confidence_interval": {"confidence": 0.7} | CUTS,
    "band_probability": {"probability": 0.7} | CUTS,
    "risk_probability": {"risk": 0.75, "clear": 0.25} | CUTS,
    "stochastic_curtailment": {"delta": 0.3, "maximum": 5, "gamma": 0.2} | COMPETENCIES,
    "all_of": {
        "rules": [
            {"rule": "standard_error", "parameters": {"target": 0.6}},
            {"rule": "change_of_theta", "parameters": {"change": 0.2}},
        ]
    },
}
#: What each parameter is tightened to: never looser than above.
TIGHTER: Final = {
    "standard_error": st.floats(0.3, 0.55).map(lambda x: {"target": x}),
    "overall_standard_error": st.floats(0.2, 0.35).map(lambda x: {"target": x}),
    "predicted_error_reduction": st.floats(1e-6, 0.02).map(lambda x: {"hypo": x, "hyper": 2 * x}),
    "minimum_information": st.floats(0.01, 0.25).map(lambda x: {"least": x}),
    "change_of_theta": st.floats(0.001, 0.05).map(lambda x: {"change": x}),
    "time_limit": st.floats(100.0, 1e4).map(lambda x: {"spent": x}),
    "sprt": st.floats(0.001, 0.2).map(lambda x: {"alpha": x, "beta": x}),
    "generalised_likelihood_ratio": st.floats(0.001, 0.2).map(lambda x: {"alpha": x, "beta": x}),
    "confidence_interval": st.floats(0.7, 0.999).map(lambda x: {"confidence": x}),
    "band_probability": st.floats(0.7, 0.999).map(lambda x: {"probability": x}),
    "risk_probability": st.floats(0.75, 0.999).map(lambda x: {"risk": x, "clear": 1 - x}),
    "stochastic_curtailment": st.floats(1e-6, 0.2).map(lambda x: {"gamma": x}),
}


def test_every_shipped_rule_is_here() -> None:
    """A rule that is added is held to the laws."""
    assert set(RULES) == set(STOPPING_RULES) == {*TIGHTER, "all_of"}


@pytest.mark.parametrize("name", RULES)
def test_sittings_are_judged_alike_alone_and_together(name: str) -> None:
    """Each row of a view is judged by itself; decisions too."""
    rule = SHIPPED.stopping_rule(name, RULES[name], "stopping").prepared(POOL)
    view = sittings.random_view(POOL, 60, 13, seed=1)
    together = rule.satisfied(view)
    assert together.shape == (60, 3)
    assert together.dtype == bool
    for row in range(60):
        alone = view.select(np.array([row]))
        assert rule.satisfied(alone)[0].tolist() == together[row].tolist()
        for one, all_of_them in zip(decisions_of(rule, alone), decisions_of(rule, view), strict=True):
            assert one.bands[0].tolist() == all_of_them.bands[row].tolist()
            assert one.leanings[0].tolist() == all_of_them.leanings[row].tolist()


@settings(max_examples=15)
@given(data=st.data())
@pytest.mark.parametrize("name", TIGHTER)
def test_a_tighter_rule_never_ends_earlier(name: str, data: st.DataObject) -> None:
    """What the tighter one calls known, the looser one does."""
    tighter = RULES[name] | data.draw(TIGHTER[name])
    view = sittings.random_view(POOL, 40, 16, seed=data.draw(st.integers(0, 50)))
    strict, loose = (
        SHIPPED.stopping_rule(name, parameters, "stopping").prepared(POOL).satisfied(view)
        for parameters in (tighter, RULES[name])
    )
    assert not (strict & ~loose).any()


@pytest.mark.parametrize("name", sorted(set(RULES) - {"all_of"}))
def test_all_of_implies_each_of_its_rules(name: str) -> None:
    """Together with the standard error it never knows a block that one of the two does not know."""
    view = sittings.random_view(POOL, 60, 16, seed=2)
    rules = [SHIPPED.stopping_rule(one, RULES[one], "stopping") for one in (name, "standard_error")]
    together = AllOf(rules=rules).prepared(POOL).satisfied(view)
    for rule in rules:
        assert not (together & ~rule.prepared(POOL).satisfied(view)).any()


@pytest.mark.parametrize("name", RULES)
def test_a_live_sitting_ends_as_the_simulated_one(name: str) -> None:
    """Same seeds and answers: the same items, reason, decisions; and the log replays without divergence."""
    also = [{"rule": "standard_error", "parameters": {"target": 0.05}}]  # so that none is secondary
    changes = {"rule": name, "rule_parameters": dict(RULES[name]), "also": also}
    if name == "standard_error":
        changes = {"target": 0.55}
    assessment = banks.assessment(BANK, length=(2, 24), limits=(1, None), randomesque=3, **changes)
    plan = assessment.plan
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (6, plan.n_items)).astype(np.int16)
    whole, view = sittings.played(plan, codes, seed=9)
    ids = plan.pool.ids
    for row, seed in enumerate(view.seeds.tolist()):
        session = assessment.start(seed=seed)
        while session.pending is not None:
            item = session.pending.id
            session.answer(item, int(codes[row, ids.index(item)]))
        presented = [entry["item"] for entry in session.log if entry["event"] == "presented"]
        assert presented == [ids[place] for place in whole.items[row] if place >= 0]
        assert session.stop_reason == plan.reasons[whole.reason[row]]
        for live, played in zip(session.decisions, decisions(plan, view), strict=True):
            assert live.bands[0].tolist() == played.bands[row].tolist()
        assert ca.Session.replay(assessment, session.log).divergences == ()
