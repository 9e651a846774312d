"""Modes and maxima: MAP, ML, Warm's and Jeffreys' estimates, for every model and every pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats

from compassess.errors import InputError
from compassess.irt import (
    ABILITY_STATUSES,
    METHODS,
    MODELS,
    Items,
    Population,
    information,
    probability,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.models import model_named
from compassess.irt.roots import bracketed_roots
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block

Floats = NDArray[np.float64]

FEW = settings(max_examples=8)  # of some persons each, by four methods
ALONE: Final = ("ML", "WLE", "Jeffreys")
POINTS: Final = (*ALONE, "MAP")
#: Roots are found to 1e-11 and modes to about 1e-12; what is left is the rounding of the sums.
TIGHT: Final = {"rtol": 1e-8, "atol": 1e-8}


# ---- what hypothesis draws ------------------------------------------------------------------------------


def mixed_items(seed: int, *, models: Sequence[str] = tuple(MODELS), least: int = 1) -> Items:
    """One to ten items of any of the models, one in five with a negative slope."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(least, 11))
    named = [str(rng.choice(list(models))) for _ in range(n)]
    counts = [int(rng.choice([k for k in range(2, 6) if MODELS[name].admits(k)])) for name in named]
    width = max(counts)
    a, b = np.full(n, np.nan), np.full((n, width - 1), np.nan)
    slopes, intercepts = np.full((2, n, width), np.nan)
    for item, (name, k) in enumerate(zip(named, counts, strict=True)):
        if name == "NRM":
            slopes[item, :k], intercepts[item, :k] = (part - part.mean() for part in rng.normal(size=(2, k)))
            continue
        free = not MODELS[name].fixed_slope
        a[item] = rng.lognormal(0, 0.5) * rng.choice([1, 1, 1, 1, -1]) if free else 1.0
        ascending = np.sort(rng.normal(0, 1.2, k - 1)) + 0.05 * np.arange(k - 1)
        b[item, : k - 1] = ascending if a[item] > 0 else ascending[::-1]
    guessing = np.isin(named, ["3PL", "4PL"])
    return Items.create(
        ids=[f"i{j}" for j in range(n)],
        models=named,
        a=a,
        b=b,
        c=np.where(guessing, rng.uniform(0.05, 0.35, n), 0.0),
        d=np.where(np.isin(named, ["4PL"]), rng.uniform(0.8, 0.99, n), 1.0),
        n_categories=counts,
        slopes=slopes,
        intercepts=intercepts,
    )


