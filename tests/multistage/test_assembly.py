"""compassess.multistage: panels assembled from a bank, cuts between modules, the blueprint for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pytest
from scipy.stats import norm

import compassess as ca
from compassess.adaptive.content import rows_of
from compassess.bank import Constraint, ItemFilter, Multistage, Routing
from compassess.multistage import (
    ModuleDesign,
    PanelDesign,
    assemble_panels,
    cuts_by_shares,
    cuts_where_information_crosses,
    fitted_blueprint,
    path_distribution,
    path_shares,
)

BANK = banks.one_block(80)
THREE = banks.three_blocks(10)


def design(n_items: int = 5, *constraints: Constraint) -> PanelDesign:
    """One, two and three modules."""
    parts: tuple[tuple[str, int, float, tuple[str, ...]], ...] = (
        ("start", 1, 0.0, ("low", "high")),
        ("low", 2, -0.7, ("easy", "middle")),
        ("high", 2, 0.7, ("middle", "hard")),
        ("easy", 3, -1.3, ()),
        ("middle", 3, 0.0, ()),
        ("hard", 3, 1.3, ()),
    )
    return PanelDesign(
        modules=tuple(
            ModuleDesign(
                id=name, stage=stage, n_items=n_items, theta=theta, next=after, constraints=constraints
            )
            for name, stage, theta, after in parts
        )
    )


def count(competency: str, minimum: int, maximum: int | None = None) -> Constraint:
    """So many items of a competency."""
    return Constraint(
        id=competency,
        kind="count",
        items=ItemFilter(competency=(competency,)),
        minimum=minimum,
        maximum=maximum,
    )


def test_two_parallel_panels_that_are_sat() -> None:
    """Every item once, the same module tells the same within the tolerance; simulated people sit them."""
    made = assemble_panels(BANK, design(), n_panels=2, tolerance=0.05)
    items = [item for panel in made.multistage.panels for module in panel.modules for item in module.items]
    assert len(items) == len(set(items)) == 60
    assert made.information.shape == made.share.shape == (2, 6)
    assert (made.information.max(axis=0) <= 1.05 * made.information.min(axis=0) + 1e-9).all()
    assert made.share.max() <= 1.0 + 1e-9
    assert 0 <= made.gap <= 0.03
    rules = ca.Assessment.create(BANK, fitted_blueprint(BANK, banks.blueprint(BANK), made.multistage))
    study = ca.simulate(rules, 2000, seed=3)
    shares = path_shares(study)
    assert shares["n"].sum() == 2000
    assert (shares["share"] > 0.02).all()
    adaptive = ca.simulate(banks.assessment(BANK, length=(15, 15), limits=(0, None)), 2000, seed=3)
    assert study.theta_true is not None
    assert adaptive.theta_true is not None
    ours = np.sqrt(np.mean((study.theta - study.theta_true) ** 2))
    best = np.sqrt(np.mean((adaptive.theta - adaptive.theta_true) ** 2))
    assert best < ours < 1.35 * best


def test_the_least_module_is_as_good_as_can_be() -> None:
    """One panel of one module is the best items at its θ; of several, none could be better without a worse."""
    alone = PanelDesign(modules=(ModuleDesign(id="m", stage=1, n_items=7, theta=0.4),))
    made = assemble_panels(BANK, alone, mip_rel_gap=0.0)
    told = ca.irt.information(BANK.irt_items(), [0.4])[:, 0]
    best = {BANK.irt_items().ids[k] for k in np.argsort(-told)[:7]}
    assert set(made.multistage.panels[0].modules[0].items) == best
    np.testing.assert_allclose(made.share, 1.0)


def test_constraints_and_enemies_hold() -> None:
    """Counts by competency in every module; two enemies are never in one panel."""
    content = THREE.to_dict()
    names = [item["id"] for item in content["items"]]
    content["items"][0]["enemies"] = names[1:4]
    bank = ca.ItemBank.from_dict(content)
    wanted = [count(one.id, 1, 2) for one in bank.competencies]
    made = assemble_panels(bank, design(6, *wanted), n_panels=1)
    for module in made.multistage.panels[0].modules:
        own = [bank.item(item).competency for item in module.items]
        assert all(1 <= own.count(one.id) <= 2 for one in bank.competencies)
    used = {item for module in made.multistage.panels[0].modules for item in module.items}
    assert names[0] not in used or not used & set(names[1:4])


def test_a_blueprint_holds_on_every_path() -> None:
    """Its limits of competencies, and hard constraints with sets of items; what clashes with it is named."""
    content = THREE.to_dict()
    for number, item in enumerate(content["items"]):
        item["stimulus"] = f"s{number // 2}"
    bank = ca.ItemBank.from_dict(content)
    pairs = Constraint(id="pairs", kind="per_stimulus", minimum=2)
    blueprint = banks.blueprint(
        bank,
        limits=(2, 6),
        length=(18, 18),
        content={"constraints": [pairs.to_dict()], "method": "shadow_test"},
    )
    made = assemble_panels(bank, design(6), rule="maximum_information", blueprint=blueprint, mip_rel_gap=0.2)
    (panel,) = made.multistage.panels
    rows = rows_of(bank, blueprint)
    ids = [item.id for item in bank.operational]
    tests = np.array([[item in panel.items_of(path) for item in ids] for path in panel.paths()])
    assert rows.satisfied(tests).all()
    plain = assemble_panels(bank, design(6), rule="maximum_information", mip_rel_gap=0.2)
    loose = np.array(
        [[item in plain.multistage.panels[0].items_of(path) for item in ids] for path in panel.paths()]
    )
    assert not rows.satisfied(loose).all()
    many = banks.blueprint(bank, limits={one.id: (2, 6) for one in bank.competencies} | {"p1": (9, 10)})
    with pytest.raises(ca.InputError, match=r"blueprint competencies\.p1"):
        assemble_panels(bank, design(6, count("p1", 0, 2)), blueprint=many)


def test_information_that_is_wanted_is_met() -> None:
    """In every panel, to the tolerance; the others tell as much as can be. More than there is clashes."""
    wanted = design()
    first = replace(wanted.modules[0], information=1.5)
    made = assemble_panels(
        BANK,
        replace(wanted, modules=(first, *wanted.modules[1:])),
        n_panels=2,
        tolerance=0.1,
        mip_rel_gap=0.1,
    )
    assert (abs(made.information[:, 0] / 1.5 - 1.0) <= 0.1 + 1e-6).all()
    too_much = replace(first, information=50.0, next=())
    with pytest.raises(ca.InputError, match="information of 'start'"):
        assemble_panels(BANK, PanelDesign(modules=(too_much,)))


def test_nodes_stop_the_search_alike_everywhere() -> None:
    """The same panels again, whatever the time."""
    found = [assemble_panels(BANK, design(), nodes=3).multistage for _ in range(2)]
    assert found[0] == found[1]


def test_cuts_stand_where_the_next_modules_tell_the_same() -> None:
    """On θ at the crossing itself; on sums where the exact expectation of the sum reaches it."""
    made = assemble_panels(BANK, design(), rule="theta")
    panel = made.multistage.panels[0]
    items = BANK.irt_items()
    for module in panel.modules:
        for k, cut in enumerate(module.cuts):
            low, high = (
                sum(
                    ca.irt.information(items, [cut])[items.ids.index(item), 0]
                    for item in panel.module(name).items
                )
                for name in module.next[k : k + 2]
            )
            assert abs(low - high) < 0.02 * low
    routing = Routing(rule="number_correct")
    sums = cuts_where_information_crosses(BANK, replace(made.multistage, routing=routing)).panels[0]
    start = sums.modules[0]
    expected = float(
        np.nansum(
            [
                ca.irt.expected_score(items, list(panel.modules[0].cuts))[items.ids.index(i), 0]
                for i in start.items
            ]
        )
    )
    assert start.cuts[0] - 1 < expected <= start.cuts[0]


def test_cuts_by_shares_send_as_many() -> None:
    """By θ̂ of long modules the shares of the population come out, nearly."""
    wanted = {2: [0.4, 0.6], 3: [0.25, 0.5, 0.25]}
    made = assemble_panels(banks.one_block(240), design(40), rule="theta", cuts=cuts_by_shares(wanted))
    assert made.multistage.panels[0].modules[0].cuts == (pytest.approx(norm.ppf(0.4)),)
    bank = banks.one_block(240)
    rules = ca.Assessment.create(bank, fitted_blueprint(bank, banks.blueprint(bank), made.multistage))
    shares = path_shares(ca.simulate(rules, 4000, seed=2))
    second = shares.groupby(shares["path"].str.split(" → ").str[1])["share"].sum()
    assert abs(second["low"] - 0.4) < 0.05
    third = shares.groupby(shares["path"].str.split(" → ").str[2])["share"].sum()
    assert abs(third["hard"] - 0.25) < 0.05


def test_sums_over_blocks_and_the_way_there() -> None:
    """Polytomous items, competencies and blocks: a person at the cut expects to reach it, within a point."""
    made = assemble_panels(THREE, design(6), n_panels=1)
    rules = ca.Assessment.create(THREE, fitted_blueprint(THREE, banks.blueprint(THREE), made.multistage))
    told = path_distribution(rules, np.zeros((1, 6)))
    assert told.probability.min() >= 0
    cuts = [cut for module in made.multistage.panels[0].modules for cut in module.cuts]
    assert len(cuts) == 3
    assert all(cut == int(cut) >= 1 for cut in cuts)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"n_panels": 0}, "1 or more"),
        ({"tolerance": -0.1}, "1 or more"),
        ({"n_panels": 3}, "most_uses"),
    ],
)
def test_what_cannot_be_assembled(arguments: dict[str, Any], told: str) -> None:
    """With the demand without which it could."""
    with pytest.raises(ca.InputError, match=told):
        assemble_panels(BANK, design(), **arguments)


def test_a_demand_that_clashes_is_named() -> None:
    """More items of a competency than a module has; more than the bank has for all modules."""
    many = count(THREE.competencies[0].id, 7)
    with pytest.raises(ca.InputError, match=THREE.competencies[0].id):
        assemble_panels(
            THREE, PanelDesign(modules=(replace(design(6).modules[0], next=(), constraints=(many,)),))
        )


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ({"n_items": 0}, "no item"),
        ({"theta": float("nan")}, "not a θ"),
        ({"information": 0.0}, "above 0"),
        ({"next": ("elsewhere",)}, "no module of the next stage"),
        ({"constraints": (Constraint(id="x", kind="enemies"),)}, "not of a kind"),
    ],
)
def test_designs_that_are_none(module: dict[str, Any], told: str) -> None:
    """Told with their place."""
    one = {"id": "m", "stage": 1, "n_items": 3, "theta": 0.0} | module
    with pytest.raises(ca.InputError, match=told):
        PanelDesign(modules=(ModuleDesign(**one),))
    with pytest.raises(ca.InputError, match="none"):
        PanelDesign(modules=())


def test_cuts_that_are_none() -> None:
    """Modules in the wrong order, shares of another number, a rule without cuts."""
    made = assemble_panels(BANK, design(), rule="theta").multistage
    panel = made.panels[0]
    turned = replace(panel.modules[0], next=("high", "low"))
    wrong = replace(made, panels=(replace(panel, modules=(turned, *panel.modules[1:])),))
    with pytest.raises(ca.InputError, match="nowhere begins to tell more"):
        cuts_where_information_crosses(BANK, wrong)
    with pytest.raises(ca.InputError, match="not the shares"):
        cuts_by_shares({2: [1.0]})(BANK, made)
    with pytest.raises(ca.InputError, match="no cuts are asked"):
        cuts_where_information_crosses(
            BANK, Multistage(routing=Routing(rule="maximum_information"), panels=made.panels)
        )
