"""λ, R, groups and anchors come back: bias, errors and 95 % intervals over 200 replications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import pytest
from irt.builders import one_block, places

from compassess.irt import (
    Abilities,
    Calibration,
    Items,
    Population,
    calibrate,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses
from statistical.studies import (
    Quantities,
    Study,
    drawn,
    item_quantities,
    latent_mean,
    latent_variance,
    repeated,
    together,
)

pytestmark = pytest.mark.slow

REPLICATIONS: Final = 200


def unbiased(study: Study, allowed: float) -> bool:
    """Whether every mean error is below four Monte-Carlo errors and ``allowed`` standard errors."""
    return bool(np.all(np.abs(study.relative_bias) < 4 / np.sqrt(len(study.estimate)) + allowed))


def covers(study: Study) -> bool:
    """Whether the coverage, averaged over quantities, is within 93 to 97 %."""
    return 0.93 < study.coverage.value < 0.97


def told_right(study: Study, allowed: float) -> bool:
    """Whether mean squared errors are the mean SE² within four Monte-Carlo errors and ``allowed``."""
    return abs(study.variance_ratio.value - 1) < 4 * study.variance_ratio.error + allowed


# ---- competencies and blocks -------------------------------------------------------------------------


def people(n_blocks: int, loadings: Sequence[float]) -> Population:
    """Blocks that correlate by .5, with competencies of these λ in each block in turn."""
    blocks = [f"b{j}" for j in range(n_blocks)]
    each = len(loadings) // n_blocks
    layer = {f"{block}c{k}": block for block in blocks for k in range(each)}
    matrix = np.full((n_blocks, n_blocks), 0.5) + 0.5 * np.eye(n_blocks)
    return Population.create(
        blocks,
        correlation=matrix,
        competencies=layer,
        loadings=dict(zip(layer, loadings, strict=True)),
    )


def graded_items(population: Population, per_competency: int) -> Items:
    """Items of three categories with slopes of 1 to 2 and thresholds of about −1.4 to 1.4, all well used."""
    rng = np.random.default_rng(4)
    homes = [name for name in population.competencies for _ in range(per_competency)]
    return Items.create(
        ids=[f"i{j}" for j in range(len(homes))],
        a=rng.uniform(1.0, 2.0, len(homes)),
        b=rng.uniform(-0.6, 0.6, (len(homes), 1)) + np.array([-0.8, 0.8]),
        competencies=homes,
        population=population,
    )


def structure_quantities(fit: Calibration, truth: Population) -> Quantities:
    """R below its diagonal, then the λ of competencies that are not their block.

    A λ that stopped at the bound of what the nodes resolve has an estimate and no error.
    """
    assert fit.converged, fit.status
    errors = fit.standard_errors
    assert errors is not None
    below = np.tril_indices(truth.n_blocks, -1)
    free = truth.loadings < 1.0 if fit.items.population.has_competency_layer else truth.loadings > 1.0
    return together(
        [
            (fit.items.population.correlation[below], truth.correlation[below], errors.correlation[below]),
            (fit.items.population.loadings[free], truth.loadings[free], errors.loadings[free]),
        ]
    )


def structures(truth: Items, n_persons: int, nodes: int, kind: str, *, layered: bool = True) -> Study:
    """Replications of the model of the house, or of its blocks alone."""
    blocks, competencies = places(truth)

    def one(seed: int) -> Quantities:
        fit = calibrate(
            drawn(truth, n_persons, seed),
            "GRM",
            blocks=blocks,
            competencies=competencies if layered else None,
            nodes=nodes,
            standard_errors=kind,
        )
        return structure_quantities(fit, truth.population)

    return repeated(one, REPLICATIONS)


def test_weak_and_strong_competencies_come_back() -> None:
    """Two blocks × four competencies with λ of .15 to .9: each within its error, covered on average."""
    loadings = (0.15, 0.9, 0.7, 0.6, 0.5, 0.7, 0.8, 0.6)
    study = structures(graded_items(people(2, loadings), 5), 1000, 41, "crossprod")
    # Mean errors are those of second order in SE / λ: a few hundredths of a λ.
    assert study.without_error < 0.02  # λ = .9 lies two SEs below its bound of .98 on 41 nodes
    assert unbiased(study, 0.15)
    assert covers(study)  # 200 × 9 estimates: an error of .005
    assert told_right(study, 0.1)


def test_three_blocks_of_four_competencies_come_back() -> None:
    """Twelve λ and three correlations, at 800 persons."""
    loadings = (0.5, 0.6, 0.7, 0.6) * 3
    study = structures(graded_items(people(3, loadings), 4), 800, 21, "oakes")
    assert unbiased(study, 0.15)
    assert covers(study)  # 200 × 15 estimates: an error of .004
    assert told_right(study, 0.1)


@pytest.mark.parametrize("kind", ["crossprod", "oakes"])
def test_correlations_of_plain_blocks_come_back(kind: str) -> None:
    """Three blocks without competencies: the correlations, at 600 persons."""
    truth = graded_items(people(3, (1.0, 1.0, 1.0)), 5)
    study = structures(truth, 600, 21, kind, layered=False)
    assert study.estimate.shape[1] == 3
    assert unbiased(study, 0.1)
    assert covers(study)  # 200 × 3 estimates: an error of .01
    assert told_right(study, 0.05)


# ---- groups ------------------------------------------------------------------------------------------


def named(
    fit: Calibration, truths: Mapping[tuple[str, str, str], float], found: Sequence[float]
) -> Quantities:
    """Estimates by name, with the errors of ``Calibration.covariance``."""
    assert fit.covariance is not None
    place = {name: row for row, name in enumerate(fit.covariance.names)}
    variances = np.diag(fit.covariance.matrix)
    errors = np.sqrt([variances[place[name]] for name in truths])
    return np.array(found), np.array(list(truths.values())), errors


@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
def test_a_second_group_and_a_freed_item_come_back(kind: str) -> None:
    """The mean .8 and the variance .7² of the second group, and what an item is there if it is freed."""
    truth = one_block(10)
    b = truth.b.copy()
    b[4] += 0.6
    there = Items.create(
        ids=truth.ids,
        a=truth.a,
        b=b,
        population=Population.create(mean=[0.8], standard_deviation=[0.7]),
    )
    labels = ["a"] * 500 + ["b"] * 500
    freed = truth.ids[4]

    def one(seed: int) -> Quantities:
        codes = [drawn(truth, 500, seed).codes(), drawn(there, 500, seed + 5).codes()]
        fit = calibrate(
            Responses.from_array(np.vstack(codes), items=truth.ids),
            groups=labels,
            freed=[freed],
            standard_errors=kind,
        )
        assert fit.converged, fit.status
        items = fit.by_group
        return together(
            [
                latent_mean(fit, there.population, 1),
                latent_variance(fit, there.population, 1),
                named(
                    fit,
                    {
                        (freed, parameter, group): float(value)
                        for group, known in (("a", truth), ("b", there))
                        for parameter, value in (("a", known.a[4]), ("b1", known.b[4, 0]))
                    },
                    [value for group in ("a", "b") for value in (items[group].a[4], items[group].b[4, 0])],
                ),
            ]
        )

    study = repeated(one, REPLICATIONS)
    # A slope of 500 persons has a bias of a fifth of its SE.
    assert unbiased(study, 0.2)
    assert covers(study)  # 200 × 6 estimates: an error of .007
    assert told_right(study, 0.1)


# ---- anchors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
def test_new_items_come_back_on_the_scale_of_the_anchors(kind: str) -> None:
    """With known anchors the mean .5 and the SD 1.2 of new people, and new items, are those of the anchors' scale."""
    truth = one_block(12)
    anchors = truth.select(truth.ids[:8])
    now = Population.create(mean=[0.5], standard_deviation=[1.2])

    def one(seed: int) -> Quantities:
        responses = simulate_responses(truth, simulate_abilities(now, 600, seed=seed), seed=seed + 1)
        fit = calibrate(responses, fixed=anchors, standard_errors=kind)
        return together([latent_mean(fit, now), latent_variance(fit, now), item_quantities(fit, truth)])

    study = repeated(one, 2 * REPLICATIONS)
    assert study.estimate.shape[1] == 2 + 2 * 4  # the anchors have no errors
    assert unbiased(study, 0.15)
    assert covers(study)  # 400 × 10 estimates: an error of .004
    assert told_right(study, 0.1)


