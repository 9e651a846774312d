"""compassess.scoring.pass_posterior: P(pass | answers), against integration, weighted draws and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad, simpson
from scipy.interpolate import CubicSpline
from scipy.stats import norm

from compassess.bank import CODES, UnansweredPolicy
from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    expected_total,
    log_probability,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import MISSING, Responses
from compassess.scoring import NEEDS_MORE_EVIDENCE, NO_CODE
from compassess.scoring.pass_posterior import pass_outcomes, pass_posterior
from compassess.scoring.passing import FAIL, PASS, PassRule
from compassess.scoring.true_score_cuts import true_score_cuts

from .passing.forms import legislation, legislation_rule

Floats = NDArray[np.float64]


def bank_of(population: Population, per_competency: int = 12, seed: int = 3) -> Items:
    """Two-category items of every competency."""
    rng = np.random.default_rng(seed)
    homes = [name for name in population.competencies for _ in range(per_competency)]
    n = len(homes)
    return Items.create(
        ids=[f"{home}{j}" for j, home in enumerate(homes)],
        a=rng.lognormal(0.2, 0.2, n),
        b=rng.normal(0, 1, n)[:, None],
        competencies=homes,
        population=population,
    )


def rule_of(items: Items, minimum_total: int, minima: dict[str, int]) -> PassRule:
    """Competencies as parts."""
    return PassRule.create(items.competencies, items=items.ids, minimum_total=minimum_total, minima=minima)


def answers(items: Items, n: int, *, seed: int, share: float = 0.6) -> Responses:
    """Some of the items, other ones for everybody."""
    people = simulate_abilities(items.population, n, seed=seed)
    presented = np.random.default_rng(seed + 1).random((n, items.n_items)) < share
    return simulate_responses(items, people, seed=seed + 2, presented=presented)


def log_likelihood(items: Items, row: NDArray[np.int16], theta: Floats) -> Floats:
    """log L of the answers at θ, one for all items."""
    told = np.flatnonzero(row != MISSING)
    table = log_probability(items.select(told), theta)
    return np.asarray(table[np.arange(told.size), row[told]].sum(axis=0))


def test_in_one_dimension_it_is_the_posterior_above_the_cut() -> None:
    """P(pass | answers) is the integral of likelihood times prior above the largest cut; conditions likewise."""
    items = legislation()
    rule = legislation_rule(items)
    cuts = true_score_cuts(items, rule)
    responses = answers(items, 4, seed=5, share=0.4)
    found = pass_posterior(responses, items, rule)
    assert found.method == "grid"
    assert found.monte_carlo_error.tolist() == [0.0] * 4
    assert found.status == ("ok",) * 4
    for row, passing, met in zip(responses.codes(items.ids), found.probability, found.met, strict=True):

        def density(x: float, row: NDArray[np.int16] = row) -> float:
            return float(np.exp(log_likelihood(items, row, np.array([x]))[0] + 15) * norm.pdf(x))

        whole = quad(density, -7, 7, points=[-1, 0, 1], epsrel=1e-10)[0]
        for p, cut in [(passing, cuts.cut), *zip(met, [one.theta for one in cuts.conditions], strict=True)]:
            assert p == pytest.approx(quad(density, cut, 7, epsrel=1e-10)[0] / whole, abs=1e-6)


def by_integration(items: Items, rule: PassRule, row: NDArray[np.int16]) -> float:
    """Two blocks p and q: for every θ_p the posterior of θ_q above its lowest, by splines and Simpson."""
    cuts = true_score_cuts(items, rule)
    p, q = (items.select(np.array(items.competencies) == name) for name in ("p", "q"))
    at_p, at_q = (row[np.array(items.competencies) == name] for name in ("p", "q"))
    rho = items.population.correlation[0, 1]
    low_p, low_q = (one.theta for one in cuts.conditions[1:])
    inner = np.linspace(-7, 7, 701)
    lift = 15.0  # keeps numbers near 1

    def slices(outer: Floats) -> tuple[CubicSpline, Floats]:
        density = norm.pdf(outer)[:, None] * norm.pdf(inner, rho * outer[:, None], np.sqrt(1 - rho**2))
        density *= np.exp(log_likelihood(p, at_p, outer)[:, None] + log_likelihood(q, at_q, inner) + lift)
        return CubicSpline(inner, density, axis=1).antiderivative(), outer

    curve = CubicSpline(expected_total(q, inner), inner)
    whole, outer = slices(np.linspace(-7, 7, 1401))
    z = simpson(whole(7.0) - whole(-7.0), x=outer)
    part, outer = slices(np.linspace(low_p, 7, 2001))
    needed = rule.minimum_total - expected_total(p, outer)
    ends = expected_total(q, np.array([-7.0, 7.0]))
    low = np.where(needed <= ends[0], -7.0, np.where(needed >= ends[1], 7.0, curve(np.clip(needed, *ends))))
    low = np.maximum(low, low_q)
    left = np.array([part(7.0)[k] - part(x)[k] for k, x in enumerate(low)])
    return float(simpson(left, x=outer) / z)


def two_blocks() -> Items:
    """Two correlated blocks."""
    return bank_of(Population.create(["p", "q"], correlation=[[1, 0.6], [0.6, 1]]))


def test_a_total_over_two_blocks() -> None:
    """The region bounded by two parts and the total has the probability of the integral, to the stated 1e-4."""
    items = two_blocks()
    rule = rule_of(items, 14, {"p": 5, "q": 5})
    assert rule.redundant == ()
    responses = answers(items, 6, seed=8)
    found = pass_posterior(responses, items, rule)
    assert found.method == "grid"
    for row, p in zip(responses.codes(items.ids), found.probability, strict=True):
        assert p == pytest.approx(by_integration(items, rule, row), abs=1e-4)
    assert np.all(found.probability <= found.met.min(axis=1) + 1e-4)
    assert 1e-6 < found.probability.min() < 0.2 < found.probability.max()


def test_three_blocks_and_competencies_by_weighted_draws() -> None:
    """Blocks on the grid, competencies by draws: both agree with importance sampling within its error."""
    correlation = [[1, 0.6, 0.5], [0.6, 1, 0.55], [0.5, 0.55, 1]]
    blocks = Population.create(["p", "q", "r"], correlation=correlation)
    layer = Population.create(
        ["P", "Q"],
        correlation=[[1, 0.6], [0.6, 1]],
        competencies={"p": "P", "q": "P", "r": "Q"},
        loadings={"p": 0.8, "q": 0.7},
    )
    for people, method in ((blocks, "grid"), (layer, "draws")):
        items = bank_of(people, 8)
        rule = rule_of(items, 14, {"p": 3, "r": 4})
        responses = answers(items, 2, seed=12)
        found = pass_posterior(responses, items, rule, seed=1, n_draws=4000)
        assert found.method == method
        drawn = simulate_abilities(people, 100_000, seed=2).competencies
        parts = [np.array(items.competencies) == name for name in "pqr"]
        true = np.stack([expected_total(items.select(mine), drawn[:, k]) for k, mine in enumerate(parts)])
        passes = (true.sum(axis=0) >= 14) & (true[0] >= 3) & (true[2] >= 4)
        for row, p, error in zip(
            responses.codes(items.ids), found.probability, found.monte_carlo_error, strict=True
        ):
            log_weight = sum(
                log_likelihood(items.select(mine), row[mine], drawn[:, k]) for k, mine in enumerate(parts)
            )
            weight = np.exp(log_weight - np.max(log_weight))
            weight /= weight.sum()
            near = 5 * np.hypot(0.5 * np.sqrt((weight**2).sum()), error) + 1e-3
            assert p == pytest.approx(float(weight @ passes), abs=near)


def test_parts_that_say_it_all_need_no_draws() -> None:
    """Where the total follows from the parts competencies are cut exactly; its own chance is told with a seed only."""
    people = Population.create(["P"], competencies={"p": "P", "q": "P"}, loadings={"p": 0.8, "q": 0.7})
    items = bank_of(people, 10)
    rule = rule_of(items, 9, {"p": 4, "q": 5})
    responses = answers(items, 3, seed=4)
    exact = pass_posterior(responses, items, rule)
    assert exact.method == "grid"
    assert np.isnan(exact.met[:, 0]).all()
    harder = pass_posterior(responses, items, rule.with_total(10), seed=3, n_draws=5000)
    assert harder.method == "draws"
    assert not np.isnan(harder.met).any()
    with_seed = pass_posterior(responses, items, rule, seed=3, n_draws=5000)
    np.testing.assert_array_equal(with_seed.probability, exact.probability)
    assert np.all(with_seed.met[:, 0] >= exact.probability - 5 * 0.5 / np.sqrt(5000))
    # One more point in all takes a little away, and no more than drawing can blur.
    assert np.all(harder.probability <= exact.probability + 5 * harder.monte_carlo_error)


def test_without_answers_it_is_the_true_pass_rate() -> None:
    """The prior alone gives the share of the population whose true scores satisfy the rule."""
    items = legislation()
    rule = legislation_rule(items)
    nobody = Responses(items=items.ids, cells=np.full((1, 55), MISSING, dtype=np.int16))
    found = pass_posterior(nobody, items, rule)
    assert found.probability[0] == pytest.approx(norm.sf(true_score_cuts(items, rule).cut), abs=1e-6)
    shifted = pass_posterior(nobody, items, rule, population=Population.create(mean=[0.5]))
    assert shifted.probability[0] == pytest.approx(norm.sf(true_score_cuts(items, rule).cut - 0.5), abs=1e-6)


def test_probabilities_hold() -> None:
    """Of 3,000 drawn persons as many truly pass as their probabilities add up to, in the lower half and the upper."""
    items = two_blocks()
    rule = rule_of(items, 13, {"p": 5, "q": 5})
    people = simulate_abilities(items.population, 3000, seed=20)
    p = pass_posterior(simulate_responses(items, people, seed=21), items, rule).probability
    true = [
        expected_total(items.select(np.array(items.competencies) == name), people.blocks[:, k])
        for k, name in enumerate("pq")
    ]
    passes = (true[0] >= 5) & (true[1] >= 5) & (true[0] + true[1] >= 13)
    for half in (p < 0.5, p >= 0.5):
        error = np.sqrt((p[half] * (1 - p[half])).sum())
        assert abs(passes[half].sum() - p[half].sum()) < 4 * error


def test_outcomes_by_stated_probabilities() -> None:
    """Pass from one probability on, fail up to the other, and more evidence between; near-ties are ties."""
    told = pass_outcomes([0.0, 0.1, 0.1 + 1e-12, 0.2, 0.9 - 1e-12, 0.9, 1.0], pass_at=0.9, fail_at=0.1)
    assert told == (FAIL, FAIL, FAIL, NEEDS_MORE_EVIDENCE, PASS, PASS, PASS)
    items = legislation()
    found = pass_posterior(answers(items, 30, seed=1), items, legislation_rule(items))
    outcomes = found.outcomes(pass_at=0.9, fail_at=0.1)
    assert set(outcomes) == {PASS, FAIL, NEEDS_MORE_EVIDENCE}
    table = found.to_frame()
    assert list(table.columns[:5]) == ["person", "probability", "monte_carlo_error", "status", "met_total"]
    for pass_at, fail_at in ((0.5, 0.5), (1.1, 0.0), (0.9, -0.1), (0.2, 0.8)):
        with pytest.raises(InputError, match="fail_at < pass_at"):
            pass_outcomes([0.5], pass_at=pass_at, fail_at=fail_at)
    with pytest.raises(InputError) as caught:
        pass_outcomes([1.5], pass_at=0.1, fail_at=0.9)
    assert len(caught.value.problems) == 2


def test_faults() -> None:
    """Strangers are refused, and sums of competencies need a seed and draws."""
    people = Population.create(["P"], competencies={"p": "P", "q": "P"}, loadings={"p": 0.8, "q": 0.7})
    items = bank_of(people, 4)
    rule = rule_of(items, 4, {"p": 1})
    responses = answers(items, 2, seed=1)
    with pytest.raises(InputError, match="a seed"):
        pass_posterior(responses, items, rule)
    with pytest.raises(InputError, match="at least 2 draws"):
        pass_posterior(responses, items, rule, seed=1, n_draws=1)
    with pytest.raises(InputError, match="no column"):
        pass_posterior(Responses(items=("z",), cells=np.zeros((1, 1), dtype=np.int16)), items, rule)


def test_what_was_left_counts_by_the_policy() -> None:
    """An omitted item is a wrong answer by default, and nothing where the policy ignores it."""
    items = legislation()
    rule, responses = legislation_rule(items), answers(items, 3, seed=8, share=0.5)
    codes = np.where(responses.codes(items.ids) == MISSING, CODES.index("omitted"), NO_CODE).astype(np.int8)
    wrong = Responses.from_array(np.maximum(responses.codes(items.ids), 0), items=items.ids)
    told = pass_posterior(responses, items, rule, unanswered=codes)
    np.testing.assert_array_equal(told.probability, pass_posterior(wrong, items, rule).probability)
    ignored = pass_posterior(
        responses, items, rule, unanswered=codes, policy=UnansweredPolicy(omitted="ignore")
    )
    np.testing.assert_array_equal(ignored.probability, pass_posterior(responses, items, rule).probability)
    assert np.all(told.probability < ignored.probability)
