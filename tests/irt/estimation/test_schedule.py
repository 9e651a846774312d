"""From rough to fine: shortcuts on the way do not move the end."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import (
    Calibration,
    Items,
    Population,
    calibrate,
    log_likelihood,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.schedule import solved
from compassess.irt.estimation.squarem import FixedPoint, accelerated
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import BIG, Case
from irt.fits import laid_out


def by_plain_em(fit: Fit, start: Floats) -> FixedPoint:
    """EM with squared extrapolation on the fit's own grid, on everybody, in float64."""

    def step(phi: Floats) -> tuple[Floats, float]:
        here = fit.evaluation(phi)
        return em_step(fit, here), here.value

    return accelerated(step, fit.feasible, start, tolerance=1e-8, max_steps=3000)


@pytest.mark.parametrize("case", BIG, ids=str)
def test_the_end_is_that_of_em(case: Case) -> None:
    """Whatever is free: the same height and the same place, in fewer E-steps."""
    fit, start = case.make()
    end = solved(fit, start, tolerance=1e-6, max_iterations=300, refine=False, rarest=10**6)
    plain = by_plain_em(fit, start)
    assert end.converged
    assert plain.converged
    assert end.value == pytest.approx(plain.value, abs=1e-6)
    # EM at 1e-8 a step, some hundred of which are left; masses that end at ±6 for a density that does not.
    np.testing.assert_allclose(end.phi, plain.point, rtol=0, atol=1e-4)
    assert end.n_steps < plain.n_steps


def test_a_part_of_the_persons_decides_nothing() -> None:
    """With 9,000 persons the first steps look at a quarter of them, on fewer nodes: the end is EM's."""
    items = one_block(8, 3)
    fit, start = laid_out(answers(items, 9000), "GRM")
    end = solved(fit, start, tolerance=1e-6, max_iterations=300, refine=False, rarest=10**6)
    rare = solved(fit, start, tolerance=1e-6, max_iterations=300, refine=False, rarest=1)
    plain = by_plain_em(fit, start)
    for found in (end, rare):
        assert found.value == pytest.approx(plain.value, abs=1e-6)
        np.testing.assert_allclose(found.phi, plain.point, rtol=0, atol=1e-5)


def test_single_precision_decides_nothing() -> None:
    """What is reported is what known items on the same nodes give in float64, to ten digits."""
    for items, model in ((one_block(10), "2PL"), (items_in(house(2, 2, loading=0.7), 4, 3), "GRM")):
        blocks, competencies = places(items)
        options = {} if model == "2PL" else {"blocks": blocks, "competencies": competencies, "nodes": 31}
        responses = answers(items, 600)
        fit = calibrate(responses, model, standard_errors=None, **options)
        total = log_likelihood(responses, fit.items, nodes=fit.n_nodes, limit=fit.limit).sum()
        # The height told is that of the last E-step, within 1e-4 SE: ½ d² is 1e-8.
        assert fit.log_likelihood == pytest.approx(total, rel=1e-9)


def sharp(n_items: int = 300, n_persons: int = 700) -> tuple[Items, Responses]:
    """A long test of steep items."""
    rng = np.random.default_rng(3)
    items = Items.create(
        ids=[f"i{j}" for j in range(n_items)],
        a=rng.uniform(1.5, 3.0, n_items),
        b=rng.normal(0, 1, (n_items, 1)),
    )
    return items, answers(items, n_persons)


@pytest.fixture(scope="module")
def long_test() -> tuple[Items, Responses, Calibration]:
    """300 steep items, 700 persons, by default."""
    items, responses = sharp()
    return items, responses, calibrate(responses)


def test_a_long_test_gets_the_nodes_it_needs(long_test: tuple[Items, Responses, Calibration]) -> None:
    """Its posteriors have an SD of .06: more than 61 nodes, an error of nothing, and no complaint."""
    _, _, fit = long_test
    assert fit.converged, fit.status
    assert fit.n_nodes > 100
    assert fit.quadrature_error < 0.02
    assert "nodes" not in fit.status


