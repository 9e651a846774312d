"""compassess.irt.expected_responses: answers to items whose parameters are known with error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import dblquad, quad
from scipy.special import expit
from scipy.stats import multivariate_normal, norm

import compassess as ca
from compassess.irt import Items, information
from compassess.irt.expected_responses import expected_information, expected_log_probability, slope_population
from compassess.irt.measurement import Measurement

Floats = NDArray[np.float64]
THETA = np.linspace(-3.0, 3.0, 7)


def uncertain(a: Floats, b: Floats, covariances: list[Floats | None], **more: object) -> Items:
    """Items with errors; without ten of them no slope is shrunk."""
    items = Items.create(ids=[f"i{j}" for j in range(len(a))], a=a, b=b, **more)  # type: ignore[arg-type]
    return replace(items, covariances=tuple(covariances))


def probabilities(items: Items) -> Floats:
    """P̄ of the highest category at THETA, (n_items, 7), from the table of a measurement."""
    measurement = Measurement.create(items, nodes=7, limit=3.0)
    rows = measurement.layout.row_of[np.arange(items.n_items), items.n_categories - 1]
    return np.exp(measurement.table[rows])


def test_the_mean_of_an_item_over_its_errors() -> None:
    """∫∫ σ(a θ + d) N(log a, d) by double quadrature, the covariance turned from (a, b) by hand."""
    a, b = 1.4, 0.6
    errors = np.array([[0.09, 0.012], [0.012, 0.04]])
    turn = np.array([[1 / a, 0.0], [-b, -a]])  # (log a, d = −a b)
    spread = turn @ errors @ turn.T
    density = multivariate_normal([np.log(a), -a * b], spread)
    found = probabilities(uncertain(np.array([a]), np.array([[b]]), [errors]))[0]
    for theta, value in zip(THETA[[1, 3, 6]], found[[1, 3, 6]], strict=True):
        s, d = np.sqrt(spread[0, 0]), np.sqrt(spread[1, 1])
        expected, _ = dblquad(
            lambda y, x, t=theta: expit(np.exp(x) * t + y) * density.pdf([x, y]),
            np.log(a) - 7 * s,
            np.log(a) + 7 * s,
            -a * b - 7 * d,
            -a * b + 7 * d,
            epsabs=1e-7,
        )
        assert value == pytest.approx(expected, abs=5e-4)


def test_known_items_stay_as_they_are() -> None:
    """Without errors the table is that of the estimates, and so is the information."""
    plain = Items.create(ids=["i", "j"], a=[1.0, 1.7], b=[[-0.3], [0.4]])
    known = replace(plain, covariances=(None, np.zeros((2, 2))))
    mine, theirs = Measurement.create(known), Measurement.create(plain)
    np.testing.assert_allclose(mine.table, theirs.table, rtol=0, atol=1e-12)
    cells = np.linspace(-4, 4, 401)
    np.testing.assert_allclose(mine.information(cells), theirs.information(cells), rtol=0, atol=1e-5)


@given(st.floats(0.5, 2.5), st.floats(-2, 2), st.floats(0.01, 0.4), st.floats(0.01, 0.5))
def test_an_error_takes_information_away(a: float, b: float, se_a: float, se_b: float) -> None:
    """Near its threshold an item says less than its estimate would; probabilities add up to 1."""
    items = uncertain(np.array([a]), np.array([[b]]), [np.diag([se_a**2, se_b**2])])
    measurement = Measurement.create(items)
    np.testing.assert_allclose(np.exp(measurement.table).sum(axis=0), 1.0, rtol=0, atol=1e-12)
    here = np.array([b])
    # E a² over the error of log a is a² exp(2 s²), so that a shallow item may gain a little of it.
    most = information(items, here)[0, 0] * np.exp(2 * (se_a / a) ** 2)
    assert measurement.information(here)[0, 0] <= most * (1 + 1e-3)


def test_interpolated_information() -> None:
    """Between points a tenth apart information is that of the formula, by differences of P̄."""
    items = uncertain(np.array([3.5]), np.array([[0.3]]), [np.diag([0.04, 0.01])])
    measurement = Measurement.create(items)
    cells = np.linspace(-6, 6, 601)
    found = measurement.information(cells)[0]
    step = 1e-4
    for place in (250, 300, 317, 340):
        points = np.array([cells[place] - step, cells[place], cells[place] + step])
        moved = chance_at(items, points)
        slope = (moved[2] - moved[0]) / (2 * step)
        expected = slope**2 / (moved[1] * (1 - moved[1]))
        assert found[place] == pytest.approx(expected, abs=2e-4)


def chance_at(items: Items, points: Floats) -> Floats:
    """P̄ of the first item's category 1 at any points."""
    layout = Measurement.create(items).layout
    return np.exp(expected_log_probability(items, layout, points)[layout.row_of[0, 1]])