# ---- a model that does not hold ----------------------------------------------------------------------


def test_the_sandwich_covers_where_the_model_is_wrong() -> None:
    """With abilities of heavy tails the sandwich's intervals for the variance of θ cover; cross-products' do not."""
    items = one_block(15)
    truth = Items.create(ids=items.ids, a=np.ones(15), b=items.b, models=["Rasch"] * 15)

    def heavy(n_persons: int, seed: int) -> Responses:
        rng = np.random.default_rng([seed, 9])
        far = rng.random(n_persons) < 0.15
        theta = np.where(far, rng.normal(0, 2.5, n_persons), rng.normal(0, 0.6, n_persons))[:, None]
        return simulate_responses(truth, Abilities(blocks=theta, competencies=theta), seed=seed)

    # What the estimate goes to: 400 times the persons know it to a twentieth of an SE.
    limit = calibrate(heavy(200_000, 999), "Rasch", standard_errors=None).items.population

    def one(kind: str) -> Callable[[int], Quantities]:
        return lambda seed: latent_variance(calibrate(heavy(500, seed), "Rasch", standard_errors=kind), limit)

    sandwich, crossprod = (repeated(one(kind), 400) for kind in ("sandwich", "crossprod"))
    # One quantity, so the error is √(.05 · .95 / 400) = .011: the band of 93 to 97 % and two of them, for the
    # estimate of a fourth moment is skewed at 500 persons.
    assert 0.93 - 2 * 0.011 < sandwich.coverage.value < 0.97 + 2 * 0.011
    assert crossprod.coverage.value < 0.93 - 4 * 0.011  # observed: .82
    assert abs(sandwich.variance_ratio.value - 1) < 4 * sandwich.variance_ratio.error
    assert crossprod.variance_ratio.value > 1.5  # observed: 2.2