def test_a_long_test_on_many_nodes_is_the_same(long_test: tuple[Items, Responses, Calibration]) -> None:
    """1,001 nodes change no parameter by 1 % of its standard error."""
    _, responses, fit = long_test
    many = calibrate(responses, nodes=1001, start=fit.items, standard_errors=None)
    assert many.n_nodes == 1001
    assert fit.standard_errors is not None
    for found, expected, error in (
        (fit.items.a, many.items.a, fit.standard_errors.a),
        (fit.items.b[:, 0], many.items.b[:, 0], fit.standard_errors.b[:, 0]),
    ):
        told = np.isfinite(error)  # an item that the data tell hardly anything of has none
        assert told.mean() > 0.95
        assert np.all(np.abs(found - expected)[told] < 0.01 * error[told])
    assert fit.log_likelihood == pytest.approx(many.log_likelihood, abs=fit.quadrature_error + 1e-3)


def test_too_few_nodes_are_told(long_test: tuple[Items, Responses, Calibration]) -> None:
    """With nodes=21 they are kept, and the status says that they are too coarse and what to do."""
    _, responses, fit = long_test
    few = calibrate(responses, nodes=21, standard_errors=None)
    assert few.n_nodes == 21
    assert few.quadrature_error > 10.0
    assert "The 21 nodes are too coarse" in few.status
    assert "Raise nodes=." in few.status
    assert abs(few.log_likelihood - fit.log_likelihood) > 1.0


@pytest.mark.parametrize("sd", [1.5, 2.5])
def test_a_wide_population_gets_wider_nodes(sd: float) -> None:
    """Rasch items in people of a large SD: nodes reach six of them, and the variance is right."""
    items = Items.create(
        ids=[f"i{j}" for j in range(12)],
        a=np.ones(12),
        b=np.linspace(-3, 3, 12)[:, None],
        models=["Rasch"] * 12,
    )
    people = Population.create(standard_deviation=[sd])
    responses = simulate_responses(items, simulate_abilities(people, 1500, seed=3), seed=4)
    fit = calibrate(responses, "Rasch")
    assert fit.converged, fit.status
    assert fit.limit > 6.0
    assert fit.limit >= 5.5 * np.sqrt(fit.latent_covariance[0, 0, 0])
    assert "ends of the nodes" not in fit.status
    assert fit.standard_errors is not None
    assert abs(fit.latent_covariance[0, 0, 0] - sd**2) < 4 * fit.standard_errors.covariances[0, 0, 0]
    kept = calibrate(responses, "Rasch", nodes=61, standard_errors=None)
    assert kept.limit == 6.0
    if sd > 2:
        assert "Some abilities lie at the ends of the nodes" in kept.status


@pytest.mark.parametrize("most", [1, 3, 6, 10])
def test_hardly_more_steps_than_were_asked_for(most: int) -> None:
    """It is broken off within a handful of E-steps, says so, and its height is that of its items."""
    items = items_in(house(2, 2, loading=0.7), 4, 3)
    blocks, competencies = places(items)
    responses = answers(items, 300)
    fit = calibrate(
        responses,
        "GRM",
        blocks=blocks,
        competencies=competencies,
        nodes=21,
        tolerance=1e-12,
        max_iterations=most,
        standard_errors=None,
    )
    assert fit.n_iterations <= most + 4
    assert not fit.converged
    assert "not converged" in fit.status
    total = log_likelihood(responses, fit.items, nodes=21, limit=6.0).sum()
    assert fit.log_likelihood == pytest.approx(total, rel=1e-4)


def test_distance_says_how_far_the_maximum_is() -> None:
    """At a loose tolerance the gradient's own estimate of what is left is near to what is left."""
    items = one_block(10)
    responses = answers(items, 1000)
    fit, start = laid_out(responses)
    loose = solved(fit, start, tolerance=0.05, max_iterations=100, refine=False, rarest=10**6)
    tight = solved(fit, start, tolerance=1e-8, max_iterations=100, refine=False, rarest=10**6)
    assert loose.converged
    assert loose.n_steps <= tight.n_steps
    left = tight.value - loose.value  # of the evaluated point, a step before φ
    assert left >= -1e-9
    # ½ d², as far as the information is right: within a factor of four.
    assert left <= 4 * 0.5 * loose.distance**2 + 1e-9
