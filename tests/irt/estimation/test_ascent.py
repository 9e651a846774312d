"""Quasi-Newton steps: up, within bounds, no more than were asked for, and honest about their end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compassess.irt import Population
from compassess.irt.estimation.ascent import Ascent, ascended, noise_distance
from compassess.irt.estimation.curvature import Curvature, DenseCurvature
from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.estimation.information import complete_information, missing_information
from compassess.irt.models import Floats
from irt.builders import items_in, one_block
from irt.estimation.cases import CASES, Case, case_of

SETTINGS: dict[str, Case] = {
    "2PL": Case("2PL", 16, case_of(one_block(8), "2PL", 300)),
    "GRM": Case("GRM", 18, case_of(one_block(6, 3), "GRM", 300)),
    "groups": Case("groups", 14, case_of(one_block(6), "2PL", 300, groups=["a", "b"] * 150)),
    "fixed": Case(
        "fixed", 14, case_of(one_block(6, 3), "GRM", 300, fixed=one_block(6, 3).select(["i0", "i1"]))
    ),
    "ties": Case("ties", 11, case_of(one_block(6), "2PL", 300, equal=[("a", ["i0", "i1"])])),
}
EVERY = pytest.mark.parametrize("name", SETTINGS)


def prepared(case: Case) -> tuple[Fit, Floats, Curvature]:
    """A fit after a step of EM, with the information there."""
    fit, phi = case.make()
    here = fit.evaluation(em_step(fit, fit.evaluation(phi)))
    return fit, here.phi, information(fit, here.phi)


def information(fit: Fit, phi: Floats) -> DenseCurvature:
    """Complete less missing, as much as leaves it positive."""
    complete, missing = (
        complete_information(fit, fit.evaluation(phi)).toarray(),
        missing_information(fit, phi),
    )
    while np.linalg.eigvalsh(complete - missing)[0] <= 0:
        missing *= 0.5
    return DenseCurvature(complete - missing)


def climbed(fit: Fit, phi: Floats, curvature: Curvature, **options: Any) -> tuple[Ascent, list[float]]:
    """An ascent, and the objective that it told after every step."""
    told: list[float] = []
    options = {"tolerance": 1e-6, "max_steps": 200} | options
    end = ascended(
        fit, fit.evaluation(phi), curvature, progress=lambda _n, value, _c: told.append(value), **options
    )
    return end, told


@EVERY
def test_it_ends_where_the_gradient_is_zero(name: str) -> None:
    """Converged: nothing is left of the slope, and no step of EM moves anything."""
    fit, phi, curvature = prepared(SETTINGS[name])
    end, _ = climbed(fit, phi, curvature)
    assert end.converged
    assert not end.stalled
    assert end.distance <= 1e-4
    here = fit.evaluation(end.point)
    # A distance of 1e-6 SE times a root of the information of up to 30.
    np.testing.assert_allclose(gradient(fit, here), 0.0, atol=1e-3)
    np.testing.assert_allclose(em_step(fit, here), end.point, rtol=0, atol=1e-4)


@EVERY
def test_it_never_goes_down(name: str) -> None:
    """Each point that it keeps is as high as the one before, but for rounding."""
    fit, phi, curvature = prepared(SETTINGS[name])
    _, told = climbed(fit, phi, curvature)
    assert len(told) > 2
    assert np.all(np.diff(told) >= -1e-11 * abs(told[0]))


@pytest.mark.parametrize("times", [0.02, 50.0], ids=["too flat", "too sharp"])
@EVERY
def test_a_wrong_information_costs_steps_and_nothing_else(name: str, times: float) -> None:
    """Fifty times too flat or too sharp: steps are halved, or short, and corrected on the way."""
    fit, phi, curvature = prepared(SETTINGS[name])
    right, _ = climbed(fit, phi, curvature)
    assert isinstance(curvature, DenseCurvature)
    wrong, told = climbed(fit, phi, DenseCurvature(times * curvature.matrix))
    assert np.all(np.diff(told) >= -1e-11 * abs(told[0]))
    assert wrong.evaluation.value == pytest.approx(right.evaluation.value, abs=1e-5) or wrong.stalled
    assert wrong.n_steps >= right.n_steps


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_no_more_steps_are_taken_than_were_asked_for(most: int) -> None:
    """Out of steps is neither converged nor stalled; what is told is the last point that was kept."""
    fit, phi, curvature = prepared(SETTINGS["2PL"])
    end, told = climbed(fit, phi, curvature, max_steps=most, tolerance=1e-12)
    assert end.n_steps <= most
    assert not end.converged
    assert not end.stalled
    assert end.evaluation.value == told[-1]
    np.testing.assert_array_equal(end.point, end.evaluation.phi)


def test_where_no_step_goes_up_it_stalls() -> None:
    """An information of the wrong sign points down: told as stalled, at the point where it began."""
    fit, phi, curvature = prepared(SETTINGS["2PL"])
    assert isinstance(curvature, DenseCurvature)
    end, _ = climbed(fit, phi, DenseCurvature(-curvature.matrix))
    assert end.stalled
    assert not end.converged
    np.testing.assert_array_equal(end.evaluation.phi, phi)
    np.testing.assert_array_equal(end.point, phi)


def test_a_loading_stops_at_its_bound() -> None:
    """A competency that is its block: λ goes to the bound of the grid, is held there, and the rest goes on."""
    layer = dict.fromkeys("cde", "x")
    people = Population.create(("x",), competencies=layer, loadings={"c": 1.0, "d": 0.5, "e": 0.5})
    items = items_in(people, 4, 3)
    fit, phi = case_of(items, "GRM", 400, layered=True, nodes=25)()
    for _ in range(10):
        phi = em_step(fit, fit.evaluation(phi))
    end, told = climbed(fit, phi, information(fit, phi))
    assert end.converged
    assert np.all(np.diff(told) >= -1e-11 * abs(told[0]))
    loadings = fit.space.loadings(end.point)
    assert np.all(np.abs(loadings) <= fit.bound)
    slope = gradient(fit, fit.evaluation(end.point))
    held = np.abs(loadings) >= fit.bound - 1e-12
    assert held.any()
    pull = slope[fit.space.loading_places][held] * loadings[held]
    assert np.all(pull > 0)  # the likelihood would push it further
    slope[fit.space.loading_places][held] = 0.0
    free = np.delete(slope, np.arange(phi.size)[fit.space.loading_places][held])
    np.testing.assert_allclose(free, 0.0, atol=1e-3)


def test_in_single_precision_it_stops_at_its_noise() -> None:
    """float32 carries an ascent to where steps no longer halve the distance, close to the maximum."""
    fit, phi, curvature = prepared(SETTINGS["GRM"])
    exact, _ = climbed(fit, phi, curvature)
    noise = noise_distance(exact.evaluation.value, np.float32)
    assert 0.001 < noise < 0.1  # 1e-7 of 1700: a gain of 2e-4
    start = fit.evaluation(phi, np.float32)
    rough = ascended(fit, start, curvature, tolerance=1e-6, noise=noise, max_steps=100, dtype=np.float32)
    assert rough.converged or rough.stalled
    assert rough.n_steps < 60
    # In standard errors of about .1, a few times the noise.
    np.testing.assert_allclose(rough.evaluation.phi, exact.point, rtol=0, atol=0.05)


@pytest.mark.parametrize("case", [case for case in CASES if "competencies" not in case.name], ids=str)
def test_steps_from_anywhere_go_up(case: Case) -> None:
    """Three steps, whatever is free: the objective rises and φ stays inside every domain."""
    fit, phi = case.somewhere()
    end, told = climbed(fit, phi, information(fit, phi), max_steps=6)
    assert told[-1] > told[0]
    assert fit.feasible(end.evaluation.phi)
