"""compassess.scoring.percentiles: ranks in a norm population, and how far a posterior spreads over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import owens_t
from scipy.stats import norm as normal

from compassess.bank import Norm
from compassess.scoring.percentiles import percentile_rank, percentile_spread, table_rank, table_spread

DEVIATES = np.linspace(-3, 3, 13)
# A skewed population: the logarithm of θ + 4 is normal.
SKEWED = Norm(
    mean=0.1,
    standard_deviation=1.0,
    theta=tuple((np.exp(1.35 + 0.25 * DEVIATES) - 4.0).tolist()),
    below=tuple(normal.cdf(DEVIATES).tolist()),
)


def by_quadrature(mean: float, sd: float) -> float:
    """The SD of 100 Φ(Z), Z ~ N(mean, sd²), by adaptive quadrature."""

    def moment(power: int) -> float:
        def integrand(u: float) -> float:
            return float((100 * normal.cdf(mean + sd * u)) ** power * normal.pdf(u))

        return float(quad(integrand, -9, 9, epsabs=1e-12, epsrel=1e-12, limit=200)[0])

    return float(np.sqrt(moment(2) - moment(1) ** 2))


@pytest.mark.parametrize("mean", [-2.5, -0.7, 0.0, 0.3, 1.8])
@pytest.mark.parametrize("sd", [0.05, 0.3, 0.6, 1.0, 2.5])
def test_the_spread_of_a_rank_is_exact(mean: float, sd: float) -> None:
    """Owen's T gives what quadrature gives, to the digits that quadrature has."""
    assert percentile_spread(mean, sd) == pytest.approx(by_quadrature(mean, sd), rel=1e-7)


def test_the_formula_of_the_docstring() -> None:
    """E Φ² = Φ(h) − 2 T(h, 1 / √(1 + 2 s²))."""
    m, s = 0.4, 0.7
    h = m / np.sqrt(1 + s**2)
    second = normal.cdf(h) - 2 * owens_t(h, 1 / np.sqrt(1 + 2 * s**2))
    assert percentile_spread(m, s) == pytest.approx(100 * np.sqrt(second - normal.cdf(h) ** 2), rel=1e-12)


def test_limits_of_the_spread() -> None:
    """Nothing without an error; about 100 φ(m) s for a small one; 1 / √12 of the scale for the prior; 50 at last."""
    assert percentile_spread(0.3, 0.0) == pytest.approx(0.0, abs=1e-5)  # √ of the last bits of Φ
    assert percentile_spread(0.7, 1e-3) == pytest.approx(0.1 * normal.pdf(0.7), rel=1e-4)
    assert percentile_spread(0.0, 1.0) == pytest.approx(100 / np.sqrt(12), rel=1e-12)
    assert percentile_spread(1.0, np.inf) == pytest.approx(50.0, rel=1e-12)
    assert percentile_spread(40.0, 0.3) == 0.0


@given(st.floats(-5, 5), st.floats(0.01, 3))
def test_the_spread_is_symmetric_and_at_most_half_the_scale(mean: float, sd: float) -> None:
    """Who is as far below the middle is known as well as who is above."""
    assert percentile_spread(mean, sd) == percentile_spread(-mean, sd)
    assert 0 <= percentile_spread(mean, sd) <= 50


def test_every_row_of_a_table_is_met() -> None:
    """At the table's θ the rank is the table's share."""
    assert table_rank(SKEWED.theta, SKEWED) == pytest.approx(100 * np.array(SKEWED.below), rel=1e-12)


def test_between_the_rows_the_population_is_met() -> None:
    """Half-way between rows half an SD apart a lognormal population's rank comes out to 0.1 of a rank."""
    between = DEVIATES[:-1] + 0.25
    ranks = table_rank(np.exp(1.35 + 0.25 * between) - 4.0, SKEWED)
    assert ranks == pytest.approx(100 * normal.cdf(between), abs=0.1)


@given(st.lists(st.floats(-9, 9), min_size=2, max_size=2, unique=True))
def test_a_rank_never_falls(pair: list[float]) -> None:
    """Higher θ, higher rank, also beyond the ends of the table, and always within 0 and 100."""
    low, high = table_rank(sorted(pair), SKEWED)
    assert 0 <= low <= high <= 100


@given(st.floats(-6, 6), st.floats(-1, 1), st.floats(0.5, 2))
def test_a_table_of_a_normal_population_is_the_normal_rank(z: float, mean: float, sd: float) -> None:
    """Probits of a normal population are a straight line, inside the table and beyond."""
    normed = Norm(
        mean=mean,
        standard_deviation=sd,
        theta=tuple((mean + sd * DEVIATES).tolist()),
        below=tuple(normal.cdf(DEVIATES).tolist()),
    )
    assert table_rank(mean + sd * z, normed) == pytest.approx(percentile_rank(z), abs=1e-9)
    assert table_spread(mean + sd * z, 0.4 * sd, normed) == pytest.approx(
        percentile_spread(z, 0.4), rel=1e-6, abs=1e-6
    )


@pytest.mark.parametrize("theta", [-3.0, -0.4, 0.2, 2.5])
@pytest.mark.parametrize("se", [0.1, 0.4, 0.9])
def test_the_spread_by_a_table(theta: float, se: float) -> None:
    """The sum over 141 nodes is what quadrature gives: the table's cubic is smooth but for its third derivative."""

    def moment(power: int) -> float:
        def integrand(u: float) -> float:
            return float(table_rank(theta + se * u, SKEWED) ** power * normal.pdf(u))

        corners = [(x - theta) / se for x in SKEWED.theta if abs(x - theta) < 8 * se]
        return float(quad(integrand, -8, 8, points=corners or None, limit=400)[0])

    exact = np.sqrt(moment(2) - moment(1) ** 2)
    assert table_spread(theta, se, SKEWED) == pytest.approx(exact, rel=2e-4)


def test_a_table_tells_nothing_where_nothing_is_known() -> None:
    """An error of 0 leaves no spread, an infinite one half the scale."""
    assert table_spread([0.3, 0.3], [0.0, np.inf], SKEWED) == pytest.approx([0.0, 50.0], abs=1e-9)


def test_quarters_of_an_sd_are_near_enough() -> None:
    """Rows a quarter of an SD apart follow two humps, four of their SDs apart, to 0.06 of a rank."""

    def below(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(0.5 * normal.cdf(theta, -0.9, 0.45) + 0.5 * normal.cdf(theta, 0.9, 0.45))

    rows = np.linspace(-3, 3, 25)
    humps = Norm(
        mean=0.0, standard_deviation=1.0, theta=tuple(rows.tolist()), below=tuple(below(rows).tolist())
    )
    between = rows[:-1] + 0.125
    assert table_rank(between, humps) == pytest.approx(100 * below(between), abs=0.06)
