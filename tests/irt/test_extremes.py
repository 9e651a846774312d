"""Scoring where numbers are hardest: extreme items, extreme patterns, very few answers and very many.

What is promised: no warning (warnings are errors here), and either a finite estimate or NaN with a status that
says why. A finite estimate whose status is "ok" is what its definition says, on a fine grid made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import mpmath
import numpy as np
import pytest
from laws.oracles import PROBABILITY
from laws.strategies import MODEL_NAMES
from numpy.typing import NDArray

from compassess.irt import METHODS, MODELS, Items, information, log_probability, score, score_function
from compassess.responses import Responses
from irt.builders import house

Floats = NDArray[np.float64]

EVERY_MODEL = pytest.mark.parametrize("model", MODEL_NAMES)
EVERY_METHOD = pytest.mark.parametrize("method", list(METHODS))
INFINITE: Final = {"infinite_low", "infinite_high", "not_identified", "no_answers"}
NO_ERROR: Final = INFINITE | {"not_concave"}

#: Slopes and places from hardly any information to a staircase, near and far.
SLOPES: Final = (1e-3, 0.02, 1.0, 8.0)
PLACES: Final = (-8.0, 0.0, 8.0)


def extreme_items(model: str, *, sign: float = 1.0) -> Items:
    """Every slope at every place, with asymptotes near 0 and near ½ where the model has them."""
    k = 4 if MODELS[model].admits(4) else 2
    slopes = (1.0,) if MODELS[model].fixed_slope else SLOPES
    rows = [(sign * a, place) for a in slopes for place in PLACES]
    n = len(rows)
    a = np.array([row[0] for row in rows])
    steps = np.array([-0.7, 0.0, 0.7]) if k > 2 else np.zeros(1)
    b = np.array([row[1] for row in rows])[:, None] + sign * steps
    blank: Floats = np.full((n, k), np.nan)
    nominal = model == "NRM"
    scores = np.arange(k) - (k - 1) / 2
    offsets = np.array(
        [-np.concatenate([[0.0], np.cumsum(slope * row)]) for slope, row in zip(a, b, strict=True)]
    )
    lower = np.resize([1e-9, 0.25, 0.499], n) if model in ("3PL", "4PL") else np.zeros(n)
    upper = np.resize([1 - 1e-9, 0.9, 0.501], n) if model == "4PL" else np.ones(n)
    return Items.create(
        ids=[f"i{j}" for j in range(n)],
        models=[model] * n,
        n_categories=[k] * n,
        a=np.full(n, np.nan) if nominal else a,
        b=np.full((n, k - 1), np.nan) if nominal else b,
        c=lower,
        d=upper,
        slopes=a[:, None] * scores if nominal else blank,
        intercepts=offsets - offsets.mean(axis=1, keepdims=True) if nominal else blank,
    )


@EVERY_MODEL
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_curves_of_extreme_items_keep_their_digits(model: str, sign: float) -> None:
    """For |θ| up to 40 log P agrees with the formula to fifty digits, and the curves agree with each other."""
    if sign < 0 and MODELS[model].fixed_slope:
        return
    items, theta = extreme_items(model, sign=sign), np.array([-40.0, -8.0, -1.0, 0.0, 2.5, 8.0, 40.0])
    log_p, slope = log_probability(items, theta), score_function(items, theta)
    p = np.exp(log_p)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose((p * slope).sum(axis=1), 0.0, rtol=0, atol=1e-11)
    np.testing.assert_allclose((p * slope**2).sum(axis=1), information(items, theta), rtol=1e-12, atol=1e-13)
    family = MODELS[model].family
    for item in range(items.n_items):
        xi = family.from_irt(items.parameters_of(np.array([item])))[0]
        with mpmath.workdps(1000):  # σ − σ cancels up to 2 · 400 / log 10 digits
            exact = [mpmath.mpf(float(x)) for x in xi]
            for q, k in np.ndindex(theta.size, log_p.shape[1]):
                expected = float(mpmath.log(PROBABILITY[model](exact, k, mpmath.mpf(float(theta[q])))))
                # η and z of up to 1,200 have 13 digits behind the point.
                assert log_p[item, k, q] == pytest.approx(expected, rel=1e-12, abs=1e-10)


def hard_patterns(items: Items) -> Responses:
    """All lowest, all highest, alternating, nothing, each single answer at both ends, and random ones."""
    n, top = items.n_items, items.n_categories - 1
    rng = np.random.default_rng(7)
    rows = [np.zeros(n), top.astype(float), np.where(np.arange(n) % 2 == 0, 0, top), np.full(n, np.nan)]
    for item in range(n):
        for code in (0, top[item]):
            alone = np.full(n, np.nan)
            alone[item] = code
            rows.append(alone)
    rows += [rng.integers(0, items.n_categories).astype(float) for _ in range(10)]
    return Responses.from_array(np.array(rows), items=items.ids)


def assert_told(theta: Floats, se: Floats, status: Sequence[str], where: str) -> None:
    """NaN only with a status that says so; errors positive; nothing infinite."""
    for person, word in enumerate(status):
        place = f"{where}, person {person}: {theta[person]} ± {se[person]}, {word}"
        assert not np.isinf(theta[person]), place
        assert not np.isinf(se[person]), place
        if np.isnan(theta[person]):
            assert word in INFINITE, place
        if np.isnan(se[person]):
            assert word in NO_ERROR, place
        else:
            assert se[person] > 0, place


@EVERY_MODEL
@EVERY_METHOD
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_every_estimate_is_a_number_or_has_a_status(model: str, method: str, sign: float) -> None:
    """Slopes of .001 to 8, thresholds to ±8, c near 0 and ½, both signs: no warning, nothing silent."""
    if sign < 0 and MODELS[model].fixed_slope:
        return  # their slope is 1
    items = extreme_items(model, sign=sign)
    found = score(hard_patterns(items), items, method)
    assert_told(found.theta, found.se, found.status, f"{model} {method}")


def log_likelihoods(items: Items, responses: Responses, theta: Floats) -> Floats:
    """log L of every person at every θ, (n_persons, n_theta)."""
    log_p, codes = log_probability(items, theta), responses.codes(items.ids)
    return np.stack([log_p[row >= 0, row[row >= 0]].sum(axis=0) for row in codes])


@EVERY_MODEL
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_finite_maximum_is_one(model: str, sign: float) -> None:
    """No θ on ±40 is more likely than a finite ML, and where ML is infinite none is as likely as that end."""
    if sign < 0 and MODELS[model].fixed_slope:
        return
    items = extreme_items(model, sign=sign)
    responses = hard_patterns(items)
    found = score(responses, items, "ML")
    theta = np.linspace(-40, 40, 1601)
    heights = log_likelihoods(items, responses, theta)
    for person, word in enumerate(found.status):
        if word == "no_answers" or word == "not_identified":
            continue
        best = heights[person].max()
        slack = 1e-8 * max(1.0, abs(best))  # of sums up to 1,000 in 16 digits
        if word in INFINITE:
            far = log_likelihoods(items, responses.select_persons([person]), np.array([-1e7, 1e7]))[0]
            assert far[int(word == "infinite_high")] >= best - slack
        else:
            at = log_likelihoods(items, responses.select_persons([person]), found.theta[person : person + 1])
            assert at[0, 0] >= best - slack, f"{model}, person {person}"


def posteriors(items: Items, responses: Responses, theta: Floats) -> tuple[Floats, Floats]:
    """The posterior under N(0, 1): its logarithm up to a constant, and its masses, (n_persons, n_theta)."""
    density = log_likelihoods(items, responses, theta) - 0.5 * theta**2
    mass = np.exp(density - density.max(axis=1, keepdims=True))
    return density, mass / mass.sum(axis=1, keepdims=True)


@EVERY_MODEL
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_posterior_means_are_what_they_say(model: str, sign: float) -> None:
    """EAP with the status ok agrees with 14,001 nodes on ±14 where the posterior lies within the grid's ±6."""
    if sign < 0 and MODELS[model].fixed_slope:
        return
    items, theta = extreme_items(model, sign=sign), np.linspace(-14, 14, 14001)
    responses = hard_patterns(items)
    _, mass = posteriors(items, responses, theta)
    mean = mass @ theta
    sd = np.sqrt(mass @ theta**2 - mean**2)
    found = score(responses, items, "EAP")
    beyond = mass[:, np.abs(theta) > 6].sum(axis=1)
    told = np.array([word in ("ok", "no_answers") for word in found.status]) & (beyond < 1e-5)
    assert told.sum() >= 8
    # "ok" promises an error of .3 % of the SD; 1e-5 of the mass beyond ±6, some 5 SD away, adds 5e-5.
    assert np.all(np.abs(found.theta - mean)[told] <= 0.004 * sd[told])
    np.testing.assert_allclose(found.se[told], sd[told], rtol=0.004)


