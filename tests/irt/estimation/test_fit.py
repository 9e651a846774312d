"""A fit: an E-step, its domains and its bounds."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Grid, log_likelihood
from compassess.irt.estimation.em import em_step
from irt.builders import answers, house, items_in
from irt.estimation.cases import CASES, PLAIN, Case
from irt.fits import around


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_step_of_em_goes_up(case: Case) -> None:
    """From anywhere, whatever is free: the objective does not fall, and φ stays inside."""
    fit, phi = case.somewhere()
    value = fit.evaluation(phi).value
    for _ in range(4):
        phi = em_step(fit, fit.evaluation(phi))
        assert fit.feasible(phi)
        following = fit.evaluation(phi).value
        # M-steps take the density for its masses: 1e-6 of a few hundred where abilities spread.
        assert following >= value - 1e-6 * abs(value)
        value = following


def test_the_objective_is_the_marginal_likelihood() -> None:
    """Around known items an E-step gives what known items give."""
    items = items_in(house(2, 2, loading=0.7), 3, 3)
    responses = answers(items, 100)
    fit, phi = around(items, responses, nodes=41)
    expected = log_likelihood(responses, items, nodes=41, limit=6.0).sum()
    assert fit.evaluation(phi).log_likelihood == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if "weights" in case.name or case in PLAIN], ids=str)
def test_expectations_add_up(case: Case) -> None:
    """Expected answers are as many as there are, expected persons as many as stand behind the rows."""
    fit, phi = case.somewhere()
    here = fit.evaluation(phi)
    for design, expected in zip(fit.designs, here.by_group, strict=True):
        assert expected.joint.sum() == pytest.approx(design.total, rel=1e-10)
        answered = np.zeros(fit.layout.n_rows)
        frequency = np.ones(design.n_persons) if design.frequency is None else design.frequency
        for carrier, rows in enumerate(fit.layout.carrier_rows):
            answered[rows] = frequency @ design.indicators(slice(0, design.n_persons), carrier)
        np.testing.assert_allclose(expected.counts.sum(axis=1), answered, rtol=1e-9)


def test_what_lies_outside_a_domain_is_not_feasible() -> None:
    """Crossed thresholds, λ beyond its bound, a singular R, and what is no number."""
    items = items_in(house(2, 2, loading=0.7), 3, 3)
    fit, phi = around(items, answers(items, 50), free_loadings=("b0c0",), nodes=21)
    assert fit.feasible(phi)
    space = fit.space
    crossed = phi.copy()
    crossed[space.forms[0].places[0, 1:3]] = crossed[space.forms[0].places[0, [2, 1]]]
    beyond = phi.copy()
    beyond[space.loading_places] = fit.bound + 1e-6
    singular = phi.copy()
    singular[space.covariance_places(0)] = 1.0
    nowhere = phi.copy()
    nowhere[0] = np.nan
    for point in (crossed, beyond, singular, nowhere):
        assert not fit.feasible(point)
    np.testing.assert_array_equal(fit.within_bounds(phi), phi)
    back = fit.within_bounds(beyond)
    assert back[space.loading_places] == fit.bound
    assert fit.feasible(back)


def test_the_bound_of_a_loading_is_that_of_the_spacing() -> None:
    """√(1 − (h / 1.5)²); on very coarse grids one half."""
    items = items_in(house(1, 3), 2)
    fit, _ = around(items, answers(items, 30), nodes=61)
    assert fit.bound == pytest.approx(np.sqrt(1 - (0.2 / 1.5) ** 2))
    assert fit.on(Grid.create(5)).bound == 0.5


def test_some_of_the_persons_are_as_many_of_each_group() -> None:
    """Every third row, with its frequency."""
    case = next(case for case in CASES if case.name == "weights and groups")
    fit, phi = case.somewhere()
    some = fit.thinned(3)
    assert [design.n_persons for design in some.designs] == [20, 20]
    for few, all_ in zip(some.designs, fit.designs, strict=True):
        assert few.frequency is not None
        assert all_.frequency is not None
        np.testing.assert_array_equal(few.frequency, all_.frequency[::3])
    assert np.isfinite(some.evaluation(phi).value)