def any_answers(items: Items, seed: int, *, n_persons: int = 8, missing: float = 0.2) -> Responses:
    """Any answers, likely or not, some of them missing."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, items.n_categories, size=(n_persons, items.n_items)).astype(np.float64)
    codes[rng.random(codes.shape) < missing] = np.nan
    return Responses.from_array(codes, items=items.ids)


def pattern(items: Items, codes: Sequence[float]) -> Responses:
    """One person."""
    return Responses.from_array([list(codes)], items=items.ids)


seeds = st.integers(0, 2**32 - 1)


def curves(items: Items, responses: Responses, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """log L (persons × θ), and I and J of the items that each person answered."""
    log_l, total, warm = np.zeros((3, responses.n_persons, theta.size))
    table = responses.codes(items.ids)
    for item, name in enumerate(items.models):
        family = model_named(name).family
        xi = family.from_irt(items.parameters_of(np.array([item])))
        log_p = family.log_probability(xi, theta)[0]
        first, second = (part[0] for part in family.theta_derivatives(xi, theta))
        for person in np.flatnonzero(table[:, item] >= 0):
            log_l[person] += log_p[table[person, item]]
            total[person] += (np.exp(log_p) * first**2).sum(axis=0)
            warm[person] += (np.exp(log_p) * first * (second + first**2)).sum(axis=0)
    return log_l, total, warm


# ---- what the estimates are -----------------------------------------------------------------------------


@FEW
@given(item_seed=seeds, answer_seed=seeds)
@pytest.mark.parametrize("method", POINTS)
def test_no_other_theta_is_better(method: str, item_seed: int, answer_seed: int) -> None:
    """The estimate maximises L, L √I, L times the prior, or exp ∫ of Warm's equation, over the whole line."""
    items = mixed_items(item_seed)
    responses = any_answers(items, answer_seed, n_persons=4)
    theta = np.linspace(-30, 30, 2001)
    log_l, total, warm = curves(items, responses, theta)
    strips = np.divide(warm, 2 * total, out=np.zeros_like(warm), where=total > 1e-250) * (theta[1] - theta[0])
    objective = {
        "ML": log_l,
        "MAP": log_l - theta**2 / 2,
        "Jeffreys": log_l + np.log(np.maximum(total, 1e-300)) / 2,
        "WLE": log_l + np.cumsum((strips + np.roll(strips, 1, axis=1)) / 2, axis=1),
    }[method]
    found = score(responses, items, method)
    for person, (estimate, status) in enumerate(zip(found.theta, found.status, strict=True)):
        here = objective[person]
        if status == "ok":
            # The estimate may lie beyond the table; within, between two of its points.
            assert abs(estimate) > 30 or np.interp(estimate, theta, here) > here.max() - 2e-3
        elif status.startswith("infinite"):
            assert method == "ML"
            assert here[0 if status == "infinite_low" else -1] > here.max() - 1e-3
        else:
            assert status in ("no_answers", "not_concave")


@FEW
@given(item_seed=seeds, answer_seed=seeds)
@pytest.mark.parametrize("method", ALONE)
def test_estimates_are_roots_of_their_equation(method: str, item_seed: int, answer_seed: int) -> None:
    """(log L)′ + h = 0 with h = 0, J / 2I or I′ / 2I, derivatives of log L and of I taken numerically."""
    items = mixed_items(item_seed)
    responses = any_answers(items, answer_seed, n_persons=3)
    found = score(responses, items, method)
    step = 1e-4
    for person in np.flatnonzero(np.abs(found.theta) < 15):
        near = found.theta[person] + step * np.arange(-1, 2)
        log_l, total, warm = (part[0] for part in curves(items, responses.select_persons([person]), near))
        h = {"ML": 0.0, "WLE": warm[1] / 2 / total[1], "Jeffreys": np.log(total[2] / total[0]) / (4 * step)}
        slope = (log_l[2] - log_l[0]) / (2 * step) + h[method]
        # In SE: both differences err by step² times third derivatives, and by rounding over step.
        assert abs(slope) / np.sqrt(total[1]) < 1e-5


@FEW
@given(item_seed=seeds, answer_seed=seeds)
@pytest.mark.parametrize("method", POINTS)
def test_errors_come_from_the_information_asked_for(method: str, item_seed: int, answer_seed: int) -> None:
    """SE = 1 / √I, under a prior 1 / √(I + 1), with I expected or −∂² log L at the estimate."""
    items = mixed_items(item_seed)
    responses = any_answers(items, answer_seed, n_persons=3)
    observed, expected = (score(responses, items, method, information=i) for i in ("observed", "expected"))
    np.testing.assert_array_equal(observed.theta, expected.theta)
    prior, step = float(method == "MAP"), 1e-3
    for person in np.flatnonzero(np.abs(observed.theta) < 15):
        near = observed.theta[person] + step * np.arange(-1, 2)
        log_l, total, _ = (part[0] for part in curves(items, responses.select_persons([person]), near))
        assert expected.se[person] == pytest.approx((total[1] + prior) ** -0.5, rel=1e-7)
        bend = -np.diff(log_l, 2)[0] / step**2 + prior
        if bend > 1e-3:
            assert observed.se[person] == pytest.approx(bend**-0.5, rel=1e-3)
        elif bend < -1e-6:
            assert np.isnan(observed.se[person])
            assert observed.status[person] == "not_concave"


