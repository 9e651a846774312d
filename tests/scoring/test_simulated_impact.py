"""compassess.scoring.simulated_impact: groups that sit a coming test."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from scipy.stats import norm

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, Population
from compassess.scoring import adverse_impact, simulated_adverse_impact

ITEMS = Items.create(ids=[f"q{j}" for j in range(30)], a=np.full(30, 1.5), b=np.linspace(-2, 2, 30)[:, None])
GROUPS = {
    "first": Population.create(),
    "second": Population.create(mean=[-0.5], standard_deviation=[1.1]),
}
CUTS = [-0.5, 0.6]


def test_true_rates_are_those_of_the_populations() -> None:
    """P(θ ≥ cut) = Φ((μ − cut) / σ) in each group, within 4.5 errors of 20,000 persons."""
    found = simulated_adverse_impact(ITEMS, CUTS, GROUPS, n=20_000, seed=1)
    cuts = np.array(CUTS)[:, None]
    rate = norm.cdf((np.array([0.0, -0.5]) - cuts) / np.array([1.0, 1.1]))
    np.testing.assert_allclose(found.true.rate, rate, atol=4.5 * np.sqrt(0.25 / 20_000))
    assert found.true.groups == found.scored.groups == ("first", "second")
    assert found.true.references == ("first", "first")
    ratio = rate[:, 1] / rate[:, 0]
    np.testing.assert_allclose(found.true.ratio[:, 1], ratio, rtol=0.06)  # 4.5 errors of log p − log q


def test_false_rates_are_what_parts_scored_from_true() -> None:
    """Scored rate = true rate − false fails + false passes, to the person."""
    found = simulated_adverse_impact(ITEMS, CUTS, GROUPS, n={"first": 300, "second": 500}, seed=2)
    np.testing.assert_allclose(
        found.scored.rate, found.true.rate - found.false_fail + found.false_pass, atol=1e-12
    )
    assert np.all(found.false_fail > 0)
    assert found.scored.n.tolist() == [300, 500]
    counted = adverse_impact(found.scored.passed, [300, 500], groups=["first", "second"])
    np.testing.assert_array_equal(found.scored.fisher_p, counted.fisher_p)


def test_a_long_test_errs_no_more() -> None:
    """With 400 items false rates are a third of those with 30, or less; SEs go by the root of the length."""
    long = Items.create(
        ids=[f"q{j}" for j in range(400)], a=np.full(400, 1.5), b=np.linspace(-2, 2, 400)[:, None]
    )
    short_, long_ = (simulated_adverse_impact(items, CUTS, GROUPS, n=4000, seed=3) for items in (ITEMS, long))
    for name in ("false_fail", "false_pass"):
        assert getattr(long_, name).sum() < 0.36 * getattr(short_, name).sum()


def test_items_that_are_harder_for_a_group_only() -> None:
    """DIF of half a unit of θ on every item fails the group as if it were lower by that much, and truth shows it."""
    harder = Items.create(ids=ITEMS.ids, a=np.full(30, 1.5), b=np.linspace(-2, 2, 30)[:, None] + 0.5)
    same = {"first": Population.create(), "second": Population.create()}
    found = simulated_adverse_impact(
        ITEMS, [0.0], same, n=8000, seed=4, answering={"second": harder}, reference="first"
    )
    assert found.true.ratio[0, 1] == pytest.approx(1.0, abs=0.07)  # 4.5 √(2 (1 − .5) / (.5 · 8000))
    lower = {"first": Population.create(), "second": Population.create(mean=[-0.5])}
    as_if = simulated_adverse_impact(ITEMS, [0.0], lower, n=8000, seed=4, reference="first")
    assert found.scored.ratio[0, 1] == pytest.approx(as_if.scored.ratio[0, 1], abs=0.05)
    assert found.scored.verdict[0, 1] == "below_four_fifths"
    assert found.false_fail[0, 1] > 3 * found.false_fail[0, 0]


def test_an_estimate_at_the_cut_is_above_it() -> None:
    """Half the items of a symmetric form right is θ̂ = 0 but for rounding, and passes a cut at 0."""
    everybody = {"all": GROUPS["first"]}
    at, below = (
        simulated_adverse_impact(ITEMS, [cut], everybody, n=3000, seed=8).scored.passed[0, 0]
        for cut in (0.0, -1e-6)
    )
    above = simulated_adverse_impact(ITEMS, [1e-6], everybody, n=3000, seed=8).scored.passed[0, 0]
    assert at == below > above + 100


def test_a_seed_gives_the_same_persons() -> None:
    """The same seed the same counts, another seed others; a group more leaves the first ones as they are."""
    one, same, other = (simulated_adverse_impact(ITEMS, CUTS, GROUPS, n=200, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.scored.passed, same.scored.passed)
    assert not np.array_equal(one.scored.passed, other.scored.passed)
    more = simulated_adverse_impact(ITEMS, CUTS, {**GROUPS, "third": Population.create()}, n=200, seed=5)
    np.testing.assert_array_equal(one.scored.passed, more.scored.passed[:, :2])


def test_blocks_and_competencies_by_name() -> None:
    """The dimension named is cut: moving its mean alone moves the rates of its passes, by λ for a competency."""
    bank = banks.three_blocks(4)
    items, people = bank.irt_items(), bank.population
    lower = Population.create(
        people.blocks,
        correlation=people.correlation,
        competencies={
            name: people.blocks[block]
            for name, block in zip(people.competencies, people.block_of, strict=True)
        },
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=[0.0, -1.0, 0.0],
    )
    groups = {"as_they_are": people, "lower_in_q": lower}

    def rates(dimension: str) -> np.ndarray:
        return simulated_adverse_impact(items, [0.0], groups, n=4000, seed=7, dimension=dimension).true.rate[
            0
        ]

    error = 4.5 * np.sqrt(0.25 / 4000)
    loading = people.loadings[people.competencies.index("q1")]
    np.testing.assert_allclose(rates("p"), [0.5, 0.5], atol=error)
    np.testing.assert_allclose(rates("q"), [0.5, norm.cdf(-1)], atol=error)
    np.testing.assert_allclose(rates("q1"), [0.5, norm.cdf(-loading)], atol=error)


def test_the_simulation_agrees_with_data_after() -> None:
    """What is foreseen before is found after: the scored rates of new persons lie within 4.5 errors."""
    before = simulated_adverse_impact(ITEMS, CUTS, GROUPS, n=20_000, seed=8)
    people = ca.irt.simulate_abilities(GROUPS["second"], 3000, seed=99)
    theta = ca.score(ca.irt.simulate_responses(ITEMS, people, seed=98), ITEMS).theta
    after = (theta >= np.array(CUTS)[:, None]).mean(axis=1)
    np.testing.assert_allclose(
        before.scored.rate[:, 1], after, atol=4.5 * np.sqrt(0.25 / 3000 + 0.25 / 20_000)
    )


def test_every_fault_is_told_at_once() -> None:
    """Cuts, populations, numbers, items, reference and dimension, each with its place."""
    groups = {"one": Population.create(), "two": Population.create(["x", "y"])}
    with pytest.raises(InputError) as caught:
        simulated_adverse_impact(
            ITEMS,
            [1.0, 0.0],
            groups,
            n={"one": 10},
            seed=1,
            answering={"three": ITEMS},
            reference="four",
            dimension="z",
        )
    assert [one.where for one in caught.value.problems] == [
        "cuts",
        "populations['two']",
        "n, group 'two'",
        "answering['three']",
        "reference",
        "dimension",
    ]


def test_nobody_to_simulate_and_nothing_to_cut() -> None:
    """Without groups there is nothing to draw; of several blocks one must be named."""
    with pytest.raises(InputError, match="there is no group"):
        simulated_adverse_impact(ITEMS, [0.0], {}, n=10, seed=1)
    bank = banks.three_blocks(2)
    with pytest.raises(InputError, match="whose θ is cut"):
        simulated_adverse_impact(bank.irt_items(), [0.0], {"all": bank.population}, n=10, seed=1)