def test_polytomous_items_stay_in_order() -> None:
    """Draws in which thresholds change places are drawn back; every category keeps a probability."""
    errors = np.diag([0.04, 0.25, 0.25, 0.25])
    items = uncertain(np.array([1.2]), np.array([[-0.1, 0.0, 0.1]]), [errors])
    table = np.exp(Measurement.create(items).table)
    assert np.all(table > 0)
    np.testing.assert_allclose(table.sum(axis=0), 1.0, rtol=0, atol=1e-12)


def many(rng: np.random.Generator, n: int = 400) -> tuple[Items, Floats]:
    """Items whose log slopes are N(.2, .3²) and estimated with SEs from .1 to .5, and the true slopes."""
    truth, errors = rng.normal(0.2, 0.3, n), rng.uniform(0.1, 0.5, n)
    slopes = np.exp(truth + errors * rng.standard_normal(n))
    covariances = [np.diag([(slope * error) ** 2, 0.0]) for slope, error in zip(slopes, errors, strict=True)]
    return uncertain(slopes, np.zeros((n, 1)), covariances), np.exp(truth)


def test_the_spread_of_slopes_is_found() -> None:
    """μ and τ² of 400 items within their standard errors, √(2 / n) relative for a variance and more."""
    items, _ = many(np.random.default_rng(4))
    found = slope_population(items)
    assert found.mean == pytest.approx(0.2, abs=4 * 0.45 / 20)
    assert found.variance == pytest.approx(0.09, abs=4 * 0.02)


def test_it_is_the_maximum() -> None:
    """No other μ and τ² are likelier, and at equal errors they have a closed form."""
    rng = np.random.default_rng(1)
    logs = rng.normal(0.1, 0.4, 50)
    items = uncertain(np.exp(logs), np.zeros((50, 1)), [np.diag([(np.exp(x) * 0.2) ** 2, 0.0]) for x in logs])
    found = slope_population(items)
    assert found.mean == pytest.approx(logs.mean(), abs=1e-9)
    assert found.variance == pytest.approx(logs.var() - 0.04, rel=1e-4)


def test_few_slopes_are_left_alone() -> None:
    """With fewer than ten nobody knows how slopes spread."""
    items = uncertain(np.ones(9), np.zeros((9, 1)), [np.diag([0.04, 0.04])] * 9)
    assert slope_population(items).variance == np.inf


def test_lucky_slopes_lose_their_luck() -> None:
    """Of the twenty items that look best, information is promised in excess by the estimates, and not here."""
    items, truth = many(np.random.default_rng(8))
    measurement = Measurement.create(items)
    at_zero = np.array([0.0])
    told, kept = information(items, at_zero)[:, 0], measurement.information(at_zero)[:, 0]
    true = truth**2 / 4
    best = np.argsort(-told)[:20]
    assert told[best].mean() > 1.5 * true[best].mean()
    assert kept[best].mean() == pytest.approx(true[best].mean(), rel=0.15)
    chosen = np.argsort(-kept)[:20]
    assert true[chosen].mean() > true[best].mean()


def test_one_error_by_hand() -> None:
    """A known slope and a threshold with error: P̄(θ) = E σ(a (θ − b)), by quadrature."""
    items = uncertain(np.array([1.5]), np.array([[0.2]]), [np.diag([0.0, 0.16])])
    for theta, value in zip(THETA, probabilities(items)[0], strict=True):
        expected, _ = quad(lambda x, t=theta: expit(1.5 * (t - x)) * norm.pdf(x, 0.2, 0.4), -3.0, 3.4)
        assert value == pytest.approx(expected, abs=3e-4)


def test_items_without_covariances_have_none_to_count() -> None:
    """A programmer's error, told as such."""
    items = Items.create(ids=["i"], a=[1.0], b=[[0.0]])
    with pytest.raises(ValueError, match="no covariances"):
        expected_information(items, Measurement.create(items).layout, THETA)


def test_posteriors_are_wider() -> None:
    """A person's SE counts that thresholds are uncertain."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(1, 2, 15), rng.normal(0, 1, (15, 1))
    plain = Items.create(ids=[f"i{j}" for j in range(15)], a=a, b=b)
    items = replace(plain, covariances=tuple(np.diag([0.0, 0.1]) for _ in range(15)))
    people = rng.standard_normal((200, 1))
    codes = (rng.random((200, 15)) < expit(a * (people - b[:, 0]))).astype(int)
    assert ca.score(codes, items).se.mean() > 1.01 * ca.score(codes, plain).se.mean()