def test_information_that_is_not_positive_gives_no_error() -> None:
    """Wrong on the easier item, right on the harder: log L is convex at Warm's estimate; SE is NaN, by status."""
    items = Items.create(
        ids=["x", "y"], models=["4PL"] * 2, a=[1.9, 1.7], b=[[-0.1], [-1.1]], c=[0.17, 0.2], d=[0.84, 0.89]
    )
    unlikely = pattern(items, [1, 0])
    found = score(unlikely, items, "WLE")
    assert found.status == ("not_concave",)
    assert np.isfinite(found.theta[0])
    assert np.isnan(found.se[0])
    assert score(unlikely, items, "WLE", information="expected").status == ("ok",)


def test_of_two_maxima_the_higher_is_found() -> None:
    """With asymptotes L can have two maxima: the answers to many easy items outvote one lucky hit, or not."""
    hard = Items.create(
        ids=["x1", "x2", "y1", "y2", "y3"],
        models=["4PL"] * 5,
        a=[3.0] * 5,
        b=[[3.0], [3.0], [-2.0], [-2.0], [2.0]],
        c=[0.02] * 5,
        d=[0.98] * 5,
    )
    theta = np.linspace(-10, 10, 20001)
    for codes in ([1, 1, 0, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 1, 0]):
        log_l = curves(hard, pattern(hard, codes), theta)[0][0]
        maxima = np.flatnonzero(np.diff(np.sign(np.diff(log_l))) < 0) + 1
        best = maxima[log_l[maxima].argmax()]
        found = score(pattern(hard, codes), hard, "ML")
        if log_l[best] > max(log_l[0], log_l[-1]):
            assert found.theta[0] == pytest.approx(theta[best], abs=1e-3)
        else:
            assert found.status[0].startswith("infinite")


# ---- infinite, not identified ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", [name for name in MODELS if name != "NRM"])
def test_perfect_and_zero_patterns_have_no_maximum(model: str) -> None:
    """All lowest and all highest categories: ML is NaN with the status that tells its side; the rest is finite."""
    k = 4 if MODELS[model].admits(4) else 2
    b = np.linspace(-1, 1, 6)[:, None] + 0.3 * np.arange(k - 1)
    c, d = (0.2 if model in ("3PL", "4PL") else 0.0), (0.95 if model == "4PL" else 1.0)
    items = Items.create(ids=list("uvwxyz"), models=[model] * 6, a=[1.0] * 6, b=b, c=[c] * 6, d=[d] * 6)
    extreme = Responses.from_array([[0] * 6, [k - 1] * 6], items=items.ids)
    found = score(extreme, items, "ML")
    assert found.status == ("infinite_low", "infinite_high")
    assert np.isnan(found.theta).all()
    assert np.isnan(found.se).all()
    for method in ("EAP", "MAP", "WLE", "Jeffreys"):
        finite = score(extreme, items, method)
        assert set(finite.status) == {"ok"}
        assert finite.theta[0] < -0.5
        assert finite.theta[1] > 0.5


def test_a_pattern_is_perfect_when_every_answer_points_the_same_way() -> None:
    """Right where the slope is positive and wrong where it is negative: there is no maximum either."""
    items = Items.create(ids=["x", "y", "z"], a=[1.0, -0.7, 2.0], b=[[0.0], [0.5], [1.0]])
    three = Responses.from_array([[1, 0, 1], [0, 1, 0], [1, 1, 1]], items=items.ids)
    assert score(three, items, "ML").status == ("infinite_high", "infinite_low", "ok")


def test_guessing_can_explain_a_right_answer_away() -> None:
    """Only the hardest item right: the likelihood is highest at −∞, where that was a guess."""
    items = Items.create(
        ids=["x", "y", "z"], models=["3PL"] * 3, a=[1.5] * 3, b=[[-1.0], [0.0], [2.5]], c=[0.25] * 3
    )
    found = score(pattern(items, [0, 0, 1]), items, "ML")
    assert found.status == ("infinite_low",)
    assert np.isnan(found.theta[0])
    assert np.isfinite(score(pattern(items, [0, 0, 1]), items, "WLE").theta[0])


