"""compassess.adaptive.criteria.information_in_interval: the mean information over an interval."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
import views
from scipy import integrate
from scipy.stats import norm

from compassess.adaptive.criteria import InformationInInterval
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.errors import InputError
from compassess.irt import information
from compassess.irt.moments import mean_and_sd


def on_cell(theta: float) -> float:
    """The nearest multiple of 0.02."""
    return round(theta / 0.02) * 0.02


@pytest.mark.parametrize("bank", [banks.one_block(6), banks.three_blocks(2)])
@pytest.mark.parametrize("interval", [None, (-0.5, 1.1)])
def test_worth_is_a_mean_over_the_interval(
    bank: banks.ItemBank, interval: tuple[float, float] | None
) -> None:
    """By adaptive quadrature, between ends rounded to cells: θ̂ ± 1.2816 SE at 80 %, or fixed ones."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 3)
    worth = InformationInInterval(interval=interval, confidence=0.8).prepared(pool).worth(view)
    mean, sd = mean_and_sd(view.now.masses, pool.lattice.grid.theta)
    z = norm.ppf(0.9)
    for sitting in range(3):
        for item in range(pool.n_items):
            centre, width = mean[sitting, pool.carrier[item]], z * sd[sitting, pool.carrier[item]]
            low, high = interval or (centre - width, centre + width)
            low, high = on_cell(low), on_cell(high)
            one = pool.measurement.items.select(np.array([item]))
            told, _ = integrate.quad(lambda t, one=one: information(one, t)[0, 0], low, high)
            spread = view.now.spread[sitting, pool.competency[item]]
            expected = information_about_block(told / (high - low), pool.loading[item], spread)
            assert worth[sitting, item] == pytest.approx(float(expected), rel=1e-3)


def test_a_narrow_interval_gives_the_information_in_it() -> None:
    """The limit: at least one cell is averaged over."""
    pool = views.pool_of(banks.one_block(6))
    worth = InformationInInterval(interval=(0.5, 0.52)).prepared(pool).worth(views.view_of(pool))
    np.testing.assert_allclose(worth[0], information(pool.measurement.items, 0.51)[:, 0], rtol=1e-3)
    beyond = InformationInInterval(interval=(7.0, 9.0)).prepared(pool).worth(views.view_of(pool))
    np.testing.assert_allclose(beyond[0], information(pool.measurement.items, 5.99)[:, 0], rtol=1e-3)


@pytest.mark.parametrize("interval", [(1.0, 0.0), (0.0, 0.0), (0.0,), "wide", (0.0, float("inf"))])
def test_what_is_no_interval_is_refused(interval: Any) -> None:
    """The parameter's name is the place."""
    with pytest.raises(InputError, match="interval: not an interval"):
        InformationInInterval(interval=interval)


@pytest.mark.parametrize("confidence", [0.0, 1.0, True])
def test_confidence_is_a_probability(confidence: float) -> None:
    """Strictly between 0 and 1."""
    with pytest.raises(InputError, match="confidence: not a probability"):
        InformationInInterval(confidence=confidence)
