"""compassess.scoring.passing.population: pass rates, accuracy and consistency of a rule."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, Population, expected_total, simulate_abilities, simulate_responses
from compassess.scoring.classification import lee
from compassess.scoring.passing import PassRule, decide, pass_probability, pass_quality

from .forms import legislation, legislation_rule, two_abilities


def two_parts() -> tuple[Items, PassRule]:
    """Six items in two parts of unlike difficulty; one dimension."""
    items = Items.create(
        ids=list("abcdef"), a=[1.0, 1.4, 0.8, 1.2, 1.1, 0.9], b=[[-1.0], [-0.5], [0.0], [0.2], [0.8], [1.1]]
    )
    return items, PassRule.create(
        ["x"] * 3 + ["y"] * 3, items=items.ids, minimum_total=3, minima={"x": 2, "y": 1}
    )


def test_the_population_is_integrated_exactly() -> None:
    """All rates agree with adaptive quadrature over the pieces on which the truth is constant."""
    items, rule = two_parts()

    def passing(x: float) -> float:
        return float(pass_probability(items, rule, x).passing[0])

    roots = [
        brentq(lambda x, ids=ids, m=m: expected_total(items.select(ids), [x])[0] - m, -9, 9)
        for ids, m in ((list("abcdef"), 3), (list("abc"), 2), (list("def"), 1))
    ]
    cut = max(roots)  # all three true scores rise, so the last to pass its minimum decides
    ends = [-8.4, *sorted(roots), 8.4]

    def integral(value: object) -> float:
        return sum(
            quad(lambda x: norm.pdf(x) * value(x), *piece, epsabs=1e-12)[0]  # type: ignore[operator]
            for piece in itertools.pairwise(ends)
        )

    told = pass_quality(items, rule)
    assert told.monte_carlo_error == 0.0
    assert told.rule.pass_rate == pytest.approx(integral(passing), abs=1e-9)
    assert told.rule.true_pass_rate == pytest.approx(norm.sf(cut), abs=1e-9)
    assert told.rule.consistency == pytest.approx(
        integral(lambda x: passing(x) ** 2 + (1 - passing(x)) ** 2), abs=1e-9
    )
    assert told.rule.false_pass == pytest.approx(integral(lambda x: passing(x) * (x < cut)), abs=1e-9)
    assert told.rule.false_fail == pytest.approx(integral(lambda x: (1 - passing(x)) * (x >= cut)), abs=1e-9)
    assert told.rule.accuracy == pytest.approx(1 - told.rule.false_pass - told.rule.false_fail, abs=1e-12)
    assert told.rule.false_pass_rate == pytest.approx(told.rule.false_pass / norm.cdf(cut), abs=1e-8)
    assert told.rule.false_fail_rate == pytest.approx(told.rule.false_fail / norm.sf(cut), abs=1e-8)


def test_without_parts_it_is_lees_index() -> None:
    """The total-only rule has the accuracy, consistency and κ of Lee's method at that cut."""
    items = legislation()
    told = pass_quality(items, legislation_rule(items)).total_only
    known = lee(items, [30])
    assert told.accuracy == pytest.approx(known.accuracy[0], abs=1e-10)
    assert told.consistency == pytest.approx(known.consistency[0], abs=1e-10)
    assert told.kappa == pytest.approx(known.kappa[0], abs=1e-10)
    assert (told.false_pass, told.false_fail) == pytest.approx(
        (known.false_positive[0], known.false_negative[0]), abs=1e-10
    )
    no_parts = PassRule.create([None] * 55, items=items.ids, minimum_total=30)
    alone = pass_quality(items, no_parts)
    assert alone.rule == alone.total_only


def test_parts_cost_passes_and_consistency() -> None:
    """On the test of legislation they lower the pass rate, fail more who should pass, and are less consistent."""
    items = legislation()
    told = pass_quality(items, legislation_rule(items))
    assert told.rule.pass_rate < told.total_only.pass_rate - 0.02
    assert told.rule.false_fail > told.total_only.false_fail
    assert told.rule.consistency < told.total_only.consistency
    table = told.to_frame().set_index("rule")
    assert table.loc["difference", "pass_rate"] == told.rule.pass_rate - told.total_only.pass_rate
    assert list(table.index) == ["rule", "total_only", "difference"]