@EVERY_MODEL
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_posterior_modes_are_what_they_say(model: str, sign: float) -> None:
    """MAP is no lower than any of the 61 nodes on ±6 where its search starts, nor than its neighbourhood."""
    if sign < 0 and MODELS[model].fixed_slope:
        return
    items, nodes = extreme_items(model, sign=sign), np.linspace(-6, 6, 61)
    responses = hard_patterns(items)
    density, _ = posteriors(items, responses, nodes)
    found = score(responses, items, "MAP")
    for person, mode in enumerate(found.theta):
        near, _ = posteriors(items, responses.select_persons([person]), mode + np.linspace(-0.01, 0.01, 21))
        at, best = near[0, 10], max(density[person].max(), near.max())
        assert at >= best - 1e-8 * max(1.0, abs(best)), (
            f"{model}, person {person}: {mode}, {found.status[person]}"
        )


@EVERY_METHOD
@pytest.mark.parametrize("b", [-8.0, 0.0, 8.0])
@pytest.mark.parametrize("code", [0, 1])
def test_a_thousand_alike_items_all_answered_alike(method: str, b: float, code: int) -> None:
    """All right or all wrong on 1,000 items far away: a number inside the likelihood's side, or a status."""
    items = Items.create(ids=[f"i{j}" for j in range(1000)], a=[2.0] * 1000, b=[[b]] * 1000)
    found = score(Responses.from_array(np.full((1, 1000), code), items=items.ids), items, method)
    if method != "EAPsum":
        assert_told(found.theta, found.se, found.status, f"{method} {b} {code}")
    if method == "ML":
        assert found.status == (("infinite_low", "infinite_high")[code],)
    if method in ("WLE", "Jeffreys"):
        # Warm's equation here is 1000 a (x − P) + a (1 − 2 P) / 2 = 0: P = 1000.5 / 1001 or its mirror image.
        far = np.log(1000.5 / 0.5) / 2.0
        assert found.theta[0] == pytest.approx(b + (far if code else -far), abs=1e-6)


