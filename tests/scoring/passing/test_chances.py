"""compassess.scoring.passing.chances: P(pass | θ) against every pattern, simulation, and its laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from irt.test_sum_scores import some_items
from numpy.typing import NDArray

from compassess.errors import InputError
from compassess.irt import (
    Abilities,
    Items,
    probability,
    simulate_responses,
    sum_distribution,
)
from compassess.irt.sum_distribution import convolved
from compassess.scoring.passing import PassRule, decide, pass_probability

from .forms import legislation, legislation_rule, two_abilities

THETA = np.array([-2.5, -0.4, 0.0, 1.7])
Floats = NDArray[np.float64]


def by_patterns(items: Items, rule: PassRule, theta: dict[str, Floats]) -> Floats:
    """P(pass | θ) and P(condition | θ), (n, 1 + n_conditions): products of all patterns that pass, added up."""
    n = next(iter(theta.values())).size
    found = np.zeros((n, 1 + len(rule.conditions)))
    p = [
        probability(items.select([name]), theta[c])[0]
        for name, c in zip(items.ids, items.competencies, strict=True)
    ]
    for pattern in itertools.product(*[range(k) for k in items.n_categories.tolist()]):
        met = np.array(pattern) @ rule.membership >= rule.needed
        chance = np.prod([p[j][k] for j, k in enumerate(pattern)], axis=0)
        found += np.outer(chance, np.concatenate([[met.all()], met]))
    return found


def drawn_rule(items: Items, data: st.DataObject) -> PassRule:
    """Labels, and minima that somebody can reach."""
    labels = [data.draw(st.sampled_from(["one", "two", None])) for _ in items.ids]
    most = dict(zip(items.ids, (items.n_categories - 1).tolist(), strict=True))
    bare = PassRule.create(labels, items=items.ids, minimum_total=0, highest=most)
    minima = {
        part: data.draw(st.integers(0, bare.highest_of(part))) for part in dict.fromkeys(labels) if part
    }
    total = data.draw(st.integers(0, bare.highest_of("total")))
    return PassRule.create(labels, items=items.ids, minimum_total=total, minima=minima, highest=most)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_it_is_the_sum_over_all_patterns(seed: int, data: st.DataObject) -> None:
    """Every pattern of answers, of items of any model and sign, in one dimension."""
    items = some_items(seed)
    rule = drawn_rule(items, data)
    found = pass_probability(items, rule, THETA)
    expected = by_patterns(items, rule, {"theta": THETA})
    np.testing.assert_allclose(found.passing, expected[:, 0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.met, expected[:, 1:], rtol=0, atol=1e-13)
    np.testing.assert_array_equal(found.total_only, found.met[:, 0])


@settings(max_examples=20)
@given(data=st.data())
def test_every_part_at_its_own_ability(data: st.DataObject) -> None:
    """With a θ by competency, whether parts are competencies or cut across them."""
    items = two_abilities()
    rule = drawn_rule(items, data)
    theta = {"p": THETA, "q": THETA[::-1].copy()}
    found = pass_probability(items, rule, theta)
    expected = by_patterns(items, rule, theta)
    np.testing.assert_allclose(found.passing, expected[:, 0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.met, expected[:, 1:], rtol=0, atol=1e-13)


def test_without_parts_it_is_the_tail_of_the_sum() -> None:
    """P(pass) = P(S ≥ M), with and without labels that have no minimum."""
    items = legislation()
    tail = sum_distribution(items, THETA)[30:].sum(axis=0)
    for labels in ([None] * 55, ["x"] * 20 + ["y"] * 35):
        rule = PassRule.create(labels, items=items.ids, minimum_total=30)
        np.testing.assert_allclose(pass_probability(items, rule, THETA).passing, tail, rtol=1e-12)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_a_higher_minimum_never_helps(seed: int, data: st.DataObject) -> None:
    """Raising any one minimum by a point leaves P(pass | θ) where it is or lowers it, at every θ."""
    items = some_items(seed)
    rule = drawn_rule(items, data)
    before = pass_probability(items, rule, THETA).passing
    for name in rule.conditions:
        if rule.highest_of(name) == dict(zip(rule.conditions, rule.needed.tolist(), strict=True))[name]:
            continue
        minima = {part: minimum + (part == name) for part, minimum in rule.minima.items()}
        harder = PassRule(
            minimum_total=rule.minimum_total + (name == "total"),
            minima=minima,
            parts=rule.parts,
            highest=rule.highest,
        )
        assert np.all(pass_probability(items, harder, THETA).passing <= before + 1e-14)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_it_rises_in_ability(seed: int, data: st.DataObject) -> None:
    """Under positive slopes P(pass | θ) rises in θ: sums of independent scores are ordered stochastically."""
    rng = np.random.default_rng(seed)
    items = Items.create(
        ids=list("abcde"),
        models=["2PL", "3PL", "2PL", "GRM", "GPCM"],
        a=rng.uniform(0.3, 2.5, 5),
        b=[[0.1], [-0.5], [1.0], np.sort(rng.normal(size=2)).tolist(), rng.normal(size=2).tolist()],
        c=[0, 0.2, 0, 0, 0],
    )
    passing = pass_probability(items, drawn_rule(items, data), np.linspace(-5, 5, 41)).passing
    assert np.all(np.diff(passing) >= -1e-14)


def test_simulated_people_pass_as_often() -> None:
    """Of 20,000 persons at one θ as many pass the test of legislation as P(pass | θ) says."""
    items, n = legislation(), 20_000
    rule = legislation_rule(items)
    for seed, theta in enumerate((-0.6, -0.3, 0.2)):
        people = Abilities(blocks=np.full((n, 1), theta), competencies=np.full((n, 1), theta))
        told = decide(simulate_responses(items, people, seed=seed), rule)
        found = pass_probability(items, rule, theta)
        near = 5 * 0.5 / np.sqrt(n)  # five of the largest standard errors of a share
        assert told.passed.mean() == pytest.approx(found.passing[0], abs=near)
        np.testing.assert_allclose((told.short == 0).mean(axis=0), found.met[0], atol=near)
        assert 0.05 < found.passing[0] < 0.95


def test_parts_cost_what_the_total_does_not() -> None:
    """The rule with its parts is never easier than any one of its conditions, nor than all of them by chance."""
    items = legislation()
    found = pass_probability(items, legislation_rule(items), np.linspace(-3, 3, 25))
    assert np.all(found.passing <= found.met.min(axis=1) + 1e-14)
    # Given θ conditions on sums of one person go together: the joint chance is at least their product.
    assert np.all(found.passing >= found.met.prod(axis=1) - 1e-14)
    table = found.to_frame()
    assert list(table.columns[:3]) == ["theta", "passing", "met_total"]
    assert len(table) == 25


def test_masses_are_those_of_the_total_among_persons_with_all_parts() -> None:
    """They add up to the chance that every part reaches its minimum, and to P(pass) from the minimum total on."""
    items = legislation()
    rule = legislation_rule(items)
    found = pass_probability(items, rule, THETA)
    assert found.masses.shape == (56, 4)
    np.testing.assert_allclose(found.masses[30:].sum(axis=0), found.passing, rtol=1e-12)
    np.testing.assert_allclose(found.masses.sum(axis=0), found.met[:, 1:].prod(axis=1), rtol=1e-12)


def test_merged_categories_leave_sums_out() -> None:
    """Without a boundary below code 2 the item adds 0 or 1: a minimum of 2 in its part is met by nobody."""
    items = Items.create(ids=["i"], models=["GRM"], a=[1.0], b=[[0.0, np.nan]], n_categories=[3])
    rule = PassRule.create({"i": "x"}, minimum_total=1, minima={"x": 2}, highest=2)
    found = pass_probability(items, rule, [0.0])
    assert found.passing[0] == 0.0
    assert found.met[0].tolist() == [0.5, 0.0]


def test_convolved_is_the_polynomial_product() -> None:
    """Column by column it agrees with NumPy's convolution, whichever of the two is longer."""
    rng = np.random.default_rng(3)
    one, two = rng.random((4, 3)), rng.random((7, 3))
    expected = np.stack([np.convolve(one[:, j], two[:, j]) for j in range(3)], axis=1)
    np.testing.assert_allclose(convolved(one, two), expected, rtol=1e-14)
    np.testing.assert_allclose(convolved(two, one), expected, rtol=1e-14)


def test_faults() -> None:
    """Abilities of unknown or missing competencies, of other sizes and not finite are told at once."""
    items = two_abilities()
    rule = PassRule.create(
        dict.fromkeys(items.ids),
        minimum_total=1,
        highest={name: 2 if name == "x" else 1 for name in items.ids},
    )
    with pytest.raises(InputError) as caught:
        pass_probability(items, rule, {"p": [0.0, np.nan], "z": [0.0]})
    assert [one.where for one in caught.value.problems] == ["theta['q']", "theta['z']", "theta['p']"]
    with pytest.raises(InputError, match="one for all"):
        pass_probability(items, rule, {"p": [0.0, 1.0], "q": [0.0, 1.0, 2.0]})
    one_for_all = pass_probability(items, rule, {"p": [0.0, 1.0], "q": 0.3})
    assert one_for_all.passing.shape == (2,)
    assert list(one_for_all.to_frame().columns[:2]) == ["theta_p", "theta_q"]
