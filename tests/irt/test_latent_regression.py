"""Latent regression: its likelihood by plain quadrature, its slopes by differences, truths that come back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, Population, calibrate, latent_regression, plausible_values, score
from compassess.irt.latent_regression import LatentRegression
from compassess.responses import Responses

Floats = np.ndarray


def world(n_blocks: int, n_items: int, loading: float = 1.0, seed: int = 1) -> Items:
    """Items of moderate slopes spread over blocks, in two competencies each where λ < 1."""
    rng = np.random.default_rng(seed)
    blocks = [f"b{j}" for j in range(n_blocks)]
    homes = {f"{b}c{j}": b for b in blocks for j in range(2)} if loading < 1 else {b: b for b in blocks}
    correlation = np.full((n_blocks, n_blocks), 0.5) + 0.5 * np.eye(n_blocks)
    people = Population.create(
        blocks, correlation=correlation, competencies=homes, loadings=dict.fromkeys(homes, loading)
    )
    return Items.create(
        ids=[f"i{j}" for j in range(n_items)],
        a=rng.uniform(1, 2, n_items),
        b=rng.normal(0, 1, (n_items, 1)),
        competencies=[list(homes)[j % len(homes)] for j in range(n_items)],
        population=people,
    )


def people_in(
    items: Items, beta: Floats, sigma: Floats, n: int, seed: int = 2
) -> tuple[Responses, Mapping[str, list[object]]]:
    """Answers of persons with θ = x β + e, x = 1, a number, and two indicators."""
    rng = np.random.default_rng(seed)
    number, word = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    x = np.column_stack([np.ones(n), number, word == "b", word == "c"])
    population = items.population
    blocks = x @ beta + rng.multivariate_normal(np.zeros(population.n_blocks), sigma, n)
    spread = np.sqrt(1 - population.loadings**2)
    theta = population.loadings * blocks[:, population.block_of] + spread * rng.normal(size=(n, spread.size))
    p = 1 / (1 + np.exp(-items.a * (theta[:, items.competency_index] - items.b[:, 0])))
    codes = (rng.random(p.shape) < p).astype(float)
    codes[rng.random(p.shape) < 0.1] = np.nan
    return Responses.from_array(codes, items=items.ids), {"number": list(number), "word": list(word)}


BETA = np.array([[0.1], [0.4], [-0.3], [0.5]])


@pytest.fixture(scope="module")
def one() -> tuple[Items, Responses, Mapping[str, list[object]], LatentRegression]:
    """One block, a thousand persons."""
    items = world(1, 12)
    responses, known = people_in(items, BETA, np.array([[0.6]]), 1000)
    return items, responses, known, latent_regression(responses, items, known)


def test_the_likelihood_is_that_of_plain_quadrature(
    one: tuple[Items, Responses, Mapping[str, list[object]], LatentRegression],
) -> None:
    """Person by person ∫ L(θ) N(θ; x β, σ²) dθ."""
    items, responses, known, found = one
    few = responses.select_persons(np.arange(12))
    part = latent_regression(few, items, {"number": known["number"][:12]})
    codes, total = few.codes(), 0.0
    for row, mean in zip(codes, part.predicted[:, 0], strict=True):
        there = row >= 0

        def mass(theta: float, row: Floats = row, there: Floats = there, mean: float = mean) -> float:
            p = 1 / (1 + np.exp(-items.a[there] * (theta - items.b[there, 0])))
            chance = np.where(row[there] == 1, p, 1 - p).prod()
            return float(chance * norm.pdf(theta, mean, part.residual.covariance[0, 0] ** 0.5))

        total += np.log(quad(mass, -7, 7, epsabs=1e-13, limit=200)[0])
    assert part.log_likelihood == pytest.approx(total, abs=1e-7)
    assert found.converged


def test_truths_come_back(
    one: tuple[Items, Responses, Mapping[str, list[object]], LatentRegression],
) -> None:
    """Within four standard errors; names tell the reference; R² is that of the design."""
    *_, found = one
    assert found.names == ("(intercept)", "number", "word=b", "word=c")
    assert np.abs((found.coefficients - BETA) / found.standard_errors).max() < 4
    assert abs(found.residual.covariance[0, 0] - 0.6) < 4 * found.residual_errors[0, 0]
    assert 0.2 < found.r_squared[0] < 0.4
    table = found.to_frame()
    assert list(table.columns) == ["block", "name", "coefficient", "standard_error", "z"]


@pytest.mark.parametrize(("n_blocks", "loading"), [(1, 1.0), (2, 1.0), (2, 0.8)])
def test_it_is_a_maximum(n_blocks: int, loading: float) -> None:
    """The persons' scores add up to nothing there, and are the differences of the log-likelihood elsewhere."""
    from compassess.irt.covariates import covariates_of
    from compassess.irt.latent_regression import _Problem
    from compassess.irt.measurement import Measurement

    items = world(n_blocks, 10, loading)
    beta = np.repeat(BETA, n_blocks, axis=1)
    sigma = 0.6 * items.population.correlation
    responses, known = people_in(items, beta, sigma, 150)
    found = latent_regression(responses, items, known, nodes=41)
    measurement = Measurement.create(items, nodes=41)
    task = _Problem(
        measurement=measurement,
        design=measurement.design(responses),
        covariates=covariates_of(known, 150),
        weight=np.ones(150),
    )
    point = task.packed(found.coefficients, found.residual.covariance)
    assert np.abs(task.scores(point).sum(axis=0)).max() < 2e-2
    away = point + 0.05
    slope = task.scores(away).sum(axis=0)
    for place in range(point.size):
        move = np.zeros(point.size)
        move[place] = 1e-5
        difference = (task.step(away + move)[1] - task.step(away - move)[1]) / 2e-5
        assert slope[place] == pytest.approx(difference, rel=1e-5, abs=1e-5)


