"""compassess.scoring.classification.rudner: bands of an estimate with normal error."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, Population, total_information
from compassess.scoring.classification import band_probabilities, bands_of, rudner, rudner_of_form

CUTS = (-1.843, 0.568)


def form(n: int = 12, slope: float = 1.4) -> Items:
    """A form with difficulties on ±2."""
    b = np.linspace(-2, 2, n)[:, None]
    return Items.create(ids=[f"i{j}" for j in range(n)], a=[slope] * n, b=b)


def test_tails_keep_their_digits() -> None:
    """Probabilities as small as 1e-88 agree with fifty digits, on both sides."""
    found = band_probabilities([0.0], [0.05], [-1.0, 1.0, 1.1])[0]
    with mpmath.workdps(50):
        tail = [float(mpmath.ncdf(x)) for x in (-20, -22)]
        expected = [
            tail[0],
            float(mpmath.ncdf(20) - mpmath.ncdf(-20)),
            float(mpmath.ncdf(-20) - mpmath.ncdf(-22)),
            tail[1],
        ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(
    st.floats(-4, 4),
    st.floats(0, 3),
    st.lists(st.floats(-3, 3), min_size=1, max_size=5, unique=True),
)
def test_bands_partition_the_line(theta: float, se: float, cuts: list[float]) -> None:
    """Probabilities are within [0, 1] and sum to 1 for every θ, error and cuts, no error included."""
    found = band_probabilities([theta], se, sorted(cuts))
    assert np.all((found >= 0) & (found <= 1))
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_limits_of_the_error() -> None:
    """Without error θ is in its band, a value at a cut above it; with an endless one half is on either end."""
    np.testing.assert_array_equal(band_probabilities([-1.0, 0.0, 0.5], 0.0, [0.0, 0.5]), np.eye(3))
    np.testing.assert_array_equal(band_probabilities([3.0], np.inf, [0.0, 0.5]), [[0.5, 0.0, 0.5]])
    np.testing.assert_array_equal(bands_of([-1.0, 0.0, 0.5], [0.0, 0.5]), [0, 1, 2])


def test_rudner_is_what_normal_errors_show() -> None:
    """Bands of θ + error against bands of θ, and of two such estimates against each other."""
    rng = np.random.default_rng(8)
    theta = rng.normal(size=60_000)
    one, two = (bands_of(theta + 0.5 * rng.normal(size=theta.size), CUTS) for _ in range(2))
    found = rudner(theta, np.full(theta.size, 0.5), CUTS)
    # 4.5 standard errors of a share are 0.009.
    assert found.simultaneous_accuracy == pytest.approx(
        float((one == bands_of(theta, CUTS)).mean()), abs=0.009
    )
    assert found.simultaneous_consistency == pytest.approx(float((one == two).mean()), abs=0.009)


def test_form_is_integrated_exactly() -> None:
    """Accuracy and consistency of a form agree with adaptive quadrature between the cuts."""
    items, edges = form(), (-np.inf, *CUTS, np.inf)

    def bands(x: float) -> np.ndarray:
        se = 1 / np.sqrt(total_information(items, x)[0])
        return np.diff(norm.cdf((np.array(edges) - x) / se))

    pieces = [(-8.4, CUTS[0]), CUTS, (CUTS[1], 8.4)]
    accuracy = sum(
        quad(lambda x, k=k: norm.pdf(x) * bands(x)[k], *ends, epsabs=1e-12)[0]
        for k, ends in enumerate(pieces)
    )
    consistency = sum(
        quad(lambda x: norm.pdf(x) * (bands(x) ** 2).sum(), *ends, epsabs=1e-12)[0] for ends in pieces
    )
    told = rudner_of_form(items, CUTS)
    assert told.simultaneous_accuracy == pytest.approx(accuracy, abs=1e-10)
    assert told.simultaneous_consistency == pytest.approx(consistency, abs=1e-10)


def test_given_nodes_are_the_sample_form() -> None:
    """With nodes and weights the form is the sample form on 1 / √I."""
    items, theta = form(), np.linspace(-4, 4, 40)
    weights = norm.pdf(theta)
    told = rudner_of_form(items, CUTS, theta=theta, weights=weights)
    again = rudner(theta, 1 / np.sqrt(total_information(items, theta)), CUTS, weights=weights)
    np.testing.assert_array_equal(told.accuracy, again.accuracy)
    assert told.conditional_accuracy.shape == (40,)


def test_population_may_be_another_one() -> None:
    """In a population far below the cut nearly everybody is placed right."""
    low = Population.create(mean=[-1.5], standard_deviation=[0.4])
    assert rudner_of_form(form(60, 2.0), [0.568], population=low).accuracy[0] > 0.999
    assert rudner_of_form(form(60, 2.0), [0.568]).accuracy[0] < 0.97


def test_without_information_it_is_a_coin() -> None:
    """Items without parameters tell nothing: half are right at a single cut."""
    items = Items.create(ids=["i"], models=["2PL"], a=[np.nan], b=[[np.nan]])
    told = rudner_of_form(items, [0.3], theta=[-1.0, 1.0])
    assert told.simultaneous_accuracy == told.simultaneous_consistency == 0.5


def test_every_fault_is_told_at_once() -> None:
    """θ, cuts and errors are judged together."""
    with pytest.raises(InputError) as caught:
        band_probabilities([np.nan, 0.0], [-1.0, 1.0, 1.0], [1.0, 0.0])
    assert [problem.where for problem in caught.value.problems] == ["theta", "cuts", "se"]
    with pytest.raises(InputError, match="no theta"):
        rudner_of_form(form(), CUTS, weights=[1.0])