@FEW
@given(item_seed=seeds, answer_seed=seeds)
def test_warm_and_jeffreys_are_finite_for_every_pattern(item_seed: int, answer_seed: int) -> None:
    """Whatever was answered, if anything was."""
    items = mixed_items(item_seed)
    responses = any_answers(items, answer_seed)
    anything = (responses.codes() >= 0).any(axis=1)
    for method in ("WLE", "Jeffreys"):
        np.testing.assert_array_equal(np.isfinite(score(responses, items, method).theta), anything)


def test_items_without_a_slope_tell_nothing() -> None:
    """Answers that are equally likely for everybody identify nobody; MAP is the prior's mean."""
    items = Items.create(ids=["x"], a=[0.0], b=[[0.3]])
    for method in ALONE:
        found = score(pattern(items, [1]), items, method)
        assert found.status == ("not_identified",)
        assert np.isnan(found.theta[0])
    assert score(pattern(items, [1]), items, "MAP").theta[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("method", POINTS)
def test_nobody_answers_nothing_without_a_status(method: str) -> None:
    """Without answers MAP is the population's mean with its SD; the others are NaN."""
    people = Population.create(mean=[0.7], standard_deviation=[0.5])
    found = score(pattern(one_block(3), [np.nan] * 3), one_block(3), method, population=people)
    assert found.status == ("no_answers",)
    expected = [0.7, 0.5] if method == "MAP" else [np.nan, np.nan]
    np.testing.assert_allclose([found.theta[0], found.se[0]], expected, atol=1e-12)


# ---- laws -----------------------------------------------------------------------------------------------


@FEW
@given(item_seed=seeds, answer_seed=seeds)
def test_modes_become_maxima_as_the_prior_widens(item_seed: int, answer_seed: int) -> None:
    """MAP under N(0, σ²) nears ML as σ grows, by about θ / (I σ²)."""
    items = mixed_items(item_seed, models=("2PL", "GRM", "GPCM", "NRM"))
    responses = any_answers(items, answer_seed)
    found = score(responses, items, "ML", information="expected")
    wide = score(responses, items, "MAP", population=Population.create(standard_deviation=[1e4]))
    near = np.abs(found.theta) < 5
    np.testing.assert_allclose(
        wide.theta[near], found.theta[near], rtol=0, atol=1e-7 + 1e-7 * np.max(found.se[near] ** 2, initial=0)
    )


@FEW
@given(item_seed=seeds, answer_seed=seeds, stretch=st.floats(0.5, 2.0), shift=st.floats(-2.0, 2.0))
@pytest.mark.parametrize("method", POINTS)
def test_another_scale_moves_the_estimates_along(
    method: str, item_seed: int, answer_seed: int, stretch: float, shift: float
) -> None:
    """θ → s θ + t with slopes / s and thresholds s b + t: estimates move along, SE by s, statuses stay."""
    items = mixed_items(item_seed, models=[name for name in MODELS if not MODELS[name].fixed_slope])
    responses = any_answers(items, answer_seed)
    people = Population.create(mean=[shift], standard_deviation=[stretch])
    moved = replace(
        items,
        a=items.a / stretch,
        b=stretch * items.b + shift,
        slopes=items.slopes / stretch,
        intercepts=items.intercepts - shift * items.slopes / stretch,
        population=people,
    )
    before, after = score(responses, items, method), score(responses, moved, method)
    near = ~(np.abs(before.theta) > 8)  # flat likelihoods have their maxima far out, and roughly
    np.testing.assert_allclose(after.theta[near], stretch * before.theta[near] + shift, rtol=0, atol=1e-6)
    np.testing.assert_allclose(after.se[near], stretch * before.se[near], rtol=1e-5)
    assert [s for s, n in zip(after.status, near, strict=True) if n] == [
        s for s, n in zip(before.status, near, strict=True) if n
    ]


@FEW
@given(item_seed=seeds, answer_seed=seeds)
@pytest.mark.parametrize("method", POINTS)
def test_neither_order_nor_company_matters(method: str, item_seed: int, answer_seed: int) -> None:
    """The order of items and of persons, and who else is there, change nobody's estimate."""
    items = mixed_items(item_seed)
    responses = any_answers(items, answer_seed)
    rng = np.random.default_rng(answer_seed)
    together = score(responses, items, method)
    columns, rows = rng.permutation(items.n_items), rng.permutation(responses.n_persons)
    for found in (
        score(responses.select_items([items.ids[j] for j in columns]), items, method),
        score(responses, items.select(columns), method),
    ):
        np.testing.assert_allclose(found.theta, together.theta, **TIGHT)
        np.testing.assert_allclose(found.se, together.se, rtol=1e-6)
        assert found.status == together.status
    shuffled = score(responses.select_persons(rows), items, method)
    np.testing.assert_allclose(shuffled.theta, together.theta[rows], **TIGHT)
    alone = score(responses.select_persons(rows[:1]), items, method)
    np.testing.assert_allclose(alone.theta, together.theta[rows[:1]], **TIGHT)


@FEW
@given(item_seed=seeds, answer_seed=seeds)
@pytest.mark.parametrize("method", POINTS)
def test_a_missing_cell_is_an_absent_column(method: str, item_seed: int, answer_seed: int) -> None:
    """Not answered, not in the file, not among the items, or without parameters: all one."""
    items = mixed_items(item_seed, least=2)
    codes = any_answers(items, answer_seed, missing=0.0).codes().astype(np.float64)
    full = Responses.from_array(codes, items=items.ids)
    codes[:, 0] = np.nan
    missing = score(Responses.from_array(codes, items=items.ids), items, method)
    unknown = replace(
        items,
        **{name: np.where(np.arange(items.n_items) == 0, np.nan, getattr(items, name)) for name in ("a",)},
        **{
            name: np.where(np.arange(items.n_items)[:, None] == 0, np.nan, getattr(items, name))
            for name in ("b", "slopes", "intercepts")
        },
    )
    for found in (
        score(full.select_items(items.ids[1:]), items, method),
        score(full, items.select(items.ids[1:]), method),
        score(full, unknown, method),
    ):
        np.testing.assert_allclose(found.theta, missing.theta, **TIGHT)
        assert found.status == missing.status


@FEW
@given(seed=seeds)
def test_symmetric_patterns_have_the_middle(seed: int) -> None:
    """Right on an item and wrong on its mirror image: the estimate is 0, or the lower of two alike."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.5, 2.5, 4), rng.normal(0, 1, 4)
    items = Items.create(ids=list("abcdefgh"), a=[*a, *a], b=np.concatenate([b, -b])[:, None])
    right = rng.integers(0, 2, 4)
    symmetric = pattern(items, [*right, *(1 - right)])
    for method in ("EAP", "MAP", "ML"):
        assert score(symmetric, items, method).theta[0] == pytest.approx(0.0, abs=1e-9)
    for method in ("WLE", "Jeffreys"):  # √I can have two maxima of one height; then the lower is taken
        assert score(symmetric, items, method).theta[0] < 1e-9


def test_warm_and_jeffreys_agree_where_the_slope_is_logistic() -> None:
    """J = I′ without asymptotes; with them the two differ."""
    items = mixed_items(5, models=("2PL", "GRM", "GPCM", "NRM"), least=6)
    responses = any_answers(items, 6)
    warm, jeffreys = (score(responses, items, method).theta for method in ("WLE", "Jeffreys"))
    np.testing.assert_allclose(warm, jeffreys, **TIGHT)
    guessing = Items.create(ids=["x", "y"], models=["3PL"] * 2, a=[1.0, 2.0], b=[[0.0], [1.0]], c=[0.2, 0.2])
    warm, jeffreys = (score(pattern(guessing, [1, 0]), guessing, m).theta for m in ("WLE", "Jeffreys"))
    assert abs(warm[0] - jeffreys[0]) > 0.01


def test_warms_estimate_is_less_biased_than_the_maximum() -> None:
    """Over all patterns of six Rasch items, weighted by their probability, WLE is nearer to θ on average."""
    items = Items.create(
        ids=list("uvwxyz"), models=["Rasch"] * 6, a=[1.0] * 6, b=np.linspace(-1, 1, 6)[:, None]
    )
    grid = np.stack(np.meshgrid(*[[0, 1]] * 6, indexing="ij"), axis=-1).reshape(-1, 6)
    every = Responses.from_array(grid, items=items.ids)
    finite = ~np.isin(grid.sum(axis=1), [0, 6])
    for theta in (-0.8, 0.8):
        p = probability(items, theta)[:, 1, 0]
        share = np.where(grid == 1, p, 1 - p).prod(axis=1)
        bias = {}
        for method in ("ML", "WLE"):
            estimate = score(every, items, method).theta
            bias[method] = abs((share[finite] @ estimate[finite]) / share[finite].sum() - theta)
        estimate = score(every, items, "WLE").theta
        assert abs(share @ estimate - theta) < 0.05
        assert bias["WLE"] < 0.4


# ---- the model of the house -----------------------------------------------------------------------------


def uneven() -> Items:
    """Two blocks; x has competencies of λ = 0.7 and −0.5 and one that is x itself, y is one competency."""
    people = Population.create(
        ("x", "y"),
        correlation=[[1, 0.6], [0.6, 1]],
        competencies={"x1": "x", "x2": "x", "x0": "x", "y": "y"},
        loadings={"x1": 0.7, "x2": -0.5},
        mean=[0.3, -0.2],
        standard_deviation=[1.2, 0.8],
    )
    return items_in(people, 4, 3, seed=3)


def test_the_joint_mode_is_the_highest_point_of_the_posterior() -> None:
    """Blocks and competencies of MAP, and SE from the inverse Hessian, against scipy on the whole density."""
    items = uneven()
    people, responses = items.population, answers(items, 2)
    found = score(responses, items, "MAP")

    def log_posterior(point: Floats, row: NDArray[np.int16]) -> float:
        x, y, x1, x2 = point
        own = {"x1": x1, "x2": x2, "x0": x, "y": y}
        value = float(stats.multivariate_normal.logpdf([x, y], people.mean, people.covariance))
        value += stats.norm.logpdf(x1, 0.7 * x, np.sqrt(1 - 0.49)) + stats.norm.logpdf(
            x2, -0.5 * x, np.sqrt(0.75)
        )
        for item, code in enumerate(row):
            one = items.select(np.array([item]))
            value += np.log(probability(one, own[items.competencies[item]])[0, code, 0])
        return value

    for person, row in enumerate(responses.codes()):
        mode = np.concatenate([found.theta[person], found.competencies.theta[person, :2]])
        climbed = optimize.minimize(lambda point, row=row: -log_posterior(point, row), mode, method="BFGS")
        np.testing.assert_allclose(mode, climbed.x, rtol=0, atol=1e-5)
        steps = 1e-3 * np.eye(4)
        hessian = [
            [
                sum(s * t * log_posterior(mode + s * u + t * v, row) for s in (1, -1) for t in (1, -1)) / 4e-6
                for u in steps
            ]
            for v in steps
        ]
        expected = np.sqrt(np.diag(np.linalg.inv(-np.array(hessian))))
        errors = np.concatenate([found.se[person], found.competencies.se[person, :2]])
        np.testing.assert_allclose(errors, expected, rtol=1e-4)
    np.testing.assert_array_equal(found.competencies.theta[:, 2:], found.theta)  # λ = 1


def test_a_mode_without_answers_is_the_populations() -> None:
    """Blocks have their means and SDs, competencies λ μ and √(λ² σ² + 1 − λ²)."""
    items = uneven()
    found = score(pattern(items, [np.nan] * items.n_items), items, "MAP")
    np.testing.assert_allclose(found.theta[0], [0.3, -0.2], atol=1e-12)
    np.testing.assert_allclose(found.se[0], [1.2, 0.8], atol=1e-12)
    np.testing.assert_allclose(found.competencies.theta[0], [0.21, -0.15, 0.3, -0.2], atol=1e-12)
    sd = np.sqrt([0.49 * 1.44 + 0.51, 0.25 * 1.44 + 0.75])
    np.testing.assert_allclose(found.competencies.se[0, :2], sd, rtol=1e-12)


def test_modes_and_means_tell_much_the_same() -> None:
    """With ten items a competency MAP is within a third of an SE of EAP, in blocks and competencies."""
    items = items_in(house(3, 2), 10, 4)
    responses = answers(items, 30)
    mean, mode = (score(responses, items, method) for method in ("EAP", "MAP"))
    assert np.abs((mode.theta - mean.theta) / mean.se).max() < 1 / 3
    gap = (mode.competencies.theta - mean.competencies.theta) / mean.competencies.se
    assert np.abs(gap).max() < 1 / 3


@pytest.mark.parametrize("method", ALONE)
def test_dimensions_are_estimated_alone(method: str) -> None:
    """Without a prior a competency's estimate is that of its items alone; a block above λ < 1 has none."""
    items = uneven()
    responses = answers(items, 12)
    found = score(responses, items, method)
    assert np.isnan(found.theta[:, 0]).all()
    assert set(found.status) <= {"not_identified", "infinite_low", "infinite_high"}
    for column, name in enumerate(items.population.competencies):
        own = np.flatnonzero(np.array(items.competencies) == name)
        alone = replace(items.select(own), competencies=("theta",) * own.size, population=Population.create())
        expected = score(responses, alone, method)
        np.testing.assert_allclose(found.competencies.theta[:, column], expected.theta, **TIGHT)
        np.testing.assert_allclose(found.competencies.se[:, column], expected.se, rtol=1e-7)
    np.testing.assert_array_equal(found.theta[:, 1], found.competencies.theta[:, 3])  # y is its competency


def test_plain_blocks_are_all_estimated() -> None:
    """With λ = 1 every block has its maximum; a block without answers is NaN, by status."""
    items = items_in(house(2, 1, loading=1.0), 8)
    responses = Responses.from_array([[1, 0] * 8, [1, 0] * 4 + [np.nan] * 8], items=items.ids)
    found = score(responses, items, "ML")
    assert found.theta.shape == (2, 2)
    assert found.status == ("ok", "not_identified")
    assert np.isfinite(found.theta[1, 0])
    assert np.isnan(found.theta[1, 1])


# ---- sizes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", POINTS)
def test_one_answer_is_enough(method: str) -> None:
    """A single graded answer in the middle has a finite estimate by every method."""
    items = one_block(1, 3)
    found = score(pattern(items, [1]), items, method)
    assert found.status == ("ok",)
    assert items.b[0, 0] - 1 < found.theta[0] < items.b[0, 1] + 1


@pytest.mark.parametrize("method", POINTS)
def test_a_thousand_items_are_no_matter(method: str) -> None:
    """Estimates of 1,000 answers come within 4 SE of the truth, and all-right patterns keep their status."""
    items = one_block(1000)
    abilities = simulate_abilities(items.population, 20, seed=2)
    responses = simulate_responses(items, abilities, seed=3)
    found = score(responses, items, method)
    assert set(found.status) == {"ok"}
    assert np.abs((found.theta - abilities.blocks[:, 0]) / found.se).max() < 4
    assert found.se.max() < 0.2
    perfect = score(pattern(items, [1] * 1000), items, method)
    assert perfect.status == ("infinite_high" if method == "ML" else "ok",)


@pytest.mark.parametrize("method", [*POINTS, "EAPsum"])
def test_a_long_table_is_scored_like_a_matrix(method: str) -> None:
    """Sparse answers and dense ones give the same estimates."""
    items = one_block(60, 3)
    codes = answers(items, 40).codes().astype(np.float64)
    codes[np.random.default_rng(0).random(codes.shape) > 0.08] = np.nan
    rows, columns = np.nonzero(~np.isnan(codes))
    long = Responses.from_long(
        rows, [items.ids[j] for j in columns], codes[rows, columns].astype(int), items=items.ids
    )
    assert long.is_sparse
    dense = Responses.from_array(codes, items=items.ids).select_persons([int(n) for n in long.persons or ()])
    found, expected = score(long, items, method), score(dense, items, method)
    np.testing.assert_allclose(found.theta, expected.theta, **TIGHT)
    assert found.status == expected.status


@pytest.mark.parametrize("method", [name for name in METHODS if name != "EAPsum"])
def test_nobody_is_estimated_without_a_fuss(method: str) -> None:
    """A selection of no persons gives empty estimates of the right shapes."""
    items = uneven()
    found = score(answers(items, 2).select_persons(slice(0, 0)), items, method)
    assert found.theta.shape == found.se.shape == (0, 2)
    assert found.competencies.theta.shape == (0, 4)
    assert found.status == ()


def test_unknown_names_are_told_together() -> None:
    """A method and an information that nobody knows are two faults of one error."""
    items = one_block(2)
    with pytest.raises(InputError) as caught:
        score(pattern(items, [1, 0]), items, "MLE", information="fisher")
    assert [problem.where for problem in caught.value.problems] == ["method", "information"]


@pytest.mark.parametrize("method", METHODS)
def test_codes_beyond_the_categories_are_refused_by_every_method(method: str) -> None:
    """An answer outside an item's categories is a fault of the file."""
    items = one_block(2)
    with pytest.raises(InputError, match="outside the item's categories"):
        score(Responses.from_array([[0, 2]], items=items.ids), items, method)


@pytest.mark.parametrize("method", POINTS)
def test_statuses_are_those_that_are_explained(method: str) -> None:
    """Every status that a person can get stands in the list with its meaning."""
    items = mixed_items(17, least=5)
    assert set(score(any_answers(items, 3, n_persons=40), items, method).status) <= set(ABILITY_STATUSES)


def test_information_is_what_the_error_of_many_answers_comes_to() -> None:
    """With 1,000 items observed and expected information are within a tenth of each other."""
    items = one_block(1000, 4)
    responses = answers(items, 10)
    found = score(responses, items, "ML", information="observed")
    total = np.array([information(items, theta).sum() for theta in found.theta])
    np.testing.assert_allclose(found.se, total**-0.5, rtol=0.1)


# ---- roots ----------------------------------------------------------------------------------------------


def test_roots_are_found_in_their_brackets_however_the_functions_bend() -> None:
    """Smooth, steep, flat and broken functions, all at once, to 1e-9."""
    functions = [
        lambda x: 1 - np.exp(x - 3),
        lambda x: -np.tanh(50 * (x - 0.7)),
        lambda x: -((x - 0.3) ** 3),
        lambda x: 1e-300 * (2 - x),
        lambda x: -np.sign(x - 0.125),
        lambda x: 1e-8 if x < 1.1 else -1e8,
        lambda x: 6.0 - x,
    ]
    roots = np.array([3.0, 0.7, 0.3, 2.0, 0.125, 1.1, 6.0])
    asked = np.zeros(len(functions), dtype=int)

    def function(x: Floats, which: NDArray[np.intp]) -> Floats:
        asked[which] += 1
        return np.array([functions[k](value) for k, value in zip(which, x, strict=True)])

    low, high, everything = np.full(7, -5.0), np.full(7, 6.0), np.arange(7)
    found = bracketed_roots(function, low, high, function(low, everything), function(high, everything))
    np.testing.assert_allclose(found, roots, rtol=0, atol=1e-9)
    assert asked.max() < 60