def test_without_covariates_it_is_a_calibration_of_the_population() -> None:
    """An intercept alone: the mean and variance that ``calibrate`` finds with all items fixed."""
    items = world(1, 12)
    responses, _ = people_in(items, BETA, np.array([[0.6]]), 500)
    found = latent_regression(responses, items, {})
    other = calibrate(responses, "2PL", fixed=items, tolerance=1e-6)
    assert found.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-4)
    assert found.coefficients[0, 0] == pytest.approx(other.latent_mean[0, 0], abs=1e-4)
    assert found.residual.covariance[0, 0] == pytest.approx(other.latent_covariance[0, 0, 0], abs=2e-4)


def test_weights_are_rows() -> None:
    """A row that counts twice is two rows."""
    items = world(1, 8)
    responses, known = people_in(items, BETA, np.array([[0.6]]), 120)
    twice = np.concatenate([np.arange(120), np.arange(60)])
    repeated = latent_regression(
        responses.select_persons(twice), items, {name: [v[r] for r in twice] for name, v in known.items()}
    )
    weighted = latent_regression(responses, items, known, weights=[2.0] * 60 + [1.0] * 60)
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, atol=1e-5)
    np.testing.assert_allclose(weighted.standard_errors, repeated.standard_errors, rtol=1e-4)


def test_plausible_values_that_know_the_covariates_keep_their_effect() -> None:
    """Regressions on draws: with covariates the true slopes, without them shrunk, on EAP shrunk too."""
    items = world(2, 12, 0.8)
    beta = np.repeat(BETA, 2, axis=1)
    responses, known = people_in(items, beta, 0.6 * items.population.correlation, 2500)
    found = latent_regression(responses, items, known)
    number = np.array(known["number"], dtype=float)

    def slope(theta: Floats) -> float:
        return float(np.polyfit(number, theta, 1)[0])

    told = plausible_values(responses, items, 5, seed=3, regression=found)
    blind = plausible_values(responses, items, 5, seed=3)
    assert np.mean([slope(d[:, 0]) for d in told.theta]) == pytest.approx(0.4, abs=0.06)
    assert np.mean([slope(d[:, 0]) for d in blind.theta]) < 0.32
    assert slope(score(responses, items).theta[:, 0]) < 0.32
    # Draws of a competency hang on the block's by λ.
    block, own = told.theta[0, :, 0], told.competencies.theta[0, :, 0]
    assert np.polyfit(block, own, 1)[0] == pytest.approx(0.8, abs=0.08)


def test_faults_are_told() -> None:
    """Lengths, gaps, constants, columns that follow from each other, strangers, a second population."""
    items = world(1, 6)
    responses, known = people_in(items, BETA, np.array([[0.6]]), 40)
    for bad, said in (
        ({"x": [1.0]}, "one value"),
        ({"x": [float("nan")] * 40}, "missing"),
        ({"x": [None] * 40}, "missing"),
        ({"x": ["same"] * 40}, "same value"),
        ({"x": [2.0] * 40}, "follow from each other"),
        ({"x": known["number"], "y": known["number"]}, "follow from each other"),
    ):
        with pytest.raises(InputError, match=said):
            latent_regression(responses, items, bad)
    with pytest.raises(InputError, match="tolerance"):
        latent_regression(responses, items, known, tolerance=0.0)
    found = latent_regression(responses, items, known)
    with pytest.raises(InputError, match="its own persons"):
        plausible_values(responses.select_persons(np.arange(3)), items, 1, seed=1, regression=found)
    with pytest.raises(InputError, match="no population"):
        plausible_values(responses, items, 1, seed=1, regression=found, population=items.population)
