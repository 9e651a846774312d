"""Where a search starts changes how long it takes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Calibration, Items, calibrate
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import answered, mixed_items

BLOCKS, COMPETENCIES = places(items_in(house(loading=0.7), 4, 3))
SETTINGS: dict[str, tuple[Items, dict[str, Any]]] = {
    "2PL": (one_block(8), {"model": "2PL"}),
    "GRM": (one_block(6, 4), {"model": "GRM"}),
    "mixed": (mixed_items(), {"model": dict(zip(mixed_items().ids, mixed_items().models, strict=True))}),
    "competencies": (
        items_in(house(loading=0.7), 4, 3),
        {"model": "GRM", "blocks": BLOCKS, "competencies": COMPETENCIES, "nodes": 25},
    ),
}


@pytest.fixture(scope="module", params=SETTINGS)
def found(request: pytest.FixtureRequest) -> tuple[Responses, dict[str, Any], Calibration]:
    """Answers, options, and the calibration from the house's own start."""
    items, options = SETTINGS[request.param]
    responses = answered(items, 500)
    options = {"standard_errors": None, "tolerance": 1e-6} | options
    return responses, options, calibrate(responses, **options)


def assert_same_maximum(one: Calibration, other: Calibration) -> None:
    """The same height and place."""
    assert one.converged, one.status
    # Both stop within 1e-6 SE of the maximum; asymptotes are flat.
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    for name in ("a", "b", "slopes", "intercepts"):
        np.testing.assert_allclose(getattr(one.items, name), getattr(other.items, name), rtol=0, atol=2e-4)


def test_from_its_own_end_a_fit_is_over_soon(
    found: tuple[Responses, dict[str, Any], Calibration],
) -> None:
    """The same maximum, in fewer E-steps."""
    responses, options, cold = found
    warm = calibrate(responses, start=cold.items, **options)
    assert_same_maximum(warm, cold)
    assert warm.n_iterations < cold.n_iterations


def test_from_far_away_the_same_maximum_is_reached(
    found: tuple[Responses, dict[str, Any], Calibration],
) -> None:
    """Slopes three times too steep and thresholds off by one."""
    responses, options, cold = found
    items = cold.items
    unit = np.array([model in ("PCM", "RSM", "Rasch") for model in items.models])
    far = replace(items, a=np.where(unit, items.a, 3 * items.a), b=items.b + 1.0)
    assert_same_maximum(calibrate(responses, start=far, **options), cold)


def test_a_start_may_know_some_items_only() -> None:
    """Items that it does not know start as they would; others of another model or shape as well."""
    items = one_block(6, 3)
    responses = answers(items, 400)
    cold = calibrate(responses, "GRM", tolerance=1e-6)
    some = cold.items.select(["i1", "i3"])
    other = Items.create(ids=["i0", "i2"], a=[1.0, 1.0], b=[[0.0], [0.0]], models=["2PL", "2PL"])
    for start in (some, other):
        warm = calibrate(responses, "GRM", start=start, tolerance=1e-6)
        assert warm.log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-6)


def test_a_start_is_no_constraint() -> None:
    """Nothing of it is kept: the items are estimated, and the population is N(0, 1)."""
    items = one_block(6, 3)
    fit = calibrate(answers(items, 400), "GRM", start=items)
    assert fit.n_parameters == 18
    assert "fixed" not in fit.items.status
    assert np.all(fit.items.a != items.a)
    assert fit.latent_mean[0, 0] == 0.0


def test_loadings_can_be_given_for_some(found: tuple[Responses, dict[str, Any], Calibration]) -> None:
    """λ by name: those stay, the others are estimated, and only those are counted."""
    responses, options, cold = found
    if "competencies" not in options:
        return
    fit = calibrate(responses, loadings={"b0c0": 0.5, "b1c1": 1.0}, **options)
    assert fit.loadings["b0c0"] == 0.5
    assert fit.loadings["b1c1"] == 1.0
    assert fit.loadings["b0c1"] not in (0.5, 1.0)
    assert fit.n_parameters == cold.n_parameters - 2
    assert fit.log_likelihood < cold.log_likelihood
    at_the_maximum = calibrate(responses, loadings={"b0c0": cold.loadings["b0c0"]}, **options)
    assert at_the_maximum.log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-5)
    assert at_the_maximum.loadings["b1c0"] == pytest.approx(cold.loadings["b1c0"], abs=1e-3)


def test_loadings_of_nobody_are_refused(found: tuple[Responses, dict[str, Any], Calibration]) -> None:
    """Unknown competencies, and numbers that are no loading, each with its place."""
    responses, options, _ = found
    if "competencies" not in options:
        return
    with pytest.raises(InputError, match=r"loadings\['zz'\]: no such competency"):
        calibrate(responses, loadings={"zz": 0.5}, **options)
    with pytest.raises(InputError) as caught:
        calibrate(responses, loadings={"b0c0": 1.5, "b0c1": float("nan")}, **options)
    assert [problem.where for problem in caught.value.problems] == ["loadings['b0c0']", "loadings['b0c1']"]
