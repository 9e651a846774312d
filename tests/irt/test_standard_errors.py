"""Standard errors: the information inverted and carried to the IRT metric."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Items, Population, calibrate, log_likelihood
from compassess.irt.estimation.crossproducts import crossproduct_information
from compassess.irt.estimation.parameter_errors import Labels, inverse_information, parameter_errors
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.fits import around, laid_out


def numeric_errors(items: Items, responses: Responses) -> Floats:
    """Errors of (a, b) from person by person finite differences in (a, b) itself: no delta method."""
    point = np.column_stack([items.a, items.b])
    scores, step = [], 1e-5
    for j, p in np.ndindex(*point.shape):
        values = []
        for sign in (1, -1):
            moved = point.copy()
            moved[j, p] += sign * step
            other = Items.create(ids=items.ids, models=items.models, a=moved[:, 0], b=moved[:, 1:])
            values.append(log_likelihood(responses, other))
        scores.append((values[0] - values[1]) / (2 * step))
    by_person = np.array(scores)
    return np.sqrt(np.diag(np.linalg.inv(by_person @ by_person.T))).reshape(point.shape)


@pytest.mark.parametrize("k", [2, 3])
def test_errors_in_the_irt_metric_are_those_of_its_own_derivatives(k: int) -> None:
    """The delta method gives what the information of (a, b), taken numerically, gives."""
    items = one_block(4, k)
    responses = answers(items, 300)
    fit = calibrate(responses, "GRM")
    assert fit.standard_errors is not None
    expected = numeric_errors(fit.items, responses)
    np.testing.assert_allclose(fit.standard_errors.a, expected[:, 0], rtol=1e-4)
    np.testing.assert_allclose(fit.standard_errors.b, expected[:, 1:], rtol=1e-4)


def test_errors_shrink_with_the_root_of_the_persons() -> None:
    """Four times the same persons: half the errors, to the last digits."""
    responses = answers(one_block(5), 200)
    fourfold = responses.select_persons(np.tile(np.arange(200), 4))
    once, four = (calibrate(one, tolerance=1e-8).standard_errors for one in (responses, fourfold))
    assert once is not None
    assert four is not None
    np.testing.assert_allclose(four.a, once.a / 2, rtol=1e-5)
    np.testing.assert_allclose(four.b, once.b / 2, rtol=1e-5)


def test_every_estimate_has_an_error() -> None:
    """Items, R and λ of the model of the house; NaN on R's diagonal, which is fixed."""
    items = items_in(house(loading=0.7), 4, 3)
    blocks, competencies = places(items)
    fit = calibrate(answers(items, 1000), "GRM", blocks=blocks, competencies=competencies, nodes=31)
    errors = fit.standard_errors
    assert errors is not None
    assert np.all(np.isfinite(errors.a))
    assert np.all(np.isfinite(errors.b))
    assert np.all((errors.loadings > 0.01) & (errors.loadings < 0.2))
    assert np.isnan(np.diag(errors.correlation)).all()
    assert errors.correlation[0, 1] == errors.correlation[1, 0]
    assert 0.01 < errors.correlation[0, 1] < 0.2


def test_an_undetermined_parameter_has_no_error_and_hurts_no_other() -> None:
    """Where the information says nothing of one parameter its error is NaN; the others keep theirs."""
    fit, phi = laid_out(answers(one_block(2), 50))
    labels = Labels(n_items=2, item_of_variant=("i0", "i1"), group_of_variant=("", ""), groups=("all",))
    full = np.array([[40.0, 5, 1, 2], [5, 30, 2, 1], [1, 2, 50, 4], [2, 1, 4, 20]])
    category_of = np.tile([0, 1], (2, 1))
    first = parameter_errors(inverse_information(full), fit, phi, category_of, labels)
    extended = np.zeros((4, 4))
    extended[:2, :2] = full[:2, :2]  # nothing is known of the second item
    second = parameter_errors(inverse_information(extended), fit, phi, category_of, labels)
    assert np.all(np.isfinite(first.a))
    assert np.isfinite(second.a).tolist() == [True, False]
    alone = np.linalg.inv(full[:2, :2])
    assert second.a[0] == pytest.approx(np.sqrt(alone[0, 0]))


@pytest.mark.parametrize("n_blocks", [1, 2])
def test_scores_of_a_groups_moments_are_derivatives(n_blocks: int) -> None:
    """With free moments the scores of means and covariances are what finite differences give."""
    blocks = [f"b{j}" for j in range(n_blocks)]
    correlation = np.eye(n_blocks) + 0.4 * (1 - np.eye(n_blocks))
    sd, mean = np.array([0.8, 1.1])[:n_blocks], np.array([0.3, -0.2])[:n_blocks]

    def population(values: Floats) -> Population:
        covariance = np.zeros((n_blocks, n_blocks))
        covariance[np.tril_indices(n_blocks)] = values[n_blocks:]
        covariance = covariance + np.tril(covariance, -1).T
        scale = np.sqrt(np.diag(covariance))
        return Population.create(
            blocks,
            correlation=covariance / np.outer(scale, scale),
            mean=values[:n_blocks],
            standard_deviation=scale,
        )

    covariance = correlation * np.outer(sd, sd)
    point = np.concatenate([mean, covariance[np.tril_indices(n_blocks)]])
    items = items_in(population(point), 2, 3)
    responses = answers(items, 6)
    information = crossproduct_information(*around(items, responses, free_moments=True))
    found = information[-point.size :, -point.size :]
    scores, step = np.empty((6, point.size)), 1e-5
    for p in range(point.size):
        values = []
        for sign in (1, -1):
            moved = point.copy()
            moved[p] += sign * step
            other = Items.create(
                ids=items.ids,
                a=items.a,
                b=items.b,
                competencies=items.competencies,
                population=population(moved),
            )
            values.append(log_likelihood(responses, other))
        scores[:, p] = (values[0] - values[1]) / (2 * step)
    np.testing.assert_allclose(found, scores.T @ scores, rtol=1e-4, atol=1e-6)
