"""Recovery of what was simulated: bias, errors, coverage.

Every tolerance is a Monte-Carlo error: what many independent studies of a right engine would show. One
seed a test; a failure at four or more of these errors is a fault, not bad luck.
"""

from __future__ import annotations

import numpy as np
import pytest
from irt.builders import answers, house, items_in, one_block, places

from compassess.irt import (
    Calibration,
    Grid,
    Items,
    Measurement,
    Population,
    calibrate,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.models import Floats
from compassess.responses import Responses

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth() -> Items:
    """Three blocks (ρ = .5) × four competencies (λ = .8) × four items with five categories."""
    return items_in(house(3, 4), 4, 5)


@pytest.fixture(scope="module")
def fit(truth: Items) -> Calibration:
    """The model of the house on 4,000 persons."""
    blocks, competencies = places(truth)
    return calibrate(answers(truth, 4000), "GRM", blocks=blocks, competencies=competencies)


def standardised(estimate: Floats, true: Floats, error: Floats) -> Floats:
    """(estimate − truth) / SE, which is about N(0, 1)."""
    return ((estimate - true) / error).ravel()


def test_items_are_recovered(truth: Items, fit: Calibration) -> None:
    """Slopes and thresholds err as their standard errors say, and on average not at all."""
    assert fit.converged, fit.status
    errors = fit.standard_errors
    assert errors is not None
    for estimate, true, error in (
        (fit.items.a, truth.a, errors.a),
        (fit.items.b, truth.b, errors.b),
    ):
        z = standardised(estimate, true, error)
        # Errors within a competency go together (its scale); 12 of them are a dozen independent means at
        # the least: bias up to 4 / √12 of an SE, RMSE within a factor of 1 ± 4 / √24.
        assert abs(z.mean()) < 4 / np.sqrt(12)
        assert 0.5 < np.sqrt(np.mean(z**2)) < 1.5
    assert np.sqrt(np.mean((fit.items.a - truth.a) ** 2)) < 0.1  # observed: .05
    assert np.sqrt(np.mean((fit.items.b - truth.b) ** 2)) < 0.1  # observed: .05


def test_loadings_and_correlations_are_recovered(truth: Items, fit: Calibration) -> None:
    """λ = .8 and ρ = .5 come back within four standard errors each, and on average within one."""
    errors = fit.standard_errors
    assert errors is not None
    loadings = standardised(np.array(list(fit.loadings.values())), np.full(12, 0.8), errors.loadings)
    below = np.tril_indices(3, -1)
    correlations = standardised(
        fit.items.population.correlation[below],
        truth.population.correlation[below],
        errors.correlation[below],
    )
    for z in (loadings, correlations):
        assert np.all(np.abs(z) < 4)
        assert abs(z.mean()) < 4 / np.sqrt(3)
    assert np.nanmax(errors.loadings) < 0.05
    assert np.nanmax(errors.correlation) < 0.05


def test_abilities_are_as_near_as_their_errors_say(truth: Items) -> None:
    """EAP: errors average to the SE, blocks and competencies alike; 95 % intervals cover 95 %."""
    n = 3000
    abilities = simulate_abilities(truth.population, n, seed=21)
    found = score(simulate_responses(truth, abilities, seed=22), truth, nodes=31)
    for theta, estimate, se in (
        (abilities.blocks, found.theta, found.se),
        (abilities.competencies, found.competencies.theta, found.competencies.se),
    ):
        z = (theta - estimate) / se
        # n independent persons: means err by 1 / √n, mean squares by √(2 / n), shares by √(.0475 / n).
        assert np.all(np.abs(z.mean(axis=0)) < 4.5 / np.sqrt(n))
        assert np.all(np.abs((z**2).mean(axis=0) - 1) < 4.5 * np.sqrt(2 / n))
        covered = (np.abs(z) < 1.959964).mean(axis=0)
        assert np.all(np.abs(covered - 0.95) < 4.5 * np.sqrt(0.95 * 0.05 / n) + 0.005)  # not quite normal


def test_probabilities_below_a_cut_come_true(truth: Items) -> None:
    """Of persons with P(θ < cut) of about p, a share p is below the cut."""
    n = 4000
    small = truth.select(np.flatnonzero(truth.block_index == 0))
    people = Population.create(
        ("b0",), competencies={f"b0c{k}": "b0" for k in range(4)}, loadings={f"b0c{k}": 0.8 for k in range(4)}
    )
    abilities = simulate_abilities(people, n, seed=31)
    own = Items.create(
        ids=small.ids,
        a=small.a,
        b=small.b,
        competencies=small.competencies,
        population=people,
    )
    responses = simulate_responses(own, abilities, seed=32)
    measurement = Measurement.create(own)
    design = measurement.design(responses)
    log_likelihood = design.log_likelihood(slice(0, n), design.weights(measurement.table))
    posterior = measurement.lattice.posterior(log_likelihood).blocks[:, 0]
    below = posterior @ Grid.create(61).below(-0.5)
    truly = abilities.blocks[:, 0] < -0.5
    for low in np.arange(0.0, 1.0, 0.2):
        these = (below >= low) & (below < low + 0.2)
        error = np.sqrt((below[these] * (1 - below[these])).sum()) + 1e-9
        assert abs(truly[these].sum() - below[these].sum()) < 4.5 * error


def test_groups_are_recovered() -> None:
    """A second group of N(.8, .7²): mean and variance within what their errors say, over 40 replications."""
    truth = one_block(10, 3)
    z = []
    for replication in range(40):
        codes = [
            simulate_responses(
                truth,
                simulate_abilities(people, 300, seed=500 + 4 * replication + g),
                seed=900 + 4 * replication + g,
            ).codes()
            for g, people in enumerate(
                (Population.create(), Population.create(mean=[0.8], standard_deviation=[0.7]))
            )
        ]
        both = Responses.from_array(np.vstack(codes), items=truth.ids)
        fit = calibrate(both, "GRM", groups=["a"] * 300 + ["b"] * 300)
        errors = fit.standard_errors
        assert errors is not None
        z.append(
            [
                (fit.latent_mean[1, 0] - 0.8) / errors.means[1, 0],
                (fit.latent_covariance[1, 0, 0] - 0.49) / errors.covariances[1, 0, 0],
            ]
        )
    found = np.array(z)
    # 40 replications: means of z err by 1 / √40 = .16, its SD by 1 / √80 = .11.
    assert np.all(np.abs(found.mean(axis=0)) < 4 * 0.16)
    assert np.all(np.abs(found.std(axis=0) - 1) < 4 * 0.11)


def test_a_bank_is_recovered_from_sparse_answers() -> None:
    """300 items of which each of 6,000 persons saw 25 at random: slopes and difficulties come back."""
    truth = one_block(300)
    codes = answers(truth, 6000).codes()
    rng = np.random.default_rng(1)
    seen = np.argsort(rng.random(codes.shape), axis=1)[:, :25]
    rows = np.repeat(np.arange(6000), 25)
    columns = seen.ravel()
    responses = Responses.from_long(
        rows, [truth.ids[j] for j in columns], codes[rows, columns], items=truth.ids
    )
    fit = calibrate(responses)
    errors = fit.standard_errors
    assert fit.converged, fit.status
    assert errors is not None
    for estimate, true, error in ((fit.items.a, truth.a, errors.a), (fit.items.b, truth.b, errors.b)):
        z = standardised(estimate, true, error)
        # 300 items with 500 answers each, their errors nearly independent but for the scale, whose own
        # error (1 / √12,000 = .009) is a tenth of an SE of .1.
        assert abs(np.median(z)) < 4 * 1.25 / np.sqrt(300) + 0.1
        assert 0.8 < np.sqrt(np.mean(z**2)) < 1.2