@EVERY_METHOD
def test_items_that_tell_nothing_at_all(method: str) -> None:
    """Slopes of 1e-12: the prior, or no estimate, by status."""
    items = Items.create(ids=["x", "y"], a=[1e-12, -1e-12], b=[[0.0], [3.0]])
    found = score(Responses.from_array([[1, 0], [0, 1], [1, 1]], items=items.ids), items, method)
    assert_told(found.theta, found.se, found.status, method)
    if method in ("EAP", "MAP", "EAPsum"):
        np.testing.assert_allclose(found.theta, 0.0, atol=1e-9)
        np.testing.assert_allclose(found.se, 1.0, rtol=1e-6)  # ±6 cuts off 3.6e-8 of the variance


@EVERY_METHOD
def test_answers_that_cannot_be_reconciled(method: str) -> None:
    """Steep items: right on everything hard and wrong on everything easy. A number, or a status."""
    b = np.linspace(-8, 8, 40)
    items = Items.create(ids=[f"i{j}" for j in range(40)], a=[8.0] * 40, b=b[:, None])
    found = score(Responses.from_array([(b > 0).astype(int)], items=items.ids), items, method)
    assert_told(found.theta, found.se, found.status, method)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "EAPsum"])
@pytest.mark.parametrize(("loading", "correlation"), [(0.8, 0.5), (0.99, 0.98), (1.0, -0.9)])
def test_blocks_and_competencies_of_extreme_items(method: str, loading: float, correlation: float) -> None:
    """Two blocks of two competencies, nearly one or nearly opposed: numbers or a status in all of them."""
    people = house(2, 2, loading=loading, correlation=correlation)
    homes = [name for name in people.competencies for _ in range(6)]
    items = Items.create(
        ids=[f"i{j}" for j in range(24)],
        a=np.tile([1e-3, 1.0, 8.0, 8.0, -8.0, 2.0], 4),
        b=np.tile([0.0, 8.0, -8.0, 8.0, 0.0, 0.0], 4)[:, None],
        competencies=homes,
        population=people,
    )
    found = score(hard_patterns(items), items, method)
    for estimates in (found.theta, found.competencies.theta):
        assert not np.any(np.isinf(estimates))
    for dimension in range(2):
        assert_told(
            found.theta[:, dimension], found.se[:, dimension], found.status, f"{method}, block {dimension}"
        )
    for dimension in range(4):
        theta, se = found.competencies.theta[:, dimension], found.competencies.se[:, dimension]
        assert_told(theta, se, found.status, f"{method}, competency {dimension}")
