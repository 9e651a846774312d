"""Data that lead fits astray: steep items, one threshold that differs, a competency that is its block."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import calibrate, log_likelihood
from compassess.irt.models import Floats
from compassess.responses import Responses


def steep_answers(slope: float, n_persons: int = 1000) -> Responses:
    """Four items of one slope; at 8 an item turns within half a unit of θ."""
    rng = np.random.default_rng(1)
    theta = rng.normal(size=n_persons)
    chance = 1 / (1 + np.exp(-slope * (theta[:, None] - np.array([-1.0, -0.33, 0.21, 0.83]))))
    return Responses.from_array((rng.random(chance.shape) < chance).astype(int), items=list("abcd"))


def graded_answers(shift: float, seed: int) -> tuple[Responses, list[str]]:
    """Five items of five categories, 300 persons in each of two groups, the second lower by ``shift``."""
    rng = np.random.default_rng(seed)
    theta = np.concatenate([rng.normal(0, 1, 300), rng.normal(-shift, 1, 300)])
    places = np.array([-1, -0.5, 0.3, 0.8])
    codes = [
        (theta[:, None] + rng.logistic(size=(600, 1)) / 1.3 > places + move).sum(axis=1)
        for move in (0, 0.3, -0.3, 0.6, 0.0)
    ]
    return Responses.from_array(np.stack(codes, axis=1), items=list("vwxyz")), ["A"] * 300 + ["B"] * 300


def test_steep_items_get_nodes_that_follow_them() -> None:
    """Slopes of 8 are told from steps: estimates are those of sixteen times as many nodes, and so is the height."""
    responses = steep_answers(8.0)
    fit = calibrate(responses, standard_errors=None)
    fine = calibrate(responses, standard_errors=None, nodes=961)
    assert fit.n_nodes > 61
    bounded = fine.items.a < 50  # one of the four runs off on any nodes
    assert bounded.sum() == 3
    # h a = .044 · 14 = .6 of the steepest of them: sums are good to far more than 1e-3 there.
    np.testing.assert_allclose(fit.items.a[bounded], fine.items.a[bounded], rtol=5e-3)
    assert fit.log_likelihood == pytest.approx(fine.log_likelihood, abs=0.02)


def test_what_runs_off_is_told_by_the_status() -> None:
    """Two items that are one drive both slopes up; the status of the fit says so, and what hangs on the nodes."""
    responses = steep_answers(2.0, 300)
    codes = responses.codes().copy()
    fit = calibrate(Responses.from_array(np.column_stack([codes, codes[:, 3]])), standard_errors=None)
    assert "extreme_slope" in fit.items.status
    assert "steeper than the nodes follow" in fit.status


@pytest.mark.parametrize("freed", [["b1"], ["b2"], ["b4"], ["a", "b2"], ["a"], ["b"]], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_one_threshold_may_differ_however_far_the_groups_are_apart(freed: list[str], seed: int) -> None:
    """A fit with a part of an item freed lies between those with nothing and with all of it freed."""
    responses, groups = graded_answers(1.5, seed)
    options = {"model": "GRM", "groups": groups, "standard_errors": None}
    none, part, all_ = (
        calibrate(responses, freed=what, **options)  # type: ignore[arg-type]
        for what in ((), {"v": freed}, ["v"])
    )
    assert part.converged, part.status
    # Heights are those a step of 1e-4 before the maximum.
    assert none.log_likelihood - 1e-4 <= part.log_likelihood <= all_.log_likelihood + 1e-4


@pytest.mark.parametrize("seed", range(4))
def test_a_tie_of_middle_thresholds_finds_a_start(seed: int) -> None:
    """Thresholds of items with different places are tied: the start is put in order, and the fit goes up from it."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=300)
    places = [np.sort(rng.normal(0, 1, 3)) for _ in range(5)]
    codes = [(1.2 * theta[:, None] + rng.logistic(size=(300, 1)) > place).sum(axis=1) for place in places]
    responses = Responses.from_array(np.stack(codes, axis=1), items=[f"y{j}" for j in range(5)])
    fit = calibrate(responses, "GRM", equal=[("b2", ["y0", "y1"])], standard_errors=None)
    free = calibrate(responses, "GRM", standard_errors=None)
    assert np.isfinite(fit.log_likelihood)
    assert fit.log_likelihood <= free.log_likelihood + 1e-4
    assert fit.items.b[0, 1] == fit.items.b[1, 1]
    assert np.all(np.diff(fit.items.b, axis=1) > 0)


def competencies_of_one_block(seed: int) -> tuple[Responses, dict[str, str]]:
    """Three competencies of five items; the first is the block itself."""
    rng = np.random.default_rng(seed)
    block, columns, homes = rng.normal(size=1000), {}, {}
    for name, loading in zip("ABC", (1.0, 0.6, 0.7), strict=True):
        theta = loading * block + np.sqrt(1 - loading**2) * rng.normal(size=1000)
        for j in range(5):
            homes[f"{name}{j}"] = name
            right = rng.random(1000) < 1 / (1 + np.exp(-1.5 * (theta - rng.normal())))
            columns[f"{name}{j}"] = right.astype(int)
    table: Floats = np.column_stack(list(columns.values()))
    return Responses.from_array(table, items=list(columns)), homes


@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_loading_near_its_bound_takes_no_error_from_others(kind: str, seed: int) -> None:
    """λ at its bound has no error; all other estimates have one of a sensible size, by every kind."""
    responses, homes = competencies_of_one_block(seed)
    fit = calibrate(responses, competencies=homes, standard_errors=kind)
    errors = fit.standard_errors
    assert errors is not None
    at_bound = "at the bound" in fit.status
    assert at_bound == bool(np.isnan(errors.loadings[0]))
    # 1,000 answers to an item tell its slope to between .05 and .5.
    assert np.all((errors.a > 0.05) & (errors.a < 0.6))
    assert np.all((errors.loadings[1:] > 0.02) & (errors.loadings[1:] < 0.1))


def test_ties_that_contradict_each_other_are_refused() -> None:
    """b1 tied to a high item's and b2 to a low item's leave no order; the remedy is a start that has one."""
    rng = np.random.default_rng(2)
    theta = rng.normal(size=500)
    high, low, middle = [1.5, 2.0], [-2.0, -1.5], [-0.3, 0.3]
    codes = [
        (1.5 * (theta[:, None] - np.array(place)) + rng.logistic(size=(500, 1)) > 0).sum(axis=1)
        for place in (high, low, middle, middle)
    ]
    responses = Responses.from_array(np.stack(codes, axis=1), items=["high", "low", "x", "y"])
    ties = [("b1", ["high", "x"]), ("b2", ["low", "x"])]
    with pytest.raises(InputError, match="contradict each other"):
        calibrate(responses, "GRM", equal=ties)


def test_the_height_of_a_refined_fit_is_that_of_its_own_items() -> None:
    """What is reported is what the items are worth on the fit's nodes, after any refinement."""
    responses = steep_answers(5.0)
    fit = calibrate(responses, standard_errors=None)
    worth = log_likelihood(responses, fit.items, nodes=fit.n_nodes, limit=fit.limit).sum()
    # The height is told a step of 1e-4 before the maximum.
    assert fit.log_likelihood == pytest.approx(worth, abs=1e-4)


@pytest.mark.parametrize("name", ["tolerance", "max_iterations"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_fit_that_could_not_end_is_refused(name: str, value: float) -> None:
    """Tolerances and numbers of steps are positive numbers."""
    with pytest.raises(InputError, match=name):
        calibrate(steep_answers(1.0, 50), **{name: value})  # type: ignore[arg-type]