def test_they_are_what_simulated_people_do() -> None:
    """Two parallel administrations to 20,000 drawn persons of another population pass, agree and err as often."""
    items, n = legislation(), 20_000
    rule = legislation_rule(items)
    people = Population.create(mean=[0.3], standard_deviation=[0.8])
    drawn = simulate_abilities(people, n, seed=5)
    one, two = (decide(simulate_responses(items, drawn, seed=seed), rule).passed for seed in (6, 7))
    theta = drawn.blocks[:, 0]
    reached = [
        expected_total(items.select(column), theta) >= m
        for column, m in zip(rule.membership.T, rule.needed, strict=True)
    ]
    true = np.all(reached, axis=0)
    told = pass_quality(items, rule, population=people).rule
    near = 5 * 0.5 / np.sqrt(n)  # five of the largest standard errors of a share
    assert told.pass_rate == pytest.approx(one.mean(), abs=near)
    assert told.true_pass_rate == pytest.approx(true.mean(), abs=near)
    assert told.accuracy == pytest.approx(np.mean(one == true), abs=near)
    assert told.consistency == pytest.approx(np.mean(one == two), abs=near)
    assert told.false_pass == pytest.approx(np.mean(one & ~true), abs=near)


def test_several_abilities_are_drawn() -> None:
    """Two correlated blocks: the rates agree with a fine grid within what drawing costs, which is told."""
    items = two_abilities()
    rule = PassRule.create(
        ["x", "x", "y", "y", "y"],
        items=items.ids,
        minimum_total=3,
        minima={"x": 1, "y": 2},
        highest={name: 2 if name == "x" else 1 for name in items.ids},
    )
    told = pass_quality(items, rule, n_draws=20_000, seed=3)
    assert 0.0 < told.monte_carlo_error < 0.004
    nodes = np.linspace(-6, 6, 241)
    p, q = (axis.ravel() for axis in np.meshgrid(nodes, nodes))
    masses = np.exp(-0.5 * (p**2 - p * q + q**2) / 0.75)
    masses /= masses.sum()
    passing = pass_probability(items, rule, {"p": p, "q": q}).passing
    assert told.rule.pass_rate == pytest.approx(masses @ passing, abs=5 * told.monte_carlo_error)
    part_p, part_q = expected_total(items.select(list("vw")), p), expected_total(items.select(list("xyz")), q)
    true = (part_p >= 1) & (part_q >= 2) & (part_p + part_q >= 3)
    # A share of nodes beyond a curve errs by up to a node's mass along it: 0.05 × the density, below 0.005.
    assert told.rule.true_pass_rate == pytest.approx(masses @ true, abs=5 * told.monte_carlo_error + 0.005)
    again = pass_quality(items, rule, n_draws=20_000, seed=3)
    assert again == told


def test_nobody_and_everybody() -> None:
    """A rule that everybody passes has no κ and no rate of false passes."""
    items, _ = two_parts()
    told = pass_quality(items, PassRule.create([None] * 6, items=items.ids, minimum_total=0)).rule
    assert told.pass_rate == pytest.approx(1.0)
    assert told.accuracy == pytest.approx(1.0)
    assert np.isnan(told.kappa)


def test_faults() -> None:
    """Several dimensions need a seed and draws, and a population must know the competencies."""
    items = two_abilities()
    rule = PassRule.create(
        dict.fromkeys(items.ids),
        minimum_total=1,
        highest={name: 2 if name == "x" else 1 for name in items.ids},
    )
    with pytest.raises(InputError, match="a seed"):
        pass_quality(items, rule)
    with pytest.raises(InputError, match="at least 2 draws"):
        pass_quality(items, rule, seed=1, n_draws=1)
    with pytest.raises(InputError) as caught:
        pass_quality(items, rule, seed=1, population=Population.create(["r", "s"]))
    assert len(caught.value.problems) == 2
