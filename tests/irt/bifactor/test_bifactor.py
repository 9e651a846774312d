"""The bifactor model: against the models that it contains, brute force, differences, and known truths."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import (
    Bifactor,
    Items,
    Population,
    bifactor,
    bifactor_reliability,
    bifactor_scores,
    calibrate,
    log_likelihood,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.bifactor.estimation import _point, _task
from compassess.irt.bifactor.expectation import expected
from compassess.irt.models import Floats
from compassess.responses import Responses

SPECIFICS = {f"i{j}": f"s{j // 4}" if j < 8 else None for j in range(10)}
GENERAL = np.array([1.2, 0.9, 1.5, 1.1, 1.3, 0.8, 1.0, 1.4, 1.2, 1.1])
SPECIFIC = np.array([0.8, 1.1, 0.7, 0.9, 1.2, 0.6, 1.0, 0.8, 0.0, 0.0])
HOME = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1, -1])
STEPS = np.array([0.9, -0.7])


def thrown(n: int, seed: int = 3, missing: float = 0.1) -> tuple[Responses, Floats]:
    """Graded answers of three categories under known slopes, and θ, the general factor first."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(n, 3))
    own = np.where(HOME < 0, 0.0, theta[:, HOME + 1])
    eta = GENERAL * theta[:, :1] + SPECIFIC * own
    at_least = 1 / (1 + np.exp(-(eta[:, :, None] + STEPS)))
    codes = (rng.random(eta.shape)[:, :, None] < at_least).sum(axis=2).astype(float)
    codes[rng.random(codes.shape) < missing] = np.nan
    return Responses.from_array(codes, items=list(SPECIFICS)), theta


def value_of(fit: Bifactor, responses: Responses, nodes: int) -> float:
    """The log-likelihood at a fit's parameters on so many nodes."""
    task, _ = _task(responses, fit.items, fit.specific_of, len(fit.specifics), None, nodes)
    return expected(task.design, task.table(_point(task, fit)), task.plane).log_likelihood


@pytest.fixture(scope="module")
def large() -> tuple[Responses, Floats, Bifactor]:
    """Two thousand persons."""
    responses, theta = thrown(2000)
    return responses, theta, bifactor(responses, SPECIFICS, "GRM", nodes=21)


