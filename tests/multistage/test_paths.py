"""compassess.multistage.paths and shares: exact probabilities of paths, beside brute force and simulations."""

from __future__ import annotations

from itertools import product
from typing import Any

import banks
import numpy as np
import pytest
from adaptive.test_panels import assessment, panel_of

import compassess as ca
from compassess.multistage import expected_shares, path_distribution, path_shares

SMALL = banks.one_block(12)
THREE = banks.three_blocks(14)


@pytest.mark.parametrize("over", ["path", "module"])
def test_two_items_a_module_by_hand(over: str) -> None:
    """All 2¹² patterns: the probability of a path and sum is that of the patterns that lead there."""
    rules = assessment(SMALL, over=over, panels=(panel_of(SMALL, size=2),), length=(6, 6))
    panel = rules.blueprint.multistage.panels[0]  # type: ignore[union-attr]
    theta = np.array([-1.3, 0.2, 1.1])
    told = path_distribution(rules, theta)
    p = ca.irt.probability(rules.bank.irt_items(), theta)[:, 1]
    ids = rules.plan.pool.ids
    wanted: dict[tuple[str, ...], np.ndarray] = {path: np.zeros((7, 3)) for path in panel.paths()}
    for pattern in product((0, 1), repeat=12):
        x = dict(zip(ids, pattern, strict=True))
        mass = np.prod([p[k] if x[name] else 1 - p[k] for k, name in enumerate(ids)], axis=0)
        path, total = ["start"], 0
        while True:
            module = panel.module(path[-1])
            own = sum(x[item] for item in module.items)
            total += own
            if not module.next:
                break
            value = total if over == "path" else own
            path.append(module.next[int(value >= module.cuts[0])])
        wanted[tuple(path)][total] += mass
    for path, sums in zip(told.paths, told.sums, strict=True):
        np.testing.assert_allclose(sums, wanted[path], rtol=0, atol=1e-12)
    np.testing.assert_allclose(told.probability.sum(axis=1), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("bank", [banks.one_block(60), THREE])
@pytest.mark.parametrize("over", ["path", "module"])
def test_simulated_people_take_them_as_often(bank: ca.ItemBank, over: str) -> None:
    """Everybody at one θ: shares of paths within four standard errors, also of polytomous items and blocks."""
    rules = assessment(bank, over=over)
    n, n_competencies = 6000, len(bank.competencies)
    theta = np.linspace(-0.4, 0.5, n_competencies)
    competencies = np.tile(theta, (n, 1))
    blocks = competencies[
        :, [0] if len(bank.blocks) == 1 else [0, 2, 4]
    ]  # answers hang on competencies alone
    people = ca.People(theta=blocks, competencies=competencies)
    study = ca.simulate(rules, people=people, seed=4)
    told = path_distribution(rules, theta[None])
    shares = path_shares(study)
    for path, expected in zip(told.paths, told.probability[0], strict=True):
        share = float(shares.loc[shares["path"] == " → ".join(path), "share"].iloc[0])
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n) + 1e-12


def test_information_is_that_of_the_items_of_the_path() -> None:
    """By block; and what is expected of the test lies between the best and the worst path."""
    rules = assessment(THREE)
    panel = rules.blueprint.multistage.panels[0]  # type: ignore[union-attr]
    theta = np.linspace(-1, 1, 6)[None]
    told = path_distribution(rules, theta)
    items = THREE.irt_items()
    for number, path in enumerate(told.paths):
        own = np.zeros(len(THREE.blocks))
        for name in panel.items_of(path):
            item = THREE.item(name)
            k = [one.id for one in THREE.competencies].index(item.competency)
            block = [one.id for one in THREE.blocks].index(item.block)
            own[block] += ca.irt.information(items, [theta[0, k]])[items.ids.index(name), 0]
        np.testing.assert_allclose(told.information[0, number], own, rtol=1e-12)
    assert (told.expected_information <= told.information.max(axis=1) + 1e-12).all()
    assert (told.expected_information >= told.information.min(axis=1) - 1e-12).all()
    frame = told.to_frame()
    assert list(frame.columns) == ["row", "path", "probability", "information"]
    assert len(frame) == len(told.paths)


def test_incomplete_sittings_have_a_row_of_their_own() -> None:
    """Post-hoc people without an answer to an item of their path."""
    rules = assessment()
    codes = np.ones((10, 60))
    codes[:3, 12] = np.nan
    frame = path_shares(ca.simulate(rules, responses=codes, seed=1))
    assert frame["n"].tolist()[-1] == 3
    assert frame["path"].tolist()[-1] == "incomplete"
    assert frame["n"].sum() == 10


@pytest.mark.parametrize(
    ("rules", "theta", "panel", "told"),
    [
        (assessment(rule="theta"), [0.0], None, "number_correct alone"),
        (banks.assessment(SMALL, length=(1, 5), limits=(0, None)), [0.0], None, "number_correct alone"),
        (assessment(), [[0.0, 1.0]], None, "not abilities"),
        (assessment(), [np.nan], None, "not abilities"),
        (assessment(), [0.0], "x", "no such panel"),
    ],
)
def test_what_cannot_be_told(rules: ca.Assessment, theta: Any, panel: str | None, told: str) -> None:
    """Refused with what to do."""
    with pytest.raises(ca.InputError, match=told):
        path_distribution(rules, theta, panel)
    if rules.blueprint.multistage is None:
        with pytest.raises(ca.InputError, match="multistage"):
            path_shares(ca.simulate(rules, 2, seed=1))


def test_the_error_is_that_of_the_paths_together() -> None:
    """Mean of their variances, so no less than what the mean information promises; modules sum up paths."""
    told = path_distribution(assessment(), np.linspace(-2, 2, 5))
    variance = np.zeros((5, 1))
    for number in range(len(told.paths)):
        variance += told.probability[:, number, None] / told.information[:, number]
    np.testing.assert_allclose(told.conditional_se, np.sqrt(variance))
    assert (told.conditional_se >= 1 / np.sqrt(told.expected_information) - 1e-12).all()  # Jensen
    modules = told.module_probability
    np.testing.assert_allclose(modules["start"], 1.0)
    np.testing.assert_allclose(modules["low"] + modules["high"], 1.0)
    assert (np.diff(modules["high"]) > 0).all()


@pytest.mark.parametrize("bank", [banks.one_block(60), THREE])
def test_shares_of_the_population_are_known_beforehand(bank: ca.ItemBank) -> None:
    """Within four standard errors of a simulated population's, and the points of the sequence."""
    rules, n = assessment(bank), 2000
    expected = expected_shares(rules)
    assert sum(expected.values()) == pytest.approx(1.0)
    found = path_shares(ca.simulate(rules, n, seed=8)).set_index("path")["share"]
    for path, share in expected.items():
        assert abs(found[" → ".join(path)] - share) < 4.0 * np.sqrt(share * (1 - share) / n) + 2e-3
