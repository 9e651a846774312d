"""Five models in one calibration, and the observed information against plain second differences."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Items, calibrate
from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt import fits
from irt.builders import answers

MODELS = {"i0": "2PL", "i1": "2PL", "i2": "3PL", "i3": "GRM", "i4": "NRM", "i5": "PCM", "i6": "PCM"}
NAN = np.nan


def mixed_items() -> Items:
    """Seven items of five models in one dimension."""
    blank = np.full((7, 3), NAN)
    slopes, intercepts = blank.copy(), blank.copy()
    slopes[4], intercepts[4] = [-1.0, 0.2, 0.8], [-0.3, 0.5, -0.2]
    return Items.create(
        ids=list(MODELS),
        models=list(MODELS.values()),
        n_categories=[2, 2, 2, 3, 3, 3, 3],
        a=[1.2, 0.8, 1.5, 1.4, NAN, 1.0, 1.0],
        b=[[0.2], [-0.7], [0.1], [-0.8, 0.9], [NAN, NAN], [-0.5, 0.4], [0.3, -0.2]],
        c=[0, 0, 0.2, 0, 0, 0, 0],
        slopes=slopes,
        intercepts=intercepts,
    )


@pytest.fixture(scope="module")
def responses() -> Responses:
    """Answers of 800 persons."""
    return answers(mixed_items(), 800)


def test_a_mixed_test_converges(responses: Responses) -> None:
    """Every item gets the parameters of its own model, with errors, near what was simulated."""
    fit, truth = calibrate(responses, MODELS, standard_errors="oakes"), mixed_items()
    errors = fit.standard_errors
    assert fit.converged, fit.status
    assert errors is not None
    # The slopes of PCM are 1; those of others are free, so that the variance of θ is 1.
    assert fit.n_parameters == 2 + 2 + 3 + 3 + 4 + 2 + 2
    np.testing.assert_array_equal(fit.latent_covariance, [[[1.0]]])
    for mine, true, error in (
        (fit.items.a, truth.a, errors.a),
        (fit.items.b, truth.b, errors.b),
        (fit.items.slopes, truth.slopes, errors.slopes),
        (fit.items.intercepts, truth.intercepts, errors.intercepts),
    ):
        told = np.isfinite(error)
        assert told.any()
        assert np.all(np.abs(mine[told] - true[told]) < 4 * error[told])
    np.testing.assert_array_equal(fit.items.a[5:], 1.0)
    assert np.isnan(errors.a[4:]).all()


def laid_out(responses: Responses, model: str | dict[str, str], n_groups: int) -> tuple[Fit, Floats]:
    """A fit at its starting values, moved a little by every step of EM that it takes to settle."""
    labels = None if n_groups == 1 else [row % n_groups for row in range(responses.n_persons)]
    fit, phi = fits.laid_out(responses, model, groups=labels, nodes=31)
    for _ in range(5):
        phi = em_step(fit, fit.evaluation(phi))
    return fit, phi


@pytest.mark.parametrize(
    ("model", "n_groups"),
    [(MODELS, 1), (MODELS, 2), ("PCM", 1), ("RSM", 1), ("RSM", 2)],
    ids=["mixed", "mixed in two groups", "PCM", "RSM", "RSM in two groups"],
)
def test_observed_information_is_minus_the_second_derivative(
    responses: Responses, model: str | dict[str, str], n_groups: int
) -> None:
    """On a tiny data set it is what second differences of log L + log prior give, off the maximum too."""
    few = responses.select_persons(slice(0, 30))
    if isinstance(model, str):
        few = few.select_items(["i3", "i4", "i5", "i6"])
    fit, phi = laid_out(few, model, n_groups)

    def value(moves: Floats) -> float:
        return fit.evaluation(phi + moves).value

    n, step = phi.size, 1e-3
    unit = step * np.eye(n)
    slope = np.array([(value(unit[i]) - value(-unit[i])) / (2 * step) for i in range(n)])
    np.testing.assert_allclose(gradient(fit, fit.evaluation(phi)), slope, rtol=1e-4, atol=1e-3)
    expected = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            corners = (
                value(unit[i] + unit[j])
                - value(unit[i] - unit[j])
                - value(unit[j] - unit[i])
                + value(-unit[i] - unit[j])
            )
            expected[i, j] = expected[j, i] = -corners / (4 * step**2)
    found = observed_information(fit, phi)
    # Rounding: 1e-13 of a log-likelihood of 200 over 4e-6; truncation: step² times fourth derivatives.
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)