def test_without_specific_factors_it_is_one_dimension() -> None:
    """All items of the general factor alone: what ``calibrate`` finds."""
    responses, _ = thrown(400)
    found = bifactor(responses, dict.fromkeys(SPECIFICS), "GRM", tolerance=1e-5)
    other = calibrate(responses, "GRM", tolerance=1e-6)
    assert found.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-5)
    np.testing.assert_allclose(found.general, other.items.a, atol=2e-3)
    assert found.n_parameters == other.n_parameters
    assert (found.specific == 0).all()


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_the_second_order_model_is_a_case_of_it(model: str) -> None:
    """a λ and a √(1 − λ²) give the likelihood of the house to the last digits, person by person."""
    names = ["c0", "c1", "c2"]
    people = Population.create(
        ["b"],
        competencies=dict.fromkeys(names, "b"),
        loadings=dict(zip(names, (0.9, 0.7, 0.5), strict=True)),
    )
    rng = np.random.default_rng(2)
    items = Items.create(
        ids=[f"i{j}" for j in range(9)],
        models=[model] * 9,
        a=rng.uniform(0.8, 1.6, 9),
        b=rng.normal(0, 0.5, (9, 1)) + np.array([-0.8, 0.8]),
        competencies=[names[j // 3] for j in range(9)],
        population=people,
    )
    responses = simulate_responses(items, simulate_abilities(people, 300, seed=4), seed=5)
    home = items.competency_index
    task, point = _task(responses, items, home, 3, None, 41)
    parts = task.split(point)
    for part, loading, a in zip(parts, people.loadings[home], items.a, strict=True):
        part[0], part[1] = a * loading, a * np.sqrt(1 - loading**2)
    found = expected(task.design, task.table(np.concatenate(parts)), task.plane)
    house = log_likelihood(responses, items, nodes=41, limit=6.0).sum()
    assert found.log_likelihood == pytest.approx(house, abs=1e-6)


def test_it_is_above_the_second_order_model() -> None:
    """A model with more freedom is not lower, and the parameters are counted by hand."""
    responses, _ = thrown(600)
    eight = responses.select_items(list(SPECIFICS)[:8])
    places = {name: str(SPECIFICS[name]) for name in eight.items}
    second = calibrate(eight, "GRM", blocks=dict.fromkeys(eight.items, "b"), competencies=places)
    found = bifactor(eight, places, "GRM")
    assert found.log_likelihood > second.log_likelihood
    assert found.n_parameters == 8 * 4
    assert found.aic == pytest.approx(2 * 32 - 2 * found.log_likelihood)
    assert found.bic == pytest.approx(32 * np.log(600) - 2 * found.log_likelihood)


def test_dimension_reduction_is_the_integral_over_all_factors() -> None:
    """Brute force on the product of three grids."""
    responses, _ = thrown(25)
    more, _ = thrown(300)
    fit = bifactor(more, SPECIFICS, "GRM", nodes=15, standard_errors=False)
    task, _ = _task(responses, fit.items, fit.specific_of, 2, None, 15)
    theta, masses = task.plane.theta, task.plane.masses
    g, r, s = np.meshgrid(theta, theta, theta, indexing="ij")
    weight = masses[:, None, None] * masses[:, None] * masses
    total = 0.0
    for row in responses.codes():
        chance = np.ones_like(g)
        for item, code in enumerate(row.tolist()):
            if code < 0:
                continue
            own = [r, s, 0.0][fit.specific_of[item]]
            eta = fit.general[item] * g + fit.specific[item] * own
            above = [np.ones_like(g), *(1 / (1 + np.exp(-(eta + t))) for t in fit.intercepts[item]), 0 * g]
            chance = chance * (above[code] - above[code + 1])
        total += np.log((chance * weight).sum())
    assert value_of(fit, responses, 15) == pytest.approx(total, abs=1e-9)


def test_scores_are_the_slopes_of_the_likelihood() -> None:
    """Away from the maximum the persons' scores add up to central differences; at it to nothing."""
    responses, _ = thrown(200)
    fit = bifactor(responses, SPECIFICS, "GRM", nodes=15, tolerance=1e-6)
    task, _ = _task(responses, fit.items, fit.specific_of, 2, None, 15)
    point = _point(task, fit)
    assert np.abs(task.scores(point).sum(axis=0)).max() < 0.01
    away = point + np.random.default_rng(1).normal(0, 0.05, point.size)
    slope = task.scores(away).sum(axis=0)
    for place in range(0, point.size, 3):
        move = np.zeros(point.size)
        move[place] = 1e-5
        up, down = (expected(task.design, task.table(away + sign * move), task.plane) for sign in (1, -1))
        assert slope[place] == pytest.approx(
            (up.log_likelihood - down.log_likelihood) / 2e-5, rel=1e-4, abs=1e-4
        )


def test_truths_come_back(large: tuple[Responses, Floats, Bifactor]) -> None:
    """Slopes within four standard errors; scores go with the factors."""
    responses, theta, fit = large
    assert fit.converged
    assert np.abs((fit.general - GENERAL) / fit.general_errors).max() < 4
    told = HOME >= 0
    assert np.abs((fit.specific - SPECIFIC)[told] / fit.specific_errors[told]).max() < 4
    assert np.abs((fit.intercepts - STEPS) / fit.intercept_errors).max() < 4
    found = bifactor_scores(responses, fit)
    assert np.corrcoef(found.general, theta[:, 0])[0, 1] > 0.8
    rmse = np.sqrt(np.mean((found.general - theta[:, 0]) ** 2))
    assert rmse == pytest.approx(np.sqrt(np.mean(found.general_se**2)), rel=0.05)
    for factor in range(2):
        rmse = np.sqrt(np.mean((found.specific[:, factor] - theta[:, factor + 1]) ** 2))
        assert rmse == pytest.approx(np.sqrt(np.mean(found.specific_se[:, factor] ** 2)), rel=0.05)
    assert fit.to_frame()["specific"].tolist()[7:] == ["s1", "", ""]


def test_scores_of_one_dimension_are_those_of_the_house() -> None:
    """Without specific factors EAP and SE are :func:`score`'s; nobody's answers give 0 and 1."""
    responses, _ = thrown(150)
    fit = bifactor(responses, dict.fromkeys(SPECIFICS), "GRM", standard_errors=False)
    found = bifactor_scores(responses, fit)
    other = score(responses, fit.items)
    np.testing.assert_allclose(found.general, other.theta, atol=5e-3)
    np.testing.assert_allclose(found.general_se, other.se, atol=5e-3)
    nobody = bifactor_scores(Responses.from_array([[np.nan] * 10], items=list(SPECIFICS)), fit)
    assert (nobody.general[0], nobody.general_se[0]) == pytest.approx((0.0, 1.0), abs=1e-6)


def test_weights_are_rows() -> None:
    """A row that counts twice is two rows."""
    responses, _ = thrown(150)
    twice = responses.select_persons(np.concatenate([np.arange(150), np.arange(75)]))
    repeated = bifactor(twice, SPECIFICS, "GRM", nodes=13)
    weighted = bifactor(responses, SPECIFICS, "GRM", nodes=13, weights=[2.0] * 75 + [1.0] * 75)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, abs=1e-3)
    np.testing.assert_allclose(weighted.general, repeated.general, atol=5e-3)
    assert weighted.bic == pytest.approx(repeated.bic, abs=1e-2)


def test_omega_by_hand() -> None:
    """ω, ω_h, ECV and PUC from the loadings, as their formulas say."""
    responses, _ = thrown(300)
    fit = bifactor(responses, SPECIFICS, "GRM", nodes=15, standard_errors=False)
    found = bifactor_reliability(fit)
    size = np.sqrt(1.702**2 + fit.general**2 + fit.specific**2)
    g, s = fit.general / size, fit.specific / size
    theta = (1 - g**2 - s**2).sum()
    specific = s[:4].sum() ** 2 + s[4:8].sum() ** 2
    assert found.omega == pytest.approx((g.sum() ** 2 + specific) / (g.sum() ** 2 + specific + theta))
    assert found.omega_h == pytest.approx(g.sum() ** 2 / (g.sum() ** 2 + specific + theta))
    own = g[:4].sum() ** 2 + s[:4].sum() ** 2 + (1 - g**2 - s**2)[:4].sum()
    assert found.subscale_omega_h[0] == pytest.approx(s[:4].sum() ** 2 / own)
    assert found.ecv == pytest.approx((g @ g) / (g @ g + s @ s))
    assert found.puc == pytest.approx(1 - 12 / 45)
    assert found.item_ecv[8] == 1.0


def test_the_sum_by_simulation(large: tuple[Responses, Floats, Bifactor]) -> None:
    """Two sums that share θ_g alone covary by Var E(T | θ_g); two that share all factors by its variance too."""
    *_, fit = large
    found = bifactor_reliability(fit)
    rng = np.random.default_rng(6)
    n = 200_000
    general = rng.normal(size=(n, 1))
    first, second = rng.normal(size=(2, n, 2))

    def total(own: Floats) -> Floats:
        own = np.column_stack([own, np.zeros(n)])
        eta = fit.general * general + fit.specific * own[:, fit.specific_of]
        at_least = 1 / (1 + np.exp(-(eta[:, :, None] + fit.intercepts)))
        return np.asarray((rng.random(eta.shape)[:, :, None] < at_least).sum(axis=(1, 2)))

    one, again, other = total(first), total(first), total(second)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(found.sum_omega_h, abs=0.006)
    assert np.corrcoef(one, again)[0, 1] == pytest.approx(found.sum_omega, abs=0.006)


def test_faults_are_told_together() -> None:
    """Items without an entry, small factors, other models, too few nodes."""
    responses, _ = thrown(60)
    with pytest.raises(InputError, match=r"not told(.|\n)*no bifactor form(.|\n)*too few"):
        bifactor(responses, {"i0": "s"}, "PCM", nodes=3)
    with pytest.raises(InputError, match="too few estimated items"):
        bifactor(responses, dict.fromkeys(SPECIFICS) | {"i0": "s", "i1": "s"}, "GRM")
